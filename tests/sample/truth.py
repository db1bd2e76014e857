"""The known truth beside the scenes: one JSON, label rasters and polygons."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
from rasterio.features import shapes
from shapely.geometry import shape

from ...plugin.core.vector.features import write_frame
from .layout import cycled
from .noise import uniform
from .observe import SampleScene
from .options import SampleOptions
from .sky import CLOUD, NODATA, SHADOW

CLASS_NAMES = {CLOUD: "cloud", SHADOW: "shadow"}


@dataclass(frozen=True)
class Truth:
    """Where the truth of a folder of sample scenes lies, and its facts."""

    folder: Path
    """The folder given to `make_stacks` or `make_products`."""
    scenes: dict[str, dict[str, Any]]
    """Scene id to facts: ``gain`` and ``offset`` per band (observed = gain x true + offset, in 1/10 000), ``layers``, ``sun``, ..."""

    @property
    def labels(self) -> dict[str, Path]:
        """Scene id to its label raster: 0 clear, 1 cloud, 2 shadow, 255 nodata."""
        return {name: self.folder / "labels" / f"{name}.tif" for name in self.scenes}

    @property
    def clouds(self) -> Path:
        """GeoPackage of the polygons an editor would give, without what ``missed`` asks to leave out."""
        return self.folder / "clouds.gpkg"

    @property
    def all_clouds(self) -> Path:
        """GeoPackage of every cloud and shadow."""
        return self.folder / "truth.gpkg"


def read_truth(folder: str | Path) -> Truth:
    """Return the truth written beside sample scenes."""
    facts = json.loads((Path(folder) / "truth.json").read_text(encoding="utf-8"))
    return Truth(Path(folder), {scene["id"]: scene for scene in facts["scenes"]})


def write_truth(folder: Path, options: SampleOptions, scenes: list[SampleScene]) -> None:
    """Write ``truth.json``, ``truth.gpkg`` and ``clouds.gpkg``; the label rasters are there already."""
    parts, facts = [], []
    for scene in scenes:
        with rasterio.open(folder / "labels" / f"{scene.id}.tif") as dataset:
            label = dataset.read(1)
        parts.append(_polygons(label, scene))
        facts.append(_facts(scene, label))
    world = scenes[0].tile.world
    frame = gpd.GeoDataFrame(
        {key: np.concatenate([part[key].to_numpy() for part in parts]) for key in ("scene", "class", "area_m2", "origin", "date")},
        geometry=np.concatenate([part.geometry.to_crs(world).to_numpy() for part in parts]),
        crs=world,
    )
    write_frame(folder / "truth.gpkg", frame.drop(columns="date"), "clouds")
    share = np.array([cycled(options.missed, int(date)) for date in frame["date"]], float)
    drawn = frame[_drawn_by_editor(frame, share)] if len(frame) else frame
    write_frame(folder / "clouds.gpkg", drawn.drop(columns="date"), "clouds")
    text = json.dumps({"options": asdict(options), "scenes": facts}, indent=1)
    (folder / "truth.json").write_text(text, encoding="utf-8")


def _drawn_by_editor(frame: gpd.GeoDataFrame, missed: np.ndarray) -> np.ndarray:
    """Return True for the polygons that stay: of each scene, polygons in random order go while ``missed`` of its area allows."""
    keep = np.ones(len(frame), bool)
    area = frame["area_m2"].to_numpy()
    for name in frame["scene"].unique():
        own = np.flatnonzero((frame["scene"] == name).to_numpy())
        left_m2 = missed[own[0]] * area[own].sum()
        for index in own[np.argsort(uniform(4711, own, np.int64(0)))]:
            if area[index] <= left_m2:
                keep[index] = False
                left_m2 -= area[index]
    return keep


def _polygons(label: np.ndarray, scene: SampleScene) -> gpd.GeoDataFrame:
    grid = scene.tile.grid
    found = [
        (CLASS_NAMES[int(value)], shape(geometry))
        for geometry, value in shapes(label, mask=np.isin(label, (CLOUD, SHADOW)), transform=grid.transform, connectivity=4)
    ]
    geometry = gpd.GeoSeries([polygon for _, polygon in found], crs=grid.crs)
    return gpd.GeoDataFrame(
        {
            "scene": scene.id,
            "class": np.array([name for name, _ in found], dtype=object),
            "area_m2": geometry.area.to_numpy(),
            "origin": "truth",
            "date": scene.overflight.index,
        },
        geometry=geometry,
        crs=grid.crs,
        index=range(len(found)),
    )


def _facts(scene: SampleScene, label: np.ndarray) -> dict[str, Any]:
    west, south, east, north = scene.tile.grid.bounds_in(scene.tile.world)
    centre = np.array([(west + east) / 2]), np.array([(south + north) / 2])
    directions = {}
    for name, direction in (("sun", scene.overflight.sun), ("view", scene.overflight.view)):
        zenith, azimuth = direction.angles_deg(*centre)
        directions[name] = {"zenith_deg": round(float(zenith[0]), 5), "azimuth_deg": round(float(azimuth[0]), 5)}
    seen = max(int((label != NODATA).sum()), 1)
    return {
        "id": scene.id,
        "tile": scene.tile.name,
        "crs": scene.tile.grid.crs,
        "sensed": scene.overflight.start.isoformat(),
        "weather": scene.overflight.weather,
        "gain": scene.gains,
        "offset": scene.offsets,
        "layers": [asdict(layer) for layer in scene.layers],
        **directions,
        "cloud_pct": round(100 * float((label == CLOUD).sum()) / seen, 3),
        "shadow_pct": round(100 * float((label == SHADOW).sum()) / seen, 3),
        "nodata_pct": round(100 * float((label == NODATA).mean()), 3),
    }
