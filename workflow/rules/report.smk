localrules:
    rule_graph,


rule rule_graph:
    output:
        "<results>/{study}/rule_graph.svg",
    log:
        "<results>/{study}/logs/rule_graph.log",
    benchmark:
        "<results>/{study}/benchmarks/rule_graph.tsv"
    conda:
        "../../envs/controller.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 5 * attempt,
    params:
        snakefile=workflow.main_snakefile,
        configs=flag("--configfile", [str(path) for path in workflow.configfiles]),
        rules=workflow_digest(),
    message:
        "Draw the graph of the rules"
    shell:
        "snakemake --snakefile {params.snakefile:q} {params.configs}"
        " --config 'run=[{wildcards.study}]' --nolock --rulegraph dot 2> {log}"
        " | dot -Tsvg > {output} 2>> {log}"


rule report:
    input:
        sections=parts(
            "section.json", laws=["section.json"], equations=["section.json"]
        ),
        metrics=parts(
            "metrics.json",
            "trust.json",
            "answers.json",
            laws=[
                "metrics.json",
                "coverage.json",
                "conditional.json",
                "changes.json",
                "rare.json",
            ],
            equations=["metrics.json"],
        ),
        learning=all_curves,
        plastic=all_plastic,
        timings=parts("timings.json", laws=["timings.json"], equations=["timings.json"]),
        benchmarks=benchmarks,
        graph="<results>/{study}/rule_graph.svg",
        template=ROOT / "workflow" / "report" / "report.html.j2",
        pieces=[
            ROOT / "workflow" / "report" / name
            for name in ("macros.html.j2", "report.css", "report.js")
        ],
    output:
        page=report(
            "<results>/{study}/report.html",
            caption="../report/workflow.rst",
            category="{study}",
        ),
        metrics="<results>/{study}/metrics.json",
        timings="<results>/{study}/timings.json",
        provenance="<results>/{study}/provenance.json",
    log:
        "<results>/{study}/logs/report.log",
    benchmark:
        "<results>/{study}/benchmarks/report.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 5 * attempt,
    params:
        folder=subpath(output.page, parent=True),
        settings=lambda wildcards: as_json(STUDIES[wildcards.study]),
        codes=codes,
        code=code("understudy.cli.report"),
    message:
        "Write the report of {wildcards.study}"
    shell:
        "python -m understudy report --study {wildcards.study} --settings {params.settings:q}"
        " --codes {params.codes:q} --sections {input.sections} --metrics {input.metrics}"
        " {input.learning} {input.plastic}"
        " --timings {input.timings} --benchmarks {input.benchmarks} --graph {input.graph}"
        " --template {input.template:q} --out {params.folder} > {log} 2>&1"


rule crate:
    input:
        page="<results>/{study}/report.html",
        metrics="<results>/{study}/metrics.json",
        timings="<results>/{study}/timings.json",
        provenance="<results>/{study}/provenance.json",
    output:
        "<results>/{study}/ro-crate-metadata.json",
    log:
        "<results>/{study}/logs/crate.log",
    benchmark:
        "<results>/{study}/benchmarks/crate.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        folder=subpath(input.metrics, parent=True),
        configs=flag("--configs", [str(path) for path in workflow.configfiles]),
        root=str(ROOT),
        rules=workflow_digest(),
        code=code("understudy.cli.crate"),
    message:
        "Describe {wildcards.study} as an RO-Crate"
    shell:
        "python -m understudy crate {params.folder:q} {params.configs}"
        " --workflow {params.root:q} > {log} 2>&1"
