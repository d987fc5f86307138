"""Fail unless a study left its report and pictures and its figures meet their bars."""

import json
import sys
from pathlib import Path

FIELDS = ("u_x", "u_y", "sigma_xx", "sigma_yy", "sigma_xy")
ANSWERS = (
    "design.refused",
    "design.simulated",
    "design.largest_difference",
    "imported.refused",
)
RIVALS = ("baseline_nearest_shape", "baseline_pod_ridge")
PICTURES = (
    "data_set",
    "morphing",
    "spectra",
    "methods",
    "parity",
    *(f"field_{f}" for f in FIELDS),
)
WAVES = ("cdf", "methods", "training", "spectrum", "arrivals", "changes", "rare", "waves")
EQUATIONS = ("training", "forecast", "horizon", "families", "verdicts", "attention_times",
             "attention_words")  # fmt: skip
EVOLVING = ("training", "horizon", "field_advection", "field_fisher_interval")
CHAIN = ["map", "intervals", "budget"]
NETWORKS = ("bounds", "pieces_0")
ZONE = "boundary.impact_plate"


def boundary_complaints(metrics: dict[str, float]) -> list[str]:
    """Bars on the law of boundary histories that one that learned nothing would miss."""
    gaussian = min(metrics[f"{ZONE}.baseline_gaussian{c}.qoi.w1"] for c in ("", "_plain"))
    change = f"{ZONE}.changes.ellipse_down"
    at_most = {
        f"{ZONE}.wgan_gp.qoi.w1": 0.85 * gaussian,
        f"{ZONE}.wgan_gp.qoi.mean_error": 0.12,
        f"{ZONE}.wgan_gp.qoi.q95_error": 0.25,
        f"{ZONE}.baseline_replay.qoi.w1": 0.2,
        f"{ZONE}.changes.identity.time_compression_worst": 0.01,
        f"{change}.domain_reduction.mean_bias": 0.03,
        f"{change}.domain_reduction.worst": 0.5 * metrics[f"{change}.baseline_held.worst"],
    }
    at_least = {
        f"{change}.baseline_unchanged.mean_bias": 0.1,
        f"{ZONE}.wgan_gp.field.two_half_ratio": 0.8,
    }
    wrong = [
        f"{name}: expected at most {limit:.3g} in size, got {metrics[name]}"
        for name, limit in at_most.items()
        if not abs(metrics[name]) <= limit
    ]
    return wrong + [
        f"{name}: expected at least {limit:.3g} in size, got {metrics[name]}"
        for name, limit in at_least.items()
        if not abs(metrics[name]) >= limit
    ]


def equation_complaints(metrics: dict[str, float]) -> list[str]:
    """The answer must beat the network's own forecast, and bands of known families must hold."""
    wrong = []
    for method in ("answer", "head"):
        held = metrics[f"prose.known.{method}.coverage_95"]
        if not held >= 0.75:
            wrong.append(
                f"prose.known.{method}: expected 0.75 of the truth in the band, got {held}"
            )
    for split in ("known", "left_out", "fields"):
        answer, head = (metrics[f"prose.{split}.{m}.relative_l2"] for m in ("answer", "head"))
        if not answer < head:
            wrong.append(f"prose.{split}: expected less than the head's {head:.3g}, got {answer}")
    return wrong


def network_complaints(metrics: dict[str, float]) -> list[str]:
    """Networks must be proved, no worse than local search, and than random patterns."""
    wrong = []
    own = "convex.bar_b30.column_generation"
    if metrics[f"{own}.certified_global"] != 1.0 or not metrics[f"{own}.relative_gap"] <= 1e-3:
        wrong.append(f"{own}: expected a proof to 1e-3, got {metrics[f'{own}.relative_gap']}")
    if not metrics[f"{own}.objective_ratio"] <= 1.0:
        wrong.append(f"{own}: expected no more than L-BFGS, got a higher objective")
    for solver in ("interior_point", "admm"):
        value = metrics[f"convex.bar_b30.{solver}.value"]
        if not value >= metrics[f"{own}.lower_bound"]:
            wrong.append(
                f"convex.bar_b30.{solver}: expected more than a proved bound, got {value}"
            )
    if not metrics["convex.peak_stress.column_generation.r2"] >= 0.9:
        wrong.append("convex.peak_stress: expected R2 >= 0.9 on unseen plates")
    return wrong


def chain_complaints(metrics: dict[str, float]) -> list[str]:
    """Most full runs must lie in the chain's intervals, its maps be proved, its equation whole."""
    wrong = []
    start = "chain.robust_plate"
    for event in ("stress", "equipment"):
        own = {k: metrics[f"{start}.{event}.{k}"] for k in ("checked", "inside", "map.proved")}
        if own["checked"] < 3 or own["inside"] < own["checked"] / 2 or own["map.proved"] != 1:
            wrong.append(
                f"{start}.{event}: expected three holes checked, half inside, a proof, got {own}"
            )
    if metrics[f"{start}.equation.complete"] != 1.0:
        wrong.append(f"{start}: expected all terms of the equipment's equation")
    return wrong


def complaints(folder: Path) -> list[str]:
    """What is missing or below its bar."""
    prefix = "mmgp.tensile_plate"
    pictures = folder / "mmgp/tensile_plate/figures"
    waves = folder / "boundary/impact_plate/figures"
    equations = folder / "prose/trajectories/figures"
    files = ["report.html", "metrics.json", "timings.json", "provenance.json"]
    wanted = [folder / f for f in files] + [pictures / f"{p}.png" for p in PICTURES]
    wanted += [waves / f"{p}.png" for p in WAVES] + [waves / "waves.gif"]
    wanted += [equations / f"{p}.png" for p in EQUATIONS]
    wanted += [folder / f"evolution/fields/figures/{p}.png" for p in EVOLVING]
    wanted += [folder / f"convex/networks/figures/{p}.png" for p in NETWORKS]
    wanted += [folder / f"chain/robust_plate/figures/{p}.png" for p in CHAIN]
    wrong = [f"missing or empty: {p}" for p in wanted if not p.is_file() or p.stat().st_size < 100]
    if wrong:
        return wrong
    page = (folder / "report.html").read_text()
    shown = page.count("data:image/png;base64,")
    least = len(PICTURES) + len(WAVES) + len(EQUATIONS) + len(EVOLVING) + len(NETWORKS)
    if shown < least:
        wrong.append(f"report: expected {least} pictures, got {shown}")
    if "data:image/gif;base64," not in page:
        wrong.append("report: expected a film of the waves")
    metrics = json.loads((folder / "metrics.json").read_text())
    for field in FIELDS:
        own = {m: metrics[f"{prefix}.mmgp.fields.{field}.{m}"] for m in ("q2", "rrmse")}
        if not own["q2"] >= 0.99:
            wrong.append(f"{field}: expected Q2 >= 0.99, got {own['q2']}")
        for rival in RIVALS:
            if not own["rrmse"] < metrics[f"{prefix}.{rival}.fields.{field}.rrmse"]:
                wrong.append(f"{field}: expected a lower RRMSE than {rival}")
        control = f"{prefix}.baseline_shuffled_targets.fields.{field}.q2_about_mean_field"
        if not metrics[control] < 0.1:
            wrong.append(f"{field}: expected nothing learned from shuffled targets")
    counts = {k: metrics.get(f"{prefix}.answers.{k}", -1) for k in ANSWERS}
    if counts["design.refused"] != counts["design.simulated"]:
        wrong.append(f"answers: expected every refused design simulated, got {counts}")
    if counts["design.largest_difference"] != 0 or counts["imported.refused"] < 1:
        wrong.append(f"answers: expected equal simulations and a refused import, got {counts}")
    for name, value in metrics.items():
        if name.startswith(f"{prefix}.baseline_shuffled_targets.scalars") and name.endswith(".q2"):
            if not value < 0.1:
                wrong.append(f"{name}: expected below 0.1, got {value}")
    return (
        wrong
        + boundary_complaints(metrics)
        + equation_complaints(metrics)
        + network_complaints(metrics)
        + chain_complaints(metrics)
    )


if __name__ == "__main__":
    found = complaints(Path(sys.argv[1]))
    sys.stdout.write("".join(f"{line}\n" for line in found) or "study: report and bars are met\n")
    sys.exit(bool(found))
