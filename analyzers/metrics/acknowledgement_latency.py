"""Seconds from the customer's first complaint to the agent's first acknowledgement after it.

Formula
-------
start of the first acknowledging phrase after the first complaint - start of that complaint

Unit
----
seconds

Direction
---------
lower is better

Needs
-----
roles; a lexicon of the language; a complaint and an acknowledgement

Reference
---------
PRINCIPLES: show_understanding.

Limits
------
The customer's own long turn counts: nobody is asked to interrupt for it.

Examples
--------
>>> from analyzers.examples import call
>>> measure(call(("customer", 0, 4, "turn", "Das ist eine Frechheit!"), ("agent", 5, 9, "turn", "Sie haben recht."))).note is None
True
"""

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, missing, phrases


def measure(conversation: Conversation) -> Measurement:
    """Measure one call."""
    complaints = phrases(conversation, "complaint", "customer")
    if not complaints:
        return missing("no_complaint")
    since = complaints[0].segment.start
    answers = [e for e in phrases(conversation, "acknowledge", "agent") if e.segment.start > since]
    if not answers:
        return Measurement(None, evidence=complaints[:1], note="never_acknowledged")
    return Measurement(answers[0].segment.start - since, evidence=(complaints[0], answers[0]))


METRIC = Metric("acknowledgement_latency", "s", 1, measure, needs_lexicon=True)
