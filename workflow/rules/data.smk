rule design:
    output:
        "data/generated/{data_set}/design.json",
    log:
        "data/generated/{data_set}/logs/design.log",
    benchmark:
        "data/generated/{data_set}/benchmarks/design.tsv"
    priority: 30
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 800 * attempt,
        runtime=lambda wildcards, attempt: 5 * attempt,
    params:
        name=lambda wildcards: settings(wildcards)["problem"],
        settings=lambda wildcards: as_json(settings(wildcards)["settings"]),
        train=lambda wildcards: settings(wildcards)["train"],
        test=lambda wildcards: settings(wildcards)["test"],
        seed=lambda wildcards: settings(wildcards)["seed"],
        kinds=lambda wildcards: settings(wildcards)["shifted"]["kinds"],
        shifted=lambda wildcards: settings(wildcards)["shifted"]["each"],
        remeshed=lambda wildcards: settings(wildcards)["remeshed"],
        code=code("understudy.cli.design"),
    message:
        "Draw the design of {wildcards.data_set}"
    shell:
        "python -m understudy design --name {params.name} --settings {params.settings:q}"
        " --train {params.train} --test {params.test} --seed {params.seed}"
        " --kinds {params.kinds} --shifted {params.shifted} --remeshed {params.remeshed} --out {output}"
        " > {log} 2>&1"


rule simulate:
    input:
        "data/generated/{data_set}/design.json",
    output:
        "data/generated/{data_set}/batches/{batch}.h5",
    log:
        "data/generated/{data_set}/logs/simulate-{batch}.log",
    benchmark:
        "data/generated/{data_set}/benchmarks/simulate-{batch}.tsv"
    priority: 30
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        batch=lambda wildcards: int(wildcards.batch),
        size=lambda wildcards: settings(wildcards)["batch"],
        code=lambda wildcards: data_code(settings(wildcards)),
    message:
        "Simulate batch {wildcards.batch} of {wildcards.data_set}"
    shell:
        "python -m understudy simulate --design {input} --batch {params.batch}"
        " --size {params.size} --out {output} > {log} 2>&1"


rule collect_samples:
    input:
        design="data/generated/{data_set}/design.json",
        batches=batches,
    output:
        "data/generated/{data_set}/data_set.h5",
    log:
        "data/generated/{data_set}/logs/collect.log",
    benchmark:
        "data/generated/{data_set}/benchmarks/collect.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        folder="data/generated/{data_set}/batches",
        tolerated=lambda wildcards: settings(wildcards)["tolerated_failures"],
        code=code("understudy.cli.collect"),
    message:
        "Collect the samples of {wildcards.data_set}"
    shell:
        "python -m understudy collect --design {input.design} --batches {params.folder}"
        " --tolerated-failures {params.tolerated} --out {output} > {log} 2>&1"
