"""The public contract: ids, parameter and output names, which models and scripts rely on."""

import pytest
from qgis.core import QgsProcessingParameterEnum, QgsProcessingParameterNumber
from skyfri.plugin.processing.provider import ALGORITHMS, SkyfriProvider

CONTRACT = {
    "prepare": ("INPUT BANDS RESOLUTION EXTENT", "OUTPUT SCENE_ID"),
    "predict": ("INPUT MODEL RESOLUTION", "OUTPUT"),
    "threshold": ("INPUT CLOUD_SEED CLOUD_GROW SHADOW_SEED SHADOW_GROW MMU BUFFER", "OUTPUT"),
    "vectorize": ("INPUT SIMPLIFY MMU", "OUTPUT"),
    "guidelines": ("INPUTS MODEL CLOUD_SEED CLOUD_GROW SHADOW_SEED SHADOW_GROW MMU BUFFER SIMPLIFY RESOLUTION WORKSPACE", "OUTPUT"),
    "checkneighbours": ("POLYGONS WORKSPACE TILES", "OUTPUT COUNT"),
    "evaluate": ("GUIDELINES FINAL AREA", "IOU_CLOUD IOU_SHADOW F1_CLOUD RECALL_SHADOW BALANCED_ACCURACY REPORT_JSON"),
    "mosaic": (
        "INPUTS CLOUDS EXTENT CRS RESOLUTION BALANCE REFERENCE DODGE_POINTS VIEW_NORMALISATION SEAMS SEAMLINES FEATHER FILL SCHEDULER",
        "OUTPUT OUTPUT_RGB SOURCE DENSITY DATES OUTPUT_SEAMLINES SUSPECTS HOLES REPORT_JSON REPORT_HTML",
    ),
    "scale8bit": ("INPUT BANDS MINIMUM MAXIMUM GAMMA", "OUTPUT"),
    "describemodel": ("MODEL", "DESCRIPTION PROBLEM_COUNT"),
    "environment": ("", "PROBLEM_COUNT PROBLEMS VERSIONS PROVIDERS MODELS"),
}
BY_ID = {algorithm.ID: algorithm for algorithm in ALGORITHMS}


@pytest.fixture(scope="module")
def provider(qgis_app):
    provider = SkyfriProvider()
    provider.loadAlgorithms()
    return provider


@pytest.mark.parametrize("name", CONTRACT)
def test_names_are_those_that_models_rely_on(provider, name):
    algorithm = BY_ID[name]()
    algorithm.initAlgorithm({})
    inputs, outputs = (set(words.split()) for words in CONTRACT[name])
    assert inputs <= {definition.name() for definition in algorithm.parameterDefinitions()}
    assert outputs <= {definition.name() for definition in algorithm.outputDefinitions()}


def test_every_algorithm_can_be_read_and_copied(provider):
    assert provider.id() == "skyfri"
    assert provider.versionInfo()[0].isdigit()
    for algorithm in provider.algorithms():
        assert algorithm.id() == f"skyfri:{algorithm.name()}"
        assert algorithm.name().isalnum() and algorithm.name().islower()
        assert len(algorithm.shortHelpString()) > 80
        assert algorithm.group() and algorithm.groupId() and algorithm.displayName()
        assert not algorithm.icon().isNull()
        copy = algorithm.create()
        assert copy.name() == algorithm.name()
        assert len(copy.parameterDefinitions()) == len(algorithm.parameterDefinitions())


def test_names_of_parameters_are_capitals_and_choices_are_texts(provider):
    for algorithm in provider.algorithms():
        for definition in algorithm.parameterDefinitions():
            assert definition.name() == definition.name().upper()
            assert definition.description()
            if isinstance(definition, QgsProcessingParameterEnum):
                assert definition.usesStaticStrings()
                assert definition.defaultValue() in definition.options()


def test_numbers_have_units_bounds_and_a_default_within_them(provider):
    for algorithm in provider.algorithms():
        for definition in algorithm.parameterDefinitions():
            if isinstance(definition, QgsProcessingParameterNumber) and definition.defaultValue() is not None:
                assert definition.minimum() <= definition.defaultValue() <= definition.maximum()


def test_libraries_are_not_loaded_with_the_provider():
    """Imported in a fresh interpreter: what QGIS's start pays for."""
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).resolve().parents[3]
    code = f"""
import importlib.util, sys
from qgis.core import QgsApplication
spec = importlib.util.spec_from_file_location("skyfri", {str(root / "__init__.py")!r}, submodule_search_locations=[{str(root)!r}])
package = importlib.util.module_from_spec(spec); sys.modules["skyfri"] = package; spec.loader.exec_module(package)
before = set(sys.modules)
plugin = package.classFactory(None)
plugin.initProcessing()
names = [a.name() for a in QgsApplication.processingRegistry().providerById("skyfri").algorithms()]
plugin.unload()
heavy = set("numpy scipy rasterio shapely geopandas pandas fiona pyproj onnxruntime distributed dask sqlite3".split())
print(len(names), sorted(heavy & (set(sys.modules) - before)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[-2] == f"{len(ALGORITHMS)} []"
