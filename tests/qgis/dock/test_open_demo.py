"""`make run-qgis`: what QGIS shows of the demo at first sight."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import rasterio
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.desktop import ROOT, missing_tools, run_qgis


def write_mosaic(path: Path, scene: Path) -> None:
    """Write a picture as large as a scene."""
    grid = open_scene(scene).grid
    rows, cols = grid.shape
    profile = {"driver": "GTiff", "width": cols, "height": rows, "count": 3, "dtype": "uint8", "crs": grid.crs}
    with rasterio.open(path, "w", transform=grid.transform, nodata=0, **profile) as dataset:
        dataset.write(np.random.default_rng(1).integers(1, 255, (3, rows, cols), dtype=np.uint8))


@pytest.mark.slow
def test_the_demo_opens_with_workspace_mosaic_and_tile_in_view(stacks, full_workspace, tmp_path):
    if missing_tools():
        pytest.skip(f"absent: {', '.join(missing_tools())}")
    demo = tmp_path / "demo"
    demo.mkdir()
    shutil.copy(full_workspace, demo / "workspace.gpkg")
    write_mosaic(demo / "mosaic_rgb.tif", min((stacks / "scenes").glob("*.tif")))
    done = run_qgis(
        Path(__file__).with_name("open_demo_session.py"),
        tmp_path,
        variables={"SKYFRI_OUT": str(tmp_path), "SKYFRI_DEMO": str(demo), "SKYFRI_SCRIPT": str(ROOT / "tests" / "open_demo.py")},
    )
    assert (tmp_path / "found.json").exists(), done.stdout[-3000:]
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert "error" not in found, found["error"]
    assert found == {
        "dock": True,
        "scenes": 4,
        "visible": ["Mosaic for viewing"],
        "others": [],
        "tile_in_view": True,
        "can_hide": True,
        "dirty": False,
    }
    assert done.returncode == 0, done.stdout[-3000:]
