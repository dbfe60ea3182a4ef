"""Interruptions by the agent per minute of customer talk.

Formula
-------
interruptions by the agent / minutes of the customer's speech

Unit
----
per minute of the customer's talk

Direction
---------
lower is better

Needs
-----
roles; simultaneous speech; 60 s of the customer's talk

Reference
---------
PRINCIPLES, Definitions: a rate needs 60 s of its denominator.

Limits
------
Small counts make jumpy rates: read it with the count.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("customer", 0, 120), ("agent", 119, 125, "interruption"))).value
0.5
>>> measure(call(("customer", 0, 20))).note
'too_short'
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at, rate_per_minute


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("agent", "interruption")
    return rate_per_minute(len(turns), conversation.talk("customer"), tuple(map(at, turns)))


METRIC = Metric("agent_interruption_rate", "1/min", 1, measure, needs_overlap=True)
