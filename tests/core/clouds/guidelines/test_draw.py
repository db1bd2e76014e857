"""From scenes to polygons, neighbouring tiles included, and reading at coarser levels."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import rasterio
import rasterio.shutil
import shapely
from affine import Affine
from scipy import ndimage
from shapely.geometry import box
from skyfri.plugin.core.base.errors import Cancelled, InputError, ModelError
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.clouds.guidelines import draw as module
from skyfri.plugin.core.clouds.guidelines.draw import guidelines
from skyfri.plugin.core.clouds.guidelines.share import Predicted, common_grid, merge_rasters, passes_of
from skyfri.plugin.core.clouds.options import ClassifyOptions, GuidelineOptions, VectorizeOptions
from skyfri.plugin.core.clouds.prediction.axis import Axis
from skyfri.plugin.core.clouds.prediction.bandrows import open_band_rows
from skyfri.plugin.core.clouds.prediction.samples import Samples
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes.scene import BandFile, Scene

PIXEL_M = 10.0
SOUTH, NORTH = 5_999_000.0, 6_000_000.0


def field(rows, cols, seed=4):
    """A smooth random field of 0..1."""
    values = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(rows, cols)), 6)
    return np.clip(0.5 + values / values.std() / 3, 0, 1)


def tile(folder, name, samples, top, left=500_000.0, sensed=datetime(2024, 6, 1, 10, tzinfo=UTC)):
    """A scene of two bands whose upper left corner is (left, top)."""
    grid = Grid("EPSG:32633", Affine(PIXEL_M, 0, left, 0, -PIXEL_M, top), samples.shape[1:])
    path = folder / f"{name}.tif"
    write_array(path, samples, RasterSpec(grid, "uint16", ("B02", "B03"), 0, {"LEVEL": "L1C"}))
    bands = {"B02": BandFile(str(path), 1), "B03": BandFile(str(path), 2)}
    return Scene(name, str(path), sensed, name[-5:], "S2A", 22, "take", "L1C", "", bands, grid, box(*grid.bounds))


@pytest.fixture
def cloudy(make_model, monkeypatch):
    """A network that says the first band is cloud, known under the id ``mixture``."""
    card = make_model([[1.0, 0.0], [0.0, 1.0]], kernel=5)
    monkeypatch.setattr(module, "card_of", lambda name: card)
    return GuidelineOptions(
        model="mixture",
        classify=ClassifyOptions(0.8, 0.6, 0.8, 0.6, mmu_ha=0.1, geometry=False),
        vectorize=VectorizeOptions(15.0),
        threads=1,
    )


def two_tiles(folder):
    """Two tiles of one field of clouds that overlap by 40 rows, each with noise of its own."""
    cloud = field(200, 120)
    samples = np.stack([np.clip(cloud * 10_000, 1, None), np.full(cloud.shape, 100)]).astype(np.uint16)
    random = np.random.default_rng(1)
    parts = [
        np.clip(part + random.integers(-250, 250, part.shape), 1, 10_000).astype(np.uint16) for part in (samples[:, :120], samples[:, 80:])
    ]
    return [tile(folder, "scene_33TWM", parts[0], NORTH), tile(folder, "scene_33TWL", parts[1], NORTH - 80 * PIXEL_M)]


def test_polygons_of_a_scene_carry_the_contracts_fields(tmp_path, cloudy):
    polygons = guidelines(two_tiles(tmp_path)[:1], cloudy, tmp_path / "work")
    frame = polygons.frame
    assert {"scene", "class", "confidence", "area_m2", "model", "origin", "max_p", "thresholds", "resolution"} <= set(frame.columns)
    assert set(frame["scene"]) == {"scene_33TWM"}
    assert set(frame["model"]) == {"mixture"}
    assert set(frame["origin"]) == {"model"}
    assert frame["confidence"].between(0.55, 1).all()
    assert (frame["max_p"] >= frame["confidence"]).all()
    assert (frame["area_m2"] >= 1000).all()
    assert (tmp_path / "work" / "scene_33TWM_probability.tif").is_file()
    assert (tmp_path / "work" / "scene_33TWM_classes.tif").is_file()


def test_neighbouring_tiles_of_one_pass_share_their_outlines(tmp_path, cloudy):
    north, south = two_tiles(tmp_path)
    frame = guidelines([north, south], cloudy, tmp_path / "work").frame
    common = box(*north.grid.bounds).intersection(box(*south.grid.bounds))
    unions = [shapely.union_all(frame.geometry[frame["scene"] == scene.id].values).intersection(common) for scene in (north, south)]
    assert unions[0].area > 0
    assert unions[0].symmetric_difference(unions[1]).area < 1e-6
    for scene in (north, south):
        own = frame[frame["scene"] == scene.id].geometry
        assert own.within(box(*scene.grid.bounds).buffer(1e-6)).all()
        assert own.is_valid.all()
        assert own.area.sum() == pytest.approx(shapely.union_all(own.values).area)


def test_apart_they_do_not(tmp_path, cloudy):
    north, south = two_tiles(tmp_path)
    options = GuidelineOptions(**{**{name: getattr(cloudy, name) for name in cloudy.__dataclass_fields__}, "merge_overlaps": False})
    frame = guidelines([north, south], options, tmp_path / "work").frame
    common = box(*north.grid.bounds).intersection(box(*south.grid.bounds))
    unions = [shapely.union_all(frame.geometry[frame["scene"] == scene.id].values).intersection(common) for scene in (north, south)]
    assert unions[0].symmetric_difference(unions[1]).area > 0


def test_passes_hold_overlapping_tiles_of_one_time(tmp_path):
    samples = np.full((2, 20, 20), 500, np.uint16)
    later = datetime(2024, 6, 1, 12, tzinfo=UTC)
    scenes = [
        tile(tmp_path, "a_33TWM", samples, NORTH),
        tile(tmp_path, "b_33TWL", samples, NORTH - 100),
        tile(tmp_path, "c_33TWK", samples, NORTH - 5000),
    ]
    other = Scene(**{**vars(tile(tmp_path, "d_33TWL", samples, NORTH - 100, sensed=later)), "datatake": ""})
    predicted = [Predicted(scene, tmp_path, None, ("m",), scene.grid) for scene in (*scenes, other)]
    assert [[one.scene.id[0] for one in group] for group in passes_of(predicted)] == [["a", "b"], ["c"], ["d"]]


def test_merging_leaves_no_step_and_no_nodata_where_one_has_data(tmp_path):
    for name, top, value, gap in (("a", 0, 100, 30), ("b", 40, 200, 0)):
        values = np.full((1, 60, 20), value, np.uint8)
        values[:, gap : gap + 5, :5] = 255
        grid = Grid("EPSG:32633", Affine(10, 0, 0, 0, -10, -10 * top), (60, 20))
        write_array(tmp_path / f"{name}.tif", values, RasterSpec(grid, "uint8", ("cloud",), 255, {"MODEL": "m"}))
    grid = merge_rasters([tmp_path / "a.tif", tmp_path / "b.tif"], tmp_path / "m.tif")
    assert grid.shape == (100, 20)
    with rasterio.open(tmp_path / "m.tif") as dataset:
        merged = dataset.read(1).astype(int)
        assert dataset.tags()["MODEL"] == "m"
    middle = merged[:, 10]
    assert (middle[:40] == 100).all()
    assert (middle[60:] == 200).all()
    assert (np.diff(middle) >= 0).all()
    assert np.diff(middle).max() < 25
    assert (merged[40:45, :5] == 100).all()
    assert (merged[30:35, :5] == 255).all()


def test_the_common_grid_keeps_the_first_lattice():
    first = Grid("EPSG:32633", Affine(10, 0, 0, 0, -10, 0), (5, 5))
    second = Grid("EPSG:32633", Affine(10, 0, 25, 0, -10, 35), (2, 2))
    grid = common_grid([first, second])
    assert first.offset_of(grid) == (-4, 0)
    assert grid.shape == (9, 5)


def test_a_scene_that_fails_is_named(tmp_path, cloudy):
    good, bad = two_tiles(tmp_path)
    path = tmp_path / "scene_33TWL.tif"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(InputError, match="scene_33TWL"):
        guidelines([good, bad], cloudy, tmp_path / "work")
    options = GuidelineOptions(**{**{name: getattr(cloudy, name) for name in cloudy.__dataclass_fields__}, "skip_failed": True})
    assert set(guidelines([good, bad], options, tmp_path / "work").frame["scene"]) == {"scene_33TWM"}
    with pytest.raises(InputError, match="scene_33TWL"):
        guidelines([bad], options, tmp_path / "work")


def test_no_scene_and_an_unknown_model_are_errors(tmp_path):
    with pytest.raises(InputError, match="No scene"):
        guidelines([], GuidelineOptions(), tmp_path)
    with pytest.raises(ModelError, match="no model 'nonsense'"):
        guidelines(two_tiles(tmp_path)[:1], GuidelineOptions(model="nonsense"), tmp_path)


class Cancelling(Silent):
    """Cancels after some questions."""

    def __init__(self, patience):
        self.patience = patience

    def is_cancelled(self):
        self.patience -= 1
        return self.patience < 0


@pytest.mark.parametrize("patience", [0, 3, 12])
def test_cancel_ends_the_run(tmp_path, cloudy, patience):
    with pytest.raises(Cancelled):
        guidelines(two_tiles(tmp_path), cloudy, tmp_path / "work", progress=Cancelling(patience))


@pytest.mark.parametrize(("origin", "step"), [(0.0, 3.0), (0.0, 1.5), (2.0, 1.0), (0.5, 2.0), (-1.0, 2.0)])
def test_weights_of_an_axis_sum_to_one_inside_and_keep_a_ramp_straight(origin, step):
    count = int((30 - origin) / step) - 2
    first, weights = Axis(origin, step, 40).weights(2, count - 2)
    assert weights.sum(axis=1).max() <= 1 + 1e-6
    centres = weights @ (np.arange(first, first + weights.shape[1]) + 0.5)
    expected = origin + step * (np.arange(2, count) + 0.5)
    full = np.asarray(weights.sum(axis=1)).ravel() > 1 - 1e-6
    assert full.sum() >= count - 4
    # Pixels are constant over their width, so shares of them balance to within a tenth of one.
    np.testing.assert_allclose(centres[full], expected[full], atol=0.1 if step % 1 else 1e-5)


def jp2_scene(folder, samples):
    """A scene of one JPEG 2000 band with blocks of 64 pixels."""
    grid = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 6_000_000), samples.shape)
    write_array(folder / "b.tif", samples[None], RasterSpec(grid, "uint16", ("B02",), None))
    options = {"QUALITY": "100", "REVERSIBLE": "YES", "BLOCKXSIZE": "64", "BLOCKYSIZE": "64", "RESOLUTIONS": "4"}
    rasterio.shutil.copy(str(folder / "b.tif"), str(folder / "b.jp2"), driver="JP2OpenJPEG", **options)
    return Scene("j", "j", None, "", "", None, "", "L1C", "", {"B02": BandFile(str(folder / "b.jp2"))}, grid, box(*grid.bounds))


def rows_of(scene, grid, count=17):
    with open_band_rows(scene, ("B02",), grid, lambda: None) as take:
        parts = [take(row, min(count, grid.shape[0] - row)) for row in range(0, grid.shape[0], count)]
    return np.concatenate([part[0][0] for part in parts]), np.concatenate([part[1] for part in parts])


def test_jpeg_2000_is_read_at_its_own_coarser_level_without_a_shift(tmp_path):
    rows, cols = np.indices((192, 192))
    samples = (3000 + 8 * rows + 5 * cols + 400 * np.sin(rows / 9) * np.cos(cols / 7)).astype(np.uint16)
    scene = jp2_scene(tmp_path, samples)
    values, valid = rows_of(scene, scene.grid.at(30))
    exact = samples.reshape(64, 3, 64, 3).mean(axis=(1, 3))
    assert valid.all()
    error = values[2:-2, 2:-2] - exact[2:-2, 2:-2]
    # A shift of half a fine pixel would show as 4 + 2.5 of the ramp.
    assert abs(error.mean()) < 0.7
    assert np.abs(error).max() < 12


def test_wavelets_never_carry_data_into_nodata(tmp_path):
    rows, cols = np.indices((192, 192))
    samples = np.where(rows + cols > 150, 3000, 0).astype(np.uint16)
    scene = jp2_scene(tmp_path, samples)
    values, valid = rows_of(scene, scene.grid.at(30))
    share = (samples > 0).reshape(64, 3, 64, 3).mean(axis=(1, 3))
    assert valid[share > 0.8].all()
    assert not valid[share < 0.2].any()
    assert (values[valid] == 3000).all()


def test_only_the_edge_of_the_data_is_decoded_in_full(tmp_path, monkeypatch):
    samples = np.random.default_rng(0).integers(2000, 3000, (192, 640)).astype(np.uint16)
    samples[:, 500:] = 0
    scene = jp2_scene(tmp_path, samples)
    asked = []
    whole = Samples._averaged
    monkeypatch.setattr(Samples, "_averaged", lambda self, bands, window: asked.append(window) or whole(self, bands, window))
    values, valid = rows_of(scene, scene.grid.at(20))
    assert (valid == (np.arange(320) < 250)).all()
    assert not values[~valid].any()
    # Of ten blocks of 32 pixels the one with the edge, pixel 250, and the one before it.
    assert {(window.col, window.cols) for window in asked} == {(192, 32), (224, 32)}


def test_files_without_tiles_and_with_another_nodata_are_read_too(tmp_path):
    samples = np.random.default_rng(0).integers(1, 9000, (150, 70)).astype(np.int16)
    samples[40:60, 20:30] = -9999
    profile = {"driver": "GTiff", "height": 150, "width": 70, "count": 1, "dtype": "int16", "nodata": -9999, "crs": "EPSG:32633"}
    with rasterio.open(tmp_path / "s.tif", "w", transform=Affine(10, 0, 0, 0, -10, 0), **profile) as dataset:
        dataset.write(samples, 1)
    grid = Grid("EPSG:32633", Affine(10, 0, 0, 0, -10, 0), (150, 70))
    scene = Scene("s", "s", None, "", "", None, "", "L1C", "", {"B02": BandFile(str(tmp_path / "s.tif"))}, grid, box(*grid.bounds))
    values, valid = rows_of(scene, grid)
    assert (valid == (samples != -9999)).all()
    assert (values[valid] == samples[valid]).all()
    assert not values[~valid].any()


def test_bands_in_two_projections_are_refused(tmp_path):
    samples = np.full((20, 20), 5, np.uint16)
    scene = jp2_scene(tmp_path, samples)
    other = Grid("EPSG:32632", scene.grid.transform, scene.grid.shape)
    with pytest.raises(InputError, match="EPSG:32632"):
        rows_of(scene, other)


@pytest.mark.parametrize("scene_id", ["../../escaped", "/skyfri_escaped", "a/b", "..", "con", "x" * 300])
def test_files_of_a_scene_stay_where_they_are_wanted_whatever_it_calls_itself(tmp_path, cloudy, scene_id):
    """An id comes from a tag or a STAC item: it must not lead anywhere, and ids that fall together as names stay apart."""
    first, second = two_tiles(tmp_path)
    deep = tmp_path / "one" / "two"
    deep.mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    scenes = [replace(first, id=scene_id), replace(second, id=scene_id.replace("/", "_") + "_")]
    options = replace(cloudy, merge_overlaps=False)
    frame = guidelines(scenes, options, deep / "work", kept_folder=deep / "kept").frame
    assert set(frame["scene"]) == {scene.id for scene in scenes}
    made = {path for path in set(tmp_path.rglob("*")) - before if path.is_file()}
    assert {path.parent for path in made} == {deep / "work", deep / "kept"}
    assert len([path for path in made if path.name.endswith("_probability.tif")]) == 2
