"""A writer that the event loop steps: what was put in one turn shares a commit, always in the same order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from storage.tx import Tx
from storage.writer import Order, Writer, set_results


class PowerCut(BaseException):
    """The machine lost its power in the middle of a transaction. Not an error that anything may catch."""


class SteppedWriter(Writer):
    """Runs when the event loop is next idle."""

    _woken = False
    _unplugged = False
    is_alone = False
    """Nobody else writes to this database: a commit that falls apart is then a mistake of ours."""
    lag_s = 0.0
    """How long the disk keeps a commit waiting: who comes meanwhile shares it."""
    _waiting: asyncio.Task[None] | None = None
    on_power_cut: Callable[[], None] = staticmethod(lambda: None)
    """Called when `before_commit` raised a `PowerCut`: nothing was committed, and nobody will be answered."""
    on_commit: Callable[[], None] = staticmethod(lambda: None)
    """Called after each round, when its callers are about to hear of it."""

    @property
    def before_commit(self) -> Callable[[], None]:
        """Called inside each transaction, just before its commit: where tests crash, and where rivals have their turn."""
        return self._before_commit

    @before_commit.setter
    def before_commit(self, call: Callable[[], None]) -> None:
        self._before_commit = call

    def put(self, use_case: Callable[[Tx, Any], Any], command: Any) -> asyncio.Future[Any]:
        if self._unplugged:
            raise asyncio.CancelledError  # whoever still runs in a dead process ends here
        future = super().put(use_case, command)
        if not self._woken:
            self._woken = True
            if self.lag_s:
                self._waiting = asyncio.ensure_future(self._wake_late())
            else:
                asyncio.get_running_loop().call_soon(self._wake)
        return future

    def answer(self, orders: Sequence[Order]) -> None:
        """In the next turn of this loop: there is no other thread to be woken."""
        asyncio.get_running_loop().call_soon(set_results, orders)

    def die(self) -> None:
        """Serve nobody any more, not even those who wait."""
        self._unplugged = True
        self.disconnect()

    def _one_by_one(self, orders: list[Order], first_error: Exception) -> None:
        """What makes a commit fall apart where nobody else writes is told, though each alone then goes through."""
        if self.is_alone:
            self._on_bug(orders[0].use_case, first_error)
        super()._one_by_one(orders, first_error)

    def hurry(self) -> None:
        """From now on nothing waits for the disk, nor does what waits already: somebody waits who moves the clock."""
        self.lag_s = 0.0
        if self._waiting is not None and not self._waiting.done():
            self._waiting.cancel()
            asyncio.get_running_loop().call_soon(self._wake)

    async def _wake_late(self) -> None:
        await self._clock.sleep(self.lag_s)
        self._wake()

    def _wake(self) -> None:
        self._woken = False
        if self._unplugged:
            return
        try:
            self.step()
        except PowerCut:
            self.on_power_cut()
        else:
            self.on_commit()
