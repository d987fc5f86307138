"""Meshes between plain arrays and DOLFINx, which numbers nodes and cells anew.

All arrays that enter or leave speak of the node numbers of the `Mesh` that came in; the numbering
of DOLFINx stays inside. Meshes live on one process (MPI.COMM_SELF by default).
"""

import inspect
from typing import Any, TypeAlias

import numpy as np
import ufl
from dolfinx import fem, geometry
from dolfinx import mesh as dmesh
from jaxtyping import Float, Int
from mpi4py import MPI

from understudy.fem.adapter.jit import compiling
from understudy.mesh import Mesh

try:  # elements moved from UFL to Basix in DOLFINx 0.7
    import basix.ufl as basix_ufl
except ImportError:
    basix_ufl = None

__all__ = [
    "basix_ufl",
    "cell_dofs",
    "domain_of",
    "entities",
    "evaluate",
    "submesh",
    "vertex_values",
]

Table: TypeAlias = Any  # numbers by cell: an adjacency list before 0.8, an array since

_ELEMENTS_IN_UFL = hasattr(ufl, "VectorElement")


def domain_of(mesh: Mesh, comm: MPI.Intracomm = MPI.COMM_SELF) -> dmesh.Mesh:
    """The DOLFINx mesh of straight triangles on `mesh`. Nodes without a triangle are dropped."""
    points = np.ascontiguousarray(mesh.points, dtype=np.float64)
    cells = np.ascontiguousarray(mesh.triangles, dtype=np.int64)
    dim = points.shape[1]
    with compiling():
        if _ELEMENTS_IN_UFL:
            cell = ufl.Cell("triangle", geometric_dimension=dim)
            coordinate = ufl.Mesh(ufl.VectorElement("Lagrange", cell, 1))
            return dmesh.create_mesh(comm, cells, points, coordinate)
        element = basix_ufl.element("Lagrange", "triangle", 1, shape=(dim,))
        order = list(inspect.signature(dmesh.create_mesh).parameters)
        if order.index("e") < order.index("x"):  # since 0.10
            return dmesh.create_mesh(comm, cells, element, points)
        return dmesh.create_mesh(comm, cells, points, ufl.Mesh(element))


def _rows(connectivity: Table) -> Int[np.ndarray, "m k"]:
    """A cell-to-number table as an array, from the adjacency list of old or the array of new."""
    if hasattr(connectivity, "array"):
        return connectivity.array.reshape(connectivity.num_nodes, -1)
    return np.asarray(connectivity)


def _cell_nodes(domain: dmesh.Mesh) -> Int[np.ndarray, "m 3"]:
    """Input node numbers of each DOLFINx cell."""
    table = domain.geometry
    local = _rows(table.dofmaps[0] if hasattr(table, "dofmaps") else table.dofmap)
    return np.asarray(domain.geometry.input_global_indices).astype(np.int64)[local]


def _vertex_nodes(domain: dmesh.Mesh) -> Int[np.ndarray, " v"]:
    """Input node number of each DOLFINx vertex."""
    topology = domain.topology
    topology.create_connectivity(topology.dim, 0)
    vertices = _rows(topology.connectivity(topology.dim, 0))
    nodes = np.empty(topology.index_map(0).size_local, dtype=np.int64)
    nodes[vertices] = _cell_nodes(domain)
    return nodes


def entities(
    domain: dmesh.Mesh, at: Int[np.ndarray, " k"] | Int[np.ndarray, "k 2"]
) -> tuple[int, Int[np.ndarray, " k"]]:
    """Dimension and numbers in DOLFINx of vertices (k,) or edges (k, 2) given by input nodes.

    Raises:
        ValueError: a node or edge that the mesh does not have.
    """
    dim = at.ndim - 1
    topology, nodes = domain.topology, _vertex_nodes(domain)
    if dim == 1:
        topology.create_connectivity(1, 0)
        topology.create_connectivity(1, topology.dim)
        nodes = nodes[_rows(topology.connectivity(1, 0))]
    topology.create_connectivity(0, topology.dim)
    top = max(int(nodes.max()), int(at.max(initial=0))) + 1
    have, want = _keys(nodes, top), _keys(at, top)
    order = np.argsort(have)
    place = np.minimum(np.searchsorted(have, want, sorter=order), len(have) - 1)
    found = order[place]
    if not np.array_equal(have[found], want):
        bad = at[np.flatnonzero(have[found] != want)[0]]
        raise ValueError(f"expected {('nodes', 'edges')[dim]} of the mesh, got {bad.tolist()}")
    return dim, found.astype(np.int32)


def _keys(nodes: Int[np.ndarray, "..."], top: int) -> Int[np.ndarray, " k"]:
    """One number for each node or each unordered pair of nodes."""
    if nodes.ndim == 1:
        return nodes.astype(np.int64)
    pairs = np.sort(nodes.astype(np.int64), axis=1)
    return pairs[:, 0] * top + pairs[:, 1]


def vertex_values(function: fem.Function) -> Float[np.ndarray, "n k"]:
    """Values of a Lagrange function at the nodes in input order, shape (n, components).

    Exact for any degree: the first three degrees of freedom of a triangle sit at its vertices.
    """
    space = function.function_space
    nodes = _cell_nodes(space.mesh)
    dofs = cell_dofs(space)[:, :3]
    blocks = function.x.array.reshape(-1, space.dofmap.index_map_bs)
    values = np.full((int(nodes.max()) + 1, blocks.shape[1]), np.nan)
    values[nodes] = blocks[dofs]
    return values


def cell_dofs(space: fem.FunctionSpace) -> Int[np.ndarray, "m k"]:
    """Numbers of the (blocked) degrees of freedom of each cell."""
    return _rows(space.dofmap.list)


def evaluate(
    function: fem.Function, points: Float[np.ndarray, "p dim"]
) -> Float[np.ndarray, "p k"]:
    """Values at points, shape (p, components); NaN for a point outside the mesh."""
    domain = function.function_space.mesh
    x = np.zeros((len(points), 3))
    x[:, : points.shape[1]] = points
    old = not hasattr(geometry, "bb_tree")  # before 0.7
    box_tree = getattr(geometry, "BoundingBoxTree" if old else "bb_tree")
    tree = box_tree(domain, domain.topology.dim)
    near = getattr(geometry, "compute_collisions" if old else "compute_collisions_points")(tree, x)
    cells = geometry.compute_colliding_cells(domain, near, x)
    inside = [i for i in range(len(x)) if len(cells.links(i))]
    size = int(np.prod(function.ufl_shape, dtype=int))
    values = np.full((len(x), size), np.nan)
    if inside:
        first = np.array([cells.links(i)[0] for i in inside], dtype=np.int32)
        values[inside] = np.asarray(function.eval(x[inside], first)).reshape(len(inside), size)
    return values


def submesh(
    domain: dmesh.Mesh, cells: Int[np.ndarray, " k"]
) -> tuple[dmesh.Mesh, Int[np.ndarray, " k"]]:
    """The mesh of some DOLFINx cells, and the parent cell of each of its cells."""
    dim = domain.topology.dim
    domain.topology.create_connectivity(dim, dim)
    part, parents = dmesh.create_submesh(domain, dim, cells.astype(np.int32))[:2]
    if hasattr(parents, "sub_topology_to_topology"):  # since 0.10
        own = np.arange(part.topology.index_map(dim).size_local, dtype=np.int32)
        parents = parents.sub_topology_to_topology(own, False)
    return part, np.asarray(parents)
