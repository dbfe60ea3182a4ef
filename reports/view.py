"""What the pages show, ready to be put into templates: every number is text with its unit, every gap has its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from reports import aggregate, charts
from reports.aggregate import Distribution, call_points, distribution, summed_share
from reports.load import Row, Run, Scorecard
from reports.texts import Texts

POINTS_EDGES = tuple(range(0, 101, 10))
SHARE_EDGES = tuple(i / 10 for i in range(11))
COUNT_EDGES = tuple(range(7))
"""Edges of the bars on the night's page; the last count bar holds everything above."""


@dataclass(frozen=True)
class Tile:
    """A number of the night."""

    value: str
    label: str
    note: str = ""


@dataclass(frozen=True)
class Failure:
    """A recording that was not scored."""

    file: str
    reason: str
    message: str


@dataclass(frozen=True)
class Chart:
    """A distribution: the figure and the table behind it."""

    id: str
    title: str
    note: str
    axis: str
    table: Sequence[tuple[str, int]]
    figure: Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A number in the list of calls; `sort` is what it is sorted by."""

    text: str
    sort: float | None


@dataclass(frozen=True)
class ListedCall:
    """A row of the list of calls."""

    url: str
    call_id: str
    recorded: str
    recorded_sort: float
    agent: str
    team: str
    duration: Cell
    points: Cell
    coverage: Cell
    talk_share: Cell
    interruptions: Cell
    remark: str
    of_night: bool


@dataclass(frozen=True)
class IndexPage:
    """The night."""

    title: str
    when: str
    has_run: bool
    empty: bool
    coaching: bool
    tiles: Sequence[Tile] = ()
    failures: Sequence[Failure] = ()
    charts: Sequence[Chart] = ()
    calls: Sequence[ListedCall] = ()
    agents: Sequence[str] = ()
    teams: Sequence[str] = ()
    earlier: bool = False
    script: Mapping[str, Any] = field(default_factory=dict)


def page_url(name: str) -> str:
    """Address of a call's page from the site's root; `name` is percent-encoded already and is encoded once more."""
    return f"calls/{quote(f'{name}.html', safe='')}"


def index_page(run: Run | None, cards: Sequence[Scorecard], voice: bool, texts: Texts) -> IndexPage:
    """The night's page. `voice`: whether the agent's voice enters totals."""
    done = {r["call_id"] for r in run.rows if r["status"] in ("scored", "unchanged")} if run else set()
    night = [c for c in cards if c.call["call_id"] in done] if run else list(cards)
    known = {c.name for c in night}
    starts = [r["started_at"] for r in run.rows if r["started_at"]] if run else []
    ends = [r["ended_at"] for r in run.rows if r["ended_at"]] if run else []
    when = texts("from_to", start=texts.moment(min(starts)), end=texts.time(max(ends)), zone=texts.zone.key) if starts and ends else ""
    return IndexPage(
        title=texts("night_of", date=texts.date(min(starts))) if starts else texts("night") if run or cards else texts("no_run"),
        when=when,
        has_run=run is not None or bool(cards),
        empty=run is not None and not run.rows,
        coaching=not voice,
        tiles=_tiles(run, night, texts),
        failures=[_failure(r, texts) for r in run.rows if r["status"] == "failed"] if run else [],
        charts=_charts(night, voice, texts) if night else [],
        calls=[_listed(c, voice, c.name in known, texts) for c in cards],
        agents=sorted({c.call["agent_id"] for c in cards if c.call["agent_id"]}),
        teams=sorted({c.call["team"] for c in cards if c.call["team"]}),
        earlier=len(known) < len(cards),
        script={"shown": texts("shown", shown="{shown}", all="{all}")},
    )


def _tiles(run: Run | None, night: Sequence[Scorecard], texts: Texts) -> list[Tile]:
    tiles = []
    if run:
        for status in ("scored", "unchanged", "failed"):
            count = sum(r["status"] == status for r in run.rows)
            if count or status != "unchanged":
                tiles.append(Tile(texts.number(count), texts(status)))
    if night:
        tiles.append(Tile(texts.length(sum(c.call["duration_s"] or 0 for c in night)), texts("audio_listened")))
    share = summed_share(night, "agent_talk_share")
    if share is not None:
        tiles.append(Tile(texts.share(share), texts("talk_share_all"), texts("talk_share_all_text")))
    counts = [r["value"] for c in night if (r := aggregate.value(c.rows, "interruptions_by_agent")) and r["value"] is not None]
    if counts:
        note = texts("interruptions_all_text", count=len(counts), mean=texts.number(sum(counts) / len(counts), 1))
        tiles.append(Tile(texts.number(sum(counts)), texts("interruptions_all"), note))
    return tiles


def _failure(row: Row, texts: Texts) -> Failure:
    file = row["file"] or row["call_id"] or texts("unknown")
    return Failure(file, texts.word("reason", row["reason_code"]), row["message"] or "")


def _metric_values(cards: Sequence[Scorecard], metric: str) -> list[float | None]:
    rows = [aggregate.value(c.rows, metric) for c in cards]
    return [r["value"] if r else None for r in rows]


def _charts(cards: Sequence[Scorecard], voice: bool, texts: Texts) -> list[Chart]:
    points = distribution([call_points(c.rows, voice) for c in cards], POINTS_EDGES)
    share = distribution(_metric_values(cards, "agent_talk_share"), SHARE_EDGES)
    count = distribution(_metric_values(cards, "interruptions_by_agent"), COUNT_EDGES, open_end=True)
    labels = {
        "points": [f"{b.start:.0f}–{b.end:.0f}" for b in points.bins if b.end is not None],
        "share": [f"{100 * b.start:.0f}–{100 * b.end:.0f}" for b in share.bins if b.end is not None],
        "count": [f"{b.start:.0f}" if b.end is not None else f"≥ {b.start:.0f}" for b in count.bins],
    }
    median = {
        "points": texts.points(points.median) if points.median is not None else "–",
        "share": texts.share(share.median) if share.median is not None else "–",
        "count": texts.number(count.median, 0 if count.median == int(count.median) else 1) if count.median is not None else "–",
    }
    rows: list[tuple[str, Distribution, str, str]] = [
        ("points", points, texts("points"), texts("points")),
        ("share", share, texts("talk_share"), "%"),
        ("count", count, texts.metric("interruptions_by_agent"), texts("interruptions")),
    ]
    return [_chart(key, spread, title, axis, labels[key], median[key], texts) for key, spread, title, axis in rows]


def _chart(key: str, spread: Distribution, title: str, axis: str, labels: Sequence[str], median: str, texts: Texts) -> Chart:
    note = texts("distribution_note", median=median, count=spread.count)
    if spread.missing:
        note += " · " + texts("distribution_missing", missing=spread.missing)
    table = [(label, b.count) for label, b in zip(labels, spread.bins, strict=True)]
    return Chart(key, title, note, axis, table, charts.bars(spread, labels, axis, scale=100 if key == "share" else 1))


def _no_total(call: Row, texts: Texts) -> str:
    if call["call_points"] is not None:
        return texts("no_total")
    return texts("no_total_short", coverage=texts.share(call["call_coverage"] or 0.0))


def _listed(card: Scorecard, voice: bool, of_night: bool, texts: Texts) -> ListedCall:
    call = card.call
    points = call_points(card.rows, voice)
    reasons = [] if points is not None else [_no_total(call, texts)]
    cells = {}
    for metric in ("agent_talk_share", "interruptions_by_agent"):
        row = aggregate.value(card.rows, metric)
        number = row["value"] if row else None
        cells[metric] = Cell(texts.quantity(number, row["unit"]) if row and number is not None else "–", number)
        if row and number is None and row["note"]:
            reasons.append(texts.word("reason", row["note"]))
    interruptions = cells["interruptions_by_agent"]
    coverage = call["call_coverage"]
    return ListedCall(
        url=page_url(card.name),
        call_id=call["call_id"],
        recorded=texts.moment(call["recorded_at"]) if call["recorded_at"] else "",
        recorded_sort=call["recorded_at"].timestamp() if call["recorded_at"] else 0.0,
        agent=call["agent_id"] or "",
        team=call["team"] or "",
        duration=Cell(texts.length(call["duration_s"] or 0), call["duration_s"]),
        points=Cell(texts.number(points) if points is not None else "–", points),
        coverage=Cell(texts.share(coverage) if coverage is not None else "–", coverage),
        talk_share=cells["agent_talk_share"],
        interruptions=Cell(texts.number(interruptions.sort), interruptions.sort) if interruptions.sort is not None else interruptions,
        remark=" · ".join(dict.fromkeys(reasons)),
        of_night=of_night,
    )
