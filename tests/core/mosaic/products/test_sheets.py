"""Squares for download: together they are the mosaic, each is a whole COG with a name that stays from year to year."""

import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.products.sheets import lay_squares, name_square
from skyfri.plugin.core.raster.grid import Grid


@pytest.mark.parametrize("pixel_m", [10, 30, 61])
@pytest.mark.parametrize("side_m", [1000, 7000, 50_000])
def test_squares_hold_every_pixel_once_and_each_those_whose_centres_it_holds(pixel_m, side_m):
    grid = Grid("EPSG:32633", Affine(pixel_m, 0, 499_980, 0, -pixel_m, 6_600_020), (300, 410))
    times = np.zeros(grid.shape, int)
    for square in lay_squares(grid, side_m):
        cut = square.window.slices_in(grid.window)
        times[cut] += 1
        rows, cols = np.mgrid[cut]
        x, y = grid.to_map(rows, cols)
        west, south, east, north = square.bounds
        assert west % side_m == south % side_m == 0
        assert (x >= west - 1e-3).all() and (x <= east + 1e-3).all() and (y >= south - 1e-3).all() and (y <= north + 1e-3).all()
    assert (times == 1).all()


def test_names_are_the_lower_left_corner():
    assert name_square(500_000, 6_600_000, 50_000) == "E0500N6600"
    assert name_square(-20_000, 0, 10_000) == "W0020N0000"
    assert name_square(500_500, 6_600_250, 250) == "E0500500N6600250"


def test_the_squares_are_the_mosaic(sample, tmp_path):
    folder = tmp_path / "downloads"
    outputs = MosaicOutputs(tmp_path / "m.tif", rgb=tmp_path / "rgb.tif", source=tmp_path / "s.tif", downloads=folder)
    options = MosaicOptions(download_m=20_000, stac=True, block_px=512)
    build(sample.scenes, sample.clouds, options, outputs)
    index = gpd.read_file(folder / "index.gpkg")
    assert len(index) > 4 and index["tile"].is_unique
    files = {*index["mosaic"], *index["rgb"]}
    assert {path.name for path in folder.iterdir()} == {"index.gpkg", *files, *(name.replace(".tif", ".stac.json") for name in files)}
    for column, path in (("mosaic", outputs.mosaic), ("rgb", outputs.rgb)):
        with rasterio.open(path) as whole:
            expected = whole.read()
            found = np.zeros_like(expected)
            for name, share, square in zip(index[column], index["data_pct"], index.geometry, strict=True):
                with rasterio.open(folder / name) as part:
                    window = whole.window(*part.bounds).round_offsets().round_lengths()
                    rows, cols = (slice(int(a), int(a + n)) for a, n in ((window.row_off, window.height), (window.col_off, window.width)))
                    found[:, rows, cols] = part.read()
                    assert part.descriptions == whole.descriptions and part.nodata == 0 and part.dtypes == whole.dtypes
                    assert part.tags().items() >= {key: v for key, v in whole.tags().items() if key.startswith("STRETCH")}.items()
                    assert part.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
                    assert max(part.shape) <= 512 or part.overviews(1)
                    assert share == pytest.approx(100 * (part.read(1) > 0).mean(), abs=0.01) and share > 0
                    assert rasterio.coords.disjoint_bounds(part.bounds, square.bounds) is False
            np.testing.assert_array_equal(found, expected)
    with rasterio.open(outputs.source) as source:
        item = json.loads((folder / index["mosaic"][0].replace(".tif", ".stac.json")).read_text())
        with rasterio.open(folder / index["mosaic"][0]) as part:
            ranks = np.unique(source.read(1, window=source.window(*part.bounds).round_offsets().round_lengths()))
    assert {link["title"] for link in item["links"]} == {sample.scenes[rank - 1].id for rank in ranks if rank}


def test_squares_without_data_are_left_out(sample, tmp_path):
    west, _, _, north = sample.scenes[0].grid.bounds
    bounds = west - 30_000, north - 5_000, west + 10_000, north + 10_000
    outputs = MosaicOutputs(tmp_path / "m.tif", downloads=tmp_path / "d")
    build(sample.scenes, sample.clouds, MosaicOptions(download_m=5000, bounds=bounds), outputs)
    index = gpd.read_file(tmp_path / "d" / "index.gpkg")
    squares = list(lay_squares(Grid.from_bounds(sample.scenes[0].grid.crs, bounds, 60.0), 5000))
    assert 0 < len(index) < len(squares)
    assert list(index.columns) == ["tile", "mosaic", "data_pct", "geometry"]


def test_what_cannot_be_cut_is_refused_before_any_work(sample, tmp_path):
    with pytest.raises(InputError, match=r"TILE_SIZE is 1 km, less than 64 pixels; give at least 3\.84 km"):
        build(sample.scenes, sample.clouds, MosaicOptions(download_m=1000), MosaicOutputs(tmp_path / "m.tif", downloads=tmp_path / "d"))
    assert not list(tmp_path.iterdir())
