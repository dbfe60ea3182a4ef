"""What may not be kept is masked in the words, before anything is written. Times and the number of words stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from analyzers.conversation import Transcript, Word

VERSION = 1
"""Raised with every change of what is masked, so that work files made before are not used."""

CARD = (13, 19)
"""Fewest and most digits of a payment card number."""


def redact(transcript: Transcript) -> Transcript:
    """Mask payment-card numbers: groups of digits, said without other words between, that pass the card check.

    >>> words = tuple(Word(t, i, i + 1) for i, t in enumerate("Karte 4111 1111 1111 1111, danke".split()))
    >>> [w.text for w in redact(Transcript("de", words)).words]
    ['Karte', '****', '****', '****', '****,', 'danke']
    """
    words = list(transcript.words)
    start = 0
    while start < len(words):
        end = start
        while end < len(words) and _digits(words[end].text):
            end += 1
        for i in _cards(words[start:end]):
            words[start + i] = replace(words[start + i], text=re.sub(r"\d", "*", words[start + i].text))
        start = max(end, start + 1)
    return replace(transcript, words=tuple(words))


def _digits(text: str) -> str:
    """The digits of a word that has nothing else but signs, empty for any other word."""
    return re.sub(r"\D", "", text) if re.fullmatch(r"\s*[\d\W]+\s*", text) else ""


def _cards(run: Sequence[Word]) -> set[int]:
    """Which words of a run of digit groups belong to a card number."""
    groups = [_digits(w.text) for w in run]
    found: set[int] = set()
    for first in range(len(groups)):
        for last in range(first, len(groups)):
            number = "".join(groups[first : last + 1])
            if len(number) > CARD[1]:
                break
            if len(number) >= CARD[0] and _luhn(number):
                found.update(range(first, last + 1))
    return found


def _luhn(number: str) -> bool:
    """Check digit of payment cards (ISO/IEC 7812-1)."""
    doubled = (int(d) * (2 if i % 2 else 1) for i, d in enumerate(reversed(number)))
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
