"""What the metric files say about themselves: the first line and the sections of their docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

SECTIONS = ("Formula", "Unit", "Direction", "Needs", "Reference", "Limits")


@dataclass(frozen=True)
class Entry:
    """A metric in the catalogue; the sections are English, as in the metric's file."""

    id: str
    version: int
    summary: str
    sections: Mapping[str, str]


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
