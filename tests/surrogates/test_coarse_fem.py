import dataclasses

import numpy as np
import pytest

from synthetic import necked_plate, sample
from understudy.surrogates.coarse_fem import coarse_predictions


def test_coarse_fields_are_interpolated_where_the_fine_mesh_has_its_nodes():
    """A linear field survives, a failed coarse run is unmapped, times are those of its steps."""
    fine = [sample(0), sample(1)]
    mesh = necked_plate(0.0, 5, 5, np.random.default_rng(0))
    linear = mesh.points @ [2.0, -1.0]
    fine[0] = dataclasses.replace(fine[0], fields={"s": fine[0].mesh.points @ [2.0, -1.0]})
    coarse = [
        dataclasses.replace(
            fine[0],
            mesh=mesh,
            fields={"s": linear, "p": linear},
            seconds={"mesh": 1.0, "solve": 2.0},
        ),
        dataclasses.replace(fine[1], mesh=None, fields={}, scalars={}, error="diverged"),
    ]
    found = coarse_predictions(fine, coarse, ["s"])
    assert np.allclose(found.samples["0"].fields["s"], fine[0].fields["s"], atol=1e-12)
    assert list(found.samples["0"].fields) == ["s"]
    assert found.seconds.tolist() == [3.0]
    assert found.unmapped == {"1": "diverged"}
    with pytest.raises(ValueError, match="sample 1: expected a coarse simulation"):
        coarse_predictions(fine, coarse[:1])
