"""Each example of the gallery gives the number that it promises."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "examples"


def example(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_example_is_tested_here():
    text = Path(__file__).read_text()
    assert all(f'"{path.stem}"' in text for path in FOLDER.glob("*.py"))


def test_every_example_has_a_picture_for_the_gallery():
    assert [path.stem for path in FOLDER.glob("*.py") if ".png" not in path.read_text()] == []


def test_vtk_comes_before_dolfinx_in_an_example_run_by_itself():
    """What this process has imported already does not help a process of its own."""
    for path in FOLDER.glob("*.py"):
        text = path.read_text()
        if "import understudy.figures" in text or "from understudy.figures" in text:
            drawn, solved = text.find("understudy.figures"), text.find("from understudy.fem")
            assert solved < 0 or drawn < solved, path.name


def test_the_image_of_a_disk_map_is_its_inscribed_polygon():
    morphing, share = example("disk_map").disk_map()
    rim = morphing.image.points[np.linalg.norm(morphing.image.points, axis=1) > 1 - 1e-12]
    n = len(rim)
    assert n == 48
    assert share == pytest.approx(n / (2 * np.pi) * np.sin(2 * np.pi / n), rel=1e-9)


def test_narrower_bumps_need_more_modes():
    pod = example("pod_modes")
    assert [pod.modes_needed(width) for width in (0.2, 0.1, 0.05)] == [3, 6, 10]


def test_responses_need_fewer_modes_than_histories():
    assert example("response_pod").modes_needed() == (38, 6)


def test_a_gaussian_process_averages_noise_away():
    rng = np.random.default_rng(0)
    assert example("gp_regression").error(rng) < 0.05 / 1.5


def test_unseen_necked_plates_are_predicted():
    necked = example("mmgp_necked_plates")
    assert necked.quality(necked.trained()) > 0.995


def test_a_notch_concentrates_stress_as_tables_say():
    """The chart is for a long strip: a tenth of the width off, the short plate adds 1 to 2 %."""
    pytest.importorskip("dolfinx")
    notched = example("notched_plate")
    assert 1.0 < notched.concentration() / notched.handbook(0.1) < 1.03


def test_the_harmonic_map_brings_meshes_of_one_part_together():
    assert example("harmonic_map").advantage() > 2.0


def test_a_bulge_is_refused_and_a_plate_of_the_family_is_not():
    usual, strange = example("strange_shapes").decisions()
    assert usual.trust.decision == "accept"
    assert strange.trust.decision == "refuse"


def test_imported_simulations_train_a_surrogate(tmp_path):
    imported = example("import_meshes")
    imported.write_simulations(tmp_path)
    assert imported.quality(tmp_path) > 0.98


def test_elasticity_stretches_less_than_radial_functions():
    assert example("elastic_hole").advantage() > 1.1


def test_radial_functions_undo_an_affine_motion_and_nearly_a_bend():
    back = example("rbf_map")
    assert back.error(0.0) < 1e-10
    assert back.error(0.1) < 0.1 / 2  # less than the bend, over the side


def test_plates_of_three_topologies_are_predicted_by_one_surrogate():
    topology = example("transport_topology")
    assert topology.quality(topology.trained()) > 0.99


def test_transport_costs_accuracy_where_a_morphing_exists():
    assert 1.0 < example("transport_topology").cost() < 3.0


def test_a_moving_front_needs_displacements():
    plain, moved = example("moving_front").errors()
    assert moved < plain / 3


def test_a_valve_that_pops_open_needs_a_hurdle():
    gain, brier = example("hurdle").scores()
    assert gain > 1.5
    assert brier < 0.2


def test_leaving_one_out_widens_bands_that_are_too_narrow():
    """A coverage over 20 training sets has a standard error of 0.01."""
    before, after = example("calibrated_bands").coverage()
    assert before < 0.91
    assert abs(after - 0.95) < abs(before - 0.95) / 2


def test_integrated_variance_chooses_better_designs_than_a_sequence_or_chance():
    error = example("active_learning").errors()
    assert error["integrated variance"] < 0.7 * min(error["Sobol"], error["random"])


def test_a_wasserstein_gan_finds_two_peaks_that_a_normal_law_misses():
    network, normal = example("wgan_closed_form").distances()
    assert network < normal / 3


def test_a_mixture_sees_how_a_condition_changes_the_spread():
    """A deviation of 0.3, 0.7, 1.1: within a sixth; the normal law has about 0.75 throughout."""
    law = example("conditional_law")
    for at in (0.1, 0.5, 0.9):
        truth, normal, mixture = law.deviations(at)
        assert abs(mixture / truth - 1.0) < 1 / 6
        assert at == 0.5 or abs(normal / truth - 1.0) > 1 / 3


def test_a_resonance_of_one_in_ten_thousand_is_found_with_few_runs():
    """Four standard errors; 200 times a period the peak is missed by 1.2e-4 at most."""
    rare = example("rare_event")
    for event in rare.found().values():
        assert event.converged
        assert abs(event.probability - 1e-4) < 4 * event.cov * event.probability
        assert rare.saving(event) > 20


def test_a_zone_is_a_restriction_of_the_plate_to_round_off():
    pytest.importorskip("dolfinx")
    exact, compressed = example("submodel_identity").differences()
    assert exact < 1e-12
    assert compressed < 0.01


def test_a_changed_zone_lets_out_what_it_scatters():
    pytest.importorskip("dolfinx")
    found = example("domain_reduction").errors()
    held, reduced = (np.abs(found[name]) for name in ("held", "reduced"))
    assert reduced.mean() < held.mean() / 3
    assert reduced.max() < 0.08


def test_a_transformer_forecasts_a_signal_and_writes_its_law():
    laws = example("two_laws")
    error, exact = laws.quality(laws.trained())
    assert error < 0.1
    assert exact > 0.95


def test_the_symmetry_of_the_circle_makes_a_better_operator():
    operator = example("solution_operator")
    errors = {n: operator.error(operator.trained(m)) for n, m in operator.networks().items()}
    assert errors["FNO"] < 0.02
    assert errors["FNO"] < 0.5 * errors["DeepONet"]


def test_a_solution_leaves_nothing_of_its_own_equation_only():
    """Differences of fourth order in time, steps of 0.005 while the wave steepens."""
    terms = example("equation_terms")
    assert terms.leftover("u_t = 0.05*u_xx - u*u_x") < 1e-3
    assert terms.leftover("u_t = -u*u_x") > 0.1


def test_numbers_of_lorenz_come_out_of_noise_within_their_error_bars():
    lorenz = example("lorenz_from_noise")
    found = lorenz.refined()
    assert (abs(found.values[0] - lorenz.TRUTH) < 3 * found.deviation[0]).all()
    assert (found.deviation[0] < 0.02 * lorenz.TRUTH).all()
    assert found.chi2[0] < 1.3
    assert lorenz.error(found) < 0.05


def test_a_wrong_guess_is_corrected_from_four_windows():
    wrong = example("wrong_guess")
    assert wrong.certainty(wrong.found(4)) > 0.9


def test_reaction_and_diffusion_are_identified_from_finite_elements():
    """Both numbers within three deviations, which are below 6 %; the forecast to 1 %."""
    pytest.importorskip("dolfinx")
    field = example("field_from_noise")
    clean = field.simulated()
    refined = field.found(clean)
    truth = np.array([field.TRUTH[name] for name in field.FISHER.parameters])
    off = np.abs(refined.values[0] - truth)
    assert (off < 3 * refined.deviation[0]).all()
    assert (refined.deviation[0] < 0.06 * truth).all()
    assert refined.chi2[0] < 1.2
    assert field.forecast_error(clean, refined) < 0.01


def test_a_wave_on_a_plate_is_identified_from_finite_elements():
    """Its speed within half of a percent; a diffusion leaves hundreds of times the noise."""
    pytest.importorskip("dolfinx")
    plate = example("field_on_plate")
    place, clean = plate.simulated()
    answer, _ = plate.found(place, clean)
    best, rival = answer.candidates
    assert best.values[0] == pytest.approx(plate.SPEED, rel=0.005)
    assert rival.chi2 > 100
    assert answer.verdict == "trusted"
    assert plate.forecast_error(clean, answer) < 0.03


@pytest.mark.slow
def test_an_equation_in_no_library_is_refused():
    unseen = example("unseen_equation")
    assert unseen.answer(unseen.SINES, "x' = a*y; y' = b*x + c").verdict == "rejected"
    prey = unseen.answer(unseen.PREY, "x' = a*x - b*x*y; y' = c*x*y - d*y")
    assert prey.verdict == "trusted"


def test_one_neuron_is_hubers_function():
    one = example("one_neuron")
    for y in (0.2, 1.5, -2.0):
        found, truth = one.objective(y)
        assert found == pytest.approx(truth, rel=1e-5)


def test_all_patterns_in_two_dimensions_are_the_best_network():
    ratio, gap = example("all_patterns").compared()
    assert gap < 1e-4
    assert ratio > 1.05


def test_a_proof_in_five_dimensions():
    """A tenth of a per cent, of all networks; local searches stay above the bound."""
    found, ratio = example("proof_in_five").proved(40)
    assert found.certified == "global"
    assert found.gap <= 1e-3
    assert ratio > 1 - 1e-3


def test_neurons_appear_as_the_decay_falls():
    found = example("relu_path").along()
    assert len(found[0].network.signs) == 0
    assert len(found[1].network.signs) >= 1
    assert len(found[-1].network.signs) > len(found[1].network.signs)


def test_a_network_trained_for_boxes_holds_where_others_do_not():
    robust, line, plain = example("robust_moons").accuracies()
    assert robust > line + 0.1
    assert robust >= plain - 0.02


def test_a_proved_optimum_is_what_finite_elements_say():
    pytest.importorskip("dolfinx")
    notch = example("proved_optimum")
    found, checked = notch.least(notch.learned()[2])
    assert found.gap < 1e-4
    assert found.value == pytest.approx(checked, rel=0.05)
