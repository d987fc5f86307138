"""Displacements of the common domain that bring the fronts of all samples together.

Sample i has the diffeomorphism D_i(y) = y + sum_k a_ik v_k(y) of the common domain and the field
W_i = U_i o D_i^{-1}: the P1 field on the mesh with moved nodes, read at the nodes of the domain,
no inverse needed. The coefficients minimise what r modes leave out,

    sum_i |(1 - Pi) W_i|_M^2 / e + penalty sum_k lambda_k a_ik^2,    e = mean of |W_i|_M^2,

Pi on the first r POD modes of all W, not centred (with a mean apart, two groups of samples could
have a front each), lambda_k the roughness of v_k. In turns Pi is recomputed and each sample takes
a Gauss-Newton step, halved until the objective falls and nothing folds, with the exact derivative
of the moved field, d W / d a_k = - grad W . v_k(D^{-1}). A front that has moved by more than its
width has no slope towards the others: fields are first averaged over a fraction of the domain that
falls to zero, while the number of displacements grows from two to all (continuation).

Source: A. Kabalan, F. Casenave, F. Bordeu, V. Ehrlacher, "Optimal morphings for model-order
reduction for poorly reducible problems with geometric variability", arXiv 2502.11632: the energy
of the first modes, in turns; their diffeomorphisms solve an elastic problem, these have few modes.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array
from scipy.sparse.linalg import splu

from understudy.linalg import POD, Basis
from understudy.mesh import (
    Mesh,
    area,
    hat_gradients,
    interpolation,
    locate,
    mass_matrix,
    stiffness_matrix,
)

__all__ = ["bring_together", "carried", "displaced"]

_WIDTHS = (0.3, 0.15, 0.07, 0.0)
"""Radii over which fields are averaged, one after the other, over that of the domain."""
_HALVINGS = 5
_LEAST_AREA = 0.1
"""Share of its area that a triangle must keep."""


def displaced(image: Mesh, modes: Float[np.ndarray, "K n 2"], a: Float[np.ndarray, " K"]) -> Mesh:
    """The domain with nodes moved by coefficients, D(y)."""
    return Mesh(points=image.points + np.tensordot(a, modes, 1), triangles=image.triangles)


def carried(image: Mesh, moved: Mesh) -> csr_array:
    """P1 operator from values on a moved domain to the nodes of the domain, W = U o D^{-1}."""
    return interpolation(moved, image.points)


def bring_together(
    image: Mesh,
    values: Float[np.ndarray, "N n"],
    mass: csr_array,
    displacements: tuple[Float[np.ndarray, "K n 2"], Float[np.ndarray, " K"]],
    *,
    rank: int,
    rounds: int,
    penalty: float,
    progress: Callable[[int, int], None] | None = None,
) -> Float[np.ndarray, "N K"]:
    """Coefficients that make the first modes hold the most energy.

    Args:
        image: the common domain.
        values: fields at its nodes, a row a sample.
        mass: inner product of fields.
        displacements: modes v_k and their roughness.
        rank: number of POD modes.
        rounds: turns at each width of averaging.
        penalty: price of displacement, as a share of the mean energy.
        progress: called with the number of turns done and their total.
    """
    modes, roughness = displacements
    a = np.zeros((len(values), len(modes)))
    price = penalty * roughness
    turns = rounds * len(_WIDTHS)
    for level, width in enumerate(_WIDTHS):
        smooth, few = _averaged(image, values, width), 2 * 2**level if width else len(modes)
        for turn in range(rounds):
            now = np.stack([_pull(image, modes, a[i], smooth[i])[0] for i in range(len(a))])
            basis = POD(rank=rank, centred=False).fit(now, mass)
            energy = max(float((now * (mass @ now.T).T).sum()) / len(now), 1e-300)
            for i in range(len(a)):
                a[i, :few] = _step(
                    image, modes[:few], a[i, :few], smooth[i], mass / energy, basis, price[:few]
                )
            if progress is not None:
                progress(level * rounds + turn + 1, turns)
    return a


def _averaged(
    image: Mesh, values: Float[np.ndarray, "N n"], width: float
) -> Float[np.ndarray, "N n"]:
    """Fields averaged over a width (one implicit step of the heat equation)."""
    if width == 0.0:
        return values
    mass = mass_matrix(image)
    square = width**2 * float(area(image).sum()) / np.pi
    return splu((mass + square * stiffness_matrix(image)).tocsc()).solve(mass @ values.T).T


def _pull(
    image: Mesh, modes: Float[np.ndarray, "K n 2"], a: Float[np.ndarray, " K"], u: np.ndarray
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, "n K"]]:
    """W at the nodes of the domain and its derivative by the coefficients."""
    moved = displaced(image, modes, a)
    triangle, nodes, weight = _read(image, moved)
    slope = np.einsum("mad,ma->md", hat_gradients(moved), u[moved.triangles])[triangle]
    velocity = np.einsum("qa,kqad->qkd", weight, modes[:, nodes])
    return (weight * u[nodes]).sum(axis=1), -np.einsum("qd,qkd->qk", slope, velocity)


def _read(
    image: Mesh, moved: Mesh
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, "n 3"], Float[np.ndarray, "n 3"]]:
    """Triangle of a moved domain at each node of the domain, its nodes and their weights."""
    triangle, weight = locate(moved, image.points)
    weight = np.clip(weight, 0.0, None)
    return triangle, moved.triangles[triangle], weight / weight.sum(axis=1, keepdims=True)


def _step(
    image: Mesh,
    modes: Float[np.ndarray, "K n 2"],
    a: Float[np.ndarray, " K"],
    u: Float[np.ndarray, " n"],
    mass: csr_array,
    basis: Basis,
    price: Float[np.ndarray, " K"],
) -> Float[np.ndarray, " K"]:
    """Coefficients after one Gauss-Newton step that does not raise the objective."""

    def outside(w: Float[np.ndarray, "n *k"]) -> Float[np.ndarray, "n *k"]:
        return w - basis.modes @ (basis.weighted.T @ w)

    def objective(b: Float[np.ndarray, " K"], w: Float[np.ndarray, " n"]) -> float:
        rest = outside(w)
        return float(rest @ (mass @ rest) + price @ b**2)

    w, slope = _pull(image, modes, a, u)
    rest, lever = outside(w), outside(slope)
    weighted = mass @ lever
    step = -np.linalg.solve(lever.T @ weighted + np.diag(price), weighted.T @ rest + price * a)
    before, whole = objective(a, w), area(image)
    for _ in range(_HALVINGS):
        trial = a + step
        moved = displaced(image, modes, trial)
        if (area(moved) > _LEAST_AREA * whole).all():
            _, nodes, weight = _read(image, moved)
            if objective(trial, (weight * u[nodes]).sum(axis=1)) < before:
                return trial
        step = step / 2
    return a
