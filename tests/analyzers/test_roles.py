"""Roles by wording: right where the wording tells, unsure where it does not."""

import pytest
from pyannote.core import Segment

from analyzers import lexicon, roles
from analyzers.conversation import Word
from analyzers.turns import Unit


def unit(speaker, start, text):
    words = tuple(Word(t, start + i * 0.3, start + i * 0.3 + 0.3, 0.9) for i, t in enumerate(text.split()))
    segment = Segment(start, start + max(1.0, len(words) * 0.3))
    return Unit(speaker, segment, (segment,), words)


def assign(*rows, language="de", known=None, source=""):
    units = [unit(s, i * 10.0, t) for i, (s, t) in enumerate(rows)]
    return roles.assign(units, roles.parties(units), lexicon.load(language), known or {}, source, 0.7)


@pytest.mark.parametrize(
    ("language", "agent", "customer"),
    [
        (
            "de",
            "Nordlicht Energie, guten Tag, mein Name ist Sommer. Was kann ich für Sie tun?",
            "Hier ist Albers. Bei mir geht seit vier Tagen das Internet nicht.",
        ),
        ("en", "Flashnet customer support, how can I help you?", "My internet has been down for four days. Nobody called me back."),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_wording_tells_whoever_speaks_first(language, agent, customer, order):
    found = assign(*[("speaker_0", agent), ("speaker_1", customer)][::order], language=language)
    assert found.of == {"speaker_0": "agent", "speaker_1": "customer"}
    assert found.certain and found.confidence > 0.8
    assert "offers help" in found.reason


def test_nothing_telling_stays_unknown():
    found = assign(("speaker_0", "Am Mittwoch regnet es im Norden."), ("speaker_1", "Der Lappen liegt auf dem Eisschrank."))
    assert set(found.of.values()) == {"unknown"}
    assert not found.certain and found.confidence < 0.7


def test_a_language_without_a_pack_stays_unknown():
    assert not assign(("speaker_0", "Bonjour, je peux vous aider?"), ("speaker_1", "Oui"), language="fr").certain


def test_what_is_given_wins():
    found = assign(
        ("channel_0", "Hier ist Albers."), ("channel_1", "Was kann ich für Sie tun?"), known={"channel_0": "agent"}, source="calls.csv"
    )
    assert found.of == {"channel_0": "agent", "channel_1": "customer"}
    assert (found.source, found.confidence, found.certain) == ("calls.csv", 1.0, True)


def test_one_voice_only():
    assert not assign(("channel_0", "Guten Tag")).certain
