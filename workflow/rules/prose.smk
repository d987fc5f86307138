rule prose_train:
    output:
        "<results>/{study}/prose/{prose}/models/{seed}.safetensors",
    log:
        "<results>/{study}/logs/prose/{prose}/train-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/{prose}/train-{seed}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        spec=lambda wildcards: as_json(prose_block(wildcards)["recipe"]),
        device=lambda wildcards: prose_block(wildcards)["device"],
        checkpoint=lambda wildcards, output: f"{output[0]}.checkpoint",
        code=code("understudy.cli.prose_train"),
    message:
        "Train PROSE of {wildcards.prose} with seed {wildcards.seed}"
    shell:
        "python -m understudy prose-train --spec {params.spec:q} --seed {wildcards.seed}"
        " --device {params.device} --checkpoint {params.checkpoint:q} --out {output}"
        " > {log} 2>&1 && rm -f {params.checkpoint:q}*"


rule prose_rival:
    output:
        "<results>/{study}/prose/{prose}/rivals/{rival}-{seed}.safetensors",
    log:
        "<results>/{study}/logs/prose/{prose}/rival-{rival}-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/{prose}/rival-{rival}-{seed}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        spec=lambda wildcards: as_json(prose_block(wildcards)["recipe"]),
        checkpoint=lambda wildcards, output: f"{output[0]}.checkpoint",
        code=code("understudy.cli.prose_rival"),
    message:
        "Train {wildcards.rival} beside {wildcards.prose} with seed {wildcards.seed}"
    shell:
        "python -m understudy prose-rival --rival {wildcards.rival} --spec {params.spec:q}"
        " --seed {wildcards.seed}"
        " --checkpoint {params.checkpoint:q} --out {output} > {log} 2>&1"
        " && rm -f {params.checkpoint:q}"


rule prose_evaluate:
    input:
        model="<results>/{study}/prose/{prose}/models/{seed}.safetensors",
        rivals=expand(
            "<results>/{{study}}/prose/{{prose}}/rivals/{rival}-{{seed}}.safetensors",
            rival=PROSE_RIVALS,
        ),
        outside=ROOT / "data" / "outside" / "systems.npz",
    output:
        "<results>/{study}/prose/{prose}/evaluated/{split}-{seed}.json",
    log:
        "<results>/{study}/logs/prose/{prose}/evaluate-{split}-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/{prose}/evaluate-{split}-{seed}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        split=lambda wildcards: as_json(
            prose_block(wildcards)["splits"][wildcards.split]
        ),
        code=code("understudy.cli.prose_evaluate"),
    message:
        "Judge answers of {wildcards.prose} on {wildcards.split}"
    shell:
        "python -m understudy prose-evaluate {input.model} --rivals {input.rivals}"
        " --outside {input.outside:q} --split {params.split:q} --out {output} > {log} 2>&1"


rule prose_adapt:
    input:
        "<results>/{study}/prose/{prose}/models/{seed}.safetensors",
    output:
        "<results>/{study}/prose/{prose}/adapted/{seed}.json",
    log:
        "<results>/{study}/logs/prose/{prose}/adapt-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/{prose}/adapt-{seed}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(prose_block(wildcards)["adaptation"]),
        code=code("understudy.cli.prose_adapt"),
    message:
        "Let {wildcards.prose} meet new families"
    shell:
        "python -m understudy prose-adapt {input} --spec {params.spec:q} --out {output}"
        " > {log} 2>&1"


rule prose_report:
    input:
        evaluated=prose_evaluated,
        models=prose_models,
        adapted=prose_adapted,
    output:
        section="<results>/{study}/prose/{prose}/section.json",
        metrics="<results>/{study}/prose/{prose}/metrics.json",
        timings="<results>/{study}/prose/{prose}/timings.json",
        figures=directory("<results>/{study}/prose/{prose}/figures"),
    log:
        "<results>/{study}/logs/prose/{prose}/report.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/{prose}/report.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        code=code("understudy.cli.prose_report"),
    message:
        "Put tables and pictures of {wildcards.prose} together"
    shell:
        "python -m understudy prose-report --evaluated {input.evaluated} --models {input.models}"
        " --adapted {input.adapted} --figures {output.figures} --out {output.section} --metrics {output.metrics}"
        " --timings {output.timings} --name {wildcards.prose} > {log} 2>&1"
