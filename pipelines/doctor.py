"""`tonlage doctor`: is everything there that a night needs? Each check says ok, or what to do."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PYTHON = ((3, 11), (3, 12))
"""From this version on, and below that one."""
PACKAGES = ("numpy", "torch", "faster-whisper", "openai-whisper", "pyannote.audio", "silero-vad", "av", "prefect", "pyarrow")
MEMORY, DISK = 3.0, 2.0
"""GiB that a night needs: models, the flow's server and one recording; work files and tables."""
FORMATS = ("pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_alaw", "pcm_mulaw", "flac", "mp3", "aac", "opus", "vorbis")
QUIET = {"PYANNOTE_METRICS_ENABLED": "0", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
"""Environment under which no library sends anything anywhere."""


@dataclass(frozen=True)
class Check:
    """One line of the doctor: what was looked at and, where something is wrong, what to do."""

    what: str
    advice: str | None = None

    def __str__(self) -> str:
        return f"!!  {self.what}: {self.advice}" if self.advice else f"ok  {self.what}"


def silence_telemetry() -> None:
    """Keep the libraries from sending anything; called before any of them is imported."""
    os.environ.update(QUIET)


def checks(folder: Path) -> Iterator[Check]:
    """All checks, cheap ones first; `folder` is where results would be written."""
    yield _python()
    yield from map(_package, PACKAGES)
    yield from _weights()
    yield _formats()
    yield _free("memory", _free_memory(), MEMORY, "close other programs or take a larger machine")
    yield _free("disk", shutil.disk_usage(_existing(folder)).free / 2**30, DISK, f"make room below {folder}")
    loud = [name for name, value in QUIET.items() if os.environ.get(name) != value]
    yield Check("telemetry of all libraries is off", f"set {', '.join(loud)}" if loud else None)


def _python() -> Check:
    low, high = PYTHON
    right = low <= sys.version_info[:2] < high
    name = ".".join(map(str, sys.version_info[:3]))
    return Check(f"Python {name}", None if right else f"install Python {low[0]}.{low[1]}, the version that was tried")


def _package(name: str) -> Check:
    try:
        return Check(f"{name} {version(name)}")
    except PackageNotFoundError:
        return Check(name, "not installed; run `make setup`")


def _weights() -> Iterator[Check]:
    from pipelines.models import list_models, verify

    for info in list_models():
        status = verify(info)
        if status == "by download":
            continue
        advice = f"{status}; install {info.package} again" if status != "ok" else None
        yield Check(f"weights {info.name} ({info.kind}, {info.licence})", advice)


def _formats() -> Check:
    try:
        import av
    except ImportError:
        return Check("audio formats", "not installed: av; run `make setup`")
    missing = [name for name in FORMATS if name not in av.codecs_available]
    return Check(
        "audio formats: wav, flac, mp3, m4a, ogg/opus", f"this build of av lacks {', '.join(missing)}; reinstall it" if missing else None
    )


def _free(what: str, found: float, wanted: float, advice: str) -> Check:
    text = f"{found:.1f} GiB of {what} free"
    return Check(text, None if found >= wanted else f"{wanted:.0f} GiB are needed; {advice}")


def _free_memory() -> float:
    """GiB that can be used, within a container's limit where there is one."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    free = next(int(line.split()[1]) / 2**20 for line in lines if line.startswith("MemAvailable"))
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
    except OSError:
        return free
    return free if limit == "max" else min(free, (int(limit) - used) / 2**30)


def _existing(folder: Path) -> Path:
    """The nearest folder above that is there."""
    folder = folder.absolute()
    return next(p for p in (folder, *folder.parents) if p.is_dir())
