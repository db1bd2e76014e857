"""Every algorithm in the real `qgis_process`: exit code, declared outputs, finite coordinates."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array


def assert_finite(frame: gpd.GeoDataFrame) -> None:
    """A second PROJ in the process shows as NaN coordinates."""
    coordinates = shapely.get_coordinates(frame.geometry.values)
    assert len(coordinates) and np.isfinite(coordinates).all()
    assert shapely.is_valid(frame.geometry.values).all()


def test_environment_finds_all_well(qgis_process, tmp_path):
    run = qgis_process.run("skyfri:environment", {"REPORT_JSON": tmp_path / "report.json"})
    assert run.code == 0, run.text
    assert run.results["PROBLEM_COUNT"] == 0, run.results["PROBLEMS"]
    assert "CPUExecutionProvider" in run.results["PROVIDERS"]
    assert "ukis-csmask-6b-l2a" in run.results["MODELS"].split(",")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["versions"]["GEOS of QGIS"] in report["versions"]["shapely"]
    assert all(len(files) == 1 for files in report["loaded"].values())


def test_prepare_writes_the_ten_bands_of_a_product_with_the_offset_applied(qgis_process, product, tmp_path):
    output = tmp_path / "stack.tif"
    run = qgis_process.run("skyfri:prepare", {"INPUT": product, "OUTPUT": output})
    assert run.code == 0, run.text
    assert run.results["OUTPUT"] == str(output)
    assert run.results["SCENE_ID"] == product.stem
    with rasterio.open(output) as stack:
        assert stack.descriptions == ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
        assert stack.dtypes[0] == "uint16" and stack.nodata == 0
        assert {"SCENE_ID", "SENSED", "TILE", "ORBIT", "LEVEL", "BASELINE"} <= set(stack.tags())
        prepared = stack.read(3)
        centre = stack.lnglat()
    source = next(product.glob("GRANULE/*/IMG_DATA/**/*_B04*.jp2"))
    with rasterio.open(source) as band:
        digital = band.read(1).astype(int)
    assert np.array_equal(prepared, np.where(digital > 0, np.maximum(digital - 1000, 1), 0))
    west, north = centre[0] - 0.1, centre[1] + 0.1
    run = qgis_process.run_words(
        "run", "skyfri:prepare", f"--INPUT={product}", "--BANDS=B04 B03 B02", "--RESOLUTION=1220",
        f"--EXTENT={west},{west + 0.2},{north - 0.2},{north} [EPSG:4326]", f"--OUTPUT={tmp_path / 'part.tif'}",
    )  # fmt: skip
    assert run.code == 0, run.text
    with rasterio.open(tmp_path / "part.tif") as part:
        assert part.descriptions == ("B04", "B03", "B02")
        assert part.res == (1220, 1220)
        assert 5 < part.width < 30 and 10 < part.height < 30
        assert np.isfinite(part.bounds).all()


def test_predict_threshold_and_vectorize_one_after_the_other(qgis_process, scenes, tmp_path):
    probabilities, classes, polygons = tmp_path / "p.tif", tmp_path / "c.tif", tmp_path / "v.shp"
    reflectance = tmp_path / "r.tif"
    inputs = {"INPUT": scenes[0], "MODEL": "ukis-csmask-4b-l2a", "OUTPUT": probabilities, "REFLECTANCE": reflectance}
    run = qgis_process.run("skyfri:predict", inputs)
    assert run.code == 0, run.text
    assert run.results["REFLECTANCE"] == str(reflectance)
    assert run.results["MODEL_ID"] == "ukis-csmask-4b-l2a"
    with rasterio.open(probabilities) as raster:
        assert "cloud" in raster.descriptions and "shadow" in raster.descriptions
        assert raster.dtypes[0] == "uint8" and raster.nodata == 255
        assert raster.read().max() <= 255 and raster.read(raster.descriptions.index("cloud") + 1).max() > 200
    run = qgis_process.run_words(  # values arrive as strings
        "run", "skyfri:threshold", f"--INPUT={probabilities}", f"--REFLECTANCE={reflectance}", "--CLOUD_SEED=0.6", "--CLOUD_GROW=0.4",
        "--MMU=0", "--GEOMETRY=false", f"--OUTPUT={classes}",
    )  # fmt: skip
    assert run.code == 0, run.text
    with rasterio.open(classes) as raster:
        assert set(np.unique(raster.read(1))) <= {0, 1, 2, 255} and (raster.read(1) == 1).any()
    run = qgis_process.run("skyfri:vectorize", {"INPUT": classes, "PROBABILITIES": probabilities, "OUTPUT": polygons})
    assert run.code == 0, run.text
    frame = gpd.read_file(polygons)
    assert run.results["COUNT"] == len(frame) > 0
    assert_finite(frame)
    assert set(frame["class"]) <= {"cloud", "shadow"} and set(frame["scene"]) == {scenes[0].stem}


def test_a_missed_shadow_is_proposed_in_the_single_step_with_the_reflectance_alone(qgis_process, tmp_path):
    cloud, infrared = np.zeros((240, 240), np.uint8), np.full((240, 240), 3000, np.uint16)
    cloud[150:180, 100:130] = 250
    infrared[90:120, 100:130] = 700  # sun in the south at 45 degrees, cloud 600 m up
    grid = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 6_000_000), cloud.shape)
    tags = {"SCENE_ID": "s", "SUN_ZENITH": "45", "SUN_AZIMUTH": "180", "VIEW_ZENITH": "0", "VIEW_AZIMUTH": "0"}
    probabilities, reflectance = tmp_path / "p.tif", tmp_path / "r.tif"
    write_array(probabilities, np.stack([cloud, cloud * 0]), RasterSpec(grid, "uint8", ("cloud", "shadow"), 255, tags))
    kept = np.stack([np.full_like(infrared, 600), infrared])
    write_array(reflectance, kept, RasterSpec(grid, "uint16", ("B03", "B08"), 0, tags))
    shadows = []
    for given in ({}, {"REFLECTANCE": reflectance}):
        run = qgis_process.run("skyfri:threshold", {"INPUT": probabilities, "OUTPUT": tmp_path / "c.tif", **given})
        assert run.code == 0, run.text
        with rasterio.open(tmp_path / "c.tif") as raster:
            shadows.append((raster.read(1) == 2) & (raster.read(2) == 2))
    assert not shadows[0].any()
    assert shadows[1][92:118, 102:128].all() and shadows[1].sum() <= 34 * 34


def test_guidelines_of_many_scenes_into_a_workspace_and_the_check_of_its_edges(qgis_process, scenes, tmp_path):
    output, workspace = tmp_path / "guidelines.gpkg", tmp_path / "work.gpkg"
    run = qgis_process.run(
        "skyfri:guidelines", {"INPUTS": [str(scene) for scene in scenes], "WORKSPACE": workspace, "MMU": 5, "OUTPUT": output}
    )
    assert run.code == 0, run.text
    frame = gpd.read_file(output)
    assert run.results["COUNT"] == len(frame) > 0
    assert_finite(frame)
    assert {"scene", "class", "confidence", "area_m2", "model", "origin"} <= set(frame.columns)
    assert set(frame["scene"]) <= {scene.stem for scene in scenes}
    assert frame["area_m2"].min() >= 50_000
    stored = Workspace.open(workspace)
    assert {entry.id for entry in stored.scenes()} == {scene.stem for scene in scenes}
    assert len(stored.polygons("cloud").frame) >= len(frame)
    kept = {path.name for path in (tmp_path / "work_predictions").iterdir()}
    assert kept == {f"{scene.stem}_{what}.tif" for scene in scenes for what in ("probability", "reflectance")}

    problems = tmp_path / "problems.gpkg"
    run = qgis_process.run("skyfri:checkneighbours", {"WORKSPACE": workspace, "OUTPUT": problems})
    assert run.code == 0, run.text
    found = gpd.read_file(problems)
    assert run.results["COUNT"] == len(found)
    assert set(found["problem"]) <= {"gap", "overlap", "class mismatch"}


def test_mosaic_writes_every_output_it_declares(qgis_process, stacks, scenes, tmp_path):
    names = {"OUTPUT": "m.tif", "OUTPUT_RGB": "rgb.tif", "SOURCE": "s.tif", "DENSITY": "d.tif", "OUTPUT_SEAMLINES": "l.gpkg"}
    names |= {"SUSPECTS": "u.gpkg", "HOLES": "h.gpkg", "REPORT_HTML": "r.html"}
    outputs = {**{name: tmp_path / file for name, file in names.items()}, "REPORT_JSON": tmp_path / "r.json"}
    run = qgis_process.run("skyfri:mosaic", {"INPUTS": [str(stacks / "scenes")], "CLOUDS": stacks / "clouds.gpkg", **outputs})
    assert run.code == 0, run.text
    for name, path in outputs.items():
        assert run.results[name] == str(path) and path.is_file(), name
    assert run.results["SCENE_COUNT"] == len(scenes)
    report = json.loads(outputs["REPORT_JSON"].read_text())
    assert [entry["index"] for entry in report["scenes"]] == [1, 2, 3, 4]
    assert len(gpd.read_file(outputs["HOLES"])) == report["holes"]["count"]
    with (
        rasterio.open(outputs["OUTPUT"]) as mosaic,
        rasterio.open(outputs["SOURCE"]) as source,
        rasterio.open(outputs["OUTPUT_RGB"]) as rgb,
    ):
        assert mosaic.count == 10 and mosaic.dtypes[0] == "uint16"
        assert np.array_equal(source.read(1) > 0, mosaic.read(1) > 0)
        assert rgb.descriptions == ("B04", "B03", "B02")
        assert not (rgb.read()[:, mosaic.read(1) > 0] == 0).any() and not (rgb.read() == 255).any()
    assert_finite(gpd.read_file(outputs["OUTPUT_SEAMLINES"]))

    scaled = tmp_path / "scaled.tif"
    run = qgis_process.run("skyfri:scale8bit", {"INPUT": outputs["OUTPUT"], "BANDS": "B08 B04 B03", "OUTPUT": scaled})
    assert run.code == 0, run.text
    with rasterio.open(scaled) as raster, rasterio.open(outputs["OUTPUT"]) as mosaic:
        samples, data = raster.read(), mosaic.read(1) > 0
        assert raster.count == 3 and raster.dtypes[0] == "uint8" and raster.nodata == 0
        assert samples[:, data].min() >= 1 and samples.max() <= 254 and not samples[:, ~data].any()


def test_scenes_separated_by_semicolons_on_the_command_line(qgis_process, scenes, tmp_path):
    output = tmp_path / "m.tif"
    inputs = ";".join(str(scene) for scene in scenes[:2])
    run = qgis_process.run_words("run", "skyfri:mosaic", f"--INPUTS={inputs}", "--BALANCE=none", f"--OUTPUT={output}")
    assert run.code == 0, run.text
    assert "SCENE_COUNT:\t2" in run.text
    assert Path(output).is_file()


def test_a_model_is_described_and_tested(qgis_process):
    run = qgis_process.run("skyfri:describemodel", {"MODEL": "ukis-csmask-4b-l1c"})
    assert run.code == 0, run.text
    assert run.results["PROBLEM_COUNT"] == 0, run.results["PROBLEMS"]
    assert "bands: B02 B03 B04 B08" in run.results["DESCRIPTION"]
    run = qgis_process.run("skyfri:describemodel", {"MODEL": "no-such-model"})
    assert run.code == 1 and "ukis-csmask-4b-l1c" in run.error


def test_guidelines_are_scored_against_final_polygons_and_label_rasters(qgis_process, stacks, scenes, tmp_path):
    clouds = stacks / "clouds.gpkg"
    reports = {"REPORT_JSON": tmp_path / "e.json", "REPORT_HTML": tmp_path / "e.html"}
    inputs = {"GUIDELINES": clouds, "FINAL": clouds, "RESOLUTION": 610}
    run = qgis_process.run("skyfri:evaluate", {**inputs, **reports})
    assert run.code == 0, run.text
    assert run.results["IOU_CLOUD"] == run.results["IOU_SHADOW"] == 1
    assert json.loads(reports["REPORT_JSON"].read_text())["overall"]["area_ha"] > 0
    assert "<html" in reports["REPORT_HTML"].read_text()

    labels = tmp_path / "labels.tif"
    with rasterio.open(stacks / "labels" / scenes[0].name) as truth:
        classes = np.where(np.isin(truth.read(1), (1, 2)), truth.read(1), 0).astype("uint8")
        profile = {**truth.profile, "driver": "GTiff", "nodata": 255, "count": 1}
    with rasterio.open(labels, "w", **profile) as raster:
        raster.write(classes, 1)
        raster.update_tags(SCENE_ID=scenes[0].stem)
    run = qgis_process.run("skyfri:evaluate", {"GUIDELINES": clouds, "FINAL": labels})
    assert run.code == 0, run.text
    assert run.results["IOU_CLOUD"] > 0.9


def test_the_8_bit_mosaic_takes_a_range_and_a_blend_of_its_own(qgis_process, stacks, tmp_path):
    rgb = tmp_path / "rgb.tif"
    inputs = {"INPUTS": [str(stacks / "scenes")], "CLOUDS": stacks / "clouds.gpkg", "OUTPUT": tmp_path / "m.tif", "OUTPUT_RGB": rgb}
    run = qgis_process.run("skyfri:mosaic", {**inputs, "BLEND_RGB": 8, "MINIMUM": "50", "MAXIMUM": "2500 2400 2300", "GAMMA": 1.2})
    assert run.code == 0, run.text
    with rasterio.open(rgb) as raster:
        assert raster.tags()["STRETCH_MINIMUM"] == "50,50,50" and raster.tags()["STRETCH_MAXIMUM"] == "2500,2400,2300"
        assert raster.read().max() <= 254
    run = qgis_process.run("skyfri:mosaic", {**inputs, "MINIMUM": "2%", "MAXIMUM": "1 2"})
    assert run.code == 1 and "MAXIMUM holds 2 values" in run.error


def test_holes_take_a_percentile_of_a_period(qgis_process, stacks, scenes, tmp_path):
    source = tmp_path / "s.tif"
    inputs = {"INPUTS": [str(stacks / "scenes")], "CLOUDS": stacks / "clouds.gpkg", "OUTPUT": tmp_path / "m.tif", "SOURCE": source}
    run = qgis_process.run("skyfri:mosaic", {**inputs, "FILL": "p50", "PERIOD": "../2100-01-01"})
    assert run.code == 0, run.text
    with rasterio.open(source) as raster:
        assert (raster.read(1) == len(scenes) + 1).any()
        assert raster.tags()[f"SCENE_{len(scenes) + 1}"] == "backdrop p50 ../2100-01-01"
    run = qgis_process.run("skyfri:mosaic", {**inputs, "FILL": "p50", "PERIOD": "1999-01-01/1999-12-31"})
    assert run.code == 1 and "No scene lies in the PERIOD" in run.error


def test_the_mosaic_is_cut_into_squares_for_download(qgis_process, stacks, tmp_path):
    folder = tmp_path / "downloads"
    inputs = {"INPUTS": [str(stacks / "scenes")], "OUTPUT": tmp_path / "m.tif", "OUTPUT_RGB": tmp_path / "rgb.tif", "BALANCE": "none"}
    run = qgis_process.run("skyfri:mosaic", {**inputs, "DOWNLOADS": folder, "TILE_SIZE": 50, "STAC": True})
    assert run.code == 0, run.text
    assert run.results["DOWNLOADS"] == str(folder)
    index = gpd.read_file(folder / "index.gpkg")
    assert_finite(index)
    assert all((folder / name).is_file() for name in (*index["mosaic"], *index["rgb"]))
    assert json.loads((folder / index["rgb"][0].replace(".tif", ".stac.json")).read_text())["stac_version"] == "1.0.0"
    run = qgis_process.run("skyfri:mosaic", {**inputs, "DOWNLOADS": folder, "TILE_SIZE": 0.5})
    assert run.code == 1 and "TILE_SIZE is 0.5 km" in run.error
