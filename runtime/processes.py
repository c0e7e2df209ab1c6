"""The same work for many things, in several processes of this program at once."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")


_MOST_EACH = 8
"""What one process works on before another takes its place: caches that only grow slowed the fortieth story by a third."""


def in_processes(work: Callable[[Item], Done], items: Iterable[Item], *, processes: int) -> Generator[Done, None, None]:
    """What `work` (a function of a module) makes of each, as they come to an end. Who stops asking ends what is under way."""
    pool_of = multiprocessing.get_context("fork").Pool
    with pool_of(processes, _leave_interrupts_to_the_parent, maxtasksperchild=_MOST_EACH) as pool:
        yield from pool.imap_unordered(work, items)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
