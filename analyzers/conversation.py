"""The types that everything speaks in. Times are seconds as float; other quantities carry their unit in their name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Segment

Role = Literal["agent", "customer", "other", "unknown"]
Kind = Literal["turn", "backchannel", "interruption", "failed_interruption", "hold", "ivr"]

PARTIES: tuple[Role, Role] = ("agent", "customer")
FLOOR_KINDS: tuple[Kind, ...] = ("turn", "interruption")
"""Kinds of turn that hold the floor; the others are said while somebody else holds it."""


@dataclass(frozen=True)
class Waveform:
    """Sound: `samples` float32 of shape (n_channels, n_samples) within ±1.0, `sample_rate` in Hz."""

    samples: NDArray[np.float32]
    sample_rate: int

    @property
    def n_channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return float(self.samples.shape[1] / self.sample_rate)


@dataclass(frozen=True)
class Word:
    """A recognised word with its time, confidence (0 to 1) and the channel it was heard on (None: mono)."""

    text: str
    start: float
    end: float
    confidence: float | None = None
    channel: int | None = None


@dataclass(frozen=True)
class Transcript:
    """Words in order of time; `language` is an ISO 639-1 code, `language_confidence` 0 to 1 (None: was given)."""

    language: str
    words: tuple[Word, ...]
    language_confidence: float | None = None


@dataclass(frozen=True)
class SystemAudio:
    """A stretch that is nobody's speech: hold music or an announcement."""

    segment: Segment
    kind: Literal["hold", "ivr"]
    speaker: str


@dataclass(frozen=True)
class Turn:
    """What one speaker says until the floor passes, or what is said while another holds it.

    `speech` is the voice activity inside `segment`; `interrupts` is the index of the turn that is broken into.
    """

    index: int
    role: Role
    speaker: str
    segment: Segment
    speech: tuple[Segment, ...]
    words: tuple[Word, ...]
    kind: Kind
    interrupts: int | None = None

    @property
    def text(self) -> str:
        """The words as one line."""
        return " ".join(w.text.strip() for w in self.words)

    @property
    def talk(self) -> float:
        """Seconds of speech."""
        return float(sum(s.duration for s in self.speech))


@dataclass(frozen=True)
class Roles:
    """Who is agent and who customer: `of` maps speaker labels to roles, `confidence` 0 to 1, `reason` in words."""

    of: Mapping[str, Role]
    source: str
    confidence: float
    reason: str
    certain: bool


@dataclass(frozen=True)
class Prosody:
    """Pitch, level and effort of one speaker, one value per `step` seconds from the start of the call.

    `f0_hz` (n,) is NaN where unvoiced or where anybody else is heard too, and so are `level_dbfs` (n,) and `effort_db` (n,).
    """

    step: float
    f0_hz: NDArray[np.float64]
    level_dbfs: NDArray[np.float64]
    effort_db: NDArray[np.float64]


@dataclass(frozen=True)
class Voice:
    """One turn's voice: medians over its voiced frames, and shifts against the speaker's own baseline.

    `raised` is None where nothing could be measured. `voiced` counts seconds of voiced speech in which only this speaker is heard.
    """

    pitch_st: float | None
    pitch_shift_st: float | None
    level_dbfs: float | None
    level_shift_db: float | None
    effort_shift_db: float | None
    voiced: float
    raised: bool | None


@dataclass(frozen=True)
class Baseline:
    """What a speaker's shifts are measured against: F0 in Hz and where it comes from (call | profile)."""

    f0_hz: float | None
    source: str | None


@dataclass(frozen=True)
class Phrase:
    """A phrase of a lexicon found in a turn."""

    category: str
    turn: int
    segment: Segment
    text: str


@dataclass(frozen=True)
class Conversation:
    """Everything that is known about a call before anything is measured or judged.

    `voices` maps a turn's index to its voice, `baselines` a speaker to the own baseline, `prosody` a speaker to tracks.
    `overlap_known` is False where simultaneous speech cannot be told. `lexicon` is None where the language has no pack.
    """

    call_id: str
    duration: float
    language: str
    turns: tuple[Turn, ...]
    roles: Roles
    phrases: tuple[Phrase, ...] = ()
    voices: Mapping[int, Voice] = field(default_factory=dict)
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    prosody: Mapping[str, Prosody] = field(default_factory=dict)
    overlap_known: bool = True
    lexicon: str | None = None

    def by(self, role: Role, *kinds: Kind) -> list[Turn]:
        """Turns of a role, of the given kinds or of all kinds that are speech."""
        wanted = kinds or ("turn", "interruption", "failed_interruption", "backchannel")
        return [t for t in self.turns if t.role == role and t.kind in wanted]

    def talk(self, role: Role) -> float:
        """Seconds of speech of a role."""
        return float(sum(t.talk for t in self.by(role)))
