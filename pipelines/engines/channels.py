"""Who speaks when on two channels: one party per channel, what leaks over from the other channel left out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Annotation, Segment, Timeline

from analyzers.conversation import Waveform
from pipelines.engines import silero
from pipelines.engines.base import MODEL_RATE

LEAKS = ((12.0, 0.4), (6.0, 0.6))
"""A leak is this many dB quieter than the other channel and follows its wave this closely (1: a copy; double talk never does)."""

MAX_DELAY = 0.06
"""Seconds that a leak may lag."""

SHORTEST = 0.12
"""Seconds: what is shorter is too short to be told a leak."""


class ChannelDiarizer:
    """Voice activity of each channel; overlap is exact."""

    @property
    def identity(self) -> str:
        """Engine, version and model in one line."""
        return f"channels, {silero.identity()}"

    def diarize(self, waveform: Waveform) -> Annotation:
        """Speech of each channel; labels `channel_0`, `channel_1`."""
        if waveform.sample_rate != MODEL_RATE:
            raise ValueError(f"expected {MODEL_RATE} Hz, not {waveform.sample_rate}")
        active = [silero.speech(channel) for channel in waveform.samples]
        if len(active) == 2:
            a, b = waveform.samples
            active = [without_leaks(a, active[0], b), without_leaks(b, active[1], a)]
        found = Annotation()
        for i, timeline in enumerate(active):
            for segment in timeline:
                found[segment, i] = f"channel_{i}"
        return found


def without_leaks(own: NDArray[np.float32], speech: Timeline, other: NDArray[np.float32]) -> Timeline:
    """A channel's speech without stretches that are the other channel's voice, leaked over.

    Parameters
    ----------
    own, other : float32 (n,) at `MODEL_RATE`.
    speech : voice activity of the own channel.
    """
    level, other_level = silero.levels(own), _lately(silero.levels(other))
    active = _mask(speech, level.size)
    leaked = np.zeros(level.size, bool)
    for quieter_db, correlation in LEAKS:
        for start, end in silero.runs(_closed(active & (level < other_level - quieter_db))):
            a, b = start * silero.STEP, end * silero.STEP
            if b - a >= SHORTEST * MODEL_RATE and _correlation(own[a:b], other[max(0, a - _DELAY) : b + _DELAY]) > correlation:
                leaked[start:end] = True
    step = silero.STEP / MODEL_RATE
    kept = (Segment(a * step, b * step) for a, b in silero.runs(active & ~leaked))
    return Timeline(s for s in kept if s.duration >= silero.MIN_SPEECH)


_DELAY = int(MAX_DELAY * MODEL_RATE)


def _lately(level_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """The highest level of the last `MAX_DELAY`: what leaks may lag."""
    back = round(_DELAY / silero.STEP)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(np.pad(level_db, (back, 0), mode="edge"), back + 1).max(axis=1))


def _closed(mask: NDArray[np.bool_], width: int = 5) -> NDArray[np.bool_]:
    """Holes of up to `width` frames filled."""
    filled = mask.copy()
    for a, b in silero.runs(~mask):
        if b - a <= width and a > 0 and b < mask.size:
            filled[a:b] = True
    return filled


def _correlation(part: NDArray[np.float32], wider: NDArray[np.float32]) -> float:
    """Largest normalised cross-correlation of `part` with any equally long stretch of `wider`."""
    from scipy.signal import fftconvolve

    if wider.size < part.size or not part.any():
        return 0.0
    products = fftconvolve(wider.astype(np.float64), part[::-1].astype(np.float64), mode="valid")
    power = np.concatenate([[0.0], np.cumsum(wider.astype(np.float64) ** 2)])
    energy = np.maximum(power[part.size :] - power[: -part.size], 1e-12) * np.sum(part.astype(np.float64) ** 2)
    return float(np.max(np.abs(products) / np.sqrt(energy)))


def _mask(timeline: Timeline, n: int) -> NDArray[np.bool_]:
    mask = np.zeros(n, bool)
    step = silero.STEP / MODEL_RATE
    for segment in timeline:
        mask[round(segment.start / step) : round(segment.end / step)] = True
    return mask
