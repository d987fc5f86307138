rule morph:
    input:
        data_file,
    output:
        "<results>/{study}/mmgp/{data}/aligned.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/morph.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/morph.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        morphing=lambda wildcards: as_json(mmgp(wildcards)["morphing"]),
        refinements=lambda wildcards: mmgp(wildcards)["refinements"],
        fields=lambda wildcards: mmgp(wildcards)["fields"],
        code=code("understudy.cli.morph"),
    message:
        "Carry the training samples of {wildcards.data} to a reference mesh"
    shell:
        "python -m understudy morph --data {input} --morphing {params.morphing:q}"
        " --refinements {params.refinements} --fields {params.fields} --out {output}"
        " > {log} 2>&1"


rule mmgp_fit:
    input:
        "<results>/{study}/mmgp/{data}/aligned.h5",
    output:
        "<results>/{study}/mmgp/{data}/models/mmgp.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/mmgp_fit.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/mmgp_fit.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(mmgp(wildcards)["spec"]),
        code=code("understudy.cli.mmgp_fit"),
    message:
        "Train MMGP on {wildcards.data}"
    shell:
        "python -m understudy mmgp-fit {input} --spec {params.spec:q} --workers {threads}"
        " --out {output} > {log} 2>&1"


rule mmgp_fit_shuffled:
    input:
        "<results>/{study}/mmgp/{data}/aligned.h5",
    output:
        "<results>/{study}/mmgp/{data}/models/baseline_shuffled_targets.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/mmgp_fit_shuffled.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/mmgp_fit_shuffled.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 2
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        spec=lambda wildcards: as_json(mmgp(wildcards)["spec"]),
        seed=lambda wildcards: STUDIES[wildcards.study]["seed"],
        code=code("understudy.cli.mmgp_fit"),
    message:
        "Negative control: train MMGP on shuffled targets of {wildcards.data}"
    shell:
        "python -m understudy mmgp-fit {input} --spec {params.spec:q} --workers {threads}"
        " --shuffle-seed {params.seed} --out {output} > {log} 2>&1"


rule baseline_fit:
    input:
        "<results>/{study}/mmgp/{data}/aligned.h5",
    output:
        "<results>/{study}/mmgp/{data}/models/baseline_{method}.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/baseline_fit-{method}.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/baseline_fit-{method}.tsv"
    wildcard_constraints:
        method="(?!shuffled_targets|authors_recipe|coarse_fem)[a-z0-9_]+",
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        rank=lambda wildcards: mmgp(wildcards)["spec"]["shape_basis"]["rank"],
        code=code("understudy.cli.baseline_fit"),
    message:
        "Fit the baseline {wildcards.method} on {wildcards.data}"
    shell:
        "python -m understudy baseline-fit --name {wildcards.method} --aligned {input}"
        " --shape-rank {params.rank} --out {output} > {log} 2>&1"


rule authors_fit:
    input:
        data_file,
    output:
        "<results>/{study}/mmgp/{data}/models/baseline_authors_recipe.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/authors_fit.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/authors_fit.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 60 * attempt,
    params:
        fields=plain_fields,
        code=code("understudy.cli.authors_fit"),
    message:
        "Train by the authors' recipe on {wildcards.data}"
    shell:
        "python -m understudy authors-fit --data {input} --fields {params.fields}"
        " --out {output} > {log} 2>&1"


rule predict:
    input:
        model="<results>/{study}/mmgp/{data}/models/{method}.h5",
        data=data_file,
    output:
        "<results>/{study}/mmgp/{data}/predictions/{method}.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/predict-{method}.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/predict-{method}.tsv"
    wildcard_constraints:
        method="(?!baseline_coarse_fem)[a-z0-9_]+",
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        code=code("understudy.cli.evaluate"),
    message:
        "Predict the test set of {wildcards.data} with {wildcards.method}"
    shell:
        "python -m understudy evaluate --model {input.model} --data {input.data}"
        " --out {output} > {log} 2>&1"


rule score:
    input:
        data=data_file,
        predictions=predictions,
    output:
        "<results>/{study}/mmgp/{data}/metrics.json",
    log:
        "<results>/{study}/logs/mmgp/{data}/score.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/score.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        code=code("understudy.cli.score"),
    message:
        "Score the methods on {wildcards.data}"
    shell:
        "python -m understudy score --data {input.data} --predictions {input.predictions}"
        " --prefix mmgp.{wildcards.data} --out {output} > {log} 2>&1"


rule figures:
    input:
        data=data_file,
        aligned="<results>/{study}/mmgp/{data}/aligned.h5",
        model="<results>/{study}/mmgp/{data}/models/mmgp.h5",
        predictions="<results>/{study}/mmgp/{data}/predictions/mmgp.h5",
        metrics="<results>/{study}/mmgp/{data}/metrics.json",
        learning=curves,
    output:
        directory("<results>/{study}/mmgp/{data}/figures"),
    log:
        "<results>/{study}/logs/mmgp/{data}/figures.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/figures.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        learning=lambda wildcards, input: flag("--learning", input.learning),
        turns=importlib.util.find_spec("trame_vtk") is not None,
        code=code("understudy.cli.mmgp_figures"),
    message:
        "Draw the pictures of {wildcards.data}"
    shell:
        "python -m understudy mmgp-figures --data {input.data} --aligned {input.aligned}"
        " --model {input.model} --predictions {input.predictions} --metrics {input.metrics}"
        " {params.learning} --prefix mmgp.{wildcards.data} --out {output} > {log} 2>&1"


rule trust:
    input:
        data=data_file,
        model="<results>/{study}/mmgp/{data}/models/mmgp.h5",
        predictions="<results>/{study}/mmgp/{data}/predictions/mmgp.h5",
    output:
        trust="<results>/{study}/mmgp/{data}/trust.json",
        decisions="<results>/{study}/mmgp/{data}/decisions.json",
    log:
        "<results>/{study}/logs/mmgp/{data}/trust.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/trust.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        code=code("understudy.cli.mmgp_trust"),
    message:
        "Look for strange samples and the error's parts of {wildcards.data}"
    shell:
        "python -m understudy mmgp-trust --data {input.data} --model {input.model}"
        " --predictions {input.predictions} --prefix mmgp.{wildcards.data} --out {output.trust}"
        " --decisions {output.decisions} > {log} 2>&1"


checkpoint triage:
    input:
        design=design_file,
        decisions="<results>/{study}/mmgp/{data}/decisions.json",
    output:
        "<results>/{study}/mmgp/{data}/refused.json",
    log:
        "<results>/{study}/logs/mmgp/{data}/triage.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/triage.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 5 * attempt,
    params:
        forced=lambda wildcards: mmgp(wildcards)["forced_refusals"],
        code=code("understudy.cli.triage"),
    message:
        "List the designs of {wildcards.data} that the surrogate refused"
    shell:
        "python -m understudy triage --design {input.design} --decisions {input.decisions}"
        " --forced {params.forced} --out {output} > {log} 2>&1"


rule simulate_refused:
    input:
        "<results>/{study}/mmgp/{data}/refused.json",
    output:
        "<results>/{study}/mmgp/{data}/refused/{batch}.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/simulate_refused-{batch}.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/simulate_refused-{batch}.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        batch=lambda wildcards: int(wildcards.batch),
        size=lambda wildcards: data_block(wildcards)["batch"],
        code=lambda wildcards: data_code(data_block(wildcards)),
    message:
        "Simulate batch {wildcards.batch} of what was refused of {wildcards.data}"
    shell:
        "python -m understudy simulate --design {input} --batch {params.batch}"
        " --size {params.size} --out {output} > {log} 2>&1"


rule predict_imported:
    input:
        model="<results>/{study}/mmgp/{data}/models/mmgp.h5",
        table=imported_table,
        meshes=imported_meshes,
    output:
        directory("<results>/{study}/mmgp/{data}/imported"),
    log:
        "<results>/{study}/logs/mmgp/{data}/predict_imported.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/predict_imported.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        code=code("understudy.cli.mmgp_predict"),
    message:
        "Predict imported meshes with the surrogate of {wildcards.data}"
    shell:
        "python -m understudy mmgp-predict {input.model} {input.table:q} --out {output}"
        " > {log} 2>&1"


rule answers:
    input:
        data=data_file,
        decisions="<results>/{study}/mmgp/{data}/decisions.json",
        refused="<results>/{study}/mmgp/{data}/refused.json",
        simulated=refused_batches,
        imported=imported_answers,
    output:
        numbers="<results>/{study}/mmgp/{data}/answers.json",
        table="<results>/{study}/mmgp/{data}/refusals.json",
    log:
        "<results>/{study}/logs/mmgp/{data}/answers.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/answers.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        simulated=lambda wildcards, input: flag("--simulated", input.simulated),
        imported=lambda wildcards, input: flag(
            "--imported", [f"{path}/scalars.csv" for path in input.imported]
        ),
        code=code("understudy.cli.mmgp_answers"),
    message:
        "Count who answered what of {wildcards.data}"
    shell:
        "python -m understudy mmgp-answers --data {input.data} --decisions {input.decisions}"
        " --refused {input.refused} {params.simulated} {params.imported}"
        " --prefix mmgp.{wildcards.data} --out {output.numbers} --table {output.table}"
        " > {log} 2>&1"


rule coarse_design:
    input:
        design_file,
    output:
        "<results>/{study}/mmgp/{data}/coarse/design.json",
    log:
        "<results>/{study}/logs/mmgp/{data}/coarse_design.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/coarse_design.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 500 * attempt,
        runtime=lambda wildcards, attempt: 5 * attempt,
    params:
        factor=lambda wildcards: mmgp(wildcards)["coarse_fem"],
        code=code("understudy.cli.coarse_design"),
    message:
        "Write the test designs of {wildcards.data} on coarse meshes"
    shell:
        "python -m understudy coarse-design --design {input} --set test"
        " --mesh-factor {params.factor} --out {output} > {log} 2>&1"


rule simulate_coarse:
    input:
        "<results>/{study}/mmgp/{data}/coarse/design.json",
    output:
        "<results>/{study}/mmgp/{data}/coarse/samples.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/simulate_coarse.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/simulate_coarse.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1500 * attempt,
        runtime=lambda wildcards, attempt: 30 * attempt,
    params:
        size=lambda wildcards: data_block(wildcards)["test"],
        code=lambda wildcards: data_code(data_block(wildcards)),
    message:
        "Simulate the test set of {wildcards.data} on coarse meshes"
    shell:
        "python -m understudy simulate --design {input} --batch 0 --size {params.size}"
        " --out {output} > {log} 2>&1"


rule coarse_predict:
    input:
        data=data_file,
        coarse="<results>/{study}/mmgp/{data}/coarse/samples.h5",
    output:
        "<results>/{study}/mmgp/{data}/predictions/baseline_coarse_fem.h5",
    log:
        "<results>/{study}/logs/mmgp/{data}/coarse_predict.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/coarse_predict.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        fields=plain_fields,
        code=code("understudy.cli.coarse_predict"),
    message:
        "Carry coarse solutions of {wildcards.data} to the meshes of the test set"
    shell:
        "python -m understudy coarse-predict --data {input.data} --coarse {input.coarse}"
        " --fields {params.fields} --out {output} > {log} 2>&1"


rule learning:
    input:
        data=data_file,
        aligned="<results>/{study}/mmgp/{data}/aligned.h5",
    output:
        "<results>/{study}/mmgp/{data}/learning-{strategy}.json",
    log:
        "<results>/{study}/logs/mmgp/{data}/learning-{strategy}.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/learning-{strategy}.tsv"
    wildcard_constraints:
        strategy="sobol|active",
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 120 * attempt,
    params:
        spec=lambda wildcards: as_json(mmgp(wildcards)["spec"]),
        sizes=lambda wildcards: mmgp(wildcards)["learning"][wildcards.strategy],
        active=lambda wildcards: "--active" if wildcards.strategy == "active" else "",
        code=code("understudy.cli.mmgp_learning"),
    message:
        "Learning curve of {wildcards.data}, {wildcards.strategy}"
    shell:
        "python -m understudy mmgp-learning --data {input.data} --aligned {input.aligned}"
        " --spec {params.spec:q} --sizes {params.sizes} {params.active}"
        " --prefix mmgp.{wildcards.data} --out {output} > {log} 2>&1"


rule mmgp_section:
    input:
        data=data_file,
        metrics="<results>/{study}/mmgp/{data}/metrics.json",
        trust="<results>/{study}/mmgp/{data}/trust.json",
        answers="<results>/{study}/mmgp/{data}/answers.json",
        refusals="<results>/{study}/mmgp/{data}/refusals.json",
        predictions="<results>/{study}/mmgp/{data}/predictions/mmgp.h5",
        coarse=coarse,
        learning=curves,
        figures="<results>/{study}/mmgp/{data}/figures",
    output:
        section="<results>/{study}/mmgp/{data}/section.json",
        timings="<results>/{study}/mmgp/{data}/timings.json",
    log:
        "<results>/{study}/logs/mmgp/{data}/section.log",
    benchmark:
        "<results>/{study}/benchmarks/mmgp/{data}/section.tsv"
    conda:
        "../../envs/ml.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
    params:
        coarse=lambda wildcards, input: flag("--coarse", input.coarse),
        learning=lambda wildcards, input: flag("--learning", input.learning),
        code=code("understudy.cli.mmgp_section"),
    message:
        "Write the section of {wildcards.data}"
    shell:
        "python -m understudy mmgp-section --data {input.data} --metrics {input.metrics}"
        " --trust {input.trust} --answers {input.answers} --refusals {input.refusals}"
        " --predictions {input.predictions} --figures {input.figures} {params.coarse}"
        " {params.learning}"
        " --prefix mmgp.{wildcards.data} --out {output.section} --timings {output.timings}"
        " > {log} 2>&1"
