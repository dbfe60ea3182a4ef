"""Share of the call in which nobody speaks for longer than 3 s.

Formula
-------
seconds of silences longer than 3 s / call length, hold music and announcements left out of both

Unit
----
share, 0 to 1

Direction
---------
lower is better; look-ups on the screen are part of the work

Needs
-----
speech of both parties

Reference
---------
Amazon Contact Lens counts non-talk from 3 s, Google CX Insights from 5 s.

Limits
------
Silence before the first and after the last word counts where it is longer than 3 s.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4), ("customer", 8, 10))).value
0.4
"""

from pyannote.core import Segment, Timeline

from analyzers.conversation import Conversation
from analyzers.measurement import Evidence, Measurement, Metric, ratio

SILENCE = 3.0
"""s; shorter silences are pauses."""


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    spoken = Timeline([s for t in conversation.turns for s in (t.speech or (t.segment,))])
    system = Timeline([t.segment for t in conversation.turns if t.kind in ("hold", "ivr")]).duration()
    gaps = [g for g in spoken.gaps(Segment(0, conversation.duration)) if g.duration > SILENCE]
    longest = sorted(gaps, key=lambda g: -g.duration)[:3]
    evidence = tuple(Evidence(g, "") for g in sorted(longest))
    return ratio(sum(g.duration for g in gaps), conversation.duration - system, evidence=evidence)


METRIC = Metric("non_talk_share", "share", 1, measure, needs_roles=False)
