"""How often the agent interrupts the customer.

Formula
-------
count of the agent's turns of kind interruption (see analyzers/transitions.py)

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
PRINCIPLES, Definitions: overlap over 0.5 s (mono 0.8 s), the other stops within 2 s, the floor is kept for 1 s.

Limits
------
On mono recordings short simultaneous speech is estimated; there, only longer overlaps count.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("customer", 0, 5), ("agent", 4, 9, "interruption"))).value
1.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("agent", "interruption")
    return Measurement(float(len(turns)), evidence=tuple(map(at, turns)))


METRIC = Metric("interruptions_by_agent", "count", 1, measure, needs_overlap=True)
