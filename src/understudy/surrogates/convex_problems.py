"""Functions of engineering on which networks are trained and compared, and a teacher network.

| name | inputs | source |
|---|---|---|
| `teacher` | any | ten random neurons, a tenth of noise |
| `gap_bar` | force, gap, stiffness | a bar that meets an elastic stop: a kink |
| `cantilever` | force, length, height | deflection 4 F L^3 / (E b h^3) |
| `otl` | six | output voltage of a push-pull circuit (Ben-Ari & Steinberg 2007) |
| `piston` | seven | cycle time of a piston (Kenett & Zacks 1998) |

Inputs are in [0, 1], a scrambled Sobol sequence, and stand for the ranges of the sources.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc

from understudy.convex import ReluNetwork, ReluProblem

__all__ = ["FUNCTIONS", "design", "scaled_problem", "teacher"]

Inputs = Float[np.ndarray, "n d"]
Values = Float[np.ndarray, " n"]


def _between(x: Inputs, ranges: list[tuple[float | int, float | int]]) -> list[Values]:
    return [low + (high - low) * column for (low, high), column in zip(ranges, x.T, strict=True)]


def _gap_bar(x: Inputs) -> Values:
    force, gap, stiffness = _between(x, [(0.0, 2.0), (0.5, 1.5), (0.8, 1.2)])
    stop = 4.0
    free = force / stiffness
    return np.where(free <= gap, free, (force + stop * gap) / (stiffness + stop))


def _cantilever(x: Inputs) -> Values:
    force, length, height = _between(x, [(0.5, 1.5), (0.8, 1.2), (0.8, 1.2)])
    return 4.0 * force * length**3 / height**3


def _otl(x: Inputs) -> Values:
    rb1, rb2, rf, rc1, rc2, gain = _between(
        x, [(50, 150), (25, 70), (0.5, 3), (1.2, 2.5), (0.25, 1.2), (50, 300)]
    )
    vb1 = 12 * rb2 / (rb1 + rb2)
    own = gain * (rc2 + 9)
    return (
        (vb1 + 0.74) * own / (own + rf)
        + 11.35 * rf / (own + rf)
        + 0.74 * rf * own / ((own + rf) * rc1)
    )


def _piston(x: Inputs) -> Values:
    mass, area, volume, spring, pressure, ambient, filling = _between(
        x,
        [
            (30, 60),
            (0.005, 0.02),
            (0.002, 0.01),
            (1000, 5000),
            (9e4, 1.1e5),
            (290, 296),
            (340, 360),
        ],
    )
    a = pressure * area + 19.62 * mass - spring * volume / area
    gas = pressure * volume / filling * ambient
    v = area / (2 * spring) * (np.sqrt(a**2 + 4 * spring * gas) - a)
    return 2 * np.pi * np.sqrt(mass / (spring + area**2 * gas / v**2))


FUNCTIONS: dict[str, tuple[Callable[[Inputs], Values], tuple[str, ...]]] = {
    "gap_bar": (_gap_bar, ("force", "gap", "stiffness")),
    "cantilever": (_cantilever, ("force", "length", "height")),
    "otl": (_otl, ("rb1", "rb2", "rf", "rc1", "rc2", "gain")),
    "piston": (
        _piston,
        ("mass", "area", "volume", "spring", "pressure", "ambient", "filling"),
    ),
}
"""Function and names of its inputs."""


def design(name: str, samples: int, seed: int) -> tuple[Inputs, Values]:
    """Inputs in the unit cube and what a function says.

    Raises:
        ValueError: an unknown function.
    """
    if name not in FUNCTIONS:
        raise ValueError(f"problem: expected one of {sorted(FUNCTIONS)}, got {name!r}")
    function, names = FUNCTIONS[name]
    power = int(np.ceil(np.log2(max(samples, 2))))
    x = qmc.Sobol(len(names), rng=np.random.default_rng(seed)).random_base2(power)[:samples]
    return x, function(x)


def teacher(samples: int, columns: int, seed: int) -> tuple[Inputs, Values]:
    """Normal inputs, of which the last is the bias, and a noisy network of ten neurons."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((samples, columns))
    x[:, -1] = 1.0
    truth = ReluNetwork(
        neurons=rng.standard_normal((10, columns)), signs=rng.choice([-1.0, 1.0], 10)
    )
    y = truth.predict(x)
    return x, y + 0.1 * y.std() * rng.standard_normal(samples)


def scaled_problem(name: str, samples: int, columns: int, seed: int) -> ReluProblem:
    """Columns of unit length with a bias, y of unit deviation; beta is one.

    Args:
        name: of a function, or `teacher`.
        samples: rows.
        columns: of the teacher; those of a function are its inputs and the bias.
        seed: of the design.
    """
    if name == "teacher":
        x, y = teacher(samples, columns, seed)
    else:
        x, y = design(name, samples, seed)
        x = np.column_stack([(x - x.mean(axis=0)) / x.std(axis=0), np.ones(samples)])
        y = y - y.mean()
    return ReluProblem(x=x / np.linalg.norm(x, axis=0), y=y / y.std(), beta=1.0)
