from pathlib import Path
from snakemake.utils import min_version

min_version("9.12")


configfile:
    Path(workflow.current_basedir.get_path_or_uri(secret_free=True))
    / "config"
    / "default.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/mmgp.smk"
include: "workflow/rules/boundary.smk"
include: "workflow/rules/prose.smk"
include: "workflow/rules/evolution.smk"
include: "workflow/rules/convex.smk"
include: "workflow/rules/chain.smk"
include: "workflow/rules/cluster.smk"
include: "workflow/rules/report.smk"


rule all:
    default_target: True
    input:
        collect("<results>/{study}/report.html", study=config["run"]),
        collect("<results>/{study}/ro-crate-metadata.json", study=config["run"]),
