"""Slow, broken and vanished clients: what was read is written, what came in part is kept, nobody holds a connection."""

import asyncio

import pytest

from tests.web.door import KEY, Door, sample, until
from web import hooks


def _request(operation: str, body: bytes, *, length: int | None = None) -> bytes:
    head = f"POST /hooks/{KEY}/{operation} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body) if length is None else length}\r\n\r\n".encode() + body


async def test_a_confirmation_that_trickles_in_is_credited(door: Door) -> None:
    reader, writer = await door.connect()
    whole = _request("c2b/confirmation", sample("c2b_confirmation"))
    for start in range(0, len(whole), 40):
        writer.write(whole[start : start + 40])
        await writer.drain()
        await asyncio.wait([asyncio.ensure_future(door.get("/healthz"))])

    assert b" 200 " in await reader.readline()
    writer.close()
    assert len(door.payments()) == 1


@pytest.mark.parametrize("operation", ["c2b/confirmation", "stk", "c2b/validation"])
async def test_a_body_that_never_ends_is_given_up_and_its_beginning_kept(
    door: Door, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    monkeypatch.setattr(hooks, "WHOLE_WITHIN_S", 0.1)
    money = await door.money()
    reader, writer = await door.connect()
    writer.write(_request(operation, sample("c2b_confirmation")[:100], length=900))

    assert b" 400 " in await reader.readline()
    writer.close()
    assert await door.money() == money
    assert door.unread() == [(operation, "did not come in time")]


async def test_a_phone_is_answered_even_when_the_gateway_is_too_slow(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hooks, "WHOLE_WITHIN_S", 0.1)
    reader, writer = await door.connect()
    writer.write(_request("ussd", b"sessionId=1", length=900))

    assert b" 200 " in await reader.readline()
    assert b"END " in await reader.read(1_000)
    writer.close()


async def test_a_client_that_vanishes_in_the_middle_leaves_what_it_said(door: Door) -> None:
    _, writer = await door.connect()
    writer.write(_request("c2b/confirmation", sample("c2b_confirmation")[:100], length=900))
    await writer.drain()
    writer.close()

    await until(lambda: door.unread() == [("c2b/confirmation", "the connection broke")])
    assert door.payments() == []


async def test_chunks_that_are_none_are_kept_and_not_acknowledged(door: Door) -> None:
    reader, writer = await door.connect()
    writer.write(f"POST /hooks/{KEY}/stk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    await writer.drain()
    writer.write(b'5\r\n{"a":\r\nzz\r\n')

    assert b" 400 " in await reader.readline()
    writer.close()
    assert door.payments() == []


async def test_a_client_that_vanishes_before_the_answer_has_been_heard(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body was read: that nobody waits for the answer does not undo it."""
    held = door.world.writer
    monkeypatch.setattr(held, "_wake", lambda: None)
    _, writer = await door.connect()
    writer.write(_request("c2b/confirmation", sample("c2b_confirmation")))
    await until(lambda: held.waiting == 1)

    writer.transport.abort()
    for _ in range(5):
        await door.get("/healthz")
    held.step()

    assert [payment[0] for payment in door.payments()] == ["completed"]
