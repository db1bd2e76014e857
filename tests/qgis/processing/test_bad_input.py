"""What cannot work ends with one clear sentence, exit code 1 and nothing half-written."""

import os
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from shapely.geometry import Polygon, box


def assert_refused(run, folder: Path, *words: str) -> None:
    """One sentence that holds ``words``, no traceback, and no file in ``folder``."""
    assert run.code == 1, run.text
    assert "Traceback" not in run.text
    assert all(word in run.error for word in words), run.error
    assert not [path.name for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def out(tmp_path) -> Path:
    """An empty folder for outputs."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def test_truncated_jpeg2000(qgis_process, product, tmp_path, out):
    broken = tmp_path / product.name
    shutil.copytree(product, broken)
    band = next(broken.glob("GRANULE/*/IMG_DATA/**/*_B04*.jp2"))
    band.write_bytes(band.read_bytes()[: band.stat().st_size // 2])
    run = qgis_process.run("skyfri:prepare", {"INPUT": broken, "OUTPUT": out / "stack.tif"})
    assert_refused(run, out, band.name, "truncated")


def test_zip_without_bands(qgis_process, tmp_path, out):
    path = tmp_path / "S2A_MSIL1C_20180629T000241_N0206_R030_T56JMM_20180629T012042.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    assert_refused(qgis_process.run("skyfri:predict", {"INPUT": path, "OUTPUT": out / "p.tif"}), out, path.name)


def test_scene_that_lacks_the_bands_of_the_model(qgis_process, scenes, tmp_path, out):
    poor = tmp_path / "poor.tif"
    with rasterio.open(scenes[0]) as source:
        profile = {**source.profile, "count": 3, "driver": "GTiff"}
        with rasterio.open(poor, "w", **profile) as target:
            target.write(source.read([1, 2, 3]))
            target.descriptions = source.descriptions[:3]
            target.update_tags(**source.tags())
    run = qgis_process.run("skyfri:guidelines", {"INPUTS": [str(poor)], "MODEL": "ukis-csmask-6b-l2a", "OUTPUT": out / "g.gpkg"})
    assert_refused(run, out, "ukis-csmask-6b-l2a", "B11", "B12", "lacks")


def test_output_that_cannot_be_written(qgis_process, scenes, tmp_path, out):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    run = qgis_process.run("skyfri:prepare", {"INPUT": scenes[0], "OUTPUT": blocked / "stack.tif"})
    assert_refused(run, out, "stack.tif", "cannot be written")
    run = qgis_process.run("skyfri:mosaic", {"INPUTS": [str(scenes[0])], "OUTPUT": blocked / "mosaic.tif"})
    assert_refused(run, out, str(blocked), "cannot be written")


def test_no_such_scene_and_no_scene_at_all(qgis_process, tmp_path, out):
    gone = tmp_path / "gone.SAFE"
    assert_refused(qgis_process.run("skyfri:prepare", {"INPUT": gone, "OUTPUT": out / "s.tif"}), out, "gone.SAFE")
    assert_refused(qgis_process.run("skyfri:mosaic", {"INPUTS": [], "OUTPUT": out / "m.tif"}), out, "INPUTS")


def test_values_outside_their_range_are_refused_before_the_work(qgis_process, scenes, out):
    run = qgis_process.run("skyfri:mosaic", {"INPUTS": [str(scenes[0])], "BALANCE": "magic", "OUTPUT": out / "m.tif"})
    assert run.code == 1 and "BALANCE is magic; choose one of none, global, local." in run.text
    run = qgis_process.run("skyfri:mosaic", {"INPUTS": [str(scenes[0])], "FEATHER": 900, "OUTPUT": out / "m.tif"})
    assert run.code == 1 and "FEATHER is 900; give a number from 0 to 64." in run.text
    run = qgis_process.run("skyfri:mosaic", {"INPUTS": [str(scenes[0])], "CRS": "EPSG:999999", "OUTPUT": out / "m.tif"})
    assert run.code == 1 and "CRS is EPSG:999999, which is no known CRS" in run.text  # QGIS looks for a layer of that name first
    run = qgis_process.run("skyfri:mosaic", {"INPUTS": [str(scenes[0])], "OUTPUT": out / "m.jpg"})
    assert_refused(run, out, "m.jpg", ".tif")
    run = qgis_process.run(
        "skyfri:guidelines", {"INPUTS": [str(scenes[0])], "CLOUD_SEED": 0.3, "CLOUD_GROW": 0.6, "OUTPUT": out / "g.gpkg"}
    )
    assert_refused(run, out, "grow is 0.6, seed 0.3")


def test_an_output_never_takes_the_place_of_an_input_or_another_output(qgis_process, stacks, scenes, tmp_path):
    (tmp_path / "in").mkdir()
    mine = [Path(shutil.copy(scene, tmp_path / "in")) for scene in scenes[:2]]
    clouds = Path(shutil.copy(stacks / "clouds.gpkg", tmp_path))
    before = {path: path.read_bytes() for path in (*mine, clouds)}
    inputs = {"INPUTS": [str(path) for path in mine], "CLOUDS": clouds, "OUTPUT": tmp_path / "m.tif"}
    link = tmp_path / "link.tif"
    link.symlink_to(mine[0])
    for clash in (
        {"OUTPUT": mine[0]},
        {"OUTPUT": link},
        {"SOURCE": mine[1]},
        {"OUTPUT_SEAMLINES": clouds},
        {"OUTPUT_RGB": tmp_path / "m.tif"},
        {"INPUTS": [str(tmp_path / "in")], "DENSITY": mine[1]},
    ):
        run = qgis_process.run("skyfri:mosaic", {**inputs, **clash})
        assert run.code == 1 and "as well; choose another file" in run.error, (clash, run.text)
    assert {path: path.read_bytes() for path in before} == before
    assert not (tmp_path / "m.tif").exists()
    run = qgis_process.run("skyfri:prepare", {"INPUT": mine[0], "OUTPUT": mine[0]})
    assert run.code == 1 and "INPUT as well" in run.error, run.text


def mosaic_source(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return raster.read(1)


def test_empty_polygons_other_crs_and_invalid_polygons_are_no_obstacle(qgis_process, stacks, scenes, tmp_path):
    """An empty layer cuts nothing; polygons in degrees cut as those in metres do; a bow tie is mended and counted."""
    clouds = gpd.read_file(stacks / "clouds.gpkg")
    empty, degrees, bow_tie = (tmp_path / f"{name}.gpkg" for name in ("empty", "degrees", "bow_tie"))
    clouds.iloc[:0].to_file(empty)
    clouds.to_crs("EPSG:4326").to_file(degrees)
    west, south, east, north = clouds.total_bounds
    middle = (west + east) / 2
    crossed = Polygon([(west, south), (middle, north), (middle, south), (west, north)])
    gpd.GeoDataFrame({"scene": [scenes[0].stem], "class": ["cloud"]}, geometry=[crossed], crs=clouds.crs).to_file(bow_tie)
    sources, runs = {}, {}
    for name, layer in {"plain": stacks / "clouds.gpkg", "empty": empty, "degrees": degrees, "bow_tie": bow_tie}.items():
        output = tmp_path / f"{name}.tif"
        inputs = {"INPUTS": [str(scene) for scene in scenes[:2]], "CLOUDS": layer, "BALANCE": "none", "SOURCE": output}
        runs[name] = qgis_process.run("skyfri:mosaic", {**inputs, "OUTPUT": tmp_path / f"{name}_mosaic.tif"})
        assert runs[name].code == 0, runs[name].text
        sources[name] = mosaic_source(output)
    assert (sources["empty"] > 0).sum() >= (sources["plain"] > 0).sum()
    assert not np.array_equal(sources["empty"], sources["plain"])
    assert (sources["degrees"] != sources["plain"]).mean() < 1e-3
    assert "1 invalid polygon(s) mended" in runs["bow_tie"].text


def test_polygons_without_the_fields_that_name_scene_and_class(qgis_process, scenes, tmp_path, out):
    path = tmp_path / "plain.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:32632").to_file(path)
    run = qgis_process.run("skyfri:mosaic", {"INPUTS": [str(scenes[0])], "CLOUDS": path, "OUTPUT": out / "m.tif"})
    assert_refused(run, out, "scene", "class")


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_cancel_in_the_middle_leaves_nothing(qgis_process, tmp_path, out):
    from affine import Affine
    from skyfri.plugin.core.raster.grid import Grid
    from skyfri.plugin.core.raster.spec import RasterSpec
    from skyfri.plugin.core.raster.write import write_array

    large = tmp_path / "large.tif"
    bands = ("B02", "B03", "B04", "B08")
    samples = np.random.default_rng(0).integers(500, 4000, (4, 2000, 2000)).astype("uint16")
    grid = Grid("EPSG:32633", Affine(30, 0, 500_000, 0, -30, 7_000_000), (2000, 2000))
    write_array(large, samples, RasterSpec(grid, "uint16", bands, 0, {"SCENE_ID": "large", "LEVEL": "L2A"}))
    run = qgis_process.interrupt("skyfri:predict", {"INPUT": large, "OUTPUT": out / "p.tif"}, sign="patch 3 of")
    assert_refused(run, out, "Cancelled; no output was written.")


def test_a_mosaic_that_keeps_its_clouds_says_so(qgis_process, stacks, scenes, tmp_path):
    empty = tmp_path / "empty.gpkg"
    gpd.read_file(stacks / "clouds.gpkg").iloc[:0].to_file(empty)
    inputs = {"INPUTS": [str(scenes[0])], "BALANCE": "none"}
    run = qgis_process.run("skyfri:mosaic", {**inputs, "OUTPUT": tmp_path / "without.tif"})
    assert run.code == 0 and "No cloud polygons are given" in run.text
    run = qgis_process.run("skyfri:mosaic", {**inputs, "CLOUDS": empty, "OUTPUT": tmp_path / "empty.tif"})
    assert run.code == 0 and "empty.gpkg" in run.text and "is empty, so clouds stay" in run.text
    run = qgis_process.run("skyfri:mosaic", {**inputs, "CLOUDS": stacks / "clouds.gpkg", "OUTPUT": tmp_path / "with.tif"})
    assert run.code == 0 and "clouds stay" not in run.text
