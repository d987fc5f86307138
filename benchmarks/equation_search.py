"""Search over edits of a guess: CPU time of an answer, and how often the form is exact.

Nine polynomial families, 64 points and 2 % noise a window, guesses of which 70 % are right, 15 %
have a term too many and 15 % one too few. The peer is what a user does without a search: the guess
as it is, so that its share of exact forms is that of the untouched guesses.
"""

import argparse
import json
import os
import time
from dataclasses import replace

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

from understudy.equations.family import guess
from understudy.equations.ode_families import ODE_FAMILIES
from understudy.equations.trajectories import draw, noisy
from understudy.surrogates.equation_search import EquationSearch

NINE = (
    "lorenz", "roessler", "chen_lee", "dadras", "halvorsen", "rabinovich_fabrikant", "sprott_b",
    "sprott_linz_f", "four_wing",
)  # fmt: skip


def answered(
    count: int, repeats: int, seed: int, families: tuple[str, ...] = NINE
) -> dict[str, float]:
    """With some windows: seconds a search, exact forms of ours and of the guess itself."""
    seconds, ours, plain = [], [], []
    for place, name in enumerate(families):
        family = ODE_FAMILIES[name]
        rng = np.random.default_rng([seed, place])
        for _ in range(repeats):
            numbers = family.values(1, rng)[:, 0]
            known = dict(zip(family.equation.parameters, numbers.tolist(), strict=True))
            states = draw(replace(family, means=known, spread=0.0), count, rng)
            windows = noisy(states.states, 0.02, rng)[:, :64]
            believed = guess(family.equation, rng)
            began = time.process_time()
            found = EquationSearch().solve(
                states.times[:64], windows, family.equation.states, believed.equation
            )
            seconds.append(time.process_time() - began)
            best = found.candidates[0].equation.skeleton if found.candidates else None
            ours.append(best == family.equation.skeleton)
            plain.append(believed.kind == "untouched")
    return {
        f"cpu_seconds_{count}_windows": float(np.median(seconds)),
        f"exact_{count}_windows": float(np.mean(ours)),
        f"exact_guess_{count}_windows": float(np.mean(plain)),
    }


def main(
    counts: tuple[int, ...] = (1, 4, 8),
    repeats: int = 12,
    seed: int = 1,
    families: tuple[str, ...] = NINE,
) -> dict[str, float]:
    """Figures by the number of windows."""
    answered(1, 1, seed + 1, families)  # compiles
    found: dict[str, float] = {}
    for count in counts:
        found |= answered(count, repeats, seed, families)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result = main()
    if given.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<28} {value:.4g}")
