"""Result tables of an invented night: real definitions of metrics and rubric, made-up talk, hostile names and texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analyzers import rubric, scoring, tables
from analyzers.conversation import Baseline, Conversation, Prosody, Roles
from analyzers.examples import call as conversation_of
from analyzers.measure import measure
from analyzers.scorecard import Call, Provenance, scorecard_rows, track_rows, turn_rows

HOSTILE_ID = '../<script>alert("1")</script> 50% Ünfug?#\'x'
HOSTILE_TEXT = "<img src=x onerror=alert(2)> </script><script>alert(3)</script> \"Bitte\" & 'danke' {{ 7 * 7 }}"
NIGHT = datetime(2026, 11, 23, 1, 10, tzinfo=UTC)

HEATED: list[tuple[Any, ...]] = [
    # role, start, end, kind, text, pitch shift of the agent in semitones
    ("agent", 0.9, 6.1, "turn", "Blitznetz, Kundenservice, guten Tag, Krause. Worum geht es denn?", 0.2),
    (
        "customer",
        6.5,
        14.2,
        "turn",
        "Guten Tag, hier ist Albers. Bei mir geht seit vier Tagen das Internet nicht mehr. Ich arbeite von zu Hause.",
        None,
    ),
    ("agent", 12.8, 13.1, "backchannel", "Ja.", None),
    (
        "agent",
        14.7,
        26.1,
        "turn",
        "Haben Sie denn schon den Stecker gezogen und neu gestartet? Das müssen Sie nämlich immer zuerst machen.",
        0.9,
    ),
    ("customer", 26.4, 33.6, "turn", "Ja, das habe ich natürlich gemacht. Mehrmals sogar, und es hat überhaupt nichts geändert.", None),
    ("agent", 32.4, 38.5, "interruption", "Dann haben Sie es falsch gemacht. Geben Sie mir mal Ihre Kundennummer.", 2.6),
    (
        "customer",
        39.0,
        53.9,
        "turn",
        "Vier sieben eins eins. Das ist jetzt der dritte Anruf. Niemand hat sich gemeldet, das ist eine Frechheit!",
        None,
    ),
    ("agent", 47.3, 47.9, "failed_interruption", "Frau Albers", None),
    ("agent", 54.2, 61.7, "turn", "Bitte beruhigen Sie sich. Ich kann ja nichts dafür, wenn die Technik nicht fertig wird.", 3.4),
    (
        "customer",
        61.9,
        70.8,
        "turn",
        "Sie müssen mir nicht sagen, dass ich mich beruhigen soll. Ich will wissen, wann es wieder geht.",
        None,
    ),
    (
        "agent",
        69.6,
        104.8,
        "interruption",
        "Jetzt hören Sie mir mal zu. " + "Wir haben im Moment sehr viele Störungen und da kommt jeder dran. " * 5,
        4.8,
    ),
    ("customer", 105.4, 112.0, "turn", "Das ist mir egal. Ich kündige, und zwar sofort.", None),
    ("agent", 112.5, 121.0, "turn", "Das tut mir leid. Ich sehe hier, dass morgen zwischen acht und zehn ein Techniker kommt.", 2.1),
    ("customer", 121.3, 127.0, "turn", "Warum sagen Sie das nicht gleich?", None),
    ("agent", 127.4, 136.0, "turn", "Ich schicke Ihnen den Termin jetzt gleich noch einmal als Nachricht auf Ihr Telefon.", 1.0),
    ("customer", 146.0, 149.5, "turn", "Gut. Dann warte ich bis morgen.", None),
    ("agent", 150.0, 156.4, "turn", "Vielen Dank für Ihre Geduld, Frau Albers. Auf Wiederhören.", 0.4),
]
CALM: list[tuple[Any, ...]] = [
    ("agent", 0.8, 6.0, "turn", "Nordlicht Energie, guten Tag, mein Name ist Sommer. Was kann ich für Sie tun?", 0.1),
    (
        "customer",
        6.4,
        25.0,
        "turn",
        "Brandt. Sie haben mir schon wieder eine falsche Rechnung geschickt, zum dritten Mal, und eine Mahnung dazu!",
        None,
    ),
    ("agent", 11.2, 11.6, "backchannel", "Mhm.", None),
    ("agent", 17.9, 18.5, "backchannel", "Verstehe.", None),
    (
        "agent",
        25.6,
        33.8,
        "turn",
        "Sie haben recht, Herr Brandt, das ist ein wichtiges Problem, und ich kann Ihren Ärger gut verstehen.",
        0.3,
    ),
    (
        "customer",
        34.3,
        52.2,
        "turn",
        "Neunhundert Euro soll ich nachzahlen, obwohl ich den Zähler selbst abgelesen und alles gemeldet habe.",
        None,
    ),
    ("agent", 41.0, 41.4, "backchannel", "Ja.", None),
    ("agent", 52.7, 60.9, "turn", "Das darf nicht sein. Ich sehe Ihren Zählerstand hier und prüfe das gleich.", -0.2),
    ("customer", 61.2, 70.0, "turn", "Gut. Beruhigen Sie sich, sagt man mir sonst immer. Das hilft mir nicht.", None),
    (
        "agent",
        70.4,
        79.5,
        "turn",
        "Der alte Stand war vertauscht. Ich storniere die Mahnung und schicke Ihnen heute die neue Rechnung.",
        0.6,
    ),
    ("customer", 79.9, 93.0, "turn", "So einfach? Dann bin ich zufrieden. Vielen Dank, dass Sie mir zugehört haben.", None),
    ("agent", 93.4, 99.0, "turn", "Sehr gern. Auf Wiederhören, Herr Brandt.", 0.0),
]
SHORT: list[tuple[Any, ...]] = [
    ("agent", 0.5, 3.0, "turn", "Guten Tag, Lindner.", None),
    ("customer", 3.2, 6.0, "turn", "Falsch verbunden.", None),
]


def make(rows: list[tuple[Any, ...]], call_id: str, *, certain: bool = True, hold: bool = False, text: str = "") -> Conversation:
    """A conversation with words, phrases, voices and tracks; without certain roles its speakers are unknown."""
    ordered = sorted(rows, key=lambda r: r[1])
    shifts = {i: r[5] for i, r in enumerate(ordered) if r[5] is not None}
    voices = {
        i: dict(
            pitch_st=s,
            pitch_shift_st=s,
            level_dbfs=-26 + 1.2 * s,
            level_shift_db=1.2 * s,
            effort_shift_db=1.5 * s,
            voiced=5.0,
            raised=s > 3,
        )
        for i, s in shifts.items()
    }
    ordered = [(*r[:4], f"{r[4]} {text}" if text and i == 1 else r[4]) for i, r in enumerate(ordered)]
    conversation = conversation_of(*ordered, voices=voices, call_id=call_id)
    conversation = replace(conversation, duration=conversation.duration + 1.5, turns=tuple(_broken(conversation)))
    speakers: dict[str, Any] = {"agent": "agent", "customer": "customer"}
    prosody = {s: _prosody(conversation, s, shifts) for s in speakers}
    reason = "agent: offers help (1), handles the case (2), speaks first; customer: introduces as caller (1), complains (3)"
    roles = Roles(speakers, "wording", 0.97, reason, True)
    if not certain:
        roles = Roles(
            {"agent": "unknown", "customer": "unknown"}, "wording", 0.56, "agent: nothing telling; customer: nothing telling", False
        )
        turns = tuple(replace(t, role="unknown", speaker=f"channel_{int(t.speaker == 'customer')}") for t in conversation.turns)
        conversation = replace(conversation, turns=turns, voices={})
        prosody = {}
    return replace(conversation, roles=roles, prosody=prosody, baselines={"agent": Baseline(118.0, "call")} if certain else {})


def _broken(conversation: Conversation) -> Iterable[Any]:
    for turn in conversation.turns:
        before = [t.index for t in conversation.turns if t.index < turn.index and t.role != turn.role]
        yield replace(turn, interrupts=before[-1]) if turn.kind == "interruption" else turn


def _prosody(conversation: Conversation, speaker: str, shifts: dict[int, float]) -> Prosody:
    rng = np.random.default_rng(1)
    n = int(conversation.duration * 10)
    tracks = np.full((3, n), np.nan)
    for turn in conversation.by(speaker):  # type: ignore[arg-type]
        a, b = int(turn.segment.start * 10), int(turn.segment.end * 10)
        s = shifts.get(turn.index, 0.0) + np.cumsum(rng.normal(0, 0.4, b - a)) * 0.4
        tracks[:, a:b] = 118.0 * 2 ** (s / 12), -26 + 1.2 * s + rng.normal(0, 1.5, b - a), -12 + 1.5 * s
    tracks[0, rng.random(n) < 0.3] = np.nan
    return Prosody(0.1, *tracks)


def peaks(conversation: Conversation) -> dict[str, list[float]]:
    rng = np.random.default_rng(2)
    out: dict[str, list[float]] = {}
    for role in ("agent", "customer"):
        values = 0.01 * rng.random(int(np.ceil(conversation.duration * 10)))
        for turn in conversation.by(role):  # type: ignore[arg-type]
            a, b = int(turn.segment.start * 10), int(turn.segment.end * 10)
            values[a:b] = 0.5 * np.abs(np.sin(np.arange(b - a) * 0.7)) * rng.random(b - a) + 0.05
        out[role] = values.tolist()
    return out


def write(out: Path, table: str, name: str, rows: list[dict[str, Any]], date: str = "") -> None:
    path = out / table / date / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=tables.SCHEMAS[table]), path)


def put(
    out: Path,
    conversation: Conversation,
    *,
    minutes: int | None,
    agent: str | None = "Krause",
    team: str | None = "Technik",
    tags: dict[str, str] | None = None,
) -> str:
    """Write the tables of a call, recorded so many minutes after noon or nobody knows when; returns the safe name of its files."""
    name = quote(conversation.call_id, safe="")
    name = f"%2E{name[1:]}" if name.startswith(".") else name
    results = scoring.score(rubric.load(), conversation, measurements := measure(conversation), 0.6)
    recorded = NIGHT - timedelta(hours=12) + timedelta(minutes=minutes) if minutes is not None else None
    call = Call(conversation.call_id, "ab" * 32, recorded, agent, team, "de", tags or {}, conversation.duration, 2)
    made = Provenance("run-2", NIGHT, "faster-whisper 1.2.1 base int8", "channels silero-vad 6.2.3", "tonlage 0.1.0, python 3.11")
    date = f"date={recorded.date().isoformat() if recorded else 'unknown'}"
    write(out, "scorecards", name, scorecard_rows(conversation, measurements, results, call, made), date)
    write(out, "turns", name, turn_rows(conversation), date)
    write(out, "tracks", name, track_rows(conversation, peaks(conversation)), date)
    return name


def run_row(
    file: str, call_id: str | None, status: str, reason: str | None = None, message: str | None = None, run_id: str = "run-2"
) -> dict[str, Any]:
    start = NIGHT if run_id == "run-2" else NIGHT - timedelta(days=1)
    return {
        **{"run_id": run_id, "file": file, "call_id": call_id, "status": status, "reason_code": reason, "message": message},
        **{"seconds": 4.2, "started_at": start, "ended_at": start + timedelta(minutes=42)},
    }


@pytest.fixture(scope="session")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six calls, one of them of the night before, and three recordings that failed."""
    out = tmp_path_factory.mktemp("night")
    return make_night(out)


def make_night(out: Path) -> Path:
    put(out, make(HEATED, "2026-11-22_1412_albers"), minutes=10, tags={"warteschlange": "Störung"})
    put(out, make(CALM, "2026-11-22_1455_brandt"), minutes=53, agent="Sommer", team="Abrechnung")
    put(out, make(HEATED[:9], HOSTILE_ID, text=HOSTILE_TEXT), minutes=80, agent="<b>Lindner</b>", team="Technik & Co")
    put(out, make(CALM, "unsichere_rollen", certain=False), minutes=95, agent=None, team=None)
    put(out, make(SHORT, "kurz"), minutes=99, agent="Sommer", team="Abrechnung")
    put(out, make(CALM[:8], "gestern"), minutes=-1300, agent="Sommer", team="Abrechnung")
    write(out, "runs", "run-1", [run_row("gestern.wav", "gestern", "scored", run_id="run-1")])
    scored = ["2026-11-22_1412_albers", "2026-11-22_1455_brandt", HOSTILE_ID, "unsichere_rollen"]
    rows = [run_row(f"{c}.wav", c, "scored") for c in scored] + [run_row("kurz.wav", "kurz", "unchanged")]
    rows += [
        run_row("aufnahmen/leer.wav", None, "failed", "empty_file", "aufnahmen/leer.wav has no bytes; record again or remove it"),
        run_row(
            "<script>alert(4)</script>.wav",
            None,
            "failed",
            "not_audio",
            "the bytes are no audio of a known format; expected wav, flac, mp3, m4a or ogg",
        ),
        run_row(
            "doppelt.wav", "doppelt", "failed", "duplicate_content", "doppelt.wav has the same bytes as brandt.wav; remove one of the two"
        ),
    ]
    write(out, "runs", "run-2", rows)
    return out


@pytest.fixture(scope="session")
def site_of() -> Callable[..., Any]:
    """`render_site` with the usual settings."""
    from reports.render import render_site

    def site(out: Path, language: str = "de", audio: dict[str, str] | None = None, voice_measures: str = "full") -> Any:
        return render_site(out, language, audio or {}, voice_measures, timezone="Europe/Berlin")

    return site
