rule convex_case:
    output:
        "<results>/{study}/convex/{convex}/cases/{case}.json",
    log:
        "<results>/{study}/logs/convex/{convex}/case-{case}.log",
    benchmark:
        "<results>/{study}/benchmarks/convex/{convex}/case-{case}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(convex_block(wildcards)["cases"][wildcards.case]),
        code=code("understudy.cli.convex_case"),
    message:
        "Solve {wildcards.case} by all solvers and certify"
    shell:
        "python -m understudy convex-case --case {params.spec:q} --out {output} > {log} 2>&1"


rule convex_quantity:
    input:
        aligned=convex_aligned,
        runs=convex_runs,
    output:
        judged="<results>/{study}/convex/{convex}/quantities/{quantity}.json",
        model="<results>/{study}/convex/{convex}/models/{quantity}.h5",
    log:
        "<results>/{study}/logs/convex/{convex}/quantity-{quantity}.log",
    benchmark:
        "<results>/{study}/benchmarks/convex/{convex}/quantity-{quantity}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(
            convex_block(wildcards)["quantities"][wildcards.quantity]
        ),
        aligned=lambda wildcards, input: flag("--aligned", input.aligned),
        runs=lambda wildcards, input: flag("--runs", input.runs),
        code=code("understudy.cli.convex_quantity"),
    message:
        "Learn {wildcards.quantity} by a certified network and its rivals"
    shell:
        "python -m understudy convex-quantity --spec {params.spec:q} {params.aligned}"
        " {params.runs} --out {output.judged} --model {output.model} > {log} 2>&1"


rule convex_robust:
    output:
        "<results>/{study}/convex/{convex}/robust/{robust}.json",
    log:
        "<results>/{study}/logs/convex/{convex}/robust-{robust}.log",
    benchmark:
        "<results>/{study}/benchmarks/convex/{convex}/robust-{robust}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        case=lambda wildcards: as_json(
            convex_block(wildcards)["robust"][wildcards.robust]
        ),
        code=code("understudy.cli.convex_robust"),
    message:
        "Train {wildcards.robust} against attacks, and its rivals"
    shell:
        "python -m understudy convex-robust --case {params.case:q} --out {output} > {log} 2>&1"


rule convex_report:
    input:
        cases=convex_cases,
        quantities=convex_quantities,
        robust=convex_robust,
        models=convex_models,
    output:
        section="<results>/{study}/convex/{convex}/section.json",
        metrics="<results>/{study}/convex/{convex}/metrics.json",
        timings="<results>/{study}/convex/{convex}/timings.json",
        figures=directory("<results>/{study}/convex/{convex}/figures"),
    log:
        "<results>/{study}/logs/convex/{convex}/report.log",
    benchmark:
        "<results>/{study}/benchmarks/convex/{convex}/report.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        cases=lambda wildcards, input: flag("--cases", input.cases),
        quantities=lambda wildcards, input: flag("--quantities", input.quantities),
        models=lambda wildcards, input: flag("--models", input.models),
        robust=lambda wildcards, input: flag("--robust", input.robust),
        code=code("understudy.cli.convex_report"),
    message:
        "Put tables and pictures of {wildcards.convex} together"
    shell:
        "python -m understudy convex-report {params.cases} {params.quantities} {params.models}"
        " {params.robust} --figures {output.figures} --out {output.section} --metrics {output.metrics}"
        " --timings {output.timings} --name {wildcards.convex} > {log} 2>&1"
