"""Voice activity of one channel: Silero says where speech is, the level where exactly it begins and ends."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Segment, Timeline

from pipelines.engines.base import MODEL_RATE
from pipelines.models import path_of

FRAME, CONTEXT, BLOCK = 512, 64, 512
"""Samples of a frame, samples of the frame before that the model also sees, frames per model call."""

ONSET, OFFSET, PEAK = 0.2, 0.1, 0.5
"""Speech probability at which a stretch begins, below which it ends, and which it must reach somewhere."""

CERTAIN = 0.6
"""Speech probability that, held for 0.1 s to come, makes a frame speech however quiet it is."""

LEVEL_SHARE, LEVEL_MARGIN_DB = 0.25, 2.0
"""Speech is audible where the level is this share of the way up from the noise to loud speech, and at least the margin."""

STEP = 160
"""Samples of a level frame: 10 ms."""

BEFORE = 10
"""Level frames before the model's onset that may already be speech."""

MIN_SILENCE, MIN_SPEECH = 0.1, 0.05
"""Seconds: shorter pauses are bridged, shorter speech is dropped."""

SPEECH_LEVEL_DBFS, MAX_GAIN_DB = -20.0, 40.0


def identity() -> str:
    """Model and version in one line."""
    return f"silero-vad {version('silero-vad')}"


def speech(samples: NDArray[np.float32]) -> Timeline:
    """Stretches of speech, edges close to the audible ones.

    Parameters
    ----------
    samples : float32 (n,), ±1.0 at `MODEL_RATE`.
    """
    if samples.size < FRAME:
        return Timeline()
    probability = probabilities(levelled(samples))
    level_db = levels(samples)
    likely = np.repeat(probability, FRAME)[: level_db.size * STEP : STEP]
    audible = _audible(likely, level_db)
    return Timeline(Segment(a * STEP / MODEL_RATE, b * STEP / MODEL_RATE) for a, b in _joined(runs(audible)))


def levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The channel with its speech near `SPEECH_LEVEL_DBFS`: quiet low voices behind a telephone filter are lost otherwise."""
    power = (samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64) ** 2).mean(axis=1)
    if not power.size or power.max() <= 0:
        return samples
    loud = power >= np.quantile(power, 0.95) / 30
    gain_db = min(SPEECH_LEVEL_DBFS - 10 * np.log10(power[loud].mean()), MAX_GAIN_DB)
    return np.clip(samples * np.float32(10 ** (gain_db / 20)), -1, 1)


def probabilities(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Speech probability of each frame of `FRAME` samples."""
    frames = np.zeros((-(-samples.size // FRAME), FRAME), np.float32)
    frames.reshape(-1)[: samples.size] = samples
    before = np.zeros((frames.shape[0], CONTEXT), np.float32)
    before[1:] = frames[:-1, -CONTEXT:]
    seen = np.concatenate([before, frames], axis=1)
    h = c = np.zeros((1, 1, 128), np.float32)
    found = []
    for i in range(0, len(seen), BLOCK):
        p, h, c = _session().run(["speech_probs", "hn", "cn"], {"input": seen[i : i + BLOCK], "h": h, "c": c})
        found.append(p)
    return np.concatenate(found)


def levels(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level in dBFS every `STEP` samples, over 30 ms."""
    power = (samples[: samples.size // STEP * STEP].reshape(-1, STEP).astype(np.float64) ** 2).mean(axis=1)
    return np.asarray(10 * np.log10(np.convolve(power, np.ones(3) / 3, mode="same") + 1e-12))


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last-but-one index of every stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _audible(likely: NDArray[np.float32], level_db: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Frames that are speech by the model and above the noise, shape (n,)."""
    stretches = [(a, b) for a, b in runs(_hysteresis(likely)) if likely[a:b].max() >= PEAK]
    inside = np.zeros(likely.size, bool)
    for a, b in stretches:
        inside[a:b] = True
    if not inside.any():
        return inside
    noise_db = np.quantile(level_db[~inside], 0.2) if (~inside).sum() > 1 / 0.01 else np.quantile(level_db, 0.1)
    loud_db = np.quantile(level_db[inside], 0.75)
    threshold = noise_db + max(LEVEL_MARGIN_DB, LEVEL_SHARE * (loud_db - noise_db))
    ahead = np.lib.stride_tricks.sliding_window_view(np.pad(likely, (0, 9), mode="edge"), 10).min(axis=1)
    for a, _ in stretches:
        inside[max(0, a - BEFORE) : a] = True
    return inside & ((level_db > threshold) | (ahead > CERTAIN))


def _hysteresis(likely: NDArray[np.float32]) -> NDArray[np.bool_]:
    """True from `ONSET` until below `OFFSET`."""
    mask = np.zeros(likely.size, bool)
    for a, b in runs(likely >= OFFSET):
        above = np.flatnonzero(likely[a:b] >= ONSET)
        if above.size:
            mask[a + above[0] : b] = True
    return mask


def _joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Short pauses bridged, then short speech dropped."""
    joined: list[tuple[int, int]] = []
    for a, b in stretches:
        if joined and (a - joined[-1][1]) * STEP < MIN_SILENCE * MODEL_RATE:
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return [(a, b) for a, b in joined if (b - a) * STEP >= MIN_SPEECH * MODEL_RATE]


@cache
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path_of("silero")), options, providers=["CPUExecutionProvider"])
