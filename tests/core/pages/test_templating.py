"""Pages by templates: every text is escaped, drawings are shown, a name that is lacking is an error."""

import sys
from pathlib import Path

import jinja2
import pytest
from skyfri.plugin.core.base.errors import MissingDependencyError
from skyfri.plugin.core.pages import templating
from skyfri.plugin.core.pages.charts import svg
from skyfri.plugin.core.pages.page import Cell, KeyFigure, Table, shown_path
from skyfri.plugin.core.pages.templating import render_page

HOSTILE = """<b>&"'{{ 7 * 7 }}{% raw %}"""
ESCAPED = "&lt;b&gt;&amp;&#34;&#39;{{ 7 * 7 }}{% raw %}"
PAGE = """{% extends "page.html" %}{% from "macros.html" import section, table, figure, key_figures %}
{% block main %}
{{ key_figures(figures) }}
{% call section(text, text) %}{{ table(rows) }}{{ figure(drawing, text) }}{% endcall %}
{% endblock %}"""


@pytest.fixture
def templates(tmp_path, monkeypatch):
    for path in templating.TEMPLATES.iterdir():
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(templating, "TEMPLATES", tmp_path)
    (tmp_path / "own.html").write_text(PAGE)
    return tmp_path


def test_every_text_of_every_macro_is_escaped_and_drawings_are_shown(templates):
    row = [HOSTILE, Cell(HOSTILE, HOSTILE, kind="id", columns=2), Cell(HOSTILE, kind="code"), Cell(HOSTILE, background="#fff", ink="#000")]
    page = render_page(
        "own.html",
        HOSTILE,
        lambda text: HOSTILE,
        figures=[KeyFigure(HOSTILE, HOSTILE)],
        text=HOSTILE,
        rows=Table([row], [HOSTILE]),
        drawing=svg(1, 1, "<g></g>", HOSTILE),
    )
    assert HOSTILE[:5] not in page and ">49" not in page
    assert page.count(ESCAPED) == 2 + 2 + 2 + 2 + 1 + 5 + 1, "title twice, language and footer, figure, section, names, cells, caption"
    assert "<g></g>" in page and "<svg " in page


def test_numbers_stand_flush_right_after_the_columns_of_words(templates):
    rows = Table([["a", "1"], [Cell("b", columns=2)]], ["word", "number"], width_px=300)
    page = render_page("own.html", "", figures=[], text="", rows=rows, drawing="")
    assert "<td>a</td>" in page and '<td class="n">1</td>' in page and '<th class="n">number</th>' in page
    assert '<td colspan="2">b</td>' in page and "max-width:300px" in page


def test_a_name_that_is_lacking_is_an_error(templates):
    with pytest.raises(jinja2.UndefinedError):
        render_page("own.html", "")


def test_without_the_library_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingDependencyError, match="pip install jinja2"):
        render_page("page.html", "")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/kari/run/mosaic.tif", "mosaic.tif"),
        ("/home/kari/run/deep/mosaic.tif", "deep/mosaic.tif"),
        ("/home/kari/clouds.gpkg|layername=cloud", "clouds.gpkg|layername=cloud"),
        (r"C:\Users\kari\clouds.gpkg", "clouds.gpkg"),
        ("optimal", "optimal"),
        ("WGS 84 / UTM zone 33N", "WGS 84 / UTM zone 33N"),
        ("", ""),
    ],
)
def test_paths_name_no_person(path, shown):
    assert shown_path(path, Path("/home/kari/run")) == shown
