"""Listening signals of the agent per minute of customer talk.

Formula
-------
the agent's backchannels / minutes of the customer's speech

Unit
----
per minute of the customer's talk

Direction
---------
higher is better, as credit only; never held against anybody

Needs
-----
roles; simultaneous speech; 60 s of the customer's talk

Reference
---------
PRINCIPLES, Definitions: a token up to 1 s and 3 words inside the other's turn, floor not taken.

Limits
------
Very quiet tokens are lost, more so on mono recordings.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("customer", 0, 60), ("agent", 20, 20.4, "backchannel", "Mhm."))).value
1.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at, rate_per_minute


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("agent", "backchannel")
    return rate_per_minute(len(turns), conversation.talk("customer"), tuple(map(at, turns)))


METRIC = Metric("listening_signals", "1/min", 1, measure, needs_overlap=True)
