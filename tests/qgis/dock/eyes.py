"""What an editor sees."""

from qgis.core import QgsExpressionContextUtils, QgsProject, QgsRasterLayer, QgsRenderContext


def rows(dock, *columns):
    """Return what the table shows in some columns, row by row."""
    model = dock.table.filter
    return [tuple(model.index(row, column).data() for column in columns) for row in range(model.rowCount())]


def visible_pictures(dock):
    """Return the scenes whose pictures are on the map."""
    nodes = QgsProject.instance().layerTreeRoot().findLayers()
    return sorted(
        node.layer().customProperty("skyfri/scene") for node in nodes if node.isVisible() and isinstance(node.layer(), QgsRasterLayer)
    )


def drawn_scenes(layer):
    """Return the scenes whose polygons the layer's renderer draws."""
    context = QgsRenderContext()
    context.expressionContext().appendScopes(QgsExpressionContextUtils.globalProjectLayerScopes(layer))
    renderer = layer.renderer().clone()
    renderer.startRender(context, layer.fields())
    drawn = set()
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        if renderer.willRenderFeature(feature, context):
            drawn.add(feature["scene"])
    renderer.stopRender(context)
    return drawn
