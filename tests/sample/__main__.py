"""Write sample scenes: ``python tests/sample/__main__.py OUT --tiles 2 --dates 3 --size 1098``."""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from pathlib import Path


def main() -> int:
    """Read the command line, write the scenes and name them; return the exit code."""
    _load_package()
    from skyfri.tests.sample import SampleOptions, make_products, make_stacks
    from skyfri.tests.sample.options import WEATHER

    defaults = SampleOptions()
    parser = argparse.ArgumentParser(prog="sample", description=__doc__.split(":")[0] + ", with everything about them known.")
    parser.add_argument("folder", help="where scenes and truth go")
    parser.add_argument("--form", choices=("stacks", "products"), default="stacks", help="band-stack GeoTIFFs or .SAFE folders")
    parser.add_argument("--tiles", type=int, default=defaults.tiles)
    parser.add_argument("--dates", type=int, default=defaults.dates)
    parser.add_argument("--size", type=int, default=1098, help="rows and columns of the 10 m bands, a multiple of 6")
    parser.add_argument("--pixel", type=float, default=None, help="metres; without it a whole tile of 109.8 km")
    parser.add_argument("--level", choices=("L1C", "L2A"), default=defaults.level)
    parser.add_argument("--baselines", default=",".join(defaults.baselines), help="per date, such as 02.14,05.10")
    parser.add_argument("--bands", default=",".join(defaults.bands), help="of band-stacks")
    parser.add_argument("--weather", default=",".join(defaults.weather), help=f"per date, of {', '.join(WEATHER)}")
    parser.add_argument("--haze", default="0", help="reflectance in B02, per date")
    parser.add_argument("--drift", default="0", help="deviation of a smooth factor, per date")
    parser.add_argument("--season", default="0", help="share of fields with another crop, per date")
    parser.add_argument("--missed", default="0", help="share of cloud area that clouds.gpkg lacks, per date")
    parser.add_argument("--zones", type=int, choices=(1, 2), default=1, help="UTM zones")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    given = parser.parse_args()
    try:
        options = SampleOptions(
            tiles=given.tiles,
            dates=given.dates,
            size_px=given.size,
            pixel_m=given.pixel,
            level=given.level,
            baselines=tuple(given.baselines.split(",")),
            bands=tuple(given.bands.split(",")),
            weather=tuple(given.weather.split(",")),
            haze=_numbers(given.haze),
            drift=_numbers(given.drift),
            season=_numbers(given.season),
            missed=_numbers(given.missed),
            zones=given.zones,
            seed=given.seed,
        )
    except ValueError as error:
        print(f"sample: {error}", file=sys.stderr)
        return 2
    start = time.perf_counter()
    make = make_products if given.form == "products" else make_stacks
    for path in make(given.folder, options):
        print(path)
    print(f"{time.perf_counter() - start:.1f} s", file=sys.stderr)
    return 0


def _numbers(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _load_package() -> None:
    """Load the repository as the package ``skyfri``, in whatever folder it lies."""
    if "skyfri" in sys.modules:
        return
    root = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location("skyfri", root / "__init__.py", submodule_search_locations=[str(root)])
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)


if __name__ == "__main__":
    sys.exit(main())
