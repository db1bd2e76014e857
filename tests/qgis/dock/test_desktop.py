"""The whole walk in the real QGIS desktop: windows, dialogs, mouse and keys on a virtual screen."""

import importlib.util
import json
from pathlib import Path

import pytest
from qgis.PyQt.QtGui import QImage
from skyfri.tests.desktop import missing_tools, run_qgis


@pytest.mark.slow
def test_an_editor_walks_from_products_to_mosaic(stacks, tmp_path):
    if missing_tools():
        pytest.skip(f"absent: {', '.join(missing_tools())}")
    if not all(importlib.util.find_spec(name) for name in ("onnxruntime", "ukis_csmask")):
        pytest.skip("onnxruntime or ukis-csmask is absent")
    done = run_qgis(
        Path(__file__).with_name("desktop_session.py"),
        tmp_path,
        variables={"SKYFRI_OUT": str(tmp_path), "SKYFRI_SCENES": str(stacks / "scenes")},
    )
    assert (tmp_path / "found.json").exists(), done.stdout[-3000:]
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert "error" not in found, f"after {found['steps']}: {found.get('error')} {found['messages']}"
    assert found["welcome"]
    assert found["made"]
    assert (found["scenes"], found["crs"]) == (4, "EPSG:32632")
    assert found["was_running"], "the button returned at once"
    assert found["polygons"] > 0
    assert found["threshold"] == pytest.approx(found["began"] - 0.01)
    assert not found["trying"]
    assert found["drawn"] == [[found["at"], "shadow", "editor"]]
    assert (found["status"], found["editing"]) == ("edited", False)
    assert found["next_tile"]
    assert found["options"] == [["skyfri:guidelines", 1], ["skyfri:mosaic", 4]]
    assert found["mosaic"]
    assert (found["closed"], found["same_scene"], found["layers_again"]) == (True, True, found["layers"])
    assert not found["dirty"], "opening a project changes nothing in it"
    assert (found["left"], found["docks"], found["loaded"]) == ([], [], False), "the plugin leaves nothing behind"
    assert done.returncode == 0, done.stdout[-3000:]
    for name in ("dock.png", "mosaic.png"):
        picture = QImage(str(tmp_path / name))
        assert (picture.width(), picture.height()) == (1400, 900)
        colours = {picture.pixel(x, y) for x in range(300, 1000, 20) for y in range(150, 800, 20)}
        assert len(colours) > 50, f"{name} shows a map"
