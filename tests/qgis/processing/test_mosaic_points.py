"""Dodging points and view normalisation through the real `qgis_process`."""

import json

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely


def test_points_of_a_layer_in_another_crs_lift_the_mosaic_and_scenes_without_angle_grids_are_named(qgis_process, stacks, scenes, tmp_path):
    with rasterio.open(scenes[0]) as dataset:
        crs, bounds = dataset.crs, dataset.bounds
    x, y = (bounds.left + bounds.right) / 2, (bounds.bottom + bounds.top) / 2
    points = gpd.GeoDataFrame({"change": [10], "scene": [None]}, geometry=[shapely.Point(x, y)], crs=crs).to_crs("EPSG:4326")
    points.to_file(tmp_path / "points.gpkg", layer="wishes")
    outputs = {"OUTPUT": tmp_path / "m.tif", "REPORT_JSON": tmp_path / "r.json"}
    layer = f"{tmp_path / 'points.gpkg'}|layername=wishes"
    asked = {"INPUTS": [str(stacks / "scenes")], "CLOUDS": stacks / "clouds.gpkg", "DODGE_POINTS": layer, "VIEW_NORMALISATION": True}
    run = qgis_process.run("skyfri:mosaic", {**asked, **outputs})
    assert run.code == 0, run.text
    report = json.loads(outputs["REPORT_JSON"].read_text())
    (wish,) = report["dodge_points"]
    assert (wish["x"], wish["y"]) == pytest.approx((x, y), abs=1)
    assert wish["asked_pct"] == 10 and wish["given_pct"] == pytest.approx(10, abs=0.3)
    assert report["view_normalisation"]["of"] == len(scenes)
    with rasterio.open(outputs["OUTPUT"]) as mosaic:
        assert np.count_nonzero(mosaic.read(1)) > 0
