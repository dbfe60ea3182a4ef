"""The rows of the result tables (`tables`) from what was measured and judged."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Segment

from analyzers.conversation import PARTIES, Conversation, Turn
from analyzers.measurement import Measurement
from analyzers.metrics import METRICS
from analyzers.scoring import CriterionResult, PrincipleResult, Results
from analyzers.tables import SCHEMA_VERSION

Row = dict[str, Any]
TRACK_STEP = 0.1
"""s; the tracks table has ten rows a second."""


@dataclass(frozen=True)
class Call:
    """What is known of a recording before it is heard."""

    call_id: str
    audio_sha256: str
    recorded_at: datetime | None
    agent_id: str | None
    team: str | None
    language: str | None
    tags: Mapping[str, str]
    duration: float
    channels: int


@dataclass(frozen=True)
class Provenance:
    """What made a scorecard."""

    run_id: str
    scored_at: datetime
    transcriber: str
    diarizer: str
    software: str


def _span(segment: Segment) -> Row:
    return {"start_s": round(segment.start, 3), "end_s": round(segment.end, 3)}


def _common(conversation: Conversation, results: Results, call: Call, provenance: Provenance) -> Row:
    agent = next((s for s, role in conversation.roles.of.items() if role == "agent"), None)
    baseline = conversation.baselines.get(agent) if agent else None
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": provenance.run_id,
        "scored_at": provenance.scored_at,
        "call_id": call.call_id,
        "audio_sha256": call.audio_sha256,
        "recorded_at": call.recorded_at,
        "agent_id": call.agent_id,
        "team": call.team,
        "language": conversation.language,
        "tags": dict(call.tags),
        "duration_s": call.duration,
        "channels": call.channels,
        "role_source": conversation.roles.source,
        "role_confidence": conversation.roles.confidence,
        "role_reason": conversation.roles.reason,
        "baseline_source": baseline.source if baseline else None,
        "baseline_f0_hz": baseline.f0_hz if baseline else None,
        "call_points": results.points,
        "call_coverage": results.coverage,
        "rubric": results.rubric.identity,
        "lexicon": conversation.lexicon,
        "transcriber": provenance.transcriber,
        "diarizer": provenance.diarizer,
        "software": provenance.software,
    }


def _measured(metric: str, measurements: Mapping[str, Measurement]) -> Row:
    definition = next(m for m in METRICS if m.id == metric)
    m = measurements[metric]
    return {
        "metric": metric,
        "metric_version": definition.version,
        "unit": definition.unit,
        "value": m.value,
        "numerator": m.numerator,
        "denominator": m.denominator,
        "note": m.note,
        "evidence": [{**_span(e.segment), "text": e.text} for e in m.evidence],
    }


def _judged(principle: PrincipleResult, criterion: CriterionResult) -> Row:
    return {
        "status": criterion.status,
        "principle": principle.principle.id,
        "points": criterion.points,
        "weight": criterion.weight,
        "principle_points": principle.points,
        "principle_weight": principle.weight,
    }


def scorecard_rows(
    conversation: Conversation, measurements: Mapping[str, Measurement], results: Results, call: Call, provenance: Provenance
) -> list[Row]:
    """Rows of `tables.SCORECARDS`: one per criterion of the rubric, then one per metric outside it."""
    common = _common(conversation, results, call, provenance)
    rows = []
    for principle in results.principles:
        for criterion in principle.criteria:
            row = {**common, **_measured(criterion.criterion.metric, measurements), **_judged(principle, criterion)}
            rows.append({**row, "note": criterion.note or row["note"]})
    judged = {row["metric"] for row in rows}
    for metric in METRICS:
        if metric.id not in judged:
            row = {**common, **_measured(metric.id, measurements)}
            status = "information" if row["value"] is not None else "not_measurable"
            nothing = dict.fromkeys(("principle", "points", "weight", "principle_points", "principle_weight"))
            rows.append({**row, "status": status, **nothing})
    return rows


def _turn_row(conversation: Conversation, turn: Turn) -> Row:
    voice = conversation.voices.get(turn.index)
    heard = [w.confidence for w in turn.words if w.confidence is not None]
    pace = len(turn.words) / turn.talk * 60 if turn.talk >= 1.0 and turn.words else None
    shifts = ("pitch_st", "pitch_shift_st", "level_dbfs", "level_shift_db", "effort_shift_db")
    return {
        "schema_version": SCHEMA_VERSION,
        "call_id": conversation.call_id,
        "turn": turn.index,
        "role": turn.role,
        "speaker": turn.speaker,
        **_span(turn.segment),
        "speech": [_span(s) for s in turn.speech],
        "kind": turn.kind,
        "interrupts": turn.interrupts,
        "text": turn.text,
        "confidence": float(np.mean(heard)) if heard else None,
        "words": [
            {"text": w.text.strip(), "start_s": round(w.start, 3), "end_s": round(w.end, 3), "confidence": w.confidence} for w in turn.words
        ],
        "phrases": [{"category": p.category, **_span(p.segment), "text": p.text} for p in conversation.phrases if p.turn == turn.index],
        "heat": None,
        **{name: getattr(voice, name) if voice else None for name in shifts},
        "words_per_minute": pace,
    }


def turn_rows(conversation: Conversation) -> list[Row]:
    """Rows of `tables.TURNS`."""
    return [_turn_row(conversation, t) for t in conversation.turns]


def _thin(values: NDArray[np.float64], step: float, n: int) -> list[float | None]:
    """Median per `TRACK_STEP`, None where there is no value."""
    size = max(1, round(TRACK_STEP / step))
    out: list[float | None] = []
    for i in range(n):
        part = values[i * size : (i + 1) * size]
        part = part[~np.isnan(part)]
        out.append(float(np.median(part)) if len(part) else None)
    return out


def track_rows(conversation: Conversation, peaks: Mapping[str, Sequence[float]]) -> list[Row]:
    """Rows of `tables.TRACKS`: ten a second.

    Parameters
    ----------
    peaks : waveform peaks (0 to 1) of each role at ten a second.
    """
    n = int(np.ceil(conversation.duration / TRACK_STEP))
    columns: dict[str, Sequence[float | None]] = {}
    for role in PARTIES:
        speaker = next((s for s, r in conversation.roles.of.items() if r == role), None)
        prosody = conversation.prosody.get(speaker) if speaker else None
        for field in dataclasses.fields(prosody) if prosody else ():
            if field.name != "step":
                columns[f"{role}_{field.name}"] = _thin(getattr(prosody, field.name), prosody.step, n)  # type: ignore[union-attr]
        columns[f"{role}_peak"] = list(peaks.get(role, ()))[:n]
    names = ("f0_hz", "level_dbfs", "effort_db", "peak")
    rows = []
    for i in range(n):
        row: Row = {"schema_version": SCHEMA_VERSION, "call_id": conversation.call_id, "time_s": round(i * TRACK_STEP, 1)}
        for role in PARTIES:
            for name in names:
                column = columns.get(f"{role}_{name}", ())
                row[f"{role}_{name}"] = column[i] if i < len(column) else None
        rows.append(row)
    return rows
