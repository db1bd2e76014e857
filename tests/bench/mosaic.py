"""What a mosaic costs, beside GDAL and OTB on the same scenes in the same run.

    python tests/bench/mosaic.py [FOLDER] [--size 5490] [--tiles 2] [--dates 2] [--bands 4] [--feather-m 500]
    python tests/bench/mosaic.py --full
    python tests/bench/mosaic.py --linear 1,2,4 [--size 10980] [--dates 3] [--bands 10]

FOLDER holds ``scenes/*.tif``, ``clouds.gpkg``, ``order.txt`` (ids, last on top) and, for OTB, ``keep/<id>.gpkg`` (area
without cloud); without one, sample scenes are made. Every line is a process of its own: wall and processor seconds and
largest resident memory. All write ZSTD level 1, predictor 2, tiles of 512; only ours writes overviews and counts sources.
``--full`` is the job of a production line, four full tiles on three dates with ten bands, textured: each tool's cheapest
and dearest job only, some 25 GB on the disk and more than half an hour.
``--linear`` makes mosaics of so many textured tiles and prints what a megapixel and a tile cost and the memory, which
must not grow: the plain job and the one with local balance, optimal seams and blended fill. With FOLDER, a square of
such tiles (``--make FOLDER textured SIZE TILES DATES BANDS``), they are taken from there.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CREATE = ("TILED=YES", "BLOCKXSIZE=512", "BLOCKYSIZE=512", "COMPRESS=ZSTD", "ZSTD_LEVEL=1", "PREDICTOR=2", "BIGTIFF=YES")
PEER_CACHE_MB = "4096"  # a row of tiles of ten bands of all scenes: with less, files stored pixel by pixel are decoded again and again
FOUR = ("B02", "B03", "B04", "B08")


def load_package() -> None:
    """Import the repository as ``skyfri``, in whatever folder it lies."""
    spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)


def make_scenes(folder: Path, size: int, tiles: int, dates: int, bands: int) -> None:
    """Write sample scenes in the layout of FOLDER."""
    load_package()
    from skyfri.plugin.core.scenes import TEN_BANDS
    from skyfri.tests.sample import SampleOptions, make_stacks

    names = FOUR if bands == 4 else TEN_BANDS
    options = SampleOptions(size_px=size // 6 * 6, pixel_m=None, tiles=tiles, dates=dates, bands=names, swath_cut=(0.0,))
    paths = make_stacks(folder, options)
    write_keep(folder, paths)
    (folder / "order.txt").write_text("".join(f"{path.stem}\n" for path in reversed(paths)))


def write_keep(folder: Path, paths: list[Path]) -> None:
    """Write the area without cloud of each scene, which is what the peers want."""
    import geopandas as gpd
    import shapely
    from skyfri.plugin.core.clouds.polygons import read_polygons
    from skyfri.plugin.core.scenes import open_scene

    clouds = read_polygons(folder / "clouds.gpkg")
    (folder / "keep").mkdir(exist_ok=True)
    for path in paths:
        scene = open_scene(path)
        hidden = shapely.union_all(clouds.in_crs(scene.grid.crs).of_scene(scene.id))
        keep = gpd.GeoDataFrame({"scene": [scene.id]}, geometry=[shapely.box(*scene.grid.bounds).difference(hidden)], crs=scene.grid.crs)
        keep.to_file(folder / "keep" / f"{scene.id}.gpkg", driver="GPKG")


def run_job(folder: Path, output: Path, settings: dict) -> None:
    """Make one mosaic in this process and print where the time went."""
    load_package()
    from skyfri.plugin.core.clouds.polygons import PolygonFile
    from skyfri.plugin.core.mosaic.build import build
    from skyfri.plugin.core.mosaic.options import MosaicOptions
    from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
    from skyfri.plugin.core.scenes import open_scene

    ids = (folder / "order.txt").read_text().split()[::-1]
    polygons = settings.pop("polygons")
    scenes = [open_scene(folder / "scenes" / f"{name}.tif") for name in ids]
    clouds = PolygonFile(str(folder / "clouds.gpkg")) if polygons else None
    report = build(scenes, clouds, MosaicOptions(**settings), MosaicOutputs(output))
    print(" ".join(f"{step} {seconds:.1f}" for step, seconds in report.content["seconds"].items() if seconds >= 0.05))


def run_edits(folder: Path, work: Path) -> None:
    """Make a mosaic with both products in a kept work folder, draw clouds in it, and print what it takes to see each."""
    load_package()
    import geopandas as gpd
    import pandas as pd
    import shapely
    from skyfri.plugin.core.clouds.polygons import CloudPolygons, read_polygons
    from skyfri.plugin.core.mosaic.build import build
    from skyfri.plugin.core.mosaic.options import MosaicOptions
    from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
    from skyfri.plugin.core.scenes import open_scene

    ids = (folder / "order.txt").read_text().split()[::-1]
    scenes = [open_scene(folder / "scenes" / f"{name}.tif") for name in ids]
    clouds = read_polygons(folder / "clouds.gpkg")
    outputs = MosaicOutputs(work / "ours.tif", rgb=work / "rgb.tif", source=work / "source.tif", work=work / "parts")
    west, south, east, north = scenes[0].grid.bounds

    def run(title: str, polygons: CloudPolygons, *, look: bool) -> None:
        before = {path.name: path.stat().st_mtime_ns for path in outputs.work.glob("*.part")} if look else {}
        begin, cpu = time.perf_counter(), time.process_time()
        build(scenes, polygons, MosaicOptions(balance="local", seams="optimal", fill="blended", feather_px=2, keep_balance=look), outputs)
        wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
        parts = [path for path in outputs.work.glob("*.part") if ".rgb" not in path.suffixes]
        fresh = sum(before.get(path.name) != path.stat().st_mtime_ns for path in parts)
        print(f"{title:44} {wall:7.1f} s wall {cpu:7.1f} s CPU   {fresh} of {len(parts)} blocks rendered", flush=True)

    run("Skyfri, all, both products", clouds, look=False)
    for east_share, north_share, radius_m in ((0.5, 0.4, 400), (0.3, 0.7, 1500)):
        place = shapely.Point(west + east_share * (east - west), south + north_share * (north - south))
        row = {"scene": [scenes[0].id], "class": ["cloud"]}
        drawn = gpd.GeoDataFrame(row, geometry=[place.buffer(radius_m)], crs=scenes[0].grid.crs).to_crs(clouds.frame.crs)
        edited = CloudPolygons(gpd.GeoDataFrame(pd.concat([clouds.frame, drawn], ignore_index=True), crs=clouds.frame.crs))
        run(f"    a cloud of {radius_m} m drawn", edited, look=True)
    run("    and taken back", clouds, look=True)


def timed(*commands: list[str], cwd: Path) -> tuple[float, float, float, str]:
    """Run commands one after the other: wall s, processor s, largest resident MiB, last line said."""
    wall = cpu = rss = 0.0
    said = ""
    for command in commands:
        with tempfile.TemporaryFile("w+") as log:
            begin = time.perf_counter()
            process = subprocess.Popen(command, cwd=cwd, stdout=log, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            wall += time.perf_counter() - begin
            cpu += usage.ru_utime + usage.ru_stime
            rss = max(rss, usage.ru_maxrss / 1024)
            log.seek(0)
            text = log.read().strip()
        if status:
            raise SystemExit(f"{command[0]} failed:\n{text[-2000:]}")
        said = text.splitlines()[-1] if text else ""
    return wall, cpu, rss, said


def show(name: str, figures: tuple[float, float, float, str]) -> float:
    wall, cpu, rss, said = figures
    print(f"{name:44} {wall:7.1f} s wall {cpu:7.1f} s CPU {rss:7.0f} MiB   {said[:90]}", flush=True)
    return wall


def ours(folder: Path, work: Path, **settings: object) -> tuple[float, float, float, str]:
    job = json.dumps({"polygons": True, **settings})
    return timed([sys.executable, __file__, str(folder), "--job", job, "--output", str(work / "ours.tif")], cwd=work)


def gdal(folder: Path, work: Path) -> tuple[float, float, float, str]:
    scenes = [str(folder / "scenes" / f"{name}.tif") for name in (folder / "order.txt").read_text().split()]
    options = [word for option in CREATE for word in ("-co", option)]
    settings = ["--config", "GDAL_NUM_THREADS", str(os.cpu_count()), "--config", "GDAL_CACHEMAX", PEER_CACHE_MB]
    build = ["gdalbuildvrt", "-q", "-overwrite", "-srcnodata", "0", "-vrtnodata", "0", "peer.vrt", *scenes]
    return timed(build, ["gdal_translate", "-q", *options, *settings, "peer.vrt", "peer.tif"], cwd=work)


def gdalwarp(folder: Path, work: Path, crs: str, pixel_m: float) -> tuple[float, float, float, str]:
    scenes = [str(folder / "scenes" / f"{name}.tif") for name in (folder / "order.txt").read_text().split()]
    options = [word for option in (*CREATE, f"NUM_THREADS={os.cpu_count()}") for word in ("-co", option)]
    settings = ["-multi", "-wo", f"NUM_THREADS={os.cpu_count()}", "-wm", "512", "--config", "GDAL_CACHEMAX", PEER_CACHE_MB]
    onto = ["-t_srs", crs, "-tr", f"{pixel_m}", f"{pixel_m}", "-tap", "-r", "cubic", "-srcnodata", "0", "-dstnodata", "0"]
    return timed(["gdalwarp", "-q", "-overwrite", *onto, *settings, *options, *scenes, "warped.tif"], cwd=work)


def otb(folder: Path, work: Path, feather_m: float) -> tuple[float, float, float, str]:
    ids = (folder / "order.txt").read_text().split()
    scenes, keep = ([str(folder / kind / f"{name}.{end}") for name in ids] for kind, end in (("scenes", "tif"), ("keep", "gpkg")))
    create = "&".join(f"gdal:co:{option}" for option in CREATE)
    feather = ["slim", "-comp.feather.slim.length", str(feather_m), "-comp.feather.slim.exponent", "1"] if feather_m else ["none"]
    command = ["otbcli_Mosaic", "-il", *scenes, "-vdcut", *keep, "-vdstats", *keep, "-harmo.method", "band", "-harmo.cost", "rmse",
               "-interpolator", "nn", "-nodata", "0", "-tmpdir", ".", "-ram", "2048", "-comp.feather", *feather, "-distancemap.sr", "10",
               "-out", f"otb.tif?&{create}&streaming:type=tiled", "uint16"]  # fmt: skip
    return timed(["env", f"GDAL_CACHEMAX={PEER_CACHE_MB}", *command], cwd=work)


def warm(path: Path) -> None:
    """Read a file, so that all find the same warm ones as far as memory goes; in pieces, since children inherit our peak."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def compare(folder: Path, feather_m: float, *, brief: bool) -> None:
    """Time every tool on the scenes of a folder; ``brief`` leaves out all but each tool's cheapest and dearest job."""
    import rasterio

    with tempfile.TemporaryDirectory(prefix="mosaic-bench-", dir=folder.parent) as name:
        work = Path(name)
        paths = sorted((folder / "scenes").glob("*.tif"))
        with rasterio.open(paths[0]) as dataset:
            pixel_m, zone = dataset.res[0], dataset.crs.to_epsg() % 100
            print(f"{len(paths)} scenes of {dataset.shape}, {dataset.count} bands, {pixel_m:g} m", flush=True)
        feather_px = min(64, round(feather_m / pixel_m))
        for path in paths:
            warm(path)
        peer = show("gdalbuildvrt + gdal_translate", gdal(folder, work))
        plain = show("Skyfri, assemble only", ours(folder, work, balance="none", polygons=False))
        print(f"    ratio {plain / peer:.2f} (budget 1.2)")
        jobs = {
            f"Skyfri, global balance + feather {feather_px} px": {"balance": "global"},
            "Skyfri, the same with optimal seams": {"balance": "global", "seams": "optimal"},
        }
        if not brief:
            show("Skyfri, assemble without cloud", ours(folder, work, balance="none"))
            jobs["Skyfri, local balance + feather"] = {"balance": "local"}
        walls = {title: show(title, ours(folder, work, **settings, feather_px=feather_px)) for title, settings in jobs.items()}
        if not brief:
            show("Skyfri, assemble only, in ETRS89", ours(folder, work, balance="none", polygons=False, crs=f"EPSG:{25800 + zone}"))
            beside = f"EPSG:{32600 + zone - 1}"
            theirs = show(f"gdalwarp to the zone beside, {beside}", gdalwarp(folder, work, beside, pixel_m))
            wall = show("Skyfri, assemble only, in that zone", ours(folder, work, balance="none", polygons=False, crs=beside))
            print(f"    ratio {wall / theirs:.2f}")
            subprocess.run([sys.executable, __file__, str(folder), "--edits", "--output", str(work)], check=True)
        if not shutil.which("otbcli_Mosaic"):
            print("    otbcli_Mosaic is not installed; nothing to compare balance, seams and feather with")
            return
        if not brief:
            show("OTB, gains", otb(folder, work, 0))
        theirs = show(f"OTB, gains + slim feather {feather_m:g} m", otb(folder, work, feather_m))
        for title, wall in walls.items():
            print(f"    ratio {wall / theirs:.2f} (budget 0.5): {title}")


TEXTURE_PX = 1024
ROWS = 512
JOBS = {
    "global, priority, feather 2": {"balance": "global", "feather_px": 2},
    "local, optimal, blended, feather 2": {"balance": "local", "seams": "optimal", "fill": "blended", "feather_px": 2},
}


def make_textured(folder: Path, size: int, tiles: int, dates: int, bands: int) -> None:
    """Write scenes of a repeated texture over a broad relief, quickly: speed and memory depend on their volume and on little else.

    Tiles lie in rows as square as may be and share a tenth with their neighbours; scenes differ by gain and clouds.
    """
    load_package()
    import geopandas as gpd
    import numpy as np
    import shapely
    from skyfri.plugin.core.scenes import TEN_BANDS
    from skyfri.plugin.core.vector.features import write_frame

    names = FOUR if bands == 4 else TEN_BANDS
    rng = np.random.default_rng(9)  # among the clouds of some other seeds OTB's solver meets a matrix without an inverse
    texture = rng.lognormal(0, 0.08, (len(names), TEXTURE_PX, TEXTURE_PX)).astype(np.float32)
    ground = texture * np.linspace(400, 2500, len(names), dtype=np.float32)[:, None, None]
    (folder / "scenes").mkdir(parents=True)
    places = [(tile, date) for tile in range(tiles) for date in range(dates)]
    per_row = max(1, int(tiles**0.5))
    with ThreadPoolExecutor() as pool:
        paths = list(pool.map(lambda place: write_textured(folder / "scenes", ground, names, size, per_row, *place), places))
    clouds = []
    for path in paths:
        west, south, east, north = grid_of_tile(int(path.stem[1:3]), per_row, size).bounds
        radii = rng.uniform(0.003, 0.045, 40) * (east - west)
        for x, y, radius in zip(rng.uniform(west, east, 40), rng.uniform(south, north, 40), radii, strict=True):
            clouds.append({"scene": path.stem, "class": "cloud", "geometry": shapely.Point(x, y).buffer(radius, 200)})
    write_frame(folder / "clouds.gpkg", gpd.GeoDataFrame(clouds, crs="EPSG:32633"), "clouds")
    (folder / "order.txt").write_text("".join(f"{path.stem}\n" for path in reversed(paths)))
    write_keep(folder, paths)


def grid_of_tile(tile: int, per_row: int, size: int) -> object:
    """Return the grid of a textured tile; the pixel decides how many cells are compared, so it stays where tiles are small."""
    from affine import Affine
    from skyfri.plugin.core.raster.grid import Grid

    row, col = (place * int(0.9 * size) for place in divmod(tile, per_row))
    return Grid("EPSG:32633", Affine(10, 0, 300_000 + col * 10, 0, -10, 7_000_000 - row * 10), (size, size))


def write_textured(folder: Path, ground: object, names: tuple[str, ...], size: int, per_row: int, tile: int, date: int) -> Path:
    """Write one scene: the ground (bands, rows, cols) repeated, under a relief that all scenes share and a gain of its own."""
    import numpy as np
    from skyfri.plugin.core.raster.grid import Window
    from skyfri.plugin.core.raster.spec import RasterSpec
    from skyfri.plugin.core.raster.write import write_raster

    row, col = (place * int(0.9 * size) for place in divmod(tile, per_row))
    path = folder / f"T{tile:02d}_{date + 1:02d}.tif"
    tags = {"SCENE_ID": path.stem, "DATE": f"2024-06-{date + 1:02d}", "TILE": f"{tile:02d}"}
    gain = np.float32(1 + 0.05 * np.sin(7 * tile + 3 * date))
    # Dates differ by about as much as real ones do after balancing.
    change = np.random.default_rng((tile, date)).lognormal(0, 0.08, (TEXTURE_PX, TEXTURE_PX)).astype(np.float32)
    with write_raster(path, RasterSpec(grid_of_tile(tile, per_row, size), "uint16", names, tags=tags)) as sink:
        for start in range(0, size, ROWS):
            window = Window(start, 0, min(ROWS, size - start), size)
            down, right = np.arange(window.rows) + row + start, np.arange(size) + col
            relief = gain * (1 + 0.2 * np.sin(down / 700)[:, None] * np.cos(right / 900)).astype(np.float32)
            there = ground[:, down % TEXTURE_PX][:, :, right % TEXTURE_PX]
            sink.write((there * relief * change[down % TEXTURE_PX][:, right % TEXTURE_PX]).astype(np.uint16), window)
    return path


def make_apart(*words: object) -> None:
    """Write scenes in a process of its own: what one takes at most is counted for every child it starts afterwards."""
    subprocess.run([sys.executable, __file__, "--make", *map(str, words)], check=True)


def choose_tiles(folder: Path, work: Path, count: int) -> None:
    """Lay links to the scenes of a rectangle of so many tiles, out of a square of textured ones."""
    ids = (folder / "order.txt").read_text().split()
    per_row = int(len({name[1:3] for name in ids}) ** 0.5)
    rows = int(count**0.5)
    chosen = [name for name in ids if int(name[1:3]) // per_row < rows and int(name[1:3]) % per_row < count // rows]
    (work / "scenes").mkdir(parents=True)
    for name in chosen:
        (work / "scenes" / f"{name}.tif").symlink_to(folder / "scenes" / f"{name}.tif")
    (work / "clouds.gpkg").symlink_to(folder / "clouds.gpkg")
    (work / "order.txt").write_text("".join(f"{name}\n" for name in chosen))


def linear(counts: list[int], size: int, dates: int, bands: int, folder: Path | None) -> None:
    import rasterio

    print(f"tiles of {size} px, {dates} dates, {bands} bands" if folder is None else f"tiles of {folder}")
    for tiles in counts:
        with tempfile.TemporaryDirectory(prefix="mosaic-bench-") as name:
            work = Path(name)
            if folder is None:
                make_apart(work / "in", "textured", size, tiles, dates, bands)
            else:
                choose_tiles(folder, work / "in", tiles)
            for job, settings in JOBS.items():
                wall, cpu, rss, said = ours(work / "in", work, **settings)
                with rasterio.open(work / "ours.tif") as mosaic:
                    megapixels = mosaic.width * mosaic.height / 1e6
                show(f"{tiles} tiles, {megapixels:.1f} Mpx: {job}", (wall, cpu, rss, said))
                each = f"{wall / megapixels:.3f} s wall, {cpu / megapixels:.3f} s CPU per Mpx"
                print(f"    {each}; {wall / tiles:.2f} s wall, {cpu / tiles:.2f} s CPU per tile", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path, nargs="?")
    for name, value in (("size", 5490), ("tiles", 2), ("dates", 2), ("bands", 4)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--feather-m", type=float, default=500)
    parser.add_argument("--full", action="store_true", help="four full tiles on three dates with ten bands, or FOLDER, in brief")
    parser.add_argument("--linear", metavar="COUNTS", help="numbers of tiles, such as 1,2,4,8,16")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--output", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--make", nargs=6, help=argparse.SUPPRESS)
    parser.add_argument("--edits", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.make:
        folder, kind, *numbers = options.make
        (make_textured if kind == "textured" else make_scenes)(Path(folder), *map(int, numbers))
    elif options.job:
        run_job(options.folder, options.output, json.loads(options.job))
    elif options.edits:
        run_edits(options.folder, options.output)
    elif options.linear:
        counts = [int(count) for count in options.linear.split(",")]
        linear(counts, options.size, options.dates, options.bands, options.folder and options.folder.resolve())
    elif options.folder:
        compare(options.folder.resolve(), options.feather_m, brief=options.full)
    else:
        with tempfile.TemporaryDirectory(prefix="mosaic-bench-") as name:
            folder = Path(name, "in")
            made = ("textured", 10980, 4, 3, 10) if options.full else ("sample", options.size, options.tiles, options.dates, options.bands)
            make_apart(folder, *made)
            compare(folder, options.feather_m, brief=options.full)


if __name__ == "__main__":
    main()
