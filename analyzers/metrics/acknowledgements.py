"""How often the agent acknowledges the customer's problem.

Formula
-------
count of phrases of the category acknowledge in the agent's words

Unit
----
count

Direction
---------
higher is better where a complaint was voiced

Needs
-----
roles; a lexicon of the language

Reference
---------
PRINCIPLES: "Geben sie ihm zu verstehen, dass sie ihn anhören".

Limits
------
Wording only: how it was meant is not measured.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4, "turn", "Sie haben recht, das tut mir leid."))).value
2.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, phrases


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    found = phrases(conversation, "acknowledge", "agent")
    return Measurement(float(len(found)), evidence=found)


METRIC = Metric("acknowledgements", "count", 1, measure, needs_lexicon=True)
