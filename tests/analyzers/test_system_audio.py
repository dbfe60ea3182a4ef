"""Hold music and announcements, on sound and words whose answer is known."""

import numpy as np
import pytest
from pyannote.core import Segment

from analyzers import lexicon, system_audio
from analyzers.conversation import Word
from analyzers.turns import Unit

RATE = 8000


def chords(seconds, gain=0.1):
    """A melody of held chords, a new one every 1.5 s."""
    t = np.arange(int(seconds * RATE)) / RATE
    out = np.zeros_like(t)
    for i, root in enumerate([262, 330, 392, 349] * (int(seconds / 6) + 1)):
        on = (t >= i * 1.5) & (t < (i + 1) * 1.5)
        out[on] = sum(np.sin(2 * np.pi * root * k * t[on]) / k for k in (1, 1.25, 1.5, 2))
    return gain * out


def noise(seconds, gain):
    return gain * np.random.default_rng(1).standard_normal(int(seconds * RATE))


def bursts(seconds):
    """Noise that comes and goes as syllables do."""
    t = np.arange(int(seconds * RATE)) / RATE
    return noise(seconds, 0.1) * (np.sin(2 * np.pi * 4 * t) > 0) * (np.sin(2 * np.pi * 0.4 * t) > -0.5)


@pytest.mark.parametrize("gain", [1.0, 0.25, 4.0])
def test_music_is_found_at_any_gain(gain):
    sound = np.concatenate([noise(5, 0.0005), chords(12), noise(5, 0.0005), bursts(10), noise(3, 0.0005)])
    found = system_audio.hold_music((gain * sound).astype(np.float32), RATE)
    assert len(found) == 1
    assert found[0].start == pytest.approx(5, abs=0.7) and found[0].end == pytest.approx(17, abs=0.7)


@pytest.mark.parametrize(
    "sound", [bursts(20), noise(20, 0.1), np.zeros(20 * RATE), np.zeros(10)], ids=["bursts", "noise", "silence", "nothing"]
)
def test_no_music_elsewhere(sound):
    assert not system_audio.hold_music(sound.astype(np.float32), RATE)


def unit(speaker, start, end, text):
    words = tuple(Word(t, start + i * 0.1, start + i * 0.1 + 0.1, 0.9) for i, t in enumerate(text.split()))
    return Unit(speaker, Segment(start, end), (Segment(start, end),), words)


def test_announcement_ends_before_the_agent():
    units = [
        unit("channel_0", 1, 4, "Herzlich willkommen bei der Krankenkasse."),
        unit("channel_0", 4.4, 7, "Dieses Gespräch kann aufgezeichnet werden."),
        unit("channel_0", 7.5, 12, "Guten Tag, mein Name ist Vogel. Wie kann ich Ihnen helfen?"),
        unit("channel_1", 12.5, 15, "Hier ist Hartmann."),
    ]
    found = system_audio.announcements(units, lexicon.load("de"))
    assert [(tuple(s.segment), s.kind, s.speaker) for s in found] == [((1, 7), "ivr", "channel_0")]


def test_an_agent_who_mentions_the_recording_is_no_announcement():
    units = [unit("channel_1", 0, 2, "Hallo?"), unit("channel_0", 2.2, 6, "Guten Tag, dieses Gespräch wird aufgezeichnet.")]
    assert system_audio.announcements(units, lexicon.load("de")) == []
