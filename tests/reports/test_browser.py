"""Pages in headless Chromium, from disk and without a network: drawn, sorted, played, and without a complaint of the browser."""

from __future__ import annotations

import json
import shutil
import subprocess
import wave
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from reports.render import static_files

BROWSER = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
pytestmark = [pytest.mark.browser, pytest.mark.skipif(BROWSER is None, reason="no chromium is installed")]

CALL = "calls/2026-11-22_1412_albers.html"
WIDTH = 390
"""px of a narrow telephone."""


@pytest.fixture(scope="module")
def folder(night: Path, site_of: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report")
    site = site_of(night, audio={"2026-11-22_1412_albers": "audio/a #1.wav"})
    for path, content in {**{p: html.encode() for p, html in site.items()}, **static_files()}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / "audio").mkdir()
    with wave.open(str(root / "audio/a #1.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000 * 160)
    return root


def shown(page: Path, profile: Path) -> tuple[str, list[str]]:
    """The page after its scripts have run, and what the browser complains about."""
    done = subprocess.run(
        [
            *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=5000"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", "--dump-dom", page.as_uri()),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]


def asked(folder: Path, page: str, script: str, profile: Path, width: int = 1400) -> tuple[Any, list[str]]:
    """What a script (the body of an async function) finds out on a page of this width, and the browser's complaints.

    The page stands in a frame, as a window of the browser cannot be narrower than 500 px.
    """
    root = "../" * (len(Path(page).parts) - 1)
    copy, frame = folder / f"{page}.asked.html", folder / "frame.html"
    (folder / "static/asked.js").write_text(
        "const wait = (ms) => new Promise((done) => setTimeout(done, ms));"
        f"(async () => {{ await wait(300); {script} }})().catch(String).then((found) => parent.postMessage(JSON.stringify(found), '*'));",
        encoding="utf-8",
    )
    tag = f'<script src="{root}static/asked.js" defer></script></body>'
    copy.write_text((folder / page).read_text(encoding="utf-8").replace("</body>", tag), encoding="utf-8")
    frame.write_text(
        "<script>onmessage = (m) => document.documentElement.setAttribute('data-found', m.data);</script>"
        f'<iframe src="{page}.asked.html" width="{width}" height="800"></iframe>',
        encoding="utf-8",
    )
    dom, complaints = shown(frame, profile)
    return json.loads(unescape(dom.split('data-found="')[1].split('"')[0])), complaints


@pytest.mark.parametrize("page", ["index.html", "method.html", CALL, "calls/unsichere_rollen.html", "calls/kurz.html"])
def test_pages_are_drawn_without_complaint(folder: Path, page: str, tmp_path: Path) -> None:
    dom, complaints = shown(folder / page, tmp_path)
    assert complaints == []
    if page == "index.html":
        assert dom.count('class="main-svg"') >= 3, "the distributions"
    if page == CALL:
        assert dom.count('class="main-svg"') >= 1, "pitch, effort and level"


def test_the_policy_keeps_everything_else_out(folder: Path, tmp_path: Path) -> None:
    script = """
        const blocked = [];
        addEventListener("securitypolicyviolation", (event) => blocked.push(event.blockedURI));
        new Image().src = "https://example.invalid/picture";
        await fetch("https://example.invalid/data").catch(() => {});
        await wait(200);
        return blocked;
    """
    blocked, complaints = asked(folder, CALL, script, tmp_path)
    assert sorted(blocked) == ["https://example.invalid/data", "https://example.invalid/picture"]
    assert complaints, "so a page that is drawn without complaint asks for nothing from elsewhere"


@pytest.mark.parametrize("page", ["index.html", "method.html", CALL, "calls/unsichere_rollen.html"])
def test_a_narrow_screen_does_not_scroll_sideways(folder: Path, page: str, tmp_path: Path) -> None:
    (inner, scrolled), complaints = asked(folder, page, "return [innerWidth, document.documentElement.scrollWidth];", tmp_path, WIDTH)
    assert complaints == []
    assert inner == WIDTH and scrolled <= WIDTH


def test_a_hostile_name_runs_nothing(folder: Path, tmp_path: Path) -> None:
    (path,) = [p for p in (folder / "calls").iterdir() if "script" in p.name]
    dom, complaints = shown(path, tmp_path)
    assert complaints == []
    assert '<img src="x"' not in dom and "&lt;img src=x" in dom


def test_the_list_is_sorted_and_filtered(folder: Path, tmp_path: Path) -> None:
    script = """
        const points = () => [...document.querySelectorAll("#calls tbody tr:not([hidden])")].map((row) => row.cells[5].dataset.v);
        const button = document.querySelector('[data-sort="5"]');
        button.click();
        const up = points();
        button.click();
        const down = points();
        document.getElementById("night").click();
        const all = points().length;
        const search = document.getElementById("search");
        search.value = "ünfug";
        search.dispatchEvent(new Event("input"));
        return {up, down, all, state: button.closest("th").getAttribute("aria-sort"), found: points().length};
    """
    found, complaints = asked(folder, "index.html", script, tmp_path)
    assert complaints == []
    known = [float(v) for v in found["up"] if v]
    assert len(known) == 3 and known == sorted(known) and found["up"][3:] == ["", ""], "calls without a total stay at the end"
    assert found["down"] == [str(v) for v in sorted(found["up"][:3], key=float, reverse=True)] + ["", ""]
    assert (found["all"], found["state"], found["found"]) == (6, "descending", 1)


def test_a_moment_sets_the_players_time(folder: Path, tmp_path: Path) -> None:
    script = """
        const audio = document.getElementById("audio");
        const press = async (key) => { document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true})); await wait(200); };
        const at = () => [audio.currentTime, document.querySelector(".said.now").dataset.start, location.hash];
        const link = document.querySelector(".moments .play");
        link.click();
        await wait(300);
        const clicked = at();
        audio.pause();
        await press("ArrowRight");
        audio.pause();
        const next = at();
        document.querySelector(".said .words").click();
        await wait(200);
        return {href: link.getAttribute("href"), clicked, next, line: at(), length: audio.duration};
    """
    found, complaints = asked(folder, CALL, script, tmp_path)
    assert complaints == []
    wanted = float(found["href"].removeprefix("#t="))
    assert found["length"] == 160
    time, turn, address = found["clicked"]
    assert wanted <= time < wanted + 2 and float(turn) == pytest.approx(wanted, abs=0.1) and address == found["href"]
    assert found["next"][0] > time, "the arrow key goes to the next moment"
    assert found["line"][0] == pytest.approx(0.9, abs=2), "a line of the transcript plays from its start"


def test_an_address_with_a_time_opens_there(folder: Path, tmp_path: Path) -> None:
    script = """
        location.hash = "#t=54.2";
        await wait(300);
        return [document.getElementById("audio").currentTime, document.querySelector(".said.now").dataset.start];
    """
    assert asked(folder, CALL, script, tmp_path) == ([54.2, "54.20"], [])
