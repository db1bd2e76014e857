"""The main job from products to a cloud-free mosaic, through QGIS without a window; behind ``make demo``.

Without a folder, small sample products are made first. The result lies in ``demo/``: guideline polygons, the mosaic in
16 and 8 bit, sources, clear observations, seams, the report, a workspace for the dock and a quick look.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = {
    "OUTPUT": "mosaic.tif",
    "OUTPUT_RGB": "mosaic_rgb.tif",
    "SOURCE": "source.tif",
    "DENSITY": "density.tif",
    "OUTPUT_SEAMLINES": "seamlines.gpkg",
    "REPORT_JSON": "report.json",
    "REPORT_HTML": "report.html",
}
"""Output of `skyfri:mosaic` to its file."""
CLOUDS, WORKSPACE, QUICKLOOK = "clouds.gpkg", "workspace.gpkg", "quicklook.png"
BAR = 28
"""Width of a progress bar in characters."""


class DemoError(Exception):
    """What stops the demo, in one sentence."""


def main() -> int:
    """Run the demo; return the exit code."""
    given = _arguments()
    output = Path(given.output).absolute()
    started = time.monotonic()
    try:
        _load_package()
        _clear(output)
        folder = given.scenes or given.folder or _make_scenes(output / "scenes")
        products = _find(Path(folder).absolute())
        environment = _environment()
        os.environ.setdefault("XDG_RUNTIME_DIR", environment["XDG_RUNTIME_DIR"])
        _draw_guidelines(products, output, environment, given.margin)
        ordered = _by_clear_area(products, output / CLOUDS)
        _build_mosaic(ordered, output, environment, given.balance)
        _draw(ordered, output)
        print(_summary(output, len(ordered), time.monotonic() - started))
    except KeyboardInterrupt:
        print("\ndemo: stopped.", file=sys.stderr)
        return 130
    except ImportError as error:
        print(f"\ndemo: {error.name} is missing; run make setup first.", file=sys.stderr)
        return 1
    except (DemoError, OSError, _skyfri_error()) as error:
        print(f"\ndemo: {error}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="From Sentinel-2 products to a cloud-free mosaic.")
    parser.add_argument("folder", nargs="?", default="", help="folder of products; without it small samples are made")
    parser.add_argument("--scenes", default="", help="the same by name")
    parser.add_argument("--output", default=str(ROOT / "demo"), help="folder of the results")
    parser.add_argument("--balance", default="global", choices=("none", "global", "local"))
    parser.add_argument("--margin", type=float, default=60.0, help="metres by which the outlines are widened, for want of an editor")
    return parser.parse_args()


def _clear(output: Path) -> None:
    """Make the folder of the results, without what an earlier demo left there."""
    try:
        output.mkdir(parents=True, exist_ok=True)
        for name in (*RESULTS.values(), CLOUDS, WORKSPACE, QUICKLOOK):
            (output / name).unlink(missing_ok=True)
    except OSError as error:
        raise DemoError(f"{output} cannot be written ({error.strerror}); choose another folder.") from error


def _make_scenes(folder: Path) -> Path:
    """Make two neighbouring tiles on three dates; what an earlier demo made there goes."""
    from skyfri.tests.sample import SampleOptions, make_products

    shutil.rmtree(folder, ignore_errors=True)
    with _Bar("Sample scenes") as bar:
        make_products(
            folder, SampleOptions(tiles=2, dates=3, size_px=1098, pixel_m=20.0, weather=("cumulus", "sheet", "cumulus")), progress=bar
        )
    return folder


def _find(folder: Path) -> list[Path]:
    from skyfri.plugin.core.scenes import find_scenes

    if not folder.exists():
        raise DemoError(f"{folder} does not exist; give a folder of Sentinel-2 products.")
    products = find_scenes(folder)
    if not products:
        raise DemoError(f"{folder} holds no Sentinel-2 product; give a folder of products.")
    return products


def _draw_guidelines(products: list[Path], output: Path, environment: dict[str, str], margin_m: float) -> None:
    parameters = {"INPUTS": products, "BUFFER": margin_m, "WORKSPACE": output / WORKSPACE, "OUTPUT": output / CLOUDS}
    _run("skyfri:guidelines", parameters, environment, f"Guidelines of {_count(products)}")


def _count(products: list[Path]) -> str:
    return "1 scene" if len(products) == 1 else f"{len(products)} scenes"


def _build_mosaic(products: list[Path], output: Path, environment: dict[str, str], balance: str) -> None:
    files = {name: output / file for name, file in RESULTS.items()}
    parameters = {"INPUTS": products, "CLOUDS": output / CLOUDS, "BALANCE": balance, **files}
    _run("skyfri:mosaic", parameters, environment, f"Mosaic of {_count(products)}")


def _by_clear_area(products: list[Path], guidelines: Path) -> list[Path]:
    """Return the products by the area they show without clouds, the largest first."""
    from skyfri.plugin.core.clouds.polygons import read_polygons
    from skyfri.plugin.core.scenes import open_scene

    clouds = read_polygons(guidelines)

    def clear_m2(product: Path) -> float:
        scene = open_scene(product)
        return float(scene.footprint.area - sum(polygon.area for polygon in clouds.in_crs(scene.grid.crs).of_scene(scene.id)))

    return sorted(products, key=clear_m2, reverse=True)


def _draw(products: list[Path], output: Path) -> None:
    from quicklook import draw_quicklook
    from skyfri.plugin.core.clouds.polygons import read_polygons
    from skyfri.plugin.core.scenes import open_scene

    scenes = [open_scene(product) for product in products]
    polygons = read_polygons(output / CLOUDS)
    draw_quicklook(output / QUICKLOOK, output / RESULTS["OUTPUT"], output / RESULTS["OUTPUT_RGB"], scenes, polygons)


def _environment() -> dict[str, str]:
    """Return what ``make env`` sets: QGIS's profile of the repository, the virtual environment's libraries, no window."""
    script = 'eval "$(make -s --no-print-directory -C "$1" env)" && env -0'
    done = subprocess.run(["bash", "-c", script, "demo", str(ROOT)], capture_output=True, check=False)
    lines = [line.split("=", 1) for line in done.stdout.decode().split("\0") if "=" in line]
    if done.returncode or not lines:
        raise DemoError(f"the environment cannot be made ({done.stderr.decode().strip() or 'no output'}); run make setup first.")
    return dict(lines)


def _run(algorithm: str, parameters: dict[str, Any], environment: dict[str, str], title: str) -> None:
    """Run an algorithm in ``qgis_process`` and show its progress; raises `DemoError` with what it says last."""
    words = ["qgis_process", "run", algorithm]
    for name, value in parameters.items():
        words += [f"--{name}={item}" for item in (value if isinstance(value, list) else [value])]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        try:
            process = subprocess.Popen(words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, text=True)
        except FileNotFoundError as error:
            raise DemoError("qgis_process is missing; run make setup first.") from error
        with process, _Bar(title) as bar:
            try:
                for percent, message in _progress_of(process):
                    bar.report(percent / 100, message)
            except BaseException:
                process.terminate()
                raise
            if process.wait():
                errors.seek(0)
                said = [line.removeprefix("ERROR:").strip() for line in errors if line.strip()]
                raise DemoError(f"{algorithm}: {said[-1] if said else f'it ended with code {process.returncode}.'}")


def _progress_of(process: subprocess.Popen[str]) -> Iterator[tuple[float, str]]:
    """Yield percentages and messages of ``qgis_process``, which writes ``0...10...20`` between and before its messages."""
    reached, line = -2.5, ""
    while process.stdout and (letter := process.stdout.read(1)):
        line += letter
        following = reached + 2.5
        if line == (str(round(following)) if following % 10 == 0 else "."):
            reached, line = following, ""
            yield min(reached, 100.0), ""
        elif letter == "\n":
            message, line = line.strip(), ""
            if message and not re.match(r"[A-Z_]+:\s", message):
                yield min(max(reached, 0.0), 100.0), message


class _Bar:
    """A line of progress: redrawn in a terminal, a line for every tenth elsewhere. It is a `Progress` of the core too."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._live = sys.stdout.isatty()
        self._tenth = -1
        self._started = time.monotonic()

    def __enter__(self) -> _Bar:
        self.report(0.0)
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.report(1.0, f"{time.monotonic() - self._started:.0f} s")
        if self._live:
            print()

    def report(self, fraction: float, message: str = "") -> None:
        percent = int(100 * fraction)
        if self._live:
            full = round(BAR * fraction)
            print(f"\r  {self._title:<26} [{'█' * full}{'·' * (BAR - full)}] {percent:3d} %  {message[:34]:<34}", end="", flush=True)
        elif percent // 10 > self._tenth:
            self._tenth = percent // 10
            print(f"  {self._title:<26} {percent:3d} %  {message}", flush=True)

    def say(self, message: str) -> None:
        print(f"\n  {message}")

    def warn(self, message: str) -> None:
        print(f"\n  {message}", file=sys.stderr)

    def is_cancelled(self) -> bool:
        return False


def _summary(output: Path, scenes: int, seconds: float) -> str:
    """Return files, quick look and the report's main figures."""
    lines = ["", f"{scenes} scenes to one mosaic in {seconds:.0f} s", ""]
    lines += [f"  {title:<34}{text}" for title, text in _figures(output)]
    lines += ["", "Files"]
    notes = {
        CLOUDS: "cloud and shadow polygons of the model: what the mosaic leaves out",
        WORKSPACE: "workspace for the dock, polygons to edit",
        "mosaic.tif": "16 bit, all bands, reflectance x 10 000",
        "mosaic_rgb.tif": "8 bit, data 1 to 254, nodata 0",
        "source.tif": "number of the source scene",
        "density.tif": "count of clear observations",
        "seamlines.gpkg": "area of each scene",
        "report.json": "figures for programs",
        "report.html": "figures for people",
        QUICKLOOK: "the picture to look at first",
    }
    for name, note in notes.items():
        if (output / name).is_file():
            lines.append(f"  {_short(output / name):<34}{note}")
    return "\n".join(lines)


def _figures(output: Path) -> Iterator[tuple[str, str]]:
    import geopandas as gpd
    import numpy as np
    import rasterio

    frame = gpd.read_file(str(output / CLOUDS))
    counts = frame["class"].value_counts() if len(frame) else {}
    yield "Polygons", f"{counts.get('cloud', 0)} clouds, {counts.get('shadow', 0)} shadows"
    with rasterio.open(output / RESULTS["OUTPUT"]) as dataset:
        yield "Mosaic", f"{dataset.width} x {dataset.height} px of {dataset.res[0]:g} m, {dataset.count} bands, {dataset.crs.to_string()}"
    with rasterio.open(output / RESULTS["SOURCE"]) as dataset:
        source = dataset.read(1)
    used = len(np.unique(source[source > 0]))
    report = json.loads((output / RESULTS["REPORT_JSON"]).read_text(encoding="utf-8"))
    yield "Scenes that show in it", f"{used} of {len(report.get('scenes', []))}"
    yield from _report_figures(report)


def _report_figures(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return what the report says of balance, holes and cost; what it does not say is left out."""
    residuals = report.get("residuals", {})
    before, after = residuals.get("mad_pct_before"), residuals.get("mad_pct_after")
    if before and after:
        yield "Difference in overlaps", f"{_mean(before):.2f} % before the balance, {_mean(after):.2f} % after (mean of the bands)"
    gains = [gain for scene in report.get("scenes", []) for gain in scene.get("gain", {}).values()]
    if gains:
        yield "Gains", f"{min(gains):.3f} to {max(gains):.3f}"
    holes = report.get("holes")
    if holes:
        whole_m2 = holes["area_m2"] + report.get("covered_m2", 0.0)
        share = f" ({100 * holes['area_m2'] / whole_m2:.2f} %)" if whole_m2 else ""
        yield "Nowhere clear, left empty", f"{holes['area_m2'] / 1e6:.1f} km2{share}"
    if "seconds" in report:
        yield "Mosaic alone", f"{sum(report['seconds'].values()):.0f} s, peak memory {report.get('peak_memory_mb', 0):.0f} MB"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _short(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _skyfri_error() -> type[Exception]:
    """Return the root of the package's own errors, or the demo's where the package cannot be loaded."""
    try:
        from skyfri.plugin.core.base.errors import SkyfriError
    except ImportError:
        return DemoError
    return SkyfriError


def _load_package() -> None:
    """Load the repository as the package ``skyfri``, in whatever folder it lies."""
    os.environ.setdefault("PROJ_DATA", "/usr/share/proj")
    spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    sys.exit(main())
