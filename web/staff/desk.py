"""The staff's front desk: what every request below `/staff` passes before a page is made for it (SEC-4).

A browser bears one cookie, an unguessable token. The books know the tokens of those who are signed in; anybody else's
means nothing. Signing in and out gives a new one, so that nobody can plant theirs on another (session fixation).

What changes something is a POST, and is believed only when it comes from our own page: the form holds a token that
follows from the browser's cookie, and where the browser says from where it was sent, that must be here.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import parse_qsl, quote, urlsplit

import sqlalchemy as sa
import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from core.callers import LANGUAGES
from core.errors import DomainError, NotFound, NotPermitted, Overloaded, Unavailable
from core.limits import TooManyTries, address_key
from core.permissions import TABLE, Action, Actor, ActorKind
from storage import organisations
from storage.organisations import Organisation
from storage.staff import Session
from storage.tx import Tx
from usecases.app import App
from usecases.passphrases import Passphrases
from usecases.sign_in import SEEN_EVERY_S, seen, session_now
from web.hooks import Network, source_address
from web.languages import preferred
from web.receipts import GUARDS
from web.staff.uploads import parts
from web.staff.words import languages, refusal, render, stylesheet_name, words

log = structlog.get_logger()

LONGEST_FORM = 64 * 1024
MOST_FIELDS = 400
WHOLE_WITHIN_S = 10.0
FORM, FORM_WITH_FILE = "application/x-www-form-urlencoded", "multipart/form-data"

HEADERS = {
    **GUARDS,
    # With `no-referrer` a browser hides where a form was sent from (`Origin: null`), and we want to know.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "Cache-Control": "no-store",
}

HOME, SIGN_IN = "/staff", "/staff/sign-in"
_OURS = re.compile(r"/staff(?:/[A-Za-z0-9._~%/-]*)?(?:\?[A-Za-z0-9._~%=&+-]*)?", re.ASCII)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Page:
    """Show this."""

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Go:
    """It is done; look there. `told` is the key of a word of `common.toml` that says so. `token` changes the browser's
    cookie."""

    path: str
    told: str = ""
    token: str | None = None


Reply = Page | Go


@dataclass(slots=True)
class Visit:
    """One request: whose it is, from where, in which language, and what was typed."""

    request: web.Request
    address: str
    token: str
    session: Session | None
    organisation: Organisation | None
    language: str
    fields: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""
    file: bytes = b""
    """What was sent along."""

    @property
    def agent(self) -> str:
        return "".join(each for each in self.request.headers.get("User-Agent", "") if each.isprintable())[:80]

    @property
    def from_(self) -> str:
        """Whom limits count: the address, or all of its household."""
        return address_key(self.address)

    @property
    def csrf(self) -> str:
        """What a form must hold to be believed: it follows from the browser's token, and does not betray it."""
        return hmac.digest(self.token.encode(), b"form", "sha256").hex()

    @property
    def me(self) -> Session:
        """Whose pages these are; a door that is not open to strangers has checked it."""
        assert self.session is not None
        return self.session

    @property
    def school(self) -> Organisation:
        assert self.organisation is not None
        return self.organisation

    @property
    def actor(self) -> Actor:
        member = self.me.member
        return Actor(ActorKind.STAFF, member.id.hex, f"web {self.address}", member.role)

    def may(self, action: Action) -> bool:
        """Whether to show it; the use case asks again."""
        return self.session is not None and self.session.member.role in TABLE[action]

    def text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def asked(self, name: str, most: int = 80) -> str:
        """What the address asks for, as a database can be asked for it."""
        return self.request.query.get(name, "").replace("\x00", "").strip()[:most]


Handler = Callable[[Visit], Awaitable[Reply]]


class Desk:
    """Makes an HTTP handler of each page."""

    def __init__(
        self, app: App, passphrases: Passphrases, *, public_url: str, trusted_proxies: Sequence[str] = ()
    ) -> None:
        parts = urlsplit(public_url)
        self.app, self.passphrases, self.public_url = app, passphrases, public_url
        self._trusted: list[Network] = [ip_network(proxy) for proxy in trusted_proxies]
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self.is_secure = parts.scheme == "https" or parts.hostname not in _LOOPBACK
        """Only a demo on this machine may do without HTTPS: its browser has no other way in."""
        self.built: tuple[str, ...] = ()
        """The places of the menu."""
        self.cookie = "__Host-karani" if self.is_secure else "karani-demo"

    def get(self, path: str, handler: Handler, *, needs: Action | None = None, is_open: bool = False) -> web.RouteDef:
        return web.get(path, self._door(handler, needs=needs, is_open=is_open))

    def post(
        self,
        path: str,
        handler: Handler,
        *,
        needs: Action | None = None,
        is_open: bool = False,
        most_bytes: int = 0,
    ) -> web.RouteDef:
        """`most_bytes` of a file may be sent along."""
        return web.post(path, self._door(handler, needs=needs, is_open=is_open, most_bytes=most_bytes))

    def token(self) -> str:
        return urlsafe_b64encode(self.app.random.token(32)).decode().rstrip("=")

    # --- from request to answer ---

    def _door(
        self, handler: Handler, *, needs: Action | None, is_open: bool, most_bytes: int = 0
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def answered(request: web.Request) -> web.StreamResponse:
            token = request.cookies.get(self.cookie, "")
            visit = Visit(
                request=request,
                address=source_address(request, self._trusted),
                token=token if _TOKEN.fullmatch(token) else self.token(),
                session=None,
                organisation=None,
                language=preferred(request),
            )
            try:
                reply = await self._passed(visit, handler, needs=needs, is_open=is_open, most_bytes=most_bytes)
            except (Unavailable, Overloaded, sa.exc.SQLAlchemyError, TimeoutError) as trouble:
                log.warning("page_not_served", reason=type(trouble).__name__)
                reply = _refused("busy", 503)
            except TooManyTries as error:
                reply = Page("refused.html", {"why": "", "said": refusal(error, visit.language)}, 429)
            except NotPermitted:
                reply = _refused("not_yours", 403)
            except NotFound:
                reply = _refused("not_here", 404)
            except DomainError as error:
                reply = Page("refused.html", {"why": "", "said": refusal(error, visit.language)}, 422)
            return self._response(visit, reply, bore=token)

        return answered

    async def _passed(
        self, visit: Visit, handler: Handler, *, needs: Action | None, is_open: bool, most_bytes: int
    ) -> Reply:
        """Every check in its order; then the page's own work."""
        visit.session, visit.organisation = await self.app.read(_arrived, visit.token)
        if visit.session is not None:
            visit.language = visit.session.member.language or visit.school.language
        is_post = visit.request.method == "POST"
        if is_post:
            why = await self._read_form(visit, most_bytes)
            if why:
                return _refused(why, {"too_long": 413}.get(why, 403))
        if visit.session is None and not is_open:
            wanted = visit.request.path_qs if not is_post else HOME
            return Go(f"{SIGN_IN}?next={quote(wanted, safe='')}")
        if needs is not None and not visit.may(needs):
            raise NotPermitted(needs.value)
        if visit.session is not None and self.app.clock.now() - visit.session.seen_at >= timedelta(
            seconds=SEEN_EVERY_S
        ):
            await self.app.write(seen, visit.session.id)
        return await handler(visit)

    async def _read_form(self, visit: Visit, most_bytes: int) -> str:
        """What was typed; or why it is not believed, as a key of the catalogue."""
        request = visit.request
        raw = await _body(request, LONGEST_FORM + (most_bytes if visit.session else 0))
        if raw is None:
            return "too_long"
        site = request.headers.get("Sec-Fetch-Site", "same-origin")
        origin = request.headers.get("Origin", self._origin)
        if site != "same-origin" or origin not in (self._origin, f"{urlsplit(self._origin).scheme}://{request.host}"):
            return "elsewhere"
        wanted = FORM_WITH_FILE if most_bytes else FORM
        if request.content_type != wanted or "Content-Encoding" in request.headers:
            return "elsewhere"
        try:
            pairs = self._taken_apart(visit, raw) if most_bytes else _pairs(raw)
        except ValueError:
            return "elsewhere"
        visit.fields = {name: value.replace("\x00", "") for name, value in pairs}
        if visit.session is None and visit.text("lang") in LANGUAGES:
            visit.language = visit.text("lang")
        return "" if hmac.compare_digest(visit.text("csrf").encode(), visit.csrf.encode()) else "old_form"

    def _taken_apart(self, visit: Visit, raw: bytes) -> list[tuple[str, str]]:
        fields, files = parts(raw, visit.request.headers.get("Content-Type", ""))
        visit.file_name, visit.file = next(iter(files.values()), ("", b""))
        return list(fields.items())

    def _response(self, visit: Visit, reply: Reply, *, bore: str) -> web.Response:
        headers = {**HEADERS, "Content-Language": visit.language}
        if self.is_secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        token = visit.token
        if isinstance(reply, Go):
            token = reply.token or token
            headers["Location"] = reply.path + (f"?told={reply.told}" if reply.told else "")
            response = web.Response(status=303, headers=headers)
        else:
            text = render(reply.template, {**self._common(visit), **reply.facts})
            response = web.Response(text=text, status=reply.status, content_type="text/html", headers=headers)
        if token != bore:
            response.set_cookie(self.cookie, token, path="/", httponly=True, samesite="Lax", secure=self.is_secure)
        return response

    def _common(self, visit: Visit) -> dict[str, object]:
        """What every page may show."""
        told = visit.request.query.get("told", "")
        here = words(visit.language)
        return {
            "w": here,
            "language": visit.language,
            "languages": languages(),
            "csrf": visit.csrf,
            "me": visit.session.member if visit.session else None,
            "organisation": visit.organisation,
            "zone": visit.organisation.time_zone if visit.organisation else "UTC",
            "may": {action.value for action in Action if visit.may(action)},
            "told": here["told"].get(told, ""),
            "path": visit.request.path,
            "built": self.built,
            "style": stylesheet_name(),
        }


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    return parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS)


def _refused(why: str, status: int) -> Page:
    return Page("refused.html", {"why": why, "said": ""}, status)


def _arrived(tx: Tx, token: str) -> tuple[Session | None, Organisation | None]:
    session = session_now(tx, token)
    return session, organisations.by_id(tx, session.member.organisation) if session else None


async def _body(request: web.Request, most: int) -> bytes | None:
    """All of it; None when there is more than `most`, or when it trickles. What is not in the encoding that it names is as
    good as empty: nobody believes it."""
    pieces = bytearray()
    try:
        async with asyncio.timeout(WHOLE_WITHIN_S):
            while len(pieces) <= most and (piece := await request.content.readany()):
                pieces += piece
    except TimeoutError:
        return None
    except (HttpProcessingError, web.RequestPayloadError):
        return b""
    return bytes(pieces) if len(pieces) <= most else None


def next_page(text: str) -> str:
    """Where to go after signing in: a page of ours, and nothing that could be read as another site."""
    return text if len(text) <= 300 and _OURS.fullmatch(text) and "//" not in text else HOME


def fingerprint(text: str) -> str:
    """A key of limits for what may be somebody's name or phone."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
