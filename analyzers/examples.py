"""Small conversations for doctests and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyannote.core import Segment

from analyzers import lexicon as lexicons
from analyzers.conversation import Conversation, Roles, Turn, Voice, Word

_NO_VOICE: dict[str, Any] = dict(
    pitch_st=None, pitch_shift_st=None, level_dbfs=None, level_shift_db=None, effort_shift_db=None, voiced=5.0, raised=None
)


def call(
    *rows: tuple[Any, ...], language: str = "de", voices: Mapping[int, Mapping[str, Any]] | None = None, **changes: Any
) -> Conversation:
    """A conversation from rows of role, start, end, kind and text; words are spread evenly over their turn.

    >>> [t.text for t in call(("agent", 0, 2, "turn", "Guten Tag")).turns]
    ['Guten Tag']
    """
    turns = []
    for index, row in enumerate(sorted(rows, key=lambda r: r[1])):
        complete: tuple[Any, ...] = (*row, *("turn", "")[len(row) - 3 :])
        role, start, end, kind, text = complete
        texts = text.split()
        step = (end - start) / max(1, len(texts))
        words = tuple(Word(t, start + i * step, start + (i + 1) * step, 0.9) for i, t in enumerate(texts))
        segment = Segment(float(start), float(end))
        speech = () if kind in ("hold", "ivr") else (segment,)
        turns.append(Turn(index, role, role, segment, speech, words, kind))
    lexicon = lexicons.load(language)
    return Conversation(
        **{
            "call_id": "example",
            "duration": max(t.segment.end for t in turns),
            "language": language,
            "turns": tuple(turns),
            "roles": Roles({"agent": "agent", "customer": "customer"}, "metadata", 1.0, "given", True),
            "phrases": tuple(p for t in turns for p in lexicons.find(lexicon, t)) if lexicon else (),
            "voices": {i: Voice(**{**_NO_VOICE, **v}) for i, v in (voices or {}).items()},
            "lexicon": lexicon.identity if lexicon else None,
            **changes,
        }
    )
