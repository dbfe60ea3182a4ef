"""Word error rate and seconds of work per second of audio of both Whisper engines on the scripted two-channel sample calls.

    .venv/bin/python benchmarks/engines.py [--json FILE]

Both get the same weights and the same voice activity; they take turns call by call in one process, models loaded before.
Words of each party against the true text, backchannels left out, after Whisper's own text normaliser.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "sample_audio"
ENGINES = ("faster-whisper", "openai-whisper")
CALLS = ("de_rechnung_ruhig", "de_internet_eskaliert", "de_kuendigung_kurz", "en_outage_escalated")


def errors(truth: dict, words: list, language: str) -> tuple[int, int]:
    """Wrong words and true words of a call."""
    import jiwer
    from whisper.normalizers import BasicTextNormalizer, EnglishTextNormalizer

    normal = EnglishTextNormalizer() if language == "en" else BasicTextNormalizer()
    wrong = true = 0
    for channel, role in enumerate(("agent", "customer")):
        said = normal(" ".join(t["text"] for t in truth["turns"] if t["role"] == role and t["kind"] != "backchannel"))
        found = jiwer.process_words(said, normal(" ".join(w.text for w in words if w.channel == channel)) or " ")
        wrong += found.substitutions + found.deletions + found.insertions
        true += found.substitutions + found.deletions + found.hits
    return wrong, true


def main() -> None:
    """Run both engines on every call."""
    from analyzers.conversation import Waveform
    from pipelines import audio, engines
    from pipelines.engines.base import MODEL_RATE
    from pipelines.engines.channels import ChannelDiarizer

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    made = {name: engines.make_transcriber(name, "base", "cpu", 0) for name in ENGINES}
    sums: dict = defaultdict(lambda: [0, 0, 0.0, 0.0])
    for call in CALLS:
        truth = json.loads((SAMPLES / "truth" / f"{call}.json").read_text(encoding="utf-8"))
        native = audio.read_audio(SAMPLES / f"{call}.flac")
        sound = Waveform(audio.resample(native.samples, native.sample_rate, MODEL_RATE), MODEL_RATE)
        activity = ChannelDiarizer().diarize(sound)
        speech = [activity.label_timeline(f"channel_{i}") for i in range(2)]
        for name, engine in made.items():
            engine.transcribe([sound.samples[0][: 5 * MODEL_RATE]], speech[:1], [truth["language"]])  # load
            start = time.perf_counter()
            words = engine.transcribe(list(sound.samples), speech, [truth["language"]]).words
            spent = time.perf_counter() - start
            wrong, true = errors(truth, words, truth["language"])
            print(f"{call:24} {name:15} WER {wrong / true:.3f}  {spent / sound.duration:.3f} s per s", flush=True)
            for key in (truth["language"], "all"):
                row = sums[name, key]
                row[:] = [row[0] + wrong, row[1] + true, row[2] + spent, row[3] + sound.duration]
    rows = {f"{name} {key}": {"wer": w / t, "words": t, "per_second_of_audio": s / d} for (name, key), (w, t, s, d) in sums.items()}
    for key, row in rows.items():
        print(f"{key}: WER {row['wer']:.3f} over {row['words']} words, {row['per_second_of_audio']:.3f} s per s")
    slow, fast = (rows[f"{name} all"]["per_second_of_audio"] for name in ("openai-whisper", "faster-whisper"))
    print(f"time openai-whisper / faster-whisper: {slow / fast:.2f}")
    if args.json:
        args.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
