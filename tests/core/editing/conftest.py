"""Scenes that are facts only, and polygons on them."""

from datetime import UTC, datetime

import geopandas as gpd
import pytest
import shapely
from affine import Affine
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.scenes.scene import Scene

CORNERS = {"33TWM": (499_980, 5_200_020), "33TWL": (499_980, 5_100_000), "32TQS": (699_960, 5_200_020)}


@pytest.fixture
def make_scene(tmp_path):
    def make(tile="33TWM", day=13, orbit=122, path=None):
        west, north = CORNERS[tile]
        grid = Grid(f"EPSG:326{tile[:2]}", Affine(120, 0, west, 0, -120, north), (915, 915))
        sensed = datetime(2023, 8, day, 10, 1, 31, 500_000, tzinfo=UTC)
        return Scene(
            id=f"S2A_{tile}_202308{day:02}",
            path=str(path or tmp_path / "scenes" / f"S2A_{tile}_202308{day:02}.SAFE"),
            sensed=sensed,
            tile=tile,
            platform="S2A",
            relative_orbit=orbit,
            datatake=f"GS2A_202308{day:02}_{orbit}",
            level="L2A",
            baseline="05.09",
            bands={},
            grid=grid,
            footprint=shapely.box(*grid.bounds),
        )

    return make


@pytest.fixture
def workspace(tmp_path):
    return Workspace.create(tmp_path / "work.gpkg")


@pytest.fixture
def make_polygons():
    def make(scene, *boxes, crs=None):
        """Each box: (class, west, south, size) in metres from the scene's south-western corner."""
        west, south, _, _ = scene.grid.bounds
        shapes = [shapely.box(west + x, south + y, west + x + size, south + y + size) for _, x, y, size in boxes]
        frame = gpd.GeoDataFrame(
            {
                "scene": [scene.id] * len(boxes),
                "class": [name for name, *_ in boxes],
                "confidence": 0.9,
                "area_m2": [shape.area for shape in shapes],
                "model": "test-model",
                "origin": "model",
            },
            geometry=shapes,
            crs=scene.grid.crs,
        )
        return CloudPolygons(frame if crs is None else frame.to_crs(crs))

    return make
