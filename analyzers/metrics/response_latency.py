"""How long the customer waits for the agent to begin.

Formula
-------
median over the agent's turns that follow a customer's of start - end of the customer's last speech (floor transfer
offset; negative: overlap)

Unit
----
seconds

Direction
---------
near 0.2 s in everyday talk; long waits read as inattention

Needs
-----
roles

Reference
---------
Levinson & Torreira 2015, Timing in turn-taking.

Limits
------
Turns after more than 10 s of silence are look-ups, not answers, and are left out.

Examples
--------
>>> from analyzers.examples import call
>>> round(measure(call(("customer", 0, 4), ("agent", 4.5, 9))).value, 2)
0.5
"""

from itertools import pairwise

import numpy as np

from analyzers.conversation import FLOOR_KINDS, PARTIES, Conversation
from analyzers.measurement import Measurement, Metric, at, missing

LOOK_UP = 10.0
"""s; a longer silence is a look-up, not a slow answer."""


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    floor = [t for t in conversation.turns if t.kind in FLOOR_KINDS and t.role in PARTIES]
    pairs = [
        (b.segment.start - a.segment.end, b) for a, b in pairwise(floor) if (a.role, b.role) == ("customer", "agent") and b.kind == "turn"
    ]
    pairs = [(offset, turn) for offset, turn in pairs if offset <= LOOK_UP]
    if not pairs:
        return missing("no_answer")
    slowest = sorted(pairs, key=lambda p: -p[0])[:3]
    return Measurement(float(np.median([offset for offset, _ in pairs])), evidence=tuple(at(turn) for _, turn in slowest))


METRIC = Metric("response_latency", "s", 1, measure)
