"""Signing in and out, enrolling by a link, and the sessions of the person who is signed in (ORG-5, SEC-4)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import segno
from aiohttp import web

from core import sign_in as rules
from core.callers import LANGUAGES
from core.ids import StaffId
from core.limits import Rule, TooManyTries
from core.permissions import Action
from core.sign_in import LinkUsed
from storage import enquiries, suspense
from storage import staff as store
from storage.organisations import StaffMember
from storage.staff import Session
from storage.tx import Tx
from usecases import limits
from usecases import sign_in as entry
from usecases.sign_in import EndSessions, Refused, SignIn, end_sessions
from usecases.staff import Enrol, Enrolment, SpeakTo, choose_language, enrol, enrolment
from usecases.takings import recent
from web.staff.bars import charts
from web.staff.desk import HOME, SIGN_IN, Desk, Go, Page, Reply, Visit, fingerprint, next_page
from web.staff.words import refusal

FROM_ADDRESS = Rule(30, 600)
"""Tries from one address, whomever they name: a school's staff may share one."""
FOR_ONE_FROM_ADDRESS = Rule(8, 3_600)
FOR_ONE = Rule(40, 3_600)
"""Tries at one name from everywhere: no single address can use them up and lock its owner out."""
CODES = Rule(10, 86_400)
"""One-time codes after the right passphrase: who gets so many wrong knows a passphrase that is not theirs."""


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    return [
        desk.get(HOME, doors.home),
        desk.get(SIGN_IN, doors.sign_in_form, is_open=True),
        desk.post(SIGN_IN, doors.sign_in, is_open=True),
        desk.post("/staff/sign-out", doors.sign_out, is_open=True),
        desk.get("/staff/enrol/{token}", doors.enrol_form, is_open=True),
        desk.post("/staff/enrol/{token}", doors.enrol, is_open=True),
        desk.get("/staff/sessions", doors.sessions),
        desk.post("/staff/sessions", doors.end_sessions),
        desk.post("/staff/language", doors.choose_language),
    ]


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._app = desk, desk.app

    async def home(self, visit: Visit) -> Reply:
        left = await self._app.read(store.recovery_codes_left, visit.me.member.id)
        waiting = await self._app.read(suspense.count, visit.school.id) if visit.may(Action.SEE_SUSPENSE) else None
        came = await self._app.read(recent, visit.school) if visit.may(Action.SEE_PAYMENTS) else {}
        looking = (
            await self._app.read(enquiries.count_open, visit.school.id) if visit.may(Action.SEE_SUSPENSE) else None
        )
        return Page("home.html", {"codes_left": left, "waiting": waiting, "looking": looking, "takings": charts(came)})

    # --- in and out ---

    async def sign_in_form(self, visit: Visit) -> Reply:
        wanted = next_page(visit.request.query.get("next", HOME))
        return Go(wanted) if visit.session else _sign_in_page(wanted)

    async def sign_in(self, visit: Visit) -> Reply:
        """Whatever is wrong, the answer is the same, and costs the same: one hash, one commit."""
        typed, wanted = visit.text("user")[:60], next_page(visit.text("next"))
        try:
            await self._count(visit.from_, typed)
            outcome = await self._tried(visit, typed)
        except TooManyTries as error:
            return _sign_in_page(wanted, typed, said=refusal(error, visit.language), status=429)
        if outcome is None:
            return _sign_in_page(wanted, typed, why="wrong", status=403)
        return Go(wanted, token=outcome)

    async def _count(self, address: str, typed: str) -> None:
        whom, memory = fingerprint(rules.whom(typed)), self._app.memory
        await limits.allow(memory, "staff:address", address, FROM_ADDRESS)
        await limits.allow(memory, "staff:from", f"{whom}:{address}", FOR_ONE_FROM_ADDRESS)
        await limits.allow(memory, "staff:for", whom, FOR_ONE)

    async def _tried(self, visit: Visit, typed: str) -> str | None:
        """The new session's token; None when something was wrong."""
        app = self._app
        found = await app.read(entry.known, typed, visit.fields.get("passphrase", ""))
        fits = await self._desk.passphrases.matches(found.passphrase_hash, found.peppered)
        code = visit.text("code")
        if fits and not await self._may_try_codes(found.staff):
            code = ""  # refused like a wrong one: only the trail tells that the passphrase was right
        token = self._desk.token()
        wish = SignIn(
            typed=typed,
            staff=found.staff,
            matched=found.passphrase_hash if fits else None,
            code=code,
            token=token,
            address=visit.address,
            agent=visit.agent,
        )
        outcome = await app.write(entry.sign_in, wish)
        if isinstance(outcome, Refused):
            return None
        whom = fingerprint(rules.whom(typed))
        await limits.forgive(app.memory, "staff:from", f"{whom}:{visit.from_}")
        await limits.forgive(app.memory, "staff:codes", outcome.staff.hex)
        return token

    async def _may_try_codes(self, staff: StaffId | None) -> bool:
        assert staff is not None
        try:
            await limits.allow(self._app.memory, "staff:codes", staff.hex, CODES)
        except TooManyTries:
            return False
        return True

    async def sign_out(self, visit: Visit) -> Reply:
        if visit.session is not None:
            await self._end(visit, visit.session.id)
        return Go(SIGN_IN, "signed_out", token=self._desk.token())

    # --- enrolling ---

    async def enrol_form(self, visit: Visit) -> Reply:
        found = await self._by_link(visit)
        if "lang" not in visit.request.query:
            visit.language = found.language
        return _enrol_page(found)

    async def enrol(self, visit: Visit) -> Reply:
        """What was typed wrong is said above the field; a passphrase is never sent back."""
        found = await self._by_link(visit)
        chosen, again = visit.fields.get("passphrase", ""), visit.fields.get("again", "")
        if chosen != again:
            return _enrol_page(found, wrong={"again": "differs"})
        try:
            passphrase = rules.passphrase(chosen, found.name, found.user_name, *found.name.split())
        except rules.WeakPassphrase as error:
            return _enrol_page(found, said={"passphrase": refusal(error, visit.language)})
        codes = [rules.recovery_code(self._app.random.token(rules.RECOVERY_BYTES)) for _ in range(rules.RECOVERY_CODES)]
        peppered = await self._app.read(entry.peppered, found.staff, passphrase)
        hash_ = await self._desk.passphrases.hashed(peppered)
        token = visit.request.match_info["token"]
        try:
            await self._app.write(enrol, Enrol(token, hash_, visit.text("code"), codes, visit.address))
        except rules.WrongCode as error:
            return _enrol_page(found, said={"code": refusal(error, visit.language)})
        return Page("enrolled.html", {"codes": codes, "user_name": found.user_name})

    async def _by_link(self, visit: Visit) -> Enrolment:
        await limits.allow(self._app.memory, "staff:address", visit.from_, FROM_ADDRESS)
        found = await self._app.read(enrolment, visit.request.match_info["token"][:100])
        if found is None:
            raise LinkUsed
        return found

    # --- one's own sessions ---

    async def sessions(self, visit: Visit) -> Reply:
        found = await self._app.read(_sessions, visit.me.member)
        now = self._app.clock.now()
        live = [one for one in found if rules.is_live(created_at=one.created_at, seen_at=one.seen_at, now=now)]
        return Page("sessions.html", {"sessions": live, "mine": visit.me.id})

    async def end_sessions(self, visit: Visit) -> Reply:
        """One, or all; whoever ends the one that they use is signed out."""
        only: UUID | None
        try:
            only = UUID(visit.text("session")) if visit.text("session") else None
        except ValueError:
            return Go("/staff/sessions")
        await self._end(visit, only)
        if only in (None, visit.me.id):
            return Go(SIGN_IN, "signed_out", token=self._desk.token())
        return Go("/staff/sessions", "ended")

    async def _end(self, visit: Visit, only: UUID | None) -> None:
        member = visit.me.member
        await self._app.write(end_sessions, EndSessions(member.id, member.organisation, only, visit.actor))

    async def choose_language(self, visit: Visit) -> Reply:
        if visit.text("lang") in LANGUAGES:
            await self._app.write(choose_language, SpeakTo(visit.me.member.id, visit.text("lang")))
        return Go(next_page(visit.text("next")))


def _sign_in_page(wanted: str, typed: str = "", *, why: str = "", said: str = "", status: int = 200) -> Page:
    return Page("sign_in.html", {"next": wanted, "typed": typed, "why": why, "said": said}, status)


def _enrol_page(found: Enrolment, *, wrong: dict[str, str] | None = None, said: dict[str, str] | None = None) -> Page:
    uri = rules.authenticator_uri(found.secret, name=found.user_name, issuer=found.organisation)
    picture = segno.make(uri, error="m", micro=False).svg_inline(scale=4, border=4, light="#fff", omitsize=True)
    facts = {
        "found": found,
        "picture": picture,
        "groups": " ".join(found.secret[at : at + 4] for at in range(0, len(found.secret), 4)),
        "least": rules.SHORTEST_PASSPHRASE,
        "wrong": wrong or {},
        "said": said or {},
    }
    return Page("enrol.html", facts, 422 if wrong or said else 200)


def _sessions(tx: Tx, member: StaffMember) -> Sequence[Session]:
    return store.sessions_of(tx, [member])
