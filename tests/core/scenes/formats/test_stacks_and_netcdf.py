"""Band-stack GeoTIFFs and the national netCDF."""

import numpy as np
import pytest
from affine import Affine
from rasterio.crs import CRS
from scipy.io import netcdf_file
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene, read_scaled
from skyfri.plugin.core.scenes.angles import mean_sun, mean_view
from skyfri.plugin.core.scenes.formats import netcdf
from skyfri.plugin.core.scenes.formats.netcdf import true_grid

GRID = Grid("EPSG:32632", Affine(10, 0, 600000, 0, -10, 6800040), (20, 30))


def write_stack(path, descriptions, *, dtype="uint16", tags=None, value=1500):
    samples = np.full((len(descriptions), *GRID.shape), value, dtype)
    samples += np.arange(len(descriptions), dtype=dtype)[:, None, None]
    samples[:, 0] = 0
    write_array(path, samples, RasterSpec(GRID, dtype, tuple(descriptions), tags=tags or {}))
    return path


def test_descriptions_alone_make_a_scene(tmp_path):
    scene = open_scene(write_stack(tmp_path / "any_stack.tif", ["B04", "Green (band 3)", "dem", "b8a"]))
    assert (scene.id, scene.sensed, scene.level, scene.relative_orbit) == ("any_stack", None, "", None)
    assert {band: file.index for band, file in scene.bands.items()} == {"B04": 1, "B03": 2, "B8A": 4}
    out = read_scaled(scene, ["B8A", "B04"], scene.grid)
    assert (out[:, 0] == 0).all()
    assert (out[0, 1:] == 1503).all()
    assert (out[1, 1:] == 1500).all()


def test_the_offset_of_a_late_baseline_is_not_applied_twice(tmp_path):
    tags = {"SCENE_ID": "S2B_MSIL1C_20230823T104629_N0509_R051_T32VNM_20230823T125347", "BASELINE": "05.09"}
    scene = open_scene(write_stack(tmp_path / "s.tif", ["B02"], tags=tags))
    assert (scene.id, scene.tile, scene.relative_orbit, scene.level) == (tags["SCENE_ID"], "32VNM", 51, "L1C")
    assert read_scaled(scene, ["B02"], scene.grid)[0, 5, 5] == 1500


@pytest.mark.parametrize(
    ("tags", "sensed"),
    [
        ({"SENSED": "2023-08-23T10:50:01Z"}, "2023-08-23T10:50:01+00:00"),
        ({"DATE": "2023-08-23"}, "2023-08-23T00:00:00+00:00"),
        ({"SENSED": "yesterday", "DATE": "20230823"}, "2023-08-23T00:00:00+00:00"),
        ({"SENSED": "2023-08-23T12:50:01+02:00"}, "2023-08-23T10:50:01+00:00"),
    ],
)
def test_times_in_tags(tmp_path, tags, sensed):
    assert open_scene(write_stack(tmp_path / "s.tif", ["B02"], tags=tags)).sensed.isoformat() == sensed


@pytest.mark.parametrize(
    ("descriptions", "dtype", "sentence"),
    [
        (["", "x"], "uint16", "no band descriptions such as B02"),
        (["B04", "Red"], "uint16", "describes B04 more than once"),
        (["B04", "B03", "B02"], "uint8", "8-bit picture"),
    ],
)
def test_what_is_no_stack_is_refused(tmp_path, descriptions, dtype, sentence):
    with pytest.raises(InputError, match=sentence):
        open_scene(write_stack(tmp_path / "s.tif", descriptions, dtype=dtype, value=7))


def write_netcdf(path, *, corners, suffix="B2"):
    """Write a file as the national converter does; scipy writes no unsigned samples, hence ``_Unsigned``."""
    rows, cols = 12, 14
    with netcdf_file(path, "w") as file:
        for name, size in (("time", 1), ("x", cols), ("y", rows), ("raster_band_id", 13), ("xa", 3), ("ya", 3)):
            file.createDimension(name, size)

        def put(name, kind, dimensions, values, **attributes):
            variable = file.createVariable(name, kind, dimensions)
            variable[...] = values
            for key, value in attributes.items():
                setattr(variable, key, value)

        shift = 0 if corners else 5
        put("time", "i4", ("time",), [0], units="seconds since 1981-01-01 00:00:00")
        put("x", "i4", ("x",), 600000 + shift + 10 * np.arange(cols), units="m", standard_name="projection_x_coordinate")
        put("y", "i4", ("y",), 7800000 - shift - 10 * np.arange(rows), units="m", standard_name="projection_y_coordinate")
        projection = {"grid_mapping_name": "transverse_mercator", "crs_wkt": CRS.from_epsg(32635).to_wkt()}
        put("UTM_projection", "i4", (), 0, **projection)
        samples = 2000 + np.arange(rows * cols).reshape(1, rows, cols)
        samples[0, 0, 0] = 0
        for number, name in enumerate((suffix, "B8A")):
            put(name, "i2", ("time", "y", "x"), samples + number * (samples > 0), grid_mapping="UTM_projection", _Unsigned="true")
        put("SCL", "i2", ("time", "y", "x"), samples, grid_mapping="UTM_projection")
        put("sun_zenith", "f4", ("time", "ya", "xa"), np.full((1, 3, 3), 70))
        put("sun_azimuth", "f4", ("time", "ya", "xa"), np.full((1, 3, 3), 170))
        put("view_zenith", "f4", ("time", "raster_band_id", "ya", "xa"), np.zeros((1, 13, 3, 3)) + np.arange(13).reshape(1, 13, 1, 1))
        put("view_azimuth", "f4", ("time", "raster_band_id", "ya", "xa"), np.full((1, 13, 3, 3), 100))
    return path


NETCDF = "S2A_MSIL1C_20210228T103021_{}_R108_T35WPU_20210228T201033_DTERRENGDATA.nc"


@pytest.mark.parametrize("corners", [True, False])
def test_a_netcdf_lies_where_the_tile_does_whether_it_holds_corners_or_centres(tmp_path, corners):
    scene = open_scene(write_netcdf(tmp_path / NETCDF.format("N0202"), corners=corners))
    assert scene.id == NETCDF.format("N0202").removesuffix(".nc")
    assert (scene.tile, scene.relative_orbit, scene.level, scene.baseline) == ("35WPU", 108, "L1C", "02.02")
    assert (scene.grid.crs, scene.grid.shape) == ("EPSG:32635", (12, 14))
    assert scene.grid.bounds[0::3] == (600000, 7800000)
    assert set(scene.bands) == {"B02", "B8A"}
    out = read_scaled(scene, ["B8A", "B02"], scene.grid)
    assert out[:, 0, 0].tolist() == [0, 0]
    assert out[:, 2, 3].tolist() == [2032, 2031]
    assert mean_sun(scene) == pytest.approx((70, 170), abs=1e-3)
    assert mean_view(scene, "B8A") == pytest.approx((8, 100), abs=1e-3)


def test_a_netcdf_of_a_late_baseline_holds_raw_samples(tmp_path):
    scene = open_scene(write_netcdf(tmp_path / NETCDF.format("N0500"), corners=True))
    assert read_scaled(scene, ["B02"], scene.grid)[0, 2, 3] == 1031


def test_a_netcdf_without_bands_is_refused(tmp_path):
    with netcdf_file(tmp_path / "S2A_x.nc", "w") as file:
        file.createDimension("x", 2)
        file.createVariable("x", "i4", ("x",))[:] = 1
    with pytest.raises(InputError, match=r"S2A_x\.nc"):
        open_scene(tmp_path / "S2A_x.nc")


def test_without_the_driver_netcdf_is_refused_in_a_sentence(tmp_path, monkeypatch):
    class Bare:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def drivers(self):
            return {"GTiff": "GeoTIFF"}

    path = write_netcdf(tmp_path / NETCDF.format("N0202"), corners=True)
    monkeypatch.setattr(netcdf.rasterio, "Env", Bare)
    with pytest.raises(InputError, match="install its netCDF driver"):
        open_scene(path)


def test_a_grid_on_the_tiling_is_left_alone():
    assert true_grid(GRID) is GRID
