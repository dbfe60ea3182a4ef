"""What the terminal shows: how far a night is, and a scorecard."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich import progress
from rich.console import Console
from rich.markup import escape

from analyzers.rubric import Rubric

if TYPE_CHECKING:
    from pipelines.flows import Outcome

EVIDENCE = 3
"""Most moments shown per metric."""


class Progress:
    """Calls done, seconds of sound per second and time left: a bar on a terminal, plain lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console, self._total, self._done, self._audio = console, 0, 0, 0.0
        self._start = time.monotonic()
        self._bar = progress.Progress(
            progress.TextColumn("{task.completed:.0f} of {task.total:.0f} calls"),
            progress.BarColumn(),
            progress.TextColumn("{task.fields[speed]}"),
            progress.TimeRemainingColumn(),
            progress.TextColumn("left"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("calls", total=0, speed="")

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._bar.stop()

    def begin(self, total: int) -> None:
        """So many calls are going to be scored."""
        self._total = total
        self._bar.update(self._task, total=total)

    def done(self, outcome: Outcome) -> None:
        """Take note of a call."""
        self._done += 1
        self._audio += outcome.audio
        speed = f"{self._audio / (time.monotonic() - self._start):.1f} s of sound per s"
        self._bar.update(self._task, completed=self._done, speed=speed)
        if not self._console.is_terminal:
            reason = f" ({outcome.reason_code})" if outcome.reason_code else f" in {outcome.seconds:.1f} s, {speed}"
            self._console.print(f"{self._done} of {self._total}: {outcome.call_id} {outcome.status}{reason}", markup=False, soft_wrap=True)


def print_json(tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Print the rows of a call's tables."""
    print(json.dumps({t: tables[t] for t in ("scorecards", "turns")}, ensure_ascii=False, indent=1, default=_text))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds.

    >>> clock(75.4)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def with_unit(value: float | None, unit: str) -> str:
    """A value as people read it.

    >>> with_unit(0.434, "share"), with_unit(2.0, "count"), with_unit(-1.25, "st"), with_unit(None, "s")
    ('43 %', '2', '-1.2 st', '–')
    """
    if value is None:
        return "–"
    if unit == "count":
        return f"{value:.0f}"
    if unit == "share":
        return f"{value:.0%}".replace("%", " %")
    return f"{value:.1f} {unit}"


def show(rows: Sequence[Mapping[str, Any]], rubric: Rubric, language: str, console: Console) -> None:
    """Print the rows of one call's scorecard.

    Parameters
    ----------
    language : of the principles' titles.
    """
    call = rows[0]
    console.print()
    console.print(f"[bold]{escape(call['call_id'])}[/]  {_origin(call)}")
    console.print(f"Roles: {escape(call['role_reason'])} ({call['role_source']}, confidence {call['role_confidence']:.2f})")
    if call["call_points"] is None:
        console.print(f"[bold]No total[/]: only {call['call_coverage']:.0%} of what applies could be measured")
    else:
        console.print(f"[bold]{call['call_points']:.0f} of 100 points[/]  ({call['call_coverage']:.0%} of what applies could be measured)")
    titles = {p.id: p.title.get(language, p.id) for p in rubric.principles}
    for principle, criteria in groupby((r for r in rows if r["principle"]), key=lambda r: r["principle"]):
        for i, row in enumerate(criteria):
            if i == 0:
                console.print()
                _line(console, titles.get(principle, principle), "", _points(row["principle_points"]), "bold")
            _line(console, f"  {row['metric']}", _value(row), _points(row["points"]))
            _moments(console, row)
    console.print()
    console.print("Also measured", style="bold")
    for row in rows:
        if not row["principle"] and row["metric"]:
            _line(console, f"  {row['metric']}", _value(row), "")
            _moments(console, row)


def _line(console: Console, name: str, value: str, points: str, style: str | None = None) -> None:
    console.print(f"{name:<36}{value:>14} {points:>5}", style=style, markup=False, soft_wrap=True)


def _moments(console: Console, row: Mapping[str, Any]) -> None:
    """Why there is no value, and the moments to listen to."""
    if row["note"]:
        console.print(f"      {row['note'].replace('_', ' ')}", style="dim", markup=False, soft_wrap=True)
    if row["evidence"]:
        console.print(f"      {_where(row)}", style="dim", markup=False, soft_wrap=True)


def _origin(call: Mapping[str, Any]) -> str:
    channels = "two channels" if call["channels"] == 2 else "one channel"
    known = [
        call["language"],
        clock(call["duration_s"]),
        channels,
        call["agent_id"] and f"agent {call['agent_id']}",
        call["team"] and f"team {call['team']}",
    ]
    return escape(", ".join(str(k) for k in known if k))


def _points(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"


def _value(row: Mapping[str, Any]) -> str:
    return with_unit(row["value"], row["unit"] or "")


def _where(row: Mapping[str, Any]) -> str:
    """The first moments of the evidence, in order of time."""
    moments = sorted(row["evidence"] or [], key=lambda e: e["start_s"])
    shown = [f"{clock(m['start_s'])} {_short(m['text'])}".strip() for m in moments[:EVIDENCE]]
    return "; ".join(shown) + (f"; {len(moments) - EVIDENCE} more" if len(moments) > EVIDENCE else "")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return f"“{text[:36]}{'…' if len(text) > 36 else ''}”" if text else ""
