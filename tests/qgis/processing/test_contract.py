"""The public contract in full: scripts and saved models rely on each id, parameter, type, default, choice and output."""

import json
from pathlib import Path

import pytest
from qgis.core import QgsProcessingDestinationParameter, QgsProcessingParameterEnum, QgsProcessingParameterNumber
from skyfri.plugin.processing.provider import ALGORITHMS

FROZEN = json.loads(Path(__file__).with_name("contract.json").read_text(encoding="utf-8"))
BY_ID = {algorithm.ID: algorithm for algorithm in ALGORITHMS}


def described(algorithm) -> dict:
    """Return what others rely on of an algorithm, as `contract.json` holds it."""
    algorithm.initAlgorithm({})
    outputs = {definition.name(): definition.type() for definition in algorithm.outputDefinitions()}
    return {"parameters": {one.name(): parameter(one) for one in algorithm.parameterDefinitions()}, "outputs": outputs}


def parameter(definition) -> dict:
    flags = definition.flags()
    told = {
        "type": definition.type(),
        "default": definition.defaultValue(),
        "optional": bool(flags & definition.Flag.FlagOptional),
        "advanced": bool(flags & definition.Flag.FlagAdvanced),
    }
    if isinstance(definition, QgsProcessingParameterEnum):
        told |= {"options": definition.options(), "static": definition.usesStaticStrings()}
    if isinstance(definition, QgsProcessingParameterNumber):
        told |= {"low": definition.minimum(), "high": definition.maximum(), "whole": definition.dataType() == definition.Type.Integer}
    if isinstance(definition, QgsProcessingDestinationParameter):
        told |= {"wanted": definition.createByDefault()}
    return told


def test_every_algorithm_is_still_there(qgis_app):
    assert set(FROZEN) <= set(BY_ID)


@pytest.mark.parametrize("name", FROZEN)
def test_what_models_and_scripts_rely_on_stays(name, qgis_app):
    now = described(BY_ID[name]())
    assert list(now["parameters"]) == list(FROZEN[name]["parameters"])
    assert now == FROZEN[name]
