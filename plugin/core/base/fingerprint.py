"""One hash for all that is kept from run to run: equal where and only where all is equal that a result follows from.

Values are told by type and content, never by how they print: `repr` of a NumPy scalar has changed between versions, and that of
a large array leaves most of it out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from affine import Affine


def fingerprint(*values: object) -> str:
    """Return 64 hex digits that change when any of the values does, of whatever depth.

    Values are None, truth values, numbers, text, bytes, arrays without objects, tuples, lists, mappings, and dataclasses of such.
    A whole number differs from a float, and so does 0.0 from -0.0; NumPy's scalars count as Python's. Mappings are equal in any order.
    Raises `TypeError` for other types: what is not known how to be told apart must not be kept by its hash.
    """
    digest = hashlib.sha256()
    for piece in _told(values):
        digest.update(piece)
    return digest.hexdigest()


def file_stem(name: str | int) -> str:
    """Return 16 hex digits that stand for a name in the names of our own files."""
    return hashlib.sha256(str(name).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _told(value: object) -> Iterator[bytes]:
    """Yield what tells a value from all others: its type, its length and its content."""
    if value is None or isinstance(value, (bool, np.bool_, int, np.integer, float, np.floating, str, bytes)):
        yield _plain(value)
    elif isinstance(value, Affine):  # a tuple in some versions of affine, not in others
        yield _headed("affine", b"")
        yield from map(_plain, tuple(value)[:6])
    elif isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError(f"an array of {value.dtype} has no fingerprint; give one of numbers or text")
        yield _headed("array", f"{value.dtype.str}{value.shape}".encode())
        yield np.ascontiguousarray(value).tobytes()
    elif is_dataclass(value) and not isinstance(value, type):
        members = fields(value)
        yield _headed("dataclass", f"{type(value).__name__}:{len(members)}".encode())
        for member in members:
            yield _plain(member.name)
            yield from _told(getattr(value, member.name))
    elif isinstance(value, Mapping):
        pairs = sorted(((b"".join(_told(key)), item) for key, item in value.items()), key=lambda pair: pair[0])
        yield _headed("mapping", str(len(pairs)).encode())
        for key, item in pairs:
            yield key
            yield from _told(item)
    elif isinstance(value, (tuple, list)):
        yield _headed("list" if isinstance(value, list) else "tuple", str(len(value)).encode())
        for item in value:
            yield from _told(item)
    else:
        raise TypeError(f"{type(value).__name__} has no fingerprint; give the numbers, text, arrays or dataclasses that it stands for")


def _plain(value: Any) -> bytes:
    if value is None:
        return _headed("none", b"")
    if isinstance(value, (bool, np.bool_)):
        return _headed("bool", b"1" if value else b"0")
    if isinstance(value, (int, np.integer)):
        return _headed("int", str(int(value)).encode())
    if isinstance(value, (float, np.floating)):
        return _headed("float", float(value).hex().encode())
    if isinstance(value, str):
        return _headed("text", value.encode("utf-8", "surrogatepass"))
    return _headed("bytes", value)


def _headed(kind: str, content: bytes) -> bytes:
    """Return content after its kind and length, so that no two rows of values read alike."""
    return f"{kind}:{len(content)}:".encode() + content
