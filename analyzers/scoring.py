"""Points from measurements by a rubric: one rule, straight lines between the rubric's pairs; then weighted means.

Criteria average by weight within a principle, principles within the call, over what applies and could be measured. Credits can
only raise a principle. Principles that only take points away enter the average when broken; kept, they add nothing.
Coverage is measured weight / applicable weight; under a set coverage there is no total.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement
from analyzers.rubric import Criterion, Principle, Rubric

Status = Literal["scored", "not_applicable", "not_measurable", "information"]


@dataclass(frozen=True)
class CriterionResult:
    """Points of a criterion; `weight` is 0 where it did not enter the principle's average."""

    criterion: Criterion
    status: Status
    points: float | None
    weight: float
    note: str | None


@dataclass(frozen=True)
class PrincipleResult:
    """Points of a principle; `weight` is what entered the call's average: 0 for a kept rule that only takes points away."""

    principle: Principle
    status: Status
    points: float | None
    weight: float
    note: str | None
    criteria: tuple[CriterionResult, ...]


@dataclass(frozen=True)
class Results:
    """Points of a call (None: coverage too low), coverage 0 to 1, and how they came about."""

    rubric: Rubric
    points: float | None
    coverage: float
    principles: tuple[PrincipleResult, ...]


def points(criterion: Criterion, value: float) -> float:
    """Straight lines between the pairs, level beyond the first and last.

    >>> points(Criterion("x", 1.0, ((0, 100), (2, 0))), 0.5)
    75.0
    """
    values, given = zip(*criterion.points, strict=True)
    return float(np.interp(value, values, given))


def not_applicable(principle: Principle, conversation: Conversation, conditions: Mapping[str, float]) -> str | None:
    """The reason code of the first condition that does not hold, None where the principle applies."""
    certain = conversation.roles.certain
    for name in principle.applies:
        if name == "complaint" and certain and conversation.lexicon is not None:
            if not any(p.category == "complaint" and conversation.turns[p.turn].role == "customer" for p in conversation.phrases):
                return "no_complaint"
        if name == "talk" and certain and conversation.talk("agent") + conversation.talk("customer") < conditions["talk_seconds"]:
            return "too_short"
        if name == "overlap" and not conversation.overlap_known:
            return "overlap_unknown"
        if name == "agent_voice" and certain and conversation.voices:
            voiced = [
                conversation.voices[t.index] for t in conversation.by("agent", "turn", "interruption") if t.index in conversation.voices
            ]
            voiced = [v for v in voiced if v.pitch_shift_st is not None]
            if len(voiced) < conditions["agent_voice_turns"] or sum(v.voiced for v in voiced) < conditions["agent_voice_seconds"]:
                return "too_little_voice"
    return None


def _criterion(criterion: Criterion, measurement: Measurement) -> CriterionResult:
    if measurement.value is None:
        return CriterionResult(criterion, "not_measurable", None, 0.0, measurement.note)
    return CriterionResult(criterion, "scored", points(criterion, measurement.value), criterion.weight, measurement.note)


def mean(parts: Sequence[tuple[float, float]]) -> float | None:
    """Weighted mean of (value, weight) pairs, None without weight.

    >>> mean([(100, 1), (0, 3)])
    25.0
    """
    total = sum(w for _, w in parts)
    return sum(v * w for v, w in parts) / total if total else None


def _principle(
    principle: Principle, conversation: Conversation, measurements: Mapping[str, Measurement], conditions: Mapping[str, float]
) -> PrincipleResult:
    reason = not_applicable(principle, conversation, conditions)
    if reason:
        criteria = tuple(CriterionResult(c, "not_applicable", None, 0.0, reason) for c in principle.criteria)
        return PrincipleResult(principle, "not_applicable", None, 0.0, reason, criteria)
    results = [_criterion(c, measurements[c.metric]) for c in principle.criteria]
    plain = mean([(r.points, r.weight) for r in results if r.points is not None and not r.criterion.credit])
    # a credit below the average of the rest would be held against the agent
    results = [
        CriterionResult(r.criterion, r.status, r.points, 0.0, "credit_not_needed")
        if r.criterion.credit and r.points is not None and plain is not None and r.points <= plain
        else r
        for r in results
    ]
    value = mean([(r.points, r.weight) for r in results if r.points is not None])
    if value is None or plain is None:
        note = next((r.note for r in results if r.note), None)
        return PrincipleResult(principle, "not_measurable", None, 0.0, note, tuple(results))
    weight = 0.0 if principle.only_takes_away and value >= 100 else principle.weight
    return PrincipleResult(principle, "scored", value, weight, None, tuple(results))


def score(rubric: Rubric, conversation: Conversation, measurements: Mapping[str, Measurement], min_coverage: float) -> Results:
    """Judge a call.

    Parameters
    ----------
    min_coverage : coverage (0 to 1) under which the call gets no total.
    """
    results = tuple(_principle(p, conversation, measurements, rubric.conditions) for p in rubric.principles)
    applicable = sum(r.principle.weight for r in results if r.status != "not_applicable")
    measured = sum(_measured_share(r) * r.principle.weight for r in results if r.status == "scored")
    coverage = measured / applicable if applicable else 0.0
    total = mean([(r.points, r.weight) for r in results if r.points is not None])
    return Results(rubric, total if coverage >= min_coverage else None, coverage, results)


def _measured_share(result: PrincipleResult) -> float:
    """Share of a principle's weight whose criteria could be measured."""
    weight = sum(r.criterion.weight for r in result.criteria)
    return sum(r.criterion.weight for r in result.criteria if r.status == "scored") / weight
