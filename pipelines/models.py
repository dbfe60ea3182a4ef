"""Which weights there are, where they come from, and that they are what they should be."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from analyzers.errors import UsageError

Status = Literal["ok", "not installed", "wrong checksum", "by download"]

BLOCK = 1 << 20


@dataclass(frozen=True)
class ModelFile:
    """One file of a model: `parts` are paths inside installed packages, joined in order."""

    path: str
    parts: tuple[str, ...]
    sha256: str


@dataclass(frozen=True)
class ModelInfo:
    """A model of the registry; `main` is the file that is loaded, `files` is empty where an engine downloads it by name."""

    name: str
    kind: str
    package: str
    source: str
    licence: str
    main: str
    files: tuple[ModelFile, ...]

    @property
    def sha256(self) -> str:
        """Checksum of the main file; empty where it is not known beforehand."""
        return next((f.sha256 for f in self.files if f.path == self.main), "")

    @property
    def joined(self) -> bool:
        """Whether the model is put together in the cache folder before it is used."""
        return any(len(f.parts) > 1 for f in self.files)


@cache
def list_models() -> list[ModelInfo]:
    """All models of `models.toml`."""
    entries = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["models"]
    return [ModelInfo(**{**e, "files": tuple(ModelFile(f["path"], tuple(f["parts"]), f["sha256"]) for f in e["files"])}) for e in entries]


def model(name: str) -> ModelInfo:
    """A model of the registry by its name."""
    for info in list_models():
        if info.name == name:
            return info
    raise UsageError(f"model {name!r} is not in the registry; known: {', '.join(m.name for m in list_models())}")


def cache_folder() -> Path:
    """The folder for joined weights: `TONLAGE_CACHE`, else `tonlage` in the user's cache folder."""
    given = os.environ.get("TONLAGE_CACHE")
    folder = Path(given) if given else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tonlage"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # one that is there keeps its rights: it may serve others too
    except OSError as error:
        raise _no_cache(folder, error) from error
    return folder


def package_folder(package: str) -> Path | None:
    """Folder of an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def installed(info: ModelInfo) -> bool:
    """Whether every part of every file is there."""
    return bool(info.files) and all(_located(part) for f in info.files for part in f.parts)


def verify(info: ModelInfo) -> Status:
    """Compute the checksum of every file of a model from what is installed."""
    if not info.files:
        return "by download"
    if not installed(info):
        return "not installed"
    good = all(_sha256(f.parts) == f.sha256 for f in info.files)
    if good and info.joined:
        good = all(not p.exists() or sha256_of(p) == f.sha256 for f in info.files for p in [_joined_folder(info) / f.path])
    return "ok" if good else "wrong checksum"


@cache
def path_of(name: str) -> Path:
    """Where a model's verified weights lie: its main file, or the folder of a joined model (joined here at first use)."""
    info = model(name)
    if not installed(info):
        raise UsageError(f"weights of {name} are not installed; expected the package {info.package or info.source}")
    if info.joined:
        folder = _joined_folder(info)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file in info.files:
                _join(info, file, folder / file.path)
        except OSError as error:
            raise _no_cache(folder.parent, error) from error
        return folder
    (main,) = [f for f in info.files if f.path == info.main]
    if _sha256(main.parts) != main.sha256:
        raise _mismatch(info, main)
    return _locate(main.parts[0])


def sha256_of(path: Path) -> str:
    """Checksum of a file, or of the `model.bin` of a model folder."""
    digest = hashlib.sha256()
    for block in _blocks(path / "model.bin" if path.is_dir() else path):
        digest.update(block)
    return digest.hexdigest()


def sha256_of_folder(folder: Path) -> str:
    """Checksum of every file of a folder, names included."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n".encode())
    return digest.hexdigest()


def no_whisper_folder(folder: Path) -> UsageError:
    """The error of a folder that holds no weights."""
    return UsageError(f"{folder}: holds no Whisper model; expected a folder in CTranslate2's form, with model.bin in it")


def unreadable(path: Path, error: Exception) -> UsageError:
    """The error of weights that an engine cannot load."""
    return UsageError(f"{path}: cannot be loaded as a Whisper model ({' '.join(str(error).split())[:120] or type(error).__name__})")


def _no_cache(folder: Path, error: OSError) -> UsageError:
    return UsageError(f"cache folder {folder} cannot be used ({error.strerror}); name another one in TONLAGE_CACHE")


def _joined_folder(info: ModelInfo) -> Path:
    return cache_folder() / f"{info.name}-{info.sha256[:12]}"


def _join(info: ModelInfo, file: ModelFile, target: Path) -> None:
    """Write the parts as one file, atomically; a good file stays as it is."""
    if target.exists() and sha256_of(target) == file.sha256:
        return
    digest = hashlib.sha256()
    descriptor, temporary = tempfile.mkstemp(dir=target.parent, prefix=".joining-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            for block in (b for part in file.parts for b in _blocks(_locate(part))):
                digest.update(block)
                out.write(block)
        if digest.hexdigest() != file.sha256:
            raise _mismatch(info, file)
        os.replace(temporary, target)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _mismatch(info: ModelInfo, file: ModelFile) -> UsageError:
    return UsageError(
        f"weights of {info.name}: {file.path} does not have the checksum {file.sha256[:12]}… of the registry; install {info.package} again"
    )


def _located(part: str) -> bool:
    package, _, rest = part.partition("/")
    folder = package_folder(package)
    return folder is not None and (folder / rest).is_file()


def _locate(part: str) -> Path:
    package, _, rest = part.partition("/")
    folder = package_folder(package)
    if folder is None:
        raise UsageError(f"package {package} is not installed")
    return folder / rest


def _sha256(parts: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        for block in _blocks(_locate(part)):
            digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
