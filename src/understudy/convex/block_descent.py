"""Least squares with a price, a block of variables at a time.

    min over x   1/2 |A x - y|^2 + lam sum_b |x_b|        (group lasso), or x >= 0 (lam = 0).

A block is chosen by a rule, and minimised over while the others rest (Nutini, Laradji & Schmidt
2022, JMLR 23, "Let's make block coordinate descent converge faster"):

    cyclic, random     in turn, or drawn
    greedy             the greatest step of a unit gradient, |d_b| (Gauss-Southwell)
    scaled             the same in the norm of the block's curvature, |d_b| sqrt(L_b)

For x >= 0 blocks may be made anew each time, of the coordinates that the rule likes best; where
the graph of A'A among them is a forest, any number of them is minimised over by messages from the
leaves to the roots and back (section 5), at the cost of their edges. Once the zeros have stayed
for some sweeps, Newton's method on the others ends it (active-set identification, section 6).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from understudy.convex.forests import forest_of, solve_forest

__all__ = ["BlockDescent", "Minimum"]

RULES = ("cyclic", "random", "greedy", "scaled")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class Minimum:
    """What was found.

    Attributes:
        x: variables.
        value: objective.
        lower_bound: of the group lasso, from its dual; for x >= 0 that of the strong convexity of
            the face, minus infinity where there is none.
        violation: greatest breach of the conditions of a minimum.
        converged: it stopped because that is small.
        iterations: blocks that were minimised over.
        history: value after every sweep.
    """

    x: Float[np.ndarray, " p"]
    value: float
    lower_bound: float
    violation: float
    converged: bool
    iterations: int
    history: Float[np.ndarray, " k"]


@final
@dataclass(frozen=True, kw_only=True)
class BlockDescent:
    """Settings.

    Attributes:
        rule: cyclic, random, greedy or scaled.
        size: variables of a block.
        tolerance: violation, over the greatest gradient at zero, at which it stops.
        sweeps: most times as many blocks as there are.
        finish: sweeps after which zeros that stayed are believed; 0: never.
        forest: of x >= 0, blocks are forests of the graph of A'A and as large as they come.
        seed: of random blocks.
    """

    rule: str = "scaled"
    size: int = 5
    tolerance: float = 1e-8
    sweeps: int = 2000
    finish: int = 2
    forest: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.rule not in RULES:
            raise ValueError(f"rule: expected one of {', '.join(RULES)}, got {self.rule!r}")
        if min(self.size, self.sweeps) < 1 or self.finish < 0:
            raise ValueError(
                f"size, sweeps, finish: expected at least 1, 1 and 0, got {self.size}, "
                f"{self.sweeps}, {self.finish}"
            )

    def group_lasso(
        self, a: Float[np.ndarray, "n p"], y: Float[np.ndarray, " n"], price: float
    ) -> Minimum:
        """Blocks are consecutive columns.

        Raises:
            ValueError: columns are not a multiple of the size of a block, or no price.
        """
        if a.shape[1] % self.size or not price > 0:
            raise ValueError(
                f"a, price: expected a multiple of {self.size} columns and more than 0, got "
                f"{a.shape[1]} and {price:g}"
            )
        return _Lasso(self, a, y, price).run()

    def nonnegative(self, a: Float[np.ndarray, "n p"], y: Float[np.ndarray, " n"]) -> Minimum:
        """X >= 0."""
        return _Nonnegative(self, a, y).run()


class _Descent:
    """Gradient, choice of blocks, and when to stop."""

    def __init__(self, settings: BlockDescent, a: np.ndarray, y: np.ndarray) -> None:
        self.settings, self.a, self.y = settings, a, y
        self.h, self.c = a.T @ a, a.T @ y
        self.x = np.zeros(a.shape[1])
        self.gradient = -self.c
        self.rng = np.random.default_rng(settings.seed)
        self.scale = max(float(np.abs(self.c).max(initial=0.0)), 1e-300)
        self.turn = 0

    def chosen(self, scores: Callable[[bool], np.ndarray], count: int) -> int:
        """A block by the rule."""
        self.turn += 1
        if self.settings.rule == "cyclic":
            return self.turn % count
        if self.settings.rule == "random":
            return int(self.rng.integers(count))
        return int(scores(self.settings.rule == "scaled").argmax())

    def move(self, block: np.ndarray, new: np.ndarray) -> None:
        """Put a block somewhere."""
        step = new - self.x[block]
        self.x[block] = new
        self.gradient = self.gradient + self.h[:, block] @ step

    def smooth(self) -> float:
        """Half of the squared error."""
        error = self.a @ self.x - self.y
        return 0.5 * float(error @ error)

    def finished(
        self,
        step: Callable[[], None],
        count: int,
        zeros: Callable[[], np.ndarray],
        newton: Callable[[], None],
        violation: Callable[[], float],
        value: Callable[[], float],
    ) -> tuple[float, bool, int, list[float]]:
        """Sweeps until the violation is small."""
        settings, history, same, steps = self.settings, [value()], 0, 0
        before = zeros()
        for _ in range(settings.sweeps):
            for _ in range(count):
                step()
            steps += count
            now = zeros()
            same = same + 1 if (now == before).all() else 0
            before = now
            if settings.finish and same >= settings.finish:
                newton()
                same = 0
            history.append(value())
            if violation() <= settings.tolerance * self.scale:
                return violation(), True, steps, history
        return violation(), False, steps, history


class _Lasso(_Descent):
    def __init__(self, settings: BlockDescent, a: np.ndarray, y: np.ndarray, price: float) -> None:
        super().__init__(settings, a, y)
        size = settings.size
        self.price = price
        self.blocks = np.arange(a.shape[1]).reshape(-1, size)
        self.inner = [self.h[np.ix_(b, b)] for b in self.blocks]
        self.factors = [np.linalg.eigh(m) for m in self.inner]
        self.most = np.array([max(w[-1], 1e-300) for w, _ in self.factors])

    def _steps(self, scaled: bool) -> np.ndarray:
        """Sizes of proximal steps of all blocks."""
        x, g = self.x[self.blocks], self.gradient[self.blocks]
        aim = x - g / self.most[:, None]
        size = np.linalg.norm(aim, axis=1)
        shrink = np.maximum(1 - self.price / self.most / np.maximum(size, 1e-300), 0.0)
        step = np.linalg.norm(shrink[:, None] * aim - x, axis=1)
        return step * np.sqrt(self.most) if scaled else step

    def _minimised(self, k: int) -> np.ndarray:
        """The block of least 1/2 u'Hu - r'u + price |u|: |u| from its secular equation."""
        values, vectors = self.factors[k]
        block = self.blocks[k]
        r = self.inner[k] @ self.x[block] - self.gradient[block]
        if np.linalg.norm(r) <= self.price:
            return np.zeros(len(block))
        turned = vectors.T @ r
        # |(H + price / s)^-1 r| = s, by safeguarded Newton steps on 1 / phi(s) - 1.
        low, high = 0.0, float((np.linalg.norm(r) - self.price) / max(values[0], 1e-14))
        s = min(high, max(float(np.linalg.norm(self.x[block])), 1e-3 * high))
        for _ in range(100):
            part = turned / (values * s + self.price)
            phi = float(np.linalg.norm(part))
            if phi > 1:
                low = s
            else:
                high = s
            slope = -float((part**2 * values / (values * s + self.price)).sum()) / phi
            new = s + (1 - phi) / slope * phi if slope < 0 else 0.5 * (low + high)
            new = new if low < new < high else 0.5 * (low + high)
            if abs(new - s) <= 1e-15 * max(new, s):
                break
            s = new
        return vectors @ (turned * s / (values * s + self.price))

    def _step(self) -> None:
        k = self.chosen(self._steps, len(self.blocks))
        self.move(self.blocks[k], self._minimised(k))

    def _zeros(self) -> np.ndarray:
        return ~self.x[self.blocks].any(axis=1)

    def _newton(self) -> None:
        """Newton's method on the blocks that are not zero."""
        active = self.blocks[~self._zeros()]
        if not len(active):
            return
        flat = active.ravel()
        for _ in range(20):
            x = self.x[active]
            size = np.linalg.norm(x, axis=1, keepdims=True)
            unit = x / size
            slope = self.gradient[flat] + self.price * unit.ravel()
            matrix = self.h[np.ix_(flat, flat)].copy()
            d = active.shape[1]
            for k in range(len(active)):
                rows = slice(k * d, (k + 1) * d)
                bend = self.price / size[k] * (np.eye(d) - np.outer(unit[k], unit[k]))
                matrix[rows, rows] += bend
            step = -np.linalg.lstsq(matrix, slope, rcond=None)[0]
            before, share, old = self.value(), 1.0, self.x[flat].copy()
            while share > 1e-6:
                self.move(flat, old + share * step)
                if self.value() <= before and self.x[active].any(axis=1).all():
                    break
                share *= 0.5
            else:
                self.move(flat, old)
                return
            if np.abs(slope).max() <= self.settings.tolerance * self.scale:
                return

    def value(self) -> float:
        """Objective."""
        return self.smooth() + self.price * float(
            np.linalg.norm(self.x[self.blocks], axis=1).sum()
        )

    def violation(self) -> float:
        """Distance of the gradient from the price's."""
        x, g = self.x[self.blocks], self.gradient[self.blocks]
        size = np.linalg.norm(x, axis=1)
        there = size > 0
        off = np.maximum(np.linalg.norm(g, axis=1) - self.price, 0.0)
        unit = x / np.maximum(size, 1e-300)[:, None]
        off[there] = np.linalg.norm(g + self.price * unit, axis=1)[there]
        return float(off.max(initial=0.0))

    def run(self) -> Minimum:
        """Sweeps, and the bound of the dual: z = y - A x, shrunk to the price."""
        violation, done, steps, history = self.finished(
            self._step, len(self.blocks), self._zeros, self._newton, self.violation, self.value
        )
        z = self.y - self.a @ self.x
        most = float(np.linalg.norm((self.a.T @ z)[self.blocks], axis=1).max())
        along, square = float(z @ self.y), float(z @ z)
        t = max(0.0, min(self.price / max(most, 1e-300), along / max(square, 1e-300)))
        return Minimum(
            x=self.x, value=self.value(), lower_bound=t * along - 0.5 * t * t * square,
            violation=violation, converged=done, iterations=steps, history=np.array(history),
        )  # fmt: skip


class _Nonnegative(_Descent):
    def __init__(self, settings: BlockDescent, a: np.ndarray, y: np.ndarray) -> None:
        super().__init__(settings, a, y)
        self.curvature = np.maximum(np.diag(self.h), 1e-300)
        self.linked = np.abs(self.h) > 1e-14 * self.curvature.max()

    def _scores(self, scaled: bool) -> np.ndarray:
        """Sizes of projected steps of all coordinates."""
        step = np.abs(np.maximum(self.x - self.gradient / self.curvature, 0.0) - self.x)
        return step * np.sqrt(self.curvature) if scaled else step

    def _block(self) -> np.ndarray:
        settings, p = self.settings, len(self.x)
        if settings.rule in ("greedy", "scaled"):
            order = np.argsort(-self._scores(settings.rule == "scaled"), kind="stable")
        elif settings.rule == "random":
            order = self.rng.permutation(p)
        else:
            order = (np.arange(p) + self.turn * settings.size) % p
            self.turn += 1
        if settings.forest:
            return forest_of(self.linked, order)
        return order[: settings.size]

    def _step(self) -> None:
        block = self._block()
        # Those at zero that want to stay there are left out; the others move without the bound,
        # as far as it allows.
        move = (self.x[block] > 0) | (self.gradient[block] < 0)
        free = block[move]
        if not len(free):
            return
        inner = self.h[np.ix_(free, free)]
        if self.settings.forest:
            linked = self.linked[np.ix_(free, free)]
            step = solve_forest(np.where(linked, inner, 0.0), -self.gradient[free])
        else:
            step = np.linalg.lstsq(inner, -self.gradient[free], rcond=None)[0]
        old, slope, share = self.x[free].copy(), self.gradient[free], 1.0
        while share > 1e-10:
            moved = np.maximum(old + share * step, 0.0) - old
            if slope @ moved + 0.5 * moved @ inner @ moved < 0:
                self.move(free, old + moved)
                return
            share *= 0.5
        # A projected gradient step in the block always falls.
        bound = float(np.linalg.norm(inner, 2))
        self.move(free, np.maximum(old - self.gradient[free] / bound, 0.0))

    def _zeros(self) -> np.ndarray:
        return self.x == 0

    def _newton(self) -> None:
        free = np.flatnonzero(self.x > 0)
        if not len(free):
            return
        inner = self.h[np.ix_(free, free)]
        step = -np.linalg.lstsq(inner, self.gradient[free], rcond=None)[0]
        old, before = self.x[free].copy(), self.value()
        down = step < 0
        share = min(1.0, float((old[down] / -step[down]).min(initial=np.inf)))
        self.move(free, np.maximum(old + share * step, 0.0))
        if self.value() > before:
            self.move(free, old)

    def value(self) -> float:
        """Objective."""
        return self.smooth()

    def violation(self) -> float:
        """Gradients that are not zero inside, or negative at the bound."""
        off = np.where(self.x > 0, np.abs(self.gradient), np.maximum(-self.gradient, 0.0))
        return float(off.max(initial=0.0))

    def run(self) -> Minimum:
        """Sweeps."""
        p, settings = len(self.x), self.settings
        count = max(1, p // (p if settings.forest else settings.size))
        violation, done, steps, history = self.finished(
            self._step, count, self._zeros, self._newton, self.violation, self.value
        )
        return Minimum(
            x=self.x, value=self.value(), lower_bound=-np.inf, violation=violation,
            converged=done, iterations=steps, history=np.array(history),
        )  # fmt: skip
