"""One scene as blocks see it: what they need of it, and its samples over a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...base.lazy import lazy
from ...raster.grid import Grid, Window
from ...regions.burn import Edges, burn
from ...regions.neighbourhood import cell_means, lowest
from ...scenes import Scene
from ..colour.fields import DodgeField
from ..plan.scene_pool import read_block


@dataclass(frozen=True, eq=False)
class Source:
    """What a block needs of one scene: the part of `plan.PlacedScene` and of the balance that concerns it."""

    rank: int
    """1-based rank in the plan, the value in SOURCE."""
    scene: Scene
    """Facts, angle grids left out."""
    covered: Edges
    """Outlines of cloud and shadow near the block."""
    seam: Edges | None
    """Outlines of the area a seam layer gives to the scene; None without such a layer."""
    gain: np.ndarray
    """(bands,) float32."""
    offset: np.ndarray
    """(bands,) float32, reflectance x 10000."""
    field: DodgeField | None
    """Smooth local factor; None where there is none."""
    reduced: Scene
    """The scene as its far surroundings are read: from its reduced copy where there is one."""

    @property
    def is_plain(self) -> bool:
        """True when the samples stay as they are."""
        return self.field is None and bool((self.gain == 1).all() and (self.offset == 0).all())


@dataclass(frozen=True, eq=False)
class Join:
    """Local factor of one donor over a block."""

    region: np.ndarray
    """(rows, cols) True where it is not 1."""
    log_factor: np.ndarray
    """(bands, pixels) float32, logarithms at the pixels of ``region``."""

    def over(self, band: int) -> np.ndarray:
        """Return the factor (rows, cols) float32 of one band, 1 outside the region."""
        factor = np.ones(self.region.shape, np.float32)
        factor[self.region] = np.exp(self.log_factor[band])
        return factor


class SourceWindow:
    """One scene over one window, read when first wanted and not before."""

    def __init__(self, source: Source, grid: Grid, bands: Sequence[str], window: Window) -> None:
        self.source = source
        self.grid = grid.crop(window)
        self._bands = bands
        self.uncovered = ~burn(source.covered, window)
        """(rows, cols) True where no cloud or shadow polygon of the scene lies."""
        self.wanted = None if source.seam is None else burn(source.seam, window)
        """(rows, cols) True where a seam layer gives the area to the scene; None without such a layer."""
        self.join: Join | None = None
        """Factor that joins what the scene fills to its surroundings; None where it fills nothing."""

    @property
    def rank(self) -> int:
        """Value in SOURCE."""
        return self.source.rank

    @lazy
    def samples(self) -> np.ndarray:
        """(bands, rows, cols) uint16 as the scene has them, on the mosaic's grid."""
        return read_block(self.source.scene, self._bands, self.grid)

    @lazy
    def valid(self) -> np.ndarray:
        """(rows, cols) True where every band has data."""
        return np.asarray(self.samples.min(axis=0) > 0)

    @lazy
    def clear(self) -> np.ndarray:
        """(rows, cols) True where every band has data and no polygon takes it away."""
        return self.valid & self.uncovered

    @property
    def blendable(self) -> np.ndarray:
        """(rows, cols) True where others may be blended with the scene over a wide range: clear, and no join of its own."""
        return self.clear if self.join is None else self.clear & ~self.join.region

    def interior(self, edge_px: int, margin_px: int) -> np.ndarray:
        """Return clear pixels at least ``edge_px`` from nodata and ``margin_px`` from a polygon of the scene.

        What lies beyond the window counts as clear: the halo of a block takes care of it.
        """
        inner = self.clear
        if edge_px and not self.valid.all():
            inner = inner & lowest(self.valid, edge_px)
        if margin_px and not self.uncovered.all():
            inner = inner & lowest(self.uncovered, margin_px)
        return inner

    def balanced(self, band: int, cut: tuple[slice, slice], part: tuple[slice, slice] | np.ndarray) -> np.ndarray:
        """Return float32 balanced samples of one band, (gain * v + offset) * local factor, in a part of a cut of the window."""
        factor = self._factor(band)
        balanced = self.samples[band][cut][part] * self.source.gain[band] + self.source.offset[band]
        return np.asarray(balanced if factor is None else balanced * factor[cut][part])

    def means(self, bands: Sequence[int], size_px: int) -> np.ndarray:
        """Return (bands, rows, cols) float32 balanced means over the whole cells of the window, joins left out."""
        chosen, field = list(bands), self.source.field
        means = np.stack([cell_means(self.samples[band], size_px) for band in bands])
        means = means * self.source.gain[chosen, None, None] + self.source.offset[chosen, None, None]
        if field is not None:
            coarse = self.grid.coarsen(size_px)
            means *= np.stack([field.of_band(band).over(coarse)[0] for band in bands])
        return np.asarray(means)

    def _factor(self, band: int) -> np.ndarray | None:
        """Return the local factor (rows, cols) of one band over the whole window, None where there is none."""
        field = self.source.field
        factor = None if field is None else field.of_band(band).over(self.grid)[0]
        if self.join is None:
            return factor
        return self.join.over(band) if factor is None else factor * self.join.over(band)

    def has_data(self, where: np.ndarray) -> np.ndarray:
        """Return the pixels of ``where`` (rows, cols) in which every band has data.

        Where the scene is not read yet, bands are read one by one, and only around the pixels that are still in question.
        """
        if "samples" in self.__dict__:
            return where & self.valid
        found = where.copy()
        for band in self._bands:
            if not found.any():
                break
            part = Window.around(found)
            found[part.slices] &= read_block(self.source.scene, (band,), self.grid.crop(part))[0] > 0
        return found
