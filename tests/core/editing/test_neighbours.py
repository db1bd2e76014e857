"""Problems are found where they were put, and nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from skyfri.plugin.core.base.errors import Cancelled, InputError
from skyfri.plugin.core.clouds.polygons import CloudPolygons
from skyfri.plugin.core.editing.entries import SceneEntry
from skyfri.plugin.core.editing.neighbours import NeighbourOptions, check_neighbours, read_tiles

CRS = "EPSG:32633"
WEST = shapely.box(0, 0, 100_000, 100_000)
EAST = shapely.box(90_000, 0, 190_000, 100_000)
EAST_TOUCHING = shapely.box(100_000, 0, 200_000, 100_000)


def tiles(east=EAST, field="tile", crs=CRS):
    return gpd.GeoDataFrame({field: ["33TWM", "33TXM"]}, geometry=[WEST, east], crs=CRS).to_crs(crs)


def entry(scene_id, tile, *, day=13, status="guideline"):
    sensed = datetime(2023, 8, day, 10, 1, tzinfo=UTC)
    return SceneEntry(scene_id, f"/{scene_id}", tile, sensed, "S2A", 122, f"GS2A_{day}", "L2A", 0.0, status)


SCENES = (entry("a", "33TWM"), entry("b", "33TXM"))


def polygons(*rows):
    """Each row: (scene, class, shape)."""
    frame = gpd.GeoDataFrame({"scene": [r[0] for r in rows], "class": [r[1] for r in rows]}, geometry=[r[2] for r in rows], crs=CRS)
    return CloudPolygons(frame)


def problems(frame):
    return sorted((row.problem, round(row.area_m2)) for row in frame.itertuples())


def test_equal_polygons_on_common_ground_are_no_problem():
    shape = shapely.box(92_000, 10_000, 96_000, 20_000)
    found = check_neighbours(polygons(("a", "cloud", shape), ("b", "cloud", shape)), tiles(), scenes=SCENES)
    assert len(found) == 0
    assert list(found.columns) == ["problem", "tile_a", "tile_b", "scene_a", "scene_b", "area_m2", "geometry"]


def test_a_cloud_that_ends_at_the_tile_edge_is_a_gap_where_the_neighbour_sees_it():
    cloud = shapely.box(85_000, 10_000, 95_000, 20_000)  # drawn in a alone; the 5 km in the common strip are missing in b
    found = check_neighbours(polygons(("a", "cloud", cloud)), tiles(), scenes=SCENES)
    assert problems(found) == [("gap", 5_000 * 10_000)]
    row = found.iloc[0]
    assert (row.tile_a, row.tile_b, row.scene_a, row.scene_b) == ("33TWM", "33TXM", "a", "b")
    assert row.geometry.equals(shapely.box(90_000, 10_000, 95_000, 20_000))


def test_a_scene_nobody_has_worked_on_is_not_compared():
    cloud = shapely.box(85_000, 10_000, 95_000, 20_000)
    scenes = (SCENES[0], entry("b", "33TXM", status="new"))
    assert len(check_neighbours(polygons(("a", "cloud", cloud)), tiles(), scenes=scenes)) == 0


def test_cloud_against_shadow_is_a_class_mismatch_not_a_gap():
    shape = shapely.box(92_000, 10_000, 96_000, 20_000)
    found = check_neighbours(polygons(("a", "cloud", shape), ("b", "shadow", shape)), tiles(), scenes=SCENES)
    assert problems(found) == [("class mismatch", 4_000 * 10_000)]


def test_shapes_that_cross_here_and_only_touch_there_are_compared_by_their_areas():
    cloud, crossing = shapely.box(92_000, 10_000, 96_000, 20_000), shapely.box(95_000, 10_000, 98_000, 14_000)
    touching, corner = shapely.box(92_000, 20_000, 94_000, 24_000), shapely.box(91_000, 9_000, 92_000, 10_000)
    rows = [("a", "cloud", cloud)] + [("b", "shadow", shape) for shape in (crossing, touching, corner)]
    found = check_neighbours(polygons(*rows), tiles(), scenes=SCENES)
    assert ("class mismatch", 1_000 * 4_000) in problems(found)
    assert set(found.geometry.geom_type) == {"Polygon"}


def test_different_passes_are_never_compared():
    cloud = shapely.box(85_000, 10_000, 95_000, 20_000)
    scenes = (SCENES[0], entry("b", "33TXM", day=18))
    shadow = shapely.box(91_000, 50_000, 95_000, 60_000)
    assert len(check_neighbours(polygons(("a", "cloud", cloud), ("b", "shadow", shadow)), tiles(), scenes=scenes)) == 0


def three_dates(name):
    """Return a cloud a date that both tiles drew alike; `name` gives the id of a scene for its tile and day."""
    rows = []
    for number, day in enumerate((10, 13, 15)):
        cloud = shapely.box(85_000, 10_000 + 30_000 * number, 95_000, 30_000 + 30_000 * number)
        rows += [(name(tile, day), "cloud", cloud.intersection(outline)) for tile, outline in (("33TWM", WEST), ("33TXM", EAST))]
    return polygons(*rows)


class Heard:
    """A progress that keeps what it is warned of."""

    def __init__(self):
        self.warnings = []

    def report(self, fraction, message=""):
        pass

    def is_cancelled(self):
        return False

    def warn(self, message):
        self.warnings.append(message)


def test_scenes_named_as_in_catalogues_are_not_compared_silently():
    heard = Heard()
    found = check_neighbours(three_dates(lambda tile, day: f"S2B_{tile}_202308{day}_0_L2A"), tiles(), progress=heard)
    assert len(found) == 0
    (warning,) = heard.warnings
    assert "6 of 6 scenes" in warning
    assert "S2B_33TWM_20230810_0_L2A" in warning


def test_scenes_named_as_products_are_compared_with_those_of_their_pass():
    heard = Heard()
    drawn = three_dates(lambda tile, day: f"S2B_MSIL2A_202308{day}T100559_N0509_R022_T{tile}_202308{day}T132804")
    assert len(check_neighbours(drawn, tiles(), progress=heard)) == 0
    one = drawn.frame["scene"].str.contains("T33TXM") & drawn.frame["scene"].str.contains("20230813T10")
    drawn.frame.loc[one, "class"] = "shadow"
    found = check_neighbours(drawn, tiles(), progress=heard)
    assert set(found["problem"]) == {"class mismatch"}
    assert heard.warnings == []


def test_a_pass_is_not_parted_at_midnight():
    times = datetime(2023, 8, 13, 23, 58, tzinfo=UTC), datetime(2023, 8, 14, 0, 1, tzinfo=UTC)
    scenes = [replace(one, sensed=time, datatake="") for one, time in zip(SCENES, times, strict=True)]
    cloud = shapely.box(85_000, 10_000, 95_000, 20_000)
    assert problems(check_neighbours(polygons(("a", "cloud", cloud)), tiles(), scenes=scenes)) == [("gap", 5_000 * 10_000)]


@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 38), st.sampled_from(["left", "right", "all"]))
def test_differences_within_the_tolerance_are_none(shift_m, side):
    shape = shapely.box(92_000, 10_000, 96_000, 20_000)
    moved = {
        "left": shapely.box(92_000 - shift_m, 10_000, 96_000, 20_000),
        "right": shapely.box(92_000, 10_000, 96_000 + shift_m, 20_000),
        "all": shapely.buffer(shape, shift_m, join_style="mitre"),
    }[side]
    assert len(check_neighbours(polygons(("a", "cloud", shape), ("b", "cloud", moved)), tiles(), scenes=SCENES)) == 0


def test_touching_tiles_are_compared_along_the_edge():
    rows = [
        ("a", "cloud", shapely.box(95_000, 10_000, 100_000, 12_000)),  # goes on in b
        ("b", "cloud", shapely.box(100_000, 10_000, 103_000, 12_000)),
        ("a", "cloud", shapely.box(95_000, 30_000, 100_000, 33_000)),  # ends at the edge: gap of 3 km
        ("a", "cloud", shapely.box(95_000, 50_000, 100_000, 54_000)),  # goes on as shadow: 4 km
        ("b", "shadow", shapely.box(100_000, 50_000, 103_000, 54_000)),
        ("a", "cloud", shapely.box(95_000, 70_000, 102_000, 75_000)),  # overshoots by 2 km, and b drew there too
        ("b", "cloud", shapely.box(100_000, 70_000, 103_000, 75_000)),
    ]
    found = check_neighbours(polygons(*rows), tiles(EAST_TOUCHING), scenes=SCENES)
    kinds = {row.problem: row.geometry for row in found.itertuples()}
    assert sorted(found["problem"]) == ["class mismatch", "gap", "overlap"]
    assert kinds["gap"].covers(shapely.LineString([(100_000, 30_000), (100_000, 33_000)]))
    assert kinds["class mismatch"].covers(shapely.LineString([(100_000, 50_000), (100_000, 54_000)]))
    assert kinds["overlap"].symmetric_difference(shapely.box(100_040, 70_000, 102_000, 75_000)).area < 1
    assert kinds["gap"].area == pytest.approx(80 * 3080)


def test_edges_apart_by_a_sliver_still_touch():
    apart = shapely.box(100_000.5, 0, 200_000, 100_000)
    cloud = shapely.box(95_000, 30_000, 100_000, 33_000)
    assert list(check_neighbours(polygons(("a", "cloud", cloud)), tiles(apart), scenes=SCENES)["problem"]) == ["gap"]


def test_without_a_workspace_scenes_are_placed_by_their_names_and_polygons():
    names = [f"S2A_MSIL2A_20230813T100601_N0509_R022_T{tile}_20230813T130904" for tile in ("33TWM", "33TXM")]
    cloud, elsewhere = shapely.box(85_000, 10_000, 95_000, 20_000), shapely.box(150_000, 0, 160_000, 9_000)
    found = check_neighbours(polygons((names[0], "cloud", cloud), (names[1], "cloud", elsewhere)), tiles(field="Name"))
    assert problems(found) == [("gap", 50_000_000)]
    unnamed = polygons(("left", "cloud", cloud), ("right", "cloud", elsewhere))
    assert len(check_neighbours(unnamed, tiles())) == 0  # nothing says that they are of one pass
    known = tuple(replace(one, id=name) for one, name in zip(SCENES, ("left", "right"), strict=True))
    assert problems(check_neighbours(unnamed, tiles(), scenes=known)) == [("gap", 50_000_000)]


def test_tiles_in_degrees_are_reprojected():
    cloud = shapely.box(85_000, 10_000, 95_000, 20_000)
    found = check_neighbours(polygons(("a", "cloud", cloud)), tiles(crs="EPSG:4326"), scenes=SCENES)
    assert list(found["problem"]) == ["gap"]
    assert found["area_m2"].iloc[0] == pytest.approx(50_000_000, rel=1e-3)
    assert found.crs.to_epsg() == 32633


def test_no_polygons_no_problems():
    empty = CloudPolygons(gpd.GeoDataFrame({"scene": [], "class": []}, geometry=[], crs=CRS))
    assert len(check_neighbours(empty, tiles(), scenes=SCENES)) == 0
    assert len(check_neighbours(empty, tiles().iloc[:0], scenes=SCENES)) == 0


def test_small_problems_are_left_out_as_asked():
    cloud = shapely.box(85_000, 10_000, 90_300, 10_300)
    found = check_neighbours(polygons(("a", "cloud", cloud)), tiles(), scenes=SCENES, options=NeighbourOptions(min_area_m2=80_000))
    assert problems(found) == [("gap", 90_000)]
    found = check_neighbours(polygons(("a", "cloud", cloud)), tiles(), scenes=SCENES, options=NeighbourOptions(min_area_m2=100_000))
    assert problems(found) == []


def test_tile_layers_are_read_by_their_name_field(tmp_path):
    tiles(field="Name").to_file(tmp_path / "tiles.gpkg", driver="GPKG")
    assert list(read_tiles(tmp_path / "tiles.gpkg")["tile"]) == ["33TWM", "33TXM"]
    tiles(field="other").to_file(tmp_path / "nameless.gpkg", driver="GPKG")
    with pytest.raises(InputError, match="no field tile, name or mgrs"):
        read_tiles(tmp_path / "nameless.gpkg")
    with pytest.raises(InputError, match="absent"):
        read_tiles(tmp_path / "absent.gpkg")


def test_tiles_without_a_crs_are_refused():
    bare = gpd.GeoDataFrame({"tile": ["33TWM"]}, geometry=[WEST])
    with pytest.raises(InputError, match="tile layer has no coordinate reference system"):
        check_neighbours(polygons(("a", "cloud", WEST)), bare)


def test_cancelling_stops():
    class Stop:
        def report(self, fraction, message=""):
            pass

        def warn(self, message):
            pass

        def is_cancelled(self):
            return True

    with pytest.raises(Cancelled):
        check_neighbours(polygons(("a", "cloud", WEST)), tiles(), scenes=SCENES, progress=Stop())
