"""Prediction through tiling against what the network says of the whole image."""

import os
import threading

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfri.plugin.core.base.errors import Cancelled, InputError, ModelError
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.clouds.network.model import open_model
from skyfri.plugin.core.clouds.network.patch import PatchLayout, mirror_into, mirrored, taper
from skyfri.plugin.core.clouds.options import Thresholds
from skyfri.plugin.core.clouds.prediction.predict import predict, prediction_pixel_m
from skyfri.plugin.core.clouds.prediction.probabilities import read_probabilities
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene

IDENTITY = [[1.0, 0.0], [0.0, 1.0]]


def samples_of(rows: int, cols: int, bands: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 10_000, (bands, rows, cols)).astype(np.uint16)


def predicted(scene, card, path, **options):
    predict(scene, open_model(card, threads=options.pop("threads", 2)), path, **options)
    with rasterio.open(path) as dataset:
        return dataset.read(), dataset.tags(), dataset.descriptions


def quantised(samples: np.ndarray) -> np.ndarray:
    return np.rint(samples / 10_000 * 250)


@given(st.integers(4, 40), st.data())
def test_weights_of_overlapping_patches_sum_to_one(patch, data):
    step = data.draw(st.integers((patch + 1) // 2, patch))
    layout = PatchLayout((data.draw(st.integers(1, 90)), data.draw(st.integers(1, 90))), patch, step, data.draw(st.integers(0, patch - 1)))
    weights = taper(patch, layout.overlap_px)
    assert weights.min() > 0
    rows, cols = layout.counts
    total = np.zeros((step * (rows - 1) + patch, step * (cols - 1) + patch))
    for row in range(rows):
        for col in range(cols):
            total[row * step : row * step + patch, col * step : col * step + patch] += weights
    inside = total[layout.overlap_px : total.shape[0] - layout.overlap_px, layout.overlap_px : total.shape[1] - layout.overlap_px]
    np.testing.assert_allclose(inside, 1, atol=1e-5)
    assert layout.window(rows - 1, cols - 1).stop >= layout.shape


@given(st.integers(1, 20), st.integers(-70, 70), st.integers(1, 90))
def test_mirrored_indices_are_numpys_symmetric_padding(size, first, count):
    padded = np.pad(np.arange(size), 200, mode="symmetric")
    assert (mirrored(first, count, size) == padded[200 + first : 200 + first + count]).all()


@pytest.mark.parametrize("shape", [(100, 130), (7, 5), (32, 32), (24, 97)])
def test_an_identity_network_gives_back_the_input(make_scene, make_model, tmp_path, shape):
    samples = samples_of(*shape)
    values, tags, names = predicted(make_scene(samples), make_model(IDENTITY), tmp_path / "p.tif")
    assert names == ("cloud", "shadow")
    assert tags["MODEL"] == "mixture"
    assert tags["RESOLUTION"] == "10"
    assert np.abs(values - quantised(samples)).max() <= 1


def test_stitched_patches_equal_one_patch_of_everything(make_scene, make_model, tmp_path):
    samples = samples_of(90, 70)
    scene = make_scene(samples)
    # A 9 x 9 mean sees 4 px around; patches that overlap by more cannot show their borders.
    small = make_model(IDENTITY, kernel=9, patch_px=40, step_px=24, margin_px=8)
    tiled, *_ = predicted(scene, small, tmp_path / "tiled.tif")
    whole, *_ = predicted(scene, make_model(IDENTITY, kernel=9, patch_px=128, step_px=128, margin_px=16), tmp_path / "whole.tif")
    # The outermost ring of each patch sees the convolution's zeros, with a weight that the taper keeps low.
    assert np.abs(tiled.astype(int) - whole).max() <= 5
    assert np.abs(tiled.astype(int) - whole).mean() < 0.6


def test_result_does_not_depend_on_the_number_of_threads(make_scene, make_model, tmp_path):
    scene, card = make_scene(samples_of(120, 90)), make_model(IDENTITY, kernel=5)
    results = [predicted(scene, card, tmp_path / f"{threads}.tif", threads=threads)[0] for threads in (1, 2, 3)]
    assert (results[0] == results[1]).all()
    assert (results[0] == results[2]).all()


def test_nodata_stays_nodata_and_never_reaches_its_neighbours(make_scene, make_model, tmp_path):
    samples = np.full((2, 80, 80), 5000, np.uint16)
    rows, cols = np.indices((80, 80))
    hole = (rows + cols < 60) | ((rows - 60) ** 2 + (cols - 60) ** 2 < 50)
    samples[:, hole] = 0
    values, *_ = predicted(make_scene(samples), make_model(IDENTITY, kernel=7), tmp_path / "p.tif")
    assert (values[:, hole] == 255).all()
    # Zeros fed to a 7 x 7 mean would pull the edge down to a half; mirrored data keep it flat, patch borders apart.
    assert values[:, ~hole].min() >= 110


def test_patches_without_data_are_not_run(make_scene, make_model, tmp_path, monkeypatch):
    samples = np.zeros((2, 96, 96), np.uint16)
    samples[:, :20, :20] = 4000
    model = open_model(make_model(IDENTITY))
    seen = []
    monkeypatch.setattr(type(model), "probabilities", lambda self, r, v: seen.append(v.any()) or np.zeros((2, *v.shape), np.float32))
    predict(make_scene(samples), model, tmp_path / "p.tif")
    assert all(seen)
    assert len(seen) == 1


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mirroring_fills_every_gap_from_data(seed):
    random = np.random.default_rng(seed)
    valid = random.random((9, 11)) < random.random()
    values = np.where(valid, random.random((2, 9, 11)), -1)
    filled = mirror_into(values, valid)
    assert (filled[:, valid] == values[:, valid]).all()
    if valid.any():
        assert (filled >= 0).all()


class Impatient(Silent):
    """Cancels after some reports."""

    def __init__(self, patience):
        self.patience = patience

    def report(self, fraction, message=""):
        self.patience -= 1

    def is_cancelled(self):
        return self.patience <= 0


def test_cancel_leaves_nothing_behind(make_scene, make_model, tmp_path):
    folder = tmp_path / "out"
    with pytest.raises(Cancelled):
        predict(make_scene(samples_of(200, 200)), open_model(make_model(IDENTITY)), folder / "p.tif", progress=Impatient(3))
    assert list(folder.iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("skyfri")]


def test_missing_bands_are_named(make_scene, make_model, tmp_path):
    card = make_model(IDENTITY, bands=("B02", "B12"))
    with pytest.raises(ModelError, match="B12"):
        predict(make_scene(samples_of(20, 20)), open_model(card), tmp_path / "p.tif")


def test_truncated_input_is_one_sentence(make_scene, make_model, tmp_path):
    scene = make_scene(samples_of(600, 600))
    path = tmp_path / "scene.tif"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="scene"):
        predict(scene, open_model(make_model(IDENTITY)), tmp_path / "p.tif")
    assert not (tmp_path / "p.tif").exists()


@pytest.mark.parametrize("truncated", ["B02", "B03", "B04"])
def test_of_several_files_the_truncated_one_is_named(make_model, tmp_path, truncated):
    folder = tmp_path / "product"
    samples = samples_of(600, 600, bands=3)
    for band, values in zip(("B02", "B03", "B04"), samples, strict=True):
        write_array(
            folder / f"{band}.tif",
            values[np.newaxis],
            RasterSpec(Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 6_000_000), (600, 600)), "uint16", (band,), 0),
        )
    scene = open_scene(folder)
    path = folder / f"{truncated}.tif"
    os.truncate(path, path.stat().st_size // 2)
    card = make_model(np.eye(2, 3), bands=("B02", "B03", "B04"), classes=("cloud", "shadow"))
    with pytest.raises(InputError, match=rf"{truncated}\.tif cannot be read .*truncated, fetch it again\.$"):
        predict(scene, open_model(card), tmp_path / "p.tif")
    assert not (tmp_path / "p.tif").exists()


@pytest.mark.parametrize(("own", "card", "expected"), [(10, 30, 30), (30, 30, 30), (60, 30, 30), (120, 30, 60), (50, 30, 30), (20, 10, 10)])
def test_pixel_size_follows_the_card_and_is_enlarged_at_most_twice(make_scene, make_model, own, card, expected):
    scene = make_scene(samples_of(8, 8), pixel_m=own)
    assert prediction_pixel_m(scene, make_model(IDENTITY, ground_sampling_m=float(card))) == expected


@pytest.mark.parametrize("pixel_m", [20, 30, 25, 40])
def test_coarser_prediction_averages_by_area(make_scene, make_model, tmp_path, pixel_m):
    samples = samples_of(120, 120)
    values, tags, _ = predicted(make_scene(samples), make_model(IDENTITY), tmp_path / "p.tif", pixel_m=pixel_m)
    size = 1200 // pixel_m
    # Every map metre counts once: repeat to 5 m, then take block means.
    fine = samples.astype(float).repeat(2, 1).repeat(2, 2)[:, : size * pixel_m // 5, : size * pixel_m // 5]
    step = pixel_m // 5
    means = fine.reshape(2, size, step, size, step).mean(axis=(2, 4))
    assert np.abs(values[:, :size, :size] - quantised(means)).max() <= 1
    assert tags["SOURCE_RESOLUTION"] == "10"


def test_a_prediction_tells_its_network_and_thresholds(make_scene, make_model, tmp_path):
    own = Thresholds(0.6, 0.5, 0.8, 0.4)
    weighted = make_model(IDENTITY, activation="softmax", training_weights=(0.46, 4.6), thresholds=own, sha256="")
    predict(make_scene(samples_of(40, 40)), open_model(weighted), tmp_path / "p.tif")
    tags = read_probabilities(tmp_path / "p.tif").tags
    assert Thresholds.from_tags(tags) == own
    assert (tags["MODEL"], tags["TRAINING_WEIGHTS"]) == ("mixture", "0.46 4.6")
    predict(make_scene(samples_of(40, 40)), open_model(make_model(IDENTITY)), tmp_path / "q.tif")
    silent = read_probabilities(tmp_path / "q.tif").tags
    assert Thresholds.from_tags(silent) is None and "TRAINING_WEIGHTS" not in silent
