"""What is known about a recording beforehand: from `calls.csv`, from a sidecar JSON, from the file's name.

`calls.csv` lies beside the recordings (or in a folder above them that is scored too): UTF-8, columns `file`, `call_id`, `agent_id`,
`team`, `recorded_at`, `agent_channel`, `language`; any further column is a free tag. A sidecar `<file stem>.json` is an object with the
same keys; free tags are further keys or stand in an object `tags`. A name pattern such as `{agent_id}_{recorded_at}_{call_id}`
matches the whole file stem; each name in braces takes as little as it can, names that are no column are tags.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from analyzers.errors import RecordingError, UsageError
from pipelines.audio import shown
from pipelines.config import Settings

TABLE = "calls.csv"
FIELDS = ("call_id", "agent_id", "team", "recorded_at", "agent_channel", "language")

_DATE = r"(\d{4})-?(\d\d)-?(\d\d)(?:[T _-]?(\d\d)[:.-]?(\d\d)(?:[:.-]?(\d\d)(?:[.,]\d+)?)?)?(?: ?(Z|[+-]\d\d:?\d\d))?"
_SHAPES = {"recorded_at": _DATE, "agent_channel": r"\d", "language": "[A-Za-z]{2}"}


@dataclass(frozen=True)
class Row:
    """A line of `calls.csv`: what it says, or what is wrong with it."""

    where: str
    values: Mapping[str, str]
    problem: str | None = None


def read_table(path: Path) -> list[Row]:
    """Rows of a `calls.csv`, empty lines left out; separated by comma, semicolon or tabulator."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            head = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=max(",;\t", key=head.count), strict=True)
            names = [_column(name) for name in next(reader, [])]
            named = [name for name in names if name]
            if "file" not in named or len(set(named)) < len(named):
                raise _bad(
                    f"{shown(path)}: expected a first line with the column `file` and no column twice; its recordings have no metadata"
                )
            rows = [_row(f"{shown(path)}, line {reader.line_num}", names, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except UnicodeDecodeError as error:
        raise _bad(f"{shown(path)}: is no UTF-8 text; save it as CSV UTF-8; its recordings have no metadata") from error
    except csv.Error as error:
        raise _bad(f"{shown(path)}: is no CSV table ({error}); its recordings have no metadata") from error
    except OSError as error:
        message = f"{shown(path)}: may not be read ({error.strerror}): check the rights; its recordings have no metadata"
        raise RecordingError("no_permission", message) from error
    return rows


def read_sidecar(path: Path) -> dict[str, object]:
    """Metadata of a JSON file; empty where it holds something else, such as a transcript."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise RecordingError("no_permission", f"{shown(path)}: may not be read ({error.strerror}): check the rights") from error
    except (ValueError, RecursionError) as error:
        raise _bad(f"{shown(path)}: is no JSON in UTF-8; its recording has no metadata") from error
    if not isinstance(content, dict) or not any(key in content for key in (*FIELDS, "tags")):
        return {}
    tags = content.pop("tags", None) or {}
    if not isinstance(tags, dict) or any(isinstance(value, list | dict) for value in (*content.values(), *tags.values())):
        return {}
    return {**{k: v for k, v in tags.items() if k not in FIELDS}, **content}


def name_pattern(template: str) -> re.Pattern[str] | None:
    """A regular expression for file stems; None where there is no template."""
    if not template:
        return None
    parts: list[str] = []
    names: set[str] = set()
    for part in re.split(r"(\{[^{}]*\})", template):
        name = part[1:-1]
        if not (part.startswith("{") and part.endswith("}")):
            valid, parts = not {"{", "}"} & set(part), [*parts, re.escape(part)]
        else:
            valid, parts = name.isidentifier() and name not in names, [*parts, f"(?P<{name}>{_SHAPES.get(name, '.+?')})"]
            names.add(name)
        if not valid:
            raise UsageError(
                f"recordings.name_pattern: expected names in braces, each once, such as {{agent_id}}_{{call_id}}, not {template}"
            )
    return re.compile("".join(parts), re.ASCII)


def from_name(pattern: re.Pattern[str] | None, stem: str) -> dict[str, object]:
    """What a file stem says; empty where it does not match."""
    match = pattern.fullmatch(stem) if pattern else None
    return dict(match.groupdict()) if match else {}


def merged(*sources: Mapping[str, object]) -> dict[str, str]:
    """Values of all sources as text, the first source that has one counts."""
    found: dict[str, str] = {}
    for source in sources:
        for key, value in source.items():
            text = str(value).lower() if isinstance(value, bool) else "" if value is None else str(value).strip()
            if text:
                found.setdefault(shown(key), shown(text))
    return found


def recorded_at(text: str, time_zone: str) -> datetime:
    """A date, with or without time; without an offset it is in `time_zone`."""
    match = re.fullmatch(_DATE, text, re.ASCII)
    try:
        if match is None:
            raise ValueError
        year, month, day, hour, minute, second, offset = match.groups()
        moment = datetime.fromisoformat(f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{offset or ''}")
        moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
        moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _bad(f"recorded_at is {shown(text)}; expected a date such as 2026-11-02T09:12:00+01:00") from error
    return moment


def agent_channel(text: str) -> int | None:
    """0 or 1; None where it is not known (-1)."""
    known = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "-1": None, "-1.0": None}  # tables of numbers are written with .0
    if text not in known:
        raise _bad(f"agent_channel is {shown(text)}; expected 0, 1 or nothing")
    return known[text]


def language(text: str, settings: Settings) -> str:
    """An ISO 639-1 code among the configured ones; a region behind it is left out."""
    code, known = re.split("[-_]", text.lower())[0], settings.transcription.languages
    if code not in known:
        raise RecordingError("unknown_language", f"language is {shown(text)}; expected one of {', '.join(known)} (transcription.languages)")
    return code


def _column(name: str) -> str:
    name = name.strip()
    return name.lower() if name.lower() in (*FIELDS, "file") else name


def _row(where: str, names: list[str], cells: list[str]) -> Row:
    problem = f"{where}: has more cells than the first line" if any(cell.strip() for cell in cells[len(names) :]) else None
    return Row(where, {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}, problem)


def _bad(message: str) -> RecordingError:
    return RecordingError("bad_metadata", message)
