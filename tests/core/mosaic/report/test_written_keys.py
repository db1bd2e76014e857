"""REPORT_JSON is read by other programs: its names stay, whatever the code behind them becomes."""

import json
from pathlib import Path

import pytest
from skyfri.plugin.core.clouds.polygons import read_polygons
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.sample import SampleOptions, make_stacks

WRITTEN = json.loads((Path(__file__).parent / "written_keys.json").read_text(encoding="utf-8"))


def keys_of(value, above=""):
    """Return the places of all values, ``scenes[].gain.B02``; a list stands for all its members."""
    if isinstance(value, dict):
        return {above or "."} | {place for key, below in value.items() for place in keys_of(below, f"{above}.{key}".lstrip("."))}
    if isinstance(value, list):
        return {above} | {place for below in value for place in keys_of(below, f"{above}[]")}
    return {above}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    bands = ("B02", "B03", "B04")
    scenes = [
        open_scene(path)
        for path in make_stacks(folder / "s", SampleOptions(size_px=600, pixel_m=60, tiles=1, dates=3, bands=bands, seed=3))
    ]
    outputs = MosaicOutputs(folder / "mosaic.tif", rgb=folder / "rgb.tif", report_json=folder / "r.json")
    options = MosaicOptions(block_px=512, balance="local", fill="p50", normalise_view=True)
    build(scenes, read_polygons(folder / "s" / "clouds.gpkg"), options, outputs)
    return keys_of(json.loads(outputs.report_json.read_text(encoding="utf-8")))


def test_every_name_that_was_ever_written_is_written_still(places):
    assert not set(WRITTEN) - places


def test_a_new_name_is_added_to_the_list(places):
    assert not places - set(WRITTEN)
