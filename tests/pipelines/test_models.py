"""Where weights come from, and that they are what they should be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analyzers.errors import UsageError
from pipelines import engines, models
from pipelines.engines import whisper_weights
from pipelines.models import ModelFile, ModelInfo

Packaged = Callable[..., ModelInfo]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packaged:
    """Installs a package with the given parts of one weight file and enters its model in the registry."""
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.setenv("TONLAGE_CACHE", str(tmp_path / "cache"))
    models.path_of.cache_clear()

    def make(*parts: bytes, checksum: str = "") -> ModelInfo:
        package = tmp_path / "site" / "canned_weights"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        for n, part in enumerate(parts):
            (package / f"part{n}").write_bytes(part)
        names = tuple(f"canned_weights/part{n}" for n in range(len(parts)))
        file = ModelFile("model.bin", names, checksum or sha256(b"".join(parts)))
        info = ModelInfo("canned", "none", "canned-weights", "here", "CC0-1.0", "model.bin", (file,))
        monkeypatch.setattr(models, "list_models", lambda: [info])
        return info

    return make


def test_the_packaged_models_are_what_they_should_be() -> None:
    registry = {m.name: m for m in models.list_models()}
    assert {"whisper-base", "silero", "segmentation", "campplus", "large-v3-turbo", "community-1"} == registry.keys()
    assert {m.name: models.verify(m) for m in registry.values() if m.package} == dict.fromkeys(
        ("whisper-base", "silero", "segmentation", "campplus"), "ok"
    )
    assert models.verify(registry["large-v3-turbo"]) == "by download"
    assert all(m.licence and m.source for m in registry.values())


def test_parts_are_joined_once(packaged: Packaged, tmp_path: Path) -> None:
    info = packaged(b"first ", b"second")
    folder = models.path_of("canned")
    assert (folder / "model.bin").read_bytes() == b"first second" and folder.parent == tmp_path / "cache"
    assert models.sha256_of(folder) == info.sha256 == sha256(b"first second")
    written = (folder / "model.bin").stat().st_mtime_ns
    models.path_of.cache_clear()
    assert models.path_of("canned") == folder and (folder / "model.bin").stat().st_mtime_ns == written
    assert [p.name for p in folder.iterdir()] == ["model.bin"]


def test_a_joined_file_that_went_bad_is_joined_again(packaged: Packaged) -> None:
    info = packaged(b"first ", b"second")
    joined = models.path_of("canned") / "model.bin"
    joined.write_bytes(b"first sec")
    assert models.verify(info) == "wrong checksum"
    models.path_of.cache_clear()
    models.path_of("canned")
    assert joined.read_bytes() == b"first second" and models.verify(info) == "ok"


@pytest.mark.parametrize("parts", [(b"whole",), (b"in ", b"parts")])
def test_a_wrong_checksum_names_the_file(packaged: Packaged, tmp_path: Path, parts: tuple[bytes, ...]) -> None:
    info = packaged(*parts, checksum=sha256(b"what it should be"))
    assert models.verify(info) == "wrong checksum"
    with pytest.raises(UsageError, match=r"canned: model\.bin does not have the checksum .* install canned-weights again"):
        models.path_of("canned")
    assert not list((tmp_path / "cache").rglob("*.bin")) and not list((tmp_path / "cache").rglob(".joining-*"))


def test_what_is_not_installed_or_not_known_is_said(packaged: Packaged, tmp_path: Path) -> None:
    info = packaged(b"first ", b"second")
    (tmp_path / "site" / "canned_weights" / "part1").unlink()
    assert not models.installed(info) and models.verify(info) == "not installed"
    with pytest.raises(UsageError, match="weights of canned are not installed; expected the package canned-weights"):
        models.path_of("canned")
    with pytest.raises(UsageError, match="'cannde' is not in the registry; known: canned"):
        models.path_of("cannde")


def test_a_cache_folder_that_cannot_be_used_is_said(packaged: Packaged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packaged(b"first ", b"second")
    (tmp_path / "file").touch()
    monkeypatch.setenv("TONLAGE_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(UsageError, match="name another one in TONLAGE_CACHE"):
        models.path_of("canned")


def test_a_cache_folder_that_is_there_keeps_its_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o755)
    for given, mode in ((shared, 0o755), (tmp_path / "own", 0o700)):
        monkeypatch.setenv("TONLAGE_CACHE", str(given))
        assert models.cache_folder().stat().st_mode & 0o777 == mode


def test_the_checksum_of_a_folder_follows_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    seen = set()
    for name, data in (("a", b"1"), ("a", b"2"), ("sub/b", b"2")):
        (tmp_path / name).write_bytes(data)
        seen.add(models.sha256_of_folder(tmp_path))
    assert len(seen) == 3
    (tmp_path / "sub" / "b").unlink()
    assert models.sha256_of_folder(tmp_path) in seen


@pytest.mark.parametrize("engine", ["faster-whisper", "openai-whisper"])
def test_weights_that_are_none_are_said_in_one_line(engine: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no Whisper model"):
        _ = engines.make_transcriber(engine, str(tmp_path / "empty"), "cpu").identity
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.bin").write_bytes(np.arange(64, dtype=np.uint8).tobytes())
    with pytest.raises(UsageError, match="broken") as caught:
        engines.make_transcriber(engine, str(tmp_path / "broken"), "cpu").language_probabilities(np.zeros(16_000, np.float32))  # type: ignore[attr-defined]
    assert "\n" not in str(caught.value)


def test_a_checkpoint_that_is_none_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"no checkpoint")
    with pytest.raises(UsageError, match=r"weights\.pt: cannot be loaded as a Whisper model"):
        engines.make_transcriber("openai-whisper", str(tmp_path / "weights.pt"), "cpu").language_probabilities(np.zeros(16_000, np.float32))  # type: ignore[attr-defined]


def written(path: Path, variables: dict[str, np.ndarray]) -> Path:
    """Variables in CTranslate2's binary form."""
    kinds = {np.dtype(kind): number for number, kind in whisper_weights.TYPES.items()}

    def text(value: str) -> bytes:
        return np.uint16(len(value) + 1).tobytes() + value.encode() + b"\0"

    data = (
        np.uint32(whisper_weights.BINARY_VERSION).tobytes()
        + text("WhisperSpec")
        + np.uint32(3).tobytes()
        + np.uint32(len(variables)).tobytes()
    )
    for name, value in variables.items():
        data += text(name) + np.uint8(value.ndim).tobytes() + np.array(value.shape, np.uint32).tobytes()
        data += np.uint8(kinds[value.dtype]).tobytes() + np.uint32(value.nbytes).tobytes() + value.tobytes()
    path.write_bytes(data)
    return path


def test_variables_are_read_as_they_were_written(tmp_path: Path) -> None:
    variables = {"a/weight": np.arange(6, dtype=np.float16).reshape(2, 3), "heads": np.array(8, np.int16)}
    found = whisper_weights.read_ctranslate2(written(tmp_path / "model.bin", variables))
    assert found.keys() == variables.keys() and all(np.array_equal(found[k], v) for k, v in variables.items())


def test_quantized_weights_are_refused(tmp_path: Path) -> None:
    variables = {"a/weight": np.ones((2, 3), np.int8), "a/weight_scale": np.ones(2, np.float32)}
    with pytest.raises(UsageError, match="quantized"):
        whisper_weights.read_ctranslate2(written(tmp_path / "model.bin", variables))
