"""Sound file -> Waveform, and what identifies a file."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analyzers.conversation import Waveform
from analyzers.errors import RecordingError
from pipelines.containers import flac_samples, missing_bytes, tells_length

FORMATS = "wav, flac, mp3, m4a, ogg or opus"
DEMUXERS = "wav,w64,flac,mp3,mov,mp4,m4a,ogg"
"""What FFmpeg may take a file for: no playlists, no lists of other files."""

LOWEST_RATE, HIGHEST_RATE = 8_000, 48_000
"""Hz."""

MAX_CHANNELS = 2

SLACK = 64
"""Bytes that may be missing: some writers count the header in."""

MAX_LOST = 0.5
"""Seconds that may be undecodable before a recording counts as damaged."""

COPY_CORRELATION = 0.999
"""Two channels that correlate more than this (either sign) may be one."""

COPY_RESIDUAL = 0.01
"""Energy that may be left of a window after the other channel is taken away, against the window's or the mean energy."""

COPY_WINDOW = 0.25
"""Seconds."""


def shown(path: str | os.PathLike[str]) -> str:
    """A path or other text as one printable line, whatever its bytes are."""
    return "".join(" " if c.isspace() else c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in os.fspath(path))


def read_audio(path: str | os.PathLike[str]) -> Waveform:
    """Sound of a file at its own rate; channels as they are."""
    with _opened(path) as file:
        if file.seek(0, 2) == 0:
            raise RecordingError("empty_file", f"{shown(path)}: the file is empty; expected {FORMATS}: export the recording again")
        missing, promised = missing_bytes(file), flac_samples(file)
        if missing > SLACK:
            raise _truncated(path, "bytes are missing at the end")
        try:
            samples, rate = _decode(path, file)
        except RecordingError as error:
            raise (_truncated(path, "nothing can be decoded") if promised and error.reason == "not_audio" else error) from error
    if samples.shape[1] == 0:
        raise RecordingError("no_samples", f"{shown(path)}: the sound has a length of zero: export the recording again")
    if promised > samples.shape[1]:
        raise _truncated(path, f"{samples.shape[1] / rate:.1f} of {promised / rate:.1f} s are there")
    if not np.isfinite(samples).all():
        raise RecordingError(
            "bad_samples", f"{shown(path)}: samples are no numbers (NaN or infinite): export the recording again as 16-bit PCM"
        )
    peak = float(np.abs(samples).max())
    if peak > 1:  # float files may go beyond; nothing measured depends on the gain
        samples /= np.float32(peak)
    return Waveform(samples, rate)


def resample(samples: NDArray[np.float32], from_rate: int, to_rate: int) -> NDArray[np.float32]:
    """Samples of shape (n,) or (n_channels, n) at another rate."""
    if from_rate == to_rate:
        return samples
    import soxr

    return np.ascontiguousarray(soxr.resample(samples.T, from_rate, to_rate).T, dtype=np.float32)


def is_dual_mono(waveform: Waveform) -> bool:
    """Whether two channels hold the same sound, up to gain and a codec's noise."""
    if waveform.n_channels != 2:
        return False
    a, b = waveform.samples
    aa, bb, ab = (float(np.dot(x, y)) for x, y in ((a, a), (b, b), (a, b)))
    if aa == 0 or bb == 0:
        return aa == bb
    if ab * ab < COPY_CORRELATION**2 * aa * bb:
        return False
    width = min(a.size, round(COPY_WINDOW * waveform.sample_rate))
    n = a.size // width * width  # a short word of the other party would hide in the whole, but not in its window
    energy = np.square(b[:n]).reshape(-1, width).mean(axis=1)
    left = np.square(b[:n] - np.float32(ab / aa) * a[:n]).reshape(-1, width).mean(axis=1)
    return bool(np.all(left <= COPY_RESIDUAL * np.maximum(energy, energy.mean())))


def sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 of the file's bytes, as hexadecimal digits."""
    with _opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: str | os.PathLike[str]) -> Iterator[BufferedReader]:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise RecordingError("not_audio", f"{shown(path)}: is no regular file; expected {FORMATS}")
        with Path(path).open("rb") as file:
            yield file
    except FileNotFoundError as error:
        raise RecordingError("missing_file", f"{shown(path)}: the file is not there: check the path") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise RecordingError("no_permission", f"{shown(path)}: may not be read ({reason}): check the rights of file and folder") from error


def _truncated(path: str | os.PathLike[str], what: str) -> RecordingError:
    return RecordingError("truncated", f"{shown(path)}: the file is cut off or damaged, {what}: copy or export it again")


def _decode(path: str | os.PathLike[str], file: BufferedReader) -> tuple[NDArray[np.float32], int]:
    """All samples of the first audio stream, and their rate."""
    import av

    bare: Any = SimpleNamespace(read=file.read, seek=file.seek, tell=file.tell)  # no name: the bytes decide what it is
    told = tells_length(file)
    not_audio = RecordingError("not_audio", f"{shown(path)}: is no sound that can be read; expected {FORMATS}")
    file.seek(0)
    parts: list[NDArray[Any]] = []
    lost = 0.0
    try:
        with av.open(
            bare, "r", metadata_errors="replace", options={"format_whitelist": DEMUXERS, "protocol_whitelist": "none"}
        ) as container:
            stream = next((s for s in container.streams.audio if s.codec_context is not None), None)
            if stream is None:  # no sound, or a codec that FFmpeg does not know
                raise not_audio
            _check(path, stream.channels, stream.rate)
            length = float((stream.duration or 0) * (stream.time_base or 0)) if told else 0.0
            shape = None
            rate, resampler = stream.rate, av.AudioResampler(format="fltp")
            for packet in container.demux(stream):
                try:
                    frames = packet.decode()
                except av.error.InvalidDataError:
                    lost += float((packet.duration or 0) * packet.time_base)
                    continue
                for frame in frames:
                    shape = shape or (frame.sample_rate, frame.layout.nb_channels)
                    if shape != (frame.sample_rate, frame.layout.nb_channels):  # a damaged header
                        lost += frame.samples / frame.sample_rate
                        continue
                    rate = frame.sample_rate
                    parts += [part.to_ndarray() for part in resampler.resample(frame)]
            if parts:
                parts += [part.to_ndarray() for part in resampler.resample(None)]
    except (av.error.FFmpegError, ValueError) as error:  # ValueError: what the resampler refuses
        raise (_truncated(path, "decoding stops midway") if parts else not_audio) from error
    samples = np.concatenate(parts, axis=1) if parts else np.zeros((1, 0), np.float32)
    lost = max(lost, length - samples.shape[1] / rate)
    if lost > MAX_LOST:
        raise _truncated(path, f"{lost:.1f} s cannot be decoded")
    _check(path, samples.shape[0], rate)
    return samples, rate


def _check(path: str | os.PathLike[str], channels: int, rate: int) -> None:
    if channels > MAX_CHANNELS:
        message = f"{shown(path)}: has {channels} channels; expected one or two: mix it down or export agent and customer only"
        raise RecordingError("too_many_channels", message)
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        message = f"{shown(path)}: has {rate} Hz; expected {LOWEST_RATE} to {HIGHEST_RATE} Hz: export it at another rate"
        raise RecordingError("sample_rate", message)
