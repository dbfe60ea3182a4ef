"""Pitch of tones whose pitch is known, without their fundamental as on a telephone line."""

import numpy as np
import pytest
from pyannote.core import Segment, Timeline

from analyzers import prosody

RATE = 8000


def voice(f0_hz, seconds=1.0, rate=RATE, low=300, high=3400, tilt=0.0):
    """Harmonics that fit through a telephone; `f0_hz` a number or a curve (n,); `tilt` in dB per octave."""
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0_hz, int(seconds * rate))) / rate
    mean = float(np.mean(f0_hz))
    rng = np.random.default_rng(0)
    harmonics = [k for k in range(1, 80) if low < k * mean < high]
    return sum(k ** (tilt / 6.02) * np.sin(k * phase + rng.uniform(0, 6)) for k in harmonics) * 0.02


def track(sound, rate=RATE):
    sound = np.asarray(sound + 1e-5 * np.random.default_rng(1).standard_normal(len(sound)), dtype=np.float32)
    return prosody.track(sound, rate, Timeline([Segment(0, len(sound) / rate)])).f0_hz


@pytest.mark.parametrize("f0_hz", [70, 85, 100, 130, 160, 200, 240, 300])
@pytest.mark.parametrize("tilt", [0, -6, -12])
def test_missing_fundamental(f0_hz, tilt):
    found = track(voice(f0_hz, tilt=tilt))[3:-3]
    assert not np.isnan(found).any()
    assert np.abs(12 * np.log2(found / f0_hz)).max() < 0.3


@pytest.mark.parametrize("rate", [16000, 44100])
def test_recordings_at_other_rates(rate):
    assert track(voice(120, rate=rate, low=50, high=7000), rate)[3:-3] == pytest.approx(120, rel=0.01)


def test_a_glide_is_followed():
    curve = 100 * 2 ** (np.arange(2 * RATE) / (2 * RATE))
    found, true = track(voice(curve, seconds=2)), curve[:: RATE // 50]
    assert np.abs(12 * np.log2(found / true))[5:-5].max() < 0.5


@pytest.mark.parametrize("amplitude", [0.001, 0.1])
def test_noise_is_unvoiced(amplitude):
    noise = amplitude * np.random.default_rng(2).standard_normal(3 * RATE)
    assert np.isnan(track(noise)).mean() > 0.97


def test_silence_is_unvoiced():
    silence = np.zeros(RATE, dtype=np.float32)
    assert np.isnan(prosody.track(silence, RATE, Timeline([Segment(0, 1)])).f0_hz).all()


def test_what_is_far_under_the_voice_is_unvoiced():
    found = track(np.concatenate([voice(120), 0.01 * voice(200)]))
    assert np.isnan(found[55:]).all() and not np.isnan(found[5:45]).any()
