"""What the controller costs: time, memory and overhead a sample, from 100 samples to 100,000.

The project's own workflow simulates a data set with a stand-in solver of a millisecond a sample,
in a copy where that solver is one more problem. Measured are dry runs (time, peak memory) for
numbers of samples and of jobs, and real runs on one core for batches of several sizes, whose
processor time beyond the solver's is overhead: unlike wall time it does not hang on what else the
machine does. Peak memory is that of the greatest process. Three costs explain the overhead: of the
start, of a job, of a sample; they are fitted by least squares of relative errors. With the start
of a command that loads DOLFINx they give the share of overhead at 100,000 samples of five seconds,
by size of batch.

The peer is the solver alone: ratios are times of the workflow over times of the solver.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from scipy.optimize import nnls

ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    "Snakefile",
    "workflow",
    "config",
    "profiles",
    "src",
    "envs",
    "data/imported",
    "data/outside",
)
SECONDS, TEST, SOLVE, LARGE = 1e-3, 10, 5.0, 100_000
STAND_IN = '''"""A solver that waits: nine nodes, a field and a scalar in closed form."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from understudy.data import Sample, Variable
from understudy.mesh import Mesh

_AXIS = np.linspace(0.0, 1.0, 3)
_POINTS = np.stack([a.ravel() for a in np.meshgrid(_AXIS, _AXIS)], axis=1)
_CORNER = np.array([0, 1, 3, 4])
_LOWER = np.stack([_CORNER, _CORNER + 1, _CORNER + 4], axis=1)
_UPPER = np.stack([_CORNER, _CORNER + 4, _CORNER + 3], axis=1)


@dataclass(frozen=True, kw_only=True)
class StandIn:
    seconds: float
    mesh_size: float
    variables: ClassVar[tuple[Variable, ...]] = (
        Variable(name="P", low=1.0, high=2.0, unit="MPa", known=True),
    )
    shifts: ClassVar[tuple[str, ...]] = ()
    units: ClassVar[Mapping[str, str]] = {"length": "mm", "u": "mm", "peak": "MPa"}

    def simulate(self, index: int, inputs: Mapping[str, float], seed: int) -> Sample:
        start = time.process_time()
        field = inputs["P"] * _POINTS[:, 1]
        while time.process_time() < start + self.seconds:
            pass
        mesh = Mesh(points=_POINTS, triangles=np.concatenate([_LOWER, _UPPER]))
        return Sample(index=index, seed=seed, inputs=inputs, mesh=mesh, fields={"u": field},
                      scalars={"peak": inputs["P"]}, residual=0.0,
                      seconds={"solve": time.process_time() - start})
'''


def project(folder: Path) -> None:
    """A copy of the project that knows the stand-in."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(
                ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / part, folder / part)
    (folder / "src/understudy/fem/stand_in.py").write_text(STAND_IN)
    problems = folder / "src/understudy/cli/problems.py"
    entry = 'PROBLEMS = {\n    "stand_in": "understudy.fem.stand_in:StandIn",\n'
    problems.write_text(problems.read_text().replace("PROBLEMS = {\n", entry))
    # Without this the package of finite elements would be loaded for a solver that needs none.
    (folder / "src/understudy/fem/__init__.py").write_text("")
    path = folder / "workflow/schemas/config.schema.yaml"
    schema = yaml.safe_load(path.read_text())
    schema["$defs"]["data_set"]["properties"]["problem"]["enum"].append("stand_in")
    path.write_text(yaml.safe_dump(schema))


def configure(folder: Path, samples: int, batch: int) -> None:
    """A study of one data set of so many samples."""
    study = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())["studies"]["tiny"]
    block = study["data_sets"]["tensile_plate"]
    block |= {"problem": "stand_in", "settings": {"seconds": SECONDS, "mesh_size": 0.1}}
    block |= {"train": samples - TEST, "test": TEST, "batch": batch}
    surrogate = study["mmgp"]["tensile_plate"] | {"learning": {"sobol": [], "active": []}}
    small = {"seed": 1, "data_sets": {"stand_in": block}, "mmgp": {"stand_in": surrogate}}
    config = {"run": ["scale"], "studies": {"scale": small}}
    (folder / "scale.yaml").write_text(yaml.safe_dump(config))


def measured(folder: Path, *words: str) -> dict[str, float]:
    """Times and peak memory of Snakemake and all that it starts, up to the data set."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = [sys.executable, "-m", "snakemake", "--configfile", "scale.yaml", *words]
    with (folder / "log").open("w") as log:
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "--until", "collect_samples"], cwd=folder, stdout=log, stderr=log,
            env=os.environ | {"PATH": path},
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError((folder / "log").read_text()[-2000:])
    processor = usage.ru_utime + usage.ru_stime
    return {"s": wall, "processor_s": processor, "gib": usage.ru_maxrss / 2**20}


def start_with_dolfinx() -> float:
    """Processor seconds from a command's start until DOLFINx and a problem are loaded."""
    code = "import understudy.cli.simulate, understudy.fem.tensile_plate"
    paths = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    process = subprocess.Popen([sys.executable, "-c", code], env=paths)
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def main(
    dry: Sequence[tuple[int, int]], real: Sequence[tuple[int, int]], dolfinx: bool
) -> dict[str, float]:
    """Numbers of dry and of real runs, each given by samples and batch."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project(folder)
        for samples, batch in dry:
            configure(folder, samples, batch)
            numbers = measured(folder, "-n", "-q", "all")
            found |= {f"dry_{samples}_by_{batch}_{k}": v for k, v in numbers.items()}
        rows = []
        for samples, batch in real:
            shutil.rmtree(folder / "data/generated", ignore_errors=True)
            configure(folder, samples, batch)
            numbers = measured(folder, "--cores", "1", "-q", "all")
            solver = samples * SECONDS
            over = numbers["processor_s"] - solver
            numbers |= {"overhead_ms": 1e3 * over / samples, "ratio": 1 + over / solver}
            found |= {f"run_{samples}_by_{batch}_{k}": v for k, v in numbers.items()}
            rows.append((1.0, -(-samples // batch), samples, over))
    return found | model(np.array(rows), start_with_dolfinx() if dolfinx else 0.0)


def model(rows: np.ndarray, load: float) -> dict[str, float]:
    """Overhead = a + b jobs + c samples, none negative, and its share of five seconds a sample."""
    left, right = rows[:, :3] / rows[:, 3:], np.ones(len(rows))
    (once, job, sample), _ = nnls(left, right)
    found = {"start_s": once, "job_s": job, "sample_ms": 1e3 * sample, "dolfinx_s": load}
    for batch in (1, 10, 25, 100, 400):
        over = once + (job + load) * LARGE / batch + sample * LARGE
        found[f"share_at_5_s_by_{batch}"] = over / (LARGE * SOLVE)
    return found


DRY = ((100, 100), (1_000, 100), (10_000, 100), (100_000, 100), (10_000, 10), (10_000, 1))
REAL = ((100, 1), (100, 10), (100, 100), (1_000, 10), (1_000, 100), (10_000, 100), (10_000, 1_000),
        (100_000, 5_000))  # fmt: skip

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    numbers = main(DRY, REAL, dolfinx=True)
    if parser.parse_args().json:
        print(json.dumps(numbers))
    else:
        for key, value in numbers.items():
            print(f"{key:<36} {value:.4g}")
