"""An ONNX network ready to run, with session options that are checked instead of hoped for."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import MissingDependencyError, ModelError
from ..parallel import worker_count
from ..progress import SILENT, Progress
from .card import ModelCard, verify
from .patch import normalise

log = logging.getLogger(__name__)

CPU = "CPUExecutionProvider"

PROVIDERS = {
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
}
"""Short names of the execution providers on offer."""

MOST_LANES = 4
"""Patches in work at a time; beyond that more threads go into each, because every lane costs memory."""

AGREEMENT = 0.02
"""Largest difference of a probability that an accelerator may show against the CPU."""


@dataclass(frozen=True, eq=False)
class Model:
    """A card and its open session; made by `open_model`, safe to call from several threads."""

    card: ModelCard
    """What the network wants and means."""
    session: Any
    """``onnxruntime.InferenceSession``."""
    providers: tuple[str, ...]
    """Execution providers in force, first one preferred."""
    lanes: int
    """Patches to run at a time."""

    def probabilities(self, reflectance: np.ndarray, valid: np.ndarray) -> np.ndarray:
        """Return (classes, rows, cols) float32 probabilities of one patch.

        ``reflectance`` is (bands, rows, cols) float32 in the card's band order, ``valid`` (rows, cols).
        """
        card = self.card
        inputs = normalise(reflectance, valid, card)
        if card.layout == "nhwc":
            inputs = inputs.transpose(1, 2, 0)[np.newaxis]
        elif card.layout == "pixels":
            inputs = inputs.reshape(len(inputs), -1).T
        else:
            inputs = inputs[np.newaxis]
        output = self._run(np.ascontiguousarray(inputs))
        if card.layout == "nhwc":
            output = output[0].transpose(2, 0, 1)
        elif card.layout == "pixels":
            output = output.T.reshape(-1, *valid.shape)
        else:
            output = output[0]
        if output.shape != (len(card.classes), *valid.shape):
            raise ModelError(f"Model {card.id} returned an array {output.shape}; its card promises {(len(card.classes), *valid.shape)}.")
        return activate(output, card.activation)

    def _run(self, inputs: np.ndarray) -> np.ndarray:
        name = self.session.get_inputs()[0].name
        try:
            outputs = self.session.run(None, {name: inputs})
        except Exception as error:  # onnxruntime's errors share no public class
            raise ModelError(f"Model {self.card.id} cannot run on an input {inputs.shape} ({_first_line(error)}).") from error
        return np.asarray(outputs[-1], np.float32)  # tree models return labels first


def activate(output: np.ndarray, activation: str) -> np.ndarray:
    """Turn (classes, rows, cols) of network output into probabilities."""
    if activation == "softmax":
        # Not in place on the argument; the subtraction keeps exp() finite.
        powers = np.exp(output - output.max(axis=0))
        powers /= powers.sum(axis=0)
        return powers
    if activation == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(output, -60, 60))), np.float32)
    return output


def open_model(card: ModelCard, *, providers: Sequence[str] = (CPU,), threads: int | None = None, progress: Progress = SILENT) -> Model:
    """Open a card's network after checking its file.

    ``providers`` is the ordered choice of execution providers (short names of `PROVIDERS` or ONNX Runtime's own);
    the CPU always ends the list. ``threads`` is the number of processors to use (default: all this process may).
    Raises `MissingDependencyError` without onnxruntime or the file, `ModelError` for a file that is not the card's.
    """
    runtime = _runtime()
    verify(card)
    wanted = tuple(dict.fromkeys([PROVIDERS.get(name.strip().lower(), name.strip()) for name in providers if name.strip()] + [CPU]))
    available = runtime.get_available_providers()
    absent = [name for name in wanted if name not in available]
    if absent:
        raise ModelError(f"This onnxruntime has no {', '.join(absent)} (it has {', '.join(available)}); choose another provider.")
    lanes, options = _options(runtime, threads or worker_count(), on_cpu=wanted[0] == CPU)
    try:
        session = runtime.InferenceSession(str(card.onnx_path), sess_options=options, providers=list(wanted))
    except Exception as error:  # onnxruntime's errors share no public class
        raise ModelError(f"{card.onnx_path} cannot be opened as an ONNX model ({_first_line(error)}).") from error
    _check_options(session, options)
    in_force = tuple(session.get_providers())
    if in_force[0] != wanted[0]:
        progress.warn(f"{wanted[0]} could not be started; the model runs on {in_force[0]}.")
    _check_inputs(card, session)
    return Model(card, session, in_force, lanes)


def _runtime() -> Any:
    if importlib.util.find_spec("onnxruntime") is None:
        raise MissingDependencyError("Prediction needs the library onnxruntime; run: python3 -m pip install --no-deps onnxruntime")
    import onnxruntime  # noqa: PLC0415 (a heavy import that only prediction needs)

    return onnxruntime


def _options(runtime: Any, threads: int, *, on_cpu: bool) -> tuple[int, Any]:
    """Return the number of lanes and the session options for ``threads`` processors.

    Whole patches side by side scale better than threads inside one (1.9 against 1.6 on two cores), and spinning
    threads steal time from the reader and from the user's desktop.
    """
    lanes = min(threads, MOST_LANES) if on_cpu else 1
    options = runtime.SessionOptions()
    options.intra_op_num_threads = max(1, threads // lanes)
    options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return lanes, options


def _check_options(session: Any, options: Any) -> None:
    """Raise where the session does not run with the options: a misspelt argument would be ignored silently."""
    used = session.get_session_options()
    same = used.intra_op_num_threads == options.intra_op_num_threads and used.execution_mode == options.execution_mode
    if not same or used.get_session_config_entry("session.intra_op.allow_spinning") != "0":
        raise ModelError("onnxruntime ignored the session options; this version is not supported, install onnxruntime 1.17 or newer.")


def _check_inputs(card: ModelCard, session: Any) -> None:
    """Raise `ModelError` where the network's own input contradicts its card."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelError(f"Model {card.id} has {len(inputs)} inputs; only networks with one input are understood.")
    shape = list(inputs[0].shape)
    expected = {"nchw": 4, "nhwc": 4, "pixels": 2}[card.layout]
    if len(shape) != expected:
        raise ModelError(f"Model {card.id} takes an input of {len(shape)} axes; layout {card.layout} has {expected}.")
    bands, sides = {"nchw": (shape[1], shape[2:]), "nhwc": (shape[-1], shape[1:3]), "pixels": (shape[1], [])}[card.layout]
    if isinstance(bands, int) and bands != len(card.bands):
        raise ModelError(f"Model {card.id} takes {bands} bands, its card names {len(card.bands)}.")
    fixed = [side for side in sides if isinstance(side, int)]
    if any(side != card.patch_px for side in fixed):
        raise ModelError(f"Model {card.id} takes patches of {' x '.join(map(str, fixed))} px, its card says {card.patch_px}.")


def trusted(model: Model, reflectance: np.ndarray, valid: np.ndarray, progress: Progress = SILENT) -> Model:
    """Return the model, or its twin on the CPU where an accelerator's answer for this patch differs from the CPU's."""
    if model.providers[0] == CPU:
        return model
    twin = open_model(model.card, threads=model.lanes, progress=progress)
    difference = float(np.abs(model.probabilities(reflectance, valid) - twin.probabilities(reflectance, valid)).max())
    if difference <= AGREEMENT:
        return model
    progress.warn(f"{model.providers[0]} differs from the CPU by {difference:.2f} in probability; the CPU is used instead.")
    return twin


def _first_line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
