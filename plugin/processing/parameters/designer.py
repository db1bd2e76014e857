"""How scenes are picked in the model designer: files and folders, inputs of the model, and outputs of its other steps."""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.core import (
    Qgis,
    QgsProcessingModelChildParameterSource,
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputString,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QComboBox, QListWidgetItem, QMenu, QPushButton, QVBoxLayout, QWidget

from ..translation import tr
from .scene_widgets import SceneList, scene_buttons

INPUTS = (
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)
"""Inputs of a model that may name scenes."""

OUTPUTS = (
    QgsProcessingOutputFile,
    QgsProcessingOutputFolder,
    QgsProcessingOutputRasterLayer,
    QgsProcessingOutputMultipleLayers,
    QgsProcessingOutputString,
)
"""Outputs of other steps that may name scenes."""

SOURCE = Qt.ItemDataRole.UserRole
"""Where an entry of a list keeps the source it stands for."""


class OneSceneInModel(WidgetWrapper):
    """A line with a path, a list of what the model holds, and buttons for a file or a folder."""

    def createWidget(self) -> QWidget:
        """Return the widget."""
        box = QWidget()
        self._box = QComboBox()
        self._box.setEditable(True)
        self._box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        for source in _available(self.dialog):
            self._box.addItem(_name_of(self.dialog, source), source)
        self._box.setEditText("")
        layout = scene_buttons(box, add=lambda paths: self._box.setEditText(paths[0]) if paths and paths[0] else None)
        layout.insertWidget(0, self._box, 1)
        box.setLayout(layout)
        return box

    def setValue(self, value: Any) -> None:
        """Show a path, or a source by its name."""
        if not isinstance(value, QgsProcessingModelChildParameterSource):
            self._box.setEditText(str(value or ""))
            return
        name = _name_of(self.dialog, value)
        if self._box.findText(name) < 0:
            self._box.addItem(name, value)
        self._box.setCurrentIndex(self._box.findText(name))

    def value(self) -> Any:
        """Return the source, or the path; None where there is neither."""
        text = self._box.currentText().strip()
        index = self._box.findText(text)
        return self._box.itemData(index) if index >= 0 else text or None


class ManyScenesInModel(WidgetWrapper):
    """A list of paths and of what the model holds, in order."""

    def createWidget(self) -> QWidget:
        """Return the widget."""
        box = QWidget()
        self._list = SceneList()
        remove, of_model = QPushButton(tr("Remove")), QPushButton(tr("From the model"))
        remove.clicked.connect(self._list.remove_selected)
        menu = QMenu(of_model)
        for source in _available(self.dialog):
            menu.addAction(_name_of(self.dialog, source)).triggered.connect(lambda *_, source=source: self._add(source))
        of_model.setMenu(menu)
        of_model.setEnabled(not menu.isEmpty())
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)
        layout.addLayout(scene_buttons(box, of_model, remove, add=self._list.add))
        return box

    def setValue(self, value: Any) -> None:
        """Show paths and sources: one or a list of either, or a text with semicolons."""
        self._list.clear()
        for one in value if isinstance(value, (list, tuple)) else [value]:
            self._add(one)

    def value(self) -> Any:
        """Return the sources in order, paths as static ones; None where there is nothing."""
        entries = [self._list.item(row) for row in range(self._list.count())]
        static = QgsProcessingModelChildParameterSource.fromStaticValue
        return [entry.data(SOURCE) or static(entry.text()) for entry in entries] or None

    def _add(self, value: Any) -> None:
        """Add a source, the paths of a static one, or paths."""
        if isinstance(value, QgsProcessingModelChildParameterSource):
            if value.source() != Qgis.ProcessingModelChildParameterSource.StaticValue:
                entry = QListWidgetItem(_name_of(self.dialog, value))
                entry.setData(SOURCE, value)
                self._list.addItem(entry)
                return
            value = value.staticValue()
        paths = value if isinstance(value, (list, tuple)) else str(value or "").split(";")
        self._list.add([str(path).strip() for path in paths])


def _available(dialog: Any) -> list[QgsProcessingModelChildParameterSource]:
    """Return the inputs of the model and the outputs of its other steps that may name scenes."""
    return list(dialog.getAvailableValuesOfType(INPUTS, OUTPUTS))


def _name_of(dialog: Any, source: QgsProcessingModelChildParameterSource) -> str:
    """Return what people call a source; an expression stands for itself."""
    if source.source() == Qgis.ProcessingModelChildParameterSource.Expression:
        return str(source.expression())
    return str(dialog.resolveValueDescription(source))
