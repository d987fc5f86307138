"""Numbers of equations on a line from noisy slices."""

import numpy as np
import pytest

from understudy.equations.parse import parse
from understudy.equations.pde_families import PDE_FAMILIES
from understudy.equations.rhs import Periodic
from understudy.equations.spectral import Spectral
from understudy.fem.domains import domain
from understudy.surrogates.field_places import Plane, waves
from understudy.surrogates.field_refinement import FieldRefinement, Finer

LINE = Periodic(length=2.0, points=64)
SOLVER = Spectral(line=LINE, steps=60, block=128)
TIMES = np.linspace(0.0, 0.5, 12)
MODES = waves(LINE, 6)


def drawn(name, n, noise, seed=0):
    """Fields on 64 points, solved there too, and their noisy values."""
    rng = np.random.default_rng(seed)
    family = PDE_FAMILIES[name]
    values = family.values(n, rng)
    wave = np.pi * LINE.x[None]
    start = 0.5 + 0.3 * np.sin(wave + rng.uniform(0, 6, (n, 1))) + 0.1 * np.cos(3 * wave)
    parts = [start] + [np.zeros_like(start)] * (family.equation.orders[0] - 1)
    clean = SOLVER.solve(family.equation, values, np.stack(parts), TIMES)[:, :, 0]
    size = noise * np.sqrt((clean**2).mean(axis=(1, 2)))
    noisy = clean + size[:, None, None] * rng.standard_normal(clean.shape)
    return family, values.T, clean, noisy, size


def fit(family, noisy, size, factor=1.1, width=0.2, **settings):
    centre = np.array([family.means[p] for p in family.equation.parameters])
    n = len(noisy)
    return FieldRefinement(**settings).fit(
        family.equation, SOLVER, TIMES, noisy, modes=MODES, at=np.arange(64),
        centre=np.tile(factor * centre, (n, 1)), spread=np.tile(width * np.abs(centre), (n, 1)),
        noise=np.maximum(size, 1e-9),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["fisher", "advection", "wave"])
def test_without_noise_the_truth_comes_back(name):
    """Numbers to 1e-4 and the field to 1e-5: forward differences, a wide prior."""
    family, values, clean, noisy, _ = drawn(name, 2, 0.0)
    found = fit(family, noisy, np.full(2, 1e-5), rounds=0)
    assert np.allclose(found.values, values, rtol=1e-3)
    assert np.abs(np.stack([found.forecast(TIMES, k) for k in range(2)]) - clean).max() < 1e-4


def test_intervals_hold():
    """Forty samples with 2 % noise: 95 % intervals of advection hold in 85 to 100 %."""
    family, values, _, noisy, size = drawn("advection", 40, 0.02)
    found = fit(family, noisy, size)
    inside = np.abs(found.values - values) < 1.96 * found.deviation
    assert 0.85 <= inside.mean() <= 1.0
    assert 0.8 < found.chi2.mean() < 1.2


def test_waves_that_are_not_there_are_found_to_be_none():
    """The field is nearer the truth than with all waves free."""
    family, _, clean, noisy, size = drawn("fisher", 6, 0.05)

    def error(rounds):
        found = fit(family, noisy, size, rounds=rounds)
        made = np.stack([found.forecast(TIMES, k) for k in range(6)])
        return np.linalg.norm(made - clean)

    assert error(4) < 0.85 * error(0)


def test_precisions_are_those_that_make_the_data_most_probable():
    """For the waves that are there, after 15 rounds: alpha |z|^2 = M - alpha tr Sigma to 1e-3."""
    family, _, _, noisy, size = drawn("fisher", 3, 0.2)
    state = (found := fit(family, noisy, size, rounds=15)).state
    p = found.values.shape[1]
    variance = np.einsum("nii->ni", np.linalg.inv(state.normal))[:, p:]
    alpha, square = state.precision[:, p:], state.z[:, p:] ** 2
    for wave in (0, 1, 3):
        own = MODES.groups == wave
        left = (alpha * square)[:, own].sum(axis=1)
        right = own.sum() - (alpha * variance)[:, own].sum(axis=1)
        assert np.allclose(left, right, rtol=1e-3), wave


def test_no_wave_is_none_for_sure():
    """Deviations of waves that are found to be none are those of free ones over sqrt(2)."""
    family, _, _, noisy, size = drawn("advection", 3, 0.02)
    found, free = fit(family, noisy, size), fit(family, noisy, size, rounds=0)
    p = found.values.shape[1]
    own, most = (np.einsum("nii->ni", f.covariance)[:, p:] for f in (found, free))
    none = np.flatnonzero((MODES.groups == 2) | (MODES.groups == 5))
    assert np.allclose(own[:, none] / most[:, none], 0.5, rtol=0.1)


def test_a_finer_mesh_takes_the_error_of_the_mesh_off():
    """cos(2 pi x) cos(pi y) exp(-5 pi^2 nu t): nu errs a third as much, and within what is told.

    With a finer solver that cannot be followed what was found stays.
    """
    place = Plane(mesh=domain("square", 0.12))
    times = np.linspace(0.0, 0.5, 8)
    u = np.cos(2 * np.pi * place.points[:, 0]) * np.cos(np.pi * place.points[:, 1])
    fields = np.exp(-5 * np.pi**2 * 0.02 * times)[None, :, None] * u
    finest = place.finer()

    def made(solver):
        return FieldRefinement(rounds=1).fit(
            parse("u_t = nu*u_xx"), place.solver, times, fields, modes=place.modes(16),
            at=place.at, centre=np.full((1, 1), 0.025), spread=np.full((1, 1), 0.01),
            noise=np.full(1, 0.02),
            finer=None if solver is None else Finer(
                solver=solver, modes=finest.modes(16), at=finest.at, left=1 / 3
            ),
        )  # fmt: skip

    rough, found, lost = (made(s) for s in (None, finest.solver, Lost()))
    off, less = (abs(f.values[0, 0] / 0.02 - 1) for f in (rough, found))
    assert off > 1e-3
    assert less < off / 3
    assert less < 2 * abs(found.missing[0, 0]) / 0.02
    assert found.corrected.all()
    assert (found.deviation > rough.deviation).all()
    assert not lost.corrected.any()
    assert lost.values == pytest.approx(rough.values)
    assert not lost.missing.any()


class Lost:
    """A solver that says nothing."""

    def solve(self, equation, values, start, times):  # noqa: ARG002
        return np.full((start.shape[1], len(times), 1, len(start[0, 0])), np.nan)


def test_samples_do_not_disturb_one_another():
    family, _, _, noisy, size = drawn("fisher", 3, 0.02)
    together, alone = fit(family, noisy, size), fit(family, noisy[1:2], size[1:2])
    assert np.allclose(together.values[1], alone.values[0], rtol=1e-6)


class Cliff:
    """A solver of decay whose fields are as good as infinite beyond a number of one."""

    def solve(self, equation, values, start, times):
        del equation
        decay = np.exp(-values[0][:, None] * times)[..., None, None]
        return np.where(
            values[0][:, None, None, None] > 1.0, 1e200, start.swapaxes(0, 1)[:, None] * decay
        )


def test_a_sample_whose_slopes_are_not_known_is_given_up_alone():
    """At the edge every difference overflows; the sample beside it, far from it, is found."""
    size = 1e-3
    clean = 0.5 * np.exp(-0.8 * TIMES)[None, :, None] * np.ones((2, 1, 64))
    noisy = clean + size * np.random.default_rng(0).standard_normal(clean.shape)
    found = FieldRefinement().fit(
        parse("u_t = -k*u"), Cliff(), TIMES, noisy, modes=MODES, at=np.arange(64),
        centre=np.array([[1.0], [0.7]]), spread=np.full((2, 1), 0.1), noise=np.full(2, size),
    )  # fmt: skip
    assert np.isinf(found.chi2[0])
    assert found.chi2[1] == pytest.approx(1.0, abs=0.2)
    assert found.values[1] == pytest.approx(0.8, abs=0.01)


def test_bad_fields_are_refused():
    heat = parse("u_t = nu*u_xx")
    arguments = {
        "modes": MODES, "at": np.arange(64), "centre": np.ones((1, 1)), "spread": np.ones((1, 1)),
        "noise": np.ones(1),
    }  # fmt: skip
    fields = np.zeros((1, 12, 64))
    fields[0, 3, 3] = np.nan
    with pytest.raises(ValueError, match="fields: expected finite"):
        FieldRefinement().fit(heat, SOLVER, TIMES, fields, **arguments)
    with pytest.raises(ValueError, match="iterations, rounds: expected at least 1 and 0"):
        FieldRefinement(rounds=-1)
    arguments["noise"] = np.zeros(1)
    with pytest.raises(ValueError, match="noise: expected more than 0"):
        FieldRefinement().fit(heat, SOLVER, TIMES, np.zeros((1, 12, 64)), **arguments)
