"""J2 plasticity and Norton-Chaboche viscoplasticity: one return mapping on arrays of points.

With s = dev sigma, X = (2/3) C alpha and J(a) = sqrt(3/2 a:a), small strains obey

    sigma = k tr(eps) I + 2 G (dev eps - eps_p),
    d eps_p = n dp,    n = (3/2) (s - X) / J(s - X),    d alpha = n dp - D alpha dp,
    rate-independent (K = 0):   J(s - X) <= R0 + H p,  dp >= 0, one of both an equality;
    viscoplastic (K > 0):       dp/dt = < (J(s - X) - R0 - H p) / K >^m.

Backward Euler over a step: with the trial s* = 2 G (dev eps - eps_p), w = 1 / (1 + D dp) and
B = s* - (2/3) C w alpha, the direction is n = (3/2) B / J(B), and dp solves one scalar equation,

    J(B) - (3 G + C w) dp - R0 - H (p + dp) - K (dp / dt)^(1/m) = 0.

Tensors are rows (xx, yy, zz, sqrt(2) xy), so that their contraction is a dot product. Sources:
J. C. Simo, T. J. R. Hughes, Computational Inelasticity, 1998, boxes 3.1 and 3.2 (return mapping
and consistent tangent); J. L. Chaboche, "A review of some plasticity and viscoplasticity
constitutive theories", Int. J. Plasticity 24, 2008, eqs. 2.19 and 3.9 (kinematic hardening,
Norton's flow).
"""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

__all__ = [
    "Material",
    "Response",
    "State",
    "equivalent_strain",
    "plane_strain",
    "respond",
    "von_mises",
]

_UNIT = np.array([1.0, 1.0, 1.0, 0.0])
_DEVIATOR = np.eye(4) - np.outer(_UNIT, _UNIT) / 3.0
_ITERATIONS = 100
"""Safeguarded Newton steps for dp: each halves the bracket at least, and 53 halvings are exact."""


@final
@dataclass(frozen=True, kw_only=True)
class Material:
    """Constants of the law; stresses in one unit, time in one unit.

    Attributes:
        young: E, stress.
        poisson_ratio: in (-1, 1/2).
        yield_stress: R0, stress.
        hardening: H of linear isotropic hardening, stress.
        kinematic: C, stress.
        recall: D, dimensionless.
        viscosity: K of Norton's law, stress x time^(1/m); 0: rate-independent.
        exponent: m of Norton's law, at least 1.
    """

    young: float
    poisson_ratio: float
    yield_stress: float
    hardening: float = 0.0
    kinematic: float = 0.0
    recall: float = 0.0
    viscosity: float = 0.0
    exponent: float = 1.0

    def __post_init__(self) -> None:
        for name in ("young", "yield_stress"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name}: expected a positive number, got {getattr(self, name)}")
        for name in ("hardening", "kinematic", "recall", "viscosity"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        if not -1 < self.poisson_ratio < 0.5:
            raise ValueError(f"poisson_ratio: expected in (-1, 1/2), got {self.poisson_ratio}")
        if not self.exponent >= 1:
            raise ValueError(f"exponent: expected at least 1, got {self.exponent}")

    @property
    def shear(self) -> float:
        """Shear modulus G."""
        return self.young / (2 * (1 + self.poisson_ratio))

    @property
    def bulk(self) -> float:
        """Bulk modulus k."""
        return self.young / (3 * (1 - 2 * self.poisson_ratio))


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class State:
    """What q points remember.

    Attributes:
        plastic_strain: eps_p, shape (q, 4).
        back_strain: alpha, shape (q, 4).
        accumulated: p, shape (q,).
    """

    plastic_strain: Float[np.ndarray, "q 4"]
    back_strain: Float[np.ndarray, "q 4"]
    accumulated: Float[np.ndarray, " q"]

    @staticmethod
    def virgin(size: int) -> "State":
        """Points that never yielded."""
        return State(
            plastic_strain=np.zeros((size, 4)),
            back_strain=np.zeros((size, 4)),
            accumulated=np.zeros(size),
        )


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Response:
    """Stress at the end of a step.

    Attributes:
        stress: shape (q, 4).
        tangent: d stress / d strain of the discrete step, shape (q, 4, 4).
        state: what the points remember now.
    """

    stress: Float[np.ndarray, "q 4"]
    tangent: Float[np.ndarray, "q 4 4"]
    state: State


def respond(
    material: Material, strain: Float[np.ndarray, "q 4"], state: State, dt: float = 1.0
) -> Response:
    """Stress, consistent tangent and new state at total strains, after a step of length `dt`.

    Raises:
        ValueError: `dt` is not positive.
    """
    if not dt > 0:
        raise ValueError(f"dt: expected a positive number, got {dt}")
    g2 = 2 * material.shear
    volume = strain @ _UNIT
    trial = g2 * (strain @ _DEVIATOR - state.plastic_strain)
    stress = material.bulk * volume[:, None] * _UNIT + trial
    elastic = material.bulk * np.outer(_UNIT, _UNIT) + g2 * _DEVIATOR
    tangent = np.broadcast_to(elastic, (len(strain), 4, 4)).copy()
    plastic, back = state.plastic_strain.copy(), state.back_strain.copy()
    accumulated = state.accumulated.copy()
    excess = _norm(trial - 2 / 3 * material.kinematic * back)
    flows = np.flatnonzero(excess > material.yield_stress + material.hardening * state.accumulated)
    if len(flows):
        dp, n, correction = _flow(material, trial[flows], back[flows], accumulated[flows], dt)
        stress[flows] -= g2 * dp[:, None] * n
        tangent[flows] -= correction
        plastic[flows] += dp[:, None] * n
        back[flows] = (back[flows] + dp[:, None] * n) / (1 + material.recall * dp)[:, None]
        accumulated[flows] += dp
    new = State(plastic_strain=plastic, back_strain=back, accumulated=accumulated)
    return Response(stress=stress, tangent=tangent, state=new)


def _norm(a: Float[np.ndarray, "q 4"]) -> Float[np.ndarray, " q"]:
    """J(a) = sqrt(3/2 a:a)."""
    return np.sqrt(1.5 * np.einsum("qi,qi->q", a, a))


def _flow(
    m: Material,
    trial: Float[np.ndarray, "f 4"],
    back: Float[np.ndarray, "f 4"],
    accumulated: Float[np.ndarray, " f"],
    dt: float,
) -> tuple[Float[np.ndarray, " f"], Float[np.ndarray, "f 4"], Float[np.ndarray, "f 4 4"]]:
    """Step dp, direction n, and what plastic flow takes off the elastic tangent."""
    g2 = 2 * m.shear
    dp = _increment(m, trial, back, accumulated, dt)
    w = 1 / (1 + m.recall * dp)
    b = trial - 2 / 3 * m.kinematic * w[:, None] * back
    size = _norm(b)
    n = 1.5 * b / size[:, None]
    # d dp = 2 G n : d eps / h and dB = 2 G dev(d eps) + slope d dp (derivatives of the equations
    # of the module's docstring).
    slope = 2 / 3 * m.kinematic * m.recall * w[:, None] ** 2 * back
    h = 3 * m.shear + m.hardening + m.kinematic * w**2 - np.einsum("qi,qi->q", n, slope)
    if m.viscosity:
        h += m.viscosity / m.exponent * (dp / dt) ** (1 / m.exponent) / np.maximum(dp, 1e-300)
    per_strain = g2 / h[:, None] * n
    db = g2 * _DEVIATOR + slope[:, :, None] * per_strain[:, None, :]
    dn = (1.5 * db - n[:, :, None] * np.einsum("qi,qij->qj", n, db)[:, None, :]) / size[
        :, None, None
    ]
    change = n[:, :, None] * per_strain[:, None, :] + dp[:, None, None] * dn
    return dp, n, g2 * change


def _increment(
    m: Material,
    trial: Float[np.ndarray, "f 4"],
    back: Float[np.ndarray, "f 4"],
    accumulated: Float[np.ndarray, " f"],
    dt: float,
) -> Float[np.ndarray, " f"]:
    """Solve the scalar equation for dp by Newton's method within a bracket.

    The unknown is y with dp = dt y^m (K > 0) or dp = y (K = 0): in dp itself Norton's law has an
    infinite slope at zero.
    """
    scale, power = (dt, m.exponent) if m.viscosity else (1.0, 1.0)
    threshold = m.yield_stress + m.hardening * accumulated
    reach = _norm(trial) + 2 / 3 * m.kinematic * _norm(back) - threshold
    high = (reach / (3 * m.shear + m.hardening) / scale) ** (1 / power)
    if m.viscosity:
        high = np.minimum(high, reach / m.viscosity)
    low, y = np.zeros_like(high), high.copy()
    for _ in range(_ITERATIONS):
        dp = scale * y**power
        w = 1 / (1 + m.recall * dp)
        b = trial - 2 / 3 * m.kinematic * w[:, None] * back
        size = _norm(b)
        value = size - (3 * m.shear + m.kinematic * w + m.hardening) * dp - threshold
        value -= m.viscosity * y
        pull = np.einsum("qi,qi->q", 1.5 * b / size[:, None], back) * m.recall * w**2
        rate = 2 / 3 * m.kinematic * pull - 3 * m.shear - m.hardening - m.kinematic * w**2
        rate = rate * scale * power * y ** (power - 1) - m.viscosity
        low, high = np.where(value > 0, y, low), np.where(value > 0, high, y)
        step = y - value / np.minimum(rate, -1e-300)
        step = np.where((step >= low) & (step <= high), step, 0.5 * (low + high))
        done = np.abs(step - y) <= 4 * np.finfo(float).eps * y
        y = step
        if done.all():
            break
    return scale * y**power


def plane_strain(
    strain: Float[np.ndarray, "q 3"],
) -> Float[np.ndarray, "q 4"]:
    """Rows (xx, yy, sqrt(2) xy) as rows (xx, yy, 0, sqrt(2) xy)."""
    return np.insert(strain, 2, 0.0, axis=1)


def equivalent_strain(strain: Float[np.ndarray, "q 4"]) -> Float[np.ndarray, " q"]:
    """sqrt(2/3 dev(eps):dev(eps)): the axial strain of an incompressible bar."""
    deviator = strain @ _DEVIATOR
    return np.sqrt(2 / 3 * np.einsum("qi,qi->q", deviator, deviator))


def von_mises(stress: Float[np.ndarray, "q 4"]) -> Float[np.ndarray, " q"]:
    """J(dev sigma): the stress of a bar in tension."""
    return _norm(stress @ _DEVIATOR)
