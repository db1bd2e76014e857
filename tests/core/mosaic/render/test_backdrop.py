"""The backdrop: percentiles of clear observations in holes, against NumPy, marked in every product."""

import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from rasterio.features import geometry_mask
from scipy import ndimage
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions, parse_period
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render import backdrop as module
from skyfri.plugin.core.mosaic.render.backdrop import Backdrop
from skyfri.plugin.core.mosaic.render.block import BlockChoices, make_block
from skyfri.plugin.core.mosaic.render.sources import Source
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.regions.burn import prepare_edges
from skyfri.plugin.core.scenes import open_scene

GRID = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 7_000_000), (80, 100))
BANDS = ("B02", "B03", "B04")
COUNT = 5


class Case:
    """Five scenes with clouds; gains and offsets differ."""

    def __init__(self, folder, seed=1):
        rng = np.random.default_rng(seed)
        west, south, east, north = GRID.bounds
        self.balanced, self.clear, self.sources = [], [], []
        for n in range(COUNT):
            data = rng.integers(200, 5000, (3, *GRID.shape)).astype(np.uint16)
            data[:, :, : 6 * n] = 0
            spots = [shapely.Point(rng.uniform(west, east), rng.uniform(south, north)).buffer(rng.uniform(60, 220)) for _ in range(5)]
            path = folder / f"s{n}.tif"
            write_array(path, data, RasterSpec(GRID, "uint16", BANDS))
            gain, offset = np.array([1, 1.05, 0.97], np.float32), np.full(3, 7 * n, np.float32)
            self.balanced.append(data * gain[:, None, None] + offset[:, None, None])
            self.clear.append((data > 0).all(axis=0) & ~geometry_mask(spots, GRID.shape, GRID.transform, invert=True))
            scene = open_scene(path)
            self.sources.append(Source(n + 1, scene, prepare_edges(spots, GRID), None, gain, offset, None, scene))
        self.hidden = ~self.clear[0] & (np.arange(GRID.shape[1]) >= 0)

    def block(self, percent=50, members=range(1, COUNT + 1), window=GRID.window, **choices):
        backdrop = Backdrop(COUNT + 1, percent, tuple(members), "backdrop")
        choices = {"edge_px": 0, "feather_px": 0, "fill": f"p{percent}", "with_density": False, "backdrop": backdrop, **choices}
        return make_block(self.sources, GRID, BANDS, window, BlockChoices(**choices))


@pytest.mark.parametrize("percent", [25, 50, 75])
def test_holes_take_the_percentile_of_the_clear_observations(tmp_path, percent):
    case = Case(tmp_path)
    members = (2, 3, 5)
    block = case.block(percent, members, shown=(2, 1, 0))
    stack = np.stack([np.where(case.clear[m - 1], case.balanced[m - 1], np.nan) for m in members])
    known = case.hidden & np.isfinite(stack).any(axis=0)[0]
    expected = np.nanpercentile(stack[:, :, known], percent, axis=0)
    assert known.sum() > 500 and (np.isfinite(stack[:, 0]).sum(axis=0)[known] > 1).any()
    np.testing.assert_array_equal(block.source == COUNT + 1, known)
    np.testing.assert_allclose(block.samples[:, known], expected, atol=0.51)
    np.testing.assert_allclose(block.picture[:, known], expected[::-1], rtol=1e-5)


def test_what_the_period_does_not_show_is_filled_from_the_best_other_date(tmp_path):
    case = Case(tmp_path)
    block, direct = case.block(members=(3,)), case.block(members=())
    rest = case.hidden & ~case.clear[2]
    np.testing.assert_array_equal(block.source[rest], direct.source[rest])
    assert (block.source[rest] > 0).any() and (block.source[~rest] != direct.source[~rest]).any()
    np.testing.assert_array_equal(block.hole, direct.hole & ~(block.source == COUNT + 1))
    assert not (direct.source == COUNT + 1).any()


def test_blocks_and_groups_of_rows_do_not_show(tmp_path, monkeypatch):
    case = Case(tmp_path)
    choices = {"feather_px": 2, "shown": (2, 1, 0), "blend_px": 8}
    whole = case.block(**choices)
    monkeypatch.setattr(module, "GROUP_BYTES", 40_000)
    for window in (*GRID.window.blocks(37), Window(3, 11, 60, 70)):
        part = case.block(window=window, **choices)
        cut = window.slices_in(GRID.window)
        np.testing.assert_array_equal(part.source, whole.source[cut])
        np.testing.assert_array_equal(part.samples, whole.samples[(slice(None), *cut)])
        np.testing.assert_array_equal(part.picture, whole.picture[(slice(None), *cut)])


def test_no_feather_reaches_into_the_backdrop_or_out_of_it(tmp_path):
    case = Case(tmp_path)
    hard, soft = case.block(), case.block(feather_px=4)
    np.testing.assert_array_equal(soft.source, hard.source)
    laid = hard.source == COUNT + 1
    np.testing.assert_array_equal(soft.samples[:, laid], hard.samples[:, laid])
    picture = case.block(feather_px=4, shown=(2, 1, 0)).picture
    np.testing.assert_allclose(picture[:, laid], soft.samples[::-1][:, laid], atol=0.51)  # nor in the picture where nothing is blended
    first = (soft.source == 1) & (ndimage.maximum_filter((hard.source > 1) & ~laid, 9) == 0)  # no other scene within the feather
    assert (ndimage.maximum_filter(laid, 3) & first).sum() > 100
    np.testing.assert_allclose(soft.samples[:, first], case.balanced[0][:, first], atol=0.51)


def test_the_picture_is_blended_into_the_backdrop_and_the_measured_product_is_not(tmp_path):
    hole = shapely.Point(GRID.bounds[0] + 500, GRID.bounds[1] + 400).buffer(150)
    sources = []
    for n, level in enumerate((1000, 1080, 1080, 1090)):
        path = tmp_path / f"s{n}.tif"
        write_array(path, np.full((3, *GRID.shape), level, np.uint16), RasterSpec(GRID, "uint16", BANDS))
        scene = open_scene(path)
        sources.append(
            Source(n + 1, scene, prepare_edges([hole] if n == 0 else [], GRID), None, *np.float32([[1] * 3, [0] * 3]), None, scene)
        )
    backdrop = Backdrop(5, 50, (2, 3, 4), "backdrop")
    choices = BlockChoices(0, 0, "p50", with_density=False, shown=(2, 1, 0), blend_px=8, backdrop=backdrop)
    block = make_block(sources, GRID, BANDS, GRID.window, choices)
    laid = block.source == 5
    assert (block.samples[:, laid] == 1080).all() and (block.samples[:, ~laid] == 1000).all()
    assert (block.picture[:, laid] == 1080).all()
    far = ndimage.distance_transform_edt(~laid) > 16
    assert (block.picture[:, far] == 1000).all()
    steps = np.abs(np.diff(block.picture[0], axis=1))
    assert 10 < steps.max() < 50, "80 where nothing is blended"
    beside = ndimage.binary_dilation(laid, iterations=3) & ~ndimage.binary_dilation(laid, iterations=2)
    assert block.picture[0][beside].mean() > 1005, "broad differences reach beyond the narrow blend"


def test_every_product_says_where_the_backdrop_shows(sample, tmp_path):
    days = sorted({scene.sensed.date() for scene in sample.scenes})
    period = f"{days[1]}/.."
    names = {"source": "s.tif", "dates": "d.tif", "rgb": "rgb.tif", "seamlines": "l.gpkg", "report_json": "r.json", "report_html": "r.html"}
    outputs = MosaicOutputs(tmp_path / "m.tif", **{field: tmp_path / name for field, name in names.items()})
    content = build(sample.scenes, sample.clouds, MosaicOptions(fill="p25", period=period, stac=True), outputs).content
    index = len(sample.scenes) + 1
    with rasterio.open(outputs.source) as source, rasterio.open(outputs.dates) as dates, rasterio.open(outputs.mosaic) as mosaic:
        ranks, when, samples = source.read(1), dates.read(1), mosaic.read()
        assert source.tags()[f"SCENE_{index}"] == f"backdrop p25 {period}"
        area_m2 = abs(source.transform.a) ** 2
    laid = ranks == index
    assert laid.any() and not when[laid].any() and (samples[:, laid] > 0).all()
    said = json.loads(outputs.report_json.read_text())["backdrop"]
    assert said["index"] == index and said["percentile"] == 25 and said["area_m2"] == laid.sum() * area_m2
    members = [scene for scene in content["scenes"] if scene["index"] in said["scenes"]]
    assert {scene["sensed"][:10] for scene in members} == {str(day) for day in days[1:]}
    assert said["name"] in set(gpd.read_file(outputs.seamlines)["scene"])
    assert said["name"] in outputs.report_html.read_text()
    links = json.loads((tmp_path / "m.stac.json").read_text())["links"]
    assert {scene["id"] for scene in members} <= {link["title"] for link in links}


def test_a_period_is_read_and_refused_with_its_remedy(sample, tmp_path):
    assert [str(day) for day in parse_period("2023-06-01/2023-09-15")] == ["2023-06-01", "2023-09-15"]
    assert parse_period("../2023-09-15")[0].year == 1
    for text in ("2023", "2023-06-01", "2023-13-01/2023-14-01", "a/b", "2023-06-01/2023-07-01/2023-08-01"):
        with pytest.raises(InputError, match="write the first and last day as"):
            MosaicOptions(fill="p50", period=text)
    with pytest.raises(InputError, match="ends before it begins"):
        MosaicOptions(fill="p50", period="2023-09-15/2023-06-01")
    with pytest.raises(InputError, match="choose p25, p50, p75"):
        MosaicOptions(fill="direct", period="2023-06-01/2023-09-15")
    with pytest.raises(InputError, match="leaves no hole to fill"):
        MosaicOptions(fill="p50", seams="optimal")
    with pytest.raises(InputError, match="No scene lies in the PERIOD"):
        build(sample.scenes, sample.clouds, MosaicOptions(fill="p50", period="1999-01-01/1999-02-01"), MosaicOutputs(tmp_path / "m.tif"))
    undated = [replace(scene, sensed=None) for scene in sample.scenes]
    with pytest.raises(InputError, match="No scene lies in the PERIOD"):
        build(undated, sample.clouds, MosaicOptions(fill="p50", period="../.."), MosaicOutputs(tmp_path / "m.tif"))
    assert not list(tmp_path.iterdir())
