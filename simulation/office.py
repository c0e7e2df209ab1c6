"""Who works in a school's office: clerks and managers with phones, chats and authenticators; one of them with a second account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from core.chats import LINK_BYTES
from core.ids import OrganisationId, StaffId
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.ports import Random
from core.sign_in import STEP_S, current_code, secret_of
from sandbox.demo import Plan, bot_name
from sandbox.office import telegram_id
from sandbox.school import SchoolPlan
from storage import organisations
from storage.organisations import TierSetting
from storage.tables import organisations as organisations_table
from usecases.app import App
from usecases.chats import IssueLink, LinkChat, Unlink, issue_link, link_chat, unlink
from usecases.staff import AddStaff, Enrol, Link, add_staff, enrol

FOUNDER = Actor(ActorKind.OPERATOR, "founder", "simulation")
WITH_AUTHENTICATOR = frozenset({Role.MANAGER, Role.TREASURER})
"""The others have their codes texted."""
CHECKERS = frozenset({Role.MANAGER, Role.TREASURER, Role.CFO})
DECIDERS = CHECKERS | {Role.LOAN_OFFICER}
"""The same with those who decide on loans; no school has any."""
TWICE = Role.TREASURER
"""Whoever has this role has another account as well, as a manager, that was once linked to the same chat."""
ONE_IS_ENOUGH = 400_000
"""Up to this sum (minor units); above it two people must say yes."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """An account of somebody who works here. Two accounts with one `human` are one person, whatever the program thinks."""

    staff: StaffId
    name: str
    role: Role
    msisdn: Msisdn
    human: str
    chat: int = 0
    """Their chat account; 0 for none."""
    secret: str = ""
    """Of their authenticator; empty for none."""

    @property
    def actor(self) -> Actor:
        """As a program with their token acts for them."""
        return Actor(ActorKind.STAFF, self.staff.hex, "api", self.role)

    def shows(self, now: datetime) -> str:
        """What their authenticator shows."""
        return current_code(self.secret, now=now)


@dataclass(frozen=True, slots=True)
class Office:
    """The people of one office, of a school or a lender."""

    organisation: OrganisationId
    plan: Plan
    clerks: Sequence[Clerk]
    code_above: int = 0
    """Above this sum (minor units) whoever carries something out shows a code."""

    @property
    def bot(self) -> str:
        return bot_name(self.plan)

    def of_role(self, role: Role) -> Clerk:
        """The first who has it. Raises StopIteration where nobody has."""
        return next(clerk for clerk in self.clerks if clerk.role is role)

    def clerk(self, staff: StaffId) -> Clerk:
        return next(clerk for clerk in self.clerks if clerk.staff == staff)


def two_say_yes(connection: sa.Connection, plan: SchoolPlan) -> None:
    """This school's policy: above `ONE_IS_ENOUGH` two people."""
    mine = organisations_table.c.slug == plan.slug
    query = sa.select(organisations_table.c.settings).where(mine)
    settings = msgspec.json.decode(connection.execute(query).scalar_one(), type=organisations.Settings)
    roles = tuple(sorted(CHECKERS, key=lambda role: role.value))
    tiers = (TierSetting(1, roles, ONE_IS_ENOUGH), TierSetting(2, roles))
    changed = msgspec.json.encode(msgspec.structs.replace(settings, tiers=tiers)).decode()
    connection.execute(sa.update(organisations_table).where(mine).values(settings=changed))


async def staffed(app: App, plan: Plan, random: Random, *, code_above: int = 0) -> Office:
    """Enrol and link everybody whom the school's set-up named, as they would do it."""
    organisation = await app.read(organisations.by_slug, plan.slug)
    assert organisation is not None
    clerks: list[Clerk] = []
    for member in await app.read(organisations.staff_of, organisation.id):
        if member.role is TWICE and plan.has_chat:
            clerks.append(await _second_account(app, organisation.id, member.name, member.msisdn, random))
        clerk = Clerk(member.id, member.name, member.role, member.msisdn, human=member.msisdn.digits)
        if member.role in WITH_AUTHENTICATOR:
            clerk = await _enrolled(app, organisation.id, clerk, plan, random)
        clerks.append(await _linked(app, organisation.id, clerk, random) if plan.has_chat else clerk)
    return Office(organisation.id, plan, tuple(clerks), code_above)


async def _enrolled(app: App, organisation: OrganisationId, clerk: Clerk, plan: Plan, random: Random) -> Clerk:
    """With an authenticator. Nobody signs in with a passphrase here: none is hashed."""
    link = Link(random.token(32).hex(), secret_of(random.token(20)))
    user_name = f"{clerk.name.split()[0].lower()}.{plan.slug}"
    wish = AddStaff(organisation, clerk.name, clerk.role, clerk.msisdn, user_name, link, FOUNDER)
    await app.write(add_staff, wish)
    code = current_code(link.secret, now=app.clock.now() - timedelta(seconds=STEP_S))
    await app.write(enrol, Enrol(link.token, "no passphrase", code, (), "127.0.0.1"))
    return replace(clerk, secret=link.secret)


async def _linked(app: App, organisation: OrganisationId, clerk: Clerk, random: Random) -> Clerk:
    token, chat = random.token(LINK_BYTES).hex(), telegram_id(clerk.msisdn)
    await app.write(issue_link, IssueLink(clerk.staff, token, FOUNDER))
    await app.write(link_chat, LinkChat(organisation, token, chat))
    return replace(clerk, chat=chat)


async def _second_account(app: App, organisation: OrganisationId, name: str, own: Msisdn, random: Random) -> Clerk:
    """The same hands with another phone, as a manager. The chat account that they tried it with is the same."""
    other = Msisdn(f"{own.digits[:-2]}9{own.digits[-1]}")
    link = Link(random.token(32).hex(), secret_of(random.token(20)))
    user_name = f"acting.{organisation.hex[-8:]}"
    staff = await app.write(
        add_staff, AddStaff(organisation, f"{name} (acting)", Role.MANAGER, other, user_name, link, FOUNDER)
    )
    code = current_code(link.secret, now=app.clock.now() - timedelta(seconds=STEP_S))
    await app.write(enrol, Enrol(link.token, "no passphrase", code, (), "127.0.0.1"))
    token = random.token(LINK_BYTES).hex()
    await app.write(issue_link, IssueLink(staff, token, FOUNDER))
    await app.write(link_chat, LinkChat(organisation, token, telegram_id(own)))
    await app.write(unlink, Unlink(staff, FOUNDER))
    return Clerk(staff, f"{name} (acting)", Role.MANAGER, other, human=own.digits, secret=link.secret)
