"""Pitch (F0) of a voice, also where the telephone has cut its fundamental away.

F0 is the period at which the spectrally flattened autocorrelation is highest, followed through time. Flattening (power spectrum to
the power of `FLATNESS`) takes away the formants, which a telephone line makes stronger than the harmonics that carry the pitch
(Tolonen and Karjalainen, IEEE Trans. Speech Audio Process. 8(6), 2000). pyin and YIN, which do not flatten, are an octave or more
off in a third of the frames of low male voices on such a line.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyzers import frames

F0_MIN = 60.0
"""Hz; lower end of the search."""
F0_MAX = 500.0
"""Hz; upper end of the search."""
BINS_PER_SEMITONE = 4
FLATNESS = 1 / 3
"""Exponent of the power spectrum: 1 is the ordinary autocorrelation, 0 a flat spectrum."""
HARMONICS_UP_TO = 1800.0
"""Hz; harmonics above this are too noisy to carry pitch."""
VOICED = 0.27
"""Periodicity (0 to 1) from which a frame is voiced."""
QUIETEST = 30.0
"""dB; frames this far under the speaker's loud ones are not voiced."""
CAUTION = 0.02
"""Share by which the window's fading is undone less than it could be: undoing it raises noise at long periods too."""
HIGHER = 0.02
"""Periodicity that a candidate gains per octave, as every multiple of a period is a period too."""
GLIDE = 0.24
"""Periodicity that a change by one semitone between frames costs."""
LEAP = 0.8
"""Periodicity that any change costs at most: after a pause the voice may start anywhere."""

_N_CANDIDATES = int(round(12 * np.log2(F0_MAX / F0_MIN) * BINS_PER_SEMITONE)) + 1
CANDIDATES: NDArray[np.float64] = F0_MIN * 2 ** (np.arange(_N_CANDIDATES) / (12 * BINS_PER_SEMITONE))
"""Hz; the pitches that are tried, evenly spaced in semitones."""


def semitones(f0_hz: float, reference_hz: float) -> float:
    """Interval from one frequency to another.

    >>> semitones(200, 100)
    12.0
    """
    return float(12 * np.log2(f0_hz / reference_hz))


def periodicity(spectra: NDArray[np.float32]) -> NDArray[np.float32]:
    """Flattened autocorrelation (n_frames, n_candidates) at the candidates' periods, 1 for a perfectly periodic frame."""
    flat = spectra**FLATNESS / (1 + (frames.FREQUENCIES / HARMONICS_UP_TO) ** 8).astype(np.float32)
    total = flat.sum(axis=1, keepdims=True)
    return np.asarray(flat @ _KERNEL / np.where(total > 0, total, 1))


def follow(periodicity: NDArray[np.float32], power: NDArray[np.float64]) -> NDArray[np.float64]:
    """F0 in Hz of consecutive frames of one voice, NaN where unvoiced.

    Parameters
    ----------
    periodicity : of each frame at each candidate, shape (n_frames, n_candidates).
    power : of each frame, shape (n_frames,).
    """
    if not power.any():
        return np.full(len(power), np.nan)
    audible = power > np.quantile(power, 0.95) / 10 ** (QUIETEST / 10)
    favour = periodicity + np.float32(HIGHER) * np.log2(CANDIDATES / F0_MIN).astype(np.float32)
    favour[~audible] = 0
    path = _best_path(favour)
    voiced = audible & (periodicity[np.arange(len(path)), path] > VOICED)
    return np.where(voiced, F0_MIN * 2 ** (_refine(periodicity, path) / (12 * BINS_PER_SEMITONE)), np.nan)


def _fading() -> NDArray[np.float64]:
    """What the window alone makes of a perfect period: its own autocorrelation at the candidates' periods."""
    window = np.hanning(round(frames.WINDOW * frames.SAMPLE_RATE))
    fine = 8
    flat = np.abs(np.fft.rfft(window, frames.N_FFT * fine)) ** (2 * FLATNESS)
    correlation = np.fft.irfft(flat)
    at = np.interp(frames.SAMPLE_RATE / CANDIDATES, np.arange(frames.N_FFT), correlation[: frames.N_FFT])
    return np.asarray((at / correlation[0] + CAUTION) / (1 + CAUTION))


_KERNEL = (np.cos(2 * np.pi * frames.FREQUENCIES[:, None] / CANDIDATES) / _fading()).astype(np.float32)
"""Turns a flattened spectrum into its autocorrelation at the candidates' periods."""


def _best_path(score: NDArray[np.float32]) -> NDArray[np.intp]:
    """The candidate of each frame that gives the highest sum of scores less the cost of changes (Viterbi)."""
    n_frames, n = score.shape
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / BINS_PER_SEMITONE
    cost = np.minimum(GLIDE * distance, LEAP).astype(np.float32)
    come_from = np.zeros((n_frames, n), dtype=np.int16)
    best = score[0]
    for t in range(1, n_frames):
        options = best - cost
        come_from[t] = options.argmax(axis=1)
        best = options[np.arange(n), come_from[t]] + score[t]
    path = np.empty(n_frames, dtype=np.intp)
    path[-1] = best.argmax()
    for t in range(n_frames - 1, 0, -1):
        path[t - 1] = come_from[t, path[t]]
    return path


def _refine(periodicity: NDArray[np.float32], path: NDArray[np.intp]) -> NDArray[np.float64]:
    """Top of the parabola through each chosen candidate and its neighbours, in candidates."""
    row = np.arange(len(path))
    middle = np.clip(path, 1, periodicity.shape[1] - 2)
    left, top, right = (periodicity[row, middle + k].astype(np.float64) for k in (-1, 0, 1))
    bend = left - 2 * top + right
    shift = np.where(bend < 0, (left - right) / np.where(bend < 0, 2 * bend, 1), 0)
    return np.asarray(np.where(path == middle, path + np.clip(shift, -1, 1), path))
