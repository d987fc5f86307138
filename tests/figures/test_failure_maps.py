"""Pictures of failure probabilities."""

import numpy as np

from understudy.figures.failure_maps import draw_budget, draw_failure_map, draw_intervals


def test_the_same_numbers_give_the_same_map(tmp_path):
    x, y = np.linspace(10, 18, 7), np.linspace(-0.3, 0.3, 5)
    value = 0.1 + 0.02 * (x[None] - 10) + 0.1 * (y[:, None] + 0.3)
    maps = {"stress": [0.5 * value, value, 1.5 * value]}
    points = {"stress": np.array([[12.0, 0.1, 0.2]])}
    for name in ("a.png", "b.png"):
        draw_failure_map(tmp_path / name, x, y, maps, points, ("radius", "stretch"))
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    points = {"stress": np.zeros((0, 3))}
    draw_failure_map(tmp_path / "c.png", x, y, maps, points, ("radius", "stretch"))
    assert (tmp_path / "c.png").read_bytes() != (tmp_path / "a.png").read_bytes()


def test_intervals_and_budgets_are_drawn_without_any_hole_too(tmp_path):
    rows = {"stress": [((0.2, 0.1, 0.3), (0.25, 0.2, 0.3))], "equipment": []}
    draw_intervals(tmp_path / "intervals.png", rows)
    draw_budget(tmp_path / "budget.png", {"stress": {"zone": 0.03, "law": 0.01}})
    assert (tmp_path / "intervals.png").stat().st_size > 5000
    assert (tmp_path / "budget.png").stat().st_size > 5000
