"""The compiled loops of `understudy.linalg.explicit`: product, update and what is watched in one.

Arrays are those of `march`; a trailing axis holds the columns. Types are found by numba. Numbers
of nodes come unsigned, because signed ones are tested for a count from the end at each use, and
the four sums of a node's row are apart, because each addition waits for the one before.
"""

from typing import no_type_check

import numpy as np
from numba import njit

__all__ = ["march_many", "march_one"]


@njit(cache=True, fastmath=True)
@no_type_check
def march_one(
    indptr, indices, blocks, alpha, beta, gamma, load_nodes, load_force, pulse, edge, motion,
    force, record, every, triangles, gradients, look, recorded, peak, forces, work, u, old, steps,
):  # fmt: skip
    """A single column: each node's row of K u is used where it is made."""
    n, one = np.uint32(len(alpha)), np.uint32(1)
    for step in range(steps + 1):
        if step % every == 0:
            for p in range(len(record)):
                recorded[step // every, p, 0, 0] = u[record[p], 0, 0]
                recorded[step // every, p, 1, 0] = u[record[p], 1, 0]
        if step % look == 0:
            for c in range(len(triangles)):
                xx = yy = xy = 0.0
                for k in range(3):
                    j, gx, gy = triangles[c, k], gradients[c, k, 0], gradients[c, k, 1]
                    xx += gx * u[j, 0, 0]
                    yy += gy * u[j, 1, 0]
                    xy += gy * u[j, 0, 0] + gx * u[j, 1, 0]
                squared = 4.0 * (xx * xx + yy * yy - xx * yy) + 3.0 * xy * xy
                peak[c, 0] = max(peak[c, 0], squared)
        if len(forces):
            for e in range(len(edge)):
                for k in range(indptr[edge[e]], indptr[edge[e] + 1]):
                    j = indices[k]
                    for a in range(2):
                        product = blocks[k, a, 0] * u[j, 0, 0] + blocks[k, a, 1] * u[j, 1, 0]
                        forces[step, e, a, 0] += product
        if step == steps:
            break
        for p in range(len(load_nodes)):
            for a in range(2):
                acting = load_force[p, a, 0] * pulse[step, 0]
                work[0] -= 0.5 * acting * old[load_nodes[p], a, 0]
        for i in range(n):
            xx = xy = yx = yy = 0.0
            for k in range(indptr[i], indptr[i + one]):
                j = indices[k]
                xx += blocks[k, 0, 0] * u[j, 0, 0]
                xy += blocks[k, 0, 1] * u[j, 1, 0]
                yx += blocks[k, 1, 0] * u[j, 0, 0]
                yy += blocks[k, 1, 1] * u[j, 1, 0]
            x, y = xx + xy, yx + yy
            old[i, 0, 0] = beta[i, 0] * u[i, 0, 0] + gamma[i, 0] * old[i, 0, 0] - alpha[i, 0] * x
            old[i, 1, 0] = beta[i, 1] * u[i, 1, 0] + gamma[i, 1] * old[i, 1, 0] - alpha[i, 1] * y
        for p in range(len(load_nodes)):
            for a in range(2):
                acting = load_force[p, a, 0] * pulse[step, 0]
                old[load_nodes[p], a, 0] += alpha[load_nodes[p], a] * acting
                work[0] += 0.5 * acting * old[load_nodes[p], a, 0]
        for e in range(len(edge)):
            for a in range(2):
                if len(motion):
                    old[edge[e], a, 0] = motion[step + 1, e, a, 0]
                if len(force):
                    old[edge[e], a, 0] += alpha[edge[e], a] * force[step, e, a, 0]
        u, old = old, u
    return u, old


@njit(cache=True, fastmath=True)
@no_type_check
def march_many(
    indptr, indices, blocks, alpha, beta, gamma, load_nodes, load_force, pulse, edge, motion,
    force, record, every, triangles, gradients, look, recorded, peak, forces, work, u, old, steps,
):  # fmt: skip
    """The same with the columns innermost, where the processor takes several at once."""
    n, one, width = np.uint32(len(alpha)), np.uint32(1), u.shape[2]
    x, y, z = np.empty(width), np.empty(width), np.empty(width)
    for step in range(steps + 1):
        if step % every == 0:
            for p in range(len(record)):
                recorded[step // every, p] = u[record[p]]
        if step % look == 0:
            for c in range(len(triangles)):
                x[:] = 0.0
                y[:] = 0.0
                z[:] = 0.0
                for k in range(3):
                    j, gx, gy = triangles[c, k], gradients[c, k, 0], gradients[c, k, 1]
                    for b in range(width):
                        x[b] += gx * u[j, 0, b]
                        y[b] += gy * u[j, 1, b]
                        z[b] += gy * u[j, 0, b] + gx * u[j, 1, b]
                for b in range(width):
                    squared = 4.0 * (x[b] * x[b] + y[b] * y[b] - x[b] * y[b])
                    peak[c, b] = max(peak[c, b], squared + 3.0 * z[b] * z[b])
        if len(forces):
            for e in range(len(edge)):
                for k in range(indptr[edge[e]], indptr[edge[e] + 1]):
                    j = indices[k]
                    for a in range(2):
                        ax, ay = blocks[k, a, 0], blocks[k, a, 1]
                        for b in range(width):
                            forces[step, e, a, b] += ax * u[j, 0, b] + ay * u[j, 1, b]
        if step == steps:
            break
        for p in range(len(load_nodes)):
            for a in range(2):
                for b in range(width):
                    acting = load_force[p, a, b] * pulse[step, b]
                    work[b] -= 0.5 * acting * old[load_nodes[p], a, b]
        for i in range(n):
            x[:] = 0.0
            y[:] = 0.0
            for k in range(indptr[i], indptr[i + one]):
                j = indices[k]
                xx, xy, yx, yy = blocks[k, 0, 0], blocks[k, 0, 1], blocks[k, 1, 0], blocks[k, 1, 1]
                for b in range(width):
                    x[b] += xx * u[j, 0, b] + xy * u[j, 1, b]
                    y[b] += yx * u[j, 0, b] + yy * u[j, 1, b]
            ax, bx, cx = alpha[i, 0], beta[i, 0], gamma[i, 0]
            ay, by, cy = alpha[i, 1], beta[i, 1], gamma[i, 1]
            for b in range(width):
                old[i, 0, b] = bx * u[i, 0, b] + cx * old[i, 0, b] - ax * x[b]
                old[i, 1, b] = by * u[i, 1, b] + cy * old[i, 1, b] - ay * y[b]
        for p in range(len(load_nodes)):
            j = load_nodes[p]
            for a in range(2):
                for b in range(width):
                    acting = load_force[p, a, b] * pulse[step, b]
                    old[j, a, b] += alpha[j, a] * acting
                    work[b] += 0.5 * acting * old[j, a, b]
        for e in range(len(edge)):
            j = edge[e]
            if len(motion):
                old[j] = motion[step + 1, e]
            if len(force):
                for a in range(2):
                    for b in range(width):
                        old[j, a, b] += alpha[j, a] * force[step, e, a, b]
        u, old = old, u
    return u, old
