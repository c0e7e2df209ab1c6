"""Papers by link: `GET /d/{token}` opens one whole paper of the family that was sent the link (`core.document_links`).

The token is all the right there is to it: nobody can make one up, it ends by itself, and it is never logged.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING

import sqlalchemy as sa
from aiohttp import web

from core.errors import Overloaded, Unavailable
from usecases import limits
from usecases.app import App
from usecases.documents import OPENS, WRONG_LINKS, opened, paper_of
from web.hooks import source_address
from web.languages import preferred
from web.receipts import GUARDS, PAGES, PRESS, as_pdf

if TYPE_CHECKING:
    from jinja2 import Template


def routes(app: App, *, trusted_proxies: Sequence[str] = ()) -> list[web.RouteDef]:
    trusted = [ip_network(proxy) for proxy in trusted_proxies]

    async def document(request: web.Request) -> web.Response:
        """The paper as it is now, in the language of the message that brought the link."""
        token, language = request.match_info["token"], preferred(request)
        try:
            link = await app.read(opened, token)
            if link is None:
                address = limits.address_key(source_address(request, trusted))
                await limits.allow(app.memory, "document:wrong", address, WRONG_LINKS)
                return _page(language, "ended", status=404)
            await limits.allow(app.memory, "document:open", _short(token), OPENS)
            paper = await app.read(paper_of, link)
            if paper is None:
                return _page(language, "ended", status=404)
            return as_pdf(await request.app[PRESS].pdf(paper, link.language), paper.file_name, link.language)
        except limits.TooManyTries as refusal:
            wait = {"Retry-After": str(refusal.minutes * 60)}
            return _page(language, "too_many", status=429, headers=wait, minutes=refusal.minutes)
        except (Unavailable, Overloaded, TimeoutError, sa.exc.SQLAlchemyError):
            return _page(language, "busy", status=503, headers={"Retry-After": "60"})

    return [web.get("/d/{token}", document)]


def _short(token: str) -> str:
    """A link's name in the shared memory, which must not hold the link itself."""
    return hashlib.blake2b(token.encode(), digest_size=16).hexdigest()


def _page(
    language: str, said: str, *, status: int, headers: Mapping[str, str] | None = None, minutes: int = 0
) -> web.Response:
    words = {key: texts[language].format(minutes=minutes) for key, texts in _words().items()}
    text = _template().render(language=language, title=words["title"], said=words[said], advice=words["advice"])
    guards = {**GUARDS, "Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"}
    return web.Response(text=text, status=status, content_type="text/html", headers={**guards, **(headers or {})})


# --- read once ----------------------------------------------------------------------------------------------------------


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((PAGES / "document.toml").read_text(encoding="utf-8"))


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined).get_template(
        "document.html"
    )
