"""The functions that are the method say their model, units, shapes and source; the glossary is in order."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
METHOD = {
    "clouds/classes/cast.py": ["cast_from", "swept", "cast_components"],
    "clouds/classes/classify.py": ["hysteresis", "smoothed", "widened"],
    "clouds/classes/shadows.py": ["judge", "match_heights", "_dark"],
    "clouds/classes/sieve.py": ["sieve"],
    "mosaic/colour/balance.py": ["solve_balance", "_solve", "_reweight", "_refine"],
    "mosaic/colour/dodge.py": ["solve_dodging", "_solve"],
    "mosaic/colour/land.py": ["shows_land"],
    "mosaic/colour/pairing.py": ["choose_pairs"],
    "mosaic/colour/view.py": ["c_factor", "reflectance", "ross_thick", "li_sparse_reciprocal"],
    "mosaic/seams/cost.py": ["measure_costs", "_side_weights"],
    "mosaic/seams/expansion.py": ["expand", "minimum_cut", "_side_costs"],
    "regions/simplify.py": ["kept_points"],
}
LINES = ("Model", "Units", "Shapes", "Source")


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in METHOD.items() for name in names])
def test_a_function_that_is_the_method_says_what_it_rests_on(path, name):
    tree = ast.parse((ROOT / "plugin" / "core" / path).read_text(encoding="utf-8"))
    (found,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    said = re.findall(r"^(\w+): \S", ast.get_docstring(found) or "", re.MULTILINE)
    assert tuple(line for line in said if line in LINES) == LINES


def test_the_glossary_is_in_order_and_says_each_term_once():
    terms = re.findall(r"^\*\*(.+?)\*\*", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(terms) >= 25
    assert [term.lower() for term in terms] == sorted({term.lower() for term in terms})
