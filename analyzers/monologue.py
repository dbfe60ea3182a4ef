"""Stretches in which one party keeps the floor."""

from __future__ import annotations

from pyannote.core import Segment

from analyzers.conversation import FLOOR_KINDS, PARTIES, Conversation, Role
from analyzers.measurement import Evidence

GAP = 2.0
"""s; a longer own pause ends a monologue."""


def monologues(conversation: Conversation, role: Role) -> list[Evidence]:
    """Runs of a role's floor turns with gaps under `GAP`, not ended by backchannels or failed attempts of the other."""
    runs: list[Evidence] = []
    before: Role | None = None
    for turn in conversation.turns:
        if turn.kind not in FLOOR_KINDS or turn.role not in PARTIES:
            continue
        if turn.role == role:
            if before == role and runs and turn.segment.start - runs[-1].segment.end < GAP:
                runs[-1] = Evidence(Segment(runs[-1].segment.start, turn.segment.end), f"{runs[-1].text} {turn.text}".strip())
            else:
                runs.append(Evidence(turn.segment, turn.text))
        before = turn.role
    return runs
