"""Measure everything that can be measured in a call."""

from __future__ import annotations

from collections.abc import Mapping

from analyzers.conversation import Conversation
from analyzers.measurement import Measurement, Metric, missing
from analyzers.metrics import METRICS


def lacking(metric: Metric, conversation: Conversation) -> str | None:
    """The reason code of what a metric needs and the call does not have, None where nothing is lacking."""
    if metric.needs_roles and not conversation.roles.certain:
        return "roles_uncertain"
    if metric.needs_overlap and not conversation.overlap_known:
        return "overlap_unknown"
    if metric.needs_lexicon and conversation.lexicon is None:
        return "no_lexicon"
    if metric.needs_voice and not conversation.baselines and not conversation.voices:
        return "voice_measures_off"
    return None


def measure(conversation: Conversation) -> Mapping[str, Measurement]:
    """Every metric's measurement by the metric's id, in order of the report."""
    out = {}
    for metric in METRICS:
        reason = lacking(metric, conversation)
        out[metric.id] = missing(reason) if reason else metric.measure(conversation)
    return out
