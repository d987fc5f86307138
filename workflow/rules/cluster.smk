# The one rule that a launcher of MPI starts; asked for by name, never by a study. Profiles name the
# launcher of the site, say `set-resources: mpi_check: mpi: "srun --mpi=pmix"`.
rule mpi_check:
    output:
        "<results>/mpi_check.json",
    log:
        "<results>/logs/mpi_check.log",
    benchmark:
        "<results>/benchmarks/mpi_check.tsv"
    conda:
        "../../envs/fem.yaml"
    threads: 1
    resources:
        mem_mb=lambda wildcards, attempt: 1000 * attempt,
        runtime=lambda wildcards, attempt: 10 * attempt,
        mpi="mpirun",
        tasks=2,
    params:
        code=code("understudy.cli.mpi_check"),
    message:
        "Let {resources.tasks} processes find one another"
    shell:
        "{resources.mpi} -n {resources.tasks} python -m understudy mpi-check"
        " --processes {resources.tasks} --out {output} > {log} 2>&1"
