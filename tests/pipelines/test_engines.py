"""The models themselves on excerpts of the sample calls."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from pyannote.core import Annotation, Segment

from analyzers.conversation import Transcript, Waveform
from analyzers.errors import UsageError
from pipelines import audio, engines
from pipelines.engines import silero
from pipelines.engines.base import MODEL_RATE
from pipelines.engines.channels import ChannelDiarizer, without_leaks
from pipelines.engines.pyannote import PyannoteDiarizer, one_voice

SAMPLES = Path(__file__).resolve().parents[2] / "sample_audio"
EXCERPT = 30.0
THREADS = 1
"""Threads that wait for each other crawl where other work shares the processor."""


def sound(name: str, start: float = 0.0, seconds: float = EXCERPT) -> Waveform:
    native = audio.read_audio(SAMPLES / f"{name}.flac")
    a, b = round(start * native.sample_rate), round((start + seconds) * native.sample_rate)
    return Waveform(audio.resample(native.samples[:, a:b], native.sample_rate, MODEL_RATE), MODEL_RATE)


def truth(name: str, seconds: float = EXCERPT) -> Annotation:
    turns = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))["turns"]
    said = Annotation()
    for n, turn in enumerate(turns):
        for start, end in turn["speech"]:
            if start < seconds:
                said[Segment(start, min(end, seconds)), n] = turn["role"]
    return said


def said(name: str, role: str, seconds: float) -> str:
    turns = json.loads((SAMPLES / "truth" / f"{name}.json").read_text(encoding="utf-8"))["turns"]
    return " ".join(t["text"] for t in turns if t["role"] == role and t["kind"] != "backchannel" and t["end_s"] < seconds)


def word_error_rate(transcript: Transcript, name: str, seconds: float) -> float:
    import jiwer
    from whisper.normalizers import BasicTextNormalizer

    normal = BasicTextNormalizer()
    wrong = true = 0
    for channel, role in enumerate(("agent", "customer")):
        heard = " ".join(w.text for w in transcript.words if w.channel == channel)
        found = jiwer.process_words(normal(said(name, role, seconds)), normal(heard))
        wrong += found.substitutions + found.deletions + found.insertions
        true += found.substitutions + found.deletions + found.hits
    return wrong / true


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["faster-whisper", "openai-whisper"])
def test_both_recognisers_on_a_call(engine: str) -> None:
    seconds = 27.0  # the end of a turn in this call
    waveform = sound("de_kuendigung_kurz", seconds=seconds)
    speech = [ChannelDiarizer().diarize(waveform).label_timeline(f"channel_{i}").support() for i in (0, 1)]
    recogniser = engines.make_transcriber(engine, "base", "cpu", THREADS)
    found = recogniser.transcribe(list(waveform.samples), speech, ["de", "en"])
    assert (found.language, round(found.language_confidence or 0)) == ("de", 1)
    assert word_error_rate(found, "de_kuendigung_kurz", seconds) < 0.2
    assert recogniser.identity.startswith(engine) and "sha256 d01c3014881c" in recogniser.identity
    assert all(0 <= w.start <= w.end <= seconds and 0 < (w.confidence or 0) <= 1 for w in found.words)
    assert all(any(s.start - 0.31 <= w.start <= s.end + 0.31 for s in speech[w.channel or 0]) for w in found.words)


@pytest.mark.slow
def test_english_is_told_from_german() -> None:
    waveform = sound("google_commercial_mono", seconds=15)
    recogniser = engines.make_transcriber("auto", threads=THREADS)
    assert recogniser.identity.startswith("faster-whisper")
    found = recogniser.transcribe(list(waveform.samples), [silero.speech(waveform.samples[0])], ["de", "en"])
    assert found.language == "en" and len(found.words) > 15


def chords(seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * MODEL_RATE)) / MODEL_RATE
    tones = [[261.6, 329.6, 392.0], [220.0, 261.6, 329.6], [174.6, 220.0, 261.6], [196.0, 246.9, 293.7]]
    wave = sum(np.sin(2 * np.pi * np.array([c[k] for c in tones])[(t // 1.0).astype(int) % 4] * t) for k in range(3))
    return (0.1 * wave).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(MODEL_RATE * 20, np.float32),
        chords(20),
        0.05 * np.random.default_rng(0).standard_normal(MODEL_RATE * 20).astype(np.float32),
    ],
    ids=["silence", "music", "noise"],
)
def test_no_text_where_nobody_speaks(samples: np.ndarray) -> None:
    speech = silero.speech(samples)
    assert engines.make_transcriber("auto").transcribe([samples], [speech], ["de", "en"]).words == ()


def test_activity_of_two_channels_agrees_with_the_truth() -> None:
    found = ChannelDiarizer().diarize(sound("de_internet_eskaliert"))
    for channel, role in enumerate(("agent", "customer")):
        true = truth("de_internet_eskaliert").label_timeline(role).support(0.3)
        mine = found.label_timeline(f"channel_{channel}").support(0.3)
        apart = true.extrude(mine).duration() + mine.extrude(true).duration()
        assert apart < 0.1 * true.duration()


def test_what_leaks_from_the_other_channel_is_nobodys_speech() -> None:
    clean = sound("de_kuendigung_kurz")
    agent, customer = clean.samples
    leaking = customer.copy()
    leaking[800:] += agent[:-800] * 0.1  # 20 dB quieter, 50 ms late
    heard = silero.speech(leaking)
    own = silero.speech(customer)
    assert heard.duration() > 1.5 * own.duration(), "the leak is loud enough to be taken for speech"
    assert without_leaks(leaking, heard, agent).duration() == pytest.approx(own.duration(), rel=0.15)
    found = ChannelDiarizer().diarize(Waveform(np.stack([agent, leaking]), MODEL_RATE))
    assert found.label_duration("channel_0") == pytest.approx(silero.speech(agent).duration(), rel=0.05)


@pytest.mark.slow
def test_two_voices_on_one_channel() -> None:
    from pyannote.metrics.diarization import DiarizationErrorRate

    seconds = 60.0
    diarizer = PyannoteDiarizer(threads=THREADS)
    found = diarizer.diarize(sound("de_rechnung_ruhig_mono", seconds=seconds))
    assert found.labels() == ["speaker_0", "speaker_1"]
    assert DiarizationErrorRate(collar=0.25)(truth("de_rechnung_ruhig", seconds).support(0.3), found) < 0.1
    assert "segmentation-3.0" in diarizer.identity and "campplus" in diarizer.identity


@pytest.mark.slow
def test_one_voice_alone_is_one_speaker() -> None:
    agent = sound("de_internet_eskaliert", seconds=60).samples[:1]
    assert PyannoteDiarizer(threads=THREADS).diarize(Waveform(agent, MODEL_RATE)).labels() == ["speaker_0"]


@pytest.mark.slow
def test_nobody_on_one_channel() -> None:
    assert not PyannoteDiarizer(threads=THREADS).diarize(Waveform(np.zeros((1, MODEL_RATE * 12), np.float32), MODEL_RATE)).labels()


def test_one_voice_by_distance() -> None:
    assert one_voice(np.array([[1.0, 0.0], [0.99, 0.05]]))
    assert not one_voice(np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert not one_voice(np.array([[1.0, 0.0]])) and not one_voice(None)


def test_what_is_not_there_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for model in ("community-1", str(tmp_path / "gone")):
        with pytest.raises(UsageError, match="diarization.model") as caught:
            PyannoteDiarizer(model).diarize(Waveform(np.zeros((1, MODEL_RATE), np.float32), MODEL_RATE))
        assert "\n" not in str(caught.value)
    for engine in ("faster-whisper", "openai-whisper"):
        with pytest.raises(UsageError, match="expected one of"):
            _ = engines.make_transcriber(engine, "bsae").identity
    with pytest.raises(UsageError, match="expected one of auto"):
        engines.make_transcriber("whisper")
    with pytest.raises(UsageError, match="device"):
        engines.make_diarizer(1, device="tpu")
