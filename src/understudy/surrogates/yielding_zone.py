"""A zone that yields under histories that were recorded while it did not."""

import numpy as np
from jaxtyping import Float

from understudy.data.zone import Zone
from understudy.equations.constitutive import Material
from understudy.equations.plastic_march import PlasticCells, march_plastic
from understudy.mesh import area, hat_gradients
from understudy.surrogates.submodel import DomainReduction, columns_of, restoring, steps_of

__all__ = ["yielding"]


def yielding(
    zone: Zone,
    material: Material,
    displacement: Float[np.ndarray, "t e 2"],
    *,
    reduced: bool,
) -> tuple[Float[np.ndarray, " c"], Float[np.ndarray, " c"]]:
    """Peak von Mises stress in Pa and plastic strain of all triangles of a zone that may yield.

    Args:
        zone: recorded around while it was elastic.
        material: of all its triangles; stresses in Pa.
        displacement: a history in m.
        reduced: whether it is driven by domain reduction; otherwise its edge is held.
    """
    dt, steps = steps_of(zone)
    mesh = zone.mesh
    cells = PlasticCells(
        triangles=mesh.triangles,
        gradients=hat_gradients(mesh),
        area=np.abs(area(mesh)),
        material=material,
    )
    part = displacement[None]
    if not reduced:
        motion = columns_of(restoring(zone), part)[..., 0]
        return march_plastic(zone.system, cells, dt=dt, steps=steps, edge=zone.edge, motion=motion)
    model = DomainReduction(nominal=zone, zone=zone)
    force = model.forces(part)[..., 0]
    return march_plastic(model.supported, cells, dt=dt, steps=steps, edge=zone.edge, force=force)
