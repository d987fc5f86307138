"""Stress by the route of plastic strain: predict the strain, then apply the law.

In deformation theory with linear hardening (`closure`), plane strain, d = dev eps and
e = sqrt(2/3 d:d),

    sigma = (2/3) (g(e) / e) d + K tr(eps) I,
    g = 3 G e where it is below R0, else 3 G (H e + R0) / (3 G + H),

is continuous with a kink at yield. With the components of eps taken as independent and normal, of
deviations s_b, the delta method gives Var sigma_a = sum_b (d sigma_a / d eps_b)^2 s_b^2, to first
order; leave-one-out residuals of the stress then scale it, as they do of any field. Leave-one-out
also decides field by field (`choice`) whether stress comes so or is learned itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from understudy.data.blocks import blocks
from understudy.metrics import HALF_WIDTH_95
from understudy.regression.posterior import Gaussian
from understudy.surrogates.alignment import Aligned
from understudy.surrogates.bases import representatives
from understudy.surrogates.closure import PlasticClosure
from understudy.surrogates.field_model import FieldModel
from understudy.surrogates.recipe import combined

__all__ = ["STRESSES", "LawStress", "StressLaw", "fit_law", "propagated"]

STRESSES = ("sigma_xx", "sigma_yy", "sigma_xy")
"""Names of the stress fields, in the order of the strain of a closure."""
_UNIT, _DEVIATORIC = np.array([1.0, 1.0, 0.0]), np.array([[2, -1, 0], [-1, 2, 0], [0, 0, 3]]) / 3
_TWICE = np.array([1.0, 1.0, 2.0])
"""Times that a component stands in a contraction."""


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class LawStress:
    """What is known of one stress field beyond its law.

    Attributes:
        transfer: nodal variance lost between meshes, shape (n,).
        calibration: factor of standard deviations that makes leave-one-out bands true.
        constant_deviation: root mean square leave-one-out error, in the unit of the field.
    """

    transfer: Float[np.ndarray, " n"]
    calibration: float
    constant_deviation: float


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class StressLaw:
    """Stress fields that follow from predicted strain.

    Attributes:
        strains: models of the strain components, in the order of the closure.
        stresses: by name.
    """

    strains: tuple[FieldModel, ...]
    stresses: dict[str, LawStress]

    def finish(
        self,
        closure: PlasticClosure,
        strain: Float[np.ndarray, "3 n"],
        deviation: Float[np.ndarray, "3 n"],
        inputs: Mapping[str, float],
        back: csr_array,
    ) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Mean, deviation and band of each stress at the nodes of a mesh.

        Args:
            closure: the law.
            strain: means of the components at the nodes.
            deviation: their deviations, without the loss between meshes.
            inputs: of the sample.
            back: operator from the reference to the nodes.
        """
        means, spreads = propagated(closure, strain, deviation, inputs)
        out = {}
        for name, known in self.stresses.items():
            mean, own = means[STRESSES.index(name)], spreads[STRESSES.index(name)]
            spread = np.sqrt((known.calibration * own) ** 2 + back @ known.transfer)
            half = HALF_WIDTH_95 * spread
            out[name] = mean, spread, np.stack([mean - half, mean + half])
        return out

    def sample(
        self,
        closure: PlasticClosure,
        strain: Float[np.ndarray, "3 n"],
        drawn: Float[np.ndarray, "3 c n"],
        inputs: Mapping[str, float],
        back: csr_array,
        rng: np.random.Generator,
    ) -> dict[str, Float[np.ndarray, "c n"]]:
        """Draws of each stress from draws of the strain around its mean."""
        mean = propagated(closure, strain, np.zeros_like(strain), inputs)[0]
        found = propagated(closure, drawn, np.zeros_like(drawn), inputs)[0]
        out = {}
        for name, known in self.stresses.items():
            i = STRESSES.index(name)
            noise = np.sqrt(back @ known.transfer) * rng.normal(size=found[i].shape)
            out[name] = mean[i] + known.calibration * (found[i] - mean[i]) + noise
        return out


def propagated(
    closure: PlasticClosure,
    strain: Float[np.ndarray, "3 *s"],
    deviation: Float[np.ndarray, "3 *s"],
    inputs: Mapping[str, float | Float[np.ndarray, "N 1"]],
) -> tuple[Float[np.ndarray, "3 *s"], Float[np.ndarray, "3 *s"]]:
    """Stress of the law and its first-order deviation.

    Args:
        closure: the law.
        strain: xx, yy, xy.
        deviation: of the components, independent.
        inputs: numbers, or a row a sample.
    """
    nu = closure.poisson_ratio
    young, r0, hardening = (
        inputs[n] for n in (closure.young, closure.yield_stress, closure.hardening)
    )
    three_g, bulk = 1.5 * young / (1 + nu), young / (3 * (1 - 2 * nu))
    trace = strain[0] + strain[1]
    d = np.stack([strain[0] - trace / 3, strain[1] - trace / 3, strain[2]])
    e = np.sqrt(2 / 3 * (d[0] ** 2 + d[1] ** 2 + (trace / 3) ** 2 + 2 * d[2] ** 2))
    yields = three_g * e > r0
    safe = np.where(yields, e, 1.0)  # e divides beyond yield only
    tangent = three_g * hardening / (three_g + hardening)
    secant = np.where(yields, tangent + three_g * r0 / (three_g + hardening) / safe, three_g)
    slope = np.where(yields, (tangent - secant) / safe, 0.0)  # d secant / d e
    variance = np.zeros_like(strain)
    for a in range(3):
        for b in range(3):
            along = 2 / 3 * _TWICE[b] * d[b] / safe  # d e / d eps_b
            change = 2 / 3 * (secant * _DEVIATORIC[a, b] + slope * along * d[a])
            variance[a] += ((change + bulk * _UNIT[a] * _UNIT[b]) * deviation[b]) ** 2
    stress = np.stack([2 / 3 * secant * d[a] + bulk * trace * _UNIT[a] for a in range(3)])
    return stress, np.sqrt(variance)


def fit_law(
    names: list[str],
    closure: PlasticClosure,
    strains: tuple[FieldModel, ...],
    data: Aligned,
    scaled: bool,
) -> StressLaw:
    """Stresses that follow from learned strain, calibrated by what was left out.

    Args:
        names: of the stresses.
        closure: the law.
        strains: models of the components, in the order of the closure.
        data: what they were trained on.
        scaled: whether deviations are to be scaled.
    """
    few = representatives(len(data.index))
    inputs = data.inputs[few]
    found = []
    for model in strains:
        z = model.posterior.leave_one_out()
        held_out = Gaussian(mean=z.mean[few], variance=z.variance[few])
        scale = combined(model.recipe.scale, data.input_names, inputs)
        found.append(model.moments(held_out, scale, transfer=False))
    means, deviations = propagated(
        closure,
        np.stack([mean for mean, _ in found]),
        np.stack([deviation for _, deviation in found]),
        {name: inputs[:, [k]] for k, name in enumerate(data.input_names)},
    )
    stresses = {}
    for name in names:
        mean, deviation = means[STRESSES.index(name)], deviations[STRESSES.index(name)]
        gap = np.abs(np.array(data.fields[name][few]) - mean)
        factor = np.quantile(gap / np.maximum(deviation, 1e-300), 0.95) / HALF_WIDTH_95
        lost = np.zeros(mean.shape[1])
        for _, block in blocks(data.transfer[name]):
            lost += block.sum(axis=0) / len(data.index)
        stresses[name] = LawStress(
            transfer=lost,
            calibration=max(float(factor), 1e-6) if scaled else 1.0,
            constant_deviation=float(np.sqrt(np.mean(gap**2))),
        )
    return StressLaw(strains=strains, stresses=stresses)
