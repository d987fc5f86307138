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
        method="(?!shuffled_targets|authors_recipe)[a-z0-9_]+",
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
        code=code("understudy.cli.mmgp_figures"),
    message:
        "Draw the pictures of {wildcards.data}"
    shell:
        "python -m understudy mmgp-figures --data {input.data} --aligned {input.aligned}"
        " --model {input.model} --predictions {input.predictions} --metrics {input.metrics}"
        " --prefix mmgp.{wildcards.data} --out {output} > {log} 2>&1"


rule trust:
    input:
        data=data_file,
        model="<results>/{study}/mmgp/{data}/models/mmgp.h5",
        predictions="<results>/{study}/mmgp/{data}/predictions/mmgp.h5",
    output:
        "<results>/{study}/mmgp/{data}/trust.json",
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
        " --predictions {input.predictions} --prefix mmgp.{wildcards.data} --out {output}"
        " > {log} 2>&1"


rule mmgp_section:
    input:
        data=data_file,
        metrics="<results>/{study}/mmgp/{data}/metrics.json",
        trust="<results>/{study}/mmgp/{data}/trust.json",
        predictions="<results>/{study}/mmgp/{data}/predictions/mmgp.h5",
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
        code=code("understudy.cli.mmgp_section"),
    message:
        "Write the section of {wildcards.data}"
    shell:
        "python -m understudy mmgp-section --data {input.data} --metrics {input.metrics}"
        " --trust {input.trust} --predictions {input.predictions} --figures {input.figures}"
        " --prefix mmgp.{wildcards.data} --out {output.section} --timings {output.timings}"
        " > {log} 2>&1"
