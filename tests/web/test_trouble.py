"""More than can be written, and a database that fails: nothing is acknowledged that is not on disk."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from simulation.stepped import SteppedWriter
from tests.web.door import ACCEPTED, ACKNOWLEDGED, Door, confirmation, hop, prompted, sample
from usecases.inbox import keep
from web import mpesa

NEWS = {
    "a confirmation": ("c2b/confirmation", sample("c2b_confirmation")),
    "a confirmation that nobody can read": ("c2b/confirmation", b"{"),
    "one of another short code": ("c2b/confirmation", confirmation(BusinessShortCode="1")),
    "a paid prompt": ("stk", prompted()),
    "a cancelled prompt": ("stk", prompted(code=1032)),
    "a prompt's outcome that nobody can read": ("stk", b""),
    "a delivery report": ("sms/delivery", b"id=ATXid_1&status=Success"),
    "a report that nobody can read": ("sms/delivery", b"\xff"),
}
FAILURES: dict[str, Exception] = {
    "the disk is full": sa.exc.OperationalError("COMMIT", {}, Exception("disk is full")),
    "the connection is gone": sa.exc.InterfaceError("COMMIT", {}, Exception("connection already closed")),
    "the file is damaged": sa.exc.DatabaseError("COMMIT", {}, Exception("malformed")),
    "the machine is broken": OSError("input/output error"),
    "a mistake of ours": ValueError("never"),
}


@pytest.fixture(autouse=True)
def _unprinted() -> Iterator[None]:
    """Each failure is logged with its trace, which takes longer to print than all else here."""
    with capture_logs():
        yield


def breaks(writer: SteppedWriter, error: Exception) -> None:
    def fail() -> None:
        raise error

    writer.before_commit = fail


async def test_news_is_never_acknowledged_while_too_much_waits(door: Door) -> None:
    door.world.writer.queue_limit = 0
    for name, (operation, body) in NEWS.items():
        assert (await door.post(operation, body)).status == 503, name

    assert door.outcomes() == []


@pytest.mark.parametrize("failure", FAILURES)
async def test_news_is_never_acknowledged_while_it_cannot_be_written(door: Door, failure: str) -> None:
    money = await door.money()
    breaks(door.world.writer, FAILURES[failure])
    for name, (operation, body) in NEWS.items():
        assert (await door.post(operation, body)).status == 503, name

    assert await door.money() == money
    assert door.outcomes() == []
    door.world.bugs.clear()


async def test_a_confirmation_told_again_after_the_trouble_is_credited_once(either: Door) -> None:
    breaks(either.world.writer, FAILURES["the disk is full"])
    first = await either.post("c2b/confirmation", sample("c2b_confirmation"))
    either.world.writer.before_commit = lambda: None
    again = [await either.post("c2b/confirmation", sample("c2b_confirmation")) for _ in range(2)]

    assert (first.status, [reply.status for reply in again]) == (503, [200, 200])
    assert len(either.payments()) == 1
    either.world.bugs.clear()


async def test_a_mistake_of_ours_keeps_the_bytes_and_may_then_be_acknowledged(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The news is on disk, whole and visible; telling us again would change nothing."""

    def mistaken(*_: Any) -> list[Any]:
        raise ZeroDivisionError

    monkeypatch.setattr(mpesa, "record_arrivals", mistaken)

    reply = await door.post("c2b/confirmation", sample("c2b_confirmation"))

    assert reply.body == ACKNOWLEDGED
    assert door.payments() == []
    assert door.unread() == [("c2b/confirmation", "ZeroDivisionError")]
    door.world.bugs.clear()


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_payment_that_cannot_be_judged_is_accepted(door: Door, failure: str) -> None:
    """Refusing would turn customers away; whatever comes is sorted by its confirmation."""
    breaks(door.world.writer, FAILURES[failure])

    assert (await door.post("c2b/validation", sample("c2b_validation"))).body == ACCEPTED
    door.world.bugs.clear()


async def test_a_payment_is_judged_in_time_or_accepted(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpesa, "VERDICT_WITHIN_S", 0.05)
    monkeypatch.setattr(door.world.writer, "_wake", lambda: None)

    assert (await door.post("c2b/validation", sample("c2b_validation"))).body == ACCEPTED
    door.world.writer.queue_limit = 0
    assert (await door.post("c2b/validation", sample("c2b_validation"))).body == ACCEPTED


async def test_a_phone_hears_politely_that_it_cannot_pay_now(door: Door) -> None:
    """Mary has one child: pay, all of it, yes. The write is refused; she is asked to dial again."""
    typed, page = "", await door.post("ussd", hop())
    door.world.writer.queue_limit = 0
    while page.text.startswith("CON ") and typed.count("1") < 6:
        typed = f"{typed}*1" if typed else "1"
        page = await door.post("ussd", hop(typed))

    assert (page.status, page.text[:4]) == (200, "END ")
    assert door.payments() == []


async def test_a_phone_hears_politely_that_the_books_cannot_be_read(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door.world.app, "reader", _Down())

    page = await door.post("ussd", hop())

    assert (page.status, page.text[:4]) == (200, "END ")


# --- for operators ------------------------------------------------------------------------------------------------------


class _Down:
    async def read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("no route"))

    glance = read


async def test_alive_and_ready(either: Door) -> None:
    alive, ready = await either.get("/healthz"), await either.get("/readyz")

    assert (alive.status, json.loads(alive.body)) == (200, {"status": "ok"})
    assert (ready.status, json.loads(ready.body)) == (200, {"status": "ready", "writes_waiting": 0})


async def test_ready_says_busy_before_the_queue_is_full(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = door.world.writer
    monkeypatch.setattr(writer, "_wake", lambda: None)
    monkeypatch.setattr(writer, "queue_limit", 4)
    waiting = [writer.put(keep, None) for _ in range(3)]

    reply = await door.get("/readyz")

    assert (reply.status, json.loads(reply.body)) == (503, {"status": "busy", "writes_waiting": 3})
    assert (await door.get("/healthz")).status == 200
    for future in waiting:
        future.cancel()


async def test_without_its_database_it_is_alive_but_not_ready(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.world.app, "reader", _Down())

    ready, figures = await door.get("/readyz"), await door.get("/metrics")

    assert (ready.status, json.loads(ready.body)) == (503, {"status": "down", "database": "OperationalError"})
    assert (figures.status, b"karani_database_up 0.0" in figures.body) == (200, True)
    assert (await door.get("/healthz")).status == 200


async def test_the_figures_say_what_waits_and_what_came(door: Door) -> None:
    before = _figure('karani_callbacks_total{operation="c2b/confirmation",outcome="credited"}')
    await door.post("c2b/confirmation", sample("c2b_confirmation"))
    await door.post("c2b/confirmation", sample("c2b_confirmation_sandbox_full_name"))
    await door.post("stk", b"{")

    figures = (await door.get("/metrics")).text

    assert "karani_suspense_items 1.0" in figures
    assert "karani_unread_exchanges 1.0" in figures
    assert 'karani_outbox_rows{state="pending"}' in figures
    assert "karani_writes_waiting 0.0" in figures
    assert "karani_database_up 1.0" in figures
    assert _figure('karani_callbacks_total{operation="c2b/confirmation",outcome="credited"}') == before + 2


def _figure(name: str) -> float:
    for line in generate_latest().decode().splitlines():
        if line.startswith(name):
            return float(line.rpartition(" ")[2])
    return 0.0


async def test_a_dead_writer_and_one_that_hangs_are_seen(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(door.world.writer), "busy_s", 31.0)
    stuck = await door.get("/readyz")
    monkeypatch.setattr(door.world.writer, "_dead", True)
    dead = await door.get("/readyz")

    assert (stuck.status, json.loads(stuck.text)) == (503, {"status": "down", "writer": "stuck"})
    assert (dead.status, json.loads(dead.text)) == (503, {"status": "down", "writer": "dead"})
    assert (await door.get("/healthz")).status == 200
