"""The demo reads the progress of ``qgis_process`` and says in one sentence what stops it."""

import importlib.util
import io
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

DEMO = Path(__file__).resolve().parents[1] / "demo.py"


@pytest.fixture(scope="module")
def demo():
    spec = importlib.util.spec_from_file_location("demo", DEMO)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_percentages_are_told_from_messages_that_begin_with_digits(demo):
    said = "INPUTS:\t/a\n0...10.patch 3 of 36\n..20405 polygons\n...30..."
    steps = list(demo._progress_of(SimpleNamespace(stdout=io.StringIO(said))))
    assert [message for _, message in steps if message] == ["patch 3 of 36", "405 polygons"]
    assert [percent for percent, message in steps if message] == [12.5, 20.0]
    assert steps[-1][0] == 37.5


@pytest.mark.parametrize(("folder", "words"), [("absent", "does not exist"), (".", "holds no Sentinel-2 product")])
def test_a_folder_without_products_stops_it_with_one_sentence(tmp_path, folder, words):
    done = subprocess.run(
        [sys.executable, str(DEMO), str(tmp_path / folder), "--output", str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert words in done.stderr
