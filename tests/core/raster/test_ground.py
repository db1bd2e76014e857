"""Metres mean the ground: units of a CRS are measured, and what is no metre is told."""

import math

import numpy as np
import pytest
from affine import Affine
from pyproj import Geod
from rasterio.warp import transform
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.ground import check_metres, is_metric, metres_per_unit, utm_of

PLACES = [("EPSG:32632", 600_000, 6_700_000), ("EPSG:25833", 1_100_000, 7_850_000), ("EPSG:3857", 1_200_000, 8_400_000)]
PLACES += [("EPSG:4326", 10.8, 60.4), ("EPSG:2263", 1_000_000, 200_000), ("EPSG:3035", 4_400_000, 4_100_000), ("EPSG:4326", 179.9995, -40)]
PLACES += [("EPSG:32760", 500_000, 6_000_000)]


@pytest.mark.parametrize(("crs", "x", "y"), PLACES)
def test_the_length_of_a_unit_is_that_of_the_geodesic(crs, x, y):
    step = 0.001 if crs == "EPSG:4326" else 100.0
    lon, lat = transform(crs, "EPSG:4326", [x, x + step, x], [y, y, y + step])
    geod = Geod(ellps="WGS84")
    lengths = [geod.inv(lon[0], lat[0], lon[n], lat[n])[2] for n in (1, 2)]
    assert math.isclose(metres_per_unit(crs, x, y), sum(lengths) / 2 / step, rel_tol=1e-5)


def grid_in(crs, x, y, pixel=10.0):
    return Grid(crs, Affine(pixel, 0, x, 0, -pixel, y), (10, 10))


@pytest.mark.parametrize(("crs", "x", "y"), [PLACES[n] for n in (0, 1, 5, 7)])
def test_national_grids_pass(crs, x, y):
    check_metres(grid_in(crs, x, y), "The raster")


@pytest.mark.parametrize(("crs", "x", "y"), [PLACES[n] for n in (2, 3, 4)])
def test_what_is_no_metre_is_one_sentence_with_the_zone(crs, x, y):
    with pytest.raises(InputError, match=r"The raster is in EPSG:.*in metres, such as EPSG:326\d\d\.") as caught:
        check_metres(grid_in(crs, x, y, 0.0001 if crs == "EPSG:4326" else 10.0), "The raster")
    assert "\n" not in str(caught.value)


def test_mercator_near_the_equator_is_metric_enough():
    assert is_metric("EPSG:3857", (0, 0, 1000, 1000))


def test_a_place_beyond_the_projection_is_refused():
    with pytest.raises(InputError, match="no length"):
        check_metres(grid_in("EPSG:32633", 1e9, 1e9), "The raster")


@pytest.mark.parametrize(("lon", "lat", "zone"), [(10.8, 60, 32632), (-179.99, 1, 32601), (179.99, -1, 32760), (18.5, 78, 32634)])
def test_the_zone_is_that_of_the_place(lon, lat, zone):
    assert utm_of(grid_in("EPSG:4326", lon, lat, 1e-6)) == f"EPSG:{zone}"
    assert np.isfinite(metres_per_unit("EPSG:4326", lon, lat))
