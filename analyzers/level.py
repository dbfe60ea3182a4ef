"""Level of a voice: root mean square of a frame, K-weighted as in ITU-R BS.1770, in dB relative to full scale.

The weighting lowers what the ear hardly hears as loudness, such as hum. A full-scale sine of 1 kHz reads -3.0 dB.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analyzers import frames

_SHELF = [1.53512485958697, -2.69169618940638, 1.19839281085285, 1.0, -1.69065929318241, 0.73248077421585]
_HIGH_PASS = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
_OFFSET = -0.691
"""dB; makes the weighting neutral at 1 kHz (BS.1770-5, annex 1)."""


def k_weights(frequencies: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power gain of the K-weighting; the standard's filters are given for 48 kHz."""
    z = np.exp(-2j * np.pi * frequencies / 48000)
    gain = np.ones(len(frequencies), dtype=complex)
    for b0, b1, b2, a0, a1, a2 in (_SHELF, _HIGH_PASS):
        gain *= (b0 + b1 * z + b2 * z**2) / (a0 + a1 * z + a2 * z**2)
    return np.asarray(np.abs(gain) ** 2)


def of_spectra(spectra: NDArray[np.float32]) -> NDArray[np.float64]:
    """Level in dBFS of each power spectrum, NaN for digital silence."""
    power = spectra @ k_weights(frames.FREQUENCIES)
    return np.asarray(np.where(power > 0, _OFFSET + 10 * np.log10(np.where(power > 0, power, 1)), np.nan))
