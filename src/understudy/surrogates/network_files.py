"""Trained networks in files: safetensors, with the settings in the header."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from understudy.files import versions
from understudy.nn import History
from understudy.tensors import read_tensors, write_tensors

__all__ = ["Stored", "read_network", "write_network"]


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Stored:
    """What a file holds.

    Attributes:
        path: of the file.
        settings: by name.
        history: of the training.
        arrays: beside the weights.
        weights: of the network.
    """

    path: Path
    settings: Mapping[str, Any]
    history: History
    arrays: Mapping[str, np.ndarray]
    weights: Mapping[str, Tensor]

    def fill(self, network: nn.Module) -> None:
        """Put the weights into a network, which is then used and no longer trained.

        Raises:
            ValueError: they are of another one.
        """
        try:
            network.load_state_dict(dict(self.weights))
        except RuntimeError as error:
            raise ValueError(
                f"{self.path}: its weights are of another network ({error})"
            ) from error
        network.eval()


def write_network(
    path: Path,
    name: str,
    network: nn.Module,
    history: History,
    arrays: Mapping[str, np.ndarray],
    settings: Mapping[str, Any],
) -> None:
    """Write a network; the file is whole or absent.

    Args:
        path: of the file.
        name: of the format.
        network: with its weights.
        history: of the training.
        arrays: beside the weights, of names that no weight has.
        settings: that JSON can hold.
    """
    curves = {key: column.tolist() for key, column in vars(history).items()}
    header = {
        "format": name, "settings": json.dumps(dict(settings)), "history": json.dumps(curves),
        "arrays": json.dumps(sorted(arrays)), "software": json.dumps(versions()),
    }  # fmt: skip
    tensors = {key: t.contiguous() for key, t in network.state_dict().items()}
    tensors |= {key: torch.from_numpy(array) for key, array in arrays.items()}
    write_tensors(path, tensors, header)


def read_network(path: Path, name: str) -> Stored:
    """Read a file of a format.

    Raises:
        ValueError: missing, damaged, or of another format.
    """
    tensors, header = read_tensors(path)
    if header.get("format") != name:
        raise ValueError(f"{path}: expected {name}, got {header.get('format')}")
    own = json.loads(header["arrays"])
    curves = {key: np.array(c, dtype=float) for key, c in json.loads(header["history"]).items()}
    return Stored(
        path=path, settings=json.loads(header["settings"]), history=History(**curves),
        arrays={key: tensors.pop(key).numpy() for key in own}, weights=tensors,
    )  # fmt: skip
