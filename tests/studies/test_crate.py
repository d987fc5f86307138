import hashlib
import json

import pytest

from studies.conftest import write
from understudy.__main__ import main
from understudy.studies.crate import write_crate


@pytest.fixture
def project(tmp_path):
    """A finished study, its workflow and the data sets that it was made from."""
    write(tmp_path / "results/one")
    (tmp_path / "workflow/rules").mkdir(parents=True)
    (tmp_path / "Snakefile").write_text("rule all:\n")
    (tmp_path / "workflow/rules/a.smk").write_text("rule a:\n")
    (tmp_path / "one.yaml").write_text("run: [one]\n")
    (tmp_path / "results/one/logs").mkdir()
    (tmp_path / "results/one/logs/a.log").write_text("words")
    for name in ("plate-a", "impact-a"):
        folder = tmp_path / "data/generated" / name
        folder.mkdir(parents=True)
        (folder / "data_set.h5").write_bytes(name.encode())
    return tmp_path


def crate(project):
    words = ["--configs", project / "one.yaml", "--workflow", project]
    words += ["--data", project / "data/generated"]
    return main(["crate", str(project / "results/one"), *map(str, words)])


def entities(project):
    text = (project / "results/one/ro-crate-metadata.json").read_text()
    return {e["@id"]: e for e in json.loads(text)["@graph"]}


def test_inputs_outputs_versions_and_workflow_stand_in_the_crate(project):
    assert crate(project) == 0
    found = entities(project)
    run = found["#run"]
    assert run["instrument"] == {"@id": "source/Snakefile"}
    assert found["./"]["mainEntity"] == {"@id": "source/Snakefile"}
    inputs = {item["@id"] for item in run["object"]}
    assert inputs == {
        "source/config/one.yaml", "#data/plate-a/data_set.h5", "#data/impact-a/data_set.h5",
    }  # fmt: skip
    assert {"@id": "metrics.json"} in run["result"]
    assert found["#software-numpy"]["softwareVersion"] == "1.26"


def test_every_file_has_its_digest(project):
    assert crate(project) == 0
    found, folder = entities(project), project / "results/one"
    files = {k: e for k, e in found.items() if "File" in str(e["@type"])}
    assert {"source/Snakefile", "source/workflow/rules/a.smk", "metrics.json"} <= set(files)
    assert not any(name.startswith("logs") for name in files)
    for name, entity in files.items():
        if name != "ro-crate-metadata.json":
            content = (folder / name).read_bytes()
            assert entity["sha256"] == hashlib.sha256(content).hexdigest()
    data = found["#data/plate-a/data_set.h5"]
    assert data["sha256"] == hashlib.sha256(b"plate-a").hexdigest()


def test_the_library_reads_it_back_and_a_second_crate_is_the_same(project):
    from rocrate.rocrate import ROCrate

    assert crate(project) == 0
    first = entities(project)
    read = ROCrate(project / "results/one")
    assert read.mainEntity.id == "source/Snakefile"
    assert crate(project) == 0
    assert entities(project) == first


def test_a_lost_data_set_is_named(project, capsys):
    (project / "data/generated/plate-a/data_set.h5").unlink()
    assert crate(project) == 2
    assert "plate-a: expected the files of data set plate" in capsys.readouterr().err


def test_a_path_cannot_leave_the_crate(project):
    with pytest.raises(ValueError, match=r"\.\./x: expected a path inside"):
        write_crate(project / "results/one", {"../x": project / "Snakefile"}, [], project)
