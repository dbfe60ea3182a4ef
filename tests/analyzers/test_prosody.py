"""Voices of turns: what is known by construction, and the scripted sample calls."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pyannote.core import Annotation, Segment, Timeline

from analyzers import frames, prosody
from analyzers.conversation import Baseline, Prosody, Turn

SAMPLES = Path(__file__).parents[2] / "sample_audio"
FLOOR = ("turn", "interruption")


@cache
def truth(call):
    return json.loads((SAMPLES / "truth" / f"{call}.json").read_text(encoding="utf-8"))


def agent_turns(call):
    return [
        Turn(t["index"], "agent", "agent", Segment(t["start_s"], t["end_s"]), tuple(Segment(*s) for s in t["speech"]), (), t["kind"])
        for t in truth(call)["turns"]
        if t["role"] == "agent"
    ]


@cache
def agent(call, gain=1.0, mono=False, broken=False):
    """The agent's track and voices by the true speech."""
    samples, rate = soundfile.read(SAMPLES / f"{call}{'_mono' * mono}.flac", dtype="float32", always_2d=True)
    samples = samples[:, 0] * np.float32(gain)
    if broken:
        samples[::4000] = np.nan
    activity = Annotation()
    for turn in truth(call)["turns"]:
        for i, span in enumerate(turn["speech"]):
            activity[Segment(*span), (turn["index"], i)] = turn["role"]
    tracks = prosody.track(samples, rate, prosody.alone(activity, "agent"))
    return tracks, *prosody.voices(agent_turns(call), tracks)


def floor_voices(call, **how):
    _, voices, _ = agent(call, **how)
    return [voices[t.index] for t in agent_turns(call) if t.kind in FLOOR and voices[t.index].raised is not None]


def share_raised(call, **how):
    return np.mean([v.raised for v in floor_voices(call, **how)])


@pytest.mark.parametrize("call", ["de_internet_eskaliert", "en_outage_escalated"])
def test_a_heated_agent_stands_out(call):
    voices = floor_voices(call)
    assert 0.2 <= share_raised(call) <= 0.4
    assert np.percentile([v.pitch_shift_st for v in voices], 90) > 2.5
    heat = [truth(call)["turns"][t.index]["heat"] for t in agent_turns(call) if t.kind in FLOOR]
    assert np.corrcoef(heat, [v.pitch_shift_st for v in voices])[0, 1] > 0.85
    assert np.corrcoef(heat, [v.level_shift_db for v in voices])[0, 1] > 0.8


@pytest.mark.parametrize("call", ["de_rechnung_ruhig", "de_kuendigung_kurz"])
def test_a_calm_agent_is_never_raised(call):
    voices = floor_voices(call)
    assert share_raised(call) == 0
    assert np.percentile([v.pitch_shift_st for v in voices], 90) < 1
    assert abs(np.mean([v.pitch_shift_st for v in voices])) < 0.7


def test_a_mono_mix_gives_the_same_shifts():
    one, two = floor_voices("de_rechnung_ruhig"), floor_voices("de_rechnung_ruhig", mono=True)
    assert [v.pitch_shift_st for v in one] == pytest.approx([v.pitch_shift_st for v in two], abs=0.7)


@pytest.mark.parametrize("factor", [4.0, 0.25])
@pytest.mark.parametrize("call", ["de_internet_eskaliert", "de_rechnung_ruhig"])
def test_gain_changes_nothing_but_the_level(call, factor):
    quiet, other = agent(call, gain=0.1), agent(call, gain=0.1 * factor)
    assert other[2].f0_hz == pytest.approx(quiet[2].f0_hz, rel=1e-3)
    assert np.array_equal(np.isnan(quiet[0].f0_hz), np.isnan(other[0].f0_hz))
    louder = (other[0].level_dbfs - quiet[0].level_dbfs)[~np.isnan(quiet[0].level_dbfs)]
    assert louder == pytest.approx(20 * np.log10(factor), abs=0.01)
    for index, voice in quiet[1].items():
        changed = other[1][index]
        assert (changed.raised, changed.voiced) == (voice.raised, voice.voiced)
        if voice.raised is not None:
            assert changed.pitch_shift_st == pytest.approx(voice.pitch_shift_st, abs=0.01)
            assert changed.effort_shift_db == pytest.approx(voice.effort_shift_db, abs=0.01)
            assert changed.level_shift_db == pytest.approx(voice.level_shift_db, abs=0.01)


def test_samples_that_are_no_number_do_little_harm():
    whole, broken = agent("de_rechnung_ruhig"), agent("de_rechnung_ruhig", broken=True)
    assert broken[2].f0_hz == pytest.approx(whole[2].f0_hz, rel=0.02)


def test_track_is_empty_where_another_is_heard():
    tracks, _, _ = agent("de_internet_eskaliert")
    for turn in truth("de_internet_eskaliert")["turns"]:
        if turn["role"] == "customer":
            for start, end in turn["speech"]:
                heard = frames.inside(Timeline([Segment(start, end)]), len(tracks.f0_hz))
                assert np.isnan(tracks.f0_hz[heard]).all()
    voiced = ~np.isnan(tracks.f0_hz)
    assert np.array_equal(voiced, ~np.isnan(tracks.level_dbfs)) and np.array_equal(voiced, ~np.isnan(tracks.effort_db))


def spoken(pitch_st, seconds=2.0, kinds=None, effort_db=None, level_dbfs=None):
    """Turns of given pitch (semitones above 150 Hz), one after the other, and their track."""
    n = round(seconds / frames.STEP)
    turns = []
    for i in range(len(pitch_st)):
        segment = Segment(i * seconds, (i + 1) * seconds)
        turns.append(Turn(i, "agent", "a", segment, (segment,), (), kinds[i] if kinds else "turn"))
    flat = [0.0] * len(pitch_st)
    f0_hz, effort, level = (np.repeat(np.asarray(x, dtype=float), n) for x in (pitch_st, effort_db or flat, level_dbfs or flat))
    return turns, Prosody(frames.STEP, 150 * 2 ** (f0_hz / 12), level, effort)


@pytest.mark.parametrize("n", [4, 8, 15, 40])
def test_a_steady_voice_is_not_shifted(n):
    rng = np.random.default_rng(n)
    means = []
    for _ in range(150):
        voices, _ = prosody.voices(*spoken(rng.normal(0, prosody.STEADY, n), seconds=0.4))
        means.append(np.mean([v.pitch_shift_st for v in voices.values()]))
    assert np.mean(means) == pytest.approx(0, abs=0.12)


def test_shifts_and_raised():
    calm = [0.0] * 8
    voices, baseline = prosody.voices(*spoken([*calm, 2.7, 2.7, 4.0], effort_db=[*calm, 3.0, -1.0, -1.0], level_dbfs=[*calm, 6.0, 0, 0]))
    offset = prosody.STEADY * prosody.quartile_offset(11)
    assert baseline == Baseline(pytest.approx(150 * 2 ** (offset / 12)), "call")
    assert [voices[i].raised for i in (0, 8, 9, 10)] == [False, True, False, True]
    assert voices[8].pitch_shift_st == pytest.approx(2.7 - offset)
    assert (voices[8].effort_shift_db, voices[8].level_shift_db) == (3.0, 6.0)
    assert voices[0].pitch_st == pytest.approx(12 * np.log2(150 / prosody.REFERENCE_HZ))


def test_a_profile_takes_the_place_of_the_call():
    voices, baseline = prosody.voices(*spoken([4.0] * 5), profile_f0_hz=150.0)
    assert baseline == Baseline(150.0, "profile")
    assert all(v.raised and v.pitch_shift_st == pytest.approx(4) and v.effort_shift_db == 0 for v in voices.values())


def test_listening_signals_do_not_make_the_baseline():
    kinds = ["turn", "backchannel", "failed_interruption"] * 3
    voices, baseline = prosody.voices(*spoken([0, -8, 8] * 3, kinds=kinds))
    assert baseline.f0_hz == pytest.approx(150, rel=0.03)
    assert voices[1].pitch_shift_st < -7


def test_too_little_voice_is_no_value():
    turns, tracks = spoken([0, 0, 0])
    tracks.f0_hz[105:200] = np.nan
    voices, _ = prosody.voices(turns, tracks)
    assert voices[1].voiced == pytest.approx(0.1)
    assert (voices[1].pitch_st, voices[1].pitch_shift_st, voices[1].effort_shift_db, voices[1].raised) == (None, None, None, None)
    assert voices[0].raised is False


def test_no_voice_no_baseline():
    turns, tracks = spoken([0, 0])
    silent = Prosody(frames.STEP, *np.full((3, len(tracks.f0_hz)), np.nan))
    voices, baseline = prosody.voices(turns, silent)
    assert baseline == Baseline(None, None) and all(v.raised is None for v in voices.values())
    assert prosody.voices([], silent) == ({}, Baseline(None, None))


def test_alone():
    activity = Annotation()
    activity[Segment(0, 5)] = "a"
    activity[Segment(4, 6), 1] = "b"
    activity[Segment(8, 9), 2] = "a"
    assert [tuple(s) for s in prosody.alone(activity, "a")] == [(0, 4), (8, 9)]
    assert [tuple(s) for s in prosody.alone(activity, "a", [Segment(8.5, 20)])] == [(0, 4), (8, 8.5)]
    assert not prosody.alone(activity, "nobody")


def test_no_speech_no_track():
    tracks = prosody.track(np.zeros(8000, dtype=np.float32), 8000, Timeline())
    assert len(tracks.f0_hz) == 50 and np.isnan(tracks.f0_hz).all()
    assert len(prosody.track(np.zeros(0, dtype=np.float32), 16000, Timeline()).f0_hz) == 0
