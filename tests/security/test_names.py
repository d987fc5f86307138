"""Names in files, archives and configurations cannot leave their folder."""

import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import pytest
import yaml

from faults.made import header
from synthetic import sample
from understudy.data import Sample, read_samples, write_samples
from understudy.data.folder import Selection, read_folder
from understudy.hdf5 import seal
from understudy.mesh.io import write_mesh

ROOT = Path(__file__).parents[2]


def test_a_table_cannot_name_a_mesh_outside_its_folder(tmp_path):
    folder = tmp_path / "meshes"
    folder.mkdir()
    write_mesh(tmp_path / "outside.vtu", sample(0).mesh, dict(sample(0).fields))
    write_mesh(folder / "inside.vtu", sample(1).mesh, dict(sample(1).fields))
    table = folder / "table.csv"
    table.write_text("mesh,P\ninside.vtu,1\n../outside.vtu,2\n")
    with pytest.raises(ValueError, match=r"line 3, mesh: expected a path inside the folder, got"):
        read_folder(
            folder, table, Selection(inputs=("P",), test_share=0.0, seed=0), name="n", code=""
        )


def test_a_field_s_name_is_no_path(tmp_path):
    one = sample(0)
    with pytest.raises(ValueError, match=r"names of fields without '/', got '\.\./\.\./evil'"):
        Sample(**vars(one) | {"fields": {"../../evil": one.fields["u"]}})
    write_samples(tmp_path / "a.h5", header([0], []), [one])
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        file["samples/000000/fields"].move("u", "deep/u")
    seal(tmp_path / "a.h5")
    with pytest.raises(ValueError, match=r"a\.h5: sample 000000 is damaged"):
        list(read_samples(tmp_path / "a.h5"))


@pytest.mark.parametrize("name", ["../escape", "a b", "x/y", ".hidden", "Größe"])
def test_names_of_a_study_are_words(tmp_path, name):
    import jsonschema

    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    tiny = yaml.safe_load((ROOT / "config/tiny.yaml").read_text())
    block = tiny["studies"]["tiny"]
    tiny["studies"] = {name: block}
    tiny["maths_threads"] = 1
    with pytest.raises(jsonschema.ValidationError, match=r"does not match|not match any"):
        jsonschema.validate(tiny, schema)


def test_no_command_listens(tmp_path):
    """The command line opens no socket: with sockets forbidden it still does its work."""
    code = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise RuntimeError('a socket')\n"
        "socket.socket.bind = refuse\nsocket.socket.connect = refuse\n"
        "from understudy.__main__ import main\nsys.exit(main(sys.argv[1:]))\n"
    )
    write_samples(tmp_path / "a.h5", header([0], []), [sample(0)])
    words = ["data-card", str(tmp_path / "a.h5"), "--out", str(tmp_path / "card.md")]
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.dumps("necked")[1:-1] in (tmp_path / "card.md").read_text()
