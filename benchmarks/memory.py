"""Peak memory of a POD in one pass over a file, and of the same POD with all snapshots in memory.

A process of its own writes snapshots of known rank block by block to HDF5; another runs
`incremental_pod` over blocks of the file, a third reads them all for `POD`. Prints the peak
resident memory of each, and the ratio. `--samples` and `--nodes` set the sizes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

STAGES = ("nothing", "write", "one_pass", "in_memory")
ROWS, RANK, MODES, SEED = 200, 24, 16, 0


def peak() -> float:
    """Greatest resident memory of this process in GiB.

    Not `getrusage`: Linux hands the parent's peak down to a child there.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (text for text in lines if text.startswith("VmHWM"))
    return float(line.split()[1]) / 2**20


def write(path: Path, samples: int, nodes: int) -> None:
    """Snapshots on a square grid: `RANK` cosine modes, each half as strong as the one before."""
    import h5py
    import numpy as np

    side = round(nodes**0.5)
    x, y = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side))
    orders = np.random.default_rng([SEED, 0]).integers(1, 8, size=(RANK, 2))
    waves = [np.cos(np.pi * a * x) * np.cos(np.pi * b * y) for a, b in orders]
    modes = np.stack([0.5**j * wave.ravel() for j, wave in enumerate(waves)])
    with h5py.File(path, "w") as file:
        values = file.create_dataset("values", (samples, side**2), dtype="f8")
        for start in range(0, samples, ROWS):
            rng = np.random.default_rng([SEED, 1, start])
            count = min(ROWS, samples - start)
            values[start : start + count] = 1.0 + rng.normal(size=(count, RANK)) @ modes


def decompose(path: Path, *, in_memory: bool) -> dict[str, float]:
    """Norm of the greatest singular values by one of the two ways."""
    import h5py
    import numpy as np
    from scipy.sparse import csr_array, diags

    from understudy.linalg import POD, incremental_pod

    with h5py.File(path, "r") as file:
        values = file["values"]
        samples, nodes = values.shape
        mass = csr_array(diags(np.full(nodes, 1.0 / nodes)))
        if in_memory:
            basis = POD(rank=MODES).fit(values[()], mass)
        else:
            starts = range(0, samples, ROWS)

            def blocks() -> Iterator[np.ndarray]:
                for start in starts:
                    yield values[start : start + ROWS]

            basis, _ = incremental_pod(blocks(), mass, MODES)
        return {"norm": float(np.linalg.norm(basis.values[:MODES]))}


def stage(name: str, path: Path, samples: int, nodes: int) -> dict[str, float]:
    """Run one stage in this process; its peak memory, and what it found."""
    found: dict[str, float] = {}
    if name == "write":
        write(path, samples, nodes)
    elif name == "nothing":
        import h5py  # noqa: F401

        import understudy.linalg  # noqa: F401
    else:
        found = decompose(path, in_memory=name == "in_memory")
    return found | {"peak_gib": peak()}


def main(samples: int, nodes: int) -> dict[str, float]:
    """Peak memory by stage, each in a fresh process."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshots.h5"
        for name in STAGES:
            command = [sys.executable, __file__, "--stage", name, "--path", str(path)]
            command += ["--samples", str(samples), "--nodes", str(nodes)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[name] = json.loads(done.stdout.splitlines()[-1])
    one, whole = found["one_pass"], found["in_memory"]
    return {
        "snapshots_gib": samples * round(nodes**0.5) ** 2 * 8 / 2**30,
        **{f"{name}_peak_gib": numbers["peak_gib"] for name, numbers in found.items()},
        "ratio_in_memory_over_one_pass": whole["peak_gib"] / one["peak_gib"],
        "relative_gap_of_norms": abs(one["norm"] / whole["norm"] - 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--nodes", type=int, default=10000)
    parser.add_argument("--stage", choices=STAGES, help="used by the script itself")
    parser.add_argument("--path", type=Path, help="used by the script itself")
    given = parser.parse_args()
    if given.stage:
        print(json.dumps(stage(given.stage, given.path, given.samples, given.nodes)))
    else:
        numbers = main(given.samples, given.nodes)
        if given.json:
            print(json.dumps(numbers))
        else:
            for name, value in numbers.items():
                print(f"{name:<32} {value:.4g}")
