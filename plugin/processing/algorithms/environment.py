"""`skyfri:environment`: what is installed, what is wrong, and the command that mends it."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

from qgis.core import Qgis

from ...core.base.drafts import write_text
from ...core.base.errors import MissingDependencyError, SkyfriError
from ...core.clouds.network.runtime import runtime
from ..inputs.values import Values
from ..parameters.reports import json_row
from ..parameters.table import ExtraOutput, Rows
from ..run.dependencies import (
    ALL,
    ONNXRUNTIME,
    carried_copies,
    installed_version,
    is_installed,
    linked_natives,
    loaded_natives,
    problems,
    qgis_natives,
)
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


class Environment(SkyfriAlgorithm):
    """Report on the environment; needs nothing but QGIS, since it is run where something is missing."""

    ID = "environment"
    GROUP = "setup"
    TAGS = ("dependencies", "version", "install", "onnx", "provider", "model")

    def title(self) -> str:
        """Return the name people read."""
        return tr("Check the environment")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Lists the versions of QGIS, of its GEOS, PROJ and GDAL and of the Python libraries, the execution providers for cloud "
            "models and the models found. Says what is missing or harmful, each with the command that mends it."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        return (json_row(),)

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (
            ExtraOutput("PROBLEM_COUNT", tr("Number of problems"), is_number=True),
            ExtraOutput("PROBLEMS", tr("Problems, one a line")),
            ExtraOutput("VERSIONS", tr("Versions as JSON")),
            ExtraOutput("PROVIDERS", tr("Execution providers for cloud models")),
            ExtraOutput("MODELS", tr("Identifiers of the models that are installed")),
        )

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Look at everything and say it."""
        found = problems()
        harmful = any(carried_copies(library) for library in ALL)
        providers = _providers()
        models, complaints = ({}, []) if harmful else _models()  # the core imports what is harmful
        found += complaints
        versions = _versions()
        for name, version in versions.items():
            progress.say(f"{name}: {version}")
        progress.say(tr("Execution providers: {names}").format(names=", ".join(providers) or tr("none")))
        for identifier, state in models.items():
            progress.say(tr("Model {identifier}: {state}").format(identifier=identifier, state=state))
        for sentence in found:
            progress.warn(sentence)
        if not found:
            progress.say(tr("All is well: every library is there and shares QGIS's own GEOS, PROJ and GDAL."))
        results: dict[str, Any] = {
            "PROBLEM_COUNT": len(found),
            "PROBLEMS": "\n".join(found),
            "VERSIONS": json.dumps(versions),
            "PROVIDERS": ",".join(providers),
            "MODELS": ",".join(identifier for identifier, state in models.items() if state == INSTALLED),
        }
        path = values.optional_output("REPORT_JSON")
        if path:
            report = {"versions": versions, "providers": providers, "models": models, "problems": found, "loaded": loaded_natives()}
            write_text(Path(path), json.dumps(report, indent=1))
            results["REPORT_JSON"] = path
        return results


INSTALLED = "installed"
"""State of a model whose file is there."""


def _versions() -> dict[str, str]:
    """Return name to version of everything that matters."""
    versions = {"QGIS": Qgis.version(), "Python": platform.python_version(), "System": platform.platform()}
    versions |= {f"{name} of QGIS": version for name, version in qgis_natives().items()}
    for library in ALL:
        if not is_installed(library):
            versions[library.package] = "missing"
            continue
        linked = linked_natives(library) if library.module in sys.modules else {}
        carried = carried_copies(library)
        note = " with its own " + ", ".join(carried) if carried else "".join(f", {name} {number}" for name, number in linked.items())
        versions[library.package] = (installed_version(library) or "installed") + note
    return versions


def _providers() -> list[str]:
    """Return ONNX Runtime's execution providers, best first."""
    if not is_installed(ONNXRUNTIME):
        return []
    try:
        return list(runtime().get_available_providers())
    except (ImportError, MissingDependencyError):
        return []


def _models() -> tuple[dict[str, str], list[str]]:
    """Return model id to state, and what is wrong with the cards."""
    try:
        from ...core.clouds.network.card import missing_file
        from ...core.clouds.network.cards import find_cards

        cards = find_cards()
    except (ImportError, SkyfriError) as error:
        return {}, [str(error)] if isinstance(error, SkyfriError) else []
    states = {card.id: INSTALLED if card.is_installed else missing_file(card) for card in cards}
    return states, [] if INSTALLED in states.values() else list(dict.fromkeys(states.values()))
