"""Grid and Window: the only arithmetic between pixels and the map."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from affine import Affine
from rasterio.crs import CRS
from rasterio.errors import CRSError
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window as RasterioWindow

from ..base.errors import InputError

log = logging.getLogger(__name__)

Bounds = tuple[float, float, float, float]
"""West, south, east, north, in the units of a CRS."""

ALIGNED_PX = 0.02
"""Grids whose origins differ from whole pixels by less than this count as one grid."""


@dataclass(frozen=True, order=True)
class Window:
    """A rectangle of pixels, ``rows`` x ``cols``, whose first pixel is (``row``, ``col``).

    A window to write is enlarged by `grow` to the window to read; `slices_in` cuts it out again.
    """

    row: int
    """First row, 0-based; may be negative for a window that begins outside its raster."""
    col: int
    """First column, 0-based; may be negative likewise."""
    rows: int
    """Number of rows."""
    cols: int
    """Number of columns."""

    @classmethod
    def around(cls, mask: np.ndarray) -> Window:
        """Return the smallest window that holds every True of a mask (rows, cols), which has at least one."""
        rows, cols = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
        return cls(int(rows[0]), int(cols[0]), int(rows[-1] - rows[0]) + 1, int(cols[-1] - cols[0]) + 1)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        return self.rows, self.cols

    @property
    def slices(self) -> tuple[slice, slice]:
        """The slices that cut the window out of an array that begins at pixel (0, 0)."""
        return slice(self.row, self.row + self.rows), slice(self.col, self.col + self.cols)

    @property
    def stop(self) -> tuple[int, int]:
        """Row and column after the last ones."""
        return self.row + self.rows, self.col + self.cols

    @property
    def is_empty(self) -> bool:
        """True when the window holds no pixel."""
        return self.rows <= 0 or self.cols <= 0

    def grow(self, halo_px: int, shape: tuple[int, int] | None = None) -> Window:
        """Return the window enlarged by ``halo_px`` on each side, cut to a raster of ``shape``."""
        grown = Window(self.row - halo_px, self.col - halo_px, self.rows + 2 * halo_px, self.cols + 2 * halo_px)
        return grown if shape is None else grown.intersect(Window(0, 0, *shape))

    def intersect(self, other: Window) -> Window:
        """Return the common part; it `is_empty` where there is none."""
        row, col = max(self.row, other.row), max(self.col, other.col)
        stop_row, stop_col = min(self.stop[0], other.stop[0]), min(self.stop[1], other.stop[1])
        return Window(row, col, max(0, stop_row - row), max(0, stop_col - col))

    def shift(self, rows: int, cols: int) -> Window:
        """Return the window moved down by ``rows`` and right by ``cols``."""
        return Window(self.row + rows, self.col + cols, self.rows, self.cols)

    def slices_in(self, outer: Window) -> tuple[slice, slice]:
        """Return the slices that cut this window out of an array that covers ``outer``."""
        row, col = self.row - outer.row, self.col - outer.col
        return slice(row, row + self.rows), slice(col, col + self.cols)

    def blocks(self, size_px: int) -> Iterator[Window]:
        """Yield windows of at most ``size_px`` squared that cover this one once, row by row."""
        for row in range(self.row, self.stop[0], size_px):
            for col in range(self.col, self.stop[1], size_px):
                yield Window(row, col, min(size_px, self.stop[0] - row), min(size_px, self.stop[1] - col))

    def as_rasterio(self) -> RasterioWindow:
        """Return the same window as rasterio's type."""
        return RasterioWindow(self.col, self.row, self.cols, self.rows)


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a raster lie: CRS, transform, size. North is up, pixels are square."""

    crs: str
    """An authority code such as ``EPSG:32633``, or WKT where there is none."""
    transform: Affine
    """(column, row) of pixel corners to map coordinates."""
    shape: tuple[int, int]
    """(rows, cols)."""

    def __post_init__(self) -> None:
        t = self.transform
        if t.b or t.d or t.a <= 0 or t.e >= 0:
            raise InputError(f"The raster's transform {tuple(t)[:6]} is rotated or not north-up; warp it to a north-up grid first.")
        if abs(t.a + t.e) > 1e-6 * t.a:
            raise InputError(f"The raster's pixels are not square ({t.a} x {-t.e}); warp it to square pixels first.")

    @classmethod
    def from_bounds(cls, crs: str, bounds: Bounds, pixel_m: float) -> Grid:
        """Return the smallest grid on multiples of ``pixel_m`` that covers ``bounds``."""
        west, south, east, north = bounds
        if not (west < east and south < north and pixel_m > 0):
            raise InputError(f"The extent {bounds} at a pixel size of {pixel_m} holds no pixel; give west < east, south < north.")
        tiny = 1e-6
        left, top = math.floor(west / pixel_m + tiny), math.ceil(north / pixel_m - tiny)
        right, bottom = math.ceil(east / pixel_m - tiny), math.floor(south / pixel_m + tiny)
        transform = Affine(pixel_m, 0, left * pixel_m, 0, -pixel_m, top * pixel_m)
        return cls(normal_crs(crs), transform, (top - bottom, right - left))

    @property
    def pixel_m(self) -> float:
        """Pixel size in units of the CRS, which are metres for every CRS used here."""
        return float(self.transform.a)

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north."""
        rows, cols = self.shape
        t = self.transform
        return t.c, t.f + rows * t.e, t.c + cols * t.a, t.f

    @property
    def window(self) -> Window:
        """The window of all pixels."""
        return Window(0, 0, *self.shape)

    def crop(self, window: Window) -> Grid:
        """Return the grid of ``window``, which may reach outside this grid."""
        return Grid(self.crs, self.transform * Affine.translation(window.col, window.row), window.shape)

    def coarsen(self, factor: float) -> Grid:
        """Return the grid of the same corner whose pixels are ``factor`` times as large, covering this one."""
        rows, cols = (math.ceil(n / factor - 1e-9) for n in self.shape)
        return Grid(self.crs, self.transform * Affine.scale(factor), (rows, cols))

    def at(self, pixel_m: float) -> Grid:
        """Return the grid of the same corner with pixels of ``pixel_m``, covering this one."""
        return self if math.isclose(pixel_m, self.pixel_m) else self.coarsen(pixel_m / self.pixel_m)

    def offset_of(self, other: Grid) -> tuple[int, int] | None:
        """Return (row, col) of ``other``'s corner on this grid, None where the two share no pixel lattice."""
        if other.crs != self.crs or not math.isclose(other.pixel_m, self.pixel_m, rel_tol=1e-9):
            return None
        col = (other.transform.c - self.transform.c) / self.transform.a
        row = (other.transform.f - self.transform.f) / self.transform.e
        if abs(row - round(row)) > ALIGNED_PX or abs(col - round(col)) > ALIGNED_PX:
            return None
        return round(row), round(col)

    def renamed(self, crs: str) -> Grid | None:
        """Return this grid in another CRS where the coordinates are the same, as in EPSG:32633 and EPSG:25833; None where they are not."""
        if crs == self.crs:
            return self
        return Grid(crs, self.transform, self.shape) if _coincide(self.crs, crs, self.bounds, ALIGNED_PX * self.pixel_m) else None

    def phase(self, factor: int) -> tuple[int, int]:
        """Return the rows and columns of pixels from the last line of squares of ``factor`` pixels to this grid's corner.

        The squares are counted from the origin of the CRS: on them, rasters of different extent fall into the same cells.
        """
        row, col = math.floor(-self.transform.f / self.pixel_m + 1e-6), math.floor(self.transform.c / self.pixel_m + 1e-6)
        return row % factor, col % factor

    def window_of(self, bounds: Bounds) -> Window:
        """Return the smallest window of this grid that covers ``bounds`` (same CRS); it may reach outside."""
        west, south, east, north = bounds
        t, tiny = self.transform, 1e-6
        col, row = math.floor((west - t.c) / t.a + tiny), math.floor((north - t.f) / t.e + tiny)
        stop_col, stop_row = math.ceil((east - t.c) / t.a - tiny), math.ceil((south - t.f) / t.e - tiny)
        return Window(row, col, stop_row - row, stop_col - col)

    def pixel_in(self, crs: str) -> tuple[float, float] | None:
        """Return width and height of the pixel in the middle in units of another CRS, None where that does not reach there."""
        x, y = self.to_map(np.array(self.shape[0] // 2), np.array(self.shape[1] // 2))
        return _lengths_in(self.crs, crs, float(x), float(y), self.pixel_m)

    def bounds_in(self, crs: str) -> Bounds:
        """Return the bounds in another CRS, edges densified."""
        if self.renamed(crs):
            return self.bounds
        west, south, east, north = transform_bounds(self.crs, crs, *self.bounds, densify_pts=21)
        return west, south, east, north

    def to_map(self, rows: np.ndarray, cols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return map x and y of pixel centres."""
        t = self.transform
        return t.c + (cols + 0.5) * t.a, t.f + (rows + 0.5) * t.e

    def to_pixel(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return fractional (row, col) of map points; a pixel's centre has the fraction .0."""
        t = self.transform
        return (y - t.f) / t.e - 0.5, (x - t.c) / t.a - 0.5


@lru_cache(maxsize=256)
def _coincide(crs: str, other: str, bounds: Bounds, tolerance: float) -> bool:
    """Return True where points all over bounds have coordinates in both CRSs that differ by less than ``tolerance``, in their units."""
    if CRS.from_user_input(crs).is_geographic != CRS.from_user_input(other).is_geographic:
        return False
    west, south, east, north = bounds
    x, y = (places.ravel() for places in np.meshgrid(np.linspace(west, east, 5), np.linspace(south, north, 5)))
    there = _transformed(crs, other, x, y)
    return there is not None and bool(np.abs(there - (x, y)).max() < tolerance)


@lru_cache(maxsize=256)
def _lengths_in(crs: str, other: str, x: float, y: float, length: float) -> tuple[float, float] | None:
    """Return how long two lines from a point to the east and to the north are in another CRS, None where it does not reach there."""
    there = _transformed(crs, other, np.array([x, x + length, x]), np.array([y, y, y + length]))
    if there is None:
        return None
    east, north = np.hypot(*(there[:, 1:] - there[:, :1])).tolist()
    return (east, north) if 0 < east < math.inf and 0 < north < math.inf else None


def boxes_meet(a: Bounds, b: Bounds) -> bool:
    """Return whether two boxes touch; one whose sides are no numbers touches none."""
    return a[0] <= b[2] and a[2] >= b[0] and a[1] <= b[3] and a[3] >= b[1]


def _transformed(crs: str, other: str, x: np.ndarray, y: np.ndarray) -> np.ndarray | None:
    """Return (2, points) in another CRS, None where one of the points lies beyond it."""
    try:
        return np.array(transform(crs, other, x, y))
    except Exception as error:  # noqa: BLE001 (Rasterio has no public class for what GDAL says of such points)
        log.debug("Points of %s do not lie in %s: %s", crs, other, error)
        return None


def normal_crs(crs: object) -> str:
    """Return an authority code such as ``EPSG:32633`` where there is one, else WKT.

    Raises `InputError` for what is no CRS.
    """
    try:
        parsed = crs if isinstance(crs, CRS) else CRS.from_user_input(crs)
    except CRSError as error:
        raise InputError(f"{crs!r} is no coordinate reference system; give a code such as EPSG:25833.") from error
    if not parsed:
        raise InputError("The coordinate reference system is missing; assign one to the file first.")
    code = parsed.to_epsg()
    return f"EPSG:{code}" if code else str(parsed.to_wkt())
