"""Every format in and out, what damages a file, and what two channels have in common."""

from __future__ import annotations

import hashlib
import struct
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from analyzers.conversation import Waveform
from analyzers.errors import RecordingError
from pipelines.audio import is_dual_mono, read_audio, resample, sha256

SECONDS = 3
DAMAGED_IN = {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame", "m4a": "aac", "ogg": "libopus", "opus": "libopus"}


def tones(rate: int, channels: int = 1) -> np.ndarray:
    """A swelling tone per channel: (n_channels, n) in ±0.5."""
    t = np.arange(rate * SECONDS) / rate
    swell = 0.5 * (0.6 + 0.4 * np.sin(2 * np.pi * 1.3 * t))
    return np.stack([swell * np.sin(2 * np.pi * f * t) for f in (440, 620)[:channels]]).astype(np.float32)


def encoded(path: Path, codec: str, samples: np.ndarray, rate: int, **options: str) -> Path:
    """Write samples of shape (n_channels, n) with a codec of FFmpeg."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[samples.shape[0]]
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        context = stream.codec_context
        context.open()
        to_codec = av.AudioResampler(format=context.format, layout=layout, rate=rate, frame_size=context.frame_size or 1024)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        for part in to_codec.resample(frame) + to_codec.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def reason(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        read_audio(path)
    assert str(path.name) in str(caught.value) and "\n" not in str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    ("codec", "suffix", "rate", "tolerance"),
    [
        ("pcm_u8", "wav", 8000, 0.005),
        ("pcm_s16le", "wav", 8000, 1e-4),
        ("pcm_s16le", "wav", 44100, 1e-4),
        ("pcm_s24le", "wav", 16000, 1e-6),
        ("pcm_s32le", "wav", 48000, 1e-6),
        ("pcm_f32le", "wav", 22050, 1e-6),
        ("pcm_f64le", "wav", 16000, 1e-6),
        ("pcm_alaw", "wav", 8000, 0.02),
        ("pcm_mulaw", "wav", 8000, 0.02),
        ("flac", "flac", 11025, 1e-4),
        ("flac", "flac", 48000, 1e-4),
        ("libmp3lame", "mp3", 8000, 0.06),
        ("libmp3lame", "mp3", 44100, 0.06),
        ("aac", "m4a", 16000, 0.06),
        ("aac", "m4a", 48000, 0.06),
        ("libopus", "ogg", 48000, 0.06),
        ("libopus", "opus", 16000, 0.06),
    ],
)
def test_round_trip(tmp_path: Path, codec: str, suffix: str, rate: int, tolerance: float, channels: int) -> None:
    original = tones(rate, channels)
    waveform = read_audio(encoded(tmp_path / f"call.{suffix}", codec, original, rate))
    assert waveform.sample_rate == (48000 if codec == "libopus" else rate)
    assert waveform.samples.dtype == np.float32 and waveform.n_channels == channels
    decoded = resample(waveform.samples, waveform.sample_rate, rate)
    assert waveform.duration == pytest.approx(SECONDS, abs=0.13)  # a last AAC frame may be filled up
    inner = slice(rate // 4, -rate // 4)
    error = decoded[:, : original.shape[1]][:, inner] - original[:, inner]
    assert float(np.sqrt(np.mean(error**2))) < tolerance


@pytest.mark.parametrize("suffix", list(DAMAGED_IN))
@pytest.mark.parametrize("share", [0.05, 0.5, 0.97])
def test_cut_off(tmp_path: Path, suffix: str, share: float) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (1, 16000 * SECONDS)).astype(np.float32)
    path = encoded(tmp_path / f"call.{suffix}", DAMAGED_IN[suffix], noise, 16000)
    assert read_audio(path).duration == pytest.approx(SECONDS, abs=0.13)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert reason(path) == "truncated"


def test_cut_off_m4a_that_begins_with_its_index(tmp_path: Path) -> None:
    path = encoded(tmp_path / "call.m4a", "aac", tones(16000), 16000, movflags="faststart")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])
    assert reason(path) == "truncated"


@pytest.mark.parametrize("suffix", ["flac", "mp3"])
def test_damaged_in_the_middle(tmp_path: Path, suffix: str) -> None:
    path = encoded(tmp_path / f"call.{suffix}", DAMAGED_IN[suffix], tones(16000), 16000)
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = bytes(third)
    path.write_bytes(content)
    assert reason(path) == "truncated"


@pytest.mark.parametrize("suffix", list(DAMAGED_IN))
def test_any_damage_is_told_in_one_line(tmp_path: Path, suffix: str) -> None:
    rng = np.random.default_rng(5)
    path = encoded(tmp_path / f"call.{suffix}", DAMAGED_IN[suffix], tones(16000), 16000)
    content = np.frombuffer(path.read_bytes(), np.uint8)
    for count in (1, 20, 500):
        for end in (400, content.size) * 8:
            damaged = content.copy()
            damaged[rng.integers(0, min(end, content.size), count)] = rng.integers(0, 256, count)
            path.write_bytes(damaged.tobytes())
            try:
                samples = read_audio(path).samples
            except RecordingError as error:
                assert str(error).isprintable()
            else:
                assert samples.size and np.isfinite(samples).all() and np.abs(samples).max() <= 1


def wav_bytes(samples: np.ndarray, declared: int | None = None, rate: int = 8000, code: int = 1) -> bytes:
    """A WAV file of one channel whose header declares what it likes."""
    data = samples.tobytes()
    size = len(data) if declared is None else declared
    width = samples.itemsize
    form = struct.pack("<HHIIHH", code, 1, rate, rate * width, width, 8 * width)
    return b"RIFF" + struct.pack("<I", min(36 + size, 0xFFFFFFFF)) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size) + data


@pytest.mark.parametrize("declared", [0, 0xFFFFFFFF, 0x7FFFF000])
def test_streamed_wav_is_fine(tmp_path: Path, declared: int) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav_bytes(np.ones(8000, np.int16), declared))
    assert read_audio(path).duration == 1


def test_wav_that_declares_more_than_it_has(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav_bytes(np.ones(8000, np.int16), 16000 + 44))  # header counted in
    assert read_audio(path).duration == 1
    path.write_bytes(wav_bytes(np.ones(8000, np.int16), 17000))
    assert reason(path) == "truncated"


def test_bytes_decide_not_the_name(tmp_path: Path) -> None:
    path = encoded(tmp_path / "call.mp3", "libmp3lame", tones(16000), 16000)
    assert read_audio(path.rename(tmp_path / "call.wav")).duration == pytest.approx(SECONDS, abs=0.1)


def test_louder_than_full_scale_is_brought_down(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(wav_bytes(np.array([0, 2, -4, 1], np.float32).repeat(1000), code=3))
    assert read_audio(path).samples[0, ::1000] == pytest.approx([0, 0.5, -1, 0.25])


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile other.wav\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nother.wav\n#EXT-X-ENDLIST\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    ],
)
@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a"])
def test_playlists_are_not_followed(tmp_path: Path, text: str, suffix: str) -> None:
    (tmp_path / "other.wav").write_bytes(wav_bytes(np.ones(8000, np.int16)))
    path = tmp_path / f"call.{suffix}"
    path.write_text(text)
    assert reason(path) == "not_audio"


def test_cover_art_is_no_trouble(tmp_path: Path) -> None:
    import io

    plain = encoded(tmp_path / "plain.mp3", "libmp3lame", tones(16000), 16000)
    picture = io.BytesIO()
    with av.open(picture, "w", format="image2pipe") as container:
        stream = container.add_stream("png", rate=1)
        stream.width = stream.height = 16
        stream.pix_fmt = "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    frame = b"\0image/png\0\x03\0" + picture.getvalue()
    frame = b"APIC" + len(frame).to_bytes(4, "big") + b"\0\0" + frame
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    covered = tmp_path / "covered.mp3"
    content = plain.read_bytes()
    own = 10 + sum(b << s for b, s in zip(content[6:10], (21, 14, 7, 0), strict=True)) if content[:3] == b"ID3" else 0
    covered.write_bytes(b"ID3\x03\0\0" + size + frame + content[own:])
    assert np.array_equal(read_audio(covered).samples, read_audio(plain).samples)


def test_resampling_keeps_shape_and_tone() -> None:
    for channels in (1, 2):
        up = resample(tones(8000, channels), 8000, 16000)
        assert up.shape == (channels, 16000 * SECONDS) and up.dtype == np.float32 and up.flags.c_contiguous
        assert np.abs(up - tones(16000, channels))[:, 4000:-4000].max() < 0.01
    assert resample(tones(8000)[0], 8000, 16000).ndim == 1
    assert resample(tones(8000), 8000, 8000).shape == (1, 8000 * SECONDS)


def speech(seed: int, rate: int = 8000) -> np.ndarray:
    """Noise that swells and pauses as speech does."""
    rng = np.random.default_rng(seed)
    bursts = np.repeat(rng.uniform(0, 1, 20) * (rng.uniform(0, 1, 20) > 0.4), rate // 2)
    return (rng.normal(0, 0.1, bursts.size) * bursts).astype(np.float32)


def stereo(a: np.ndarray, b: np.ndarray) -> Waveform:
    return Waveform(np.stack([a, b]).astype(np.float32), 8000)


def test_dual_mono() -> None:
    a, b = speech(1), speech(2)
    noise = np.random.default_rng(3).normal(0, 1e-4, a.size)
    assert is_dual_mono(stereo(a, a))
    assert is_dual_mono(stereo(a, 0.3 * a + noise))
    assert is_dual_mono(stereo(a, -a))
    assert is_dual_mono(stereo(0 * a, 0 * a))
    assert not is_dual_mono(stereo(a, b))
    assert not is_dual_mono(stereo(a, 0 * a))
    assert not is_dual_mono(stereo(a, a + 0.1 * b))
    assert not is_dual_mono(Waveform(a[None], 8000))
    word = np.zeros_like(a)
    word[:800] = np.random.default_rng(4).normal(0, 0.02, 800)  # a tenth of a second of the other party
    assert not is_dual_mono(stereo(a, a + word))


@pytest.mark.parametrize(("codec", "suffix"), [("libmp3lame", "mp3"), ("aac", "m4a"), ("libopus", "ogg"), ("pcm_mulaw", "wav")])
def test_dual_mono_after_a_codec(tmp_path: Path, codec: str, suffix: str) -> None:
    from scipy.signal import butter, sosfilt

    a = sosfilt(butter(4, [300, 3400], "band", fs=16000, output="sos"), np.repeat(speech(1), 2)).astype(np.float32)
    assert is_dual_mono(read_audio(encoded(tmp_path / f"call.{suffix}", codec, np.stack([a, a]), 16000)))


def test_sha256_is_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(100))
    assert sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(RecordingError) as caught:
        sha256(tmp_path / "none.wav")
    assert caught.value.reason == "missing_file"
