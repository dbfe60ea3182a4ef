"""The stages of a call, each a function of its own. Their order stands in `flows`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyannote.core import Annotation, Timeline

from analyzers import assembly, prosody, rubric, scorecard, scoring, system_audio
from analyzers.conversation import PARTIES, Conversation, Prosody, Role, SystemAudio, Transcript, Waveform
from analyzers.errors import RecordingError, TonlageError, UsageError
from analyzers.measure import measure as measure_all
from analyzers.measurement import Measurement
from analyzers.metrics import METRICS
from analyzers.tables import SCHEMA_VERSION
from pipelines import audio, engines, redaction, workfiles
from pipelines.config import Settings
from pipelines.engines.base import MODEL_RATE, Diarizer, Transcriber
from pipelines.recordings import Recording
from pipelines.store import Manifest, Store, digest

LEAST_SPEECH = 1.0
"""s of speech under which nobody is said to speak."""
SOFTWARE = f"tonlage {version('tonlage')}"


@dataclass(frozen=True)
class Run:
    """What all calls of a run share."""

    run_id: str
    settings: Settings
    rubric: rubric.Rubric
    store: Store


@dataclass(frozen=True)
class Job:
    """A recording with the call_id that it has in this output folder; `replaces` is the one it had before its metadata were corrected."""

    recording: Recording
    audio_sha256: str
    replaces: str | None = None

    @property
    def call_id(self) -> str:
        """The call_id in this output folder."""
        return self.recording.call_id


def start(settings: Settings, out: Path) -> Run:
    """A new run that writes to `out`; fails where a model, the rubric or the folder cannot be used."""
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    run = Run(run_id, settings, read_rubric(settings), Store(out, settings.recordings.time_zone).open())
    _made_by(settings)
    return run


def read_rubric(settings: Settings) -> rubric.Rubric:
    """The rubric of the settings."""
    file = settings.rubric.file
    try:
        return rubric.load(Path(file).read_text(encoding="utf-8") if file else None)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: the rubric cannot be read ({error}); see rubric.file") from error


# models: made once per process


@cache
def transcriber(settings: Settings) -> Transcriber:
    """The transcriber of the settings."""
    chosen = settings.transcription
    return engines.make_transcriber(
        chosen.engine, chosen.model, chosen.device, settings.batch.threads_per_worker, batch_size=chosen.batch_size
    )


@cache
def diarizer(settings: Settings, n_channels: int) -> Diarizer:
    """What tells who speaks when on so many channels."""
    chosen = settings.diarization
    device, threads = settings.transcription.device, settings.batch.threads_per_worker
    return engines.make_diarizer(n_channels, chosen.model, device, threads, step=chosen.step, max_speakers=chosen.max_speakers)


def forget_models() -> None:
    """Make the models anew at their next use."""
    transcriber.cache_clear()
    diarizer.cache_clear()


@contextmanager
def _engine(what: str) -> Iterator[None]:
    """Name the engine that failed."""
    try:
        yield
    except TonlageError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise RecordingError("engine_failed", f"{what} failed on this recording: {reason}; the traceback is in the log") from error


# what makes a scorecard stale


def fingerprint(recording: Recording, run: Run) -> str:
    """Everything beside the sound that a call's tables are made of."""
    settings = run.settings
    return digest(
        SCHEMA_VERSION,
        SOFTWARE,
        _made_by(settings),
        redaction.VERSION,
        [(m.id, m.version) for m in METRICS],
        run.rubric.digest,
        _lexicons(),
        [settings.transcription.languages, settings.roles.agent_channel, settings.roles.min_confidence],
        [settings.rubric.min_coverage, settings.privacy.voice_measures == "off", settings.recordings.time_zone],
        _metadata(recording),
    )


def _made_by(settings: Settings) -> list[str]:
    return [transcriber(settings).identity, diarizer(settings, 1).identity, diarizer(settings, 2).identity]


@cache
def _lexicons() -> str:
    files = sorted((resources.files("analyzers") / "lexicons").iterdir(), key=lambda f: f.name)
    return hashlib.sha256(b"".join(f.read_bytes() for f in files if f.name.endswith(".toml"))).hexdigest()


def _metadata(recording: Recording) -> Sequence[Any]:
    r = recording
    return [r.agent_id, r.team, r.recorded_at, r.agent_channel, r.language, dict(r.tags)]


# the stages, in order


def decode(recording: Recording) -> Waveform:
    """Sound of the file; two identical channels are one."""
    waveform = audio.read_audio(recording.path)
    return Waveform(waveform.samples[:1], waveform.sample_rate) if audio.is_dual_mono(waveform) else waveform


def find_hold_music(waveform: Waveform) -> list[SystemAudio]:
    """Hold music on each channel."""
    return [
        SystemAudio(segment, "hold", f"channel_{i}" if waveform.n_channels == 2 else "recording")
        for i, channel in enumerate(waveform.samples)
        for segment in system_audio.hold_music(channel, waveform.sample_rate)
    ]


def for_models(waveform: Waveform) -> Waveform:
    """The same sound at the rate that speech models want."""
    return Waveform(audio.resample(waveform.samples, waveform.sample_rate, MODEL_RATE), MODEL_RATE)


def diarize(sound: Waveform, system: Sequence[SystemAudio], job: Job, run: Run) -> Annotation:
    """Speech of each speaker; on one channel hold music is nobody's."""
    engine = diarizer(run.settings, sound.n_channels)
    path = run.store.work_file(job.audio_sha256, "speakers.rttm", [engine.identity])
    with _engine("telling who speaks when"):
        activity = workfiles.kept(path, lambda: engine.diarize(sound), workfiles.write_activity, workfiles.read_activity)
    music = Timeline(s.segment for s in system if s.speaker == "recording")
    if music:
        activity = activity.extrude(music, mode="intersection")
    if activity.get_timeline().support().duration() < LEAST_SPEECH:
        raise RecordingError("no_speech", f"{audio.shown(job.recording.path)}: nobody speaks; expected a conversation of two people")
    return activity


def transcribe(sound: Waveform, activity: Annotation, job: Job, run: Run) -> Transcript:
    """Words of all channels, redacted before anything is kept."""
    engine = transcriber(run.settings)
    languages = [job.recording.language] if job.recording.language else list(run.settings.transcription.languages)
    made_by = [engine.identity, diarizer(run.settings, sound.n_channels).identity, redaction.VERSION, languages]
    path = run.store.work_file(job.audio_sha256, "transcript.json", made_by)
    speech = speech_by_channel(activity, sound.n_channels)
    with _engine("transcription"):
        return workfiles.kept(
            path,
            lambda: redaction.redact(engine.transcribe(list(sound.samples), speech, languages)),
            workfiles.write_transcript,
            workfiles.read_transcript,
        )


def speech_by_channel(activity: Annotation, n_channels: int) -> list[Timeline]:
    """Where anybody speaks on each channel."""
    if n_channels == 1:
        return [activity.get_timeline().support()]
    return [activity.label_timeline(f"channel_{i}").support() for i in range(n_channels)]


def follow_voices(waveform: Waveform, system: Sequence[SystemAudio], activity: Annotation, job: Job, run: Run) -> dict[str, Prosody] | None:
    """Pitch, level and effort of each speaker where nobody else is heard; None where voice measures are off."""
    if run.settings.privacy.voice_measures == "off":
        return None

    def track(speaker: str) -> Prosody:
        channel = assembly.channel_of(speaker) or 0
        music = [s.segment for s in system if s.speaker in (speaker, "recording")]
        return prosody.track(waveform.samples[channel], waveform.sample_rate, prosody.alone(activity, speaker, music))

    path = run.store.work_file(job.audio_sha256, "voices.npz", [SOFTWARE, diarizer(run.settings, waveform.n_channels).identity])
    return workfiles.kept(path, lambda: {s: track(s) for s in activity.labels()}, workfiles.write_prosody, workfiles.read_prosody)


def converse(
    job: Job,
    run: Run,
    waveform: Waveform,
    system: Sequence[SystemAudio],
    activity: Annotation,
    transcript: Transcript,
    tracks: Mapping[str, Prosody] | None,
) -> Conversation:
    """Roles, turns, phrases and voices."""
    settings = run.settings
    known, source = _known_roles(job.recording, settings, waveform.n_channels)
    return assembly.converse(
        call_id=job.call_id,
        duration=waveform.duration,
        activity=activity,
        transcript=transcript,
        system=system,
        one_channel_each=waveform.n_channels == 2,
        known=known,
        role_source=source,
        min_confidence=settings.roles.min_confidence,
        tracks=tracks,
    )


def _known_roles(recording: Recording, settings: Settings, n_channels: int) -> tuple[dict[str, Role], str]:
    """The agent's channel by the recording's metadata, else by the settings."""
    if n_channels != 2:
        return {}, "wording"
    for channel, source in ((recording.agent_channel, "metadata"), (settings.roles.agent_channel, "settings")):
        if channel is not None:
            return {f"channel_{channel}": "agent", f"channel_{1 - channel}": "customer"}, source
    return {}, "wording"


def measure(conversation: Conversation) -> Mapping[str, Measurement]:
    """Every metric."""
    return measure_all(conversation)


def score(conversation: Conversation, measurements: Mapping[str, Measurement], run: Run) -> scoring.Results:
    """Points by the rubric."""
    return scoring.score(run.rubric, conversation, measurements, run.settings.rubric.min_coverage)


def write(
    job: Job, run: Run, waveform: Waveform, conversation: Conversation, measurements: Mapping[str, Measurement], results: scoring.Results
) -> None:
    """The tables of the call, then that it is done."""
    r, settings = job.recording, run.settings
    call = scorecard.Call(
        job.call_id, job.audio_sha256, r.recorded_at, r.agent_id, r.team, r.language, r.tags, waveform.duration, waveform.n_channels
    )
    made_by = scorecard.Provenance(
        run.run_id,
        datetime.now(UTC),
        transcriber(settings).identity,
        diarizer(settings, waveform.n_channels).identity,
        SOFTWARE,
    )
    tables = {
        "turns": scorecard.turn_rows(conversation),
        "tracks": scorecard.track_rows(conversation, _peaks(waveform, conversation)),
        "scorecards": scorecard.scorecard_rows(conversation, measurements, results, call, made_by),
    }
    partition = run.store.partition(r.recorded_at)
    run.store.write_call(
        Manifest(job.call_id, job.audio_sha256, fingerprint(r, run), partition, str(r.path.absolute()), run.run_id), tables
    )
    if job.replaces is not None:
        run.store.remove_call(job.replaces)
    if not settings.privacy.keep_work:
        run.store.remove_work(job.audio_sha256)


def _peaks(waveform: Waveform, conversation: Conversation) -> dict[str, Sequence[float]]:
    """Largest sample of every track step of each party's channel; of the only channel on mono."""
    peaks = [_envelope(channel, round(waveform.sample_rate * scorecard.TRACK_STEP)) for channel in waveform.samples]
    channels = {role: assembly.channel_of(s) for s, role in conversation.roles.of.items()}
    return {role: peaks[channels.get(role) or 0].tolist() for role in PARTIES}


def _envelope(samples: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    padded = np.pad(np.abs(samples), (0, -len(samples) % size))
    return padded.reshape(-1, size).max(axis=1)
