"""Cards written into ONNX files themselves: our own keys, or those of the QGIS plugin Deepness.

Deepness: https://qgis-plugin-deepness.readthedocs.io (class_names, resolution in cm, tiles_size, tiles_overlap in %,
standardization_mean, standardization_std). It knows no band names, so the key ``bands`` must be there in addition.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...base.errors import ModelError
from .card import CLASS_NAMES, ModelCard, card_from
from .runtime import open_session

_DEEPNESS = ("class_names", "resolution", "tiles_size", "tiles_overlap", "standardization_mean", "standardization_std", "model_type")
_WORDS = (
    ("shadow", "shadow"),
    ("thin", "thin cloud"),
    ("cirrus", "thin cloud"),
    ("cloud", "cloud"),
    ("clear", "clear"),
    ("background", "clear"),
)


def card_of_onnx(path: Path) -> ModelCard:
    """Return the card that an ONNX file's ``metadata_props`` state; raises `ModelError` where they do not suffice."""
    session = open_session(path)
    stated = {key: _value(text) for key, text in session.get_modelmeta().custom_metadata_map.items()}
    shape = session.get_inputs()[0].shape
    values = {"id": path.stem, "path": path.name, **fields_from(stated, shape)}
    lacking = [key for key in ("bands", "classes") if key not in values]
    if lacking:
        card = path.with_suffix(".json").name
        raise ModelError(f"{path} does not state its {' and '.join(lacking)}; write a card {card} beside it (see models/README.md).")
    return card_from(values, path.parent, str(path))


def fields_from(stated: Mapping[str, Any], shape: list[Any]) -> dict[str, Any]:
    """Return the fields of a card from metadata and the shape of the network's input."""
    known = set(ModelCard.__dataclass_fields__) - {"path", "folder"}
    fields = {key: value for key, value in stated.items() if key in known}
    if "bands" in fields:
        fields["bands"] = _words(fields["bands"])
    if "classes" in fields:
        fields["classes"] = [meaning_of(name) for name in _words(fields["classes"], separators=r"[,;]")]
    if any(key in stated for key in _DEEPNESS):
        fields = {**_from_deepness(stated), **fields}
    sides = [side for side in shape[2:] if isinstance(side, int)]
    if sides:
        fields.setdefault("patch_px", sides[0])
    if "patch_px" in fields:
        fields.setdefault("step_px", fields["patch_px"] * 4 // 5)
        fields.setdefault("margin_px", fields["patch_px"] - fields["step_px"])
    return fields


def _from_deepness(stated: Mapping[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    names = stated.get("class_names")
    if isinstance(names, dict):
        fields["classes"] = [meaning_of(str(names[key])) for key in sorted(names, key=int)]
    if isinstance(stated.get("resolution"), int | float):
        fields["ground_sampling_m"] = stated["resolution"] / 100
    if isinstance(stated.get("tiles_size"), int):
        fields["patch_px"] = stated["tiles_size"]
    if isinstance(stated.get("tiles_overlap"), int | float) and "patch_px" in fields:
        fields["step_px"] = round(fields["patch_px"] * (1 - stated["tiles_overlap"] / 100))
    if stated.get("standardization_mean") and stated.get("standardization_std"):
        fields.update(normalisation="standardize", mean=stated["standardization_mean"], std=stated["standardization_std"])
    return fields


def meaning_of(name: str) -> str:
    """Return what a class's free name means, one of `CLASS_NAMES`; ``other`` where it says nothing of clouds."""
    words = name.strip().lower()
    if words in CLASS_NAMES:
        return words
    return next((meaning for word, meaning in _WORDS if word in words), "other")


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _words(value: Any, separators: str = r"[,;\s]+") -> list[str]:
    parts = value if isinstance(value, list) else re.split(separators, str(value))
    return [str(part).strip() for part in parts if str(part).strip()]
