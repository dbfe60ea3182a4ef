"""Where everything lies that is written, and what of it is stale.

    out/scorecards|turns|tracks/date=YYYY-MM-DD|unknown/<call_id>.parquet     the result tables
    out/runs/<run_id>.parquet, out/calls.parquet, out/report/
    out/.work/                                                             private (0700, files 0600):
        calls/<call_id>.json        what a call's tables were made of, written last
        audio/<hash>/               work files of a recording (`workfiles`)
        log/<run_id>/               tracebacks

Files appear whole or not at all: each is written beside its place and then moved there.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from analyzers.errors import UsageError

TABLES = ("scorecards", "turns", "tracks")
LONGEST = 180
"""Characters of a call_id's file name; longer ones are cut and end in a checksum."""
TEMPORARY = ".tmp-"


def file_name(call_id: str) -> str:
    """A call_id as the name of one file: percent-encoded, never hidden, never a folder, never too long."""
    name = quote(call_id, safe="", errors="surrogatepass")
    if name[:1] in (".", "_"):  # readers of datasets skip such files
        name = f"%{ord(name[0]):02X}{name[1:]}"
    if len(name) > LONGEST:
        name = f"{name[:LONGEST].rsplit('%', 1)[0]}~{digest(call_id)[:16]}"
    return name


def digest(*parts: Any) -> str:
    """SHA-256 of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """A file that takes its place at the end, whole, or leaves the old one as it was."""
    temporary = path.with_name(TEMPORARY + secrets.token_hex(8))
    descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@dataclass(frozen=True)
class Manifest:
    """What a call's tables were made of."""

    call_id: str
    audio_sha256: str
    fingerprint: str
    partition: str
    file: str
    run_id: str


class Store:
    """An output folder."""

    def __init__(self, root: Path, timezone: str) -> None:
        self.root = root
        self.work = root / ".work"
        self.zone = ZoneInfo(timezone)

    def open(self) -> Store:
        """Make the folders."""
        try:
            for folder in (self.root, *(self.root / t for t in TABLES), self.root / "runs"):
                folder.mkdir(parents=True, exist_ok=True)
            for folder in (self.work, self.work / "calls", self.work / "audio", self.work / "log"):
                private(folder)
        except OSError as error:
            raise UsageError(f"cannot write to {self.root} ({error.strerror}); choose another folder with --out") from error
        return self

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other runs out of this folder; the lock goes with the process, however it ends."""
        with open(self.work / "lock", "a+", opener=_private_file) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                owner = lock.read().strip() or "unknown"
                raise UsageError(f"another run (process {owner}) is writing {self.root}; wait for it or choose another --out") from None
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            self._sweep()
            yield

    def _sweep(self) -> None:
        """Remove what a killed run had not finished writing."""
        for folder, _, files in os.walk(self.root):
            for name in files:
                if name.startswith(TEMPORARY):
                    Path(folder, name).unlink(missing_ok=True)

    # the result tables

    def partition(self, recorded_at: datetime | None) -> str:
        """`date=…` of a recording in the configured time zone."""
        if recorded_at is None:
            return "date=unknown"
        local = recorded_at.replace(tzinfo=self.zone) if recorded_at.tzinfo is None else recorded_at.astimezone(self.zone)
        return f"date={local.date().isoformat()}"

    def table_path(self, table: str, partition: str, call_id: str) -> Path:
        """The file of a call in one of the datasets."""
        return self.root / table / partition / f"{file_name(call_id)}.parquet"

    def write_call(self, manifest: Manifest, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Write the tables of a call, remove what it had elsewhere, then say that it is done."""
        for table, rows in tables.items():
            path = self.table_path(table, manifest.partition, manifest.call_id)
            path.parent.mkdir(exist_ok=True)
            write_table(path, table, rows)
        self._remove(manifest.call_id, keep=manifest.partition)
        with replacing(self._manifest_path(manifest.call_id), 0o600) as file:
            file.write(json.dumps(asdict(manifest), indent=1).encode())

    def read_call(self, call_id: str) -> dict[str, list[dict[str, Any]]]:
        """The rows of a call's tables."""
        import pyarrow.parquet as pq

        manifest = self.manifest(call_id)
        paths = {t: self.table_path(t, manifest.partition, call_id) for t in TABLES} if manifest else {}
        return {t: pq.ParquetFile(path).read().to_pylist(maps_as_pydicts="strict") for t, path in paths.items()}

    def remove_call(self, call_id: str) -> None:
        """Forget a call."""
        self._manifest_path(call_id).unlink(missing_ok=True)
        self._remove(call_id)

    def _remove(self, call_id: str, keep: str | None = None) -> None:
        for table in TABLES:
            for entry in os.scandir(self.root / table):
                if entry.is_dir() and entry.name != keep:
                    Path(entry.path, f"{file_name(call_id)}.parquet").unlink(missing_ok=True)

    def write_run(self, run_id: str, rows: Sequence[Mapping[str, Any]]) -> Path:
        """Write what became of the recordings of a night."""
        path = self.root / "runs" / f"{run_id}.parquet"
        write_table(path, "runs", rows)
        return path

    # what is done already

    def _manifest_path(self, call_id: str) -> Path:
        return self.work / "calls" / f"{file_name(call_id)}.json"

    def manifest(self, call_id: str) -> Manifest | None:
        """What a call's tables were made of; None where it has none or the file is damaged."""
        return _read_manifest(self._manifest_path(call_id))

    def manifests(self) -> dict[str, Manifest]:
        """Every call of the folder by the hash of its audio."""
        found = (_read_manifest(p) for p in sorted((self.work / "calls").glob("*.json")))
        return {m.audio_sha256: m for m in found if m is not None}

    def is_current(self, call_id: str, audio_sha256: str, fingerprint: str) -> bool:
        """Whether a call is scored already, from the same sound in the same way."""
        manifest = self.manifest(call_id)
        return (
            manifest is not None
            and (manifest.audio_sha256, manifest.fingerprint) == (audio_sha256, fingerprint)
            and all(self.table_path(t, manifest.partition, call_id).is_file() for t in TABLES)
        )

    def work_file(self, audio_sha256: str, name: str, made_by: Sequence[Any]) -> Path:
        """A work file of a recording, named by what made it: `name` is like `transcript.json`."""
        stem, _, ending = name.partition(".")
        folder = self.work / "audio" / audio_sha256
        private(folder)
        return folder / f"{stem}-{digest(*made_by)[:16]}.{ending}"

    def remove_work(self, audio_sha256: str) -> None:
        """Remove the work files of a recording."""
        shutil.rmtree(self.work / "audio" / audio_sha256, ignore_errors=True)

    def log(self, run_id: str, name: str, text: str) -> Path:
        """Keep a traceback where only the owner can read it."""
        folder = self.work / "log" / run_id
        private(folder)
        path = folder / f"{file_name(name)}.log"
        with replacing(path, 0o600) as file:
            file.write(text.encode("utf-8", "backslashreplace"))
        return path


def private(folder: Path) -> None:
    """Make a folder that only its owner may open."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def write_table(path: Path, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as Parquet in the columns of the contract."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from analyzers.tables import SCHEMAS

    with replacing(path) as file:
        pq.write_table(pa.Table.from_pylist(list(rows), schema=SCHEMAS[table]), file, compression="zstd")


def _private_file(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _read_manifest(path: Path) -> Manifest | None:
    try:
        return Manifest(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
