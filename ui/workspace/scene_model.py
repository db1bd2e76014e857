"""Scenes as rows for Qt's views, and the filter over them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from qgis.PyQt.QtCore import QAbstractTableModel, QModelIndex, QSortFilterProxyModel, Qt
from qgis.PyQt.QtGui import QBrush, QColor, QIcon

from ...plugin.processing.translation import tr
from ..widgets.dots import STATUS_COLOURS, status_dot

if TYPE_CHECKING:
    from ...plugin.core.editing.entries import SceneEntry, TileEntry
    from .session import Session

TILE, DATE, ORBIT, LEVEL, CLOUDS, STATUS = range(6)
"""Columns."""

SORT_ROLE = Qt.ItemDataRole.UserRole
ID_ROLE = Qt.ItemDataRole.UserRole + 1
TEXT_ROLE = Qt.ItemDataRole.UserRole + 2


_ALIGNED = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_RIGHT = int(getattr(_ALIGNED, "value", _ALIGNED))  # Qt 6 has enumerations, Qt 5 numbers
_QUIET = QBrush(QColor(STATUS_COLOURS["todo"]))
_NEVER = datetime.min.replace(tzinfo=UTC)


def scene_status_text(status: str) -> str:
    """Return how far a scene's polygons are, as people read it."""
    return {"new": tr("new"), "guideline": tr("guideline"), "edited": tr("edited")}[status]


def tile_status_text(status: str) -> str:
    """Return a tile's status as people read it."""
    return {"todo": tr("To do"), "work": tr("In work"), "done": tr("Done")}[status]


class SceneModel(QAbstractTableModel):
    """The session's scenes, one a row."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._rows: tuple[SceneEntry, ...] = ()
        self._tiles: Mapping[str, TileEntry] = {}
        self._dots = {status: status_dot(colour) for status, colour in STATUS_COLOURS.items()}
        self._texts: list[tuple[str, ...]] = []
        session.workspace_changed.connect(self.reset)
        session.listing_changed.connect(self._update)
        session.tile_changed.connect(self._update_tile)
        self.reset()

    def reset(self) -> None:
        """Read all rows anew."""
        self.beginResetModel()
        self._take()
        self.endResetModel()

    def _update(self) -> None:
        """Read the rows; where they are the same scenes the selection stays."""
        if [row.id for row in self._rows] != [row.id for row in self._session.scenes]:
            self.reset()
            return
        self._take()
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, STATUS))

    def _update_tile(self, name: str) -> None:
        """Show the status of one tile anew."""
        self._tiles = {tile.name: tile for tile in self._session.tiles}
        rows = [row for row, entry in enumerate(self._rows) if entry.tile == name]
        if rows:  # they are one below the other; each signal has the view measure its columns
            self.dataChanged.emit(self.index(rows[0], TILE), self.index(rows[-1], TILE))

    def _take(self) -> None:
        self._rows = self._session.scenes
        self._texts = [_text(entry) for entry in self._rows]
        self._tiles = {tile.name: tile for tile in self._session.tiles}

    def row_of(self, scene_id: str) -> int:
        """Return the row of a scene, -1 where it is not listed."""
        return next((row for row, entry in enumerate(self._rows) if entry.id == scene_id), -1)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:
        """Return the number of scenes."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else STATUS + 1

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's title."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return (tr("Tile"), tr("Date"), tr("Orbit"), tr("Level"), tr("Cloud"), tr("Status"))[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == CLOUDS:
            return tr("Share of the scene under cloud and shadow polygons")
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows, sorts by, or says under the mouse."""
        if not index.isValid():
            return None
        answer = _ANSWERS.get(role)
        return answer(self, index.row(), index.column()) if answer else None

    def _display(self, row: int, column: int) -> str:
        return self._texts[row][column]

    def _id(self, row: int, _column: int) -> str:
        return self._rows[row].id

    def _alignment(self, _row: int, column: int) -> int | None:
        return _RIGHT if column in {ORBIT, CLOUDS} else None

    def _sort_key(self, row: int, column: int) -> Any:
        return _sort_key(self._rows[row])[column]

    def _search_text(self, row: int, _column: int) -> str:
        entry = self._rows[row]
        return " ".join([*self._texts[row], entry.id, tile_status_text(self._status_of(entry))]).casefold()

    def _dot(self, row: int, column: int) -> QIcon | None:
        return self._dots[self._status_of(self._rows[row])] if column == TILE else None

    def _colour(self, row: int, column: int) -> QBrush | None:
        return _QUIET if column in {CLOUDS, STATUS} and self._rows[row].status == "new" else None

    def _status_of(self, entry: SceneEntry) -> str:
        tile = self._tiles.get(entry.tile)
        return tile.status if tile else "todo"

    def _tool_tip(self, row: int, _column: int) -> str:
        entry = self._rows[row]
        sensed = f"{entry.sensed:%Y-%m-%d %H:%M:%S} UTC" if entry.sensed else tr("date unknown")
        tile = f"{entry.tile}: {tile_status_text(self._status_of(entry))}"
        return f"<b>{entry.id}</b><br>{sensed} · {entry.platform}<br>{tile}<br>{entry.path}"


_ANSWERS: Mapping[int, Callable[[SceneModel, int, int], Any]] = {
    Qt.ItemDataRole.DisplayRole: SceneModel._display,
    Qt.ItemDataRole.ToolTipRole: SceneModel._tool_tip,
    Qt.ItemDataRole.DecorationRole: SceneModel._dot,
    Qt.ItemDataRole.TextAlignmentRole: SceneModel._alignment,
    Qt.ItemDataRole.ForegroundRole: SceneModel._colour,
    SORT_ROLE: SceneModel._sort_key,
    ID_ROLE: SceneModel._id,
    TEXT_ROLE: SceneModel._search_text,
}
"""Role to what a cell answers."""


def _text(entry: SceneEntry) -> tuple[str, ...]:
    return (
        entry.tile,
        f"{entry.sensed:%Y-%m-%d}" if entry.sensed else "",
        f"R{entry.relative_orbit:03}" if entry.relative_orbit else "",
        entry.level,
        "–" if entry.cloud_percent is None else f"{entry.cloud_percent:.0f} %",
        scene_status_text(entry.status),
    )


def _sort_key(entry: SceneEntry) -> tuple[Any, ...]:
    sensed = (entry.sensed or _NEVER).isoformat()
    clouds = -1.0 if entry.cloud_percent is None else entry.cloud_percent
    return (f"{entry.tile} {sensed}", sensed, entry.relative_orbit or 0, entry.level, clouds, entry.status)


class SceneFilter(QSortFilterProxyModel):
    """Shows the scenes that hold every word of a text, of one tile if asked for."""

    def __init__(self, model: SceneModel) -> None:
        super().__init__(model)
        self._words: list[str] = []
        self._tile = ""
        self.setSourceModel(model)
        self.setSortRole(SORT_ROLE)
        self.setDynamicSortFilter(True)

    def set_text(self, text: str) -> None:
        """Filter by words; each may be a part of a tile, date, orbit, level, status or product name."""
        self._words = text.casefold().split()
        self.invalidateFilter()

    def set_tile(self, name: str) -> None:
        """Filter by tile; empty shows all."""
        self._tile = name
        self.invalidateFilter()

    def filterAcceptsRow(self, row: int, parent: QModelIndex) -> bool:
        """Return True for a scene to be shown."""
        index = self.sourceModel().index(row, TILE, parent)
        if self._tile and index.data() != self._tile:
            return False
        text = index.data(TEXT_ROLE) if self._words else ""
        return all(word in text for word in self._words)
