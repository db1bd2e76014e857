"""The mosaic takes the radiometry of a reference raster, in whatever grid it lies."""

from dataclasses import replace

import numpy as np
import pytest
import rasterio
from rasterio.warp import Resampling, calculate_default_transform, reproject
from scipy import ndimage
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.colour.balance import Balance
from skyfri.plugin.core.mosaic.colour.cells import Overlap, SceneCells, cell_keys, is_held_out, measure_scenes, pair_cells
from skyfri.plugin.core.mosaic.colour.reference import Reference, fit_level, group_levels, measure_reference, solve_to_reference
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.plan.plan import make_plan
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs

from ..conftest import Listener, meeting_pairs

GAIN = {"B02": 0.85, "B03": 0.95, "B04": 1.15, "B08": 1.1}
OFFSET = {"B02": 30, "B03": 0, "B04": -10, "B08": 20}


@pytest.fixture(scope="module")
def plain(sample, tmp_path_factory):
    """A mosaic that nobody anchored."""
    folder = tmp_path_factory.mktemp("plain")
    build(sample.scenes, sample.clouds, MosaicOptions(), MosaicOutputs(folder / "m.tif"))
    return folder / "m.tif"


def write_reference(path, plain, bands=("B02", "B03", "B04", "B08"), names=True, change=None, plain_gain=False):
    with rasterio.open(plain) as dataset:
        profile = {**dataset.profile, "driver": "GTiff", "count": len(bands)}
        samples = np.stack([dataset.read(dataset.descriptions.index(b) + 1) for b in bands]).astype(float)
    for number, band in enumerate(bands if not plain_gain else ()):
        samples[number] = np.where(samples[number] > 0, np.maximum(samples[number] * GAIN[band] + OFFSET[band], 1), 0)
    if change:
        samples = change(samples)
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(np.rint(samples).astype(np.uint16))
        if names:
            dataset.descriptions = bands
    return path


def anchored(sample, path, folder, **options):
    outputs = MosaicOutputs(folder / "m.tif")
    report = build(sample.scenes, sample.clouds, MosaicOptions(reference=str(path), **options), outputs)
    with rasterio.open(outputs.mosaic) as dataset:
        return dict(zip(dataset.descriptions, dataset.read().astype(float), strict=True)), report


def compare(mosaic, path, bands):
    with rasterio.open(path) as dataset:
        expected = dataset.read().astype(float)
    for band, target in zip(bands, expected, strict=True):
        both = (mosaic[band] > 0) & (target > 0)
        yield band, mosaic[band][both], target[both]


def test_a_known_change_of_radiometry_is_taken_over(sample, plain, tmp_path):
    path = write_reference(tmp_path / "ref.tif", plain)
    mosaic, report = anchored(sample, path, tmp_path)
    for band, got, target in compare(mosaic, path, GAIN):
        assert got.mean() == pytest.approx(target.mean(), rel=0.01), band
        assert got.std() == pytest.approx(target.std(), rel=0.05), band
    found = report.content["reference"]
    assert found["bands"] == list(GAIN)
    assert np.mean(found["mad_pct_after"]) < 0.5 * np.mean(found["mad_pct_before"])


def test_a_reference_of_another_season_gives_its_level_and_leaves_the_contrast(sample, plain, tmp_path):
    """Harvested fields and uneven haze: nothing in its variance is a gain of the scenes."""

    def season(samples):
        rng = np.random.default_rng(8)
        rows, cols = samples.shape[1:]
        fields = np.kron(rng.normal(0, 0.25, (rows // 25 + 1, cols // 25 + 1)), np.ones((25, 25)))[:rows, :cols]
        haze = ndimage.gaussian_filter(rng.normal(0, 1, (rows, cols)), 60, mode="wrap")
        haze = 120 + 70 * haze / haze.std()
        light = np.array([1.0, 0.6, 0.4, 0.15])[:, None, None] * haze
        return np.where(samples > 0, np.maximum(samples * np.exp(fields) + light, 1), 0)

    path = write_reference(tmp_path / "ref.tif", plain, change=season, plain_gain=True)
    mosaic, _ = anchored(sample, path, tmp_path)
    with rasterio.open(plain) as dataset:
        before = dict(zip(dataset.descriptions, dataset.read().astype(float), strict=True))
    for band, got, target in compare(mosaic, path, GAIN):
        assert np.median(got) == pytest.approx(np.median(target), rel=0.06), band
        both = (before[band] > 0) & (mosaic[band] > 0)
        assert 0.97 < mosaic[band][both].std() / before[band][both].std() < 1.03, band
    assert mosaic["B02"].mean() > 1.1 * before["B02"].mean()


def test_a_reference_in_another_crs_and_pixel_size_says_the_same(sample, plain, tmp_path):
    path = write_reference(tmp_path / "ref.tif", plain)
    with rasterio.open(path) as source:
        transform, width, height = calculate_default_transform(
            source.crs, "EPSG:3035", source.width, source.height, *source.bounds, resolution=90
        )
        profile = {**source.profile, "crs": "EPSG:3035", "transform": transform, "width": width, "height": height}
        with rasterio.open(tmp_path / "other.tif", "w", **profile) as target:
            for band in source.indexes:
                reproject(
                    rasterio.band(source, band), rasterio.band(target, band), resampling=Resampling.average, src_nodata=0, dst_nodata=0
                )
            target.descriptions = source.descriptions
    mosaic, _ = anchored(sample, tmp_path / "other.tif", tmp_path)
    for band, got, target in compare(mosaic, path, GAIN):
        assert got.mean() == pytest.approx(target.mean(), rel=0.015), band


def test_three_bands_without_names_are_red_green_blue_and_the_rest_keeps_its_mean(sample, plain, tmp_path):
    path = write_reference(tmp_path / "ref.tif", plain, bands=("B04", "B03", "B02"), names=False)
    mosaic, report = anchored(sample, path, tmp_path)
    for band, got, target in compare(mosaic, path, ("B04", "B03", "B02")):
        assert got.mean() == pytest.approx(target.mean(), rel=0.01), band
    with rasterio.open(plain) as dataset:
        before = dataset.read(dataset.descriptions.index("B08") + 1).astype(float)
    np.testing.assert_allclose(mosaic["B08"], before, atol=1)
    assert report.content["reference"]["bands"] == ["B02", "B03", "B04"]


def test_land_that_changed_since_does_not_pull(sample, plain, tmp_path):
    def harvest(samples):
        samples[:, :150] = np.where(samples[:, :150] > 0, samples[:, :150] * 1.6, 0)
        return samples

    clean, _ = anchored(sample, write_reference(tmp_path / "a.tif", plain), tmp_path)
    changed, _ = anchored(sample, write_reference(tmp_path / "b.tif", plain, change=harvest), tmp_path)
    for band in GAIN:
        assert changed[band].mean() == pytest.approx(clean[band].mean(), rel=0.03)


def test_a_reference_elsewhere_warns_and_changes_nothing(sample, plain, tmp_path):
    path = write_reference(tmp_path / "ref.tif", plain)
    with rasterio.open(path, "r+") as dataset:
        dataset.transform = dataset.transform.translation(5_000_000, 0) * dataset.transform
    plan = make_plan(sample.scenes, sample.clouds, MosaicOptions())
    listener, executor = Listener(), InlineExecutor()
    cells = list(measure_scenes(plan, executor))
    assert measure_reference(str(path), plan, cells, executor, progress=listener) is None
    assert "no clear land in common" in listener.warnings[0]


@pytest.mark.parametrize(("change", "message"), [(lambda s: np.minimum(s / 16, 255), "8-bit"), (lambda s: s * 10, "times the scenes")])
def test_other_units_are_refused_in_a_sentence(sample, plain, tmp_path, change, message):
    path = write_reference(tmp_path / "ref.tif", plain, change=change)
    with pytest.raises(InputError, match=message):
        anchored(sample, path, tmp_path)
    assert not (tmp_path / "m.tif").exists()


def test_bands_that_nobody_can_tell_are_refused(sample, plain, tmp_path):
    path = write_reference(tmp_path / "ref.tif", plain, bands=("B02", "B08"), names=False)
    with pytest.raises(InputError, match="describe its bands"):
        anchored(sample, path, tmp_path)


def test_a_reference_without_balance_is_a_contradiction():
    with pytest.raises(InputError, match="BALANCE is none"):
        MosaicOptions(balance="none", reference="x.tif")


def test_groups_that_do_not_overlap_meet_at_the_reference(sample, plain, tmp_path):
    """Two tiles whose overlap is taken away come to one tone by the reference alone."""
    path = write_reference(tmp_path / "ref.tif", plain)
    plan = make_plan(sample.scenes, sample.clouds, MosaicOptions())
    executor = InlineExecutor()
    tile = {placed.rank: placed.scene.tile for placed in plan.scenes}
    cells = [
        scene if tile[scene.rank] == tile[1] else replace(scene, medians=scene.medians * np.float32(0.8))
        for scene in measure_scenes(plan, executor)
    ]
    overlaps = [o for o in pair_cells(cells, meeting_pairs(plan)) if tile[o.pair[0]] == tile[o.pair[1]]]
    reference = measure_reference(str(path), plan, cells, executor)
    balance = solve_to_reference(overlaps, [s.id for s in sample.scenes], plan.bands, reference, importance=np.ones(len(cells)))
    assert len(set(balance.groups)) == 1
    for overlap in reference.overlaps:
        row = overlap.pair[0] - 1
        ratio = np.median((overlap.first * balance.gains[row] + balance.offsets[row]) / overlap.second, axis=0)
        np.testing.assert_allclose(ratio, 1, atol=0.04)


def test_a_level_is_recovered_among_outliers():
    rng = np.random.default_rng(5)
    x = rng.normal(1000, 200, 3000)
    y = 1.2 * x - 40 + rng.normal(0, 10, 3000)
    y[:300] += 900
    gain, offset = fit_level(x, y)
    assert gain == pytest.approx(1.2, abs=0.01)
    assert offset == pytest.approx(-40, abs=10)


@pytest.mark.parametrize("noise", [0.0, 150.0, 600.0])
def test_the_gain_of_a_level_is_the_one_nearest_to_1_that_the_noise_allows(noise):
    rng = np.random.default_rng(4)
    land = 1000 + 400 * rng.standard_normal(20_000)
    x, y = land + noise * rng.standard_normal(land.shape), 1.2 * land - 50 + 1.2 * noise * rng.standard_normal(land.shape)
    gain, offset = fit_level(x, y)
    assert gain == pytest.approx({0.0: 1.2, 150.0: 1.2 * 400**2 / (400**2 + 150**2), 600.0: 1.0}[noise], rel=0.02)
    assert gain * x.mean() + offset == pytest.approx(y.mean(), rel=0.01)


def test_a_small_group_has_its_level_in_a_large_mosaic_as_well():
    def overlap(rank, cells, level):
        row, col = np.divmod(np.arange(cells), 40)
        keys = cell_keys(row, col)
        shown = np.random.default_rng(rank).uniform(300, 2000, (cells, 1)).astype(np.float32)
        return Overlap((rank, 9999), keys, shown, shown * np.float32(level), is_held_out(keys))

    for others in (10, 1500):
        overlaps = [*(overlap(rank, 2400, 1.0) for rank in range(1, others + 1)), overlap(others + 1, 400, 1.4)]
        count = others + 1
        own = Balance(("B04",), tuple(map(str, range(count))), np.ones((count, 1)), np.zeros((count, 1)), (1,) * others + (2,))
        reference = Reference("r.tif", ("B04",), SceneCells(9999, np.empty(0, int), np.empty((0, 1)), np.empty(0, bool)), overlaps)
        assert group_levels(own, reference, [0])[2][0] == pytest.approx(1.4, rel=1e-3)
