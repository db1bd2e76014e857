"""The provider: lists the algorithms, whatever libraries are there, so that saved models keep their steps."""

from __future__ import annotations

import re
from pathlib import Path

from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .algorithms.base import ICON
from .algorithms.check_neighbours import CheckNeighbours
from .algorithms.compare_orthos import CompareOrthos
from .algorithms.describe_model import DescribeModel
from .algorithms.environment import Environment
from .algorithms.evaluate import Evaluate
from .algorithms.guidelines import Guidelines
from .algorithms.mosaic import Mosaic
from .algorithms.predict import Predict
from .algorithms.prepare import Prepare
from .algorithms.scale_8bit import Scale8bit
from .algorithms.threshold import Threshold
from .algorithms.vectorize import Vectorize
from .inputs.layers import VECTOR_SUFFIXES

ALGORITHMS = (
    Prepare,
    Predict,
    Threshold,
    Vectorize,
    Guidelines,
    CheckNeighbours,
    Evaluate,
    Mosaic,
    Scale8bit,
    CompareOrthos,
    DescribeModel,
    Environment,
)
"""Every algorithm, in the order of the work."""


class SkyfriProvider(QgsProcessingProvider):
    """Processing provider ``skyfri``."""

    def id(self) -> str:
        """Return the stable id."""
        return "skyfri"

    def name(self) -> str:
        """Return the name people read."""
        return "Skyfri"

    def versionInfo(self) -> str:
        """Return the plugin's version, which stands in one place only."""
        metadata = Path(__file__).resolve().parents[2] / "metadata.txt"
        found = re.search(r"^version=(\S+)", metadata.read_text(encoding="utf-8"), re.MULTILINE)
        return found[1] if found else ""

    def icon(self) -> QIcon:
        """Return the icon."""
        return QIcon(str(ICON))

    def svgIconPath(self) -> str:
        """Return the path of the icon."""
        return str(ICON)

    def loadAlgorithms(self) -> None:
        """Add one of each algorithm."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())

    def supportedOutputRasterLayerExtensions(self) -> list[str]:
        """Return the raster formats that are written: Cloud Optimized GeoTIFF."""
        return ["tif", "tiff"]

    def supportedOutputVectorLayerExtensions(self) -> list[str]:
        """Return the vector formats that are written, the default first."""
        return list(VECTOR_SUFFIXES)

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:  # noqa: N803 (QGIS's name)
        """Return GeoPackage."""
        return "gpkg"

    def supportsNonFileBasedOutput(self) -> bool:
        """Return False: results are files that appear when complete."""
        return False
