"""The columns of the result tables: a public contract, changed only together with `SCHEMA_VERSION`."""

from __future__ import annotations

import pyarrow as pa

SCHEMA_VERSION = 1

_SPAN = [("start_s", pa.float64()), ("end_s", pa.float64())]
_TIME = pa.timestamp("us", tz="UTC")

SCORECARDS = pa.schema(
    [
        ("schema_version", pa.int32()),
        ("run_id", pa.string()),
        ("scored_at", _TIME),
        ("call_id", pa.string()),
        ("audio_sha256", pa.string()),
        ("recorded_at", _TIME),
        ("agent_id", pa.string()),
        ("team", pa.string()),
        ("language", pa.string()),
        ("tags", pa.map_(pa.string(), pa.string())),
        ("duration_s", pa.float64()),
        ("channels", pa.int32()),
        ("role_source", pa.string()),
        ("role_confidence", pa.float64()),
        ("role_reason", pa.string()),
        ("baseline_source", pa.string()),
        ("baseline_f0_hz", pa.float64()),
        ("metric", pa.string()),
        ("metric_version", pa.int32()),
        ("unit", pa.string()),
        ("value", pa.float64()),
        ("numerator", pa.float64()),
        ("denominator", pa.float64()),
        ("status", pa.string()),
        ("note", pa.string()),
        ("evidence", pa.list_(pa.struct([*_SPAN, ("text", pa.string())]))),
        ("principle", pa.string()),
        ("points", pa.float64()),
        ("weight", pa.float64()),
        ("principle_points", pa.float64()),
        ("principle_weight", pa.float64()),
        ("call_points", pa.float64()),
        ("call_coverage", pa.float64()),
        ("rubric", pa.string()),
        ("lexicon", pa.string()),
        ("transcriber", pa.string()),
        ("diarizer", pa.string()),
        ("software", pa.string()),
    ]
)
"""One row per criterion of the rubric and one per metric outside it. `status`: scored | not_applicable | not_measurable | information."""

TURNS = pa.schema(
    [
        ("schema_version", pa.int32()),
        ("call_id", pa.string()),
        ("turn", pa.int32()),
        ("role", pa.string()),
        ("speaker", pa.string()),
        *_SPAN,
        ("speech", pa.list_(pa.struct(_SPAN))),
        ("kind", pa.string()),
        ("interrupts", pa.int32()),
        ("text", pa.string()),
        ("confidence", pa.float64()),
        ("words", pa.list_(pa.struct([("text", pa.string()), *_SPAN, ("confidence", pa.float64())]))),
        ("phrases", pa.list_(pa.struct([("category", pa.string()), *_SPAN, ("text", pa.string())]))),
        ("heat", pa.float64()),
        ("pitch_st", pa.float64()),
        ("pitch_shift_st", pa.float64()),
        ("level_dbfs", pa.float64()),
        ("level_shift_db", pa.float64()),
        ("effort_shift_db", pa.float64()),
        ("words_per_minute", pa.float64()),
    ]
)
"""One row per turn. `heat` is empty until the customer's heat is measured."""

TRACKS = pa.schema(
    [
        ("schema_version", pa.int32()),
        ("call_id", pa.string()),
        ("time_s", pa.float64()),
        ("agent_f0_hz", pa.float32()),
        ("agent_level_dbfs", pa.float32()),
        ("agent_effort_db", pa.float32()),
        ("customer_f0_hz", pa.float32()),
        ("customer_level_dbfs", pa.float32()),
        ("customer_effort_db", pa.float32()),
        ("agent_peak", pa.float32()),
        ("customer_peak", pa.float32()),
    ]
)
"""Ten rows a second, for pictures. Peaks are 0 to 1; of a mono recording both hold the same."""

RUNS = pa.schema(
    [
        ("file", pa.string()),
        ("call_id", pa.string()),
        ("status", pa.string()),
        ("reason_code", pa.string()),
        ("message", pa.string()),
        ("seconds", pa.float64()),
        ("started_at", _TIME),
        ("ended_at", _TIME),
    ]
)
"""One row per recording of a night; the file is named by the run. `status`: scored | unchanged | failed."""

SCHEMAS = {"scorecards": SCORECARDS, "turns": TURNS, "tracks": TRACKS, "runs": RUNS}
