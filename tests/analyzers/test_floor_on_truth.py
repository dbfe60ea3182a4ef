"""True speech and true words of the scripted calls in, true kinds out: the rules of the floor without any model."""

import json
from pathlib import Path

import pytest
from pyannote.core import Annotation, Segment

from analyzers import lexicon, transitions, turns
from analyzers.conversation import Roles, Word

TRUTH = sorted((Path(__file__).parents[2] / "sample_audio" / "truth").glob("*.json"))
CHANNEL = {"agent": 0, "customer": 1}
ROLES = Roles({"agent": "agent", "customer": "customer"}, "truth", 1.0, "true", True)


def heard(truth):
    """Turns found from the truth's voice activity, words spread evenly over each true turn."""
    activity, words = Annotation(), []
    for turn in truth["turns"]:
        for i, (start, end) in enumerate(turn["speech"]):
            activity[Segment(start, end), (turn["index"], i)] = turn["role"]
        texts = turn["text"].split()
        step = (turn["end_s"] - turn["start_s"]) / len(texts)
        starts = [turn["start_s"] + i * step for i in range(len(texts))]
        words += [Word(t, s, s + step, 0.9, CHANNEL[turn["role"]]) for t, s in zip(texts, starts, strict=True)]
    units = turns.inter_pausal_units(activity, sorted(words, key=lambda w: w.start), [], CHANNEL.__getitem__)
    units = transitions.classify(units, list(CHANNEL), lexicon.load(truth["language"]).is_backchannel, transitions.OVERLAP)
    return turns.assemble(units, [], ROLES, list(CHANNEL))


@pytest.mark.parametrize("path", TRUTH, ids=lambda p: p.stem)
def test_kinds(path):
    truth = json.loads(path.read_text(encoding="utf-8"))
    true = [(t["role"], t["kind"], t["start_s"]) for t in truth["turns"]]
    found = [(t.role, t.kind, pytest.approx(t.segment.start, abs=0.05)) for t in heard(truth)]
    assert [t[:2] for t in true] == [t[:2] for t in found]
    assert [t[2] for t in true] == [t[2] for t in found]


@pytest.mark.parametrize("path", TRUTH, ids=lambda p: p.stem)
def test_longest_monologue(path):
    truth = json.loads(path.read_text(encoding="utf-8"))
    from analyzers.examples import call
    from analyzers.measure import measure

    measured = measure(call(("agent", 0, 1), turns=heard(truth), duration=truth["duration_s"]))
    for role in CHANNEL:
        longest = truth["totals"]["longest_monologue_by_role"][role]["duration_s"]
        assert measured[f"longest_{role}_monologue"].value == pytest.approx(longest, abs=0.05)
    assert measured["agent_talk_share"].value == pytest.approx(truth["totals"]["talk_share_without_pauses"]["agent"], abs=0.01)
