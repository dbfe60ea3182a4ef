"""The report's folder: pages, style and scripts, and the recordings beside them, so that it works from disk without a server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from analyzers.errors import TonlageError
from analyzers.rubric import Rubric
from pipelines import audio
from pipelines.config import Settings
from pipelines.store import Manifest, Store, file_name, replacing

PLAYABLE = (".flac", ".mp3", ".m4a", ".ogg", ".oga", ".opus")
"""Kinds of files that browsers play as they are; anything else is written again as FLAC."""


def publish(store: Store, settings: Settings, rubric: Rubric) -> Path:
    """Write `report/` anew from the tables; returns the page to open."""
    from reports.render import render_site, static_files

    folder = store.root / "report"
    players = _audio(store, folder) if settings.privacy.audio_in_report == "original" else {}
    pages = render_site(
        store.root,
        settings.report.language,
        players,
        settings.privacy.voice_measures,
        timezone=settings.recordings.time_zone,
        rubric=rubric,
    )
    written = {folder / name for name in players.values()}
    for name, content in static_files().items():
        written.add(_write(folder / name, content))
    for name in sorted(pages, key=lambda n: n == "index.html"):  # the list of pages last
        written.add(_write(folder / name, pages[name].encode()))
    _remove_others(folder, written)
    return folder / "index.html"


def _write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(content)
    return path


def _remove_others(folder: Path, written: set[Path]) -> None:
    """Pages and recordings of calls that are gone."""
    for where, _, names in os.walk(folder):
        for name in names:
            path = Path(where, name)
            if path not in written:
                path.unlink(missing_ok=True)


def _audio(store: Store, folder: Path) -> Mapping[str, str]:
    """Lay every recording that is still there beside the pages: its path in the report by call_id."""
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    players = {}
    for manifest in store.manifests().values():
        suffix = Path(manifest.file).suffix.lower()
        name = f"audio/{file_name(manifest.call_id)}-{manifest.audio_sha256[:8]}{suffix if suffix in PLAYABLE else '.flac'}"
        if (folder / name).is_file() or _lay(manifest, folder / name):
            players[manifest.call_id] = name
    return players


def _lay(manifest: Manifest, path: Path) -> bool:
    """Copy or convert a recording; False where it is gone or has changed."""
    source = Path(manifest.file)
    try:
        if audio.sha256(source) != manifest.audio_sha256:
            return False
        with replacing(path) as file:
            if path.suffix == source.suffix.lower():
                with source.open("rb") as sound:
                    shutil.copyfileobj(sound, file)
            else:
                import soundfile

                waveform = audio.read_audio(source)
                soundfile.write(file, waveform.samples.T, waveform.sample_rate, format="FLAC", subtype="PCM_16")
    except (OSError, TonlageError):
        return False
    return True
