"""Settings: defaults, then `tonlage.toml`, then the environment (`TONLAGE_SECTION_KEY`), then the command line; the last one counts."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NamedTuple, cast, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

from analyzers.errors import UsageError

FILE = "tonlage.toml"
PREFIX = "TONLAGE_"
NO_SETTINGS = ("TONLAGE_CACHE",)
"""Variables of the environment that are ours and no settings."""

Origin = Literal["default", "tonlage.toml", "environment", "command line"]


def _key(default: Any, help: str, low: float | None = None, high: float | None = None) -> Any:
    return field(default=default, metadata={"help": help, "low": low, "high": high})


@dataclass(frozen=True)
class Transcription:
    """[transcription]"""

    engine: Literal["auto", "faster-whisper", "openai-whisper"] = _key(
        "auto", "speech recogniser; auto takes the faster one that is installed"
    )
    model: str = _key("base", "Whisper model by name (base, large-v3-turbo, …) or path")
    device: Literal["auto", "cpu", "cuda"] = _key("auto", "what the models run on; auto takes the GPU where there is one")
    languages: tuple[str, ...] = _key(("de", "en"), "languages to choose among (ISO 639-1); one alone fixes it")
    batch_size: int = _key(8, "stretches of speech that are recognised at once", low=1)


@dataclass(frozen=True)
class Diarization:
    """[diarization]"""

    model: str = _key(
        "segmentation-3.0", "who speaks when in mono recordings: segmentation-3.0 (packaged), community-1 (your download), or a path"
    )
    step: float = _key(0.25, "step of the window as a share of its length; smaller is slower and closer", low=0.05, high=1)
    max_speakers: int = _key(3, "most voices in a mono recording: agent, customer, announcement", low=2)


@dataclass(frozen=True)
class Roles:
    """[roles]"""

    min_confidence: float = _key(0.7, "confidence (0 to 1) under which nothing that depends on roles is measured", low=0, high=1)
    agent_channel: int | None = _key(
        None, "channel of the agent in two-channel recordings: 0, 1, or -1 where it is not known", low=-1, high=1
    )


@dataclass(frozen=True)
class Recordings:
    """[recordings]"""

    time_zone: str = _key("Europe/Berlin", "time zone of dates without one, and of the tables' days")
    name_pattern: str = _key("", "what file names say, such as {agent_id}_{recorded_at}_{call_id}; other names in braces become tags")


@dataclass(frozen=True)
class Rubric:
    """[rubric]"""

    file: str = _key("", "rubric to score by; empty: the packaged one")
    min_coverage: float = _key(0.6, "share of the applicable weight (0 to 1) that must be measured for a total", low=0, high=1)


@dataclass(frozen=True)
class Batch:
    """[batch]"""

    workers: int = _key(1, "recordings that are worked on at once", low=1)
    threads_per_worker: int = _key(0, "processor threads of a worker; 0: all cores", low=0)


@dataclass(frozen=True)
class Privacy:
    """[privacy]"""

    voice_measures: Literal["full", "coaching", "off"] = _key(
        "full", "the agent's voice: in all pages, only in the call's own page and in no total (coaching), or not computed (off)"
    )
    keep_work: bool = _key(True, "keep the private work files, so that nothing is computed twice")
    audio_in_report: Literal["original", "none"] = _key("original", "whether the report gets a copy of the recordings to play")


@dataclass(frozen=True)
class Report:
    """[report]"""

    language: Literal["de", "en"] = _key("de", "language of the report")


@dataclass(frozen=True)
class Settings:
    """All settings; `settings.section.key`."""

    transcription: Transcription = Transcription()
    diarization: Diarization = Diarization()
    roles: Roles = Roles()
    recordings: Recordings = Recordings()
    rubric: Rubric = Rubric()
    batch: Batch = Batch()
    privacy: Privacy = Privacy()
    report: Report = Report()


@dataclass(frozen=True)
class Effective:
    """The settings that count, and where each (`section.key`) comes from."""

    settings: Settings
    origins: Mapping[str, Origin]


class Described(NamedTuple):
    """One row of the settings table."""

    key: str
    type: str
    default: str
    help: str


@dataclass(frozen=True)
class _Key:
    name: str
    kind: Any
    spec: Field[Any]

    @property
    def variable(self) -> str:
        return PREFIX + self.name.replace(".", "_").upper()

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if get_origin(self.kind) is Literal:
            return " | ".join(get_args(self.kind))
        if self.kind in _WORDS:
            return _WORDS[self.kind]
        low, high = self.spec.metadata["low"], self.spec.metadata["high"]
        limits = f" {low:g} to {high:g}" if high is not None else f" from {low:g}"
        return ("number" if self.kind is float else "whole number") + limits


_WORDS: dict[Any, str] = {str: "text", bool: "true | false", tuple[str, ...]: "list of two-letter codes"}
_SECTIONS: dict[str, type] = get_type_hints(Settings)
_KEYS = {
    f"{section}.{spec.name}": _Key(f"{section}.{spec.name}", get_type_hints(kind)[spec.name], spec)
    for section, kind in _SECTIONS.items()
    for spec in fields(kind)
}
_VARIABLES = {key.variable: key for key in _KEYS.values()}


def load(
    path: str | os.PathLike[str] | None = None,
    overrides: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Effective:
    """Settings from all four places.

    Parameters
    ----------
    path : settings file, which must exist; None: `tonlage.toml` in the current folder, where there is one.
    overrides : `section.key` -> value, typed or as text; None stands for "not given".
    environ : the environment; None: that of the process.
    """
    values: dict[str, Any] = {name: key.spec.default for name, key in _KEYS.items()}
    origins: dict[str, Origin] = dict.fromkeys(_KEYS, "default")

    def take(key: _Key, raw: object, origin: Origin, where: str, *, text: bool) -> None:
        values[key.name] = _checked(key, _parsed(key, raw) if text and isinstance(raw, str) else raw, raw, where)
        origins[key.name] = origin

    for name, raw, where in _from_file(path):
        take(_known(name, where), raw, "tonlage.toml", where, text=False)
    for variable, raw in sorted((os.environ if environ is None else environ).items()):
        if variable.startswith(PREFIX) and variable not in NO_SETTINGS:
            if variable not in _VARIABLES:
                nearest = difflib.get_close_matches(variable, _VARIABLES, 1, 0)[0]
                raise UsageError(f"environment: unknown variable {variable}; the nearest known one is {nearest}")
            take(_VARIABLES[variable], raw, "environment", f"environment: {variable}", text=True)
    for name, given in (overrides or {}).items():
        if given is not None:
            take(_known(name, "command line"), given, "command line", f"command line: {name}", text=True)
    sections = {name: kind(**{f.name: values[f"{name}.{f.name}"] for f in fields(kind)}) for name, kind in _SECTIONS.items()}
    return Effective(Settings(**sections), origins)


def describe() -> list[Described]:
    """Every setting with its type, default and one line of help: the table of the README."""
    return [Described(k.name, k.expected, _toml(k.spec.default), k.spec.metadata["help"]) for k in _KEYS.values()]


def as_toml(effective: Effective) -> str:
    """The settings that count as a settings file, each with where it comes from."""
    blocks = []
    for section, kind in _SECTIONS.items():
        current = getattr(effective.settings, section)
        lines = [f"{f.name} = {_toml(getattr(current, f.name))}  # from {effective.origins[f'{section}.{f.name}']}" for f in fields(kind)]
        blocks.append("\n".join([f"[{section}]", *lines, ""]))
    return "\n".join(blocks)


def _from_file(path: str | os.PathLike[str] | None) -> list[tuple[str, object, str]]:
    """`section.key`, value and place of everything in the settings file."""
    file = Path(FILE if path is None else path)
    if path is None and not file.exists():
        return []
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{file}: the settings file cannot be read ({error.strerror}): check the path") from error
    except ValueError as error:
        raise UsageError(f"{file}: is no TOML file in UTF-8: {' '.join(str(error).split())}") from error
    found = []
    for section, entries in content.items():
        if section not in _SECTIONS:
            _known(f"{section}.{next(iter(entries), '')}" if isinstance(entries, dict) else section, str(file))
        if not isinstance(entries, dict):
            raise UsageError(f"{file}: `{section}` is a section; expected [{section}] with keys below it")
        found += [(f"{section}.{name}", raw, f"{file}: {section}.{name}") for name, raw in entries.items()]
    return found


def _known(name: str, where: str) -> _Key:
    if name not in _KEYS:
        last = name.rpartition(".")[2]
        elsewhere = [key for key in _KEYS if key.endswith(f".{last}")]
        nearest = difflib.get_close_matches(name, elsewhere or _KEYS, 1, 0)[0]
        raise UsageError(f"{where}: unknown setting {name}; the nearest known one is {nearest}")
    return _KEYS[name]


def _parsed(key: _Key, text: str) -> object:
    """Text of the environment or the command line as a value of the key's type; unchanged where it is none."""
    kind, text = key.kind, text.strip()
    if kind is bool:
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if kind == tuple[str, ...]:
        return [part.strip() for part in text.split(",")]
    try:
        return int(text) if int in (kind, *get_args(kind)) else float(text) if kind is float else text
    except ValueError:
        return text


def _checked(key: _Key, value: object, raw: object, where: str) -> Any:
    """The value in its own type; an error where it is none."""
    kind, low, high = key.kind, key.spec.metadata["low"], key.spec.metadata["high"]
    if key.name == "recordings.time_zone" and not _is_time_zone(value):
        raise UsageError(f"{where}: expected a time zone such as Europe/Berlin or UTC, not {_toml(raw)}")
    if get_origin(kind) is Literal and value in get_args(kind):
        return value
    if kind is str and isinstance(value, str) or kind is bool and isinstance(value, bool):
        return value
    if kind == tuple[str, ...] and isinstance(value, list | tuple) and value and all(_is_language(v) for v in value):
        return tuple(value)
    optional = NoneType in get_args(kind)
    numbers = int | float if kind is float else int
    if (kind in (int, float) or optional) and isinstance(value, numbers) and not isinstance(value, bool):
        number = float(value) if kind is float else value
        if number >= low and (high is None or number <= high) and number != float("inf"):
            return None if optional and number < 0 else number
    raise UsageError(f"{where}: expected {key.expected}, not {_toml(raw)}")


def _is_language(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[a-z]{2}", value) is not None


def _is_time_zone(value: object) -> bool:
    try:
        return bool(ZoneInfo(cast(str, value)))
    except (ValueError, OSError, TypeError, KeyError, AttributeError):  # ZoneInfoNotFoundError is a KeyError
        return False


def _toml(value: object) -> str:
    if value is None:
        return "-1"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(v) for v in value)}]"
    return json.dumps(value, ensure_ascii=False, default=str)
