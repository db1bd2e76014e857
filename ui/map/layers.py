"""The workspace's layers in the project: polygons on top, below them a group per tile with a picture per date.

Only the scene the editor looks at is visible, with the neighbouring tiles of the same pass beside it. Layers are
recognised by custom properties, so a saved project, renamed layers and moved groups are found again.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsDefaultValue,
    QgsEditFormConfig,
    QgsExpressionContextUtils,
    QgsLayerTreeGroup,
    QgsLayerTreeLayer,
    QgsProject,
    QgsRasterLayer,
    QgsRectangle,
    QgsVectorLayer,
)

from ...plugin.processing.translation import tr

if TYPE_CHECKING:
    from ...plugin.core.editing.entries import SceneEntry
    from ..workspace.session import Session

STYLES = Path(__file__).with_name("styles")
"""Folder of the layer styles."""

MOST_PICTURES_AT_ONCE = 40
"""A workspace with more scenes gets pictures only for the tile the editor is at, so that it opens at once."""

ROLE = "skyfri/role"
"""Custom property of polygon layers: cloud, guideline or tile."""
SCENE = "skyfri/scene"
"""Custom property of pictures: the scene's id."""
GROUP = "skyfri/workspace"
"""Custom property of a workspace's group: what its store is known by."""
TILE = "skyfri/tile"
"""Custom property of a tile's group: its name."""

MOSAIC = "skyfri/mosaic"
"""Custom property of a mosaic's group: its name."""

CURRENT_SCENE = "skyfri_scene"
"""Layer variable: polygons of this scene are drawn in full."""
CURRENT_PASS = "skyfri_pass"  # nosec B105 # noqa: S105 (an overflight, not a password)
"""Layer variable: ids between bars; polygons of these scenes are drawn lightly."""
DRAWN_CLASS = "skyfri_class"
"""Layer variable: class of new polygons."""


class MapLayers:
    """Keeps the project's layers in step with the session."""

    def __init__(self, project: QgsProject, session: Session) -> None:
        self._project = project
        self._session = session
        self._hidden: frozenset[str] = frozenset()

    def restore(self) -> list[SceneEntry]:
        """Add what is missing of the workspace's layers; returns scenes whose picture has yet to be made."""
        if self._session.workspace is None or not self._session.scenes:
            return []
        self._root()
        for role, name in (("cloud", tr("Clouds")), ("guideline", tr("Guidelines")), ("tile", tr("Tiles"))):
            if self.polygons(role) is None:
                self._add_polygons(role, name)
        few = len(self._session.scenes) <= MOST_PICTURES_AT_ONCE
        wanted = self._session.scenes if few else [*self._session.scenes_of_tile(), *self._session.pass_of_scene()]
        return self._add_pictures(wanted)

    def show_scene(self) -> list[SceneEntry]:
        """Show the session's scene and its pass, hide other pictures; returns scenes whose picture has yet to be made."""
        scene = self._session.scene
        if scene is None:
            return []
        beside = self._session.pass_of_scene()
        missing = self._add_pictures([scene, *beside])
        visible = {scene.id, *(entry.id for entry in beside)}
        for node in self._picture_nodes():
            shown = node.layer().customProperty(SCENE) in visible
            node.setItemVisibilityChecked(shown)
            if shown:
                node.setItemVisibilityCheckedParentRecursive(True)
        for layer in self._polygon_layers():
            set_variable(layer, CURRENT_SCENE, scene.id)
            set_variable(layer, CURRENT_PASS, "".join(f"|{entry.id}|" for entry in beside))
            layer.triggerRepaint()
        return missing

    def remove(self) -> None:
        """Take every layer of every workspace off the map."""
        root = self._project.layerTreeRoot()
        for group in [node for node in root.findGroups(True) if node.customProperty(GROUP)]:
            self._project.removeMapLayers([node.layerId() for node in group.findLayers()])
            group.parent().removeChildNode(group)

    def remove_pictures(self, ids: Iterable[str]) -> None:
        """Take pictures of scenes off the map, and groups that are empty then."""
        gone = set(ids)
        for node in self._picture_nodes():
            if node.layer().customProperty(SCENE) in gone:
                group = node.parent()
                self._project.removeMapLayer(node.layerId())
                if not group.children():
                    group.parent().removeChildNode(group)

    def reload(self) -> None:
        """Read polygons again that were written beside QGIS."""
        for layer in self._polygon_layers():
            layer.dataProvider().reloadData()
            layer.updateExtents()
            layer.triggerRepaint()

    def polygons(self, role: str) -> QgsVectorLayer | None:
        """Return the layer of the role cloud, guideline or tile."""
        return next((layer for layer in self._polygon_layers() if layer.customProperty(ROLE) == role), None)

    def picture(self, scene_id: str) -> QgsRasterLayer | None:
        """Return the layer of a scene's picture."""
        return next((node.layer() for node in self._picture_nodes() if node.layer().customProperty(SCENE) == scene_id), None)

    def set_visible(self, role: str, visible: bool) -> None:
        """Show or hide one of the polygon layers."""
        self._hidden = self._hidden - {role} if visible else self._hidden | {role}
        layer = self.polygons(role)
        node = self._project.layerTreeRoot().findLayer(layer.id()) if layer else None
        if node is not None:
            node.setItemVisibilityChecked(visible)

    @property
    def hidden(self) -> frozenset[str]:
        """Roles of the polygon layers that the person has hidden."""
        return self._hidden

    @property
    def drawn_class(self) -> str:
        """The class that new polygons get."""
        layer = self.polygons("cloud")
        chosen = QgsExpressionContextUtils.layerScope(layer).variable(DRAWN_CLASS) if layer else None
        return str(chosen or "cloud")

    def set_drawn_class(self, name: str) -> None:
        """Set the class that new polygons get."""
        layer = self.polygons("cloud")
        if layer is not None:
            set_variable(layer, DRAWN_CLASS, name)

    def extent_of_tile(self) -> QgsRectangle | None:
        """Return the outline's bounds of the tile the editor is at, in the CRS of the polygon layers."""
        tile = self._session.tile
        return QgsRectangle(*tile.outline.bounds) if tile else None

    def add_mosaic(self, layers: Iterable[QgsRasterLayer | QgsVectorLayer], name: str) -> None:
        """Put a mosaic above everything, its picture shown and what else there is at hand."""
        group = self._root().insertGroup(0, name)
        group.setCustomProperty(MOSAIC, name)
        for layer in layers:
            self._project.addMapLayer(layer, False)
            node = group.insertLayer(0, layer)
            node.setExpanded(False)
            node.setItemVisibilityChecked(isinstance(layer, QgsRasterLayer))
        self.show_mosaic(True)

    def show_mosaic(self, visible: bool) -> None:
        """Show the newest mosaic alone, or the scenes and polygons: through its holes nothing shall be seen."""
        if self._session.workspace is None or not self._mosaics():
            return
        newest = self._mosaics()[0]
        for node in self._root().children():
            if node.customProperty(MOSAIC):
                node.setItemVisibilityChecked(visible and node is newest)
            elif isinstance(node, QgsLayerTreeLayer):
                node.setItemVisibilityChecked(not visible and node.layer().customProperty(ROLE) not in self._hidden)
            else:
                node.setItemVisibilityChecked(not visible)

    @property
    def mosaic_is_shown(self) -> bool | None:
        """True while a mosaic covers the scenes, None where there is no mosaic."""
        mosaics = self._mosaics()
        return any(group.itemVisibilityChecked() for group in mosaics) if mosaics else None

    def _mosaics(self) -> list[QgsLayerTreeGroup]:
        if self._session.workspace is None:
            return []
        return [node for node in self._project.layerTreeRoot().findGroups(True) if node.customProperty(MOSAIC)]

    def _root(self) -> QgsLayerTreeGroup:
        """Return the workspace's group, made at the top of the tree where it is missing."""
        workspace = self._session.workspace
        tree = self._project.layerTreeRoot()
        group = next((node for node in tree.findGroups(True) if node.customProperty(GROUP) == workspace.store.key), None)
        if group is None:
            if not self._project.mapLayers():
                self._project.setCrs(QgsCoordinateReferenceSystem(self._session.crs))
            group = tree.insertGroup(0, workspace.name)
            group.setCustomProperty(GROUP, workspace.store.key)
        return group

    def _polygon_layers(self) -> list[QgsVectorLayer]:
        if self._session.workspace is None:
            return []
        store = self._session.workspace.store
        layers = self._project.mapLayers().values()
        return [layer for layer in layers if layer.customProperty(ROLE) and store.table_of(layer.source())]

    def _picture_nodes(self) -> list[QgsLayerTreeLayer]:
        if self._session.workspace is None:
            return []
        folder = self._session.workspace.pictures
        nodes = (node for node in self._project.layerTreeRoot().findLayers() if node.layer())
        return [node for node in nodes if node.layer().customProperty(SCENE) and file_of(node.layer()).parent == folder]

    def _add_polygons(self, role: str, name: str) -> None:
        workspace = self._session.workspace
        layer = QgsVectorLayer(workspace.layer_uri(role), name, workspace.store.provider)
        layer.loadNamedStyle(str(STYLES / f"{role}.qml"))
        translate_legend(layer)
        layer.setCustomProperty(ROLE, role)
        if role == "cloud":
            prepare_for_editing(layer)
        else:
            layer.setReadOnly(True)
        root = self._root()
        self._project.addMapLayer(layer, False)
        above = [node for node in root.children() if isinstance(node, QgsLayerTreeLayer) and node.layer().customProperty(ROLE)]
        root.insertLayer(len(above), layer).setExpanded(role == "cloud")

    def _add_pictures(self, entries: Iterable[SceneEntry]) -> list[SceneEntry]:
        present = {node.layer().customProperty(SCENE) for node in self._picture_nodes()}
        missing = []
        for entry in entries:
            if entry.id in present:
                continue
            path = self._session.workspace.picture_path(entry.id)
            if path.exists():
                self._add_picture(entry, path)
            else:
                missing.append(entry)
        return missing

    def _add_picture(self, entry: SceneEntry, path: Path) -> None:
        put_style_beside(path)
        layer = QgsRasterLayer(str(path), picture_name(entry), "gdal")
        if not layer.isValid():
            return
        layer.setCustomProperty(SCENE, entry.id)
        group = self._tile_group(entry.tile)
        self._project.addMapLayer(layer, False)
        later = [node for node in group.children() if node.name() > layer.name()]  # newest on top, as in an archive
        node = group.insertLayer(len(later), layer)
        node.setExpanded(False)
        node.setItemVisibilityChecked(False)

    def _tile_group(self, tile: str) -> QgsLayerTreeGroup:
        root = self._root()
        groups = [node for node in root.children() if isinstance(node, QgsLayerTreeGroup) and node.customProperty(TILE)]
        group = next((node for node in groups if node.customProperty(TILE) == tile), None)
        if group is None:
            before = [node for node in groups if node.customProperty(TILE) < tile]
            place = root.children().index(before[-1]) + 1 if before else len(root.children()) - len(groups)
            group = root.insertGroup(place, tile)
            group.setCustomProperty(TILE, tile)
            group.setExpanded(False)
        return group


def set_variable(layer: QgsVectorLayer, name: str, value: str) -> None:
    """Set a layer's variable; one that is so already is left alone, as setting it marks the project as changed."""
    if QgsExpressionContextUtils.layerScope(layer).variable(name) != value:
        QgsExpressionContextUtils.setLayerVariable(layer, name, value)


def file_of(layer: QgsRasterLayer) -> Path:
    """Return the file a picture shows."""
    return Path(layer.source())


def picture_name(entry: SceneEntry) -> str:
    """Return date, orbit and platform as a layer is named."""
    date = f"{entry.sensed:%Y-%m-%d}" if entry.sensed else entry.id
    orbit = f"R{entry.relative_orbit:03}" if entry.relative_orbit else ""
    return " ".join(part for part in (date, orbit, entry.platform) if part)


def put_style_beside(picture: Path) -> None:
    """Put the style of all pictures beside one, where QGIS finds it; else it would read each picture for a stretch of its own."""
    style = picture.with_suffix(".qml")
    if not style.exists():
        with suppress(OSError):  # in a folder that nobody may write to QGIS chooses the stretch
            shutil.copyfile(STYLES / "picture.qml", style)


def prepare_for_editing(layer: QgsVectorLayer) -> None:
    """Let new polygons belong to the scene and class that the dock shows, without a form in between."""
    defaults = {
        "scene": QgsDefaultValue(f"@{CURRENT_SCENE}"),
        "class": QgsDefaultValue(f"coalesce(@{DRAWN_CLASS}, 'cloud')"),
        "origin": QgsDefaultValue("'editor'"),
        "area_m2": QgsDefaultValue("area(@geometry)", True),
    }
    for name, value in defaults.items():
        layer.setDefaultValueDefinition(layer.fields().indexOf(name), value)
    form = layer.editFormConfig()
    form.setSuppress(QgsEditFormConfig.FeatureFormSuppress.SuppressOn)
    layer.setEditFormConfig(form)


def translate_legend(layer: QgsVectorLayer) -> None:
    """Put the labels of a style's rules into the language of QGIS."""
    labels = {
        "Cloud": tr("Cloud"),
        "Shadow": tr("Shadow"),
        "Cloud, neighbour": tr("Cloud, neighbour"),
        "Shadow, neighbour": tr("Shadow, neighbour"),
        "To do": tr("To do"),
        "In work": tr("In work"),
        "Done": tr("Done"),
    }
    renderer = layer.renderer()
    if renderer is not None and renderer.type() == "RuleRenderer":
        for rule in renderer.rootRule().descendants():
            rule.setLabel(labels.get(rule.label(), rule.label()))
