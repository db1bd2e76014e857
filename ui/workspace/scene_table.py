"""The table of scenes with its filter; products are dropped on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsApplication
from qgis.gui import QgsFilterLineEdit
from qgis.PyQt.QtCore import QItemSelectionModel, QModelIndex, QPoint, QSize, Qt, pyqtSignal
from qgis.PyQt.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from qgis.PyQt.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QStackedLayout,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ...plugin.processing.translation import tr
from ..widgets.dropped import paths_of
from ..widgets.menus import menu_of
from .scene_model import CLOUDS, DATE, ID_ROLE, LEVEL, ORBIT, STATUS, TILE, SceneFilter, SceneModel

if TYPE_CHECKING:
    from ...plugin.core.editing.entries import SceneEntry
    from ..actions import Actions
    from .session import Session

_NARROW_PX = {ORBIT: 330, LEVEL: 400}
"""Columns are hidden while the dock is narrower than this; the person can show them from the header's menu."""

_ROWS_MEASURED = 50
"""Rows that set the columns' widths: all rows of a country would take a second, and look alike."""


class SceneTable(QWidget):
    """Lists scenes; the current row is the scene on the map."""

    dropped = pyqtSignal(list)
    """Paths of products or folders that were dropped."""
    went_to = pyqtSignal(str)
    """The person chose the scene with this id."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._actions = actions
        self._chosen_columns: dict[int, bool] = {}
        self.model = SceneModel(session)
        self.filter = SceneFilter(self.model)
        self.view = self._make_view()
        self.search = QgsFilterLineEdit()
        self.search.setObjectName("skyfri_search")
        self.search.setShowSearchIcon(True)
        self.search.setPlaceholderText(tr("Filter: tile, date, status…"))
        self.search.textChanged.connect(self.filter.set_text)
        self.only_tile = QToolButton()
        self.only_tile.setObjectName("skyfri_only_tile")
        self.only_tile.setCheckable(True)
        self.only_tile.setAutoRaise(True)
        self.only_tile.setIcon(QgsApplication.getThemeIcon("/mActionFilter2.svg"))
        self.only_tile.setIconSize(QSize(16, 16))
        self.only_tile.setToolTip(tr("List only the dates of this tile"))
        self.only_tile.toggled.connect(self._filter_tile)
        self._arrange()
        self.setAcceptDrops(True)
        session.workspace_changed.connect(self.refresh)
        session.listing_changed.connect(self.refresh)
        session.scene_changed.connect(self._on_scene_changed)

    def selected(self) -> list[SceneEntry]:
        """Return the selected scenes, in the order of the session."""
        ids = set(self.selected_ids())
        return [entry for entry in self._session.scenes if entry.id in ids]

    def listed(self) -> list[SceneEntry]:
        """Return the scenes that the filter lets through, in the order of the session."""
        ids = set(self.listed_ids())
        return [entry for entry in self._session.scenes if entry.id in ids]

    def selected_ids(self) -> list[str]:
        """Return the selected scenes, in the order of the table."""
        rows = self.view.selectionModel().selectedRows()
        return [index.data(ID_ROLE) for index in sorted(rows, key=lambda index: index.row())]

    def listed_ids(self) -> list[str]:
        """Return the scenes that the filter lets through, in the order of the table."""
        return [self.filter.index(row, TILE).data(ID_ROLE) for row in range(self.filter.rowCount())]

    def refresh(self) -> None:
        """Show the table or what to do without scenes, and mark the current scene."""
        has_scenes = bool(self._session.scenes)
        self._stack.setCurrentIndex(1 if has_scenes else 0)
        for widget in (self.search, self.only_tile):
            widget.setEnabled(has_scenes)
        self._on_scene_changed()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and folders."""
        if paths_of(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take files and folders."""
        event.acceptProposedAction()
        self.dropped.emit(paths_of(event))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide what matters least where the dock is narrow."""
        super().resizeEvent(event)
        for column, width in _NARROW_PX.items():
            if column not in self._chosen_columns:
                self.view.setColumnHidden(column, self.width() < width)

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setObjectName("skyfri_scenes")
        view.setModel(self.filter)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setAlternatingRowColors(True)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setSortingEnabled(True)
        view.sortByColumn(TILE, Qt.SortOrder.AscendingOrder)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(view.fontMetrics().height() + 6)
        view.setIconSize(QSize(10, 10))
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(_ROWS_MEASURED)
        header.setSectionResizeMode(STATUS, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(36)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._show_column_menu)
        view.selectionModel().currentRowChanged.connect(self._on_row_changed)
        # Where the table becomes lower, as when other parts of the dock unfold, the scene on the map stays in sight.
        view.verticalScrollBar().rangeChanged.connect(lambda *_: view.scrollTo(view.currentIndex()))
        return view

    def _arrange(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(0, 0, 0, 0)
        bar.addWidget(self.search, 1)
        bar.addWidget(self.only_tile)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._make_empty())
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(bar)
        layout.addLayout(self._stack, 1)

    def _make_empty(self) -> QWidget:
        page = QWidget()
        page.setObjectName("skyfri_no_scenes")
        text = QLabel(tr("Drop Sentinel-2 products here: folders, zips or band stacks."))
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for name, label in (("add_files", tr("Files…")), ("add_folder", tr("Folder…"))):
            button = QPushButton(self._actions[name].icon(), label)  # the action's own text is too long for a narrow dock
            button.setToolTip(self._actions[name].toolTip())
            button.clicked.connect(self._actions[name].trigger)
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        layout.addWidget(text)
        layout.addLayout(buttons)
        layout.addStretch(1)
        return page

    def _on_row_changed(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.went_to.emit(current.data(ID_ROLE))

    def _on_scene_changed(self) -> None:
        self._filter_tile()
        scene = self._session.scene
        row = self.model.row_of(scene.id) if scene else -1
        index = self.filter.mapFromSource(self.model.index(row, TILE)) if row >= 0 else None
        if index is None or not index.isValid() or index.row() == self.view.currentIndex().row():
            return
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.view.selectionModel().setCurrentIndex(index, flags)
        self.view.scrollTo(index)

    def _filter_tile(self, *_: object) -> None:
        scene = self._session.scene
        self.filter.set_tile(scene.tile if scene and self.only_tile.isChecked() else "")

    def _show_menu(self, place: QPoint) -> None:
        names = ("guidelines", "guidelines_tile", "guidelines_missing", "guidelines_options", "", "zoom_to_tile", "", "remove_scenes")
        menu = menu_of(self._actions, names, self)
        menu.exec(self.view.viewport().mapToGlobal(place))

    def _show_column_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        for column in (DATE, ORBIT, LEVEL, CLOUDS, STATUS):
            action = menu.addAction(str(self.model.headerData(column, Qt.Orientation.Horizontal)))
            action.setCheckable(True)
            action.setChecked(not self.view.isColumnHidden(column))
            action.toggled.connect(lambda shown, column=column: self._choose_column(column, shown))
        menu.exec(self.view.horizontalHeader().mapToGlobal(place))

    def _choose_column(self, column: int, shown: bool) -> None:
        self._chosen_columns[column] = shown
        self.view.setColumnHidden(column, not shown)
