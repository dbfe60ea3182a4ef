"""Transcription with OpenAI's own Whisper code, window by window; on the same packaged weights as faster-whisper."""

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
from pipelines.engines import transcription, whisper_weights
from pipelines.engines.base import MODEL_RATE

logger = logging.getLogger(__name__)


class OpenAIWhisper:
    """A Whisper model in OpenAI's form.

    Parameters
    ----------
    model : name ("base", "large-v3-turbo", …), a checkpoint file (.pt), or a folder in CTranslate2's form.
    device : "cpu" or "cuda".
    threads : CPU threads; 0 for all.
    """

    def __init__(self, model: str = "base", device: str = "cpu", threads: int = 0) -> None:
        self.name, self.device, self.threads = model, device, threads
        self.precision = "float16" if device == "cuda" else "float32"

    @cached_property
    def identity(self) -> str:
        """Engine, version, model, precision, beam and weights' checksum in one line."""
        parts = (Path(self.name).name, self.precision, f"beam {transcription.BEAM}", f"sha256 {models.sha256_of(self._weights)[:12]}")
        return ", ".join((f"openai-whisper {version('openai-whisper')}", *parts))

    def transcribe(self, channels: Sequence[NDArray[np.float32]], speech: Sequence[Timeline], languages: Sequence[str]) -> Transcript:
        """Words of all channels in order of time; see `Transcriber`."""
        return transcription.transcribe(self, channels, speech, languages)

    def language_probabilities(self, samples: NDArray[np.float32]) -> dict[str, float]:
        """Probability of every language the model knows."""
        return dict(self._model.detect_language(self._mel(samples))[1])

    def decode(self, windows: Sequence[NDArray[np.float32]], language: str) -> list[transcription.Heard]:
        """Words of each window."""
        return [self._decode(window, language) for window in windows]

    def _decode(self, window: NDArray[np.float32], language: str) -> transcription.Heard:
        """One pass: `whisper.transcribe` would hear the window's end twice when it wants word times."""
        from whisper.audio import HOP_LENGTH
        from whisper.decoding import DecodingOptions
        from whisper.timing import add_word_timestamps
        from whisper.tokenizer import get_tokenizer

        half = self.precision == "float16"
        mel = self._mel(window).half() if half else self._mel(window)
        options = DecodingOptions(language=language, beam_size=transcription.BEAM, without_timestamps=True, fp16=half)
        found = self._model.decode(mel, options)
        segment: dict[str, Any] = {"seek": 0, "start": 0.0, "end": window.size / MODEL_RATE, "tokens": found.tokens}
        add_word_timestamps(
            segments=[segment],
            model=self._model,
            tokenizer=get_tokenizer(self._model.is_multilingual, num_languages=self._model.num_languages, language=language),
            mel=mel,
            num_frames=window.size // HOP_LENGTH,
            last_speech_timestamp=0.0,
        )
        words = tuple(Word(w["word"], w["start"], w["end"], float(w["probability"])) for w in segment["words"])
        return transcription.Heard(words, found.no_speech_prob, found.avg_logprob)

    def _mel(self, samples: NDArray[np.float32]) -> Any:
        import whisper

        return whisper.log_mel_spectrogram(whisper.pad_or_trim(samples), self._model.dims.n_mels).to(self._model.device)

    @cached_property
    def _weights(self) -> Path:
        """A folder in CTranslate2's form or a checkpoint file."""
        given = Path(self.name)
        if (given / "model.bin").is_file() or given.is_file():
            return given
        if self.name == "base" and models.installed(models.model("whisper-base")):
            return models.path_of("whisper-base")
        return _download(self.name)

    @cached_property
    def _model(self) -> Any:
        import torch
        import whisper

        if self.threads:
            torch.set_num_threads(self.threads)
        try:
            if self._weights.is_file():
                return whisper.load_model(str(self._weights), device=self.device)
            weights = whisper_weights.read_ctranslate2(self._weights / "model.bin")
            model = whisper.model.Whisper(whisper.model.ModelDimensions(**whisper_weights.dimensions(weights)))
            model.load_state_dict({name: torch.from_numpy(value) for name, value in whisper_weights.to_openai(weights).items()})
        except UsageError:
            raise
        except Exception as error:
            raise models.unreadable(self._weights, error) from error
        heads = whisper._ALIGNMENT_HEADS.get(self.name)
        if heads:
            model.set_alignment_heads(heads)
        return model.to(self.device).eval()


def _download(name: str) -> Path:
    """Weights fetched by the engine itself, said aloud."""
    import whisper

    if name not in whisper.available_models():
        if Path(name).is_dir():
            raise models.no_whisper_folder(Path(name))
        raise UsageError(
            f"model {name!r} is neither a file nor known to openai-whisper; expected one of {', '.join(whisper.available_models())}"
        )
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "whisper"
    if not (folder / Path(whisper._MODELS[name]).name).is_file():
        logger.warning("weights of Whisper %s are not here: openai-whisper downloads them by name", name)
    try:
        return Path(whisper._download(whisper._MODELS[name], str(folder), False))
    except Exception as error:
        raise UsageError(
            f"model {name!r} could not be downloaded ({type(error).__name__}); give the path of its checkpoint file"
        ) from error
