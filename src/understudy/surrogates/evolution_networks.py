"""Networks that continue fields, with all that makes them anew."""

from dataclasses import dataclass, fields
from typing import final

from torch import nn

from understudy.operators import FNO, PROSE, SMALL, DeepONet, MeshEncoder, Sizes, SymbolFNO

__all__ = ["DeepSizes", "EvolutionNetwork", "FourierSizes", "MeshSizes", "Shape"]


@final
@dataclass(frozen=True, kw_only=True)
class FourierSizes:
    """Of `FNO` and `SymbolFNO`.

    Attributes:
        width: channels.
        modes: that a layer multiplies.
    """

    width: int = 48
    modes: int = 24

    def __post_init__(self) -> None:
        if min(self.width, self.modes) < 1:
            raise ValueError(
                f"width, modes: expected at least 1, got {self.width} and {self.modes}"
            )


@final
@dataclass(frozen=True, kw_only=True)
class DeepSizes:
    """Of `DeepONet`.

    Attributes:
        width: of its layers.
        terms: of its sum.
    """

    width: int = 256
    terms: int = 128

    def __post_init__(self) -> None:
        if min(self.width, self.terms) < 1:
            raise ValueError(
                f"width, terms: expected at least 1, got {self.width} and {self.terms}"
            )


@final
@dataclass(frozen=True, kw_only=True)
class MeshSizes:
    """Of `PROSE` with a `MeshEncoder`.

    Attributes:
        latents: rows that look at the nodes.
        sizes: of the transformer.
    """

    latents: int = 64
    sizes: Sizes = SMALL

    def __post_init__(self) -> None:
        if self.latents < 1:
            raise ValueError(f"latents: expected at least 1, got {self.latents}")


@final
@dataclass(frozen=True, kw_only=True)
class Shape:
    """What a network has to fit.

    Attributes:
        points: where values are known.
        coordinates: of a point.
        slices: that are seen.
        knots: slices that are asked for.
        first: time of the first of them, over the length of a field in time.
        words: of the vocabulary.
        longest: words of an equation.
    """

    points: int
    coordinates: int
    slices: int
    knots: int
    first: float
    words: int
    longest: int


@final
@dataclass(frozen=True, kw_only=True)
class EvolutionNetwork:
    """One kind of network; exactly one field is set.

    Attributes:
        symbol_fno: Fourier layers that read and write equations, on a periodic line.
        fno: Fourier layers.
        deeponet: branch and trunk.
        mesh_prose: transformer from the nodes of a mesh.
    """

    symbol_fno: FourierSizes | None = None
    fno: FourierSizes | None = None
    deeponet: DeepSizes | None = None
    mesh_prose: MeshSizes | None = None

    def __post_init__(self) -> None:
        chosen = [f.name for f in fields(self) if getattr(self, f.name) is not None]
        if len(chosen) != 1:
            names = ", ".join(f.name for f in fields(self))
            raise ValueError(f"network: expected one of {names}, got {chosen}")

    def build(self, shape: Shape) -> nn.Module:
        """With random weights.

        Raises:
            ValueError: a network of a line for points of a plane.
        """
        fourier = self.symbol_fno or self.fno
        if fourier is not None and shape.coordinates != 1:
            raise ValueError("network: expected deeponet or mesh_prose on a plane, got fno")
        if self.symbol_fno is not None:
            return SymbolFNO(
                features=shape.slices, knots=shape.knots, first=shape.first, last=1.0,
                words=shape.words, longest=shape.longest, width=self.symbol_fno.width,
                modes=self.symbol_fno.modes,
            )  # fmt: skip
        if self.fno is not None:
            return FNO(
                features=shape.slices, knots=shape.knots, first=shape.first, last=1.0,
                width=self.fno.width, modes=self.fno.modes,
            )  # fmt: skip
        if self.deeponet is not None:
            return DeepONet(
                sensors=shape.points, features=shape.slices, queries=shape.coordinates + 1,
                outputs=1, width=self.deeponet.width, terms=self.deeponet.terms,
            )  # fmt: skip
        own = self.mesh_prose or MeshSizes()
        encoder = MeshEncoder(
            coordinates=shape.coordinates, features=shape.slices, latents=own.latents,
            width=own.sizes.width, heads=own.sizes.heads, layers=own.sizes.data,
        )  # fmt: skip
        return PROSE(
            encoder=encoder, sizes=own.sizes, queries=shape.coordinates + 1, words=shape.words,
            longest=shape.longest, outputs=1,
        )  # fmt: skip
