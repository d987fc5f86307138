"""Where the error of a predicted field comes from, in the units of its score.

With A and B the ways to the reference and back and Pi the projection on the field's basis, each
part is a root mean square over samples of |.|_2 / (sqrt(n) |U|_inf), as in `rrmse_field`:

    transfer    U - B A U                 what two interpolations lose
    basis       U - B Pi A U              and what the modes cannot hold
    total       U - prediction
    regression  sqrt(total^2 - basis^2)   what is left for the processes
    mesh noise  spread of A U over meshes of one design: no surrogate can be better.

Beside them stands the factor by which calibration scaled the stated deviations: what these parts
leave unexplained to the processes' own variance.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float

from understudy.data import Sample
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.field_model import FieldModel
from understudy.surrogates.mmgp_model import MMGPModel
from understudy.surrogates.recipe import combined

__all__ = ["error_budget"]


def error_budget(
    model: MMGPModel,
    samples: Sequence[Sample],
    predictions: Mapping[str, Prediction],
    remeshed: Sequence[Sequence[Sample]] = (),
) -> dict[str, float]:
    """Parts of the error by `<field>.<part>`.

    Args:
        model: the surrogate.
        samples: test samples that succeeded.
        predictions: of them, by number as text; a sample without one is left out.
        remeshed: for each of some designs its samples on several meshes; (): no mesh noise.

    Raises:
        ValueError: a field without a gate that is zero all over a sample.
    """
    latent = model.closure.plastic_strain if model.closure is not None else None
    names = [n for n, field in model.fields.items() if n != latent and field.gate is None]
    squares: dict[str, list[float]] = {f"{n}.{part}": [] for n in names for part in _PARTS}
    for sample in samples:
        if sample.mesh is None or str(sample.index) not in predictions:
            continue
        image = model.encoder.morphing.fit(sample.mesh, model.encoder.base)
        there = model.encoder.reference.there(image)
        back = model.encoder.reference.back(image)
        mu = np.array([[sample.inputs[n] for n in model.encoder.input_names]])
        for name in names:
            u, field = sample.fields[name], model.fields[name]
            size = float(np.abs(u).max())
            if not size > 0:
                raise ValueError(
                    f"fields: {name} is zero all over test sample {sample.index}, and has no "
                    "relative error; give it a recipe with a gate, or leave it out of `fields`"
                )
            scale = combined(field.recipe.scale, model.encoder.input_names, mu)[0]
            carried = there @ u
            held = _projected(field, carried / scale) * scale
            guess = predictions[str(sample.index)].fields[name]
            for part, v in zip(_PARTS, (back @ carried, back @ held, guess), strict=True):
                gap = np.mean((u - v) ** 2) / size**2
                squares[f"{name}.{part}"].append(float(gap))
    out = {key: float(np.sqrt(np.mean(values))) for key, values in squares.items()}
    out |= {f"{n}.calibration": field.calibration for n, field in model.fields.items()}
    for name in names:
        rest = out[f"{name}.total"] ** 2 - out[f"{name}.basis"] ** 2
        out[f"{name}.regression"] = float(np.sqrt(max(rest, 0.0)))
        if remeshed:
            out[f"{name}.mesh_noise"] = _mesh_noise(model, remeshed, name)
    return out


_PARTS = ("transfer", "basis", "total")


def _projected(field: FieldModel, pattern: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """What the basis holds; with the amplitude apart, for the amplitude that suits it best."""
    basis = field.basis
    if not field.recipe.amplitude:
        return basis.decode(basis.encode(pattern[None]))[0]

    def outside(u: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        return u - basis.modes @ (basis.weighted.T @ u)

    rest, mean = outside(pattern), outside(basis.mean)
    amplitude = (rest @ mean) / (mean @ mean)
    return pattern - (rest - amplitude * mean)


def _mesh_noise(model: MMGPModel, designs: Sequence[Sequence[Sample]], name: str) -> float:
    squares = []
    for meshes in designs:
        carried = []
        for sample in meshes:
            if sample.mesh is not None and name in sample.fields:
                image = model.encoder.morphing.fit(sample.mesh, model.encoder.base)
                carried.append(model.encoder.reference.there(image) @ sample.fields[name])
        values = np.array(carried)
        spread = values.var(axis=0, ddof=1).mean() if len(values) > 1 else 0.0
        squares.append(spread / np.abs(values).max() ** 2)
    return float(np.sqrt(np.mean(squares)))
