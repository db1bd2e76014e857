"""How results look when QGIS desktop loads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from qgis.core import (
    QgsCategorizedSymbolRenderer,
    QgsColorRampShader,
    QgsContrastEnhancement,
    QgsFillSymbol,
    QgsMapLayer,
    QgsMultiBandColorRenderer,
    QgsPalettedRasterRenderer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsRandomColorRamp,
    QgsRasterLayer,
    QgsRasterShader,
    QgsRendererCategory,
    QgsSingleBandPseudoColorRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..core.base.errors import InputError
from .translation import tr

CLOUD_COLOUR = "#ff4fa3"
"""Pink stands out on white cloud and on dark land alike; the dock's styles use the same."""
SHADOW_COLOUR = "#3ad1ff"
"""Light blue stands out in shadows; the two differ for the colour-blind too."""

STRETCH = (0.0, 3000.0)
"""Reflectance x 10000 shown as black and white: the same for every scene, so that dates can be compared by eye."""


class LayerStyler(QgsProcessingLayerPostProcessorInterface):
    """Gives a loaded result its style."""

    def __init__(self, style: str) -> None:
        super().__init__()
        self._style = style

    def postProcessLayer(self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> None:
        """Style the layer; QGIS calls this in the main thread."""
        apply_style(layer, self._style)


@cache
def styler_of(style: str) -> LayerStyler:
    """Return the one styler of a style: QGIS keeps no reference, and the algorithm is gone before its layers are loaded."""
    return LayerStyler(style)


def apply_style(layer: QgsMapLayer, style: str) -> None:
    """Give a layer one of the `STYLES`."""
    if layer.isValid():
        STYLES[style](layer)
        layer.triggerRepaint()


def style_polygons(layer: QgsVectorLayer) -> None:
    """Outline clouds and shadows in their colours, lightly filled."""
    categories = [
        QgsRendererCategory(value, _outlined(colour), label)
        for value, colour, label in (("cloud", CLOUD_COLOUR, tr("Cloud")), ("shadow", SHADOW_COLOUR, tr("Shadow")))
    ]
    layer.setRenderer(QgsCategorizedSymbolRenderer("class", categories))


def style_seamlines(layer: QgsVectorLayer) -> None:
    """Draw the seams only, with no fill over the mosaic."""
    symbol = QgsFillSymbol.createSimple({"style": "no", "outline_color": "#d7263d", "outline_width": "0.5"})
    layer.renderer().setSymbol(symbol)


def style_problems(layer: QgsVectorLayer) -> None:
    """Mark places to look at."""
    symbol = QgsFillSymbol.createSimple({"color": "215,38,61,90", "outline_color": "#d7263d", "outline_width": "0.8"})
    layer.renderer().setSymbol(symbol)


def style_reflectance(layer: QgsRasterLayer) -> None:
    """Show true colour with the fixed stretch."""
    from ..core.scenes.msi import RGB

    by_name = _bands_by_name(layer)
    bands = [by_name.get(name, min(position, layer.bandCount())) for position, name in enumerate(RGB, 1)]
    _show_bands(layer, bands, STRETCH)


def style_rgb(layer: QgsRasterLayer) -> None:
    """Show the 8-bit product as it is, without a stretch."""
    if layer.bandCount() >= 3:
        _show_bands(layer, [1, 2, 3], None)


def style_classes(layer: QgsRasterLayer) -> None:
    """Show cloud and shadow in their colours and clear as nothing."""
    classes = [
        QgsPalettedRasterRenderer.Class(0, QColor(0, 0, 0, 0), tr("Clear")),
        QgsPalettedRasterRenderer.Class(1, QColor(CLOUD_COLOUR), tr("Cloud")),
        QgsPalettedRasterRenderer.Class(2, QColor(SHADOW_COLOUR), tr("Shadow")),
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, classes))


def style_probability(layer: QgsRasterLayer) -> None:
    """Show the probability of cloud from nothing to white."""
    band = _bands_by_name(layer).get("cloud", 1)
    stops = [(0, QColor(0, 0, 0, 0), "0 %"), (125, QColor(255, 255, 255, 130), "50 %"), (250, QColor(255, 255, 255), "100 %")]
    _show_ramp(layer, band, stops)


def style_density(layer: QgsRasterLayer) -> None:
    """Show the count of clear observations from dark red (none) to green."""
    colours = ("#67000d", "#d7301f", "#fc8d59", "#fee08b", "#a6d96a", "#1a9850")
    _show_ramp(layer, 1, [(count, QColor(colour), str(count)) for count, colour in enumerate(colours)])


def style_dates(layer: QgsRasterLayer) -> None:
    """Show the first date in dark violet and the last in yellow, the dates written in the legend."""
    statistics = layer.dataProvider().bandStatistics(1)
    first, last = int(statistics.minimumValue), max(int(statistics.maximumValue), int(statistics.minimumValue) + 1)
    colours = ("#440154", "#31688e", "#35b779", "#fde725")
    days = [first + round((last - first) * number / (len(colours) - 1)) for number in range(len(colours))]
    _show_ramp(
        layer,
        1,
        [(day, QColor(colour), (date(1970, 1, 1) + timedelta(day)).isoformat()) for day, colour in zip(days, colours, strict=True)],
    )


def style_source(layer: QgsRasterLayer) -> None:
    """Show each source scene in a colour of its own, with its name where the raster says it."""
    highest = int(layer.dataProvider().bandStatistics(1).maximumValue) if layer.bandCount() else 0
    ramp = QgsRandomColorRamp()
    ramp.setTotalColorCount(highest)
    names = _source_names(layer)
    classes = [
        QgsPalettedRasterRenderer.Class(
            index, ramp.color((index - 1) / max(1, highest - 1)), f"{index} {names.get(f'SCENE_{index}', '')}".strip()
        )
        for index in range(1, highest + 1)
    ]
    layer.setRenderer(QgsPalettedRasterRenderer(layer.dataProvider(), 1, classes))


def style_displacement(layer: QgsVectorLayer) -> None:
    """Draw arrows, as the style beside the file says."""
    layer.loadDefaultStyle()


def style_shift(layer: QgsRasterLayer) -> None:
    """Show dx from dark to bright."""
    statistics = layer.dataProvider().bandStatistics(1)
    low, high = statistics.minimumValue, statistics.maximumValue
    colours = ("#0b6e8f", "#ffffff", "#c4571b")
    _show_ramp(layer, 1, [(v, QColor(c), f"{v:.1f} m") for v, c in zip((low, (low + high) / 2, high), colours, strict=True)])


def _source_names(layer: QgsRasterLayer) -> Mapping[str, str]:
    """Return the tags of a raster of sources, which hold what its values stand for; none where it cannot be read."""
    from ..core.raster.read import open_raster

    try:
        with open_raster(layer.source()) as dataset:
            return dict(dataset.tags())
    except InputError:
        return {}


def _bands_by_name(layer: QgsRasterLayer) -> dict[str, int]:
    """Return the description of each band to its number."""
    provider = layer.dataProvider()
    return {provider.bandDescription(band): band for band in range(1, layer.bandCount() + 1)}


def _show_bands(layer: QgsRasterLayer, bands: Sequence[int], stretch: tuple[float, float] | None) -> None:
    """Show three bands as red, green and blue; with a stretch from black to white, or as they are."""
    provider = layer.dataProvider()
    renderer = QgsMultiBandColorRenderer(provider, *bands)
    setters = (renderer.setRedContrastEnhancement, renderer.setGreenContrastEnhancement, renderer.setBlueContrastEnhancement)
    for band, setter in zip(bands, setters, strict=True):
        if stretch is not None:
            enhancement = QgsContrastEnhancement(provider.dataType(band))
            enhancement.setMinimumValue(stretch[0])
            enhancement.setMaximumValue(stretch[1])
            enhancement.setContrastEnhancementAlgorithm(QgsContrastEnhancement.ContrastEnhancementAlgorithm.StretchToMinimumMaximum)
            setter(enhancement)
    layer.setRenderer(renderer)


def _show_ramp(layer: QgsRasterLayer, band: int, stops: Sequence[tuple[float, QColor, str]]) -> None:
    """Show one band in colours between stops (value, colour, label)."""
    function = QgsColorRampShader(stops[0][0], stops[-1][0])
    function.setColorRampType(QgsColorRampShader.Type.Interpolated)
    function.setColorRampItemList([QgsColorRampShader.ColorRampItem(*stop) for stop in stops])
    shader = QgsRasterShader()
    shader.setRasterShaderFunction(function)
    layer.setRenderer(QgsSingleBandPseudoColorRenderer(layer.dataProvider(), band, shader))


def _outlined(colour: str) -> QgsFillSymbol:
    fill = QColor(colour)
    fill.setAlpha(60)
    return QgsFillSymbol.createSimple({"color": fill.name(QColor.NameFormat.HexArgb), "outline_color": colour, "outline_width": "0.5"})


STYLES: Mapping[str, Callable[..., None]] = {
    "polygons": style_polygons,
    "seamlines": style_seamlines,
    "problems": style_problems,
    "reflectance": style_reflectance,
    "rgb": style_rgb,
    "classes": style_classes,
    "probability": style_probability,
    "dates": style_dates,
    "density": style_density,
    "source": style_source,
    "displacement": style_displacement,
    "shift": style_shift,
}
"""Name of a style to the function that sets it."""
