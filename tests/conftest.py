"""Load the repository as the package ``skyfri``, in whatever folder it lies; find the real scenes."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
os.environ.setdefault("PROJ_DATA", "/usr/share/proj")

settings.register_profile("skyfri", deadline=None)  # a busy machine is no failure
settings.load_profile("skyfri")

if "skyfri" not in sys.modules:
    spec = importlib.util.spec_from_file_location("skyfri", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    package = importlib.util.module_from_spec(spec)
    sys.modules["skyfri"] = package
    spec.loader.exec_module(package)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of the real Sentinel-2 scenes; the test skips where it is absent."""
    folder = Path(os.environ.get("SKYFRI_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"real scenes are absent: {folder} (set SKYFRI_DATA)")
    return folder
