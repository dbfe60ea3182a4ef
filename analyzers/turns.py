"""Words and voice activity to turns: who holds the floor from when to when, and what is said meanwhile.

The unit below a turn is the inter-pausal unit: one speaker's speech without a pause of `JOIN` seconds or more. `transitions`
says of each unit whether it takes the floor; here units that follow each other on the floor become a turn.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from pyannote.core import Annotation, Segment, Timeline

from analyzers.conversation import FLOOR_KINDS, Kind, Roles, SystemAudio, Turn, Word

BRIDGE = 0.3
"""s; own pauses shorter than this are part of speech."""
DROP = 0.12
"""s; speech shorter than this is dropped."""
JOIN = 0.5
"""s; a pause of this length ends an inter-pausal unit."""
SPLIT = 3.0
"""s; an own pause longer than this splits a party's speech into two turns."""
REACH = 0.6
"""s; a word whose time lies in nobody's speech goes to a unit at most this far away."""


@dataclass(frozen=True)
class Unit:
    """An inter-pausal unit: one speaker's speech without a longer pause, its words, and its kind once that is known.

    `interrupts` is the position of the unit that is broken into, in the list of all units.
    """

    speaker: str
    segment: Segment
    speech: tuple[Segment, ...]
    words: tuple[Word, ...] = ()
    kind: Kind = "turn"
    interrupts: int | None = None


def clean(activity: Timeline, bridge: float = BRIDGE, drop: float = DROP) -> Timeline:
    """Speech of one speaker with short pauses bridged and blips dropped.

    >>> [tuple(s) for s in clean(Timeline([Segment(0, 1), Segment(1.2, 2), Segment(5, 5.1)]))]
    [(0, 2)]
    """
    spans: list[Segment] = []
    for segment in activity.support():
        if spans and segment.start - spans[-1].end < bridge:
            spans[-1] = Segment(spans[-1].start, segment.end)
        else:
            spans.append(segment)
    return Timeline([s for s in spans if s.duration >= drop])


def units_of(speaker: str, speech: Timeline) -> list[Unit]:
    """Inter-pausal units of one speaker from cleaned speech."""
    groups: list[list[Segment]] = []
    for segment in speech:
        if groups and segment.start - groups[-1][-1].end < JOIN:
            groups[-1].append(segment)
        else:
            groups.append([segment])
    return [Unit(speaker, Segment(g[0].start, g[-1].end), tuple(g)) for g in groups]


def _distance(segment: Segment, time: float) -> float:
    return float(max(segment.start - time, time - segment.end, 0.0))


def place_words(units: Sequence[Unit], words: Iterable[Word], channel_of: Callable[[str], int | None]) -> list[Unit]:
    """Give each word to the unit in which it was said: the speaker who speaks at its time. Units are in order of time.

    A word of a channel goes to that channel's speaker. Where two speak at once on one channel, the word stays with the speaker of the
    word before. Words further than `REACH` from any speech are dropped.
    """
    held: dict[int, list[Word]] = {i: [] for i in range(len(units))}
    starts = [u.segment.start for u in units]
    latest = list(accumulate((u.segment.end for u in units), max))
    before: str | None = None
    for word in words:
        middle = (word.start + word.end) / 2
        within = range(bisect_left(latest, middle - REACH), bisect_right(starts, middle + REACH))
        near = [
            (round(_distance(units[i].segment, middle), 2), units[i].speaker != before, i)
            for i in within
            if _distance(units[i].segment, middle) <= REACH and (word.channel is None or channel_of(units[i].speaker) == word.channel)
        ]
        if near:
            chosen = min(near)[2]
            held[chosen].append(word)
            before = units[chosen].speaker
    return [replace(u, words=tuple(sorted(held[i], key=lambda w: w.start))) for i, u in enumerate(units)]


def without(activity: Timeline, system: Iterable[Segment]) -> Timeline:
    """Speech outside announcements and hold music."""
    blocked = Timeline(system)
    return activity.extrude(blocked, mode="intersection") if blocked else activity


def inter_pausal_units(
    activity: Annotation, words: Sequence[Word], system: Sequence[SystemAudio], channel_of: Callable[[str], int | None]
) -> list[Unit]:
    """All speakers' units in order of time, each with its words, outside of system audio.

    Parameters
    ----------
    activity : speech of each speaker, overlaps kept.
    words : recognised words in order of time.
    system : announcements and hold music, which are nobody's speech.
    channel_of : the channel that a speaker label stands for, None on mono recordings.
    """
    units: list[Unit] = []
    for speaker in activity.labels():
        blocked = [s.segment for s in system if s.speaker == speaker]
        units += units_of(speaker, clean(without(activity.label_timeline(speaker), blocked)))
    units.sort(key=lambda u: (u.segment.start, u.speaker))
    outside = [
        w
        for w in words
        if not any(s.segment.overlaps((w.start + w.end) / 2) and w.channel in (None, channel_of(s.speaker)) for s in system)
    ]
    return place_words(units, outside, channel_of)


def assemble(units: Sequence[Unit], system: Sequence[SystemAudio], roles: Roles, parties: Sequence[str]) -> tuple[Turn, ...]:
    """Turns in order of time from classified units.

    Consecutive floor units of one of the two `parties` become one turn unless an own pause exceeds `SPLIT` or the other took the floor.
    """
    groups: list[list[int]] = []
    floor: list[int] | None = None
    for i, unit in enumerate(units):
        if unit.speaker not in parties:  # a third voice holds no floor of the two
            groups.append([i])
            continue
        if unit.kind in FLOOR_KINDS and floor is not None and unit.kind == "turn":
            last = units[floor[-1]]
            if last.speaker == unit.speaker and unit.segment.start - last.segment.end <= SPLIT:
                floor.append(i)
                continue
        groups.append([i])
        if unit.kind in FLOOR_KINDS:
            floor = groups[-1]
    rows: list[tuple[Segment, list[int] | SystemAudio]] = [
        (Segment(units[g[0]].segment.start, units[g[-1]].segment.end), g) for g in groups
    ]
    rows += [(s.segment, s) for s in system]
    rows.sort(key=lambda row: (row[0].start, row[0].end))
    turn_of = {unit: i for i, (_, row) in enumerate(rows) if isinstance(row, list) for unit in row}
    turns = []
    for i, (segment, row) in enumerate(rows):
        if isinstance(row, SystemAudio):
            turns.append(Turn(i, "other", row.speaker, segment, (), (), row.kind))
            continue
        members = [units[k] for k in row]
        first = members[0]
        turns.append(
            Turn(
                index=i,
                role=roles.of.get(first.speaker, "other"),
                speaker=first.speaker,
                segment=segment,
                speech=tuple(s for u in members for s in u.speech),
                words=tuple(w for u in members for w in u.words),
                kind=first.kind,
                interrupts=None if first.interrupts is None else turn_of[first.interrupts],
            )
        )
    return tuple(turns)
