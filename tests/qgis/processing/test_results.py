"""How results look in QGIS desktop: names, styles, and that the styles fit what is written."""

import numpy as np
import pytest
from affine import Affine
from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProject, QgsRasterLayer
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.processing.algorithms.prepare import Prepare
from skyfri.plugin.processing.styles import apply_style


def test_a_result_is_loaded_with_name_and_style(qgis_new_project, product, tmp_path):
    algorithm = Prepare().create()
    context = QgsProcessingContext()
    context.setProject(QgsProject.instance())
    output = str(tmp_path / "stack.tif")
    details = QgsProcessingContext.LayerDetails("OUTPUT", QgsProject.instance(), "OUTPUT")
    context.addLayerToLoadOnCompletion(output, details)
    results, ok = algorithm.run({"INPUT": str(product), "OUTPUT": output}, context, QgsProcessingFeedback())
    assert ok and results["SCENE_ID"] == product.stem
    details = context.layerToLoadOnCompletionDetails(output)
    assert details.name == product.stem
    layer = QgsRasterLayer(output, "x")
    details.postProcessor().postProcessLayer(layer, context, QgsProcessingFeedback())
    renderer = layer.renderer()
    assert (renderer.redBand(), renderer.greenBand(), renderer.blueBand()) == (3, 2, 1)
    assert renderer.redContrastEnhancement().maximumValue() == 3000


@pytest.mark.parametrize("style", ["reflectance", "rgb", "classes", "probability", "density", "source"])
def test_raster_styles_draw_something(qgis_new_project, scenes, style):
    layer = QgsRasterLayer(str(scenes[0]), "x")
    apply_style(layer, style)
    block = layer.renderer().block(1, layer.extent(), 32, 32)
    assert block.isValid() and not block.isEmpty()


def test_the_legend_of_sources_names_the_scenes_and_the_backdrop(qgis_new_project, tmp_path):
    grid = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 7_000_000), (4, 6))
    spec = RasterSpec(grid, "uint16", ("source",), tags={"SCENE_1": "S2A_A", "SCENE_2": "backdrop p50"}, overview_resampling="nearest")
    write_array(tmp_path / "s.tif", np.array([[[0, 1, 1, 2, 2, 3]] * 4], np.uint16), spec)
    layer = QgsRasterLayer(str(tmp_path / "s.tif"), "x")
    apply_style(layer, "source")
    assert [one.label for one in layer.renderer().classes()] == ["1 S2A_A", "2 backdrop p50", "3"]
