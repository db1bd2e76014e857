"""The models there are: cards that come with the plugin or lie beside a network, and the one that suits a scene."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ...base.errors import MissingDependencyError, ModelError
from ...base.progress import SILENT, Progress
from ...scenes.scene import Scene
from .card import MODELS_FOLDER, ModelCard, bands_for, missing_file, read_card
from .level import level_of
from .onnx_metadata import card_of_onnx


def find_cards(folder: str | Path | None = None) -> list[ModelCard]:
    """Return the cards of a folder (default: those that come with the plugin), sorted by id.

    Files named ``*.template.json`` are patterns to copy and are left out.
    """
    place = Path(folder) if folder else MODELS_FOLDER
    files = sorted(path for path in place.glob("*.json") if not path.name.endswith(".template.json"))
    return sorted((read_card(path) for path in files), key=lambda card: card.id)


def card_of(name: str | Path) -> ModelCard:
    """Return the card of that id, or the one in that JSON or ONNX file.

    An ONNX file is described by the JSON of the same stem beside it, else by its own metadata.
    Raises `ModelError` where there is no such model.
    """
    by_id = {card.id: card for card in find_cards()}
    if str(name) in by_id:
        return by_id[str(name)]
    path = Path(name)
    if not path.is_file():
        raise ModelError(
            f"There is no model {str(name)!r}; known are {', '.join(sorted(by_id))}, or give the path of a .json or .onnx file."
        )
    if path.suffix.lower() == ".json":
        return read_card(path)
    beside = path.with_suffix(".json")
    if beside.is_file():
        return read_card(beside)
    return card_of_onnx(path)


def choose_card(scene: Scene, cards: Iterable[ModelCard] | None = None, *, progress: Progress = SILENT) -> ModelCard:
    """Return the card that suits the scene's level and bands best, by preference one with more bands.

    More bands mean short-wave infrared, which tells snow from cloud. Where the scene states no level it is guessed
    and a warning says so. Raises `ModelError` where no card fits, `MissingDependencyError` where the file is absent.
    """
    known = [card for card in (find_cards() if cards is None else cards) if card.automatic]
    level = scene.level or level_of(scene, progress)
    fitting, lacking = [], []
    for card in (card for card in known if level in card.levels):
        try:
            bands_for(card, scene)
        except ModelError as error:
            lacking.append(str(error))
        else:
            fitting.append(card)
    if not fitting:
        raise ModelError(lacking[0] if lacking else f"No model is known for {level} scenes such as {scene.id}.")
    best = max(fitting, key=lambda card: (card.is_installed, len(card.bands)))
    if not best.is_installed:
        raise MissingDependencyError(missing_file(best))
    return best
