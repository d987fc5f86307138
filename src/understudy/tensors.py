"""Tensors by name in safetensors files, with text beside them and a checksum of everything.

Equal content makes equal bytes: the library writes texts in an order that changes from process to
process, so they are put in order here.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from understudy.files import replacing

__all__ = ["read_tensors", "write_tensors"]

_SUM = "checksum"
_START = 8
"""Bytes that say how long the header is, of which its length is a multiple."""


def write_tensors(path: Path, tensors: Mapping[str, Tensor], texts: Mapping[str, str]) -> None:
    """Write a file; it is whole or absent.

    Args:
        path: of the file.
        tensors: by name.
        texts: by name, none of which is "checksum".

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    beside = {**texts, _SUM: _checksum(tensors, texts)}
    made = safetensors.torch.save(dict(tensors), metadata=beside)
    end = _START + int.from_bytes(made[:_START], "little")
    told = json.loads(made[_START:end])
    header = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % _START)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(len(header).to_bytes(_START, "little") + header)
        file.write(memoryview(made)[end:])


def read_tensors(path: Path, device: str = "cpu") -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors and texts, as they were written.

    Args:
        path: of the file.
        device: where the tensors go.

    Raises:
        ValueError: missing, truncated, or changed since it was written; names the file.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        with safe_open(path, framework="pt", device=device) as file:
            texts = dict(file.metadata() or {})
            tensors = {key: file.get_tensor(key) for key in file.keys()}
    except (SafetensorError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not a whole safetensors file ({error})") from error
    stated = texts.pop(_SUM, None)
    if stated != _checksum(tensors, texts):
        raise ValueError(f"{path}: damaged (its checksum does not fit its content)")
    return tensors, texts


def _checksum(tensors: Mapping[str, Tensor], texts: Mapping[str, str]) -> str:
    content = hashlib.sha256()
    for key in sorted(texts):
        content.update(f"{key}\0{texts[key]}\0".encode())
    for key in sorted(tensors):
        value = tensors[key].detach().contiguous().cpu()
        content.update(f"{key}\0{value.dtype}\0{tuple(value.shape)}\0".encode())
        content.update(value.reshape(-1).view(torch.uint8).numpy().tobytes())
    return content.hexdigest()
