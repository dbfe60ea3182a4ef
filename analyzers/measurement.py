"""A measurement is a number found in a call; a metric is its definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyannote.core import Segment

from analyzers.conversation import Conversation, Role, Turn


@dataclass(frozen=True)
class Evidence:
    """A moment of the call and what was said there."""

    segment: Segment
    text: str


@dataclass(frozen=True)
class Measurement:
    """A number with where it comes from.

    `value` is None where it cannot be measured, and then `note` holds the reason code. `numerator` and `denominator` are
    kept so that a team's total is a sum over sums.
    """

    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    evidence: tuple[Evidence, ...] = ()
    note: str | None = None


@dataclass(frozen=True)
class Metric:
    """Definition of a metric; where something it needs is lacking, `measure.measure` leaves it empty with the reason."""

    id: str
    unit: str
    version: int
    measure: Callable[[Conversation], Measurement]
    needs_roles: bool = True
    needs_overlap: bool = False
    needs_lexicon: bool = False
    needs_voice: bool = False


def at(turn: Turn) -> Evidence:
    """The whole turn as evidence."""
    return Evidence(turn.segment, turn.text)


def ratio(
    numerator: float, denominator: float, *, evidence: tuple[Evidence, ...] = (), reason: str = "nothing_to_divide_by"
) -> Measurement:
    """A quotient that keeps its parts; empty with `reason` where the denominator is zero.

    >>> ratio(3, 2).value
    1.5
    >>> ratio(3, 0).note
    'nothing_to_divide_by'
    """
    if denominator <= 0:
        return Measurement(None, numerator, denominator, evidence, reason)
    return Measurement(numerator / denominator, numerator, denominator, evidence)


def missing(reason: str) -> Measurement:
    """What cannot be measured, with the reason code."""
    return Measurement(None, note=reason)


RATE_NEEDS = 60.0
"""s of its denominator that a rate per minute needs."""


def rate_per_minute(count: float, seconds: float, evidence: tuple[Evidence, ...] = ()) -> Measurement:
    """Events per minute; empty with `too_short` under `RATE_NEEDS` seconds.

    >>> rate_per_minute(3, 90).value
    2.0
    """
    if seconds < RATE_NEEDS:
        return Measurement(None, count, seconds / 60, evidence, "too_short")
    return Measurement(count / (seconds / 60), count, seconds / 60, evidence)


def phrases(conversation: Conversation, category: str, role: Role) -> tuple[Evidence, ...]:
    """Phrases of a category in a role's turns, in order of time."""
    found = [p for p in conversation.phrases if p.category == category and conversation.turns[p.turn].role == role]
    return tuple(Evidence(p.segment, p.text) for p in sorted(found, key=lambda p: p.segment.start))
