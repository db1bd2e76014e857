"""Products below a folder."""

import os
import shutil

import pytest
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.scenes import find_scenes
from skyfri.tests.core.scenes.build_products import NAME, Spec, make_safe, make_stac, make_zip
from skyfri.tests.core.scenes.formats.test_products import make_old_product
from skyfri.tests.core.scenes.formats.test_stacks_and_netcdf import write_stack


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """A folder as people have it: products of every layout, and what is none."""
    folder = tmp_path_factory.mktemp("archive")
    small = Spec(bands=("B02", "B8A"), size_px=60)
    product = make_safe(folder / "2023" / "august", small)
    make_zip(folder / "2023" / f"{NAME}.zip", product)
    make_stac(folder / "stac", applied=True, size_px=60)
    make_old_product(folder / "2016", ["T32VNM", "T32VNN"])
    make_safe(folder / "national", small, name=f"{NAME}_DTERRENGDATA").rename(folder / "national" / f"{NAME}_DTERRENGDATA")
    write_stack(folder / "stacks" / "prepared.tif", ["B02", "B03"])
    write_stack(folder / "stacks" / "picture.tif", ["B04", "B03", "B02"], dtype="uint8", value=9)
    write_stack(folder / "stacks" / "classes.tif", ["class"])
    (folder / "stacks" / "notes.txt").touch()
    (folder / "stacks" / "other.tif").write_bytes(b"no raster")
    make_zip(folder / "stacks" / "other.zip", folder / "stacks")
    (folder / "2023" / "S2A_MSIL1C_broken.zip").write_bytes(b"PK half a download")
    (folder / ".cache").mkdir()
    shutil.copytree(product, folder / ".cache" / product.name)
    return folder


def test_every_product_is_found_once_and_nothing_else(archive):
    found = [path.relative_to(archive).as_posix() for path in find_scenes(archive)]
    old = "2016/S2A_OPER_PRD_MSIL1C_PDMC_20160618T185842_R008_V20160618T105032_20160618T105032.SAFE/GRANULE"
    assert found == sorted(found)
    assert sorted(found) == sorted(
        [
            f"{old}/S2A_OPER_MSI_L1C_TL_EPA__20160618T133016_A003999_T32VNM_N02.02",
            f"{old}/S2A_OPER_MSI_L1C_TL_EPA__20160618T133016_A003999_T32VNN_N02.02",
            "2023/S2A_MSIL1C_broken.zip",
            f"2023/{NAME}.zip",
            f"2023/august/{NAME}.SAFE",
            f"national/{NAME}_DTERRENGDATA",
            "stac/S2B_32VNM_20230823_0_L2A",
            "stacks/prepared.tif",
        ]
    )


def test_a_products_own_path_gives_itself(archive, safe):
    assert find_scenes(safe) == [safe]
    for path in (safe / "MTD_MSIL1C.xml", archive / "2023" / f"{NAME}.zip", archive / "stacks" / "prepared.tif"):
        assert find_scenes(str(path)) == [path]


def test_a_zip_of_several_tiles_gives_places_inside_it(tmp_path):
    path = make_zip(tmp_path / "old.zip", make_old_product(tmp_path / "in", ["T32VNM", "T32VNN"]))
    found = find_scenes(path)
    assert [place.name[-12:] for place in found] == ["T32VNM_N02.02"[-12:], "T32VNN_N02.02"[-12:]]
    assert all(place.is_relative_to(path) for place in found)


def test_nothing_there_is_nothing_found(tmp_path):
    assert find_scenes(tmp_path) == []
    with pytest.raises(InputError, match="does not exist"):
        find_scenes(tmp_path / "absent")


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_link_in_a_circle_ends(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    make_stac(tmp_path, applied=True, size_px=60)
    assert [path.name for path in find_scenes(tmp_path)] == ["S2B_32VNM_20230823_0_L2A"]
