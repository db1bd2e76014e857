"""The parameters of classification and vectorisation, as several algorithms show them."""

from __future__ import annotations

from typing import Any

from ...core.clouds.options import ClassifyOptions, VectorizeOptions
from ..translation import tr
from .kinds import Flag, Number, Whole
from .table import Param, Rows, parameters_of, rows_of


def classify_rows(*, within: str = "") -> Rows:
    """Return CLOUD_SEED, CLOUD_GROW, SHADOW_SEED, SHADOW_GROW, MMU, BUFFER and, folded away, the finer ones.

    ``within`` is the field of larger options that holds the `ClassifyOptions`.
    """
    return rows_of(ClassifyOptions(), *_thresholds(), *_sizes(), *_finer(), within=within)


def _thresholds() -> Rows:
    probability = Number(0.01, 1)
    seed = tr(
        "A {kind} is drawn only where a pixel is at least this probable, 0 to 1; higher finds fewer. "
        "Empty takes what the model's card states, which suits its probabilities."
    )
    rim = tr(
        "It then reaches as far as the probability is at least this, 0 to 1; lower draws wider outlines. At most that of the seed. "
        "Empty takes what the model's card states."
    )
    cloud, shadow = tr("cloud"), tr("shadow")
    return (
        Param("CLOUD_SEED", probability, tr("Cloud: probability of the seed"), seed.format(kind=cloud), "cloud_seed"),
        Param("CLOUD_GROW", probability, tr("Cloud: probability at the rim"), rim, "cloud_grow"),
        Param("SHADOW_SEED", probability, tr("Shadow: probability of the seed"), seed.format(kind=shadow), "shadow_seed"),
        Param("SHADOW_GROW", probability, tr("Shadow: probability at the rim"), rim, "shadow_grow"),
    )


def _sizes() -> Rows:
    return (
        Param(
            "MMU",
            Number(0),
            tr("Smallest area (hectares)"),
            tr("Smaller clouds and shadows are removed and smaller holes in them filled; 0 keeps all."),
            "mmu_ha",
        ),
        Param(
            "BUFFER",
            Number(0),
            tr("Widen clouds and shadows by (metres)"),
            tr(
                "Outlines are drawn around what was widened, at least by a pixel; "
                "the second band of the classes keeps the model's own boundary."
            ),
            "buffer_m",
        ),
    )


def _finer() -> Rows:
    return (
        Param(
            "SMOOTH",
            Number(0, 20),
            tr("Smooth probabilities first by (pixels)"),
            tr("Standard deviation of the Gaussian that takes the noise out of outlines; 0 leaves the probabilities as they are."),
            "smooth_px",
            advanced=True,
        ),
        Param(
            "OPENING",
            Whole(0, 50),
            tr("Remove lines and spikes up to half as wide as (pixels)"),
            tr("For roads, rivers and beaches that a model takes for clouds; 0 removes none."),
            "open_px",
            advanced=True,
        ),
        Param(
            "CLOSING",
            Whole(0, 50),
            tr("Fill gaps up to half as wide as (pixels)"),
            tr("Joins clouds that stand close together, so that there are fewer polygons to correct; 0 joins none."),
            "close_px",
            advanced=True,
        ),
        Param(
            "GEOMETRY",
            Flag(),
            tr("Judge shadows by the directions of sun and satellite"),
            tr("Shadows that no cloud can throw are dropped, and dark places where a cloud must throw one are proposed."),
            "geometry",
            advanced=True,
        ),
    )


def simplify_row(*, within: str = "") -> Rows:
    """Return SIMPLIFY; ``within`` is the field of larger options that holds the `VectorizeOptions`."""
    row = Param(
        "SIMPLIFY",
        Number(0),
        tr("Simplify outlines by up to (metres; empty: by the pixel size)"),
        tr("Leaving out one vertex changes the area by no more than the square of this; 0 keeps every corner of the pixels."),
        "simplify_m",
    )
    return rows_of(VectorizeOptions(), row, within=within)


def smallest_polygon_row() -> Rows:
    """Return MMU of the polygons."""
    row = Param(
        "MMU",
        Number(0),
        tr("Smallest area (hectares)"),
        tr("Smaller polygons are left out and smaller holes filled; 0 keeps what the classes hold."),
        "mmu_ha",
    )
    return rows_of(VectorizeOptions(), row)


def classify_values(options: ClassifyOptions) -> dict[str, Any]:
    """Return the values of the parameters that make these options."""
    return parameters_of(options, classify_rows())
