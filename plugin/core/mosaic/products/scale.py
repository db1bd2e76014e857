"""Scale to 8 bits so that data are 1 to 254: 0 is nodata, and viewing services take 255 for nodata as well."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ...base.errors import InputError
from ...base.parallel import local_executor, map_ordered
from ...base.progress import SILENT, Progress, Span
from ...raster.grid import Window
from ...raster.read import grid_of, masked_path, open_raster, read_window
from ...raster.spec import RasterSpec
from ...raster.write import write_raster
from ...scenes.msi import RGB

LOWEST, HIGHEST = 1, 254
"""Smallest and largest value of data."""
BLOCK_PX = 2048
"""Side of the blocks scaled one by one."""


@dataclass(frozen=True)
class Stretch:
    """What becomes 1 and 254, per band."""

    minimum: tuple[float, ...]
    """Value of each band that becomes 1."""
    maximum: tuple[float, ...]
    """Value of each band that becomes 254."""
    gamma: float = 1.0
    """Values between are raised to 1 / gamma."""

    def __post_init__(self) -> None:
        if self.gamma <= 0:
            raise InputError(f"GAMMA is {self.gamma}; give a number above 0.")
        for low, high in zip(self.minimum, self.maximum, strict=True):
            if not low < high:
                raise InputError(f"MINIMUM {low} is not below MAXIMUM {high}; give a range for each band.")


@dataclass(frozen=True)
class ScaleOptions:
    """Parameters of `scale8bit`."""

    bands: tuple[str, ...] = RGB
    """Band descriptions, or 1-based numbers, in the order wanted."""
    minimum: tuple[float, ...] = ()
    """One value, or one per band; empty takes a percentile of the data."""
    maximum: tuple[float, ...] = ()
    """Likewise."""
    percentiles: tuple[float, float] = (0.5, 99.5)
    """Percentiles of the data taken where minimum or maximum is empty."""
    gamma: float = 1.0
    """Values between are raised to 1 / gamma."""


def scale_samples(samples: np.ndarray, valid: np.ndarray, stretch: Stretch) -> np.ndarray:
    """Return (bands, rows, cols) uint8: 1..254 where ``valid`` (rows, cols), 0 elsewhere.

    Clipping comes after scaling and before the one rounding, so that no value leaves the range.
    """
    out = np.zeros(samples.shape, np.uint8)
    for band, (low, high) in enumerate(zip(stretch.minimum, stretch.maximum, strict=True)):
        share = np.clip((samples[band].astype(np.float32) - low) / (high - low), 0, 1)
        if stretch.gamma != 1:
            share = share ** np.float32(1 / stretch.gamma)
        out[band] = np.where(valid, np.rint(LOWEST + (HIGHEST - LOWEST) * share), 0)
    return out


def scale8bit(
    input_path: str | Path,
    output_path: str | Path,
    options: ScaleOptions = ScaleOptions(),
    *,
    progress: Progress = SILENT,
    executor: Executor | None = None,
) -> Stretch:
    """Write the 8-bit form of a raster; return what became 1 and 254.

    A pixel has data where no chosen band is nodata. Raises `InputError` for bands the raster lacks or a range without
    extent, `OutputError` where the result cannot be written.
    """
    if executor is None:
        with local_executor() as pool:
            return scale8bit(input_path, output_path, options, progress=progress, executor=pool)
    with open_raster(input_path) as dataset:
        grid, nodata, masked = grid_of(dataset), dataset.nodata, masked_path(input_path, dataset)
        indexes = _indexes(options.bands, dataset.descriptions, dataset.count, str(input_path))
        tags = {key: value for key, value in dataset.tags().items() if key != "AREA_OR_POINT"}
        names = tuple(dataset.descriptions[index - 1] or f"band {index}" for index in indexes)
    nodata = 0 if nodata is None else nodata
    windows = list(grid.window.blocks(BLOCK_PX))
    read = partial(_read, masked, indexes, nodata)
    stretch = _stretch(options, len(indexes)) or _measured(options, read, windows, executor, Span(progress, 0, 0.4))
    spec = RasterSpec(
        grid, "uint8", names, tags={**tags, "STRETCH_MINIMUM": _joined(stretch.minimum), "STRETCH_MAXIMUM": _joined(stretch.maximum)}
    )
    span = Span(progress, 0.4, 1)
    with write_raster(output_path, spec) as sink:

        def task(window: Window) -> None:
            samples, valid = read(window)
            sink.write(scale_samples(samples, valid, stretch), window)

        for done, _ in enumerate(map_ordered(task, windows, executor, progress=progress), 1):
            span.report(done / len(windows), "Scaling to 8 bits")
    return stretch


def _read(path: str, indexes: Sequence[int], nodata: float, window: Window) -> tuple[np.ndarray, np.ndarray]:
    with open_raster(path) as dataset:
        samples = read_window(dataset, indexes, window, nodata)
    known = ~np.isnan(samples) if np.isnan(nodata) else samples != nodata
    return samples, known.all(axis=0)


def _indexes(bands: Sequence[str], names: Sequence[str | None], count: int, path: str) -> tuple[int, ...]:
    found = []
    for band in bands:
        if band in names:
            found.append(list(names).index(band) + 1)
        elif band.isdigit() and 1 <= int(band) <= count:
            found.append(int(band))
        else:
            known = ", ".join(name for name in names if name) or f"1 to {count}"
            raise InputError(f"{path} has no band {band}; choose among {known}.")
    if not found:
        raise InputError("BANDS names no band; give descriptions such as B04,B03,B02 or numbers.")
    return tuple(found)


def _stretch(options: ScaleOptions, count: int) -> Stretch | None:
    if not (options.minimum and options.maximum):
        return None
    return Stretch(per_band("MINIMUM", options.minimum, count), per_band("MAXIMUM", options.maximum, count), options.gamma)


def per_band(name: str, values: tuple[float, ...], count: int) -> tuple[float, ...]:
    """Return one value per band from one for all or one for each; raises `InputError` for another number of values."""
    if len(values) not in (1, count):
        raise InputError(f"{name} holds {len(values)} values for {count} bands; give one value or one per band.")
    return values * count if len(values) == 1 else values


def _measured(options: ScaleOptions, read: partial, windows: list[Window], executor: Executor, progress: Progress) -> Stretch:
    """Return the stretch from percentiles of a fixed sample of every block's pixels."""
    count = len(options.bands)
    columns: list[np.ndarray] = []
    step = max(1, round(np.sqrt(sum(w.rows * w.cols for w in windows) / 4e6)))

    def sample(window: Window) -> np.ndarray:
        samples, valid = read(window)
        return np.asarray(samples[:, ::step, ::step][:, valid[::step, ::step]])

    for done, values in enumerate(map_ordered(sample, windows, executor, progress=progress), 1):
        columns.append(values)
        progress.report(done / len(windows), "Measuring the range of values")
    values = np.concatenate(columns, axis=1)
    if not values.shape[1]:
        return Stretch((0.0,) * count, (1.0,) * count, options.gamma)
    low, high = np.percentile(values.astype(np.float32), options.percentiles, axis=1)
    minimum = per_band("MINIMUM", options.minimum, count) if options.minimum else tuple(float(v) for v in low)
    maximum = per_band("MAXIMUM", options.maximum, count) if options.maximum else tuple(float(v) for v in high)
    maximum = tuple(top if top > bottom else bottom + 1 for bottom, top in zip(minimum, maximum, strict=True))
    return Stretch(minimum, maximum, options.gamma)


def _joined(values: Sequence[float]) -> str:
    return ",".join(f"{value:.6g}" for value in values)
