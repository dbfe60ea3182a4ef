"""Transcription with faster-whisper: all channels' windows in one batched run, int8 on a CPU, float16 on a GPU."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Timeline

from analyzers.conversation import Transcript, Word
from analyzers.errors import UsageError
from pipelines import models
from pipelines.engines import transcription
from pipelines.engines.base import MODEL_RATE

logger = logging.getLogger(__name__)


class FasterWhisper:
    """A Whisper model in CTranslate2 form.

    Parameters
    ----------
    model : name ("base", "large-v3-turbo", …) or folder.
    device : "cpu" or "cuda".
    threads : CPU threads; 0 for all.
    batch_size : windows that are decoded at once.
    """

    def __init__(self, model: str = "base", device: str = "cpu", threads: int = 0, batch_size: int = 8) -> None:
        self.name, self.device, self.threads, self.batch_size = model, device, threads, batch_size
        self.precision = "float16" if device == "cuda" else "int8"

    @cached_property
    def identity(self) -> str:
        """Engine, version, model, precision, beam and weights' checksum in one line."""
        parts = (Path(self.name).name, self.precision, f"beam {transcription.BEAM}", f"sha256 {models.sha256_of(self._folder)[:12]}")
        return ", ".join((f"faster-whisper {version('faster-whisper')}", *parts))

    def transcribe(self, channels: Sequence[NDArray[np.float32]], speech: Sequence[Timeline], languages: Sequence[str]) -> Transcript:
        """Words of all channels in order of time; see `Transcriber`."""
        return transcription.transcribe(self, channels, speech, languages)

    def language_probabilities(self, samples: NDArray[np.float32]) -> dict[str, float]:
        """Probability of every language the model knows."""
        return dict(self._model.detect_language(samples)[2])

    def decode(self, windows: Sequence[NDArray[np.float32]], language: str) -> list[transcription.Heard]:
        """Words of each window, all windows in one batched run."""
        from faster_whisper import BatchedInferencePipeline

        starts = np.cumsum([0, *(w.size for w in windows)]) / MODEL_RATE
        clips = [{"start": float(a), "end": float(b)} for a, b in zip(starts[:-1], starts[1:], strict=True)]
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(windows),
            language=language,
            clip_timestamps=clips,
            word_timestamps=True,
            batch_size=self.batch_size,
            beam_size=transcription.BEAM,
        )
        heard: list[list[Any]] = [[] for _ in windows]
        for segment in segments:
            heard[int(np.argmin(np.abs(starts[:-1] - segment.seek / 100)))].append(segment)
        return [_heard(found, float(start)) for found, start in zip(heard, starts, strict=False)]

    @cached_property
    def _folder(self) -> Path:
        given = Path(self.name)
        if (given / "model.bin").is_file():
            return given
        if self.name == "base" and models.installed(models.model("whisper-base")):
            return models.path_of("whisper-base")
        return _download(self.name)

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        threads = self.threads or os.cpu_count() or 1
        try:
            return WhisperModel(str(self._folder), device=self.device, compute_type=self.precision, cpu_threads=threads)
        except (RuntimeError, ValueError) as error:
            raise models.unreadable(self._folder, error) from error


def _heard(segments: Sequence[Any], start: float) -> transcription.Heard:
    words = tuple(Word(w.word, w.start - start, w.end - start, float(w.probability)) for s in segments for w in s.words or ())
    no_speech = max((s.no_speech_prob for s in segments), default=1.0)
    return transcription.Heard(words, no_speech, min((s.avg_logprob for s in segments), default=0.0))


def _download(name: str) -> Path:
    """Weights fetched by the engine itself, said aloud."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from faster_whisper.utils import available_models, download_model

    if Path(name).is_dir() and name not in available_models():
        raise models.no_whisper_folder(Path(name))
    if name not in available_models() and "/" not in name:
        raise UsageError(f"model {name!r} is neither a folder nor known to faster-whisper; expected one of {', '.join(available_models())}")
    try:
        return Path(download_model(name, local_files_only=True))
    except Exception:
        logger.warning("weights of Whisper %s are not here: faster-whisper downloads them by name", name)
    try:
        return Path(download_model(name))
    except Exception as error:
        raise UsageError(
            f"model {name!r} could not be downloaded ({type(error).__name__}); give the path of a folder that holds it"
        ) from error
