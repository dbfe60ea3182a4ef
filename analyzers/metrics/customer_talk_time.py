"""Seconds that the customer speaks.

Formula
-------
sum of the party's speech, own pauses of 0.3 s and more left out; backchannels count

Unit
----
seconds

Direction
---------
none: information

Needs
-----
roles

Reference
---------
Amazon Contact Lens and others give the same quantity as talk time.

Limits
------
Voice activity can lose very quiet speech; a mono mix loses part of simultaneous speech.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("customer", 0, 5), ("agent", 5, 8))).value
5.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    return Measurement(conversation.talk("customer"))


METRIC = Metric("customer_talk_time", "s", 1, measure)
