"""Who is agent and who customer: by what is known, else by what is said and who speaks first.

The evidence of a speaker is a weighted count of phrases; the two parties' difference becomes a confidence by a logistic
curve. Nothing but wording and order of speech is used: voices say nothing about roles.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from analyzers.conversation import Role, Roles
from analyzers.lexicon import Lexicon, spans
from analyzers.turns import Unit

WEIGHTS: dict[str, tuple[float, int, str]] = {
    # category: (weight towards agent, most occurrences that count, name in the reason)
    "offer_of_help": (2.0, 2, "offers help"),
    "self_introduction_agent": (2.0, 2, "names company or introduces as service"),
    "handling": (0.6, 5, "handles the case"),
    "acknowledge": (0.6, 3, "acknowledges"),
    "self_introduction_customer": (-1.5, 2, "introduces as caller"),
    "complaint": (-0.8, 4, "complains"),
}
FIRST_SPEAKER = 0.8
"""Weight of speaking first: who answers the call is the agent more often than not."""
SLOPE = 0.6
"""Steepness of the curve from difference of evidence to confidence: 1.4 points make 0.7."""


def _evidence(speaker: str, units: Sequence[Unit], lexicon: Lexicon) -> tuple[float, list[str]]:
    score, reasons = 0.0, []
    texts = [[w.text for w in u.words] for u in units if u.speaker == speaker and u.words]
    whole = [w for text in texts for w in text]
    for name, (weight, most, label) in WEIGHTS.items():
        category = lexicon.categories.get(name)
        if category is None:
            continue
        found = min(most, len(spans(category, whole)))
        if found:
            score += weight * found
            reasons.append(f"{label} ({found})")
    return score, reasons


def parties(units: Sequence[Unit]) -> list[str]:
    """The labels of the two who talk most, in order of talk time."""
    talk: dict[str, float] = {}
    for unit in units:
        talk[unit.speaker] = talk.get(unit.speaker, 0.0) + sum(s.duration for s in unit.speech)
    return sorted(talk, key=lambda s: -talk[s])[:2]


def assign(
    units: Sequence[Unit], speakers: Sequence[str], lexicon: Lexicon | None, known: Mapping[str, Role], source: str, min_confidence: float
) -> Roles:
    """Roles of the two parties.

    Parameters
    ----------
    units : inter-pausal units with words.
    speakers : labels of the two parties.
    lexicon : of the call's language; None where there is none, then only who speaks first is used.
    known : roles given by metadata or settings, by label; they win and are certain.
    source : where `known` comes from, for the scorecard.
    min_confidence : below it the roles stay `unknown`.
    """
    if known:
        of: dict[str, Role] = dict(known)
        free: Role = "customer" if "agent" in of.values() else "agent"
        for speaker in speakers:
            of.setdefault(speaker, free)
        return Roles(of, source, 1.0, f"given by {source}", True)
    if len(speakers) < 2:
        return Roles({s: "unknown" for s in speakers}, "wording", 0.0, "only one party speaks", False)
    scores = {s: _evidence(s, units, lexicon) if lexicon else (0.0, []) for s in speakers}
    first = min((u for u in units if u.speaker in speakers), key=lambda u: u.segment.start).speaker
    total = {s: scores[s][0] + (FIRST_SPEAKER if s == first else 0.0) for s in speakers}
    agent, customer = sorted(speakers, key=lambda s: -total[s])
    confidence = 1 / (1 + math.exp(-SLOPE * (total[agent] - total[customer])))
    said = ", ".join([*scores[agent][1], *(["speaks first"] if agent == first else [])]) or "nothing telling"
    reason = f"agent: {said}; customer: {', '.join(scores[customer][1]) or 'nothing telling'}"
    certain = confidence >= min_confidence
    names: dict[str, Role] = {agent: "agent", customer: "customer"} if certain else {s: "unknown" for s in speakers}
    return Roles(names, "wording", confidence, reason, certain)
