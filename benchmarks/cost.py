"""Seconds of work per second of audio and peak memory of `tonlage call`, models loaded anew, for one two-channel and one mono call.

    .venv/bin/python benchmarks/cost.py [--rounds 3] [--json FILE]

Whole processes are timed, alternating, and medians printed: start-up and loading of models are part of it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "sample_audio"
CALLS = {"two channels": "auto_repairs_40_stereo.flac", "mono": "auto_repairs_40_mono.wav"}


def mono_mix(folder: Path) -> Path:
    """The two-channel sample as a mono mix, so that both kinds are timed on the same speech."""
    import soundfile

    samples, rate = soundfile.read(SAMPLES / CALLS["two channels"])
    path = folder / CALLS["mono"]
    soundfile.write(path, 0.7 * samples.sum(axis=1), rate)
    return path


def run(path: Path) -> tuple[float, float]:
    """Wall seconds and peak resident memory in MB of one call's process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "pipelines", "call", str(path), "--json"], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"tonlage call {path.name} ended with status {os.waitstatus_to_exitcode(status)}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> None:
    """Time both kinds, alternating."""
    import tempfile

    import soundfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = {"two channels": SAMPLES / CALLS["two channels"], "mono": mono_mix(Path(folder))}
        seconds = soundfile.info(paths["mono"]).duration
        runs: dict[str, list[tuple[float, float]]] = {kind: [] for kind in paths}
        for _ in range(args.rounds):
            for kind, path in paths.items():
                runs[kind].append(run(path))
    rows = {
        kind: {
            "seconds_of_audio": seconds,
            "seconds_of_work": statistics.median(s for s, _ in found),
            "per_second_of_audio": statistics.median(s for s, _ in found) / seconds,
            "peak_memory_mb": max(m for _, m in found),
        }
        for kind, found in runs.items()
    }
    for kind, row in rows.items():
        work, each, memory = row["seconds_of_work"], row["per_second_of_audio"], row["peak_memory_mb"]
        print(f"{kind}: {work:.1f} s for {seconds:.0f} s of audio = {each:.3f}; peak memory {memory:.0f} MB")
    print(f"mono / two channels: {rows['mono']['seconds_of_work'] / rows['two channels']['seconds_of_work']:.2f}")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
