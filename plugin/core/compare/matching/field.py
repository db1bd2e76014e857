"""A smooth displacement field: cubic B-splines on a lattice of nodes, and the equations that fit it to an image.

Szeliski and Shum (1996), Motion estimation with quadtree splines, doi:10.1109/34.546255, is the source of the form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.linalg import solveh_banded

SUPPORT = 4
"""Nodes along an axis that a place depends on."""
RIDGE = 1e-4
"""Information that is taken for granted at each node, so that places without any texture have an answer."""
# Gauss-Legendre quadrature of four places, exact for products of two cubics (Abramowitz and Stegun 1964, table 25.4).
_GAUSS_PLACES = np.array([-0.8611363115940526, -0.3399810435848563, 0.3399810435848563, 0.8611363115940526])
_GAUSS_WEIGHTS = np.array([0.3478548451374538, 0.6521451548625461, 0.6521451548625461, 0.3478548451374538])
_PAIRS = tuple((a, b) for a in range(SUPPORT) for b in range(a, SUPPORT))


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes over an image whose sides are whole numbers of cells; the first node lies a cell before the first pixel's edge."""

    cells: tuple[int, int]
    """Rows and columns of cells."""
    node_px: int
    """Distance of nodes, pixels of the image."""

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of nodes."""
        return self.cells[0] + SUPPORT - 1, self.cells[1] + SUPPORT - 1

    @property
    def image_shape(self) -> tuple[int, int]:
        """Rows and columns of pixels."""
        return self.cells[0] * self.node_px, self.cells[1] * self.node_px


def basis(places: np.ndarray, derivative: int = 0) -> np.ndarray:
    """Return (places, 4) values of the cubic B-splines of four nodes at ``places`` (0 to 1) between the second and the third.

    ``derivative`` 0, 1 or 2 is counted in node distances. De Boor (1978), A Practical Guide to Splines, chapter IX.
    """
    t = np.asarray(places, float)
    if derivative == 0:
        columns = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    elif derivative == 1:
        columns = (-3 * (1 - t) ** 2, 9 * t**2 - 12 * t, -9 * t**2 + 6 * t + 3, 3 * t**2)
    else:
        columns = (6 * (1 - t), 18 * t - 12, -18 * t + 6, 6 * t)
    return np.stack(np.broadcast_arrays(*columns), axis=-1) / 6


def pixel_basis(node_px: int, derivative: int = 0) -> np.ndarray:
    """Return (node_px, 4) values at the pixel centres of a cell; derivatives are per pixel."""
    return basis((np.arange(node_px) + 0.5) / node_px, derivative) / node_px**derivative


def evaluate(coefficients: np.ndarray, lattice: Lattice) -> np.ndarray:
    """Return (..., rows, cols) float32 values at all pixel centres of coefficients (..., node rows, node cols)."""
    weights = pixel_basis(lattice.node_px)
    rows, cols = lattice.cells
    along = _windows(coefficients, rows, axis=-2)
    lines = np.einsum("pk,...kij->...ipj", weights, along).reshape(*coefficients.shape[:-2], rows * lattice.node_px, lattice.shape[1])
    across = _windows(lines, cols, axis=-1)
    return np.einsum("pk,...kij->...ijp", weights, across).reshape(*lines.shape[:-1], cols * lattice.node_px).astype(np.float32)


def _windows(values: np.ndarray, count: int, axis: int) -> np.ndarray:
    """Return (..., 4, rows, cols): values shifted by 0 to 3 along an axis, ``count`` of them each."""
    slices = [values[..., k : k + count, :] if axis == -2 else values[..., :, k : k + count] for k in range(SUPPORT)]
    return np.stack(slices, axis=-3)


def evaluate_at(coefficients: np.ndarray, lattice: Lattice, row: np.ndarray, col: np.ndarray) -> np.ndarray:
    """Return (..., places) values at pixel places (0 is the centre of the first pixel), held at the rim beyond the lattice."""
    found: list[np.ndarray] = []
    weights: list[np.ndarray] = []
    for place, cells in ((row, lattice.cells[0]), (col, lattice.cells[1])):
        at = np.clip((np.asarray(place, float) + 0.5) / lattice.node_px, 0, cells - 1e-9)
        cell = np.floor(at).astype(np.intp)
        found.append(cell)
        weights.append(basis(at - cell))
    total = np.zeros((*coefficients.shape[:-2], len(found[0])))
    for k in range(SUPPORT):
        for n in range(SUPPORT):
            total += weights[0][:, k] * weights[1][:, n] * coefficients[..., found[0] + k, found[1] + n]
    return total


def refine(coefficients: np.ndarray, lattice: Lattice, finer: Lattice, scale: float) -> np.ndarray:
    """Return coefficients on a finer lattice over the same ground that give ``scale`` times the field, by interpolation at its nodes."""
    rows, cols = ((np.arange(-1, count + 2) + 0.0) for count in finer.cells)
    # Node k of a lattice lies at pixel edge k * node_px; the finer pixels are `scale` times as many.
    row = rows * finer.node_px / scale - 0.5
    col = cols * finer.node_px / scale - 0.5
    places = np.meshgrid(row, col, indexing="ij")
    values = evaluate_at(coefficients, lattice, places[0].ravel(), places[1].ravel()).reshape(*coefficients.shape[:-2], *finer.shape)
    return _sharpened(values) * scale


def _sharpened(values: np.ndarray) -> np.ndarray:
    """Return coefficients whose spline passes through values at the nodes, nearly: the inverse of (1, 4, 1) / 6 along both axes."""
    found = values
    for axis in (-2, -1):
        found = ndimage.spline_filter1d(found, 3, axis=axis, mode="mirror", output=np.float64)
    return np.asarray(found)


def smoothness(lattice: Lattice) -> Callable[[int, int], np.ndarray]:
    """Return the thin-plate energy as blocks: a function of two node offsets (0 to 3) to (node rows, node cols) entries.

    The energy is the integral of d_xx^2 + 2 d_xy^2 + d_yy^2 in node distances (Duchon 1977), from Gram matrices of the splines.
    """
    grams = [[_gram(cells, derivative) for derivative in range(3)] for cells in lattice.cells]

    def entries(down: int, right: int) -> np.ndarray:
        (m0, m1, m2), (n0, n1, n2) = ([gram[abs(offset)] for gram in grams[axis]] for axis, offset in ((0, down), (1, right)))
        rows, cols = lattice.shape
        out = np.zeros((rows, cols))
        product = np.outer(m2, n0) + 2 * np.outer(m1, n1) + np.outer(m0, n2)
        out[: product.shape[0], : product.shape[1]] = product
        return out

    return entries


def _gram(cells: int, derivative: int) -> list[np.ndarray]:
    """Return, for node offsets 0 to 3, the integrals of products of two splines' derivatives over all cells."""
    values = basis((_GAUSS_PLACES + 1) / 2, derivative)
    cell = np.einsum("p,pa,pb->ab", _GAUSS_WEIGHTS / 2, values, values)
    nodes = cells + SUPPORT - 1
    out = [np.zeros(nodes - offset) for offset in range(SUPPORT)]
    for a in range(SUPPORT):
        for b in range(a, SUPPORT):
            out[b - a][a : a + cells] += cell[a, b]
    return out


@dataclass(frozen=True, eq=False)
class Equations:
    """Normal equations of a field's two components: what `solve` needs."""

    lattice: Lattice
    blocks: np.ndarray
    """(3, 4, 7, node rows, node cols): for east-east, east-down and down-down the entries of node pairs (node, node + offset), offsets
    down 0 to 3 and right -3 to 3."""
    right: np.ndarray
    """(2, node rows, node cols)."""


def assemble(lattice: Lattice, products: np.ndarray, residuals: np.ndarray) -> Equations:
    """Return the normal equations of an image.

    ``products`` (3, rows, cols): weighted gx gx, gx gy, gy gy at each pixel; ``residuals`` (2, rows, cols): weighted gx r, gy r.
    """
    node_px, (rows, cols) = lattice.node_px, lattice.cells
    weights = pixel_basis(node_px).astype(np.float32)
    pairs = np.stack([weights[:, a] * weights[:, b] for a, b in _PAIRS], axis=1)
    lines = np.einsum("pk,nipj->nikj", pairs, products.reshape(3, rows, node_px, -1), optimize=True)
    sums = np.einsum("pm,nikjp->nikjm", pairs, lines.reshape(3, rows, len(_PAIRS), cols, node_px), optimize=True).astype(np.float64)
    blocks = np.zeros((3, SUPPORT, 2 * SUPPORT - 1, *lattice.shape))
    for k, (a, b) in enumerate(_PAIRS):
        for m, (c, d) in enumerate(_PAIRS):
            part = sums[:, :, k, :, m]
            blocks[:, b - a, d - c + SUPPORT - 1, a : a + rows, c : c + cols] += part
            if c != d:
                blocks[:, b - a, c - d + SUPPORT - 1, a : a + rows, d : d + cols] += part
    line = np.einsum("pa,nipj->naij", weights, residuals.reshape(2, rows, node_px, -1), optimize=True)
    cell = np.einsum("pc,naijp->nacij", weights, line.reshape(2, SUPPORT, rows, cols, node_px), optimize=True)
    right = np.zeros((2, *lattice.shape))
    for a in range(SUPPORT):
        for c in range(SUPPORT):
            right[:, a : a + rows, c : c + cols] += cell[:, a, c]
    return Equations(lattice, blocks, right)


def solve(equations: Equations, coefficients: np.ndarray, stiffness: float) -> np.ndarray:
    """Return the step (2, node rows, node cols) that the equations ask for from ``coefficients``, smooth as ``stiffness`` says.

    The banded Cholesky factor of LAPACK; nodes run row by row, east and down side by side.
    """
    lattice = equations.lattice
    rows, cols = lattice.shape
    size, band = 2 * rows * cols, 2 * (3 * cols + 3) + 1
    matrix = np.zeros((band + 1, size))
    energy = smoothness(lattice)
    right = equations.right.copy()
    node = np.arange(rows * cols).reshape(rows, cols)
    for down in range(SUPPORT):
        for across in range(1 - SUPPORT, SUPPORT):
            if down == 0 and across < 0:
                continue
            place = slice(0, rows - down), slice(max(0, -across), cols - max(0, across))
            ours = node[place]
            theirs = ours + down * cols + across
            stiff = stiffness * (energy(down, across) if across >= 0 else _mirrored(energy(down, -across), -across))[place]
            for one in range(2):
                for other in range(2):
                    data = equations.blocks[one + other, down, across + SUPPORT - 1][place]
                    entry = data + stiff if one == other else data
                    i, j = 2 * ours + one, 2 * theirs + other
                    if down == 0 and across == 0 and other < one:
                        continue
                    matrix[j - i, i] = entry
            _subtract(right, coefficients, stiff, place, (down, across))
    matrix[0] += RIDGE
    return solveh_banded(matrix, _flat(right), lower=True, overwrite_ab=True, check_finite=False).reshape(rows, cols, 2).transpose(2, 0, 1)


def _mirrored(entries: np.ndarray, right: int) -> np.ndarray:
    """Return entries of pairs (node, node - right), which are those of (node - right, node)."""
    out = np.zeros_like(entries)
    out[:, right:] = entries[:, : entries.shape[1] - right]
    return out


def _subtract(right: np.ndarray, coefficients: np.ndarray, stiff: np.ndarray, place: tuple[slice, slice], offset: tuple[int, int]) -> None:
    """Take the pull of the smoothness off the right-hand side, for pairs of nodes and, but for a node with itself, their mirror images."""
    rows, cols = (slice(part.start + by, part.stop + by) for part, by in zip(place, offset, strict=True))
    right[(slice(None), *place)] -= stiff * coefficients[:, rows, cols]
    if any(offset):
        right[:, rows, cols] -= stiff * coefficients[(slice(None), *place)]


def _flat(right: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(right.transpose(1, 2, 0)).reshape(-1)
