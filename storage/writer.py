"""The one writer of a process: it takes all commands that wait, runs them in one transaction, commits once (DESIGN 2).

    submit ──> bounded queue ──> [ take all ──> attempt together ──> COMMIT ] ──> each caller's answer

A use case is a plain function `(tx, command) -> answer`; one marked `@batched` takes a list of commands and returns one
answer or one DomainError for each, in order. A `DomainError` goes to its own caller and leaves nothing behind. Anything
unexpected rolls the whole attempt back, and then each command is run alone, so that only the culprit fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import sqlalchemy as sa

from core.errors import Bug, DomainError, Overloaded, Unavailable
from core.ports import Clock, Ids
from storage import fast
from storage.tx import Tx
from storage.vault import Vault

C = TypeVar("C")
R = TypeVar("R")
UseCase = Callable[[Tx, Any], Any]

QUEUE_LIMIT = 4_096
"""Commands that may wait. Beyond it callers are told `Overloaded` at once, instead of late."""
BATCH_LIMIT = 256
RETRIES = 3
_TRANSIENT = {"40001", "40P01"}
"""PostgreSQL: serialisation failure, deadlock. Running the command again is what the standard asks for."""


def batched(use_case: Callable[[Tx, Sequence[C]], list[R | DomainError]]) -> Callable[[Tx, C], R]:
    """Mark a use case that takes many commands at once. Callers still give one: `await app.write(use_case, command)`."""
    use_case.takes_batch = True  # type: ignore[attr-defined]
    return use_case  # type: ignore[return-value]


@dataclass(slots=True, eq=False)
class Order:
    """One command on its way: what is asked, and who waits for the answer."""

    use_case: UseCase
    command: Any
    future: asyncio.Future[Any]
    answer: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the writing connection. `step` does one round; a thread (`run`) or, in tests, the event loop calls it."""

    def __init__(
        self,
        engine: sa.Engine,
        vault: Vault,
        clock: Clock,
        ids: Ids,
        *,
        slot: int = 0,
        queue_limit: int = QUEUE_LIMIT,
        batch_limit: int = BATCH_LIMIT,
        before_commit: Callable[[], None] = lambda: None,
        on_bug: Callable[[UseCase, BaseException], None] = lambda use_case, error: None,
    ) -> None:
        """`before_commit` is a point where tests crash and benchmarks wait; `on_bug` hears of each unexpected error.

        `on_queued` hears, in the writing thread and after the commit, what came into the outbox (`Tx.queued`).
        """
        self._engine = engine
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._slot = slot
        self.queue_limit = queue_limit
        self._batch_limit = batch_limit
        self._before_commit = before_commit
        self._on_bug = on_bug
        self._queued: dict[str, datetime] = {}
        self.on_queued: Callable[[Mapping[str, datetime]], None] = lambda queued: None
        self._queue: SimpleQueue[Order | None] = SimpleQueue()
        self._connection: sa.Connection | None = None
        self._closed = False
        self._dead = False
        self._began: float | None = None

    # --- callers ---

    def put(self, use_case: UseCase, command: Any) -> asyncio.Future[Any]:
        """Queue a command; the future is resolved after its commit. Raises `Overloaded` when too many wait."""
        if self._closed or self._queue.qsize() >= self.queue_limit:
            raise Overloaded
        future = asyncio.get_running_loop().create_future()
        self._queue.put(Order(use_case, command, future))
        return future

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    # --- the writing thread ---

    def run(self) -> None:
        """Serve until `stop`. Meant for a thread of its own. Should it die, whoever waits is told, and so is `/readyz`."""
        orders: list[Order] = []
        try:
            while (first := self._queue.get()) is not None:
                orders = [first]
                more = self._take(orders)
                self._began = self._clock.monotonic()
                self._serve(orders)
                self._began = None
                if not more:
                    break
        except BaseException:
            self._die(orders)
            raise
        self._disconnect()

    @property
    def is_dead(self) -> bool:
        """Did its thread end without being told to?"""
        return self._dead

    @property
    def busy_s(self) -> float:
        """How long the transaction under way has taken so far; 0 when there is none."""
        began = self._began
        return 0.0 if began is None else self._clock.monotonic() - began

    def _die(self, orders: list[Order]) -> None:
        self._dead = self._closed = True
        with suppress(Empty):
            while (order := self._queue.get_nowait()) is not None:
                orders.append(order)
        for order in orders:
            order.answer, order.error = None, Unavailable("writer", "its thread has died", sent=True)
        self.answer(orders)

    def step(self) -> int:
        """One round without waiting; how many commands it served."""
        orders: list[Order] = []
        self._take(orders)
        if orders:
            self._serve(orders)
        return len(orders)

    def stop(self) -> None:
        """Serve what is queued, then end `run`."""
        self._closed = True
        self._queue.put(None)

    def disconnect(self) -> None:
        """Give the connection back. For a stepped writer; `run` does it itself."""
        self._disconnect()

    def _take(self, orders: list[Order]) -> bool:
        """All that waits, up to the limit, without waiting for more. False when the end was asked for."""
        try:
            while len(orders) < self._batch_limit:
                order = self._queue.get_nowait()
                if order is None:
                    return False
                orders.append(order)
        except Empty:
            pass
        return True

    def _serve(self, orders: list[Order]) -> None:
        # Claimed here: a caller that gave up before is passed over; one that goes away later does not undo the write.
        claimed = [order for order in orders if not order.future.cancelled()]
        if claimed:
            try:
                self._attempt(claimed)
            except Exception as error:
                self._one_by_one(claimed, error)
        self.answer(orders)
        if self._queued:
            queued, self._queued = self._queued, {}
            self.on_queued(queued)

    def answer(self, orders: Sequence[Order]) -> None:
        """Wake the callers, who may be on other threads: one call into each event loop, whatever the size of the batch."""
        loops: dict[asyncio.AbstractEventLoop, list[Order]] = {}
        for order in orders:
            loops.setdefault(order.future.get_loop(), []).append(order)
        for loop, waiting in loops.items():
            try:
                loop.call_soon_threadsafe(set_results, waiting)
            except RuntimeError:  # the loop is closed: nobody waits any more, and what was committed stays
                continue

    def _attempt(self, orders: list[Order]) -> None:
        """All of them in one transaction. Raises, with nothing written, at the first unexpected error."""
        connection = self._connected()
        with connection.begin() as transaction:
            tx = Tx(connection, self._clock.now(), self._ids.new, self._vault, self._slot)
            for use_case, group in _grouped(orders):
                if getattr(use_case, "takes_batch", False):
                    _run_batch(tx, use_case, group)
                elif len(orders) == 1:
                    _run_alone(tx, orders[0], transaction)
                else:
                    for order in group:
                        _run_single(tx, order)
            self._before_commit()
        for kind, due in tx.queued.items():
            self._queued[kind] = min(due, self._queued.get(kind, due))

    def _one_by_one(self, orders: list[Order], first_error: Exception) -> None:
        """After an unexpected error everyone runs alone. Use cases are safe to repeat: their intents and receipts are
        unique, so even a COMMIT whose outcome was lost with the connection is not done twice."""
        if isinstance(first_error, sa.exc.DBAPIError) and first_error.connection_invalidated:
            self._disconnect()
        for order in orders:
            for attempt in range(1, RETRIES + 1):
                order.answer = order.error = None  # an attempt that was not committed has said nothing
                try:
                    self._attempt([order])
                except Exception as error:
                    if attempt < RETRIES and self._may_repeat(error):
                        continue
                    order.answer, order.error = None, _as_told(error)
                    self._on_bug(order.use_case, error)
                break

    def _may_repeat(self, error: Exception) -> bool:
        if not isinstance(error, sa.exc.DBAPIError):
            return False
        if error.connection_invalidated:
            self._disconnect()
            return True
        # Another process won a race for a unique key: seen again, its row is there and the answer is "known".
        return isinstance(error, sa.exc.IntegrityError) or getattr(error.orig, "sqlstate", "") in _TRANSIENT

    def _connected(self) -> sa.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._engine.connect()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _grouped(orders: Sequence[Order]) -> list[tuple[UseCase, list[Order]]]:
    groups: dict[UseCase, list[Order]] = {}
    for order in orders:
        groups.setdefault(order.use_case, []).append(order)
    return list(groups.items())


def _run_batch(tx: Tx, use_case: UseCase, orders: list[Order]) -> None:
    answers = use_case(tx, [order.command for order in orders])
    if len(answers) != len(orders):
        raise Bug(f"{use_case.__name__} gave {len(answers)} answers to {len(orders)} commands")
    for order, answer in zip(orders, answers, strict=True):
        if isinstance(answer, DomainError):
            order.error = answer
        else:
            order.answer = answer


def _run_single(tx: Tx, order: Order) -> None:
    fast.run(tx.connection, "SAVEPOINT this_order")
    try:
        order.answer = order.use_case(tx, order.command)
    except DomainError as refusal:
        order.error = refusal
        fast.run(tx.connection, "ROLLBACK TO SAVEPOINT this_order")
    fast.run(tx.connection, "RELEASE SAVEPOINT this_order")


def _run_alone(tx: Tx, order: Order, transaction: sa.RootTransaction) -> None:
    """It has the transaction to itself, and needs no savepoint: a refusal takes all of it back."""
    try:
        order.answer = order.use_case(tx, order.command)
    except DomainError as refusal:
        order.error = refusal
        transaction.rollback()


def _as_told(error: Exception) -> Exception:
    """A lost database is the world's fault and may be tried again; anything else is a bug."""
    if isinstance(error, sa.exc.OperationalError):
        return Unavailable("database", type(error.orig).__name__, retry_after_s=5, sent=True)
    return error


def set_results(orders: Sequence[Order]) -> None:
    """Give each caller its answer, in the caller's own loop."""
    for order in orders:
        if order.future.done():
            continue
        if order.error is not None:
            order.future.set_exception(order.error)
        else:
            order.future.set_result(order.answer)
