"""The agent's share of both parties' talk.

Formula
-------
agent's seconds of speech / (agent's + customer's seconds of speech)

Unit
----
share, 0 to 1

Direction
---------
lower is better where the customer has something to get off the chest

Needs
-----
roles

Reference
---------
PRINCIPLES, Definitions. Amazon Contact Lens divides by the length of the call instead: the numbers differ.

Limits
------
Silence, hold music and announcements do not count.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), ("customer", 4, 10))).value
0.4
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at, ratio


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    agent, customer = conversation.talk("agent"), conversation.talk("customer")
    longest = sorted(conversation.by("agent", "turn", "interruption"), key=lambda t: -t.talk)[:3]
    return ratio(agent, agent + customer, evidence=tuple(map(at, longest)), reason="no_speech")


METRIC = Metric("agent_talk_share", "share", 1, measure)
