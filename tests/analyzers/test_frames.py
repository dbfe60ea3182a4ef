"""Sound to spectra: times, scale, rates and broken samples."""

import numpy as np
import pytest
from pyannote.core import Segment, Timeline

from analyzers import frames


def sine(hertz, seconds=1.0, rate=8000, amplitude=1.0):
    return (amplitude * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def spectra(sound, rate=8000):
    everything = np.arange(frames.count(len(sound), rate))
    return np.concatenate([part for _, part in frames.power_spectra(frames.narrowband(sound, rate), everything)])


def test_a_spectrum_sums_to_the_mean_square():
    assert spectra(sine(440))[5:-5].sum(axis=1) == pytest.approx(0.5, rel=0.01)


def test_frames_are_centred_on_their_times():
    sound = np.zeros(8000, dtype=np.float32)
    sound[3995:4005] = 1.0
    assert spectra(sound).sum(axis=1).argmax() * frames.STEP == pytest.approx(0.5)


@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_the_same_tone_at_any_rate(rate):
    found = spectra(sine(1000, rate=rate), rate)[10:-10]
    assert len(spectra(sine(1000, rate=rate), rate)) == 50
    assert frames.FREQUENCIES[found.mean(axis=0).argmax()] == 1000
    assert found.sum(axis=1) == pytest.approx(0.5, rel=0.02)


def test_blocks_change_nothing(monkeypatch):
    sound = sine(300)
    whole = spectra(sound)
    monkeypatch.setattr(frames, "BLOCK", 7)
    assert np.array_equal(spectra(sound), whole)


def test_what_is_no_number_is_silent_and_offset_is_taken_away():
    sound = sine(300)
    sound[100], sound[200] = np.nan, np.inf
    assert np.isfinite(spectra(sound)).all()
    assert spectra(np.full(8000, 0.25, dtype=np.float32)).max() < 1e-12


def test_nothing_in_nothing_out():
    assert frames.count(0, 8000) == 0
    assert len(frames.narrowband(np.zeros(0, dtype=np.float32), 16000)) == 0
    assert frames.inside(Timeline(), 10).tolist() == []
    assert frames.inside(Timeline([Segment(0.1, 9)]), 10).max() == 9
