"""The page of one call: points with their evidence, the course of the call, the transcript and where the numbers come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from analyzers.rubric import Rubric
from reports import aggregate, charts, timeline
from reports.load import CallTables, Row
from reports.texts import Texts, clock

SHOWN = 3
"""Moments of a criterion that are open at once."""
QUOTED = 160
"""Most letters of a moment's text."""
OUTER_KINDS = ("backchannel", "interruption", "failed_interruption", "hold", "ivr")


@dataclass(frozen=True)
class Moment:
    """A place to listen to."""

    start: float
    clock: str
    text: str


@dataclass(frozen=True)
class CriterionView:
    """A measurement; `note` says why there is no value or no points."""

    metric: str
    name: str
    about: str
    value: str
    note: str
    points: float | None
    points_text: str
    weight: str
    practice: bool
    moments: Sequence[Moment]
    more: Sequence[Moment]
    as_above: bool


@dataclass(frozen=True)
class PrincipleView:
    """A principle with its criteria."""

    id: str
    title: str
    explanation: str
    quote: str
    points: float | None
    points_text: str
    status: str
    practice: bool
    criteria: Sequence[CriterionView]


@dataclass(frozen=True)
class TurnView:
    """A line of the transcript; pieces are (text, category of a phrase or "", its name)."""

    index: int
    start: float
    end: float
    clock: str
    role: str
    speaker: str
    kind: str
    kind_text: str
    interrupts: str
    pieces: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class CallPage:
    """One call."""

    call_id: str
    facts: Sequence[tuple[str, str]]
    points: float | None
    points_text: str
    coverage: str
    no_total: str
    roles_uncertain: str
    coaching: bool
    principles: Sequence[PrincipleView]
    further: Sequence[CriterionView]
    timeline: timeline.Picture
    voice: charts.Figure | None
    voice_note: str
    turns: Sequence[TurnView]
    moments: Sequence[Moment]
    provenance: Sequence[tuple[str, str]]
    audio: str = ""
    script: Mapping[str, Any] = field(default_factory=dict)


def call_page(tables: CallTables, audio: str, voice: bool, rubric: Rubric, texts: Texts) -> CallPage:
    """Build the page. `audio`: address of the recording from this page, empty where it is not laid beside it."""
    rows, call = tables.scorecard, tables.scorecard[0]
    points, coverage = aggregate.call_points(rows, voice), call["call_coverage"]
    groups = aggregate.principles(rows)
    total = sum(aggregate.total_part(g, voice)[1] for g in groups.values())
    duration = call["duration_s"] or max((t["end_s"] for t in tables.turns), default=0.0)
    figure = charts.voice(tables.turns, tables.tracks, duration, call["baseline_f0_hz"], texts)
    uncertain = any(r["note"] == "roles_uncertain" for r in rows)
    return CallPage(
        call_id=call["call_id"],
        facts=_facts(call, texts),
        points=points,
        points_text=texts.number(points) if points is not None else "–",
        coverage=texts("coverage_text", coverage=texts.share(coverage or 0.0)),
        no_total=_no_total(points, call, texts),
        roles_uncertain=_roles(call, texts) if uncertain else "",
        coaching=not voice and any(map(aggregate.is_voice, rows)),
        principles=[_principle(key, group, total, voice, rubric, texts) for key, group in groups.items()],
        further=[_criterion(r, 0.0, voice, [], texts) for r in rows if not r["principle"]],
        timeline=timeline.picture(tables.turns, tables.tracks, duration, texts),
        voice=figure,
        voice_note=_voice_note(call, rows, figure, texts),
        turns=_turns(tables.turns, texts),
        moments=_moments(rows),
        provenance=_provenance(call, tables.turns, texts),
        audio=audio,
        script={"duration": duration, "play": texts("play"), "pause": texts("pause")},
    )


def _no_total(points: float | None, call: Row, texts: Texts) -> str:
    if points is not None:
        return ""
    if call["call_points"] is not None:
        return texts("no_total_voice")
    return texts("no_total_coverage", coverage=texts.share(call["call_coverage"] or 0.0))


def _roles(call: Row, texts: Texts) -> str:
    words = texts.group("provenance")
    confidence = f"{words['role_confidence']}: {texts.share(call['role_confidence'])}" if call["role_confidence"] is not None else ""
    return " · ".join(filter(None, [confidence, texts.role_reason(call["role_reason"])]))


def _facts(call: Row, texts: Texts) -> list[tuple[str, str]]:
    channels = call["channels"]
    facts = [
        (texts("agent"), call["agent_id"]),
        (texts("team"), call["team"]),
        (texts("recorded"), texts.moment(call["recorded_at"]) if call["recorded_at"] else None),
        (texts("duration"), texts.length(call["duration_s"]) if call["duration_s"] else None),
        (texts.group("provenance")["language"], texts.word("language", call["language"]) if call["language"] else None),
        (texts.group("provenance")["channels"], str(channels) if channels else None),
    ]
    return [(label, value) for label, value in facts if value]


def _principle(key: str, rows: Sequence[Row], total: float, voice: bool, rubric: Rubric, texts: Texts) -> PrincipleView:
    judged = next((p for p in rubric.principles if p.id == key), None)
    points, weight = rows[0]["principle_points"], aggregate.total_part(rows, voice)[1]
    practice = not voice and any(map(aggregate.is_voice, rows))
    reason = None
    if points is None:
        statuses = {r["status"] for r in rows}
        word = texts.word("status", "not_applicable" if statuses == {"not_applicable"} else "not_measurable")
        reason = next((r["note"] for r in rows if r["note"] and r["points"] is None), None)
        status = f"{word}: {texts.word('reason', reason)}" if reason else word
    elif not rows[0]["principle_weight"]:
        status = texts("kept")
    elif weight and total:
        status = texts("counts_part" if practice else "counts_for", share=texts.share(weight / total))
    else:
        status = texts("counts_nothing")
    weights = sum(r["weight"] or 0.0 for r in rows)
    seen: list[Any] = []
    empty = all(r["value"] is None for r in rows)  # then the principle's reason says it for all
    return PrincipleView(
        id=key,
        title=judged.title.get(texts.language, key) if judged else texts.word("principle", key),
        explanation=judged.explanation.get(texts.language, "") if judged else "",
        quote=judged.quote if judged else "",
        points=points,
        points_text=texts.number(points) if points is not None else "–",
        status=status,
        practice=practice,
        criteria=[
            _criterion({**r, "note": None} if r["note"] == reason and (empty or r["value"] is not None) else r, weights, voice, seen, texts)
            for r in rows
            if r["metric"]
        ],
    )


def _criterion(row: Row, weights: float, voice: bool, seen: list[Any], texts: Texts) -> CriterionView:
    """One measurement. `seen` collects the evidence of the criteria above, so that the same moments are not listed twice."""
    moments = [Moment(e["start_s"], clock(e["start_s"]), timeline.shortened(e["text"] or "", QUOTED)) for e in row["evidence"] or ()]
    as_above = bool(moments) and moments in seen
    seen.append(moments)
    value = texts.quantity(row["value"], row["unit"], row["metric"]) if row["value"] is not None else ""
    return CriterionView(
        metric=row["metric"],
        name=texts.metric(row["metric"]),
        about=texts.metric(row["metric"], "about"),
        value=value,
        note=texts.word("reason", row["note"]) if row["note"] else "",
        points=row["points"],
        points_text=texts.points(row["points"]) if row["points"] is not None else "",
        weight=texts.share(row["weight"] / weights) if row["weight"] and weights else "",
        practice=not voice and aggregate.is_voice(row),
        moments=[] if as_above else moments[:SHOWN],
        more=[] if as_above else moments[SHOWN:],
        as_above=as_above,
    )


def _voice_note(call: Row, rows: Sequence[Row], figure: charts.Figure | None, texts: Texts) -> str:
    if figure is None:
        reason = next((r["note"] for r in rows if aggregate.is_voice(r) and r["note"]), None)
        return texts.word("reason", reason or "no_voiced_speech")
    if call["baseline_f0_hz"] is None:
        return ""
    source = texts.word("baseline_source", call["baseline_source"])
    return texts("voice_baseline", hertz=texts.number(call["baseline_f0_hz"]), source=source)


def _turns(turns: Sequence[Row], texts: Texts) -> list[TurnView]:
    names, starts = timeline.speakers(turns, texts), {t["turn"]: t["start_s"] for t in turns}
    views = []
    for turn in sorted(turns, key=lambda t: (t["start_s"], t["turn"])):
        role, speaker = names[turn["speaker"]]
        broken = starts.get(turn["interrupts"])
        views.append(
            TurnView(
                index=turn["turn"],
                start=turn["start_s"],
                end=turn["end_s"],
                clock=clock(turn["start_s"]),
                role=role,
                speaker=speaker,
                kind=turn["kind"],
                kind_text=texts.word("kind", turn["kind"]) if turn["kind"] in OUTER_KINDS else "",
                interrupts=texts("interrupts", time=clock(broken)) if broken is not None and turn["kind"] == "interruption" else "",
                pieces=_pieces(turn, texts),
            )
        )
    return views


def _pieces(turn: Row, texts: Texts) -> list[tuple[str, str, str]]:
    """The words of a turn, cut where a phrase begins or ends."""
    named = texts.group("phrase")
    phrases = [p for p in turn["phrases"] or () if p["category"] in named]
    if not turn["words"]:
        return [(turn["text"], "", "")] if turn["text"] else []
    pieces: list[tuple[str, str, str]] = []
    for word in turn["words"]:
        middle = (word["start_s"] + word["end_s"]) / 2
        category = next((p["category"] for p in phrases if p["start_s"] <= middle <= p["end_s"]), "")
        if pieces and pieces[-1][1] == category:
            pieces[-1] = (f"{pieces[-1][0]} {word['text']}", *pieces[-1][1:])
        else:
            pieces.append((word["text"], category, str(named.get(category, ""))))
    return pieces


def _moments(rows: Sequence[Row]) -> list[Moment]:
    """The evidence of the rubric in order of time, each moment once."""
    found: dict[int, Moment] = {}
    for row in rows:
        for e in (row["evidence"] or ()) if row["principle"] else ():
            found.setdefault(round(e["start_s"]), Moment(e["start_s"], clock(e["start_s"]), timeline.shortened(e["text"] or "", QUOTED)))
    return sorted(found.values(), key=lambda m: m.start)


def _provenance(call: Row, turns: Sequence[Row], texts: Texts) -> list[tuple[str, str]]:
    heard = [(t["confidence"], len(t["words"] or ())) for t in turns if t["confidence"] is not None]
    confidence = aggregate.mean(heard)
    hertz = f"{texts.number(call['baseline_f0_hz'])} Hz" if call["baseline_f0_hz"] is not None else None
    source = texts.word("baseline_source", call["baseline_source"]) if call["baseline_source"] else None
    values = {
        "call_id": call["call_id"],
        "recorded_at": texts.moment(call["recorded_at"]),
        "language": texts.word("language", call["language"]),
        "channels": str(call["channels"]) if call["channels"] else None,
        "tags": ", ".join(f"{k}: {v}" for k, v in call["tags"] or ()),
        "transcriber": call["transcriber"],
        "confidence": texts.share(confidence) if confidence is not None else None,
        "diarizer": call["diarizer"],
        "role_source": texts.word("role_source", call["role_source"]),
        "role_confidence": texts.share(call["role_confidence"]) if call["role_confidence"] is not None else None,
        "role_reason": texts.role_reason(call["role_reason"]),
        "baseline": ", ".join(filter(None, [hertz, source])) or None,
        "rubric": call["rubric"],
        "lexicon": call["lexicon"],
        "software": call["software"],
        "scored_at": texts.moment(call["scored_at"]),
        "run_id": call["run_id"],
        "audio_sha256": call["audio_sha256"],
    }
    words = texts.group("provenance")
    return [(words[key], value or texts("unknown")) for key, value in values.items() if value or key != "tags"]
