"""Level against the figures of ITU-R BS.1770."""

import numpy as np
import pytest
from pyannote.core import Segment, Timeline

from analyzers import frames, level


def level_of(sound, rate):
    everything = frames.inside(Timeline([Segment(0, len(sound) / rate)]), frames.count(len(sound), rate))
    return np.concatenate([level.of_spectra(s) for _, s in frames.power_spectra(frames.narrowband(sound, rate), everything)])[5:-5]


def sine(hertz, rate=8000, amplitude=1.0):
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype(np.float32)


@pytest.mark.parametrize("rate", [8000, 48000])
@pytest.mark.parametrize(("amplitude", "dbfs"), [(1.0, -3.0), (0.1, -23.0)])
def test_a_sine_of_one_kilohertz(rate, amplitude, dbfs):
    assert level_of(sine(1000, rate, amplitude), rate) == pytest.approx(dbfs, abs=0.1)


def test_weighting():
    """Hum counts less than speech, high frequencies more."""
    hum, speech, high = (level_of(sine(f), 8000).mean() for f in (25, 500, 3000))
    assert hum < speech - 8 and speech < high < speech + 5


def test_silence_has_no_level():
    assert np.isnan(level_of(np.zeros(8000, dtype=np.float32), 8000)).all()
