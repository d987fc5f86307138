"""Tutte's map and two transfer operators, and Muscat's Floater parametrisation of the same mesh.

One thread, least CPU time in each process, search of the boundary included. Prints a ratio; a peer
that is absent prints "not run". Muscat lives in .venv-peers and is called on a file.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

from understudy.mesh import Mesh
from understudy.morphing import Tutte

PEER = Path(__file__).parents[1] / ".venv-peers/bin/python"
PEER_CODE = """
import json, sys, time
import numpy as np
from Muscat.MeshContainers.MeshGraphTools import (
    FloaterMeshParametrization,
    RenumberMeshForParametrization,
)
from Muscat.MeshTools.MeshCreationTools import CreateMeshOfTriangles

arrays = np.load(sys.argv[1])
points = np.c_[arrays["points"], np.zeros(len(arrays["points"]))]
times = []
for _ in range(2):
    mesh = CreateMeshOfTriangles(points, arrays["triangles"])
    start = time.process_time()
    renumbered, _, boundary = RenumberMeshForParametrization(mesh, inPlace=False)
    FloaterMeshParametrization(renumbered, boundary)
    times.append(time.process_time() - start)
print(json.dumps({"map": min(times)}))
"""


def plate(n: int, neck: float) -> Mesh:
    """A necked plate of n x n nodes."""
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + n + 1], axis=1)
    upper = np.stack([corner, corner + n + 1, corner + n], axis=1)
    points = np.stack([(x * (1 - neck * (1 - y**2) ** 2)).ravel(), y.ravel()], axis=1)
    return Mesh(points=points, triangles=np.concatenate([lower, upper]))


def least(function: Callable[[], object], repeat: int = 5) -> float:
    """Least CPU seconds."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


def peer(mesh: Mesh) -> dict[str, float] | None:
    """CPU seconds of the peer on the same mesh, or None."""
    if not PEER.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mesh.npz"
        np.savez(path, points=mesh.points, triangles=mesh.triangles)
        command = [str(PEER), "-c", PEER_CODE, str(path)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.stderr.write(done.stderr[-500:])
        return None
    return json.loads(done.stdout.splitlines()[-1])


def main(grid: int = 70) -> dict[str, float]:
    """Seconds and ratios by name."""
    mesh, other = plate(grid, 0.4), plate(grid + 1, 0.3)
    reference, image = Tutte().fit(other), Tutte().fit(mesh)
    found = {
        "nodes": float(len(mesh.points)),
        "tutte_cpu_seconds": least(lambda: Tutte().fit(mesh)),
        "two_operators_cpu_seconds": least(
            lambda: (image.operator(reference), reference.operator(image))
        ),
    }
    theirs = peer(mesh)
    if theirs:
        found["muscat_floater_cpu_seconds"] = theirs["map"]
        found["ratio_floater_over_tutte"] = theirs["map"] / found["tutte_cpu_seconds"]
    return found


if __name__ == "__main__":
    numbers = main()
    if "--json" in sys.argv:
        print(json.dumps(numbers))
    else:
        for name, value in numbers.items():
            print(f"{name:<32} {value:.4g}")
        if "ratio_floater_over_tutte" not in numbers:
            print("Muscat: not run (make bench sets up .venv-peers)")
