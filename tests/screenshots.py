"""Make the pictures of the README: the dock on real scenes, thresholds being tried, polygons being corrected, the mosaic.

    python tests/screenshots.py [SCENES] [--language nb]

SCENES is a folder of products; without it the real scenes of ``SKYFRI_DATA`` are taken. QGIS runs on a virtual screen
(Xvfb), nothing of the user's own profile is touched. The pictures go to ``ui/pictures``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from desktop import ROOT, missing_tools, run_qgis
from PIL import Image

PICTURES = ROOT / "ui" / "pictures"
SIZE_PX = (1240, 760)
MOST_BYTES = 300_000


def shrink(path: Path, target: Path) -> None:
    """Write a picture with as many colours as fit into `MOST_BYTES`."""
    picture = Image.open(path).convert("RGB")
    for colours in (256, 192, 128, 96, 64):
        # An octree keeps the few pixels of bright icons; the median cut gives all its colours to the land.
        picture.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, optimize=True)
        if target.stat().st_size <= MOST_BYTES:
            return
    sys.exit(f"{target} is larger than {MOST_BYTES} bytes even with {colours} colours.")


def main() -> None:
    """Make all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    data = Path(os.environ.get("SKYFRI_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("scenes", nargs="?", type=Path, default=data / "mosaic_33TWM_33TWL", help="folder of products")
    parser.add_argument("--language", default="en", help="language of QGIS")
    parser.add_argument("--folder", type=Path, default=PICTURES, help="where the pictures go")
    options = parser.parse_args()
    if missing_tools():
        sys.exit(f"{', '.join(missing_tools())} is missing; run make setup.")
    if not options.scenes.is_dir():
        sys.exit(f"{options.scenes} is no folder; give a folder of Sentinel-2 products.")
    options.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="skyfri-screenshots-") as folder:
        out = Path(folder)
        variables = {"SKYFRI_OUT": str(out), "SKYFRI_SCENES": str(options.scenes.absolute()), "LANG_CODE": options.language}
        done = run_qgis(Path(__file__).with_name("screenshots_session.py"), out, variables=variables, size_px=SIZE_PX, limit_s=900)
        made = sorted(out.glob("*.png"))
        error = out / "error.txt"
        if done.returncode or error.exists():
            sys.exit(f"QGIS ended with {done.returncode}:\n{error.read_text() if error.exists() else done.stdout[-2000:]}")
        for path in made:
            shrink(path, options.folder / path.name)
            print(f"{options.folder / path.name}: {(options.folder / path.name).stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
