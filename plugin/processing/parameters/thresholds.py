"""The parameters of classification and vectorisation, declared from the core's options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import QgsProcessingParameterDefinition

from ...core.clouds.options import ClassifyOptions, VectorizeOptions
from ..translation import tr
from .kinds import advanced, flag, number

if TYPE_CHECKING:
    from ..inputs.values import Values


def classify_parameters() -> list[QgsProcessingParameterDefinition]:
    """Return CLOUD_SEED, CLOUD_GROW, SHADOW_SEED, SHADOW_GROW, MMU, BUFFER and, folded away, the finer ones."""
    defaults = ClassifyOptions()
    return [
        number("CLOUD_SEED", tr("Cloud: probability of the seed"), defaults.cloud_seed, 0.01, 1),
        number("CLOUD_GROW", tr("Cloud: probability at the rim"), defaults.cloud_grow, 0.01, 1),
        number("SHADOW_SEED", tr("Shadow: probability of the seed"), defaults.shadow_seed, 0.01, 1),
        number("SHADOW_GROW", tr("Shadow: probability at the rim"), defaults.shadow_grow, 0.01, 1),
        smallest_area(defaults.mmu_ha),
        number(
            "BUFFER",
            tr("Widen clouds and shadows by (metres)"),
            defaults.buffer_m,
            0,
            note=tr(
                "Outlines are drawn around what was widened, at least by a pixel; "
                "the second band of the classes keeps the model's own boundary."
            ),
        ),
        advanced(number("SMOOTH", tr("Smooth probabilities first by (pixels)"), defaults.smooth_px, 0, 20)),
        advanced(number("OPENING", tr("Remove lines and spikes up to half as wide as (pixels)"), defaults.open_px, 0, 50, decimals=False)),
        advanced(number("CLOSING", tr("Fill gaps up to half as wide as (pixels)"), defaults.close_px, 0, 50, decimals=False)),
        advanced(
            flag(
                "GEOMETRY",
                tr("Judge shadows by the directions of sun and satellite"),
                defaults.geometry,
                note=tr("Shadows that no cloud can throw are dropped, and dark places where a cloud must throw one are proposed."),
            )
        ),
    ]


def vectorize_parameters() -> list[QgsProcessingParameterDefinition]:
    """Return SIMPLIFY."""
    title = tr("Simplify outlines by up to (metres; empty: by the pixel size)")
    return [number("SIMPLIFY", title, VectorizeOptions().simplify_m, 0)]


def smallest_area(default_ha: float) -> QgsProcessingParameterDefinition:
    """Return MMU."""
    return number("MMU", tr("Smallest area (hectares)"), default_ha, 0)


def classify_values(options: ClassifyOptions) -> dict[str, float | bool]:
    """Return the values of the parameters that `classify_options` reads as these options."""
    return {
        "CLOUD_SEED": options.cloud_seed,
        "CLOUD_GROW": options.cloud_grow,
        "SHADOW_SEED": options.shadow_seed,
        "SHADOW_GROW": options.shadow_grow,
        "MMU": options.mmu_ha,
        "BUFFER": options.buffer_m,
        "SMOOTH": options.smooth_px,
        "OPENING": options.open_px,
        "CLOSING": options.close_px,
        "GEOMETRY": options.geometry,
    }


def classify_options(values: Values) -> ClassifyOptions:
    """Return what the parameters say of classification."""
    return ClassifyOptions(
        cloud_seed=values.number("CLOUD_SEED"),
        cloud_grow=values.number("CLOUD_GROW"),
        shadow_seed=values.number("SHADOW_SEED"),
        shadow_grow=values.number("SHADOW_GROW"),
        mmu_ha=values.number("MMU"),
        buffer_m=values.number("BUFFER"),
        smooth_px=values.number("SMOOTH"),
        open_px=values.integer("OPENING"),
        close_px=values.integer("CLOSING"),
        geometry=values.flag("GEOMETRY"),
    )
