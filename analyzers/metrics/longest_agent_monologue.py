"""The longest stretch that the agent speaks without the customer taking the floor.

Formula
-------
longest run of the agent's floor turns with gaps under 2 s, first to last sound; backchannels and failed attempts of
the customer do not end it

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
PRINCIPLES, Definitions.

Limits
------
Own pauses inside the stretch count.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), ("agent", 5, 10), ("customer", 10, 11))).value
10.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, missing
from analyzers.monologue import monologues


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    runs = monologues(conversation, "agent")
    if not runs:
        return missing("no_speech")
    longest = max(runs, key=lambda r: r.segment.duration)
    return Measurement(longest.segment.duration, evidence=(longest,))


METRIC = Metric("longest_agent_monologue", "s", 1, measure)
