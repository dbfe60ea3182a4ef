"""What a sound file says of its own length, read from its bytes: decoders keep quiet when the end is missing."""

from __future__ import annotations

import struct
from typing import BinaryIO

STREAMED = 0x7FFF_0000
"""Bytes: a WAV header written before the length was known says 0 or at least this."""

OGG_PAGE = 65_307
"""Bytes of the longest page."""


def missing_bytes(file: BinaryIO) -> int:
    """Bytes that the container promises and the file does not have; 0 where it promises nothing."""
    size = file.seek(0, 2)
    head = _at(file, 0, 12)
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return max(0, _wav_end(file, size) - size)
    if head[4:8] == b"ftyp":
        return max(0, _mp4_end(file, size) - size)
    if head[:4] == b"OggS":
        return max(0, _ogg_end(file, size) - size)
    return max(0, _mp3_end(file) - size)


def tells_length(file: BinaryIO) -> bool:
    """Whether the length that FFmpeg finds in the container is no guess; WAV and FLAC are looked into here."""
    head = _at(file, 0, 12)
    return head[4:8] == b"ftyp" or head[:4] == b"OggS" or _mp3_end(file) > 0


def flac_samples(file: BinaryIO) -> int:
    """Samples per channel that a FLAC file promises; 0 where it does not say, and for other formats."""
    head = _at(file, 0, 26)
    return int.from_bytes(head[18:26], "big") & (1 << 36) - 1 if head[:4] == b"fLaC" else 0


def _at(file: BinaryIO, position: int, n: int) -> bytes:
    file.seek(position)
    return file.read(n)


def _wav_end(file: BinaryIO, size: int) -> int:
    position, long_size = 12, 0
    for _ in range(1000):
        header = _at(file, position, 8)
        if len(header) < 8:
            break
        name, length = struct.unpack("<4sI", header)
        if name == b"ds64":
            long_size = int.from_bytes(_at(file, position + 16, 8), "little")
        if name == b"data":
            if long_size and length == 0xFFFF_FFFF:
                return position + 8 + long_size
            return 0 if length == 0 or length >= STREAMED else position + 8 + length
        position += 8 + length + length % 2
    riff = int.from_bytes(_at(file, 4, 4), "little")  # no sound found: the file ends within its header, or has none
    return 8 + riff if riff < STREAMED else 0


def _mp4_end(file: BinaryIO, size: int) -> int:
    position = 0
    boxes: set[bytes] = set()
    while position < size:
        header = _at(file, position, 16)
        length, name = int.from_bytes(header[:4], "big"), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        boxes.add(name)
        if length < 8:  # 0: up to the end of the file
            break
        position += length
    return position if b"moov" in boxes else max(position, size + OGG_PAGE)


def _ogg_end(file: BinaryIO, size: int) -> int:
    start = max(0, size - 2 * OGG_PAGE)
    tail = _at(file, start, size - start)
    page = tail.rfind(b"OggS")
    if page < 0:
        return 0
    header = tail[page : page + 27]
    if len(header) < 27:
        return start + page + OGG_PAGE
    table = tail[page + 27 : page + 27 + header[26]]
    return start + page + 27 + header[26] + sum(table)


def _mp3_end(file: BinaryIO) -> int:
    """End by the Xing/Info header that encoders write into the first frame."""
    start, tag = 0, _at(file, 0, 10)
    if tag[:3] == b"ID3" and len(tag) == 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(tag[6:10], (21, 14, 7, 0), strict=True))
    frame = _at(file, start, 64)
    found = max(frame.find(b"Xing"), frame.find(b"Info"))
    if frame[:1] != b"\xff" or found < 0:
        return 0
    flags, *fields = struct.unpack(">III", frame[found + 4 : found + 16])
    return start + fields[flags & 1] if flags & 2 else 0
