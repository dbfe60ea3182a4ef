"""Interruptions by the customer per minute of agent talk.

Formula
-------
interruptions by the customer / minutes of the agent's speech

Unit
----
per minute of the agent's talk

Direction
---------
none: information

Needs
-----
roles; simultaneous speech; 60 s of the agent's talk

Reference
---------
PRINCIPLES, Definitions: a rate needs 60 s of its denominator.

Limits
------
Small counts make jumpy rates: read it with the count.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 120), ("customer", 119, 125, "interruption"))).value
0.5
>>> measure(call(("agent", 0, 20))).note
'too_short'
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at, rate_per_minute


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("customer", "interruption")
    return rate_per_minute(len(turns), conversation.talk("agent"), tuple(map(at, turns)))


METRIC = Metric("customer_interruption_rate", "1/min", 1, measure, needs_overlap=True)
