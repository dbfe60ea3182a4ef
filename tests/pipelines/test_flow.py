"""A night with canned engines: what is scored, what is refused and why, what a second night does, and a night that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyzers.errors import REASONS
from pipelines import flows, tasks
from pipelines.config import load
from pipelines.flows import Outcome
from pipelines.orchestration import summary
from pipelines.planning import plan
from pipelines.recordings import Failure, find
from pipelines.store import Store
from pipelines.tasks import Job, Run, start
from tests.pipelines.canned import TURN, Engine, record, sound, table

pytestmark = pytest.mark.usefixtures("canned")

NOBODY = 65534

Night = Callable[..., dict[str, Outcome]]


@pytest.fixture
def night(tmp_path: Path) -> Night:
    def run_it(**overrides: object) -> dict[str, Outcome]:
        settings = load(None, {key.replace("__", "."): value for key, value in overrides.items()}, {}).settings
        run: Run = start(settings, tmp_path / "out")
        with run.store.locked():
            outcomes = flows.night(find([tmp_path / "in"], settings), run)
        return {Path(o.file).name: o for o in outcomes}

    return run_it


def cards(tmp_path: Path) -> pd.DataFrame:
    return pd.read_parquet(tmp_path / "out" / "scorecards")


def test_a_call_is_scored_with_all_its_tables(tmp_path: Path, night: Night) -> None:
    record(tmp_path / "in" / "a.wav", sound())
    table(
        tmp_path / "in",
        {"file": "a.wav", "call_id": "call 1", "agent_id": "A-1", "recorded_at": "2026-03-02T00:30:00+01:00", "agent_channel": "0"},
    )
    outcomes = night()
    assert outcomes["a.wav"].status == "scored", outcomes
    assert list(outcomes["a.wav"].stages) == ["decode", "diarize", "transcribe", "voices", "converse", "measure", "score", "write"]
    out = tmp_path / "out"
    for name in ("scorecards", "turns", "tracks"):
        assert [p.name for p in (out / name / "date=2026-03-02").iterdir()] == ["call%201.parquet"]
    rows = cards(tmp_path)
    assert set(rows.role_source) == {"metadata"}
    assert set(rows.transcriber) == {"canned 1"}
    assert rows.set_index("metric").value["agent_talk_time"] == pytest.approx(TURN, abs=0.01)
    turns = pd.read_parquet(out / "turns")
    assert list(turns.role) == ["agent", "customer"]
    assert "Frechheit" in turns.text[1]
    assert list(pd.read_parquet(out / "calls.parquet").agent_id) == ["A-1"]
    assert (out / "report" / "index.html").is_file()
    assert len(pd.read_parquet(out / "tracks")) == 120


def test_two_identical_channels_are_one(tmp_path: Path, night: Night) -> None:
    one = sound(channels=1)
    record(tmp_path / "in" / "a.wav", np.hstack([one, one]))
    assert night()["a.wav"].status == "scored"
    assert set(cards(tmp_path).channels) == {1}


def bad_night(folder: Path) -> dict[str, str]:
    """Everything that can be wrong with recordings, and the reason code of each."""
    folder.mkdir()
    good = record(folder / "good.wav", sound(1))
    record(folder / "sub" / "good.wav", sound(2))
    (folder / "empty.wav").write_bytes(b"")
    record(folder / "zero.wav", sound()[:0])
    record(folder / "silent.wav", sound(3, peak=0.001))
    (folder / "text.wav").write_text("this is no sound\n" * 100)
    (folder / "cut.wav").write_bytes(record(folder / "whole.wav", sound(4)).read_bytes()[:40_000])
    (folder / "twin.wav").write_bytes(good.read_bytes())
    nan = sound(5)
    nan[1000] = np.nan
    record(folder / "nan.wav", nan, "FLOAT")
    record(folder / "six.wav", sound(6, channels=6))
    record(folder / "breaks.wav", sound(7, peak=1.0))
    record(folder / "french.wav", sound(8))
    for seed, name in enumerate(["..hidden?.wav", "<script>alert(1)<script>.wav", "Müßig 'n\" %2F.wav"], 20):
        record(folder / name, sound(seed))
    record(folder / "hostile.wav", sound(30))
    table(
        folder,
        {"file": "hostile.wav", "call_id": "../../../etc/<b>'\"ü"},
        {"file": "gone.wav", "call_id": "gone"},
        {"file": "french.wav", "language": "fr"},
    )
    return {
        "empty.wav": "empty_file",
        "zero.wav": "no_samples",
        "silent.wav": "no_speech",
        "text.wav": "not_audio",
        "cut.wav": "truncated",
        "twin.wav": "duplicate_content",
        "nan.wav": "bad_samples",
        "six.wav": "too_many_channels",
        "breaks.wav": "engine_failed",
        "french.wav": "unknown_language",
        "gone.wav": "missing_file",
    }


def test_a_night_of_bad_input(tmp_path: Path, night: Night) -> None:
    expected = bad_night(tmp_path / "in")
    before = {p for p in tmp_path.rglob("*") if p.is_relative_to(tmp_path / "in")}
    outcomes = night()
    failed = {name: o.reason_code for name, o in outcomes.items() if o.status == "failed"}
    assert failed == expected
    for outcome in outcomes.values():
        if outcome.status == "failed":
            assert outcome.reason_code in REASONS
            assert outcome.message and "\n" not in outcome.message and "Traceback" not in outcome.message
    ids = set(cards(tmp_path).call_id)
    second = {i for i in ids if i.startswith("good~")}
    assert len(second) == 1
    assert ids - second == {"good", "whole", "..hidden?", "<script>alert(1)<script>", "Müßig 'n\" %2F", "../../../etc/<b>'\"ü"}
    runs = pd.read_parquet(next((tmp_path / "out" / "runs").iterdir()))
    assert len(runs) == len(expected) + len(ids)
    assert dict(zip(runs.file.map(lambda f: Path(f).name), runs.reason_code, strict=True)) | expected == dict(
        zip(runs.file.map(lambda f: Path(f).name), runs.reason_code, strict=True)
    )
    assert {p for p in tmp_path.rglob("*") if p.is_relative_to(tmp_path / "in")} == before
    assert {p.name for p in tmp_path.iterdir()} == {"in", "out"}
    assert list((tmp_path / "out" / ".work" / "log").rglob("*.log")), "the traceback of the engine"


def test_a_second_night_does_nothing(tmp_path: Path, night: Night) -> None:
    expected = bad_night(tmp_path / "in")
    first = night()
    files = {p: p.stat().st_mtime_ns for p in (tmp_path / "out" / "scorecards").rglob("*.parquet")}
    heard = Engine.heard
    second = night()
    assert {n for n, o in first.items() if o.status == "scored"} == {n for n, o in second.items() if o.status == "unchanged"}
    assert {n: o.reason_code for n, o in second.items() if o.status == "failed"} == expected
    assert files == {p: p.stat().st_mtime_ns for p in (tmp_path / "out" / "scorecards").rglob("*.parquet")}
    assert Engine.heard == heard + 1, "only the one that failed in its engine is tried again"


def test_unreadable_permission() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record(folder / "in" / "closed.wav", sound(1)).chmod(0)
        record(folder / "in" / "open.wav", sound(2))
        root = os.geteuid() == 0  # may read everything
        if root:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            settings = load(None, {}, {}).settings
            planned = plan(find([folder / "in"], settings), Store(folder / "out", "UTC").open())
        finally:
            if root:
                os.seteuid(0)
    assert [p.call_id for p in planned if isinstance(p, Job)] == ["open"]
    assert [(Path(p.file).name, p.reason) for p in planned if isinstance(p, Failure)] == [("closed.wav", "no_permission")]


def test_changed_settings_score_again_without_hearing_again(tmp_path: Path, night: Night) -> None:
    record(tmp_path / "in" / "a.wav", sound())
    night()
    assert night()["a.wav"].status == "unchanged"
    assert night(rubric__min_coverage=0.9)["a.wav"].status == "scored"
    assert Engine.heard == 1


def test_changed_metadata_move_the_call(tmp_path: Path, night: Night) -> None:
    record(tmp_path / "in" / "a.wav", sound())
    night()
    table(tmp_path / "in", {"file": "a.wav", "recorded_at": "2026-03-02", "agent_channel": "1"})
    assert night()["a.wav"].status == "scored"
    assert [p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out" / "turns").rglob("*.parquet")] == [
        "turns/date=2026-03-02/a.parquet"
    ]


def test_a_corrected_call_id_replaces_the_old_one(tmp_path: Path, night: Night) -> None:
    record(tmp_path / "in" / "a.wav", sound())
    night()
    table(tmp_path / "in", {"file": "a.wav", "call_id": "b"})
    assert night()["a.wav"].status == "scored"
    assert set(cards(tmp_path).call_id) == {"b"}
    assert night()["a.wav"].status == "unchanged"


def test_new_sound_under_an_old_name_is_kept_beside_it(tmp_path: Path, night: Night) -> None:
    record(tmp_path / "in" / "a.wav", sound(1))
    night()
    record(tmp_path / "in" / "a.wav", sound(2))
    outcome = night()["a.wav"]
    assert outcome.status == "scored"
    assert set(cards(tmp_path).call_id) == {"a", outcome.call_id}
    assert outcome.call_id.startswith("a~")


def test_without_voice_measures_nothing_is_said_of_the_voice(tmp_path: Path, night: Night) -> None:
    record(tmp_path / "in" / "a.wav", sound())
    table(tmp_path / "in", {"file": "a.wav", "agent_channel": "0"})
    night(privacy__voice_measures="off")
    row = cards(tmp_path).set_index("metric").loc["pitch_shift"]
    assert np.isnan(row.value)
    assert row.note == "voice_measures_off"


def test_work_files_can_be_left_out(tmp_path: Path, night: Night) -> None:
    record(tmp_path / "in" / "a.wav", sound())
    night(privacy__keep_work=False)
    assert list((tmp_path / "out" / ".work" / "audio").iterdir()) == []
    assert night(privacy__keep_work=False)["a.wav"].status == "unchanged"


def test_a_defect_of_ours_is_one_failed_call(tmp_path: Path, night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "in" / "a.wav", sound(1))
    record(tmp_path / "in" / "b.wav", sound(2))
    real = tasks.measure
    monkeypatch.setattr(tasks, "measure", lambda c: real(c) if c.call_id == "b" else {}["boom"])
    outcomes = night()
    assert (outcomes["a.wav"].reason_code, outcomes["b.wav"].status) == ("internal", "scored")
    assert "boom" in next((tmp_path / "out" / ".work" / "log").rglob("a.log")).read_text()


def test_summary_names_reasons() -> None:
    outcomes = [Outcome("a", "a", "failed", "no_speech"), Outcome("b", "b", "failed", "no_speech"), Outcome("c", "c", "unchanged")]
    assert summary(outcomes) == "0 scored, 2 failed (no_speech 2), 1 unchanged"


KILLED = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.pipelines.canned import Engine
from pipelines import engines, flows, tasks
from pipelines.config import load
from pipelines.recordings import find
engines.make_transcriber = engines.make_diarizer = lambda *_, **__: Engine()
root = Path(sys.argv[2])
settings = load(None, {}, {}).settings
run = tasks.start(settings, root / "out")
def slowly(jobs, run):
    outcomes = []
    for job in jobs:
        outcomes.append(flows.score_recording(job, run))
        time.sleep(0.5)
    return outcomes
with run.store.locked():
    flows.night(find([root / "in"], settings), run, slowly)
"""


def test_a_killed_night_goes_on_where_it_stopped(tmp_path: Path, night: Night) -> None:
    for number in range(8):
        record(tmp_path / "in" / f"{number}.wav", sound(number))
    project = Path(__file__).resolve().parents[2]
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(project), str(tmp_path)])
    done = tmp_path / "out" / ".work" / "calls"
    try:
        deadline = time.monotonic() + 120
        while len(list(done.glob("*.json"))) < 3 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    finished = len(list(done.glob("*.json")))
    assert 3 <= finished < 8
    outcomes = night()
    assert sum(o.status == "unchanged" for o in outcomes.values()) == finished
    assert sum(o.status == "scored" for o in outcomes.values()) == 8 - finished
    assert cards(tmp_path).call_id.nunique() == 8
