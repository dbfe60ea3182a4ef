"""The catalogue of metrics is complete, and paired metrics answer to swapped roles."""

import importlib
import pkgutil

import pytest
from pyannote.core import Segment

from analyzers import metrics
from analyzers.examples import call
from analyzers.measure import measure

SECTIONS = ["Formula", "Unit", "Direction", "Needs", "Reference", "Limits", "Examples"]
ROWS = [
    ("agent", 0, 5, "turn", "Guten Tag, was kann ich für Sie tun?"),
    ("customer", 5, 75, "turn", "Das ist eine Frechheit!"),
    ("agent", 30, 30.4, "backchannel", "Mhm."),
    ("agent", 74, 150, "interruption", "Das tut mir leid."),
    ("customer", 100, 101.5, "failed_interruption", "Aber das"),
    ("customer", 155, 158, "turn", "Gut."),
]
PAIRS = [
    ("agent_talk_time", "customer_talk_time"),
    ("interruptions_by_agent", "interruptions_by_customer"),
    ("agent_interruption_rate", "customer_interruption_rate"),
    ("failed_interruptions_by_agent", "failed_interruptions_by_customer"),
    ("longest_agent_monologue", "longest_customer_monologue"),
]


@pytest.mark.parametrize("name", [m.name for m in pkgutil.iter_modules(metrics.__path__)])
def test_every_metric_file_is_listed_and_documented(name):
    module = importlib.import_module(f"analyzers.metrics.{name}")
    assert module.METRIC in metrics.METRICS
    assert module.METRIC.id == name
    lines = module.__doc__.splitlines()
    assert [line for line, under in zip(lines, lines[1:], strict=False) if under and set(under) == {"-"}] == SECTIONS
    assert "measure(call(" in module.__doc__


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_swapped_roles_swap_paired_metrics(one, other):
    swapped = [({"agent": "customer", "customer": "agent"}[row[0]], *row[1:]) for row in ROWS]
    straight, crossed = measure(call(*ROWS)), measure(call(*swapped))
    assert straight[one].value == crossed[other].value
    assert straight[other].value == crossed[one].value


def test_a_shift_in_time_changes_no_metric():
    late = [(r, a + 50, b + 50, *rest) for r, a, b, *rest in ROWS]
    first, second = measure(call(*ROWS, duration=160.0)), measure(call(*late, duration=210.0))
    for name in first:
        if name != "non_talk_share":  # the silence before the call is silence
            assert second[name].value == pytest.approx(first[name].value), name


def test_an_empty_value_always_has_a_reason():
    for conversation in (call(*ROWS), call(("agent", 0, 1))):
        for name, measurement in measure(conversation).items():
            assert (measurement.value is None) == (measurement.note is not None), name


def test_monologue_survives_a_backchannel_and_ends_at_a_pause():
    rows = [("customer", 0, 5), ("agent", 3, 3.5, "backchannel"), ("customer", 6, 10), ("customer", 12.5, 14)]
    assert measure(call(*rows, ("agent", 15, 16)))["longest_customer_monologue"].evidence[0].segment == Segment(0, 10)


def test_hold_music_is_no_silence():
    quiet = measure(call(("agent", 0, 5), ("customer", 25, 30)))["non_talk_share"]
    music = measure(call(("agent", 0, 5), ("agent", 5, 25, "hold"), ("customer", 25, 30)))["non_talk_share"]
    assert quiet.numerator == 20
    assert music.numerator == 0
