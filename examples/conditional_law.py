"""The law of a response given a condition never simulated: who knows how the spread changes?

y = c + (0.2 + c) e, e ~ N(0, 1): the deviation grows with the condition c. A mixture conditions
its components and sees it; the normal law has one deviation for all conditions.
"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_lines
from understudy.generative import Gaussian, GaussianMixture


def deviations(at: float) -> tuple[float, float, float]:
    """Deviation at c = `at`: true, of the conditional normal law, of the conditional mixture."""
    rng = np.random.default_rng(0)
    c = rng.uniform(0.0, 1.0, size=(2000, 1))
    c = c[np.abs(c[:, 0] - at) > 0.05]
    y = c + (0.2 + c) * rng.standard_normal((len(c), 1))
    condition = np.full((20_000, 1), at)
    normal, mixture = (
        method.fit(y, c).sample(len(condition), np.random.default_rng(1), condition).std()
        for method in (Gaussian(), GaussianMixture(components=6))
    )
    return 0.2 + at, float(normal), float(mixture)


if __name__ == "__main__":
    places = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    found = np.array([deviations(float(at)) for at in places]).T
    curves = dict(zip(("true", "normal law", "mixture"), found, strict=True))
    draw_lines(
        Path("conditional_law.png"), {name: (places, own) for name, own in curves.items()},
        "condition", "deviation of the response",
    )  # fmt: skip
    for at, own in zip(places, found.T, strict=True):
        print("c = {}: true {:.2f}, normal {:.2f}, mixture {:.2f}".format(at, *own))
