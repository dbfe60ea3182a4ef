"""The command line: every verb, its help, its exit status and its one line of failure."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from pipelines import cli
from pipelines.config import PREFIX, load
from tests.pipelines.canned import record, sound, table

VERBS = ("score", "call", "report", "demo", "models", "doctor", "config")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without settings, and none in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in [n for n in __import__("os").environ if n.startswith(PREFIX)]:
        monkeypatch.delenv(name)


def run(*argv: object) -> int:
    return cli.main([str(a) for a in argv])


def refusal(capsys: pytest.CaptureFixture[str], *argv: object) -> str:
    """The one line with which a wrong use is refused."""
    assert run(*argv) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("tonlage: ") and said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize("verb", [(), *((v,) for v in VERBS)])
def test_help_of_every_verb(verb: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        run(*verb, "--help")
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert "usage: tonlage" in said
    assert verb or all(v in said for v in VERBS)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("--version")
    assert capsys.readouterr().out.startswith("tonlage 0.")


def test_wrong_usage_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert "--help" in refusal(capsys)
    assert "invalid choice" in refusal(capsys, "socre")
    assert "--out" in refusal(capsys, "score", "x")
    assert "no such file" in refusal(capsys, "score", "gone", "--out", "out")
    assert "no recordings" in refusal(capsys, "score", "empty", "--out", "out")
    assert "no output folder" in refusal(capsys, "report", "empty")
    assert "report.language" in refusal(capsys, "config", "--set", "report.langage=en")
    assert "KEY=VALUE" in refusal(capsys, "config", "--set", "report.language")
    assert "de | en" in refusal(capsys, "config", "--set", "report.language=fr")
    assert "gone.toml" in refusal(capsys, "config", "--config", "gone.toml")


def test_settings_in_rising_order(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tonlage.toml").write_text('[transcription]\nmodel = "small"\nbatch_size = 2\n[report]\nlanguage = "en"\n')
    monkeypatch.setenv("TONLAGE_TRANSCRIPTION_MODEL", "medium")
    monkeypatch.setenv("TONLAGE_TRANSCRIPTION_BATCH_SIZE", "4")
    assert run("config", "--model", "tiny") == 0
    said = capsys.readouterr().out
    assert 'model = "tiny"  # from command line' in said
    assert "batch_size = 4  # from environment" in said
    assert 'language = "en"  # from tonlage.toml' in said
    (tmp_path / "again.toml").write_text(said)
    monkeypatch.delenv("TONLAGE_TRANSCRIPTION_MODEL")
    assert load(tmp_path / "again.toml", environ={}).settings.transcription.model == "tiny", "what is printed can be read back"


def test_models_are_listed_and_verified(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models") == 0
    listed = " ".join(capsys.readouterr().out.split())
    assert all(name in listed for name in ("whisper-base", "silero", "segmentation", "campplus", "MIT", "Apache-2.0", "community-1"))
    assert run("models", "verify") == 0
    assert "wrong" not in capsys.readouterr().out


def test_doctor_says_ok_or_what_to_do(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines import doctor

    monkeypatch.setattr(doctor, "MEMORY", 0.0)
    monkeypatch.setattr(doctor, "DISK", 0.0)
    assert run("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("ok  ") for line in lines), lines
    assert sum("weights" in line for line in lines) >= 4
    monkeypatch.setattr(doctor, "PYTHON", ((3, 99), (4, 0)))
    assert run("doctor") == 1
    assert "install Python 3.99" in capsys.readouterr().out


@pytest.mark.usefixtures("canned")
def test_one_call_in_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = record(tmp_path / "in" / "a.wav", sound())
    assert run("call", file, "--agent-channel", 0) == 0
    said = capsys.readouterr().out
    assert "a  de" in said and "Also measured" in said and "agent_talk_share" in said
    assert not (tmp_path / "out").exists()
    assert run("call", file, "--json", "--out", "kept") == 0
    tables = json.loads(capsys.readouterr().out)
    assert {r["call_id"] for r in tables["scorecards"]} == {"a"} and len(tables["turns"]) == 2
    assert len(pd.read_parquet(tmp_path / "kept" / "turns")) == 2


@pytest.mark.usefixtures("canned")
def test_one_call_that_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.wav").write_text("no sound")
    assert run("call", "text.wav") == 1
    said = capsys.readouterr()
    assert said.out == "" and said.err.startswith("tonlage: ") and said.err.count("\n") == 1
    record(tmp_path / "in" / "a.wav", sound())
    assert "expected one recording" in refusal(capsys, "call", "in")


@pytest.mark.usefixtures("canned")
def test_the_report_anew_in_another_language(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path / "in" / "a.wav", sound())
    table(tmp_path / "in", {"file": "a.wav", "agent_channel": "0"})
    assert run("call", "in/a.wav", "--out", "out") == 0
    page = tmp_path / "out" / "report" / "index.html"
    assert '<html lang="de"' in page.read_text()
    capsys.readouterr()
    assert run("report", "out", "--set", "report.language=en") == 0
    assert '<html lang="en"' in page.read_text()
    assert "index.html" in capsys.readouterr().out


@pytest.mark.usefixtures("canned")
def test_two_runs_do_not_share_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pipelines.store import Store

    file = record(tmp_path / "in" / "a.wav", sound())
    with Store(tmp_path / "out", "UTC").open().locked():
        assert "another run" in refusal(capsys, "call", file, "--out", "out")
