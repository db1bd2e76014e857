"""How scenes and models are picked in dialogs: files and folders alike, for a SAFE product is a folder; models by their cards.

Loaded by name when a dialog needs it (see `files.OneScene` and `models.ModelName`), never headless.
"""

from __future__ import annotations

from typing import Any

from processing.gui.wrappers import WidgetWrapper
from qgis.gui import QgsGui, QgsProcessingGui
from qgis.PyQt.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from ..translation import tr
from .designer import ManyScenesInModel, OneSceneInModel
from .scene_widgets import SceneEdit, SceneList, scene_buttons


class _OneScene(WidgetWrapper):
    """A line with a path and buttons for a file or a folder."""

    def createWidget(self) -> QWidget:
        """Return the widget."""
        box = QWidget()
        self._edit = SceneEdit()
        self._edit.setAcceptDrops(True)
        self._edit.textChanged.connect(lambda: self.widgetValueHasChanged.emit(self))
        layout = scene_buttons(box, add=lambda paths: self._edit.setText(paths[0]) if paths and paths[0] else None)
        layout.insertWidget(0, self._edit, 1)
        box.setLayout(layout)
        return box

    def setValue(self, value: object) -> None:
        """Show a path."""
        self._edit.setText(str(value or ""))

    def value(self) -> str:
        """Return the path."""
        return self._edit.text().strip()


class _ManyScenes(WidgetWrapper):
    """A list of paths and buttons to add files or a folder, and to remove."""

    def createWidget(self) -> QWidget:
        """Return the widget."""
        box = QWidget()
        self._list = SceneList()
        remove = QPushButton(tr("Remove"))
        remove.clicked.connect(self._list.remove_selected)
        for signal in (self._list.model().rowsInserted, self._list.model().rowsRemoved, self._list.model().rowsMoved):
            signal.connect(lambda *_: self.widgetValueHasChanged.emit(self))
        layout = QVBoxLayout(box)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._list)
        layout.addLayout(scene_buttons(box, remove, add=self._list.add))
        return box

    def setValue(self, value: object) -> None:
        """Show paths: a list, or a text with semicolons."""
        self._list.clear()
        paths = value if isinstance(value, (list, tuple)) else str(value or "").split(";")
        self._list.add([str(path).strip() for path in paths])

    def value(self) -> list[str]:
        """Return the paths in order."""
        return self._list.paths()


class _OneModel(WidgetWrapper):
    """A list of the model cards in which the path of another card or network may be written."""

    def createWidget(self) -> QWidget:
        """Return the widget."""
        self._box = QComboBox()
        self._box.setEditable(True)
        self._box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)  # titles are long
        self._box.lineEdit().setPlaceholderText(tr("The one that suits the scene"))
        self._box.addItem("", "")
        for identifier, title in known_models():
            self._box.addItem(title, identifier)
        self._box.editTextChanged.connect(lambda: self.widgetValueHasChanged.emit(self))
        return self._box

    def setValue(self, value: object) -> None:
        """Show a card by its title, anything else as it is."""
        index = self._box.findData(str(value or ""))
        self._box.setCurrentIndex(index)
        if index < 0:
            self._box.setEditText(str(value))
        self._box.lineEdit().setCursorPosition(0)

    def value(self) -> str:
        """Return the identifier of a card, or what was written."""
        text = self._box.currentText().strip()
        index = self._box.findText(text)
        return str(self._box.itemData(index)) if index >= 0 else text


def known_models() -> list[tuple[str, str]]:
    """Return identifier and title of each card there is; those that cannot run here say so."""
    from ...core.base.errors import SkyfriError
    from ...core.clouds.network.cards import find_cards

    try:
        cards = find_cards()
    except (ImportError, SkyfriError):
        return []  # skyfri:environment tells what is wrong
    return [(card.id, card.title if card.is_installed else tr("{title} (not installed)").format(title=card.title)) for card in cards]


class Picker:
    """What `WidgetWrapperFactory` calls: our widgets in a tool's dialog and in the model designer, QGIS's own in batches."""

    def __new__(cls, parameter: Any, dialog: Any, row: int = 0, col: int = 0) -> Any:
        """Return the wrapper that suits the dialog."""
        kind = type(dialog).__name__
        if kind == "ModelerParametersDialog":
            return cls.in_model(parameter, dialog, row, col)
        if kind == "BatchAlgorithmDialog":
            wrapper = QgsGui.processingGuiRegistry().createParameterWidgetWrapper(parameter, QgsProcessingGui.WidgetType.Batch)
            wrapper.setDialog(dialog)
            return wrapper
        return cls.in_dialog(parameter, dialog, row, col)

    @classmethod
    def in_dialog(cls, parameter: Any, dialog: Any, row: int, col: int) -> Any:
        """Return the wrapper of a tool's dialog."""
        raise NotImplementedError

    @classmethod
    def in_model(cls, parameter: Any, dialog: Any, row: int, col: int) -> Any:
        """Return the wrapper of the model designer: QGIS's own."""
        wrapper = QgsGui.processingGuiRegistry().createModelerParameterWidget(dialog.model, dialog.childId, parameter, dialog.context)
        wrapper.setDialog(dialog)
        return wrapper


class ModelPicker(Picker):
    """One cloud model."""

    @classmethod
    def in_dialog(cls, parameter: Any, dialog: Any, row: int, col: int) -> Any:
        """Return the list of cards."""
        return _OneModel(parameter, dialog, row, col)


class ScenePicker(Picker):
    """One scene."""

    @classmethod
    def in_dialog(cls, parameter: Any, dialog: Any, row: int, col: int) -> Any:
        """Return a line with buttons."""
        return _OneScene(parameter, dialog, row, col)

    @classmethod
    def in_model(cls, parameter: Any, dialog: Any, row: int, col: int) -> Any:
        """Return a line with buttons that also offers what the model holds."""
        return OneSceneInModel(parameter, dialog, row, col)


class SceneListPicker(Picker):
    """Many scenes in order."""

    @classmethod
    def in_dialog(cls, parameter: Any, dialog: Any, row: int, col: int) -> Any:
        """Return a list with buttons."""
        return _ManyScenes(parameter, dialog, row, col)

    @classmethod
    def in_model(cls, parameter: Any, dialog: Any, row: int, col: int) -> Any:
        """Return a list with buttons that also offers what the model holds."""
        return ManyScenesInModel(parameter, dialog, row, col)
