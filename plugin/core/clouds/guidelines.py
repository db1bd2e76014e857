"""Scenes to guideline polygons: predict, threshold, vectorize."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import Cancelled, InputError, SkyfriError
from ..progress import SILENT, Progress, Span, check, step
from ..scenes.scene import Scene
from .card import ModelCard, card_of, choose_card
from .classify import threshold
from .model import Model, open_model
from .options import ClassifyOptions, VectorizeOptions
from .polygons import CloudPolygons, merge
from .predict import predict
from .session import CPU
from .vectorize import vectorize

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class GuidelineOptions:
    """How scenes become guideline polygons."""

    model: str = ""
    """Id or path of a model card; empty chooses by each scene's level and bands."""
    pixel_m: float | None = None
    """Pixel size of the prediction, metres; None follows the model's card."""
    classify: ClassifyOptions = field(default_factory=ClassifyOptions)
    """Probabilities to classes."""
    vectorize: VectorizeOptions = field(default_factory=VectorizeOptions)
    """Classes to polygons."""
    providers: tuple[str, ...] = (CPU,)
    """Execution providers, first one preferred."""
    threads: int | None = None
    """Processors to use; None takes all this process may use."""
    skip_failed: bool = False
    """Whether a scene that fails is left out with a warning instead of ending the run."""


@dataclass(frozen=True)
class _Files:
    """Intermediate files of one scene."""

    prediction: Path
    classes: Path
    reflectance: Path


def guidelines(
    scenes: Sequence[Scene], options: GuidelineOptions, work_folder: str | Path, *, progress: Progress = SILENT
) -> CloudPolygons:
    """Return the guideline polygons of all scenes in the CRS of the first.

    ``<scene>_probability.tif`` and ``<scene>_classes.tif`` stay in ``work_folder``. The error of a scene names it;
    with ``skip_failed`` it becomes a warning, unless every scene fails.
    """
    if not scenes:
        raise InputError("No scene was given; choose at least one.")
    folder = Path(work_folder)
    models: dict[str, Model] = {}
    parts = []
    for index, scene in enumerate(scenes):
        part = step(progress, index, len(scenes))
        try:
            parts.append(_polygons_of_scene(scene, options, folder, models, part))
        except Cancelled:
            raise
        except SkyfriError as error:
            failure = type(error)(f"Scene {scene.id}: {error}")
            if not options.skip_failed or (index == len(scenes) - 1 and not parts):
                raise failure from error
            progress.warn(f"{failure} The scene is left out.")
    return merge(parts, scenes[0].grid.crs)


def _polygons_of_scene(
    scene: Scene, options: GuidelineOptions, folder: Path, models: dict[str, Model], progress: Progress
) -> CloudPolygons:
    check(progress)
    card = card_of(options.model) if options.model else choose_card(scene, progress=progress)
    files = _Files(folder / f"{scene.id}_probability.tif", folder / f"{scene.id}_classes.tif", folder / f"{scene.id}_reflectance.tif")
    model = _opened(card, options, models, progress)
    predict(scene, model, files.prediction, pixel_m=options.pixel_m, reflectance_path=files.reflectance, progress=Span(progress, 0.0, 0.8))
    seen = files.reflectance if files.reflectance.is_file() else None  # a network without green or infrared leaves none
    threshold(files.prediction, files.classes, options.classify, reflectance_path=seen, progress=Span(progress, 0.8, 0.9))
    return vectorize(files.classes, options.vectorize, prediction_path=files.prediction, progress=Span(progress, 0.9, 1.0))


def _opened(card: ModelCard, options: GuidelineOptions, models: dict[str, Model], progress: Progress) -> Model:
    """Return the model of a card, opened once for all scenes."""
    if card.id not in models:
        models[card.id] = open_model(card, providers=options.providers, threads=options.threads, progress=progress)
    return models[card.id]
