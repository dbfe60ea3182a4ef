"""Which recordings there are, and what is known about them."""

from __future__ import annotations

import glob
import os
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from analyzers.errors import RecordingError, UsageError
from pipelines import metadata
from pipelines.audio import shown
from pipelines.config import Settings

SUFFIXES = (".wav", ".wave", ".flac", ".mp3", ".m4a", ".mp4", ".ogg", ".oga", ".opus")
"""What is taken up in a folder; any other file must be named."""


@dataclass(frozen=True)
class Recording:
    """A sound file with its metadata; what is not known is None."""

    path: Path
    call_id: str
    agent_id: str | None = None
    team: str | None = None
    recorded_at: datetime | None = None
    agent_channel: int | None = None
    language: str | None = None
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """A recording or table that cannot be used; `reason` is a code of `analyzers.errors.REASONS`."""

    file: str
    call_id: str | None
    reason: str
    message: str


def find(paths: Sequence[str | os.PathLike[str]], settings: Settings | None = None, skip: Sequence[Path] = ()) -> list[Recording | Failure]:
    """Recordings of folders (with all folders below), files and globs, sorted by path.

    Parameters
    ----------
    paths : what was named; one that does not exist is a UsageError.
    settings : for the name pattern, the time zone and the languages.
    skip : folders that are not entered, such as the one the results go to.
    """
    search = _Search({_key(folder) for folder in skip})
    places = [place for path in paths for place in _places(os.fspath(path), search)]
    for place in sorted(places, key=os.path.isdir, reverse=True):  # folders first: their tables must be complete
        search.folder(place) if os.path.isdir(place) else search.file(place)
    return search.results(settings or Settings())


def resolve_duplicates(
    found: Sequence[tuple[Recording, str]], stored: Mapping[str, str] | None = None
) -> tuple[list[tuple[Recording, str]], list[Failure]]:
    """Give each content one recording and each recording its own call_id.

    Parameters
    ----------
    found : recordings with the SHA-256 of their bytes.
    stored : call_id -> SHA-256 of what the output folder holds already; it keeps its call_ids.
    """
    owner = dict(stored or {})
    call_of = {sha: call_id for call_id, sha in owner.items()}
    file_of: dict[str, str] = {}
    kept: list[tuple[Recording, str]] = []
    failures = []
    for recording, sha in sorted(found, key=lambda pair: str(pair[0].path)):
        name, suffixed = shown(recording.path), f"{recording.call_id}~{sha[:8]}"
        before = call_of.get(sha)
        if sha in file_of or before not in (None, recording.call_id, suffixed):
            same = file_of[sha] if sha in file_of else f"call {shown(before or '')} in the output folder"
            message = f"{name}: has the same bytes as {same}: remove one of the two"
            failures.append(Failure(name, recording.call_id, "duplicate_content", message))
            continue
        call_id = before or (suffixed if recording.call_id in owner else recording.call_id)
        owner[call_id], file_of[sha] = sha, name
        kept.append((replace(recording, call_id=call_id), sha))
    return kept, failures


class _Search:
    """Files and rows of tables, each by its absolute path, as they are found."""

    def __init__(self, skip: set[str]) -> None:
        self._skip = skip
        self._files: dict[str, Path] = {}
        self._rows: dict[str, metadata.Row] = {}
        self._tables: set[str] = set()
        self._failures: list[Failure] = []

    def skips(self, path: Path) -> bool:
        return any(_key(folder) in self._skip for folder in (path, *path.absolute().parents))

    def folder(self, top: Path) -> None:
        def refused(error: OSError) -> None:
            name = shown(error.filename or top)
            self._fail(name, None, "no_permission", f"{name}: the folder may not be read ({error.strerror}): check its rights")

        tables = []
        for where, folders, names in os.walk(top, onerror=refused):
            folders[:] = sorted(f for f in folders if f[0] != "." and _key(Path(where, f)) not in self._skip)
            for name in names:
                path = Path(where, name)
                if not name.startswith("._") and path.suffix.lower() in SUFFIXES:
                    self._files.setdefault(_key(path), path)
            if metadata.TABLE in names:
                tables.append(Path(where, metadata.TABLE))
        for table in tables:
            self._read(table, complete=True)

    def file(self, path: Path) -> None:
        if path.name == metadata.TABLE or path.suffix.lower() == ".json":  # a shell's * names them too
            return
        self._files.setdefault(_key(path), path)
        table = path.with_name(metadata.TABLE)
        if os.path.exists(table):
            self._read(table, complete=False)

    def results(self, settings: Settings) -> list[Recording | Failure]:
        pattern = metadata.name_pattern(settings.recordings.name_pattern)
        recordings = [self._recording(key, path, pattern, settings) for key, path in self._files.items()]
        return sorted([*recordings, *self._failures], key=lambda r: shown(r.path) if isinstance(r, Recording) else r.file)

    def _read(self, table: Path, *, complete: bool) -> None:
        """Rows of a table; `complete`: its folder was searched, so that every row must have its file."""
        if _key(table) in self._tables:
            return
        self._tables.add(_key(table))
        try:
            rows = metadata.read_table(table)
        except RecordingError as error:
            beside = any(path.parent == table.parent for path in self._files.values())
            if beside or error.reason != "bad_metadata":  # a table of something else is none of ours
                self._fail(shown(table), None, error.reason, str(error))
            return
        for row in rows:
            self._take(table, row, complete=complete)

    def _take(self, table: Path, row: metadata.Row, *, complete: bool) -> None:
        name = row.values.get("file", "")
        path, call_id = table.parent / name, shown(row.values.get("call_id") or Path(name).stem) or None
        key = _key(path)
        if not key.startswith(_key(table.parent) + os.sep):
            if complete:
                message = f"{row.where}: expected the name of a file beside {metadata.TABLE} or in a folder below it"
                self._fail(shown(table), call_id, "bad_metadata", message)
            return
        if complete and key not in self._files:
            if not os.path.isfile(path):
                message = f"{row.where}: there is no file {shown(name)}: correct the name or remove the line"
                self._fail(shown(path), call_id, "missing_file", message)
                return
            self._files[key] = path
        before = self._rows.get(key)
        if before is not None and before.values != row.values:
            row = replace(
                row, problem=f"{row.where}: says something else about {shown(path.name)} than {before.where}: keep one of the two"
            )
        self._rows[key] = row

    def _recording(self, key: str, path: Path, pattern: re.Pattern[str] | None, settings: Settings) -> Recording | Failure:
        row, sidecar = self._rows.get(key), path.with_suffix(".json")
        stem = _text(path.stem)
        try:
            beside = metadata.read_sidecar(sidecar) if os.path.isfile(sidecar) else {}
        except RecordingError as error:
            beside = {}
            self._fail(shown(sidecar), stem, error.reason, str(error))
        found = metadata.merged(row.values if row else {}, beside, metadata.from_name(pattern, stem))
        call_id = found.get("call_id", shown(stem))
        if row and row.problem:
            return Failure(shown(path), call_id, "bad_metadata", row.problem)
        try:
            return Recording(
                path=path,
                call_id=call_id,
                agent_id=found.get("agent_id"),
                team=found.get("team"),
                recorded_at=metadata.recorded_at(found["recorded_at"], settings.recordings.time_zone) if "recorded_at" in found else None,
                agent_channel=metadata.agent_channel(found["agent_channel"]) if "agent_channel" in found else None,
                language=metadata.language(found["language"], settings) if "language" in found else None,
                tags={name: value for name, value in found.items() if name not in (*metadata.FIELDS, "file")},
            )
        except RecordingError as error:
            return Failure(shown(path), call_id, error.reason, f"{shown(path)}: {error}")

    def _fail(self, file: str, call_id: str | None, reason: str, message: str) -> None:
        failure = Failure(file, call_id, reason, message)
        if failure not in self._failures:
            self._failures.append(failure)


def _places(text: str, search: _Search) -> Iterator[Path]:
    """What a path of the command line stands for."""
    if os.path.lexists(text):
        yield Path(text)
        return
    matches = sorted(glob.glob(text, recursive=True)) if glob.has_magic(text) else []
    if not matches:
        raise UsageError(f"{shown(text)}: there is no such file or folder: check the path")
    for match in matches:
        path = Path(match)
        if (os.path.isdir(path) or path.suffix.lower() in SUFFIXES) and not search.skips(path):
            yield path


def _key(path: str | os.PathLike[str]) -> str:
    """One spelling per file: absolute, and the same however umlauts are composed."""
    return unicodedata.normalize("NFC", os.path.abspath(path))


def _text(name: str) -> str:
    """A name of the file system as text that every table can hold."""
    return unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace"))
