"""How fast a full tile of classes becomes polygons, in how little memory, and how fast a slider is answered.

python tests/bench/clouds_vectorize.py [--size 10980] [--components 20000]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from affine import Affine
from scipy import ndimage

ROOT = Path(__file__).resolve().parents[2]


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


def make_prediction(path: Path, size: int, components: int) -> None:
    """Write probabilities of about so many clouds, each with a shadow, rough at the edge as a network's are."""
    from skyfri.plugin.core.raster.grid import Grid
    from skyfri.plugin.core.raster.spec import RasterSpec
    from skyfri.plugin.core.raster.write import write_array

    random = np.random.default_rng(3)
    # Measured: so many blobs, and specks at their edges, per area.
    sigma = size / np.sqrt(components / 3.3 * 60)
    coarse = max(1, int(sigma // 4))
    small = ndimage.gaussian_filter(random.standard_normal((size // coarse + 3,) * 2, np.float32), sigma / coarse)
    small /= small.std()
    field = ndimage.zoom(small, coarse, order=1)[:size, :size]
    del small
    stack = np.zeros((2, size, size), np.uint8)
    down, right = int(2.5 * sigma), int(1.2 * sigma)
    for row in range(0, size, 512):
        rows = slice(row, min(row + 512, size))
        rough = ndimage.gaussian_filter(random.standard_normal((rows.stop - rows.start, size), np.float32), 1.2)
        cloud = 1 / (1 + np.exp(-9 * (field[rows] - 1.0 + 0.15 * rough)))
        stack[0, rows] = np.rint(250 * cloud)
    stack[1, : size - down, : size - right] = stack[0, down:, right:]
    stack[1] = np.minimum(stack[1], 250 - stack[0])
    grid = Grid("EPSG:32631", Affine(10, 0, 600_000, 0, -10, 5_700_000), (size, size))
    tags = {"SCENE_ID": "bench", "MODEL": "bench", "SUN_ZENITH": "50", "SUN_AZIMUTH": "160"}
    write_array(path, stack, RasterSpec(grid, "uint8", ("cloud", "shadow"), 255, tags))


def measure(step: str, prediction: Path, classes: Path) -> dict[str, float]:
    """Do one step and return its figures."""
    load_package()
    import shapely
    from skyfri.plugin.core.clouds.classes.classify import threshold
    from skyfri.plugin.core.clouds.classes.vectorize import vectorize
    from skyfri.plugin.core.clouds.guidelines.preview import open_view, preview
    from skyfri.plugin.core.clouds.options import ClassifyOptions, VectorizeOptions
    from skyfri.plugin.core.clouds.prediction.probabilities import read_probabilities
    from skyfri.plugin.core.regions.components import components_of

    options = ClassifyOptions(cloud_seed=0.5, cloud_grow=0.5, shadow_seed=0.5, shadow_grow=0.5, mmu_ha=0)
    start = time.perf_counter()
    if step == "threshold":
        threshold(prediction, classes, options)
        return {"s": time.perf_counter() - start, "peak_mb": peak_mb()}
    if step == "slider":
        view = open_view(prediction, read_probabilities(prediction, most_px=1000).grid.bounds)
        start = time.perf_counter()
        frame = preview(view, replace(options, mmu_ha=0.5), VectorizeOptions()).frame
        return {"s": time.perf_counter() - start, "peak_mb": peak_mb(), "polygons": len(frame)}
    frame = vectorize(classes, VectorizeOptions(0.0 if step == "raw" else None), prediction_path=prediction).frame
    seconds, peak = time.perf_counter() - start, peak_mb()
    geometry = np.asarray(frame.geometry.values)
    vertices = int(shapely.get_num_coordinates(geometry).sum() - len(frame))
    return {
        "s": seconds,
        "peak_mb": peak,
        "polygons": len(frame),
        "vertices": vertices,
        "per_km": vertices / float(frame.geometry.length.sum()) * 1000,
        "invalid": int((~shapely.is_valid(geometry)).sum()),
        "components": components_of((read_probabilities(prediction).cloud > 125).view(np.uint8)).count,
    }


def main() -> None:
    """Make the prediction, measure, print."""
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))))
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("/tmp/skyfri-bench"))
    parser.add_argument("--size", type=int, default=10980)
    parser.add_argument("--components", type=int, default=20_000)
    given = parser.parse_args()
    load_package()
    given.work.mkdir(parents=True, exist_ok=True)
    prediction, classes = given.work / f"probability_{given.size}_{given.components}.tif", given.work / "classes.tif"
    if not prediction.is_file():
        make_prediction(prediction, given.size, given.components)
    print(f"{given.size} x {given.size} px at 10 m\n")
    print("| step | s | peak MB | polygons | vertices | vertices per km | invalid |\n|---|---|---|---|---|---|---|")
    for step in ("threshold", "vectorize", "raw", "slider"):
        command = [sys.executable, __file__, "--child", step, str(prediction), str(classes)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"| {step} | {done.stderr.strip().splitlines()[-1]} |")
            continue
        found = json.loads(done.stdout.strip().splitlines()[-1])
        cells = [found.get(key, "") for key in ("s", "peak_mb", "polygons", "vertices", "per_km", "invalid")]
        print(f"| {step} | " + " | ".join(f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
