"""What the source may not do, read from its syntax trees."""

import ast
import functools
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for part in ("src", "docs", "examples", ".ci") for path in (ROOT / part).rglob("*.py")
)
RULES = sorted([ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")])
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "joblib", "cloudpickle", "shelve", "marshal"}
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load",
    "yaml.full_load", "yaml.unsafe_load", "torch.save", "numpy.save", "np.save", "input",
    "tarfile.open", "shutil.unpack_archive", "tempfile.mktemp", "pyvista.start_xvfb",
}  # fmt: skip
ONE_ADDRESS = {
    "h5py.File": {"src/understudy/hdf5.py", "src/understudy/mesh/cgns.py"},
    "safe_open": {"src/understudy/tensors.py"},
    "safetensors.torch.save": {"src/understudy/tensors.py"},
    "save_file": set(),
}


@functools.cache
def calls(path):
    return list(_calls(path))


def _calls(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def offences(path):
    """Sentences on what a file does that it may not."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            if name.split(".")[0] in FORBIDDEN_MODULES:
                yield f"imports {name}"
    for name, node in calls(path):
        words = {k.arg: ast.unparse(k.value) for k in node.keywords}
        if name in FORBIDDEN_CALLS:
            yield f"calls {name}"
        if name == "torch.load" and words.get("weights_only") != "True":
            yield "calls torch.load without weights_only=True"
        if name.endswith("np.load") and words.get("allow_pickle", "False") != "False":
            yield "calls np.load with allow_pickle"
        if words.get("shell") == "True":
            yield f"calls {name} with shell=True"
        if words.get("host") not in (None, "'127.0.0.1'", "'localhost'"):
            yield f"lets {name} listen at {words['host']}"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import pickle", "imports pickle"),
        ("from joblib import load", "imports joblib"),
        ("eval('1')", "calls eval"),
        ("torch.load(p)", "without weights_only"),
        ("np.load(p, allow_pickle=True)", "allow_pickle"),
        ("yaml.load(t)", "calls yaml.load"),
        ("run(c, shell=True)", "shell=True"),
        ("serve(host='0.0.0.0')", "listen at"),
    ],
)
def test_the_reader_of_syntax_trees_sees(tmp_path, code, words):
    (tmp_path / "a.py").write_text(code)
    assert [words in found for found in offences(tmp_path / "a.py")] == [True]


def test_the_source_does_nothing_of_that_kind():
    found = [f"{path.relative_to(ROOT)} {told}" for path in FILES for told in offences(path)]
    assert len(FILES) > 200
    assert found == []


@pytest.mark.parametrize("call", ONE_ADDRESS)
def test_files_of_data_and_weights_are_opened_where_they_are_checked(call):
    users = {
        str(path.relative_to(ROOT)) for path in FILES for name, _ in calls(path) if name == call
    }
    assert {user for user in users if user.startswith("src/")} == ONE_ADDRESS[call]


def test_rules_quote_what_people_write():
    """Blocks of a study reach a shell as one quoted word: `:q` at params that hold JSON."""
    for path in RULES:
        text = path.read_text()
        for word in ("spec", "settings", "plate", "split", "boxes", "morphing"):
            assert "{params." + word + "}" not in text, path
