"""The same requests over sockets and in process; what fails says whether it may have been heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.errors import Unavailable
from core.ports import Http, HttpReply
from runtime.clock import VirtualClock
from runtime.http import AiohttpClient, InProcessHttp

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


async def _echo(request: web.Request) -> web.Response:
    body = await request.text()
    return web.json_response({"method": request.method, "query": request.query_string, "body": body}, status=201)


async def _hang_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _never(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def _pieces(request: web.Request) -> web.StreamResponse:
    stream = web.StreamResponse(headers={"X-Kind": "pieces"})
    await stream.prepare(request)
    for _ in range(3):
        await stream.write(b"0123456789")
    await stream.write_eof()
    return stream


async def _elsewhere(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/echo"})


def pages() -> web.Application:
    app = web.Application(client_max_size=1_000)
    app.add_routes(
        [
            web.route("*", "/echo", _echo),
            web.get("/hang-up", _hang_up),
            web.get("/never", _never),
            web.get("/pieces", _pieces),
            web.get("/elsewhere", _elsewhere),
        ]
    )
    return app


@dataclass
class Line:
    http: Http
    base: str

    async def ask(
        self, path: str, *, method: str = "GET", body: bytes | None = None, timeout_s: float = 5.0
    ) -> HttpReply:
        return await self.http.request(
            method, self.base + path, headers={"X-From": "us"}, body=body, timeout_s=timeout_s
        )


@pytest.fixture(params=["sockets", "in process"])
async def line(request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    if request.param == "sockets":
        server = TestServer(pages())
        await server.start_server()
        client = AiohttpClient()
        yield Line(client, str(server.make_url("")).rstrip("/"))
        await client.close()
        await server.close()
    else:
        in_process = InProcessHttp(VirtualClock(START), {"https://there.test": pages()})
        yield Line(in_process, "https://there.test")
        await in_process.close()


async def test_method_query_and_body_arrive_and_the_answer_comes_back(line: Line) -> None:
    reply = await line.ask("/echo?a=1&b=%20", method="POST", body=b"hello")

    assert reply.status == 201
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.body == b'{"method": "POST", "query": "a=1&b= ", "body": "hello"}'


async def test_an_answer_in_pieces_is_put_together(line: Line) -> None:
    reply = await line.ask("/pieces")

    assert (reply.body, reply.headers["x-kind"]) == (b"0123456789" * 3, "pieces")


async def test_an_error_page_is_an_answer_like_any_other(line: Line) -> None:
    assert (await line.ask("/nowhere")).status == 404
    assert (await line.ask("/echo", method="POST", body=b"x" * 2_000)).status == 413


async def test_redirects_are_not_followed(line: Line) -> None:
    assert (await line.ask("/elsewhere")).status == 302


async def test_a_line_that_breaks_after_sending_may_have_been_heard(line: Line) -> None:
    with pytest.raises(Unavailable) as broken:
        await line.ask("/hang-up")

    assert broken.value.sent
    assert "hang-up" not in str(broken.value)  # paths may hold keys


async def test_silence_is_an_unknown_outcome_over_sockets() -> None:
    server, client = TestServer(pages()), AiohttpClient()
    await server.start_server()

    with pytest.raises(Unavailable) as silent:
        await Line(client, str(server.make_url("")).rstrip("/")).ask("/never", timeout_s=0.1)

    assert silent.value.sent
    await client.close()
    await server.close()


async def test_silence_is_an_unknown_outcome_in_process_after_virtual_time() -> None:
    clock = VirtualClock(START)
    http = InProcessHttp(clock, {"https://there.test": pages()})
    asked = asyncio.ensure_future(Line(http, "https://there.test").ask("/never", timeout_s=8))

    await clock.advance(7.9)
    assert not asked.done()
    await clock.advance(0.1)

    with pytest.raises(Unavailable) as silent:
        await asked
    assert silent.value.sent
    await http.close()


async def test_no_connection_means_that_nothing_was_sent() -> None:
    client, in_process = AiohttpClient(), InProcessHttp(VirtualClock(START), {"https://there.test": pages()})
    in_process.cut.add("https://there.test")

    for http, base in ((client, "http://127.0.0.1:1"), (in_process, "https://there.test"), (in_process, "https://no")):
        with pytest.raises(Unavailable) as nobody:
            await Line(http, base).ask("/echo")
        assert not nobody.value.sent
    await client.close()


async def test_an_endless_answer_is_not_read() -> None:
    server, client = TestServer(pages()), AiohttpClient(most_bytes=15)
    await server.start_server()

    with pytest.raises(Unavailable, match="more than 15 bytes"):
        await Line(client, str(server.make_url("")).rstrip("/")).ask("/pieces")

    await client.close()
    await server.close()


async def test_an_application_is_started_once_and_shut_down() -> None:
    story: list[str] = []
    app = pages()

    async def life(_: web.Application) -> AsyncIterator[None]:
        story.append("up")
        yield
        story.append("down")

    app.cleanup_ctx.append(life)
    http = InProcessHttp(VirtualClock(START))
    http.mount("https://there.test", app)

    for _ in range(3):
        await Line(http, "https://there.test").ask("/echo")
    await http.close()

    assert story == ["up", "down"]
