"""Kinds of parameters that name scenes, layers and folders to read, and files to write."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingDestinationParameter,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterFolderDestination,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterDestination,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterVectorDestination,
)

from ..inputs.layers import VectorFile
from ..inputs.values import Values
from ..translation import tr
from .table import Kind

POLYGON = QgsProcessing.SourceType.TypeVectorPolygon
POINT = QgsProcessing.SourceType.TypeVectorPoint


@dataclass(frozen=True)
class OneScene(Kind[str]):
    """A scene: any file may be chosen, and a folder's path be written."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        parameter = QgsProcessingParameterFile(name, label, fileFilter=tr("Scenes") + " (*)")
        parameter.setMetadata({"widget_wrapper": {"class": f"{__package__}.pickers.ScenePicker"}})
        return parameter

    def read(self, values: Values, name: str) -> str:
        """Return the path."""
        return values.source(name)


@dataclass(frozen=True)
class ManyScenes(Kind[list[str]]):
    """Scenes in order, files and folders alike."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        parameter = QgsProcessingParameterMultipleLayers(name, label, QgsProcessing.SourceType.TypeFile)
        parameter.setMetadata({"widget_wrapper": {"class": f"{__package__}.pickers.SceneListPicker"}})
        return parameter

    def read(self, values: Values, name: str) -> list[str]:
        """Return the paths in order."""
        return values.sources(name)


@dataclass(frozen=True)
class Raster(Kind[str]):
    """A raster layer or file."""

    optional: bool = False
    """Whether it may be empty."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterRasterLayer(name, label, optional=self.optional)

    def read(self, values: Values, name: str) -> str:
        """Return the path, empty where none is given."""
        return values.source(name)


@dataclass(frozen=True)
class Vector(Kind[VectorFile | None]):
    """A vector layer as it is shown: filtered, selected, with edits not yet saved."""

    shape: QgsProcessing.SourceType = POLYGON
    """Polygons or points."""
    optional: bool = False
    """Whether it may be empty."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterFeatureSource(name, label, [self.shape], optional=self.optional)

    def read(self, values: Values, name: str) -> VectorFile | None:
        """Return the file behind the layer, None where none is given."""
        return values.vector(name)

    def to_option(self, value: VectorFile | None) -> str:
        """Return file and layer as one text, empty where none is given."""
        return value.uri if value else ""


@dataclass(frozen=True)
class PolygonsOrRaster(Kind[VectorFile | str]):
    """Polygons, or a raster of classes."""

    optional: bool = False
    """Whether it may be empty."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterMapLayer(name, label, None, self.optional, [POLYGON, QgsProcessing.SourceType.TypeRaster])

    def read(self, values: Values, name: str) -> VectorFile | str:
        """Return the file of polygons, or the path of the raster; empty where neither is given."""
        return values.vector(name) or values.source(name)


@dataclass(frozen=True)
class Folder(Kind[str]):
    """A folder that may be empty and need not be there yet."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterFile(name, label, behavior=QgsProcessingParameterFile.Behavior.Folder, optional=True)

    def read(self, values: Values, name: str) -> str:
        """Return the path, empty where none is given."""
        return values.text(name)


@dataclass(frozen=True)
class GivenFile(Kind[str]):
    """A file to read that may be left out."""

    file_filter: str
    """As file dialogs want it."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterFile(name, label, fileFilter=self.file_filter, optional=True)

    def read(self, values: Values, name: str) -> str:
        """Return the path, empty where none is given."""
        return values.text(name)


@dataclass(frozen=True)
class WorkspaceFile(Kind[str]):
    """The file of a workspace; it may be empty."""

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        return QgsProcessingParameterFile(name, label, fileFilter="GeoPackage (*.gpkg)", optional=True)

    def read(self, values: Values, name: str) -> str:
        """Return the path, empty where none is given."""
        return values.text(name)


class Target(Kind[str]):
    """A file or folder to write."""

    optional: bool
    """Whether it may be left out."""
    wanted: bool
    """Whether dialogs propose to write it."""

    def destination(self, name: str, label: str) -> QgsProcessingDestinationParameter:
        """Return QGIS's parameter before it is told whether it is wanted."""
        raise NotImplementedError

    def declare(self, name: str, label: str, default: Any) -> QgsProcessingParameterDefinition:
        """Return QGIS's parameter."""
        parameter = self.destination(name, label)
        parameter.setCreateByDefault(self.wanted)
        return parameter

    def read(self, values: Values, name: str) -> str:
        """Return the path, empty where it is left out; raises `OutputError` where one that must be there is not."""
        return values.optional_output(name) if self.optional else values.output(name)


@dataclass(frozen=True)
class RasterTarget(Target):
    """A raster to write."""

    optional: bool = False
    wanted: bool = True

    def destination(self, name: str, label: str) -> QgsProcessingDestinationParameter:
        """Return QGIS's parameter."""
        return QgsProcessingParameterRasterDestination(name, label, optional=self.optional)


@dataclass(frozen=True)
class PolygonsTarget(Target):
    """A file of polygons to write."""

    optional: bool = False
    wanted: bool = True

    def destination(self, name: str, label: str) -> QgsProcessingDestinationParameter:
        """Return QGIS's parameter."""
        return QgsProcessingParameterVectorDestination(name, label, POLYGON, optional=self.optional)


@dataclass(frozen=True)
class PointsTarget(Target):
    """A file of points to write."""

    optional: bool = False
    wanted: bool = True

    def destination(self, name: str, label: str) -> QgsProcessingDestinationParameter:
        """Return QGIS's parameter."""
        return QgsProcessingParameterVectorDestination(name, label, POINT, optional=self.optional)


@dataclass(frozen=True)
class FolderTarget(Target):
    """An optional folder to write."""

    optional: bool = True
    wanted: bool = False

    def destination(self, name: str, label: str) -> QgsProcessingDestinationParameter:
        """Return QGIS's parameter."""
        return QgsProcessingParameterFolderDestination(name, label, optional=self.optional)


@dataclass(frozen=True)
class ReportTarget(Target):
    """An optional report; with an HTML filter QGIS shows it among its results."""

    file_filter: str
    """As file dialogs want it."""
    optional: bool = True
    wanted: bool = False

    def destination(self, name: str, label: str) -> QgsProcessingDestinationParameter:
        """Return QGIS's parameter."""
        return QgsProcessingParameterFileDestination(name, label, self.file_filter, optional=self.optional)
