"""How often the agent tells the customer to calm down.

Formula
-------
count of phrases of the category calm_down in the agent's words; negation, quotation and the customer's own words do
not count

Unit
----
count

Direction
---------
lower is better: none

Needs
-----
roles; a lexicon of the language

Reference
---------
PRINCIPLES: "Wenn sie ihm sagen 'Bitte beruhigen sie sich' wird er bestimmt nur noch vehementer werden".

Limits
------
Finds what was recognised; a phrase that speech recognition garbled is lost.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("agent", 0, 4, "turn", "Bitte beruhigen Sie sich."))).value
1.0
>>> measure(call(("customer", 0, 4, "turn", "Bitte beruhigen Sie sich."))).value
0.0
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, phrases


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    found = phrases(conversation, "calm_down", "agent")
    return Measurement(float(len(found)), evidence=found)


METRIC = Metric("calm_down_phrases", "count", 1, measure, needs_lexicon=True)
