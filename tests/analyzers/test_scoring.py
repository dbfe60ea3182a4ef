"""Points, weights and coverage, worked out by hand."""

import dataclasses

import pytest

from analyzers import rubric, scoring
from analyzers.conversation import Roles
from analyzers.errors import UsageError
from analyzers.examples import call
from analyzers.measure import measure

RUBRIC = rubric.load()
TALK = [("agent", 0, 5, "turn", "Guten Tag, was kann ich für Sie tun?"), ("customer", 5, 70, "turn", "Das ist eine Frechheit!")]


def judge(conversation, card=RUBRIC, min_coverage=0.0):
    return scoring.score(card, conversation, measure(conversation), min_coverage)


def principle(results, name):
    return next(r for r in results.principles if r.principle.id == name)


def test_total_is_the_weighted_mean_of_principles():
    results = judge(call(*TALK))
    parts = [(r.points, r.weight) for r in results.principles if r.points is not None and r.weight]
    assert results.points == pytest.approx(sum(p * w for p, w in parts) / sum(w for _, w in parts))


def test_a_kept_rule_adds_nothing_and_a_broken_one_takes_away():
    kept = judge(call(*TALK))
    broken = judge(call(*TALK, ("agent", 71, 74, "turn", "Bitte beruhigen Sie sich.")))
    assert principle(kept, "never_say_calm_down").weight == 0
    assert principle(broken, "never_say_calm_down").points == 20
    assert broken.points < kept.points


def test_listening_signals_never_lower_the_points():
    without = principle(judge(call(*TALK)), "listen")
    one = principle(judge(call(*TALK, ("agent", 30, 30.4, "backchannel", "Mhm."))), "listen")
    assert one.points >= without.points


def test_without_a_complaint_its_principles_leave_the_denominator():
    results = judge(call(("agent", 0, 5, "turn", "Guten Tag"), ("customer", 5, 70, "turn", "Ich ziehe um.")))
    understanding = principle(results, "show_understanding")
    assert (understanding.status, understanding.note, understanding.weight) == ("not_applicable", "no_complaint", 0.0)


def test_low_coverage_has_no_total():
    assert judge(call(*TALK), min_coverage=0.99).points is None


def test_uncertain_roles_empty_every_role_dependent_metric():
    unsure = call(*TALK, roles=Roles({"agent": "unknown", "customer": "unknown"}, "wording", 0.5, "nothing telling", False))
    measurements = measure(unsure)
    assert {m.note for name, m in measurements.items() if name != "non_talk_share"} == {"roles_uncertain"}
    assert measurements["non_talk_share"].value is not None
    assert judge(unsure, min_coverage=0.6).points is None


def test_a_language_without_a_pack_keeps_timing():
    measurements = measure(dataclasses.replace(call(*TALK), lexicon=None, phrases=()))
    assert measurements["calm_down_phrases"].note == "no_lexicon"
    assert measurements["agent_talk_share"].value is not None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('metric = "pitch_shift"', 'metric = "pich_shift"'), "unknown metric 'pich_shift'"),
        (("[[1.5, 100], [2.5, 70], [4.5, 0]]", "[[3.0, 100], [2.0, 0]]"), "rising values"),
        (("[[1.5, 100], [2.5, 70], [4.5, 0]]", "[[2.0, 120], [3.0, 0]]"), "between 0 and 100"),
        (('applies = ["agent_voice"]', 'applies = ["moon"]'), "applies names moon"),
        (("weight = 3.0", "weight = 0"), "above 0"),
        (("version = 1", ""), "'version' is missing"),
        (("version = 1", "version = = 1"), "not valid TOML"),
    ],
)
def test_mistakes_in_a_rubric_are_explained(change, message):
    with pytest.raises(UsageError, match=message):
        rubric.load(rubric.packaged_text().replace(*change, 1))
