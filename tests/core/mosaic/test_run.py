"""A run knows what its steps need, how much of its progress each takes, and how long it took."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from skyfri.plugin.core.base.parallel import InlineExecutor
from skyfri.plugin.core.base.progress import split
from skyfri.plugin.core.mosaic.build import build
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.core.mosaic.products.outputs import MosaicOutputs
from skyfri.plugin.core.mosaic.run import WEIGHTS, MosaicRun, open_run

from .conftest import Listener

HERE = Path("m.tif")


def run_of(options=MosaicOptions(), progress=None, **outputs):
    return MosaicRun(options, MosaicOutputs(HERE, **outputs), Path("work"), InlineExecutor(), progress or Listener())


def test_parts_follow_each_other_as_long_as_their_weights():
    whole = Listener()
    parts = split(whole, 1, 0, 3)
    assert [(part.start, part.stop) for part in parts] == [(0, 0.25), (0.25, 0.25), (0.25, 1)]


@pytest.mark.parametrize(
    "options",
    [
        MosaicOptions(),
        MosaicOptions(balance="none"),
        MosaicOptions(seams="optimal"),
        MosaicOptions(fill="blended"),
        MosaicOptions(seams="layer", seamlines="x"),
    ],
)
def test_steps_share_the_whole_progress_and_those_without_work_take_none(options):
    run, spans = run_of(options), []
    for name in WEIGHTS:
        with run.step(name) as span:
            spans.append(span)
    assert (spans[0].start, spans[-1].stop) == (0, 1)
    assert all(one.stop == other.start for one, other in pairwise(spans))
    idle = {name for name, span in zip(WEIGHTS, spans, strict=True) if span.start == span.stop}
    expected = {"reduce"} if options.seams != "optimal" and options.fill != "blended" else set()
    expected |= {"measure"} if options.balance == "none" else set()
    expected |= {"seams"} if options.seams == "priority" else set()
    assert idle == expected
    assert list(run.seconds) == list(WEIGHTS) and min(run.seconds.values()) >= 0


def test_a_step_that_fails_is_timed_too():
    run = run_of()
    with pytest.raises(KeyError), run.step("render"):
        raise KeyError
    assert "render" in run.seconds


@pytest.mark.parametrize("product", ["source", "seamlines", "dates", "suspects", "report_json", "report_html"])
def test_products_that_follow_from_source_ask_for_it(product):
    assert run_of(**{product: Path("x")}).needs_source
    assert run_of(**{product: Path("x")}).source == (Path("x") if product == "source" else Path("work/source.tif"))


def test_without_such_products_there_is_no_source():
    plain = run_of(rgb=Path("x"), density=Path("y"), holes=Path("z"), downloads=Path("d"))
    assert not plain.needs_source and plain.source is None and not plain.wants_report
    assert run_of(MosaicOptions(stac=True), downloads=Path("d")).needs_source
    assert not run_of(MosaicOptions(stac=True)).needs_source


def test_suspects_are_found_for_seams_and_for_people_alone():
    assert not run_of().wants_suspects
    assert run_of(MosaicOptions(seams="optimal")).wants_suspects
    assert run_of(suspects=Path("x")).wants_suspects and run_of(report_html=Path("x")).wants_suspects


def test_keeping_a_balance_without_a_folder_is_told(tmp_path):
    told = Listener()
    with open_run(MosaicOptions(keep_balance=True), MosaicOutputs(tmp_path / "m.tif"), InlineExecutor(), told) as run:
        assert run.folder.is_dir()
    assert "KEEP_BALANCE" in told.warnings[0]


def test_progress_never_goes_back_and_ends_at_the_whole(sample, tmp_path):
    told = Listener()
    outputs = MosaicOutputs(tmp_path / "m.tif", rgb=tmp_path / "rgb.tif", dates=tmp_path / "d.tif", seamlines=tmp_path / "s.gpkg",
                            report_json=tmp_path / "r.json")  # fmt: skip
    with ThreadPoolExecutor(2) as pool:
        report = build(sample.scenes, sample.clouds, MosaicOptions(seams="optimal"), outputs, progress=told, executor=pool)
    assert all(one <= other + 1e-9 for one, other in pairwise(told.reports))
    assert told.reports[-1] == 1
    assert list(report.content["seconds"]) == list(WEIGHTS)
