"""The two small protocols behind which models stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Annotation, Timeline

from analyzers.conversation import Transcript, Waveform

MODEL_RATE = 16_000
"""Hz; what every speech model here wants."""


class Transcriber(Protocol):
    """Words with times from sound."""

    @property
    def identity(self) -> str:
        """Engine, version, model, precision and weights' checksum in one line, for the scorecard and the work files' names."""

    def transcribe(self, channels: Sequence[NDArray[np.float32]], speech: Sequence[Timeline], languages: Sequence[str]) -> Transcript:
        """Words of all channels in order of time.

        Parameters
        ----------
        channels : one float32 array of shape (n,) per channel, ±1.0 at `MODEL_RATE`.
        speech : voice activity of each channel; words outside it are dropped.
        languages : ISO 639-1 codes to choose among; one code fixes the language. One language is found for the whole call.
        """


class Diarizer(Protocol):
    """Who speaks when."""

    @property
    def identity(self) -> str:
        """Engine, version and models in one line."""

    def diarize(self, waveform: Waveform) -> Annotation:
        """Speech of each speaker, overlaps kept; labels `channel_0`, `channel_1` or `speaker_0`, `speaker_1`, …"""
