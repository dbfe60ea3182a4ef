"""The models behind their protocols, imported when they are made."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from analyzers.errors import UsageError

if TYPE_CHECKING:
    from pipelines.engines.base import Diarizer, Transcriber

TRANSCRIBERS = ("auto", "faster-whisper", "openai-whisper")
DEVICES = ("auto", "cpu", "cuda")


def make_transcriber(engine: str = "auto", model: str = "base", device: str = "auto", threads: int = 0, batch_size: int = 8) -> Transcriber:
    """A transcriber by name; `auto` takes the faster one that is installed.

    Parameters
    ----------
    engine : one of `TRANSCRIBERS`.
    model : name ("base", "large-v3-turbo") or path.
    device : one of `DEVICES`; `auto` takes a GPU where there is one.
    threads : CPU threads; 0 for all.
    batch_size : stretches of speech that faster-whisper decodes at once.
    """
    _expect("transcriber", engine, TRANSCRIBERS)
    if engine == "auto":
        engine = "faster-whisper" if find_spec("faster_whisper") else "openai-whisper"
    if engine == "faster-whisper":
        from pipelines.engines.faster_whisper import FasterWhisper

        return FasterWhisper(model, _device(device), threads, batch_size)
    from pipelines.engines.openai_whisper import OpenAIWhisper

    return OpenAIWhisper(model, _device(device), threads)


def make_diarizer(
    n_channels: int, model: str = "segmentation-3.0", device: str = "auto", threads: int = 0, step: float = 0.25, max_speakers: int = 3
) -> Diarizer:
    """Who speaks when: voice activity per channel for two channels, pyannote's pipeline for one.

    Parameters
    ----------
    n_channels : 1 or 2.
    model, step, max_speakers : of the diarization of one channel; see `PyannoteDiarizer`.
    device : one of `DEVICES`.
    threads : CPU threads; 0 for all.
    """
    if n_channels == 2:
        from pipelines.engines.channels import ChannelDiarizer

        return ChannelDiarizer()
    from pipelines.engines.pyannote import PyannoteDiarizer

    return PyannoteDiarizer(model, _device(device), threads, step, max_speakers)


def _device(name: str) -> str:
    _expect("device", name, DEVICES)
    if name != "auto":
        return name
    import ctranslate2

    return "cuda" if ctranslate2.get_cuda_device_count() else "cpu"


def _expect(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise UsageError(f"{what} {given!r} is unknown; expected one of {', '.join(known)}")
