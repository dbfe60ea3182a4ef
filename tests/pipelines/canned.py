"""Engines that say the same of every recording, and recordings for them: for tests of everything around the models."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import soundfile
from pyannote.core import Annotation, Segment

from analyzers.conversation import Transcript, Word

RATE = 8000
SAID = (
    (0, 0.5, "Guten Tag, mein Name ist Weber, was kann ich für Sie tun?"),
    (1, 6.0, "Meine Rechnung ist schon wieder falsch, das ist eine Frechheit."),
)
TURN = 4.0


class Engine:
    """Says the same of every recording: two turns, one per party. A quiet recording has no speech, a loud one makes it fail."""

    identity = "canned 1"
    heard = 0

    def diarize(self, waveform: object) -> Annotation:
        Engine.heard += 1
        samples = waveform.samples
        activity = Annotation()
        peak = float(np.abs(samples).max())
        if peak > 0.99:
            raise RuntimeError("out of\nmemory")
        if peak > 0.01:
            for party, at, _ in SAID:
                activity[Segment(at, at + TURN), party] = f"channel_{party}" if len(samples) == 2 else f"speaker_{party}"
        return activity

    def transcribe(self, channels: list, speech: list, languages: list) -> Transcript:
        words = []
        for party, at, text in SAID:
            parts = text.split()
            step = TURN / len(parts)
            words += [Word(w, at + i * step, at + (i + 1) * step, 0.9, party if len(channels) == 2 else None) for i, w in enumerate(parts)]
        return Transcript(languages[0], tuple(words), 0.9)


def sound(seed: int = 0, channels: int = 2, peak: float = 0.3, seconds: float = 12.0) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal((round(seconds * RATE), channels))
    return (noise / np.abs(noise).max() * peak).astype(np.float32)


def record(path: Path, samples: np.ndarray, subtype: str = "PCM_16") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, RATE, subtype=subtype)
    return path


def table(folder: Path, *rows: dict[str, str]) -> None:
    with open(folder / "calls.csv", "w", newline="", encoding="utf-8") as file:
        names = ["file", "call_id", "agent_id", "recorded_at", "agent_channel", "language"]
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
