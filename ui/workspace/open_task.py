"""Opening products beside the window: their metadata are read and their pictures prepared, no pixel is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from qgis.core import Qgis, QgsMessageLog, QgsTask

from ...plugin.core.base.errors import SkyfriError
from ...plugin.processing.run.qt_threads import keep_python_state
from ...plugin.processing.translation import tr
from ..messages import TAG

if TYPE_CHECKING:
    from ...plugin.core.editing.workspace import Workspace
    from ...plugin.core.scenes.scene import Scene


class OpenTask(QgsTask):
    """Opens products; afterwards `scenes` are those that could be, `refused` says why others could not."""

    def __init__(self, paths: Sequence[str], workspace: Workspace, done: Callable[[OpenTask], None]) -> None:
        super().__init__(tr("Opening scenes"), QgsTask.Flag.CanCancel | QgsTask.Flag.Silent)
        self.scenes: list[Scene] = []
        self.refused: list[str] = []
        self._paths = list(paths)
        self.workspace = workspace
        self._done = done

    def run(self) -> bool:
        """Open one product after the other; QGIS calls this in a thread of its own."""
        keep_python_state()
        products = self._products()
        for number, product in enumerate(products):
            if self.isCanceled():
                return False
            self._attempt(partial(self._open, product), product)
            self.setProgress(100 * (number + 1) / len(products))
        return True

    def finished(self, result: bool) -> None:
        """Hand over what was opened; QGIS calls this in the main thread."""
        self._done(self)

    def _products(self) -> list[str]:
        products: dict[str, None] = {}
        for path in self._paths:
            self._attempt(partial(self._find, path, products), path)
        return list(products)

    def _find(self, path: str, products: dict[str, None]) -> None:
        products.update(dict.fromkeys(found_below(path)))

    def _open(self, product: str) -> None:
        from ...plugin.core.editing.scene_pictures import write_picture
        from ...plugin.core.scenes import open_scene

        scene = open_scene(product)
        write_picture(scene, self.workspace.picture_path(scene.id))
        self.scenes.append(scene)

    def _attempt(self, work: Callable[[], object], path: str) -> None:
        try:
            work()
        except SkyfriError as error:
            self.refused.append(str(error))
        except Exception as error:  # noqa: BLE001 (what leaves a task's thread ends QGIS)
            QgsMessageLog.logMessage(f"{path}: {error!r}", TAG, Qgis.MessageLevel.Critical, notifyUser=False)
            self.refused.append(tr("{path} could not be opened ({reason}).").format(path=path, reason=error))


def found_below(path: str) -> list[str]:
    """Return the products that a dropped file or folder holds; the path itself where it holds none, so that opening says why."""
    from ...plugin.core.scenes import find_scenes

    return [str(product) for product in find_scenes(path)] or [path]
