"""When there is more to do than can be done, pages wait first, phones hear a polite end, and money is answered or refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from prometheus_client import generate_latest

from tests.web.door import ACCEPTED, ACKNOWLEDGED, Door, confirmation, hop, sample, until
from web import admission
from web.admission import Gate, Kind, Room, kind_of


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small house: four of money at once, one of each other kind."""
    rooms = {
        Kind.MONEY: Room(4, 2.0),
        Kind.PHONE: Room(1, 0.95),
        Kind.NEWS: Room(1, 0.75),
        Kind.PAGE: Room(1, 0.5),
        Kind.FORM: Room(5, 0.5),
    }
    monkeypatch.setattr(admission, "ROOMS", rooms)


@pytest.mark.parametrize(
    "path, kind",
    [
        ("/hooks/k/c2b/confirmation", Kind.MONEY),
        ("/hooks/k/c2b/validation", Kind.MONEY),
        ("/hooks/k/stk", Kind.MONEY),
        ("/hooks/k/result/1", Kind.MONEY),
        ("/hooks/k/ussd", Kind.PHONE),
        ("/hooks/k/ussd/events", Kind.NEWS),
        ("/hooks/k/sms/delivery", Kind.NEWS),
        ("/hooks/k", Kind.NEWS),
        ("/r/7K2M9", Kind.PAGE),
        ("/staff", Kind.PAGE),
        ("/healthz", None),
        ("/metrics", None),
        ("/sandbox/world", None),
    ],
)
def test_every_request_is_of_one_kind(path: str, kind: Kind | None) -> None:
    assert kind_of(path) is kind


async def held(door: Door, monkeypatch: pytest.MonkeyPatch, count: int) -> list[asyncio.Task[Any]]:
    """So many confirmations that wait for the writer, which rests."""
    monkeypatch.setattr(door.world.writer, "_wake", lambda: None)
    bodies = [confirmation(TransID=f"UKL{number:07d}") for number in range(1, count + 1)]
    tasks = [asyncio.ensure_future(door.post("c2b/confirmation", body)) for body in bodies]
    await until(lambda: door.world.writer.waiting == count)
    return tasks


async def test_pages_wait_first_then_reports_then_phones_and_money_comes_last(
    door: Door, monkeypatch: pytest.MonkeyPatch, narrow: None
) -> None:
    assert (await door.get("/r/7K2M9-QXAV9")).status == 404

    waiting = await held(door, monkeypatch, 2)
    assert (await door.get("/r/7K2M9-QXAV9")).status == 503
    assert (await door.post("ussd/events", b"x=1")).status == 200
    waiting += [asyncio.ensure_future(door.post("c2b/confirmation", confirmation(TransID="UKL9000001")))]
    await until(lambda: door.world.writer.waiting == 3)
    assert (await door.post("sms/delivery", b"id=1&status=Success")).status == 503
    assert (await door.post("ussd", hop())).text.startswith("CON ")
    waiting += [asyncio.ensure_future(door.post("c2b/confirmation", confirmation(TransID="UKL9000002")))]
    await until(lambda: door.world.writer.waiting == 4)
    phone = await door.post("ussd", hop())
    assert (phone.status, phone.text[:10]) == (200, "END Sorry,")
    refused = await door.post("c2b/confirmation", confirmation(TransID="UKL9000003"))
    assert refused.status == 503
    assert (await door.post("c2b/validation", sample("c2b_validation"))).body == ACCEPTED

    assert (await door.get("/healthz")).status == 200
    door.world.writer.step()
    assert {(await reply).body for reply in waiting} == {ACKNOWLEDGED}
    assert len(door.payments()) == 4
    assert (await door.get("/r/7K2M9-QXAV9")).status == 404
    assert 'karani_requests_shed_total{kind="money"}' in generate_latest().decode()


async def test_a_full_queue_of_the_writer_keeps_pages_and_phones_out(door: Door) -> None:
    door.world.writer.queue_limit = 1_000_000
    gate = Gate(door.world.writer, door.world.clock)
    assert all(gate.lets_in(kind) for kind in Kind)

    class Full:
        waiting, queue_limit = 96, 100

    full = Gate(Full(), door.world.clock)  # type: ignore[arg-type]
    assert [kind for kind in Kind if full.lets_in(kind)] == [Kind.MONEY]


async def test_a_machine_that_lags_behind_lets_fewer_in_and_a_burst_finds_all_of_the_room(door: Door) -> None:
    gate = Gate(door.world.writer, door.world.clock)

    async def takes(seconds: float) -> web.Response:
        await door.world.clock.advance(seconds)
        return web.Response()

    assert gate.most == 768
    for _ in range(200):
        await gate.through(Kind.MONEY, takes(1.0))
    assert 180 < gate.most < 220
    for _ in range(400):
        await gate.through(Kind.MONEY, takes(10.0))
    assert gate.most == 128
    for _ in range(600):
        await gate.through(Kind.MONEY, takes(0.01))
    assert gate.most == 768


async def test_phones_hear_a_polite_end_at_once_while_pages_take_too_long_and_a_few_try_whether_it_is_better(
    door: Door,
) -> None:
    gate = Gate(door.world.writer, door.world.clock)

    async def takes(seconds: float) -> web.Response:
        await door.world.clock.advance(seconds)
        return web.Response()

    assert all(gate.lets_in(Kind.PHONE) for _ in range(16))
    for _ in range(8):
        await gate.through(Kind.PHONE, takes(1.0))
    assert sum(gate.lets_in(Kind.PHONE) for _ in range(16)) == 2
    assert gate.lets_in(Kind.MONEY)
    for _ in range(16):
        await gate.through(Kind.PHONE, takes(0.02))
    assert all(gate.lets_in(Kind.PHONE) for _ in range(16))


async def test_whoever_sends_a_form_slowly_keeps_no_reader_out_and_forms_are_bounded(door: Door, narrow: None) -> None:
    slow = []
    for _ in range(5):
        _, writer = await door.connect()
        head = "POST /staff/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        writer.write(f"{head}Content-Length: 900\r\n\r\na=".encode())
        slow.append(writer)

    async def sent() -> tuple[int, str]:
        async with door.client.post("/staff/sign-in", data={"a": "b"}) as answer:
            return answer.status, answer.headers.get("Retry-After", "")

    while await sent() != (503, "5"):
        pass
    assert (await door.get("/r/7K2M9-QXAV9")).status == 404
    for writer in slow:
        writer.close()


async def test_a_refused_body_is_not_waited_for_for_long(door: Door) -> None:
    reader, writer = await door.connect()
    writer.write(b"POST /hooks/wrong-key/stk HTTP/1.1\r\nHost: x\r\nContent-Length: 90000000\r\n\r\n" + b"x" * 1_000)

    assert b" 404 " in await reader.readline()
    await asyncio.wait_for(reader.read(), 5)
    writer.close()
