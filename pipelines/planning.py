"""What a run has to do: each recording with its hash and the call_id it has in this output folder, or why it cannot be scored."""

from __future__ import annotations

from collections.abc import Sequence

from analyzers.errors import RecordingError
from pipelines.audio import sha256, shown
from pipelines.recordings import Failure, Recording, resolve_duplicates
from pipelines.store import Store
from pipelines.tasks import Job


def plan(found: Sequence[Recording | Failure], store: Store) -> list[Job | Failure]:
    """One job or failure per recording."""
    failures = [f for f in found if isinstance(f, Failure)]
    hashed = []
    for recording in (r for r in found if isinstance(r, Recording)):
        try:
            hashed.append((recording, sha256(recording.path)))
        except RecordingError as error:
            failures.append(Failure(shown(recording.path), recording.call_id, error.reason, str(error)))
    done = store.manifests()
    renamed = {}  # the same file under another call_id: its metadata were corrected
    for recording, audio_sha256 in hashed:
        before = done.get(audio_sha256)
        if before and before.file == str(recording.path.absolute()):
            if before.call_id not in (recording.call_id, f"{recording.call_id}~{audio_sha256[:8]}"):
                renamed[audio_sha256] = before.call_id
    stored = {m.call_id: sha for sha, m in done.items() if sha not in renamed}
    kept, duplicates = resolve_duplicates(hashed, stored)
    return [*(Job(recording, sha, renamed.get(sha)) for recording, sha in kept), *failures, *duplicates]
