"""Thresholds tried on the scene the editor is at: outlines follow the sliders, nothing is written until they are applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qgis.core import QgsProject
from qgis.PyQt.QtCore import QLocale, QObject, Qt, pyqtSignal
from qgis.PyQt.QtGui import QKeySequence
from qgis.PyQt.QtWidgets import QApplication, QShortcut

from ...plugin.processing.translation import tr
from .draw import GUIDELINES, drawn_text, guideline_parameters
from .live_outline import LiveOutline
from .preview import Outlines, PreviewThread, View, Wish
from .thresholds_kept import Former, Start, put_back, read_former, read_start

if TYPE_CHECKING:
    from ...plugin.core.clouds.options import ClassifyOptions
    from ...plugin.core.editing.entries import SceneEntry
    from ..jobs.runner import Runner
    from ..map.scene_view import SceneView
    from ..messages import Messages
    from ..workspace.session import Session
    from .draw import Guidelines
    from .threshold_bar import ThresholdBar

_HECTARES = 10_000
_SMALL_HA = 10


class Thresholding(QObject):
    """Follows scene, map and sliders while it is active."""

    changed = pyqtSignal()
    """It began or ended, or there are probabilities now, or none any more."""
    drawn = pyqtSignal()
    """Outlines of the latest thresholds are on the map."""

    def __init__(
        self,
        session: Session,
        runner: Runner,
        *,
        view: SceneView,
        guidelines: Guidelines,
        bar: ThresholdBar,
        messages: Messages,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._canvas = view.canvas
        self._session = session
        self._runner = runner
        self._view = view
        self._guidelines = guidelines
        self._bar = bar
        self._messages = messages
        self._outline = LiveOutline(self._canvas)
        self._thread = PreviewThread(self)
        self._thread.answered.connect(self._show)
        self._wish: Wish | None = None
        self._start: Start | None = None
        self._coming_id = ""
        self.is_active = False
        self._keys = [self._make_key(key, widget, slot) for widget in (bar, self._canvas) for key, slot in self._keys_and_slots()]
        bar.changed.connect(self._ask)
        session.scene_changed.connect(self._go_to_scene)
        session.workspace_changed.connect(lambda: self.set_active(False))
        session.listing_changed.connect(self._look_for_probabilities)
        runner.ended.connect(self._look_for_probabilities)
        for signal in self._signals_of_map():
            signal.connect(self._ask)

    @property
    def has_probabilities(self) -> bool:
        """True where the probabilities of the scene on the map are kept, and its thresholds are those of the sliders."""
        scene, start = self._session.scene, self._start
        return self.is_active and scene is not None and start is not None and start.scene_id == scene.id and start.has_probabilities

    def release(self) -> None:
        """Take the outlines off the map, give the keys back and stop the thread."""
        self.set_active(False)
        for signal in self._signals_of_map():
            signal.disconnect(self._ask)
        for key in self._keys:
            key.setParent(None)
            key.deleteLater()
        self._keys.clear()
        self._thread.end()

    def set_active(self, wanted: bool) -> None:
        """Begin or end; ending discards what was not applied."""
        wanted = wanted and self._session.scene is not None
        if wanted == self.is_active:
            return
        self.is_active = wanted
        if wanted:
            self._go_to_scene()
        else:
            self._forget()
        self.let_keys(True)
        self.changed.emit()
        if wanted:
            self._bar.take_focus()  # it is shown by now

    def let_keys(self, free: bool) -> None:
        """Let Enter and Escape on the map apply and discard, or leave them to a drawing tool."""
        for key in self._keys:
            key.setEnabled(self.is_active and (free or key.parent() is self._bar))

    def reset(self) -> None:
        """Go back to the thresholds that guidelines are drawn with where nobody chose others: the model's own."""
        if self._start is not None:
            self._bar.show_options(self._start.own)
            self._ask()

    def apply(self, scenes: Sequence[SceneEntry] = ()) -> None:
        """Draw the guidelines of the scene, or of some scenes, with these thresholds, as the algorithm does without a window."""
        entries = [entry for entry in scenes or [self._session.scene] if entry is not None]
        if self.has_probabilities and self._guidelines.may_draw():
            options = self._bar.options
            self._session.ask(lambda workspace: read_former(workspace, entries), lambda former: self._draw(former, options))

    def _draw(self, former: Former, options: ClassifyOptions) -> None:
        if not self.is_active or not former.scenes or not self._guidelines.may_draw():
            return
        with self._messages.reporting():
            self._runner.run(
                GUIDELINES,
                guideline_parameters(former.scenes, former.workspace, options),
                lambda results: self._applied(former, results),
                drawn=[entry.id for entry in former.scenes],
            )

    def _applied(self, former: Former, results: Mapping[str, Any]) -> None:
        self._view.take_polygons()
        self.set_active(False)
        text = drawn_text(results, len(former.scenes))
        if former.settings:
            self._messages.offer(text, tr("Undo"), lambda: self._put_back(former))
        else:
            self._messages.success(text)

    def _put_back(self, former: Former) -> None:
        """Store former guidelines again, as if the latest had not been drawn; what was edited since stays."""
        if self._session.workspace is None or self._session.workspace != former.workspace or not self._guidelines.may_draw():
            return
        known = frozenset(entry.id for entry in self._session.scenes)
        self._session.ask(lambda _: put_back(former, known), lambda _: self._say_back())

    def _say_back(self) -> None:
        self._view.take_polygons()
        self._messages.info(tr("The former guidelines are back."))

    def _go_to_scene(self) -> None:
        """Begin on another scene with the thresholds its guideline was drawn with."""
        if not self.is_active:
            return
        self._forget()
        if self._session.scene is None:
            self.set_active(False)
            return
        self._start = None
        self._read_start(self._session.scene)

    def _read_start(self, scene: SceneEntry) -> None:
        self._coming_id = scene.id
        self._session.ask(lambda workspace: read_start(workspace, scene), self._begin)

    def _begin(self, start: Start) -> None:
        """Show the thresholds of a scene, unless another is on the map by now."""
        if not self.is_active or self._session.scene is None or self._session.scene.id != start.scene_id:
            return
        self._start = start
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self._bar.isAncestorOf(focused)
        self._bar.show_options(start.options)
        self._show_page()
        if had_focus:
            self._bar.take_focus()  # the sliders may have taken the place of the hint

    def _look_for_probabilities(self) -> None:
        """Take note of another scene, or of what has been drawn or predicted since."""
        scene = self._session.scene
        if not self.is_active or scene is None:
            return
        if self._start is None or self._start.scene_id != scene.id:
            if self._coming_id != scene.id:
                self._go_to_scene()
        elif self._start.has_probabilities:
            self._show_page()
        else:  # the model may have run since the editor came here: then its own thresholds are known
            self._read_start(scene)

    def _show_page(self) -> None:
        scene = self._session.scene
        if self.has_probabilities and scene is not None:
            note = tr("You have edited this scene: applying draws its guideline anew and leaves your polygons as they are.")
            self._bar.show_sliders(note if scene.status == "edited" else "")
            self._wish = None  # the probabilities may be others than before
            self._ask()
        else:
            self._forget()
            self._bar.show_hint(tr("No probabilities are kept for this scene. Run the model once; then the sliders answer at once."))
        self.changed.emit()

    def _ask(self, *_: object) -> None:
        """Wish for the outlines of the present thresholds in the present view."""
        workspace, scene, settings = self._session.workspace, self._session.scene, self._canvas.mapSettings()
        if not self.has_probabilities or workspace is None or scene is None or settings.visibleExtent().isEmpty():
            return
        path, context = workspace.kept_files(scene.id).probability, QgsProject.instance().transformContext()
        wish = Wish(View(path, settings.visibleExtent(), settings.destinationCrs(), context), self._bar.options)
        if wish != self._wish:
            self._wish = wish
            self._thread.ask(wish)

    def _show(self, outlines: Outlines) -> None:
        """Draw an answer, unless it is one to a map or scene that is shown no more."""
        if not self.is_active or self._wish is None or outlines.wish.view.path != self._wish.view.path:
            return
        if outlines.wish.view.crs != self._wish.view.crs:
            return
        self._outline.show(outlines)
        self._bar.say_found(*found_text(outlines))
        if outlines.wish == self._wish:
            self.drawn.emit()

    def _forget(self) -> None:
        self._thread.forget()
        self._wish = None
        self._outline.clear()
        self._bar.say_found("")

    def _signals_of_map(self) -> tuple[Any, ...]:
        return (self._canvas.extentsChanged, self._canvas.destinationCrsChanged, self._canvas.rotationChanged)

    def _keys_and_slots(self) -> tuple[tuple[Any, Any], ...]:
        return (
            (Qt.Key.Key_Return, self.apply),
            (Qt.Key.Key_Enter, self.apply),
            (Qt.Key.Key_Escape, lambda: self.set_active(False)),
        )

    def _make_key(self, key: Any, widget: Any, slot: Any) -> QShortcut:
        shortcut = QShortcut(QKeySequence(key), widget)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(slot)
        shortcut.setEnabled(False)
        return shortcut


def found_text(outlines: Outlines) -> tuple[str, str]:
    """Return what is in view, in a line and as a tool tip."""
    if outlines.problem:
        return outlines.problem, ""
    if outlines.is_outside:
        return tr("The scene is not in view; zoom to the tile."), ""
    text = tr("In view: clouds {clouds} ({cloud_ha} ha), shadows {shadows} ({shadow_ha} ha)").format(
        clouds=outlines.cloud.count,
        cloud_ha=hectares(outlines.cloud.area_m2),
        shadows=outlines.shadow.count,
        shadow_ha=hectares(outlines.shadow.area_m2),
    )
    return text, tr("Zoomed out they are found on coarser pixels than when they are applied.")


def hectares(area_m2: float) -> str:
    """Return an area in hectares as QGIS's language writes numbers, with a decimal where it is small."""
    area_ha = area_m2 / _HECTARES
    return QLocale().toString(area_ha, "f", 1 if area_ha < _SMALL_HA else 0)
