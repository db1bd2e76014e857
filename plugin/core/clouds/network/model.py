"""An ONNX network ready to run, with session options that are checked instead of hoped for."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...base.errors import Cancelled, ModelError, first_line
from ...base.parallel import worker_count
from ...base.progress import SILENT, Progress
from .card import ModelCard, verify
from .patch import normalise
from .runtime import CPU, MOST_MEMORY_BYTES, lanes_for, open_session, runtime, wanted_providers

log = logging.getLogger(__name__)

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
    run_options: Any
    """``onnxruntime.RunOptions`` of every run, by which `stop` reaches those under way."""

    def stop(self) -> None:
        """End the runs under way, from any thread; they and later ones raise `Cancelled`. A stopped model is of no further use."""
        self.run_options.terminate = True

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
        classes, (rows, cols) = len(card.classes), valid.shape
        promised = {"nhwc": (1, rows, cols, classes), "pixels": (rows * cols, classes), "nchw": (1, classes, rows, cols)}[card.layout]
        if output.shape != promised:
            raise ModelError(f"Model {card.id} returned an array {output.shape} where its card promises {promised}; correct the card.")
        if card.layout == "nhwc":
            output = output[0].transpose(2, 0, 1)
        elif card.layout == "pixels":
            output = output.T.reshape(classes, rows, cols)
        else:
            output = output[0]
        found = activate(output, card.activation, card.training_weights)
        if not np.isfinite(found).all():
            # As a probability NaN would become 0, clear: its clouds would enter the mosaic.
            raise ModelError(f"Model {card.id} returned values that are no numbers (NaN or infinite); its file or its card is wrong.")
        return found

    def _run(self, inputs: np.ndarray) -> np.ndarray:
        name = self.session.get_inputs()[0].name
        try:
            outputs = self.session.run(None, {name: inputs}, self.run_options)
            return np.asarray(outputs[-1 if self.card.layout == "pixels" else 0], np.float32)  # tree models return labels first
        except Exception as error:  # onnxruntime's errors share no public class
            if self.run_options.terminate:
                raise Cancelled from error
            remedy = (
                f"it asks for more than the {MOST_MEMORY_BYTES >> 30} GB that networks may take; choose smaller patches in its card"
                if "memory" in str(error).lower()
                else first_line(error)
            )
            raise ModelError(f"Model {self.card.id} cannot run on an input {inputs.shape} ({remedy}).") from error


def activate(output: np.ndarray, activation: str, training_weights: Sequence[float] = ()) -> np.ndarray:
    """Turn (classes, rows, cols) of network output into probabilities.

    Model: softmax or sigmoid of output - log w. Training with class weights w learns p'(c) ~ w(c) p(c), so this is p(c) again.
    Units: outputs are logits; ``training_weights``, one per class or none at all, are factors of the loss.
    Shapes: (classes, rows, cols) float32, in and out.
    Source: Elkan (2001), The foundations of cost-sensitive learning, for weights as priors; Menon et al. (2021), arXiv:2007.07314,
        for their logarithm as an adjustment of logits after training.
    """
    if training_weights:
        output = output - np.log(np.asarray(training_weights, np.float32))[:, None, None]
    if activation == "softmax":
        # Not in place on the argument; the subtraction keeps exp() finite.
        with np.errstate(invalid="ignore"):  # infinite output becomes NaN, which is refused
            powers = np.exp(output - output.max(axis=0))
            powers /= powers.sum(axis=0)
        return powers
    if activation == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(output, -60, 60))), np.float32)
    return output


def open_model(card: ModelCard, *, providers: Sequence[str] = (CPU,), threads: int | None = None, progress: Progress = SILENT) -> Model:
    """Open a card's network after checking its file.

    ``providers`` is the ordered choice of execution providers (short names of `session.PROVIDERS` or ONNX Runtime's own);
    the CPU always ends the list. ``threads`` is the number of processors to use (default: all this process may).
    Raises `MissingDependencyError` without onnxruntime or the file, `ModelError` for a file that is not the card's.
    """
    wanted = wanted_providers(providers)
    verify(card)
    lanes = lanes_for(threads or worker_count(), on_cpu=wanted[0] == CPU)
    session = open_session(card.onnx_path, wanted, lanes.threads)
    in_force = tuple(session.get_providers())
    if in_force[0] != wanted[0]:
        progress.warn(f"{wanted[0]} could not be started; the model runs on {in_force[0]}.")
    _check_inputs(card, session)
    return Model(card, session, in_force, lanes.count, runtime().RunOptions())


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
