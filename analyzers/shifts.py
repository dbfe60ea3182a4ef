"""The agent's turns whose voice could be measured, and how high the highest of them are."""

from __future__ import annotations

import numpy as np

from analyzers.conversation import Conversation, Turn
from analyzers.measurement import Measurement, at, missing

PERCENTILE = 90.0
"""Of the shifts over turns: high enough to catch a raised voice, low enough to bear one odd turn."""


def measured(conversation: Conversation, quantity: str) -> list[Turn]:
    """The agent's floor turns in which a quantity of `Voice` is known."""
    turns = conversation.by("agent", "turn", "interruption")
    return [t for t in turns if t.index in conversation.voices and getattr(conversation.voices[t.index], quantity) is not None]


def highest(conversation: Conversation, quantity: str) -> Measurement:
    """The percentile of a shift over the agent's turns, with the turns at or above it as evidence."""
    turns = measured(conversation, quantity)
    if not turns:
        return missing("no_voiced_speech")
    values = [float(getattr(conversation.voices[t.index], quantity)) for t in turns]
    value = float(np.percentile(values, PERCENTILE))
    return Measurement(value, evidence=tuple(at(t) for t, v in zip(turns, values, strict=True) if v >= value))
