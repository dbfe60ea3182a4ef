"""What each inter-pausal unit does to the floor: take it (turn, interruption) or leave it (backchannel, failed interruption).

Definitions (PRINCIPLES, "Definitions"): a start within the last 0.5 s of the other's speech is normal turn-taking [1]_; a start
while the other speaks, overlapping for longer, is an interruption if the other stops within 2 s and the interrupter keeps the
floor for 1 s, and a failed interruption if the other goes on. A short token inside the other's speech is a backchannel.

.. [1] Chowdhury, Danieli, Riccardi: Annotating and categorizing competition in overlap speech, and Interspeech 2016.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pyannote.core import Segment

from analyzers.conversation import Kind
from analyzers.turns import Unit

OVERLAP = 0.5
"""s of simultaneous speech up to which a start is a transition overlap, with one channel per party."""
OVERLAP_MONO = 0.8
"""s; the same where simultaneous speech is estimated from a mono mix."""
YIELD = 2.0
"""s within which the interrupted speaker stops."""
KEEP = 1.0
"""s for which the interrupter keeps the floor."""
AFTER = 0.3
"""s that the interrupter at least goes on once the other has stopped."""
BACKCHANNEL = 1.0
"""s; the longest backchannel."""
BACKCHANNEL_WORDS = 3
UNLISTED_WORDS = 2
"""Up to so many words that are in no list still count as a listening token while the other goes on: in doubt for the speaker."""
NEAR = 1.0
"""s; a pause up to this length around a short unit leaves the floor with the speaker who goes on."""
TIGHT = 0.3
"""s; a pause so short around an unrecognised token is a pause inside the other's speech, not a change of floor."""
SIMULTANEOUS = 0.3
"""s; two units that start within this time of each other started together: neither interrupts."""
HEARD = 0.5
"""Confidence from which a word counts as recognised."""


def overlap_threshold(one_channel_each: bool) -> float:
    """Seconds of simultaneous speech above which a start counts as breaking in."""
    return OVERLAP if one_channel_each else OVERLAP_MONO


def _recognised(unit: Unit) -> list[str]:
    return [w.text for w in unit.words if w.confidence is None or w.confidence >= HEARD]


def _asked(units: Sequence[Unit]) -> bool:
    """Whether the last words said end as a question: a short reply to it is an answer, no backchannel."""
    return bool(units) and bool(units[-1].words) and units[-1].words[-1].text.rstrip().endswith("?")


def classify(units: Sequence[Unit], parties: Sequence[str], is_backchannel: Callable[[str], bool], threshold: float) -> list[Unit]:
    """Give each unit of the two parties its kind and, for an interruption, the unit it breaks into.

    Parameters
    ----------
    units : in order of time; units of third voices stay turns.
    parties : the labels of the two parties.
    is_backchannel : whether a text consists of listening tokens only, by the language's lexicon.
    threshold : s of overlap above which a start breaks in (`overlap_threshold`).
    """
    units = [part for unit in units for part in _peel(unit, [u for u in units if u.speaker != unit.speaker], is_backchannel)]
    out = []
    for unit in units:
        if unit.speaker not in parties:
            out.append(unit)
            continue
        others = [u for u in units if u.speaker in parties and u.speaker != unit.speaker]
        kind, broken = _kind(unit, others, is_backchannel, threshold)
        out.append(replace(unit, kind=kind, interrupts=None if broken is None else units.index(broken)))
    return out


def _peel(unit: Unit, others: Sequence[Unit], is_backchannel: Callable[[str], bool]) -> list[Unit]:
    """Part a listening token from what the same speaker says once the other has finished ("Yes. … Yes, of course I did")."""
    if len(unit.speech) < 2 or unit.speech[0].duration > BACKCHANNEL:
        return [unit]
    pause = (unit.speech[0].end + unit.speech[1].start) / 2
    head = tuple(w for w in unit.words if (w.start + w.end) / 2 < pause)
    if not head or len(head) > BACKCHANNEL_WORDS or not is_backchannel(" ".join(w.text for w in head)):
        return [unit]
    rest = unit.speech[1:]
    if any(u.segment.start <= rest[0].start < u.segment.end - SIMULTANEOUS for u in others):
        return [unit]
    return [
        replace(unit, segment=unit.speech[0], speech=unit.speech[:1], words=head),
        replace(unit, segment=Segment(rest[0].start, rest[-1].end), speech=rest, words=unit.words[len(head) :]),
    ]


def _kind(unit: Unit, others: Sequence[Unit], is_backchannel: Callable[[str], bool], threshold: float) -> tuple[Kind, Unit | None]:
    start, end = unit.segment.start, unit.segment.end
    before = [u for u in others if u.segment.start <= start]
    holder = before[-1] if before else None
    after = [u for u in others if u.segment.end > end and u.segment.start > start]
    resumes = after[0].segment.start - end if after else float("inf")
    words = _recognised(unit)
    listed = bool(words) and len(words) <= BACKCHANNEL_WORDS and is_backchannel(" ".join(words))
    short = unit.segment.duration <= BACKCHANNEL

    if holder is None:
        return "turn", None
    if holder.segment.end > end:  # said entirely while the other speaks, who goes on
        if short and (listed or len(words) <= UNLISTED_WORDS):
            return "backchannel", None
        return "failed_interruption", holder
    if holder.segment.end > start:  # the other stops during this unit
        overlap = holder.segment.end - start
        goes_on = resumes <= NEAR and not _asked(before)
        if short and goes_on and (listed or len(words) <= 1):
            return "backchannel", None
        continued = len(before) > 1 and holder.segment.start - before[-2].segment.end <= NEAR
        together = start - holder.segment.start < SIMULTANEOUS and not continued
        if overlap <= threshold or together:
            return "turn", None
        kept = _kept(unit, holder.segment.end, others)
        if overlap <= YIELD and kept >= KEEP:
            return "interruption", holder
        return ("failed_interruption", holder) if kept < KEEP and after else ("turn", None)
    pause = start - holder.segment.end  # said while the other is silent
    if short and not _asked(before):
        if listed and pause <= NEAR and resumes <= NEAR:
            return "backchannel", None
        if len(words) <= 1 and (resumes < 0 or (pause <= TIGHT and resumes <= TIGHT)) and pause <= NEAR:
            return "backchannel", None
    return "turn", None


def _kept(unit: Unit, since: float, others: Sequence[Unit]) -> float:
    """Seconds from the other's stop until the other speaks again for longer than a backchannel."""
    if unit.segment.end - since < AFTER:
        return 0.0
    return (
        min((u.segment.start for u in others if u.segment.start >= since and u.segment.duration > BACKCHANNEL), default=float("inf"))
        - since
    )
