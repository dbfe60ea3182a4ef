"""Who speaks when on one channel: pyannote.audio's own diarization pipeline, on weights that come with packages."""

from __future__ import annotations

import os
import warnings
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from pyannote.core import Annotation

from analyzers.conversation import Waveform
from analyzers.errors import UsageError
from pipelines import models
from pipelines.engines.base import MODEL_RATE

PACKAGED = "segmentation-3.0"
COMMUNITY = "community-1"

THRESHOLD, MIN_CLUSTER_SIZE = 0.7, 6
"""Distance of unit-length embeddings under which voices are one, and windows that a voice must be heard in to count as a speaker."""

SAME_VOICE = 0.12
"""Cosine distance under which the two voices that were hoped for are one."""

BATCH = 8
"""Windows per model call."""


class PyannoteDiarizer:
    """pyannote.audio's `SpeakerDiarization`, two speakers hoped for, a third voice allowed.

    Parameters
    ----------
    model : "segmentation-3.0" (packaged, with CAM++ as the speaker embedding), "community-1", or the folder of a pyannote pipeline.
    device : "cpu" or "cuda".
    threads : CPU threads; 0 for all.
    step : step of the packaged model's window as a share of its length.
    max_speakers : most voices.
    """

    def __init__(self, model: str = PACKAGED, device: str = "cpu", threads: int = 0, step: float = 0.25, max_speakers: int = 3) -> None:
        self.model, self.device, self.threads, self.step, self.max_speakers = model, device, threads, step, max_speakers

    @cached_property
    def identity(self) -> str:
        """Engine, version, models with checksums, and what was set, in one line."""
        parts = [f"pyannote.audio {version('pyannote.audio')}", Path(self.model).name, f"at most {self.max_speakers} voices"]
        if self.model == PACKAGED:
            weights = [f"{name} sha256 {models.model(name).sha256[:12]}" for name in ("segmentation", "campplus")]
            parts += [*weights, f"step {self.step:g}", f"threshold {THRESHOLD:g}", f"smallest cluster {MIN_CLUSTER_SIZE}"]
        elif Path(self.model).is_dir():
            parts.append(f"sha256 {models.sha256_of_folder(Path(self.model))[:12]}")
        return ", ".join(parts)

    def diarize(self, waveform: Waveform) -> Annotation:
        """Speech of each speaker, overlaps kept; labels `speaker_0`, `speaker_1`, … in order of appearance."""
        import torch

        if waveform.sample_rate != MODEL_RATE:
            raise ValueError(f"expected {MODEL_RATE} Hz, not {waveform.sample_rate}")
        file = {"waveform": torch.from_numpy(waveform.samples[:1]), "sample_rate": MODEL_RATE, "uri": "call"}
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.filterwarnings("ignore", r"\s*The detected number of speakers")  # a call may have fewer voices than were hoped for
            result = self._pipeline(file, min_speakers=min(2, self.max_speakers), max_speakers=self.max_speakers)
        found: Annotation = result.speaker_diarization
        if one_voice(result.speaker_embeddings):
            found = found.rename_labels({label: "one" for label in found.labels()})
        order = sorted(found.labels(), key=lambda label: found.label_timeline(label).extent().start)
        return found.rename_labels({label: f"speaker_{n}" for n, label in enumerate(order)}).support()

    @cached_property
    def _pipeline(self) -> Any:
        os.environ["PYANNOTE_METRICS_ENABLED"] = "0"
        import torch

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\s*torchcodec")  # wants FFmpeg's libraries, but waveforms are passed, no paths
            import pyannote.audio  # noqa: F401
        if self.threads:
            torch.set_num_threads(self.threads)
        pipeline = _packaged(self.step) if self.model == PACKAGED else _of_user(self.model)
        return pipeline.to(torch.device(self.device))


def one_voice(centroids: np.ndarray | None) -> bool:
    """Whether two clusters (2, dimension) are the same voice: two were hoped for, but one person may have spoken alone."""
    if centroids is None or len(centroids) != 2 or not np.isfinite(centroids).all():
        return False
    a, b = centroids / np.linalg.norm(centroids, axis=1, keepdims=True)
    return bool(1 - a @ b < SAME_VOICE)


def _packaged(step: float) -> Any:
    """The pipeline on segmentation-3.0 and CAM++ from installed packages."""
    from pyannote.audio import Audio, Model
    from pyannote.audio.core.plda import PLDA
    from pyannote.audio.pipelines import SpeakerDiarization
    from pyannote.audio.pipelines.clustering import AgglomerativeClustering

    from pipelines.engines.campplus import CamPlusPlus

    class NoPLDA(PLDA):
        """Stands where the pipeline wants one that only VBx clustering uses."""

        def __init__(self) -> None:
            pass

    # OracleClustering only keeps the pipeline from fetching its default embedding; ours takes its place
    pipeline = SpeakerDiarization(
        segmentation=Model.from_pretrained(models.path_of("segmentation")),
        segmentation_step=step,
        segmentation_batch_size=BATCH,
        embedding_exclude_overlap=True,
        clustering="OracleClustering",
        plda=NoPLDA(),
    )
    pipeline.klustering = "AgglomerativeClustering"
    pipeline._embedding = CamPlusPlus(models.path_of("campplus"))
    pipeline._audio = Audio(sample_rate=MODEL_RATE, mono="downmix")
    pipeline.clustering = AgglomerativeClustering(metric="cosine", constrained_assignment=True)  # two at once are two
    pipeline._expects_num_speakers = False
    pipeline.embedding_batch_size = BATCH
    return pipeline.instantiate(
        {
            "segmentation": {"min_duration_off": 0.0},
            "clustering": {"method": "centroid", "threshold": THRESHOLD, "min_cluster_size": MIN_CLUSTER_SIZE},
        }
    )


def _of_user(model: str) -> Any:
    """A pipeline that the user has: community-1 from the hub's local cache or by the user's token, or a folder."""
    from pyannote.audio import Pipeline

    if model != COMMUNITY and not Path(model).exists():
        raise _missing(model, "there is no such file or folder")
    name = f"pyannote/speaker-diarization-{COMMUNITY}" if model == COMMUNITY else model
    try:
        pipeline = Pipeline.from_pretrained(name)
    except Exception as error:
        raise _missing(model, type(error).__name__) from error
    if pipeline is None:
        raise _missing(model, "no access")
    return pipeline


def _missing(model: str, why: str) -> UsageError:
    return UsageError(
        f"diarization.model {model!r} cannot be loaded ({why}); expected {PACKAGED}, {COMMUNITY} with its weights downloaded, "
        "or the folder of a pyannote pipeline"
    )
