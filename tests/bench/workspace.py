"""How long a workspace of a whole country takes to open: 124 tiles x 20 scenes.

    python tests/bench/workspace.py [--tiles 124] [--scenes 20] [--polygons 50]

Prints seconds (best of five) to list scenes and tiles, to store the guidelines of one scene, and the file's size.
"""

import argparse
import importlib.util
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import shapely
from affine import Affine

ROOT = Path(__file__).resolve().parents[2]
spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
package = importlib.util.module_from_spec(spec)
sys.modules["skyfri"] = package
spec.loader.exec_module(package)

from skyfri.plugin.core.clouds.polygons import CloudPolygons  # noqa: E402
from skyfri.plugin.core.editing.workspace import Workspace  # noqa: E402
from skyfri.plugin.core.raster.grid import Grid  # noqa: E402
from skyfri.plugin.core.scenes.scene import Scene  # noqa: E402

CRS = "EPSG:25833"


def scenes_of(tile: int, count: int) -> list[Scene]:
    west, north = 100_000 * (tile % 8) + 300_000, 6_500_000 + 100_000 * (tile // 8)
    grid = Grid(CRS, Affine(10, 0, west, 0, -10, north), (10_980, 10_980))
    first = datetime(2024, 5, 1, 10, 30, tzinfo=UTC)
    return [
        Scene(
            id=f"S2A_MSIL2A_{tile:03}_{day:03}",
            path=f"/archive/{tile:03}/{day:03}.SAFE",
            sensed=first + timedelta(days=5 * day),
            tile=f"33V{tile:03}",
            platform="S2A",
            relative_orbit=1 + day % 143,
            datatake=f"GS2A_{day:03}",
            level="L2A",
            baseline="05.10",
            bands={},
            grid=grid,
            footprint=shapely.box(*grid.bounds),
        )
        for day in range(count)
    ]


def polygons_of(scenes: list[Scene], count: int) -> CloudPolygons:
    rows = []
    for scene in scenes:
        west, south, _, _ = scene.grid.bounds
        for number in range(count):
            centre = shapely.Point(west + 1000 + 97_000 * (number * 0.618 % 1), south + 1000 + 97_000 * number / count)
            rows.append((scene.id, "shadow" if number % 3 == 0 else "cloud", shapely.buffer(centre, 800, quad_segs=8)))
    columns = {"scene": [r[0] for r in rows], "class": [r[1] for r in rows], "confidence": 0.9, "model": "bench", "origin": "model"}
    return CloudPolygons(gpd.GeoDataFrame(columns, geometry=[r[2] for r in rows], crs=CRS))


def best(action, times: int = 5) -> float:
    spent = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        spent.append(time.perf_counter() - start)
    return min(spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name, value in (("tiles", 124), ("scenes", 20), ("polygons", 50)):
        parser.add_argument(f"--{name}", type=int, default=value)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "country.gpkg"
        workspace = Workspace.create(path)
        everything = [scenes_of(tile, options.scenes) for tile in range(options.tiles)]
        start = time.perf_counter()
        workspace.add_scenes([scene for tile in everything for scene in tile])
        print(f"add {options.tiles} x {options.scenes} scenes: {time.perf_counter() - start:.2f} s")
        start = time.perf_counter()
        for tile in everything:
            workspace.put_guidelines(polygons_of(tile, options.polygons))
        count = options.tiles * options.scenes * options.polygons
        print(f"store {count} guideline polygons: {time.perf_counter() - start:.2f} s, file of {path.stat().st_size / 1e6:.0f} MB")

        def open_all() -> None:
            opened = Workspace.open(path)
            opened.scenes()
            opened.tiles()
            opened.current_scene()

        print(f"open and list: {best(open_all):.3f} s")
        again = polygons_of(everything[0][:1], options.polygons)
        print(f"store the guidelines of one scene: {best(lambda: workspace.put_guidelines(again)):.3f} s")


if __name__ == "__main__":
    main()
