"""Predictions that are kept serve other thresholds without inference, and never a scene or model they are not of."""

from dataclasses import replace

import numpy as np
import pytest
from skyfri.plugin.core.clouds.guidelines import draw as module
from skyfri.plugin.core.clouds.guidelines.draw import guidelines
from skyfri.plugin.core.clouds.guidelines.kept import find_kept, forget_kept, kept_files, predictions_folder
from skyfri.plugin.core.clouds.options import ClassifyOptions, GuidelineOptions


@pytest.fixture
def scene(make_scene):
    """A cloud of graded probability in the middle of clear ground."""
    rows, cols = np.mgrid[:120, :120]
    cloud = 10_000 * np.exp(-((rows - 60) ** 2 + (cols - 60) ** 2) / 800)
    return make_scene(np.stack([np.clip(cloud, 1, None), np.full_like(cloud, 100)]), SCENE_ID="one")


@pytest.fixture
def options(make_model, monkeypatch):
    card = make_model([[1.0, 0.0], [0.0, 1.0]])
    monkeypatch.setattr(module, "card_of", lambda _: card)
    return GuidelineOptions(model="mixture", classify=ClassifyOptions(0.8, 0.6, 0.8, 0.6, geometry=False), threads=1)


def never(*_, **__):
    raise AssertionError("the model ran")


def test_other_thresholds_need_no_inference(tmp_path, scene, options, monkeypatch):
    kept = tmp_path / "kept"
    first = guidelines([scene], options, tmp_path / "work", kept_folder=kept).frame
    assert sorted(path.name for path in kept.iterdir()) == ["one_probability.tif"], "only what thresholds need"
    monkeypatch.setattr(module, "predict", never)
    lower = replace(options, reuse=True, classify=replace(options.classify, cloud_grow=0.3))
    second = guidelines([scene], lower, tmp_path / "work", kept_folder=kept).frame
    assert second["area_m2"].sum() > 1.5 * first["area_m2"].sum()
    again = guidelines([scene], replace(options, reuse=True), tmp_path / "work", kept_folder=kept).frame
    assert again.geometry.geom_equals_exact(first.geometry, 0).all(), "as when they were predicted"
    with pytest.raises(AssertionError, match="the model ran"):
        guidelines([scene], options, tmp_path / "work", kept_folder=kept)


def test_what_does_not_fit_is_predicted(tmp_path, scene, options):
    card = module.card_of("mixture")
    guidelines([scene], options, tmp_path / "work", kept_folder=tmp_path / "kept")
    files = kept_files(tmp_path / "kept", scene.id)
    found = find_kept(files, scene)
    assert found is not None
    assert (found.network, found.grid, found.reflectance) == (("mixture", "", ""), scene.grid, None)
    assert find_kept(files, scene, card=card, pixel_m=10.0) is not None
    assert find_kept(files, scene, card=replace(card, id="other")) is None
    assert find_kept(files, scene, card=replace(card, sha256="0" * 64)) is None, "the same name, trained anew"
    weighted = replace(card, activation="softmax", training_weights=(1.0, 4.0))
    assert find_kept(files, scene, card=weighted) is None, "other weights off the same network"
    assert find_kept(files, scene) is not None, "whatever made it, where no model is asked for"
    assert find_kept(files, scene, pixel_m=20.0) is None
    assert find_kept(files, replace(scene, id="two")) is None
    half = replace(scene, grid=replace(scene.grid, shape=(60, 120)))
    assert find_kept(files, half) is None, "another extent"
    assert find_kept(kept_files(tmp_path / "kept", "two"), scene) is None, "not there"


def test_a_broken_file_does_not_serve(tmp_path, scene, options):
    guidelines([scene], options, tmp_path / "work", kept_folder=tmp_path / "kept")
    files = kept_files(tmp_path / "kept", scene.id)
    files.probability.write_bytes(files.probability.read_bytes()[:100])
    assert find_kept(files, scene) is None
    guidelines([scene], replace(options, reuse=True), tmp_path / "work", kept_folder=tmp_path / "kept")
    assert find_kept(files, scene) is not None, "predicted anew"


def test_reflectance_of_another_model_goes(tmp_path, scene, options):
    files = kept_files(tmp_path / "kept", scene.id)
    files.reflectance.parent.mkdir()
    files.reflectance.write_bytes(b"of another model")
    guidelines([scene], options, tmp_path / "work", kept_folder=tmp_path / "kept")
    assert not files.reflectance.exists()


def test_they_lie_beside_the_workspace_under_names_any_system_takes(tmp_path):
    folder = predictions_folder(tmp_path, "norway")
    assert folder == tmp_path / "norway_predictions"
    files = kept_files(folder, "S2A/33:VVG é")
    assert files.probability.parent == files.reflectance.parent == folder
    assert files.probability.name.isascii() and files.probability.name.startswith("S2A_33_VVG")
    assert kept_files(folder, "S2B_33TWM_20230810_0_L2A").probability == folder / "S2B_33TWM_20230810_0_L2A_probability.tif"


def test_forgetting_leaves_other_scenes_and_no_empty_folder(tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    for scene_id in ("one", "two"):
        for path in (kept_files(folder, scene_id).probability, kept_files(folder, scene_id).reflectance):
            path.write_bytes(b"x")
    forget_kept(folder, ["one", "absent"])
    assert {path.name for path in folder.iterdir()} == {"two_probability.tif", "two_reflectance.tif"}
    forget_kept(folder, ["two"])
    assert not folder.exists()
    forget_kept(folder, ["two"])
