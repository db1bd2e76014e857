"""Small scenes with known truth, made once for all tests that start `qgis_process`."""

from pathlib import Path

import pytest
from skyfri.tests.sample import SampleOptions, make_products, make_stacks


@pytest.fixture(scope="session")
def stacks(tmp_path_factory) -> Path:
    """Folder with two tiles x two dates as band stacks and `clouds.gpkg` beside them."""
    folder = tmp_path_factory.mktemp("stacks")
    make_stacks(folder, SampleOptions(tiles=2, dates=2, size_px=180, gains=(1.0, 1.08), weather=("cumulus", "mixed")))
    return folder


@pytest.fixture(scope="session")
def scenes(stacks) -> list[Path]:
    """The four band stacks."""
    return sorted((stacks / "scenes").glob("*.tif"))


@pytest.fixture(scope="session")
def product(tmp_path_factory) -> Path:
    """One SAFE folder of baseline 05.10."""
    return make_products(tmp_path_factory.mktemp("products"), SampleOptions(tiles=1, dates=1, size_px=180, weather=("cumulus",)))[0]
