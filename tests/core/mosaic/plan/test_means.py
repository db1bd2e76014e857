"""Reduced copies: exact means of valid samples, on cells that no extent decides, made once."""

import os
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.base.errors import InputError, OutputError
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan import means as reduced
from skyfri.plugin.core.mosaic.plan.lattice import finest_factor
from skyfri.plugin.core.mosaic.plan.means import LEVELS, align, read_means, reduce_scenes
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene

BANDS = ("B02", "B03", "B08")


def scene_of(folder, grid, *, overviews=True, name="scene", seed=3):
    """Return a scene of noise with a swath edge and a pond of nodata, and its samples."""
    rng = np.random.default_rng(seed)
    samples = rng.integers(200, 4000, (len(BANDS), *grid.shape)).astype(np.uint16)
    rows, cols = np.ogrid[: grid.shape[0], : grid.shape[1]]
    samples[:, (cols < 60 + rows // 3) | ((rows - 300) ** 2 + (cols - 300) ** 2 < 900)] = 0
    path = folder / f"{name}.tif"
    if overviews:
        write_array(path, samples, RasterSpec(grid, "uint16", BANDS))
    else:
        profile = {"count": 3, "dtype": "uint16", "nodata": 0, "crs": grid.crs, "transform": grid.transform}
        with rasterio.open(path, "w", driver="GTiff", height=grid.shape[0], width=grid.shape[1], **profile) as file:
            file.write(samples)
            file.descriptions = BANDS
    return open_scene(path), samples


def grid_at(row, col, shape=(702, 690), pixel_m=20.0):
    return Grid("EPSG:32633", Affine(pixel_m, 0, 500_000 + col * pixel_m, 0, -pixel_m, 5_000_000 - row * pixel_m), shape)


def plain_means(samples, grid, cells):
    """Return means of the samples above 0 over cells, which cells lie on the raster, and which hold data alone."""
    factor = round(cells.pixel_m / grid.pixel_m)
    row, col = grid.offset_of(Grid(cells.crs, cells.transform * Affine.scale(1 / factor), cells.shape))
    wide = np.zeros((len(samples), cells.shape[0] * factor, cells.shape[1] * factor))
    window = Window(row, col, *wide.shape[1:])
    inside = window.intersect(grid.window)
    wide[(slice(None), *inside.slices_in(window))] = samples[(slice(None), *inside.slices_in(grid.window))]
    split = wide.reshape(len(samples), cells.shape[0], factor, cells.shape[1], factor)
    count = (split > 0).sum(axis=(2, 4))
    whole = np.zeros(wide.shape[1:], bool)
    whole[inside.slices_in(window)] = True
    whole = whole.reshape(cells.shape[0], factor, cells.shape[1], factor).all(axis=(1, 3))
    return split.sum(axis=(2, 4)) / np.maximum(count, 1), whole, (count == factor**2).all(axis=0)


@pytest.mark.parametrize("overviews", [True, False])
@pytest.mark.parametrize(("row", "col"), [(0, 0), (1, 1), (3, 6)])
def test_means_are_those_of_the_valid_samples_wherever_the_scene_begins(tmp_path, overviews, row, col):
    grid = grid_at(row, col)
    scene, samples = scene_of(tmp_path, grid, overviews=overviews)
    plan = reduce_scenes(make_plan([scene], None, MosaicOptions(bands=BANDS)), tmp_path, InlineExecutor())
    wide = align(grid)
    assert wide.phase(2 * LEVELS[-1]) == (0, 0)
    for factor in (2, 4, 8, 16, 32):
        cells = wide.coarsen(factor)
        truth, whole, full = plain_means(samples, grid, cells)
        found = read_means(plan.scenes[0].scene, BANDS, cells)
        assert ((found > 0) == (truth > 0))[:, whole].all()
        # every level is rounded once; cells partly without data weigh the finer cells, not their samples
        np.testing.assert_allclose(found[:, full], truth[:, full], atol=0.5 * (1 + np.log2(factor)))


def test_a_copy_reads_as_the_scene_itself(tmp_path):
    grid = grid_at(1, 3)
    scene, _ = scene_of(tmp_path, grid, overviews=False)
    plan = reduce_scenes(make_plan([scene], None, MosaicOptions(bands=BANDS)), tmp_path, InlineExecutor())
    cells = align(grid).coarsen(2)
    for window in (cells.window, Window(37, 51, 90, 123), Window(-5, -9, 40, 40)):
        part = cells.crop(window)
        np.testing.assert_array_equal(read_means(plan.scenes[0].scene, BANDS, part), read_means(scene, BANDS, part))


def test_another_extent_gives_the_same_means(tmp_path):
    grid = grid_at(5, 2)
    scene, _ = scene_of(tmp_path, grid)
    west, south, east, north = grid.bounds
    small = MosaicOptions(bands=BANDS, bounds=(west + 3_340, south + 2_020, east - 1_160, north - 2_900))
    plans = [make_plan([scene], None, options) for options in (MosaicOptions(bands=BANDS), small)]
    copies = [reduce_scenes(plan, tmp_path / str(n), InlineExecutor()) for n, plan in enumerate(plans) if not (tmp_path / str(n)).mkdir()]
    for factor in (2, 16):
        cells = align(plans[1].grid).coarsen(factor)
        whole, part = (read_means(copy.scenes[0].scene, BANDS, cells) for copy in copies)
        np.testing.assert_array_equal(whole, part)


def test_a_scene_of_another_crs_is_warped_once_and_keeps_its_facts(tmp_path):
    grid = grid_at(0, 0)
    first, _ = scene_of(tmp_path, grid)
    other, _ = scene_of(tmp_path, replace(grid, crs="EPSG:25833"), name="other")
    plan = make_plan([first, other], None, MosaicOptions(bands=BANDS))
    copy = reduce_scenes(plan, tmp_path, InlineExecutor()).scenes[1].scene
    assert copy.grid == other.grid and copy.id == other.id
    with rasterio.open(copy.bands["B03"].path) as file:
        assert file.crs == rasterio.CRS.from_epsg(32633)
    cells = align(plan.grid).coarsen(2)
    a, b = (read_means(scene, BANDS, cells).astype(int) for scene in (copy, other))
    assert np.median(np.abs(a - b)) <= 1


def counted(monkeypatch):
    made = []
    make = reduced.make_copy
    monkeypatch.setattr(reduced, "make_copy", lambda job: (made.append(job.scene.id), make(job))[1])
    return made


def test_copies_are_found_again_until_a_scene_changes_and_old_ones_go(tmp_path, monkeypatch):
    made = counted(monkeypatch)
    scenes = [scene_of(tmp_path, grid_at(0, n * 300), name=f"s{n}", seed=n)[0] for n in range(2)]
    plan = make_plan(scenes, None, MosaicOptions(bands=BANDS))
    folder = tmp_path / "work"
    folder.mkdir()
    for _ in range(2):
        reduce_scenes(plan, folder, InlineExecutor())
    assert made == ["s0", "s1"] and len(list(folder.glob("*.means.tif"))) == len(list(folder.glob("*.sha256"))) == 2
    status = os.stat(scenes[1].path)
    os.utime(scenes[1].path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))
    reduce_scenes(plan, folder, InlineExecutor())
    assert made == ["s0", "s1", "s1"] and len(list(folder.glob("*.means.tif"))) == len(list(folder.glob("*.sha256"))) == 2


@pytest.mark.parametrize("damage", ["cut", "flipped", "no checksum", "another's checksum"])
def test_a_damaged_copy_is_made_again_with_the_same_bytes(tmp_path, monkeypatch, damage):
    made = counted(monkeypatch)
    scene, _ = scene_of(tmp_path, grid_at(0, 0))
    plan = make_plan([scene], None, MosaicOptions(bands=BANDS))
    folder = tmp_path / "work"
    folder.mkdir()
    reduce_scenes(plan, folder, InlineExecutor())
    (copy,) = folder.glob("*.means.tif")
    checksum = copy.with_name(copy.name + ".sha256")
    before = copy.read_bytes()
    if damage == "cut":
        os.truncate(copy, len(before) - 5000)
    elif damage == "flipped":
        copy.write_bytes(before[: len(before) // 2] + bytes([before[len(before) // 2] ^ 4]) + before[len(before) // 2 + 1 :])
    elif damage == "no checksum":
        checksum.unlink()
    else:
        checksum.write_text("0" * 64)
    reduce_scenes(plan, folder, InlineExecutor())
    assert made == ["scene", "scene"]
    assert copy.read_bytes() == before
    reduce_scenes(plan, folder, InlineExecutor())
    assert len(made) == 2


@pytest.mark.parametrize("level", [1, 4, 16])
def test_a_copy_that_lacks_a_tile_is_not_finished(tmp_path, monkeypatch, level):
    """GDAL keeps silent of a tile that a full disk refused when later ones find room again."""
    scene, _ = scene_of(tmp_path, grid_at(0, 0))
    plan = make_plan([scene], None, MosaicOptions(bands=BANDS))
    folder = tmp_path / "work"
    folder.mkdir()
    check = reduced._check_size

    def with_hole(path, size):
        check(path, size)
        with rasterio.open(path) as copy:
            tile = (copy.height // level // 2 // 256, copy.width // level // 2 // 256)
            item = f"BLOCK_OFFSET_{tile[1]}_{tile[0]}"
            offset = int(copy.get_tag_item(item, "TIFF", bidx=1, ovr=None if level == 1 else reduced.LEVELS.index(level)))
        with open(path, "r+b") as file:
            file.seek(offset)
            file.write(bytes(2 * 256 * 256))

    monkeypatch.setattr(reduced, "_check_size", with_hole)
    with pytest.raises(OutputError, match="disk is full"):
        reduce_scenes(plan, folder, InlineExecutor())
    assert list(folder.iterdir()) == []


def test_a_broken_scene_is_named_and_no_half_copy_stays(tmp_path):
    scene, _ = scene_of(tmp_path, grid_at(0, 0), overviews=False)
    plan = make_plan([scene], None, MosaicOptions(bands=BANDS))
    os.truncate(scene.path, os.stat(scene.path).st_size // 2)
    folder = tmp_path / "work"
    folder.mkdir()
    with pytest.raises(InputError, match=r"scene\.tif"):
        reduce_scenes(plan, folder, InlineExecutor())
    assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_no_half_copy(tmp_path):
    disk = tmp_path / "small"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=600k", "none", disk]
    if not shutil.which("mount") or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        scene, _ = scene_of(tmp_path, grid_at(0, 0))
        plan = make_plan([scene], None, MosaicOptions(bands=BANDS))
        with pytest.raises(OutputError, match="disk is full"):
            reduce_scenes(plan, disk, InlineExecutor())
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_measuring_alone_makes_no_copy_and_optimal_seams_make_one_per_scene(sample, tmp_path):
    for seams, count in (("priority", 0), ("optimal", len(sample.scenes))):
        work = tmp_path / seams
        build(sample.scenes, sample.clouds, MosaicOptions(seams=seams, block_px=2048), MosaicOutputs(tmp_path / "m.tif", work=work))
        assert len(list(work.rglob("*.means.tif"))) == count


@given(st.floats(0.5, 500))
def test_the_finest_cells_are_powers_of_two_of_some_40_m(pixel_m):
    factor = finest_factor(pixel_m)
    assert factor & (factor - 1) == 0
    assert factor == 1 or 28 < factor * pixel_m < 57
