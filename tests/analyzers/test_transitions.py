"""Who takes the floor, on layouts whose answer is known by construction."""

import pytest
from pyannote.core import Annotation, Segment

from analyzers import lexicon, transitions, turns
from analyzers.conversation import Roles, SystemAudio, Word

A, B = "channel_0", "channel_1"
ROLES = Roles({A: "agent", B: "customer"}, "metadata", 1.0, "given", True)


def channel_of(speaker):
    return int(speaker[-1])


def lay(*rows, threshold=transitions.OVERLAP, system=(), shift=0.0):
    """Turns from rows of speaker, start, end, text."""
    activity, words = Annotation(), []
    for i, (speaker, start, end, text) in enumerate(rows):
        activity[Segment(start + shift, end + shift), i] = speaker
        parts = text.split()
        step = (end - start) / max(1, len(parts))
        words += [Word(p, start + shift + k * step, start + shift + (k + 1) * step, 0.9, channel_of(speaker)) for k, p in enumerate(parts)]
    units = turns.inter_pausal_units(activity, sorted(words, key=lambda w: w.start), system, channel_of)
    units = transitions.classify(units, [A, B], lexicon.load("de").is_backchannel, threshold)
    return turns.assemble(units, system, ROLES, [A, B])


def kinds(rows):
    return [(t.role, t.kind) for t in rows]


def test_taking_turns():
    assert kinds(lay((A, 0, 4, "Guten Tag"), (B, 4.2, 9, "Hier ist Albers"))) == [("agent", "turn"), ("customer", "turn")]


def test_short_overlap_is_turn_taking():
    assert kinds(lay((A, 0, 4, "eins zwei"), (B, 3.6, 9, "drei vier")))[1] == ("customer", "turn")


def test_interruption_names_the_turn_it_breaks_into():
    rows = lay((B, 0, 5, "ich habe mir extra Urlaub"), (A, 4.1, 9, "das ist nicht mein Problem"))
    assert kinds(rows) == [("customer", "turn"), ("agent", "interruption")]
    assert rows[1].interrupts == 0


def test_the_same_overlap_is_not_enough_on_mono():
    rows = lay((B, 0, 5, "ich habe mir extra Urlaub"), (A, 4.4, 9, "das ist nicht"), threshold=transitions.OVERLAP_MONO)
    assert kinds(rows)[1] == ("agent", "turn")


def test_failed_interruption():
    rows = lay((A, 0, 12, "dann füllen Sie das Formular aus " * 3), (B, 4, 5.4, "Ja, aber das ist doch"))
    assert kinds(rows) == [("agent", "turn"), ("customer", "failed_interruption")]
    assert rows[1].interrupts == 0


@pytest.mark.parametrize("text", ["Mhm.", "Ja, genau.", ""])
def test_backchannel_leaves_the_floor(text):
    rows = lay((B, 0, 5, "im März kam die Rechnung"), (A, 2, 2.5, text), (B, 5.6, 9, "und dann nichts mehr"))
    assert kinds(rows) == [("customer", "turn"), ("agent", "backchannel")]
    assert rows[0].segment.end == 9


def test_backchannel_in_a_pause():
    rows = lay((B, 0, 5, "im März kam die Rechnung"), (A, 5.2, 5.6, "Mhm."), (B, 5.9, 9, "und dann nichts"))
    assert kinds(rows) == [("customer", "turn"), ("agent", "backchannel")]


def test_a_short_answer_to_a_question_is_a_turn():
    rows = lay((A, 0, 3, "Ist das die Nummer?"), (B, 3.2, 3.6, "Ja."), (A, 3.9, 7, "Dann sehe ich nach"))
    assert kinds(rows) == [("agent", "turn"), ("customer", "turn"), ("agent", "turn")]


def test_a_token_before_the_own_turn_is_no_interruption():
    rows = lay((A, 0, 5, "Haben Sie neu gestartet das hilft nämlich oft"), (B, 4.2, 4.6, "Ja."), (B, 5.05, 8, "Ja, natürlich habe ich das"))
    assert "interruption" not in [t.kind for t in rows]


def test_an_own_pause_over_three_seconds_splits():
    assert len(lay((A, 0, 3, "eins"), (A, 5, 8, "zwei"))) == 1
    assert len(lay((A, 0, 3, "eins"), (A, 6.5, 8, "zwei"))) == 2


def test_two_who_start_together():
    rows = lay((A, 0, 2, "Guten Tag"), (B, 5.0, 6.0, "also"), (A, 5.1, 9, "ich sehe hier"))
    assert "interruption" not in [t.kind for t in rows]


def test_hold_music_is_nobody():
    hold = SystemAudio(Segment(4, 10), "hold", A)
    rows = lay((A, 0, 3, "Moment"), (A, 4, 10, "la la"), (B, 11, 14, "Hallo"), system=[hold])
    assert [(t.role, t.kind) for t in rows] == [("agent", "turn"), ("other", "hold"), ("customer", "turn")]
    assert rows[1].words == () and rows[1].speech == ()


def test_a_shift_in_time_changes_nothing():
    layout = [(B, 0, 5, "ich habe mir"), (A, 4, 9, "das ist"), (B, 9.2, 15, "nein das"), (A, 11, 11.4, "Mhm.")]
    assert kinds(lay(*layout)) == kinds(lay(*layout, shift=100.0))


def test_swapped_parties_swap_the_roles_only():
    layout = [(B, 0, 5, "ich habe mir"), (A, 4, 9, "das ist"), (B, 9.2, 15, "nein das"), (A, 11, 11.4, "Mhm.")]
    swapped = [(A if s == B else B, a, b, t) for s, a, b, t in layout]
    other = {"agent": "customer", "customer": "agent"}
    assert kinds(lay(*layout)) == [(other[r], k) for r, k in kinds(lay(*swapped))]
