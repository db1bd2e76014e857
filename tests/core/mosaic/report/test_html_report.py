"""The report a person looks at: complete, safe to open, and true to the figures."""

import base64
import json
import re
from html.parser import HTMLParser
from string import Formatter

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from skyfri.plugin.core.base.errors import OutputError
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.histograms import fold_histogram
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.report.html_report import compose_html, write_html
from skyfri.plugin.core.mosaic.report.quicklook import Picture, SourceMap, draw_sources
from skyfri.plugin.core.pages.charts import number, readable_on, round_steps
from skyfri.plugin.core.pages.style import STYLE
from skyfri.plugin.core.scenes import open_scene
from skyfri.tests.sample import SampleOptions, make_stacks

BANDS = ("B02", "B03", "B04", "B08")
STEPS = {
    "plan": "planning",
    "reduce": "reduced copies",
    "measure": "measuring",
    "solve": "balance",
    "seams": "seams",
    "render": "rendering",
}
STEPS |= {"write": "writing", "report": "report"}
VOID = {"meta", "br", "img"}


class Outline(HTMLParser):
    """Checks that elements nest; collects text, names and attributes."""

    def __init__(self):
        super().__init__()
        self.open, self.words, self.names, self.attributes = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def outline_of(page):
    outline = Outline()
    outline.feed(page)
    assert outline.open == []
    return outline


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    options = SampleOptions(size_px=600, pixel_m=60, tiles=1, dates=2, bands=BANDS, seed=3)
    scenes = [open_scene(path) for path in make_stacks(folder / "s", options)]
    from skyfri.plugin.core.clouds.polygons import read_polygons

    clouds = read_polygons(folder / "s" / "clouds.gpkg")
    outputs = MosaicOutputs(
        folder / "mosaic.tif",
        rgb=folder / "rgb.tif",
        report_json=folder / "r.json",
        report_html=folder / "r.html",
        seamlines=folder / "s.gpkg",
    )
    return build(scenes, clouds, MosaicOptions(block_px=512), outputs), outputs


def test_the_page_is_whole_and_fetches_nothing(run):
    _, outputs = run
    page = outputs.report_html.read_text(encoding="utf-8")
    outline = outline_of(page)
    assert not {"script", "iframe", "link", "object"} & set(outline.names)
    for name, value in outline.attributes:
        if name in {"src", "href"}:
            assert value.startswith("data:image/")
    assert "http" not in re.sub(r"data:image/[^\"]*", "", page)
    assert "nan" not in " ".join(outline.words).lower().split()


def test_the_page_says_what_the_figures_say(run):
    report, outputs = run
    words = " ".join(outline_of(outputs.report_html.read_text(encoding="utf-8")).words)
    assert json.loads(outputs.report_json.read_text())["seams"] == report.content["seams"]
    for scene in report.content["scenes"]:
        assert scene["id"] in words
        assert f"{scene['gain']['B02']:.3f}" in words
    assert f"{report.content['seams']['step_ratio_d1']['mean']:.2f}" in words
    assert f"{report.content['seams_8bit']['step_ratio_d1']['mean']:.2f}" in words
    low, high = report.content["stretch"]["bands"]["B04"]
    assert f"B04 {number(low)} to {number(high)}" in words
    for step, seconds in report.content["seconds"].items():
        assert f"{STEPS[step]} {seconds:.1f} s" in words
    worst = max(report.content["residuals"]["pairs"], key=lambda pair: np.mean(pair["mad_pct_after"]))
    assert f"{np.mean(worst['mad_pct_after']):.1f} %" in words


def test_the_source_raster_is_measured_though_nobody_keeps_it(run):
    report, outputs = run
    assert report.content["seams"]["seam_px"] > 0
    assert not list(outputs.mosaic.parent.glob(".*"))
    assert len(gpd.read_file(outputs.seamlines))


def test_histograms_are_those_of_the_mosaic(run):
    report, outputs = run
    with rasterio.open(outputs.mosaic) as dataset:
        for number, band in enumerate(BANDS, 1):
            values = dataset.read(number)
            found = report.content["histograms"]["16bit"][band]
            expected = np.histogram(values[values > 0], [*found["edges"][:-1], 70000])[0]
            np.testing.assert_allclose(np.cumsum(found["counts"]) / sum(found["counts"]), np.cumsum(expected) / expected.sum(), atol=0.01)
    assert report.content["histograms"]["8bit"]["at_0"] == report.content["histograms"]["8bit"]["at_255"] == 0


def test_names_from_files_cannot_become_markup(run):
    report, _ = run
    content = json.loads(report.as_json())
    hostile = '"><script>alert(1)</script>'
    for scene in content["scenes"]:
        scene["id"] = hostile
    for pair in content["residuals"]["pairs"]:
        pair["scenes"] = [hostile, hostile]
    content["outputs"]["mosaic"] = f"/tmp/{hostile}.tif"
    content["settings"]["reference"] = hostile
    picture = Picture("data:image/png;base64,", 10, 10, 1.0)
    outline = outline_of(compose_html(content, picture, SourceMap(picture, {}, {})))
    assert "script" not in outline.names


def hostile_everywhere(value, hostile):
    """Return plain values with each text and each name of a setting hostile, but for what the page looks up or computes with."""
    if isinstance(value, dict):
        return {
            key: below if key in {"sensed", "bands", "histograms"} else hostile_everywhere(below, hostile) for key, below in value.items()
        }
    if isinstance(value, list):
        return [hostile_everywhere(below, hostile) for below in value]
    return hostile if isinstance(value, str) else value


def test_no_text_whatever_its_origin_becomes_markup_or_template(run):
    report, _ = run
    hostile = """<b>&"'{{ 7 * 7 }}{% raw %}"""
    content = json.loads(report.as_json())
    content["reference"] = {"path": "0.tif", "mad_pct_before": [9.0], "mad_pct_after": [5.0]}
    content["backdrop"] = {"index": 3, "name": "", "percentile": 50, "scenes": [1], "area_m2": 5.0, "share_pct": 1.0}
    content = hostile_everywhere(content, hostile)
    content["settings"][hostile] = content["versions"][hostile] = content["seconds"][hostile] = 1
    picture = Picture("data:image/png;base64,", 10, 10, 1.0)
    marked = hostile.replace("{", "{{").replace("}", "}}")  # a translation is a format
    translated = compose_html(content, picture, SourceMap(picture, {}, {1: (3, 3)}), lambda text: marked + text)
    outline = outline_of(translated)
    assert hostile[:5] not in translated
    assert outline.names.count("b") == translated.count('class="figure"') + translated.count('class="figure alert"')
    words = " ".join(outline.words)
    assert words.count(hostile) > 50 and ">49<" not in translated
    assert sum(hostile in value for name, value in outline.attributes if name == "aria-label") >= 1


def test_the_page_names_files_and_no_folder_of_a_person(run):
    _, outputs = run
    page = outputs.report_html.read_text(encoding="utf-8")
    assert "<code>mosaic.tif</code>" in page and "<code>r.html</code>" in page
    assert str(outputs.mosaic.parent) not in page and str(outputs.mosaic.parent.parent) not in page


def test_a_mosaic_without_balance_overlap_or_scene_dates_has_a_page(run):
    report, _ = run
    content = json.loads(report.as_json())
    content["residuals"] = {"mad_pct_before": None, "mad_pct_after": None, "pairs": []}
    content["seams_8bit"], content["stretch"] = {}, None
    content["seams"], content["histograms"], content["peak_memory_mb"] = {}, {}, None
    content["holes"] = {"area_m2": 0.0, "count": 0, "largest": []}
    for scene in content["scenes"]:
        scene["sensed"] = scene["relative_orbit"] = None
    picture = Picture("data:image/png;base64,", 10, 10, 1.0)
    outline_of(compose_html(content, picture, SourceMap(picture, {}, {})))


def test_every_text_of_the_page_can_be_translated(run):
    report, _ = run
    content = json.loads(report.as_json())
    content["settings"], content["versions"], content["outputs"] = {}, {}, {"mosaic": "0.tif"}
    content["reference"] = {"path": "0.tif", "mad_pct_before": [9.0], "mad_pct_after": [5.0]}
    content["view_normalisation"], content["groups"] = {"scenes": 1, "of": 2}, 2
    content["dodge_points"] = [{"given_pct": 3.0, "asked_pct": 4.0}]
    content["backdrop"] = {"index": 3, "name": "", "percentile": 50, "scenes": [1], "area_m2": 5.0, "share_pct": 1.0}
    content["suspects"] = {"count": 3, "shown": 2}

    def only_figures(text):
        fields = [(name, spec) for _, name, spec, _ in Formatter().parse(text) if name is not None]
        return " ".join(f"{{{name}{':' if spec else ''}{spec}}}" for name, spec in fields)

    picture = Picture("data:image/png;base64,", 10, 10, 1.0)
    outline = outline_of(compose_html(content, picture, SourceMap(picture, {}, {}), only_figures).replace(STYLE, ""))
    labels = [value for name, value in outline.attributes if name in {"aria-label", "title", "alt"}]
    words = set(re.findall(r"[a-z]{3,}", " ".join(outline.words + labels)))
    assert not words - {"min", "tif", "mosaic"}, "units and names alone are the same in every language"


def test_a_folder_that_cannot_be_written_is_an_output_error(run, tmp_path):
    report, _ = run
    (tmp_path / "file").write_text("")
    picture = Picture("data:image/png;base64,", 10, 10, 1.0)
    with pytest.raises(OutputError, match="cannot be written"):
        write_html(tmp_path / "file" / "r.html", report.content, picture, SourceMap(picture, {}, {}))


def test_the_map_of_sources_gives_the_largest_scenes_their_own_colours(tmp_path):
    from affine import Affine
    from skyfri.plugin.core.raster.grid import Grid
    from skyfri.plugin.core.raster.spec import RasterSpec
    from skyfri.plugin.core.raster.write import write_array

    ranks = np.zeros((1, 200, 200), np.uint16)
    ranks[0, :, :120], ranks[0, :, 120:190] = 7, 3
    grid = Grid("EPSG:32633", Affine(10, 0, 500000, 0, -10, 5000000), (200, 200))
    write_array(tmp_path / "s.tif", ranks, RasterSpec(grid, "uint16", ("source",)))
    found = draw_sources(tmp_path / "s.tif", {7: 24000, 3: 14000, 9: 0})
    assert set(found.colours) == {3, 7}
    assert found.colours[3] != found.colours[7]
    x, y = found.labels[7]
    assert ranks[0, int(y), int(x)] == 7
    with rasterio.io.MemoryFile(base64.b64decode(found.picture.uri.split(",")[1])) as memory, memory.open() as image:
        colour = image.read()[:, 100, 60]
    assert "#" + "".join(f"{v:02x}" for v in colour) == found.colours[7]


def test_folding_keeps_the_count_and_closes_the_tail():
    counts = np.zeros(4096, np.int64)
    counts[:300], counts[4000] = 10, 1
    found = fold_histogram(counts, 4)
    assert sum(found["counts"]) == counts.sum()
    assert found["edges"][-1] < 4 * 400


@pytest.mark.parametrize(("top", "last"), [(41.7, 50), (0.9, 1.0), (7, 8), (0, 1)])
def test_ticks_are_round_and_reach_the_top(top, last):
    assert round_steps(top)[-1] == pytest.approx(last)


def test_ink_on_colours_of_the_map_can_be_read():
    assert readable_on("#ffffff") != readable_on("#000000")
    assert readable_on("#aa3377") == readable_on("#228833") == "#ffffff"


def test_the_report_names_the_versions(run):
    versions = run[0].content["versions"]
    assert set(versions) == {"skyfri", "python", "numpy", "gdal"}
    assert all(versions.values())
