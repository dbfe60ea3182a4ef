"""The rows fit the tables' contract and let a reader redo the arithmetic."""

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from analyzers import rubric, scorecard, scoring, tables
from analyzers.conversation import Prosody
from analyzers.examples import call
from analyzers.measure import measure

ROWS = [
    ("agent", 0, 5, "turn", "Guten Tag, was kann ich für Sie tun?"),
    ("customer", 5, 75, "turn", "Das ist eine Frechheit!"),
    ("agent", 76, 80, "turn", "Bitte beruhigen Sie sich."),
]


@pytest.fixture
def conversation():
    tracks = Prosody(0.02, np.full(4000, 200.0), np.full(4000, -20.0), np.full(4000, np.nan))
    return call(*ROWS, prosody={"agent": tracks}, voices={0: {"pitch_shift_st": 1.0}})


@pytest.fixture
def rows(conversation):
    measurements = measure(conversation)
    results = scoring.score(rubric.load(), conversation, measurements, 0.0)
    known = scorecard.Call("c", "00", None, "A-1", None, None, {"queue": "x"}, 80.0, 2)
    made = scorecard.Provenance("run", datetime(2026, 11, 2, tzinfo=UTC), "engine", "channels", "tonlage 0")
    return scorecard.scorecard_rows(conversation, measurements, results, known, made)


def test_scorecards_fit_the_contract(rows):
    assert set(rows[0]) == set(tables.SCORECARDS.names)
    assert pa.Table.from_pylist(rows, tables.SCORECARDS).num_rows == len(rows)
    assert {r["status"] for r in rows} <= {"scored", "not_applicable", "not_measurable", "information"}


def test_the_total_can_be_redone_from_the_rows(rows):
    principles = {
        r["principle"]: (r["principle_points"], r["principle_weight"]) for r in rows if r["principle"] and r["principle_points"] is not None
    }
    total = sum(p * w for p, w in principles.values()) / sum(w for _, w in principles.values())
    assert rows[0]["call_points"] == pytest.approx(total)
    for principle, (points, _) in principles.items():
        parts = [(r["points"], r["weight"]) for r in rows if r["principle"] == principle and r["points"] is not None]
        assert points == pytest.approx(sum(p * w for p, w in parts) / sum(w for _, w in parts))


def test_every_metric_has_a_row(rows, conversation):
    assert {r["metric"] for r in rows} == set(measure(conversation))


def test_turns_and_tracks_fit_the_contract(conversation):
    turns = scorecard.turn_rows(conversation)
    assert set(turns[0]) == set(tables.TURNS.names)
    assert turns[2]["phrases"][0]["category"] == "calm_down"
    pa.Table.from_pylist(turns, tables.TURNS)
    tracks = scorecard.track_rows(conversation, {"agent": [0.5] * 900})
    assert (len(tracks), set(tracks[0])) == (800, set(tables.TRACKS.names))
    assert (tracks[0]["agent_f0_hz"], tracks[0]["agent_effort_db"], tracks[0]["agent_peak"], tracks[0]["customer_peak"]) == (
        200.0,
        None,
        0.5,
        None,
    )
    pa.Table.from_pylist(tracks, tables.TRACKS)
