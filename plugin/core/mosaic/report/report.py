"""What a mosaic run has to say: settings, gains, residuals before and after, areas, holes."""

from __future__ import annotations

import json
import math
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import rasterio

from ...base.drafts import write_text
from ..colour.agreement import Agreement
from ..colour.balance import Balance
from ..colour.colours import Colours
from ..colour.fields import DodgeField
from ..options import MosaicOptions
from ..plan.plan import MosaicPlan

SCHEMA = 1
"""Version of the names in REPORT_JSON; it rises where one goes or changes its meaning, not where one is added."""


@dataclass(frozen=True)
class Report:
    """The figures of one run; `as_json` is REPORT_JSON."""

    content: Mapping[str, Any]
    """Plain values, ready for JSON."""

    def as_json(self) -> str:
        """Return the report as JSON text."""
        return json.dumps(self.content, indent=1)

    def write(self, path: Path) -> None:
        """Write the report as JSON; raises `OutputError`."""
        write_text(path, self.as_json())


@dataclass(frozen=True, eq=False)
class Findings:
    """Figures of the finished products."""

    pixels: Mapping[int, int]
    """Rank to pixels in SOURCE."""
    holes: Mapping[str, Any]
    """Area and places of what a scene covers but none shows clearly."""
    seams: Mapping[str, Any] = field(default_factory=dict)
    """Step ratios of the seams of the 16-bit product; empty where no report was asked for."""
    seams_8bit: Mapping[str, Any] = field(default_factory=dict)
    """The same of the 8-bit product; empty without one."""
    stretch: Mapping[str, Any] | None = None
    """What the 8-bit product shows as 1 and 254, by band, and its gamma; None without one."""
    histograms: Mapping[str, Any] = field(default_factory=dict)
    """Distributions per band of the 16-bit and the 8-bit product."""
    suspects: Mapping[str, int] = field(default_factory=dict)
    """How many places there are where a scene disagrees with the others, and how many the mosaic shows; empty where nobody asked."""
    colours: Mapping[str, Any] = field(default_factory=dict)
    """How the colours came about: reference, view_normalisation, dodge_points."""


def compose_report(
    plan: MosaicPlan,
    options: MosaicOptions,
    colours: Colours,
    *,
    agreement: Agreement,
    findings: Findings,
    outputs: Mapping[str, str],
    seconds: Mapping[str, float],
) -> Report:
    """Return the report of a run."""
    pixels, area_m2 = findings.pixels, plan.grid.pixel_m**2
    rows, cols = plan.grid.shape
    settings = {"clouds": plan.clouds, **asdict(replace(options, bands=plan.bands))}
    return Report(
        {
            "schema": SCHEMA,
            "scenes": _describe_scenes(plan, colours, agreement.levels, pixels),
            "bands": list(plan.bands),
            "grid": {"crs": plan.grid.crs, "bounds": list(plan.grid.bounds), "pixel_m": plan.grid.pixel_m, "rows": rows, "cols": cols},
            "residuals": agreement.residuals,
            "groups": len(set(colours.balance.groups)),
            "suspects": findings.suspects,
            **findings.colours,
            "backdrop": _describe_backdrop(plan, pixels),
            "holes": findings.holes,
            "seams": findings.seams,
            "seams_8bit": findings.seams_8bit,
            "stretch": findings.stretch,
            "histograms": findings.histograms,
            "covered_m2": sum(pixels.values()) * area_m2,
            "settings": settings,
            "outputs": dict(outputs),
            "seconds": {name: round(value, 2) for name, value in seconds.items()},
            "peak_memory_mb": _peak_memory_mb(),
            "versions": {
                "skyfri": _own_version(),
                "python": platform.python_version(),
                "numpy": np.__version__,
                "gdal": rasterio.__gdal_version__,
            },
        }
    )


def _describe_scenes(plan: MosaicPlan, colours: Colours, levels: np.ndarray, pixels: Mapping[int, int]) -> list[dict[str, Any]]:
    """Return each scene's facts, corrections and share of the mosaic."""
    balance, area_m2 = colours.balance, plan.grid.pixel_m**2
    total = max(sum(pixels.values()), 1)
    return [
        {
            "index": placed.rank,
            "id": placed.scene.id,
            "path": placed.scene.path,
            "sensed": placed.scene.sensed.isoformat() if placed.scene.sensed else None,
            "tile": placed.scene.tile,
            "relative_orbit": placed.scene.relative_orbit,
            "polygons": len(placed.covered),
            "group": balance.groups[placed.rank - 1],
            "gain": _by_band(balance.gains[placed.rank - 1], plan.bands, 5),
            "offset": _by_band(balance.offsets[placed.rank - 1], plan.bands, 2),
            "change_pct": _changes(balance, levels, placed.rank, plan.bands),
            "local_pct": _local_range(colours.dodged.get(placed.rank)),
            "area_m2": pixels.get(placed.rank, 0) * area_m2,
            "share_pct": round(100 * pixels.get(placed.rank, 0) / total, 3),
        }
        for placed in plan.scenes
    ]


def _describe_backdrop(plan: MosaicPlan, pixels: Mapping[int, int]) -> dict[str, Any] | None:
    """Return what fills holes where not single scenes do, and how much of it shows."""
    if plan.backdrop is None:
        return None
    shown = pixels.get(plan.backdrop.rank, 0)
    return {
        "index": plan.backdrop.rank,
        "name": plan.backdrop.name,
        "percentile": plan.backdrop.percent,
        "scenes": list(plan.backdrop.members),
        "area_m2": shown * plan.grid.pixel_m**2,
        "share_pct": round(100 * shown / max(sum(pixels.values()), 1), 3),
    }


def _own_version() -> str:
    """Return the version that ``metadata.txt`` states, empty on a worker that has the core alone."""
    path = Path(__file__).resolve().parents[4] / "metadata.txt"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition("=")[2].strip() for line in lines if line.startswith("version=")), "")


def _changes(balance: Balance, levels: np.ndarray, rank: int, bands: Sequence[str]) -> dict[str, float]:
    """Return by how many percent gain and offset change the median of a scene, the gain alone where no median is known."""
    gain, offset, level = balance.gains[rank - 1], balance.offsets[rank - 1], levels[rank - 1]
    net = gain + np.where(level > 0, offset / np.where(level > 0, level, 1), 0)
    return _by_band(100 * (net - 1), bands, 2)


def _local_range(field_: DodgeField | None) -> list[float] | None:
    """Return the smallest and the largest local change of a scene in percent, None without a field."""
    if field_ is None:
        return None
    return [round(100 * math.expm1(float(bound)), 2) for bound in (field_.log_factor.min(), field_.log_factor.max())]


def _by_band(values: np.ndarray, bands: Sequence[str], digits: int) -> dict[str, float]:
    return {band: round(float(value), digits) for band, value in zip(bands, values, strict=True)}


def _peak_memory_mb() -> float | None:
    """Return this process's largest resident size, None where the system does not say."""
    try:
        import resource  # noqa: PLC0415 (absent on Windows)
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1e6 if sys.platform == "darwin" else 1e3), 1)
