"""Files, models, Prefect and everything that is written."""
