"""HTTP as a client: over sockets, and in process without any."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from core.errors import Unavailable
from core.ports import Clock, HttpReply

MOST_BYTES = 4 * 1024 * 1024
"""An answer longer than this is not read: no provider of ours sends one."""

_IDLE_S = 4.0
"""An idle connection is dropped before servers (5 s and more) drop it: a POST that meets a dropped one has an unknown
outcome, and a payment would have to wait for it."""


class AiohttpClient:
    """Real sockets, over one session with a bounded pool. It follows no redirects and keeps no cookies.

    Its `Unavailable` says `sent=False` only when no connection came about: from the first byte on, the other side may
    have acted. aiohttp itself repeats a GET, never a POST, when a kept connection turns out to be closed.
    """

    def __init__(self, *, connections: int = 100, connect_timeout_s: float = 3.0, most_bytes: int = MOST_BYTES) -> None:
        self._connections = connections
        self._connect_timeout_s = connect_timeout_s
        self._most_bytes = most_bytes
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> HttpReply:
        """One exchange within `timeout_s`, of which waiting for a connection may take at most half."""
        system = _host(url)
        # A connection always gives up before the whole does, so that a plain TimeoutError means "after sending".
        connect_s = min(self._connect_timeout_s, timeout_s / 2)
        limits = aiohttp.ClientTimeout(total=timeout_s, connect=connect_s)
        try:
            async with self._open().request(
                method, url, headers=headers, data=body, timeout=limits, allow_redirects=False
            ) as answer:
                whole = await self._read(answer, system)
                return HttpReply(answer.status, whole, CIMultiDict(answer.headers))
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError, aiohttp.InvalidURL) as error:
            raise Unavailable(system, f"no connection: {type(error).__name__}") from error
        except TimeoutError as error:
            raise Unavailable(system, f"no answer within {timeout_s:g} s", sent=True) from error
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(system, f"broken exchange: {type(error).__name__}", sent=True) from error

    async def _read(self, answer: aiohttp.ClientResponse, system: str) -> bytes:
        whole = bytearray()
        async for piece in answer.content.iter_any():
            whole += piece
            if len(whole) > self._most_bytes:
                raise Unavailable(system, f"answered more than {self._most_bytes} bytes", sent=True)
        return bytes(whole)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=_IDLE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None


class InProcessHttp:
    """The same port without sockets: each address is an aiohttp application in this process.

    Requests pass through aiohttp's own server protocol over a pipe in memory, so that routing, middlewares, limits and
    a server that hangs up behave as they do on a network. Time limits follow the clock. An address that is nobody's,
    or one in `cut`, cannot be connected to.
    """

    def __init__(self, clock: Clock, hosts: Mapping[str, web.Application] | None = None) -> None:
        """`hosts` maps `https://daraja.test` (scheme and host, without a path) to who answers there."""
        self._clock = clock
        self._hosts = {_origin(address): app for address, app in (hosts or {}).items()}
        self._runners: dict[str, web.AppRunner] = {}
        self._open: dict[str, list[_Pipe]] = {}
        self._unplugged: list[web.AppRunner] = []
        self.cut: set[str] = set()
        """Origins whose connections fail from now on."""

    def mount(self, address: str, app: web.Application) -> None:
        """From now on `app` answers at `address`."""
        self._hosts[_origin(address)] = app

    def unplug(self, address: str) -> None:
        """Whoever answered at `address` has lost power: open exchanges break, and nobody is there until `mount`."""
        origin = _origin(address)
        self._hosts.pop(origin, None)
        if runner := self._runners.pop(origin, None):
            self._unplugged.append(runner)
        for pipe in self._open.pop(origin, []):
            pipe.abort()

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> HttpReply:
        system, origin = _host(url), _origin(url)
        if origin not in self._hosts or origin in self.cut:
            raise Unavailable(system, "no connection: nobody there")
        pipe = _Pipe()
        await self._serve(origin, pipe)
        self._open.setdefault(origin, []).append(pipe)
        pipe.send(_request_bytes(method, url, headers, body))
        if not pipe.answered.done():
            limit = asyncio.ensure_future(self._clock.sleep(timeout_s))
            await asyncio.wait([pipe.answered, limit], return_when=asyncio.FIRST_COMPLETED)
            limit.cancel()
        try:
            if not pipe.answered.done():
                raise Unavailable(system, f"no answer within {timeout_s:g} s", sent=True)
            if len(pipe.received) == 0:
                raise Unavailable(system, "broken exchange: hung up", sent=True)
            return _read_reply(bytes(pipe.received))
        finally:
            if pipe in (here := self._open.get(origin, [])):
                here.remove(pipe)
            pipe.abort()

    async def _serve(self, origin: str, pipe: _Pipe) -> None:
        """Connect `pipe` to the application at `origin`, which is started when first called."""
        if origin not in self._runners:
            self._runners[origin] = runner = web.AppRunner(self._hosts[origin], access_log=None, shutdown_timeout=0.01)
            await runner.setup()
        server = self._runners[origin].server
        assert server is not None
        pipe.connect(server())

    async def close(self) -> None:
        """Shut the applications down."""
        ended = [*self._runners.values(), *self._unplugged]
        self._runners, self._unplugged = {}, []
        for runner in ended:
            await runner.cleanup()


class _Pipe(asyncio.Transport):
    """The server's end of a connection: hands it our request and keeps what it writes until it closes."""

    def __init__(self) -> None:
        super().__init__()
        self.received = bytearray()
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._protocol: asyncio.Protocol | None = None
        self._closing = False

    def connect(self, protocol: asyncio.Protocol) -> None:
        self._protocol = protocol
        protocol.connection_made(self)

    def send(self, request: bytes) -> None:
        assert self._protocol is not None
        self._protocol.data_received(request)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._closing:
            self.received += data

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            asyncio.get_running_loop().call_soon(self._lost)

    def abort(self) -> None:
        """As `close`; what was written of an answer is lost with it."""
        if not self._closing:
            self.received.clear()
        self.close()

    def _lost(self) -> None:
        assert self._protocol is not None
        self._protocol.connection_lost(None)
        if not self.answered.done():
            self.answered.set_result(None)

    def is_closing(self) -> bool:
        return self._closing

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 0) if name in ("peername", "sockname") else default

    def pause_reading(self) -> None:
        """Nothing more comes: the request was handed over whole."""

    def resume_reading(self) -> None:
        """See `pause_reading`."""


def _request_bytes(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"{method} {target} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body is not None or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {len(body or b'')}")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def _read_reply(raw: bytes) -> HttpReply:
    """Read what aiohttp's server wrote until it closed: we trust its form, it runs in our own process."""
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = CIMultiDict[str]((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
    headers.popall("Date", None)  # the machine's time has no place in a story that must repeat
    if headers.get("Transfer-Encoding") == "chunked":
        body = _joined(body)
    return HttpReply(int(status.split(" ", 2)[1]), body, headers)


def _joined(chunked: bytes) -> bytes:
    whole = bytearray()
    while chunked:
        size, _, rest = chunked.partition(b"\r\n")
        length = int(size, 16)
        if length == 0:
            break
        whole += rest[:length]
        chunked = rest[length + 2 :]
    return bytes(whole)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(url: str) -> str:
    """What an `Unavailable` is named for: never the path, which may hold a secret key."""
    return urlsplit(url).netloc
