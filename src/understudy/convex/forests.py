"""Forests in the graph of a symmetric matrix, and their linear systems by messages.

Variables of a forest are eliminated from the leaves to the roots, without fill, and found again
on the way back: a block of any size at the cost of its edges (Nutini, Laradji & Schmidt 2022,
JMLR 23, section 5).
"""

import numpy as np
from jaxtyping import Bool, Float, Int

__all__ = ["forest_of", "solve_forest"]


def forest_of(
    linked: Bool[np.ndarray, "p p"], order: Int[np.ndarray, " p"]
) -> Int[np.ndarray, " k"]:
    """Coordinates, the first of the order before all, whose graph has no cycle.

    Args:
        linked: an edge between two coordinates.
        order: in which they are tried; the rest are left out where they would close a cycle.
    """
    root = np.full(len(linked), -1)

    def top(k: int) -> int:
        while root[k] != k:
            root[k] = root[root[k]]
            k = int(root[k])
        return k

    kept: list[int] = []
    for k in map(int, order):
        tops = [top(j) for j in kept if linked[k, j]]
        if len(set(tops)) == len(tops):
            root[k] = k
            for t in tops:
                root[t] = k
            kept.append(k)
    return np.array(kept)


def solve_forest(
    matrix: Float[np.ndarray, "p p"], right: Float[np.ndarray, " p"]
) -> Float[np.ndarray, " p"]:
    """M d = r where the graph of M is a forest: messages to the roots and back.

    Raises:
        ValueError: there is a cycle.
    """
    p = len(right)
    near = [[int(j) for j in np.flatnonzero(row) if j != k] for k, row in enumerate(matrix != 0)]
    if sum(map(len, near)) // 2 > max(p - 1, 0):
        raise ValueError("matrix: expected the graph of a forest, got a cycle")
    parent, order, seen = [-1] * p, [], [False] * p
    for start in range(p):
        if seen[start]:
            continue
        stack, seen[start] = [start], True
        while stack:
            k = stack.pop()
            order.append(k)
            for j in near[k]:
                if not seen[j]:
                    seen[j], parent[j] = True, k
                    stack.append(j)
                elif j != parent[k] and parent[j] != k:
                    raise ValueError("matrix: expected the graph of a forest, got a cycle")
    pivot, load = matrix.diagonal().astype(float), right.astype(float).copy()
    for k in reversed(order):
        up = parent[k]
        if up >= 0:
            factor = matrix[up, k] / pivot[k]
            pivot[up] -= factor * matrix[k, up]
            load[up] -= factor * load[k]
    d = np.zeros(p)
    for k in order:
        up = parent[k]
        d[k] = (load[k] - (matrix[k, up] * d[up] if up >= 0 else 0.0)) / pivot[k]
    return d
