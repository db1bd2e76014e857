"""Manual dodging: points where the editor asks for a lift or a drop that the overlaps do not tell.

Each point says by how many percent the mosaic is to change there, and how far that reaches: the change is smooth, about
a fifth of it is left at the radius and nothing at twice the radius. Points near each other share the work: amplitudes
are solved together so that each point gets what it asks for,

    min sum_p (sum_q a_q k_q(x_p) - t_p)^2 + ridge sum_q a_q^2,

with Wendland's kernel k, 1 at its own point, and t the logarithm of the change; of points that contradict each other none wins. A point
without a scene changes every scene that lies there alike, so that overlaps agree as before; one that names a scene
changes that scene alone, on top, and no other follows: the editor has seen that the others are right. What is asked is
added to what the overlaps ask for, within the same bounds.

References
----------
Wendland, H. (1995), doi:10.1007/BF02123482 (the kernel, positive definite and 0 beyond its support).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral

import geopandas as gpd
import numpy as np
import shapely

from ...base.errors import InputError
from ...base.progress import SILENT, Progress
from ...raster.grid import Grid, Window
from ...vector.features import read_frame
from ..plan.plan import MosaicPlan
from .fields import LIMIT, DodgeField, NodeLattice

RADIUS_M = 5000.0
"""Radius of points that state none."""
RIDGE = 0.01
"""Pull of amplitudes to 0, against a point's own kernel of 1: keeps contradicting points from exploding."""
TOLD_PCT = 0.5
"""Departure from what was asked that is worth a warning."""
NAMED = 3
"""Points that a warning names."""


@dataclass(frozen=True)
class DodgePoint:
    """One wish of the editor."""

    x: float
    """Easting in the mosaic's CRS."""
    y: float
    """Northing."""
    rank: int | None
    """1-based rank of the scene it is about; None for every scene that lies there."""
    change_pct: float
    """Asked change in percent, positive lifts."""
    radius_m: float
    """Distance at which a fifth of the change is left; 0 at twice the distance."""
    band: int | None
    """Number of the band in the plan; None for all bands alike."""


def read_points(path: str, plan: MosaicPlan, nodes: NodeLattice, progress: Progress = SILENT) -> tuple[DodgePoint, ...]:
    """Return the points of a layer, which may lie in any CRS, in the mosaic's; ``path`` may end in ``|layername=...``.

    The layer needs the field ``change`` (percent) and may have ``scene``, ``radius_m`` and ``band``. Changes beyond
    `LIMIT` and radii below the distance of nodes are brought to these bounds with a warning; points that no scene covers
    are left out with one. Raises `InputError` for a layer that is no such thing.
    """
    frame = _read_frame(path, plan.grid.crs)
    points, clipped, narrow, outside = [], [], [], []
    lowest, highest = (100 * math.expm1(bound) for bound in (-LIMIT, LIMIT))
    for number, row in enumerate(frame.itertuples(index=False), 1):
        point = _point_of(row._asdict(), number, path, plan)
        if not lowest <= point.change_pct <= highest:
            clipped.append(f"{point.change_pct:+g} %")
            point = replace(point, change_pct=min(max(point.change_pct, lowest), highest))
        if point.radius_m < nodes.grid.pixel_m:
            narrow.append(f"{point.radius_m:g} m")
            point = replace(point, radius_m=nodes.grid.pixel_m)
        if _covers(point, plan):
            points.append(point)
        else:
            outside.append(f"point {number}")
    for found, what in (
        (clipped, f"ask for more than the bounds of {lowest:+.0f} to {highest:+.0f} % and get these"),
        (narrow, f"have a radius below {nodes.grid.pixel_m:g} m, the distance of nodes, and get that"),
        (outside, "lie where no scene (or not the one they name) covers the mosaic and change nothing"),
    ):
        if found:
            shown = ", ".join(found[:NAMED]) + (" ..." if len(found) > NAMED else "")
            progress.warn(f"{len(found)} of {len(frame)} dodging points {what}: {shown}")
    return tuple(points)


def _read_frame(path: str, crs: str) -> gpd.GeoDataFrame:
    frame = read_frame(path, what="points", remedy="check DODGE_POINTS")
    if "change" not in frame.columns:
        raise InputError(f"{path} lacks the field change; dodging points say by how many percent to lift (10) or drop (-10) there.")
    frame = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
    if not frame.geometry.geom_type.isin(("Point", "MultiPoint")).all():
        raise InputError(f"{path} holds {frame.geometry.geom_type.iloc[0]} features; dodging points must be points.")
    if len(frame) and frame.crs is None:
        raise InputError(f"{path} states no CRS; set it so that the dodging points fall where they were drawn.")
    frame = frame.explode(index_parts=False, ignore_index=True)
    return frame.to_crs(crs) if len(frame) else frame


def _point_of(row: Mapping[str, object], number: int, path: str, plan: MosaicPlan) -> DodgePoint:
    change = _number(row, "change")
    radius_m = _number(row, "radius_m")
    if change is None:
        raise InputError(f"{path}: point {number} has no number in change; give percent, such as 10 or -10.")
    if radius_m is not None and radius_m <= 0:
        raise InputError(f"{path}: point {number} has the radius {radius_m:g} m; give more than 0 or leave radius_m empty.")
    scene, band = _text(row, "scene"), _text(row, "band")
    ranks = plan.rank_of
    if scene and scene not in ranks:
        raise InputError(f"{path}: point {number} names the scene {scene}, which this mosaic lacks; empty the field for every scene there.")
    if band and band not in plan.bands:
        raise InputError(f"{path}: point {number} names the band {band}; the mosaic has {', '.join(plan.bands)}.")
    place = row["geometry"]
    x, y = float(shapely.get_x(place)), float(shapely.get_y(place))
    return DodgePoint(x, y, ranks.get(scene), change, radius_m or RADIUS_M, plan.bands.index(band) if band else None)


def _number(row: Mapping[str, object], name: str) -> float | None:
    try:
        value = float(row[name])  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else ""  # whole numbers in a column with gaps
    return str(value).strip() if isinstance(value, (str, Integral)) else ""


def _covers(point: DodgePoint, plan: MosaicPlan) -> bool:
    row, col = (round(float(place[0])) for place in plan.grid.to_pixel(np.array([point.x]), np.array([point.y])))
    return any(
        placed.window.row <= row < placed.window.stop[0] and placed.window.col <= col < placed.window.stop[1]
        for placed in plan.scenes
        if point.rank in (None, placed.rank)
    )


def asked_fields(points: Sequence[DodgePoint], plan: MosaicPlan, nodes: NodeLattice) -> dict[int, DodgeField]:
    """Return the change that points ask of each scene, by rank; scenes that no point reaches have none."""
    groups: dict[tuple[int, int], list[DodgePoint]] = {}
    for point in sorted(points, key=lambda p: (p.x, p.y, p.change_pct, p.radius_m)):
        groups.setdefault((point.rank or 0, -1 if point.band is None else point.band), []).append(point)
    kernels = [(point, kernel) for _, group in sorted(groups.items()) for point, kernel in zip(group, _solve(group, nodes), strict=True)]
    fields = {}
    for placed in plan.scenes:
        window = nodes.windows[placed.rank]
        log_factor = np.zeros((len(plan.bands), *window.shape))
        for point, kernel in kernels:
            common = kernel.window.intersect(window)
            if point.rank in (None, placed.rank) and not common.is_empty:
                bands = slice(None) if point.band is None else slice(point.band, point.band + 1)
                log_factor[(bands, *common.slices_in(window))] += kernel.values[common.slices_in(kernel.window)]
        if log_factor.any():
            fields[placed.rank] = DodgeField(log_factor.astype(np.float32), nodes.grid.crop(window))
    return fields


@dataclass(frozen=True, eq=False)
class _Kernel:
    """A point's kernel on the nodes it reaches."""

    values: np.ndarray  # (rows, cols)
    window: Window  # on the common lattice of nodes, of which it may reach beyond


def _solve(group: Sequence[DodgePoint], nodes: NodeLattice) -> list[_Kernel]:
    """Return the kernels times the amplitudes by which all points get what they ask for, as rendered between nodes."""
    x, y = np.array([(point.x, point.y) for point in group]).T
    target = np.log1p(np.array([point.change_pct for point in group]) / 100)
    kernels = [_kernel_of(point, nodes.grid) for point in group]
    matrix = np.stack([DodgeField(k.values[None], nodes.grid.crop(k.window)).at(x, y)[0] for k in kernels], axis=1)
    own = np.diag(matrix).copy()
    matrix = matrix / own
    amplitude = np.linalg.solve(matrix.T @ matrix + RIDGE * np.eye(len(group)), matrix.T @ target) / own
    return [replace(kernel, values=kernel.values * a) for kernel, a in zip(kernels, amplitude, strict=True)]


def _kernel_of(point: DodgePoint, grid: Grid) -> _Kernel:
    reach_m = 2 * point.radius_m
    window = grid.window_of((point.x - reach_m, point.y - reach_m, point.x + reach_m, point.y + reach_m)).grow(1)
    window = window.intersect(grid.window.grow(1))
    x, y = grid.crop(window).to_map(*np.indices(window.shape, sparse=True))
    distance = np.minimum(np.hypot(x - point.x, y - point.y) / reach_m, 1)
    return _Kernel((1 - distance) ** 4 * (4 * distance + 1), window)


def describe_points(
    points: Sequence[DodgePoint], plan: MosaicPlan, before: Mapping[int, DodgeField], after: Mapping[int, DodgeField]
) -> list[dict[str, object]]:
    """Return, for each point, what was asked and what the first scene concerned gets by the fields ``after`` against ``before``."""
    found: list[dict[str, object]] = []
    for point in points:
        rank = next(p.rank for p in plan.scenes if point.rank in (None, p.rank) and _covers(replace(point, rank=p.rank), plan))
        band = point.band or 0
        x, y = np.array([point.x]), np.array([point.y])
        log_factor = [float(fields[rank].of_band(band).at(x, y)[0, 0]) if rank in fields else 0.0 for fields in (before, after)]
        found.append(
            {
                "x": round(point.x, 1),
                "y": round(point.y, 1),
                "scene": plan.scenes[point.rank - 1].scene.id if point.rank else None,
                "band": None if point.band is None else plan.bands[point.band],
                "asked_pct": round(point.change_pct, 2),
                "given_pct": round(100 * math.expm1(log_factor[1] - log_factor[0]), 2),
            }
        )
    return found


def tell_shortfalls(wishes: Sequence[Mapping[str, object]], progress: Progress) -> None:
    """Warn of points that do not get what they ask for, by the facts of `describe_points`."""
    short = [w for w in wishes if abs(float(w["asked_pct"]) - float(w["given_pct"])) > TOLD_PCT]  # type: ignore[arg-type]
    if short:
        shown = ", ".join(f"{w['given_pct']:+.1f} for {w['asked_pct']:+.1f} %" for w in short[:NAMED])
        progress.warn(
            f"{len(short)} of {len(wishes)} dodging points do not get what they ask for: dodging is at its bounds there, or another point "
            f"near by asks otherwise ({shown}{' ...' if len(short) > NAMED else ''})"
        )
