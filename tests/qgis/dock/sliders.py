"""Hands on the sliders of the thresholds, and eyes on the outlines."""

import time

import numpy as np
from qgis.PyQt.QtCore import Qt
from skyfri.plugin.core.clouds.options import ClassifyOptions
from skyfri.plugin.core.editing.workspace import Workspace
from skyfri.plugin.core.raster.spec import RasterSpec
from skyfri.plugin.core.raster.write import write_array
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.qgis.dock.hands import press, wait
from skyfri.ui.clouds.threshold_bar import pair_of

ALT = Qt.KeyboardModifier.AltModifier
CLOUD, SHADOW = (pair_of(ClassifyOptions(), name) for name in ("cloud", "shadow"))
"""The thresholds guidelines are drawn with by default, percent."""
SHARP, RIM = 0.88, 0.5
"""Probability inside the sharp half of the cloud, and in the ring around it."""


def write_prediction(workspace, entry, **more_tags):
    """Keep a prediction: a square cloud with a fainter ring around it, and a shadow like it beside them."""
    scene = open_scene(entry.path)
    rows, cols = scene.grid.shape
    distance = lambda row, col: np.maximum(abs(np.arange(rows)[:, None] - row), abs(np.arange(cols)[None] - col))  # noqa: E731
    cloud, shadow = (
        np.where(away < 12, SHARP, np.where(away < 24, RIM, 0.05))
        for away in (distance(rows / 3, cols / 3), distance(2 * rows / 3, 2 * cols / 3))
    )
    samples = np.rint(250 * np.stack([cloud, shadow])).astype(np.uint8)
    tags = {"SCENE_ID": scene.id, "MODEL": "test-model", **more_tags}
    path = workspace.kept_files(scene.id).probability
    write_array(path, samples, RasterSpec(scene.grid, "uint8", ("cloud", "shadow"), 255, tags))
    return scene.grid


def open_sliders(dock):
    after_drawing(dock, lambda: press(dock, Qt.Key.Key_T, ALT))


def after_drawing(dock, action):
    """Do something and wait until its outlines are drawn; returns the seconds it took."""
    drawn = []
    dock.thresholding.drawn.connect(lambda: drawn.append(1))
    start = time.perf_counter()
    action()
    wait(lambda: drawn)
    return time.perf_counter() - start


def widget(dock, kind, name):
    return dock.findChild(kind, f"skyfri_{name}")


def bands(dock):
    """Return the cloud and the shadow outline on the map, and their colours."""
    found = dock.thresholding._outline._bands
    return {name: (band.asGeometry(), band.strokeColor().name()) for name, band in found.items()}


def guideline_of(dock, table="guideline"):
    scene = dock.session.scene.id
    return Workspace.open(dock.session.workspace.address).polygons(table, scenes=[scene]).frame


def pixel_of(dock):
    return open_scene(dock.session.scene.path).grid.pixel_m
