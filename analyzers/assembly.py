"""From what the models heard to a `Conversation`: units, announcements, roles, floor, turns, phrases, voices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyannote.core import Annotation

from analyzers import lexicon as lexicons
from analyzers import prosody, system_audio, transitions, turns
from analyzers import roles as role_finding
from analyzers.conversation import Baseline, Conversation, Phrase, Prosody, Role, SystemAudio, Transcript, Voice


def channel_of(speaker: str) -> int | None:
    """The channel that a label of two-channel diarization stands for.

    >>> channel_of("channel_1"), channel_of("speaker_1")
    (1, None)
    """
    return int(speaker.removeprefix("channel_")) if speaker.startswith("channel_") else None


def converse(
    *,
    call_id: str,
    duration: float,
    activity: Annotation,
    transcript: Transcript,
    system: Sequence[SystemAudio],
    one_channel_each: bool,
    known: Mapping[str, Role],
    role_source: str,
    min_confidence: float,
    tracks: Mapping[str, Prosody] | None,
) -> Conversation:
    """Build the conversation.

    Parameters
    ----------
    activity : speech of each speaker, overlaps kept.
    transcript : words in order of time.
    system : hold music already found in the sound; announcements are found here by their words.
    one_channel_each : whether simultaneous speech is exact.
    known : roles that are given, by label, from `role_source`.
    min_confidence : below it roles stay unknown.
    tracks : pitch, level and effort by speaker; None where voices are not measured.
    """
    lexicon = lexicons.load(transcript.language)
    units = turns.inter_pausal_units(activity, transcript.words, system, channel_of)
    spoken = system_audio.announcements(units, lexicon)
    if spoken:
        system = [*system, *spoken]
        units = turns.inter_pausal_units(activity, transcript.words, system, channel_of)
    speakers = role_finding.parties(units)
    roles = role_finding.assign(units, speakers, lexicon, known, role_source, min_confidence)
    units = transitions.classify(
        units, speakers, lexicon.is_backchannel if lexicon else lambda text: False, transitions.overlap_threshold(one_channel_each)
    )
    rows = turns.assemble(units, sorted(system, key=lambda s: s.segment.start), roles, speakers)
    phrases: list[Phrase] = [p for t in rows for p in lexicons.find(lexicon, t)] if lexicon else []
    voices: dict[int, Voice] = {}
    baselines: dict[str, Baseline] = {}
    if tracks is not None:
        for speaker in speakers:
            found, baselines[speaker] = prosody.voices([t for t in rows if t.speaker == speaker and t.speech], tracks[speaker])
            voices.update(found)
    return Conversation(
        call_id=call_id,
        duration=duration,
        language=transcript.language,
        turns=rows,
        roles=roles,
        phrases=tuple(phrases),
        voices=voices,
        baselines=baselines,
        prosody=dict(tracks or {}),
        overlap_known=True,
        lexicon=lexicon.identity if lexicon else None,
    )
