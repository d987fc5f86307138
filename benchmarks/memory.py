"""Peak memory of training on 5,000 samples of 10,000 nodes that lie in a file.

A process of its own writes an aligned training set of necked plates block by block; others, fresh
ones too, train MMGP on it, find one basis in one pass over the file, and the same basis with all
snapshots in memory, the named peer. Prints the peak resident memory of each, and ratios.

Processes share a kernel: without, each output keeps a factor of N x N numbers and its training
takes N^3 operations a step, which at this N no machine at hand does for eighty outputs. Memory
does not depend on the number of steps: there are two.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np

STAGES = ("nothing", "write", "one_pass", "in_memory", "fit")
ROWS, RANK, DECAY, MODES, INPUTS, SEED = 200, 60, 0.9, 16, 3, 0


def peak() -> float:
    """Greatest resident memory of this process in GiB.

    Not `getrusage`: Linux hands the parent's peak down to a child there.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (text for text in lines if text.startswith("VmHWM"))
    return float(line.split()[1]) / 2**20


def write(path: Path, samples: int, nodes: int, fields: int) -> None:
    """Fields of known rank: `RANK` cosine waves, each `DECAY` times the one before."""
    from understudy.data import tree
    from understudy.data.blocks import empty
    from understudy.mesh import Mesh, mass_matrix
    from understudy.morphing import Harmonic
    from understudy.surrogates import Morpher
    from understudy.surrogates.alignment import KIND, VERSION, Aligned
    from understudy.surrogates.reference import placed

    side = round(nodes**0.5)
    x, y = (v.ravel() for v in np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side)))
    corner = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    lower = np.stack([corner, corner + 1, corner + side + 1], axis=1)
    upper = np.stack([corner, corner + side + 1, corner + side], axis=1)

    def plate(neck: np.ndarray) -> np.ndarray:
        wide = 1 - neck[:, None] * (1 - y**2) ** 2
        return np.stack([x * wide, np.broadcast_to(y, wide.shape)], axis=2)

    base = Mesh(points=plate(np.array([0.3]))[0], triangles=np.concatenate([lower, upper]))
    n = len(base.points)
    coordinates = empty((samples, n, 2))
    values = [empty((samples, n)) for _ in range(fields)]
    lost = [empty((samples, n)) for _ in range(fields)]
    mu = np.empty((samples, INPUTS))
    waves = []
    for j in range(fields):
        orders = np.random.default_rng([SEED, 0, j]).integers(1, 16, size=(RANK, 2))
        along = np.cos(np.pi * orders[:, :1] * (x + 1) / 2)
        waves.append(along * np.cos(np.pi * orders[:, 1:] * (y + 1) / 2))
    strength = DECAY ** np.arange(RANK)
    for start in range(0, samples, ROWS):
        rows = slice(start, min(start + ROWS, samples))
        rng = np.random.default_rng([SEED, 1, start])
        count = rows.stop - start
        neck, mu[rows] = rng.uniform(0.1, 0.5, count), rng.random((count, INPUTS))
        phase = np.concatenate([neck[:, None], mu[rows]], axis=1)
        coordinates[rows] = plate(neck)
        for j in range(fields):
            weight = np.random.default_rng([SEED, 2, j]).normal(size=(INPUTS + 1, RANK))
            values[j][rows] = (strength * np.cos(phase @ weight)) @ waves[j]
            lost[j][rows] = 1e-8
    morphing = Morpher(harmonic=Harmonic(landmark_angle=60.0))
    data = Aligned(
        morphing=morphing,
        base=base,
        reference=placed(morphing.fit(base)),
        mass=mass_matrix(base),
        coordinates=coordinates,
        input_names=tuple(f"input_{k}" for k in range(INPUTS)),
        inputs=mu,
        fields={f"field_{j}": v for j, v in enumerate(values)},
        transfer={f"field_{j}": v for j, v in enumerate(lost)},
        scalars={"sum": mu.sum(axis=1)},
        index=np.arange(samples),
        units={},
    )
    tree.save(path, KIND, VERSION, data, {"seed": SEED})


def decompose(path: Path, *, in_memory: bool) -> float:
    """Norm of the greatest singular values of a field by one of the two ways."""
    from understudy.data.blocks import blocks, load_mapped
    from understudy.linalg import POD, incremental_pod
    from understudy.surrogates.alignment import KIND, VERSION, Aligned

    data, _ = load_mapped(path, KIND, VERSION, Aligned)
    values = data.fields["field_0"]
    if in_memory:
        basis = POD(rank=MODES).fit(np.array(values), data.mass)
    else:
        basis, _ = incremental_pod((block for _, block in blocks(values)), data.mass, MODES)
    return float(np.linalg.norm(basis.values[:MODES]))


def fit(path: Path) -> int:
    """Train on the file; how many outputs."""
    from understudy.data.blocks import load_mapped
    from understudy.linalg import POD
    from understudy.regression import GP
    from understudy.surrogates import MMGP
    from understudy.surrogates.alignment import KIND, VERSION, Aligned

    data, _ = load_mapped(path, KIND, VERSION, Aligned)
    spec = MMGP(
        shape_basis=POD(rank=2), field_basis=POD(rank=MODES), gp=GP(sharing="kernel", steps=2)
    )
    model = spec.fit(data)
    return 1 + sum(field.posterior.y.shape[1] for field in model.fields.values())


def stage(name: str, path: Path, sizes: tuple[int, int, int]) -> dict[str, float]:
    """Run one stage in this process; its peak memory, and what it found."""
    found: dict[str, float] = {}
    if name == "nothing":
        import understudy.surrogates  # noqa: F401
    elif name == "write":
        write(path, *sizes)
    elif name == "fit":
        found = {"outputs": fit(path)}
    else:
        found = {"norm": decompose(path, in_memory=name == "in_memory")}
    return found | {"peak_gib": peak()}


def main(samples: int, nodes: int, fields: int) -> dict[str, float]:
    """Peak memory by stage, each in a fresh process."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aligned.h5"
        for name in STAGES:
            command = [sys.executable, __file__, "--stage", name, "--path", str(path)]
            command += [f"--samples={samples}", f"--nodes={nodes}", f"--fields={fields}"]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found[name] = json.loads(done.stdout.splitlines()[-1])
        size = path.stat().st_size / 2**30
    one, whole = found["one_pass"], found["in_memory"]
    return {
        "file_gib": size,
        **{f"{name}_peak_gib": numbers["peak_gib"] for name, numbers in found.items()},
        "ratio_in_memory_over_one_pass": whole["peak_gib"] / one["peak_gib"],
        "ratio_file_over_fit": size / found["fit"]["peak_gib"],
        "relative_gap_of_norms": abs(one["norm"] / whole["norm"] - 1),
        "outputs": found["fit"]["outputs"],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--nodes", type=int, default=10000)
    parser.add_argument("--fields", type=int, default=2)
    parser.add_argument("--stage", choices=STAGES, help="used by the script itself")
    parser.add_argument("--path", type=Path, help="used by the script itself")
    given = parser.parse_args()
    if given.stage:
        sizes = (given.samples, given.nodes, given.fields)
        print(json.dumps(stage(given.stage, given.path, sizes)))
    else:
        numbers = main(given.samples, given.nodes, given.fields)
        if given.json:
            print(json.dumps(numbers))
        else:
            for name, value in numbers.items():
                print(f"{name:<32} {value:.4g}")
