"""DeepONet (Lu et al. 2021, Nature Machine Intelligence 3, eq. 2): branch times trunk.

    u(q) = sum_k b_k(values at the sensors) t_k(q) + b_0.

The sensors are the points, always the same number in the same order.
"""

from typing import final

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from understudy.nn import FourierFeatures, mlp
from understudy.operators.encoders import magnitude

__all__ = ["DeepONet"]


@final
class DeepONet(nn.Module):
    """Values at sensors -> values at queries.

    Args of the constructor: number of `sensors` and of `features` of each, number of coordinates
    of `queries`, number of `outputs`, `width` of the layers, number of `terms` of the sum.
    """

    def __init__(
        self,
        *,
        sensors: int,
        features: int,
        queries: int,
        outputs: int,
        width: int = 128,
        terms: int = 64,
    ) -> None:
        super().__init__()
        self.outputs = outputs
        self.place = FourierFeatures(coordinates=queries, frequencies=6)
        self.branch = mlp(sensors * features, width, width, outputs * terms)
        self.trunk = nn.Sequential(mlp(self.place.width, width, width, terms), nn.GELU())
        self.bias = nn.Linear(sensors * features, outputs)

    def forward(
        self,
        points: Float[Tensor, "b n d"],  # noqa: ARG002
        features: Float[Tensor, "b n f"],
        queries: Float[Tensor, "b q e"],
        guess: Int[Tensor, "b l"] | None = None,  # noqa: ARG002
        present: Bool[Tensor, "b n"] | None = None,
    ) -> Float[Tensor, "b q c"]:
        """Values at the queries, in the size of the features.

        Raises:
            ValueError: sensors missing, or features that are not as many as outputs.
        """
        if present is not None and not bool(present.all()):
            raise ValueError("points: expected all sensors, got some missing")
        scale = magnitude(features)
        if scale.shape[-1] != self.outputs:
            scale = features.square().mean(dim=(1, 2), keepdim=True).sqrt().clamp(min=1e-30)
        seen = (features / scale).flatten(1)
        branch = self.branch(seen).unflatten(1, (self.outputs, -1))
        # Places that all samples are asked at are a row that is repeated without being copied.
        asked = queries[:1] if queries.stride(0) == 0 else queries
        answer = self.trunk(self.place(asked)) @ branch.transpose(1, 2)
        return (answer + self.bias(seen)[:, None]) * scale
