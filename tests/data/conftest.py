"""A folder of boundary histories as another program writes it."""

import json

import pytest


@pytest.fixture
def folder(tmp_path):
    """Two runs of three nodes over five times, in mm, us and MPa, displacements in um."""
    path = tmp_path / "my_runs"
    path.mkdir()
    (path / "nodes.csv").write_text("node,x,y\n7,100,0\n4,100,10\n12,90,10\n")
    units = {"length": "mm", "time": "us", "stress": "MPa", "displacement": "um", "P": "kN"}
    (path / "units.json").write_text(json.dumps(units))
    (path / "runs.csv").write_text("run,P\n5,2.5\n1,1.5\n")
    for run in (1, 5):
        rows = [
            f"{2 * step},{node},{run * step * node},{-step}"
            for step in range(5)
            for node in (12, 4, 7)
        ]
        text = "\n".join(["time,node,u_x,u_y", *reversed(rows), ""])
        (path / f"run_{run}.csv").write_text(text)
    return path
