"""How often the agent starts while the customer speaks and gives way.

Formula
-------
count of the agent's turns of kind failed_interruption

Unit
----
count

Direction
---------
lower is better

Needs
-----
roles; simultaneous speech

Reference
---------
PRINCIPLES, Definitions.

Limits
------
By sound alone a long listening signal and a short failed attempt cannot always be told apart.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("customer", 0, 5), ("agent", 2, 3, "failed_interruption"))).value
1.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("agent", "failed_interruption")
    return Measurement(float(len(turns)), evidence=tuple(map(at, turns)))


METRIC = Metric("failed_interruptions_by_agent", "count", 1, measure, needs_overlap=True)
