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


def complaints(folder: Path) -> list[str]:
    """What is missing or below its bar."""
    prefix = "mmgp.tensile_plate"
    pictures = folder / "mmgp/tensile_plate/figures"
    files = ["report.html", "metrics.json", "timings.json", "provenance.json"]
    wanted = [folder / f for f in files] + [pictures / f"{p}.png" for p in PICTURES]
    wrong = [f"missing or empty: {p}" for p in wanted if not p.is_file() or p.stat().st_size < 100]
    if wrong:
        return wrong
    page = (folder / "report.html").read_text()
    shown = page.count("data:image/png;base64,")
    if shown < len(PICTURES):
        wrong.append(f"report: expected {len(PICTURES)} pictures, got {shown}")
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
    return wrong


if __name__ == "__main__":
    found = complaints(Path(sys.argv[1]))
    sys.stdout.write("".join(f"{line}\n" for line in found) or "study: report and bars are met\n")
    sys.exit(bool(found))
