"""The longest stretch that the customer speaks without the agent taking the floor.

Formula
-------
longest run of the customer's floor turns with gaps under 2 s, first to last sound; backchannels and failed attempts
of the agent do not end it

Unit
----
seconds

Direction
---------
higher is better: the customer can speak without being interrupted

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
>>> measure(call(("customer", 0, 4), ("customer", 5, 10), ("agent", 10, 11))).value
10.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, missing
from analyzers.monologue import monologues


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    runs = monologues(conversation, "customer")
    if not runs:
        return missing("no_speech")
    longest = max(runs, key=lambda r: r.segment.duration)
    return Measurement(longest.segment.duration, evidence=(longest,))


METRIC = Metric("longest_customer_monologue", "s", 1, measure)
