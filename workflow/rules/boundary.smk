rule impact_run:
    output:
        "data/generated/{impact_set}/{kept}-{first}.h5",
    log:
        "data/generated/{impact_set}/logs/{kept}-{first}.log",
    benchmark:
        "data/generated/{impact_set}/benchmarks/{kept}-{first}.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        plate=lambda wildcards: as_json(IMPACT_SETS[wildcards.impact_set]["plate"]),
        seed=lambda wildcards: IMPACT_SETS[wildcards.impact_set]["seed"],
        size=lambda wildcards: IMPACT_SETS[wildcards.impact_set]["batch"],
        first=lambda wildcards: int(wildcards.first),
        kept=lambda wildcards: (
            "--histories" if wildcards.kept == "histories" else "--no-histories"
        ),
        code=code("understudy.cli.impact_run"),
    message:
        "Hit {wildcards.impact_set} from run {wildcards.first} on"
    shell:
        "python -m understudy impact-run --settings {params.plate:q} --seed {params.seed}"
        " --first {params.first} --count {params.size} {params.kept} --out {output}"
        " > {log} 2>&1"


rule impact_zone:
    output:
        "data/generated/{impact_set}/zone.h5",
    log:
        "data/generated/{impact_set}/logs/zone.log",
    benchmark:
        "data/generated/{impact_set}/benchmarks/zone.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 5 * attempt,
    params:
        plate=lambda wildcards: as_json(IMPACT_SETS[wildcards.impact_set]["plate"]),
        code=code("understudy.cli.impact_zone"),
    message:
        "Cut the zone out of {wildcards.impact_set}"
    shell:
        "python -m understudy impact-zone --settings {params.plate:q} --out {output}"
        " > {log} 2>&1"
