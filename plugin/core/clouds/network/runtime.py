"""ONNX Runtime: imported when needed, its options checked instead of hoped for."""

from __future__ import annotations

import importlib.util
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...base.errors import MissingDependencyError, ModelError, first_line

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


MOST_MEMORY_BYTES = 4 << 30
"""What all networks of this process may hold at a time on the CPU; the largest that was measured took a quarter of it."""


@dataclass(frozen=True)
class Lanes:
    """How processors are shared out.

    Whole patches side by side scale better than threads inside one (1.95 against 1.7 on two cores).
    """

    count: int
    """Patches to run at a time."""
    threads: int
    """Threads inside each."""


def lanes_for(threads: int, *, on_cpu: bool) -> Lanes:
    """Return how to use ``threads`` processors; an accelerator takes one patch at a time."""
    count = min(threads, MOST_LANES) if on_cpu else 1
    return Lanes(count, max(1, threads // count))


def wanted_providers(names: Sequence[str]) -> tuple[str, ...]:
    """Return ONNX Runtime's names for an ordered choice, the CPU at its end; raises `ModelError` for absent ones."""
    wanted = tuple(dict.fromkeys([PROVIDERS.get(name.strip().lower(), name.strip()) for name in names if name.strip()] + [CPU]))
    available = runtime().get_available_providers()
    absent = [name for name in wanted if name not in available]
    if absent:
        raise ModelError(f"This onnxruntime has no {', '.join(absent)} (it has {', '.join(available)}); choose another provider.")
    return wanted


def open_session(path: Path, providers: Sequence[str] = (CPU,), threads: int = 1) -> Any:
    """Open an ONNX file with ``threads`` threads inside each run; raises `ModelError` for what is no model."""
    library = runtime()
    options = _options(library, threads)
    try:
        session = library.InferenceSession(str(path), sess_options=options, providers=list(providers))
    except Exception as error:  # onnxruntime's errors share no public class
        raise ModelError(f"{path} cannot be opened as an ONNX model ({first_line(error)}).") from error
    _check_options(session, options)
    return session


def runtime() -> Any:
    """Return the module onnxruntime; raises `MissingDependencyError` with the command that installs it."""
    if importlib.util.find_spec("onnxruntime") is None:
        raise MissingDependencyError("Prediction needs the library onnxruntime; run: python3 -m pip install --no-deps onnxruntime")
    forbid_telemetry()
    import onnxruntime  # noqa: PLC0415 (a heavy import that only prediction needs)

    return onnxruntime


def forbid_telemetry() -> None:
    """Keep ONNX Runtime from sending anything; to be called before its first import, its own call comes too late.

    Since 1.2x it resolves a server's name and keeps a device id in the user's cache as soon as it is loaded.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"


@cache
def _bound_memory(library: Any) -> bool:
    """Register an allocator for the CPU that refuses more than `MOST_MEMORY_BYTES`; False where this version has none.

    It serves all sessions of the process that ask for it: a network that asks for more fails with a sentence, and QGIS goes on.
    """
    try:
        place = library.OrtMemoryInfo("Cpu", library.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, library.OrtMemType.DEFAULT)
        limits = {"max_mem": MOST_MEMORY_BYTES, "arena_extend_strategy": -1, "initial_chunk_size_bytes": -1, "max_dead_bytes_per_chunk": -1}
        library.create_and_register_allocator(place, library.OrtArenaCfg(limits))
    except Exception as error:  # noqa: BLE001 (onnxruntime's errors share no public class)
        log.warning("onnxruntime's memory has no bound (%s)", first_line(error))
        return False
    return True


def _options(library: Any, threads: int) -> Any:
    options = library.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = library.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = library.GraphOptimizationLevel.ORT_ENABLE_ALL
    # Spinning threads steal time from the reader and from the user's desktop.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if _bound_memory(library):
        options.add_session_config_entry("session.use_env_allocators", "1")
    options.log_severity_level = 3
    return options


def _check_options(session: Any, options: Any) -> None:
    """Raise where the session does not run with the options: a misspelt argument would be ignored silently."""
    used = session.get_session_options()
    same = used.intra_op_num_threads == options.intra_op_num_threads and used.execution_mode == options.execution_mode
    if not same or used.get_session_config_entry("session.intra_op.allow_spinning") != "0":
        raise ModelError("onnxruntime ignored the session options; this version is not supported, install onnxruntime 1.17 or newer.")
