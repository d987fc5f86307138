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


rule boundary_fit:
    input:
        histories=training_runs,
        validation=validation_runs,
        zone=zone_of(),
        changed=mixed_zones,
    output:
        "<results>/{study}/boundary/{boundary}/laws/{law}.h5",
    log:
        "<results>/{study}/logs/boundary/{boundary}/fit-{law}.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/fit-{law}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        changed=lambda wildcards: flag("--changed", mixed_zones(wildcards)),
        spec=lambda wildcards: as_json(rival(wildcards)),
        first=lambda wildcards: recipe(boundary(wildcards), wildcards.law).get(
            "training", boundary(wildcards)["training"]
        ),
        seed=lambda wildcards: wildcards.law.partition("-")[2]
        or STUDIES[wildcards.study]["seed"],
        checkpoint=lambda wildcards, output: f"{output[0]}.checkpoint",
        code=code("understudy.cli.boundary_fit"),
    message:
        "Learn the law {wildcards.law} of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-fit {input.histories} --zone {input.zone}"
        " --validation {input.validation} {params.changed} --spec {params.spec:q}"
        " --first {params.first} --seed {params.seed} --checkpoint {params.checkpoint:q}"
        " --out {output} > {log} 2>&1 && rm -f {params.checkpoint:q}"


rule boundary_evaluate:
    input:
        law="<results>/{study}/boundary/{boundary}/laws/{law}.h5",
        zone=zone_of(),
        changed=changed_zones,
        training=training_runs,
        unseen=compared_runs,
    output:
        "<results>/{study}/boundary/{boundary}/evaluated/{law}.h5",
    log:
        "<results>/{study}/logs/boundary/{boundary}/evaluate-{law}.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/evaluate-{law}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        words=lambda wildcards: flag("--changed", changed_words("zones")(wildcards)),
        draws=lambda wildcards: boundary(wildcards)["draws"]["plate"],
        changed_draws=lambda wildcards: boundary(wildcards)["draws"]["changed"],
        corrected_draws=lambda wildcards: boundary(wildcards)["draws"]["corrected"],
        seed=lambda wildcards: STUDIES[wildcards.study]["seed"],
        code=code("understudy.cli.boundary_evaluate"),
    message:
        "Draw from the law {wildcards.law} of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-evaluate {input.law} --zone {input.zone} {params.words}"
        " --training {input.training} --unseen {input.unseen} --draws {params.draws}"
        " --changed-draws {params.changed_draws} --corrected-draws {params.corrected_draws}"
        " --seed {params.seed}"
        " --name {wildcards.boundary} --out {output} > {log} 2>&1"


rule boundary_score:
    input:
        evaluated=evaluated_laws,
        zone=zone_of(),
        changed=changed_zones,
        training=training_runs,
        reference=reference_runs,
        changed_runs=changed_runs,
    output:
        "<results>/{study}/boundary/{boundary}/metrics.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/score.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/score.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        zones=lambda wildcards: flag("--changed", changed_words("zones")(wildcards)),
        runs=lambda wildcards: flag(
            "--changed-reference", changed_words("runs")(wildcards)
        ),
        first=lambda wildcards: boundary(wildcards)["training"],
        code=code("understudy.cli.boundary_score"),
    message:
        "Score the laws of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-score {input.evaluated} --zone {input.zone} {params.zones}"
        " --training {input.training} --first {params.first} --reference {input.reference}"
        " {params.runs} --name {wildcards.boundary} --out {output} > {log} 2>&1"


rule boundary_changes:
    input:
        histories=unseen_runs,
        zone=zone_of(),
        changed=changed_zones,
        changed_runs=changed_runs,
    output:
        "<results>/{study}/boundary/{boundary}/changes.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/changes.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/changes.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        zones=lambda wildcards: flag("--changed", changed_words("zones")(wildcards)),
        runs=lambda wildcards: flag(
            "--changed-reference", changed_words("runs")(wildcards)
        ),
        loads=lambda wildcards: boundary(wildcards)["runs"]["variant"],
        code=code("understudy.cli.boundary_changes"),
    message:
        "Drive changed zones of {wildcards.boundary} by exact histories"
    shell:
        "python -m understudy boundary-changes --histories {input.histories} --zone {input.zone}"
        " {params.zones} {params.runs} --loads {params.loads}"
        " --prefix boundary.{wildcards.boundary}.changes --out {output} > {log} 2>&1"


rule boundary_coverage:
    input:
        histories=unseen_runs,
        zone=zone_of(),
    output:
        "<results>/{study}/boundary/{boundary}/coverage/{repeat}.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/coverage-{repeat}.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/coverage-{repeat}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(boundary(wildcards)["coverage"]["law"]),
        size=lambda wildcards: boundary(wildcards)["coverage"]["size"],
        first=lambda wildcards: int(wildcards.repeat),
        draws=lambda wildcards: boundary(wildcards)["coverage"]["draws"],
        code=code("understudy.cli.boundary_coverage"),
    message:
        "Small study {wildcards.repeat} of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-coverage {input.histories} --zone {input.zone}"
        " --spec {params.spec:q} --size {params.size} --first {params.first} --count 1"
        " --draws {params.draws} --out {output} > {log} 2>&1"


rule boundary_conditional:
    input:
        histories=training_runs,
        validation=validation_runs,
        reference=reference_runs,
        zone=zone_of(),
    output:
        "<results>/{study}/boundary/{boundary}/conditional.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/conditional.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/conditional.tsv"
    priority: 10
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(boundary(wildcards)["law"] | {"groups": 0}),
        boxes=lambda wildcards: as_json(
            {
                "by_name": {
                    name: {"ranges": ranges}
                    for name, ranges in boundary(wildcards)["conditional"][
                        "boxes"
                    ].items()
                }
            }
        ),
        tests=lambda wildcards: boundary(wildcards)["conditional"]["tests"],
        first=lambda wildcards: boundary(wildcards)["training"],
        seed=lambda wildcards: STUDIES[wildcards.study]["seed"],
        code=code("understudy.cli.boundary_conditional"),
    message:
        "Inputs left out of the law of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-conditional {input.histories} --zone {input.zone}"
        " --validation {input.validation} --reference {input.reference} --spec {params.spec:q}"
        " --boxes {params.boxes:q} --first {params.first} --tests {params.tests} --seed {params.seed}"
        " --prefix boundary.{wildcards.boundary}.conditional --out {output} > {log} 2>&1"


rule boundary_rare:
    input:
        law=first_law,
        zone=zone_of(),
        reference=reference_runs,
    output:
        "<results>/{study}/boundary/{boundary}/rare.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/rare.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/rare.tsv"
    priority: 10
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(boundary(wildcards)["rare"]),
        seed=lambda wildcards: STUDIES[wildcards.study]["seed"],
        code=code("understudy.cli.boundary_rare"),
    message:
        "Rare events of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-rare {input.law} --zone {input.zone}"
        " --reference {input.reference} --spec {params.spec:q} --seed {params.seed}"
        " --prefix boundary.{wildcards.boundary}.rare --out {output} > {log} 2>&1"


rule boundary_coverage_score:
    input:
        sets=coverage_parts,
        reference=reference_runs,
    output:
        "<results>/{study}/boundary/{boundary}/coverage.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/coverage_score.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/coverage_score.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        sets=lambda wildcards, input: flag("--sets", input.sets),
        code=code("understudy.cli.boundary_coverage_score"),
    message:
        "Count the intervals of {wildcards.boundary} that hold"
    shell:
        "python -m understudy boundary-coverage-score --reference {input.reference} {params.sets}"
        " --prefix boundary.{wildcards.boundary} --out {output} > {log} 2>&1"


rule boundary_figures:
    input:
        law=first_law,
        evaluated=evaluated_laws,
        zone=zone_of(),
        training=training_runs,
        unseen=unseen_runs,
        reference=reference_runs,
        metrics="<results>/{study}/boundary/{boundary}/metrics.json",
        changes="<results>/{study}/boundary/{boundary}/changes.json",
        sets=coverage_parts,
        rare="<results>/{study}/boundary/{boundary}/rare.json",
    output:
        directory("<results>/{study}/boundary/{boundary}/figures"),
    log:
        "<results>/{study}/logs/boundary/{boundary}/figures.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/figures.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        first=lambda wildcards: boundary(wildcards)["training"],
        sets=lambda wildcards, input: flag("--sets", input.sets),
        seed=lambda wildcards: STUDIES[wildcards.study]["seed"],
        code=code("understudy.cli.boundary_figures"),
    message:
        "Draw the pictures of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-figures --law {input.law} --evaluated {input.evaluated}"
        " --zone {input.zone} --training {input.training} --first {params.first}"
        " --unseen {input.unseen} --reference {input.reference} --metrics {input.metrics}"
        " --changes {input.changes} {params.sets} --rare {input.rare} --seed {params.seed}"
        " --prefix boundary.{wildcards.boundary} --out {output} > {log} 2>&1"


rule boundary_section:
    input:
        evaluated=evaluated_laws,
        fits=fit_benchmarks,
        runs=lambda wildcards: unseen_runs(wildcards)[:1],
        metrics="<results>/{study}/boundary/{boundary}/metrics.json",
        changes="<results>/{study}/boundary/{boundary}/changes.json",
        conditional="<results>/{study}/boundary/{boundary}/conditional.json",
        coverage="<results>/{study}/boundary/{boundary}/coverage.json",
        rare="<results>/{study}/boundary/{boundary}/rare.json",
        plastic=plastic_scores,
        figures="<results>/{study}/boundary/{boundary}/figures",
    output:
        section="<results>/{study}/boundary/{boundary}/section.json",
        timings="<results>/{study}/boundary/{boundary}/timings.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/section.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/section.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        training=lambda wildcards: boundary(wildcards)["training"],
        plastic=lambda wildcards: "--plastic" if plastic_scores(wildcards) else "",
        code=code("understudy.cli.boundary_section"),
    message:
        "Write the section of {wildcards.boundary}"
    shell:
        "python -m understudy boundary-section --metrics {input.metrics} --changes {input.changes}"
        " --conditional {input.conditional} --coverage {input.coverage} --rare {input.rare}"
        " {params.plastic} {input.plastic} --evaluated {input.evaluated} --fits {input.fits} --runs {input.runs}"
        " --training {params.training} --figures {input.figures}"
        " --prefix boundary.{wildcards.boundary} --out {output.section} --timings {output.timings}"
        " > {log} 2>&1"


rule impact_plastic:
    output:
        "<results>/{study}/boundary/{boundary}/plastic_truth.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/plastic_truth.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/plastic_truth.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        plate=lambda wildcards: as_json(boundary(wildcards)["plate"]),
        material=lambda wildcards: as_json(plastic_material(wildcards)),
        seed=lambda wildcards: boundary(wildcards)["seed"],
        first=FIRST["reference"],
        size=lambda wildcards: boundary(wildcards)["plastic"]["runs"],
        code=code("understudy.cli.impact_plastic"),
    message:
        "Hit {wildcards.boundary}, whose zone may yield"
    shell:
        "python -m understudy impact-plastic --settings {params.plate:q}"
        " --material {params.material:q} --seed {params.seed} --first {params.first}"
        " --count {params.size} --out {output} > {log} 2>&1"


rule boundary_plastic:
    input:
        histories=unseen_runs,
        zone=zone_of(),
        truth="<results>/{study}/boundary/{boundary}/plastic_truth.json",
    output:
        "<results>/{study}/boundary/{boundary}/plastic.json",
    log:
        "<results>/{study}/logs/boundary/{boundary}/plastic.log",
    benchmark:
        "<results>/{study}/benchmarks/boundary/{boundary}/plastic.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        material=lambda wildcards: as_json(plastic_material(wildcards)),
        code=code("understudy.cli.boundary_plastic"),
    message:
        "A zone of {wildcards.boundary} that yields"
    shell:
        "python -m understudy boundary-plastic --histories {input.histories} --zone {input.zone}"
        " --truth {input.truth} --material {params.material:q}"
        " --prefix boundary.{wildcards.boundary}.plastic --out {output} > {log} 2>&1"
