"""Modes of what histories do: fewer are needed than of the histories themselves.

Signals of 200 values have strong and weak frequencies; a structure responds to six combinations of
them only, mostly to weak ones. POD of the signals spends its modes on what the structure does not
feel. POD of the responses, with the signals that go with them, spends none.
"""

from pathlib import Path

import numpy as np

from understudy.figures import draw_spectra
from understudy.linalg import ExtendedBasis, ExtendedPOD


def spectra() -> tuple[ExtendedBasis, ExtendedBasis, np.ndarray, np.ndarray]:
    """Plain and response basis of 80 signals, 200 unseen signals, and the response, a matrix."""
    rng = np.random.default_rng(0)
    time = np.linspace(0, np.pi, 200)
    waves = np.sin(np.arange(1, 41)[:, None] * time) / np.arange(1, 41)[:, None]
    signals = rng.normal(size=(280, 40)) @ waves
    structure = rng.normal(size=(6, 40)) * np.linspace(0.1, 4.0, 40) @ waves
    x, unseen = signals[:80], signals[80:]
    plain = ExtendedPOD(rank=40).fit(x, x)
    response = ExtendedPOD(rank=40).fit(x, x @ structure.T)
    return plain, response, unseen, structure


def modes_needed(share: float = 0.05) -> tuple[int, int]:
    """Plain and response modes whose responses err by at most this share of their deviation."""
    plain, response, unseen, structure = spectra()
    truth = unseen @ structure.T
    spread = np.linalg.norm(truth - truth.mean(axis=0))
    needed = []
    for basis, seen in ((plain, unseen), (response, truth)):
        c, kept = basis.encode(seen), 0
        for kept in range(1, len(basis.x_modes) + 1):
            signal = basis.x_mean + c[:, :kept] @ basis.x_modes[:kept]
            if np.linalg.norm(signal @ structure.T - truth) <= share * spread:
                break
        needed.append(kept)
    return needed[0], needed[1]


if __name__ == "__main__":
    plain, response, _, _ = spectra()
    values = {"histories": plain.values[:40], "responses": response.values[:40]}
    draw_spectra(Path("response_pod.png"), values, modes_needed()[1])
    print("modes for 5 % of the response: plain {}, response norm {}".format(*modes_needed()))
