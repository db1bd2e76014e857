"""Model cards: what a network wants to see, what its outputs mean, and where its file is.

A card is a JSON file in ``models/`` or beside the ONNX file, or the ONNX file's own ``metadata_props``. Nothing
about a network is written in code: a new one comes with a card.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...base.errors import InputError, MissingDependencyError, ModelError
from ...scenes.scene import Scene

CLASS_NAMES = ("clear", "cloud", "thin cloud", "shadow", "other")
"""What an output of a network can mean."""

NORMALISATIONS = ("none", "standardize", "zscore")
"""``standardize`` by the card's mean and deviation, ``zscore`` by those of each patch's valid pixels."""

ACTIVATIONS = ("none", "softmax", "sigmoid")
LAYOUTS = ("nchw", "nhwc", "pixels")
LEVELS = ("L1C", "L2A")


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
        if name and len(package) > 1:  # a single letter is a Windows drive
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
    statistics = card.normalisation == "standardize"
    checks = (
        (not card.bands, "it names no bands"),
        (bool(unknown), f"the class {', '.join(unknown)} is none of {', '.join(CLASS_NAMES)}"),
        (not {"cloud", "thin cloud"} & set(card.classes), "none of its classes is cloud"),
        (card.normalisation not in NORMALISATIONS, f"normalisation {card.normalisation!r} is none of {', '.join(NORMALISATIONS)}"),
        (card.activation not in ACTIVATIONS, f"activation {card.activation!r} is none of {', '.join(ACTIVATIONS)}"),
        (card.layout not in LAYOUTS, f"layout {card.layout!r} is none of {', '.join(LAYOUTS)}"),
        (statistics and not len(card.mean) == len(card.std) == len(card.bands), "mean and std need one number per band"),
        (statistics and min(card.std, default=1) <= 0, "std must be positive"),
        (
            not 0 < card.step_px <= card.patch_px <= 2 * card.step_px,
            f"step_px {card.step_px} must lie between half of patch_px {card.patch_px} and all of it",
        ),
        (not 0 <= card.margin_px < card.patch_px, f"margin_px {card.margin_px} must be less than patch_px {card.patch_px}"),
        (card.ground_sampling_m <= 0, "ground_sampling_m must be positive"),
        (bool(set(card.levels) - set(LEVELS)), f"levels must be of {', '.join(LEVELS)}"),
    )
    return next((text for wrong, text in checks if wrong), "")


_TUPLES = ("bands", "classes", "levels", "mean", "std")
_FIELDS = tuple(ModelCard.__dataclass_fields__)


def card_from(values: Mapping[str, Any], folder: Path, name: str) -> ModelCard:
    """Return the card that a JSON object states; raises `ModelError` naming what is wrong."""
    unknown = sorted(set(values) - set(_FIELDS) - {"comment"})
    lacking = [key for key in ("id", "path", "bands", "classes") if key not in values]
    if unknown or lacking:
        raise ModelError(f"{name} is no model card: " + "; ".join(
            [f"unknown field {key}" for key in unknown] + [f"field {key} is missing" for key in lacking]
        ) + ".")  # fmt: skip
    fields: dict[str, Any] = {key: value for key, value in values.items() if key in _FIELDS}
    try:
        fields.update({key: tuple(fields[key]) for key in _TUPLES if key in fields})
        fields["substitutes"] = {band: tuple(others) for band, others in dict(fields.get("substitutes", {})).items()}
        return ModelCard(**{"title": fields["id"], **fields, "folder": str(folder)})
    except (TypeError, ValueError) as error:
        raise ModelError(f"{name} is no model card ({error}); see models/README.md for its fields.") from error


def read_card(path: Path) -> ModelCard:
    """Read a card from JSON."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read as a model card ({error}).") from error
    if not isinstance(values, dict):
        raise ModelError(f"{path} is no model card: it must hold one JSON object.")
    return card_from(values, path.parent, str(path))


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
    remedy = f"run: {card.install}" if card.install else "put the file there"
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
