"""Classifiers whose inputs may be off: trained for the worst case, and what else one would try.

Every method is a two-layer ReLU network or a line, so one attack judges them all; the decay of
each is chosen on a third of the training samples, by what holds in the boxes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float
from sklearn.datasets import load_breast_cancer, make_moons

from understudy.convex import (
    ColumnGeneration,
    Logistic,
    Loss,
    ReluNetwork,
    ReluProblem,
    RobustColumns,
    SquaredHinge,
    attacked,
    linear_control,
    worst_margins,
)

__all__ = ["RobustCase", "judge_robust", "trained_against"]

_PROBLEMS = ("moons", "tumours")
_LOSSES: dict[str, Loss] = {"logistic": Logistic(), "squared_hinge": SquaredHinge()}
_HIDDEN, _STEPS, _INNER, _RATE = 100, 400, 10, 1e-2
"""Neurons, steps, steps of the attack in each and learning rate of networks that AdamW trains."""
_ATTACK = {"steps": 100, "restarts": 20}


@final
@dataclass(frozen=True, kw_only=True)
class RobustCase:
    """Settings.

    Attributes:
        problem: moons (two inputs) or tumours (thirty, standardised).
        radius: of the boxes, in the unit of the inputs.
        samples: to learn from.
        tests: unseen ones, at most.
        splits: repetitions.
        loss: logistic or squared_hinge.
        betas: decays that are tried, a sample.
    """

    problem: str = "moons"
    radius: float = 0.1
    samples: int = 150
    tests: int = 500
    splits: int = 5
    loss: str = "logistic"
    betas: tuple[float | int, ...] = (1e-4, 3e-4, 1e-3, 3e-3)

    def __post_init__(self) -> None:
        if self.problem not in _PROBLEMS:
            raise ValueError(f"problem: expected one of {sorted(_PROBLEMS)}, got {self.problem!r}")
        if self.loss not in _LOSSES:
            raise ValueError(f"loss: expected one of {sorted(_LOSSES)}, got {self.loss!r}")
        if self.radius <= 0:
            raise ValueError(f"radius: expected more than 0, got {self.radius:g}")
        if not self.betas or min(self.betas) <= 0:
            raise ValueError(f"betas: expected some above 0, got {list(self.betas)}")
        if min(self.samples - 5, self.tests, self.splits) < 1:
            raise ValueError(
                f"samples, tests, splits: expected at least 6, 1, 1, got {self.samples}, "
                f"{self.tests}, {self.splits}"
            )


def judge_robust(case: RobustCase) -> dict[str, Any]:
    """Share of unseen samples that are right in their whole box, by method and split."""
    rows = [_split(case, seed) for seed in range(case.splits)]
    return {
        "methods": {
            name: {key: [row[name][key] for row in rows] for key in rows[0][name]}
            for name in rows[0]
        }
    }


def _drawn(case: RobustCase, seed: int) -> tuple[ReluProblem, ReluProblem]:
    """What is learned from, and unseen samples; the last column is the bias."""
    if case.problem == "moons":
        x, label = make_moons(case.samples + case.tests, noise=0.1, random_state=seed)
    else:
        x, label = load_breast_cancer(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    own, new = order[: case.samples], order[case.samples :][: case.tests]
    if not len(new):
        raise ValueError(f"samples: expected fewer than {len(x)}, got {case.samples}")
    if case.problem == "tumours":
        x = (x - x[own].mean(axis=0)) / x[own].std(axis=0)
    else:
        x = x - x[own].mean(axis=0)
    x = np.column_stack([x, np.ones(len(x))])
    y = 2.0 * label - 1.0
    loss = _LOSSES[case.loss]
    return (
        ReluProblem(x=x[own], y=y[own], beta=1.0, loss=loss),
        ReluProblem(x=x[new], y=y[new], beta=1.0, loss=loss),
    )


def _split(case: RobustCase, seed: int) -> dict[str, dict[str, float]]:
    own, new = _drawn(case, seed)
    moves = np.ones(own.x.shape[1], dtype=bool)
    moves[-1] = False

    def columns(problem: ReluProblem) -> ReluNetwork:
        return RobustColumns(radius=case.radius, seed=seed).solve(problem, moves).network

    def line(problem: ReluProblem) -> ReluNetwork:
        return _as_network(linear_control(problem, case.radius, moves))

    def plain(problem: ReluProblem) -> ReluNetwork:
        return ColumnGeneration(seed=seed).solve(problem).network

    def against(problem: ReluProblem) -> ReluNetwork:
        return trained_against(problem, case.radius, seed)

    def usual(problem: ReluProblem) -> ReluNetwork:
        return trained_against(problem, 0.0, seed)

    methods = {
        "robust_columns": columns,
        "column_generation": plain,
        "baseline_robust_line": line,
        "baseline_pgd_mlp": against,
        "baseline_mlp": usual,
    }
    return {name: _judged(case, fitted, own, new, moves, seed) for name, fitted in methods.items()}


def _judged(
    case: RobustCase,
    fitted: Callable[[ReluProblem], ReluNetwork],
    own: ReluProblem,
    new: ReluProblem,
    moves: np.ndarray,
    seed: int,
) -> dict[str, float]:
    """The decay is the one that holds best on a third that it was not trained on."""
    held = len(own.y) // 3
    best = (-1.0, 0.0)
    for beta in case.betas:
        network = fitted(_part(own, slice(held, None), beta))
        left = attacked(
            _part(own, slice(held), beta), network, case.radius, moves, steps=20, restarts=2
        )
        best = max(best, (float((left > 0).mean()), float(beta)))
    problem = _part(own, slice(None), best[1])
    network = fitted(problem)
    found = attacked(new, network, case.radius, moves, seed=seed, **_ATTACK)
    proved = worst_margins(new, network, case.radius, moves)
    seen = attacked(problem, network, case.radius, moves, seed=seed, **_ATTACK)
    ones = np.ones(len(problem.y))
    bound = problem.loss.value(worst_margins(problem, network, case.radius, moves), ones)
    return {
        "accuracy": float((new.y * network.predict(new.x) > 0).mean()),
        "attacked_accuracy": float((found > 0).mean()),
        "proved_accuracy": float((proved > 0).mean()),
        "attacked_loss": float(problem.loss.value(seen, ones)),
        "proved_loss": float(bound),
        "beta": best[1],
    }


def _part(problem: ReluProblem, rows: slice, beta: float) -> ReluProblem:
    x, y = problem.x[rows], problem.y[rows]
    return ReluProblem(x=x, y=y, beta=beta * len(y), loss=problem.loss)


def _as_network(line: Float[np.ndarray, " d"]) -> ReluNetwork:
    """The line w x as relu(w x) - relu(-w x)."""
    return ReluNetwork(neurons=np.stack([line, -line]), signs=np.array([1.0, -1.0]))


def trained_against(problem: ReluProblem, radius: float, seed: int) -> ReluNetwork:
    """A network that AdamW trains on samples moved by an attack (Madry et al. 2018).

    Args:
        problem: data with a bias as last column; its loss is the logistic one, its beta over the
            number of samples the decay.
        radius: of the boxes; 0: nothing is moved.
        seed: of the start.
    """
    generator = torch.Generator().manual_seed(seed)
    x, y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
    d = x.shape[1]
    u = torch.randn((_HIDDEN, d), generator=generator, dtype=torch.float64) * (2 / d) ** 0.5
    a = torch.randn(_HIDDEN, generator=generator, dtype=torch.float64) / _HIDDEN**0.5
    weights = [u.requires_grad_(), a.requires_grad_()]
    moves = torch.ones(d, dtype=torch.float64)
    moves[-1] = 0.0

    def losses(inputs: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.softplus(-y * (torch.relu(inputs @ u.T) @ a)).mean()

    decay = problem.beta / len(problem.y)
    optimizer = torch.optim.AdamW(weights, lr=_RATE, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _STEPS)
    for _ in range(_STEPS):
        off = torch.zeros_like(x)
        for _ in range(_INNER if radius else 0):
            off.requires_grad_()
            (slope,) = torch.autograd.grad(losses(x + off), off)
            off = (off.detach() + radius / 4 * slope.sign() * moves).clamp(-radius, radius)
        optimizer.zero_grad()
        losses(x + off.detach()).backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        neurons = (u * a.abs()[:, None]).numpy()
        return ReluNetwork(neurons=neurons.copy(), signs=np.where(a.numpy() < 0, -1.0, 1.0))
