"""Model cards: what is read, what is refused, which one is chosen."""

import hashlib
import importlib.util
import json
import sys

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skyfri.plugin.core.base.errors import MissingDependencyError, ModelError
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.clouds.network.card import bands_for, card_from, read_card, verify
from skyfri.plugin.core.clouds.network.cards import MODELS_FOLDER, card_of, choose_card, find_cards
from skyfri.plugin.core.clouds.network.describe import describe_model
from skyfri.plugin.core.clouds.network.level import level_of
from skyfri.plugin.core.clouds.network.model import Model, activate, open_model, trusted
from skyfri.plugin.core.clouds.network.onnx_metadata import fields_from, meaning_of

IDENTITY = [[1.0, 0.0], [0.0, 1.0]]
UKIS_BANDS = ("B02", "B03", "B04", "B08", "B11", "B12")


class Listening(Silent):
    """Keeps the warnings."""

    def __init__(self):
        self.warnings = []

    def warn(self, message):
        self.warnings.append(message)


def image(bands=6, dark=300, side=40):
    random = np.random.default_rng(1)
    return random.integers(dark, 4000, (bands, side, side)).astype(np.uint16)


def test_shipped_cards_are_complete_and_templates_are_valid_cards():
    cards = find_cards()
    assert {f"ukis-csmask-{n}b-{level}" for n in (4, 6) for level in ("l1c", "l2a")} | {"s2cloudless"} == {card.id for card in cards}
    assert all(card.licence and card.source and card.install for card in cards)
    templates = sorted(MODELS_FOLDER.glob("*.template.json"))
    assert len(templates) == 2
    assert all("cloud" in read_card(path).classes for path in templates)


@pytest.mark.skipif(importlib.util.find_spec("ukis_csmask") is None, reason="ukis-csmask is not installed")
def test_shipped_networks_are_the_files_of_their_cards_and_run():
    for card in (card for card in find_cards() if card.id.startswith("ukis")):
        verify(card)
        description = describe_model(card, threads=1)
        assert not description.problems
        assert card.id in description.text
    assert "ukis_csmask" not in sys.modules


@pytest.mark.parametrize(
    ("names", "level", "expected"),
    [
        (UKIS_BANDS, "L1C", "ukis-csmask-6b-l1c"),
        (UKIS_BANDS, "L2A", "ukis-csmask-6b-l2a"),
        (UKIS_BANDS[:4], "L2A", "ukis-csmask-4b-l2a"),
        (("B02", "B03", "B04", "B8A"), "L1C", "ukis-csmask-4b-l1c"),
    ],
)
def test_the_card_follows_level_and_bands(make_scene, names, level, expected):
    scene = make_scene(image(len(names)), names, LEVEL=level)
    card = choose_card(scene)
    assert card.id == expected
    assert set(bands_for(card, scene)) <= set(names)


def test_a_scene_without_near_infrared_is_refused_with_what_is_missing(make_scene):
    scene = make_scene(image(3), ("B02", "B03", "B04"))
    with pytest.raises(ModelError, match="B08"):
        choose_card(scene)


@pytest.mark.parametrize(("dark", "expected"), [(100, "L2A"), (900, "L1C")])
def test_an_unknown_level_is_guessed_from_the_air_in_the_blue_band(make_scene, dark, expected):
    listening = Listening()
    scene = make_scene(image(4, dark), UKIS_BANDS[:4], LEVEL="")
    assert level_of(scene, listening) == expected
    assert choose_card(scene, progress=listening).levels == (expected,)
    assert "no processing level" in listening.warnings[0]


def test_an_absent_file_is_told_with_its_command(make_model, tmp_path):
    card = make_model(IDENTITY)
    card.onnx_path.unlink()
    with pytest.raises(MissingDependencyError, match="missing"):
        open_model(card)


def test_another_file_than_the_cards_is_refused(make_model):
    card = make_model(IDENTITY, sha256=hashlib.sha256(b"another").hexdigest())
    with pytest.raises(ModelError, match="sha256"):
        open_model(card)


def test_no_model_is_one_sentence(make_model):
    card = make_model(IDENTITY)
    card.onnx_path.write_bytes(b"no model at all")
    with pytest.raises(ModelError, match="cannot be opened"):
        open_model(card)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"classes": ("cloud", "fog")}, "fog"),
        ({"classes": ("clear", "shadow")}, "none of its classes is cloud"),
        ({"normalisation": "standardize"}, "mean and std"),
        ({"activation": "tanh"}, "tanh"),
        ({"step_px": 0}, "step_px"),
        ({"levels": ("L3",)}, "levels"),
        ({"activation": "softmax", "training_weights": (1.0,)}, "one number per class"),
        ({"activation": "softmax", "training_weights": (1.0, 0.0)}, "must be positive"),
        ({"activation": "softmax", "training_weights": (1.0, float("nan"))}, "training_weights is"),
        ({"activation": "none", "training_weights": (1.0, 4.0)}, "state the activation"),
    ],
)
def test_impossible_cards_are_refused(make_model, fields, message):
    with pytest.raises(ModelError, match=message):
        make_model(IDENTITY, **fields)


@given(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), st.lists(st.floats(0.05, 20), min_size=3, max_size=3))
def test_training_weights_come_off_exactly(likely, weights):
    """Weights w in a cross entropy make a network find p'(c) ~ w(c) p(c): its outputs are log(w p) up to a constant."""
    truth = np.array(likely) / sum(likely)
    logits = (np.log(truth * weights) + 3.0).astype(np.float32)[:, None, None]
    kept = logits.copy()
    assert activate(logits, "softmax", weights)[:, 0, 0] == pytest.approx(truth, abs=1e-4)
    odds = truth / (1 - truth) if truth.max() < 0.999 else np.ones(3)
    single = np.log(odds * weights).astype(np.float32)[:, None, None]
    assert activate(single, "sigmoid", weights)[:, 0, 0] == pytest.approx(odds / (1 + odds), abs=1e-4)
    assert (logits == kept).all()
    equal = activate(logits, "softmax", (2.0, 2.0, 2.0))
    assert equal == pytest.approx(activate(logits, "softmax"), abs=1e-6), "equal weights change nothing"


def test_a_cards_weights_reach_its_predictions(make_model):
    patch, valid = np.full((2, 32, 32), 0.4, np.float32), np.ones((32, 32), bool)
    plain = make_model(IDENTITY, activation="softmax")
    found = open_model(_with(plain, training_weights=(1.0, 4.0))).probabilities(patch, valid)
    assert open_model(plain).probabilities(patch, valid)[:, 0, 0] == pytest.approx([0.5, 0.5])
    assert found[:, 0, 0] == pytest.approx([0.8, 0.2])


@pytest.mark.skipif(importlib.util.find_spec("ukis_csmask") is None, reason="ukis-csmask is not installed")
def test_shipped_weights_are_the_publishers_own():
    for card in (card for card in find_cards() if card.id.startswith("ukis")):
        stated = json.loads(card.onnx_path.with_suffix(".json").read_text())["data"]["class_weights"]
        assert card.classes == ("clear", "cloud", "shadow")
        assert card.training_weights == pytest.approx(stated, rel=1e-4)


@pytest.mark.parametrize(
    ("thresholds", "message"),
    [
        ({"cloud_seed": 0.5}, "four numbers"),
        ([0.5, 0.5, 0.5, 0.5], "four numbers"),
        ({"cloud_seed": 0.4, "cloud_grow": 0.6, "shadow_seed": 0.5, "shadow_grow": 0.5}, "grow is 0.6, seed 0.4"),
        ({"cloud_seed": "high", "cloud_grow": 0.6, "shadow_seed": 0.5, "shadow_grow": 0.5}, "a number is wanted"),
    ],
)
def test_wrong_thresholds_of_a_card_are_refused(thresholds, message):
    values = {"id": "mine", "path": "mine.onnx", "bands": ["B02"], "classes": ["cloud"], "thresholds": thresholds}
    with pytest.raises(ModelError, match=message):
        card_from(values, MODELS_FOLDER, "mine.json")


def test_a_card_that_contradicts_its_network_is_refused(make_model):
    with pytest.raises(ModelError, match="2 bands"):
        open_model(make_model(IDENTITY, bands=("B02", "B03", "B04")))
    with pytest.raises(ModelError, match="32 x 32"):
        open_model(_with(make_model(IDENTITY, patch_px=32), patch_px=40, step_px=30))


def _with(card, **fields):
    return type(card)(**{**{name: getattr(card, name) for name in card.__dataclass_fields__}, **fields})


def test_json_beside_the_network_describes_it(make_model, tmp_path):
    card = make_model(IDENTITY)
    values = {
        "id": "mine",
        "path": card.onnx_path.name,
        "bands": ["B02", "B03"],
        "classes": ["cloud", "shadow"],
        "patch_px": 32,
        "step_px": 24,
    }
    card.onnx_path.with_suffix(".json").write_text(json.dumps({**values, "margin_px": 4, "activation": "none"}))
    for path in (card.onnx_path, card.onnx_path.with_suffix(".json")):
        found = card_of(path)
        assert found.id == "mine"
        assert not describe_model(found).problems


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "cannot be read"), ("[]", "one JSON object"), ('{"id": "x"}', "bands is missing"), ('{"id":"x","foo":1}', "foo")],
)
def test_broken_cards_are_one_sentence(tmp_path, text, message):
    path = tmp_path / "card.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=message):
        card_of(path)


def test_a_network_describes_itself(make_model):
    card = make_model(IDENTITY)
    network = onnx.load(card.onnx_path)
    stated = {
        "bands": "B02, B03",
        "class_names": json.dumps({"0": "Thick cloud", "1": "cloud shadow"}),
        "resolution": "2000",
        "tiles_overlap": "25",
    }
    onnx.helper.set_model_props(network, {**stated, "activation": '"none"', "model_type": '"Segmentor"'})
    onnx.save(network, card.onnx_path)
    found = card_of(card.onnx_path)
    assert found.classes == ("cloud", "shadow")
    assert found.bands == ("B02", "B03")
    assert found.ground_sampling_m == 20
    assert found.patch_px == 32
    assert not describe_model(found).problems


def test_a_network_that_does_not_name_its_bands_is_refused(make_model):
    with pytest.raises(ModelError, match="bands and classes"):
        card_of(make_model(IDENTITY).onnx_path)


def test_deepness_statistics_become_standardisation():
    fields = fields_from(
        {"standardization_mean": [0.1], "standardization_std": [0.2], "tiles_size": 100, "tiles_overlap": 20}, [1, 1, "h", "w"]
    )
    assert fields["normalisation"] == "standardize"
    assert fields["step_px"] == 80


@pytest.mark.parametrize(
    ("name", "meaning"),
    [("Clouds", "cloud"), ("thin_cloud", "thin cloud"), ("Cloud shadow", "shadow"), ("_background", "clear"), ("water", "other")],
)
def test_free_class_names_are_understood(name, meaning):
    assert meaning_of(name) == meaning


def test_an_absent_provider_is_named(make_model):
    with pytest.raises(ModelError, match="CUDA"):
        open_model(make_model(IDENTITY), providers=("cuda", "cpu"))


class Wrong:
    """A session whose answers are not the network's."""

    def __init__(self, session, error):
        self.session, self.error = session, error

    def get_inputs(self):
        return self.session.get_inputs()

    def run(self, names, inputs, options=None):
        return [self.session.run(names, inputs)[0] + np.float32(self.error)]


@pytest.mark.parametrize(("error", "kept"), [(0.001, True), (0.2, False)])
def test_an_accelerator_is_trusted_only_where_it_agrees_with_the_processor(make_model, error, kept):
    model = open_model(make_model(IDENTITY), threads=1)
    fast = Model(model.card, Wrong(model.session, error), ("CUDAExecutionProvider",), 1, model.run_options)
    patch, valid = np.random.default_rng(0).random((2, 32, 32), np.float32), np.ones((32, 32), bool)
    listening = Listening()
    chosen = trusted(fast, patch, valid, listening)
    assert (chosen is fast) == kept
    assert bool(listening.warnings) != kept


def test_what_describe_finds_wrong(make_model):
    assert any("activation" in problem for problem in describe_model(make_model([[9.0, 0.0], [0.0, -9.0]])).problems)
    assert describe_model(_with(make_model(IDENTITY), sha256="0" * 64)).problems
