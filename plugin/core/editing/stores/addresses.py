"""How a workspace is called before it is opened: what people type, choose or drop."""

from __future__ import annotations

from pathlib import Path

_SUFFIX = ".gpkg"


def is_address(text: str) -> bool:
    """Return True for what may be a workspace, judged by the name alone."""
    return text.lower().endswith(_SUFFIX)


def address_of(text: str) -> str:
    """Return what a new workspace is called where a person typed a name with or without its ending."""
    return text if Path(text).suffix == _SUFFIX else text + _SUFFIX
