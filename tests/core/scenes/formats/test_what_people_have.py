"""Inputs as people have them: mixed folders, other sensors, odd stacks, masks, links, zips of old programs."""

import zipfile

import numpy as np
import pytest
import rasterio
from affine import Affine
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.mosaic.products.scale import ScaleOptions, scale8bit
from skyfri.plugin.core.scenes import find_scenes, open_scene
from skyfri.plugin.core.scenes.bands import read_scaled

PLACE = Affine(10, 0, 600_000, 0, -10, 6_700_020)


def write(path, samples, *, names=(), nodata=None, crs="EPSG:32632", place=PLACE, **more):
    samples = np.atleast_3d(samples) if np.ndim(samples) == 2 else samples
    samples = samples.transpose(2, 0, 1) if samples.shape[-1] == 1 else samples
    path.parent.mkdir(parents=True, exist_ok=True)
    count, rows, cols = samples.shape
    profile = {"driver": "GTiff", "dtype": samples.dtype, "count": count, "height": rows, "width": cols, "crs": crs, "nodata": nodata}
    with rasterio.open(path, "w", transform=place, **profile, **more) as dataset:
        dataset.write(samples)
        if names:
            dataset.descriptions = names
    return path


def band(path, value=1400, **more):
    return write(path, np.full((40, 40), value, np.uint16), **more)


def samples_of(scene):
    return read_scaled(scene, list(scene.bands), scene.grid)


@pytest.mark.parametrize(
    "names",
    [
        ("T32VNM_20230810T104629_{}_10m.jp2", "T32VNM_20230815T105031_{}_10m.jp2"),
        ("T32VNM_20230810T104629_{}_10m.jp2", "T32VPM_20230810T104629_{}_10m.jp2"),
        ("HLS.S30.T32VNM.2023222T104629.v2.0.{}.tif", "HLS.S30.T32VNM.2023227T104629.v2.0.{}.tif"),
        ("S2B_33TWM_20230810_0_L2A_{}.tif", "S2B_33TWM_20230815_0_L2A_{}.tif"),
    ],
)
def test_bands_of_two_acquisitions_are_never_one_scene(tmp_path, names):
    for number, name in enumerate(names):
        for one in ("B02", "B03", "B04"):
            band(tmp_path / "mixed" / name.format(one), 1400 + 1000 * number)
            band(tmp_path / str(number) / name.format(one), 1400 + 1000 * number)
    with pytest.raises(InputError, match="mixes the bands of 2 acquisitions") as caught:
        open_scene(tmp_path / "mixed")
    assert "folder of its own" in str(caught.value)
    apart = [open_scene(tmp_path / str(number)) for number in range(2)]
    assert [int(samples_of(scene).mean()) for scene in apart] == [1400, 2400]
    assert all(scene.tile and scene.sensed.year == 2023 for scene in apart)
    assert (apart[0].tile, apart[0].sensed) != (apart[1].tile, apart[1].sensed)


def test_files_whose_names_state_nothing_join_the_only_acquisition(tmp_path):
    band(tmp_path / "T32VNM_20230810T104629_B02_10m.jp2")
    band(tmp_path / "B03.tif")
    scene = open_scene(tmp_path)
    assert list(scene.bands) == ["B02", "B03"] and scene.tile == "32VNM"


@pytest.mark.parametrize("name", ["LC08_L2SP_199018_20230815_20230819_02_T1_SR_B{}.TIF", "HLS.L30.T32VNM.2023227T103901.v2.0.B0{}.tif"])
def test_another_sensor_is_told_by_its_names(tmp_path, name):
    for number in range(2, 6):
        band(tmp_path / "x" / name.format(number))
    with pytest.raises(InputError, match=r"Landsat.*give a Sentinel-2 product"):
        open_scene(tmp_path / "x")
    stack = write(tmp_path / "export.tif", np.full((2, 9, 9), 900, np.uint16), names=("SR_B2", "SR_B3"))
    with pytest.raises(InputError, match=r"Landsat.*give a Sentinel-2 stack"):
        open_scene(stack)
    for number in ("02", "03"):
        band(tmp_path / "s30" / f"HLS.S30.T32VNM.2023227T103901.v2.0.B{number}.tif")
    assert open_scene(tmp_path / "s30").tile == "32VNM"


def stack(path, samples, nodata, scale=None, offset=None):
    write(path, samples, names=("B02", "B03"), nodata=nodata)
    if scale is not None:
        with rasterio.open(path, "r+") as dataset:
            dataset.scales, dataset.offsets = (scale,) * 2, (offset,) * 2
    return path


def test_stacks_that_say_what_their_samples_are_give_the_same_reflectance(tmp_path):
    reflectance = np.clip(np.random.default_rng(2).normal(0.12, 0.03, (2, 60, 60)), 0.01, 1)
    whole = np.rint(reflectance * 10_000)
    whole[:, :, :9] = 0
    gaps = np.where(whole > 0, whole / 10_000, np.nan)
    expected = samples_of(open_scene(stack(tmp_path / "plain.tif", whole.astype(np.uint16), 0)))
    assert 1150 < expected[expected > 0].mean() < 1250
    for path in (
        stack(tmp_path / "float.tif", gaps.astype(np.float32), np.nan),
        stack(tmp_path / "scaled.tif", np.where(whole > 0, whole + 1000, 0).astype(np.uint16), 0, 1e-4, -0.1),
        stack(tmp_path / "twice.tif", (whole * 2).astype(np.uint16), 0, 0.5e-4, 0.0),
    ):
        np.testing.assert_array_equal(samples_of(open_scene(path)), expected, err_msg=path.name)
    with pytest.raises(InputError, match=r"percent.tif reach no more than .* seem to be percent; give reflectance x 10000"):
        open_scene(stack(tmp_path / "percent.tif", np.nan_to_num(gaps * 100, nan=-9999).astype(np.float32), -9999))


@pytest.mark.parametrize(
    ("scale", "offset"), [(1e-320, 0.0), (float("nan"), 0.0), (1e-4, float("inf")), (-1e-4, 0.0), (1e30, 0.0), (1e-4, 55.0)]
)
def test_numbers_that_cannot_be_meant_are_refused(tmp_path, scale, offset):
    path = stack(tmp_path / "s.tif", np.full((2, 9, 9), 1000, np.uint16), 0, scale, offset)
    with pytest.raises(InputError, match="correct them"):
        open_scene(path)


@pytest.mark.parametrize("kind", ["alpha", "inside", "beside"])
def test_what_a_mask_leaves_out_is_no_data(tmp_path, kind):
    samples = np.full((3, 60, 60), 1200, np.uint16)
    outside = np.zeros((60, 60), bool)
    outside[:, :20] = True
    samples[:, outside] = 9000
    names = ("B04", "B03", "B02")
    path = tmp_path / "m.tif"
    if kind == "alpha":
        alpha = np.where(outside, 0, 65535).astype(np.uint16)[None]
        write(path, np.concatenate([samples, alpha]), names=(*names, "alpha"), alpha="YES")
    else:
        write(path, samples, names=names)
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=kind == "inside"), rasterio.open(path, "r+") as dataset:
            dataset.write_mask(np.where(outside, 0, 255).astype(np.uint8))
    scene = open_scene(path)
    read = samples_of(scene)
    assert list(scene.bands) == list(names)
    assert not read[:, outside].any() and (read[:, ~outside] == 1200).all()
    coarse = read_scaled(scene, ["B04"], scene.grid.coarsen(4), resampling="average")
    assert not coarse[0, :, :5].any() and (coarse[0, :, 5:] == 1200).all()
    stretch = scale8bit(path, tmp_path / "p.tif", ScaleOptions(bands=names))
    with rasterio.open(tmp_path / "p.tif") as picture:
        assert not picture.read()[:, outside].any() and picture.read()[:, ~outside].all()
    assert max(stretch.maximum) < 1300


NAME = "S2B_MSIL2A_20230823T104629_N0509_R051_T32VNM_20230823T135347"


def product(folder):
    """A product of baseline 05.09 whose offset stands in its metadata."""
    safe = folder / f"{NAME}.SAFE"
    granule = safe / "GRANULE" / "L2A_T32VNM_A033755_20230823T104626"
    for one in ("B02", "B03"):
        band(granule / "IMG_DATA" / "R10m" / f"T32VNM_20230823T104629_{one}_10m.jp2")
    offsets = "".join(f'<BOA_ADD_OFFSET band_id="{number}">-1000</BOA_ADD_OFFSET>' for number in range(13))
    (safe / "MTD_MSIL2A.xml").write_text(
        '<n1:Level-2A_User_Product xmlns:n1="urn:p"><n1:General_Info><Product_Info>'
        f"<PRODUCT_START_TIME>2023-08-23T10:46:29.024Z</PRODUCT_START_TIME><PRODUCT_URI>{NAME}.SAFE</PRODUCT_URI>"
        "<PROCESSING_BASELINE>05.09</PROCESSING_BASELINE></Product_Info><Product_Image_Characteristics>"
        f'<BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE>{offsets}</Product_Image_Characteristics>'
        "</n1:General_Info></n1:Level-2A_User_Product>"
    )
    return safe


def test_any_folder_inside_a_product_is_the_product(tmp_path):
    safe = product(tmp_path)
    for folder in [safe, *(path for path in safe.rglob("*") if path.is_dir())]:
        scene = open_scene(folder)
        assert (scene.id, scene.level, scene.baseline) == (NAME, "L2A", "05.09"), folder
        assert samples_of(scene).max() == 400
        assert scene.notes == ()


def test_bands_since_2022_without_metadata_are_told_to_lack_their_offset(tmp_path):
    for day, count in (("20230810", 1), ("20210810", 0)):
        for one in ("B02", "B03"):
            band(tmp_path / day / f"T32VNM_{day}T104629_{one}_10m.jp2")
        assert len(open_scene(tmp_path / day).notes) == count


@pytest.mark.parametrize("linked", ["GRANULE", "IMG_DATA"])
def test_links_are_followed_and_end_at_a_folder_above(tmp_path, linked):
    safe = product(tmp_path / "p")
    folder = next(path for path in safe.rglob(linked) if path.is_dir())
    store = tmp_path / "store" / "x"
    store.parent.mkdir()
    folder.rename(store)
    folder.symlink_to(store, target_is_directory=True)
    (store / "back").symlink_to(safe, target_is_directory=True)
    assert samples_of(open_scene(safe)).max() == 400
    assert safe in find_scenes(tmp_path / "p")


def test_a_zip_of_an_old_program_opens(tmp_path):
    safe = product(tmp_path / "p")
    path = tmp_path / f"{NAME}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(safe.rglob("*")):
            if file.is_file():
                entry = zipfile.ZipInfo("x")
                entry.filename = str(file.relative_to(safe.parent)).replace("/", "\\")
                archive.writestr(entry, file.read_bytes())
    assert samples_of(open_scene(path)).max() == 400


def test_a_stack_inside_a_zip_is_read_where_it_lies(tmp_path):
    inner = stack(tmp_path / "stack.tif", np.full((2, 20, 20), 1200, np.uint16), 0)
    path = tmp_path / "stacks.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "2023/stack.tif")
    for text in (f"/vsizip/{path}/2023/stack.tif", f"/vsizip/{{{path}}}/2023/stack.tif", f"{path}/2023/stack.tif"):
        assert (samples_of(open_scene(text)) == 1200).all()


def test_a_subdataset_of_gdals_driver_stands_for_its_product(tmp_path):
    safe = product(tmp_path)
    assert open_scene(f"SENTINEL2_L2A:{safe}/MTD_MSIL2A.xml:10m:EPSG_32632").id == NAME


def test_a_band_of_another_place_is_named(tmp_path):
    band(tmp_path / "x" / "B02.tif")
    far = band(tmp_path / "x" / "B03.tif", place=Affine(10, 0, 900_000, 0, -10, 6_000_000))
    with pytest.raises(InputError, match="lies apart from the other bands") as caught:
        open_scene(tmp_path / "x")
    assert far.name in str(caught.value)
