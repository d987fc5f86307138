rule chain_zones:
    output:
        "<results>/{study}/chain/{chain}/zones/{group}.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/zones-{group}.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/zones-{group}.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        holes=lambda wildcards: chain_holes(wildcards, wildcards.group),
        code=code("understudy.cli.chain_zones"),
    message:
        "Mesh zones of {wildcards.chain} with other holes: {wildcards.group}"
    shell:
        "python -m understudy chain-zones {params.holes} --out {output} > {log} 2>&1"


rule chain_direct:
    output:
        "<results>/{study}/chain/{chain}/direct/{place}.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/direct-{place}.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/direct-{place}.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        holes=lambda wildcards: chain_holes(wildcards, "check"),
        node=chain_node,
        seed=lambda wildcards: chain_plate(wildcards)["seed"],
        first=lambda wildcards: FIRST[
            (
                "train"
                if int(wildcards.place)
                < chain_block(wildcards)["zones"]["calibration"]
                else "reference"
            )
        ],
        runs=lambda wildcards: chain_block(wildcards)["runs"],
        code=code("understudy.cli.chain_direct"),
    message:
        "Hit the plate of {wildcards.chain} with hole {wildcards.place}"
    shell:
        "python -m understudy chain-direct {params.holes} --place {wildcards.place}"
        " --node {params.node} --run-seed {params.seed} --first {params.first} --runs {params.runs}"
        " --out {output} > {log} 2>&1"


rule chain_conditions:
    input:
        zone=of_plate(zone_of()),
        zones="<results>/{study}/chain/{chain}/zones/check.h5",
        training=of_plate(training_runs),
        unseen=of_plate(unseen_runs),
    output:
        "<results>/{study}/chain/{chain}/conditions.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/conditions.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/conditions.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        node=chain_node,
        calibration=lambda wildcards: chain_block(wildcards)["zones"]["calibration"],
        runs=lambda wildcards: chain_block(wildcards)["runs"],
        code=code("understudy.cli.chain_conditions"),
    message:
        "Drive zones of {wildcards.chain} by histories of runs"
    shell:
        "python -m understudy chain-conditions --zone {input.zone} --zones {input.zones}"
        " --training {input.training} --unseen {input.unseen} --calibration {params.calibration}"
        " --runs {params.runs} --node {params.node} --out {output} > {log} 2>&1"


rule chain_responses:
    input:
        law=of_plate(first_law),
        zone=of_plate(zone_of()),
        zones="<results>/{study}/chain/{chain}/zones/{group}.h5",
    output:
        "<results>/{study}/chain/{chain}/responses/{group}.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/responses-{group}.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/responses-{group}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 8000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        morphing=lambda wildcards: as_json(chain_block(wildcards)["morphing"]),
        refinements=lambda wildcards: chain_block(wildcards)["refinements"],
        node=chain_node,
        draws=chain_draws,
        code=code("understudy.cli.chain_responses"),
    message:
        "Drive zones of {wildcards.chain} by all modes of the law: {wildcards.group}"
    shell:
        "python -m understudy chain-responses --law {input.law} --zone {input.zone}"
        " --zones {input.zones} --morphing {params.morphing:q} --refinements {params.refinements}"
        " --node {params.node} {params.draws} --out {output} > {log} 2>&1"


rule chain_fit:
    input:
        responses="<results>/{study}/chain/{chain}/responses/train.h5",
        law=of_plate(first_law),
    output:
        "<results>/{study}/chain/{chain}/model.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/fit.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/fit.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 8000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        zone=lambda wildcards: as_json(chain_block(wildcards)["zone"]),
        folds=lambda wildcards: chain_block(wildcards)["folds"],
        draws=chain_draws,
        code=code("understudy.cli.chain_fit"),
    message:
        "Learn the zone of {wildcards.chain} over holes"
    shell:
        "python -m understudy chain-fit --responses {input.responses} --law {input.law}"
        " --spec {params.zone:q} --folds {params.folds} {params.draws} --out {output} > {log} 2>&1"


rule chain_equipment:
    input:
        network=chain_reader,
    output:
        "<results>/{study}/chain/{chain}/equipment.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/equipment.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/equipment.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        equipment=lambda wildcards: as_json(chain_block(wildcards)["equipment"]),
        guess=lambda wildcards: chain_block(wildcards)["guess"],
        network=lambda wildcards, input: " ".join(
            f"--network {path}" for path in input.network
        ),
        seed=lambda wildcards: STUDIES[wildcards.study]["seed"],
        code=code("understudy.cli.chain_equipment"),
    message:
        "Read the equation of the equipment of {wildcards.chain}"
    shell:
        "python -m understudy chain-equipment --equipment {params.equipment:q}"
        " --guess {params.guess:q} {params.network} --seed {params.seed} --out {output} > {log} 2>&1"


rule chain_evaluate:
    input:
        law=of_plate(first_law),
        model="<results>/{study}/chain/{chain}/model.h5",
        zones="<results>/{study}/chain/{chain}/zones/{group}.h5",
        identified="<results>/{study}/chain/{chain}/equipment.h5",
    output:
        "<results>/{study}/chain/{chain}/demands/{group}.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/evaluate-{group}.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/evaluate-{group}.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 6000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        equipment=lambda wildcards: as_json(chain_block(wildcards)["equipment"]),
        draws=chain_draws,
        posterior=lambda wildcards: chain_block(wildcards)["histories"]["posterior"],
        code=code("understudy.cli.chain_evaluate"),
    message:
        "Ask the chain of {wildcards.chain} about holes: {wildcards.group}"
    shell:
        "python -m understudy chain-evaluate --law {input.law} --model {input.model}"
        " --zones {input.zones} --equipment {params.equipment:q} --identified {input.identified}"
        " --posterior {params.posterior} {params.draws} --out {output} > {log} 2>&1"


rule chain_map:
    input:
        law=of_plate(first_law),
        model="<results>/{study}/chain/{chain}/model.h5",
        demands="<results>/{study}/chain/{chain}/demands/map.h5",
        responses="<results>/{study}/chain/{chain}/responses/check.h5",
        conditions="<results>/{study}/chain/{chain}/conditions.h5",
        direct=chain_calibration_files,
    output:
        "<results>/{study}/chain/{chain}/maps.h5",
    log:
        "<results>/{study}/logs/chain/{chain}/map.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/map.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 6000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        equipment=lambda wildcards: as_json(chain_block(wildcards)["equipment"]),
        family=lambda wildcards: as_json(chain_block(wildcards)["family"]),
        network=lambda wildcards: as_json(chain_block(wildcards)["network"]),
        limit=lambda wildcards: chain_block(wildcards)["limit"],
        draws=chain_draws,
        code=code("understudy.cli.chain_map"),
    message:
        "Map the failures of {wildcards.chain} by certified networks"
    shell:
        "python -m understudy chain-map --law {input.law} --model {input.model}"
        " --demands {input.demands} --responses {input.responses} --conditions {input.conditions}"
        " --direct {input.direct} --equipment {params.equipment:q} --family {params.family:q}"
        " --spec {params.network:q} --limit {params.limit} {params.draws} --out {output}"
        " > {log} 2>&1"


rule chain_score:
    input:
        law=of_plate(first_law),
        model="<results>/{study}/chain/{chain}/model.h5",
        maps="<results>/{study}/chain/{chain}/maps.h5",
        demands="<results>/{study}/chain/{chain}/demands/check.h5",
        training="<results>/{study}/chain/{chain}/responses/train.h5",
        responses="<results>/{study}/chain/{chain}/responses/check.h5",
        conditions="<results>/{study}/chain/{chain}/conditions.h5",
        identified="<results>/{study}/chain/{chain}/equipment.h5",
        direct=chain_direct_files,
    output:
        results="<results>/{study}/chain/{chain}/results.json",
        metrics="<results>/{study}/chain/{chain}/metrics.json",
    log:
        "<results>/{study}/logs/chain/{chain}/score.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/score.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 8000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        equipment=lambda wildcards: as_json(chain_block(wildcards)["equipment"]),
        rival=lambda wildcards: as_json(chain_block(wildcards)["rival"]),
        limit=lambda wildcards: chain_block(wildcards)["limit"],
        zones=lambda wildcards: chain_block(wildcards)["zones"],
        draws=chain_draws,
        code=code("understudy.cli.chain_score"),
    message:
        "Check {wildcards.chain} against full runs"
    shell:
        "python -m understudy chain-score --law {input.law} --model {input.model}"
        " --maps {input.maps} --demands {input.demands} --training {input.training}"
        " --responses {input.responses} --conditions {input.conditions} --direct {input.direct}"
        " --equipment {params.equipment:q} --identified {input.identified} --rival {params.rival:q}"
        " --limit {params.limit} --calibration {params.zones[calibration]}"
        " --wanted {params.zones[wanted]} {params.draws} --prefix chain.{wildcards.chain}"
        " --out {output.results} --metrics {output.metrics} > {log} 2>&1"


rule chain_report:
    input:
        results="<results>/{study}/chain/{chain}/results.json",
        maps="<results>/{study}/chain/{chain}/maps.h5",
        metrics="<results>/{study}/chain/{chain}/metrics.json",
    output:
        section="<results>/{study}/chain/{chain}/section.json",
        timings="<results>/{study}/chain/{chain}/timings.json",
        figures=directory("<results>/{study}/chain/{chain}/figures"),
    log:
        "<results>/{study}/logs/chain/{chain}/report.log",
    benchmark:
        "<results>/{study}/benchmarks/chain/{chain}/report.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 20 * attempt,
    params:
        code=code("understudy.cli.chain_report"),
    message:
        "Put tables and pictures of {wildcards.chain} together"
    shell:
        "python -m understudy chain-report --results {input.results} --maps {input.maps}"
        " --metrics {input.metrics} --figures {output.figures} --out {output.section}"
        " --timings {output.timings} --name {wildcards.chain} > {log} 2>&1"
