"""One block of the mosaic: which scene each pixel comes from, and its balanced samples.

Scenes are read in the order in which they are wanted and only while pixels are wanted, so that a block costs
little more than the samples it shows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...raster.grid import Grid, Window
from ..plan.plan import Backdrop
from . import visual
from .backdrop import BackdropLayer, Laid, lay_backdrop
from .feather import feather_weights, near_seams
from .fill import find_joins
from .sources import Source, SourceWindow

TOP = 65535
"""Largest sample of the 16-bit product."""
PIECE_PX = 512
"""Side of the windows of a block that are worked on at once: where a dozen scenes meet, memory goes by it and not by the block."""
PIECE_HALO_PX = 64
"""Halo up to which that is worth it; pieces grow with wider ones, which each piece works on again."""


@dataclass(frozen=True)
class BlockChoices:
    """The options that reach single blocks."""

    edge_px: int
    """Pixels along nodata borders that are taken last."""
    feather_px: int
    """Half width of the linear blend."""
    fill: str
    """none, direct or blended."""
    with_density: bool
    """Whether clear observations are counted."""
    join_px: int = 0
    """How far from a hole its surroundings decide about the join; 0 unless holes are filled blended."""
    shown: tuple[int, ...] = ()
    """Numbers of the bands that the picture for the eye shows; empty where nobody asked for one."""
    blend_px: int = 0
    """Half width of the wide blend of the picture; 0 joins it as the 16-bit product."""
    backdrop: Backdrop | None = None
    """What fills holes where not single scenes do."""

    @property
    def halo_px(self) -> int:
        """Pixels around a window that are rendered with it because its own depend on them."""
        margin_px = self.edge_px + 2 * self.feather_px + 1
        if not self.shown:
            return margin_px
        return max(margin_px, self.edge_px + self.feather_px + visual.reach_px(self.blend_px) + self.around_px)

    @property
    def piece_px(self) -> int:
        """Side of the windows that are worked on at once."""
        return int(PIECE_PX * 2 ** max(0, round(math.log2(max(self.halo_px, 1) / PIECE_HALO_PX))))

    @property
    def around_px(self) -> int:
        """Pixels around holes in which a backdrop is worked out, so that it can be blended with what shows there."""
        return visual.reach_px(self.blend_px) if self.shown and self.backdrop else 0

    @property
    def reach_px(self) -> int:
        """Pixels around a block whose polygons and scenes matter to it."""
        return self.halo_px + self.join_px + (visual.cell_px(self.blend_px) if self.shown else 0)


@dataclass(frozen=True, eq=False)
class Block:
    """Finished pixels of one window."""

    samples: np.ndarray
    """(bands, rows, cols) uint16, reflectance x 10000, 0 nodata."""
    source: np.ndarray
    """(rows, cols) uint16, 1-based rank of the scene, 0 none."""
    density: np.ndarray | None
    """(rows, cols) uint8, count of clear observations; None where nobody asked."""
    hole: np.ndarray
    """(rows, cols) True where some scene has data but none is clear."""
    picture: np.ndarray | None
    """(bands shown, rows, cols) float32 for the eye, not rounded, 0 nodata; None where nobody asked."""


def make_block(sources: Sequence[Source], grid: Grid, bands: Sequence[str], window: Window, choices: BlockChoices) -> Block:
    """Return the pixels of ``window`` from scenes in order of priority."""
    block = Block(
        np.zeros((len(bands), *window.shape), np.uint16),
        np.zeros(window.shape, np.uint16),
        np.zeros(window.shape, np.uint8) if choices.with_density else None,
        np.zeros(window.shape, bool),
        np.zeros((len(choices.shown), *window.shape), np.float32) if choices.shown else None,
    )
    for part in window.blocks(choices.piece_px):
        piece, place = _make_piece(sources, grid, bands, part, choices), part.slices_in(window)
        for name, whole in vars(block).items():
            if whole is not None:
                whole[(..., *place)] = getattr(piece, name)
    return block


def _make_piece(sources: Sequence[Source], grid: Grid, bands: Sequence[str], window: Window, choices: BlockChoices) -> Block:
    wide = window.grow(choices.halo_px)
    if choices.shown:
        wide = visual.align_to_cells(wide, choices.blend_px)
    scenes = [SourceWindow(source, grid, bands, wide) for source in sources]
    rank = choose_sources(scenes, wide.shape, choices)
    cut = window.slices_in(wide)
    laid = None
    if choices.backdrop is not None:
        laid = lay_backdrop(scenes, choices.backdrop, grid, bands, wide, around_px=choices.around_px)
        rank[laid.where] = 0  # no scene is blended into it
    if choices.join_px:
        joins = find_joins(scenes, rank, grid, bands, wide, feather_px=choices.feather_px)
        for scene in scenes:
            scene.join = joins.get(scene.rank)
    samples = _composed(scenes, rank, cut, len(bands))
    if choices.feather_px:
        _blend_seams(samples, scenes, rank, cut, choices.feather_px)
    density = count_clear(scenes, wide.shape, cut) if choices.with_density else None
    picture = _compose_picture(scenes, rank, laid, cut, choices) if choices.shown else None
    rank = np.ascontiguousarray(rank[cut])
    if laid is not None and choices.backdrop is not None:
        where, values = laid.within(cut)
        samples[:, where], rank[where] = to_uint16(values), choices.backdrop.rank
    return Block(samples, rank, density, _holes(scenes, rank == 0, wide.shape, cut), picture)


def _compose_picture(
    scenes: Sequence[SourceWindow], rank: np.ndarray, laid: Laid | None, cut: tuple[slice, slice], choices: BlockChoices
) -> np.ndarray:
    """Return (bands shown, rows, cols) float32 of the cut for the eye, the backdrop one of what is blended."""
    layers: list[visual.Blended] = list(scenes)
    if laid is not None and choices.backdrop is not None and choices.blend_px:
        layers.append(BackdropLayer(choices.backdrop.rank, laid, choices.shown))
        rank = np.where(laid.where, np.uint16(choices.backdrop.rank), rank)
    picture = visual.compose_visual(layers, rank, cut, choices.shown, blend_px=choices.blend_px, feather_px=choices.feather_px)
    if laid is not None and not choices.blend_px:  # the rim stays as hard as that of the measured product
        where, values = laid.within(cut)
        picture[:, where] = np.maximum(values[list(choices.shown)], 1)
    return picture


def _holes(scenes: Sequence[SourceWindow], empty: np.ndarray, shape: tuple[int, int], cut: tuple[slice, slice]) -> np.ndarray:
    """Return True for the ``empty`` pixels, over a cut of a window of ``shape``, where a scene has data."""
    unknown = np.zeros(shape, bool)
    unknown[cut] = empty
    for scene in scenes:
        if not unknown.any():
            break
        unknown &= ~scene.has_data(unknown)
    return empty & ~unknown[cut]


def choose_sources(scenes: Sequence[SourceWindow], shape: tuple[int, int], choices: BlockChoices) -> np.ndarray:
    """Return (rows, cols) uint16: the rank of the scene each pixel comes from, 0 where none is clear.

    A scene that a seam layer names comes first, then priority. Pixels along a scene's nodata border ring and fade in
    lossy products; they are taken only where no scene has a better one, so that swath edges leave neither stripe nor gap.
    """
    margin_px = 0 if choices.backdrop else choices.feather_px  # nothing is blended across the rim of a backdrop
    layered = any(scene.wanted is not None for scene in scenes)
    rank = np.zeros(shape, np.uint16) if choices.fill != "none" else _unfilled(scenes, shape)
    passes = [True] * layered + [False] * (choices.fill != "none")
    for named in passes:
        for inner in (True, False):
            for scene in scenes:
                open_ = (rank == 0) & scene.uncovered
                if named:
                    open_ &= scene.wanted if scene.wanted is not None else False
                if open_.any():
                    usable = scene.interior(choices.edge_px, margin_px) if inner else scene.clear
                    rank[open_ & usable] = scene.rank
            if rank.all():
                return rank
    return rank


def _unfilled(scenes: Sequence[SourceWindow], shape: tuple[int, int]) -> np.ndarray:
    """Return (rows, cols) the rank of the first scene that has data, 0 where its own polygons hide it.

    It is 0 as well where a seam layer names a scene that has data: such pixels are that scene's.
    """
    owned = np.zeros(shape, bool)
    for scene in scenes:
        if scene.wanted is not None:
            owned |= scene.has_data(scene.wanted)
    rank = np.zeros(shape, np.uint16)
    for scene in scenes:
        if owned.all():
            break
        data = scene.has_data(~owned)
        rank[data & scene.clear] = scene.rank
        owned |= data
    return rank


def _composed(scenes: Sequence[SourceWindow], rank: np.ndarray, cut: tuple[slice, slice], bands: int) -> np.ndarray:
    """Return hard-seamed balanced samples of the cut window."""
    inner = rank[cut]
    out = np.zeros((bands, *inner.shape), np.uint16)
    for scene in scenes:
        mine = inner == scene.rank
        if not mine.any():
            continue
        part = Window.around(mine).slices
        mine, place = mine[part], out[(slice(None), *part)]
        if scene.source.is_plain and scene.join is None:
            np.copyto(place, scene.samples[(slice(None), *cut)][(slice(None), *part)], where=mine)
            continue
        for band in range(bands):
            np.copyto(place[band], to_uint16(scene.balanced(band, cut, part)), where=mine)
    return out


def to_uint16(samples: np.ndarray) -> np.ndarray:
    """Return samples rounded once and kept within 1..65535."""
    rounded = np.rint(samples)
    return np.clip(rounded, 1, TOP, out=rounded).astype(np.uint16)


def _blend_seams(out: np.ndarray, scenes: Sequence[SourceWindow], rank: np.ndarray, cut: tuple[slice, slice], feather_px: int) -> None:
    """Blend samples linearly within ``feather_px`` of seams into ``out``, each scene only where it is clear itself."""
    near = near_seams(rank, cut, feather_px)
    count = int(near.sum())
    if not count:
        return
    total = np.zeros(count, np.float32)
    blended = np.zeros((len(out), count), np.float32)
    for scene, weight in feather_weights(scenes, rank, near, cut, feather_px):
        total += weight
        for band in range(len(out)):
            blended[band] += weight * scene.balanced(band, cut, near)
    for band, sums in zip(out, blended, strict=True):
        band[near] = to_uint16(sums / total)


def count_clear(scenes: Sequence[SourceWindow], shape: tuple[int, int], cut: tuple[slice, slice]) -> np.ndarray:
    """Return, over a cut of a window of ``shape``, uint8: the number of scenes with data and without polygon, at most 255."""
    count = np.zeros(shape, np.uint16)
    inner = np.zeros(shape, bool)
    inner[cut] = True
    for scene in scenes:
        count += scene.has_data(scene.uncovered & inner)
    return np.minimum(count[cut], 255).astype(np.uint8)
