"""Speech packed into windows that a Whisper model hears at once, and the way back to the call's time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Segment, Timeline

from pipelines.engines.base import MODEL_RATE

LONGEST = 28.0
"""Seconds; a Whisper window is 30 s."""

SHORTEST = 0.1
"""Seconds; recognisers fail on less sound."""

PAUSE, PAD = 0.8, 0.2
"""Seconds: shorter pauses stay as they are; longer ones shrink to the padding of both sides."""


@dataclass(frozen=True)
class Window:
    """Stretches of one channel laid end to end: `pieces` are (seconds in the window, segment of the call)."""

    channel: int
    samples: NDArray[np.float32]
    pieces: tuple[tuple[float, Segment], ...]

    def to_call(self, start: float, end: float) -> Segment:
        """A time in the window as time in the call; what reaches over a seam stays on the side of its middle."""
        middle = (start + end) / 2
        offset, piece = next((p for p in reversed(self.pieces) if p[0] <= middle), self.pieces[0])
        shift = piece.start - offset
        a = min(max(start + shift, piece.start), piece.end)
        return Segment(a, min(max(end + shift, a), piece.end))

    @property
    def duration(self) -> float:
        """Seconds."""
        return float(self.samples.size / MODEL_RATE)


def pack(channels: Sequence[NDArray[np.float32]], speech: Sequence[Timeline], longest: float = LONGEST) -> list[Window]:
    """Windows of at most `longest` seconds that hold all speech, channel by channel in order of time.

    Parameters
    ----------
    channels : float32 (n,) per channel at `MODEL_RATE`.
    speech : voice activity of each channel.
    """
    windows: list[Window] = []
    for channel, (samples, timeline) in enumerate(zip(channels, speech, strict=True)):
        waiting: list[Segment] = []
        for piece in _pieces(timeline, samples.size / MODEL_RATE, longest):
            if piece.duration < SHORTEST:
                continue
            if waiting and sum(p.duration for p in waiting) + piece.duration > longest:
                windows.append(_window(channel, samples, waiting))
                waiting = []
            waiting.append(piece)
        if waiting:
            windows.append(_window(channel, samples, waiting))
    return windows


def _pieces(timeline: Timeline, duration: float, longest: float) -> Iterator[Segment]:
    for stretch in timeline.support(collar=PAUSE):
        for part in _split(stretch, timeline, longest - 2 * PAD):
            yield Segment(max(0.0, part.start - PAD), min(duration, part.end + PAD))


def _split(stretch: Segment, timeline: Timeline, longest: float) -> Iterator[Segment]:
    """Cut at the longest pause in the second half of what fits, else hard."""
    while stretch.duration > longest:
        half, full = stretch.start + longest / 2, stretch.start + longest
        pauses = [g for g in timeline.gaps(support=stretch) if half <= g.middle <= full]
        cut = max(pauses, key=lambda g: g.duration) if pauses else Segment(full, full)
        yield Segment(stretch.start, cut.start)
        stretch = Segment(cut.end, stretch.end)
    yield stretch


def _window(channel: int, samples: NDArray[np.float32], segments: Sequence[Segment]) -> Window:
    parts, pieces, offset = [], [], 0
    for segment in segments:
        a = round(segment.start * MODEL_RATE)
        part = samples[a : round(segment.end * MODEL_RATE)]
        pieces.append((offset / MODEL_RATE, Segment(a / MODEL_RATE, (a + part.size) / MODEL_RATE)))
        parts.append(part)
        offset += part.size
    return Window(channel, np.concatenate(parts), tuple(pieces))
