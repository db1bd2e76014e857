"""Run one function over many items on any executor, in order and with bounded memory."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

from .errors import SkyfriError
from .memory import give_back_freed
from .progress import SILENT, Progress, check

log = logging.getLogger(__name__)

BETWEEN_TRIMS_S = 3.0
"""Seconds after which freed memory is given back: each time, threads have to fetch what they work on anew."""

Item = TypeVar("Item")
Result = TypeVar("Result")


class InlineExecutor(Executor):
    """Runs each task at once in the calling thread: no concurrency, plain tracebacks."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the task now and return its finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 (a future carries whatever its task raised)
            future.set_exception(error)
        return future


def worker_count() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def local_executor(workers: int | None = None) -> Iterator[Executor]:
    """Yield a pool of threads; in QGIS a process pool would open more QGIS windows."""
    with ThreadPoolExecutor(workers or worker_count(), thread_name_prefix="skyfri") as pool:
        yield pool


def tasks_for(executor: Executor) -> int:
    """Return how many tasks keep an executor busy: twice the ``workers`` that it states now, else processors + 1.

    ``workers`` may be a number or, where a cluster grows and shrinks, a function that counts them.
    """
    stated = getattr(executor, "workers", 0)
    return 2 * (stated() if callable(stated) else stated) or worker_count() + 1


@dataclass(frozen=True)
class _Portable(Generic[Item, Result]):
    """A task whose errors can travel: a worker's answer is pickled with the chain of its causes, and GDAL's cannot be."""

    task: Callable[[Item], Result]

    def __call__(self, item: Item) -> Result:
        try:
            return self.task(item)
        except SkyfriError as error:
            log.debug("A task failed", exc_info=True)
            error.__cause__ = error.__context__ = None
            raise


def map_ordered(
    task: Callable[[Item], Result],
    items: Iterable[Item],
    executor: Executor,
    *,
    in_flight: int | None = None,
    progress: Progress = SILENT,
) -> Iterator[Result]:
    """Yield ``task(item)`` for each item, in the items' order.

    At most ``in_flight`` tasks (default: see `tasks_for`) are submitted and not yet consumed, which bounds memory.
    When a task fails or the user cancels, tasks that have not begun are dropped, those that run are waited for, and
    the error is raised.
    """
    waiting = iter(items)
    portable = _Portable(task)
    futures: deque[Future[Result]] = deque()
    trimmed = time.monotonic()

    def fill() -> None:
        for item in islice(waiting, max(0, (in_flight or tasks_for(executor)) - len(futures))):
            futures.append(executor.submit(portable, item))

    try:
        fill()
        while futures:
            check(progress)
            result = futures.popleft().result()
            if time.monotonic() - trimmed > BETWEEN_TRIMS_S:
                give_back_freed()
                trimmed = time.monotonic()
            fill()
            yield result
    finally:
        for future in futures:
            future.cancel()
        for future in futures:
            if not future.cancelled():
                future.exception()
