"""How fast a full tile is predicted, and in how little memory, beside the package the network comes from.

    python tests/bench/clouds_predict.py [--scene FOLDER] [--size 10980] [--resolutions 30 20 10] [--forms cog jp2]

FOLDER (cumulus_31UFS_10m of SKYFRI_DATA unless named) holds B02.tif B03.tif B04.tif B08.tif and what else there is;
the scene is mirrored to a ten-band tile of the wanted size. Every figure comes from a process of its own. The floor
is the time spent inside ``InferenceSession.run`` during the prediction, which no code around the network can beat: as
wall seconds (a lane's mean), and as CPU seconds, which other work on the machine changes least. Reading alone is the CPU
time that reading and resampling the bands takes alone, which JPEG 2000 makes a second floor.

A full tile on two cores, ukis-csmask-6b-l1c; the rows at 20 m and COG at 10 m while other work ran (load 6 to 9):

| what | input | m | wall s | in session.run s | wall / run | CPU s | CPU s in run | CPU s reading alone | CPU / run | peak MB |
|---|---|---|---|---|---|---|---|---|---|---|
| skyfri | cog | 30 | 12.1 | 11.1 | 1.08 | 22.7 | 19.7 | 1.3 | 1.15 | 746 |
| skyfri | jp2 | 30 | 31.4 | 17.8 | 1.77 | 57.2 | 19.1 | 36.0 | 2.99 | 780 |
| CSmask | cog | 30 | 19.8 | | | 30.5 | | 2.1 | | 3407 |
| skyfri | cog | 20 | 32.6 | 29.8 | 1.09 | 48.6 | 43.0 | 1.6 | 1.13 | 922 |
| skyfri | jp2 | 20 | 116.2 | 91.2 | 1.27 | 87.6 | 44.6 | 37.8 | 1.97 | 979 |
| CSmask | cog | 20 | 187.0 | | | 99.5 | | 3.9 | | 6983 |
| skyfri | cog | 10 | 490.2 | 452.0 | 1.08 | 201.1 | 175.3 | 8.9 | 1.15 | 1162 |
| skyfri | jp2 | 10 | 131.0 | 116.3 | 1.13 | 255.8 | 166.4 | 66.9 | 1.54 | 1176 |

JPEG 2000 at 20 and 30 m is bound by its decoder, though only the level of 20 m is decoded: network and decoder together
account for all but 4 to 9 % of the CPU time. The R20m files of an L2A product would not help: they hold as many samples
as that level, and a million of them takes as long (0.12 to 0.15 CPU s, the level 0.12). More cores do: files are decoded
side by side.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import rasterio
import rasterio.shutil
from affine import Affine

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SKYFRI_DATA", ROOT.parent / "shared" / "data"))
TEN_BANDS = ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
STAND_INS = {"B05": "B04", "B06": "B8A", "B07": "B8A", "B12": "B11"}
COARSE = ("B05", "B06", "B07", "B8A", "B11", "B12")
UKIS_BANDS = {"B02": "blue", "B03": "green", "B04": "red", "B08": "nir", "B11": "swir16", "B12": "swir22"}
COLUMNS = {
    "wall_s": "wall s",
    "run_s": "in session.run s",
    "ratio": "wall / run",
    "cpu_s": "CPU s",
    "run_cpu_s": "CPU s in run",
    "read_cpu_s": "CPU s reading alone",
    "cpu_ratio": "CPU / run",
    "peak_mb": "peak MB",
}
"""Keys of a measurement to the headings of their columns."""


def load_package() -> None:
    """Make the repository importable as ``skyfri``."""
    spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)


def peak_mb() -> float:
    """Return the largest resident memory of this process; getrusage would count the parent's before exec."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) * 1024 / 1e6


def mirrored_band(folder: Path, band: str, size: int) -> np.ndarray:
    """Return one band of the scene mirrored to size x size."""
    path = folder / f"{band}.tif"
    with rasterio.open(path if path.is_file() else folder / f"{STAND_INS[band]}.tif") as dataset:
        samples = dataset.read(1, out_shape=(1024, 512)).astype(np.uint16)
    samples = np.maximum(samples, 1)
    rows, cols = (np.arange(size) % (2 * side) for side in samples.shape)
    rows, cols = (np.where(i < side, i, 2 * side - 1 - i) for i, side in zip((rows, cols), samples.shape, strict=True))
    return samples[np.ix_(rows, cols)]


def make_cog(folder: Path, size: int, path: Path) -> None:
    """Write the ten-band stack as `prepare` does."""
    from skyfri.plugin.core.raster.grid import Grid, Window
    from skyfri.plugin.core.raster.spec import RasterSpec
    from skyfri.plugin.core.raster.write import write_raster

    grid = Grid("EPSG:32631", Affine(10, 0, 600_000, 0, -10, 5_700_000), (size, size))
    bands = [mirrored_band(folder, band, size) for band in TEN_BANDS]
    with write_raster(path, RasterSpec(grid, "uint16", TEN_BANDS, 0, {"LEVEL": "L1C"})) as sink:
        for row in range(0, size, 1024):
            rows = min(1024, size - row)
            sink.write(np.stack([band[row : row + rows] for band in bands]), Window(row, 0, rows, size))


def make_jp2(folder: Path, size: int, target: Path) -> None:
    """Write a folder of JPEG 2000 bands with the block size of ESA's products, 20 m bands at 20 m."""
    target.mkdir(parents=True, exist_ok=True)
    for band in UKIS_BANDS:
        step = 2 if band in COARSE else 1
        samples = mirrored_band(folder, band, size)[::step, ::step]
        profile = {"driver": "MEM", "height": len(samples), "width": samples.shape[1], "count": 1, "dtype": "uint16"}
        transform = Affine(10 * step, 0, 600_000, 0, -10 * step, 5_700_000)
        with (
            rasterio.MemoryFile() as memory,
            memory.open(**{**profile, "driver": "GTiff"}, crs="EPSG:32631", transform=transform) as source,
        ):
            source.write(samples, 1)
            rasterio.shutil.copy(
                source, target / f"{band}.jp2", driver="JP2OpenJPEG", QUALITY="100", REVERSIBLE="YES", BLOCKXSIZE="1024", BLOCKYSIZE="1024"
            )


def jp2_scene(folder: Path):
    """Return the scene of a folder of JPEG 2000 bands."""
    from shapely.geometry import box
    from skyfri.plugin.core.raster.read import grid_of, open_raster
    from skyfri.plugin.core.scenes.scene import BandFile, Scene

    with open_raster(folder / "B02.jp2") as dataset:
        grid = grid_of(dataset)
    bands = {band: BandFile(str(folder / f"{band}.jp2")) for band in UKIS_BANDS}
    return Scene("bench", str(folder), None, "", "", None, "", "L1C", "", bands, grid, box(*grid.bounds))


class Timed:
    """A session that adds up the time spent in it; each run keeps to the thread that calls it."""

    def __init__(self, session: object) -> None:
        self.session, self.seconds, self.cpu_seconds, self.lock = session, 0.0, 0.0, threading.Lock()

    def get_inputs(self) -> list:
        """Pass the question on."""
        return self.session.get_inputs()

    def run(self, names: object, inputs: object) -> list:
        """Run and take the time."""
        start, cpu = time.perf_counter(), time.thread_time()
        outputs = self.session.run(names, inputs)
        with self.lock:
            self.seconds += time.perf_counter() - start
            self.cpu_seconds += time.thread_time() - cpu
        return outputs


def measure_ours(form: str, source: Path, pixel_m: float, threads: int, output: Path) -> dict[str, float]:
    """Predict once and return the figures."""
    load_package()
    from skyfri.plugin.core.clouds.network.cards import choose_card
    from skyfri.plugin.core.clouds.network.model import open_model
    from skyfri.plugin.core.clouds.network.patch import PatchLayout
    from skyfri.plugin.core.clouds.prediction.predict import predict
    from skyfri.plugin.core.scenes import open_scene

    scene = jp2_scene(source) if form == "jp2" else open_scene(source)
    model = open_model(choose_card(scene), threads=threads)
    timed = Timed(model.session)
    start, cpu = time.perf_counter(), time.process_time()
    predict(scene, replace(model, session=timed), output, pixel_m=pixel_m)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    layout = PatchLayout(scene.grid.at(pixel_m).shape, model.card.patch_px, model.card.step_px, model.card.margin_px)
    inside = timed.seconds / model.lanes
    return {
        "wall_s": wall,
        "run_s": inside,
        "ratio": wall / inside,
        "cpu_s": cpu,
        "run_cpu_s": timed.cpu_seconds,
        "cpu_ratio": cpu / timed.cpu_seconds,
        "patches": layout.counts[0] * layout.counts[1],
        "peak_mb": peak_mb(),
    }


def measure_reading(form: str, source: Path, pixel_m: float) -> dict[str, float]:
    """Read and resample the bands as prediction does, without the network."""
    load_package()
    from skyfri.plugin.core.clouds.prediction.bandrows import open_band_rows
    from skyfri.plugin.core.clouds.prediction.probabilities import BLOCK_CACHE_BYTES
    from skyfri.plugin.core.scenes import open_scene

    scene = jp2_scene(source) if form == "jp2" else open_scene(source)
    grid = scene.grid.at(pixel_m)
    cpu = time.process_time()
    with rasterio.Env(GDAL_CACHEMAX=BLOCK_CACHE_BYTES), open_band_rows(scene, tuple(UKIS_BANDS), grid, lambda: None) as take:
        for row in range(0, grid.shape[0], 204):
            take(row, min(204, grid.shape[0] - row))
    return {"read_cpu_s": time.process_time() - cpu}


def measure_peer(source: Path, pixel_m: float, threads: int) -> dict[str, float]:
    """Run ukis-csmask's own CSmask on the same pixels."""
    from rasterio.enums import Resampling
    from ukis_csmask.mask import CSmask

    start = time.perf_counter()
    with rasterio.open(source) as dataset:
        factor = pixel_m / dataset.res[0]
        shape = (round(dataset.height / factor), round(dataset.width / factor))
        image = np.empty((*shape, len(UKIS_BANDS)), np.float32)
        for index, band in enumerate(UKIS_BANDS):
            image[..., index] = dataset.read(dataset.descriptions.index(band) + 1, out_shape=shape, resampling=Resampling.average)
    image /= 10_000
    read = time.perf_counter() - start
    CSmask(image, list(UKIS_BANDS.values()), "l1c", intra_op_num_threads=threads, providers=["CPUExecutionProvider"])
    return {"wall_s": time.perf_counter() - start, "cpu_s": time.process_time(), "read_cpu_s": read, "peak_mb": peak_mb()}


def in_a_process(what: str, *arguments: object) -> dict[str, float]:
    """Run one measurement in a process of its own."""
    command = [sys.executable, __file__, "--child", what, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else f"exit {done.returncode}"}
    return json.loads(done.stdout.strip().splitlines()[-1])


def child(what: str, given: list[str]) -> dict[str, float]:
    """Do what `in_a_process` asked for."""
    if what == "read":
        return measure_reading(given[0], Path(given[1]), float(given[2]))
    if what == "ours":
        return measure_ours(given[0], Path(given[1]), float(given[2]), int(given[3]), Path(given[4]))
    return measure_peer(Path(given[0]), float(given[1]), int(given[2]))


def row(*cells: object) -> None:
    """Print one row of the table."""
    print("| " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |", flush=True)


def main() -> None:
    """Make the tile, measure, print."""
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(sys.argv[2], sys.argv[3:])))
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scene", type=Path, default=DATA / "cumulus_31UFS_10m")
    parser.add_argument("--work", type=Path, default=Path("/tmp/skyfri-bench"))
    parser.add_argument("--size", type=int, default=10980)
    parser.add_argument("--resolutions", type=float, nargs="+", default=[30.0, 20.0, 10.0])
    parser.add_argument("--forms", nargs="+", default=["cog", "jp2"], choices=["cog", "jp2"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--peer", type=float, nargs="*", default=[30.0], help="resolutions at which CSmask itself is run")
    given = parser.parse_args()
    load_package()
    sources = {"cog": given.work / f"tile_{given.size}.tif", "jp2": given.work / f"tile_{given.size}"}
    for form in given.forms:
        if not sources[form].exists():
            given.work.mkdir(parents=True, exist_ok=True)
            (make_cog if form == "cog" else make_jp2)(given.scene, given.size, sources[form])
    print(f"{given.size} x {given.size} px at 10 m, {given.threads} threads, load {os.getloadavg()[0]:.1f}\n")
    row("what", "input", "m", *COLUMNS.values())
    row(*["---"] * (3 + len(COLUMNS)))
    for pixel_m in given.resolutions:
        for form in given.forms:
            read = in_a_process("read", form, sources[form], pixel_m)
            found = in_a_process("ours", form, sources[form], pixel_m, given.threads, given.work / "out.tif")
            row("skyfri", form, f"{pixel_m:g}", *cells_of(read | found))
        if pixel_m in given.peer and "cog" in given.forms:
            row("CSmask", "cog", f"{pixel_m:g}", *cells_of(in_a_process("peer", sources["cog"], pixel_m, given.threads)))


def cells_of(found: dict[str, float]) -> list[object]:
    """Return the cells of a measurement, or what stopped it."""
    return [found["failed"]] if "failed" in found else [found.get(key, "") for key in COLUMNS]


if __name__ == "__main__":
    main()
