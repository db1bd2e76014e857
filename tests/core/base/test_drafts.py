"""Outputs appear by rename, in the place that is meant, and never in that of a device."""

import os
import socket

import numpy as np
import pytest
from affine import Affine
from skyfri.plugin.core.base.drafts import draft_of, remove_leftovers, write_text
from skyfri.plugin.core.base.errors import OutputError
from skyfri.plugin.core.raster.grid import Grid
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.vector.features import write_frame

SPEC = RasterSpec(Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 6_000_000), (4, 4)), "uint8", ("a",))


def write_raster_to(path):
    write_array(path, np.ones((1, 4, 4), np.uint8), SPEC)


def write_table_to(path):
    import geopandas as gpd
    import shapely

    write_frame(path, gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:32633"), "t")


WRITERS = {
    "out.txt": lambda path: write_text(path, "text"),
    "out.tif": write_raster_to,
    "out.gpkg": write_table_to,
    "out.geojson": write_table_to,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device"])
def test_what_is_no_file_is_refused_and_stays(tmp_path, monkeypatch, name, kind):
    path = tmp_path / name
    opened = None
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(tmp_path)  # the names of sockets are short
        opened = socket.socket(socket.AF_UNIX)
        opened.bind(name)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(os.devnull)
    with pytest.raises(OutputError, match=f"is a {kind}"):
        WRITERS[name](path)
    assert [place.name for place in tmp_path.iterdir()] == [name] and not path.is_file()
    if opened:
        opened.close()


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed(tmp_path, name, there):
    (tmp_path / "store").mkdir()
    real = tmp_path / "store" / f"real{name[3:]}"
    if there:
        real.write_bytes(b"old")
    link = tmp_path / name
    link.symlink_to(real)
    WRITERS[name](link)
    assert link.is_symlink() and real.is_file() and real.read_bytes() != b"old"
    assert [path.name for path in (tmp_path / "store").iterdir()] == [real.name]


def test_a_link_to_itself_is_told(tmp_path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "a.txt")
    with pytest.raises(OutputError):
        write_text(tmp_path / "a.txt", "x")


def test_leftovers_go_by_name_and_folders_only_where_they_hold_drafts(tmp_path):
    drafts = [".a.gpkg.0123abcd", ".a.gpkg.01234567.cog.tif"]
    kept = [".a.gpkg.0123abcde", ".a.gpkg.backup00", "a.gpkg.0123abcd", ".b.gpkg.0123abcd"]
    for name in (*drafts, *kept):
        (tmp_path / name).write_bytes(b"x")
    half = tmp_path / ".a.gpkg.deadbeef"
    half.mkdir()
    (half / "a.gpkg").write_bytes(b"half")
    (half / "a.gpkg-journal").write_bytes(b"half")
    theirs = tmp_path / ".a.gpkg.feedbeef"
    (theirs / "deep").mkdir(parents=True)
    (theirs / "a.gpkg").write_bytes(b"mine")
    remove_leftovers(tmp_path / "a.gpkg")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*kept, theirs.name])
    assert (theirs / "a.gpkg").read_bytes() == b"mine"


def test_a_draft_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), draft_of(path) as draft:
        draft.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old" and [place.name for place in tmp_path.iterdir()] == ["a.txt"]
