import csv
import functools
import hashlib
import importlib.util
import json
import sys
from shlex import quote
from types import SimpleNamespace

from snakemake.utils import validate

# The folder of this workflow, also where somebody else's Snakefile uses it as a module.
ROOT = Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parents[1]
SRC = ROOT / "src"
sys.path.insert(0, str(SRC))

from understudy.cli.problems import PROBLEMS
from understudy.digest import code_digest
from understudy.files import digest_of

validate(config, schema="../schemas/config.schema.yaml")

# The code that stands when the workflow starts counts, whatever is edited while it runs.
code = functools.cache(code_digest)

MATHS_THREADS = config["maths_threads"]
THREAD_VARIABLES = (
    "OMP_NUM_THREADS OPENBLAS_NUM_THREADS MKL_NUM_THREADS NUMBA_NUM_THREADS"
)

# TMPDIR is what Snakemake's resource tmpdir says on the node.
SCRATCH = "UNDERSTUDY_SCRATCH=$TMPDIR" if config["scratch"] else ""
CACHE = "$TMPDIR/understudy-cache" if config["scratch"] else "$PWD/.cache"

# One package, found the same way bare, under conda and in a container; a cache of compiled forms
# beside the results; threads of numerical libraries from the study, not from the scheduler. Inside
# a step of Slurm, DOLFINx's MPI would look for a launcher that serial solves do not need.
shell.prefix(
    f"set -euo pipefail; unset SLURM_STEP_ID; export PYTHONPATH='{SRC}' PYVISTA_OFF_SCREEN=true MPLBACKEND=agg "
    f"PYTHONWARNINGS=ignore::DeprecationWarning XDG_CACHE_HOME={CACHE} "
    f"NUMBA_CACHE_DIR={CACHE}/numba {SCRATCH} "
    + " ".join(f"{name}={MATHS_THREADS}" for name in THREAD_VARIABLES.split())
    + "; "
)


def data_code(block):
    """Digest of the code behind the samples of a data set."""
    problem = PROBLEMS[block["problem"]].split(":")[0]
    stages = (
        "understudy.cli.design",
        "understudy.cli.simulate",
        "understudy.cli.collect",
    )
    return [code(module) for module in (*stages, problem)]


def data_set(block):
    """Folder of a data set: its problem, and a digest of its specification and code."""
    return f"{block['problem']}-{digest_of({'block': block, 'code': data_code(block)})}"


def impact_block(block, variant):
    """What decides the runs of a plate: settings, with the variant's own, seed and batch."""
    change = dict(block["variants"].get(variant, {}))
    change.pop("runs", None)
    plate = block["plate"] | change
    return {"plate": plate, "seed": block["seed"], "batch": block["batch"]}


def impact_set(block, variant=None):
    """Folder of the runs of a plate."""
    own = impact_block(block, variant)
    return (
        f"impact_plate-{digest_of(own | {'code': code('understudy.cli.impact_run')})}"
    )


STUDIES = config["studies"]
for name in config["run"]:
    if name not in STUDIES:
        raise WorkflowError(f"run: expected studies of {sorted(STUDIES)}, got {name!r}")


def check(study, key, fine, expected, got):
    """What a schema cannot say of two values together, found before anything runs."""
    if not fine:
        raise WorkflowError(f"studies.{study}.{key}: expected {expected}, got {got}")


for name in config["run"]:
    known = STUDIES[name]["data_sets"]
    for item, mmgp_block in STUDIES[name]["mmgp"].items():
        check(name, f"mmgp.{item}", item in known, f"one of {sorted(known)}", item)
        for key in ("lengthscale_bounds", "noise_bounds"):
            low, high = mmgp_block["spec"]["gp"][key]
            place = f"mmgp.{item}.spec.gp.{key}"
            check(name, place, 0 < low < high, "0 < low < high", [low, high])
        pool = known[item]["train"]
        for strategy, sizes in mmgp_block["learning"].items():
            place = f"mmgp.{item}.learning.{strategy}"
            grows = sizes == sorted(set(sizes)) and (not sizes or sizes[-1] <= pool)
            check(name, place, grows, f"increasing sizes up to {pool}", sizes)
        table = mmgp_block["imported"]
        found = table is None or (ROOT / table).is_file()
        check(name, f"mmgp.{item}.imported", found, "an existing file", table)
    for item, block in known.items():
        size = block["settings"]["mesh_size"]
        side = block["settings"].get("side", 2.0)
        place = f"data_sets.{item}.settings.mesh_size"
        check(name, place, size < side / 2, f"less than side / 2 = {side / 2}", size)

for name in config["run"]:
    for item, block in STUDIES[name]["boundary"].items():
        runs, batch = block["runs"], block["batch"]
        for key, count in runs.items():
            place = f"boundary.{item}.runs.{key}"
            check(
                name, place, count % batch == 0, f"a multiple of batch = {batch}", count
            )
        for key, own in block["variants"].items():
            count = own.get("runs", runs["variant"])
            place = f"boundary.{item}.variants.{key}.runs"
            fine = count % batch == 0 and count <= runs["histories"]
            wanted = f"a multiple of batch = {batch} up to {runs['histories']}"
            check(name, place, fine, wanted, count)
        limits = {
            "runs.histories": (runs["histories"], "reference", runs["reference"]),
            "runs.variant": (runs["variant"], "histories", runs["histories"]),
            "training": (2 * block["training"], "train", runs["train"]),
            "coverage": (
                block["coverage"]["sets"] * block["coverage"]["size"],
                "histories",
                runs["histories"],
            ),
        }
        for key, (wanted, of, there) in limits.items():
            check(
                name,
                f"boundary.{item}.{key}",
                wanted <= there,
                f"at most the {there} runs of {of}",
                wanted,
            )

for name in config["run"]:
    seen = set()
    for kind in ("prose", "evolution"):
        for item, block in STUDIES[name][kind].items():
            twice = sorted(seen & set(block["splits"]))
            place = f"{kind}.{item}.splits"
            check(name, place, not twice, "names of no other network's splits", twice)
            seen |= set(block["splits"])
    for item, block in STUDIES[name]["evolution"].items():
        evolving = {
            key: own
            for key, own in STUDIES[name]["data_sets"].items()
            if own["problem"] == "evolving_field"
        }
        strange = sorted(set(block["data_sets"]) - set(evolving))
        place = f"evolution.{item}.data_sets"
        check(
            name, place, not strange, f"evolving fields of {sorted(evolving)}", strange
        )
        check(
            name,
            f"evolution.{item}.rivals",
            "head" not in block["rivals"],
            "no rival named head",
            "head",
        )
        for key, split in block["splits"].items():
            place = f"evolution.{item}.splits.{key}"
            strange = sorted(set(split["data_sets"]) - set(block["data_sets"]))
            check(name, place, not strange, f"some of {block['data_sets']}", strange)
            there = [evolving[own]["test"] for own in split["data_sets"]]
            most = min(there, default=split["each"])
            check(
                name,
                f"{place}.each",
                split["each"] <= most,
                f"at most {most}",
                split["each"],
            )

for name in config["run"]:
    seen = set()
    for item, block in STUDIES[name]["convex"].items():
        own = (
            {
                f"{case}_{beta}"
                for case, settings in block["cases"].items()
                for beta in settings["betas"]
            }
            | set(block["quantities"])
            | set(block["robust"])
        )
        twice = sorted(seen & own)
        check(name, f"convex.{item}", not twice, "names of no other item's", twice)
        seen |= own
        for key, quantity in block["quantities"].items():
            place = f"convex.{item}.quantities.{key}"
            of_field = quantity["data"]
            known = sorted({*STUDIES[name]["mmgp"], *STUDIES[name]["boundary"]})
            one = bool(of_field) != bool(quantity["problem"])
            check(name, place, one, "a problem or data", dict(quantity))
            fine = not of_field or of_field in known
            check(name, f"{place}.data", fine, f"one of {known}", of_field)

for name in config["run"]:
    for item, block in STUDIES[name]["chain"].items():
        place, plates = f"chain.{item}", STUDIES[name]["boundary"]
        own = block["boundary"]
        check(name, f"{place}.boundary", own in plates, f"one of {sorted(plates)}", own)
        readers = [
            key
            for key, prose in STUDIES[name]["prose"].items()
            if "oscillator" in prose["recipe"]["families"]
        ]
        fine = block["reader"] in [None, *readers]
        known = f"null or one that has learned oscillators of {readers}"
        check(name, f"{place}.reader", fine, known, block["reader"])
        groups = plates[own]["law"]["groups"]
        check(
            name, f"{place}.boundary", groups >= 2, "a law with groups left out", groups
        )
        zones = block["zones"]
        wanted = zones["calibration"] + zones["wanted"]
        enough = wanted <= zones["check"]
        least = f"at least calibration + wanted = {wanted}"
        check(name, f"{place}.zones.check", enough, least, zones["check"])
        most = min(plates[own]["training"], plates[own]["runs"]["histories"])
        fine = block["runs"] <= most
        check(name, f"{place}.runs", fine, f"at most {most}", block["runs"])
        left = zones["train"] - -(-zones["train"] // block["folds"])
        enough = left >= 4
        check(name, f"{place}.folds", enough, "at least 4 zones without a fold", left)
        low, high = block["family"]["radius"]
        key = f"{place}.family.radius"
        check(name, key, 0 < low < high, "0 < low < high", [low, high])

# Only studies that run are looked at: the code of others may be changing.
DATA_SETS = {
    data_set(block): block
    for name in config["run"]
    for block in STUDIES[name]["data_sets"].values()
}
IMPACT_SETS = {
    impact_set(block, variant): impact_block(block, variant)
    for name in config["run"]
    for block in STUDIES[name]["boundary"].values()
    for variant in [None, *block["variants"]]
}


def data_file(wildcards):
    """The data set that a study knows under a name."""
    return f"data/generated/{data_set(data_block(wildcards))}/data_set.h5"


def design_file(wildcards):
    """The design of that data set."""
    return f"data/generated/{data_set(data_block(wildcards))}/design.json"


def data_block(wildcards):
    return STUDIES[wildcards.study]["data_sets"][wildcards.data]


wildcard_constraints:
    study="|".join(config["run"]),
    data="[a-z0-9_]+",
    data_set="[a-z0-9_]+-[0-9a-f]{12}",
    impact_set="impact_plate-[0-9a-f]{12}",
    kept="histories|peaks",
    first=r"\d{7}",
    boundary="[a-z0-9_]+",
    law=r"[a-z0-9_]+(-\d+)?",
    repeat=r"\d{2}",
    prose="[a-z][a-z0-9_]*",
    evolution="[a-z][a-z0-9_]*",
    convex="[a-z][a-z0-9_]*",
    chain="[a-z][a-z0-9_]*",
    group="train|map|check",
    place=r"\d+",
    case="[a-z][a-z0-9_]*",
    quantity="[a-z][a-z0-9_]*",
    robust="[a-z][a-z0-9_]*",
    network="[a-z][a-z0-9_]*",
    rival="deeponet|fno",
    split="[a-z][a-z0-9_]*",
    seed=r"\d+",
    batch=r"\d{4,6}",
    method="[a-z0-9_]+",
