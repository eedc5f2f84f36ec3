"""The tasks of a run on several processes, where that is safe and pays.

Workers are forked while this process has one thread and has not imported JAX, so that they inherit the models, whose
functions no pickle could carry, and none of JAX's threads. A task is named by plain data; so is what it returns.

A worker remembers what it traced, so tasks that have much in common are best done by one of them: some workers begin at
the first task, others at the last, and they meet.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

LOST = "the process that checked it was ended from outside, perhaps for want of memory"
PATIENCE = 1.0  # seconds between looks at whether the workers live
ENOUGH = 4  # tasks below which a second process is not worth its start

Task = Callable[[Any], Any]
Map = Callable[..., Iterator[tuple[int, Any]]]

_task: Task
_taken: Any  # shared: tasks taken from the front, tasks taken from the back, workers
_from_front: bool


@contextmanager
def workers(task: Task, tasks: int) -> Iterator[Map]:
    """A map of the task over arguments: the place of each with its result, in whatever order they are finished; or
    with LOST, where the worker that had it died.

    It takes the arguments, and the order in which several workers are to begin with them if that is another one.
    """
    processes = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, tasks)
    if processes < 2 or tasks < ENOUGH or not _can_fork():
        yield lambda arguments, order=(): enumerate(map(task, arguments))
        return
    global _task
    _task = task
    context = multiprocessing.get_context("fork")
    taken = context.Array("i", 3)

    def mapped(arguments: Sequence[Any], order: Sequence[int] = ()) -> Iterator[tuple[int, Any]]:
        taken[0] = taken[1] = 0
        queue = [(place, arguments[place]) for place in order or range(len(arguments))]
        started, missing = taken[2] - processes, {place for place, _ in queue}  # workers that died before
        found = pool.imap_unordered(_run, [queue] * len(queue))
        while missing:
            try:
                place, result = found.next(timeout=PATIENCE)
            except multiprocessing.TimeoutError:
                # The pool starts another worker for one that died; the task that it had is never finished.
                if len(missing) > taken[2] - processes - started:
                    continue
                yield from ((place, LOST) for place in sorted(missing))
                return
            missing.discard(place)
            yield place, result

    with context.Pool(processes, initializer=_begin, initargs=(taken,)) as pool:
        yield mapped  # leaving ends whatever still runs


def _can_fork() -> bool:
    started = {"jax", "numeric.ladder"} & set(sys.modules)
    return sys.platform == "linux" and not started and threading.active_count() == 1


def _begin(taken: Any) -> None:
    """Interrupts are left to the parent; and programs that are traced make much that is no garbage."""
    global _taken, _from_front
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)
    with taken.get_lock():
        _taken, _from_front = taken, taken[2] % 2 == 0
        taken[2] += 1


def _run(queue: Sequence[tuple[int, Any]]) -> tuple[int, Any]:
    """The next task of those that are left, at this worker's end."""
    with _taken.get_lock():
        _taken[0 if _from_front else 1] += 1
        place, argument = queue[_taken[0] - 1 if _from_front else -_taken[1]]
    return place, _task(argument)
