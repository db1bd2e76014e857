"""Where the editor is: the tile, the way to the next one, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QSize, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ...plugin.processing.translation import tr
from ..widgets.bars import row_of, tool
from ..widgets.dots import STATUS_COLOURS, status_dot
from .scene_model import tile_status_text

if TYPE_CHECKING:
    from ..actions import Actions
    from .session import Session


class TileBar(QWidget):
    """Previous, tile, next, zoom; below them the status."""

    went_to = pyqtSignal(str)
    """The person chose the tile of this name."""

    def __init__(self, session: Session, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._actions = actions
        self._dots = {status: status_dot(colour) for status, colour in STATUS_COLOURS.items()}
        self.choice = QComboBox()
        self.choice.setObjectName("skyfri_tile")
        self.choice.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.choice.setMinimumContentsLength(6)
        self.choice.setIconSize(QSize(10, 10))
        self.choice.activated.connect(lambda row: self.went_to.emit(self.choice.itemText(row)))
        self.count = QLabel()
        self.count.setObjectName("skyfri_done_count")
        self.count.setEnabled(False)
        self._arrange()
        session.workspace_changed.connect(self.refresh)
        session.listing_changed.connect(self.refresh)
        session.tile_changed.connect(self.refresh)
        session.scene_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show tiles, the present one, its status and how many are done."""
        tiles = self._session.tiles
        names = [tile.name for tile in tiles]
        if names != [self.choice.itemText(row) for row in range(self.choice.count())]:
            self.choice.clear()
            self.choice.addItems(names)
        for row, tile in enumerate(tiles):
            self.choice.setItemIcon(row, self._dots[tile.status])
            self.choice.setItemData(row, tile_tip(tile.status, tile.editor), Qt.ItemDataRole.ToolTipRole)
        here = self._session.tile
        self.choice.setCurrentIndex(names.index(here.name) if here else -1)
        done = sum(tile.status == "done" for tile in tiles)
        self.count.setText(f"{done}/{len(tiles)}" if tiles else "")
        self.count.setToolTip(tr("{done} of {count} tiles are done").format(done=done, count=len(tiles)))

    def _arrange(self) -> None:
        where = row_of(
            [tool(self._actions["previous_tile"]), self.choice, tool(self._actions["next_tile"]), tool(self._actions["zoom_to_tile"])]
        )
        statuses = QHBoxLayout()
        statuses.setContentsMargins(0, 0, 0, 0)
        statuses.setSpacing(0)
        for status in STATUS_COLOURS:
            self._actions[status].setIcon(self._dots[status])
            statuses.addWidget(tool(self._actions[status], both=True, icon_px=10))
        statuses.addStretch(1)
        statuses.addWidget(self.count)
        statuses.addSpacing(4)
        statuses.addWidget(tool(self._actions["finish_tile"]))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(where)
        layout.addLayout(statuses)


def tile_tip(status: str, editor: str) -> str:
    """Return who said what of a tile."""
    return f"{tile_status_text(status)} ({editor})" if editor else tile_status_text(status)
