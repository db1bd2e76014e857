"""Manual dodging: what the editor asks for at points is what the mosaic shows there, and nowhere else."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.dodge_points import asked_fields, read_points
from skyfri.plugin.core.mosaic.colour.fields import LIMIT, NODE_M, NodeLattice
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs

from ..conftest import Listener


@pytest.fixture(scope="module")
def plan(sample):
    return make_plan(sample.scenes, sample.clouds, MosaicOptions())


@pytest.fixture(scope="module")
def nodes(plan):
    return NodeLattice.around(plan, plan.lattice, NODE_M)


@pytest.fixture(scope="module")
def before(sample, tmp_path_factory):
    return {balance: mosaic_of(sample, tmp_path_factory.mktemp(balance), balance=balance)[0] for balance in ("global", "local")}


def middle(plan, east=0.5, south=0.5):
    west, bottom, right, north = plan.grid.bounds
    return west + east * (right - west), north - south * (north - bottom)


def write(path, rows, crs):
    """Write points given as dictionaries with x, y and the fields."""
    frame = gpd.GeoDataFrame(
        [{k: v for k, v in row.items() if k not in ("x", "y")} for row in rows],
        geometry=[shapely.Point(row["x"], row["y"]) for row in rows],
        crs=crs,
    )
    frame.to_file(path)
    return str(path)


def mosaic_of(sample, folder, progress=None, **options):
    outputs = MosaicOutputs(folder / "m.tif", source=folder / "s.tif", report_json=folder / "r.json", report_html=folder / "r.html")
    report = build(sample.scenes, sample.clouds, MosaicOptions(**options), outputs, progress=progress or Silent())
    with rasterio.open(outputs.mosaic) as dataset, rasterio.open(outputs.source) as source:
        return (dataset.read().astype(float), source.read(1), dataset.xy), report


def ratio_and_distance(after, before, x, y):
    (samples, source, xy), (plain, plain_source, _) = after, before
    np.testing.assert_array_equal(source, plain_source)
    rows, cols = np.indices(source.shape)
    east, north = (np.reshape(values, source.shape) for values in xy(rows.ravel(), cols.ravel()))
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(plain > 300, samples / plain, np.nan)
    return ratio, np.hypot(east - x, north - y)


@pytest.mark.parametrize("balance", ["global", "local"])
def test_a_lift_is_what_was_asked_at_the_point_and_nothing_beyond_twice_the_radius(sample, plan, before, tmp_path, balance):
    x, y = middle(plan, 0.4, 0.3)
    path = write(tmp_path / "p.gpkg", [{"x": x, "y": y, "change": 8.0, "radius_m": 6000.0}], plan.grid.crs)
    after, report = mosaic_of(sample, tmp_path, balance=balance, dodge_points=path)
    ratio, distance = ratio_and_distance(after, before[balance], x, y)
    assert np.nanmedian(ratio[:, distance < 300]) == pytest.approx(1.08, abs=0.005)
    assert np.nanmax(np.abs(ratio[:, distance > 12_000] - 1)) < 0.005
    ring = [np.nanmedian(ratio[:, (distance > r) & (distance < r + 500)]) for r in range(0, 12_000, 500)]
    assert (np.diff(ring) < 0.001).all() and 1.01 < ring[12] < 1.03
    red, infrared = plan.bands.index("B04"), plan.bands.index("B08")
    # Whole numbers: a ratio of bands moves by rounding alone.
    assert np.nanpercentile(np.abs(ratio[red] / ratio[infrared] - 1)[distance < 6000], 95) < 0.005
    (wish,) = report.content["dodge_points"]
    assert wish["asked_pct"] == 8 and wish["given_pct"] == pytest.approx(8, abs=0.3) and wish["scene"] is None
    assert "dodging points (1), beyond these figures: +7.9 % (asked +8 %)" in (tmp_path / "r.html").read_text()


def test_overlaps_agree_as_before_where_every_scene_is_lifted_alike(plan, nodes, tmp_path):
    x, y = middle(plan)
    path = write(tmp_path / "p.gpkg", [{"x": x, "y": y, "change": -7.0}], plan.grid.crs)
    fields = asked_fields(read_points(path, plan, nodes), plan, nodes)
    assert sorted(fields) == [placed.rank for placed in plan.scenes]
    found = [field.at(np.array([x]), np.array([y]))[:, 0] for field in fields.values()]
    np.testing.assert_allclose(np.exp(found), 0.93, atol=0.003)


def test_a_point_for_one_scene_changes_no_other(sample, plan, before, tmp_path):
    x, y = middle(plan, 0.5, 0.25)
    name = sample.scenes[0].id
    path = write(tmp_path / "p.gpkg", [{"x": x, "y": y, "change": 6.0, "radius_m": 10_000.0, "scene": name}], plan.grid.crs)
    after, _ = mosaic_of(sample, tmp_path, balance="local", dodge_points=path)
    ratio, distance = ratio_and_distance(after, before["local"], x, y)
    own = after[1] == 1
    assert np.nanmedian(ratio[:, own & (distance < 2000)]) == pytest.approx(1.06, abs=0.005)
    assert np.nanmax(np.abs(ratio[:, ~own & (after[1] > 0)] - 1)) == 0


def test_a_point_for_one_band_changes_no_other(plan, nodes, tmp_path):
    x, y = middle(plan)
    path = write(tmp_path / "p.gpkg", [{"x": x, "y": y, "change": 5.0, "band": "B02"}], plan.grid.crs)
    for field in asked_fields(read_points(path, plan, nodes), plan, nodes).values():
        value = np.exp(field.at(np.array([x]), np.array([y]))[:, 0])
        assert value[plan.bands.index("B02")] == pytest.approx(1.05, abs=0.003)
        np.testing.assert_array_equal(np.delete(value, plan.bands.index("B02")), 1)


def test_neighbouring_points_each_get_what_they_ask_for_and_contradictions_cancel(plan, nodes, tmp_path):
    x, y = middle(plan)
    rows = [{"x": x, "y": y, "change": 8.0}, {"x": x + 4000, "y": y + 1000, "change": 5.0}, {"x": x - 3000, "y": y, "change": 8.0}]
    field = asked_fields(read_points(write(tmp_path / "a.gpkg", rows, plan.grid.crs), plan, nodes), plan, nodes)[1]
    for row in rows:
        value = float(np.exp(field.at(np.array([row["x"]]), np.array([row["y"]]))[0, 0]))
        assert value == pytest.approx(1 + row["change"] / 100, abs=0.005)
    rows = [{"x": x, "y": y, "change": 9.0}, {"x": x, "y": y, "change": -9.0}, {"x": x + 200, "y": y, "change": 0.0}]
    field = asked_fields(read_points(write(tmp_path / "b.gpkg", rows, plan.grid.crs), plan, nodes), plan, nodes)[1]
    assert np.abs(field.log_factor).max() < 0.02


def test_the_order_of_points_changes_nothing(plan, nodes, tmp_path):
    x, y = middle(plan)
    rng = np.random.default_rng(2)
    rows = [{"x": x + dx, "y": y + dy, "change": float(c)} for dx, dy, c in rng.uniform(-9, 9, (12, 3)) * (1500, 1500, 1)]
    one, other = (
        asked_fields(read_points(write(tmp_path / name, order, plan.grid.crs), plan, nodes), plan, nodes)
        for name, order in (("a.gpkg", rows), ("b.gpkg", rows[::-1]))
    )
    for rank, field in one.items():
        np.testing.assert_array_equal(field.log_factor, other[rank].log_factor)


def test_an_empty_layer_changes_no_byte(sample, plan, before, tmp_path):
    empty = gpd.GeoDataFrame({"change": np.empty(0)}, geometry=[], crs=plan.grid.crs)
    empty.to_file(tmp_path / "p.gpkg")
    after, _ = mosaic_of(sample, tmp_path, balance="local", dodge_points=str(tmp_path / "p.gpkg"))
    np.testing.assert_array_equal(after[0], before["local"][0])


def test_points_in_another_crs_fall_where_they_were_drawn(plan, nodes, tmp_path):
    x, y = middle(plan)
    frame = gpd.GeoDataFrame({"change": [5]}, geometry=[shapely.Point(x, y)], crs=plan.grid.crs).to_crs("EPSG:4326")
    frame.to_file(tmp_path / "p.gpkg")
    (point,) = read_points(str(tmp_path / "p.gpkg"), plan, nodes)
    assert (point.x, point.y) == pytest.approx((x, y), abs=0.01)
    assert (point.change_pct, point.radius_m, point.rank, point.band) == (5, 5000, None, None)


def test_what_is_out_of_bounds_is_brought_back_with_a_warning(sample, plan, nodes, tmp_path):
    x, y = middle(plan)
    rows = [
        {"x": x, "y": y, "change": 40.0, "radius_m": 5000.0},
        {"x": x + 8000, "y": y, "change": -40.0, "radius_m": 5000.0},
        {"x": x, "y": y, "change": 3.0, "radius_m": 50.0},
        {"x": x + 1e6, "y": y, "change": 3.0, "radius_m": 5000.0},
    ]
    listener = Listener()
    points = read_points(write(tmp_path / "p.gpkg", rows, plan.grid.crs), plan, nodes, listener)
    assert [point.change_pct for point in points] == pytest.approx([100 * np.expm1(LIMIT), 100 * np.expm1(-LIMIT), 3])
    assert points[2].radius_m == nodes.grid.pixel_m
    told = " ".join(listener.warnings)
    assert "2 of 4 dodging points ask for more than the bounds of -13 to +15 %" in told and "+40 %, -40 %" in told
    assert "1 of 4 dodging points have a radius below" in told and "1 of 4 dodging points lie where no scene" in told


def test_a_point_where_dodging_is_at_its_bounds_is_told(sample, plan, tmp_path):
    x, y = middle(plan)
    rows = [{"x": x, "y": y, "change": 14.0}, {"x": x, "y": y, "change": 14.0, "scene": sample.scenes[0].id}]
    listener = Listener()
    _, report = mosaic_of(sample, tmp_path, listener, balance="global", dodge_points=write(tmp_path / "p.gpkg", rows, plan.grid.crs))
    assert any("dodging points do not get what they ask for" in warning for warning in listener.warnings)
    assert [w["scene"] for w in report.content["dodge_points"]] == [None, sample.scenes[0].id]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"lift": 5}, "lacks the field change"),
        ({"change": None, "radius_m": 5.0}, "point 1 has no number in change"),
        ({"change": 5, "radius_m": -1.0}, "has the radius -1 m"),
        ({"change": 5, "scene": "nobody"}, "names the scene nobody, which this mosaic lacks"),
        ({"change": 5, "band": "B99"}, "names the band B99"),
    ],
)
def test_bad_points_are_refused_in_a_sentence(plan, nodes, tmp_path, fields, message):
    x, y = middle(plan)
    path = write(tmp_path / "p.gpkg", [{"x": x, "y": y, **fields}], plan.grid.crs)
    with pytest.raises(InputError, match=message):
        read_points(path, plan, nodes)


def test_what_is_no_point_layer_is_refused(plan, nodes, tmp_path):
    x, y = middle(plan)
    square = gpd.GeoDataFrame({"change": [5]}, geometry=[shapely.Point(x, y).buffer(10)], crs=plan.grid.crs)
    square.to_file(tmp_path / "p.gpkg")
    with pytest.raises(InputError, match="must be points"):
        read_points(str(tmp_path / "p.gpkg"), plan, nodes)
    (tmp_path / "x.gpkg").write_text("no layer")
    with pytest.raises(InputError, match="cannot be read as points"):
        read_points(str(tmp_path / "x.gpkg"), plan, nodes)


def test_points_without_balance_are_a_contradiction():
    with pytest.raises(InputError, match="DODGE_POINTS is given but BALANCE is none"):
        MosaicOptions(balance="none", dodge_points="p.gpkg")
