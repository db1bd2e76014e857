"""One row per parameter: what it declares, reads, refuses and fills."""

import html
import importlib.util
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from qgis.core import QgsProcessingContext, QgsProcessingFeedback
from qgis.PyQt.QtCore import QCoreApplication
from skyfri.plugin.core.base.errors import InputError
from skyfri.plugin.core.clouds.options import GuidelineOptions
from skyfri.plugin.core.mosaic.options import MosaicOptions
from skyfri.plugin.processing.algorithms.guidelines import Guidelines
from skyfri.plugin.processing.algorithms.mosaic import Mosaic
from skyfri.plugin.processing.inputs.values import Values, named_sources
from skyfri.plugin.processing.parameters.kinds import Choice, Flag, Number, Whole, Words
from skyfri.plugin.processing.parameters.table import Param, fill, parameters_of, rows_of, with_fields
from skyfri.plugin.processing.provider import ALGORITHMS
from skyfri.plugin.processing.translation import install_translator


@dataclass(frozen=True)
class Inner:
    gamma: float = 1.0
    side_m: float = 50_000.0


@dataclass(frozen=True)
class Outer:
    bands: tuple[str, ...] = ("B04", "B03")
    low: float = 1.0
    high: float = 2.0
    inner: Inner = field(default_factory=Inner)

    def __post_init__(self):
        if not self.low < self.high:
            raise InputError("low is not below high")


ROWS = rows_of(
    Outer(),
    Param("BANDS", Words(), "Bands", "help", "bands"),
    Param("LOW", Number(0), "Low", "help", "low"),
    Param("HIGH", Number(0), "High", "help", "high"),
    Param("GAMMA", Number(0.1, 5), "Gamma", "help", "inner.gamma"),
    Param("SIDE", Number(0.001, unit=1000), "Side (km)", "help", "inner.side_m"),
)


class Asked(Mosaic):
    """An algorithm of the rows above."""

    def rows(self):
        return ROWS

    def told(self):
        return ()


def values_of(algorithm, parameters) -> Values:
    algorithm.initAlgorithm({})
    return Values(algorithm, parameters, QgsProcessingContext(), {})


def test_defaults_stand_in_the_options_only():
    assert {row.name: row.default for row in ROWS} == {"BANDS": "B04 B03", "LOW": 1.0, "HIGH": 2.0, "GAMMA": 1.0, "SIDE": 50.0}
    assert fill(Outer(), ROWS, values_of(Asked(), {})) == Outer()


def test_strings_of_a_shell_fill_the_options_with_numbers_and_units(qgis_app):
    words = {"BANDS": "B08, B04", "LOW": "3", "HIGH": "4.5", "GAMMA": "2", "SIDE": "10"}
    options = Outer(("B08", "B04"), 3.0, 4.5, Inner(2.0, 10_000.0))
    assert fill(Outer(), ROWS, values_of(Asked(), words)) == options
    assert fill(Outer(), ROWS, values_of(Asked(), parameters_of(options, ROWS))) == options


def test_fields_change_at_once_so_that_no_check_sees_half_of_them():
    assert with_fields(Outer(), {"low": 5.0, "high": 6.0}).high == 6.0  # one after the other, low 5 would meet high 2
    with pytest.raises(InputError, match="below"):
        with_fields(Outer(), {"low": 5.0})
    assert with_fields(Outer(), {"inner": Inner(3.0), "inner.side_m": 1.0}).inner == Inner(3.0, 1.0)


@pytest.mark.parametrize(
    ("kind", "fine", "wrong", "remedy"),
    [
        (Number(0.1, 5), ("0.1", 5, ""), ("5.1", 0, "abc"), "give a number from 0.1 to 5"),
        (Number(0), (0, "1e9"), (-1, "-0.5", "nan"), "give a number of at least 0"),
        (Whole(0, 64), (0, "64"), (65, "-1"), "give a number from 0 to 64"),
        (Flag(), (True, "yes", "False", "0"), ("maybe", ""), "give true or false"),
        (Choice(("none", "global")), ("none",), ("None", "magic", 7), "choose one of none, global"),
    ],
)
def test_what_is_refused_is_named_with_its_remedy(kind, fine, wrong, remedy):
    row = Param("X", kind, "label", "help")
    assert not any(row.refusal(value) for value in fine)
    assert [row.refusal(value) for value in wrong] == [f"X is {value}; {remedy}." for value in wrong]


def test_words_of_a_shell_mean_what_they_say(qgis_app):
    """QGIS itself takes any text but false and 0 for a yes."""
    flag = Param("STAC", Flag(), "label", "help", default=False)
    assert [flag.read(values_of(Mosaic(), {"STAC": word})) for word in ("no", "off", "yes", "true", True)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_step_of_a_model_is_refused_although_qgis_does_not_check_it(qgis_app):
    algorithm = Mosaic().create()
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    _, fine = algorithm.run({"INPUTS": ["/nowhere.tif"], "BALANCE": "magic", "OUTPUT": "/tmp/no.tif"}, context, feedback)
    assert not fine
    assert "BALANCE is magic; choose one of none, global, local." in feedback.textLog()


def test_rows_fill_what_the_algorithms_hand_to_the_core(qgis_app):
    words = {"CLOUD_SEED": "0.8", "CLOUD_GROW": "0.5", "SIMPLIFY": "30", "MODEL": "mine", "PROVIDERS": "", "REUSE": "true"}
    algorithm = Guidelines()
    options = fill(GuidelineOptions(threads=2), algorithm.rows(), values_of(algorithm, words))
    assert (options.classify.cloud_seed, options.vectorize.simplify_m, options.model) == (0.8, 30.0, "mine")
    assert (options.providers, options.reuse, options.threads, options.pixel_m) == (("cpu",), True, 2, None)
    mosaic = Mosaic()
    assert fill(MosaicOptions(), mosaic.rows(), values_of(mosaic, {"INPUTS": "x"})) == MosaicOptions()


@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=[one.ID for one in ALGORITHMS])
def test_every_parameter_has_a_help_of_its_own(algorithm, qgis_app):
    made = algorithm()
    made.initAlgorithm({})
    assert [row.name for row in made.rows()] == [definition.name() for definition in made.parameterDefinitions()]
    for definition in made.parameterDefinitions():
        text = definition.help()
        assert len(text) > 20 and text.endswith((".", ";")), definition.name()
        assert text != definition.description()


@pytest.mark.parametrize(
    ("algorithm", "values", "words"),
    [
        ("guidelines", {"INPUTS": ["x"], "CLOUD_SEED": 0.3, "CLOUD_GROW": 0.6}, "grow is 0.6, seed 0.3"),
        ("mosaic", {"INPUTS": ["x"], "SEAMS": "layer"}, "SEAMLINES"),
        ("mosaic", {"INPUTS": ["x"], "MINIMUM": "300", "MAXIMUM": "200"}, "MINIMUM 300"),
        ("mosaic", {"INPUTS": ["x"], "PERIOD": "June", "FILL": "p50"}, "PERIOD is 'June'"),
    ],
)
def test_values_that_do_not_go_together_are_refused_before_the_run(algorithm, values, words, qgis_app):
    made = next(one for one in ALGORITHMS if algorithm == one.ID)().create()
    fine, said = made.checkParameterValues({**values, "OUTPUT": "/tmp/never.tif"}, QgsProcessingContext())
    assert not fine
    assert words in said


def test_a_look_at_values_reads_no_layer(qgis_app):
    """SEAMLINES need not be there yet: a model may make it."""
    values = {"INPUTS": ["x"], "SEAMS": "layer", "SEAMLINES": "/nowhere/seams.gpkg", "OUTPUT": "/tmp/never.tif"}
    mosaic = Mosaic().create()
    context = QgsProcessingContext()
    assert "seams.gpkg" in repr(mosaic.chosen(Values(mosaic, values, context, named_sources(mosaic, values))))


def test_help_is_norwegian_where_qgis_is(qgis_app, tmp_path):
    if not any(shutil.which(name) for name in ("lrelease", "lrelease-qt5", "lrelease6")):
        pytest.skip("Qt's lrelease is absent (qttools5-dev-tools)")
    english = {(one.ID, row.name): (row.label, row.help) for one in ALGORITHMS for row in one().rows()}
    script = Path(__file__).resolve().parents[3] / "i18n" / "collect.py"
    spec = importlib.util.spec_from_file_location("skyfri_collect", script)
    collect = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(collect)
    collect.compile_ts(Path(shutil.copy(script.with_name("skyfri_nb.ts"), tmp_path)))
    translator = install_translator("nb_NO", tmp_path)
    try:
        for one in ALGORITHMS:
            for row in one().rows():
                assert row.help != english[one.ID, row.name][1], f"{one.ID} {row.name}"
    finally:
        QCoreApplication.removeTranslator(translator)


def test_numbers_show_no_more_decimals_than_people_choose(qgis_app):
    made = Guidelines().create()
    assert made.parameterDefinition("CLOUD_SEED").metadata()["widget_wrapper"]["decimals"] == 3


def test_the_dialogs_panel_explains_every_parameter_and_qgis_process_does_not_do_so_twice(qgis_app, monkeypatch):
    made = Guidelines().create()
    monkeypatch.setattr("qgis.utils.iface", None)
    assert made.shortHelpString() == made.help()
    monkeypatch.setattr("qgis.utils.iface", object())
    assert all(html.escape(row.help) in made.shortHelpString() for row in made.rows())
