"""From a product on disk to a `Scene` (facts, no pixels) and its bands on any grid."""

from .bands import read_scaled
from .formats.opening import open_scene
from .msi import TEN_BANDS
from .scene import AngleGrid, BandFile, Scene
from .search import find_scenes

__all__ = ["TEN_BANDS", "AngleGrid", "BandFile", "Scene", "find_scenes", "open_scene", "read_scaled"]
