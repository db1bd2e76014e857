"""`skyfri:describemodel`: what a cloud model is, and whether it runs here."""

from __future__ import annotations

from typing import Any

from ...core.base.errors import InputError
from ..inputs.values import Values
from ..parameters.models import chosen_providers, model_rows, threads_to_use
from ..parameters.table import ExtraOutput, Rows
from ..run.dependencies import PREDICTION
from ..run.feedback import FeedbackProgress
from ..translation import tr
from .base import SkyfriAlgorithm


class DescribeModel(SkyfriAlgorithm):
    """Print a model's card and run the model on random input."""

    ID = "describemodel"
    GROUP = "setup"
    TAGS = ("onnx", "model", "card", "cloud", "test")
    NEEDS = PREDICTION

    def title(self) -> str:
        """Return the name people read."""
        return tr("Describe a cloud model")

    def help(self) -> str:
        """Return what it does."""
        return tr(
            "Prints the card of a cloud model (bands, level, scale, patch, classes, licence) and runs the model on random input, so "
            "that a model of your own is known to work before it is used."
        )

    def rows(self) -> Rows:
        """Return the parameters."""
        return model_rows()

    def extra_outputs(self) -> tuple[ExtraOutput, ...]:
        """Return what it tells besides."""
        return (
            ExtraOutput("DESCRIPTION", tr("Description")),
            ExtraOutput("PROBLEMS", tr("Problems, one a line")),
            ExtraOutput("PROBLEM_COUNT", tr("Number of problems"), is_number=True),
        )

    def execute(self, values: Values, progress: FeedbackProgress) -> dict[str, Any]:
        """Describe and test."""
        from ...core.clouds.network.cards import card_of, find_cards
        from ...core.clouds.network.describe import describe_model

        name = values.text("MODEL")
        if not name:
            known = ", ".join(card.id for card in find_cards())
            raise InputError(tr("MODEL names no model; give one of {known}, or the path of a .json or .onnx file.").format(known=known))
        description = describe_model(card_of(name), providers=chosen_providers(values), threads=threads_to_use())
        for line in description.lines:
            progress.say(line)
        for problem in description.problems:
            progress.warn(problem)
        return {
            "DESCRIPTION": "\n".join(description.lines),
            "PROBLEMS": "\n".join(description.problems),
            "PROBLEM_COUNT": len(description.problems),
        }
