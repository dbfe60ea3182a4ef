"""How far the agent's pitch rises above the own baseline in the highest turns.

Formula
-------
90th percentile of pitch_shift_st over the agent's floor turns with enough voiced speech of their
own, each turn counting by its voiced seconds

Unit
----
semitones

Direction
---------
lower is better

Needs
-----
roles; turns in which only the agent is heard

Reference
---------
PRINCIPLES, Definitions: semitones as in GeMAPS; baseline of the agent's own earlier calls, else of this call.

Limits
------
A lively voice is no raised voice: read it with effort and with the raised share. Names no feeling.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), voices={0: dict(pitch_shift_st=1.5)})).value
1.5
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric
from analyzers.shifts import highest


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    return highest(conversation, "pitch_shift_st")


METRIC = Metric("pitch_shift", "st", 1, measure, needs_voice=True)
