"""A fingerprint tells any two values apart that a result could depend on, and refuses those it does not know."""

from dataclasses import dataclass, make_dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.base.fingerprint import fingerprint
from skyfri.plugin.core.raster.grid import Grid

PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4), st.binary(max_size=4))
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(st.tuples(inner, inner), st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=2), inner, max_size=3)),
    max_leaves=8,
)


@dataclass(frozen=True)
class Place:
    row: int
    col: int


def spelled(value):
    """Return a text that is the same for the same type and content: the oracle."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{spelled(key)}={spelled(item)}" for key, item in value.items())) + "}"
    if isinstance(value, (tuple, list)):
        return type(value).__name__ + "(" + ",".join(map(spelled, value)) + ")"
    return f"{type(value).__name__} {value.hex() if isinstance(value, float) else ascii(value)}"


@given(VALUES, VALUES)
def test_it_is_the_same_where_and_only_where_values_are(one, other):
    assert fingerprint(one) == fingerprint(one)
    assert (fingerprint(one) == fingerprint(other)) == (spelled(one) == spelled(other))


def test_it_is_what_it_was_in_versions_before():
    kept = fingerprint(None, True, 7, 0.1, "sky", b"x", (1, [2]), {"b": 1, "a": 2}, np.arange(6, dtype="<u2").reshape(2, 3), Place(1, 2))
    assert kept == "eafab5461172ced32be36a5006f451e020eaa9d645abbcb84d22bb3cd4410b17"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0, None),
        ("1", 1),
        ("x", b"x"),
        (0.0, -0.0),
        (0.1, np.nextafter(0.1, 1)),
        (("ab", "c"), ("a", "bc")),
        (((1,), 2), ((1, 2),)),
        ((), None),
        (Place(1, 2), Place(2, 1)),
        (Place(1, 2), (1, 2)),
        (Place(1, 2), make_dataclass("Spot", ["row", "col"])(1, 2)),
        (np.zeros(4), np.zeros((2, 2))),
        (np.zeros(4, np.float32), np.zeros(4, np.int32)),
        (np.zeros(2, "<f4"), np.zeros(2, ">f4")),
        (Grid("EPSG:32633", Affine(10, 0, 0, 0, -10, 0), (1, 2)), Grid("EPSG:32633", Affine(10, 0, 1e-9, 0, -10, 0), (1, 2))),
    ],
)
def test_what_looks_alike_is_told_apart(one, other):
    assert fingerprint(one) != fingerprint(other)


def test_one_sample_deep_in_a_large_array_counts():
    small, large = np.zeros(5), np.zeros((300, 300))
    changed = large.copy()
    changed[150, 150] = 1
    assert repr(large) == repr(changed)
    assert fingerprint((small, {"a": large})) != fingerprint((small, {"a": changed}))


def test_what_a_value_is_made_of_does_not_count():
    assert fingerprint(np.float64(0.5), np.int32(3), np.bool_(True)) == fingerprint(0.5, 3, True)
    wide = np.arange(12).reshape(3, 4)
    assert fingerprint(wide[:, ::2]) == fingerprint(np.ascontiguousarray(wide[:, ::2]))
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint(replace(Place(1, 2), row=3)) == fingerprint(Place(3, 2))


@pytest.mark.parametrize("value", [{1, 2}, Path("x"), object(), np.array([object()]), len, Place, 1j, (1, {"a": {3}})])
def test_types_it_does_not_know_are_refused(value):
    with pytest.raises(TypeError, match="has no fingerprint"):
        fingerprint(value)
