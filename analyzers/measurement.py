"""A measurement is a number found in a call; a metric is its definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pyannote.core import Segment

from analyzers.conversation import Conversation, Turn


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
    """Definition of a metric: `needs_roles` metrics are empty with `roles_uncertain` where roles are not certain."""

    id: str
    unit: str
    version: int
    measure: Callable[[Conversation], Measurement]
    needs_roles: bool = True
    needs_overlap: bool = False
    needs_lexicon: bool = False


def at(turn: Turn) -> Evidence:
    """The whole turn as evidence."""
    return Evidence(turn.segment, turn.text)


def ratio(numerator: float, denominator: float, *, evidence: tuple[Evidence, ...] = (), reason: str = "nothing_to_divide_by") -> Measurement:
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
