"""QGIS layers to what the core reads: paths of scenes, rasters and polygon files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingParameters,
    QgsProcessingUtils,
    QgsProperty,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QVariant

from ...core.base.errors import InputError, OutputError
from ..translation import tr

VECTOR_SUFFIXES = ("gpkg", "shp", "geojson", "fgb")
"""Formats the core reads and writes; anything else is copied to a GeoPackage first."""


@dataclass(frozen=True)
class VectorFile:
    """One layer of a vector file."""

    path: str
    """A file GDAL opens."""
    layer: str
    """Name of the layer in it, empty for the first."""

    @property
    def uri(self) -> str:
        """Path and layer as one text, the way OGR layers are written in QGIS."""
        return f"{self.path}|layername={self.layer}" if self.layer else self.path


def source_paths(value: object, context: QgsProcessingContext) -> list[str]:
    """Return the paths that a value of a file parameter names, in order.

    A value is a path, a layer, a layer's id or name, a list of these, or texts separated by semicolons.
    """
    return [source_path(item, context) for item in _items(value, context)]


def _items(value: object, context: QgsProcessingContext) -> Iterator[object]:
    if isinstance(value, QgsProperty):
        value = value.valueAsString(context.expressionContext())[0]
    elif isinstance(value, QVariant):
        value = None
    if value is None or value == "":
        return
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _items(item, context)
    elif isinstance(value, str) and ";" in value and not Path(value).exists():
        yield from (part.strip() for part in value.split(";") if part.strip())
    else:
        yield value.strip() if isinstance(value, str) else value


def source_path(value: object, context: QgsProcessingContext) -> str:
    """Return the path that one value names: a path as it is, a layer's own source for a layer, its id or its name."""
    if isinstance(value, QgsMapLayer):
        return raster_path(value)
    text = str(value).strip()
    if text.startswith("/vsi") or Path(text).exists():
        return text
    layer = context.getMapLayer(text) if _looks_like_layer(text) else None
    if layer is not None:
        return raster_path(layer)
    return _decoded(text)


def _decoded(source: str) -> str:
    """Return the path of a source that QGIS's GDAL provider reads, inside an archive as GDAL writes it.

    Subdatasets (``SENTINEL2_L1C:...``) stay as they are: the core knows the product they name.
    """
    parts = QgsProviderRegistry.instance().decodeUri("gdal", source)
    path = str(parts.get("path") or "")
    if not path or source.startswith("SENTINEL2_"):
        return source
    prefix, suffix = str(parts.get("vsiPrefix") or ""), str(parts.get("vsiSuffix") or "")
    return f"{prefix}{path}{suffix}" if suffix or prefix not in {"", "/vsizip/"} else path


def _looks_like_layer(text: str) -> bool:
    return "/" not in text and "\\" not in text


def raster_path(layer: QgsMapLayer) -> str:
    """Return the path of a raster layer's file; raises `InputError` for one that is no file."""
    if not isinstance(layer, QgsRasterLayer) or layer.providerType() != "gdal":
        raise InputError(tr("{name} is no raster file; give a scene, or a raster layer that GDAL reads.").format(name=layer.name()))
    return _decoded(layer.source())


def as_checkable(value: object) -> object:
    """Return a value as QGIS's own check of file parameters wants it: layers as their sources, texts with semicolons as lists."""
    if isinstance(value, QgsMapLayer):
        return value.source()
    if isinstance(value, (list, tuple)):
        return [as_checkable(item) for item in value]
    return value


def vector_file(
    name: str, value: object, definition: object, context: QgsProcessingContext, feedback: QgsProcessingFeedback
) -> VectorFile | None:
    """Return the file that holds what a vector parameter shows, None where the parameter is empty.

    A layer that is not a file, is filtered, has a selection asked for or edits not yet saved is copied to a
    temporary GeoPackage, so that what the user sees is what is used. Call it in the layer's thread.
    """
    if value is None or value == "" or (isinstance(value, QVariant) and value.isNull()):
        return None
    parameters = {name: value}
    layer = QgsProcessingParameters.parameterAsVectorLayer(definition, parameters, context)
    if isinstance(layer, QgsVectorLayer) and layer.isEditable() and layer.isModified():
        selected = isinstance(value, QgsProcessingFeatureSourceDefinition) and value.selectedFeaturesOnly
        return _copy_to_geopackage(layer, context, only_selected=selected)
    path, layer_name = QgsProcessingParameters.parameterAsCompatibleSourceLayerPathAndLayerName(
        definition, parameters, context, list(VECTOR_SUFFIXES), "gpkg", feedback
    )
    if not path:
        raise InputError(tr("{name} cannot be read as polygons; check that the layer is there.").format(name=name))
    return VectorFile(path, layer_name)


def is_empty(file: VectorFile) -> bool:
    """Return True where a layer is known to hold no feature at all."""
    layer = QgsVectorLayer(file.uri, "counted", "ogr")
    return bool(layer.isValid() and layer.featureCount() == 0)


def raster_or_vector_file(
    name: str, value: object, definition: object, context: QgsProcessingContext, feedback: QgsProcessingFeedback
) -> list[str] | VectorFile | None:
    """Return the file behind a parameter that takes either kind of layer: a list of one path for a raster."""
    layer = QgsProcessingParameters.parameterAsLayer(definition, {name: value}, context)
    return [raster_path(layer)] if isinstance(layer, QgsRasterLayer) else vector_file(name, value, definition, context, feedback)


def _copy_to_geopackage(layer: QgsVectorLayer, context: QgsProcessingContext, *, only_selected: bool) -> VectorFile:
    """Write a layer with its unsaved edits to a temporary file."""
    path = QgsProcessingUtils.generateTempFilename("edited.gpkg", context)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName = "GPKG"
    options.layerName = "edited"
    options.onlySelectedFeatures = only_selected
    fields = layer.fields()
    options.attributes = [index for index in range(fields.count()) if fields.at(index).name().lower() not in {"fid", "ogc_fid"}]
    error, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(layer, path, context.transformContext(), options)
    if error != QgsVectorFileWriter.WriterError.NoError:
        raise OutputError(tr("{name} with its unsaved edits cannot be copied ({reason}).").format(name=layer.name(), reason=message))
    return VectorFile(path, "edited")
