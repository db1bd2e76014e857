"""What goes wrong gets one sentence that names the file, and leaves no half-written product."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import rasterio
from skyfri.plugin.core.base.errors import InputError, OutputError
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour import cells as overlaps
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render import jobs as render
from skyfri.plugin.core.scenes import open_scene

OPTIONS = MosaicOptions(block_px=512, balance="none")


@pytest.fixture
def scenes(sample, tmp_path, monkeypatch):
    """Copies of the sample's scenes, to be harmed."""
    monkeypatch.setattr(render, "PAUSES_S", (0.0, 0.0))
    (tmp_path / "scenes").mkdir()
    return [open_scene(shutil.copy(scene.path, tmp_path / "scenes")) for scene in sample.scenes]


class After(Silent):
    """Progress that does something once the first block is rendered."""

    def __init__(self, action):
        self.action, self.done = action, False

    def report(self, fraction, message=""):
        if message.startswith("Rendered block") and not self.done:
            self.done = True
            self.action()


def outputs_in(folder):
    return MosaicOutputs(folder / "out" / "mosaic.tif", rgb=folder / "out" / "rgb.tif", report_json=folder / "out" / "report.json")


def is_one_sentence(error, *named):
    text = str(error)
    assert "\n" not in text and all(name in text for name in named), text
    return True


def nothing_half_written(folder):
    shown = [path.name for path in folder.iterdir() if path.name != ".mosaic.tif.parts"]
    assert shown == []
    assert all(path.suffix in {".part", ".npz", ".outline", ".txt"} for path in folder.glob(".mosaic.tif.parts/*"))


def test_a_scene_that_disappears_is_named_and_the_run_goes_on_once_it_is_back(sample, scenes, tmp_path):
    outputs, path = outputs_in(tmp_path), Path(scenes[3].path)
    moved = path.with_suffix(".moved")
    with pytest.raises(InputError) as caught:
        build(scenes, sample.clouds, OPTIONS, outputs, progress=After(lambda: path.rename(moved)), executor=InlineExecutor())
    assert is_one_sentence(caught.value, path.name, "block at row")
    nothing_half_written(tmp_path / "out")
    moved.rename(path)
    build(scenes, sample.clouds, OPTIONS, outputs, executor=InlineExecutor())
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["mosaic.tif", "report.json", "rgb.tif"]


@pytest.mark.parametrize("balance", ["none", "global"])
def test_a_truncated_scene_is_named(sample, scenes, tmp_path, balance):
    path = Path(scenes[1].path)
    with rasterio.open(path) as dataset:
        offset = int(dataset.get_tag_item("BLOCK_OFFSET_0_0", "TIFF", bidx=1))
    os.truncate(path, offset + 1000)
    with pytest.raises(InputError) as caught:
        build(scenes, sample.clouds, MosaicOptions(block_px=512, balance=balance), outputs_in(tmp_path))
    assert is_one_sentence(caught.value, path.name)
    nothing_half_written(tmp_path / "out")


def test_a_run_that_fails_before_it_has_measured_a_scene_leaves_nothing(sample, scenes, tmp_path):
    Path(scenes[0].path).unlink()
    own = tmp_path / "own"
    own.mkdir()
    for work in (None, tmp_path / "new", own):
        outputs = MosaicOutputs(tmp_path / "mosaic.tif", work=work)
        with pytest.raises(InputError) as caught:
            build(scenes, sample.clouds, MosaicOptions(block_px=512, balance="global"), outputs, executor=InlineExecutor())
        assert is_one_sentence(caught.value, Path(scenes[0].path).name)
    assert not [path for path in tmp_path.iterdir() if path.name in {".mosaic.tif.parts", "new", "mosaic.tif"}]
    assert own.is_dir()


def test_scenes_measured_before_one_fails_are_not_measured_again(sample, scenes, tmp_path, monkeypatch):
    lost, kept, done = Path(scenes[-1].path), tmp_path / "kept.tif", []
    lost.rename(kept)
    measure = overlaps.measure_scene
    monkeypatch.setattr(overlaps, "measure_scene", lambda placed, **facts: (done.append(placed.rank), measure(placed, **facts))[1])
    options = MosaicOptions(block_px=512, balance="global")
    with pytest.raises(InputError):
        build(scenes, sample.clouds, options, outputs_in(tmp_path), executor=InlineExecutor())
    kept.rename(lost)
    build(scenes, sample.clouds, options, outputs_in(tmp_path), executor=InlineExecutor())
    last = len(scenes)
    assert done == [*range(1, last + 1), last]


def test_a_block_that_stumbles_is_tried_again_and_one_that_always_fails_is_named(sample, scenes, tmp_path, monkeypatch):
    whole, attempts = render.render_block, []

    def stumbling(job, *, times):
        attempts.append((job.window.row, job.window.col))
        if attempts.count((512, 0)) <= times and (job.window.row, job.window.col) == (512, 0):
            raise InputError("The network drive did not answer.")
        return whole(job)

    with monkeypatch.context() as patch:
        patch.setattr(render, "render_block", lambda job: stumbling(job, times=2))
        build(scenes, sample.clouds, OPTIONS, outputs_in(tmp_path), executor=InlineExecutor())
    assert attempts.count((512, 0)) == 3
    attempts.clear()
    with monkeypatch.context() as patch, pytest.raises(InputError, match="did not answer"):
        patch.setattr(render, "render_block", lambda job: stumbling(job, times=3))
        build(scenes, sample.clouds, OPTIONS, MosaicOutputs(tmp_path / "again.tif"), executor=InlineExecutor())
    assert attempts.count((512, 0)) == 3 and not (tmp_path / "again.tif").exists()


@pytest.fixture
def small_disk(tmp_path):
    """A file system of a given size in kB, mounted below ``tmp_path``."""
    mounted = []

    def mount(kilobytes):
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)], capture_output=True, check=False)
        if done.returncode:
            pytest.skip("mounting a small file system needs root")
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("share", [0.3, 0.8, 1.25, 1.9], ids=["in the blocks", "late in the blocks", "in the mosaic", "in the picture"])
def test_a_disk_that_fills_is_told_and_leaves_no_half_file(sample, scenes, tmp_path, small_disk, share):
    whole = outputs_in(tmp_path)
    build(scenes, sample.clouds, OPTIONS, whole)
    size = whole.mosaic.stat().st_size
    disk = small_disk(int(share * size / 1000))
    outputs = MosaicOutputs(disk / "mosaic.tif", rgb=disk / "rgb.tif")
    with pytest.raises(OutputError) as caught:
        build(scenes, sample.clouds, OPTIONS, outputs)
    assert is_one_sentence(caught.value, str(disk), "full")
    for path in disk.iterdir():
        assert path.name in {".mosaic.tif.parts", "mosaic.tif"}, path
    if outputs.mosaic.exists():
        assert outputs.mosaic.read_bytes() == whole.mosaic.read_bytes()
    assert all(path.suffix in {".part", ".outline", ".txt"} for path in (disk / ".mosaic.tif.parts").iterdir())


def test_a_folder_that_cannot_be_written_is_told_before_the_work(sample, scenes, tmp_path):
    folder = tmp_path / "readonly"
    folder.mkdir()
    mounted = False
    if os.geteuid() == 0:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)], capture_output=True, check=False)
        mounted = done.returncode == 0
        if not mounted:
            pytest.skip("root may write anywhere and cannot mount here")
    else:
        folder.chmod(0o500)
    try:
        told = []
        progress = Silent()
        progress.report = lambda fraction, message="": told.append(message)
        with pytest.raises(OutputError) as caught:
            build(scenes, sample.clouds, OPTIONS, MosaicOutputs(folder / "mosaic.tif"), progress=progress)
        assert is_one_sentence(caught.value, str(folder), "cannot be written") and not told
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
