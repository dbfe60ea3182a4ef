"""Median length of the agent's turns.

Formula
-------
median over the agent's floor turns of their length, first to last sound

Unit
----
seconds

Direction
---------
lower is better

Needs
-----
roles

Reference
---------
PRINCIPLES: "Seien sie kurz und bündig".

Limits
------
Short answers pull it down: read it with the longest monologue.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), ("customer", 4, 5), ("agent", 5, 15), ("customer", 15, 16), ("agent", 16, 22))).value
6.0
"""

import numpy as np

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at, missing


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("agent", "turn", "interruption")
    if not turns:
        return missing("no_speech")
    longest = sorted(turns, key=lambda t: -t.segment.duration)[:3]
    return Measurement(float(np.median([t.segment.duration for t in turns])), evidence=tuple(map(at, longest)))


METRIC = Metric("median_agent_turn", "s", 1, measure)
