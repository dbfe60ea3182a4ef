"""Layout, atomic writing, privacy, what is stale, and that any reader of Parquet sees one dataset."""

from __future__ import annotations

import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from analyzers.conversation import Prosody, Transcript, Word
from analyzers.errors import UsageError
from analyzers.tables import SCHEMA_VERSION
from pipelines import workfiles
from pipelines.store import LONGEST, TABLES, Manifest, Store, file_name, replacing
from pipelines.wide import write_calls

HOSTILE = [
    "a/b",
    "../../etc/passwd",
    ".",
    "..",
    "",
    "_hidden",
    "Müller & Söhne",
    '<script>alert("x")</script>',
    "a'b\"c",
    "x" * 400,
    "ü" * 200,
    "a\nb",
    "%2F",
]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "out", "Europe/Berlin").open()


def write(store: Store, call_id: str, recorded_at: datetime | None = None, sha: str = "00") -> Manifest:
    manifest = Manifest(call_id, sha, "f", store.partition(recorded_at), "x.wav", "r")
    card = {"schema_version": SCHEMA_VERSION, "call_id": call_id, "recorded_at": recorded_at, "audio_sha256": sha, "tags": {"queue": "a"}}
    cards = [
        {**card, "metric": "agent_talk_time", "value": 30.0, "evidence": [{"start_s": 0.0, "end_s": 1.0, "text": "ja"}]},
        {**card, "metric": "interruptions_by_agent", "value": 2.0, "principle": "listen", "principle_points": 40.0, "points": 40.0},
        {**card, "metric": "pitch_shift", "value": None, "note": "too_short"},
    ]
    turn = {"schema_version": SCHEMA_VERSION, "call_id": call_id, "turn": 0, "speech": [], "words": [], "phrases": []}
    track = {"schema_version": SCHEMA_VERSION, "call_id": call_id, "time_s": 0.0}
    store.write_call(manifest, {"scorecards": cards, "turns": [turn], "tracks": [track]})
    return manifest


def names(store: Store, table: str) -> list[str]:
    return sorted(p.relative_to(store.root / table).as_posix() for p in (store.root / table).rglob("*") if p.is_file())


@pytest.mark.parametrize("call_id", HOSTILE)
def test_any_call_id_is_one_file_inside_the_folder(store: Store, call_id: str) -> None:
    before = set(store.root.parent.iterdir())
    write(store, call_id)
    name = file_name(call_id)
    assert "/" not in name and name not in (".", "..") and name[:1] not in (".", "_")
    assert len(name) <= LONGEST + 20
    assert names(store, "scorecards") == [f"date=unknown/{name}.parquet"]
    assert set(store.root.parent.iterdir()) == before
    assert store.manifest(call_id).call_id == call_id


def test_different_call_ids_never_share_a_file() -> None:
    ids = [*HOSTILE, "x" * 401, "ü" * 201, "a%2Fb", "%2E", "a b"]
    assert len({file_name(i) for i in ids}) == len(ids)


def test_partition_is_the_date_in_the_configured_zone(store: Store) -> None:
    assert store.partition(datetime(2026, 3, 1, 23, 30, tzinfo=UTC)) == "date=2026-03-02"
    assert store.partition(datetime(2026, 3, 1, 23, 30)) == "date=2026-03-01"
    assert store.partition(None) == "date=unknown"


def test_a_call_exists_once(store: Store) -> None:
    write(store, "a")
    write(store, "a", datetime(2026, 3, 1, 12, tzinfo=UTC))
    for table in TABLES:
        assert names(store, table) == ["date=2026-03-01/a.parquet"]


def test_current_only_with_same_sound_settings_and_files(store: Store) -> None:
    manifest = write(store, "a", sha="12")
    assert store.is_current("a", "12", "f")
    assert not store.is_current("a", "13", "f")
    assert not store.is_current("a", "12", "g")
    store.table_path("turns", manifest.partition, "a").unlink()
    assert not store.is_current("a", "12", "f")


def test_damaged_manifest_means_not_done(store: Store) -> None:
    write(store, "a")
    (store.work / "calls" / "a.json").write_text("{")
    assert store.manifest("a") is None


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError), replacing(path) as file:
        file.write(b"new")
        raise RuntimeError
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_work_files_are_private(store: Store) -> None:
    write(store, "a")
    path = store.work_file("abc", "transcript.json", ["engine"])
    with replacing(path, 0o600):
        pass
    store.log("run", "a", "Traceback")
    for p in [store.work, *store.work.rglob("*")]:
        assert stat.S_IMODE(p.stat().st_mode) == (0o700 if p.is_dir() else 0o600), p


def test_two_runs_do_not_write_at_once(store: Store) -> None:
    lines = ["import sys", "from pathlib import Path", "from pipelines.store import Store"]
    code = "\n".join([*lines, "with Store(Path(sys.argv[1]), 'UTC').open().locked(): pass"])
    with store.locked():
        other = subprocess.run([sys.executable, "-c", code, store.root], capture_output=True, text=True, check=False)
        assert "another run" in other.stderr
    assert subprocess.run([sys.executable, "-c", code, store.root], check=False).returncode == 0


def test_what_a_killed_run_left_is_removed(store: Store) -> None:
    write(store, "a")
    left = store.root / "scorecards" / "date=unknown" / ".tmp-1234"
    left.write_bytes(b"half")
    with store.locked():
        assert not left.exists()
    assert names(store, "scorecards") == ["date=unknown/a.parquet"]


def test_unwritable_folder_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot write to"):
        Store(tmp_path / "file" / "out", "UTC").open()


def test_pandas_duckdb_and_pyarrow_read_one_dataset(store: Store) -> None:
    import duckdb
    import pandas as pd
    import pyarrow.dataset as ds

    write(store, "a", datetime(2026, 3, 1, 12, tzinfo=UTC))
    write(store, "b/ü")
    (store.root / "scorecards" / "date=unknown" / ".tmp-half").write_bytes(b"half")
    for table, rows in (("scorecards", 6), ("turns", 2), ("tracks", 2)):
        folder = store.root / table
        assert len(pd.read_parquet(folder)) == rows
        assert ds.dataset(folder, partitioning="hive").count_rows() == rows
        query = f"select call_id, date from read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
        found = duckdb.sql(query).fetchall()
        assert len(found) == rows
        assert {(i, str(d)) for i, d in found} == {("a", "2026-03-01"), ("b/ü", "unknown")}


def test_wide_table_has_one_row_per_call(store: Store) -> None:
    import pandas as pd

    write(store, "a")
    write(store, "b")
    calls = pd.read_parquet(write_calls(store))
    assert list(calls.call_id) == ["a", "b"]
    assert list(calls.agent_talk_time) == [30.0, 30.0]
    assert list(calls.interruptions_by_agent) == [2.0, 2.0]
    assert list(calls.points_listen) == [40.0, 40.0]
    assert calls.pitch_shift.isna().all()


def test_wide_table_of_an_empty_night(store: Store) -> None:
    import pandas as pd

    assert len(pd.read_parquet(write_calls(store))) == 0


def test_work_files_come_back_as_they_were(tmp_path: Path) -> None:
    words = (Word("Grüß", 0.123456, 0.5, 0.9, 0), Word("Gott", 0.5, 0.8))
    activity = Annotation()
    activity[Segment(0, 1.2345), 0] = "speaker_0"
    activity[Segment(1, 2), 1] = "speaker_1"
    track = np.array([100.0, np.nan])
    for value, write_, read in (
        (Transcript("de", words, 0.8), workfiles.write_transcript, workfiles.read_transcript),
        (Transcript("en", (), None), workfiles.write_transcript, workfiles.read_transcript),
        (Annotation(), workfiles.write_activity, workfiles.read_activity),
    ):
        path = tmp_path / str(id(value))
        assert workfiles.kept(path, lambda v=value: v, write_, read) == value
    back = workfiles.kept(tmp_path / "rttm", lambda: activity, workfiles.write_activity, workfiles.read_activity)
    assert [(s.start, s.end, label) for s, _, label in back.itertracks(yield_label=True)] == [(0, 1.234, "speaker_0"), (1, 2, "speaker_1")]
    tracks = {"channel_0": Prosody(0.01, track, track, track)}
    found = workfiles.kept(tmp_path / "npz", lambda: tracks, workfiles.write_prosody, workfiles.read_prosody)
    np.testing.assert_array_equal(found["channel_0"].f0_hz, track)
    assert found["channel_0"].step == 0.01


def test_a_damaged_work_file_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "npz"
    path.write_bytes(b"PK\x03\x04 damaged")
    assert workfiles.kept(path, dict, workfiles.write_prosody, workfiles.read_prosody) == {}
