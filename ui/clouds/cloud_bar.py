"""Guidelines, editing and what new polygons are, in two lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.PyQt.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ...plugin.processing.styles import CLOUD_COLOUR, SHADOW_COLOUR
from ..widgets.bars import tool, with_menu
from ..widgets.dots import status_dot

if TYPE_CHECKING:
    from ..actions import Actions


class CloudBar(QWidget):
    """Buttons for the clouds of the present scene."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        first = QHBoxLayout()
        first.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(2)
        first.addWidget(with_menu(actions, "guidelines", ("guidelines_tile", "guidelines_missing", "guidelines_options")), 1)
        first.addWidget(tool(actions["thresholds"]))
        first.addWidget(tool(actions["guideline_visible"]))
        second = QHBoxLayout()
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(2)
        second.addWidget(tool(actions["edit"], both=True))
        second.addWidget(tool(actions["save"]))
        second.addStretch(1)
        for name, colour in (("draw_cloud", CLOUD_COLOUR), ("draw_shadow", SHADOW_COLOUR)):
            actions[name].setIcon(status_dot(colour))
            second.addWidget(tool(actions[name], both=True, icon_px=10))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(first)
        layout.addLayout(second)
