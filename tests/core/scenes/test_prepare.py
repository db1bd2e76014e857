"""Prepared stacks: samples, tags, windows, what is refused."""

import numpy as np
import pytest
import rasterio
import shapely
from skyfri.plugin.core.base.errors import Cancelled, InputError, OutputError
from skyfri.plugin.core.raster.grid import Window
from skyfri.plugin.core.scenes import TEN_BANDS, open_scene, read_scaled
from skyfri.plugin.core.scenes import prepare as preparing
from skyfri.plugin.core.scenes.angles import mean_sun, mean_view
from skyfri.plugin.core.scenes.bands import open_bands
from skyfri.plugin.core.scenes.prepare import prepare, stream_windows
from skyfri.tests.core.scenes.build_products import BANDS, PIXEL_M, Spec, dn_of, make_safe, make_stac, write_band


class Watcher:
    """Progress that keeps what it is told and cancels on demand."""

    def __init__(self, cancel_at=2.0):
        self.fractions, self.warnings, self.cancel_at = [], [], cancel_at

    def report(self, fraction, message=""):
        self.fractions.append(fraction)

    def warn(self, message):
        self.warnings.append(message)

    def is_cancelled(self):
        return bool(self.fractions) and self.fractions[-1] >= self.cancel_at


def truth(band, times=1):
    dn = dn_of(band, 120).astype(int)
    return np.where(dn == 0, 0, np.clip(dn - 1000, 1, 65535)).repeat(times, 0).repeat(times, 1)


def test_ten_bands_on_ten_metres(safe, tmp_path):
    scene, watcher = open_scene(safe), Watcher()
    prepare(scene, tmp_path / "out.tif", progress=watcher)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.descriptions == TEN_BANDS
        assert (dataset.dtypes[0], dataset.nodata, dataset.shape) == ("uint16", 0, (120, 120))
        assert dataset.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        for index, band in enumerate(TEN_BANDS, 1):
            assert (dataset.read(index) == truth(band, PIXEL_M[band] // 10)).all()
        tags = dataset.tags()
    expected = {"SCENE_ID": scene.id, "TILE": "32VNM", "ORBIT": "51", "LEVEL": "L1C", "BASELINE": "05.09", "DATE": "2023-08-23"}
    assert expected.items() <= tags.items()
    assert tags["SENSED"] == "2023-08-23T10:50:01.123400Z"
    assert watcher.fractions == sorted(watcher.fractions)
    assert watcher.fractions[-1] == 1
    assert not watcher.warnings
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tif"]


def test_a_prepared_stack_is_the_same_scene_again(safe, tmp_path):
    scene = open_scene(safe)
    prepare(scene, tmp_path / "renamed.tif")
    again = open_scene(tmp_path / "renamed.tif")
    for name in ("id", "sensed", "tile", "platform", "relative_orbit", "datatake", "level", "baseline", "grid"):
        assert getattr(again, name) == getattr(scene, name), name
    assert shapely.symmetric_difference(again.footprint, scene.footprint).area < 1
    assert mean_sun(again) == pytest.approx(mean_sun(scene), abs=1e-3)
    assert mean_view(again, "B11") == pytest.approx(mean_view(scene), abs=1e-3)
    assert (read_scaled(again, TEN_BANDS, scene.grid) == read_scaled(scene, TEN_BANDS, scene.grid)).all()


@pytest.mark.parametrize("window_px", [16, 50, 64])
def test_the_result_does_not_depend_on_the_windows(safe, tmp_path, monkeypatch, window_px):
    scene = open_scene(safe)
    for pixel_m, name in ((None, "a"), (30, "b"), (25, "c")):
        prepare(scene, tmp_path / f"whole_{name}.tif", pixel_m=pixel_m)
        monkeypatch.setattr(preparing, "WINDOW_PX", window_px)
        prepare(scene, tmp_path / f"parts_{name}.tif", pixel_m=pixel_m)
        monkeypatch.undo()
        with rasterio.open(tmp_path / f"whole_{name}.tif") as whole, rasterio.open(tmp_path / f"parts_{name}.tif") as parts:
            assert (whole.read() == parts.read()).all()


def test_coarser_pixels_are_means_of_the_data_in_them(safe, tmp_path):
    scene = open_scene(safe)
    prepare(scene, tmp_path / "out.tif", bands=["B02", "B11", "B01"], pixel_m=20)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        out = dataset.read().astype(int)
    blocks = dn_of("B02", 120).reshape(60, 2, 60, 2).swapaxes(1, 2).reshape(60, 60, 4).astype(float)
    mean = np.where(blocks > 0, blocks, 0).sum(2) / np.maximum((blocks > 0).sum(2), 1)
    assert np.abs(out[0] - np.clip(mean - 1000, 1, None)).max() <= 1
    assert (out[1] == truth("B11")).all()
    assert (out[2] == truth("B01", 3)).all()


def test_an_extent_is_widened_to_pixels_and_cut_to_the_scene(safe, tmp_path):
    scene = open_scene(safe)
    west, _, _, north = scene.grid.bounds
    prepare(scene, tmp_path / "out.tif", bands=["B04"], bounds=(west + 95, north - 205, west + 5000, north + 40))
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.bounds == (west + 90, north - 210, west + 1200, north)
        assert (dataset.read(1) == truth("B04")[:21, 9:]).all()


def test_bands_that_lack_are_warned_of_or_refused_when_asked_for(tmp_path):
    scene = open_scene(make_stac(tmp_path, applied=True))
    watcher = Watcher()
    prepare(scene, tmp_path / "some.tif", progress=watcher)
    assert len(watcher.warnings) == 1
    assert "lacks B03, B05" in watcher.warnings[0]
    with rasterio.open(tmp_path / "some.tif") as dataset:
        assert dataset.descriptions == ("B02", "B04", "B11")
    with pytest.raises(InputError, match="lacks B03"):
        prepare(scene, tmp_path / "out.tif", bands=("B02", "B03"))
    assert not (tmp_path / "out.tif").exists()


@pytest.mark.parametrize(
    "wrong", [{"bands": []}, {"bands": ["B02", "B02"]}, {"pixel_m": 0}, {"pixel_m": float("nan")}, {"bounds": (0, 0, 1, 1)}]
)
def test_impossible_wishes_are_one_sentence(safe, tmp_path, wrong):
    with pytest.raises(InputError):
        prepare(open_scene(safe), tmp_path / "out.tif", **wrong)
    assert not list(tmp_path.iterdir())


def test_cancel_in_the_middle_leaves_nothing(safe, tmp_path, monkeypatch):
    monkeypatch.setattr(preparing, "WINDOW_PX", 16)
    watcher = Watcher(cancel_at=0.3)
    with pytest.raises(Cancelled):
        prepare(open_scene(safe), tmp_path / "out.tif", progress=watcher)
    assert 0.3 <= watcher.fractions[-1] < 0.5
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_one_sentence(safe, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        prepare(open_scene(safe), tmp_path / "file" / "out.tif")


def test_a_truncated_band_leaves_nothing(tmp_path):
    product = make_safe(tmp_path / "in", Spec(bands=("B02", "B03"), size_px=600))
    file = next(product.glob("GRANULE/*/IMG_DATA/*_B03.jp2"))
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 9 // 10])
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match=r"_B03\.jp2 cannot be read .*truncated"):
        prepare(open_scene(product), tmp_path / "out" / "out.tif")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
    ("blocks", "expected_cols"), [({"tiled": True, "blockxsize": 64, "blockysize": 64}, 128), ({"blockysize": 2}, 300)]
)
def test_windows_follow_the_blocks_of_the_files(tmp_path, monkeypatch, blocks, expected_cols):
    monkeypatch.setattr(preparing, "WINDOW_PX", 150)
    samples = np.full((300, 300), 2000, np.uint16)
    write_band(tmp_path / "in" / "B03.tif", samples, 10, driver="GTiff")
    profile = {"width": 300, "height": 300, "count": 1, "dtype": "uint16", "crs": "EPSG:32632", "compress": "deflate"}
    with rasterio.open(
        tmp_path / "in" / "B02.tif", "w", transform=rasterio.Affine(10, 0, 600000, 0, -10, 6800040), **profile, **blocks
    ) as dataset:
        dataset.write(samples, 1)
    (tmp_path / "in" / "B03.tif").unlink()
    scene = open_scene(tmp_path / "in")
    with open_bands(scene) as reader:
        windows = list(stream_windows(reader, ["B02"], scene.grid))
    assert windows[0].cols == expected_cols
    count = np.zeros(scene.grid.shape, int)
    for window in windows:
        count[window.slices_in(Window(0, 0, 300, 300))] += 1
    assert (count == 1).all()


def test_all_thirteen_bands_can_be_asked_for(safe, tmp_path):
    prepare(open_scene(safe), tmp_path / "out.tif", bands=BANDS)
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.descriptions == BANDS
