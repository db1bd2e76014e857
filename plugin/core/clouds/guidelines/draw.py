"""Draw guideline polygons of scenes: predict, threshold, vectorize."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ...base.errors import Cancelled, InputError, SkyfriError
from ...base.progress import SILENT, Progress, Span, check, step
from ...raster.read import grid_of, open_raster
from ...scenes.naming import file_stem
from ...scenes.scene import Scene
from ..classes.classify import threshold
from ..classes.vectorize import vectorize
from ..network.card import bands_for
from ..network.cards import card_of, choose_card
from ..network.model import Model, open_model
from ..options import GuidelineOptions
from ..polygons import CloudPolygons, merge
from ..prediction.predict import kept_bands, predict
from .kept import KeptFiles, find_kept, kept_files
from .share import Predicted, merge_rasters, network_of, passes_of, share_out

log = logging.getLogger(__name__)


def guidelines(
    scenes: Sequence[Scene],
    options: GuidelineOptions,
    work_folder: str | Path,
    *,
    kept_folder: str | Path | None = None,
    progress: Progress = SILENT,
) -> CloudPolygons:
    """Return the guideline polygons of all scenes in the CRS of the first.

    Neighbouring tiles of one pass are classified together, so that outlines are the same across their edges.
    ``<scene>_probability.tif`` and ``<scene>_reflectance.tif`` stay in ``kept_folder``, or in ``work_folder`` as
    ``<scene>_classes.tif`` does, which is named after the first scene where several were merged. The error of a scene
    names it; with ``skip_failed`` it becomes a warning, unless every scene fails.
    """
    if not scenes:
        raise InputError("No scene was given; choose at least one.")
    folder = Path(work_folder)
    predicted = _predict_all(scenes, options, Path(kept_folder or folder), Span(progress, 0.0, 0.8))
    groups = passes_of(predicted) if options.merge_overlaps else [[one] for one in predicted]
    parts = []
    for index, group in enumerate(groups):
        part = step(Span(progress, 0.8, 1.0), index, len(groups))
        with _naming(group[0].scene):
            parts.append(_polygons_of(group, options, folder, part))
    return merge(parts, scenes[0].grid.crs)


def _predict_all(scenes: Sequence[Scene], options: GuidelineOptions, folder: Path, progress: Progress) -> list[Predicted]:
    models: dict[str, Model] = {}
    predicted: list[Predicted] = []
    for index, scene in enumerate(scenes):
        try:
            with _naming(scene):
                predicted.append(_predict_one(scene, options, folder, models, step(progress, index, len(scenes))))
        except Cancelled:
            raise
        except SkyfriError as error:
            if not options.skip_failed or (index == len(scenes) - 1 and not predicted):
                raise
            progress.warn(f"{error} The scene is left out.")
    return predicted


def _predict_one(scene: Scene, options: GuidelineOptions, folder: Path, models: dict[str, Model], progress: Progress) -> Predicted:
    check(progress)
    files = kept_files(folder, scene.id)
    if options.reuse and (found := _found(scene, options, files)):
        progress.report(1, f"{scene.id}: probabilities are kept")
        return found
    card = card_of(options.model) if options.model else choose_card(scene, progress=progress)
    if card.id not in models:
        models[card.id] = open_model(card, providers=options.providers, threads=options.threads, progress=progress)
    predict(scene, models[card.id], files.probability, pixel_m=options.pixel_m, reflectance_path=files.reflectance, progress=progress)
    with open_raster(files.probability) as dataset:
        grid, network = grid_of(dataset), network_of(dataset.tags())
    if not kept_bands(bands_for(card, scene)):
        files.reflectance.unlink(missing_ok=True)  # another model's, from an earlier run
        return Predicted(scene, files.probability, None, network, grid)
    return Predicted(scene, files.probability, files.reflectance, network, grid)


def _found(scene: Scene, options: GuidelineOptions, files: KeptFiles) -> Predicted | None:
    """Return the kept prediction of a scene where it is what ``options`` ask for."""
    return find_kept(files, scene, card=card_of(options.model) if options.model else None, pixel_m=options.pixel_m)


def _polygons_of(group: Sequence[Predicted], options: GuidelineOptions, folder: Path, progress: Progress) -> CloudPolygons:
    """Return the polygons of the scenes of one pass."""
    first = group[0]
    prediction, reflectance = first.prediction, first.reflectance
    stem = file_stem(first.scene.id)
    classes = folder / f"{stem}_classes.tif"
    if len(group) > 1:
        prediction = folder / f"{stem}_merged_probability.tif"
        merge_rasters([one.prediction for one in group], prediction, Span(progress, 0.0, 0.2))
        beside = [one.reflectance for one in group if one.reflectance]
        reflectance = folder / f"{stem}_merged_reflectance.tif" if len(beside) == len(group) else None
        if reflectance:
            merge_rasters(beside, reflectance, Span(progress, 0.2, 0.3))
    threshold(prediction, classes, options.classify, reflectance_path=reflectance, progress=Span(progress, 0.3, 0.6))
    least = max(options.vectorize.mmu_ha, options.classify.mmu_ha)
    polygons = vectorize(classes, replace(options.vectorize, mmu_ha=least), prediction_path=prediction, progress=Span(progress, 0.6, 1.0))
    return share_out(polygons, group) if len(group) > 1 else polygons


@contextmanager
def _naming(scene: Scene) -> Iterator[None]:
    """Put the scene's name before the message of an error."""
    try:
        yield
    except Cancelled:
        raise
    except SkyfriError as error:
        raise type(error)(f"Scene {scene.id}: {error}") from error
