"""A certified network in other hands: a torch module, ONNX, a C header, in double precision."""

import re
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from understudy.files import replacing
from understudy.surrogates.quantity_of_interest import QuantityModel

__all__ = ["QuantityModule", "as_module", "write_c_header", "write_onnx"]


class QuantityModule(nn.Module):
    """The same function, for torch: shape (k, d) to (k,), float64."""

    def __init__(
        self,
        slopes: Float[Tensor, "m d"],
        offsets: Float[Tensor, " m"],
        signs: Float[Tensor, " m"],
        offset: float,
    ) -> None:
        super().__init__()
        self.inner = nn.Linear(slopes.shape[1], slopes.shape[0], dtype=torch.float64)
        self.outer = nn.Linear(slopes.shape[0], 1, dtype=torch.float64)
        with torch.no_grad():
            self.inner.weight.copy_(slopes)
            self.inner.bias.copy_(offsets)
            self.outer.weight.copy_(signs[None])
            self.outer.bias.fill_(offset)

    def forward(self, x: Float[Tensor, "k d"]) -> Float[Tensor, " k"]:
        """Values in the unit of the data."""
        return self.outer(torch.relu(self.inner(x)))[:, 0]


def as_module(model: QuantityModel) -> QuantityModule:
    """A module whose values are the model's, to rounding."""
    return QuantityModule(
        torch.from_numpy(model.slopes), torch.from_numpy(model.offsets),
        torch.from_numpy(model.signs), model.offset,
    )  # fmt: skip


def write_onnx(path: Path, model: QuantityModel) -> None:
    """An ONNX graph (opset 14): input `x` (k, d), output `y` (k,), double.

    Raises:
        ModuleNotFoundError: the extra `export` is not installed.
    """
    import onnx  # one heavy dependency, of an extra
    from onnx import TensorProto, helper, numpy_helper

    constants = {
        "slopes": model.slopes.T, "offsets": model.offsets, "signs": model.signs[:, None],
        "offset": np.array([model.offset]), "axis": np.array([1], dtype=np.int64),
    }  # fmt: skip
    nodes = [
        helper.make_node("MatMul", ["x", "slopes"], ["product"]),
        helper.make_node("Add", ["product", "offsets"], ["inner"]),
        helper.make_node("Relu", ["inner"], ["active"]),
        helper.make_node("MatMul", ["active", "signs"], ["sum"]),
        helper.make_node("Add", ["sum", "offset"], ["column"]),
        helper.make_node("Squeeze", ["column", "axis"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, re.sub(r"\W", "_", model.name),
        [helper.make_tensor_value_info("x", TensorProto.DOUBLE, ["k", len(model.names)])],
        [helper.make_tensor_value_info("y", TensorProto.DOUBLE, ["k"])],
        [numpy_helper.from_array(np.ascontiguousarray(v), k) for k, v in constants.items()],
    )  # fmt: skip
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    made.ir_version = 8
    onnx.checker.check_model(made)
    with replacing(path) as part:
        part.write_bytes(made.SerializeToString())


def write_c_header(path: Path, model: QuantityModel) -> None:
    """A header with one function, `double NAME(const double *x)`, for C99 and C++."""
    name = re.sub(r"\W", "_", model.name)
    d, m = len(model.names), len(model.signs)

    def numbers(values: np.ndarray) -> str:
        return ", ".join(f"{float(v).hex()}" for v in values.ravel())

    text = f"""/* {model.name} in {model.unit or "no unit"}, from {", ".join(model.names)}.
   Relative gap of its training: {model.certificate["gap"]:.1e}, {
        "proved for all networks of any width" if model.proved else "heuristic"
    }. */
#ifndef UNDERSTUDY_{name.upper()}_H
#define UNDERSTUDY_{name.upper()}_H

static inline double {name}(const double *x) {{
  static const double slopes[{max(m * d, 1)}] = {{{numbers(model.slopes) or "0"}}};
  static const double offsets[{max(m, 1)}] = {{{numbers(model.offsets) or "0"}}};
  static const double signs[{max(m, 1)}] = {{{numbers(model.signs) or "0"}}};
  double y = {model.offset.hex()};
  for (int j = 0; j < {m}; ++j) {{
    double t = offsets[j];
    for (int i = 0; i < {d}; ++i) t += slopes[{d} * j + i] * x[i];
    if (t > 0.0) y += signs[j] * t;
  }}
  return y;
}}

#endif
"""
    with replacing(path) as part:
        part.write_text(text)
