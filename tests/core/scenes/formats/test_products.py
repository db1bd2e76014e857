"""Every layout of a product gives the same scene."""

import shutil

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.warp import transform
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.scenes import open_scene, read_scaled
from skyfri.tests.core.scenes.build_products import (
    BANDS,
    CRS,
    NAME,
    PIXEL_M,
    ULX,
    ULY,
    Spec,
    dn_of,
    granule_name,
    make_safe,
    make_stac,
    make_zip,
    product_xml,
    tile_xml,
    write_band,
)


def same_samples(scene, bands=("B02", "B8A"), size_px=120, offset=-1000):
    """Return True where the bands hold the builder's samples with the offset applied."""
    for band in bands:
        grid = scene.grid.at(PIXEL_M[band])
        dn = dn_of(band, size_px).astype(int)
        expected = np.where(dn == 0, 0, np.clip(dn + offset, 1, 65535))
        if not (read_scaled(scene, [band], grid)[0] == expected).all():
            return False
    return True


def test_a_safe_folder_states_its_facts(safe):
    scene = open_scene(safe)
    assert scene.id == NAME
    assert scene.sensed.isoformat() == "2023-08-23T10:50:01.123400+00:00"
    assert (scene.tile, scene.platform, scene.relative_orbit, scene.level, scene.baseline) == ("32VNM", "S2B", 51, "L1C", "05.09")
    assert scene.datatake == "GS2B_20230823T104629_033755_N05.09"
    assert tuple(scene.bands) == BANDS
    assert (scene.grid.crs, scene.grid.shape, scene.grid.pixel_m) == (CRS, (120, 120), 10)
    assert scene.grid.bounds[0::3] == (ULX, ULY)
    assert {file.offset for file in scene.bands.values()} == {-1000}
    assert same_samples(scene, BANDS)


def test_every_way_to_name_a_product_opens_it(safe):
    whole = open_scene(safe)
    granule = next((safe / "GRANULE").iterdir())
    for path in (str(safe), safe / "MTD_MSIL1C.xml", safe / "manifest.safe", safe / "GRANULE", granule, granule / "MTD_TL.xml"):
        scene = open_scene(path)
        assert (scene.id, scene.datatake, scene.path) == (whole.id, whole.datatake, str(path))
        assert scene.bands == whole.bands
        assert len(scene.view) == len(whole.view) > 0


@pytest.mark.parametrize(("inside", "keep_root"), [("", True), ("archive/2023/", True), ("", False)])
def test_a_zip_is_read_in_place(safe, tmp_path, inside, keep_root):
    path = make_zip(tmp_path / f"{NAME}.zip", safe, inside=inside, keep_root=keep_root)
    scene = open_scene(path)
    assert scene.id == NAME
    assert all(file.path.startswith("/vsizip/") for file in scene.bands.values())
    assert same_samples(scene)
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name]


def test_a_zip_with_another_name_and_blanks_keeps_the_products_id(safe, tmp_path):
    scene = open_scene(make_zip(tmp_path / "my download (1).zip", safe))
    assert scene.id == NAME
    assert same_samples(scene)


def test_level_2a_takes_the_finest_file_of_each_band_and_no_classification(safe_l2a):
    scene = open_scene(safe_l2a)
    assert scene.level == "L2A"
    assert set(scene.bands) == set(BANDS) - {"B10"}
    for band, file in scene.bands.items():
        assert file.path.endswith(f"_{PIXEL_M[band]}m.jp2")
    assert scene.bands["B04"].offset == -900
    assert same_samples(scene, ["B02", "B11", "B01"])
    assert same_samples(scene, ["B04"], offset=-900)


def test_without_an_offset_list_nothing_is_added_whatever_the_date(tmp_path):
    scene = open_scene(make_safe(tmp_path, Spec(offsets={}, baseline="02.09", bands=("B02",))))
    assert scene.bands["B02"].offset == 0
    assert same_samples(scene, ["B02"], offset=0)


def test_the_offset_of_each_band_and_the_quantification_are_the_documents(tmp_path):
    spec = Spec(offsets={"B02": -500, "B04": 250}, quantification=5000, bands=("B02", "B03", "B04"))
    scene = open_scene(make_safe(tmp_path, spec))
    assert [scene.bands[band].offset for band in spec.bands] == [-500, 0, 250]
    dn = dn_of("B02", 120).astype(int)
    expected = np.where(dn == 0, 0, np.clip((dn - 500) * 2, 1, 65535))
    assert (read_scaled(scene, ["B02"], scene.grid)[0] == expected).all()


def test_dterrengdata_needs_no_manifest(tmp_path):
    product = make_safe(tmp_path, name=f"{NAME}_DTERRENGDATA")
    (product / "manifest.safe").unlink()
    bare = product.rename(product.with_suffix(""))
    scene = open_scene(bare)
    assert scene.id == f"{NAME}_DTERRENGDATA"
    assert (scene.tile, scene.relative_orbit, len(scene.view)) == ("32VNM", 51, 1)
    assert same_samples(scene, BANDS)


def test_dterrengdata_with_bands_straight_in_the_granule_and_metadata_astray(tmp_path):
    product = make_safe(tmp_path, Spec(bands=("B02", "B8A")), name=f"{NAME}_DTERRENGDATA")
    granule = next((product / "GRANULE").iterdir())
    for file in (granule / "IMG_DATA").iterdir():
        file.rename(granule / file.name)
    (product / "wp_in_progress").mkdir()
    (granule / "MTD_TL.xml").rename(product / "wp_in_progress" / "MTD_TL.xml")
    (product / "manifest.safe").unlink()
    scene = open_scene(product)
    assert set(scene.bands) == {"B02", "B8A"}
    assert scene.sun is not None
    assert same_samples(scene)


def make_old_product(parent, tiles):
    """Write a product in the naming of before December 2016, with one granule per tile."""
    product = parent / "S2A_OPER_PRD_MSIL1C_PDMC_20160618T185842_R008_V20160618T105032_20160618T105032.SAFE"
    spec = Spec(offsets={}, baseline="02.02", bands=("B02", "B8A"), size_px=60)
    for tile in tiles:
        granule = product / "GRANULE" / f"S2A_OPER_MSI_L1C_TL_EPA__20160618T133016_A003999_{tile}_N02.02"
        for band in spec.bands:
            write_band(
                granule / "IMG_DATA" / f"S2A_OPER_MSI_L1C_TL_EPA__20160618T133016_A003999_{tile}_{band}.jp2", dn_of(band, 60), PIXEL_M[band]
            )
        (granule / f"S2A_OPER_MTD_L1C_TL_EPA__20160618T133016_A003999_{tile}.xml").write_text(tile_xml(spec).replace("T32VNM", tile))
    (product / "S2A_OPER_MTD_SAFL1C_PDMC_20160618T185842_R008_V20160618T105032_20160618T105032.xml").write_text(product_xml(spec, ""))
    (product / "manifest.safe").write_text("<xfdu/>")
    return product


def test_the_old_naming_with_one_tile_opens_as_a_product(tmp_path):
    product = make_old_product(tmp_path, ["T32VNM"])
    scene = open_scene(product)
    assert (scene.id, scene.tile, scene.baseline) == (product.stem, "32VNM", "02.02")
    assert same_samples(scene, size_px=60, offset=0)


def test_the_old_naming_with_several_tiles_names_them_and_each_opens(tmp_path):
    product = make_old_product(tmp_path, ["T32VNM", "T32VNN"])
    with pytest.raises(InputError, match=r"holds 2 tiles \(.*T32VNM.*T32VNN.*\); open the folder of one of them"):
        open_scene(product)
    archive = make_zip(tmp_path / "old.zip", product)
    granules = sorted((product / "GRANULE").iterdir())
    for granule, tile in zip(granules, ("32VNM", "32VNN"), strict=True):
        for path in (granule, archive / product.name / "GRANULE" / granule.name):
            scene = open_scene(path)
            assert (scene.id, scene.tile, scene.relative_orbit) == (granule.name, tile, 51)
            assert same_samples(scene, size_px=60, offset=0)


def test_the_aws_layout(safe, tmp_path):
    folder = tmp_path / "S2B_OPER_MSI_L1C_TL_2BPS_20230823T125347_A033755_T32VNM_N02.09"
    folder.mkdir()
    granule = next((safe / "GRANULE").iterdir())
    for file in (granule / "IMG_DATA").iterdir():
        shutil.copy(file, folder / file.name[-7:])
    (folder / "metadata.xml").write_text(tile_xml(Spec()))
    (folder / "productInfo.json").write_text(f'{{"name": "{NAME}", "datatakeIdentifier": "GS2B_X"}}')
    (folder / "tileInfo.json").write_text(f'{{"utmZone": 32, "latitudeBand": "V", "gridSquare": "NM", "productName": "{NAME}"}}')
    (folder / "qi").mkdir()
    shutil.copy(granule / "QI_DATA" / "MSK_DETFOO_B04.jp2", folder / "qi" / "B04.jp2")
    for path in (folder, make_zip(tmp_path / f"{folder.name}.AWSPDS.zip", folder)):
        scene = open_scene(path)
        assert (scene.id, scene.tile, scene.relative_orbit, scene.datatake) == (folder.name, "32VNM", 51, "GS2B_X")
        assert (len(scene.bands), len(scene.view)) == (13, 1)
        assert same_samples(scene)  # baseline 05.09, no document lists offsets


@pytest.mark.parametrize(
    ("applied", "stated", "offset"), [(True, -0.1, 0), (False, -0.1, -1000), (None, -0.1, -1000), (None, 0, 0), (None, None, -1000)]
)
def test_a_stac_item_says_whether_the_offset_is_applied(tmp_path, applied, stated, offset):
    scene = open_scene(make_stac(tmp_path, applied=applied, offset=stated))
    assert (scene.id, scene.tile, scene.level, scene.relative_orbit) == ("S2B_32VNM_20230823_0_L2A", "32VNM", "L2A", 51)
    assert set(scene.bands) == {"B02", "B04", "B11"}
    assert scene.bands["B04"].offset == pytest.approx(offset)
    assert same_samples(scene, ["B02", "B11"], offset=offset)


def test_a_stac_item_opens_its_folder_and_tells_bands_from_other_names(tmp_path):
    folder = make_stac(tmp_path, applied=True)
    item = folder / f"{folder.name}.json"
    (folder / "B04.tif").rename(folder / "red.tif")
    item.write_text(item.read_text().replace('"B04.tif"', '"https://example.com/x/red.tif?token=1"'))
    scene = open_scene(item)
    assert scene.bands["B04"].path.endswith("red.tif")
    assert same_samples(scene, ["B04"], offset=0)


def test_band_files_without_any_document_open_as_they_are(tmp_path):
    for band in ("B02", "B11"):
        write_band(tmp_path / "loose" / f"{band}.tif", dn_of(band, 120), PIXEL_M[band], driver="GTiff")
    scene = open_scene(tmp_path / "loose")
    assert (scene.id, scene.sensed, scene.level, scene.tile) == ("loose", None, "", "")
    assert same_samples(scene, ["B02", "B11"], offset=0)


def ring_text(corners):
    lons, lats = transform(CRS, "EPSG:4326", *zip(*corners, strict=True))
    return " ".join(f"{lat} {lon}" for lon, lat in zip(lons, lats, strict=True))


def test_the_footprint_holds_the_stated_one_and_stays_on_the_raster(tmp_path):
    size, far = 600, 600 * 10
    corners = [(ULX, ULY), (ULX + far / 2, ULY), (ULX + far / 4, ULY - far), (ULX, ULY - far), (ULX, ULY)]
    scene = open_scene(make_safe(tmp_path, Spec(size_px=size, bands=("B02",), footprint=ring_text(corners))))
    stated = shapely.Polygon(corners)
    assert scene.footprint.buffer(1).contains(stated)
    assert stated.buffer(1001, join_style="mitre").contains(scene.footprint)
    assert shapely.box(*scene.grid.bounds).buffer(1e-6).contains(scene.footprint)


@pytest.mark.parametrize("footprint", ["", "10 10 11 10 11 11 10 10", "x y z", "95 500 95 501 96 501 95 500"])
def test_without_a_usable_footprint_it_is_the_rasters_outline(tmp_path, footprint):
    scene = open_scene(make_safe(tmp_path, Spec(size_px=60, bands=("B02",), footprint=footprint)))
    assert scene.footprint.equals(shapely.box(*scene.grid.bounds))


def test_samples_agree_with_gdals_own_driver(safe):
    scene = open_scene(safe)
    with rasterio.open(safe / "MTD_MSIL1C.xml") as product:
        names = [name for name in product.subdatasets if ":TCI:" not in name]
    compared = []
    for name in names:
        with rasterio.open(name) as dataset:
            for index, description in enumerate(dataset.descriptions, 1):
                band = "B8A" if description.startswith("B8A") else f"B{int(description.split(',')[0][1:]):02d}"
                dn = dataset.read(index).astype(int)
                expected = np.where(dn == 0, 0, np.clip(dn - 1000, 1, 65535))
                assert (read_scaled(scene, [band], scene.grid.at(PIXEL_M[band]))[0] == expected).all()
                compared.append(band)
    assert sorted(compared) == sorted(BANDS)


def test_two_products_in_one_zip_are_refused_by_name(safe, tmp_path):
    folder = tmp_path / "both"
    shutil.copytree(safe, folder / "A.SAFE")
    shutil.copytree(safe, folder / "B.SAFE")
    path = make_zip(tmp_path / "both.zip", folder)
    with pytest.raises(InputError, match=f"holds 2 tiles .*A.SAFE/GRANULE/{granule_name(Spec())}.*B.SAFE"):
        open_scene(path)
    assert open_scene(path / "both" / "B.SAFE").id == NAME
