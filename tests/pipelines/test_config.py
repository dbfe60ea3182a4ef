"""Settings: rising order, origins, and errors that help."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from analyzers.errors import UsageError
from pipelines import config


def written(folder: Path, text: str) -> Path:
    file = folder / "tonlage.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_defaults_are_those_of_the_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    effective = config.load(environ={})
    assert effective.settings == config.Settings()
    assert set(effective.origins.values()) == {"default"}
    assert effective.settings.roles.agent_channel is None


def test_later_places_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, '[transcription]\nmodel = "small"\nbatch_size = 4\ndevice = "cpu"\n[diarization]\nstep = 1\n')
    monkeypatch.chdir(tmp_path)
    environ = {"TONLAGE_TRANSCRIPTION_BATCH_SIZE": "2", "TONLAGE_TRANSCRIPTION_MODEL": "medium", "TONLAGE_CACHE": "x", "HOME": "y"}
    effective = config.load(overrides={"transcription.model": "tiny", "report.language": None}, environ=environ)
    transcription, origins = effective.settings.transcription, effective.origins
    assert (transcription.model, transcription.batch_size, transcription.device) == ("tiny", 2, "cpu")
    assert effective.settings.diarization.step == 1.0 and isinstance(effective.settings.diarization.step, float)
    assert origins["transcription.model"] == "command line"
    assert origins["transcription.batch_size"] == "environment"
    assert origins["transcription.device"] == "tonlage.toml"
    assert origins["report.language"] == "default"


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("transcription.languages", "en, de", ("en", "de")),
        ("privacy.keep_work", "false", False),
        ("privacy.voice_measures", "off", "off"),
        ("roles.agent_channel", "1", 1),
        ("roles.agent_channel", "-1", None),
        ("roles.min_confidence", "0.5", 0.5),
        ("diarization.step", "1", 1.0),
        ("recordings.time_zone", "UTC", "UTC"),
        ("rubric.file", "", ""),
    ],
)
def test_text_becomes_the_type(key: str, text: str, value: object) -> None:
    section, name = key.split(".")
    by_line = config.load(overrides={key: text}, environ={}).settings
    by_environment = config.load(environ={f"TONLAGE_{section}_{name}".upper(): text}).settings
    assert getattr(getattr(by_line, section), name) == getattr(getattr(by_environment, section), name) == value


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ('[transcription]\nmodle = "small"', "transcription.model"),
        ('[transcribtion]\nmodel = "small"', "transcription.model"),
        ("[batch]\nstep = 0.1", "diarization.step"),
        ("batch_size = 4", "transcription.batch_size"),
        ("[nonsense]", "known one is"),
    ],
)
def test_unknown_key_names_the_nearest_and_the_file(tmp_path: Path, text: str, nearest: str) -> None:
    with pytest.raises(UsageError, match=nearest) as caught:
        config.load(written(tmp_path, text), environ={})
    assert "tonlage.toml" in str(caught.value) and "\n" not in str(caught.value)


def test_unknown_variable_and_override() -> None:
    with pytest.raises(UsageError, match="TONLAGE_BATCH_WORKERS"):
        config.load(environ={"TONLAGE_BATCH_WORKER": "2"})
    with pytest.raises(UsageError, match=r"command line: unknown setting batch\.wrokers; the nearest known one is batch\.workers"):
        config.load(overrides={"batch.wrokers": 2}, environ={})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('[transcription]\nengine = "whisperx"', r"auto \| faster-whisper \| openai-whisper"),
        ('[transcription]\nbatch_size = "8"', "whole number from 1"),
        ("[transcription]\nbatch_size = 0", "whole number from 1"),
        ("[transcription]\nbatch_size = 2.5", "whole number from 1"),
        ("[transcription]\nbatch_size = true", "whole number from 1"),
        ("[transcription]\nlanguages = []", "two-letter"),
        ('[transcription]\nlanguages = ["german"]', "two-letter"),
        ('[transcription]\nlanguages = "de"', "two-letter"),
        ("[transcription]\nmodel = 3", "text"),
        ("[roles]\nmin_confidence = 70", "number 0 to 1"),
        ("[roles]\nmin_confidence = nan", "number 0 to 1"),
        ("[roles]\nagent_channel = 2", "whole number -1 to 1"),
        ("[diarization]\nstep = inf", "number 0.05 to 1"),
        ("[privacy]\nkeep_work = 1", r"true \| false"),
        ('[recordings]\ntime_zone = "Berlin"', "Europe/Berlin"),
        ("[recordings]\ntime_zone = 1", "Europe/Berlin"),
        ('[recordings]\ntime_zone = "../x"', "Europe/Berlin"),
        ("report = 1", "section"),
    ],
)
def test_wrong_value_says_what_was_expected(tmp_path: Path, line: str, expected: str) -> None:
    with pytest.raises(UsageError, match=expected) as caught:
        config.load(written(tmp_path, line), environ={})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"[transcription\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_file_that_is_no_toml(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "tonlage.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="TOML"):
        config.load(file, environ={})


def test_given_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        config.load(tmp_path / "other.toml", environ={})


def test_printed_settings_can_be_read_again(tmp_path: Path) -> None:
    effective = config.load(overrides={"roles.agent_channel": 0, "rubric.file": 'a "b"\\ü.toml'}, environ={})
    text = config.as_toml(effective)
    assert "agent_channel = 0  # from command line" in text
    assert 'model = "base"  # from default' in text
    assert config.load(written(tmp_path, text), environ={}).settings == effective.settings
    defaults = config.load(overrides={}, environ={})
    assert config.load(written(tmp_path, config.as_toml(defaults)), environ={}).settings == defaults.settings


def test_every_key_is_described() -> None:
    rows = config.describe()
    printed = tomllib.loads(config.as_toml(config.load(environ={})))
    assert [r.key for r in rows] == [f"{s}.{k}" for s, entries in printed.items() for k in entries]
    assert all(r.help and r.type and "\n" not in r.help for r in rows)
    assert dict((r.key, r.default) for r in rows)["transcription.languages"] == '["de", "en"]'
