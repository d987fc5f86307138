"""A study as an RO-Crate: what went in, what came out, by which workflow, each with its digest.

The metadata follow RO-Crate and the profiles of workflow runs: the study's folder is the crate,
the run an action whose instrument is the Snakemake workflow. Data sets, which studies share, stay
where they are and are described by their digests.

Reference: Soiland-Reyes et al. 2022 (RO-Crate); Leo et al. 2024 (Workflow Run RO-Crate).
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from understudy.files import replacing
from understudy.studies.record import Record, read_record

__all__ = ["METADATA", "write_crate"]

METADATA = "ro-crate-metadata.json"
_SOURCE = "source"
_PROFILE = "https://w3id.org/ro/wfrun/workflow/0.5"
_RESULTS = ("report.html", "metrics.json", "timings.json", "provenance.json")
_DATA_SET = "data set "
# Snakemake writes this page, with times in it, when the study is over.
_LATER = ("snakemake-report.html",)


def write_crate(
    folder: Path, sources: Mapping[str, Path], configs: Sequence[Path], data: Path
) -> Path:
    """Write the metadata into a study's folder, and a copy of the workflow beside them.

    Args:
        folder: of the study.
        sources: files of the workflow by their path in it; `Snakefile` is the main one.
        configs: configuration files, as Snakemake merged them.
        data: folder of generated data sets.

    Raises:
        ValueError: the study is not finished, or a file is missing; names it.
    """
    record = read_record(folder)
    _copy(folder / _SOURCE, {**sources, **{f"config/{p.name}": p for p in configs}})
    crate = ROCrate(version="1.1")
    made = datetime.fromtimestamp((folder / "metrics.json").stat().st_mtime, UTC)
    crate.name = f"understudy study {folder.name}"
    crate.description = "Surrogates of simulations: results of a Snakemake workflow"
    crate.datePublished = made.replace(microsecond=0)
    profile = crate.add(ContextEntity(crate, _PROFILE, {"@type": "CreativeWork"}))
    crate.root_dataset["conformsTo"] = profile
    workflow = crate.add_workflow(
        folder / _SOURCE / "Snakefile", f"{_SOURCE}/Snakefile", main=True, lang="snakemake",
        properties=_facts(folder / _SOURCE / "Snakefile") | {"name": "understudy workflow"},
    )  # fmt: skip
    files = {
        path.relative_to(folder).as_posix(): crate.add_file(
            path, path.relative_to(folder).as_posix(), properties=_facts(path)
        )
        for path in _content(folder)
    }
    inputs = [files[f"{_SOURCE}/config/{path.name}"] for path in configs]
    inputs += [crate.add(entity) for entity in _data_sets(crate, record, data)]
    workflow["softwareRequirements"] = [
        crate.add(
            ContextEntity(
                crate, f"#software-{name}",
                {"@type": "SoftwareApplication", "name": name, "softwareVersion": version},
            )
        )
        for name, version in record.software.items()
    ]  # fmt: skip
    crate.add_action(
        workflow, identifier="#run", object=inputs, result=[files[name] for name in _RESULTS],
        properties={
            "name": f"run of study {folder.name}", "endTime": made.isoformat(),
            "description": f"{record.machine.get('processor')}, {record.machine.get('system')}",
        },
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as scratch, replacing(folder / METADATA) as temporary:
        crate.metadata.write(Path(scratch))
        shutil.copyfile(Path(scratch) / METADATA, temporary)
    return folder / METADATA


def _copy(folder: Path, sources: Mapping[str, Path]) -> None:
    for name, path in sources.items():
        place = (folder / name).resolve()
        if not place.is_relative_to(folder.resolve()):
            raise ValueError(f"{name}: expected a path inside the workflow's folder")
        if not path.is_file():
            raise ValueError(f"{path}: no such file")
        with replacing(place) as temporary:
            shutil.copyfile(path, temporary)


def _content(folder: Path) -> list[Path]:
    """Files of a study but the metadata, logs and Snakefile, sorted."""
    apart = {folder / METADATA, folder / _SOURCE / "Snakefile", *(folder / n for n in _LATER)}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path not in apart
        and path.relative_to(folder).parts[0] not in ("logs", "benchmarks")
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _facts(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "contentSize": str(path.stat().st_size)}


def _data_sets(crate: ROCrate, record: Record, data: Path) -> list[ContextEntity]:
    """An entity a data file that the study was made from."""
    out = []
    for key, name in sorted(record.codes.items()):
        if not key.startswith(_DATA_SET):
            continue
        files = sorted((data / name).glob("*.h5"))
        if not files:
            raise ValueError(f"{data / name}: expected the files of {key}, got none")
        for path in files:
            facts = {
                "@type": "CreativeWork", "name": f"{key.removeprefix(_DATA_SET)}: {path.name}",
                "alternateName": f"{name}/{path.name}", **_facts(path),
            }  # fmt: skip
            out.append(ContextEntity(crate, f"#data/{name}/{path.name}", facts))
    return out
