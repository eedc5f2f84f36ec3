"""The tasks of a run on several processes, where that is safe and pays; their results come in order all the same.

Workers are forked while this process has one thread and has not imported JAX, so that they inherit the models, whose
functions no pickle could carry, and none of JAX's threads. A task is named by plain data; so is what it returns.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

ENOUGH = 4  # tasks below which a second process is not worth its start

Task = Callable[[Any], Any]
Map = Callable[[Iterable[Any]], Iterator[Any]]

_task: Task


@contextmanager
def workers(task: Task, tasks: int) -> Iterator[Map]:
    """A map of the task over its arguments, in order."""
    processes = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, tasks)
    if processes < 2 or tasks < ENOUGH or not _can_fork():
        yield lambda arguments: map(task, arguments)
        return
    global _task
    _task = task
    with multiprocessing.get_context("fork").Pool(processes, initializer=_begin) as pool:
        yield lambda arguments: pool.imap(_run, arguments)  # leaving ends whatever still runs


def _can_fork() -> bool:
    started = {"jax", "numeric.ladder"} & set(sys.modules)
    return sys.platform == "linux" and not started and threading.active_count() == 1


def _begin() -> None:
    """Interrupts are left to the parent; and programs that are traced make much that is no garbage."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _run(argument: Any) -> Any:
    return _task(argument)
