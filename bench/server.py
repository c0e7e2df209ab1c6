"""The processes that are measured, one kind each; `python -m bench.server <kind> --port N …`. They end at SIGTERM.

echo       the least that an event loop can do with a request: the client's own ceiling
gateway    the pretended SMS gateway, without reports
bare       aiohttp reading a form and answering a line: the limit of everything that speaks HTTP
product    the program with all its doors, without workers
orm        the same confirmations, one ORM transaction a request
imports    nothing but the libraries that a process named in a file had imported
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any


async def _until_told() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


# --- limits ------------------------------------------------------------------------------------------------------------

_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 8\r\n"
    b"Date: Sat, 21 Nov 2026 06:00:00 GMT\r\nServer: bench\r\n\r\nCON done"
)


class _Echo(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._write = transport.write

    def data_received(self, data: bytes) -> None:
        self._write(_ANSWER)


async def echo(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Echo, "127.0.0.1", port, backlog=1024)
    async with server:
        await _until_told()


async def gateway(port: int) -> None:
    """Africa's Talking's simulator, without reports."""
    from aiohttp import web

    from runtime.chance import SystemRandom
    from runtime.clock import SystemClock
    from runtime.http import AiohttpClient
    from runtime.tasks import Background
    from sandbox.africastalking import AfricasTalking, Application
    from sandbox.phones import Phones

    clock, background = SystemClock(), Background()
    pretended = AfricasTalking(
        clock=clock, random=SystemRandom(), http=AiohttpClient(), spawn=background.spawn, phones=Phones(clock)
    )
    pretended.magic = False
    pretended.add(application=Application("bench", "bench"))
    site = web.Application()
    site.router.add_get("/count", lambda request: _count(pretended))
    site.add_subapp("/africastalking", pretended.app)
    runner = web.AppRunner(site, access_log=None, keepalive_timeout=75)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await _until_told()
    await runner.cleanup()
    await background.close()


async def _count(pretended: Any) -> Any:
    from aiohttp import web

    return web.json_response({"taken": len(pretended.sent), "phones": len({one.to for one in pretended.sent})})


async def bare(port: int) -> None:
    from aiohttp import web

    async def form(request: web.Request) -> web.Response:
        fields = await request.post()
        return web.Response(text=f"CON {fields['text']!s}")

    site = web.Application()
    site.router.add_post("/hooks/{key}/ussd", form)
    runner = web.AppRunner(site, access_log=None, keepalive_timeout=75)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await _until_told()
    await runner.cleanup()


def imports(names: Path) -> None:
    """Import what the file names, in its order, say so by a file beside it, and stay."""
    for name in names.read_text().split():
        try:
            importlib.import_module(name)
        except Exception:  # noqa: S112 - a name that only its own package can import costs nothing here
            continue
    names.with_suffix(".done").write_text("done")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        signal.pause()


# --- the product -------------------------------------------------------------------------------------------------------


async def product(port: int, folder: Path, database_url: str, redis_url: str, commit_delay_s: float) -> None:
    import wiring
    from bench import settings
    from runtime.logs import start_logs

    start_logs("info")
    config = settings.config(folder, database_url=database_url, redis_url=redis_url, port=port)
    before_commit = partial(time.sleep, commit_delay_s) if commit_delay_s else lambda: None
    async with (
        wiring.open_app(config, before_commit=before_commit) as running,
        wiring.listening(wiring.web_application(running), "127.0.0.1", port),
    ):
        await _until_told()


def run(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.server")
    parser.add_argument("kind", choices=["echo", "bare", "gateway", "product", "orm", "imports"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--database-url", default="")
    parser.add_argument("--redis-url", default="")
    parser.add_argument("--commit-delay", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=1)
    given = parser.parse_args(words)
    match given.kind:
        case "echo":
            asyncio.run(echo(given.port))
        case "bare":
            asyncio.run(bare(given.port))
        case "gateway":
            asyncio.run(gateway(given.port))
        case "imports":
            imports(given.folder)
        case "orm":
            from bench import orm

            asyncio.run(orm.serve(given.port, given.folder, given.connections, _until_told))
        case _:
            asyncio.run(product(given.port, given.folder, given.database_url, given.redis_url, given.commit_delay))


if __name__ == "__main__":
    run(sys.argv[1:])
