"""Clouds, their shadows and the air, in the geometry of sun and satellite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from .layout import Direction, Pass
from .noise import Points, fractal, smooth_noise
from .spectra import AIR_REFLECTANCE, AIR_TRANSMISSION, DIFFUSE_LIGHT, ICE_CLOUD, WATER_CLOUD, column

CLEAR, CLOUD, SHADOW, NODATA = 0, 1, 2, 255
"""Classes of truth."""

SCATTERING = 0.13
"""Reflectance of a cloud is s / (1 + s), s = this times its optical depth (two-stream, asymmetry 0.85)."""

CLOUD_FROM = 0.07
"""Reflectance from which a pixel counts as cloud."""

SHADOW_BELOW = 0.72
"""Share of direct sunlight below which a pixel counts as shadow."""


@dataclass(frozen=True)
class CloudLayer:
    """One layer of cloud, all at one height above the ground."""

    kind: str
    """``cumulus``, ``sheet`` or ``cirrus``."""
    cover: float
    """Share of the sky, over a wide area."""
    height_m: float
    """Height above the ground."""
    seed: int
    """Of its random field."""


_LAYERS: dict[str, tuple[tuple[str, float, float], ...]] = {
    "clear": (),
    "cumulus": (("cumulus", 0.22, 1_500.0),),
    "sheet": (("sheet", 0.42, 3_000.0),),
    "cirrus": (("cirrus", 0.30, 9_600.0),),
    "mixed": (("cumulus", 0.12, 1_900.0), ("cirrus", 0.10, 9_200.0)),
    "overcast": (("sheet", 0.93, 2_600.0),),
}


def layers_of(weather: str, seed: int, date_index: int) -> tuple[CloudLayer, ...]:
    """Return the layers of a date, the lowest first."""
    return tuple(
        CloudLayer(kind, cover, height_m, seed * 13 + 7919 * (date_index + 1) + 17 * number)
        for number, (kind, cover, height_m) in enumerate(_LAYERS[weather])
    )


def optical_depth(layer: CloudLayer, points: Points) -> np.ndarray:
    """Return the optical depth of a layer above the world positions ``points``; (rows, cols) float32."""
    level = np.float32(ndtri(1 - layer.cover))
    if layer.kind == "cumulus":
        groups = smooth_noise(layer.seed, 24_000, points)
        puffs = fractal(layer.seed + 1, 4_200, points, octaves=8, gain=0.56)
        above = np.maximum((np.float32(0.55) * groups + puffs) / np.float32(1.14) - level, 0)
        return np.float32(20) * above * (1 + above)
    if layer.kind == "sheet":
        field = smooth_noise(layer.seed, 44_000, points) + np.float32(0.35) * fractal(layer.seed + 1, 18_000, points, octaves=9, gain=0.58)
        above = np.maximum(field / np.float32(1.06) - level, 0)
        cells = np.exp(np.float32(0.55) * fractal(layer.seed + 2, 2_600, points, octaves=6, gain=0.6))
        return np.float32(26) * above * cells
    streaks = fractal(layer.seed + 1, 7_000, Points(points.x_m / 4, points.y_m, points.pixel_m), octaves=8, gain=0.62)
    field = np.float32(0.8) * smooth_noise(layer.seed, 28_000, points) + np.float32(0.6) * streaks
    return np.float32(3.0) * np.maximum(field - level, 0)


@dataclass(frozen=True, eq=False)
class Sky:
    """What the sky does to one block of one pass."""

    depth: tuple[np.ndarray, ...]
    """Optical depth per layer in the line of sight, (rows, cols)."""
    glow: tuple[np.ndarray, ...]
    """Brightness of each layer around 1: its side to the sun is brighter."""
    direct: np.ndarray
    """(rows, cols), share of direct sunlight that reaches the ground."""
    label: np.ndarray
    """(rows, cols) uint8: 0 clear, 1 cloud, 2 shadow."""
    layers: tuple[CloudLayer, ...]
    """The layers, the lowest first."""


def sky_of(points: Points, layers: tuple[CloudLayer, ...], sun: Direction, view: Direction) -> Sky:
    """Return the sky above the ground positions ``points``.

    A cloud of height h is seen where the line of sight crosses it, and shades where the sun's ray does.
    """
    shape = (points.y_m.shape[0], points.x_m.shape[-1])
    depths, glows = [], []
    direct, cover = np.ones(shape, np.float32), np.zeros(shape, np.float32)
    for layer in layers:
        seen = view.project(points, layer.height_m)
        depth = optical_depth(layer, seen)
        depths.append(depth)
        glows.append(_glow(layer, seen, depth, sun))
        cover = 1 - (1 - cover) * (1 - _albedo(depth))
        # Ice scatters forward: thin cirrus hardly dims the ground.
        dimming = np.float32(-0.25 if layer.kind == "cirrus" else -0.55)
        direct *= np.exp(dimming * optical_depth(layer, sun.project(points, layer.height_m)))
    label = np.where(cover >= CLOUD_FROM, CLOUD, np.where(direct < SHADOW_BELOW, SHADOW, CLEAR)).astype(np.uint8)
    return Sky(tuple(depths), tuple(glows), direct, label, layers)


def seen_through(ground: np.ndarray, sky: Sky, bands: tuple[str, ...], level: str) -> np.ndarray:
    """Return the reflectance (bands, rows, cols) of ground under a sky: at the ground for L2A, above the air for L1C."""
    out = np.empty_like(ground)
    diffuse, air, clear = column(DIFFUSE_LIGHT, bands), column(AIR_REFLECTANCE, bands), column(AIR_TRANSMISSION, bands)
    whites = [column(ICE_CLOUD if layer.height_m > 6_000 else WATER_CLOUD, bands) for layer in sky.layers]
    albedos = [_albedo(depth) for depth in sky.depth]
    for index in range(len(bands)):
        value = ground[index] * (diffuse[index] + (1 - diffuse[index]) * sky.direct) if sky.layers else ground[index]
        for layer, white, albedo, glow in zip(sky.layers, whites, albedos, sky.glow, strict=True):
            through = 1 - albedo - np.float32(0.45) * max(1 - white[index], 0) * albedo
            bright = white[index] * albedo * glow
            if level == "L1C" and layer.height_m > 6_000:
                value = _through_air(value, air[index], clear[index]) if layer is sky.layers[-1] else value
            value = bright + through * through * value
        if level == "L1C" and not any(layer.height_m > 6_000 for layer in sky.layers):
            value = _through_air(value, air[index], clear[index])
        out[index] = value
    return out


def inside_swath(points: Points, overflight: Pass) -> np.ndarray:
    """Return True where the sensor saw the ground."""
    shape = (points.y_m.shape[0], points.x_m.shape[-1])
    return np.broadcast_to(points.x >= overflight.edge_at(points.y), shape)


def _through_air(value: np.ndarray, air: np.float32, clear: np.float32) -> np.ndarray:
    """Return what is left above the air; the air below a bright cloud adds nothing."""
    return air * (1 - np.float32(0.5) * np.clip(value, 0, 1)) + clear * value


def _albedo(depth: np.ndarray) -> np.ndarray:
    scaled = np.float32(SCATTERING) * depth
    return scaled / (1 + scaled)


def _glow(layer: CloudLayer, seen: Points, depth: np.ndarray, sun: Direction) -> np.ndarray:
    """Return the brightness of a cloud's sides: up where the cloud thins towards the sun."""
    if layer.kind == "cirrus":
        return np.float32(1)
    way_m = 220.0 if layer.kind == "cumulus" else 500.0
    sunward = optical_depth(layer, sun.project(seen, way_m))
    return 1 + np.float32(0.16) * np.tanh((depth - sunward) / np.float32(9))
