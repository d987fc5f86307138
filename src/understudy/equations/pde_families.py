"""Twenty families of equations on a periodic line.

After Liu, Zhang & Schaeffer 2024 (arXiv 2404.12355, table 1, and the authors' code): x in [0, 2),
t in [0, 2], initial fields of two sine waves, stretched to [0, 1]. Korteweg and de Vries' equation
starts in [0, 1/2] and runs for half as long, its time stretched to the same range: hence the
halves in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.equations.conservation import FiniteVolumes
from understudy.equations.equation import Equation
from understudy.equations.parse import parse
from understudy.equations.rhs import Periodic
from understudy.equations.spectral import Spectral

__all__ = [
    "LENGTH",
    "PDE_FAMILIES",
    "TIMES",
    "Fields",
    "PDEFamily",
    "gaussian_process",
    "jump",
    "parity",
    "two_sines",
]

LENGTH, POINTS, TIMES = 2.0, 128, np.linspace(0.0, 2.0, 64)
_LINE, _FINE = (Periodic(length=LENGTH, points=k * POINTS) for k in (2, 4))


@final
@dataclass(frozen=True, kw_only=True)
class PDEFamily:
    """Fields of one equation.

    Attributes:
        name: of the family.
        equation: of one state, with parameters.
        means: of the parameters.
        solver: makes the fields.
        spread: half width of the parameters' uniform laws, as a share of the mean.
        waves: greatest number of waves of an initial field.
        within: initial fields are stretched to these least and greatest values; None: left alone.
    """

    name: str
    equation: Equation
    means: Mapping[str, float]
    solver: Spectral | FiniteVolumes
    spread: float = 0.1
    waves: int = 4
    within: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        wanted = set(self.equation.parameters)
        if wanted != set(self.means):
            raise ValueError(
                f"{self.name}: expected means of {sorted(wanted)}, got {sorted(self.means)}"
            )

    def values(self, n: int, rng: np.random.Generator) -> Float[np.ndarray, "P n"]:
        """Draws of the parameters."""
        centre = np.array([self.means[name] for name in self.equation.parameters])
        return centre[:, None] * rng.uniform(1 - self.spread, 1 + self.spread, (len(centre), n))

    def draw(
        self,
        n: int,
        rng: np.random.Generator,
        *,
        times: Float[np.ndarray, " T"] = TIMES,
        start: Float[np.ndarray, "n X"] | None = None,
    ) -> "Fields":
        """Fields of random parameters.

        Args:
            n: how many.
            rng: of parameters and initial fields.
            times: evenly spaced.
            start: initial fields on the solver's points; None: two sines each.
        """
        values = self.values(n, rng)
        first = two_sines(n, self.solver.line, rng, self.waves) if start is None else start
        if self.within is not None:
            low, high = self.within
            least, most = first.min(axis=1, keepdims=True), first.max(axis=1, keepdims=True)
            first = low + (high - low) * (first - least) / (most - least)
        still = [np.zeros_like(first)] if self.equation.orders[0] == 2 else []
        states = self.solver.solve(self.equation, values, np.stack([first, *still]), times)
        every = max(self.solver.line.points // POINTS, 1)
        return Fields(
            x=self.solver.line.x[::every], times=times, values=values.T,
            states=states[:, :, 0, ::every],
        )  # fmt: skip


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Fields:
    """Solutions of one family, on 128 of the solver's points.

    Attributes:
        x: points of the line.
        times: of the fields.
        values: of the parameters, a row a sample.
        states: solutions without noise.
    """

    x: Float[np.ndarray, " X"]
    times: Float[np.ndarray, " T"]
    values: Float[np.ndarray, "n P"]
    states: Float[np.ndarray, "n T X"]


def two_sines(
    n: int, line: Periodic, rng: np.random.Generator, most: int = 4
) -> Float[np.ndarray, "n X"]:
    """Sums of two sine waves of random sizes, phases and whole numbers from 1 to `most`."""
    size, phase = rng.uniform(0, 1, (n, 2)), rng.uniform(0, 2 * np.pi, (n, 2))
    waves = rng.integers(1, most + 1, (n, 2))
    angle = 2 * np.pi * waves[..., None] * line.x / line.length + phase[..., None]
    return (size[..., None] * np.sin(angle)).sum(axis=1)


def gaussian_process(
    n: int, line: Periodic, rng: np.random.Generator, *, lengthscale: float = 0.1
) -> Float[np.ndarray, "n X"]:
    """Draws of a periodic Gaussian process of unit variance, an initial law of another kind."""
    spectrum = np.exp(-0.5 * (line.wave * lengthscale) ** 2)
    spectrum[0] = 0.0
    weight = np.full(len(spectrum), 2.0)
    weight[-1] = 1.0
    spectrum *= line.points / np.sqrt((weight * spectrum**2).sum())
    modes = rng.standard_normal((2, n, len(spectrum))) / np.sqrt(2)
    return np.fft.irfft(spectrum * (modes[0] + 1j * modes[1]), n=line.points, axis=-1)


def jump(
    line: Periodic, left: float, right: float, *, first: float = 0.25, second: float = 0.75
) -> Float[np.ndarray, "1 X"]:
    """One value between two places and another outside: a shock at one end, a fan at the other.

    Args:
        line: its points.
        left: value between the places.
        right: value outside.
        first: place where it begins, as a share of the line.
        second: place where it ends.
    """
    share = line.x / line.length
    return np.where((share >= first) & (share < second), left, right)[None]


def parity(family: str) -> str:
    """How fields on an interval go on behind its ends.

    `even` where the ends are free, `odd` where they are held at zero, as those of Burgers'
    equation are, whose even halves obey another one.
    """
    return "odd" if family == "burgers" else "even"


def _spectral(steps: int = 500, line: Periodic = _LINE) -> Spectral:
    return Spectral(line=line, steps=steps)


_VISCOSITY = 0.01 / np.pi
_SMOOTH, _STEEP, _SHARP = _spectral(), _spectral(line=_FINE), FiniteVolumes(line=_LINE)
_UNIT = (0.0, 1.0)
_Row = tuple[str, str, dict[str, float], Spectral | FiniteVolumes, int, tuple[float, float] | None]
_TABLE: tuple[_Row, ...] = (
    ("heat", "u_t = nu*u_xx", {"nu": 0.003}, _SMOOTH, 4, _UNIT),
    ("porous_medium", "u_t = d*(u^3)_xx", {"d": 0.003}, _spectral(1000), 4, _UNIT),
    ("advection", "u_t = -c*u_x", {"c": 0.5}, _SMOOTH, 2, _UNIT),
    (
        "kdv",
        "u_t = -0.5*u*u_x - 0.5*d^2*u_xxx",
        {"d": 0.022}, _spectral(1000), 2, (0.0, 0.5),
    ),
    (
        "fokker_planck",
        "u_t = d*u_xx - (c*sin(3.141592653589793*x)*u)_x",
        {"d": 0.003, "c": 0.1}, _SMOOTH, 4, _UNIT,
    ),
    ("reaction_linear", "u_t = nu*u_xx + r*u", {"nu": 0.003, "r": 0.1}, _SMOOTH, 4, _UNIT),
    ("fisher", "u_t = nu*u_xx + r*u*(1 - u)", {"nu": 0.003, "r": 1.0}, _SMOOTH, 4, _UNIT),
    (
        "reaction_squared_logistic",
        "u_t = nu*u_xx + r*u^2*(1 - u)^2",
        {"nu": 0.003, "r": 1.0}, _SMOOTH, 4, _UNIT,
    ),
    (
        "bistable",
        "u_t = nu*u_xx + r*u*(1 - u)*(u - a)",
        {"nu": 0.003, "r": 1.0, "a": 0.5}, _SMOOTH, 4, _UNIT,
    ),
    ("burgers", "u_t = nu*u_xx - u*u_x", {"nu": _VISCOSITY}, _STEEP, 4, _UNIT),
    (
        "advection_diffusion",
        "u_t = nu*u_xx - c*u_x",
        {"nu": _VISCOSITY, "c": 1.0}, _SMOOTH, 4, _UNIT,
    ),
    (
        "viscous_cubic",
        "u_t = nu*u_xx - k*u^2*u_x",
        {"nu": _VISCOSITY, "k": 1.0}, _spectral(1000, _FINE), 4, _UNIT,
    ),
    (
        "viscous_sine",
        "u_t = nu*u_xx - k*cos(u)*u_x",
        {"nu": _VISCOSITY, "k": 1.0}, _SMOOTH, 4, _UNIT,
    ),
    ("inviscid_burgers", "u_t = -k*u*u_x", {"k": 1.0}, _SHARP, 4, _UNIT),
    ("inviscid_cubic", "u_t = -k*u^2*u_x", {"k": 1.0}, _SHARP, 4, _UNIT),
    ("inviscid_sine", "u_t = -k*cos(u)*u_x", {"k": 1.0}, _SHARP, 4, _UNIT),
    (
        "cahn_hilliard",
        "u_t = m*(u^3 - u)_xx - m*e^2*u_xxxx",
        {"m": 0.01, "e": 0.05}, _spectral(1000), 4, None,
    ),
    ("wave", "u_tt = c*u_xx", {"c": 0.5}, _SMOOTH, 2, _UNIT),
    ("klein_gordon", "u_tt = c*u_xx - m*u", {"c": 1.0, "m": 0.1}, _SMOOTH, 2, _UNIT),
    ("sine_gordon", "u_tt = u_xx - c*sin(u)", {"c": 1.0}, _SMOOTH, 2, _UNIT),
)  # fmt: skip

PDE_FAMILIES: dict[str, PDEFamily] = {
    name: PDEFamily(
        name=name, equation=parse(text), means=means, solver=solver, waves=waves, within=within
    )
    for name, text, means, solver, waves, within in _TABLE
}
"""By name."""
