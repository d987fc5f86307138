"""Equipment on a node of a zone: a damped nonlinear oscillator, driven one way, read by PROSE.

With y the displacement of its mass and u that of the node along one axis, both over the length L,
and time counted in 1 / omega, omega = 2 pi f, the relative motion x = y - u obeys

    x'' = -u'' + g(x, x'),    g = -2 zeta x' - x - h x^3,

or, with v = x' and p = v + u', so that u is differentiated once only,

    x' = v,    p' = g(x, v),    v = p - u'.

The mass does not act back on the node. Nobody who only sees the equipment knows g: its free decay
(u = 0) is recorded with noise, and the equation behind the windows is found by
`equation_discovery`, from a guess that lacks the nonlinear term. A trained PROSE that knows
oscillators may propose equations too; it reads windows of one length, so time is counted for it
in windows, and every rate of what is found divided by the same number. The numbers come with a
normal posterior; the equipment fails where max |x| passes a limit, under draws of that posterior.
"""

import math
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from understudy.equations.equation import Equation
from understudy.equations.parse import parse
from understudy.equations.printing import lines
from understudy.equations.rhs import RightHandSide
from understudy.equations.runge_kutta import RungeKutta
from understudy.equations.terms import Terms
from understudy.equations.trajectories import TIMES
from understudy.surrogates.equation_candidate import Candidate
from understudy.surrogates.equation_discovery import Discovery
from understudy.surrogates.equation_proposals import proposals
from understudy.surrogates.prose_lessons import SEEN
from understudy.surrogates.prose_model import ProseModel

__all__ = ["Decay", "Equipment", "Identified", "identify", "swing"]

_STATES = ("x", "v")
_SUBSTEPS = 4
_BLOWN = 1e6


@final
@dataclass(frozen=True, kw_only=True)
class Decay:
    """Records of the free decay.

    Attributes:
        windows: records, each from an initial displacement of its own.
        points: of a window.
        periods: of the linear oscillator, the length of a window.
        noise: deviation over the root mean square of a window.
        seed: of initial displacements and noise.
    """

    windows: int = 4
    points: int = 64
    periods: float = 2.0
    noise: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        if self.windows < 1 or self.points < 16:
            raise ValueError(
                f"windows, points: expected at least 1 and 16, got {self.windows}, {self.points}"
            )
        if not (self.periods > 0 and self.noise >= 0):
            raise ValueError(
                f"periods, noise: expected above 0, at least 0, got {self.periods}, {self.noise}"
            )


@final
@dataclass(frozen=True, kw_only=True)
class Equipment:
    """The oscillator and where it stands.

    Attributes:
        place: of the zone's edge, in m; the nearest node carries it.
        axis: along which it moves, 0 or 1.
        frequency: f of the linear oscillator, in Hz.
        damping: zeta, without unit.
        hardening: h, share of the linear force at x = 1, without unit.
        length: L, in m.
        limit: of |x| L, in m.
        decay: what is recorded of it.
    """

    place: tuple[float, float]
    axis: int
    frequency: float
    damping: float
    hardening: float
    length: float
    limit: float
    decay: Decay = field(default_factory=Decay)

    def __post_init__(self) -> None:
        if self.axis not in (0, 1):
            raise ValueError(f"axis: expected 0 or 1, got {self.axis}")
        for name in ("frequency", "damping", "length", "limit"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a positive number, got {getattr(self, name)}")
        if self.hardening < 0:
            raise ValueError(f"hardening: expected 0 or more, got {self.hardening}")

    @property
    def omega(self) -> float:
        """Angular frequency of the linear oscillator, in rad/s."""
        return 2 * math.pi * self.frequency

    @property
    def equation(self) -> Equation:
        """What is simulated; whoever identifies it does not see this."""
        return parse(f"x' = v; v' = -{2 * self.damping!r}*v - x - {self.hardening!r}*x^3")

    def records(
        self,
    ) -> tuple[Float[np.ndarray, " T"], Float[np.ndarray, "w T 2"]]:
        """Times over 1 / omega, and noisy windows of displacement and velocity."""
        own, rng = self.decay, np.random.default_rng(self.decay.seed)
        times = np.linspace(0.0, 2 * math.pi * own.periods, own.points)
        start = np.stack([rng.uniform(0.5, 1.5, own.windows), np.zeros(own.windows)])
        right = RightHandSide(self.equation)
        clean = RungeKutta().solve(right, np.zeros((0, own.windows)), start, times)
        size = np.sqrt((clean**2).mean(axis=(1, 2), keepdims=True))
        return times, clean + own.noise * size * rng.standard_normal(clean.shape)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Identified:
    """The equation that was found.

    Attributes:
        text: skeleton, a line a state.
        names: of its numbers.
        values: most probable numbers.
        covariance: of their normal posterior.
        truth: what they are in the simulated equation, nan where it has no such term.
        complete: whether it has all terms of the simulated one.
        verdict: of `equation_discovery`.
        weight: probability of this equation among those near it.
        chi2: squared misfit over squared noise.
        source: who proposed it, `search` or `network`.
    """

    text: tuple[str, ...]
    names: tuple[str, ...]
    values: Float[np.ndarray, " k"]
    covariance: Float[np.ndarray, "k k"]
    truth: Float[np.ndarray, " k"]
    complete: bool
    verdict: str
    weight: float
    chi2: float
    source: str

    @property
    def equation(self) -> Equation:
        """The skeleton."""
        return parse("; ".join(self.text))

    @property
    def deviation(self) -> Float[np.ndarray, " k"]:
        """Of the numbers."""
        return np.sqrt(np.diag(self.covariance).clip(0.0))

    @property
    def held(self) -> float:
        """Share of the simulated numbers inside the 95 % bands; 0 if a term is missing."""
        if not self.complete:
            return 0.0
        off = np.abs(self.values - self.truth)[np.isfinite(self.truth)]
        return float((off <= 1.96 * self.deviation[np.isfinite(self.truth)]).mean())

    def draws(self, count: int, rng: np.random.Generator) -> Float[np.ndarray, "c k"]:
        """Numbers of the posterior."""
        value, vector = np.linalg.eigh(self.covariance)
        root = vector * np.sqrt(value.clip(0.0))
        return self.values + rng.standard_normal((count, len(self.values))) @ root.T


def identify(
    equipment: Equipment,
    guess: str,
    discovery: Discovery,
    rng: np.random.Generator,
    network: ProseModel | None = None,
) -> Identified:
    """Find the equation behind the records.

    Args:
        equipment: what is recorded; its equation is used only to say what the truth was.
        guess: what is believed, an equation of x and v.
        discovery: settings of the search.
        rng: of the draws that the verdict needs.
        network: whose equations compete with those of the search.

    Raises:
        ValueError: a guess of other states; records of another length than the network's.
        RuntimeError: no equation can be followed through the records.
    """
    times, windows = equipment.records()
    believed = parse(guess)
    if believed.states != _STATES:
        raise ValueError(f"guess: expected equations of x and v, got {list(believed.states)}")
    offered: list[Candidate] = []
    pace = 1.0
    if network is not None:
        pace = float(TIMES[SEEN - 1] / times[-1])
        offered = [
            candidate
            for candidate in _offered(network, pace * times, windows, believed)
            if discovery.search.reads(candidate.skeleton, _STATES)
        ]
    answer = discovery.solve(
        pace * times, windows, _STATES, ahead=pace * times, rng=rng, guess=believed,
        proposals=offered,
    )  # fmt: skip
    best = answer.candidates[0]
    skeleton, known = _slowed(best.skeleton, pace), _numbers(equipment.equation)
    names, found = skeleton.parameters, _products(skeleton)
    truth = {
        name: known.get(place, np.nan) / number for place, (name, number) in found.items() if name
    }
    return Identified(
        text=tuple(lines(skeleton)),
        names=names,
        values=pace * np.asarray(best.fit.values, dtype=float),
        covariance=pace**2 * best.covariance[: len(names), : len(names)],
        truth=np.array([truth[name] for name in names]),
        complete=set(known) <= set(found),
        verdict=answer.verdict,
        weight=float(answer.weights[0]),
        chi2=answer.chi2,
        source=best.source,
    )


def _offered(
    network: ProseModel,
    times: Float[np.ndarray, " T"],
    windows: Float[np.ndarray, "w T 2"],
    guess: Equation,
) -> list[Candidate]:
    """What a network reads from the windows, refined on all of them."""
    if not network.fits(times, len(_STATES)):
        raise ValueError(
            f"decay.points: expected {SEEN}, those of a window of the network, got {len(times)}"
        )
    written = network.decode(windows, _STATES, [guess] * len(windows))
    every = [learned for row in written for learned in row]
    return proposals([every], network.families, _STATES, times, windows[None])[0]


def _slowed(equation: Equation, pace: float) -> Equation:
    """Rates times a pace, but for terms with a parameter, whose values take it up."""
    names = set(equation.parameters)

    def slowed(terms: Terms) -> Terms:
        return Terms.of(
            (m, k if names & {getattr(f, "name", "") for f, _ in m} else pace * k)
            for m, k in terms
        )

    return Equation(
        states=equation.states, orders=equation.orders,
        right=tuple(slowed(terms) for terms in equation.right),
    )  # fmt: skip


def swing(
    equation: Equation,
    values: Float[np.ndarray, " k"],
    equipment: Equipment,
    times: Float[np.ndarray, " t"],
    motion: Float[np.ndarray, "n t 2"],
) -> Float[np.ndarray, " n"]:
    """Greatest |x| L under motions of the node, in m, from rest.

    Args:
        equation: of x and v, with or without parameters.
        values: of the parameters.
        equipment: says the scales and the axis.
        times: of the motions, in s.
        motion: of the node, in m.
    """
    clock = equipment.omega * times
    base = motion[:, :, equipment.axis].T / equipment.length
    spline = CubicSpline(clock, base, bc_type=("clamped", "not-a-knot"))
    steps = _SUBSTEPS * (len(times) - 1)
    h = float(clock[-1] - clock[0]) / steps
    drive = spline(clock[0] + 0.5 * h * np.arange(2 * steps + 1), 1)
    rate = RightHandSide(equation).bind(np.repeat(values[:, None], motion.shape[0], axis=1))

    def forced(state: Float[np.ndarray, "2 n"], k: int) -> Float[np.ndarray, "2 n"]:
        return rate(0.0, np.stack([state[0], state[1] - drive[k]]))

    state, greatest = np.stack([np.zeros(len(motion)), drive[0]]), np.zeros(len(motion))
    with np.errstate(all="ignore"):
        for i in range(steps):
            a = forced(state, 2 * i)
            b = forced(state + 0.5 * h * a, 2 * i + 1)
            c = forced(state + 0.5 * h * b, 2 * i + 1)
            d = forced(state + h * c, 2 * i + 2)
            state = state + h / 6 * (a + 2 * b + 2 * c + d)
            greatest = np.maximum(greatest, np.abs(state[0]))
    return np.nan_to_num(greatest, nan=_BLOWN, posinf=_BLOWN) * equipment.length


def _products(equation: Equation) -> dict[tuple[int, Any], tuple[str, float]]:
    """Of each component and product of states, the parameter, if any, and the number before it."""
    names = set(equation.parameters)
    found: dict[tuple[int, Any], tuple[str, float]] = {}
    for i, terms in enumerate(equation.right):
        for monomial, number in terms:
            rest = tuple(item for item in monomial if getattr(item[0], "name", "") not in names)
            own = [f.name for f, _ in monomial if getattr(f, "name", "") in names]
            found[i, rest] = (own[0] if own else "", float(number))
    return found


def _numbers(equation: Equation) -> dict[tuple[int, Any], float]:
    """Of each component and product of states, its number."""
    return {
        (i, monomial): float(number)
        for i, terms in enumerate(equation.right)
        for monomial, number in terms
    }
