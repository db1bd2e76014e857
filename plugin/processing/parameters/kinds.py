"""Parameters as several algorithms declare them."""

from __future__ import annotations

from collections.abc import Sequence

from qgis.core import (
    QgsProcessing,
    QgsProcessingDestinationParameter,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..translation import tr


def scene_input(name: str = "INPUT") -> QgsProcessingParameterDefinition:
    """Return the parameter of one scene. Any file may be chosen, and a folder's path be written."""
    parameter = QgsProcessingParameterFile(
        name, tr("Scene (SAFE folder or zip, MTD*.xml, folder of bands, band stack)"), fileFilter=tr("Scenes") + " (*)"
    )
    parameter.setHelp(
        tr(
            "A SAFE folder or its zip, the MTD_MSIL1C.xml or MTD_MSIL2A.xml in it, a DTERRENGDATA folder, a folder of band files, a netCDF "
            "file, or a GeoTIFF whose bands are named B02, B03 and so on. A raster layer's name will do as well."
        )
    )
    parameter.setMetadata({"widget_wrapper": {"class": f"{__package__}.pickers.ScenePicker"}})
    return parameter


def scenes_input(name: str, title: str, note: str) -> QgsProcessingParameterDefinition:
    """Return the parameter of many scenes, in order."""
    parameter = QgsProcessingParameterMultipleLayers(name, title, QgsProcessing.SourceType.TypeFile)
    parameter.setHelp(note + " " + tr("Paths may also be separated by semicolons; a folder stands for every product below it."))
    parameter.setMetadata({"widget_wrapper": {"class": f"{__package__}.pickers.SceneListPicker"}})
    return parameter


def raster_input(name: str, title: str, *, optional: bool = False) -> QgsProcessingParameterDefinition:
    """Return the parameter of one raster."""
    return QgsProcessingParameterRasterLayer(name, title, optional=optional)


def polygons_input(name: str, title: str, *, optional: bool = False) -> QgsProcessingParameterDefinition:
    """Return the parameter of a polygon layer, as it is shown: filtered, selected, with edits not yet saved."""
    return QgsProcessingParameterFeatureSource(name, title, [QgsProcessing.SourceType.TypeVectorPolygon], optional=optional)


def points_input(name: str, title: str, *, note: str) -> QgsProcessingParameterDefinition:
    """Return the parameter of an optional point layer, as it is shown."""
    parameter = QgsProcessingParameterFeatureSource(name, title, [QgsProcessing.SourceType.TypeVectorPoint], optional=True)
    parameter.setHelp(note)
    return parameter


def folder_input(name: str, title: str, *, note: str = "") -> QgsProcessingParameterDefinition:
    """Return the parameter of an optional folder, which need not be there yet."""
    parameter = QgsProcessingParameterFile(name, title, behavior=QgsProcessingParameterFile.Behavior.Folder, optional=True)
    parameter.setHelp(note)
    return parameter


def text(name: str, title: str, default: str = "", *, note: str = "") -> QgsProcessingParameterDefinition:
    """Return the parameter of an optional text."""
    parameter = QgsProcessingParameterString(name, title, defaultValue=default, optional=True)
    parameter.setHelp(note)
    return parameter


def number(
    name: str, title: str, default: float | None, low: float, high: float | None = None, *, decimals: bool = True, note: str = ""
) -> QgsProcessingParameterDefinition:
    """Return the parameter of a number within bounds; it may be left empty where it has no default."""
    kind = QgsProcessingParameterNumber.Type.Double if decimals else QgsProcessingParameterNumber.Type.Integer
    parameter = QgsProcessingParameterNumber(name, title, kind, defaultValue=default, optional=default is None, minValue=low)
    if high is not None:
        parameter.setMaximum(high)
    parameter.setHelp(note)
    return parameter


def flag(name: str, title: str, default: bool, *, note: str = "") -> QgsProcessingParameterDefinition:
    """Return the parameter of a yes or no."""
    parameter = QgsProcessingParameterBoolean(name, title, defaultValue=default)
    parameter.setHelp(note)
    return parameter


def choice(name: str, title: str, options: Sequence[str], default: str, *, note: str = "") -> QgsProcessingParameterDefinition:
    """Return the parameter of one of several static texts, which are the values themselves in every language."""
    parameter = QgsProcessingParameterEnum(name, title, options=list(options), defaultValue=default, usesStaticStrings=True)
    parameter.setHelp(note)
    return parameter


def advanced(parameter: QgsProcessingParameterDefinition) -> QgsProcessingParameterDefinition:
    """Return the parameter, folded away in dialogs."""
    parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameter


def raster_output(name: str, title: str, *, optional: bool = False, wanted: bool = True) -> QgsProcessingDestinationParameter:
    """Return the parameter of a raster to write."""
    return _output(QgsProcessingParameterRasterDestination(name, title, optional=optional), wanted=wanted)


def polygons_output(name: str, title: str, *, optional: bool = False, wanted: bool = True) -> QgsProcessingDestinationParameter:
    """Return the parameter of a polygon file to write."""
    kind = QgsProcessing.SourceType.TypeVectorPolygon
    return _output(QgsProcessingParameterVectorDestination(name, title, kind, optional=optional), wanted=wanted)


def folder_output(name: str, title: str) -> QgsProcessingDestinationParameter:
    """Return the parameter of an optional folder to write."""
    return _output(QgsProcessingParameterFolderDestination(name, title, optional=True), wanted=False)


def report_output(name: str, title: str, file_filter: str) -> QgsProcessingDestinationParameter:
    """Return the parameter of an optional report; with an HTML filter QGIS shows it among its results."""
    return _output(QgsProcessingParameterFileDestination(name, title, file_filter, optional=True), wanted=False)


def _output(parameter: QgsProcessingDestinationParameter, *, wanted: bool) -> QgsProcessingDestinationParameter:
    parameter.setCreateByDefault(wanted)
    return parameter
