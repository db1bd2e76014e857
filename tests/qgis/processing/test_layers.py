"""Layers as QGIS hands them over become the files that the core reads: what the user sees is what is used."""

from pathlib import Path

import geopandas as gpd
import pytest
from qgis.core import (
    QgsFeature,
    QgsGeometry,
    QgsProcessing,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProject,
    QgsRasterLayer,
    QgsVectorLayer,
)
from shapely.geometry import box
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.processing.algorithms.mosaic import Mosaic
from skyfri.plugin.processing.algorithms.prepare import Prepare
from skyfri.plugin.processing.inputs.layers import source_paths, vector_file


@pytest.fixture
def context(qgis_new_project):
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    return context


@pytest.fixture
def clouds(tmp_path) -> Path:
    """A GeoPackage with two layers; the second holds two polygons."""
    path = tmp_path / "clouds.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:32633").to_file(path, layer="other")
    frame = gpd.GeoDataFrame(
        {"scene": ["s", "t"], "class": ["cloud", "shadow"]}, geometry=[box(0, 0, 9, 9), box(20, 0, 29, 9)], crs="EPSG:32633"
    )
    frame.to_file(path, layer="clouds")
    return path


def read(value, context) -> gpd.GeoDataFrame:
    definition = QgsProcessingParameterFeatureSource("CLOUDS", "", [QgsProcessing.SourceType.TypeVectorPolygon], optional=True)
    file = vector_file("CLOUDS", value, definition, context, QgsProcessingFeedback())
    return gpd.read_file(file.path, layer=file.layer) if file.layer else gpd.read_file(file.path)


def test_layer_of_a_geopackage_is_read_in_place(clouds, context):
    definition = QgsProcessingParameterFeatureSource("CLOUDS", "", [QgsProcessing.SourceType.TypeVectorPolygon], optional=True)
    file = vector_file("CLOUDS", f"{clouds}|layername=clouds", definition, context, QgsProcessingFeedback())
    assert Path(file.path) == clouds and file.layer == "clouds"
    assert vector_file("CLOUDS", None, definition, context, QgsProcessingFeedback()) is None
    assert vector_file("CLOUDS", "", definition, context, QgsProcessingFeedback()) is None


def test_filter_selection_and_memory_layer(clouds, context):
    layer = QgsVectorLayer(f"{clouds}|layername=clouds", "clouds", "ogr")
    QgsProject.instance().addMapLayer(layer)
    layer.selectByExpression("\"class\" = 'shadow'")
    chosen = read(QgsProcessingFeatureSourceDefinition(layer.id(), selectedFeaturesOnly=True), context)
    assert list(chosen["class"]) == ["shadow"]
    layer.setSubsetString("\"scene\" = 's'")
    assert list(read(layer.id(), context)["scene"]) == ["s"]
    memory = QgsVectorLayer("Polygon?crs=EPSG:32633&field=scene:string&field=class:string", "memory", "memory")
    feature = QgsFeature(memory.fields())
    feature.setAttributes(["m", "cloud"])
    feature.setGeometry(QgsGeometry.fromWkt("POLYGON((0 0, 5 0, 5 5, 0 5, 0 0))"))
    memory.dataProvider().addFeature(feature)
    QgsProject.instance().addMapLayer(memory)
    frame = read(memory, context)
    assert list(frame["scene"]) == ["m"] and frame.area.iloc[0] == 25


def test_edits_not_yet_saved_are_used(clouds, context):
    layer = QgsVectorLayer(f"{clouds}|layername=clouds", "clouds", "ogr")
    QgsProject.instance().addMapLayer(layer)
    layer.startEditing()
    first = next(layer.getFeatures())
    layer.changeGeometry(first.id(), QgsGeometry.fromWkt("POLYGON((0 0, 3 0, 3 3, 0 3, 0 0))"))
    frame = read(layer, context)
    assert sorted(frame.area) == [9, 81]
    assert sorted(gpd.read_file(clouds, layer="clouds").area) == [81, 81]
    layer.rollBack()


def test_scenes_as_paths_layers_ids_names_lists_and_semicolons(scenes, context):
    layer = QgsRasterLayer(str(scenes[0]), "a scene")
    QgsProject.instance().addMapLayer(layer)
    first, second = str(scenes[0]), str(scenes[1])
    for value in (first, layer, layer.id(), "a scene", [first], [layer], [layer.id()]):
        assert source_paths(value, context) == [first]
    assert source_paths(f"{first};{second}", context) == [first, second]
    assert source_paths([layer, second], context) == [first, second]
    assert source_paths(None, context) == source_paths("", context) == source_paths([], context) == []
    for algorithm, name, values in (
        (Prepare(), "INPUT", (layer, first)),
        (Mosaic(), "INPUTS", ([layer, second], layer, f"{first};{second}")),
    ):
        algorithm.initAlgorithm({})
        for value in values:
            ok, message = algorithm.checkParameterValues({name: value, "OUTPUT": "/tmp/x.tif"}, context)
            assert ok, message


def test_layer_that_is_no_raster_file_is_refused(context):
    layer = QgsVectorLayer("Polygon?crs=EPSG:32633", "drawing", "memory")
    with pytest.raises(InputError, match="drawing is no raster file"):
        source_paths([layer], context)


def test_a_layer_inside_a_zip_is_read_where_it_lies(tmp_path, qgis_app):
    import zipfile

    import numpy as np
    import rasterio
    from qgis.core import QgsProcessingContext, QgsRasterLayer
    from rasterio.transform import from_origin
    from skyfri.plugin.core.raster.read import open_raster
    from skyfri.plugin.core.scenes import open_scene
    from skyfri.plugin.processing.inputs.layers import raster_path, source_path

    profile = {"driver": "GTiff", "dtype": "uint16", "count": 2, "height": 20, "width": 20, "crs": "EPSG:32632"}
    with rasterio.open(tmp_path / "stack.tif", "w", transform=from_origin(600_000, 6_700_020, 10, 10), **profile) as dataset:
        dataset.write(np.full((2, 20, 20), 1200, np.uint16))
        dataset.descriptions = ("B02", "B03")
    archive = tmp_path / "stacks.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.write(tmp_path / "stack.tif", "2023/stack.tif")
    layer = QgsRasterLayer(f"/vsizip/{archive}/2023/stack.tif", "stack", "gdal")
    assert layer.isValid()
    for path in (raster_path(layer), source_path(layer, QgsProcessingContext()), source_path(layer.source(), QgsProcessingContext())):
        with open_raster(path) as dataset:
            assert dataset.shape == (20, 20)
        assert list(open_scene(path).bands) == ["B02", "B03"]
    plain = QgsRasterLayer(str(tmp_path / "stack.tif"), "plain", "gdal")
    assert raster_path(plain) == str(tmp_path / "stack.tif")
    assert source_path("SENTINEL2_L1C:/x/MTD_MSIL1C.xml:10m:EPSG_32631", QgsProcessingContext()).startswith("SENTINEL2_L1C:")
