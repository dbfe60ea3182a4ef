"""What Tonlage found in the sample calls beside what is true: turn-taking, talk share, phrases, voice.

    make demo && .venv/bin/python benchmarks/accuracy.py demo_out

Interruptions and the like hit if the role is right and the start lies within 0.5 s, one to one. Shares in percentage points. Diarization
error of the mono call with a forgiveness of 0.25 s around each edge, overlap scored.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pandas as pd

TRUTH = Path(__file__).parents[1] / "sample_audio" / "truth"
EVENTS = ("interruption", "failed_interruption", "backchannel")
SHOWN = ("calm_down_phrases", "acknowledgements", "pitch_shift", "effort_shift", "level_shift", "raised_share")
TOLERANCE = 0.5


def hits(true: list[tuple[str, float]], found: list[tuple[str, float]]) -> int:
    """Found events that meet a true one, one to one, nearest first."""
    pairs = sorted((abs(a - b), i, j) for i, (r, a) in enumerate(true) for j, (s, b) in enumerate(found) if r == s)
    used: tuple[set[int], set[int]] = (set(), set())
    for apart, i, j in pairs:
        if apart <= TOLERANCE and i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
    return len(used[0])


def diarization_error(turns: pd.DataFrame, truth: dict) -> float:
    """Share of speech that is missed, invented or given to the wrong speaker."""
    from pyannote.core import Annotation, Segment
    from pyannote.metrics.diarization import DiarizationErrorRate

    reference, found = Annotation(), Annotation()
    for n, turn in enumerate(truth["turns"]):
        for start, end in turn["speech"]:
            reference[Segment(start, end), n] = turn["role"]
    for n, turn in enumerate(turns[turns.role.isin(["agent", "customer", "unknown"])].itertuples()):
        for part in turn.speech:
            found[Segment(part["start_s"], part["end_s"]), n] = turn.speaker
    return float(DiarizationErrorRate(collar=0.5)(reference.support(0.3), found))


def main() -> None:
    """Compare every call that has a truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    calls = pd.read_parquet(out / "calls.parquet").set_index("call_id")
    every = pd.read_parquet(out / "turns")
    sums = {event: [0, 0, 0] for event in EVENTS}
    shares = []
    for call_id, call in calls.iterrows():
        path = TRUTH / f"{call_id.removesuffix('_mono')}.json"
        if not path.is_file():
            continue
        truth, turns = json.loads(path.read_text(encoding="utf-8")), every[every.call_id == call_id]
        share, true_share = call.agent_talk_share * 100, truth["totals"]["talk_share_without_pauses"]["agent"] * 100
        print(f"{call_id} ({call.channels} channels, {call.call_points:.0f} points)")
        print(f"  talk share of the agent   {share:5.1f} % true {true_share:.1f} %")
        for event in EVENTS:
            true = [(t["role"], t["start_s"]) for t in truth["turns"] if t["kind"] == event]
            found = [(t.role, t.start_s) for t in turns[turns.kind == event].itertuples()]
            right = hits(true, found)
            print(f"  {event:25} {len(found):5d}   true {len(true)}, of which found {right}")
            if call.channels == 2:
                sums[event] = [a + b for a, b in zip(sums[event], (right, len(found), len(true)), strict=True)]
        if call.channels == 2:
            shares.append(abs(share - true_share))
        else:
            print(f"  diarization error         {diarization_error(turns, truth):.3f}")
        counted = truth["conduct_counts"].get("agent", truth["conduct_counts"])
        print("  " + ", ".join(f"{name} {call[name]:.2f}" for name in SHOWN))
        print(f"  true conduct {counted}")
    print(f"talk share, two channels: off by {sum(shares) / len(shares):.2f} points on average, {max(shares):.2f} at most")
    for event, (right, found, true) in sums.items():
        print(f"{event}, two channels: precision {right}/{found}, recall {right}/{true}")


if __name__ == "__main__":
    main()
