"""Uniform grids on a line: what operators on grids share."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

__all__ = ["interpolated", "size_of", "uniform"]


def uniform(points: Float[Tensor, "b n 1"], present: Bool[Tensor, "b n"] | None) -> None:
    """Check that points are a uniform grid in rising order, all there.

    Raises:
        ValueError: they are not.
    """
    if present is not None and not bool(present.all()):
        raise ValueError("points: expected a whole grid, got one with points missing")
    step = points[:, 1:] - points[:, :-1]
    mean = step.mean()
    if not bool(mean > 0) or bool((step - mean).abs().max() > 1e-3 * mean):
        raise ValueError("points: expected a uniform grid in rising order")


def size_of(features: Float[Tensor, "b n f"]) -> Float[Tensor, "b 1 1"]:
    """Root mean square of all values of a sample; one where they are zero."""
    root = features.square().mean(dim=(1, 2), keepdim=True).sqrt()
    return torch.where(root > 0, root, torch.ones_like(root))


def interpolated(
    channels: Float[Tensor, "b n k"],
    points: Float[Tensor, "b n 1"],
    queries: Float[Tensor, "b q 2"],
    first: float,
    last: float,
    *,
    periodic: bool,
) -> Float[Tensor, "b q 1"]:
    """Values at (t, x), linear between grid points and between knots of time.

    Args:
        channels: values at the grid points and at knots of time from `first` to `last`.
        points: the grid.
        queries: t and x; t is held within the knots, x within the grid where it is not periodic.
        first: time of the first knot.
        last: time of the last.
        periodic: the first point follows the last.
    """
    many, knots = channels.shape[1:]
    step = points[:1, 1] - points[:1, 0]
    x = (queries[..., 1] - points[:, :1, 0]) / step
    x = x.remainder(many) if periodic else x.clamp(0, many - 1)
    t = ((queries[..., 0] - first) / (last - first) * (knots - 1)).clamp(0, knots - 1)
    left = x.floor().clamp(max=many - 1 if periodic else many - 2).long()
    right = (left + 1) % many
    below = t.floor().clamp(max=max(knots - 2, 0)).long()
    above = (below + 1).clamp(max=knots - 1)
    a, s = x - left, t - below
    flat = channels.flatten(1)

    def at(place: Tensor, knot: Tensor) -> Tensor:
        return flat.gather(1, place * knots + knot)

    lower = (1 - a) * at(left, below) + a * at(right, below)
    upper = (1 - a) * at(left, above) + a * at(right, above)
    return ((1 - s) * lower + s * upper)[..., None]
