"""How fast the agent speaks.

Formula
-------
the agent's recognised words / minutes of the agent's speech, in turns that hold the floor

Unit
----
words per minute of own speech

Direction
---------
best in the middle

Needs
-----
roles; words; 60 s of the agent's talk

Reference
---------
Pauses of 0.3 s and more are left out, so values are higher than per minute of turn.

Limits
------
Languages differ: German words are longer. Words that were not recognised are missing.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 60, "turn", "word " * 150))).value
150.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, at, missing, rate_per_minute


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    turns = conversation.by("agent", "turn", "interruption")
    words = sum(len(t.words) for t in turns)
    if not words:
        return missing("no_words")
    return rate_per_minute(
        words, sum(t.talk for t in turns), tuple(at(t) for t in sorted(turns, key=lambda t: -len(t.words) / max(t.talk, 1.0))[:3])
    )


METRIC = Metric("words_per_minute", "1/min", 1, measure)
