"""Predict the probability of each class for every pixel of a scene, streamed one row of patches at a time."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from ...base.errors import Cancelled
from ...base.parallel import map_ordered
from ...base.progress import SILENT, Progress, check
from ...raster.grid import Grid, Window
from ...raster.ground import check_metres
from ...raster.spec import RasterSpec
from ...raster.write import RasterSink, write_raster
from ...scenes.scene import Scene
from ..network.card import ModelCard, bands_for, tags_of_network
from ..network.model import Model, trusted
from ..network.patch import PatchLayout, mirrored, taper
from .bandrows import REFLECTANCE_STEPS, TakeRows, open_band_rows
from .probabilities import BLOCK_CACHE_BYTES, NODATA, PROBABILITY_STEPS
from .sun import sun_and_view_tags

log = logging.getLogger(__name__)

WATCH_S = 0.2
"""Seconds between looks at whether the user asked to stop."""

MOST_ENLARGED = 2
"""Coarse scenes are brought towards the network's ground sampling by at most this factor: beyond it the network sees
blur instead of edges (IoU of a 120 m cumulus field .70 as it is, .85 twice enlarged, .79 thrice, .58 four times)."""

MOST_COARSE = 4
"""Pixels more than this many times as large as the network's own deserve a warning."""


@dataclass(frozen=True, eq=False)
class PatchRow:
    """The samples of one row of patches, margins and mirrored edges included."""

    index: int
    """0-based, from the top."""
    samples: np.ndarray
    """(bands, patch, cols + margins) uint16, reflectance x 10 000."""
    valid: np.ndarray
    """(patch, cols + margins), True where there is data."""


def predict(
    scene: Scene,
    model: Model,
    output_path: str | Path,
    *,
    pixel_m: float | None = None,
    reflectance_path: str | Path | None = None,
    progress: Progress = SILENT,
) -> None:
    """Write the probabilities of ``model`` for ``scene`` as a COG.

    uint8, one band per class named by it, 0..250 for probability 0..1, 255 nodata. ``pixel_m`` defaults to
    `prediction_pixel_m`. Tags tell model, resolution, scene and the directions of sun and satellite, so that later
    steps need no scene; ``reflectance_path`` also keeps the green and near infrared that the network was given, which
    help to judge shadows, as far as it was given them. Raises `ModelError` where the scene lacks bands, `Cancelled` with nothing written.
    """
    bands = bands_for(model.card, scene)
    check_metres(scene.grid, f"Scene {scene.id}")
    grid = scene.grid.at(pixel_m or prediction_pixel_m(scene, model.card))
    _warn_of_mismatch(scene, model.card, grid, progress)
    layout = PatchLayout(grid.shape, model.card.patch_px, model.card.step_px, model.card.margin_px)
    tags = tags_of(scene, model.card, grid)
    spec = RasterSpec(grid, "uint8", model.card.classes, NODATA, tags)
    with ExitStack() as stack:
        sink = stack.enter_context(write_raster(output_path, spec))
        kept = None
        if reflectance_path and (chosen := kept_bands(bands)):
            beside = RasterSpec(grid, "uint16", tuple(bands[band] for band in chosen), 0, tags)
            kept = KeptBands(stack.enter_context(write_raster(reflectance_path, beside)), chosen)
        rows = stack.enter_context(_rows_ahead(scene, bands, grid, layout))
        stack.enter_context(_stopped_on_cancel(model, progress))
        _predict_rows(model, layout, rows, _Outputs(sink, kept), progress)


@dataclass(frozen=True, eq=False)
class KeptBands:
    """A raster that keeps some of the network's input."""

    sink: RasterSink
    """Where they are written."""
    bands: tuple[int, ...]
    """Their 0-based positions in the network's input."""


@dataclass(frozen=True, eq=False)
class _Outputs:
    """Where finished rows go."""

    sink: RasterSink
    kept: KeptBands | None


def kept_bands(bands: Sequence[str]) -> tuple[int, ...]:
    """Return the positions of green and near infrared among bands, nothing unless both are there."""
    green = [bands.index(name) for name in ("B03",) if name in bands]
    infrared = [bands.index(name) for name in ("B08", "B8A") if name in bands][:1]
    return (*green, *infrared) if green and infrared else ()


def _warn_of_mismatch(scene: Scene, card: ModelCard, grid: Grid, progress: Progress) -> None:
    if scene.level and scene.level not in card.levels:
        progress.warn(f"Model {card.id} was trained on {' and '.join(card.levels)}, scene {scene.id} is {scene.level}; expect errors.")
    if grid.pixel_m > MOST_COARSE * card.ground_sampling_m:
        progress.warn(
            f"Scene {scene.id} is seen at {grid.pixel_m:g} m, model {card.id} was trained at {card.ground_sampling_m:g} m; expect errors."
        )


def prediction_pixel_m(scene: Scene, card: ModelCard) -> float:
    """Return the pixel size to predict at: the card's, or the scene's own where coarser, enlarged at most twice."""
    own = scene.grid.pixel_m
    return card.ground_sampling_m if own <= card.ground_sampling_m else max(card.ground_sampling_m, own / MOST_ENLARGED)


def tags_of(scene: Scene, card: ModelCard, grid: Grid) -> dict[str, str]:
    """Return the tags that make a prediction understandable without its scene."""
    tags = {
        "SCENE_ID": scene.id,
        "SENSED": scene.sensed.isoformat() if scene.sensed else "",
        "TILE": scene.tile,
        "ORBIT": str(scene.relative_orbit or ""),
        "DATATAKE": scene.datatake,
        "LEVEL": scene.level,
        **tags_of_network(card),
        "MODEL_GROUND_SAMPLING": f"{card.ground_sampling_m:g}",
        "RESOLUTION": f"{grid.pixel_m:g}",
        "SOURCE_RESOLUTION": f"{scene.grid.pixel_m:g}",
        **(card.thresholds.tags if card.thresholds else {}),
        **sun_and_view_tags(scene),
    }
    return {key: value for key, value in tags.items() if value}


@contextmanager
def _rows_ahead(scene: Scene, bands: Sequence[str], grid: Grid, layout: PatchLayout) -> Iterator[Iterator[PatchRow]]:
    """Yield the rows of patches, read by a thread that keeps one row ahead of the network."""
    ready: queue.Queue[PatchRow | BaseException | None] = queue.Queue(maxsize=1)
    ended = threading.Event()

    def stop() -> None:
        if ended.is_set():
            raise Cancelled

    def hand_over(item: PatchRow | BaseException | None) -> None:
        while not ended.is_set():
            try:
                ready.put(item, timeout=0.1)
            except queue.Full:
                continue
            return

    def read() -> None:
        try:
            with rasterio.Env(GDAL_CACHEMAX=BLOCK_CACHE_BYTES), open_band_rows(scene, bands, grid, stop) as take:
                for row in _patch_rows(take, grid, layout, len(bands)):
                    hand_over(row)
                    stop()
            hand_over(None)
        except BaseException as error:  # noqa: BLE001 (raised again where the rows are used)
            hand_over(error)

    def rows() -> Iterator[PatchRow]:
        while (item := ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    thread = threading.Thread(target=read, name="skyfri-reader", daemon=True)
    thread.start()
    try:
        yield rows()
    finally:
        ended.set()
        thread.join()


@contextmanager
def _stopped_on_cancel(model: Model, progress: Progress) -> Iterator[None]:
    """End the network's runs as soon as the user asks to stop: one may take minutes, or never return."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(WATCH_S):
            if progress.is_cancelled():
                model.stop()
                return

    thread = threading.Thread(target=watch, name="skyfri-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _patch_rows(take: TakeRows, grid: Grid, layout: PatchLayout, bands: int) -> Iterator[PatchRow]:
    """Yield rows of patches cut from a sliding buffer of raster rows, edges mirrored."""
    height, width = grid.shape
    columns = mirrored(-layout.margin_px, layout.cols, width)
    last_stop = layout.window(layout.counts[0] - 1, 0).stop[0]
    samples, valid, first = np.empty((bands, 0, width), np.uint16), np.empty((0, width), bool), 0
    for index in range(layout.counts[0]):
        window = layout.window(index, 0)
        have, wanted = first + len(valid), min(window.stop[0], height)
        if wanted > have:
            more, more_valid = take(have, wanted - have)
            # No patch below reaches further up than this one, but for what the lower edge of the raster mirrors.
            drop = max(0, min(window.row, 2 * height - last_stop) - first)
            samples = np.concatenate([samples[:, drop:], more], axis=1)
            valid = np.concatenate([valid[drop:], more_valid])
            first += drop
        rows = mirrored(window.row, window.rows, height) - first
        yield PatchRow(index, samples[:, rows[:, None], columns], valid[rows[:, None], columns])


@dataclass(frozen=True, eq=False)
class Patch:
    """One patch on its way to the network."""

    row: PatchRow
    """The row it is cut from."""
    col: int
    """0-based, from the left."""
    model: Model
    """What runs it."""


def _patches(model: Model, layout: PatchLayout, rows: Iterator[PatchRow], progress: Progress) -> Iterator[Patch]:
    """Yield all patches; an accelerator proves itself on the first one with data."""
    proven: Model | None = None
    for row in rows:
        for col in range(layout.counts[1]):
            if proven is None:
                reflectance, valid = _cut(row, col, layout)
                proven = trusted(model, reflectance, valid, progress) if valid.any() else None
            yield Patch(row, col, proven or model)


def _cut(row: PatchRow, col: int, layout: PatchLayout) -> tuple[np.ndarray, np.ndarray]:
    """Return reflectance (bands, patch, patch) float32 and validity of a patch."""
    columns = slice(col * layout.step_px, col * layout.step_px + layout.patch_px)
    return row.samples[:, :, columns].astype(np.float32) / np.float32(REFLECTANCE_STEPS), row.valid[:, columns]


def _run(patch: Patch, layout: PatchLayout, weights: np.ndarray) -> tuple[Patch, np.ndarray | None]:
    """Return a patch with its probabilities times ``weights``, None where it holds no data."""
    reflectance, valid = _cut(patch.row, patch.col, layout)
    if not valid.any():
        return patch, None
    probabilities = patch.model.probabilities(reflectance, valid)
    return patch, probabilities * weights


def _predict_rows(model: Model, layout: PatchLayout, rows: Iterator[PatchRow], outputs: _Outputs, progress: Progress) -> None:
    """Run the network over all patches, blend, and write each row of the raster once nothing more is added to it.

    Results are added in the order of the patches, whichever thread ends first, so that the sums never differ.
    """
    patch_rows, patch_cols = layout.counts
    count, step = patch_rows * patch_cols, layout.step_px
    weights = taper(layout.patch_px, layout.overlap_px)
    total = np.zeros((len(model.card.classes) + 1, layout.patch_px, layout.cols), np.float32)  # the last layer sums the weights
    with ThreadPoolExecutor(model.lanes, thread_name_prefix="skyfri-lane") as lanes:
        patches = _patches(model, layout, rows, progress)
        results = map_ordered(lambda p: _run(p, layout, weights), patches, lanes, in_flight=model.lanes + 1, progress=progress)
        for done, (patch, weighted) in enumerate(results, 1):
            if weighted is not None:
                columns = slice(patch.col * step, patch.col * step + layout.patch_px)
                total[:-1, :, columns] += weighted
                total[-1, :, columns] += weights
            if patch.col == patch_cols - 1:
                finished = layout.patch_px if patch.row.index == patch_rows - 1 else step
                _write_rows(outputs, layout, patch.row, total, finished)
                total[:, : layout.overlap_px] = total[:, step:]
                total[:, layout.overlap_px :] = 0
            progress.report(done / count, f"patch {done} of {count}")
    check(progress)


def _write_rows(outputs: _Outputs, layout: PatchLayout, row: PatchRow, total: np.ndarray, finished: int) -> None:
    """Write the first ``finished`` rows of the sums as probabilities, as far as they lie inside the raster."""
    height, width = outputs.sink.spec.grid.shape
    place = layout.window(row.index, 0)
    band = Window(place.row, 0, finished, width).intersect(Window(0, 0, height, width))
    if band.is_empty:
        return
    rows, cols = band.slices_in(Window(place.row, -layout.margin_px, *total.shape[1:]))
    valid = row.valid[rows, cols]
    scaled = total[:-1, rows, cols] * (PROBABILITY_STEPS / np.maximum(total[-1, rows, cols], 1e-12))
    values = np.rint(np.clip(scaled, 0, PROBABILITY_STEPS)).astype(np.uint8)
    values[:, ~valid] = NODATA
    outputs.sink.write(values, band)
    if outputs.kept:
        outputs.kept.sink.write(row.samples[list(outputs.kept.bands), rows, cols], band)
