"""The order of things, and nothing else: the stages of a call, and the steps of a night.

`tasks` has the stages; `orchestration` runs a night as a Prefect flow. Both functions here run without Prefect too.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from analyzers.errors import RecordingError
from pipelines import tasks
from pipelines.audio import shown
from pipelines.planning import plan
from pipelines.publish import publish
from pipelines.recordings import Failure, Recording
from pipelines.tasks import Job, Run
from pipelines.wide import write_calls

logger = logging.getLogger(__name__)


Status = Literal["scored", "unchanged", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of a recording. `audio` is its length in seconds of sound, `stages` the seconds of work of each stage."""

    file: str
    call_id: str | None
    status: Status
    reason_code: str | None = None
    message: str | None = None
    seconds: float = 0.0
    audio: float = 0.0
    stages: dict[str, float] = field(default_factory=dict)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def row(self) -> dict[str, Any]:
        """A row of `tables.RUNS`."""
        names = ("file", "call_id", "status", "reason_code", "message", "seconds", "started_at")
        ended_at = self.started_at + timedelta(seconds=self.seconds)
        return {**{n: getattr(self, n) for n in names}, "ended_at": ended_at}


class Clock:
    """Times the stages of a call and says in the log which one begins."""

    def __init__(self, call_id: str) -> None:
        self.call_id = call_id
        self.started_at = datetime.now(UTC)
        self.stages: dict[str, float] = {}
        self.audio = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time one stage."""
        logger.info("%s: %s", self.call_id, name)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] = round(time.perf_counter() - start, 3)


def score_call(job: Job, run: Run, clock: Clock) -> None:
    """The stages of a call."""
    with clock.stage("decode"):
        waveform = tasks.decode(job.recording)
        clock.audio = waveform.duration
        sound = tasks.for_models(waveform)
    with clock.stage("diarize"):
        system = tasks.find_hold_music(waveform)
        activity = tasks.diarize(sound, system, job, run)
    with clock.stage("transcribe"):
        transcript = tasks.transcribe(sound, activity, job, run)
    with clock.stage("voices"):
        tracks = tasks.follow_voices(waveform, system, activity, job, run)
    with clock.stage("converse"):
        conversation = tasks.converse(job, run, waveform, system, activity, transcript, tracks)
    with clock.stage("measure"):
        measurements = tasks.measure(conversation)
    with clock.stage("score"):
        results = tasks.score(conversation, measurements, run)
    with clock.stage("write"):
        tasks.write(job, run, waveform, conversation, measurements, results)


def score_recording(job: Job, run: Run) -> Outcome:
    """Score one recording; whatever happens becomes an outcome."""
    clock = Clock(job.call_id)
    try:
        if run.store.is_current(job.call_id, job.audio_sha256, tasks.fingerprint(job.recording, run)):
            return _outcome(job, clock, "unchanged")
        score_call(job, run, clock)
        return _outcome(job, clock, "scored")
    except RecordingError as error:
        if error.__cause__ is not None:
            run.store.log(run.run_id, job.call_id, traceback.format_exc())
        return _outcome(job, clock, "failed", error.reason, str(error))
    except Exception as error:
        log = run.store.log(run.run_id, job.call_id, traceback.format_exc())
        what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        message = f"{shown(job.recording.path)}: a defect of Tonlage ({what}); please report it with {shown(log)}"
        return _outcome(job, clock, "failed", "internal", message)


def _outcome(job: Job, clock: Clock, status: Status, reason: str | None = None, message: str | None = None) -> Outcome:
    seconds = round((datetime.now(UTC) - clock.started_at).total_seconds(), 3)
    logger.info("%s: %s%s", job.call_id, status, f" ({reason})" if reason else "")
    return Outcome(
        file=shown(job.recording.path),
        call_id=job.call_id,
        status=status,
        reason_code=reason,
        message=message,
        seconds=seconds,
        audio=clock.audio,
        stages=clock.stages,
        started_at=clock.started_at,
    )


ScoreAll = Callable[[Sequence[Job], Run], list[Outcome]]


def one_by_one(jobs: Sequence[Job], run: Run) -> list[Outcome]:
    """Score calls one after the other, without Prefect."""
    return [score_recording(job, run) for job in jobs]


def night(found: Sequence[Recording | Failure], run: Run, score_all: ScoreAll = one_by_one, publish_report: bool = True) -> list[Outcome]:
    """The steps of a night: plan, score every call, tables, report."""
    planned = plan(found, run.store)
    outcomes = score_all([job for job in planned if isinstance(job, Job)], run)
    outcomes += [_refused(f) for f in planned if isinstance(f, Failure)]
    outcomes.sort(key=lambda o: o.file)
    run.store.write_run(run.run_id, [o.row() for o in outcomes])
    write_calls(run.store)
    if publish_report:
        publish(run.store, run.settings, run.rubric)
    return outcomes


def _refused(failure: Failure) -> Outcome:
    return Outcome(failure.file, failure.call_id, "failed", failure.reason, failure.message)
