"""What stages of a chain hand to one another."""

import numpy as np
import pytest

from square_zone import square
from understudy.data.chain import (
    ChainRuns,
    ZoneSet,
    load_runs,
    load_zones,
    save_runs,
    save_zones,
)


def test_zones_survive_a_file(tmp_path):
    zones = ZoneSet(holes=np.ones((2, 3)), zones=(square(), square(0.1)), seconds=np.zeros(2))
    save_zones(tmp_path / "zones.h5", zones, {})
    again = load_zones(tmp_path / "zones.h5")
    assert np.array_equal(again.zones[1].mesh.points, zones.zones[1].mesh.points)
    assert again.zones[0].substeps == zones.zones[0].substeps
    with pytest.raises(ValueError, match="zones: expected 3, got 1"):
        ZoneSet(holes=np.ones((3, 3)), zones=(square(),), seconds=np.zeros(3))


def test_runs_survive_a_file_and_other_files_are_refused(tmp_path):
    runs = ChainRuns(
        hole=np.zeros(3), numbers=np.arange(4), peak=np.arange(4.0), motion=np.zeros((4, 5, 2)),
        times=np.arange(5.0), seconds=np.zeros(4), errors={"7": "lost"},
    )  # fmt: skip
    save_runs(tmp_path / "runs.h5", (runs, runs), {})
    again = load_runs(tmp_path / "runs.h5")
    assert len(again) == 2
    assert np.array_equal(again[1].peak, runs.peak)
    assert again[0].errors == {"7": "lost"}
    with pytest.raises(ValueError, match="expected understudy-zones"):
        load_zones(tmp_path / "runs.h5")
