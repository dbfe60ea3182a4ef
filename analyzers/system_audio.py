"""Hold music and announcements: sound of the system, nobody's speech."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Segment, Timeline

from analyzers.conversation import SystemAudio
from analyzers.lexicon import Lexicon, spans
from analyzers.turns import Unit

FRAME = 0.02
"""s per frame of level and spectrum."""
WINDOW = 3.0
"""s of sound that are judged at once."""
SHORTEST = 4.0
"""s; a shorter stretch is not called hold music."""
STEADY = 0.10
"""Share of frames 20 dB below the loud ones up to which a window has no pauses; speech has 0.4."""
TONAL = 0.35
"""Change of the normalised spectrum per frame up to which a window is tonal: scripted hold music 0.12, speech and noise from 0.49."""
ABOVE = 12.0
"""dB over the quietest tenth of the call from which a frame is sound."""
UNBROKEN = 1.0
"""s; units of one speaker closer than this belong to one announcement."""


def _frames(samples: NDArray[np.float32], sample_rate: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Level (dBFS) and change of the normalised magnitude spectrum (0 to 2) per frame."""
    hop, width = round(FRAME * sample_rate), round(0.064 * sample_rate)
    if len(samples) < width:
        return np.empty(0), np.empty(0)
    n = (len(samples) - width) // hop + 1
    window = np.hanning(width).astype(np.float32)
    level, flux = np.empty(n), np.zeros(n)
    before = None
    for at in range(0, n, 4096):  # in blocks, so that memory does not grow with the call
        stop = min(n, at + 4096)
        block = np.lib.stride_tricks.sliding_window_view(samples[at * hop : (stop - 1) * hop + width], width)[::hop]
        level[at:stop] = 10 * np.log10(np.mean(block.astype(np.float64) ** 2, axis=1) + 1e-12)
        spectrum = np.abs(np.fft.rfft(block * window, axis=1)) + 1e-9
        spectrum /= spectrum.sum(axis=1, keepdims=True)
        chain = spectrum if before is None else np.vstack([before, spectrum])
        steps = np.abs(np.diff(chain, axis=0)).sum(axis=1)
        flux[stop - len(steps) : stop] = steps
        before = spectrum[-1:]
    return level, flux


def hold_music(samples: NDArray[np.float32], sample_rate: int) -> Timeline:
    """Stretches of steady tonal sound without pauses, as hold music is.

    Parameters
    ----------
    samples : float32 (n,), one channel.
    sample_rate : Hz.

    Notes
    -----
    Relative to the channel's own noise, so a change of gain changes nothing. Music with much percussion is missed.
    """
    level, flux = _frames(samples, sample_rate)
    size, step = round(WINDOW / FRAME), round(0.5 / FRAME)
    if len(level) < size:
        return Timeline()
    floor = np.percentile(level, 10)
    found = []
    for at in range(0, len(level) - size + 1, step):
        part = level[at : at + size]
        loud = np.percentile(part, 90)
        pauses = np.mean(part < loud - 20)
        if loud > floor + ABOVE and pauses <= STEADY and np.median(flux[at : at + size]) <= TONAL:
            found.append(Segment(at * FRAME, at * FRAME + WINDOW))
    return Timeline([s for s in Timeline(found).support(collar=0.6) if s.duration >= SHORTEST])


def announcements(units: Sequence[Unit], lexicon: Lexicon | None) -> list[SystemAudio]:
    """Recorded announcements, told by their wording.

    A run of units without a longer pause is an announcement where it says so ("this call may be recorded") before the other
    side has spoken, or says so twice; it ends before the speaker gives a name or offers help.
    """
    if lexicon is None or "announcement" not in lexicon.categories:
        return []
    said = lexicon.categories["announcement"]
    personal = [lexicon.categories[c] for c in ("greeting", "offer_of_help", "self_introduction_agent") if c in lexicon.categories]
    found = []
    for run in _runs(units):
        hits = [i for i, u in enumerate(run) if spans(said, [w.text for w in u.words])]
        if not hits:
            continue
        opening = not any(u.speaker != run[0].speaker and u.segment.start < run[0].segment.start for u in units)
        phrases = len(spans(said, [w.text for u in run for w in u.words]))
        if not (opening or phrases >= 2):
            continue
        end = next((i for i in range(hits[-1] + 1, len(run)) if any(spans(c, [w.text for w in run[i].words]) for c in personal)), len(run))
        found.append(SystemAudio(Segment(run[0].segment.start, run[end - 1].segment.end), "ivr", run[0].speaker))
    return found


def _runs(units: Sequence[Unit]) -> list[list[Unit]]:
    """Units of one speaker that follow each other without a longer pause."""
    runs: list[list[Unit]] = []
    last: dict[str, list[Unit]] = {}
    for unit in units:
        run = last.get(unit.speaker)
        if run is not None and unit.segment.start - run[-1].segment.end < UNBROKEN:
            run.append(unit)
        else:
            last[unit.speaker] = [unit]
            runs.append(last[unit.speaker])
    return runs
