"""The whole walk on sample scenes: what is asked of every product, and that neither blocks nor workers matter."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from rasterio.features import rasterize
from skyfri.plugin.core.base.errors import Cancelled, InputError, OutputError
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render import block as blocks
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.read import grid_of
from skyfri.plugin.core.scenes import open_scene

from .conftest import Listener, make_sample


def outputs_in(folder, *names):
    known = {"rgb": "rgb.tif", "source": "source.tif", "density": "density.tif", "seamlines": "seams.geojson", "report_json": "report.json"}
    return MosaicOutputs(folder / "mosaic.tif", **{name: folder / known[name] for name in names or known})


def files_of(outputs):
    paths = (getattr(outputs, field.name) for field in fields(outputs))
    return {path.name: path.read_bytes() for path in paths if path is not None and path.name != "report.json"}


@pytest.fixture(scope="module")
def built(sample, tmp_path_factory):
    outputs = outputs_in(tmp_path_factory.mktemp("built"))
    report = build(sample.scenes, sample.clouds, MosaicOptions(block_px=1024), outputs)
    return outputs, report


def on_grid(scene, grid):
    """Return a scene's samples on the mosaic's grid, which shares its lattice."""
    row, col = (-n for n in scene.grid.offset_of(grid))
    out = np.zeros((4, *grid.shape), np.uint16)
    with rasterio.open(scene.path) as dataset:
        data = dataset.read()
    out[:, row : row + data.shape[1], col : col + data.shape[2]] = data
    return out


def hidden_by(sample, scene, grid):
    shapes = sample.clouds.in_crs(grid.crs).of_scene(scene.id)
    return rasterize(((s, 1) for s in shapes), grid.shape, transform=grid.transform).astype(bool)


def test_every_pixel_is_of_one_clear_scene_and_nothing_clear_is_left_empty(sample, built):
    outputs, report = built
    with rasterio.open(outputs.mosaic) as mosaic, rasterio.open(outputs.source) as source, rasterio.open(outputs.density) as density:
        samples, rank, count = mosaic.read(), source.read(1), density.read(1)
        grid = Grid(f"EPSG:{mosaic.crs.to_epsg()}", mosaic.transform, mosaic.shape)
        assert mosaic.descriptions == ("B02", "B03", "B04", "B08") and mosaic.nodata == 0
        assert source.tags()["SCENE_1"] == sample.scenes[0].id
    expected = np.zeros(grid.shape, int)
    gains = {entry["index"]: entry for entry in report.content["scenes"]}
    for index, scene in enumerate(sample.scenes, 1):
        data, hidden = on_grid(scene, grid), hidden_by(sample, scene, grid)
        mine = rank == index
        assert not (mine & hidden).any()
        assert (data[:, mine] > 0).all()
        expected += (data > 0).all(axis=0) & ~hidden
        for band, name in enumerate(mosaic.descriptions):
            formula = data[band, mine] * gains[index]["gain"][name] + gains[index]["offset"][name]
            assert np.abs(samples[band, mine] - formula).max() <= 0.6
    np.testing.assert_array_equal(count, expected)
    assert ((rank > 0) == (expected > 0)).all()
    assert ((samples > 0).all(axis=0) == (rank > 0)).all() and ((samples > 0).any(axis=0) == (rank > 0)).all()


def test_the_picture_for_viewing_has_data_from_1_to_254_where_the_mosaic_has(built):
    outputs, _ = built
    with rasterio.open(outputs.rgb) as picture, rasterio.open(outputs.source) as source:
        rgb, rank = picture.read(), source.read(1)
        assert picture.descriptions == ("B04", "B03", "B02") and picture.nodata == 0 and picture.dtypes[0] == "uint8"
        for number in range(len(picture.overviews(1))):
            with rasterio.open(outputs.rgb, overview_level=number) as overview:
                assert overview.read().max() <= 254
    assert (rgb[:, rank > 0] >= 1).all() and rgb.max() <= 254 and (rgb[:, rank == 0] == 0).all()
    assert rgb[:, rank > 0].std() > 20


def test_seam_polygons_partition_what_is_covered(built):
    outputs, _ = built
    frame = gpd.read_file(outputs.seamlines)
    with rasterio.open(outputs.source) as source:
        rank, transform, crs = source.read(1), source.transform, source.crs
    frame = frame.set_crs(crs, allow_override=True) if frame.crs is None else frame.to_crs(crs)
    assert frame.geometry.is_valid.all()
    area = float(transform.a) ** 2
    assert frame.geometry.area.sum() == pytest.approx((rank > 0).sum() * area, rel=1e-6)
    again = rasterize(zip(frame.geometry, frame["index"], strict=True), rank.shape, transform=transform, dtype="uint16")
    np.testing.assert_array_equal(again, rank)


def test_the_report_holds_what_the_contract_promises(sample, built):
    outputs, _ = built
    content = json.loads(outputs.report_json.read_text())
    assert [(e["index"], e["id"], e["path"]) for e in content["scenes"]] == [(n, s.id, s.path) for n, s in enumerate(sample.scenes, 1)]
    for entry in content["scenes"]:
        assert list(entry["gain"]) == list(entry["offset"]) == ["B02", "B03", "B04", "B08"]
    residuals = content["residuals"]
    assert np.mean(residuals["mad_pct_after"]) < np.mean(residuals["mad_pct_before"])
    assert len(residuals["pairs"]) >= 5
    with rasterio.open(outputs.source) as source:
        rank = source.read(1)
    with rasterio.open(outputs.density) as density:
        assert content["covered_m2"] == (density.read(1) > 0).sum() * 3600
    np.testing.assert_allclose([e["area_m2"] for e in content["scenes"]], np.bincount(rank.ravel(), minlength=7)[1:] * 3600)
    assert content["holes"]["area_m2"] >= 0 and content["grid"]["crs"].startswith("EPSG:")


def test_gains_of_the_sample_come_back(sample, built):
    """Scenes of one date share their gain, so ratios between the dates are known exactly."""
    _, report = built
    found = {entry["id"]: entry["gain"] for entry in report.content["scenes"]}
    first = sample.scenes[0].id
    for scene in sample.scenes[1:]:
        for band in ("B02", "B03", "B04", "B08"):
            left = found[scene.id][band] * sample.gain[scene.id][band] / (found[first][band] * sample.gain[first][band])
            assert left == pytest.approx(1, abs=0.015), (scene.id, band)


@pytest.mark.parametrize(
    "options",
    [{"balance": "global"}, {"balance": "local", "feather_px": 5}, {"crs": "EPSG:3035", "seams": "optimal", "fill": "blended"}],
    ids=["global", "local, feather", "warped, optimal"],
)
def test_neither_the_size_of_blocks_nor_the_workers_change_a_byte(sample, tmp_path, options, monkeypatch):
    runs = {}
    for name, block_px, piece_px, executor in (
        ("one block, inline", 2048, 2048, InlineExecutor()),
        ("blocks of 512, inline", 512, 512, InlineExecutor()),
        ("blocks of 1024 in pieces, one thread", 1024, 256, ThreadPoolExecutor(1)),
        ("blocks of 512, four threads", 512, 512, ThreadPoolExecutor(4)),
    ):
        monkeypatch.setattr(blocks, "PIECE_PX", piece_px)
        folder = tmp_path / name
        outputs = outputs_in(folder)
        with executor:
            build(sample.scenes, sample.clouds, MosaicOptions(block_px=block_px, **options), outputs, executor=executor)
        runs[name] = files_of(outputs)
    first, *others = runs.values()
    for name, other in zip(list(runs)[1:], others, strict=True):
        for file, content in first.items():
            assert content == other[file], f"{file} differs with {name}"


def test_where_priorities_tie_the_order_changes_nothing(sample, tmp_path):
    """Tiles of one date do not hide each other when they show the same: only gains could differ."""
    one, two = outputs_in(tmp_path / "a", "source"), outputs_in(tmp_path / "b", "source")
    build(sample.scenes, sample.clouds, MosaicOptions(), one)
    swapped = [*sample.scenes[3:], *sample.scenes[:3]]
    report = build(swapped, sample.clouds, MosaicOptions(), two)
    with rasterio.open(one.mosaic) as a, rasterio.open(two.mosaic) as b:
        first, second = a.read().astype(float), b.read().astype(float)
    np.testing.assert_array_equal(first > 0, second > 0)
    both = (first > 0).all(axis=0)
    assert np.abs(first - second)[:, both].mean() / first[:, both].mean() < 0.01
    assert report.content["scenes"][0]["id"] == swapped[0].id


def test_extent_resolution_and_crs_as_asked(sample, tmp_path):
    outputs = outputs_in(tmp_path, "source", "density")
    west, _, _, north = sample.scenes[0].grid.bounds
    corner = gpd.GeoSeries([shapely.box(west + 6000, north - 20_000, west + 22_000, north - 4000)], crs=sample.scenes[0].grid.crs)
    bounds = tuple(round(v / 100) * 100.0 for v in corner.to_crs("EPSG:25833").total_bounds)
    build(sample.scenes, sample.clouds, MosaicOptions(crs="EPSG:25833", pixel_m=100, bounds=bounds, block_px=512), outputs)
    with rasterio.open(outputs.mosaic) as dataset, rasterio.open(outputs.source) as source:
        assert dataset.crs.to_epsg() == 25833 and dataset.res == (100, 100)
        assert tuple(dataset.bounds) == bounds
        rank = source.read(1)
        assert (rank > 0).mean() > 0.9
        for index, scene in enumerate(sample.scenes, 1):
            shapes = sample.clouds.in_crs("EPSG:25833").of_scene(scene.id)
            hidden = rasterize(((s, 1) for s in shapes), rank.shape, transform=source.transform).astype(bool)
            assert not ((rank == index) & hidden).any()


def test_scenes_of_two_zones_and_polygons_of_a_third_crs(tmp_path):
    sample = make_sample(
        tmp_path / "s", size_px=240, pixel_m=None, tiles=4, dates=2, zones=2, weather=("cumulus", "clear"), swath_cut=(0.0,)
    )
    crs = {scene.grid.crs for scene in sample.scenes}
    assert len(crs) == 2
    clouds = sample.clouds.in_crs("EPSG:4326")
    outputs = outputs_in(tmp_path / "out")
    report = build(sample.scenes, clouds, MosaicOptions(crs="EPSG:25833", pixel_m=400, block_px=512), outputs)
    with rasterio.open(outputs.source) as source:
        rank = source.read(1)
        for index, scene in enumerate(sample.scenes, 1):
            shapes = clouds.in_crs("EPSG:25833").of_scene(scene.id)
            if not len(shapes):
                continue
            hidden = rasterize(((s, 1) for s in shapes), rank.shape, transform=source.transform).astype(bool)
            assert not ((rank == index) & hidden).any()
    used = {entry["id"] for entry in report.content["scenes"] if entry["area_m2"]}
    assert {scene.grid.crs for scene in sample.scenes if scene.id in used} == crs
    assert report.content["groups"] == 1


def test_without_polygons_and_with_an_empty_layer_all_is_clear(sample, tmp_path):
    empty = CloudPolygons(gpd.GeoDataFrame({"scene": [], "class": []}, geometry=[], crs="EPSG:4326"))
    files = []
    for name, clouds in (("none", None), ("empty", empty)):
        outputs = outputs_in(tmp_path / name, "source")
        build(sample.scenes, clouds, MosaicOptions(), outputs)
        files.append(files_of(outputs))
    assert files[0] == files[1]


def test_progress_rises_and_says_what_is_odd(sample, tmp_path):
    some = sample.clouds.frame[sample.clouds.frame["scene"] != sample.scenes[0].id]
    listener = Listener()
    build(sample.scenes, CloudPolygons(some), MosaicOptions(block_px=512), outputs_in(tmp_path, "source"), progress=listener)
    assert listener.reports == sorted(listener.reports) and listener.reports[-1] == 1
    assert any("used as wholly clear" in warning and sample.scenes[0].id in warning for warning in listener.warnings)


def test_a_cancelled_run_leaves_no_product(sample, tmp_path):
    with pytest.raises(Cancelled):
        build(sample.scenes, sample.clouds, MosaicOptions(block_px=512), outputs_in(tmp_path), progress=Listener(patience=9))
    assert [path.name for path in tmp_path.iterdir()] == [".mosaic.tif.parts"]


def test_bad_input_is_one_sentence(sample, tmp_path):
    outputs = outputs_in(tmp_path, "rgb")
    strangers = CloudPolygons(sample.clouds.frame.assign(scene="another"))
    for scenes, clouds, options, said in (
        ([], None, {}, "No scene was given"),
        (sample.scenes[:1] * 2, None, {}, "are the same scene"),
        (sample.scenes, strangers, {}, "No cloud polygon names a scene"),
        (sample.scenes, None, {"bands": ("B02", "B11")}, "lacks the band B11"),
        (sample.scenes, None, {"bounds": (0.0, 0.0, 6000.0, 6000.0)}, "No scene reaches the extent"),
        (sample.scenes, None, {"crs": "EPSG:4326"}, "not projected"),
        (sample.scenes, None, {"bands": ("B02", "B08")}, "OUTPUT_RGB needs B04, B03, B02 but the mosaic lacks"),
    ):
        with pytest.raises(InputError, match=said):
            build(scenes, clouds, MosaicOptions(**options), outputs)
    assert not list(tmp_path.iterdir())
    for wrong in (
        {"balance": "best"},
        {"seams": "layer"},
        {"feather_px": 65},
        {"pixel_m": 0.0},
        {"stretch": (99.0, 1.0)},
        {"block_px": 1000},
    ):
        with pytest.raises(InputError):
            MosaicOptions(**wrong)


def test_a_product_in_the_place_of_a_scene_or_of_another_product_is_refused(sample, tmp_path):
    scene = Path(shutil.copy(sample.scenes[0].path, tmp_path))
    link = tmp_path / "link.tif"
    link.symlink_to(scene)
    before = scene.read_bytes()
    for outputs in (
        MosaicOutputs(scene),
        MosaicOutputs(tmp_path / "m.tif", source=link),
        MosaicOutputs(tmp_path / "m.tif", rgb=tmp_path / "m.tif"),
        MosaicOutputs(tmp_path / "m.tif", seamlines=tmp_path / "a.gpkg", suspects=tmp_path / "." / "a.gpkg"),
    ):
        with pytest.raises(OutputError, match="as well; choose another file"):
            build([open_scene(scene)], None, MosaicOptions(), outputs)
    assert scene.read_bytes() == before and sorted(path.name for path in tmp_path.iterdir()) == sorted(["link.tif", scene.name])


def test_a_folder_that_is_none_is_named(sample, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="file cannot be written"):
        build(sample.scenes, sample.clouds, MosaicOptions(), MosaicOutputs(tmp_path / "file" / "mosaic.tif"))


def test_without_filling_what_the_first_scene_hides_stays_empty(sample, tmp_path):
    outputs = outputs_in(tmp_path, "source")
    build(sample.scenes[:2], sample.clouds, MosaicOptions(balance="none", fill="none"), outputs)
    with rasterio.open(outputs.source) as dataset:
        source, grid = dataset.read(1), grid_of(dataset)
    first = on_grid(sample.scenes[0], grid)
    has_data = (first if first.ndim == 2 else first[0]) > 0
    hidden = hidden_by(sample, sample.scenes[0], grid)
    assert (has_data & hidden).any()
    assert not source[has_data & hidden].any()
    assert (source[has_data & ~hidden] == 1).mean() > 0.999
