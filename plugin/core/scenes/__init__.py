"""From a product on disk to a `Scene` (facts, no pixels) and its bands on any grid."""

from .bands import read_bands, read_scaled
from .formats.opening import open_scene
from .msi import TEN_BANDS
from .scene import AngleGrid, BandFile, BandStack, Scene
from .search import find_scenes

__all__ = ["TEN_BANDS", "AngleGrid", "BandFile", "BandStack", "Scene", "find_scenes", "open_scene", "read_bands", "read_scaled"]
