"""Pages in headless Chromium: drawn, sorted, and without a complaint of the browser."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from reports.render import static_files

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")]


@pytest.fixture(scope="module")
def folder(night: Path, site_of: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report")
    for path, content in {**{p: html.encode() for p, html in site_of(night).items()}, **static_files()}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def shown(folder: Path, page: str, profile: Path) -> tuple[str, list[str]]:
    """The page after its scripts have run, and what the browser complains about."""
    done = subprocess.run(
        [
            *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=5000"),
            *(f"--user-data-dir={profile}", "--dump-dom", (folder / page).as_uri().replace("%25", quote("%"))),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


@pytest.mark.parametrize("page", ["index.html", "method.html", "calls/2026-11-22_1412_albers.html", "calls/unsichere_rollen.html"])
def test_pages_are_drawn_without_complaint(folder: Path, page: str, tmp_path: Path) -> None:
    dom, complaints = shown(folder, page, tmp_path)
    assert complaints == []
    if page == "index.html":
        assert dom.count('class="main-svg"') >= 3, "the distributions"
    if "albers" in page:
        assert dom.count('class="main-svg"') >= 1, "pitch, effort and level"


def test_a_hostile_name_runs_nothing(folder: Path, tmp_path: Path) -> None:
    (path,) = [p for p in (folder / "calls").iterdir() if "script" in p.name]
    dom, complaints = shown(folder, f"calls/{path.name}", tmp_path)
    assert complaints == []
    assert '<img src="x"' not in dom and "&lt;img src=x" in dom
