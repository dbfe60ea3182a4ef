"""How far the agent's vocal effort rises above the own calm turns, in the highest turns.

Formula
-------
90th percentile of effort_shift_db over the agent's floor turns with enough voiced speech of their
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
Energy 1 to 3.4 kHz over 50 to 1000 Hz on voiced frames; no gain control can hide it.

Limits
------
Compares turns of one call only: headsets and codecs differ between calls.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), voices={0: dict(effort_shift_db=1.5)})).value
1.5
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric
from analyzers.shifts import highest


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    return highest(conversation, "effort_shift_db")


METRIC = Metric("effort_shift", "dB", 1, measure, needs_voice=True)
