"""The spline field: values, energy and normal equations against plain sums."""

import numpy as np
import pytest
from scipy.interpolate import BSpline
from skyfri.plugin.core.compare.matching.field import (
    RIDGE,
    Lattice,
    assemble,
    basis,
    evaluate,
    evaluate_at,
    pixel_basis,
    refine,
    smoothness,
    solve,
)

LATTICE = Lattice((3, 4), 5)


def coefficients(seed=0, lattice=LATTICE):
    return np.random.default_rng(seed).normal(size=(2, *lattice.shape))


@pytest.mark.parametrize("derivative", [0, 1, 2])
def test_the_basis_is_scipys(derivative):
    places = np.linspace(0, 0.999, 11)
    for k in range(4):
        knots = np.arange(-3 + k, 2 + k)
        spline = BSpline.basis_element(knots, extrapolate=False)
        values = (spline.derivative(derivative) if derivative else spline)(places)
        np.testing.assert_allclose(basis(places, derivative)[:, k], values, atol=1e-12)


def test_values_on_pixels_are_those_at_places():
    field = coefficients()
    rows, cols = np.indices(LATTICE.image_shape)
    there = evaluate_at(field, LATTICE, rows.ravel(), cols.ravel()).reshape(2, *LATTICE.image_shape)
    np.testing.assert_allclose(evaluate(field, LATTICE), there, rtol=1e-5, atol=1e-5)


def design():
    """The matrix that takes coefficients to pixel values, made one coefficient at a time."""
    count = int(np.prod(LATTICE.shape))
    unit = np.eye(count).reshape(count, *LATTICE.shape)
    return evaluate(unit, LATTICE).reshape(count, -1).T.astype(float)


def energy_matrix():
    entries, (rows, cols) = smoothness(LATTICE), LATTICE.shape
    out = np.zeros((rows * cols, rows * cols))
    for i in range(rows):
        for j in range(cols):
            for k in range(rows):
                for n in range(cols):
                    if abs(k - i) < 4 and abs(n - j) < 4:
                        out[i * cols + j, k * cols + n] = entries(abs(k - i), abs(n - j))[min(i, k), min(j, n)]
    return out


def test_a_plane_costs_no_energy_and_a_bowl_what_it_should():
    rows, cols = np.indices(LATTICE.shape) - 1.0
    energy = energy_matrix()
    for plane in (np.ones(LATTICE.shape), rows, cols, 2 * rows - 3 * cols + 1):
        assert abs(plane.ravel() @ energy @ plane.ravel()) < 1e-9
    bowl = rows**2  # second derivative 2 everywhere: 4 for each cell
    assert bowl.ravel() @ energy @ bowl.ravel() == pytest.approx(4 * 12)
    saddle = rows * cols  # mixed derivative 1: 2 for each cell
    assert saddle.ravel() @ energy @ saddle.ravel() == pytest.approx(2 * 12)


@pytest.mark.parametrize("stiffness", [0.01, 0.7, 50.0])
def test_the_step_solves_the_least_squares_problem(stiffness):
    random = np.random.default_rng(3)
    slopes = random.normal(size=(2, *LATTICE.image_shape))
    residual, weight = random.normal(size=LATTICE.image_shape), random.uniform(0.5, 1, LATTICE.image_shape)
    start = coefficients(5)
    products = np.stack([slopes[0] ** 2, slopes[0] * slopes[1], slopes[1] ** 2]) * weight
    step = solve(assemble(LATTICE, products.astype(np.float32), (slopes * residual * weight).astype(np.float32)), start, stiffness)
    basis_matrix, energy = design(), energy_matrix()
    jacobian = np.concatenate([slopes[k].ravel()[:, None] * basis_matrix for k in range(2)], axis=1)
    penalty = stiffness * np.kron(np.eye(2), energy)
    right = jacobian.T @ (weight.ravel() * residual.ravel()) - penalty @ start.reshape(2, -1).ravel()
    expected = np.linalg.solve(jacobian.T @ (weight.ravel()[:, None] * jacobian) + penalty + RIDGE * np.eye(len(right)), right)
    np.testing.assert_allclose(step.reshape(-1), expected, rtol=1e-3, atol=1e-3)


def test_a_finer_lattice_shows_the_same_field():
    coarse, fine = Lattice((6, 6), 8), Lattice((6, 6), 16)
    rows, cols = np.indices(coarse.shape)
    field = np.stack([np.sin(rows / 2) + 0.1 * cols, np.cos(cols / 3)])
    finer = evaluate(refine(field, coarse, fine, 2), fine)
    same = 2 * evaluate_at(field, coarse, *((place.ravel() + 0.5) / 2 - 0.5 for place in np.indices(fine.image_shape)))
    inner = np.s_[:, 32:-32, 32:-32]
    np.testing.assert_allclose(finer[inner], same.reshape(finer.shape)[inner], atol=0.02)
    assert pixel_basis(8).sum(axis=1) == pytest.approx(1)
