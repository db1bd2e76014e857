"""Names of products and bands."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.scenes.msi import BANDS
from skyfri.plugin.core.scenes.naming import band_of_file, file_stem, normal_band, parse_product_name, without_suffix


def test_a_compact_name_states_everything():
    said = parse_product_name("S2B_MSIL2A_20230823T095559_N0509_R122_T34UCF_20230823T124759")
    assert (said.platform, said.level, said.baseline, said.relative_orbit, said.tile) == ("S2B", "L2A", "05.09", 122, "34UCF")
    assert said.sensed.isoformat() == "2023-08-23T09:55:59+00:00"


def test_a_long_name_states_what_it_holds():
    said = parse_product_name("S2A_OPER_MSI_L1C_TL_EPA__20160618T133016_A003999_T32VNM_N02.02")
    assert (said.platform, said.level, said.baseline, said.tile, said.sensed) == ("S2A", "L1C", "02.02", "32VNM", None)


@pytest.mark.parametrize(
    ("name", "tile", "sensed"),
    [
        ("S2B_33TWM_20230810_0_L2A", "33TWM", "2023-08-10T00:00:00+00:00"),
        ("S2B_T33TWM_20230810T100609_L2A", "33TWM", "2023-08-10T10:06:09+00:00"),
        ("S2B_05VPC_20230810_1_L2A", "05VPC", "2023-08-10T00:00:00+00:00"),
    ],
)
def test_names_of_catalogues_state_platform_tile_and_day(name, tile, sensed):
    said = parse_product_name(name)
    assert (said.platform, said.tile, said.level, said.sensed.isoformat()) == ("S2B", tile, "L2A", sensed)
    assert said.relative_orbit is None


@pytest.mark.parametrize(
    "name", ["S2B_33TWM_20231310_0_L2A", "S2B_MSIL2A_20230899T095559_N0509_R122_T34UCF_20230823T124759", "S2B_T33TWM_20230810T250000_L2A"]
)
def test_a_day_that_does_not_exist_is_no_time(name):
    assert parse_product_name(name).sensed is None


def test_the_national_suffix_stays_in_the_name():
    assert without_suffix("S2A_X_DTERRENGDATA.SAFE") == "S2A_X_DTERRENGDATA"
    assert parse_product_name("S2A_MSIL1C_20210228T103021_N0202_R108_T35WPU_20210228T201033_DTERRENGDATA").tile == "35WPU"


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("IMG_DATA/T32VNM_20230823T104629_B8A.jp2", ("B8A", 0)),
        ("IMG_DATA/R20m/T32VNM_20230823T104629_B02_20m.jp2", ("B02", 20)),
        ("R60m/B01.jp2", ("B01", 60)),
        ("B2.tif", ("B02", 0)),
        ("rededge1.tif", ("B05", 0)),
        ("S2A_OPER_MSI_L1C_T32TQR_B12.jp2", ("B12", 0)),
        ("QI_DATA/MSK_DETFOO_B04.jp2", None),
        ("MSK_QUALIT_B04.jp2", None),
        ("qi/B04.jp2", None),
        ("IMG_DATA/T32VNM_20230823T104629_TCI.jp2", None),
        ("R20m/T34UCF_20230823T095559_SCL_20m.jp2", None),
        ("B13.tif", None),
        ("B00.tif", None),
        ("TB02.tif", None),
    ],
)
def test_band_files_and_others(file, expected):
    assert band_of_file(file) == expected


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("B02", "B02"),
        ("b2", "B02"),
        ("B8A", "B8A"),
        ("b8a", "B8A"),
        ("Blue (band 2)", "B02"),
        ("NIR 2 (band 8A) - 20m", "B8A"),
        ("swir16", "B11"),
        ("Red", "B04"),
        ("Red Edge 1", "B05"),
        ("B02 / B03", ""),
        ("cloud", ""),
        ("B20", ""),
        ("", ""),
    ],
)
def test_descriptions(text, band):
    assert normal_band(text) == band


@given(st.sampled_from(BANDS), st.booleans(), st.sampled_from(["{}", "Reflectance {}", "{}, central wavelength 665 nm", "T32VNM_{}"]))
def test_any_spelling_of_a_band_is_that_band(band, short, text):
    spelt = band.replace("B0", "B") if short else band
    expected = band if not text.startswith("T32") else normal_band(text.format(spelt))
    assert normal_band(text.format(spelt)) == expected


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers_of_names(text):
    assert normal_band(text) in {*BANDS, ""}
    parse_product_name(text)
    band_of_file(text)


ODD_IDS = ["../..", "..", ".", "", "/x", "a/b", "a_b", "a:b", "a\\b", "a\x00b", "\ud800", "CON", "con.txt", "æøå", " a", "-rf", ".h"]
ODD_IDS += ["x" * 300, "x" * 299 + "y"]


def test_file_names_stay_in_their_folder_and_apart(tmp_path):
    stems = [file_stem(one) for one in ODD_IDS]
    assert len(set(stems)) == len(ODD_IDS)
    for stem in stems:
        path = tmp_path / f"{stem}_probability.tif"
        assert path.resolve().parent == tmp_path.resolve() and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", stem)
        path.write_bytes(b"")
    for usual in ("S2B_MSIL2A_20230810T100559_N0509_R022_T33TWM_20230810T132804", "S2B_33TWM_20230810_0_L2A"):
        assert file_stem(usual) == usual
