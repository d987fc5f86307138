rule evolution_train:
    input:
        evolution_sets,
    output:
        "<results>/{study}/evolution/{evolution}/models/{network}-{seed}.safetensors",
    log:
        "<results>/{study}/logs/evolution/{evolution}/train-{network}-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/evolution/{evolution}/train-{network}-{seed}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        spec=lambda wildcards: as_json(evolution_recipe(wildcards)),
        names=lambda wildcards: evolution_block(wildcards)["data_sets"],
        checkpoint=lambda wildcards, output: f"{output[0]}.checkpoint",
        code=code("understudy.cli.evolution_train"),
    message:
        "Train {wildcards.network} of {wildcards.evolution} with seed {wildcards.seed}"
    shell:
        "python -m understudy evolution-train --spec {params.spec:q} --seed {wildcards.seed}"
        " --names {params.names} --data-sets {input} --checkpoint {params.checkpoint:q}"
        " --out {output} > {log} 2>&1 && rm -f {params.checkpoint:q}"


rule evolution_evaluate:
    input:
        head="<results>/{study}/evolution/{evolution}/models/head-{seed}.safetensors",
        rivals=evolution_rivals,
        sets=evolution_sets,
    output:
        "<results>/{study}/evolution/{evolution}/evaluated/{split}-{seed}.json",
    log:
        "<results>/{study}/logs/evolution/{evolution}/evaluate-{split}-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/evolution/{evolution}/evaluate-{split}-{seed}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        split=lambda wildcards: as_json(
            evolution_block(wildcards)["splits"][wildcards.split]
        ),
        names=lambda wildcards: evolution_block(wildcards)["data_sets"],
        rivals=lambda wildcards: list(evolution_block(wildcards)["rivals"]),
        code=code("understudy.cli.evolution_evaluate"),
    message:
        "Judge answers of {wildcards.evolution} on {wildcards.split}"
    shell:
        "python -m understudy evolution-evaluate {input.head} --split {params.split:q}"
        " --names {params.names} --data-sets {input.sets} --rivals {params.rivals}"
        " --rival-models {input.rivals} --out {output} > {log} 2>&1"


rule evolution_report:
    input:
        evaluated=evolution_evaluated,
        models=evolution_heads,
        sets=evolution_sets,
    output:
        section="<results>/{study}/evolution/{evolution}/section.json",
        metrics="<results>/{study}/evolution/{evolution}/metrics.json",
        timings="<results>/{study}/evolution/{evolution}/timings.json",
        figures=directory("<results>/{study}/evolution/{evolution}/figures"),
    log:
        "<results>/{study}/logs/evolution/{evolution}/report.log",
    benchmark:
        "<results>/{study}/benchmarks/evolution/{evolution}/report.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        names=lambda wildcards: evolution_block(wildcards)["data_sets"],
        code=code("understudy.cli.evolution_report"),
    message:
        "Put tables and pictures of {wildcards.evolution} together"
    shell:
        "python -m understudy evolution-report --evaluated {input.evaluated}"
        " --models {input.models} --names {params.names} --data-sets {input.sets}"
        " --figures {output.figures} --out {output.section} --metrics {output.metrics}"
        " --timings {output.timings} --name {wildcards.evolution} > {log} 2>&1"
