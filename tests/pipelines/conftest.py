from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines import engines, tasks
from tests.pipelines.canned import Engine


@pytest.fixture
def canned(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Canned engines in place of the models."""
    monkeypatch.setattr(engines, "make_transcriber", lambda *_, **__: Engine())
    monkeypatch.setattr(engines, "make_diarizer", lambda *_, **__: Engine())
    tasks.forget_models()
    Engine.heard = 0
    yield
    tasks.forget_models()
