"""What is found, what is known about it, and what becomes of the rest."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analyzers.errors import REASONS, UsageError
from pipelines import config
from pipelines.recordings import Failure, Recording, find, resolve_duplicates

HEAD = "file,call_id,agent_id,team,recorded_at,agent_channel,language"


def files(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def table(folder: Path, *lines: str, head: str = HEAD) -> None:
    (folder / "calls.csv").write_text("\n".join([head, *lines, ""]), encoding="utf-8")


def settings(**overrides: Any) -> config.Settings:
    return config.load(overrides={k.replace("__", "."): v for k, v in overrides.items()}, environ={}).settings


def recordings(found: list[Recording | Failure]) -> list[Recording]:
    return [r for r in found if isinstance(r, Recording)]


def failures(found: list[Recording | Failure]) -> list[Failure]:
    failed = [f for f in found if isinstance(f, Failure)]
    assert all(f.reason in REASONS and f.message and "\n" not in f.message for f in failed)
    return failed


def only(found: list[Recording | Failure]) -> Recording:
    (one,) = found
    assert isinstance(one, Recording)
    return one


def test_folders_files_and_globs(tmp_path: Path) -> None:
    files(tmp_path, "b.wav", "a.FLAC", "sub/c.mp3", "sub/notes.txt", "d.raw", "._b.wav", ".git/e.wav", "out/report/f.wav", "truth/a.json")
    names = lambda *paths, **kw: [str(r.path.relative_to(tmp_path)) for r in recordings(find(paths, **kw))]  # noqa: E731
    assert names(tmp_path, skip=[tmp_path / "out"]) == ["a.FLAC", "b.wav", "sub/c.mp3"]
    assert names(tmp_path / "b.wav", tmp_path / "sub", tmp_path / "d.raw") == ["b.wav", "d.raw", "sub/c.mp3"]
    assert names(str(tmp_path / "**" / "*.wav"), skip=[tmp_path / "out"]) == ["b.wav"]
    assert names(str(tmp_path / "*"), skip=[tmp_path / "out"]) == ["a.FLAC", "b.wav", "sub/c.mp3"]
    assert names(tmp_path / "b.wav", str(tmp_path / "*.wav"), tmp_path / "sub" / ".." / "b.wav") == ["b.wav"]


@pytest.mark.parametrize("path", ["none.wav", "none/*.wav", "none"])
def test_path_that_does_not_exist(tmp_path: Path, path: str) -> None:
    with pytest.raises(UsageError, match="none"):
        find([tmp_path / path])


def test_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    files(tmp_path, "call [1].wav")
    assert only(find([tmp_path / "call [1].wav"])).call_id == "call [1]"


def test_nothing_known(tmp_path: Path) -> None:
    files(tmp_path, "a.wav")
    assert only(find([tmp_path])) == Recording(tmp_path / "a.wav", "a")


def test_table(tmp_path: Path) -> None:
    files(tmp_path, "a.wav", "sub/b.wav", "c.gsm", "d.wav")
    table(
        tmp_path,
        "a.wav,K-1,A-101,Technik,2026-11-02T09:12:00+01:00,1,de,Störung,7",
        "sub/b.wav,,,,2026-07-01 12:00,,EN,,",
        "c.gsm,C,,,,-1,,,",
        head=HEAD + ",Anlass,queue",
    )
    found = find([tmp_path])
    a, b, c, d = sorted(recordings(found), key=lambda r: r.path.name)
    assert not failures(found)
    assert a == Recording(
        tmp_path / "a.wav",
        "K-1",
        "A-101",
        "Technik",
        datetime(2026, 11, 2, 9, 12, tzinfo=timezone(timedelta(hours=1))),
        1,
        "de",
        {"Anlass": "Störung", "queue": "7"},
    )
    assert (b.call_id, b.agent_id, b.team, b.agent_channel, b.language, b.tags) == ("b", None, None, None, "en", {})
    assert b.recorded_at == datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (c.call_id, c.agent_channel) == ("C", None)
    assert d == Recording(tmp_path / "d.wav", "d")
    assert only(find([tmp_path / "a.wav"])) == a


def test_naive_times_are_in_the_configured_zone(tmp_path: Path) -> None:
    files(tmp_path, "a.wav")
    table(tmp_path, "a.wav,,,,2026-07-01T12:00,,")
    found = only(find([tmp_path], settings(recordings__time_zone="America/New_York")))
    assert found.recorded_at and found.recorded_at.utcoffset() == timedelta(hours=-4)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_table_of_a_spreadsheet(tmp_path: Path, mark: str) -> None:
    files(tmp_path, "a.wav")
    text = f"File{mark}agent_id{mark}{mark}\r\na.wav{mark}Jörg{mark}{mark}\r\n{mark}{mark}{mark}\r\n"
    (tmp_path / "calls.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert only(find([tmp_path])).agent_id == "Jörg"


def test_table_and_file_system_may_compose_umlauts_differently(tmp_path: Path) -> None:
    files(tmp_path, "Mu\u0308ller.wav")
    table(tmp_path, "M\u00fcller.wav,,A-1,,,,")
    found = only(find([tmp_path]))
    assert (found.call_id, found.agent_id) == ("M\u00fcller", "A-1")


@pytest.mark.parametrize(
    ("cells", "reason", "word"),
    [
        (",,,,morgen,,", "bad_metadata", "morgen"),
        (",,,,2026-13-01,,", "bad_metadata", "2026-13-01"),
        (",,,,0001-01-01,,", "bad_metadata", "0001-01-01"),
        (",,,,02.11.2026 09:12,,", "bad_metadata", "2026-11-02T09:12"),
        (",,,,,2,", "bad_metadata", "expected 0, 1"),
        (",,,,,left,", "bad_metadata", "left"),
        (",,,,,,tlh", "unknown_language", "transcription.languages"),
        (",,,,,,de,extra", "bad_metadata", "more cells"),
    ],
)
def test_bad_cell_fails_its_recording_alone(tmp_path: Path, cells: str, reason: str, word: str) -> None:
    files(tmp_path, "a.wav", "b.wav")
    table(tmp_path, f"a.wav{cells}", "b.wav,B,,,,,")
    found = find([tmp_path])
    (failure,) = failures(found)
    assert (failure.file, failure.call_id, failure.reason) == (str(tmp_path / "a.wav"), "a", reason)
    assert word in failure.message
    assert [r.call_id for r in recordings(found)] == ["B"]


def test_row_without_a_file(tmp_path: Path) -> None:
    files(tmp_path, "a.wav")
    table(tmp_path, "a.wav,,,,,,", "gone.wav,K-2,,,,,", f"{'x' * 400}.wav,,,,,,")
    found = find([tmp_path])
    assert [(f.reason, f.call_id) for f in failures(found)] == [("missing_file", "K-2"), ("missing_file", "x" * 400)]
    assert "calls.csv, line 3" in failures(found)[0].message
    assert len(recordings(found)) == 1
    assert only(find([tmp_path / "a.wav"])).call_id == "a"  # other rows are not asked for


@pytest.mark.parametrize("name", ["../secret.wav", "/etc/hostname", "", ".", "sub/../../secret.wav"])
def test_row_that_leaves_its_folder(tmp_path: Path, name: str) -> None:
    files(tmp_path, "secret.wav", "in/a.wav")
    table(tmp_path / "in", f"{name},X,,,,,")
    found = find([tmp_path / "in"])
    assert [(f.reason, f.call_id) for f in failures(found)] == [("bad_metadata", "X")]
    assert [r.path.name for r in recordings(found)] == ["a.wav"]


def test_two_rows_for_a_file_must_agree(tmp_path: Path) -> None:
    files(tmp_path, "a.wav", "b.wav")
    table(tmp_path, "a.wav,,A-1,,,,", "a.wav,,A-1,,,,", "b.wav,,A-1,,,,", "b.wav,,A-2,,,,")
    found = find([tmp_path, tmp_path])
    assert [r.call_id for r in recordings(found)] == ["a"]
    assert [(f.call_id, f.reason) for f in failures(found)] == [("b", "bad_metadata")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00f",
        b"name,agent\na.wav,A\n",
        b'file,team\n"a.wav,x\n',
        b"file,file\na.wav,a.wav\n",
        b"file\0\n\0\n",
        b"PK\x03\x04",
    ],
)
def test_unreadable_table_costs_the_metadata_only(tmp_path: Path, content: bytes) -> None:
    files(tmp_path, "a.wav")
    (tmp_path / "calls.csv").write_bytes(content)
    found = find([tmp_path])
    (failure,) = failures(found)
    assert (failure.file, failure.call_id, failure.reason) == (str(tmp_path / "calls.csv"), None, "bad_metadata")
    assert recordings(found) == [Recording(tmp_path / "a.wav", "a")]


def test_table_of_something_else_above_the_recordings(tmp_path: Path) -> None:
    files(tmp_path, "audio/a.wav")
    table(tmp_path, "x,1", head="call_id,talk_s")
    assert only(find([tmp_path])).call_id == "a"


def sidecar(folder: Path, content: object) -> None:
    (folder / "a.json").write_text(json.dumps(content), encoding="utf-8")


def test_sidecar(tmp_path: Path) -> None:
    files(tmp_path, "a.wav")
    sidecar(
        tmp_path,
        {
            "call_id": 17,
            "agent_id": "A",
            "agent_channel": 0,
            "recorded_at": "2026-11-02T08:00Z",
            "queue": "x",
            "tags": {"vip": True},
            "team": None,
        },
    )
    found = only(find([tmp_path]))
    assert (found.call_id, found.agent_id, found.team, found.agent_channel, found.tags) == (
        "17",
        "A",
        None,
        0,
        {"queue": "x", "vip": "true"},
    )
    assert found.recorded_at and found.recorded_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "content",
    [
        [],
        "x",
        None,
        {},
        {"text": "hallo", "segments": [], "language": "xx"},
        {"call_id": "z", "totals": {"talk": 1}},
        {"tags": ["x"]},
        {"sample_rate": 8000},
    ],
)
def test_json_of_something_else(tmp_path: Path, content: object) -> None:
    files(tmp_path, "a.wav")
    sidecar(tmp_path, content)
    assert only(find([tmp_path])) == Recording(tmp_path / "a.wav", "a")


@pytest.mark.parametrize("content", [b"{", b"\xff", b"[" * 100_000])
def test_broken_sidecar_costs_the_metadata_only(tmp_path: Path, content: bytes) -> None:
    files(tmp_path, "a.wav")
    (tmp_path / "a.json").write_bytes(content)
    found = find([tmp_path])
    assert [(Path(f.file).name, f.call_id, f.reason) for f in failures(found)] == [("a.json", "a", "bad_metadata")]
    assert recordings(found) == [Recording(tmp_path / "a.wav", "a")]


@pytest.mark.parametrize(
    ("pattern", "stem", "expected"),
    [
        ("{agent_id}_{recorded_at}_{call_id}", "A-101_20261102-0912_K_17", ("K_17", "A-101", (2026, 11, 2, 9, 12), {})),
        ("{agent_id}_{recorded_at}_{call_id}", "A_1_2026-11-02T09-12-33_K", ("K", "A_1", (2026, 11, 2, 9, 12, 33), {})),
        ("{recorded_at} {agent_id}", "2026-11-02 Jörg", (None, "Jörg", (2026, 11, 2), {})),
        ("{queue}.{agent_id}({call_id})", "x.A(1)", ("1", "A", None, {"queue": "x"})),
        ("{agent_id}_{call_id}", "other", (None, None, None, {})),
    ],
)
def test_name_pattern(tmp_path: Path, pattern: str, stem: str, expected: tuple[Any, ...]) -> None:
    files(tmp_path, f"{stem}.wav")
    found = only(find([tmp_path], settings(recordings__name_pattern=pattern)))
    call_id, agent_id, moment, tags = expected
    when = datetime(*moment, tzinfo=ZoneInfo("Europe/Berlin")) if moment else None
    assert (found.call_id, found.agent_id, found.recorded_at, found.tags) == (call_id or stem, agent_id, when, tags)


@pytest.mark.parametrize("pattern", ["{agent_id", "{agent_id}}", "{}", "{a b}", "{call_id}_{call_id}"])
def test_bad_name_pattern(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(UsageError, match="name_pattern"):
        find([tmp_path], settings(recordings__name_pattern=pattern))


def test_table_before_sidecar_before_name(tmp_path: Path) -> None:
    files(tmp_path, "N_a.wav")
    table(tmp_path, "N_a.wav,,,T,,,")
    (tmp_path / "N_a.json").write_text('{"team": "S", "language": "en"}')
    found = only(find([tmp_path], settings(recordings__name_pattern="{team}_{agent_id}")))
    assert (found.team, found.language, found.agent_id) == ("T", "en", "a")


ODD = ["../../etc/x", "a/b", "..", 'say "hi"', "<script>alert(1)</script>", "Jürgen Groß", "a'b;c", "%2e%2e", "-rf"]


@pytest.mark.parametrize("call_id", ODD)
def test_odd_call_ids_are_kept(tmp_path: Path, call_id: str) -> None:
    files(tmp_path, "a.wav")
    quoted = call_id.replace('"', '""')
    table(tmp_path, f'a.wav,"{quoted}",,,,,')
    assert only(find([tmp_path])).call_id == call_id


@pytest.mark.parametrize("stem", [s for s in ODD if "/" not in s] + ["new\nline", "<b>"])
def test_odd_file_names_are_kept(tmp_path: Path, stem: str) -> None:
    files(tmp_path, f"{stem}x.wav")
    assert only(find([tmp_path])).call_id == f"{stem}x".replace("\n", " ")


def test_file_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsdecode(b"a\xff.wav")
    try:
        files(tmp_path, name)
    except OSError:
        pytest.skip("the file system refuses such names")
    found = only(find([tmp_path]))
    assert found.call_id == "a\ufffd" and found.path.name == name


def duplicates(*given: tuple[str, str, str], stored: dict[str, str] | None = None) -> tuple[dict[str, str], dict[str, str]]:
    """path -> call_id of the kept, path -> reason of the failed."""
    kept, failed = resolve_duplicates([(Recording(Path(p), c), sha) for p, c, sha in given], stored)
    assert [str(r.path) for r, _ in kept] == sorted(str(r.path) for r, _ in kept)
    return {str(r.path): r.call_id for r, _ in kept}, {f.file: f.reason for f in failed}


S, T = "a" * 64, "b" * 64


def test_same_call_id_with_other_bytes_keeps_both() -> None:
    assert duplicates(("2.wav", "X", T), ("1.wav", "X", S)) == ({"1.wav": "X", "2.wav": "X~bbbbbbbb"}, {})
    assert duplicates(("0.wav", "X", T), ("1.wav", "X", S), stored={"X": S}) == ({"0.wav": "X~bbbbbbbb", "1.wav": "X"}, {})
    again = duplicates(("0.wav", "X", T), ("1.wav", "X", S), stored={"X": S, "X~bbbbbbbb": T})
    assert again == ({"0.wav": "X~bbbbbbbb", "1.wav": "X"}, {})


def test_same_bytes_twice_are_scored_once() -> None:
    assert duplicates(("2.wav", "Y", S), ("1.wav", "X", S)) == ({"1.wav": "X"}, {"2.wav": "duplicate_content"})
    assert duplicates(("1.wav", "X", S), ("2.wav", "Y", S), stored={"Y": S}) == ({"2.wav": "Y"}, {"1.wav": "duplicate_content"})
    assert duplicates(("1.wav", "X", S), ("2.wav", "X", S)) == ({"1.wav": "X"}, {"2.wav": "duplicate_content"})
    assert duplicates(("1.wav", "X", S), stored={"X": S}) == ({"1.wav": "X"}, {})
