"""Who speaks when, as a picture: one lane per party, marks for interruptions, listening signals and phrases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyannote.core import Segment, Timeline

from reports import charts
from reports.load import Row
from reports.texts import Texts, clock

MARKED_KINDS = ("interruption", "failed_interruption", "backchannel")
SYSTEM_KINDS = ("hold", "ivr")
TITLE = 90
"""Most letters of a turn in the text that appears under the pointer."""


@dataclass(frozen=True)
class Block:
    """A stretch of the axis; places are percent of its width."""

    x: str
    width: str
    start: float
    title: str
    kind: str = ""


@dataclass(frozen=True)
class Lane:
    """One party."""

    role: str
    label: str
    blocks: Sequence[Block]
    marks: Sequence[Block]
    speech: str
    wave: str


@dataclass(frozen=True)
class Picture:
    """The whole timeline; `legend` names each sign that occurs, with counts."""

    lanes: Sequence[Lane]
    bands: Sequence[Block]
    ticks: Sequence[tuple[str, str]]
    legend: Sequence[tuple[str, str, int]]


def speakers(turns: Sequence[Row], texts: Texts) -> dict[str, tuple[str, str]]:
    """Role and name of each speaker; where the role is unknown, speakers are numbered."""
    names: dict[str, tuple[str, str]] = {}
    for turn in turns:
        if turn["speaker"] not in names:
            unknown = sum(role == "unknown" for role, _ in names.values())
            name = texts("speaker", number=unknown + 1) if turn["role"] == "unknown" else texts.word("role", turn["role"])
            names[turn["speaker"]] = (turn["role"], name)
    return names


def shortened(text: str, most: int) -> str:
    """A text that is cut at a word.

    >>> shortened("Guten Tag Frau Albers", 12)
    'Guten Tag …'
    """
    return text if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"


def picture(turns: Sequence[Row], tracks: Mapping[str, list[Any]], duration: float, texts: Texts) -> Picture:
    """Build the timeline of a call."""
    names = speakers(turns, texts)
    talk: dict[str, float] = {}
    for turn in turns:
        if turn["kind"] not in SYSTEM_KINDS and turn["role"] != "other":
            talk[turn["speaker"]] = talk.get(turn["speaker"], 0.0) + turn["end_s"] - turn["start_s"]
    order = {"agent": 0, "customer": 1}
    parties = sorted(sorted(talk, key=lambda s: -talk[s])[:2], key=lambda s: (order.get(names[s][0], 2), names[s][1]))
    lanes = [
        _lane([t for t in turns if t["speaker"] == s and t["kind"] not in SYSTEM_KINDS], names[s], tracks, duration, texts) for s in parties
    ]
    bands = [_block(t, duration, texts.word("kind", t["kind"])) for t in turns if t["kind"] in SYSTEM_KINDS]
    bands += _silences(turns, duration, texts)
    kinds = [mark.kind for lane in lanes for mark in lane.marks] + [band.kind for band in bands]
    words = {**texts.group("kind"), **texts.group("phrase")}
    legend = [(kind, words[kind], kinds.count(kind)) for kind in words if kind in kinds]
    axis = [(charts.percent(t, duration), clock(t)) for t in charts.ticks(duration)]
    return Picture(lanes, bands, axis, legend)


def _block(turn: Row, duration: float, label: str) -> Block:
    text = shortened(turn["text"] or "", TITLE)
    start, end = turn["start_s"], turn["end_s"]
    width = charts.percent(end - start, duration)
    return Block(charts.percent(start, duration), width, start, f"{clock(start)} {label}" + (f": {text}" if text else ""), turn["kind"])


def _lane(turns: Sequence[Row], name: tuple[str, str], tracks: Mapping[str, list[Any]], duration: float, texts: Texts) -> Lane:
    role, label = name
    speech = [(s["start_s"], s["end_s"]) for t in turns for s in t["speech"] or ()]
    marks = [_block(t, duration, texts.word("kind", t["kind"])) for t in turns if t["kind"] in MARKED_KINDS]
    for turn in turns:
        for phrase in turn["phrases"] or ():
            if phrase["category"] in texts.group("phrase"):
                said = f"{clock(phrase['start_s'])} {texts.word('phrase', phrase['category'])}: {phrase['text']}"
                marks.append(Block(charts.percent(phrase["start_s"], duration), "0", phrase["start_s"], said, phrase["category"]))
    wave = charts.waveform(tracks["time_s"], tracks[f"{role}_peak"], speech, duration) if role in ("agent", "customer") else ""
    blocks = [_block(t, duration, label) for t in turns]
    return Lane(role, label, blocks, marks, charts.spans(speech, duration), wave)


def _silences(turns: Sequence[Row], duration: float, texts: Texts) -> list[Block]:
    from analyzers.metrics.non_talk_share import SILENCE

    heard = Timeline([Segment(s["start_s"], s["end_s"]) for t in turns for s in (t["speech"] or [t])])
    blocks = []
    for gap in heard.gaps(Segment(0, duration)):
        if gap.duration > SILENCE:
            title = f"{clock(gap.start)} {texts.word('kind', 'silence')}, {texts.quantity(gap.duration, 's')}"
            blocks.append(Block(charts.percent(gap.start, duration), charts.percent(gap.duration, duration), gap.start, title, "silence"))
    return blocks
