"""Share of the agent's speech that is raised.

Formula
-------
seconds of speech in raised turns / seconds of speech in turns whose voice could be measured; raised: more than 3
semitones up, or more than 2 with effort up as well

Unit
----
share, 0 to 1

Direction
---------
lower is better

Needs
-----
roles; turns in which only the agent is heard

Reference
---------
PRINCIPLES, Definitions. On the scripted calls escalated agents speak 0.17 and 0.48 of the time raised, all others 0.00.

Limits
------
A raised voice can be a bad line: listen to the moments.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), ("agent", 10, 14), voices={0: dict(raised=True), 1: dict(raised=False)})).value
0.5
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at, ratio
from analyzers.shifts import measured


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = measured(conversation, "raised")
    raised = [t for t in turns if conversation.voices[t.index].raised]
    return ratio(sum(t.talk for t in raised), sum(t.talk for t in turns), evidence=tuple(map(at, raised)), reason="no_voiced_speech")


METRIC = Metric("raised_share", "share", 1, measure, needs_voice=True)
