"""Sums over many calls: totals are sums over sums, never means of ratios."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analyzers.metrics import METRICS
from reports.load import Row, Scorecard

VOICE_METRICS = frozenset(m.id for m in METRICS if m.needs_voice)
"""Metrics of the agent's voice, which `voice_measures = "coaching"` keeps out of totals."""


@dataclass(frozen=True)
class Bin:
    """Values from `start` to under `end` (None: and more)."""

    start: float
    end: float | None
    count: int


@dataclass(frozen=True)
class Distribution:
    """How a number is spread over calls; `missing` calls have none."""

    bins: Sequence[Bin]
    median: float | None
    count: int
    missing: int


def mean(parts: Iterable[tuple[float, float]]) -> float | None:
    """Weighted mean of (value, weight) pairs, None without weight.

    >>> mean([(100, 1), (0, 3)])
    25.0
    """
    parts = list(parts)
    total = sum(w for _, w in parts)
    return sum(v * w for v, w in parts) / total if total else None


def is_voice(row: Row) -> bool:
    """Whether a row is about the agent's voice."""
    return row["metric"] in VOICE_METRICS


def principles(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """The rows of each principle, in the order of the rubric."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row["principle"]:
            groups.setdefault(row["principle"], []).append(row)
    return groups


def total_part(rows: Sequence[Row], voice: bool) -> tuple[float, float]:
    """Points and weight with which a principle enters the total.

    Without the voice its weight shrinks with what is left of it.
    """
    given, weight = rows[0]["principle_points"], rows[0]["principle_weight"]
    if given is None or not weight:
        return 0.0, 0.0
    if voice or not any(map(is_voice, rows)):
        return float(given), float(weight)
    entered = [r for r in rows if r["points"] is not None and r["weight"]]
    left = [(r["points"], r["weight"]) for r in entered if not is_voice(r)]
    share = sum(w for _, w in left) / sum(r["weight"] for r in entered) if entered else 0.0
    return mean(left) or 0.0, weight * share


def call_points(rows: Sequence[Row], voice: bool) -> float | None:
    """Points of a call. Without the voice the rest is averaged anew; a call without a total gets none either way."""
    given = rows[0]["call_points"]
    if voice or given is None:
        return None if given is None else float(given)
    return mean(total_part(group, voice) for group in principles(rows).values())


def value(rows: Sequence[Row], metric: str) -> Row | None:
    """The row of a metric."""
    return next((r for r in rows if r["metric"] == metric), None)


def distribution(values: Sequence[float | None], edges: Sequence[float], *, open_end: bool = False) -> Distribution:
    """Count values between edges; the last bin holds its upper edge too, or everything above (`open_end`).

    >>> [b.count for b in distribution([0, 5, 10, None], [0, 5, 10]).bins]
    [1, 2]
    """
    known = [v for v in values if v is not None]
    bins = []
    for start, end in zip(edges, edges[1:], strict=False):
        last = end == edges[-1]
        count = sum(start <= v and (v < end or (last and (open_end or v <= end))) for v in known)
        bins.append(Bin(start, None if last and open_end else end, count))
    return Distribution(bins, statistics.median(known) if known else None, len(known), len(values) - len(known))


def summed_share(cards: Sequence[Scorecard], metric: str) -> float | None:
    """A ratio over all calls: sum of numerators over sum of denominators."""
    rows = [r for c in cards if (r := value(c.rows, metric)) and r["value"] is not None and r["denominator"]]
    total = sum(r["denominator"] for r in rows)
    return sum(r["numerator"] for r in rows) / total if total else None
