"""The parameter SCHEDULER: the same tasks on the workers of a Dask cluster."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from pathlib import Path

from ...core.base.errors import InputError, SkyfriError, first_line
from ..translation import tr
from .dependencies import DISTRIBUTED, require
from .feedback import FeedbackProgress

ROOT = Path(__file__).resolve().parents[3]
"""The package that QGIS knows as a plugin; workers get its core."""

TRIES = 3
"""How often a task is tried before its error ends the run: a worker may go away in the middle of it."""

PATIENCE_S = 10
"""Seconds to wait for the scheduler's answer."""


@contextmanager
def executor_for(address: str, progress: FeedbackProgress) -> Iterator[Executor | None]:
    """Yield the executor of a Dask scheduler, or None (this machine's threads) where no address is given.

    The workers need the core's libraries but neither QGIS nor the plugin: its core is sent to them. They must see
    the files of scenes and outputs under the same paths. Raises `InputError` where no scheduler or worker answers.
    """
    if not address:
        yield None
        return
    require([DISTRIBUTED])
    from distributed import Client, KilledWorker
    from distributed.comm import CommClosedError

    try:
        client = Client(address, timeout=PATIENCE_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            tr("SCHEDULER {address} does not answer ({reason}); start one with 'dask scheduler', or leave it empty.").format(
                address=address, reason=first_line(error)
            )
        ) from error
    with client, tempfile.TemporaryDirectory(prefix="skyfri-") as folder:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            raise InputError(tr("SCHEDULER {address} has no workers; start some with 'dask worker'.").format(address=address))
        archive = Path(folder, f"{__package__.split('.', maxsplit=1)[0]}_core.zip")
        archive.write_bytes(packed_core())
        client.upload_file(str(archive))
        progress.say(tr("{count} workers at {address}").format(count=len(workers), address=address))
        try:
            executor = client.get_executor(pure=False, retries=TRIES - 1)
            executor.workers = lambda: sum(client.nthreads().values())  # how many tasks `map_ordered` hands out; workers come and go
            yield executor
        except (KilledWorker, CommClosedError, CancelledError, TimeoutError) as error:
            raise SkyfriError(
                tr("The workers at {address} gave up ({reason}); look at their logs and run again: finished blocks are kept.").format(
                    address=address, reason=first_line(error)
                )
            ) from error


def packed_core() -> bytes:
    """Return a zip of the plugin's core under the package's own name, to be imported from it."""
    name = __package__.split(".", maxsplit=1)[0]
    files = [ROOT / "__init__.py", ROOT / "plugin" / "__init__.py", *sorted((ROOT / "plugin" / "core").rglob("*.py"))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            archive.write(path, f"{name}/{path.relative_to(ROOT).as_posix()}")
    return buffer.getvalue()
