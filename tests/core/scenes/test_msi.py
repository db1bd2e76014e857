"""The table of bands against what is published of them."""

import pytest
from skyfri.plugin.core.scenes.msi import BANDS, COLOURS, MSI, RGB, TEN_BANDS, band_of_wavelength, named_bands
from skyfri.plugin.core.scenes.naming import normal_band

TOLD_APART_NM = 5
"""Central wavelengths of the satellites of the series differ by less (ESA, spectral response functions)."""


def test_the_order_is_that_of_all_metadata():
    assert BANDS == ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")
    assert TEN_BANDS == ("B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B11", "B12")
    assert [MSI[name].common_name for name in RGB] == ["red", "green", "blue"]
    assert set(COLOURS) == set(TEN_BANDS)


def test_wavelengths_rise_with_the_number():
    lengths = [band.wavelength_nm for band in MSI.values()]
    assert lengths == sorted(set(lengths))


@pytest.mark.parametrize("band", BANDS)
def test_a_band_is_known_by_its_wavelength_and_by_its_names(band):
    known = MSI[band]
    for moved in (-TOLD_APART_NM, 0, TOLD_APART_NM):
        assert band_of_wavelength(known.common_name, known.wavelength_nm + moved) == band
    for name in (known.common_name, *known.also):
        assert normal_band(name) in ({band} if name in named_bands() else {""})


def test_no_band_has_a_wavelength_of_another_sensor():
    assert band_of_wavelength("rededge", 860) == ""
    assert band_of_wavelength("thermal", 842) == ""


def test_bands_without_kernels_of_their_own_take_those_of_a_near_one():
    for band, near in (("B01", "B02"), ("B8A", "B08"), ("B09", "B08"), ("B10", "B11")):
        assert MSI[band].kernels == MSI[near].kernels
