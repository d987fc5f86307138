"""A proof in five dimensions.

No two-layer ReLU network of any width is better by a tenth of a per cent; ten local optimisations
stay above.
"""

from pathlib import Path

from understudy.convex import BranchAndBound, ColumnGeneration, ReluProblem, Solution, beta_max
from understudy.figures import draw_bounds
from understudy.surrogates.convex_cases import best_of_starts
from understudy.surrogates.convex_problems import scaled_problem


def proved(samples: int = 80) -> tuple[Solution, float]:
    """The solution with its proof, and the best of ten starts of L-BFGS over it."""
    base = scaled_problem("teacher", samples, 5, 0)
    most, _ = beta_max(base, delta=1e-2)
    problem = ReluProblem(x=base.x, y=base.y, beta=0.02 * most)
    found = ColumnGeneration(tolerance=1e-3, proof=BranchAndBound(delta=7e-4)).solve(problem)
    return found, float(best_of_starts(problem, 10, 0).min() / found.value)


if __name__ == "__main__":
    solution, ratio = proved()
    draw_bounds(Path("proof_in_five.png"), {"five dimensions": solution.history})
    print(f"{solution.certified} gap {solution.gap:.1e}; best of ten local searches {ratio:.4f}")
