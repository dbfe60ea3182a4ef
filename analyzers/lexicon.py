"""Read, check and match phrases in timed words.

A lexicon is one TOML file per language beside this module. A category holds `phrases` and optional rules::

    [calm_down]
    speaker = "agent"                    # whose words count: agent | customer | any
    phrases = ["beruhig* sie sich", "(jetzt|bitte) ganz ruhig"]
    unless_before = ["nicht", "kein*"]   # words within 4 before the match that take it away: negation, quotation
    yes = ["Bitte beruhigen Sie sich."]  # must match; the tests run every sentence
    no = ["Sie müssen sich nicht beruhigen."]

Pattern tokens: `word`, `stem*`, `(a|b c*)`, `[optional]` and `...` (up to 3 words between). A token of six letters or more also
matches a recognised word with the same first letter that differs by one letter in seven, because speech recognition misspells.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pyannote.core import Segment
from rapidfuzz.distance import Levenshtein

from analyzers.conversation import Phrase, Turn, Word
from analyzers.errors import UsageError

BEFORE = 4
"""Words before a match in which a word of `unless_before` takes it away."""
GAP = 3
"""Words that `...` spans at most."""
FUZZY_FROM = 6
"""Letters from which a token may be misspelt."""
FUZZY_PER = 7
"""Letters for each one that may differ."""
SENTENCE_END = (".", "!", "?", "…")
SPEAKERS = ("agent", "customer", "any")


@dataclass(frozen=True)
class Category:
    """Phrases of one kind with the rules that take a match away and the sentences that test them."""

    name: str
    speaker: str
    patterns: tuple[tuple[str, ...], ...]
    unless_before: tuple[str, ...]
    unless_after: tuple[str, ...]
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True)
class Lexicon:
    """All categories of one language; `identity` goes into every scorecard."""

    language: str
    version: int
    categories: dict[str, Category]

    @property
    def identity(self) -> str:
        """Language and version."""
        return f"{self.language} {self.version}"

    def is_backchannel(self, text: str) -> bool:
        """Whether every word belongs to a listening token of the language."""
        words = tokens(text)
        category = self.categories.get("backchannel")
        if not words or category is None:
            return False
        at = 0
        while at < len(words):
            ends = [end for pattern in category.patterns for end in _match(pattern, words, at) if end > at]
            if not ends:
                return False
            at = max(ends)
        return True


def normalise(text: str) -> str:
    """Lower case without punctuation at the edges.

    >>> normalise("„Beruhigen!“")
    'beruhigen'
    """
    return re.sub(r"^\W+|\W+$", "", unicodedata.normalize("NFC", text).casefold()).replace("’", "'")


def tokens(text: str) -> list[str]:
    """Words of a text, normalised.

    >>> tokens("Mm-hm, ja.")
    ['mm-hm', 'ja']
    """
    return [t for t in map(normalise, text.split()) if t]


def _parse(pattern: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\([^)]*\)|\[[^\]]*\]|\.\.\.|\S+", pattern.casefold()))


def _close(token: str, word: str) -> bool:
    return token[0] == word[:1] and Levenshtein.distance(token, word) <= len(token) // FUZZY_PER


def _token_matches(token: str, word: str) -> bool:
    if token.endswith("*"):
        stem = token[:-1]
        return word.startswith(stem) or (len(stem) >= FUZZY_FROM and any(_close(stem, word[: len(stem) + more]) for more in (-1, 0, 1)))
    if word == token:
        return True
    return len(token) >= FUZZY_FROM and _close(token, word)


def _match(pattern: Sequence[str], words: Sequence[str], at: int) -> set[int]:
    """Positions after every way in which the pattern matches `words` from position `at`."""
    ends = {at}
    for token in pattern:
        if token == "...":
            ends = {e + k for e in ends for k in range(GAP + 1)}
        elif token[0] in "([":
            options = [_parse(option.strip()) for option in token[1:-1].split("|")]
            found = {e for start in ends for option in options for e in _match(option, words, start)}
            ends = found | ends if token[0] == "[" else found
        else:
            ends = {e + 1 for e in ends if e < len(words) and _token_matches(token, words[e])}
        if not ends:
            break
    return {e for e in ends if e <= len(words)}


def _read(language: str, text: str) -> Lexicon:
    data = tomllib.loads(text)
    version = data.pop("version")
    categories = {}
    for name, entry in data.items():
        unknown = set(entry) - {"speaker", "phrases", "unless_before", "unless_after", "yes", "no"}
        if unknown or entry.get("speaker") not in SPEAKERS or not entry.get("phrases"):
            raise UsageError(
                f"lexicon {language}, [{name}]: needs speaker (one of {', '.join(SPEAKERS)}) and phrases; unknown keys: {sorted(unknown)}"
            )
        categories[name] = Category(
            name,
            entry["speaker"],
            tuple(_parse(p) for p in entry["phrases"]),
            tuple(t.casefold() for t in entry.get("unless_before", ())),
            tuple(t.casefold() for t in entry.get("unless_after", ())),
            tuple(entry.get("yes", ())),
            tuple(entry.get("no", ())),
        )
    return Lexicon(language, version, categories)


@cache
def load(language: str) -> Lexicon | None:
    """The packaged lexicon of a language (ISO 639-1), None where there is no pack."""
    file = resources.files("analyzers") / "lexicons" / f"{language}.toml"
    return _read(language, file.read_text(encoding="utf-8")) if file.is_file() else None


def languages() -> list[str]:
    """Languages with a pack."""
    return sorted(f.name.removesuffix(".toml") for f in (resources.files("analyzers") / "lexicons").iterdir() if f.name.endswith(".toml"))


def spans(category: Category, raw: Sequence[str]) -> list[tuple[int, int]]:
    """Positions (first, past the last) of a category's phrases in words as written; overlapping ones count once.

    A word of `unless_before` counts only within the same sentence, or inside a gap of the phrase.
    """
    words = [normalise(w) for w in raw]
    found: list[tuple[int, int]] = []
    for at in range(len(words)):
        if found and at < found[-1][1]:
            continue
        end, pattern = max(((e, p) for p in category.patterns for e in _match(p, words, at)), default=(at, ()))
        if end <= at:
            continue
        since = max((i + 1 for i in range(max(0, at - BEFORE), at) if raw[i].rstrip().endswith(SENTENCE_END)), default=max(0, at - BEFORE))
        before, after = words[since:at], words[end : end + 2]
        written = {token for part in pattern for token in re.findall(r"[\w'*-]+", part)}
        inside = [w for w in words[at:end] if w not in written]
        if any(_token_matches(t, w) for t in category.unless_before for w in [*before, *inside]):
            continue
        if any(_token_matches(t, w) for t in category.unless_after for w in after):
            continue
        found.append((at, end))
    return found


def find(lexicon: Lexicon, turn: Turn) -> list[Phrase]:
    """Phrases of a turn whose category is meant for the turn's role."""
    words: list[Word] = [w for w in turn.words if normalise(w.text)]
    texts = [w.text for w in words]
    phrases = []
    for category in lexicon.categories.values():
        if category.speaker != "any" and category.speaker != turn.role:
            continue
        for a, b in spans(category, texts):
            text = " ".join(w.text.strip() for w in words[a:b])
            phrases.append(Phrase(category.name, turn.index, Segment(words[a].start, max(w.end for w in words[a:b])), text))
    return phrases


def count(lexicon: Lexicon, category: str, texts: Iterable[str]) -> int:
    """How often phrases of a category occur in the given texts, whoever speaks."""
    entry = lexicon.categories.get(category)
    return 0 if entry is None else sum(len(spans(entry, text.split())) for text in texts)
