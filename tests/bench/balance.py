"""Does the arithmetic of a country's mosaic fit: the solve, and the plan.

    python tests/bench/balance.py [--scenes 2000] [--overlaps 10000] [--cells 300] [--bands 10] [--tiles 124] [--dates 20]

Solves synthetic overlaps with known gains (budget 10 s) and says how well they came back; plans a mosaic of tiles x dates
without pixels (budget 30 s) and says how many block tasks it has and how many bytes they move.
"""

import argparse
import importlib.util
import resource
import sys
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
from skyfri.plugin.core.grid import Grid  # noqa: E402
from skyfri.plugin.core.mosaic.balance import solve_balance  # noqa: E402
from skyfri.plugin.core.mosaic.options import MosaicOptions  # noqa: E402
from skyfri.plugin.core.mosaic.overlaps import Overlap, cell_keys, is_held_out  # noqa: E402
from skyfri.plugin.core.mosaic.plan import make_plan  # noqa: E402
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
    begin = time.perf_counter()
    balance = solve_balance(overlaps, [str(n) for n in range(options.scenes)], bands)
    seconds = time.perf_counter() - begin
    left = np.log(balance.gains * gains)
    error = np.abs(left - left.mean(axis=0))
    print(f"solve {options.scenes} scenes, {options.overlaps} overlaps of {len(overlaps[0].keys)} cells, {options.bands} bands: "
          f"{seconds:.1f} s (budget 10), memory {before:.0f} to {peak_mib():.0f} MiB, "
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


def bench_plan(options: argparse.Namespace) -> None:
    scenes = country(options.tiles, options.dates)
    clouds = outlines(scenes, options.polygons)
    begin = time.perf_counter()
    chosen = MosaicOptions()
    plan = make_plan(scenes, clouds, chosen)
    seconds = time.perf_counter() - begin
    covered = shapely.union_all([scene.footprint for scene in scenes]).area
    blocks = sum(bool(plan.touching(window)) for window in plan.grid.window.blocks(chosen.block_px))
    samples = covered / 100 * len(TEN_BANDS) * 2
    print(f"plan {options.tiles} tiles x {options.dates} dates, {len(clouds.frame)} polygons: {seconds:.1f} s (budget 30), "
          f"{len(plan.overlaps)} pairs that meet, {peak_mib():.0f} MiB")  # fmt: skip
    print(f"    {blocks} block tasks of {chosen.block_px} px; {samples / 1e9:.0f} GB of samples out, about {samples / 1.5e9:.0f} GB "
          f"on disk each way: {2 * samples / 1.5e9 / 0.5 / 60:.0f} minutes of a disk with 500 MB/s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    figures = {"scenes": 2000, "overlaps": 10_000, "cells": 300, "bands": 10, "tiles": 124, "dates": 20, "polygons": 50}
    for name, value in figures.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    bench_solve(options)
    bench_plan(options)


if __name__ == "__main__":
    main()
