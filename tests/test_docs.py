"""Pages that are made, and links between pages."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def module(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_every_link_of_the_pages_leads_somewhere():
    assert module("links").broken(ROOT) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a](b.md)", "docs/a.md: b.md: no such file"),
        ("[a](#nothing)", "docs/a.md: #nothing: no such heading"),
        ("[a](#a-heading-of-two)", ""),
        ("[a](https://example.org)", ""),
        ("`[a](b.md)`", ""),
    ],
)
def test_a_link_that_leads_nowhere_is_told(tmp_path, text, words):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/a.md").write_text(f"# A heading of `two`\n\n{text}\n")
    assert module("links").broken(tmp_path) == ([words] if words else [])


def test_methods_stand_in_the_order_of_their_errors(tmp_path):
    (tmp_path / "one").mkdir()
    numbers = {
        "mmgp.plate.mmgp.mean_rrmse": 0.1, "mmgp.plate.baseline_x.mean_rrmse": 0.05,
        "mmgp.alone.mmgp.mean_rrmse": 0.1, "boundary.z.wgan_gp_seed0.qoi.w1": 1.0,
        "boundary.z.wgan_gp.qoi.w1": 1.0,
    }  # fmt: skip
    (tmp_path / "one/metrics.json").write_text(json.dumps(numbers))
    page = module("lost").lost(tmp_path)
    assert "| `1` | `baseline_x` | `0.05` | `1.00` |\n| `2` | `mmgp` | `0.1` | `2.00` |" in page
    assert "## plate (study [one]" in page
    assert "alone" not in page
    assert "seed0" not in page
