"""The dock: arranges the widgets, connects them with what they do, and undoes exactly that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import QgsProject, QgsSettings
from qgis.gui import QgsDockWidget
from qgis.PyQt.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ..plugin.processing.translation import tr
from .actions import Actions, UiState
from .clouds.cloud_bar import CloudBar
from .clouds.commands import CloudRoom, cloud_commands
from .clouds.draw import Guidelines
from .clouds.threshold_bar import ThresholdBar
from .clouds.thresholding import Thresholding
from .editing.commands import EditingRoom, editing_commands
from .editing.edit_buffer import CloudEditing
from .editing.tiles import Tiles
from .jobs.dialogs import Dialogs
from .jobs.run_bar import RunBar
from .jobs.runner import Runner
from .map.commands import MapRoom, map_commands
from .map.layers import MapLayers
from .map.scene_view import SceneView
from .messages import Messages
from .mosaic.commands import MosaicRoom, mosaic_commands
from .mosaic.make import Mosaic
from .widgets.bars import heading, menu_button, row_of, tool, with_menu
from .workspace.commands import WorkspaceRoom, workspace_commands
from .workspace.files import RECENT, Files
from .workspace.scene_table import SceneTable
from .workspace.session import Session
from .workspace.tile_bar import TileBar
from .workspace.welcome import Welcome

if TYPE_CHECKING:
    from qgis.gui import QgisInterface


class SkyfriDock(QgsDockWidget):
    """Everything an editor needs beside the map. Call `teardown` before it is deleted."""

    def __init__(self, iface: QgisInterface) -> None:
        super().__init__(tr("Skyfri"), iface.mainWindow())
        self.setObjectName("SkyfriDock")
        self.session = Session(self)
        self.messages = Messages(iface)
        self.session.failed.connect(self.messages.error)
        self.session.waiting.connect(self.messages.hold)
        self.session.waited.connect(self.messages.let_go)
        self.layers = MapLayers(QgsProject.instance(), self.session)
        self.runner = Runner(self.messages, self)
        self.dialogs = Dialogs()
        self.editing = CloudEditing(iface, self.session, self.layers, self.messages, self)
        self.view = SceneView(iface.mapCanvas(), self.session, self.layers, self.messages, self)
        self.files = Files(iface.mainWindow(), self.session, self.runner, edits=self.editing, messages=self.messages, parent=self)
        self.tiles = Tiles(self.session, self.runner, view=self.view, editing=self.editing, messages=self.messages)
        self.guidelines = Guidelines(
            self.session, self.runner, view=self.view, edits=self.editing, dialogs=self.dialogs, messages=self.messages
        )
        self.mosaic = Mosaic(
            iface.mainWindow(),
            self.session,
            self.runner,
            layers=self.layers,
            edits=self.editing,
            dialogs=self.dialogs,
            messages=self.messages,
        )
        self.actions_by_name = Actions(
            iface.mainWindow(),
            (*workspace_commands(), *map_commands(), *cloud_commands(), *editing_commands(), *mosaic_commands()),
        )
        self.welcome = Welcome(self.actions_by_name)
        self.table = SceneTable(self.session, self.actions_by_name)
        self.tile_bar = TileBar(self.session, self.actions_by_name)
        self.threshold_bar = ThresholdBar(self.actions_by_name)
        self.thresholding = Thresholding(
            self.session,
            self.runner,
            view=self.view,
            guidelines=self.guidelines,
            bar=self.threshold_bar,
            messages=self.messages,
            parent=self,
        )
        self.run_bar = RunBar()
        self._arrange()
        self._connect_commands()
        self._connect_parts()
        QgsProject.instance().readProject.connect(self._on_project_read)
        QgsProject.instance().cleared.connect(self._on_project_cleared)
        self._refresh()
        self.files.open_of_project()

    def teardown(self) -> None:
        """Stop what runs, close dialogs, give back shortcuts and leave QGIS's signals."""
        self.runner.stop()
        self.dialogs.close()
        self.thresholding.release()
        self.files.remember()
        self.session.release()
        self.editing.release()
        QgsProject.instance().readProject.disconnect(self._on_project_read)
        QgsProject.instance().cleared.disconnect(self._on_project_cleared)
        self.actions_by_name.teardown()

    def _arrange(self) -> None:
        actions = self.actions_by_name
        self._name = QLabel()
        self._name.setObjectName("skyfri_workspace_name")
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(2)
        head.addWidget(self._name, 1)
        head.addWidget(menu_button(actions, "add_files", ("add_files", "add_folder")))
        head.addWidget(menu_button(actions, "open_workspace", ("new_workspace", "open_workspace", "close_workspace")))
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._make_tools())
        layout.addWidget(self.run_bar)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.welcome)
        self._pages.addWidget(page)
        self.setWidget(self._pages)
        self.setMinimumWidth(280)

    def _make_tools(self) -> QWidget:
        """Return what is of use once there are scenes."""
        self._tools = QWidget()
        layout = QVBoxLayout(self._tools)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        layout.addWidget(heading(tr("Tile")))
        layout.addWidget(self.tile_bar)
        layout.addWidget(heading(tr("Clouds")))
        layout.addWidget(CloudBar(self.actions_by_name))
        layout.addWidget(self.threshold_bar)
        layout.addWidget(heading(tr("Mosaic")))
        layout.addLayout(
            row_of([with_menu(self.actions_by_name, "mosaic", ("mosaic_options",)), tool(self.actions_by_name["mosaic_visible"])])
        )
        return self._tools

    def _connect_commands(self) -> None:
        connect = self.actions_by_name.connect
        connect(workspace_commands(), WorkspaceRoom(self.files, self.session, self.table), self._refresh)
        connect(map_commands(), MapRoom(self.view, self.layers), self._refresh)
        clouds = CloudRoom(self.guidelines, self.thresholding, self.threshold_bar, self.session, self.table)
        connect(cloud_commands(), clouds, self._refresh)
        connect(editing_commands(), EditingRoom(self.tiles, self.editing, self.layers), self._refresh)
        connect(mosaic_commands(), MosaicRoom(self.mosaic, self.layers, self.table), self._refresh)

    def _connect_parts(self) -> None:
        self.welcome.dropped.connect(self.files.add_paths)
        self.welcome.recent_chosen.connect(self.files.open_workspace)
        self.table.dropped.connect(self.files.add_paths)
        self.table.went_to.connect(self.session.go_to_scene)
        self.tile_bar.went_to.connect(self.tiles.go_to)
        self.run_bar.cancelled.connect(self.runner.cancel)
        self.runner.began.connect(self.run_bar.begin)
        self.runner.progressed.connect(self.run_bar.progress)
        self.runner.said.connect(self.run_bar.say)
        self.runner.ended.connect(self.run_bar.end)
        self._connect_map()
        self.editing.saved.connect(self.session.refresh)
        for signal in (self.session.workspace_changed, self.session.listing_changed, self.session.tile_changed, self.session.scene_changed):
            signal.connect(self._refresh)
        for signal in (self.editing.changed, self.runner.began, self.runner.ended, self.thresholding.changed):
            signal.connect(self._refresh)

    def _connect_map(self) -> None:
        files, view = self.files, self.view
        self.session.scene_changed.connect(view.show_scene)
        files.opened.connect(view.restore)
        files.fetched.connect(view.add_pictures)
        files.closing.connect(self.layers.remove)
        files.removing.connect(self.layers.remove_pictures)
        files.removed.connect(self.layers.reload)
        view.restored.connect(self.editing.follow)
        view.lacking.connect(files.fetch_missing)

    def _state(self) -> UiState:
        tile = self.session.tile
        return UiState(
            workspace=self.session.workspace is not None,
            scene=self.session.scene is not None,
            idle=not self.runner.is_running,
            editing=self.editing.is_active,
            unsaved=self.editing.has_unsaved,
            trying=self.thresholding.is_active,
            probabilities=self.thresholding.is_active and self.thresholding.has_probabilities,
            mosaic=self.layers.mosaic_is_shown,
            tile_status=tile.status if tile else "",
            drawn_class=self.layers.drawn_class,
            hidden=self.layers.hidden,
        )

    def _refresh(self, *_: object) -> None:
        """Show the page that fits, and enable what can be done now."""
        workspace = self.session.workspace
        self._pages.setCurrentIndex(0 if workspace is None else 1)
        recent = QgsSettings().value(RECENT, "", type=str) if workspace is None else ""
        self.welcome.set_recent(recent if recent and Path(recent).exists() else "")
        self._name.setText(f"<b>{workspace.name}</b>" if workspace else "")
        self._name.setToolTip(workspace.address if workspace else "")
        self._tools.setVisible(self.session.scene is not None)
        self.actions_by_name.show(self._state())
        self.threshold_bar.setVisible(self.thresholding.is_active)
        self.thresholding.let_keys(not self.editing.is_active)
        self.tile_bar.refresh()

    def _on_project_read(self) -> None:
        self.runner.cancel()
        self.session.close()
        self.files.open_of_project()

    def _on_project_cleared(self) -> None:
        self.runner.cancel()
        self.session.close()
