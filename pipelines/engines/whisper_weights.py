"""Whisper weights in CTranslate2's form, read for openai-whisper: the same numbers under other names.

CTranslate2 keeps query, key and value of an attention in one matrix; the key's bias, which Whisper does not have, is zero.
The file is written by `ctranslate2.specs.model_spec.ModelSpec._serialize` (binary version 6).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from analyzers.errors import UsageError

BINARY_VERSION = 6
TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}
"""CTranslate2's number of each data type."""


def read_ctranslate2(path: Path) -> dict[str, NDArray[np.generic]]:
    """All variables of a `model.bin` by name."""
    with path.open("rb") as file:
        version = _number(file, "I")
        if version != BINARY_VERSION or _text(file) != "WhisperSpec":
            raise UsageError(f"{path}: expected a Whisper model in CTranslate2's binary version {BINARY_VERSION}, not {version}")
        _number(file, "I")  # revision
        found = {}
        for _ in range(_number(file, "I")):
            name = _text(file)
            shape = [_number(file, "I") for _ in range(_number(file, "B"))]
            kind = TYPES[_number(file, "B")]
            found[name] = np.frombuffer(file.read(_number(file, "I")), kind).reshape(shape)
    if any(name.endswith("_scale") for name in found):
        raise UsageError(f"{path}: its weights are quantized, which openai-whisper cannot use; expected them in float16 or float32")
    return found


def dimensions(weights: Mapping[str, NDArray[np.generic]]) -> dict[str, int]:
    """What `whisper.model.ModelDimensions` wants to know."""
    mels, audio, text = (weights[n].shape for n in ("encoder/conv1/weight", "encoder/position_encodings/encodings", _TEXT_POSITIONS))
    return {
        "n_mels": mels[1],
        "n_audio_ctx": audio[0],
        "n_audio_state": audio[1],
        "n_audio_head": int(weights["encoder/num_heads"]),
        "n_audio_layer": _layers(weights, "encoder"),
        "n_vocab": weights["decoder/embeddings/weight"].shape[0],
        "n_text_ctx": text[0],
        "n_text_state": text[1],
        "n_text_head": int(weights["decoder/num_heads"]),
        "n_text_layer": _layers(weights, "decoder"),
    }


def to_openai(weights: Mapping[str, NDArray[np.generic]]) -> dict[str, NDArray[np.float32]]:
    """The state dict of `whisper.model.Whisper`."""
    out = {
        "encoder.positional_embedding": weights["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": weights[_TEXT_POSITIONS],
        "decoder.token_embedding.weight": weights["decoder/embeddings/weight"],
    }

    def copy(new: str, old: str, kinds: Mapping[str, str] = {"weight": "weight", "bias": "bias"}) -> None:
        out.update({f"{new}.{n}": weights[f"{old}/{o}"] for n, o in kinds.items()})

    def attention(new: str, old: str, fused: list[list[str]]) -> None:
        for i, names in enumerate(fused):
            for kind in ("weight", "bias"):
                for name, part in zip(names, np.split(weights[f"{old}/linear_{i}/{kind}"], len(names)), strict=True):
                    if (name, kind) != ("key", "bias"):
                        out[f"{new}.{name}.{kind}"] = part
        copy(f"{new}_ln", f"{old}/layer_norm", _NORM)

    for half, norm in (("encoder", "ln_post"), ("decoder", "ln")):
        copy(f"{half}.{norm}", f"{half}/layer_norm", _NORM)
        for i in range(_layers(weights, half)):
            new, old = f"{half}.blocks.{i}", f"{half}/layer_{i}"
            attention(f"{new}.attn", f"{old}/self_attention", [["query", "key", "value"], ["out"]])
            if half == "decoder":
                attention(f"{new}.cross_attn", f"{old}/attention", [["query"], ["key", "value"], ["out"]])
            copy(f"{new}.mlp.0", f"{old}/ffn/linear_0")
            copy(f"{new}.mlp.2", f"{old}/ffn/linear_1")
            copy(f"{new}.mlp_ln", f"{old}/ffn/layer_norm", _NORM)
    for name in ("conv1", "conv2"):
        copy(f"encoder.{name}", f"encoder/{name}")
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in out.items()}


_TEXT_POSITIONS = "decoder/position_encodings/encodings"
_NORM = {"weight": "gamma", "bias": "beta"}


def _layers(weights: Mapping[str, NDArray[np.generic]], half: str) -> int:
    return len({name.split("/")[1] for name in weights if name.startswith(f"{half}/layer_") and not name.startswith(f"{half}/layer_norm")})


def _number(file: IO[bytes], kind: str) -> int:
    return int(struct.unpack(f"<{kind}", file.read(struct.calcsize(f"<{kind}")))[0])


def _text(file: IO[bytes]) -> str:
    return file.read(_number(file, "H")).rstrip(b"\0").decode()
