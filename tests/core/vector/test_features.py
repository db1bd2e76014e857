"""Reading tables of features: a GeoPackage as GeoPandas reads it, only sooner; the rest is GDAL's."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.vector import features
from skyfri.plugin.core.vector.features import read_frame, read_pieces, write_frame

HOLED = shapely.box(0, 0, 10, 10).difference(shapely.box(2, 2, 4, 4))


def table(**columns):
    shapes = [HOLED, shapely.box(20, 0, 30, 10), shapely.MultiPolygon([shapely.box(0, 20, 5, 25), shapely.box(6, 20, 9, 25)])]
    return gpd.GeoDataFrame({"scene": ["S2A_a", "S2A_é", None], **columns}, geometry=shapes, crs="EPSG:32633")


@pytest.fixture
def by_sqlite(monkeypatch):
    """Fail where GeoPandas is asked."""
    monkeypatch.setattr(features.gpd, "read_file", lambda *args, **kwargs: pytest.fail("GeoPandas was asked"))


def test_a_geopackage_reads_as_geopandas_reads_it(tmp_path, monkeypatch):
    path = tmp_path / "clouds.gpkg"
    frame = table(area_m2=[1.5, np.nan, 3.0], count=[1, 2, 3], ok=[True, False, True])
    frame.to_file(path, layer="clouds", driver="GPKG")
    expected = gpd.read_file(path)
    monkeypatch.setattr(features.gpd, "read_file", lambda *args, **kwargs: pytest.fail("GeoPandas was asked"))
    assert_geodataframe_equal(read_frame(path), expected, check_dtype=False, check_crs=True)
    assert read_frame(path)["ok"].tolist() == [True, False, True]


def test_layers_are_found_by_name_and_the_first_one_without(tmp_path, by_sqlite):
    path = tmp_path / "two.gpkg"
    table().to_file(path, layer="first", driver="GPKG")
    table(kind=["a", "b", "c"]).iloc[:2].to_file(path, layer='se"cond', driver="GPKG")
    assert list(read_frame(path).columns) == ["scene", "geometry"]
    for asked in (read_frame(path, 'se"cond'), read_frame(f'{path}|layername=se"cond')):
        assert asked["kind"].tolist() == ["a", "b"] and asked.crs == "EPSG:32633"


def test_features_without_a_geometry_and_with_heights_are_kept(tmp_path, by_sqlite):
    path = tmp_path / "odd.gpkg"
    shapes = [None, shapely.Polygon([(0, 0, 5), (1, 0, 6), (1, 1, 7)])]
    gpd.GeoDataFrame({"n": [1, 2]}, geometry=shapes, crs="EPSG:25833").to_file(path, driver="GPKG")
    found = read_frame(path)
    assert found.geometry.isna().tolist() == [True, False]
    assert shapely.has_z(found.geometry.values[1])


def test_a_crs_without_a_code_survives(tmp_path, by_sqlite):
    path = tmp_path / "own.gpkg"
    own = "+proj=laea +lat_0=62 +lon_0=15 +datum=WGS84 +units=m"
    table().set_crs(own, allow_override=True).to_file(path, driver="GPKG")
    assert read_frame(path).crs.to_dict()["lat_0"] == 62


def test_an_empty_layer_has_its_columns(tmp_path, by_sqlite):
    path = tmp_path / "none.gpkg"
    write_frame(path, table().iloc[:0], "none")
    assert list(read_frame(path).columns) == ["scene", "geometry"] and not len(read_frame(path))


def test_the_file_is_not_held_and_may_be_written_meanwhile(tmp_path, by_sqlite):
    path = tmp_path / "clouds.gpkg"
    table().to_file(path, layer="clouds", driver="GPKG")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN IMMEDIATE")  # another program is in the middle of an edit
    connection.execute("DELETE FROM gpkg_ogr_contents")
    assert len(read_frame(path)) == 3
    connection.rollback()
    connection.close()
    path.unlink()


@pytest.mark.parametrize("suffix", ["shp", "geojson", "fgb"])
def test_other_formats_are_read_through_geopandas(tmp_path, suffix):
    path = tmp_path / f"clouds.{suffix}"
    write_frame(path, table(), "clouds")
    found = read_frame(path)
    assert sorted(found.to_crs("EPSG:32633").area) == pytest.approx([40, 96, 100], rel=1e-3)


def test_an_outline_that_geos_does_not_know_is_left_to_gdal(tmp_path, monkeypatch):
    path = tmp_path / "curves.gpkg"
    table().to_file(path, layer="clouds", driver="GPKG")
    monkeypatch.setattr(features.geopackage, "from_blobs", lambda blobs: shapely.from_wkb([b"\x01\xff\x00\x00\x00"]))
    assert len(read_frame(path)) == 3


def test_what_is_no_layer_is_said_in_one_sentence(tmp_path):
    path = tmp_path / "clouds.gpkg"
    with pytest.raises(InputError, match=r"clouds.gpkg cannot be read as tiles .*; check TILES\.$"):
        read_frame(path, what="tiles", remedy="check TILES")
    path.write_bytes(b"not a database at all" * 40)
    with pytest.raises(InputError, match="cannot be read as polygons"):
        read_frame(path)
    path.unlink()
    table().to_file(path, layer="clouds", driver="GPKG")
    with pytest.raises(InputError, match="cannot be read as polygons"):
        read_frame(path, "shadows")


def test_a_geopackage_is_read_where_there_is_no_fiona(tmp_path):
    path = tmp_path / "clouds.gpkg"
    table().to_file(path, driver="GPKG")
    code = (
        "import sys; sys.modules['fiona'] = None\n"
        "from skyfri_apart.plugin.core.vector.features import read_frame\n"
        "print(len(read_frame(sys.argv[1])))"
    )
    (tmp_path / "skyfri_apart").symlink_to(Path(features.__file__).parents[3], target_is_directory=True)
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "3", done.stderr


def test_a_crs_that_proj_does_not_know_is_left_to_gdal(tmp_path):
    path = tmp_path / "odd.gpkg"
    table().to_file(path, layer="clouds", driver="GPKG")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE gpkg_spatial_ref_sys SET organization = 'NONE', definition = 'no WKT' WHERE srs_id = 32633")
    assert len(read_frame(path)) == 3


def test_an_editor_can_save_while_a_layer_is_read_piece_by_piece(tmp_path, by_sqlite):
    path = tmp_path / "clouds.gpkg"
    table(kind=["a", "b", "c"]).to_file(path, layer="clouds", driver="GPKG")
    kinds = []
    for piece in read_pieces(path, rows=1):
        kinds += piece["kind"].tolist()
        with sqlite3.connect(path, timeout=0) as editor:
            editor.execute("CREATE TABLE IF NOT EXISTS note (text)")
            editor.execute("INSERT INTO note VALUES ('saved')")
        editor.close()
    assert kinds == ["a", "b", "c"]
