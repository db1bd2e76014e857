"""Does the arithmetic of a country's mosaic fit: the solve, the plan, the pairs, the dodging, and what rendering moves.

    python tests/bench/balance.py [--scenes 2000] [--overlaps 10000] [--cells 600] [--bands 10] [--tiles 124] [--dates 20]

Solves synthetic overlaps with known gains at the default settings (budget 10 s) and says how well they came back; plans a
mosaic of tiles x dates without pixels (budget 30 s), chooses the pairs to compare from simulated clear cells, dodges what
they differ by, and says how many block tasks there are and how many bytes they move against the limit of a disk. CPU
seconds of this process: they do not depend on what else the machine does.
"""

import argparse
import importlib.util
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
package = importlib.util.module_from_spec(spec)
sys.modules["skyfri"] = package
spec.loader.exec_module(package)

import geopandas as gpd  # noqa: E402
import numpy as np  # noqa: E402
import shapely  # noqa: E402
from affine import Affine  # noqa: E402
from skyfri.plugin.core.clouds.polygons import CloudPolygons  # noqa: E402
from skyfri.plugin.core.mosaic.colour.balance import identity, solve_balance  # noqa: E402
from skyfri.plugin.core.mosaic.colour.cells import Overlap, SceneCells, cell_centres, cell_keys, is_held_out, pair_cells  # noqa: E402
from skyfri.plugin.core.mosaic.colour.dodge import solve_dodging  # noqa: E402
from skyfri.plugin.core.mosaic.colour.fields import NODE_M, NodeLattice  # noqa: E402
from skyfri.plugin.core.mosaic.colour.pairing import choose_pairs  # noqa: E402
from skyfri.plugin.core.mosaic.options import MosaicOptions  # noqa: E402
from skyfri.plugin.core.mosaic.plan.plan import MosaicPlan, make_plan  # noqa: E402
from skyfri.plugin.core.raster.grid import Grid  # noqa: E402
from skyfri.plugin.core.scenes import TEN_BANDS, BandFile, Scene  # noqa: E402

CRS = "EPSG:25833"


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def synthetic(scenes: int, count: int, cells: int, bands: int) -> tuple[list[Overlap], np.ndarray]:
    """Return overlaps of a chain of scenes and of near neighbours, one in twenty cells spoilt, and the true gains."""
    rng = np.random.default_rng(4)
    gains = 1 + rng.uniform(-0.1, 0.1, (scenes, bands))
    first = np.concatenate((np.arange(scenes - 1), rng.integers(0, scenes - 60, count - scenes + 1)))
    second = np.concatenate((np.arange(1, scenes), first[scenes - 1 :] + rng.integers(2, 60, count - scenes + 1)))
    side = int(cells**0.5)
    row, col = (axis.ravel() for axis in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
    keys = cell_keys(row, col)
    found = []
    for i, j in zip(first, second, strict=True):
        land = 800 * np.exp(rng.normal(0, 0.5, (len(keys), bands)))
        seen = [land * gains[n] * (1 + rng.normal(0, 0.02, land.shape)) for n in (i, j)]
        seen[0][rng.random(len(keys)) < 0.05] *= 2
        found.append(Overlap((int(i) + 1, int(j) + 1), keys, seen[0].astype(np.float32), seen[1].astype(np.float32), is_held_out(keys)))
    return found, gains


def bench_solve(options: argparse.Namespace) -> None:
    bands = TEN_BANDS[: options.bands]
    overlaps, gains = synthetic(options.scenes, options.overlaps, options.cells, options.bands)
    before = peak_mib()
    begin = time.process_time()
    balance = solve_balance(overlaps, [str(n) for n in range(options.scenes)], bands)
    seconds = time.process_time() - begin
    left = np.log(balance.gains * gains)
    error = np.abs(left - left.mean(axis=0))
    print(f"solve {options.scenes} scenes, {options.overlaps} overlaps of {len(overlaps[0].keys)} cells, {options.bands} bands: "
          f"{seconds:.1f} s CPU (budget 10), memory {before:.0f} to {peak_mib():.0f} MiB, "
          f"gains wrong by {100 * np.median(error):.2f} % (median), {100 * error.max():.2f} % (worst)")  # fmt: skip


def country(tiles: int, dates: int) -> list[Scene]:
    first = datetime(2024, 5, 1, 10, 30, tzinfo=UTC)
    scenes = []
    for day in range(dates):
        for tile in range(tiles):
            west, north = 100_000 * (tile % 8) + 300_000, 6_500_000 + 100_000 * (tile // 8)
            grid = Grid(CRS, Affine(10, 0, west, 0, -10, north), (10_980, 10_980))
            name = f"S2A_{tile:03}_{day:03}"
            bands = {band: BandFile(f"/archive/{name}.tif", number) for number, band in enumerate(TEN_BANDS, 1)}
            when = first + timedelta(days=5 * day)
            scenes.append(Scene(name, f"/archive/{name}.tif", when, f"33V{tile:03}", "S2A", 1 + day, f"GS2A_{day}", "L2A", "05.10",
                                bands, grid, shapely.box(*grid.bounds)))  # fmt: skip
    return scenes


def outlines(scenes: list[Scene], count: int) -> CloudPolygons:
    rng = np.random.default_rng(9)
    places = np.concatenate([rng.uniform(1000, 108_000, (count, 2)) + scene.grid.bounds[:2] for scene in scenes])
    shapes = shapely.buffer(shapely.points(places), 900, quad_segs=6)
    names = np.repeat([scene.id for scene in scenes], count)
    return CloudPolygons(gpd.GeoDataFrame({"scene": names, "class": "cloud"}, geometry=shapes, crs=CRS))


def clear_cells(plan: MosaicPlan) -> list[SceneCells]:
    """Return a twelfth of the cells of each scene, four tenths of them clear in patches of 6 km.

    Every scene sees the same land through a veil of its own: a wave of 60 km that changes it by up to 5 %.
    """
    rng = np.random.default_rng(11)
    land = rng.lognormal(6.8, 0.4, (4096, len(plan.bands)))
    found = []
    for placed in plan.scenes:
        west, _, _, north = placed.scene.grid.bounds
        top, left = round(-north / 320), round(west / 320)
        clear = np.kron(rng.random((18, 18)) < 0.4, np.ones((19, 19), bool)) & (rng.random((342, 342)) < 1 / 12)
        row, col = np.nonzero(clear)
        keys = cell_keys(row + top, col + left)
        phase = rng.uniform(0, 2 * np.pi, 2)
        veil = 0.05 * np.sin(row / 30 + phase[0]) * np.sin(col / 30 + phase[1])
        medians = land[(31 * (row + top) + 17 * (col + left)) % len(land)] * np.exp(veil + rng.normal(0, 0.02, len(keys)))[:, None]
        found.append(SceneCells(placed.rank, keys, medians.astype(np.float32), is_held_out(keys)))
    return found


def bench_dodge(plan: MosaicPlan, cells: list[SceneCells], pairs: list[tuple[int, int]]) -> None:
    """Print what it takes to dodge the whole mosaic at once and how much of the veils is left on cells no fit saw."""
    begin = time.process_time()
    overlaps = pair_cells(cells, pairs)
    lattice = plan.lattice
    nodes = NodeLattice.around(plan, lattice, NODE_M)
    fields = solve_dodging(plan, overlaps, identity([p.scene.id for p in plan.scenes], plan.bands), lattice, importance=np.ones(len(cells)))
    seconds = time.process_time() - begin
    before, after = [], []
    for overlap in overlaps[:: max(1, len(overlaps) // 300)]:
        seen = overlap.held_out
        x, y = cell_centres(overlap.keys[seen], lattice)
        step = np.log(overlap.first[seen] / overlap.second[seen]).mean(axis=1)
        first, second = (fields[rank].at(x, y).mean(axis=0) for rank in overlap.pair)
        before.append(np.abs(step))
        after.append(np.abs(step + first - second))
    left = [100 * np.concatenate(column).mean() for column in (before, after)]
    print(f"    dodging of {nodes.count / 1e6:.1f} M nodes by {sum(len(o.keys) for o in overlaps) / 1e6:.1f} M cells: {seconds:.0f} s CPU, "
          f"{peak_mib():.0f} MiB; scenes differ by {left[0]:.1f} % before, {left[1]:.1f} % after, noise alone by 2.3 %")  # fmt: skip


def bench_plan(options: argparse.Namespace) -> None:
    scenes = country(options.tiles, options.dates)
    clouds = outlines(scenes, options.polygons)
    chosen = MosaicOptions()
    begin = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        plan = make_plan(scenes, clouds, chosen, folder=Path(folder))
    planned = time.process_time()
    print(f"plan {options.tiles} tiles x {options.dates} dates, {len(clouds.frame)} polygons: {planned - begin:.1f} s CPU (budget 30), "
          f"{peak_mib():.0f} MiB")  # fmt: skip
    cells = clear_cells(plan)
    begin = time.process_time()
    pairs = choose_pairs(plan, cells)
    seconds = time.process_time() - begin
    degree = np.bincount(np.array(pairs).ravel() - 1, minlength=len(scenes))
    print(
        f"    {len(pairs)} pairs chosen in {seconds:.1f} s CPU: {degree.min()} to {degree.max()} partners, {degree.mean():.0f} on average"
    )
    bench_dodge(plan, cells, pairs)
    bench_moved(plan, scenes, chosen)


def bench_moved(plan: MosaicPlan, scenes: list[Scene], chosen: MosaicOptions) -> None:
    """Print tasks and bytes against the limit: read 1.4 scenes per pixel, write 16-bit, 8-bit, source and density with overviews."""
    pixels = shapely.union_all([scene.footprint for scene in scenes]).area / plan.grid.pixel_m**2
    blocks = sum(bool(plan.cut(window).scenes) for window in plan.grid.window.blocks(chosen.block_px))
    bands, packed = len(plan.bands), 0.65
    read, written = 1.4 * 2 * bands * pixels * packed, (2 * bands + 3 + 2 + 1) * 4 / 3 * pixels * packed
    print(f"    {blocks} block tasks of {chosen.block_px} px for {pixels / 1e9:.1f} Gpx of whole tiles")
    for name, share in (("whole tiles", 1.0), ("land of 385 000 km2", 3.85e9 / pixels)):
        seconds = share * (read + written) / 1e9
        print(f"    {name}: {share * read / 1e9:.0f} GB read and {share * written / 1e9:.0f} GB written at a compression of {packed}, "
              f"{seconds / 60:.1f} minutes of a disk with 1 GB/s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    figures = {"scenes": 2000, "overlaps": 10_000, "cells": 600, "bands": 10, "tiles": 124, "dates": 20, "polygons": 50}
    for name, value in figures.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    bench_solve(options)
    bench_plan(options)


if __name__ == "__main__":
    main()
