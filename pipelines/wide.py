"""The wide table for BI tools: one row per call, one column per metric and per principle's points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from analyzers import rubric as rubrics
from analyzers.metrics import METRICS
from analyzers.tables import SCORECARDS
from pipelines.store import Store, replacing

CALL = (
    "call_id, audio_sha256, recorded_at, agent_id, team, language, tags, duration_s, channels, role_source, role_confidence, "
    "baseline_source, baseline_f0_hz, call_points, call_coverage, rubric, lexicon, transcriber, diarizer, software, run_id, scored_at"
).split(", ")
"""Columns that say the same in every row of a call."""


def write_calls(store: Store) -> Path:
    """Compact all scorecards of an output folder into `calls.parquet`.

    A metric's column is named by its id, a principle's points `points_<principle>`.
    """
    path = store.root / "calls.parquet"
    rows = list(_rows(store.root / "scorecards"))
    known = [m.id for m in METRICS]
    metrics = known + sorted({name for row in rows for name in row["metrics"]} - set(known))
    known = [p.id for p in rubrics.load().principles]
    principles = known + sorted({name for row in rows for name in row["principles"]} - set(known))
    schema = pa.schema(
        [SCORECARDS.field(c) for c in CALL] + [(m, pa.float64()) for m in metrics] + [(f"points_{p}", pa.float64()) for p in principles]
    )
    flat = [{**row["call"], **row["metrics"], **{f"points_{p}": v for p, v in row["principles"].items()}} for row in rows]
    with replacing(path) as file:
        pq.write_table(pa.Table.from_pylist(flat, schema=schema), file, compression="zstd")
    return path


def _rows(folder: Path) -> list[dict[str, Any]]:
    dataset = ds.dataset(folder, schema=SCORECARDS, format="parquet", partitioning=ds.partitioning(flavor="hive"))
    table = dataset.to_table(columns=[*CALL, "metric", "value", "principle", "principle_points"])
    calls: dict[str, dict[str, Any]] = {}
    for row in table.to_pylist():
        call = calls.setdefault(row["call_id"], {"call": {c: row[c] for c in CALL}, "metrics": {}, "principles": {}})
        if row["metric"]:
            call["metrics"][row["metric"]] = row["value"]
        if row["principle"]:
            call["principles"][row["principle"]] = row["principle_points"]
    return sorted(calls.values(), key=lambda c: c["call"]["call_id"])
