"""Sound samples to power spectra at a fixed step: what pitch, level and effort are all read from.

Everything is brought to telephone bandwidth first, so that a voice measures the same whatever it was recorded with.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Timeline

STEP = 0.02
"""s; frame i is centred on i * STEP."""
SAMPLE_RATE = 8000
"""Hz; faster recordings are resampled to this."""
WINDOW = 0.055
"""s; three periods of a voice at 55 Hz."""
N_FFT = 640
"""Points of the spectrum: window and longest period of a voice together, so that the autocorrelation does not wrap around."""
BLOCK = 3000
"""Frames transformed at once, which bounds the memory."""

FREQUENCIES: NDArray[np.float64] = np.fft.rfftfreq(N_FFT, 1 / SAMPLE_RATE).astype(np.float64)
"""Hz; of the bins of a spectrum."""

_HOP = round(STEP * SAMPLE_RATE)


def narrowband(samples: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """The samples (n,) at `SAMPLE_RATE` without offset; what is no number becomes silence."""
    sound = np.asarray(samples, dtype=np.float32)
    if not np.isfinite(sound).all():
        sound = np.asarray(np.nan_to_num(sound, nan=0.0, posinf=0.0, neginf=0.0), dtype=np.float32)
    if not len(sound):
        return sound
    sound = np.asarray(sound - np.float32(sound.mean(dtype=np.float64)), dtype=np.float32)
    if sample_rate == SAMPLE_RATE:
        return sound
    import librosa  # slow to import, and not needed for telephone audio

    return np.asarray(librosa.resample(sound, orig_sr=sample_rate, target_sr=SAMPLE_RATE), dtype=np.float32)


def count(n_samples: int, sample_rate: int) -> int:
    """Number of frames of a recording.

    >>> count(8000, 8000), count(0, 8000)
    (50, 0)
    """
    return int(np.ceil(n_samples / sample_rate / STEP - 1e-9))


def inside(active: Timeline, n_frames: int) -> NDArray[np.intp]:
    """Which of `n_frames` frames have their centre in `active`.

    >>> from pyannote.core import Segment
    >>> inside(Timeline([Segment(0.03, 0.09)]), 50).tolist()
    [2, 3, 4]
    """
    held = np.zeros(n_frames, dtype=bool)
    for segment in active.support():
        first, last = (int(np.ceil(t / STEP - 1e-6)) for t in (segment.start, segment.end))
        held[max(first, 0) : max(last, 0)] = True
    return np.flatnonzero(held)


def power_spectra(sound: NDArray[np.float32], frames: NDArray[np.intp]) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Power spectra (n_frames, n_bins) of the given frames of `narrowband` sound, block by block with its place among the frames.

    A spectrum's sum is the frame's mean square.
    """
    width = round(WINDOW * SAMPLE_RATE)
    window = np.hanning(width).astype(np.float32)
    padded = np.pad(sound, width)
    starts = frames * _HOP + width - width // 2
    scale = np.float32(2 / (N_FFT * np.sum(window**2)))
    for at in range(0, len(frames), BLOCK):
        cut = padded[np.minimum(starts[at : at + BLOCK, None] + np.arange(width), len(padded) - 1)]
        power = np.square(np.abs(np.fft.rfft(cut * window, N_FFT))).astype(np.float32) * scale
        yield slice(at, at + BLOCK), power
