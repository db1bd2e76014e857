"""The one base class of Skyfri's algorithms: errors, progress, help and translation are settled here, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, ClassVar

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
)
from qgis.PyQt.QtGui import QIcon

from ...core.base.errors import SkyfriError
from ..inputs.layers import as_checkable
from ..inputs.values import Sources, Values, named_sources, resolve_sources
from ..parameters.table import ExtraOutput, Rows, check, fill
from ..run.dependencies import PAGES, Library, require
from ..run.desktop import is_desktop
from ..run.feedback import FeedbackProgress, cancelled_by_termination
from ..run.qt_threads import keep_python_state
from ..styles import styler_of
from ..translation import tr

Parameters = dict[str, Any]
"""Parameter name to the value QGIS was given."""

Results = dict[str, Any]
"""Output name to its value."""

ICON = Path(__file__).parents[1] / "icon.svg"
"""The icon of the provider and of every algorithm."""


class SkyfriAlgorithm(QgsProcessingAlgorithm):
    """Says what QGIS asks of an algorithm from a few class attributes, and turns the core's errors into QGIS's.

    A child states the attributes below, its texts (`title`, `help`), its parameters (`rows`), what it tells besides
    (`extra_outputs`) and its work (`execute`); it never imports a heavy library outside `execute`.
    """

    ID: ClassVar[str]
    """Stable name without the provider, never translated."""
    GROUP: ClassVar[str]
    """One of scenes, clouds, mosaic, setup."""
    TAGS: ClassVar[tuple[str, ...]] = ()
    """Words to find it by, besides those of its title."""
    NEEDS: ClassVar[tuple[Library, ...]] = ()
    """Libraries that must be there and share QGIS's own GEOS, PROJ and GDAL."""

    def __init__(self) -> None:
        super().__init__()
        self._sources: Sources = {}

    def title(self) -> str:
        """Return the name people read."""
        raise NotImplementedError

    def help(self) -> str:
        """Return what it does, in a few sentences."""
        raise NotImplementedError

    def rows(self) -> Rows:
        """Return the parameters, in the order of the dialog; files to write among them."""
        raise NotImplementedError

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides the files it writes."""
        return ()

    def options(self) -> Any:
        """Return the core's options that the rows fill, as they are by default; None where rows fill none."""
        return None

    def chosen(self, values: Values) -> Any:
        """Return the core's options as the run's values say; raises `InputError` for values that do not go together."""
        return fill(self.options(), self.rows(), values)

    def execute(self, values: Values, progress: FeedbackProgress) -> Results:
        """Do the work and return the outputs by name; raises `SkyfriError`."""
        raise NotImplementedError

    def appearance(self, results: dict[str, Any]) -> dict[str, tuple[str, str]]:
        """Return, for the outputs that are layers, the name and the style QGIS desktop should give them."""
        return {}

    def name(self) -> str:
        """Return the stable name."""
        return self.ID

    def displayName(self) -> str:
        """Return the name people read."""
        return self.title()

    def groupId(self) -> str:
        """Return the stable name of the group."""
        return self.GROUP

    def group(self) -> str:
        """Return the group's name people read."""
        names = {"scenes": tr("Scenes"), "clouds": tr("Clouds"), "mosaic": tr("Mosaic"), "compare": tr("Comparison"), "setup": tr("Set-up")}
        return names[self.GROUP]

    def tags(self) -> list[str]:
        """Return words to find it by."""
        return ["sentinel-2", "satellite", *self.TAGS]

    def icon(self) -> QIcon:
        """Return the icon."""
        return QIcon(str(ICON))

    def svgIconPath(self) -> str:
        """Return the path of the icon."""
        return str(ICON)

    def shortHelpString(self) -> str:
        """Return what it does and, for the panel of a dialog, what each parameter means; `qgis_process` lists them itself."""
        rows = self.rows() if is_desktop() else ()
        return "\n".join((self.help(), *(f"<b>{escape(row.label)}</b><br>{escape(row.help)}" for row in rows)))

    def shortDescription(self) -> str:
        """Return the first sentence of the help."""
        return self.help().split(". ")[0].rstrip(".") + "."

    def createInstance(self) -> SkyfriAlgorithm:
        """Return a new one of the same class."""
        return type(self)()

    def initAlgorithm(self, configuration: Mapping[str, Any] | None = None) -> None:
        """Add the parameters and outputs."""
        for row in self.rows():
            self.addParameter(row.definition())
        for output in self.extra_outputs():
            self.addOutput(output.definition())

    def checkParameterValues(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[bool, str]:
        """Check as QGIS does, but take layers where files are asked for."""
        files = {definition.name() for definition in self.parameterDefinitions() if definition.type() in {"file", "multilayer"}}
        checkable = {name: as_checkable(value) if name in files else value for name, value in parameters.items()}
        refusals = (row.refusal(checkable.get(row.name)) for row in self.rows())
        refusal = next(filter(None, refusals), "")
        fine, said = super().checkParameterValues(checkable, context)
        refusal = refusal or (self._conflict(checkable, context) if fine else "")
        return fine and not refusal, refusal or said

    def _conflict(self, parameters: Parameters, context: QgsProcessingContext) -> str:
        """Return what the core says of values that do not go together, before any layer is read; empty where they do."""
        if self.options() is None:
            return ""
        try:
            self.chosen(Values(self, parameters, context, named_sources(self, parameters)))
        except SkyfriError as error:
            return str(error)
        return ""

    def prepareAlgorithm(self, parameters: Parameters, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> bool:
        """Turn layers into files in the thread that owns them."""
        self._sources = self._answer(lambda: resolve_sources(self, parameters, context, feedback))
        return True

    def processAlgorithm(self, parameters: Parameters, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> Results:
        """Check the libraries and do the work."""

        def work() -> Results:
            keep_python_state()
            check(self.rows(), parameters)  # a step of a model is not checked by QGIS
            require(self.NEEDS)
            with cancelled_by_termination(feedback):
                values = Values(self, parameters, context, self._sources)
                values.refuse_clashes()
                if self.parameterDefinition("REPORT_HTML") is not None and values.optional_output("REPORT_HTML"):
                    require(PAGES)
                results = self.execute(values, FeedbackProgress(feedback))
            self._dress(results, context)
            return results

        return self._answer(work)

    def _dress(self, results: dict[str, Any], context: QgsProcessingContext) -> None:
        """Name and style the layers that QGIS desktop is going to load."""
        for output, (name, style) in self.appearance(results).items():
            path = results.get(output, "")
            if path and context.willLoadLayerOnCompletion(path):
                details = context.layerToLoadOnCompletionDetails(path)
                details.name = name
                details.setPostProcessor(styler_of(style))

    @staticmethod
    def _answer(work: Callable[[], Any]) -> Any:
        """Return what ``work`` returns; the one place where the core's errors become QGIS's."""
        try:
            return work()
        except SkyfriError as error:
            raise QgsProcessingException(str(error)) from error
