"""Effort rises with the tilt of the spectrum and with nothing else."""

import numpy as np
import pytest

from analyzers import effort, frames

TIME = np.arange(8000) / 8000


def effort_of(sound):
    sound = np.asarray(sound, dtype=np.float32)
    return np.concatenate([effort.of_spectra(s) for _, s in frames.power_spectra(sound, np.arange(5, 45))])


def voice(tilt, f0_hz=120.0):
    """Harmonics on a telephone line, falling by `tilt` dB per octave."""
    return sum(k ** (tilt / 6.02) * np.sin(2 * np.pi * f0_hz * k * TIME + k * k) for k in range(3, 29)) * 0.02


def test_two_tones():
    """One in each band, 6 dB apart."""
    assert effort_of(0.5 * np.sin(2 * np.pi * 500 * TIME) + 0.25 * np.sin(2 * np.pi * 2000 * TIME)) == pytest.approx(-6.02, abs=0.1)


def test_rises_when_the_tilt_becomes_flatter():
    values = [effort_of(voice(tilt)).mean() for tilt in (-18, -12, -6, 0)]
    assert np.diff(values).min() > 3


@pytest.mark.parametrize("gain", [0.25, 4.0])
def test_gain_does_not_matter(gain):
    assert effort_of(gain * voice(-12)) == pytest.approx(effort_of(voice(-12)), abs=1e-3)


def test_silence_has_no_effort():
    assert np.isnan(effort_of(np.zeros(8000))).all()
