"""A real night: the command, Prefect, the models and the sample calls, beside their truth."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest

from analyzers.tables import SCHEMAS

SAMPLES = Path(__file__).resolve().parents[1] / "sample_audio"
CALLS = ("de_kuendigung_kurz", "de_rechnung_ruhig_mono", "de_internet_eskaliert")
STAGES = ("decode", "diarize", "transcribe", "voices", "converse", "measure", "score", "write")

pytestmark = pytest.mark.slow


def tonlage(*argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("TONLAGE_", "PREFECT_"))}
    project = str(SAMPLES.parent)
    return subprocess.run(
        [sys.executable, "-m", "pipelines", *map(str, argv)],
        cwd=cwd,
        env={**environ, "PYTHONPATH": project},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    root = tmp_path_factory.mktemp("night")
    recordings = root / "in"
    recordings.mkdir()
    for name in CALLS:
        shutil.copy(SAMPLES / f"{name}.flac", recordings)
    (recordings / "leer.wav").write_bytes(b"")
    lines = (SAMPLES / "calls.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.startswith(("file,", *(f"{name}.flac" for name in CALLS)))]
    (recordings / "calls.csv").write_text("\n".join([*kept, "fehlt.wav,fehlt,,,,,de", ""]), encoding="utf-8")
    return root, tonlage("score", "in", "--out", "out", cwd=root)


def truth(call_id: str) -> dict:
    return json.loads((SAMPLES / "truth" / f"{call_id.removesuffix('_mono')}.json").read_text(encoding="utf-8"))


def values(root: Path, call_id: str) -> pd.Series:
    rows = pd.read_parquet(root / "out" / "scorecards")
    return rows[rows.call_id == call_id].drop_duplicates("metric").set_index("metric").value


def test_it_says_what_became_of_every_recording(night: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    root, done = night
    assert done.returncode == 1, done.stderr
    assert "3 scored, 2 failed (empty_file 1, missing_file 1), 0 unchanged" in done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.count("failed: ") == 2
    (file,) = (root / "out" / "runs").iterdir()
    runs = pd.read_parquet(file).set_index("call_id")
    assert runs.status.to_dict() == {**dict.fromkeys(CALLS, "scored"), "leer": "failed", "fehlt": "failed"}
    assert runs.reason_code["leer"] == "empty_file" and runs.reason_code["fehlt"] == "missing_file"


@pytest.mark.parametrize("call_id", ["de_kuendigung_kurz", "de_internet_eskaliert"])
def test_two_channels_agree_with_the_truth(night: tuple[Path, object], call_id: str) -> None:
    true, found = truth(call_id)["totals"], values(night[0], call_id)
    assert found["agent_talk_share"] == pytest.approx(true["talk_share_without_pauses"]["agent"], abs=0.03)
    for party in ("agent", "customer"):
        assert abs(found[f"interruptions_by_{party}"] - true["interruptions"][party]) <= 1
    assert found["agent_talk_time"] == pytest.approx(true["talk_time_s"]["agent"], rel=0.2)


def test_the_heated_agent_is_told_from_the_calm_one(night: tuple[Path, object]) -> None:
    calm, heated = values(night[0], "de_kuendigung_kurz"), values(night[0], "de_internet_eskaliert")
    assert heated["pitch_shift"] > calm["pitch_shift"] + 1.5
    assert heated["effort_shift"] > calm["effort_shift"] + 1
    assert calm["raised_share"] == 0 and heated["raised_share"] > 0.1
    assert heated["calm_down_phrases"] >= 1 and calm["calm_down_phrases"] == 0
    points = pd.read_parquet(night[0] / "out" / "calls.parquet").set_index("call_id")
    assert points.call_points["de_kuendigung_kurz"] > points.call_points["de_internet_eskaliert"] + 15


def test_mono_tells_the_parties_by_voice_and_wording(night: tuple[Path, object]) -> None:
    rows = pd.read_parquet(night[0] / "out" / "scorecards")
    row = rows[rows.call_id == "de_rechnung_ruhig_mono"].iloc[0]
    assert (row.channels, row.role_source) == (1, "wording")
    assert row.role_confidence >= 0.7 and "pyannote" in row.diarizer
    true = truth("de_rechnung_ruhig")["totals"]["talk_share_without_pauses"]["agent"]
    assert values(night[0], "de_rechnung_ruhig_mono")["agent_talk_share"] == pytest.approx(true, abs=0.05)


def test_every_tool_reads_the_tables(night: tuple[Path, object]) -> None:
    out = night[0] / "out"
    for name in ("scorecards", "turns", "tracks"):
        schema = SCHEMAS[name]
        table = ds.dataset(out / name, partitioning="hive").to_table()
        assert [n for n in table.column_names if n != "date"] == schema.names
        assert list(pd.read_parquet(out / name).columns[: len(schema)]) == schema.names
        query = f"select count(distinct call_id) from read_parquet('{out}/{name}/**/*.parquet')"
        assert duckdb.sql(query).fetchall() == [(len(CALLS),)]
    assert len(pd.read_parquet(out / "calls.parquet")) == len(CALLS)
    made_by = pd.read_parquet(out / "scorecards").transcriber.unique()
    assert len(made_by) == 1 and "whisper" in made_by[0] and "sha256" in made_by[0]


def test_the_stages_are_in_the_log_and_in_the_artifacts(night: tuple[Path, object]) -> None:
    with sqlite3.connect(night[0] / "out" / ".work" / "prefect" / "prefect.db") as base:
        said = [m for (m,) in base.execute("select message from log order by timestamp")]
        (data,) = base.execute("select data from artifact where key = 'night'").fetchone()
        tasks = [name for (name,) in base.execute("select name from task_run")]
    assert sorted(tasks) == sorted([*CALLS, "leer"]), "one task per call"
    for call_id in CALLS:
        mine = [m.removeprefix(f"{call_id}: ") for m in said if m.startswith(f"{call_id}: ")]
        assert [m for m in mine if m in STAGES] == list(STAGES)
    assert all(stage in data for stage in STAGES)


def test_work_files_are_private(night: tuple[Path, object]) -> None:
    work = night[0] / "out" / ".work"
    assert stat.S_IMODE(work.stat().st_mode) == 0o700
    kept = [p for p in (work / "audio").rglob("*") if p.is_file()] + [p for p in (work / "calls").iterdir()]
    assert len(kept) >= 3 * len(CALLS)
    assert {stat.S_IMODE(p.stat().st_mode) for p in kept} == {0o600}


def test_the_report_has_a_page_and_the_sound_of_every_call(night: tuple[Path, object]) -> None:
    report = night[0] / "out" / "report"
    index = (report / "index.html").read_text(encoding="utf-8")
    for call_id in CALLS:
        assert call_id in index
        assert len(list(report.rglob(f"*{call_id}*.html"))) >= 1
    assert "leer.wav" in index and "fehlt.wav" in index
    assert len(list((report / "audio").iterdir())) == len(CALLS)


def test_a_second_night_computes_nothing(night: tuple[Path, object]) -> None:
    root = night[0]
    before = {p: p.stat().st_mtime_ns for p in (root / "out" / "scorecards").rglob("*.parquet")}
    done = tonlage("score", "in", "--out", "out", cwd=root)
    assert "0 scored, 2 failed (empty_file 1, missing_file 1), 3 unchanged" in done.stdout, done.stderr
    assert {p: p.stat().st_mtime_ns for p in (root / "out" / "scorecards").rglob("*.parquet")} == before
