"""Real products: every one opens or is refused in a sentence, with the facts their publishers state."""

import json

import numpy as np
import pytest
import rasterio
import shapely
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.scenes import find_scenes, open_scene, read_scaled
from skyfri.plugin.core.scenes.angles import mean_sun, mean_view, sun_on, view_on
from skyfri.plugin.core.scenes.prepare import prepare

pytestmark = pytest.mark.data

REFUSED = {
    "fake_l1b": "is of level L1B",
    "fake_l1b_geoloc": "is of level L1B",
    "fake_l1c": "has no coordinate reference system",
    "fake_l1c_safecompact": "has no coordinate reference system",
    "fake_l2a": "has no coordinate reference system",
    "fake_l2a_MSIL2A": "has no coordinate reference system",
    "fake_l2a_MSIL2Ap": "has no coordinate reference system",
}


def test_every_product_opens_or_is_refused_in_a_sentence(data_folder):
    paths = find_scenes(data_folder / "l1c_safe") + find_scenes(data_folder / "safe_skeletons")
    assert len(paths) == 15
    for path in paths:
        skeleton = path.relative_to(data_folder).parts[1]
        try:
            scene = open_scene(path)
        except InputError as error:
            assert REFUSED[skeleton] in str(error)
            assert str(error).count(". ") == 0
            continue
        assert skeleton not in REFUSED
        assert scene.sensed is not None
        assert scene.tile in scene.id
        assert (scene.level, len(scene.bands)) in {("L1C", 13), ("L2A", 12)}


def test_a_product_of_several_tiles_lists_them(data_folder):
    with pytest.raises(InputError, match=r"holds 2 tiles \(.*T32TQR.*T32TRQ.*\)"):
        open_scene(next((data_folder / "safe_skeletons" / "fake_l1c").iterdir()))


def test_baseline_0510_comes_out_with_the_offset_applied(data_folder):
    for path in (data_folder / "l1c_safe").glob("*T31TCJ*.SAFE"):
        scene = open_scene(path)
        assert {file.offset for file in scene.bands.values()} == {-1000}
        out = read_scaled(scene, list(scene.bands), scene.grid)
        for samples, file in zip(out, scene.bands.values(), strict=True):
            with rasterio.open(file.path) as dataset:
                dn = dataset.read(1).astype(int)
            assert (samples == np.where(dn == 0, 0, np.clip(dn - 1000, 1, 65535))).all()


def test_each_band_lies_where_its_raster_says(data_folder):
    for path in find_scenes(data_folder / "l1c_safe"):
        scene = open_scene(path)
        for file in scene.bands.values():
            with rasterio.open(file.path) as dataset:
                assert dataset.crs.to_string() == scene.grid.crs
                assert (dataset.bounds.left, dataset.bounds.top) == (scene.grid.bounds[0], scene.grid.bounds[3])
                assert dataset.bounds.right == pytest.approx(scene.grid.bounds[2], abs=dataset.res[0])
        assert scene.grid.shape[0] in {30, 172, 439}


def test_the_aws_zip_states_what_its_documents_do(data_folder):
    scene = open_scene(next((data_folder / "l1c_safe").glob("*AWSPDS.zip")))
    assert (scene.tile, scene.platform, scene.relative_orbit, scene.level, scene.baseline) == ("55JGF", "S2B", 73, "L1C", "02.06")
    assert scene.datatake == "GS2B_20180617T001109_006677_N02.06"
    assert len(scene.bands) == 13
    samples = read_scaled(scene, ["B04", "B8A"], scene.grid)
    valid = (samples > 0).all(axis=0)
    assert valid.mean() == pytest.approx(0.83, abs=0.02)
    assert 500 < samples[0][valid].mean() < 5000


def stac_scenes(data_folder):
    """Return the ten scenes of the mosaic's real set."""
    paths = find_scenes(data_folder / "mosaic_33TWM_33TWL")
    assert len(paths) == 10
    return [open_scene(path) for path in paths]


def test_stac_items_say_the_offset_is_applied_and_where_the_sun_stood(data_folder):
    for scene in stac_scenes(data_folder):
        properties = json.loads((data_folder / "mosaic_33TWM_33TWL" / scene.id / f"{scene.id}.json").read_text())["properties"]
        assert set(scene.bands) == {"B02", "B03", "B04", "B08"}
        assert {file.offset for file in scene.bands.values()} == {0}
        assert scene.relative_orbit in {79, 122}
        assert scene.datatake == properties["s2:datatake_id"]
        zenith, azimuth = mean_sun(scene)
        assert zenith == pytest.approx(90 - properties["view:sun_elevation"], abs=0.1)
        assert azimuth == pytest.approx(properties["view:sun_azimuth"], abs=0.2)
        assert 2 < mean_view(scene, "B04")[0] < 12


def test_view_directions_are_complete_and_smooth_over_detectors(data_folder):
    for scene in stac_scenes(data_folder)[:3]:
        coarse = scene.grid.at(1200)
        view, sun = view_on(scene, coarse, "B03"), sun_on(scene, coarse)
        assert np.isfinite(view.zenith_deg).all()
        assert 0 <= view.zenith_deg.min() < view.zenith_deg.max() < 13
        assert np.abs(np.diff(view.zenith_deg, axis=1)).max() < 1.0
        assert np.ptp(sun.zenith_deg) < 2


def test_footprints_hold_all_data_but_the_ringing_of_lossy_files(data_folder):
    for scene in stac_scenes(data_folder):
        red = read_scaled(scene, ["B04"], scene.grid)[0]
        rows, cols = np.nonzero(red > 60)  # compression leaves samples of a few DN beyond the swath's edge
        inside = shapely.contains_xy(scene.footprint, *scene.grid.to_map(rows, cols))
        assert inside.all()
        assert scene.footprint.area / shapely.box(*scene.grid.bounds).area < (red > 0).mean() + 0.03


def test_angles_beside_loose_bands_are_found(data_folder):
    scene = open_scene(data_folder / "cumulus_31UFS_10m")
    assert set(scene.bands) == {"B02", "B03", "B04", "B08", "B8A", "B09", "B11"}
    assert mean_sun(scene) == pytest.approx((44, 164.5), abs=0.6)
    assert mean_view(scene, "B08") == pytest.approx((6.5, 297.5), abs=0.6)
    assert mean_view(scene) == pytest.approx(mean_view(scene, "B08"), abs=1e-3)


def test_a_real_zip_is_prepared(data_folder, tmp_path):
    scene = open_scene(next((data_folder / "l1c_safe").glob("*T56JMM*.zip")))
    prepare(scene, tmp_path / "out.tif")
    with rasterio.open(tmp_path / "out.tif") as dataset:
        assert dataset.count == 10
        assert dataset.shape == (439, 439)
        assert dataset.tags()["TILE"] == "56JMM"
        with rasterio.open(scene.bands["B08"].path) as band:
            assert (dataset.read(7) == band.read(1)).all()
