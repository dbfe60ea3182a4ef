"""Vocal effort: energy at 1 to 3.4 kHz over energy at 50 to 1000 Hz, in dB. It rises when a voice is raised, and no gain hides it.

GeMAPS's alpha ratio (Eyben et al. 2016) is the same with the bands up to 5 kHz, which a telephone line does not carry. Lines and headsets
differ, so only differences within a call mean anything.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyzers import frames

LOW = (50.0, 1000.0)
"""Hz; the band that hardly changes."""
HIGH = (1000.0, 3400.0)
"""Hz; the band that rises with effort and still fits through a telephone."""


def of_spectra(spectra: NDArray[np.float32]) -> NDArray[np.float64]:
    """Effort in dB of each power spectrum, NaN where a band is empty."""
    low, high = (spectra[:, (frames.FREQUENCIES >= f) & (frames.FREQUENCIES < t)].sum(axis=1, dtype=np.float64) for f, t in (LOW, HIGH))
    known = (low > 0) & (high > 0)
    return np.asarray(np.where(known, 10 * np.log10(np.where(known, high, 1) / np.where(known, low, 1)), np.nan))
