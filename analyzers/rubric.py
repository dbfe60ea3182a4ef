"""Read and check a rubric: principles, their criteria, points, weights and when they apply. Rubrics are data (`rubrics/*.toml`)."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from analyzers.errors import UsageError
from analyzers.metrics import METRICS

PACKAGED = "listening_and_calm_voice"
CONDITIONS = ("agent_voice", "complaint", "talk", "overlap")
"""What `applies` may name; the numbers behind them stand in the rubric's `[conditions]`."""
LIMITS = ("agent_voice_turns", "agent_voice_seconds", "talk_seconds")


@dataclass(frozen=True)
class Criterion:
    """How a metric's value becomes points (0 to 100). A `credit` can only raise the principle's points."""

    metric: str
    weight: float
    points: tuple[tuple[float, float], ...]
    credit: bool = False


@dataclass(frozen=True)
class Principle:
    """One sentence of the article, the criteria that judge it, and when it applies."""

    id: str
    title: Mapping[str, str]
    explanation: Mapping[str, str]
    quote: str
    applies: tuple[str, ...]
    weight: float
    criteria: tuple[Criterion, ...]
    only_takes_away: bool = False


@dataclass(frozen=True)
class Rubric:
    """All principles; `identity` goes into every scorecard."""

    id: str
    version: int
    title: Mapping[str, str]
    conditions: Mapping[str, float]
    principles: tuple[Principle, ...]
    digest: str

    @property
    def identity(self) -> str:
        """Name, version and the first letters of the file's checksum."""
        return f"{self.id} {self.version} ({self.digest[:8]})"


def packaged_text() -> str:
    """The rubric that Tonlage brings."""
    return (resources.files("analyzers") / "rubrics" / f"{PACKAGED}.toml").read_text(encoding="utf-8")


def load(text: str | None = None) -> Rubric:
    """Read a rubric from TOML text, the packaged one by default.

    Raises
    ------
    UsageError
        In one line: the place, what is wrong, what was expected.
    """
    text = packaged_text() if text is None else text
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"rubric: not valid TOML: {error}") from error
    try:
        principles = tuple(_principle(p) for p in data["principle"])
        conditions = {name: float(data["conditions"][name]) for name in LIMITS}
        rubric = Rubric(data["id"], int(data["version"]), data["title"], conditions, principles, hashlib.sha256(text.encode()).hexdigest())
    except KeyError as error:
        raise UsageError(f"rubric: {error.args[0]!r} is missing") from error
    twice = {p.id for p in principles if sum(q.id == p.id for q in principles) > 1}
    if twice:
        raise UsageError(f"rubric: principle ids must be unique, found twice: {', '.join(sorted(twice))}")
    return rubric


def _principle(data: Mapping[str, Any]) -> Principle:
    where = f"rubric, principle {data['id']}"
    unknown = set(data.get("applies", ())) - set(CONDITIONS)
    if unknown:
        raise UsageError(f"{where}: applies names {', '.join(sorted(unknown))}; known conditions are {', '.join(CONDITIONS)}")
    criteria = tuple(_criterion(c, where) for c in data["criterion"])
    return Principle(
        data["id"],
        data["title"],
        data.get("explanation", {}),
        data["quote"],
        tuple(data.get("applies", ())),
        _positive(data["weight"], f"{where}: weight"),
        criteria,
        bool(data.get("only_takes_away", False)),
    )


def _criterion(data: Mapping[str, Any], where: str) -> Criterion:
    known = [m.id for m in METRICS]
    if data["metric"] not in known:
        raise UsageError(f"{where}: unknown metric {data['metric']!r}; known metrics are {', '.join(known)}")
    pairs = tuple((float(v), float(p)) for v, p in data["points"])
    place = f"{where}, criterion {data['metric']}: points"
    if len(pairs) < 2 or any(b[0] <= a[0] for a, b in zip(pairs, pairs[1:], strict=False)):
        raise UsageError(f"{place} must be at least two [value, points] pairs with rising values")
    if any(not 0 <= p <= 100 for _, p in pairs):
        raise UsageError(f"{place} must lie between 0 and 100")
    return Criterion(
        data["metric"], _positive(data["weight"], f"{where}, criterion {data['metric']}: weight"), pairs, bool(data.get("credit", False))
    )


def _positive(value: Any, where: str) -> float:
    if not isinstance(value, int | float) or value <= 0:
        raise UsageError(f"{where} must be a number above 0, not {value!r}")
    return float(value)
