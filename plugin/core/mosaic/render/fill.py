"""Join what fills a hole to its surroundings, so that nobody sees that it was filled.

Where scene i is covered and donor j fills, the donor is multiplied by exp(c). Around the hole, where i shows and both
are clear, ln(i / j) is known; c is its mean, weighted by a kernel that falls with about the square of the distance, so
that the rim agrees and the middle takes the mean of the whole ring (a membrane, as in cloning). Places where j shows by
its own right take part with 0: there nothing may change. c fades with the distance from the ring, stays small, is
mostly common to the bands so that their ratios hold, and vanishes where the ring disagrees with itself: a snow line that
moved, a harvest.

All of it is worked out on coarse cells counted from the origin of the CRS, read from the scenes' reduced copies: a block
needs far surroundings at little cost, and the result does not depend on how the mosaic is cut into blocks.

References
----------
Perez et al. (2003), doi:10.1145/882262.882269; Lin et al. (2013), IEEE TGRS 51(1), 232-241 (cloning into clouds);
Knutsson & Westin (1993), doi:10.1109/CVPR.1993.341081 (normalised convolution).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ...base.lazy import lazy
from ...raster.grid import Grid, Window
from ...regions.burn import burn
from ...regions.neighbourhood import highest
from ..plan.means import read_means
from .sources import Join, Source, SourceWindow

CELL_M = 160.0
"""Side of a coarse cell that is aimed at where pixels are finer."""
SIGMAS = (1.0, 2.5, 6.0)
"""Widths in cells of the Gaussians whose sum is the kernel."""
RADIUS = 18
"""Cells beyond which nothing counts: three times the widest."""
LIMIT = 0.14
"""Bound of c: 15 %."""
BAND_LIMIT = 0.03
"""Bound of what single bands may depart from the common c."""
STRANGE = 0.4
"""Log ratios beyond this are no matter of light or haze and do not count."""
DISAGREES = (0.12, 0.24)
"""Spread of the log ratio in a ring up to which it is trusted, and from which it is not."""
HALF_TRUST = 3.0
"""Cells of ring at which the join has half its strength."""


def cell_px(pixel_m: float) -> int:
    """Return the side of a coarse cell in pixels, at least 2."""
    return int(2 ** max(1, round(math.log2(CELL_M / pixel_m))))


def reach_px(pixel_m: float) -> int:
    """Return how far from a pixel the pixels lie that its join depends on."""
    return (RADIUS + 4) * cell_px(pixel_m)


def find_joins(
    scenes: Sequence[SourceWindow], rank: np.ndarray, grid: Grid, bands: Sequence[str], window: Window, *, feather_px: int
) -> dict[int, Join]:
    """Return the joins of a block by the donor's rank; none where nothing was filled.

    ``rank`` (rows, cols) over ``window`` says which scene shows; ``grid`` is the mosaic's. Pixels within ``feather_px``
    of a hole count to it where the donor is blended in.
    """
    holes = _filled(scenes, rank, feather_px)
    if not holes:
        return {}
    around = _Surroundings([scene.source for scene in scenes], grid, bands, window)
    return {donor: _join(around, donor, chosen, len(bands)) for donor, chosen in holes.items()}


def _join(around: _Surroundings, donor: int, chosen: Mapping[int, np.ndarray], bands: int) -> Join:
    """Return the join of one donor; a factor of 1 where nothing around says anything, for a block must not matter to its neighbour."""
    region = np.zeros(next(iter(chosen.values())).shape, bool)
    for mask in chosen.values():
        region |= mask
    places = around.places_of(region)
    sums, weight = np.zeros((bands, len(places.row)), np.float32), around.own(donor, places)
    for keeper, mask in chosen.items():
        part: slice | np.ndarray = slice(None) if len(chosen) == 1 else mask[region]
        there = places if len(chosen) == 1 else places.only(mask[region])
        ring = around.ring(keeper, donor, there)
        if ring is not None:
            weight[part] += there.take(ring.weight, ring.box)
            for band in range(bands):
                sums[band, part] += there.take(ring.sums[band], ring.box)
    sums /= np.maximum(weight, 1e-9)
    common = sums.mean(axis=0)
    sums -= common
    np.clip(sums, -BAND_LIMIT, BAND_LIMIT, out=sums)
    sums += common
    np.clip(sums, -LIMIT, LIMIT, out=sums)
    return Join(region, sums)


def _filled(scenes: Sequence[SourceWindow], rank: np.ndarray, feather_px: int) -> dict[int, dict[int, np.ndarray]]:
    """Return donor -> covered scene -> pixels (rows, cols) in which the donor stands for it."""
    found: dict[int, dict[int, np.ndarray]] = {}
    present = [scene.rank for scene in scenes if (rank == scene.rank).any()]
    for scene in scenes:
        if scene.uncovered.all():
            continue
        covered = highest(~scene.uncovered, feather_px)
        keeper = scene.rank
        for donor in present:
            mask = (rank == donor) & covered
            if donor == keeper or not mask.any():
                continue
            if feather_px:
                mask |= highest(mask, feather_px) & (rank == keeper)
            found.setdefault(donor, {})[keeper] = mask
    return found


@dataclass(frozen=True, eq=False)
class _Places:
    """Where pixels lie between the centres of coarse cells."""

    row: np.ndarray  # (pixels,) row of the cell above
    col: np.ndarray  # (pixels,) column of the cell to the left
    down: np.ndarray  # (pixels,) how far towards the next row
    right: np.ndarray  # (pixels,) how far towards the next column

    def only(self, part: np.ndarray) -> _Places:
        """Return the places of some of the pixels."""
        return _Places(self.row[part], self.col[part], self.down[part], self.right[part])

    def box(self) -> Window:
        """Return the cells that they lie between, and those whose values reach them."""
        row, col = int(self.row.min()), int(self.col.min())
        return Window(row, col, int(self.row.max()) + 2 - row, int(self.col.max()) + 2 - col).grow(RADIUS + 1)

    def take(self, values: np.ndarray, box: Window) -> np.ndarray:
        """Return values (rows, cols) over a box of cells at the pixels, bilinear."""
        flat, cols = values.astype(np.float32).ravel(), values.shape[1]
        k = (self.row - box.row) * cols + (self.col - box.col)
        upper = flat[k] * (1 - self.right) + flat[k + 1] * self.right
        lower = flat[k + cols] * (1 - self.right) + flat[k + cols + 1] * self.right
        return np.asarray(upper * (1 - self.down) + lower * self.down)


@dataclass(frozen=True, eq=False)
class _Ring:
    """What the surroundings kept by one scene say to a donor, on coarse cells."""

    box: Window  # of cells
    weight: np.ndarray  # (rows, cols)
    sums: np.ndarray  # (bands, rows, cols), weight * c


class _Surroundings:
    """The scenes around a block on coarse cells, read when first wanted."""

    def __init__(self, sources: Sequence[Source], grid: Grid, bands: Sequence[str], window: Window) -> None:
        size = cell_px(grid.pixel_m)
        pad = grid.phase(size)
        window = window.shift(*pad)  # on the grid whose corner is that of a cell
        row, col = (start // size - RADIUS - 3 for start in (window.row, window.col))
        stop_row, stop_col = (-(-end // size) + RADIUS + 3 for end in window.stop)
        self._cells = Window(row, col, stop_row - row, stop_col - col)
        self._size, self._window = size, window
        cells = grid.crop(Window(-pad[0], -pad[1], size, size)).coarsen(size).crop(self._cells)
        self._scenes = {source.rank: _CoarseScene(source, cells, bands, self._cells, size=size, pad=pad) for source in sources}

    def places_of(self, region: np.ndarray) -> _Places:
        """Return where the pixels (rows, cols) of a mask over the block lie."""
        row, col = np.nonzero(region)
        down = (row + self._window.row + 0.5) / self._size - 0.5
        right = (col + self._window.col + 0.5) / self._size - 0.5
        above, left = np.floor(down).astype(np.int64), np.floor(right).astype(np.int64)
        return _Places(above, left, (down - above).astype(np.float32), (right - left).astype(np.float32))

    @lazy
    def shown(self) -> dict[int, np.ndarray]:
        """Rank -> (rows, cols) True where a scene shows, by the rule of `blocks.choose_sources`."""
        scenes = list(self._scenes.values())
        open_ = np.ones(self._cells.shape, bool)
        found = {rank: np.zeros(open_.shape, bool) for rank in self._scenes}
        layered = any(scene.wanted is not None for scene in scenes)
        for named in (True, False) if layered else (False,):
            for scene in scenes:
                mine = open_ & (scene.wanted if scene.wanted is not None else False) if named else open_
                if mine.any():
                    mine = mine & scene.clear
                    found[scene.source.rank] |= mine
                    open_ = open_ & ~mine
        return found

    def own(self, donor: int, places: _Places) -> np.ndarray:
        """Return, at places, the weight of where a donor shows though no other scene is covered there."""
        box = places.box()
        part = box.slices_in(self._cells)
        mine = self.shown[donor][part].copy()
        for rank, scene in self._scenes.items():
            if rank != donor:
                mine &= ~scene.covered[part]
        return places.take(_spread(mine.astype(float)), box) if mine.any() else np.zeros(len(places.row), np.float32)

    def ring(self, keeper: int, donor: int, places: _Places) -> _Ring | None:
        """Return what the surroundings of some places shown by ``keeper`` ask of ``donor``; None where there are none."""
        box = places.box()
        part = box.slices_in(self._cells)
        if not self.shown[keeper][part].any():
            return None
        kept, given = self._scenes[keeper], self._scenes[donor]
        known = self.shown[keeper][part] & kept.usable[part] & given.usable[part]
        if not known.any():
            return None
        step = np.where(known, kept.logarithm[(slice(None), *part)] - given.logarithm[(slice(None), *part)], 0.0)
        common = step.mean(axis=0)
        weight = known * np.clip(1 - (common / STRANGE) ** 2, 0, None) ** 2
        # How far the ring agrees is asked of all its cells, the strange ones included, which the mean leaves out.
        bounded, count = np.clip(common, -STRANGE, STRANGE), np.maximum(_spread(known.astype(float)), 1e-12)
        deviation = np.sqrt(np.maximum(_spread(bounded**2) / count - (_spread(bounded) / count) ** 2, 0))
        low, high = DISAGREES
        trust = np.clip((high - deviation) / (high - low), 0, 1)
        cells = _blurred(weight, SIGMAS[-1])
        away = np.clip(ndimage.distance_transform_edt(~known) / RADIUS, 0, 1)
        strength = trust * cells / (cells + HALF_TRUST) * (1 - away) ** 2 * (1 + 2 * away)
        return _Ring(box, _spread(weight), np.stack([_spread(weight * band) for band in step]) * strength)


class _CoarseScene:
    """One scene on coarse cells."""

    def __init__(self, source: Source, grid: Grid, bands: Sequence[str], cells: Window, *, size: int, pad: tuple[int, int]) -> None:
        self.source = source
        self._grid = grid
        self._bands = bands
        self.covered = burn(source.covered.shift(*pad).coarser(size), cells)
        """True where a cell's centre lies in a polygon of the scene."""
        self.wanted = None if source.seam is None else burn(source.seam.shift(*pad).coarser(size), cells)

    @lazy
    def _samples(self) -> np.ndarray:
        return read_means(self.source.reduced, self._bands, self._grid)

    @lazy
    def clear(self) -> np.ndarray:
        """(rows, cols) True where the scene has data and no polygon covers the centre."""
        return np.asarray((self._samples > 0).all(axis=0) & ~self.covered)

    @lazy
    def usable(self) -> np.ndarray:
        """(rows, cols) True where the neighbouring cells are clear as well: nothing of a cloud's rim is in the mean."""
        return ~highest(np.pad(~self.clear, 1, constant_values=True), 1)[1:-1, 1:-1]

    @lazy
    def logarithm(self) -> np.ndarray:
        """(bands, rows, cols) logarithm of the balanced samples."""
        source = self.source
        balanced = self._samples * source.gain[:, None, None] + source.offset[:, None, None]
        if source.field is not None:
            balanced = balanced * source.field.over(self._grid)
        return np.asarray(np.log(np.maximum(balanced, 20.0)), np.float64)


def _spread(values: np.ndarray) -> np.ndarray:
    """Return the sum of values around each cell under the kernel; every cell by itself, in one order of summing."""
    return np.asarray(sum(_blurred(values, sigma) / sigma**2 for sigma in SIGMAS))


def _blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    """Return the sum under a Gaussian of height 1, cut off at three sigma."""
    x = np.arange(-math.floor(3 * sigma), math.floor(3 * sigma) + 1)
    weights = np.exp(-(x**2) / (2 * sigma**2))
    along = ndimage.correlate1d(values, weights, axis=0, mode="constant")
    return np.asarray(ndimage.correlate1d(along, weights, axis=1, mode="constant"))
