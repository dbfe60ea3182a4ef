"""Read the result tables of an output folder. A call is known by its file name, which is its percent-encoded call_id."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analyzers.errors import UsageError
from analyzers.tables import RUNS, SCHEMAS, SCORECARDS

Row = dict[str, Any]
LONG = {"evidence", "audio_sha256", "role_reason", "tags"}
"""Columns of a scorecard that only the call's own page needs."""


@dataclass(frozen=True)
class Scorecard:
    """The rows of one call; `name` is the safe name of its files, `partition` the folder they lie in."""

    name: str
    partition: str
    rows: Sequence[Row]

    @property
    def call(self) -> Row:
        """The columns that say the same in every row."""
        return self.rows[0]


@dataclass(frozen=True)
class CallTables:
    """Everything about one call."""

    name: str
    scorecard: Sequence[Row]
    turns: Sequence[Row]
    tracks: dict[str, list[Any]]


@dataclass(frozen=True)
class Run:
    """A night: one row per recording."""

    run_id: str
    rows: Sequence[Row]


def _files(out: Path, table: str) -> dict[str, Path]:
    """The file of each call; of a call that lies under two dates, the one of the later date."""
    return {p.name.removesuffix(".parquet"): p for p in sorted((out / table).glob("date=*/*.parquet"))}


def _read(paths: Iterable[Path], table: str, columns: Sequence[str] | None = None) -> Any:
    import pyarrow as pa
    import pyarrow.dataset as ds

    paths = [str(p) for p in paths]
    names = list(columns or SCHEMAS[table].names)
    try:
        return ds.dataset(paths, schema=SCHEMAS[table], format="parquet").to_table(columns=[*names, "__filename"])
    except (pa.ArrowException, OSError) as error:
        raise UsageError(
            f"{_damaged(paths) or table} is no result table ({str(error).splitlines()[0][:120]}); remove it and score again"
        ) from error


def _damaged(paths: Sequence[str]) -> str | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for path in paths:
        try:
            pq.read_schema(path)
        except (pa.ArrowException, OSError):
            return path
    return None


def read_scorecards(out: Path) -> list[Scorecard]:
    """All scorecards without their evidence, in order of recording time and call_id."""
    files = _files(out, "scorecards")
    if not files:
        return []
    calls: dict[str, list[Row]] = {str(path): [] for path in files.values()}
    for row in _read(files.values(), "scorecards", [n for n in SCORECARDS.names if n not in LONG]).to_pylist():
        calls[row.pop("__filename")].append(row)
    cards = [Scorecard(name, path.parent.name, calls[str(path)]) for name, path in files.items() if calls[str(path)]]
    return sorted(cards, key=lambda c: (str(c.call["recorded_at"] or ""), c.call["call_id"]))


def read_call(out: Path, partition: str, name: str) -> CallTables:
    """Every table of one call; turns and tracks are empty where they are not kept."""
    read: dict[str, Any] = {}
    for table in ("scorecards", "turns", "tracks"):
        path = out / table / partition / f"{name}.parquet"
        read[table] = _read([path], table) if path.is_file() else SCHEMAS[table].empty_table()
    return CallTables(name, read["scorecards"].to_pylist(), read["turns"].to_pylist(), read["tracks"].to_pydict())


def read_runs(out: Path) -> list[Run]:
    """All nights, oldest first."""
    runs = []
    for path in sorted((out / "runs").glob("*.parquet")):
        rows = _read([path], "runs", RUNS.names).to_pylist()
        runs.append(Run(path.name.removesuffix(".parquet"), rows))
    return sorted(runs, key=lambda r: (max((str(row["started_at"] or "") for row in r.rows), default=""), r.run_id))


def latest_run(out: Path) -> Run | None:
    """The last night that was recorded."""
    runs = read_runs(out)
    return runs[-1] if runs else None
