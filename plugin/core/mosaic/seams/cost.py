"""What a seam costs: the balanced scenes over a window of cells, and the reasons for and against each of them.

Costs are counted per cell of `REFERENCE_M`: sides grow with the length of a cell and unary costs with its area, so that
all levels of the pyramid weigh them alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy import ndimage

from ...raster.grid import Grid, Window
from ...regions.burn import Edges, burn
from ...scenes import AngleGrid, Scene
from ...scenes.angles import view_on
from ..colour.fields import DodgeField
from ..plan.means import read_means
from .expansion import Energy

REFERENCE_M = 160.0
"""Side of the cell that weights are stated for."""
HALO_CELLS = 8
"""Cells around a window that its costs depend on."""
SUPERSAMPLE = 4
"""Rows and columns of a cell at which polygons are sampled."""
COMPARED = ("B02", "B03", "B04", "B08", "B11")
"""Bands in which scenes are compared, as far as the mosaic has them."""
UNIT = 0.8
"""Difference of square roots of reflectance x 10000 that costs 1: 5 % at a reflectance of 0.1."""
DISTORTION = 0.05
"""Spread of the logarithm of a correction over the bands that costs 1."""


@dataclass(frozen=True)
class SeamOptions:
    """Weights of the reasons, in units of a 5 % step along one reference cell; defaults were chosen on real scenes."""

    length: float = 0.8
    """Cost of a side where the scenes agree."""
    cap: float = 12.0
    """Largest difference that counts, sum of both ends."""
    texture: float = 0.3
    """Gradient at which a side costs half as much as on even ground: steps hide in texture."""
    edge: float = 0.05
    """Share of the gradient across the side itself, against that of its surroundings: along edges steps hide best."""
    water: float = 0.4
    """Factor of sides that lie on water in every clear scene."""
    broad: float = 1.0
    """Weight of the difference of local means against that of single cells."""
    covered: float = 60.0
    """Cost of a cell wholly under the scene's own polygons; parts in proportion."""
    margin: float = 0.8
    """Cost at the edge of a cloud, shadow or swath."""
    margin_m: float = 350.0
    """Distance at which that cost has fallen to 1/e."""
    priority: float = 0.1
    """Cost per scene of higher priority that is clear at the cell."""
    priority_depth: int = 5
    """Scenes of higher priority that count at most."""
    days: float = 0.1
    """Cost of a date far from the one that dominates around the cell."""
    days_scale: float = 15.0
    """Days after which half of that cost is reached."""
    haze: float = 0.1
    """Cost per unit by which local blue exceeds the median of the clear scenes."""
    doubt: float = 2.0
    """Cost of a cell where the scene disagrees with the others as only a missed cloud, a shadow or changed land does."""
    haze_free: float = 1.5
    """Excess in units that costs nothing."""
    distortion: float = 0.2
    """Cost of a correction whose factors differ by 5 % from band to band (standard deviation): indices change with it."""
    view: float = 0.05
    """Cost of looking at 12 degrees from the vertical, with the square of the angle."""
    smallest_ha: float = 50.0
    """Areas of one scene below this go to a neighbour where one is clear."""


@dataclass(frozen=True, eq=False)
class SeamScene:
    """What the costs of one scene follow from."""

    rank: int
    """1-based rank in the plan."""
    scene: Scene
    """Facts, angle grids left out."""
    covered: Edges
    """Outlines of cloud and shadow, in pixels of the mosaic's grid."""
    doubtful: Edges
    """Outlines of where the scene disagrees with the others, in pixels of the mosaic's grid."""
    gain: np.ndarray
    """(compared bands,) float32."""
    offset: np.ndarray
    """(compared bands,) float32."""
    field: DodgeField | None
    """Local factor with one layer or one per compared band."""
    day: int | None
    """Proleptic ordinal of the date of sensing."""
    view: AngleGrid | None
    """Direction of the satellite."""


@dataclass(frozen=True)
class CellWindow:
    """A window of cells laid over the mosaic's pixels."""

    grid: Grid
    """Grid at whose corner cells begin."""
    factor: int
    """Pixels of ``grid`` per cell."""
    window: Window
    """Rows and columns of cells."""

    @property
    def cells(self) -> Grid:
        """Grid of the cells."""
        return self.grid.coarsen(self.factor).crop(self.window)

    def grow(self, cells: int) -> CellWindow:
        """Return the window with so many cells more on every side."""
        return replace(self, window=self.window.grow(cells))


@dataclass(frozen=True, eq=False)
class CellCosts:
    """Costs over a window with its halo cut off to one cell."""

    energy: Energy
    """Unary costs and sides; labels in the order of the scenes given."""
    cover: np.ndarray
    """(labels, rows, cols) float32 share under the scene's polygons, 1 where it has no data."""


def measure_costs(
    scenes: Sequence[SeamScene],
    place: CellWindow,
    bands: Sequence[str],
    *,
    dominant: np.ndarray | None,
    options: SeamOptions,
    shares: Mapping[int, np.ndarray] = MappingProxyType({}),
) -> CellCosts:
    """Return the costs of scenes over a window of cells.

    ``dominant`` (rows, cols) is the ordinal of the date that dominates around each cell of the window, 0 none.
    ``shares`` are those of `burn_shares` by rank, over the window grown by `HALO_CELLS`, as far as they are known already.

    Model: unary costs of margins, priority, date, haze, doubt, distortion and view, weighted by `SeamOptions`; a side is cheap
        along edges and on busy ground, and costs what the scenes differ there.
    Units: costs per cell of `REFERENCE_M`; features are square roots of reflectance x 10000 in units of `UNIT`.
    Shapes: unary costs and cover (labels, rows, cols), labels in the order of ``scenes``.
    Source: Kwatra et al. (2003), doi:10.1145/882262.882264, for the cost of a side; the unary costs are our own.
    """
    around = place.grow(HALO_CELLS)
    wide, cells, factor = around.window, around.cells, place.factor
    inner = place.window.slices_in(wide)
    read = [_read_root(scene, cells, bands) for scene in scenes]
    values, distortion = (np.stack(column) for column in zip(*read, strict=True))
    valid = (values > 0).all(axis=1)
    cover = np.stack([shares[one.rank] if one.rank in shares else burn_shares(one.covered, factor, wide) for one in scenes])
    cover = np.where(valid, cover, 1).astype(np.float32)
    clear = valid & (cover < 0.5)
    features = _completed(values, clear)
    broad = _local_mean(features)
    scale = cells.pixel_m / REFERENCE_M
    unary = _unary(scenes, broad, cover=cover, clear=clear, cells=cells, options=options)
    doubt = np.stack([burn_shares(one.doubtful, factor, wide) for one in scenes])
    unary = (unary + options.distortion * distortion + options.doubt * doubt) * scale
    if dominant is not None:
        days = [_date_costs(scene, dominant, options) * scale for scene in scenes]
        unary[(slice(None), *inner)] += np.stack(days)
    unary += options.covered * cover
    unary[~valid | (cover >= 1)] = np.inf
    across, down = _side_weights(features, bands, clear, options)
    both = np.concatenate((features, options.broad * broad), axis=1) * (2 / (1 + options.broad))
    rows, cols = inner
    energy = Energy(
        np.ascontiguousarray(unary[(slice(None), *inner)]),
        cell_features(both[(slice(None), slice(None), *inner)]),
        across[rows, cols.start : cols.stop - 1],
        down[rows.start : rows.stop - 1, cols],
        options.length,
        options.cap,
    )
    return CellCosts(energy, np.ascontiguousarray(cover[(slice(None), *inner)]))


def cell_features(features: np.ndarray) -> np.ndarray:
    """Return features (labels, features, rows, cols) as (labels, cells, features), those of a cell side by side."""
    return np.ascontiguousarray(features.reshape(*features.shape[:2], -1).swapaxes(1, 2))


def _read_root(scene: SeamScene, cells: Grid, bands: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return (bands, rows, cols) square roots of balanced means in units of `UNIT`, 0 nodata, and (rows, cols) distortion.

    Distortion is the standard deviation over the bands of the logarithm of the correction, in units of 5 %.
    """
    samples = read_means(scene.scene, bands, cells)
    balanced = samples * scene.gain[:, None, None] + scene.offset[:, None, None]
    if scene.field is not None:
        balanced *= scene.field.over(cells)
    balanced = np.maximum(balanced, 1)
    distortion = np.log(balanced / np.maximum(samples, 1)).std(axis=0) / DISTORTION
    return np.where(samples > 0, np.sqrt(balanced) / UNIT, 0).astype(np.float32), distortion.astype(np.float32)


def burn_shares(edges: Edges, factor: int, window: Window) -> np.ndarray:
    """Return (rows, cols) float32 of a window of cells, the share of each that lies under the polygons."""
    if not len(edges.x0):
        return np.zeros(window.shape, np.float32)
    fine = min(factor, SUPERSAMPLE)
    mask = burn(edges.coarser(factor / fine), Window(window.row * fine, window.col * fine, window.rows * fine, window.cols * fine))
    if not mask.any():
        return np.zeros(window.shape, np.float32)
    # Whole rows are added first, then columns: NumPy is slow along short axes.
    above = mask.view(np.uint8).reshape(window.rows, fine, -1).sum(axis=1, dtype=np.uint8)
    count = sum((above[:, place::fine] for place in range(fine)), np.zeros(window.shape, np.uint8))
    return count * np.float32(1 / fine**2)


def measure_data(scene: SeamScene, place: CellWindow, band: str) -> np.ndarray:
    """Return (rows, cols) True for the cells of a window in which a scene has data."""
    return np.asarray(read_means(scene.scene, (band,), place.cells)[0] > 0)


def _completed(values: np.ndarray, clear: np.ndarray) -> np.ndarray:
    """Return features known everywhere.

    Where a scene is not clear it stands as far from the mean of those that are as at its nearest clear cell: what a
    seam would meet there is not known better, and the difference stays a metric.
    """
    count = clear.sum(axis=0)
    mean = (values * clear[:, None]).sum(axis=0) / np.maximum(count, 1)
    out = values.copy()
    for label, good in enumerate(clear):
        if good.all():
            continue
        if not good.any():
            out[label] = mean
            continue
        row, col = np.nonzero(~good)
        near_row, near_col = (index[row, col] for index in _nearest(good))
        near = (row - near_row) ** 2 + (col - near_col) ** 2 <= HALO_CELLS**2
        at, origin = (row * good.shape[1] + col)[near], (near_row * good.shape[1] + near_col)[near]
        for band, average, filled in zip(values[label], mean, out[label], strict=True):
            np.copyto(filled, average, where=~good)
            filled.ravel()[at] += band.ravel()[origin] - average.ravel()[origin]
    return out


def _nearest(mask: np.ndarray) -> np.ndarray:
    """Return row and column (2, rows, cols) of the cell of ``mask`` that is nearest to each."""
    return np.asarray(ndimage.distance_transform_edt(~mask, return_distances=False, return_indices=True))


def _local_mean(features: np.ndarray) -> np.ndarray:
    """Return features (labels, bands, rows, cols) smoothed by a Gaussian of 2 cells."""
    return np.asarray(ndimage.gaussian_filter(features, (0, 0, 2, 2), truncate=2.0, mode="nearest"))


def _unary(
    scenes: Sequence[SeamScene], broad: np.ndarray, *, cover: np.ndarray, clear: np.ndarray, cells: Grid, options: SeamOptions
) -> np.ndarray:
    """Return (labels, rows, cols) costs of margins, priority, haze and view per reference cell."""
    unary = np.zeros(clear.shape, np.float32)
    rank = np.array([scene.rank for scene in scenes])
    level = _median_where(broad[:, 0], clear)
    for label, scene in enumerate(scenes):
        unary[label] += options.margin * _nearness(cover[label], cells.pixel_m, options.margin_m)
        above = clear[rank < scene.rank].sum(axis=0)
        unary[label] += options.priority * np.minimum(above, options.priority_depth)
        unary[label] += options.haze * np.clip(broad[label, 0] - level - options.haze_free, 0, 4)
        if scene.view is not None:
            unary[label] += options.view * _squared_view(scene.scene, scene.view, cells)
    return unary


def _nearness(cover: np.ndarray, cell_m: float, fall_m: float) -> np.ndarray:
    """Return 1 beside what is covered, falling with distance; 0 beyond the halo, which other windows could not see."""
    hidden = cover > 0
    if not hidden.any():
        return np.zeros(cover.shape, np.float32)
    row, col = _nearest(hidden)
    rows, cols = np.arange(cover.shape[0], dtype=np.int32)[:, None], np.arange(cover.shape[1], dtype=np.int32)
    squared = (row - rows) ** 2 + (col - cols) ** 2
    distance = np.sqrt(np.arange(HALO_CELLS**2 + 1))
    near = np.append(np.exp(-np.maximum(distance - 1, 0) * cell_m / fall_m), 0).astype(np.float32)
    return near[np.minimum(squared, len(near) - 1)]


def _median_where(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return the lower median over axis 0 of known values, 0 where there is none.

    The few labels are sorted by exchanging whole layers, which NumPy does much faster than sorting along a short axis.
    """
    layers = list(np.where(known, values, np.inf))
    for last in range(len(layers) - 1, 0, -1):
        for n in range(last):
            layers[n], layers[n + 1] = np.minimum(layers[n], layers[n + 1]), np.maximum(layers[n], layers[n + 1])
    middle = np.maximum(known.sum(axis=0) - 1, 0) // 2
    found = np.take_along_axis(np.stack(layers), middle[None], axis=0)[0]
    return np.where(np.isfinite(found), found, 0)


def _squared_view(scene: Scene, view: AngleGrid, cells: Grid) -> np.ndarray:
    """Return (rows, cols) squared view zenith relative to 12 degrees."""
    zenith = view_on(replace(scene, view={("", 0): view}), cells).zenith_deg
    return np.asarray((zenith / 12) ** 2, np.float32)


def _date_costs(scene: SeamScene, dominant: np.ndarray, options: SeamOptions) -> np.ndarray:
    """Return (rows, cols) float32 costs of a scene's date beside the dominating one, half of ``days`` after ``days_scale`` days."""
    if scene.day is None:
        return np.where(dominant > 0, options.days, 0).astype(np.float32)
    apart = np.abs(dominant.astype(np.int64) - scene.day)
    return np.where(dominant > 0, options.days * apart / (apart + options.days_scale), 0).astype(np.float32)


def _side_weights(features: np.ndarray, bands: Sequence[str], clear: np.ndarray, options: SeamOptions) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of sides across (rows, cols - 1) and down (rows - 1, cols).

    Model: texture / (texture + edge * gradient + (1 - edge) * gradient around), less over water.
    Units: gradients in units of `UNIT` per cell; weights from 0 to 1.
    Shapes: ``features`` (labels, bands, rows, cols), ``clear`` (labels, rows, cols).
    Source: Kwatra et al. (2003), doi:10.1145/882262.882264, who divide by the gradient.
    """
    sides = []
    water = _water(features, bands, clear) if {"B03", "B08"} <= set(bands) else None
    for axis in (-1, -2):
        gradient = np.abs(np.diff(features, axis=axis)).mean(axis=(0, 1))
        around = ndimage.gaussian_filter(gradient, 2, truncate=2.0, mode="nearest")
        weight = options.texture / (options.texture + options.edge * gradient + (1 - options.edge) * around)
        if water is not None:
            pair = np.minimum(water[:, :-1], water[:, 1:]) if axis == -1 else np.minimum(water[:-1], water[1:])
            weight = np.where(pair, options.water * weight, weight)
        sides.append(weight.astype(np.float32))
    return sides[0], sides[1]


def _water(features: np.ndarray, bands: Sequence[str], clear: np.ndarray) -> np.ndarray:
    """Return True where green exceeds near infrared in every clear scene."""
    green, infrared = features[:, bands.index("B03")], features[:, bands.index("B08")]
    return np.asarray(((green > infrared) | ~clear).all(axis=0) & clear.any(axis=0))
