"""Is this receipt genuine? A page for whoever is shown one: `GET /r/{code}`, in four languages, with nothing from elsewhere.

What it tells of persons is masked (`core.masks`). Codes cannot be searched for: each address has few tries, every wrong text
costs the same question to the books, and all of them are answered alike.
"""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from aiohttp import web

from core.callers import LANGUAGES
from core.errors import Overloaded, Unavailable
from core.figures import day_in, money
from core.payments import Status
from documents.press import Press
from usecases import limits
from usecases.app import App
from usecases.documents import masked_receipt
from usecases.receipts import CHECKS, Genuine, check
from web.hooks import source_address
from web.languages import preferred

if TYPE_CHECKING:
    from jinja2 import Template

PRESS = web.AppKey("press", Press)
"""Where the doors of an application find what makes papers."""

PAGES = Path(__file__).parent / "pages"
LONGEST = 40
"""No more of what was typed is repeated on the page."""

GUARDS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}


def routes(app: App, *, trusted_proxies: Sequence[str] = ()) -> list[web.RouteDef]:
    trusted = [ip_network(proxy) for proxy in trusted_proxies]

    async def receipt(request: web.Request) -> web.Response:
        """The receipt with this code; without one, a field to type it."""
        typed = request.match_info.get("code") or request.query.get("code", "")
        language = preferred(request)
        if not typed.strip():
            return _page(language, "", "ask", status=200)

        async def answer() -> web.Response:
            found = await app.read(check, typed)
            if found is None:
                return _page(language, typed, "wrong", status=404)
            return _page(language, found.code, _headline(found), status=200, found=found)

        return await _tried(request, typed, language, answer)

    async def paper(request: web.Request) -> web.Response:
        """The same as a PDF: it says what the page says, and no more of a person."""
        typed, language = request.match_info["code"], preferred(request)

        async def answer() -> web.Response:
            found = await app.read(masked_receipt, typed)
            if found is None:
                return _page(language, typed, "wrong", status=404)
            return as_pdf(await request.app[PRESS].pdf(found, language), found.file_name, language)

        return await _tried(request, typed, language, answer)

    async def _tried(
        request: web.Request, typed: str, language: str, answer: Callable[[], Awaitable[web.Response]]
    ) -> web.Response:
        """One try of this address's few; page and paper count alike."""
        address = limits.address_key(source_address(request, trusted))
        try:
            await limits.allow(app.memory, "receipt:check", address, CHECKS)
            return await answer()
        except limits.TooManyTries as refusal:
            headers = {"Retry-After": str(refusal.minutes * 60)}
            return _page(language, typed, "too_many", status=429, headers=headers, minutes=refusal.minutes)
        except (Unavailable, Overloaded, TimeoutError, sa.exc.SQLAlchemyError):
            return _page(language, typed, "busy", status=503, headers={"Retry-After": "60"})

    async def stylesheet(_request: web.Request) -> web.Response:
        text = _stylesheet()
        return web.Response(text=text, content_type="text/css", headers={**GUARDS, "Cache-Control": "max-age=3600"})

    return [
        web.get("/r", receipt),
        web.get("/r/-/receipt.css", stylesheet),
        web.get("/r/{code}.pdf", paper),
        web.get("/r/{code}", receipt),
    ]


def _headline(found: Genuine) -> str:
    """What matters first: genuine, unless the money has gone back since."""
    return "genuine" if found.status is Status.COMPLETED else found.status.value


def _page(
    language: str,
    typed: str,
    headline: str,
    *,
    status: int,
    headers: Mapping[str, str] | None = None,
    found: Genuine | None = None,
    minutes: int = 0,
) -> web.Response:
    words = {key: texts[language] for key, texts in _words().items()}
    text = _template().render(
        language=language,
        languages=[(code, _words()["language"][code]) for code in LANGUAGES],
        words=words,
        typed=typed[:LONGEST],
        headline=headline,
        said=words[headline].format(minutes=minutes),
        found=found,
        on=day_in(found.value_on, language) if found else "",
    )
    guards = {**GUARDS, "Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"}
    return web.Response(text=text, status=status, content_type="text/html", headers={**guards, **(headers or {})})


def as_pdf(content: bytes, name: str, language: str) -> web.Response:
    """A paper for a browser to show, under a name that it can be kept by."""
    headers = {
        **GUARDS,
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Content-Disposition": f'inline; filename="{name}"',
    }
    return web.Response(body=content, content_type="application/pdf", headers=headers)


# --- read once ----------------------------------------------------------------------------------------------------------


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((PAGES / "receipt.toml").read_text(encoding="utf-8"))


@cache
def _stylesheet() -> str:
    return (PAGES / "receipt.css").read_text(encoding="utf-8")


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages: Any = Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)
    pages.filters["money"] = money
    found: Template = pages.get_template("receipt.html")
    return found
