"""The lattice of cells on which scenes are compared, tied to the origin of the CRS so that no mosaic's extent decides it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...raster.grid import Grid, Window

CELL_M = 40.0
"""Side of the finest cells that is aimed at where pixels are finer."""
CELL_PX = 8
"""Side of a cell in pixels of the grid it is measured on, which are those of reduced copies."""


def finest_factor(pixel_m: float) -> int:
    """Return the side of the finest cells in pixels of the mosaic, a power of 2."""
    return int(2 ** max(0, round(math.log2(CELL_M / pixel_m))))


@dataclass(frozen=True)
class CellLattice:
    """The lattice of cells on the mosaic's grid."""

    grid: Grid
    """Grid on which cells are measured: the mosaic's lattice, whole times coarser."""
    factor: int
    """Mosaic pixels per measured pixel."""
    pad: tuple[int, int]
    """Mosaic rows and columns by which ``grid`` begins before the mosaic's grid."""
    top: int
    """Rows of measured pixels from the origin of the CRS down to ``grid``'s first row."""
    left: int
    """Columns likewise."""

    @property
    def cell_m(self) -> float:
        """Side of a cell."""
        return CELL_PX * self.grid.pixel_m

    @property
    def cells(self) -> Window:
        """Rows and columns, counted from the origin of the CRS, of the cells that the grid touches."""
        return cells_of(self.grid.window, self)


def make_lattice(grid: Grid) -> CellLattice:
    """Return the lattice of a mosaic's grid: cells of 8 pixels, at about 320 m where pixels are fine."""
    factor = finest_factor(grid.pixel_m)
    pad_row, pad_col = grid.phase(factor)
    cells = grid.crop(Window(-pad_row, -pad_col, grid.shape[0] + pad_row, grid.shape[1] + pad_col)).coarsen(factor)
    top, left = math.floor(-cells.transform.f / cells.pixel_m + 1e-6), math.floor(cells.transform.c / cells.pixel_m + 1e-6)
    return CellLattice(cells, factor, pad=(pad_row, pad_col), top=top, left=left)


def cells_of(window: Window, lattice: CellLattice) -> Window:
    """Return rows and columns, counted from the origin of the CRS, of the cells that a window of the lattice's grid touches."""
    row, col = (lattice.top + window.row) // CELL_PX, (lattice.left + window.col) // CELL_PX
    stop_row, stop_col = -(-(lattice.top + window.stop[0]) // CELL_PX), -(-(lattice.left + window.stop[1]) // CELL_PX)
    return Window(row, col, stop_row - row, stop_col - col) if not window.is_empty else Window(row, col, 0, 0)
