"""A trained operator head against the finite-element solver whose fields it continues.

Fields of Fisher's equation on an interval: the solver makes them step by step with Newton's method
(quadratic elements, implicit midpoint rule, the settings of the data set), the head reads sixteen
noisy slices and gives the forty-eight others in one pass. Both in CPU seconds a field, in one
process with one thread, turn by turn; a ratio is worth what the error beside it is. The answer,
which refines the equation, and a solver with a quarter of the degrees of freedom and half of the
steps are timed beside it: what one would try first for speed.
"""

import argparse
import json
import os
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

from understudy.equations.pde_families import PDE_FAMILIES, TIMES
from understudy.equations.rhs import Periodic
from understudy.equations.spectral import Spectral
from understudy.fem.evolving_field import EvolvingField
from understudy.nn import Training
from understudy.surrogates.evolution_evaluation import answers_of
from understudy.surrogates.evolution_lessons import EvolutionRecipe
from understudy.surrogates.evolution_model import train_evolution
from understudy.surrogates.evolution_networks import EvolutionNetwork, FourierSizes
from understudy.surrogates.evolution_sets import SEEN, FieldSample, FieldSet, noisy_fields
from understudy.surrogates.field_discovery import FieldDiscovery
from understudy.surrogates.field_places import Line

TRUTH = EvolvingField()
COARSE = EvolvingField(refinements=0, degree=1, substeps=1)


def slices(problem: EvolvingField, values: dict[str, float], seed: int) -> np.ndarray:
    """Fields at the points of the interval."""
    made = np.stack([*problem.simulate(0, values, seed).fields.values()])
    return made[:, : made.shape[1] // 2]


def field_set(many: int, rng: np.random.Generator) -> tuple[FieldSet, float, float, list]:
    """Fields of the truth, CPU seconds a field, those of the coarse solver and its errors."""
    equation = PDE_FAMILIES["fisher"].equation
    states, values, errors = [], [], []
    fine = coarse = 0.0
    for seed in range(many):
        own = {name: mean * rng.uniform(0.9, 1.1) for name, mean in TRUTH.means.items()}
        begin = time.process_time()
        states.append(slices(TRUTH, own, seed))
        middle = time.process_time()
        cheap = slices(COARSE, own, seed)
        coarse += time.process_time() - middle
        fine += middle - begin
        later = states[-1][SEEN:]
        errors.append(np.linalg.norm(cheap[SEEN:] - later) / np.linalg.norm(later))
        values.append([own[p] for p in equation.parameters])
    row = np.array(states)
    count = 2 * (row.shape[2] - 1)
    place = Line(
        solver=Spectral(line=Periodic(length=2.0, points=2 * count)), count=count, parity="even"
    )
    whole = np.zeros((*row.shape[:2], count))
    whole[..., : row.shape[2]] = row
    found = FieldSet(
        name="fisher", equation=equation, spread=0.1, place=place, values=np.array(values),
        centre=np.array([TRUTH.means[p] for p in equation.parameters]),
        states=place.mirrored(whole),
    )  # fmt: skip
    return found, fine / many, coarse / many, errors


def main(fields: int = 60, tests: int = 8, steps: int = 600) -> dict[str, float]:
    """Ratios of CPU seconds, and errors."""
    rng = np.random.default_rng(0)
    learned, _, _, _ = field_set(fields, rng)
    new, fine, coarse, errors = field_set(tests, rng)
    recipe = EvolutionRecipe(
        network=EvolutionNetwork(symbol_fno=FourierSizes(width=32, modes=16)), families=(),
        training=Training(steps=steps, learning_rate=3e-3, every=steps),
    )  # fmt: skip
    model = train_evolution(recipe, {"fisher": learned})
    sizes = 0.02 * np.sqrt((new.states**2).mean(axis=(1, 2)))
    sample = FieldSample(
        fields=new, windows=noisy_fields(new, new.states[:, :SEEN], sizes, rng), guesses=None
    )
    points = new.place.points
    model.forecast(points, sample.windows)
    begin = time.process_time()
    head = model.forecast(points, sample.windows)
    quick = (time.process_time() - begin) / tests
    begin = time.process_time()
    answers, _, _ = answers_of(sample, model, FieldDiscovery(), 0)
    whole = (time.process_time() - begin) / tests

    def error(made: np.ndarray, k: int) -> float:
        truth = sample.truth[k]
        return float(np.linalg.norm(made - truth) / np.linalg.norm(truth))

    return {
        "solver / head": fine / quick,
        "solver / answer": fine / whole,
        "solver / coarse solver": fine / coarse,
        "error of the head": float(np.mean([error(u, k) for k, u in enumerate(head)])),
        "error of the answer": float(
            np.mean(
                [1.0 if a is None else error(a.forecast[SEEN:], k) for k, a in enumerate(answers)]
            )
        ),
        "error of the coarse solver, which is told the numbers": float(np.mean(errors)),
        "slices": float(len(TIMES)),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fields", type=int, default=60)
    parser.add_argument("--tests", type=int, default=8)
    parser.add_argument("--steps", type=int, default=600)
    print(json.dumps(main(**vars(parser.parse_args())), indent=2))
