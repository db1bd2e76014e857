"""The values of a run's parameters as plain Python, whether they came from a dialog, a model or as strings from a shell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterMapLayer,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterVectorLayer,
    QgsProcessingUtils,
)

from ...core.base.errors import InputError, OutputError
from ..translation import tr
from .layers import VectorFile, raster_or_vector_file, source_paths, vector_file

if TYPE_CHECKING:
    from ...core.raster.grid import Bounds

_FILES = (QgsProcessingParameterFile, QgsProcessingParameterMultipleLayers, QgsProcessingParameterRasterLayer)
_VECTORS = (QgsProcessingParameterFeatureSource, QgsProcessingParameterVectorLayer)

Sources = Mapping[str, "list[str] | VectorFile | None"]
"""Parameter name to the files it names."""


def resolve_sources(
    algorithm: QgsProcessingAlgorithm, parameters: Mapping[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
) -> Sources:
    """Return the files behind every input parameter. Layers belong to the main thread, so this runs before the work."""
    sources: dict[str, list[str] | VectorFile | None] = {}
    for definition in algorithm.parameterDefinitions():
        name = definition.name()
        value = parameters.get(name, definition.defaultValue())
        if isinstance(definition, _FILES):
            sources[name] = source_paths(value, context)
        elif isinstance(definition, _VECTORS):
            sources[name] = vector_file(name, value, definition, context, feedback)
        elif isinstance(definition, QgsProcessingParameterMapLayer):
            sources[name] = raster_or_vector_file(name, value, definition, context, feedback)
    return sources


def named_sources(algorithm: QgsProcessingAlgorithm, parameters: Mapping[str, Any]) -> Sources:
    """Return what every input parameter names, as it is written: for a look at values before any layer is read."""
    sources: dict[str, list[str] | VectorFile | None] = {}
    for definition in algorithm.parameterDefinitions():
        name = definition.name()
        value = parameters.get(name, definition.defaultValue())
        if isinstance(definition, _FILES):
            sources[name] = [str(value)] if value else []
        elif isinstance(definition, (*_VECTORS, QgsProcessingParameterMapLayer)):
            sources[name] = VectorFile(str(value), "") if value else None
    return sources


class Values:
    """The parameters of one run."""

    def __init__(
        self, algorithm: QgsProcessingAlgorithm, parameters: Mapping[str, Any], context: QgsProcessingContext, sources: Sources
    ) -> None:
        self._algorithm = algorithm
        self._parameters = parameters
        self._context = context
        self._sources = sources
        self._outputs: dict[str, str] = {}

    def refuse_clashes(self) -> None:
        """Raise `OutputError` where an output would take the place of an input or of another output."""
        taken = {_real(path): name for name, source in self._sources.items() for path in _paths(source)}
        for definition in self._algorithm.parameterDefinitions():
            path = self.optional_output(definition.name()) if definition.isDestination() else ""
            if not path or Path(path).is_dir():
                continue
            other = taken.setdefault(_real(path), definition.name())
            if other != definition.name():
                raise OutputError(
                    tr("{name} is {path}, which is {other} as well; choose another file.").format(
                        name=definition.name(), path=path, other=other
                    )
                )

    def text(self, name: str) -> str:
        """Return a text without blanks around it, empty where none is given."""
        return str(self._algorithm.parameterAsString(self._parameters, name, self._context)).strip()

    def texts(self, name: str) -> tuple[str, ...]:
        """Return the words of a text separated by blanks, commas or semicolons."""
        return tuple(self.text(name).replace(",", " ").replace(";", " ").split())

    def numbers(self, name: str) -> tuple[float, ...]:
        """Return the numbers of a text; raises `InputError` for a word that is none."""
        try:
            return tuple(float(word) for word in self.texts(name))
        except ValueError as error:
            raise InputError(
                tr("{name} holds {text}, which is no list of numbers; write one as 3000, or one per band as 3000 2800 2600.").format(
                    name=name, text=repr(self.text(name))
                )
            ) from error

    def limit(self, name: str, default_percentile: float) -> tuple[tuple[float, ...], float]:
        """Return the values of a limit of a stretch, empty where it is a percentile, and that percentile."""
        written = self.text(name)
        if not written.endswith("%"):
            return self.numbers(name), default_percentile
        try:
            percentile = float(written.rstrip("% "))
        except ValueError as error:
            raise InputError(
                tr("{name} is {text}; give numbers, or one percentile such as 0.5%.").format(name=name, text=written)
            ) from error
        if not 0 <= percentile <= 100:
            raise InputError(tr("{name} is {text}; give a percentile of 0% to 100%.").format(name=name, text=written))
        return (), percentile

    def choice(self, name: str) -> str:
        """Return the chosen value of a static-string enumeration."""
        return str(self._algorithm.parameterAsEnumString(self._parameters, name, self._context))

    def flag(self, name: str) -> bool:
        """Return a yes or no."""
        return bool(self._algorithm.parameterAsBool(self._parameters, name, self._context))

    def number(self, name: str) -> float:
        """Return a number."""
        return float(self._algorithm.parameterAsDouble(self._parameters, name, self._context))

    def optional_number(self, name: str) -> float | None:
        """Return a number; where none is given that of the parameter's default, which may be None."""
        return self.number(name) if self._is_given(name) else self._algorithm.parameterDefinition(name).defaultValue()

    def integer(self, name: str) -> int:
        """Return a whole number."""
        return int(self._algorithm.parameterAsInt(self._parameters, name, self._context))

    def crs(self, name: str) -> str:
        """Return a CRS as authority code or WKT, empty where none is given; raises `InputError` for one that QGIS does not know."""
        crs = self._algorithm.parameterAsCrs(self._parameters, name, self._context)
        given = self._parameters.get(name)
        if not crs.isValid() and isinstance(given, str) and given.strip():
            raise InputError(tr("{name} is {text}, which is no known CRS; give a code such as EPSG:25833.").format(name=name, text=given))
        return crs_text(crs) if crs.isValid() else ""

    def extent(self, name: str, crs: str) -> Bounds | None:
        """Return an extent (west, south, east, north) in ``crs``, None where none is given."""
        if not self._is_given(name):
            return None
        target = QgsCoordinateReferenceSystem(crs)
        box = self._algorithm.parameterAsExtent(self._parameters, name, self._context, target)
        if box.isNull() or box.isEmpty():
            raise InputError(tr("{name} is empty; give west,east,south,north [CRS] with west < east and south < north.").format(name=name))
        return box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()

    def sources(self, name: str) -> list[str]:
        """Return the paths that a parameter names, in order."""
        sources = self._sources.get(name)
        return list(sources) if isinstance(sources, list) else []

    def source(self, name: str) -> str:
        """Return the one path that a parameter names, empty where none is given."""
        sources = self.sources(name)
        if len(sources) > 1:
            raise InputError(tr("{name} names {count} files; give one.").format(name=name, count=len(sources)))
        return sources[0] if sources else ""

    def vector(self, name: str) -> VectorFile | None:
        """Return the file behind a vector parameter, None where none is given."""
        source = self._sources.get(name)
        return source if isinstance(source, VectorFile) else None

    def output(self, name: str) -> str:
        """Return the path a layer or file is to be written to; raises `OutputError` where it is no file."""
        path = self.optional_output(name)
        if not path:
            raise OutputError(tr("{name} is missing; give the path of the file to write.").format(name=name))
        return path

    def optional_output(self, name: str) -> str:
        """Return the path of an optional output, empty where it is not wanted; the same at every call.

        QGIS names a temporary file anew and notes a layer to load whenever it is asked.
        """
        if name not in self._outputs:
            self._outputs[name] = self._read_output(name)
        return self._outputs[name]

    def _read_output(self, name: str) -> str:
        definition = self._algorithm.parameterDefinition(name)
        read = (
            self._algorithm.parameterAsFileOutput
            if definition.type() in {"fileDestination", "folderDestination"}
            else self._algorithm.parameterAsOutputLayer
        )
        path = str(read(self._parameters, name, self._context)).strip()
        if path.startswith(("memory:", "ogr:", "postgres:", "/vsi")):
            raise OutputError(tr("{name} is {path}, which is no file; give the path of a file.").format(name=name, path=path))
        if path and definition.type() == "rasterDestination" and not path.lower().endswith((".tif", ".tiff")):
            raise OutputError(
                tr("{name} is {path}, but rasters are written as GeoTIFF; choose a name that ends in .tif.").format(name=name, path=path)
            )
        return path

    def temporary_folder(self) -> str:
        """Return the folder QGIS keeps temporary files in and removes at its end."""
        return str(QgsProcessingUtils.tempFolder(self._context))

    def given(self, name: str) -> Any:
        """Return a value as it was given, or the parameter's default."""
        return self._parameters.get(name, self._algorithm.parameterDefinition(name).defaultValue())

    def _is_given(self, name: str) -> bool:
        value = self.given(name)
        return value is not None and value != ""


def _paths(source: list[str] | VectorFile | None) -> list[str]:
    return source if isinstance(source, list) else [] if source is None else [source.path]


def _real(path: str) -> str:
    """Return a path in the one form that two names of a file share."""
    return os.path.normcase(os.path.realpath(path))


def crs_text(crs: QgsCoordinateReferenceSystem) -> str:
    """Return a CRS as the core writes it: an authority code, or WKT where there is none."""
    return str(crs.authid() or crs.toWkt(QgsCoordinateReferenceSystem.WktVariant.WKT_PREFERRED))
