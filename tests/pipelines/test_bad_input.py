"""What is wrong with a file gets one clear line and its reason code; everything around it goes on."""

from __future__ import annotations

import os
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analyzers.errors import REASONS, RecordingError
from pipelines.audio import read_audio, sha256
from pipelines.recordings import Recording, find


def pcm(path: Path, n: int = 8000, channels: int = 1, rate: int = 8000) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(np.ones(n * channels, np.int16).tobytes())


def cut(path: Path) -> None:
    pcm(path)
    path.write_bytes(path.read_bytes()[:9000])


def not_numbers(value: float) -> Callable[[Path], None]:
    samples = np.zeros(8000, np.float32)
    samples[4000] = value
    return lambda path: soundfile.write(path, samples, 8000, subtype="FLOAT")


BAD = {
    "empty file": (lambda p: p.write_bytes(b""), "empty_file", "empty"),
    "zero-length audio": (lambda p: pcm(p, 0), "no_samples", "length of zero"),
    "zero-length float audio": (
        lambda p: soundfile.write(p, np.zeros(0, np.float32), 8000, subtype="FLOAT"),
        "no_samples",
        "length of zero",
    ),
    "text": (lambda p: p.write_text("Guten Tag, mein Name ist …\n" * 200), "not_audio", "expected wav, flac"),
    "zeros": (lambda p: p.write_bytes(bytes(100_000)), "not_audio", "expected wav, flac"),
    "random bytes": (lambda p: p.write_bytes(np.random.default_rng(0).bytes(50_000)), "not_audio", "expected wav, flac"),
    "truncated": (cut, "truncated", "cut off"),
    "cut in its header": (lambda p: (pcm(p), p.write_bytes(p.read_bytes()[:30])), "truncated", "cut off"),
    "NaN": (not_numbers(np.nan), "bad_samples", "no numbers"),
    "infinite": (not_numbers(-np.inf), "bad_samples", "no numbers"),
    "six channels": (lambda p: pcm(p, channels=6), "too_many_channels", "6 channels"),
    "three channels": (lambda p: pcm(p, channels=3), "too_many_channels", "3 channels"),
    "low rate": (lambda p: pcm(p, rate=6000), "sample_rate", "6000 Hz"),
    "high rate": (lambda p: pcm(p, rate=96000), "sample_rate", "96000 Hz"),
    "folder": (lambda p: p.mkdir(), "not_audio", "no regular file"),
    "pipe": (lambda p: os.mkfifo(p), "not_audio", "no regular file"),
    "broken link": (lambda p: p.symlink_to("nowhere.wav"), "missing_file", "not there"),
    "nothing": (lambda p: None, "missing_file", "not there"),
}


@pytest.mark.parametrize("kind", list(BAD))
def test_one_clear_line(tmp_path: Path, kind: str) -> None:
    make, reason, words = BAD[kind]
    path = tmp_path / "anruf.wav"
    make(path)
    with pytest.raises(RecordingError) as caught:
        read_audio(path)
    assert caught.value.reason == reason and reason in REASONS
    message = str(caught.value)
    assert words in message and "anruf.wav" in message and "\n" not in message


@pytest.mark.parametrize("suffix", ["wav", "mp3", "flac", "m4a", "ogg"])
def test_text_under_any_name(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"anruf.{suffix}"
    path.write_text("Guten Tag, mein Name ist …\n" * 200)
    with pytest.raises(RecordingError) as caught:
        read_audio(path)
    assert caught.value.reason == "not_audio"


@pytest.mark.parametrize("read", [read_audio, sha256])
def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], object]) -> None:
    path = tmp_path / "anruf.wav"
    pcm(path)
    path.chmod(0)
    if os.access(path, os.R_OK):  # the superuser may read everything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied", str(path))

        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(RecordingError) as caught:
        read(path)
    assert caught.value.reason == "no_permission" and "Permission denied" in str(caught.value)


def test_one_line_even_for_odd_names(tmp_path: Path) -> None:
    path = tmp_path / "a\nb\x1b[31m.wav"
    path.write_bytes(b"")
    with pytest.raises(RecordingError) as caught:
        read_audio(path)
    assert str(caught.value).isprintable()


def test_the_others_are_found_and_read(tmp_path: Path) -> None:
    for i, (make, _, _) in enumerate(BAD.values()):
        make(tmp_path / f"bad{i:02}.wav")
    pcm(tmp_path / "gut.wav")
    found = find([tmp_path])
    outcomes = {}
    for recording in found:
        assert isinstance(recording, Recording)
        try:
            outcomes[recording.call_id] = read_audio(recording.path).duration
        except RecordingError as error:
            outcomes[recording.call_id] = error.reason
    assert outcomes["gut"] == 1
    expected = {f"bad{i:02}": reason for i, (kind, (_, reason, _)) in enumerate(BAD.items()) if kind not in ("folder", "nothing")}
    assert outcomes == {**expected, "gut": 1}
