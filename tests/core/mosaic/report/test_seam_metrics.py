"""Seam figures against seams whose step is known."""

import numpy as np
import pytest
from affine import Affine
from skyfri.plugin.core.mosaic.report import seam_metrics
from skyfri.plugin.core.mosaic.report.seam_metrics import measure_seams, median_step, pixel_steps, strip_steps
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array

SHAPE = (256, 320)


def two_scenes():
    labels = np.ones(SHAPE, np.uint16)
    labels[:, 160:] = 2
    return labels


def land(seed=0):
    return np.random.default_rng(seed).normal(2000, 50, (2, *SHAPE)).astype(np.float32)


def write_pair(folder, labels, samples):
    grid = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 5000000), labels.shape)
    write_array(folder / "m.tif", np.rint(samples).astype(np.uint16), RasterSpec(grid, "uint16", ("B03", "B04")))
    write_array(folder / "s.tif", labels[None], RasterSpec(grid, "uint16", ("source",)))
    return measure_seams(folder / "m.tif", folder / "s.tif", [grid.window])


def test_land_without_a_step_has_ratios_of_one(tmp_path):
    found = write_pair(tmp_path, two_scenes(), land())
    assert found["seam_px"] == SHAPE[0]
    for name in ("step_ratio_d1", "step_ratio_d5", "step_ratio_strips"):
        assert found[name]["mean"] == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("turned", [False, True])
def test_a_known_step_is_found_in_the_band_that_has_it(tmp_path, turned):
    labels, samples = two_scenes(), land()
    samples[1, labels == 2] += 300
    if turned:
        labels, samples = labels.T.copy(), samples.transpose(0, 2, 1)
    found = write_pair(tmp_path, labels, samples)
    # medians: |N(300, 50 sqrt 2)| is 300, |N(0, 50 sqrt 2)| is 0.6745 * 70.7 = 47.7
    assert found["step_ratio_d1"]["bands"]["B04"] == pytest.approx(300 / 47.7, rel=0.1)
    assert found["step_ratio_d1"]["bands"]["B03"] == pytest.approx(1, abs=0.2)
    assert found["step_ratio_strips"]["bands"]["B04"] > 15


def test_blur_across_the_seam_shows_as_a_ratio_below_one():
    labels, samples = two_scenes(), land()
    samples[:, :, 159] = samples[:, :, 160] = samples[:, :, 158:162].mean(axis=2)
    steps = pixel_steps(labels, samples, 1)
    assert np.median(steps.across) < 0.1 * np.median(steps.beside)


def test_pairs_that_would_meet_a_third_scene_are_left_out():
    labels = two_scenes()
    labels[:, 163:] = 3
    assert len(pixel_steps(labels, land(), 5).across) == 0
    assert len(strip_steps(labels, land()).across) == 0


def test_too_little_seam_gives_no_figure(tmp_path):
    found = write_pair(tmp_path, np.ones(SHAPE, np.uint16), land())
    assert found["step_ratio_d1"] is None
    assert found["tiles"] == 0


def test_the_cost_is_bounded_by_tiles_not_by_the_mosaic(tmp_path, monkeypatch):
    monkeypatch.setattr(seam_metrics, "TILES", 1)
    monkeypatch.setattr(seam_metrics, "TILE_PX", 128)
    read = []
    plain = seam_metrics.read_samples
    monkeypatch.setattr(seam_metrics, "read_samples", lambda d, b, w: read.append((len(b), w)) or plain(d, b, w))
    write_pair(tmp_path, two_scenes(), land())
    assert [w.shape for bands, w in read if bands == 2] == [(128, 128)]
    assert Window(0, 0, *SHAPE) in [w for bands, w in read if bands == 1]


@pytest.mark.parametrize("level", [0.6, 1.4, 3.0, 7.3])
def test_steps_of_few_whole_numbers_have_the_median_of_what_was_rounded(level):
    steps = np.abs(np.random.default_rng(1).normal(scale=level, size=(40_001, 2)))
    rounded = np.rint(steps)
    assert median_step(rounded) == pytest.approx(np.median(steps, axis=0), rel=0.1)
    assert median_step(steps) == pytest.approx(np.median(steps, axis=0), abs=1e-12)


@pytest.mark.parametrize(("steps", "middle"), [([0] * 10 + [3] * 10, 1.5), ([1, 1, 4, 4], 2.5), ([2, 2, 2], 2), ([0, 0, 0], 0.25)])
def test_the_median_between_two_values_is_between_them(steps, middle):
    assert median_step(np.array(steps, float)[:, None]) == pytest.approx([middle])
