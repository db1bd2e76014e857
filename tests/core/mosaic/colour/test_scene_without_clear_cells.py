"""A scene, or a stripe of it, with nothing clear takes no part in the balance and stops nothing."""

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.sample import SampleOptions, make_stacks


def test_a_scene_under_cloud_from_edge_to_edge_leaves_the_mosaic_to_the_others(tmp_path):
    options = SampleOptions(size_px=180, pixel_m=60, tiles=1, dates=2, weather=("clear",), swath_cut=(0.0,), bands=("B02", "B03", "B04"))
    scenes = [open_scene(path) for path in make_stacks(tmp_path / "s", options)]
    everywhere = shapely.box(*scenes[0].grid.bounds)
    clouds = gpd.GeoDataFrame({"scene": [scenes[0].id], "class": ["cloud"]}, geometry=[everywhere], crs=scenes[0].grid.crs)
    outputs = MosaicOutputs(tmp_path / "mosaic.tif", source=tmp_path / "source.tif")
    build(scenes, CloudPolygons(clouds), MosaicOptions(), outputs)
    with rasterio.open(outputs.source) as dataset:
        assert set(np.unique(dataset.read(1))) == {2}
