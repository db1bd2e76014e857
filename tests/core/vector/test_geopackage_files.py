"""GeoPackages beside what SQLite kept of older ones, views, and geometries that would end the process."""

import os
import shutil
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing

import geopandas as gpd
import pytest
import shapely
from skyfri.plugin.core.base.errors import OutputError, UnsafeInputError
from skyfri.plugin.core.clouds.polygons import read_polygons
from skyfri.plugin.core.vector import geopackage
from skyfri.plugin.core.vector.features import read_frame, read_pieces, write_frame
from skyfri.plugin.core.vector.nesting import DEEPEST, check_nesting


def table(*names):
    boxes = [shapely.box(n, 0, n + 1, 1) for n, _ in enumerate(names)]
    return gpd.GeoDataFrame({"scene": list(names), "class": "cloud"}, geometry=boxes, crs="EPSG:32633")


def names_in(path):
    return sorted(read_frame(path)["scene"])


@pytest.mark.parametrize("mode", ["wal", "delete"])
def test_what_sqlite_kept_of_the_old_file_does_not_reach_the_new_one(tmp_path, mode):
    path = tmp_path / "c.gpkg"
    write_frame(path, table("old", "older"), "clouds")
    code = (
        "import os, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        f"c.execute('PRAGMA journal_mode={mode}').fetchall()\n"
        "c.execute('PRAGMA wal_autocheckpoint=0').fetchall(); c.execute('PRAGMA cache_size=1')\n"
        "c.execute('BEGIN'); c.execute('DROP TRIGGER IF EXISTS x')\n"
        "c.execute('CREATE TABLE junk (a)')\n"
        "c.executemany('INSERT INTO junk VALUES (?)', [('x' * 500,)] * 2000)\n"
        + ("c.execute('COMMIT')\n" if mode == "wal" else "")
        + "os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    end = "-wal" if mode == "wal" else "-journal"
    assert path.with_name(path.name + end).stat().st_size > 0
    write_frame(path, table("new"), "clouds")
    assert names_in(path) == ["new"]
    assert [place.name for place in tmp_path.iterdir()] == ["c.gpkg"]


def test_a_file_made_anew_where_only_the_old_one_was_deleted(tmp_path):
    path = tmp_path / "w.gpkg"
    write_frame(path, table("old"), "clouds")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=wal").fetchall()
    connection.execute("UPDATE gpkg_contents SET identifier = 'changed'")
    for end in ("-wal", "-shm"):
        shutil.copy(f"{path}{end}", tmp_path / f"kept{end}")
    connection.close()
    path.unlink()
    for end in ("-wal", "-shm"):
        shutil.move(tmp_path / f"kept{end}", f"{path}{end}")
    geopackage.create(path, [geopackage.Table("cloud", "Polygon", {"scene": "str"})], [])
    with geopackage.reading(path) as opened:
        assert list(geopackage.layers_of(opened)) == ["cloud"]


def test_a_viewer_that_holds_the_old_file_open_keeps_its_own(tmp_path):
    path = tmp_path / "c.gpkg"
    write_frame(path, table("old"), "clouds")
    with closing(sqlite3.connect(path, isolation_level=None)) as viewer:
        viewer.execute("PRAGMA journal_mode=wal").fetchall()
        viewer.execute("SELECT count(*) FROM clouds").fetchall()
        write_frame(path, table("new", "newer"), "clouds")
        assert names_in(path) == ["new", "newer"]
        viewer.execute("UPDATE gpkg_contents SET identifier = 'late'")
        assert names_in(path) == ["new", "newer"]


def view_of(path):
    write_frame(path, table("a", "b", "c"), "clouds")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE VIEW finished AS SELECT fid, geom, scene, class FROM clouds WHERE scene <> 'b'")
        connection.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)"
            " SELECT 'finished', data_type, 'finished', srs_id FROM gpkg_contents"
        )
        connection.execute(
            "INSERT INTO gpkg_geometry_columns SELECT 'finished', column_name, geometry_type_name, srs_id, z, m FROM gpkg_geometry_columns"
        )


@pytest.mark.parametrize("rows", [None, 1, 5000])
def test_a_view_is_read_as_what_it_shows(tmp_path, rows):
    path = tmp_path / "c.gpkg"
    view_of(path)
    pieces = list(read_pieces(path, "finished", rows=rows))
    assert sorted(name for piece in pieces for name in piece["scene"]) == ["a", "c"]
    assert all("fid" not in piece.columns and piece.crs == "EPSG:32633" for piece in pieces)
    assert sorted(read_polygons(path, "finished").frame["scene"]) == ["a", "c"]
    assert sorted(read_frame(path, "clouds")["scene"]) == ["a", "b", "c"]


def nested(depth, kind=7, order="<", srid=False):
    code = kind | (0x20000000 if srid else 0)
    head = struct.pack(f"{order}BI", order == "<", code) + (struct.pack(f"{order}I", 4326) if srid else b"") + struct.pack(f"{order}I", 1)
    return head * depth + shapely.to_wkb(shapely.box(0, 0, 1, 1))


@pytest.mark.parametrize("kind", [4, 5, 6, 7, 1007, 9, 10, 11, 12, 15])
@pytest.mark.parametrize("order", ["<", ">"])
def test_deep_collections_are_seen_before_they_are_parsed(kind, order):
    check_nesting(nested(DEEPEST - 1, kind, order))
    with pytest.raises(UnsafeInputError):
        check_nesting(nested(60_000, kind, order))
    with pytest.raises(UnsafeInputError):
        check_nesting(nested(60_000, kind, order, srid=True))


def test_what_people_draw_passes():
    shapes = [
        shapely.Point(0, 0).buffer(1),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)]),
        shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 2, 2)),
        shapely.GeometryCollection(
            [shapely.MultiPolygon([shapely.box(0, 0, 1, 1)]), shapely.LineString([(0, 0), (1, 1)]), shapely.Point(1, 2, 3)]
        ),
        shapely.LineString([(0, 0, 1), (1, 1, 2)]),
    ]
    for shape in shapes:
        for options in ({}, {"byte_order": 0}, {"flavor": "iso"}, {"include_srid": True}):
            check_nesting(shapely.to_wkb(shapely.set_srid(shape, 4326) if "include_srid" in options else shape, **options))
    check_nesting(b"")
    check_nesting(b"\x01\x03")
    check_nesting(b"\x01" + struct.pack("<II", 2, 0xFFFFFFFF))


def test_a_layer_with_a_hostile_geometry_is_refused_and_the_process_lives(tmp_path):
    path = tmp_path / "c.gpkg"
    write_frame(path, table("a"), "clouds")
    with closing(sqlite3.connect(path)) as connection, connection:
        blob = bytes(connection.execute("SELECT geom FROM clouds").fetchone()[0])
        for name, kind in connection.execute("SELECT name, type FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP {kind} {name}")
        connection.execute("UPDATE clouds SET geom = ?", (blob[:40] + nested(60_000),))
    code = "import sys; import tests.conftest\nfrom skyfri.plugin.core.clouds.polygons import read_polygons\n"
    code += "try:\n    read_polygons(sys.argv[1])\nexcept Exception as error:\n    print(type(error).__name__, error)"
    root = next(parent for parent in __import__("pathlib").Path(__file__).resolve().parents if (parent / "metadata.txt").is_file())
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False, cwd=root)
    assert done.returncode == 0 and done.stdout.startswith("InputError"), done.stderr[-500:]
    assert str(path) in done.stdout and "delete that feature" in done.stdout


def test_features_without_an_outline_are_told(tmp_path, caplog):
    frame = table("a", "b")
    frame.loc[1, "geometry"] = None
    write_frame(tmp_path / "c.gpkg", frame, "clouds")
    with caplog.at_level("WARNING"):
        assert list(read_polygons(tmp_path / "c.gpkg").frame["scene"]) == ["a"]
    assert "1 feature(s) without an outline" in caplog.text


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson", ".fgb"])
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, suffix):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96k", "tmpfs", disk], check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        with pytest.raises(OutputError, match="disk is full"):
            write_frame(disk / f"c{suffix}", table(*(f"scene {n} {'x' * 100}" for n in range(3000))), "clouds")
        assert os.listdir(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)
