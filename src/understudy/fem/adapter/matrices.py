"""Matrices, vectors and cell values as plain arrays, in the numbering of the `Mesh`."""

from dataclasses import dataclass
from typing import Any, final

import numpy as np
from dolfinx import fem
from dolfinx import mesh as dmesh
from dolfinx.fem import petsc as fem_petsc
from jaxtyping import Float, Int
from petsc4py import PETSc
from scipy.sparse import csr_array

from understudy.fem.adapter.domain import cell_dofs, vertex_values
from understudy.fem.adapter.spaces import Form, compiled, space
from understudy.mesh import Mesh

__all__ = ["BlockAssembler", "CellValues", "assembled_vector"]


def _dof_of_node(target: fem.FunctionSpace) -> Int[np.ndarray, " n"]:
    """Number of the (blocked) degree of freedom of each node, for linear elements."""
    function = fem.Function(target)
    width = target.dofmap.index_map_bs
    function.x.array[:] = np.arange(len(function.x.array)) // width
    return np.rint(vertex_values(function)[:, 0].real).astype(np.int64)


@final
class CellValues:
    """A piecewise constant function whose values are given by triangle of the input mesh."""

    def __init__(self, domain: dmesh.Mesh, mesh: Mesh) -> None:
        self.function = fem.Function(space(domain, "DG", 0))
        linear = space(domain)
        node = np.argsort(_dof_of_node(linear))
        ours = np.sort(node[cell_dofs(linear)], axis=1)
        given = np.sort(mesh.triangles, axis=1)
        place = np.lexsort(ours.T)
        self._cell = np.empty(len(given), dtype=np.int64)
        self._cell[np.lexsort(given.T)] = cell_dofs(self.function.function_space)[place, 0]

    def set(self, values: Float[np.ndarray, " m"]) -> None:
        """Take a value for each triangle."""
        self.function.x.array[self._cell] = values


@final
@dataclass(frozen=True, eq=False)
class _Order:
    """Where the entries of the PETSc matrix go."""

    indptr: Int[np.ndarray, " n_and_one"]
    indices: Int[np.ndarray, " k"]
    entry: Int[np.ndarray, "k 2 2"]


@final
class BlockAssembler:
    """A bilinear form of a linear vector space, assembled again and again as 2 x 2 blocks.

    Attributes:
        indptr: start of each block row, a row a node.
        indices: node of each block, ascending within its row.
    """

    def __init__(self, form: Form, target: fem.FunctionSpace) -> None:
        self._form = compiled(form)
        self._matrix = fem_petsc.create_matrix(self._form)
        self._fill()
        order = _order(self._matrix, _dof_of_node(target))
        self.indptr, self.indices, self._entry = order.indptr, order.indices, order.entry

    def _fill(self) -> None:
        self._matrix.zeroEntries()
        fem_petsc.assemble_matrix(self._matrix, self._form)
        self._matrix.assemble()

    def blocks(self) -> Float[np.ndarray, "k 2 2"]:
        """Blocks for the present values of the form's coefficients."""
        self._fill()
        return np.ascontiguousarray(self._matrix.getValuesCSR()[2].real[self._entry])


def _order(matrix: PETSc.Mat, dof: Int[np.ndarray, " n"]) -> _Order:
    indptr, indices, values = matrix.getValuesCSR()
    size, n = matrix.getSize()[0], len(dof)
    # The place of each entry (from 1, so that none is dropped as a zero) instead of its value.
    places = csr_array((np.arange(1.0, len(values) + 1), indices, indptr), shape=(size, size))
    rows = (2 * dof[:, None] + [0, 1]).ravel()
    blocks = places[rows][:, rows].tobsr((2, 2))
    blocks.sort_indices()
    entry = np.rint(blocks.data).astype(np.int64) - 1
    if blocks.shape != (2 * n, 2 * n) or entry.min() < 0:
        raise ValueError("stiffness: expected full 2 x 2 blocks between nodes that share a cell")
    return _Order(blocks.indptr.astype(np.int64), blocks.indices.astype(np.int64), entry)


def assembled_vector(form: Form, target: fem.FunctionSpace) -> Float[np.ndarray, "n k"]:
    """A linear form on a linear space at the nodes, shape (n, components)."""
    vector: Any = fem.assemble_vector(compiled(form))
    width = target.dofmap.index_map_bs
    return np.asarray(vector.array).real.reshape(-1, width)[_dof_of_node(target)].copy()
