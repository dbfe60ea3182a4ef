"""A night as a Prefect flow: one task per call; what they do stands in `flows`."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines import flows
from pipelines.doctor import silence_telemetry
from pipelines.flows import Outcome
from pipelines.recordings import Failure, Recording
from pipelines.store import private
from pipelines.tasks import Job, Run

if TYPE_CHECKING:
    from pipelines.terminal import Progress

LISTED = 500
"""Most calls that the run's artifact lists."""


def prepare(work: Path) -> None:
    """Settings of Prefect's own, made before it is imported; what the user has set counts.

    Without a server of the user's, Prefect starts one for the night, which takes a while on a busy machine.
    """
    silence_telemetry()
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
    os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "pipelines")  # the stages of each call, in the run's log
    logging.getLogger("pipelines").setLevel(logging.INFO)
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "ERROR")
    if "PREFECT_API_URL" not in os.environ and "PREFECT_HOME" not in os.environ:
        private(work / "prefect")
        os.environ["PREFECT_HOME"] = str((work / "prefect").absolute())


def run_night(found: Sequence[Recording | Failure], run: Run, progress: Progress) -> list[Outcome]:
    """Run `flows.night` as a Prefect flow; `progress` hears how many calls there are, and of each as it ends."""
    prepare(run.store.work)
    from prefect import flow, task
    from prefect.cache_policies import NO_CACHE
    from prefect.task_runners import ThreadPoolTaskRunner

    @task(name="score call", task_run_name="{call_id}", cache_policy=NO_CACHE, persist_result=False)
    def score_call(call_id: str, number: int) -> Outcome:
        outcome = flows.score_recording(jobs[number], run)
        progress.done(outcome)
        return outcome

    jobs: list[Job] = []

    def score_all(planned: Sequence[Job], run: Run) -> list[Outcome]:
        jobs.extend(planned)
        progress.begin(len(jobs))
        futures = [score_call.submit(job.call_id, number) for number, job in enumerate(jobs)]
        return [future.result() for future in futures]

    @flow(
        name="night",
        flow_run_name=run.run_id,
        task_runner=ThreadPoolTaskRunner(max_workers=run.settings.batch.workers),
        persist_result=False,
    )
    def night(run_id: str, out: str, recordings: int) -> list[Outcome]:
        outcomes = flows.night(found, run, score_all)
        _artifacts(outcomes)
        return outcomes

    return night(run.run_id, str(run.store.root), len(found))


def _artifacts(outcomes: Sequence[Outcome]) -> None:
    """The night's table in the run: each call with the seconds of every stage, failed ones first."""
    from prefect.artifacts import create_table_artifact

    rows = [
        {"call": o.call_id, "status": o.status, "reason": o.reason_code, "seconds": o.seconds, **o.stages}
        for o in sorted(outcomes, key=lambda o: o.status != "failed")
    ]
    create_table_artifact(rows[:LISTED], key="night", description=summary(outcomes))


def summary(outcomes: Sequence[Outcome]) -> str:
    """How many recordings ended how, with the reasons of the failed ones.

    >>> summary([Outcome("a", "a", "scored"), Outcome("b", "b", "failed", "no_speech")])
    '1 scored, 1 failed (no_speech 1), 0 unchanged'
    """
    count = {status: sum(o.status == status for o in outcomes) for status in ("scored", "failed", "unchanged")}
    codes = [o.reason_code for o in outcomes if o.status == "failed"]
    reasons = ", ".join(f"{code} {codes.count(code)}" for code in sorted({c for c in codes if c}))
    failed = f"{count['failed']} failed ({reasons})" if reasons else f"{count['failed']} failed"
    return f"{count['scored']} scored, {failed}, {count['unchanged']} unchanged"
