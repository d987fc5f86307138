def settings(wildcards):
    return DATA_SETS[wildcards.data_set]


def as_json(value):
    return json.dumps(value, sort_keys=True)


def batches(wildcards):
    block = settings(wildcards)
    shifted = block["shifted"]["each"] * len(block["shifted"]["kinds"])
    size = block["train"] + block["test"] + shifted + 5 * block["remeshed"]
    count = -(-size // block["batch"])
    return [
        f"data/generated/{wildcards.data_set}/batches/{i:04d}.h5" for i in range(count)
    ]


def mmgp(wildcards):
    return STUDIES[wildcards.study]["mmgp"][wildcards.data]


def methods_of(study, data):
    block = STUDIES[study]["mmgp"][data]
    control = ["baseline_shuffled_targets"] if block["shuffled_targets"] else []
    control += ["baseline_authors_recipe"] if block["authors_recipe"] else []
    control += ["baseline_coarse_fem"] if block["coarse_fem"] else []
    return ["mmgp", *(f"baseline_{name}" for name in block["baselines"]), *control]


def methods(wildcards):
    return methods_of(wildcards.study, wildcards.data)


def flag(name, values):
    """A flag with its values, or nothing."""
    return f"{name} {' '.join(map(str, values))}" if values else ""


def coarse(wildcards):
    base = f"<results>/{wildcards.study}/mmgp/{wildcards.data}"
    wanted = mmgp(wildcards)["coarse_fem"]
    return [f"{base}/predictions/baseline_coarse_fem.h5"] if wanted else []


def curves_of(study, data):
    sizes = STUDIES[study]["mmgp"][data]["learning"]
    base = f"<results>/{study}/mmgp/{data}"
    return [f"{base}/learning-{kind}.json" for kind, own in sizes.items() if own]


def curves(wildcards):
    return curves_of(wildcards.study, wildcards.data)


def all_curves(wildcards):
    return [
        path
        for data in STUDIES[wildcards.study]["mmgp"]
        for path in curves_of(wildcards.study, data)
    ]


def imported_table(wildcards):
    return ROOT / mmgp(wildcards)["imported"]


def imported_meshes(wildcards):
    """What the table names: a mesh that is absent is told before anything runs."""
    table = imported_table(wildcards)
    with table.open(newline="") as file:
        return [table.parent / row["mesh"] for row in csv.DictReader(file)]


def imported_answers(wildcards):
    wanted = mmgp(wildcards)["imported"]
    return (
        [f"<results>/{wildcards.study}/mmgp/{wildcards.data}/imported"]
        if wanted
        else []
    )


def refused_batches(wildcards):
    """Batches of simulations of what was refused: how many, only the checkpoint tells."""
    with checkpoints.triage.get(**wildcards).output[0].open() as file:
        count = len(json.load(file)["samples"])
    base = f"<results>/{wildcards.study}/mmgp/{wildcards.data}/refused"
    size = data_block(wildcards)["batch"]
    return [f"{base}/{i:04d}.h5" for i in range(-(-count // size))]


def plain_fields(wildcards):
    """Fields that are learned as they are: not those that only feed a closure."""
    block = mmgp(wildcards)
    feeding = (block["spec"]["closure"] or {"strain": []})["strain"]
    return [field for field in block["fields"] if field not in feeding]


def predictions(wildcards):
    return [
        f"<results>/{wildcards.study}/mmgp/{wildcards.data}/predictions/{method}.h5"
        for method in methods(wildcards)
    ]


def parts(*names, laws=(), equations=()):
    """Files of all surrogates of a study, of its laws of boundary histories, of its equations."""

    def files(wildcards):
        study, base = STUDIES[wildcards.study], f"<results>/{wildcards.study}"
        kinds = {
            "mmgp": names,
            "boundary": laws,
            "prose": equations,
            "evolution": equations,
            "convex": equations,
            "chain": equations,
        }
        return [
            f"{base}/{kind}/{item}/{name}"
            for kind, own in kinds.items()
            for item in study[kind]
            for name in own
        ]

    return files


def prose_block(wildcards):
    return STUDIES[wildcards.study]["prose"][wildcards.prose]


PROSE_RIVALS = ["deeponet", "fno"]


def prose_models(wildcards):
    base = f"<results>/{wildcards.study}/prose/{wildcards.prose}/models"
    return [f"{base}/{seed}.safetensors" for seed in prose_block(wildcards)["seeds"]]


def prose_adapted(wildcards):
    """Of the first network, where the study asks for it."""
    block = prose_block(wildcards)
    base = f"<results>/{wildcards.study}/prose/{wildcards.prose}/adapted"
    return [f"{base}/{block['seeds'][0]}.json"] if block["adaptation"] else []


def prose_evaluated(wildcards):
    block = prose_block(wildcards)
    base = f"<results>/{wildcards.study}/prose/{wildcards.prose}/evaluated"
    return [
        f"{base}/{split}-{seed}.json"
        for split in block["splits"]
        for seed in block["seeds"]
    ]


def evolution_block(wildcards):
    return STUDIES[wildcards.study]["evolution"][wildcards.evolution]


def evolution_recipe(wildcards):
    """Of the network whose equations are refined, or of a rival."""
    block = evolution_block(wildcards)
    own = wildcards.network == "head"
    return block["recipe"] if own else block["rivals"][wildcards.network]


def evolution_sets(wildcards):
    known = STUDIES[wildcards.study]["data_sets"]
    return [
        f"data/generated/{data_set(known[name])}/data_set.h5"
        for name in evolution_block(wildcards)["data_sets"]
    ]


def evolution_rivals(wildcards):
    base = f"<results>/{wildcards.study}/evolution/{wildcards.evolution}/models"
    rivals = evolution_block(wildcards)["rivals"]
    return [f"{base}/{name}-{wildcards.seed}.safetensors" for name in rivals]


def evolution_heads(wildcards):
    base = f"<results>/{wildcards.study}/evolution/{wildcards.evolution}/models"
    seeds = evolution_block(wildcards)["seeds"]
    return [f"{base}/head-{seed}.safetensors" for seed in seeds]


def evolution_evaluated(wildcards):
    block = evolution_block(wildcards)
    base = f"<results>/{wildcards.study}/evolution/{wildcards.evolution}/evaluated"
    return [
        f"{base}/{split}-{seed}.json"
        for split in block["splits"]
        for seed in block["seeds"]
    ]


def convex_block(wildcards):
    return STUDIES[wildcards.study]["convex"][wildcards.convex]


def convex_aligned(wildcards):
    """Samples on their reference, for a quantity of a surrogate's."""
    data = convex_block(wildcards)["quantities"][wildcards.quantity]["data"]
    known = data in STUDIES[wildcards.study]["mmgp"]
    return [f"<results>/{wildcards.study}/mmgp/{data}/aligned.h5"] if known else []


def convex_runs(wildcards):
    """Runs whose stresses were kept, for a quantity of impacts."""
    data = convex_block(wildcards)["quantities"][wildcards.quantity]["data"]
    block = STUDIES[wildcards.study]["boundary"].get(data)
    if block is None:
        return []
    return runs_of(
        block, None, "histories", FIRST["reference"], block["runs"]["histories"]
    )


def convex_cases(wildcards):
    base = f"<results>/{wildcards.study}/convex/{wildcards.convex}/cases"
    return [f"{base}/{case}.json" for case in convex_block(wildcards)["cases"]]


def convex_quantities(wildcards):
    base = f"<results>/{wildcards.study}/convex/{wildcards.convex}/quantities"
    return [f"{base}/{name}.json" for name in convex_block(wildcards)["quantities"]]


def convex_robust(wildcards):
    base = f"<results>/{wildcards.study}/convex/{wildcards.convex}/robust"
    return [f"{base}/{name}.json" for name in convex_block(wildcards)["robust"]]


def convex_models(wildcards):
    base = f"<results>/{wildcards.study}/convex/{wildcards.convex}/models"
    return [f"{base}/{name}.h5" for name in convex_block(wildcards)["quantities"]]


def convex_benchmarks(wildcards):
    base = f"<results>/{wildcards.study}/benchmarks/convex"
    return [
        f"{base}/{item}/{job}.tsv"
        for item, block in STUDIES[wildcards.study]["convex"].items()
        for job in (
            *(f"case-{case}" for case in block["cases"]),
            *(f"quantity-{name}" for name in block["quantities"]),
            *(f"robust-{name}" for name in block["robust"]),
            "report",
        )
    ]


def evolution_benchmarks(wildcards):
    base = f"<results>/{wildcards.study}/benchmarks/evolution"
    return [
        f"{base}/{item}/{job}.tsv"
        for item, block in STUDIES[wildcards.study]["evolution"].items()
        for job in (
            *(
                f"train-{network}-{seed}"
                for network in ("head", *block["rivals"])
                for seed in block["seeds"]
            ),
            *(
                f"evaluate-{split}-{seed}"
                for split in block["splits"]
                for seed in block["seeds"]
            ),
            "report",
        )
    ]


def prose_benchmarks(wildcards):
    base = f"<results>/{wildcards.study}/benchmarks/prose"
    return [
        f"{base}/{item}/{job}.tsv"
        for item, block in STUDIES[wildcards.study]["prose"].items()
        for job in (
            *(f"train-{seed}" for seed in block["seeds"]),
            *(f"rival-{r}-{seed}" for r in PROSE_RIVALS for seed in block["seeds"]),
            *([f"adapt-{block['seeds'][0]}"] if block["adaptation"] else []),
            *(
                f"evaluate-{split}-{seed}"
                for split in block["splits"]
                for seed in block["seeds"]
            ),
            "report",
        )
    ]


def benchmarks(wildcards):
    base = f"<results>/{wildcards.study}/benchmarks/mmgp"
    fits = ["morph", "mmgp_fit"]
    return (
        [
            f"{base}/{data}/{job}.tsv"
            for data in STUDIES[wildcards.study]["mmgp"]
            for job in (
                *fits,
                *(
                    (
                        "coarse_predict"
                        if method == "baseline_coarse_fem"
                        else f"predict-{method}"
                    )
                    for method in methods_of(wildcards.study, data)
                ),
                "score",
                "trust",
                "answers",
            )
        ]
        + boundary_benchmarks(wildcards)
        + prose_benchmarks(wildcards)
        + evolution_benchmarks(wildcards)
        + convex_benchmarks(wildcards)
        + chain_benchmarks(wildcards)
    )


def chain_block(wildcards):
    return STUDIES[wildcards.study]["chain"][wildcards.chain]


def of_plate(files):
    """Files of the boundary item that a chain stands on."""

    def wanted(wildcards):
        item = chain_block(wildcards)["boundary"]
        return files(SimpleNamespace(study=wildcards.study, boundary=item))

    return wanted


def chain_plate(wildcards):
    return boundary(
        SimpleNamespace(
            study=wildcards.study, boundary=chain_block(wildcards)["boundary"]
        )
    )


def chain_holes(wildcards, group):
    """Words that draw the holes of a group: each has a seed of its own."""
    block = chain_block(wildcards)
    seed = STUDIES[wildcards.study]["seed"] + 1 + CHAIN_GROUPS.index(group)
    return (
        f"--settings {quote(as_json(chain_plate(wildcards)['plate']))}"
        f" --family {quote(as_json(block['family']))}"
        f" --count {block['zones'][group]} --seed {seed}"
    )


def chain_reader(wildcards):
    """The network that reads the equipment's free decay, if one is to."""
    block, study = chain_block(wildcards), STUDIES[wildcards.study]
    item = block["reader"]
    if item is None:
        return []
    seed = study["prose"][item]["seeds"][0]
    return [f"<results>/{wildcards.study}/prose/{item}/models/{seed}.safetensors"]


def chain_draws(wildcards):
    """Words that draw the histories of a chain, the same in all of its stages."""
    block = chain_block(wildcards)["histories"]
    seed = STUDIES[wildcards.study]["seed"]
    return f"--draws {block['draws']} --repeats {block['repeats']} --seed {seed}"


def chain_node(wildcards):
    return " ".join(map(str, chain_block(wildcards)["equipment"]["place"]))


def chain_direct_files(wildcards):
    base = f"<results>/{wildcards.study}/chain/{wildcards.chain}/direct"
    return [f"{base}/{k}.h5" for k in range(chain_block(wildcards)["zones"]["check"])]


def chain_calibration_files(wildcards):
    count = chain_block(wildcards)["zones"]["calibration"]
    return chain_direct_files(wildcards)[:count]


def chain_benchmarks(wildcards):
    base = f"<results>/{wildcards.study}/benchmarks/chain"
    return [
        f"{base}/{item}/{job}.tsv"
        for item, block in STUDIES[wildcards.study]["chain"].items()
        for job in (
            *(f"zones-{group}" for group in CHAIN_GROUPS),
            *(f"direct-{k}" for k in range(block["zones"]["check"])),
            *(f"responses-{group}" for group in ("train", "check")),
            *(f"evaluate-{group}" for group in ("map", "check")),
            *("conditions", "fit", "equipment", "map", "score", "report"),
        )
    ]


def boundary_benchmarks(wildcards):
    base = f"<results>/{wildcards.study}/benchmarks/boundary"
    jobs = "score changes conditional rare coverage_score figures".split()
    return [
        f"{base}/{item}/{job}.tsv"
        for item, block in STUDIES[wildcards.study]["boundary"].items()
        for job in (
            *(f"fit-{law}" for law in laws_of(block)),
            *(f"evaluate-{law}" for law in laws_of(block)),
            *(f"coverage-{k:02d}" for k in range(block["coverage"]["sets"])),
            *jobs,
        )
    ]


def workflow_digest():
    content = hashlib.sha256()
    for path in sorted(
        [ROOT / "Snakefile", *(ROOT / "workflow" / "rules").glob("*.smk")]
    ):
        content.update(path.read_bytes())
    return content.hexdigest()[:12]


MMGP_VERBS = "morph mmgp_fit baseline_fit authors_fit evaluate score mmgp_trust triage mmgp_answers mmgp_learning coarse_predict mmgp_figures mmgp_section".split()
BOUNDARY_VERBS = "impact_run impact_zone boundary_fit boundary_evaluate boundary_score boundary_changes boundary_coverage boundary_coverage_score boundary_conditional boundary_rare impact_plastic boundary_plastic boundary_figures boundary_section".split()
PROSE_VERBS = "prose_train prose_rival prose_adapt prose_evaluate prose_report".split()
EVOLUTION_VERBS = "evolution_train evolution_evaluate evolution_report".split()
CHAIN_GROUPS = ["train", "map", "check"]
CHAIN_VERBS = "chain_zones chain_direct chain_conditions chain_responses chain_fit chain_equipment chain_evaluate chain_map chain_score chain_report".split()
CONVEX_VERBS = "convex_case convex_quantity convex_robust convex_report".split()


def codes(wildcards):
    study = STUDIES[wildcards.study]
    verbs = ["report"]
    verbs += MMGP_VERBS if study["mmgp"] else []
    verbs += BOUNDARY_VERBS if study["boundary"] else []
    verbs += PROSE_VERBS if study["prose"] else []
    verbs += EVOLUTION_VERBS if study["evolution"] else []
    verbs += CONVEX_VERBS if study["convex"] else []
    verbs += CHAIN_VERBS if study["chain"] else []
    sets = {
        f"data set {name}": data_set(block)
        for name, block in study["data_sets"].items()
    }
    for name, block in study["boundary"].items():
        sets[f"data set {name}"] = impact_set(block)
        for variant in block["variants"]:
            sets[f"data set {name}_{variant}"] = impact_set(block, variant)
    return as_json(
        {verb: code(f"understudy.cli.{verb}") for verb in verbs}
        | sets
        | {"workflow": workflow_digest()}
    )


# Numbers of the runs of a plate, apart so that each kind can grow.
FIRST = {"train": 0, "validation": 1_000_000, "reference": 2_000_000}


def runs_of(block, variant, kept, first, count):
    """Files of the runs `first` to `first + count - 1`, whole batches."""
    folder = f"data/generated/{impact_set(block, variant)}"
    numbers = range(first, first + count, block["batch"])
    return [f"{folder}/{kept}-{number:07d}.h5" for number in numbers]


def boundary(wildcards):
    return STUDIES[wildcards.study]["boundary"][wildcards.boundary]


def zone_of(variant=None):
    def file(wildcards):
        return f"data/generated/{impact_set(boundary(wildcards), variant)}/zone.h5"

    return file


def training_runs(wildcards):
    block = boundary(wildcards)
    return runs_of(block, None, "histories", FIRST["train"], block["runs"]["train"])


def validation_runs(wildcards):
    block = boundary(wildcards)
    return runs_of(
        block, None, "histories", FIRST["validation"], block["runs"]["validation"]
    )


def unseen_runs(wildcards):
    """Runs of the reference whose histories are kept."""
    block = boundary(wildcards)
    return runs_of(
        block, None, "histories", FIRST["reference"], block["runs"]["histories"]
    )


def compared_runs(wildcards):
    """As many of these as laws learn from, and a batch in case some failed."""
    block = boundary(wildcards)
    wanted = 2 * block["training"] + block["batch"]
    return unseen_runs(wildcards)[: -(-wanted // block["batch"])]


def reference_runs(wildcards):
    block, first = boundary(wildcards), FIRST["reference"]
    kept = block["runs"]["histories"]
    rest = block["runs"]["reference"] - kept
    more = runs_of(block, None, "peaks", first + kept, rest)
    return runs_of(block, None, "histories", first, kept) + more


def changed_zones(wildcards):
    block = boundary(wildcards)
    return [f"data/generated/{impact_set(block, v)}/zone.h5" for v in block["variants"]]


def mixed_zones(wildcards):
    """The changed zones, for a law whose coordinates mix them."""
    mixed = rival(wildcards)["coordinates"]["mixed"]
    return changed_zones(wildcards) if mixed else []


def runs_of_variant(block, variant):
    count = block["variants"][variant].get("runs", block["runs"]["variant"])
    return runs_of(block, variant, "peaks", FIRST["reference"], count)


def changed_runs(wildcards):
    block = boundary(wildcards)
    return [file for v in block["variants"] for file in runs_of_variant(block, v)]


def changed_words(kind):
    """Words name=path for the zones or the runs of all variants."""

    def words(wildcards):
        block = boundary(wildcards)
        pairs = []
        for v in block["variants"]:
            zone = f"data/generated/{impact_set(block, v)}/zone.h5"
            files = runs_of_variant(block, v)
            pairs += [f"{v}={f}" for f in ([zone] if kind == "zones" else files)]
        return pairs

    return words


def recipe(block, method):
    """Settings of the law of a method: those of the network, changed as a rival says."""
    return block["law"] | block["rivals"].get(method.partition("-")[0], {})


def rival(wildcards):
    """Settings of a law, without what only the workflow needs."""
    found = recipe(boundary(wildcards), wildcards.law)
    return {key: value for key, value in found.items() if key != "training"}


def laws_of(block):
    """Stems of all laws: the network with each seed, and its rivals."""
    networks = [f"wgan_gp-{seed}" for seed in block["seeds"]]
    return [*networks, *block["rivals"]]


def first_law(wildcards):
    """The network with its first seed."""
    base = f"<results>/{wildcards.study}/boundary/{wildcards.boundary}/laws"
    return f"{base}/{laws_of(boundary(wildcards))[0]}.h5"


def evaluated_laws(wildcards):
    base = f"<results>/{wildcards.study}/boundary/{wildcards.boundary}/evaluated"
    return [f"{base}/{law}.h5" for law in laws_of(boundary(wildcards))]


def coverage_parts(wildcards):
    base = f"<results>/{wildcards.study}/boundary/{wildcards.boundary}"
    return [
        f"{base}/coverage/{k:02d}.json"
        for k in range(boundary(wildcards)["coverage"]["sets"])
    ]


def fit_benchmarks(wildcards):
    base = f"<results>/{wildcards.study}/benchmarks/boundary/{wildcards.boundary}"
    return [f"{base}/fit-{law}.tsv" for law in laws_of(boundary(wildcards))]


def plastic_material(wildcards):
    block = boundary(wildcards)["plastic"]
    return {key: value for key, value in block.items() if key != "runs"}


def plastic_scores(wildcards):
    """Where a study asks for a zone that may yield."""
    base = f"<results>/{wildcards.study}/boundary/{wildcards.boundary}"
    return [f"{base}/plastic.json"] if boundary(wildcards)["plastic"] else []


def all_plastic(wildcards):
    base = f"<results>/{wildcards.study}/boundary"
    blocks = STUDIES[wildcards.study]["boundary"]
    return [
        f"{base}/{item}/plastic.json"
        for item, block in blocks.items()
        if block["plastic"]
    ]
