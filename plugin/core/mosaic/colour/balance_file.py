"""A balance as a file that people read and other runs take: the same gains for the next part of a country."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...base.drafts import write_text
from ...base.errors import InputError
from .balance import Balance

FORMAT = "skyfri-balance-1"
"""What the file says of itself."""


def write_balance(path: Path, balance: Balance) -> None:
    """Write gains and offsets (reflectance x 10000) of each scene by band, to the last bit; raises `OutputError`."""
    scenes = [
        {"id": name, "group": group, "gain": _by_band(balance.bands, gains), "offset": _by_band(balance.bands, offsets)}
        for name, group, gains, offsets in zip(balance.scene_ids, balance.groups, balance.gains, balance.offsets, strict=True)
    ]
    write_text(path, json.dumps({"format": FORMAT, "bands": list(balance.bands), "scenes": scenes}, indent=1))


def read_balance(path: str | Path, scene_ids: Sequence[str], bands: Sequence[str]) -> Balance:
    """Return the balance that a file holds of scenes and bands, in their order; it may hold more of either.

    Raises `InputError` for a file that is no balance, and for one that lacks a scene or a band.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"BALANCE_FILE {path} cannot be read ({error}); give an OUTPUT_BALANCE of a former run.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(f"BALANCE_FILE {path} does not say that it is {FORMAT}; give an OUTPUT_BALANCE of a former run.")
    try:
        known = {str(scene["id"]): scene for scene in content["scenes"]}
        lacking = [name for name in scene_ids if name not in known]
        if lacking:
            raise InputError(
                f"BALANCE_FILE {path} lacks {len(lacking)} of {len(scene_ids)} scenes, such as {lacking[0]}; "
                "leave them out, or balance anew without the file."
            )
        gains, offsets = (_table(path, [known[name][key] for name in scene_ids], bands) for key in ("gain", "offset"))
        groups = tuple(int(known[name]["group"]) for name in scene_ids)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"BALANCE_FILE {path} is damaged ({error!r}); give an OUTPUT_BALANCE of a former run.") from error
    if not (np.isfinite(gains).all() and np.isfinite(offsets).all() and (gains > 0).all()):
        raise InputError(f"BALANCE_FILE {path} holds a gain that is not above 0 or a value that is no number; correct it by hand.")
    return Balance(tuple(bands), tuple(scene_ids), gains, offsets, groups)


def _table(path: str | Path, rows: Sequence[dict[str, Any]], bands: Sequence[str]) -> np.ndarray:
    """Return (scenes, bands) of one row per scene."""
    lacking = [band for band in bands if any(band not in row for row in rows)]
    if lacking:
        raise InputError(f"BALANCE_FILE {path} lacks the band {lacking[0]}; leave the band out by BANDS, or balance anew without the file.")
    return np.array([[float(row[band]) for band in bands] for row in rows]).reshape(len(rows), len(bands))


def _by_band(bands: Sequence[str], values: np.ndarray) -> dict[str, float]:
    return {band: float(value) for band, value in zip(bands, values, strict=True)}
