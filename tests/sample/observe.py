"""What the sensor delivers of one block: digital reflectance with known gain, offset and noise, and the true labels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from ...plugin.core.raster.grid import Window
from .land import HALO_PX, Land, land_of
from .layout import Pass, Tile, cycled, gains_of, offsets_of, passes_of, tiles_of
from .noise import Points, hashed, smooth_noise
from .options import SampleOptions
from .sky import CLOUD, NODATA, SHADOW, CloudLayer, inside_swath, layers_of, seen_through, sky_of
from .spectra import ground_m

HIGHEST_DN = 20_000
"""Brightest value delivered, 2.0 of reflectance."""


@dataclass(frozen=True)
class SampleScene:
    """One tile on one date with all that is true of it."""

    id: str
    """Product name without suffix."""
    tile: Tile
    """Where."""
    overflight: Pass
    """When and from where."""
    layers: tuple[CloudLayer, ...]
    """Clouds, the lowest first."""
    gains: dict[str, float]
    """Per band: observed = gain x true + offset."""
    offsets: dict[str, float]
    """Per band, in 1/10 000."""


@dataclass(frozen=True, eq=False)
class Observation:
    """One block of one scene."""

    samples: dict[str, np.ndarray]
    """Band to (rows, cols) uint16 at the band's own sampling: reflectance x 10 000, at least 1, nodata 0."""
    label: np.ndarray
    """(rows, cols) uint8: 0 clear, 1 cloud, 2 shadow, 255 nodata."""
    scene_class: np.ndarray
    """(rows, cols) uint8, classes of ESA's scene classification (SCL)."""


def scenes_of(options: SampleOptions) -> list[list[SampleScene]]:
    """Return the scenes, one list of dates per tile."""
    passes = passes_of(options)
    return [[_scene(options, tile, number, overflight) for overflight in passes] for number, tile in enumerate(tiles_of(options))]


def observe(
    scenes: list[SampleScene], window: Window, bands: tuple[str, ...], options: SampleOptions, *, native: bool
) -> list[Observation]:
    """Return what all dates of one tile deliver of ``window``, whose corner and size are multiples of 6 pixels.

    With ``native`` every band has its own sampling, 1, 2 or 6 pixels, as in products; else only bands coarser than
    the pixels have.
    """
    tile = scenes[0].tile
    halo = tile.points(window.grow(HALO_PX))
    points = halo.inner(HALO_PX)
    factors = {band: _factor(band, 10.0 if native else points.pixel_m) for band in bands}
    lands: dict[tuple[float, int], Land] = {}
    found = []
    for scene in scenes:
        date = scene.overflight.index
        season = cycled(options.season, date)
        key = (season, date if season else 0)
        if key not in lands:
            lands[key] = land_of(halo, options.seed, bands, scenes[0].overflight.sun, season, date)
        found.append(_observe(scene, lands[key], points, window, options, factors))
    return found


def _scene(options: SampleOptions, tile: Tile, tile_index: int, overflight: Pass) -> SampleScene:
    made = overflight.start + timedelta(hours=5, minutes=17)
    baseline = overflight.baseline.replace(".", "")
    name = (
        f"{overflight.platform}_MSI{options.level}_{overflight.start:%Y%m%dT%H%M%S}_N{baseline}_"
        f"R{overflight.relative_orbit:03d}_T{tile.name}_{made:%Y%m%dT%H%M%S}"
    )
    return SampleScene(
        id=name,
        tile=tile,
        overflight=overflight,
        layers=layers_of(overflight.weather, options.seed, overflight.index),
        gains=gains_of(options, tile_index, overflight.index),
        offsets=offsets_of(options, overflight.index),
    )


def _factor(band: str, pixel_m: float) -> int:
    """Return how many pixels a sample of a band is wide."""
    return max(1, round(ground_m(band) / pixel_m))


def _observe(
    scene: SampleScene, land: Land, points: Points, window: Window, options: SampleOptions, factors: dict[str, int]
) -> Observation:
    overflight, bands = scene.overflight, tuple(factors)
    sky = sky_of(points, scene.layers, overflight.sun, overflight.view)
    value = seen_through(land.reflectance, sky, bands, options.level)
    valid = inside_swath(points, overflight)
    value *= np.float32(1e4) * _as_column([scene.gains[band] for band in bands])
    drift = cycled(options.drift, overflight.index)
    if drift:
        value *= 1 + np.float32(drift) * smooth_noise(options.seed * 31 + overflight.index, 60_000, points)
    value += _as_column([scene.offsets[band] for band in bands])
    samples = {}
    for index, band in enumerate(bands):
        samples[band] = _digital(value[index], valid, factors[band], _noise(scene, band, window, factors[band], options))
    label = np.where(valid, sky.label, NODATA).astype(np.uint8)
    return Observation(samples, label, _scene_classes(label, land, sky.depth, scene.layers))


def _digital(value: np.ndarray, valid: np.ndarray, factor: int, noise: np.ndarray) -> np.ndarray:
    """Return uint16 samples of ``factor`` x ``factor`` pixels; one outside the swath makes its sample nodata."""
    if factor > 1:
        shape = (value.shape[0] // factor, factor, value.shape[1] // factor, factor)
        value, valid = value.reshape(shape).mean(axis=(1, 3)), valid.reshape(shape).all(axis=(1, 3))
    return np.where(valid, np.clip(np.rint(value + noise), 1, HIGHEST_DN), 0).astype(np.uint16)


def _noise(scene: SampleScene, band: str, window: Window, factor: int, options: SampleOptions) -> np.ndarray:
    """Return the sensor's noise: nearly normal, tied to the place on the ground, so that tiles of one pass agree."""
    rows, cols = np.arange(window.rows // factor), np.arange(window.cols // factor)
    if not options.noise_dn:
        return np.zeros((len(rows), len(cols)), np.float32)
    t = scene.tile.grid.transform
    down = round(-t.f / t.a / factor) + window.row // factor + rows[:, None]
    right = round(t.c / t.a / factor) + window.col // factor + cols[None, :]
    seed = options.seed * 53 + 997 * scene.overflight.index + int(band[1:].replace("A", "0"), 16)
    four = hashed(seed, down, right).view(np.uint8).reshape(len(rows), len(cols), 4)
    # The sum of four bytes has the mean 510 and the deviation 147.8.
    return (four.sum(axis=2, dtype=np.float32) - np.float32(510)) * np.float32(options.noise_dn / 147.8)


def _scene_classes(label: np.ndarray, land: Land, depths: tuple[np.ndarray, ...], layers: tuple[CloudLayer, ...]) -> np.ndarray:
    """Return ESA's classes: 3 shadow, 4 plants, 5 bare, 6 water, 8 and 9 cloud, 10 cirrus, 11 snow, 0 nodata."""
    out = np.where(land.snow > 0.5, 11, np.where(land.water > 0.5, 6, 4)).astype(np.uint8)
    out[label == SHADOW] = 3
    thick = sum((depth for depth, layer in zip(depths, layers, strict=True) if layer.kind != "cirrus"), np.zeros(label.shape, np.float32))
    out[label == CLOUD] = np.where(thick > 4, 9, np.where(thick > 0.3, 8, 10))[label == CLOUD]
    out[label == NODATA] = 0
    return out


def _as_column(values: list[float]) -> np.ndarray:
    return np.array(values, np.float32)[:, None, None]
