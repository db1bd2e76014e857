"""Model cards: what a network wants to see, what its outputs mean, and where its file is.

A card is a JSON file in ``models/`` or beside the ONNX file, or the ONNX file's own ``metadata_props``. Nothing
about a network is written in code: a new one comes with a card.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from ...base.errors import InputError, MissingDependencyError, ModelError, first_line
from ...scenes.scene import Scene
from ..options import Thresholds

CLASS_NAMES = ("clear", "cloud", "thin cloud", "shadow", "other")
"""What an output of a network can mean."""

NORMALISATIONS = ("none", "standardize", "zscore")
"""``standardize`` by the card's mean and deviation, ``zscore`` by those of each patch's valid pixels."""

ACTIVATIONS = ("none", "softmax", "sigmoid")
LAYOUTS = ("nchw", "nhwc", "pixels")
LEVELS = ("L1C", "L2A")

MODELS_FOLDER = Path(__file__).resolve().parents[4] / "models"
"""The cards that come with the plugin."""

LARGEST_PATCH_PX = 4096
"""Largest side of a patch: ten bands of it are 0.7 GB, and so is what the network makes of them."""
LARGEST_NUMBER = 1e9
"""Numbers of a card beyond this mean nothing."""


@dataclass(frozen=True)
class ModelCard:
    """Everything prediction needs to know of a network."""

    id: str
    """Short name such as ``ukis-csmask-6b-l1c``; unique."""
    title: str
    """One line for a list."""
    path: str
    """The ONNX file: absolute, or relative to the card, or ``package:file`` for a file of an installed Python package."""
    bands: tuple[str, ...]
    """Bands by Sentinel-2 name, in the order of the network's input."""
    classes: tuple[str, ...]
    """Meaning of each output, of `CLASS_NAMES`, in the order of the network's output."""
    folder: str = ""
    """Folder of the card, to which a relative ``path`` refers."""
    sha256: str = ""
    """Checksum of the ONNX file; empty leaves it unchecked."""
    substitutes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Band -> bands that may stand in for it where a scene lacks it, best first."""
    levels: tuple[str, ...] = LEVELS
    """Processing levels it was trained on."""
    scale: float = 1.0
    """What reflectance (0 to 1, radiometric offset applied) is multiplied by before normalisation."""
    normalisation: str = "none"
    """One of `NORMALISATIONS`."""
    mean: tuple[float, ...] = ()
    """Mean of each band after scaling, for ``standardize``."""
    std: tuple[float, ...] = ()
    """Standard deviation of each band after scaling, for ``standardize``."""
    activation: str = "softmax"
    """What turns the output into probabilities: one of `ACTIVATIONS`."""
    layout: str = "nchw"
    """Order of the input's axes; ``pixels`` is a table with a row per pixel."""
    training_weights: tuple[float, ...] = ()
    """What each class's pixels were multiplied by in the loss of the training, in the order of ``classes``; empty for nothing.

    A network that was trained with weights finds what weighed more too often; their logarithm comes off its output."""
    thresholds: Thresholds | None = None
    """Thresholds that suit its probabilities; None for `DEFAULT_THRESHOLDS`."""
    ground_sampling_m: float = 10.0
    """Pixel size it was trained at, metres."""
    patch_px: int = 256
    """Side of the patch it is given."""
    step_px: int = 192
    """Distance between patches; what they share is blended."""
    margin_px: int = 32
    """Pixels by which the outermost patches reach outside the raster, over mirrored pixels."""
    nodata_fill: float | None = None
    """Value fed for pixels without data, after normalisation; None mirrors the nearest data into them."""
    licence: str = ""
    """SPDX identifier of the weights' licence."""
    source: str = ""
    """Publication or project, for the reader of the card."""
    install: str = ""
    """Command that brings the ONNX file."""
    automatic: bool = True
    """Whether it may be chosen for a scene where nobody named a model."""

    def __post_init__(self) -> None:
        problem = _problem_of(self)
        if problem:
            raise ModelError(f"Model card {self.id or self.path!r}: {problem}.")

    @property
    def onnx_path(self) -> Path:
        """Where the ONNX file should be; it need not be there."""
        package, _, name = self.path.partition(":")
        if name and len(package) > 1:  # a single letter is a Windows drive; `_problem_of` refuses dots, which would import a package
            spec = importlib.util.find_spec(package)
            places = list(spec.submodule_search_locations or ()) if spec else []
            return Path(places[0], name) if places else Path(package, name)
        return Path(self.folder, self.path)

    @property
    def is_installed(self) -> bool:
        """True where the ONNX file is there."""
        return self.onnx_path.is_file()

    @property
    def has_shadow(self) -> bool:
        """True where the network knows cloud shadow."""
        return "shadow" in self.classes


def _problem_of(card: ModelCard) -> str:
    """Return what is wrong with a card's values, empty where nothing is."""
    unknown = sorted(set(card.classes) - set(CLASS_NAMES))
    numbers = {name: getattr(card, name) for name in _NUMBERS} | {
        "mean": card.mean,
        "std": card.std,
        "training_weights": card.training_weights,
        "nodata_fill": card.nodata_fill or 0,
    }
    wild = next((name for name, value in numbers.items() if not _plausible(value)), "")
    statistics = card.normalisation == "standardize"
    weights = card.training_weights
    checks = (
        (bool(wild), f"{wild} is {numbers.get(wild)!s:.40}; give a finite number below {LARGEST_NUMBER:g}"),
        (not card.bands, "it names no bands"),
        (bool(unknown), f"the class {', '.join(unknown)} is none of {', '.join(CLASS_NAMES)}"),
        (not {"cloud", "thin cloud"} & set(card.classes), "none of its classes is cloud"),
        (card.normalisation not in NORMALISATIONS, f"normalisation {card.normalisation!r} is none of {', '.join(NORMALISATIONS)}"),
        (card.activation not in ACTIVATIONS, f"activation {card.activation!r} is none of {', '.join(ACTIVATIONS)}"),
        (card.layout not in LAYOUTS, f"layout {card.layout!r} is none of {', '.join(LAYOUTS)}"),
        (statistics and not len(card.mean) == len(card.std) == len(card.bands), "mean and std need one number per band"),
        (statistics and min(card.std, default=1) <= 0, "std must be positive"),
        (card.scale == 0, "scale must not be 0"),
        (bool(weights) and len(weights) != len(card.classes), "training_weights need one number per class"),
        (bool(weights) and min(weights) <= 0, "training_weights must be positive"),
        (
            bool(weights) and card.activation == "none",
            "training_weights come off what softmax or sigmoid is applied to; state the activation, or leave them out",
        ),
        (card.patch_px > LARGEST_PATCH_PX, f"patch_px {card.patch_px} is more than the {LARGEST_PATCH_PX} px that fit into memory"),
        (_leaves_package(card.path), f"path {card.path!r} must be package:file, with one package's plain name and a file inside it"),
        (
            not 0 < card.step_px <= card.patch_px <= 2 * card.step_px,
            f"step_px {card.step_px} must lie between half of patch_px {card.patch_px} and all of it",
        ),
        (not 0 <= card.margin_px < card.patch_px, f"margin_px {card.margin_px} must be less than patch_px {card.patch_px}"),
        (card.ground_sampling_m <= 0, "ground_sampling_m must be positive"),
        (bool(set(card.levels) - set(LEVELS)), f"levels must be of {', '.join(LEVELS)}"),
    )
    return next((text for wrong, text in checks if wrong), "")


def _plausible(value: float | tuple[float, ...]) -> bool:
    """Return True for a finite number, or several, of a size that can be meant."""
    values = value if isinstance(value, tuple) else (value,)
    return all(math.isfinite(one) and abs(one) <= LARGEST_NUMBER for one in values)


def _leaves_package(path: str) -> bool:
    """Return True for ``package:file`` that would import a package on the way, or names a file outside it."""
    package, _, name = path.partition(":")
    if not name or len(package) == 1:
        return False
    return not package.isidentifier() or Path(name).is_absolute() or ".." in Path(name).parts


_NUMBERS = ("scale", "ground_sampling_m")
_FIELDS = tuple(ModelCard.__dataclass_fields__)


def _names(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError("a list of names is wanted")
    return tuple(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is wanted")
    return float(value)


def _count(value: Any) -> int:
    if _number(value) != int(value):
        raise ValueError("a whole number is wanted")
    return int(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a text is wanted")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false is wanted")
    return value


def _numbers(value: Any) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("a list of numbers is wanted")
    return tuple(_number(one) for one in value)


def _number_or_none(value: Any) -> float | None:
    return None if value is None else _number(value)


def _thresholds(value: Any) -> Thresholds | None:
    if value is None:
        return None
    names = [one.name for one in fields(Thresholds)]
    if not isinstance(value, dict) or set(value) != set(names):
        raise ValueError(f"an object of the four numbers {', '.join(names)} is wanted")
    return Thresholds(**{name: _number(one) for name, one in value.items()})


def _names_by_band(value: Any) -> dict[str, tuple[str, ...]]:
    return {str(band): _names(others) for band, others in dict(value).items()}


_TYPES: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("bands", "classes", "levels"), _names),
    **dict.fromkeys(("mean", "std", "training_weights"), _numbers),
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(("patch_px", "step_px", "margin_px"), _count),
    "nodata_fill": _number_or_none,
    "thresholds": _thresholds,
    "automatic": _truth,
    "substitutes": _names_by_band,
}
"""Field to what turns a value of JSON into the field's type; the other fields are texts."""


def _typed(name: str, value: Any) -> Any:
    """Return the value of a card's field as its type has it; raises `ValueError` for another."""
    try:
        convert: Callable[[Any], Any] = _TYPES.get(name, _text)
        return convert(value)
    except (TypeError, ValueError, OverflowError, InputError) as error:
        raise ValueError(f"{name} is {value!r:.60}: {error}") from error


def card_from(values: Mapping[str, Any], folder: Path, name: str) -> ModelCard:
    """Return the card that a JSON object states; raises `ModelError` naming what is wrong."""
    unknown = sorted(set(values) - set(_FIELDS) - {"comment"})
    lacking = [key for key in ("id", "path", "bands", "classes") if key not in values]
    if unknown or lacking:
        raise ModelError(f"{name} is no model card: " + "; ".join(
            [f"unknown field {key}" for key in unknown] + [f"field {key} is missing" for key in lacking]
        ) + ".")  # fmt: skip
    try:
        stated = {key: _typed(key, value) for key, value in values.items() if key in _FIELDS}
        return ModelCard(**{"title": stated["id"], **stated, "folder": str(folder)})
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name} is no model card ({error}); see models/README.md for its fields.") from error


def read_card(path: Path) -> ModelCard:
    """Read a card from JSON."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read as a model card ({first_line(error)[:200]}).") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path} is no model card: it must hold one JSON object.")
    return card_from(values, path.parent, str(path))


def tags_of_network(card: ModelCard) -> dict[str, str]:
    """Return the tags by which a prediction tells what computed it; predictions that differ in one are of different networks."""
    weights = " ".join(f"{weight:g}" for weight in card.training_weights)
    return {"MODEL": card.id, "MODEL_SHA256": card.sha256, "TRAINING_WEIGHTS": weights}


def bands_for(card: ModelCard, scene: Scene) -> tuple[str, ...]:
    """Return the scene's bands that the network is given, stand-ins included.

    Raises `ModelError` with the bands that are missing.
    """
    chosen = [next((b for b in (band, *card.substitutes.get(band, ())) if b in scene.bands), None) for band in card.bands]
    missing = [band for band, found in zip(card.bands, chosen, strict=True) if found is None]
    if missing:
        have = " ".join(scene.bands) or "none"
        raise ModelError(
            f"Model {card.id} needs the band(s) {' '.join(missing)} that scene {scene.id} lacks (it has {have}); choose another model."
        )
    return tuple(band for band in chosen if band)


def missing_file(card: ModelCard) -> str:
    """Return the sentence for a card whose ONNX file is absent."""
    ours = Path(card.folder) == MODELS_FOLDER  # a card from elsewhere may not tell the user what to run
    remedy = f"run: {card.install}" if card.install and ours else "put the file there"
    return f"The file of model {card.id} is missing ({card.onnx_path}); {remedy}."


def verify(card: ModelCard) -> None:
    """Raise `ModelError` where the ONNX file is not the one that the card describes."""
    if not card.is_installed:
        raise MissingDependencyError(missing_file(card))
    if not card.sha256:
        return
    digest = hashlib.sha256()
    try:
        with card.onnx_path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise InputError(f"{card.onnx_path} cannot be read ({error}).") from error
    if digest.hexdigest() != card.sha256:
        raise ModelError(
            f"{card.onnx_path} is not the file that model {card.id} was described from (sha256 {digest.hexdigest()[:12]}... "
            f"instead of {card.sha256[:12]}...); install the version named in its card."
        )
