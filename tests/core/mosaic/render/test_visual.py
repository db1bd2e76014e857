"""The picture for the eye: broad differences meet over many pixels, fine ones over few, and nothing hidden ever enters."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.render.block import BlockChoices, make_block
from skyfri.plugin.core.mosaic.render.sources import Source
from skyfri.plugin.core.mosaic.render.visual import FINE_PX, align_to_cells, cell_px, enlarge, reach_px
from skyfri.plugin.core.mosaic.work_folder import OWN_FOLDER
from skyfri.plugin.core.raster.grid import Grid, Window
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.regions.burn import prepare_edges
from skyfri.plugin.core.scenes import open_scene

GRID = Grid("EPSG:32633", Affine(10, 0, 500_000, 0, -10, 7_000_000), (150, 220))
BANDS = ("B02", "B03", "B04", "B08")
SHOWN = (2, 1, 0)
BLEND_PX = 32
MIDDLE = 110


def land(seed=3, spread=300):
    rng = np.random.default_rng(seed)
    return (1500 + rng.integers(-spread, spread + 1, (4, *GRID.shape))).astype(np.uint16)


def box(left, right, top=0, bottom=GRID.shape[0]):
    west, _, _, north = GRID.bounds
    return shapely.box(west + 10 * left, north - 10 * bottom, west + 10 * right, north - 10 * top)


HALVES = [box(0, MIDDLE)], [box(MIDDLE, GRID.shape[1])]


def sources_of(folder, arrays, *, covers=None, seams=HALVES, gains=None):
    sources = []
    for n, array in enumerate(arrays):
        path = folder / f"s{n}.tif"
        write_array(path, array, RasterSpec(GRID, "uint16", BANDS))
        covered = prepare_edges(covers[n] if covers else [], GRID)
        seam = prepare_edges(seams[n], GRID) if seams else None
        gain = np.full(4, 1 if gains is None else gains[n], np.float32)
        scene = open_scene(path)
        sources.append(Source(n + 1, scene, covered, seam, gain, np.zeros(4, np.float32), None, scene))
    return sources


def block_of(sources, window=GRID.window, *, blend_px=BLEND_PX, feather_px=0):
    return make_block(sources, GRID, BANDS, window, BlockChoices(0, feather_px, "direct", False, shown=SHOWN, blend_px=blend_px))


def test_a_smooth_difference_is_shared_out_and_texture_stays(tmp_path):
    first = land()
    second = first + 200
    shown = block_of(sources_of(tmp_path, (first, second))).picture
    share = (shown - first[list(SHOWN)]) / 200
    line = share[:, 40:110].mean(axis=(0, 1))
    assert share[:, 40:110].std(axis=(0, 1)).max() < 0.01  # the same offset on every pixel of a column: no blur, no ghost
    assert (np.diff(line) > -0.005).all()
    assert abs(line[MIDDLE - 1 : MIDDLE + 1].mean() - 0.5) < 0.02
    assert (line[: MIDDLE - BLEND_PX - 8] == 0).all() and (line[MIDDLE + BLEND_PX + 8 :] == 1).all()
    assert 0.1 < line[MIDDLE - BLEND_PX // 2] < 0.4
    assert np.diff(line).max() < 0.06


def test_land_that_changed_changes_over_few_pixels(tmp_path):
    rng = np.random.default_rng(8)
    first, second = land(spread=0), land(spread=0)
    fields = np.kron(rng.integers(0, 2, (19, 28)), np.ones((8, 8), int))[: GRID.shape[0], : GRID.shape[1]]
    second = np.where(fields, 3000, 600)[None].repeat(4, axis=0).astype(np.uint16)
    shown = block_of(sources_of(tmp_path, (first, second))).picture
    left, right = slice(None, MIDDLE - FINE_PX), slice(MIDDLE + FINE_PX, None)
    assert np.abs(shown[:, :, left] - first[list(SHOWN)][:, :, left]).max() < 1
    assert np.abs(shown[:, :, right] - second[list(SHOWN)][:, :, right]).max() < 1


def test_nothing_hidden_enters_and_no_blend_crosses_the_rim_of_a_hole(tmp_path):
    first, second = land(1), land(2) + 150
    hole = shapely.Point(500_000 + 800, 7_000_000 - 700).buffer(220)
    covers = [hole], [shapely.Point(500_000 + 1700, 7_000_000 - 500).buffer(260)]
    hidden = [rasterio.features.geometry_mask(cover, GRID.shape, GRID.transform, invert=True) for cover in covers]
    clean = block_of(sources_of(tmp_path, (first, second), covers=covers, seams=None))
    poisoned = [np.where(mask, 60_000, array).astype(np.uint16) for mask, array in zip(hidden, (first, second), strict=True)]
    dirty = block_of(sources_of(tmp_path, poisoned, covers=covers, seams=None))
    np.testing.assert_array_equal(clean.picture, dirty.picture)
    inside = hidden[0] & ~hidden[1]
    np.testing.assert_allclose(clean.picture[:, inside], second[list(SHOWN)][:, inside], atol=1e-3)
    outside = clean.picture - first[list(SHOWN)]
    assert np.abs(outside[:, 70, :20]).max() == 0  # far from the hole nothing is changed
    rim = np.argmax(hidden[0][70]) - 1 - FINE_PX
    assert outside[:, 62:78, rim].mean() > 100  # beside it the scene has come to meet what fills it


@pytest.mark.parametrize(("blend_px", "feather_px"), [(0, 0), (5, 0), (16, 3), (40, 0)])
def test_the_picture_does_not_depend_on_where_blocks_begin(tmp_path, blend_px, feather_px):
    west, _, _, north = GRID.bounds
    rng = np.random.default_rng(5)
    covers = [
        [shapely.Point(west + rng.uniform(0, 2200), north - rng.uniform(0, 1500)).buffer(rng.uniform(60, 260)) for _ in range(6)]
        for _ in range(3)
    ]
    arrays = [land(n, 40) + 60 * n for n in range(3)]
    arrays[0][:, :, :70] = 0
    sources = sources_of(tmp_path, arrays, covers=covers, seams=None, gains=(1.03, 1.0, 0.96))
    whole = block_of(sources, blend_px=blend_px, feather_px=feather_px)
    assert len(np.unique(whole.source)) >= 3
    for window in (*GRID.window.blocks(64), Window(13, 27, 51, 97)):
        part = block_of(sources, window, blend_px=blend_px, feather_px=feather_px)
        cut = window.slices_in(GRID.window)
        np.testing.assert_array_equal(part.picture, whole.picture[(slice(None), *cut)])
        np.testing.assert_array_equal(part.samples, whole.samples[(slice(None), *cut)])


def test_without_a_wide_blend_the_picture_is_the_measured_product_before_rounding(tmp_path):
    sources = sources_of(tmp_path, (land(1), land(2)), gains=(1.0371, 0.913))
    block = block_of(sources, blend_px=0, feather_px=2)
    np.testing.assert_allclose(block.picture, block.samples[list(SHOWN)], atol=0.5 + 1e-3)
    assert (block.picture != np.rint(block.picture)).any()


def test_the_measured_product_does_not_know_of_the_picture(tmp_path):
    sources = sources_of(tmp_path, (land(1), land(2) + 90))
    with_picture = block_of(sources, feather_px=2)
    alone = make_block(sources, GRID, BANDS, GRID.window, BlockChoices(0, 2, "direct", False))
    np.testing.assert_array_equal(with_picture.samples, alone.samples)
    np.testing.assert_array_equal(with_picture.source, alone.source)
    assert alone.picture is None


def test_cells_are_tied_to_the_grid_and_enlarged_between_centres():
    for blend_px in (0, 1, 7, 16, 32, 100, 128):
        size = cell_px(blend_px)
        window = align_to_cells(Window(-13, 37, 41, 55), blend_px)
        assert window.intersect(Window(-13, 37, 41, 55)) == Window(-13, 37, 41, 55)
        assert not any(value % size for value in (window.row, window.col, window.rows, window.cols))
        assert reach_px(blend_px) >= blend_px and reach_px(blend_px) % size == 0
    np.testing.assert_allclose(enlarge(np.array([[0.0, 8.0]]), (1, 8))[0], [0, 0, 1, 3, 5, 7, 8, 8])


def run(sample, folder, **options):
    outputs = MosaicOutputs(folder / "m.tif", rgb=folder / "rgb.tif", report_json=folder / "r.json", work=folder / "work")
    executor = options.pop("executor", None)
    report = build(sample.scenes, sample.clouds, MosaicOptions(**options), outputs, executor=executor)
    with rasterio.open(outputs.rgb) as rgb, rasterio.open(outputs.mosaic) as mosaic:
        return rgb.read(), mosaic.read(), [rgb.read(out_shape=(3, rgb.height // n, rgb.width // n)) for n in rgb.overviews(1)], report


def test_the_8_bit_product_is_the_same_whatever_the_blocks_and_workers_and_never_0_or_255(sample, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    rgb, mosaic, overviews, report = run(sample, tmp_path / "a", block_px=512, executor=InlineExecutor())
    other, *_ = run(sample, tmp_path / "b", block_px=1024)
    np.testing.assert_array_equal(rgb, other)
    valid = (mosaic > 0).all(axis=0)
    assert rgb[:, valid].min() >= 1 and rgb.max() <= 254 and not rgb[:, ~valid].any()
    assert overviews
    for overview in overviews:
        known = overview.any(axis=0)
        assert overview[:, known].min() >= 1 and overview.max() <= 254
    found = report.content["histograms"]["8bit"]
    assert found["samples"] == 3 * valid.sum() and found["at_0"] == found["at_255"] == 0
    for number, band in enumerate(("B04", "B03", "B02")):
        counts = np.bincount(rgb[number][valid], minlength=256).reshape(64, 4).sum(axis=1)
        assert found["bands"][band]["counts"] == counts.tolist()


def test_finished_blocks_of_the_8_bit_product_are_found_again_unless_the_stretch_changes(sample, tmp_path):
    def stamps():
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work" / OWN_FOLDER).glob("*.rgb.part")}

    first, *_ = run(sample, tmp_path)
    before = stamps()
    second, *_ = run(sample, tmp_path)
    assert before and stamps() == before
    np.testing.assert_array_equal(first, second)
    rgb, mosaic, *_ = run(sample, tmp_path, minimum=(100.0,), maximum=(3000.0, 2900.0, 2800.0), gamma=1.5, blend_rgb_px=0)
    assert all(stamps()[name] != stamp for name, stamp in before.items())
    valid = (mosaic > 0).all(axis=0)
    share = np.clip((mosaic[2][valid] - 100.0) / 2900, 0, 1) ** (1 / 1.5)
    assert np.abs(rgb[0][valid] - np.rint(1 + 253 * share)).max() <= 1


def test_a_corrected_polygon_leaves_most_blocks_of_the_8_bit_product_as_they_are(sample, tmp_path):
    def stamps():
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "work" / OWN_FOLDER).glob("*.rgb.part")}

    run(sample, tmp_path, block_px=512, blend_rgb_px=8)
    before = stamps()
    west, _, _, north = sample.scenes[0].grid.bounds
    spot = shapely.Point(west + 9000, north - 9000).buffer(400)
    frame = sample.clouds.frame
    added = frame.iloc[[0]].assign(geometry=[spot], scene=sample.scenes[0].id)
    edited = replace(sample.clouds, frame=gpd.GeoDataFrame(pd.concat([frame, added], ignore_index=True), crs=frame.crs))
    run(replace(sample, clouds=edited), tmp_path, block_px=512, blend_rgb_px=8, keep_balance=True)
    made = {name for name, stamp in stamps().items() if before[name] != stamp}
    assert 1 <= len(made) <= 2 < len(before)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"blend_rgb_px": 129}, "BLEND_RGB is 129"),
        ({"minimum": (1.0, 2.0)}, "MINIMUM holds 2 values"),
        ({"maximum": (1.0,) * 4}, "MAXIMUM holds 4 values"),
        ({"minimum": (5.0,), "maximum": (5.0,)}, "is not below"),
        ({"gamma": 0.0}, "GAMMA is 0"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_before_any_work(options, said):
    with pytest.raises(InputError, match=said):
        MosaicOptions(**options)
