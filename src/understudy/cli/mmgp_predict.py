"""Fields and their standard deviations on new meshes."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from tyro.conf import Positional

from understudy.cli.arguments import call
from understudy.data.table import read_table
from understudy.files import replacing, write_json
from understudy.mesh import Mesh
from understudy.mesh.io import read_mesh, write_mesh
from understudy.surrogates.closure import YIELDED
from understudy.surrogates.encoding import Prediction
from understudy.surrogates.mmgp_model import MMGPModel, load_mmgp
from understudy.surrogates.trust import refusal

__all__ = ["main", "run"]


def run(
    model: Positional[Path],
    mesh: Positional[Path],
    /,
    out: Path,
    scalars: str = "",
    draws: int = 0,
    seed: int = 0,
) -> None:
    """Predict on one mesh, or on each mesh of a table.

    Args:
        model: HDF5 file that mmgp-fit wrote.
        mesh: mesh file of triangles, or a CSV table with a column `mesh` and one for each scalar
            (other columns are left alone).
        out: mesh file to write, with each field and its deviation `<field>_sd`, and beside it a
            JSON file of the same name with scalars, decision and reason; for a table a folder,
            which also gets `scalars.csv` with the decision on every mesh: one that cannot be
            mapped is refused there with the reason and has no file.
        scalars: inputs of a single mesh, for instance P=45,E=7e4.
        draws: fields drawn from the predictive distribution of a single mesh, `<field>_draw_<k>`.
        seed: of the draws.
    """
    fitted = load_mmgp(model)
    if mesh.suffix == ".csv":
        known, table = fitted.encoder.input_names, read_table(mesh)
        _check_names(mesh, [path for path, _ in table])
        rows = [
            (path, _answer(fitted, path, {k: v for k, v in numbers.items() if k in known}))
            for path, numbers in table
        ]
        for path, (grid, found) in rows:
            if found.fields:
                write_mesh(out / f"{path.stem}.vtu", grid, _nodal(found))
        names = fitted.scalars.names
        _write_scalars(out / "scalars.csv", names, [(path, found) for path, (_, found) in rows])
    else:
        given = _parse(scalars)
        grid, found = _predict(fitted, mesh, given)
        nodal = _nodal(found)
        if draws:
            drawn = fitted.sample(grid, given, draws, np.random.default_rng(seed))
            nodal |= {f"{n}_draw_{k}": v for n, rows in drawn.items() for k, v in enumerate(rows)}
        write_mesh(out, grid, nodal)
        write_json(out.with_suffix(".json"), _spoken(found))
        for name, value in found.scalars.items():
            unit = fitted.units.get(name, "")
            sd = found.scalar_deviations[name]
            sys.stdout.write(f"{name} = {value:.6g} +- {sd:.2g} {unit}\n")
        for name, share in found.yield_probability.items():
            sys.stdout.write(f"P({name} > {YIELDED:g}) = {share:.3g}\n")
        if found.trust is not None:
            sys.stdout.write(f"{found.trust.decision}: {found.trust.reason}\n")


def _check_names(table: Path, meshes: list[Path]) -> None:
    """Predictions are named after their meshes: one name twice would lose one of them."""
    seen: dict[str, Path] = {}
    for path in meshes:
        if path.stem in seen:
            raise ValueError(
                f"{table}: expected a name of its own for each mesh, "
                f"got {seen[path.stem]} and {path}"
            )
        seen[path.stem] = path


def _parse(text: str) -> dict[str, float]:
    pairs = {}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition("=")
        try:
            pairs[name.strip()] = float(number)
        except ValueError:
            raise ValueError(f"--scalars: expected name=number, got {part!r}") from None
    return pairs


def _answer(model: MMGPModel, path: Path, inputs: dict[str, float]) -> tuple[Mesh, Prediction]:
    """A prediction, or a refusal of a mesh that cannot be mapped: other rows are answered."""
    grid, _ = read_mesh(path)
    model.encoder.check(inputs)
    try:
        return grid, model.predict(grid, inputs)
    except ValueError as error:
        return grid, Prediction(fields={}, scalars={}, trust=refusal(str(error)))


def _predict(model: MMGPModel, path: Path, inputs: dict[str, float]) -> tuple[Mesh, Prediction]:
    grid, _ = read_mesh(path)
    try:
        return grid, model.predict(grid, inputs)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _nodal(found: Prediction) -> dict:
    return found.fields | {f"{name}_sd": sd for name, sd in found.field_deviations.items()}


def _spoken(found: Prediction) -> dict[str, Any]:
    """What a mesh file has no place for."""
    return {
        "scalars": found.scalars,
        "scalar_deviations": found.scalar_deviations,
        "yield_probability": found.yield_probability,
        "trust": None if found.trust is None else asdict(found.trust),
    }


def _write_scalars(
    path: Path, names: tuple[str, ...], rows: list[tuple[Path, Prediction]]
) -> None:
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.writer(file)
        deviations = [f"{name}_sd" for name in names]
        writer.writerow(["mesh", *names, *deviations, "decision", "p_value", "reason"])
        for mesh, found in rows:
            both = (found.scalars, found.scalar_deviations)
            values = [repr(float(kind[n])) if n in kind else "" for kind in both for n in names]
            trust = found.trust
            says = ["", "", ""] if trust is None else [trust.decision, trust.p_value, trust.reason]
            writer.writerow([mesh, *values, *says])


def main(argv: Sequence[str]) -> int:
    """Parse and run."""
    return call(run, argv, "mmgp-predict")
