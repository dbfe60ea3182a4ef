"""How often the customer interrupts the agent.

Formula
-------
count of the customer's turns of kind interruption (see analyzers/transitions.py)

Unit
----
count

Direction
---------
none: information

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
>>> measure(call(("agent", 0, 5), ("customer", 4, 9, "interruption"))).value
1.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("customer", "interruption")
    return Measurement(float(len(turns)), evidence=tuple(map(at, turns)))


METRIC = Metric("interruptions_by_customer", "count", 1, measure, needs_overlap=True)
