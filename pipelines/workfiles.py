"""Work files in the field's own formats: SegLST for words, RTTM for who speaks when, npz for pitch, level and effort.

What was just made is read back from its file, so a run that goes on where another stopped gets the very same numbers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import IO, TypeVar
from zipfile import BadZipFile

import numpy as np
from pyannote.core import Annotation, Segment

from analyzers.conversation import Prosody, Transcript, Word
from pipelines.store import replacing

T = TypeVar("T")


def kept(path: Path, make: Callable[[], T], write: Callable[[T, IO[bytes]], None], read: Callable[[Path], T]) -> T:
    """The content of a work file, made if it is not there or cannot be read."""
    try:
        return read(path)
    except (OSError, ValueError, LookupError, TypeError, EOFError, BadZipFile):
        pass
    made = make()
    with replacing(path, 0o600) as file:
        write(made, file)
    return read(path)


def write_transcript(transcript: Transcript, file: IO[bytes]) -> None:
    """Write SegLST: one entry per word, after an empty one that carries the language where there are no words."""
    common = {"session_id": "call", "language": transcript.language, "language_confidence": transcript.language_confidence}
    entries = [
        {
            **common,
            "speaker": "mono" if w.channel is None else f"channel_{w.channel}",
            "start_time": w.start,
            "end_time": w.end,
            "words": w.text,
            "confidence": w.confidence,
            "channel": w.channel,
        }
        for w in transcript.words
    ]
    entries = entries or [{**common, "speaker": "mono", "start_time": 0.0, "end_time": 0.0, "words": ""}]
    file.write(json.dumps(entries, ensure_ascii=False, indent=0).encode())


def read_transcript(path: Path) -> Transcript:
    """Read what `write_transcript` wrote."""
    entries = json.loads(path.read_bytes())
    words = tuple(Word(e["words"], e["start_time"], e["end_time"], e["confidence"], e["channel"]) for e in entries if e["words"])
    return Transcript(entries[0]["language"], words, entries[0]["language_confidence"])


def write_activity(activity: Annotation, file: IO[bytes]) -> None:
    """Write RTTM."""
    for segment, _, speaker in activity.itertracks(yield_label=True):
        file.write(f"SPEAKER call 1 {segment.start:.3f} {segment.duration:.3f} <NA> <NA> {speaker} <NA> <NA>\n".encode())


def read_activity(path: Path) -> Annotation:
    """Read RTTM."""
    activity = Annotation(uri="call")
    for track, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        _, _, _, start, duration, _, _, speaker, *_ = line.split()
        activity[Segment(float(start), round(float(start) + float(duration), 3)), track] = speaker
    return activity


def write_prosody(tracks: Mapping[str, Prosody], file: IO[bytes]) -> None:
    """Write every speaker's tracks as `<speaker>.<field>`."""
    np.savez_compressed(file, **{f"{s}.{f.name}": getattr(p, f.name) for s, p in tracks.items() for f in fields(p)})


def read_prosody(path: Path) -> dict[str, Prosody]:
    """Read what `write_prosody` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        speakers = sorted({name.rpartition(".")[0] for name in stored.files})
        return {
            s: Prosody(**{f.name: float(stored[f"{s}.{f.name}"]) if f.name == "step" else stored[f"{s}.{f.name}"] for f in fields(Prosody)})
            for s in speakers
        }
