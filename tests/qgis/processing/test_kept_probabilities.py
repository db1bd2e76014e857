"""Other thresholds on kept probabilities, through the real `qgis_process`: what the dock's sliders run."""

import numpy as np
from skyfri.plugin.core.clouds.guidelines.kept import kept_files, predictions_folder
from skyfri.plugin.core.clouds.options import ClassifyOptions
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene
from skyfri.plugin.processing.parameters.thresholds import classify_rows, classify_values


def test_every_parameter_of_classification_has_its_value():
    values = classify_values(ClassifyOptions())
    assert list(values) == [row.name for row in classify_rows()]
    assert values == {row.name: row.definition().defaultValue() for row in classify_rows()}


def test_thresholds_change_the_guidelines_without_a_model(qgis_process, scenes, tmp_path):
    """There is no such model: only kept probabilities can give these polygons."""
    scene = open_scene(scenes[0])
    workspace = tmp_path / "work.gpkg"
    cloud = np.zeros(scene.grid.shape, np.uint8)
    cloud[20:40, 20:40], cloud[30:34, 30:34] = 100, 200
    tags = {"SCENE_ID": scene.id, "MODEL": "nobody-has-it"}
    path = kept_files(predictions_folder(tmp_path, "work"), scene.id).probability
    write_array(path, np.stack([cloud, cloud * 0]), RasterSpec(scene.grid, "uint8", ("cloud", "shadow"), 255, tags))
    before, areas = path.read_bytes(), []
    for grow in (0.7, 0.3):
        options = ClassifyOptions(cloud_seed=0.7, cloud_grow=grow, mmu_ha=0, smooth_px=0, geometry=False)
        inputs = {
            "INPUTS": [str(scenes[0])],
            "WORKSPACE": workspace,
            "REUSE": True,
            "OUTPUT": tmp_path / "g.gpkg",
            **classify_values(options),
        }
        run = qgis_process.run("skyfri:guidelines", inputs)
        assert run.code == 0, run.text
        frame = Workspace.open(workspace).polygons("guideline").frame
        assert list(frame["model"]) == ["nobody-has-it"]
        areas.append(frame["area_m2"].sum() / scene.grid.pixel_m**2)
        assert Workspace.open(workspace).guideline_settings(scene.id)["cloud_grow"] == grow
    assert areas[0] < 20 < 300 < areas[1]
    assert path.read_bytes() == before
