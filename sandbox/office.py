"""The school's office in a demo: those of its staff whom a visitor may be.

They are enrolled and sign in as everybody does. Only their authenticator is no phone: this page shows what it would show.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from html import escape

from aiohttp import web

from core.chats import LINK_BYTES
from core.ids import OrganisationId, StaffId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.sign_in import STEP_S, current_code, recovery_code, secret_of
from sandbox.lender import LenderPlan
from sandbox.school import SchoolPlan
from storage import chats, organisations, pins, tokens
from storage import staff as store
from storage.tx import Tx
from usecases import passphrases
from usecases.app import App
from usecases.chats import IssueLink, LinkChat, issue_link, link_chat
from usecases.sign_in import peppered
from usecases.staff import AddStaff, Enrol, Link, add_staff, enrol
from usecases.tokens import IssueToken, issue_token
from web.receipts import GUARDS

PATH = "/sandbox/office"
PIN = "24680"
"""Of everybody who decides: the demo shows it to every visitor."""
PASSPHRASE = "twelve brown goats"  # noqa: S105 - the demo shows it to every visitor
_DEMO = Actor(ActorKind.OPERATOR, "demo", "demo")


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who works at the example school, and what they do there."""

    user_name: str
    name: str
    role: Role
    msisdn: Msisdn
    does: str


COLLEAGUES = (
    Colleague(
        *("esther", "Esther Mutheu", Role.CASHIER, Msisdn("254700900001")),
        "looks students and payments up, and gives money that waits to its owner",
    ),
    Colleague(
        *("daniel", "Daniel Koech", Role.MANAGER, Msisdn("254700900002")),
        "does that too, and changes students, guardians, classes, terms and charges; sees who did what",
    ),
    Colleague(
        *("joseph", "Joseph Barasa", Role.MANAGER, Msisdn("254700900006")),
        "is the second manager: what one asks for, the other may approve",
    ),
    Colleague(
        *("grace", "Grace Wanjala", Role.TREASURER, Msisdn("254700900004")),
        "keeps the funds, and lets approved payments go",
    ),
    Colleague(
        *("faith", "Faith Chebet", Role.CFO, Msisdn("254700900005")),
        "is the head of finance: approves refunds, petty cash and variances",
    ),
)


LENDERS = (
    Colleague(
        *("peter", "Peter Kamau", Role.LOAN_OFFICER, Msisdn("254700900021")),
        "lends at Umoja Credit: sees the borrowers who are his, and what each still owes",
    ),
    Colleague(
        *("mary", "Mary Atieno", Role.MANAGER, Msisdn("254700900023")),
        "decides there who is lent, and sends again what did not arrive",
    ),
)


def _hashed(app: App, spiced: bytes) -> str:
    return passphrases.HASHER.hash(b64encode(spiced), salt=app.random.token(16))


async def staff_the_office(
    app: App, plan: SchoolPlan | LenderPlan, colleagues: Sequence[Colleague] = COLLEAGUES
) -> None:
    """Enrol them, unless a visitor's database has them."""
    organisation = await app.read(organisations.by_slug, plan.slug)
    assert organisation is not None
    for one in colleagues:
        if await app.read(store.user_name_owner, one.user_name) is not None:
            continue
        link = Link(app.random.token(32).hex(), secret_of(app.random.token(20)))
        wish = AddStaff(organisation.id, one.name, one.role, one.msisdn, one.user_name, link, _DEMO)
        staff = await app.write(add_staff, wish)
        hash_ = _hashed(app, await app.read(peppered, staff, PASSPHRASE))
        # The last code but one is taken, too: the present one is left for the visitor, who may be quick.
        code = current_code(link.secret, now=app.clock.now() - timedelta(seconds=STEP_S))
        codes = [recovery_code(app.random.token(10)) for _ in range(10)]
        await app.write(enrol, Enrol(link.token, hash_, code, codes, "127.0.0.1"))
        await app.write(_has_pin, (staff, _hashed(app, await app.read(pins.peppered, staff, PIN))))
    await _link_chats(app, organisation.id)
    await _give_tokens(app, organisation.id)


def _has_pin(tx: Tx, chosen: tuple[StaffId, str]) -> None:
    """As if they had chosen it on their phone."""
    staff, hash_ = chosen
    pins.open_setting(tx, staff, tx.now)
    pins.put(tx, staff, hash_)


async def _give_tokens(app: App, organisation: OrganisationId) -> None:
    """Everybody has a token for programs that act for them; `/sandbox/world` shows it."""
    for member in await app.read(organisations.staff_of, organisation):
        if not await app.read(tokens.of_staff, member.id):
            token = await app.read(api_token, member.id)
            scopes = frozenset({"read", "write"})
            await app.write(issue_token, IssueToken(member.id, token, "demo", scopes, _DEMO))


def api_token(tx: Tx, member: StaffId) -> str:
    """The token of a demo's staff: the same at each start, and nobody guesses it without the demo's key."""
    return f"demo_{tx.vault.index('demo api token', member.hex).hex()}"


async def _link_chats(app: App, organisation: OrganisationId) -> None:
    """Everybody's chat is linked, as they would do it: by a link of their own."""
    if await app.read(chats.bot_of, organisation) is None:
        return
    for member in await app.read(organisations.staff_of, organisation):
        if await app.read(chats.linked_since, member.id) is None and not member.is_disabled:
            token = app.random.token(LINK_BYTES).hex()
            await app.write(issue_link, IssueLink(member.id, token, _DEMO))
            await app.write(link_chat, LinkChat(organisation, token, telegram_id(member.msisdn)))


def telegram_id(phone: Msisdn) -> int:
    """The chat account of a demo's staff: the last nine digits of their phone."""
    return int(phone.digits[-9:])


def invitation(public_url: str) -> str:
    """What `karani demo` says of the office when it starts."""
    names = ", ".join(f"{one.user_name} ({one.role.value})" for one in (*COLLEAGUES, *LENDERS))
    return f"The office is on {public_url}/staff: be {names}; {public_url}{PATH} shows how to sign in"


def routes(app: App) -> list[web.RouteDef]:
    async def office(_request: web.Request) -> web.Response:
        now = app.clock.now()
        shown = [(one, current_code(secret, now=now)) for one, secret in await app.read(_secrets)]
        left = STEP_S - int(now.timestamp()) % STEP_S
        headers = {**GUARDS, "Cache-Control": "no-store"}
        return web.Response(text=_page(shown, left), content_type="text/html", headers=headers)

    return [web.get(PATH, office)]


def _secrets(tx: Tx) -> list[tuple[Colleague, str]]:
    """What the authenticators of those who can sign in hold."""
    found = []
    for one in (*COLLEAGUES, *LENDERS):
        staff = store.user_name_owner(tx, one.user_name)
        credentials = store.credentials_of(tx, staff) if staff else None
        if credentials is not None:
            found.append((one, credentials.totp_secret))
    return found


def _page(shown: Sequence[tuple[Colleague, str]], left: int) -> str:
    people = "".join(
        f"<h2>{escape(one.name)}, {one.role.value}</h2><p>{escape(one.does)}</p>"
        f"<dl><dt>User name</dt><dd class=code>{one.user_name}</dd><dt>Passphrase</dt><dd class=code>{PASSPHRASE}</dd>"
        f"<dt>Code</dt><dd class=code>{code}</dd>"
        f"<dt>PIN on the phone {one.msisdn.e164}</dt><dd class=code>{PIN}</dd></dl>"
        for one, code in shown
    )
    return (
        "<!doctype html><html lang=en><head><meta charset=utf-8><title>The office · Karani's demo</title>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        '<meta name=color-scheme content="light dark"><link rel=stylesheet href="/r/-/receipt.css"></head>'
        "<body><main><h1 class=ask>Be somebody in the office</h1>"
        '<p><a href="/staff/sign-in">Sign in to the office</a> <a href="/sandbox">Back to the phones</a></p>'
        f"{people}<p>A code holds for {left} seconds more and opens the door once. "
        f'<a href="{PATH}">Show the next</a></p></main></body></html>'
    )
