"""Convert the tree model inside the Python package s2cloudless to ONNX, beside its card.

Run it once, in any environment that has the packages; QGIS needs none of them afterwards:

    python3 -m venv convert
    convert/bin/pip install --no-deps s2cloudless==1.7.3
    convert/bin/pip install lightgbm onnxmltools onnxruntime
    convert/bin/python models/convert_s2cloudless.py

The ONNX file stays under the licence of the weights, CC BY-SA 4.0.
"""

import importlib.util
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnxruntime
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

BANDS = 10
LARGEST_DIFFERENCE = 1e-4
ROWS = 20_000
OUTPUT = Path(__file__).with_name("s2cloudless.onnx")


def booster_path() -> Path:
    """Return the model file inside the package, which is not imported."""
    spec = importlib.util.find_spec("s2cloudless")
    folder = Path(spec.submodule_search_locations[0], "models") if spec else None
    found = sorted(folder.glob("*lightGBM*.txt")) if folder else []
    if not found:
        sys.exit("The package s2cloudless is missing; run: python3 -m pip install --no-deps s2cloudless==1.7.3")
    return found[0]


def main() -> None:
    """Convert, compare the two on random reflectance, write."""
    booster = lightgbm.Booster(model_file=str(booster_path()))
    converted = convert_lightgbm(booster, initial_types=[("input", FloatTensorType([None, BANDS]))], zipmap=False, target_opset=15)
    session = onnxruntime.InferenceSession(converted.SerializeToString(), providers=["CPUExecutionProvider"])
    rows = np.random.default_rng(0).uniform(0, 1.2, (ROWS, BANDS)).astype(np.float32)
    difference = float(np.abs(session.run(None, {"input": rows})[1][:, 1] - booster.predict(rows)).max())
    if difference > LARGEST_DIFFERENCE:
        sys.exit(f"The converted model differs by {difference:.2g} in probability; try another version of onnxmltools.")
    OUTPUT.write_bytes(converted.SerializeToString())
    sys.stdout.write(f"{OUTPUT} written; largest difference to LightGBM {difference:.1e} in probability.\n")


if __name__ == "__main__":
    main()
