"""The dock's actions, registered where people change their keyboard shortcuts (Settings > Keyboard Shortcuts)."""

from __future__ import annotations

from collections.abc import Mapping

from qgis.core import QgsApplication
from qgis.gui import QgsGui
from qgis.PyQt.QtGui import QIcon, QKeySequence
from qgis.PyQt.QtWidgets import QAction, QWidget

from ..plugin.processing.translation import tr


class Actions:
    """Makes the actions and undoes exactly that; each is found by its name, such as ``next_tile``."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._actions: dict[str, QAction] = {}
        for name, (text, tip, icon, key) in _texts().items():
            self._actions[name] = self._make(name, text, tip, icon, key)
        for name in (
            "edit",
            "thresholds",
            "guideline_visible",
            "clouds_visible",
            "mosaic_visible",
            "draw_cloud",
            "draw_shadow",
            "todo",
            "work",
            "done",
        ):
            self[name].setCheckable(True)
        for name in ("guideline_visible", "clouds_visible", "draw_cloud"):
            self[name].setChecked(True)

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    def enable(self, states: Mapping[str, bool]) -> None:
        """Enable and disable actions by name."""
        for name, enabled in states.items():
            self._actions[name].setEnabled(enabled)

    def teardown(self) -> None:
        """Give the shortcuts back and remove the actions."""
        for action in self._actions.values():
            QgsGui.shortcutsManager().unregisterAction(action)
            self._window.removeAction(action)
            action.deleteLater()
        self._actions.clear()

    def _make(self, name: str, text: str, tip: str, icon: str, key: str) -> QAction:
        action = QAction(QgsApplication.getThemeIcon(icon) if icon else QIcon(), text, self._window)
        action.setObjectName(f"skyfri_{name}")
        self._window.addAction(action)  # so that keys work wherever in the window the editor is
        QgsGui.shortcutsManager().registerAction(action, key, "Skyfri")
        action.setToolTip(_tool_tip(text, tip, action.shortcut()))
        action.changed.connect(lambda: _refresh_tip(action, text, tip))
        return action


def _refresh_tip(action: QAction, text: str, tip: str) -> None:
    wanted = _tool_tip(text, tip, action.shortcut())
    if action.toolTip() != wanted:
        action.setToolTip(wanted)


def _tool_tip(text: str, tip: str, key: QKeySequence) -> str:
    title = text.replace("…", "").replace("&", "")
    shown = key.toString(QKeySequence.SequenceFormat.NativeText)
    return f"<b>{title}</b>{f' ({shown})' if shown else ''}<br>{tip}"


def _texts() -> dict[str, tuple[str, str, str, str]]:
    """Return name to (text, tip, icon, default key).

    Bare letters and digits that QGIS itself uses (S, T, R) are left alone; those used here do nothing while a text is typed.
    """
    return {
        "new_workspace": (
            tr("New workspace…"),
            tr("Make a file that keeps scenes, polygons and what was reviewed."),
            "/mActionFileNew.svg",
            "",
        ),
        "open_workspace": (tr("Open workspace…"), tr("Go on where you stopped."), "/mActionFileOpen.svg", ""),
        "close_workspace": (tr("Close workspace"), tr("Take its layers off the map; everything is saved in the file."), "", ""),
        "add_files": (tr("Add scene files…"), tr("Zips, band stacks, netCDF or MTD_*.xml files."), "/mActionAddRasterLayer.svg", ""),
        "add_folder": (
            tr("Add folder of scenes…"),
            tr("One product's folder, or a folder with many products below it."),
            "/mIconFolder.svg",
            "",
        ),
        "remove_scenes": (
            tr("Remove scenes…"),
            tr("Remove the selected scenes with their polygons from the workspace."),
            "/mActionRemove.svg",
            "",
        ),
        "previous_tile": (
            tr("Previous tile"),
            tr("Go to the tile before this one, on the closest date."),
            "/mActionArrowLeft.svg",
            "Alt+Left",
        ),
        "next_tile": (tr("Next tile"), tr("Go to the tile after this one, on the closest date."), "/mActionArrowRight.svg", "Alt+Right"),
        "previous_date": (tr("Previous date"), tr("Show the date before this one of the same tile."), "/mActionArrowUp.svg", "Alt+Up"),
        "next_date": (tr("Next date"), tr("Show the date after this one of the same tile."), "/mActionArrowDown.svg", "Alt+Down"),
        "zoom_to_tile": (tr("Zoom to tile"), tr("Show the whole tile."), "/mActionZoomToLayer.svg", "Alt+Home"),
        "todo": (tr("To do"), tr("Nobody has worked on this tile yet."), "", ""),
        "work": (tr("In work"), tr("This tile is being corrected."), "", ""),
        "done": (tr("Done"), tr("This tile is finished; its scenes count as reviewed."), "", ""),
        "finish_tile": (
            tr("Done, next tile"),
            tr("Mark this tile as done and go to the next unfinished one."),
            "/mIconSuccess.svg",
            "Alt+Return",
        ),
        "guidelines": (tr("Guidelines"), tr("Let the model draw clouds and shadows in the selected scenes."), "/mActionStart.svg", "Alt+G"),
        "guidelines_tile": (tr("Guidelines for this tile"), tr("All dates of the tile."), "", ""),
        "guidelines_missing": (tr("Guidelines where there are none yet"), tr("All scenes without polygons."), "", ""),
        "guidelines_options": (tr("Guidelines with options…"), tr("Choose model, thresholds and sizes."), "/processingAlgorithm.svg", ""),
        "thresholds": (
            tr("Thresholds"),
            tr("Move the thresholds of this scene and see the outlines at once; nothing is written until you apply them."),
            "/mActionLocalHistogramStretch.svg",
            "Alt+T",
        ),
        "predict_first": (tr("Predict first"), tr("Run the model on this scene and keep its probabilities."), "/mActionStart.svg", ""),
        "lower_cloud": (tr("Lower the cloud threshold"), tr("More becomes cloud."), "", ","),
        "raise_cloud": (tr("Raise the cloud threshold"), tr("Less becomes cloud."), "", "."),
        "lower_shadow": (tr("Lower the shadow threshold"), tr("More becomes shadow."), "", "Alt+,"),
        "raise_shadow": (tr("Raise the shadow threshold"), tr("Less becomes shadow."), "", "Alt+."),
        "reset_thresholds": (tr("Reset"), tr("Go back to the usual thresholds."), "/mActionUndo.svg", ""),
        "apply_thresholds": (
            tr("Apply"),
            tr("Draw the guideline of this scene with these thresholds (Enter)."),
            "/mActionStart.svg",
            "",
        ),
        "apply_thresholds_pass": (
            tr("Apply to the whole pass"),
            tr("This scene and those of the neighbouring tiles taken in the same pass, so that their outlines meet."),
            "",
            "",
        ),
        "discard_thresholds": (tr("Discard"), tr("Take the outlines off the map; nothing changes (Escape)."), "/mTaskCancel.svg", ""),
        "guideline_visible": (
            tr("Show guidelines"),
            tr("Show or hide the model's polygons."),
            "/mActionShowAllLayers.svg",
            "G",
        ),
        "clouds_visible": (tr("Show clouds"), tr("Show or hide the editor's polygons."), "/mActionShowAllLayers.svg", "Shift+G"),
        "mosaic_visible": (tr("Show mosaic"), tr("Flip between the mosaic and the scenes."), "/mActionShowAllLayers.svg", "M"),
        "edit": (
            tr("Edit"),
            tr("Correct the clouds of this scene with QGIS's own drawing tools."),
            "/mActionToggleEditing.svg",
            "Alt+Insert",
        ),
        "save": (tr("Save"), tr("Save the edits and go on editing."), "/mActionSaveEdits.svg", "Alt+Shift+S"),
        "draw_cloud": (tr("Cloud"), tr("New polygons are clouds."), "", "1"),
        "draw_shadow": (tr("Shadow"), tr("New polygons are shadows."), "", "2"),
        "mosaic": (tr("Mosaic…"), tr("Make a cloud-free mosaic of the listed scenes, the least cloudy first."), "/mActionPlay.svg", ""),
        "mosaic_options": (
            tr("Mosaic with options…"),
            tr("Choose order, extent, balance, seams and outputs."),
            "/processingAlgorithm.svg",
            "",
        ),
    }
