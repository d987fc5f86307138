"""Simulations of somebody else become a data set, and a surrogate: files and commands, no code.

A stand-in for a solver writes necked plates of quadrilaterals as VTU, with the stress
P / (1 - r (1 - y^2)^2) at the nodes, and a table of loads P. The commands do the rest.
"""

import csv
import tempfile
from pathlib import Path

import meshio
import numpy as np

from understudy.__main__ import main
from understudy.data import read_header, read_samples
from understudy.figures import draw_panels
from understudy.metrics import q2


def solver(folder: Path, index: int) -> tuple[str, float, float]:
    """Write a plate of random neck, load and grid; name of the file, load, peak stress."""
    rng = np.random.default_rng([2, index])
    neck, pull = rng.uniform(0.1, 0.6), rng.uniform(40.0, 50.0)
    nx, ny = rng.integers(13, 18, size=2)
    x, y = np.meshgrid(np.linspace(-1, 1, nx), np.linspace(-1, 1, ny))
    width = 1 - neck * (1 - y**2) ** 2
    corner = (np.arange(ny - 1)[:, None] * nx + np.arange(nx - 1)).ravel()
    quads = np.stack([corner, corner + 1, corner + nx + 1, corner + nx], axis=1)
    points = np.stack([(x * width).ravel(), y.ravel(), 0 * y.ravel()], axis=1)
    name = f"plate_{index:02d}.vtu"
    meshio.Mesh(points, [("quad", quads)], {"stress": (pull / width).ravel()}).write(folder / name)
    return name, pull, pull / (1 - neck)


def write_simulations(folder: Path, count: int = 48) -> None:
    """A folder of meshes and `scalars.csv`."""
    with (folder / "scalars.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["mesh", "P", "peak"])
        writer.writerows(solver(folder, i) for i in range(count))


def understudy(command: str) -> None:
    """Run a command as a shell would."""
    if main(command.split()):
        raise RuntimeError(f"understudy {command} failed")


def quality(folder: Path) -> float:
    """Q2 of the stress on plates that the surrogate never saw."""
    data, model = folder / "data_set.h5", folder / "model.h5"
    understudy(
        f"data-import {folder} --table {folder / 'scalars.csv'} --out {data} --inputs P "
        "--outputs peak --units P=MPa peak=MPa stress=MPa length=mm --test-share 0.25 --seed 0"
    )
    ranks = "--spec.shape-basis.rank 3 --spec.field-basis.rank 6"
    understudy(f"mmgp-fit {data} --out {model} {ranks}")
    unseen = set(read_header(data).sets["test"])
    truth, found = [], []
    for sample in read_samples(data):
        if sample.index in unseen:
            out = folder / "prediction.vtu"
            mesh = folder / f"plate_{sample.index:02d}.vtu"
            understudy(f"mmgp-predict {model} {mesh} --scalars P={sample.inputs['P']} --out {out}")
            truth.append(sample.fields["stress"])
            found.append(meshio.read(out).point_data["stress"])
    return q2(truth, found)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        write_simulations(Path(name))
        print(f"Q2 on unseen plates: {quality(Path(name)):.5f}")
        print((Path(name) / "data_set.card.md").read_text())
        shown = [
            s for _, s in zip(range(4), read_samples(Path(name) / "data_set.h5"), strict=False)
        ]
        panels = [
            (f"stress [MPa], {s.index}", s.mesh, s.fields["stress"], None, "viridis")
            for s in shown
        ]
        draw_panels(Path("import_meshes.png"), [panels])
