"""Sample scenes as band-stack GeoTIFFs, the quick form for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from ...plugin.core.base.parallel import local_executor, map_ordered
from ...plugin.core.base.progress import SILENT, Progress, step
from ...plugin.core.raster.grid import Window
from ...plugin.core.raster.spec import RasterSpec
from ...plugin.core.raster.write import RasterSink, write_raster
from .observe import NODATA, Observation, SampleScene, observe, scenes_of
from .options import SampleOptions
from .truth import write_truth


def make_stacks(folder: str | Path, options: SampleOptions = SampleOptions(), *, progress: Progress = SILENT) -> list[Path]:
    """Write one COG per scene below ``folder``/scenes and the truth beside it; return the scenes, by tile and date.

    Reflectance x 10 000 without offset, nodata 0, bands described; tags SCENE_ID, SENSED, TILE, ORBIT, LEVEL,
    BASELINE. Bands of coarser sampling than the pixels are repeated, as `prepare` does.
    """
    root = Path(folder)
    tiles = scenes_of(options)
    for number, scenes in enumerate(tiles):
        span = step(progress, number, len(tiles))
        with ExitStack() as stack:
            sinks = [stack.enter_context(write_raster(_path(root, scene), stack_spec(scene, options.bands))) for scene in scenes]
            labels = [stack.enter_context(label_raster(root, scene)) for scene in scenes]
            for window, found in observations(scenes, options.bands, options, span, native=False):
                for sink, label, seen in zip(sinks, labels, found, strict=True):
                    sink.write(_stacked(seen, options.bands, window), window)
                    label.write(seen.label[None], window)
    write_truth(root, options, [scene for scenes in tiles for scene in scenes])
    return [_path(root, scene) for scenes in tiles for scene in scenes]


def observations(
    scenes: list[SampleScene], bands: tuple[str, ...], options: SampleOptions, progress: Progress, *, native: bool
) -> Iterator[tuple[Window, list[Observation]]]:
    """Yield block after block of one tile on all dates, made by all processors."""
    windows = list(scenes[0].tile.grid.window.blocks(options.block_px))

    def task(window: Window) -> list[Observation]:
        return observe(scenes, window, bands, options, native=native)

    with local_executor() as executor:
        for done, found in enumerate(map_ordered(task, windows, executor, progress=progress)):
            yield windows[done], found
            progress.report((done + 1) / len(windows), f"Making tile {scenes[0].tile.name}")


def stack_spec(scene: SampleScene, bands: tuple[str, ...]) -> RasterSpec:
    """Return what the band-stack of a scene is like."""
    overflight = scene.overflight
    tags = {
        "SCENE_ID": scene.id,
        "SENSED": f"{overflight.start:%Y-%m-%dT%H:%M:%SZ}",
        "TILE": scene.tile.name,
        "ORBIT": f"R{overflight.relative_orbit:03d}",
        "LEVEL": scene.id[7:10],
        "BASELINE": overflight.baseline,
    }
    return RasterSpec(scene.tile.grid, "uint16", bands, 0, tags)


@contextmanager
def label_raster(root: Path, scene: SampleScene) -> Iterator[RasterSink]:
    """Yield the sink of the label raster of a scene."""
    spec = RasterSpec(scene.tile.grid, "uint8", ("label",), NODATA, {"SCENE_ID": scene.id}, "mode")
    with write_raster(root / "labels" / f"{scene.id}.tif", spec) as sink:
        yield sink


def _path(root: Path, scene: SampleScene) -> Path:
    return root / "scenes" / f"{scene.id}.tif"


def _stacked(seen: Observation, bands: tuple[str, ...], window: Window) -> np.ndarray:
    def full(samples: np.ndarray) -> np.ndarray:
        times = window.rows // samples.shape[0]
        return samples.repeat(times, axis=0).repeat(times, axis=1) if times > 1 else samples

    return np.stack([full(seen.samples[band]) for band in bands])
