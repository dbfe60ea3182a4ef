"""How much louder the agent is than in the own calm turns, in the loudest turns.

Formula
-------
90th percentile of level_shift_db over the agent's floor turns with enough voiced speech of their
own, each turn counting by its voiced seconds

Unit
----
decibels

Direction
---------
lower is better

Needs
-----
roles; turns in which only the agent is heard

Reference
---------
dB of voiced speech against the same party's calm turns in the same call.

Limits
------
Gain control hides it and moving the microphone imitates it: little weight.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), voices={0: dict(level_shift_db=1.5)})).value
1.5
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric
from analyzers.shifts import highest


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    return highest(conversation, "level_shift_db")


METRIC = Metric("level_shift", "dB", 1, measure, needs_voice=True)
