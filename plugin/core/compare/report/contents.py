"""The report of a comparison as plain values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ...base.drafts import write_text
from ..accuracy import iso_measures
from ..comparison import Comparison
from ..sides import Ortho

CONVENTION = "a feature at (x, y) in A lies at (x + dx, y + dy) in B; dx to the east, dy to the north"
"""What the signs mean."""
PROFILE_BINS = 60
"""Steps of the profiles by row and column."""
WORST = 8
"""Points that are shown as pictures."""
APART_PX = 64
"""The worst points shown are at least so far from each other."""


def contents_of(comparison: Comparison, mask: str, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Return what is told of a comparison; ``mask`` names what was left out."""
    sides, found = comparison.sides, comparison.found
    return {
        "convention": CONVENTION,
        "a": _side(sides.a),
        "b": _side(sides.b),
        "crs": found.grid.crs,
        "pixel_m": found.grid.pixel_m,
        "shared_px": {"rows": sides.shared.window.rows, "cols": sides.shared.window.cols},
        "lattice_rest_px": {"east": sides.shared.rest_east_px, "north": -sides.shared.rest_down_px},
        "mask": mask,
        "settings": asdict(comparison.options),
        "start": asdict(comparison.start),
        "figures": comparison.figures,
        "iso_19157": iso_measures(comparison.figures),
        "relief": comparison.relief,
        "profiles": {"by_column": profile(comparison, "col"), "by_row": profile(comparison, "row")},
        "worst": [_point(comparison, index) for index in worst_points(comparison)],
        "outputs": dict(outputs),
        "seconds": comparison.seconds,
    }


def write_json(path: Path, contents: Mapping[str, Any]) -> None:
    """Write the report for programs; raises `OutputError`."""
    write_text(path, json.dumps(contents, indent=1, default=str))


def _side(ortho: Ortho) -> dict[str, Any]:
    scene = ortho.scene
    known = {} if scene is None else {
        "platform": scene.platform,
        "sensed": scene.sensed.isoformat() if scene.sensed else "",
        "tile": scene.tile,
        "relative_orbit": scene.relative_orbit,
        "baseline": scene.baseline,
        "level": scene.level,
    }  # fmt: skip
    return {"name": ortho.name, "path": ortho.path, "band": ortho.band, **known}


def profile(comparison: Comparison, axis: str) -> dict[str, list[float]]:
    """Return medians of the kept points along an axis, ``row`` or ``col`` of A, steps without points left out."""
    found = comparison.found
    place = getattr(found.points, axis)[found.kept]
    if not len(place):
        return {"place_px": [], "east_m": [], "north_m": [], "count": []}
    window = comparison.sides.shared.window
    first, size = (window.row, window.rows) if axis == "row" else (window.col, window.cols)
    step = max(size / PROFILE_BINS, found.spacing_px)
    number = ((place - first) // step).astype(int)
    order = np.argsort(number, kind="stable")
    bins, begins, count = np.unique(number[order], return_index=True, return_counts=True)
    parts = [np.split(values[found.kept][order], begins[1:]) for values in (found.east_m, found.north_m)]
    return {
        "place_px": [float(first + (bin_ + 0.5) * step) for bin_ in bins],
        "east_m": [float(np.median(part)) for part in parts[0]],
        "north_m": [float(np.median(part)) for part in parts[1]],
        "count": [int(one) for one in count],
    }


def worst_points(comparison: Comparison) -> list[int]:
    """Return the kept points that lie farthest from the median displacement, worst first, none beside another."""
    found = comparison.found
    kept = np.flatnonzero(found.kept)
    if not len(kept):
        return []
    moved = np.stack([found.points.east_px, found.points.north_px])[:, kept]
    away = np.hypot(*(moved - np.median(moved, axis=1, keepdims=True)))
    chosen: list[int] = []
    for index in kept[np.argsort(-away, kind="stable")[:2000]]:
        row, col = found.points.row[index], found.points.col[index]
        if all(np.hypot(row - found.points.row[one], col - found.points.col[one]) >= APART_PX for one in chosen):
            chosen.append(int(index))
            if len(chosen) == WORST:
                break
    return chosen


def _point(comparison: Comparison, index: int) -> dict[str, float]:
    found = comparison.found
    x, y = found.place
    return {
        "fid": index + 1,
        "x": float(x[index]),
        "y": float(y[index]),
        "dx_m": float(found.east_m[index]),
        "dy_m": float(found.north_m[index]),
        "sigma_px": float(found.points.sigma_px[index]),
        "correlation": float(found.points.correlation[index]),
    }
