"""The agent's turns whose voice could be measured, and how high the highest of them are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analyzers.conversation import Conversation, Turn
from analyzers.measurement import Measurement, at, missing

PERCENTILE = 90.0
"""Of the agent's voiced speech: high enough to catch a raised voice, low enough to bear one odd turn."""


def measured(conversation: Conversation, quantity: str) -> list[Turn]:
    """The agent's floor turns in which a quantity of `Voice` is known."""
    turns = conversation.by("agent", "turn", "interruption")
    return [t for t in turns if t.index in conversation.voices and getattr(conversation.voices[t.index], quantity) is not None]


def weighted_percentile(values: Sequence[float], weights: Sequence[float], percentile: float) -> float:
    """Percentile of values that count by their weight, straight lines between their middles.

    >>> weighted_percentile([1, 2, 3], [1, 1, 1], 50), weighted_percentile([0, 8], [9, 1], 50)
    (2.0, 0.8)
    """
    order = np.argsort(values)
    shares = np.asarray(weights, dtype=float)[order]
    middles = (np.cumsum(shares) - shares / 2) / shares.sum()
    return float(np.interp(percentile / 100, middles, np.asarray(values, dtype=float)[order]))


def highest(conversation: Conversation, quantity: str) -> Measurement:
    """The percentile of a shift over the agent's turns, each counting by its voiced seconds, with the turns at or above it as evidence.

    Unweighted, three short questions with their rising end would outweigh a long calm answer, and a long raised one count for little.
    """
    turns = measured(conversation, quantity)
    if not turns:
        return missing("no_voiced_speech")
    voices = [conversation.voices[t.index] for t in turns]
    values = [float(getattr(v, quantity)) for v in voices]
    value = weighted_percentile(values, [v.voiced for v in voices], PERCENTILE)
    return Measurement(value, evidence=tuple(at(t) for t, v in zip(turns, values, strict=True) if v >= value))
