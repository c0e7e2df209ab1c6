"""The link at the foot of a mail: `GET /u/{token}` asks, `POST` does it, also by the one click of a mail client (RFC 8058).

A GET changes nothing: machines that look for malware open every link. The POST needs no cookie and no form of ours: the token
is all the right there is to it, and it only ends, or brings back, mails to the address that it was sent to.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import sqlalchemy as sa
from aiohttp import web

from core.errors import Overloaded, Unavailable
from usecases import limits
from usecases.app import App
from usecases.mail_stops import WRONG_STOPS, Ended, StopMail, about, stop_mail
from web.hooks import source_address
from web.languages import preferred
from web.receipts import GUARDS, PAGES

if TYPE_CHECKING:
    from jinja2 import Template

LONGEST_FORM = 1_024
ACTS = {"kind": (False, False), "all": (False, True), "back": (True, True)}
"""What a button says: wanted, everything."""


def routes(app: App, *, trusted_proxies: Sequence[str] = ()) -> list[web.RouteDef]:
    trusted = [ip_network(proxy) for proxy in trusted_proxies]

    async def answered(request: web.Request, wish: StopMail | None) -> web.Response:
        token, language = request.match_info["token"], preferred(request)
        try:
            found = await (app.read(about, token) if wish is None else app.write(stop_mail, wish))
            if found is None:
                address = limits.address_key(source_address(request, trusted))
                await limits.allow(app.memory, "mail_stop:wrong", address, WRONG_STOPS)
                return _page(language, "ended", status=404)
        except limits.TooManyTries as refusal:
            return _page(language, "ended", status=429, headers={"Retry-After": str(refusal.minutes * 60)})
        except (Unavailable, Overloaded, TimeoutError, sa.exc.SQLAlchemyError):
            return _page(language, "busy", status=503, headers={"Retry-After": "60"})
        return _page(language, _headline(found), found=found)

    async def ask(request: web.Request) -> web.Response:
        return await answered(request, None)

    async def act(request: web.Request) -> web.Response:
        """A button of our page, or the click in a mail client, which means mails of this kind."""
        body = await request.content.read(LONGEST_FORM)
        said = parse_qs(body.decode("utf-8", "replace")).get("do", ["kind"])[0]
        wanted, everything = ACTS.get(said, ACTS["kind"])
        return await answered(request, StopMail(request.match_info["token"], wanted=wanted, everything=everything))

    return [web.get("/u/{token}", ask), web.post("/u/{token}", act)]


def _headline(found: Ended) -> str:
    return "all_stopped" if found.all_stopped else "stopped" if found.is_stopped else "ask"


def _page(
    language: str,
    said: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    found: Ended | None = None,
) -> web.Response:
    words = {key: texts[language] for key, texts in _words().items()}
    name = found.name if found else ""
    text = _template().render(
        language=language,
        words=words,
        said=words[said].format(organisation=name),
        found=found,
        topic=words.get(f"topic_{found.topic.value}", "") if found else "",
    )
    guards = {**GUARDS, "Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language"}
    return web.Response(text=text, status=status, content_type="text/html", headers={**guards, **(headers or {})})


# --- read once ----------------------------------------------------------------------------------------------------------


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((PAGES / "mail_stop.toml").read_text(encoding="utf-8"))


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined).get_template(
        "mail_stop.html"
    )
