rule prose_train:
    output:
        "<results>/{study}/prose/models/{seed}.safetensors",
    log:
        "<results>/{study}/logs/prose/train-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/train-{seed}.tsv"
    priority: 20
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        spec=lambda wildcards: as_json(prose(wildcards)["recipe"]),
        checkpoint=lambda wildcards, output: f"{output[0]}.checkpoint",
        code=code("understudy.cli.prose_train"),
    message:
        "Train PROSE with seed {wildcards.seed}"
    shell:
        "python -m understudy prose-train --spec {params.spec:q} --seed {wildcards.seed}"
        " --checkpoint {params.checkpoint:q} --out {output} > {log} 2>&1"
        " && rm -f {params.checkpoint:q}"


rule prose_evaluate:
    input:
        "<results>/{study}/prose/models/{seed}.safetensors",
    output:
        "<results>/{study}/prose/evaluated/{split}-{seed}.json",
    log:
        "<results>/{study}/logs/prose/evaluate-{split}-{seed}.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/evaluate-{split}-{seed}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        split=lambda wildcards: as_json(prose(wildcards)["splits"][wildcards.split]),
        code=code("understudy.cli.prose_evaluate"),
    message:
        "Judge answers on {wildcards.split}"
    shell:
        "python -m understudy prose-evaluate {input} --split {params.split:q} --out {output}"
        " > {log} 2>&1"


rule prose_report:
    input:
        evaluated=prose_evaluated,
        models=prose_models,
    output:
        section="<results>/{study}/prose/section.json",
        metrics="<results>/{study}/prose/metrics.json",
        timings="<results>/{study}/prose/timings.json",
        figures=directory("<results>/{study}/prose/figures"),
    log:
        "<results>/{study}/logs/prose/report.log",
    benchmark:
        "<results>/{study}/benchmarks/prose/report.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        code=code("understudy.cli.prose_report"),
    message:
        "Put tables and pictures of equations together"
    shell:
        "python -m understudy prose-report --evaluated {input.evaluated} --models {input.models}"
        " --figures {output.figures} --out {output.section} --metrics {output.metrics}"
        " --timings {output.timings} > {log} 2>&1"
