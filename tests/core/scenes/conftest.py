"""Products that several tests read."""

import pytest
from skyfri.tests.core.scenes.build_products import BANDS, Spec, make_safe


@pytest.fixture(scope="session")
def safe(tmp_path_factory):
    """An L1C product with an offset of -1000."""
    return make_safe(tmp_path_factory.mktemp("safe"))


@pytest.fixture(scope="session")
def safe_l2a(tmp_path_factory):
    """An L2A product, every band at all its resolutions."""
    offsets = dict.fromkeys(BANDS, -1000) | {"B04": -900}
    return make_safe(tmp_path_factory.mktemp("safe"), Spec(level="L2A", offsets=offsets, bands=tuple(b for b in BANDS if b != "B10")))
