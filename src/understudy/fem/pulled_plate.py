"""What plates pulled at their top share: supports, loads, and one sample from a load path.

The bottom slides (u_y = 0), its left corner is held, the top carries the traction P e_y.
"""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from understudy.data import Sample, Variable
from understudy.equations import Material, von_mises
from understudy.fem.adapter import ConvergenceError
from understudy.fem.pde import Fixed, Flux, Parameters
from understudy.fem.plasticity import LoadPath, LoadSteps, trace
from understudy.fem.plates import MeshingError, Plate

__all__ = ["UNITS", "expect_inputs", "pull", "pulled"]

UNITS: Mapping[str, str] = MappingProxyType(
    {
        "length": "mm",
        "u_x": "mm",
        "u_y": "mm",
        "sigma_xx": "MPa",
        "sigma_yy": "MPa",
        "sigma_xy": "MPa",
        "p": "",
        "eps_xx": "",
        "eps_yy": "",
        "eps_xy": "",
        "von_mises_max": "MPa",
        "von_mises_plane_max": "MPa",
        "u_y_top": "mm",
        "sigma_yy_top": "MPa",
        "p_max": "",
    }
)
"""Unit of each field and scalar that `pull` gives, and of "length"."""


def expect_inputs(variables: tuple[Variable, ...], inputs: Mapping[str, float]) -> None:
    """Raise a ValueError unless `inputs` has exactly these variables."""
    names = [variable.name for variable in variables]
    if set(inputs) != set(names):
        raise ValueError(f"inputs: expected {names}, got {sorted(inputs)}")


def pulled(plate: Plate, traction: float) -> Parameters:
    """Supports and load of a plate."""
    bottom = plate.boundary["bottom"]
    corner = bottom.ravel()[np.argmin(plate.mesh.points[bottom.ravel(), 0])]
    return Parameters(
        fixed=(Fixed(at=bottom, component=1), Fixed(at=np.array([corner]), component=0)),
        flux=(Flux(at=plate.boundary["top"], value=(0.0, traction)),),
    )


def pull(
    index: int,
    seed: int,
    inputs: Mapping[str, float],
    mesh: Callable[[], Plate],
    material: Material,
    steps: LoadSteps,
) -> Sample:
    """Mesh, pull, project; a failure of any of them is a sample with its reason.

    Args:
        index: number in the design, recorded.
        seed: recorded.
        inputs: recorded; "P" is the traction.
        mesh: makes the plate.
        material: its law.
        steps: how the load is applied.
    """
    clock = [time.perf_counter()]
    plate: Plate | None = None
    try:
        plate = mesh()
        clock.append(time.perf_counter())
        path = trace(plate.mesh, pulled(plate, inputs["P"]), material, steps)
        clock.append(time.perf_counter())
    except (ConvergenceError, MeshingError, ValueError) as reason:
        at = plate.mesh if plate is not None else None
        error = f"{type(reason).__name__}: {reason}"
        return Sample(index=index, seed=seed, inputs=dict(inputs), mesh=at, error=error)
    return Sample(
        index=index,
        seed=seed,
        inputs=dict(inputs),
        mesh=plate.mesh,
        fields=_fields(path),
        scalars=_scalars(plate, path),
        residual=path.residual,
        seconds=dict(zip(("mesh", "solve"), np.diff(clock).tolist(), strict=True)),
    )


def _fields(path: LoadPath) -> dict[str, np.ndarray]:
    columns = {
        "u_x": path.displacement[:, 0],
        "u_y": path.displacement[:, 1],
        "sigma_xx": path.stress[:, 0],
        "sigma_yy": path.stress[:, 1],
        "sigma_xy": path.stress[:, 3],
        "p": path.accumulated,
        "eps_xx": path.strain[:, 0],
        "eps_yy": path.strain[:, 1],
        "eps_xy": path.strain[:, 2],
    }
    return {name: values.copy() for name, values in columns.items()}


def _scalars(plate: Plate, path: LoadPath) -> dict[str, float]:
    top = np.unique(plate.boundary["top"])
    xx, yy, zz, xy = path.stress.T
    rows = np.column_stack([xx, yy, zz, np.sqrt(2) * xy])
    # The benchmark's own scalar leaves sigma_zz out, as in plane stress.
    plane = np.sqrt(xx**2 - xx * yy + yy**2 + 3 * xy**2)
    return {
        "von_mises_max": float(von_mises(rows).max()),
        "von_mises_plane_max": float(plane.max()),
        "u_y_top": float(path.displacement[top, 1].max()),
        "sigma_yy_top": float(yy[top].max()),
        "p_max": float(path.accumulated.max()),
    }
