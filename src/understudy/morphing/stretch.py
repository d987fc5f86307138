"""How far a morphing is from an isometry: singular values of each triangle's Jacobian.

On a triangle the way from the image back to the mesh is affine, with singular values G >= g. Over
triangles of area a on the mesh and b on the image,

    mean = c sqrt(sum a (G^2 + g^2) / 2 / sum a),    worst = c max G,    c^2 = sum b / sum a:

both are 1 for an isometry up to scale and larger for any other map (the mean because
(G^2 + g^2) / 2 >= G g = a / b). The least area, min b / a / c^2, tends to 0 as a triangle folds.
Source: P. V. Sander, J. Snyder, S. J. Gortler, H. Hoppe, "Texture mapping progressive meshes",
SIGGRAPH 2001, section 3.
"""

from dataclasses import dataclass
from typing import final

import numpy as np

from understudy.mesh import area
from understudy.morphing.morphing import Morphing

__all__ = ["Stretch", "stretch"]


@final
@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Numbers of one morphing, without unit.

    Attributes:
        mean: root mean square stretch, at least 1.
        worst: greatest stretch of a direction, at least 1.
        least_area: area that a triangle has kept, over that of the whole; 0: about to fold.
    """

    mean: float
    worst: float
    least_area: float


def stretch(morphing: Morphing) -> Stretch:
    """Measure a morphing; the mesh may be a surface in space."""
    part, image = (m.points[m.triangles] for m in (morphing.mesh, morphing.image))
    p, q = (np.stack([c[:, 1] - c[:, 0], c[:, 2] - c[:, 0]], axis=2) for c in (part, image))
    jacobian = p @ np.linalg.inv(q)
    square = np.linalg.eigvalsh(jacobian.transpose(0, 2, 1) @ jacobian)
    a, b = np.abs(area(morphing.mesh)), area(morphing.image)
    scale = b.sum() / a.sum()
    return Stretch(
        mean=float(np.sqrt(scale * np.average(square.mean(axis=1), weights=a))),
        worst=float(np.sqrt(scale * square.max())),
        least_area=float((b / a).min() / scale),
    )
