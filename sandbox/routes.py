"""The sandbox over HTTP: the page, and the paths of DESIGN section 8 that scripts and the page both call.

They exist in a demo only. Whatever is wrong with a request is answered as problem details (RFC 9457), and changes
nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol, TypeVar

import msgspec
from aiohttp import web

from core.errors import DomainError, NotFound
from core.phones import Msisdn
from core.ports import Clock
from sandbox.books import Books, News
from sandbox.feed import REMEMBERED, Feed

PAGE = Path(__file__).parent / "page"

MOST_BODY = 16 * 1024

CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}

GUARDS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

View = Mapping[str, Any]
"""A phone: `screen` (text, open), `sms` (from, text, at; newest last), `prompts` (id, payee, amount, reference)."""


class Handsets(Protocol):
    """The pretend phones. Any number may have one; each act returns once the phone shows what came of it."""

    def view(self, msisdn: Msisdn) -> View: ...

    async def dial(self, msisdn: Msisdn, code: str) -> View: ...

    async def key(self, msisdn: Msisdn, text: str) -> View: ...

    async def hang_up(self, msisdn: Msisdn) -> View: ...

    async def text(self, msisdn: Msisdn, to: str, text: str) -> View: ...

    async def answer(self, msisdn: Msisdn, prompt: str, answer: str) -> View: ...

    async def paybill(self, msisdn: Msisdn, shortcode: str, account: str, amount: str) -> View: ...


class Moods(Protocol):
    """How the pretend providers behave."""

    def all(self) -> Mapping[str, View]:
        """Every provider's name and present mood."""
        ...

    def change(self, name: str, mood: View) -> View: ...


class Mailboxes(Protocol):
    """The mail that was taken, oldest first."""

    @property
    def received(self) -> Iterable[Any]: ...


def mount(
    app: web.Application,
    *,
    books: Books,
    handsets: Handsets,
    moods: Moods,
    clock: Clock,
    mail: Mailboxes | None = None,
) -> None:
    """Add the page and every `/sandbox/...` path to `app`. The live feed ends when `app` shuts down."""
    feed = Feed(books, clock)

    async def close_feed(_: web.Application) -> None:
        feed.close()

    app.on_shutdown.append(close_feed)
    app.add_routes([*_page_routes(), *_phone_routes(handsets), *_book_routes(books, moods, feed, handsets)])
    if mail is not None:
        app.add_routes(_mail_routes(mail))
    app.router.add_route("*", "/sandbox/{rest:.*}", _no_such_path)


async def _no_such_path(request: web.Request) -> web.Response:
    return problem(404, "no_such_path", f"The sandbox has nothing to {request.method} at {request.path[:120]}.")


# --- the page --------------------------------------------------------------------------------------------------------


def _page_routes() -> list[web.RouteDef]:
    files = {str(path.relative_to(PAGE)): path for path in sorted(PAGE.rglob("*")) if path.suffix in CONTENT_TYPES}
    served = {name: _File(path.read_bytes(), CONTENT_TYPES[path.suffix]) for name, path in files.items()}

    async def home(_: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/sandbox"})

    async def page(request: web.Request) -> web.Response:
        return _serve(request, served["index.html"])

    async def part(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in served:
            return problem(404, "no_such_file", f"The page has no file {name[:80]!r}.")
        return _serve(request, served[name])

    return [
        web.get("/", home),
        web.get("/sandbox", page),
        web.get("/sandbox/", page),
        web.get("/sandbox/page/{name:.+}", part),
    ]


class _File:
    """One file of the page, read once, with the fingerprint by which a browser asks whether its copy still holds."""

    def __init__(self, body: bytes, content_type: str) -> None:
        self.body = body
        self.headers = {
            **GUARDS,
            "Content-Type": content_type,
            "Cache-Control": "no-cache",
            "ETag": f'"{hashlib.sha256(body).hexdigest()[:24]}"',
        }


def _serve(request: web.Request, file: _File) -> web.Response:
    if request.headers.get("If-None-Match") == file.headers["ETag"]:
        return web.Response(status=304, headers=file.headers)
    return web.Response(body=file.body, headers=file.headers)


# --- the phones ------------------------------------------------------------------------------------------------------

Text = Annotated[str, msgspec.Meta(max_length=1_600)]
Short = Annotated[str, msgspec.Meta(min_length=1, max_length=182)]


class Dial(msgspec.Struct, forbid_unknown_fields=True):
    code: Short


class Key(msgspec.Struct, forbid_unknown_fields=True):
    input: Annotated[str, msgspec.Meta(max_length=182)]


class Sms(msgspec.Struct, forbid_unknown_fields=True):
    to: Short
    text: Text


class Prompt(msgspec.Struct, forbid_unknown_fields=True):
    id: Short
    answer: Literal["pin", "wrong_pin", "cancel", "ignore"]


class Paybill(msgspec.Struct, forbid_unknown_fields=True):
    """`amount` is a decimal text or a whole number of the currency's units, as the payer types it."""

    shortcode: Short
    account: Annotated[str, msgspec.Meta(max_length=40)]
    amount: int | Short


B = TypeVar("B", bound=msgspec.Struct)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _phone_routes(handsets: Handsets) -> list[web.RouteDef]:
    async def look(request: web.Request) -> web.Response:
        return reply(handsets.view(_msisdn(request)))

    async def dial(request: web.Request) -> web.Response:
        asked = await body_of(request, Dial)
        return reply(await handsets.dial(_msisdn(request), asked.code))

    async def key(request: web.Request) -> web.Response:
        asked = await body_of(request, Key)
        return reply(await handsets.key(_msisdn(request), asked.input))

    async def end(request: web.Request) -> web.Response:
        return reply(await handsets.hang_up(_msisdn(request)))

    async def sms(request: web.Request) -> web.Response:
        asked = await body_of(request, Sms)
        return reply(await handsets.text(_msisdn(request), asked.to, asked.text))

    async def prompt(request: web.Request) -> web.Response:
        asked = await body_of(request, Prompt)
        return reply(await handsets.answer(_msisdn(request), asked.id, asked.answer))

    async def paybill(request: web.Request) -> web.Response:
        asked = await body_of(request, Paybill)
        return reply(await handsets.paybill(_msisdn(request), asked.shortcode, asked.account, str(asked.amount)))

    phone = "/sandbox/phones/{msisdn}"
    return [
        web.get(phone, said_so(look)),
        web.post(phone + "/dial", said_so(dial)),
        web.post(phone + "/key", said_so(key)),
        web.post(phone + "/end", said_so(end)),
        web.post(phone + "/sms", said_so(sms)),
        web.post(phone + "/prompt", said_so(prompt)),
        web.post(phone + "/paybill", said_so(paybill)),
    ]


# --- the world, the books and the feed -------------------------------------------------------------------------------


def _book_routes(books: Books, moods: Moods, feed: Feed, handsets: Handsets) -> list[web.RouteDef]:
    async def world(_: web.Request) -> web.Response:
        return reply(await books.world())

    async def news(request: web.Request) -> web.Response:
        after, events_after = request.query.get("after") or None, request.query.get("events_after") or None
        return reply(
            News(
                await books.totals(),
                await books.recent(after, REMEMBERED),
                await books.events(events_after, REMEMBERED),
            )
        )

    async def live(request: web.Request) -> web.StreamResponse:
        msisdn = _msisdn_of(request.query.get("phone", ""))
        if feed.is_full:
            return problem(503, "too_many_listeners", "Too many pages listen already; ask /sandbox/books instead.")
        headers = {
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
            **GUARDS,
        }
        stream = web.StreamResponse(headers=headers)
        await stream.prepare(request)

        async def phone() -> bytes:
            return msgspec.json.encode(handsets.view(msisdn))

        try:
            async for message in feed.stream(phone):
                await stream.write(message)
        except ConnectionResetError:
            pass  # the visitor closed the page
        return stream

    async def present_moods(_: web.Request) -> web.Response:
        return reply(moods.all())

    async def mood(request: web.Request) -> web.Response:
        return reply(moods.change(request.match_info["name"], await _json_object(request)))

    return [
        web.get("/sandbox/world", said_so(world)),
        web.get("/sandbox/books", said_so(news)),
        web.get("/sandbox/feed", said_so(live)),
        web.get("/sandbox/providers", said_so(present_moods)),
        web.post("/sandbox/providers/{name}/mood", said_so(mood)),
    ]


# --- mail ------------------------------------------------------------------------------------------------------------

SHOWN_MAILS = 50


def _mail_routes(mail: Mailboxes) -> list[web.RouteDef]:
    async def mails(request: web.Request) -> web.Response:
        """The newest mails, newest last; `?to=` of one mailbox."""
        to = request.query.get("to", "")
        return reply([one for one in mail.received if to in ("", one.to)][-SHOWN_MAILS:])

    return [web.get("/sandbox/mail", said_so(mails))]


# --- words in, words out ---------------------------------------------------------------------------------------------


@dataclass
class _Refused(Exception):
    """The request cannot be served, and why."""

    status: int
    code: str
    detail: str


_REFUSALS = {
    "not_an_amount": "That is not an amount to pay: whole shillings, more than zero.",
    "fraction_refused": "Mobile money is sent in whole shillings.",
}


def said_so(handler: Handler) -> Handler:
    """Whoever asks wrongly is told what was wrong."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except _Refused as refused:
            return problem(refused.status, refused.code, refused.detail)
        except NotFound as missing:
            return problem(404, missing.code, f"There is no {missing.what} {missing.name!r} here.")
        except DomainError as refused:
            return problem(400, refused.code, _REFUSALS.get(refused.code, str(refused)))

    return answer


def reply(value: object) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value),
        headers={"Content-Type": "application/json", "Cache-Control": "no-store", **GUARDS},
    )


def problem(status: int, code: str, detail: str) -> web.Response:
    body = {"type": "about:blank", "title": code.replace("_", " "), "status": status, "code": code, "detail": detail}
    return web.Response(
        status=status, body=msgspec.json.encode(body), headers={"Content-Type": "application/problem+json", **GUARDS}
    )


def _msisdn(request: web.Request) -> Msisdn:
    return _msisdn_of(request.match_info["msisdn"])


def _msisdn_of(text: str) -> Msisdn:
    try:
        return Msisdn.parse(text)
    except DomainError:
        raise _Refused(404, "unknown_phone", f"{text[:40]!r} is no phone number; try 254700100000.") from None


async def body_of(request: web.Request, shape: type[B], *, most: int = MOST_BODY) -> B:
    """The JSON body as `shape`, whatever content type the script forgot to set."""
    try:
        return msgspec.json.decode(await _raw(request, most), type=shape)
    except msgspec.ValidationError as error:
        raise _Refused(400, "wrong_field", str(error)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _Refused(400, "not_json", f"The body is not the JSON that this path takes: {error}") from None


async def _json_object(request: web.Request) -> dict[str, Any]:
    try:
        return msgspec.json.decode(await _raw(request), type=dict[str, Any])
    except msgspec.ValidationError as error:
        raise _Refused(400, "wrong_field", str(error)) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise _Refused(400, "not_json", f"The body is not JSON: {error}") from None


async def _raw(request: web.Request, most: int = MOST_BODY) -> bytes:
    body = b""
    async for chunk in request.content.iter_chunked(MOST_BODY):
        body += chunk
        if len(body) > most:
            raise _Refused(413, "too_large", f"A body here has at most {most} bytes.")
    return body
