"""How results look in QGIS desktop: names, styles, and that the styles fit what is written."""

import pytest
from qgis.core import QgsProcessingContext, QgsProcessingFeedback, QgsProject, QgsRasterLayer
from skyfri.plugin.processing.prepare import Prepare
from skyfri.plugin.processing.results import apply_style


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
