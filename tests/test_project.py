"""What the documents say is what the code does, and the project speaks of itself alone."""

from __future__ import annotations

import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from analyzers.errors import REASONS
from pipelines import cli, config

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def cells(text: str, head: str) -> list[list[str]]:
    """Rows of the Markdown table whose first line begins so."""
    lines = text[text.index(head) :].splitlines()
    rows = []
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.replace("\\|", "|").strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows


def files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("no git checkout: the list of the project's own files is not known")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    found = {}
    for path in files():
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return found


def test_readme_lists_every_setting() -> None:
    expected = [[f"`{d.key}`", d.type, f"`{d.default}`", d.help] for d in config.describe()]
    assert cells(README, "| key | value |") == expected


def test_readme_lists_every_reason_of_a_recording() -> None:
    listed = {row[0].strip("`"): row[1] for row in cells(README, "| reason code |")}
    assert listed.items() <= {code: REASONS[code] for code in listed}.items()
    raised = set(
        re.findall(
            r'(?:RecordingError|Failure|_fail)\([^"\n]*"([a-z_]+)"', "".join(t for n, t in texts().items() if n.startswith("pipelines/"))
        )
    )
    assert raised <= set(listed)


def test_readme_lists_every_verb() -> None:
    listed = {re.match(r"`tonlage (\w+)", row[0]).group(1) for row in cells(README, "| verb |")}
    (verbs,) = [a for a in cli.build_parser()._actions if getattr(a, "choices", None) and "score" in a.choices]
    assert listed == set(verbs.choices)


def test_links_lead_somewhere() -> None:
    for name, text in texts().items():
        if name.endswith(".md"):
            for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
                assert target.startswith("https:") or ((ROOT / name).parent / target).exists(), f"{name}: {target}"


def test_version_is_in_the_changelog() -> None:
    assert f"## [{version('tonlage')}]" in (ROOT / "CHANGELOG.md").read_text()


def test_constraints_are_names_and_versions() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!-]+", line) or line.startswith("#") or not line, line


def test_no_path_of_a_machine_and_no_registry() -> None:
    words = ["/" + "home/", "/" + "root/", "/" + "work/", "py" + "pi.org", "file" + ":///", "index" + "-url =", "simple" + "/torch"]
    for name, text in texts().items():
        assert not [w for w in words if w in text], name


def test_sample_recordings_are_small_and_have_a_source() -> None:
    folder = ROOT / "sample_audio"
    assert sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) <= 15e6
    source = (folder / "SOURCE.md").read_text(encoding="utf-8")
    names = [p.name for p in folder.glob("*.flac")]
    assert len(names) >= 6
    assert all(name in source for name in names)
