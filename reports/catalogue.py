"""The method: what the metric files say about themselves, and how the rubric makes points of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

from analyzers.rubric import Criterion, Principle, Rubric
from reports.texts import Texts

SECTIONS = ("Formula", "Unit", "Direction", "Needs", "Reference", "Limits")


@dataclass(frozen=True)
class Entry:
    """A metric in the catalogue; the sections are English, as in the metric's file."""

    id: str
    version: int
    summary: str
    sections: Mapping[str, str]


@dataclass(frozen=True)
class CriterionRule:
    """How values of a metric become points."""

    metric: str
    name: str
    weight: str
    pairs: Sequence[tuple[str, str]]
    credit: bool


@dataclass(frozen=True)
class PrincipleRule:
    """How a principle is judged, and when."""

    title: str
    quote: str
    weight: str
    applies: str
    only_takes_away: bool
    criteria: Sequence[CriterionRule]


@dataclass(frozen=True)
class MethodPage:
    """The rubric and the metrics."""

    rubric: str
    principles: Sequence[PrincipleRule]
    entries: Sequence[Entry]


def method_page(rubric: Rubric, texts: Texts) -> MethodPage:
    """Build the page."""
    about = texts("rubric_text", title=rubric.title.get(texts.language, rubric.id), version=rubric.version)
    return MethodPage(about, [_principle(p, rubric, texts) for p in rubric.principles], entries())


def _principle(principle: Principle, rubric: Rubric, texts: Texts) -> PrincipleRule:
    limits = {name: texts.number(value) for name, value in rubric.conditions.items()}
    conditions = [texts.word("condition", name).format(**limits) for name in principle.applies]
    return PrincipleRule(
        title=principle.title.get(texts.language, principle.id),
        quote=principle.quote,
        weight=texts.number(principle.weight, 1),
        applies=texts("rubric_applies", conditions=texts("and").join(conditions)) if conditions else texts("rubric_always"),
        only_takes_away=principle.only_takes_away,
        criteria=[_rule(c, texts) for c in principle.criteria],
    )


def _rule(criterion: Criterion, texts: Texts) -> CriterionRule:
    from analyzers.metrics import METRICS

    unit = next(m.unit for m in METRICS if m.id == criterion.metric)
    pairs = [(texts.quantity(value, unit, criterion.metric), texts.number(points)) for value, points in criterion.points]
    return CriterionRule(criterion.metric, texts.metric(criterion.metric), texts.number(criterion.weight, 1), pairs, criterion.credit)


def parse(docstring: str) -> tuple[str, dict[str, str]]:
    r"""First line and sections of a numpy docstring.

    >>> parse("Loudness.\n\nUnit\n----\ndB\n\nExamples\n--------\n>>> 1\n1\n")
    ('Loudness.', {'Unit': 'dB'})
    """
    text = inspect.cleandoc(docstring)
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", text, flags=re.MULTILINE)
    sections = {name: " ".join(body.split()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    return parts[0].strip().splitlines()[0], {name: sections[name] for name in SECTIONS if name in sections}


def entries() -> list[Entry]:
    """Every metric in the order of the report."""
    from analyzers.metrics import METRICS

    found = []
    for metric in METRICS:
        summary, sections = parse(import_module(f"analyzers.metrics.{metric.id}").__doc__ or metric.id)
        found.append(Entry(metric.id, metric.version, summary, sections))
    return found
