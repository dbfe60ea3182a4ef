"""One speaker's pitch, level and effort through a call, and what each turn's voice is against the speaker's own baseline.

Everybody is measured against nobody but themselves. The baseline is the speaker's profile where there is one, else the lower
quartile of this call's turns: a call may be heated for more than half of it. Even a steady voice is not the same in every turn, so
its lower quartile lies below its middle; by how much is known from the number of turns (`quartile_offset`) and given back, so that
a steady voice has a shift of 0 on average whether it has five turns or fifty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Annotation, Segment, Timeline

from analyzers import effort, frames, level, pitch
from analyzers.conversation import FLOOR_KINDS, Baseline, Prosody, Turn, Voice

REFERENCE_HZ = 27.5
"""Hz; `Voice.pitch_st` is in semitones above this, as in GeMAPS."""
LEAST_VOICED = 0.3
"""s of voiced speech under which a turn has no values."""
STEADY = 1.0
"""Semitones; standard deviation of the turns' pitch in a steady voice: 1.0 in the median of 32 parties reading aloud, 0.3 to 0.7
in calm scripted agents."""
RAISED = 3.0
"""Semitones; a turn further up than this is raised whatever its effort."""
RAISED_WITH_EFFORT = 2.0
"""Semitones; a turn further up than this is raised if its effort is up as well."""
EFFORT_UP = 0.0
"""dB; effort is up above this. It varies by 1.7 dB between turns of a steady voice, so alone it says little."""


def alone(activity: Annotation, speaker: str, system: Iterable[Segment] = ()) -> Timeline:
    """Where a speaker speaks while nobody else does and no announcement or music (`system`) plays.

    >>> activity = Annotation()
    >>> activity[Segment(0, 5)], activity[Segment(4, 8)] = "a", "b"
    >>> [tuple(s) for s in alone(activity, "b", [Segment(6, 7)])]
    [(5, 6), (7, 8)]
    """
    others = [s for label in activity.labels() if label != speaker for s in activity.label_timeline(label)]
    own = activity.label_timeline(speaker).support()
    return own.extrude(Timeline([*others, *system]).support(), mode="intersection")


def track(samples: NDArray[np.float32], sample_rate: int, alone: Timeline) -> Prosody:
    """Pitch, level and effort every `frames.STEP` seconds, NaN where unvoiced and outside `alone`.

    Parameters
    ----------
    samples : sound of one channel, shape (n,).
    sample_rate : Hz.
    alone : speech in which only the one speaker is heard.
    """
    n = frames.count(len(samples), sample_rate)
    f0_hz, level_dbfs, effort_db = np.full((3, n), np.nan)
    where = frames.inside(alone, n)
    periodicity = np.empty((len(where), len(pitch.CANDIDATES)), dtype=np.float32)
    power = np.zeros(len(where))
    for block, spectra in frames.power_spectra(frames.narrowband(samples, sample_rate), where):
        periodicity[block] = pitch.periodicity(spectra)
        power[block] = spectra.sum(axis=1)
        level_dbfs[where[block]] = level.of_spectra(spectra)
        effort_db[where[block]] = effort.of_spectra(spectra)
    f0_hz[where] = pitch.follow(periodicity, power)
    unvoiced = np.isnan(f0_hz)
    level_dbfs[unvoiced] = effort_db[unvoiced] = np.nan
    return Prosody(frames.STEP, f0_hz, level_dbfs, effort_db)


def voices(turns: Sequence[Turn], prosody: Prosody, profile_f0_hz: float | None = None) -> tuple[dict[int, Voice], Baseline]:
    """Voice of each turn of one speaker, by the turn's index, and what it was measured against.

    Parameters
    ----------
    turns : turns of one speaker.
    prosody : tracks of that speaker.
    profile_f0_hz : the speaker's baseline from earlier calls.
    """
    medians = {t.index: _median(t, prosody) for t in turns}
    calling = [m for t in turns if t.kind in FLOOR_KINDS and (m := medians[t.index]).known]
    own = _Calm.of(calling)
    if profile_f0_hz is not None:
        baseline = Baseline(profile_f0_hz, "profile")
    else:
        baseline = Baseline(REFERENCE_HZ * 2 ** (own.pitch_st / 12), "call") if own else Baseline(None, None)
    return {index: _voice(m, own, baseline) for index, m in medians.items()}, baseline


def quartile_offset(n: int) -> float:
    """How far the lower quartile of `n` normally distributed values lies below their mean, in standard deviations.

    From Blom's approximation of expected order statistics (Blom 1958): the r-th of n is at the quantile (r - 3/8) / (n + 1/4).

    >>> [round(quartile_offset(n), 2) for n in (2, 5, 20, 1000)]
    [0.29, 0.5, 0.63, 0.67]
    """
    expected = [NormalDist().inv_cdf((r - 0.375) / (n + 0.25)) for r in range(1, n + 1)]
    return -float(np.quantile(expected, 0.25))


@dataclass(frozen=True)
class _Medians:
    """Medians over a turn's voiced frames, NaN where there are too few; `voiced` in seconds."""

    pitch_st: float
    level_dbfs: float
    effort_db: float
    voiced: float

    @property
    def known(self) -> bool:
        return self.voiced >= LEAST_VOICED


def _median(turn: Turn, prosody: Prosody) -> _Medians:
    inside = frames.inside(Timeline(turn.speech), len(prosody.f0_hz))
    inside = inside[~np.isnan(prosody.f0_hz[inside])]
    voiced = len(inside) * prosody.step
    if voiced < LEAST_VOICED:
        return _Medians(np.nan, np.nan, np.nan, voiced)
    f0_hz, level_dbfs, effort_db = (float(np.nanmedian(x[inside])) for x in (prosody.f0_hz, prosody.level_dbfs, prosody.effort_db))
    return _Medians(pitch.semitones(f0_hz, REFERENCE_HZ), level_dbfs, effort_db, voiced)


@dataclass(frozen=True)
class _Calm:
    """A speaker's calm voice in a call."""

    pitch_st: float
    level_dbfs: float
    effort_db: float

    @classmethod
    def of(cls, turns: Sequence[_Medians]) -> _Calm | None:
        """The call's baseline pitch, and level and effort of the turns that are not above it."""
        if not turns:
            return None
        pitch_st = np.array([t.pitch_st for t in turns])
        middle = float(np.quantile(pitch_st, 0.25)) + STEADY * quartile_offset(len(turns))
        calm = [t for t in turns if t.pitch_st <= middle]
        return cls(middle, float(np.median([t.level_dbfs for t in calm])), float(np.median([t.effort_db for t in calm])))


def _voice(m: _Medians, own: _Calm | None, baseline: Baseline) -> Voice:
    if not m.known or own is None or baseline.f0_hz is None:
        return Voice(None, None, None, None, None, m.voiced, None)
    shift = m.pitch_st - pitch.semitones(baseline.f0_hz, REFERENCE_HZ)
    effort_shift = m.effort_db - own.effort_db
    raised = shift > RAISED or (shift > RAISED_WITH_EFFORT and effort_shift > EFFORT_UP)
    return Voice(m.pitch_st, shift, m.level_dbfs, m.level_dbfs - own.level_dbfs, effort_shift, m.voiced, raised)
