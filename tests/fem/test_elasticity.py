"""Plane elasticity against exact solutions and published benchmarks."""

import numpy as np
import pytest
import ufl

from understudy import fem
from understudy.fem import plates
from understudy.fem.adapter import evaluate, project, vertex_values

YOUNG, POISSON = 210e3, 0.3
MU = YOUNG / (2 * (1 + POISSON))


def kirsch_stress(x, y):
    """Kirsch 1898: unit hole in an infinite plate under unit tension along x; xx, yy, xy."""
    r2, angle = x**2 + y**2, 2 * np.arctan2(y, x)
    c2, c4, s2, s4 = np.cos(angle), np.cos(2 * angle), np.sin(angle), np.sin(2 * angle)
    xx = 1 - (1.5 * c2 + c4) / r2 + 1.5 * c4 / r2**2
    yy = -(0.5 * c2 - c4) / r2 - 1.5 * c4 / r2**2
    xy = -(0.5 * s2 + s4) / r2 + 1.5 * s4 / r2**2
    return xx, yy, xy


def kirsch_displacement(p, kolosov):
    """Its displacement, for Kolosov's constant 3 - 4 nu (strain) or (3 - nu)/(1 + nu) (stress)."""
    r, t = np.hypot(*p.T), np.arctan2(p[:, 1], p[:, 0])
    c, s = np.cos(t), np.sin(t)
    c3, s3 = np.cos(3 * t), np.sin(3 * t)
    x = r * (kolosov + 1) * c + 2 / r * ((1 + kolosov) * c + c3) - 2 / r**3 * c3
    y = r * (kolosov - 3) * s + 2 / r * ((1 - kolosov) * s + s3) - 2 / r**3 * s3
    return np.column_stack([x, y]) / (8 * MU)


def ufl_traction(x, normal):
    """Kirsch's traction on the outer edges, from the stress written in Cartesian polynomials."""
    r2 = x[0] ** 2 + x[1] ** 2
    c2, s2 = (x[0] ** 2 - x[1] ** 2) / r2, 2 * x[0] * x[1] / r2
    c4, s4 = c2**2 - s2**2, 2 * c2 * s2
    xx = 1 - (1.5 * c2 + c4) / r2 + 1.5 * c4 / r2**2
    yy = -(0.5 * c2 - c4) / r2 - 1.5 * c4 / r2**2
    xy = -(0.5 * s2 + s4) / r2 + 1.5 * s4 / r2**2
    return ufl.as_vector([xx * normal[0] + xy * normal[1], xy * normal[0] + yy * normal[1]])


def symmetric_quarter(plate, bottom="bottom", left="left"):
    return (
        fem.Fixed(at=plate.boundary[bottom], component=1),
        fem.Fixed(at=plate.boundary[left], component=0),
    )


def stress_at(law, parameters, solution, node):
    stress = law.stress(solution.function, parameters)
    domain = solution.function.function_space.mesh
    fields = project(domain, (stress[0, 0], stress[1, 1], stress[0, 1]))
    return np.array([vertex_values(f)[node, 0] for f in fields])


def nearest(mesh, point):
    return int(np.argmin(np.hypot(*(mesh.points - point).T)))


def drill(law, h):
    plate = plates.quarter_plate_with_hole(side=4.0, radius=1.0, mesh_size=5 * h, hole_size=h)
    parameters = fem.Parameters(
        coefficients={"E": YOUNG, "nu": POISSON},
        fixed=symmetric_quarter(plate),
        flux=tuple(fem.Flux(at=plate.boundary[k], value=ufl_traction) for k in ("right", "top")),
    )
    return plate.mesh, parameters, law.solve(plate.mesh, parameters)


@pytest.mark.parametrize(
    ("law", "kolosov"),
    [
        (fem.PlaneStrain(), 3 - 4 * POISSON),
        (fem.PlaneStress(), (3 - POISSON) / (1 + POISSON)),
    ],
    ids=["plane strain", "plane stress"],
)
def test_a_pierced_plate_deforms_as_kirsch_says(law, kolosov):
    """The polygon that stands for the hole leaves an error h^2: a quarter for half the size."""
    errors = []
    for h in (0.1, 0.05):
        mesh, _, solution = drill(law, h)
        truth = kirsch_displacement(mesh.points, kolosov)
        errors.append(np.abs(solution.values - truth).max() / np.abs(truth).max())
    assert errors[1] < 0.05**2
    assert np.log2(errors[0] / errors[1]) > 1.5


def test_a_hole_triples_the_stress():
    """sigma_xx = 3 at the pole of the hole and sigma_yy = -1 at its equator, for unit tension."""
    law, errors = fem.PlaneStress(), []
    for h in (0.1, 0.05):
        mesh, parameters, solution = drill(law, h)
        pole = stress_at(law, parameters, solution, nearest(mesh, (0, 1)))
        equator = stress_at(law, parameters, solution, nearest(mesh, (1, 0)))
        errors.append(max(abs(pole[0] - 3), abs(equator[1] + 1)))
    assert errors[1] < 0.05
    assert errors[1] < errors[0]


@pytest.mark.claim("Cook's membrane tips by its published 23.96 within 0.2 %.")
def test_cooks_membrane_tips_by_its_published_amount():
    """Vertical displacement 23.96 of the middle of the free end (E = 1, nu = 1/3, load 1)."""
    plate = plates.cook_membrane(mesh_size=2.0)
    parameters = fem.Parameters(
        coefficients={"E": 1.0, "nu": 1 / 3},
        fixed=(fem.Fixed(at=plate.boundary["left"], value=(0.0, 0.0)),),
        flux=(fem.Flux(at=plate.boundary["right"], value=(0.0, 1 / 16)),),
    )
    solution = fem.PlaneStress().solve(plate.mesh, parameters)
    tip = evaluate(solution.function, np.array([[48.0, 52.0]]))[0, 1]
    assert tip == pytest.approx(23.96, rel=2e-3)


@pytest.mark.claim("NAFEMS LE1 has its published 92.7 MPa at D within 2 %, closer with each mesh.")
def test_the_nafems_ellipse_le1_carries_its_published_stress():
    """sigma_yy = 92.7 MPa at D = (2, 0) under 10 MPa of outward pull, closer with each mesh."""
    law, errors = fem.PlaneStress(), []
    for h in (0.2, 0.1, 0.05):
        plate = plates.elliptic_membrane(mesh_size=h)
        parameters = fem.Parameters(
            coefficients={"E": YOUNG, "nu": POISSON},
            fixed=symmetric_quarter(plate),
            flux=(fem.Flux(at=plate.boundary["outer"], value=lambda _, n: 10.0 * n),),
        )
        solution = law.solve(plate.mesh, parameters)
        point = nearest(plate.mesh, (2, 0))
        errors.append(abs(stress_at(law, parameters, solution, point)[1] / 92.7 - 1))
    assert errors[2] < 0.02
    assert errors[2] < errors[1] < errors[0]


def test_a_sheet_in_simple_tension_thins_by_poissons_ratio(grid):
    """Plane stress: u = (sigma / E)(x, -nu y). Plane strain: E / (1 - nu^2) and nu / (1 - nu)."""
    mesh = grid(3, shake=0.2)
    west, east, south = (
        fem.boundary_edges(mesh, lambda p, i=i, c=c: p[:, i] == c)
        for i, c in ((0, 0.0), (0, 1.0), (1, 0.0))
    )
    parameters = fem.Parameters(
        coefficients={"E": YOUNG, "nu": POISSON},
        fixed=(fem.Fixed(at=west, component=0), fem.Fixed(at=south, component=1)),
        flux=(fem.Flux(at=east, value=(YOUNG, 0.0)),),
    )
    sheet = fem.PlaneStress().solve(mesh, parameters)
    thin, thick = sheet.values, fem.PlaneStrain().solve(mesh, parameters).values
    assert sheet.energy == pytest.approx(YOUNG / 2, rel=1e-12)  # stress x strain / 2
    np.testing.assert_allclose(thin, mesh.points * [1, -POISSON], atol=1e-12)
    stiff = 1 - POISSON**2
    np.testing.assert_allclose(
        thick, stiff * mesh.points * [1, -POISSON / (1 - POISSON)], atol=1e-12
    )


def test_a_floating_body_is_refused(grid):
    mesh = grid(3)
    rim = fem.boundary_edges(mesh, lambda p: p[:, 0] == 1)
    parameters = fem.Parameters(
        coefficients={"E": 1.0, "nu": 0.3}, flux=(fem.Flux(at=rim, value=(1.0, 0.0)),)
    )
    with pytest.raises(fem.ConvergenceError, match="rigid motion"):
        fem.PlaneStrain().solve(mesh, parameters)


@pytest.mark.parametrize(
    ("law", "nu"), [(fem.PlaneStrain(), 0.5), (fem.PlaneStress(), 1.0), (fem.PlaneStress(), -1.0)]
)
def test_a_poisson_ratio_without_material_is_refused(law, nu, grid):
    with pytest.raises(ValueError, match="nu: expected a number in"):
        law.solve(grid(2), fem.Parameters(coefficients={"E": 1.0, "nu": nu}))


def test_a_negative_modulus_is_refused(grid):
    with pytest.raises(ValueError, match="E: expected a positive number, got -1"):
        fem.PlaneStress().solve(grid(2), fem.Parameters(coefficients={"E": -1.0, "nu": 0.3}))
