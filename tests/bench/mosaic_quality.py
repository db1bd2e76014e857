"""How good a mosaic is, judged by a program that is not ours, beside OTB on the same scenes in the same run.

    python tests/bench/mosaic_quality.py STACK --judge mosaic_quality.py [--peers peers_mosaic.py] [--cuts]

STACK holds ``scenes/*.tif``, ``clouds.gpkg``, ``order.txt`` (ids, last on top) and, for the peers, ``keep/<id>.gpkg``.
The judge reads mosaic, source, report and scenes and prints m1 to m9 as JSON; what they mean stands in its README.
The last column is ours: the area where a scene disagrees with the other dates, and how much of it the mosaic shows.
``--cuts`` scores parts of STACK as well (each date left out, the order turned round, one date per tile): weights that
fit one set only would show there.
"""

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "Skyfri global, priority": {"balance": "global", "feather_px": 2},
    "Skyfri local, optimal, blended": {"balance": "local", "seams": "optimal", "fill": "blended", "feather_px": 2},
}
HEAD = "m1 %  | m2 d=1 / 5  | m3    | m4 p50 / p95  | m5 NDVI, angle | m6 %   contrast      | m8 empty cloud | m9 0 / 255 | doubt km2"


def load_package() -> None:
    """Import the repository as ``skyfri``, in whatever folder it lies."""
    spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)


def make(stack: Path, ids: list[str], folder: Path, settings: dict) -> None:
    """Make the mosaic of some scenes, ids last on top."""
    from skyfri.plugin.core.clouds.polygons import read_polygons
    from skyfri.plugin.core.mosaic.build import build
    from skyfri.plugin.core.mosaic.options import MosaicOptions
    from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
    from skyfri.plugin.core.scenes import open_scene

    scenes = [open_scene(stack / "scenes" / f"{name}.tif") for name in reversed(ids)]
    places = {name: folder / f"{name}.tif" for name in ("mosaic", "source", "rgb")}
    outputs = MosaicOutputs(**places, report_json=folder / "report.json", suspects=folder / "suspects.gpkg")
    build(scenes, read_polygons(stack / "clouds.gpkg"), MosaicOptions(**settings), outputs)


def judge(program: Path, stack: Path, folder: Path) -> dict:
    """Return what the judge says of the mosaic in ``folder``."""
    files = ["--source", folder / "source.tif", "--report", folder / "report.json", "--rgb", folder / "rgb.tif"]
    words = [program, folder / "mosaic.tif", "--scenes", stack / "scenes", "--clouds", stack / "clouds.gpkg", *files]
    done = subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def line_of(score: dict) -> str:
    """Return the figures under `HEAD`; m1 is the mean over the bands, m6 that of the worst one."""
    m1, m2, m4, m5, m6 = score["m1"]["different_dates"]["after"], score["m2"], score["m4"]["fixed_stretch"], score["m5"], score["m6"]
    m8 = score["m8"]
    bands = [band for band in m1 if band.startswith("B")]
    contrast = [m6[band]["contrast"] for band in bands]
    drift = max(abs(m6[band]["drift_vs_source_pct"]) for band in bands)
    return (
        f"{sum(m1[band]['mad_pct'] for band in bands) / len(bands):5.2f} | "
        f"{m2['distance_1']['mean_ratio']:.3f} {m2['distance_5']['mean_ratio']:.3f} | {score['m3']['mean_ratio']:.3f} | "
        f"{m4['strip_p50']:5.2f} {m4['strip_p95']:6.2f}  | {m5['ndvi']['abs_p95']:.4f} {m5['spectral_angle_deg']['p95']:5.2f}   | "
        f"{drift:5.2f} {min(contrast):.3f}-{max(contrast):.3f} | {m8['empty_though_clear_pct']:6.2f} {m8['cloud_pct']:6.2f}  | "
        f"{score['m9']['pixels_with_0']} / {score['m9']['pixels_with_255']}"
    )


def doubts_of(folder: Path) -> str:
    """Return the area of places that disagree with the other dates and what of it the mosaic shows, in km2."""
    from skyfri.plugin.core.vector.features import read_frame

    found = read_frame(folder / "suspects.gpkg")
    return f"{found['area_m2'].sum() / 1e6:.1f}, {(found['area_m2'] * found['shown_pct']).sum() / 1e8:.1f}"


def cuts_of(ids: list[str]) -> dict[str, list[str]]:
    """Return parts of a set: each date left out, the order turned round, every tile with dates of its own."""
    days = sorted({name[-8:] for name in ids})
    tiles = sorted({name[:5] for name in ids})
    own = [name for name in ids if days.index(name[-8:]) % len(tiles) == tiles.index(name[:5])]
    return {
        **{f"without {day}": [name for name in ids if name[-8:] != day] for day in days},
        "cloudiest first": ids[::-1],
        "own dates": own,
    }


def part_of(stack: Path, ids: list[str], folder: Path) -> Path:
    """Return a stack that holds some of the scenes only."""
    (folder / "scenes").mkdir(parents=True)
    for name in ids:
        os.link(stack / "scenes" / f"{name}.tif", folder / "scenes" / f"{name}.tif")
    shutil.copy(stack / "clouds.gpkg", folder)
    if (stack / "keep").is_dir():
        shutil.copytree(stack / "keep", folder / "keep")
    (folder / "order.txt").write_text("".join(f"{name}\n" for name in ids))
    return folder


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("stack", type=Path, nargs="?")
    words.add_argument("--judge", type=Path, help="program that scores a mosaic")
    words.add_argument("--peers", type=Path, help="program that makes and scores the peers' mosaics")
    words.add_argument("--cuts", action="store_true", help="score parts of the set as well")
    asked = words.parse_args()
    if not (asked.stack and asked.judge):
        print("left out: it needs a stack of real scenes and a judge, see --help")
        return
    load_package()
    ids = (asked.stack / "order.txt").read_text().split()
    print(f"{'':50} {HEAD}")
    with tempfile.TemporaryDirectory(prefix="mosaic-quality-", dir=asked.stack.parent) as name:
        for number, (cut, chosen) in enumerate({"all": ids, **(cuts_of(ids) if asked.cuts else {})}.items()):
            stack = part_of(asked.stack, chosen, Path(name, str(number)))
            for title, settings in SETTINGS.items():
                folder = stack / title
                folder.mkdir()
                make(stack, chosen, folder, settings)
                print(f"{cut:18}{title:32} {line_of(judge(asked.judge, stack, folder))} | {doubts_of(folder)}", flush=True)
            if asked.peers:
                subprocess.run([sys.executable, asked.peers, stack, stack / "peers", "--ratio", "1", "--remove"], check=True)


if __name__ == "__main__":
    main()
