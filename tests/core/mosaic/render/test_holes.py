"""Holes: whole where blocks cut them, and judged by every band."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.hole_polygons import join_holes, outline_holes
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render.holes import LISTED, MASK, describe_holes, pack_holes
from skyfri.plugin.core.mosaic.render.parts import write_part
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene

GRID = Grid("EPSG:32633", Affine(20, 0, 500_000, 0, -20, 5_000_000), (1300, 1100))
BANDS = ("B02", "B03", "B04")


def facts_of(mask, block_px):
    outer = Window(0, 0, *mask.shape)
    found = {(w.row // block_px, w.col // block_px): describe_holes(mask[w.slices_in(outer)]) for w in outer.blocks(block_px)}
    return {place: json.loads(json.dumps(facts)) for place, facts in found.items()}


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.sampled_from([1, 4, 7, 16, 64]),
    st.sampled_from([0.1, 0.4, 0.6, 0.8, 1.0]),
    st.integers(0, 99),
)
@settings(max_examples=150)
def test_joined_holes_are_those_of_the_whole(rows, cols, block_px, share, seed):
    mask = np.random.default_rng(seed).random((rows, cols)) < share
    labels, count = ndimage.label(mask)
    facts = facts_of(mask, block_px)
    found, holes = join_holes(facts, block_px)
    assert found == count
    assert sum(fact["pixels"] for fact in facts.values()) == mask.sum()
    truth = [(int((labels == n).sum()), *(float(np.mean(axis)) for axis in np.nonzero(labels == n))) for n in range(1, count + 1)]
    truth.sort(key=lambda hole: (-hole[0], hole[1:]))
    ours = [(hole.pixels, round(hole.row, 6), round(hole.col, 6)) for hole in holes]
    assert [hole[0] for hole in ours] == [hole[0] for hole in truth[:LISTED]]
    if count <= LISTED:
        assert sorted(ours) == sorted((pixels, round(row, 6), round(col, 6)) for pixels, row, col in truth)


@pytest.fixture(scope="module")
def lacking(tmp_path_factory):
    """Two scenes: data in the first band everywhere, elsewhere the second band or the third ends earlier."""
    folder = tmp_path_factory.mktemp("lacking")
    rng = np.random.default_rng(1)
    samples, scenes = rng.integers(300, 3000, (2, len(BANDS), *GRID.shape)).astype(np.uint16), []
    samples[0, 2, :, 400:] = 0
    samples[1, 1, :, :700] = 0
    samples[1, :, 900:, 900:] = 0
    for number, bands in enumerate(samples):
        tags = {"SCENE_ID": f"s{number}", "DATE": f"2024-06-0{number + 1}"}
        write_array(folder / f"s{number}.tif", bands, RasterSpec(GRID, "uint16", BANDS, tags=tags))
        scenes.append(open_scene(folder / f"s{number}.tif"))
    return scenes, samples


@pytest.mark.parametrize("block_px", [512, 2048])
def test_density_counts_what_has_data_in_every_band_and_no_hole_lies_where_none_has(lacking, tmp_path, block_px):
    scenes, samples = lacking
    outputs = MosaicOutputs(tmp_path / "m.tif", density=tmp_path / "d.tif")
    report = build(scenes, None, MosaicOptions(balance="none", block_px=block_px), outputs)
    with rasterio.open(outputs.density) as density:
        np.testing.assert_array_equal(density.read(1), (samples > 0).all(axis=1).sum(axis=0))
    assert report.content["holes"] == {"area_m2": 0, "count": 0, "largest": []}


@pytest.mark.parametrize("block_px", [512, 1024, 2048])
def test_a_hole_across_blocks_is_listed_once_with_its_area_and_place(lacking, tmp_path, block_px):
    scenes, samples = lacking
    x, y = GRID.to_map(np.array([500, 700, 100]), np.array([200, 1010, 600]))
    discs = [shapely.Point(a, b).buffer(radius) for a, b, radius in zip(x, y, (1500, 1200, 400), strict=True)]
    frame = gpd.GeoDataFrame({"scene": ["s0", "s1", "s1"], "class": "cloud"}, geometry=discs, crs=GRID.crs)
    report = build(scenes, CloudPolygons(frame), MosaicOptions(balance="none", block_px=block_px), MosaicOutputs(tmp_path / "m.tif"))
    holes = report.content["holes"]
    with rasterio.open(tmp_path / "m.tif") as mosaic:
        empty = mosaic.read(1) == 0
    empty &= (samples > 0).all(axis=1).any(axis=0)
    labels, count = ndimage.label(empty)
    assert holes["count"] == count >= 2
    assert holes["area_m2"] == empty.sum() * 400
    largest = holes["largest"][0]
    assert largest["area_m2"] == (labels == np.bincount(labels[labels > 0]).argmax()).sum() * 400
    assert np.hypot(largest["x"] - x[0], largest["y"] - y[0]) < 30


@pytest.mark.parametrize("block_px", [512, 1024])
def test_outlines_are_the_holes_whatever_the_blocks(lacking, tmp_path, block_px):
    scenes, *_ = lacking
    outputs = MosaicOutputs(tmp_path / "m.tif", source=tmp_path / "s.tif", holes=tmp_path / "holes.gpkg")
    discs = [
        shapely.Point(x, y).buffer(radius)
        for x, y, radius in ((510_240, 4_989_760, 900), (503_000, 4_995_000, 400), (506_000, 4_990_000, 30), (500_100, 4_990_000, 300))
    ]
    frames = [gpd.GeoDataFrame({"scene": scene.id, "class": "cloud"}, geometry=discs, crs=GRID.crs, index=range(4)) for scene in scenes]
    clouds = CloudPolygons(pd.concat(frames, ignore_index=True))
    report = build(scenes, clouds, MosaicOptions(balance="none", block_px=block_px, bands=("B02",)), outputs)
    found = gpd.read_file(outputs.holes)
    told = report.content["holes"]
    assert len(found) == told["count"] and found["number"].tolist() == list(range(1, len(found) + 1))
    assert found["area_m2"].tolist() == pytest.approx([hole["area_m2"] for hole in told["largest"]])
    assert found.geometry.area.tolist() == pytest.approx(found["area_m2"].tolist()) and found.geometry.is_valid.all()
    centres = [(hole["x"], hole["y"]) for hole in told["largest"]]
    assert [(p.x, p.y) for p in found.geometry.centroid] == [pytest.approx(centre, abs=GRID.pixel_m) for centre in centres]
    with rasterio.open(outputs.source) as source:
        burnt = rasterio.features.rasterize(found.geometry, source.shape, transform=source.transform).astype(bool)
        empty = source.read(1) == 0
    assert not (burnt & ~empty).any() and burnt.sum() * GRID.pixel_m**2 == told["area_m2"]


def test_a_mosaic_without_holes_has_an_empty_layer_of_them(lacking, tmp_path):
    outputs = MosaicOutputs(tmp_path / "m.tif", holes=tmp_path / "holes.gpkg")
    build(lacking[0], None, MosaicOptions(balance="none", bands=("B02",)), outputs)
    found = gpd.read_file(outputs.holes)
    assert len(found) == 0 and set(found.columns) >= {"number", "area_m2"}


@pytest.mark.parametrize("pixel_m", [10, 10 / 3, 9.97123])
def test_outlines_meet_across_blocks_whatever_the_pixel_size(tmp_path, pixel_m):
    mask = np.random.default_rng(4).random((1024, 1536)) < 0.0005
    mask = ndimage.binary_dilation(mask, iterations=6)
    grid = Grid("EPSG:32633", Affine(pixel_m, 0, 500_000.1, 0, -pixel_m, 5_000_000.7), mask.shape)
    parts = {
        (w.row // 512, w.col // 512): write_part(
            tmp_path / f"{w.row}_{w.col}.part", "key", [], {"holes": describe_holes(mask[w.slices])}, block_px=512,
            arrays={MASK: pack_holes(mask[w.slices])},
        )
        for w in grid.window.blocks(512)
    }  # fmt: skip
    found = outline_holes(grid, parts, 512)
    count, listed = join_holes({place: part.facts["holes"] for place, part in parts.items()}, 512)
    assert len(found) == count == ndimage.label(mask)[1] > LISTED
    assert found["area_m2"].head(LISTED).tolist() == pytest.approx([hole.pixels * pixel_m**2 for hole in listed])
    x, y = grid.to_map(np.array([hole.row for hole in listed]), np.array([hole.col for hole in listed]))
    middle = found.geometry.centroid.head(LISTED)
    np.testing.assert_allclose((middle.x, middle.y), (x, y), atol=pixel_m / 1000)
