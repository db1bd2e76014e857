"""A killed run goes on where it was; an edit renders only what it touches; a part counts only with its checksum."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour import cells as overlaps
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render import jobs as render
from skyfri.plugin.core.mosaic.render.parts import read_part
from skyfri.plugin.core.mosaic.work_folder import MARKER, OWN_FOLDER

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = MosaicOptions(block_px=512, feather_px=3)

RUN = """
    import importlib.util, sys
    from pathlib import Path
    spec = importlib.util.spec_from_file_location("skyfri", {root!r} + "/__init__.py", submodule_search_locations=[{root!r}])
    sys.modules["skyfri"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["skyfri"])
    from skyfri.plugin.core.clouds.polygons import read_polygons
    from skyfri.plugin.core.mosaic.build import build
    from skyfri.plugin.core.mosaic.options import MosaicOptions
    from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
    from skyfri.plugin.core.scenes import open_scene
    out = Path(sys.argv[1])
    scenes = [open_scene(path) for path in sys.argv[3:]]
    print("begin", flush=True)
    build(scenes, read_polygons(sys.argv[2]), MosaicOptions(block_px=512, feather_px=3), MosaicOutputs(
        out / "mosaic.tif", rgb=out / "rgb.tif", source=out / "source.tif", density=out / "density.tif"))
    print("end", flush=True)
"""


@pytest.fixture
def rendered(monkeypatch):
    """Blocks and scenes that are worked on, in order."""
    done = {"blocks": [], "scenes": []}
    block, scene = render.render_block, overlaps.measure_scene
    monkeypatch.setattr(render, "render_block", lambda job: (done["blocks"].append((job.window.row, job.window.col)), block(job))[1])
    monkeypatch.setattr(overlaps, "measure_scene", lambda placed, **k: (done["scenes"].append(placed.rank), scene(placed, **k))[1])
    return done


def outputs_in(folder, work=None):
    return MosaicOutputs(folder / "mosaic.tif", source=folder / "source.tif", work=work)


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.tif"))}


@pytest.mark.slow
def test_killed_at_ten_moments_and_run_again_the_bytes_are_the_same(sample, tmp_path):
    code = textwrap.dedent(RUN).format(root=str(ROOT))
    clouds = sample.folder / "clouds.gpkg"

    def start(folder):
        command = [sys.executable, "-c", code, str(folder), str(clouds), *(scene.path for scene in sample.scenes)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PROJ_DATA": "/usr/share/proj"})
        assert process.stdout.readline() == "begin\n"
        return process, time.perf_counter()

    whole = tmp_path / "whole"
    process, begin = start(whole)
    assert process.wait() == 0
    lasts = time.perf_counter() - begin
    broken = tmp_path / "broken"
    rng = np.random.default_rng(11)
    killed = 0
    for share in rng.permutation(np.linspace(0.03, 0.97, 10)):
        process, begin = start(broken)
        try:
            process.wait(timeout=share * lasts)
            shutil.rmtree(broken)  # it came through before its moment: the next one begins anew
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
    assert killed >= 3
    process, _ = start(broken)
    assert process.wait() == 0
    assert content(broken) == content(whole)
    assert sorted(path.name for path in broken.iterdir()) == sorted(content(whole))


def test_a_run_that_broke_off_in_the_last_block_renders_that_block_alone(sample, tmp_path, rendered, monkeypatch):
    whole = build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path / "whole"), executor=InlineExecutor())
    assert whole.content["covered_m2"] > 0
    blocks = rendered["blocks"][:]
    last, fails = blocks[-1], render.render_block

    def failing(job):
        if (job.window.row, job.window.col) == last:
            raise RuntimeError("power cut")
        return fails(job)

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(render, "render_block", failing)
        build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path / "broken"), executor=InlineExecutor())
    rendered["blocks"].clear()
    rendered["scenes"].clear()
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path / "broken"), executor=InlineExecutor())
    assert rendered == {"blocks": [last], "scenes": []}
    assert content(tmp_path / "broken") == content(tmp_path / "whole")
    assert not list((tmp_path / "broken").glob(".*"))


def edited(sample, scene, centre, radius_m=400):
    cloud = shapely.Point(centre).buffer(radius_m)
    row = gpd.GeoDataFrame({"scene": [scene.id], "class": ["cloud"]}, geometry=[cloud], crs=scene.grid.crs)
    frame = sample.clouds.frame
    return CloudPolygons(gpd.GeoDataFrame(pd.concat([frame, row.to_crs(frame.crs)], ignore_index=True), crs=frame.crs)), cloud


def test_an_edit_renders_only_the_blocks_it_touches(sample, tmp_path, rendered):
    work = tmp_path / "work"
    first = build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path, work), executor=InlineExecutor())
    before, everything = content(tmp_path), len(rendered["blocks"])
    assert everything >= 6
    scene = sample.scenes[0]
    west, _, _, north = scene.grid.bounds
    clouds, cloud = edited(sample, scene, (west + 100 * 60, north - 100 * 60))
    for done in rendered.values():
        done.clear()
    keep = MosaicOptions(block_px=512, feather_px=3, keep_balance=True)
    second = build(sample.scenes, clouds, keep, outputs_in(tmp_path, work), executor=InlineExecutor())
    assert rendered["scenes"] == [] and 1 <= len(rendered["blocks"]) < everything / 2
    assert [entry["gain"] for entry in second.content["scenes"]] == [entry["gain"] for entry in first.content["scenes"]]
    assert content(tmp_path) != before
    with rasterio.open(tmp_path / "source.tif") as source:
        row, col = source.index(cloud.centroid.x, cloud.centroid.y)
        assert source.read(1)[row, col] != 1
    build(sample.scenes, sample.clouds, keep, outputs_in(tmp_path, work), executor=InlineExecutor())
    assert content(tmp_path) == before


def test_an_edit_for_the_delivery_measures_that_scene_alone_and_equals_a_fresh_run(sample, tmp_path, rendered):
    work = tmp_path / "work"
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path / "a", work), executor=InlineExecutor())
    scene = sample.scenes[3]
    clouds, _ = edited(sample, scene, scene.footprint.representative_point().coords[0], 3000)
    rendered["scenes"].clear()
    build(sample.scenes, clouds, OPTIONS, outputs_in(tmp_path / "a", work), executor=InlineExecutor())
    assert rendered["scenes"] == [4]
    build(sample.scenes, clouds, OPTIONS, outputs_in(tmp_path / "b"), executor=InlineExecutor())
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_a_changed_scene_is_read_again(sample, tmp_path, rendered):
    work = tmp_path / "work"
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path, work), executor=InlineExecutor())
    path = Path(sample.scenes[5].path)
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    for done in rendered.values():
        done.clear()
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path, work), executor=InlineExecutor())
    assert rendered["scenes"] == [6] and rendered["blocks"]
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_damaged_parts_and_cells_are_made_again_and_old_ones_go(sample, tmp_path, rendered):
    work = tmp_path / "work"
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path, work), executor=InlineExecutor())
    before = content(tmp_path)
    own = work / OWN_FOLDER
    parts = sorted(own.glob("*.part"))
    flipped = bytearray(parts[0].read_bytes())
    flipped[len(flipped) // 2] ^= 1
    parts[0].write_bytes(flipped)
    parts[1].write_bytes(parts[1].read_bytes()[:-5])
    assert read_part(parts[0]) is None and read_part(parts[1]) is None and read_part(parts[2]) is not None
    cells = sorted(own.glob("*.npz"))
    assert len(cells) == len(sample.scenes)
    cells[0].write_bytes(cells[0].read_bytes()[:1000])
    (own / "00099_00099.part").write_bytes(b"of another extent")
    (own / ".00000_00000.part.0123abcd").write_bytes(b"half")
    (own / "0123456789abcdef.0123456789abcdef.outline").write_bytes(b"of other polygons")
    (own / ".outlines.0123abcd").mkdir()
    for done in rendered.values():
        done.clear()
    build(sample.scenes, sample.clouds, OPTIONS, outputs_in(tmp_path, work), executor=InlineExecutor())
    assert len(rendered["blocks"]) == 2 and len(rendered["scenes"]) == 1
    assert content(tmp_path) == before
    left = sorted(path.name for path in own.iterdir() if path.name != MARKER)
    assert {Path(name).suffix for name in left} == {".part", ".npz", ".outline"}
    assert not {name[:4] for name in left} & {"0009", "0123", ".000", ".out"}
