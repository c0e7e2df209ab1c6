"""Who may sign in to the staff pages: added, listed, given another role, disabled, reset (OPS-4)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import AsyncGenerator
from datetime import datetime

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.chats import LINK_BYTES
from core.errors import NotFound
from core.ids import OrganisationId
from core.mail import MailAddress
from core.organisations import COUNTRIES
from core.permissions import Action, Role
from core.phones import Msisdn
from core.pins import activation_code
from core.ports import Random
from core.sign_in import LINK_FOR, SECRET_BYTES, secret_of
from storage import chats, organisations
from storage import staff as store
from storage.organisations import Organisation, StaffMember
from storage.tx import Tx
from usecases.app import App
from usecases.chats import IssueLink, Unlink, issue_link, unlink
from usecases.pins import GiveActivation, give_activation
from usecases.staff import (
    AddStaff,
    ChangeRole,
    Disable,
    Link,
    Reset,
    SetMail,
    add_staff,
    change_role,
    disable,
    reset,
    set_mail,
)
from usecases.tokens import IssueToken, RevokeTokens, issue_token, revoke_tokens

ENROL_BYTES = 32


class UserLine(msgspec.Struct, frozen=True):
    """A member of staff. `signs_in`: yes, invited, no, or disabled; `chat`: linked or empty."""

    organisation: str
    name: str
    user_name: str
    role: str
    phone: str
    signs_in: str
    mail: str = ""
    chat: str = ""


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None


async def list_users(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[UserLine, None]:
    """By organisation and name; phones are masked."""
    operator.require(Action.MANAGE_STAFF)
    organisation = await operator.scope(opened.app, args.organisation)
    for line in await opened.app.read(_users, organisation.id if organisation else None):
        yield line


def _users(tx: Tx, organisation: OrganisationId | None) -> list[UserLine]:
    return [
        UserLine(
            *(each.slug, member.name, member.user_name or "", member.role.value, member.msisdn.masked),
            *(_state(tx, member), member.mail.masked if member.mail else ""),
            "linked" if chats.linked_since(tx, member.id) else "",
        )
        for each in organisations.all_organisations(tx)
        if organisation in (None, each.id)
        for member in organisations.staff_of(tx, each.id)
    ]


def _state(tx: Tx, member: StaffMember) -> str:
    if member.is_disabled:
        return "disabled"
    is_enrolled = store.enrolled(tx, member.organisation).get(member.id)
    return {True: "yes", False: "invited", None: "no"}[is_enrolled]


class AddArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str
    user: str
    name: str
    role: Role
    phone: str


class LinkLine(msgspec.Struct, frozen=True):
    """The address by which one person enrols, once."""

    user: str
    link: str
    until: datetime


async def add_user(opened: Opened, args: AddArgs, operator: Operator) -> AsyncGenerator[LinkLine, None]:
    """Somebody new; or somebody without a sign-in, whom a set-up file left so. A phone of anybody else's is refused."""
    operator.require(Action.MANAGE_STAFF)
    app = opened.app
    organisation = await operator.scope(app, args.organisation)
    assert organisation is not None
    phone = Msisdn.parse(args.phone, country_code=COUNTRIES[organisation.country].calling_code)
    link = new_link(app.random)
    wish = AddStaff(organisation.id, args.name, args.role, phone, args.user, link, operator.actor)
    await app.write(add_staff, wish)
    yield _line(opened, args.user, link)


class ChatLinkLine(LinkLine, frozen=True):
    """The address by which one person's chat is linked."""


class RoleArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user: str
    role: Role
    organisation: str | None = None


async def give_role(opened: Opened, args: RoleArgs, operator: Operator) -> AsyncGenerator[UserLine, None]:
    """From their next page on they may do what the new role may."""
    organisation, member = await _user(opened.app, args.user, args.organisation, operator)
    await opened.app.write(change_role, ChangeRole(member.id, args.role, operator.actor))
    yield await opened.app.read(_now, organisation, member)


class OneArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    user: str
    organisation: str | None = None


class MailArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`address`: where they get mail; empty for nowhere."""

    user: str
    address: str = ""
    organisation: str | None = None


async def give_mail(opened: Opened, args: MailArgs, operator: Operator) -> AsyncGenerator[UserLine, None]:
    """What goes to their phone may go to this address where the phone is not reached, or where they want it so."""
    organisation, member = await _user(opened.app, args.user, args.organisation, operator)
    address = MailAddress.parse(args.address) if args.address else None
    await opened.app.write(set_mail, SetMail(member.id, address, operator.actor))
    yield await opened.app.read(_now, organisation, member)


class TokenArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token for a program that acts for `user`. `revoke`: all of theirs are worth nothing from now on."""

    user: str
    name: str = "command line"
    write: bool = False
    revoke: bool = False
    organisation: str | None = None


class TokenLine(msgspec.Struct, frozen=True):
    """Shown once: what is kept of it does not tell it."""

    user: str
    token: str
    scopes: tuple[str, ...]
    revoked: int


async def give_token(opened: Opened, args: TokenArgs, operator: Operator) -> AsyncGenerator[TokenLine, None]:
    """Let a program act for somebody, or end that."""
    _, member = await _user(opened.app, args.user, args.organisation, operator)
    if args.revoke:
        count = await opened.app.write(revoke_tokens, RevokeTokens(member.id, operator.actor))
        yield TokenLine(args.user, "", (), count)
        return
    scopes = frozenset({"read", "write"} if args.write else {"read"})
    token = f"karani_{opened.app.random.token(24).hex()}"
    await opened.app.write(issue_token, IssueToken(member.id, token, args.name, scopes, operator.actor))
    yield TokenLine(args.user, token, tuple(sorted(scopes)), 0)


async def disable_user(opened: Opened, args: OneArgs, operator: Operator) -> AsyncGenerator[UserLine, None]:
    """Signed out everywhere at once; what they did stays in the trail."""
    organisation, member = await _user(opened.app, args.user, args.organisation, operator)
    await opened.app.write(disable, Disable(member.id, operator.actor))
    yield await opened.app.read(_now, organisation, member)


async def reset_user(opened: Opened, args: OneArgs, operator: Operator) -> AsyncGenerator[LinkLine, None]:
    """Lost passphrase or phone: what they signed in with is void, and a new link enrols them."""
    _, member = await _user(opened.app, args.user, args.organisation, operator)
    link = new_link(opened.app.random)
    await opened.app.write(reset, Reset(member.id, link, operator.actor))
    yield _line(opened, args.user, link)


class PinCodeLine(msgspec.Struct, frozen=True):
    """The code by which one person chooses a PIN, once."""

    user: str
    code: str
    until: datetime


async def pin_code(opened: Opened, args: OneArgs, operator: Operator) -> AsyncGenerator[PinCodeLine, None]:
    """For whoever has no authenticator: they type it on their phone, and choose the PIN with which they decide by USSD."""
    _, member = await _user(opened.app, args.user, args.organisation, operator)
    code = new_pin_code(opened.app.random)
    until = await opened.app.write(give_activation, GiveActivation(member.id, code, operator.actor))
    yield PinCodeLine(args.user, code, until)


def new_pin_code(random: Random) -> str:
    """Unguessable, for a few tries."""
    return activation_code(int.from_bytes(random.token(16)))


def new_link(random: Random) -> Link:
    """Unguessable parts of an enrolment."""
    return Link(
        urlsafe_b64encode(random.token(ENROL_BYTES)).decode().rstrip("="), secret_of(random.token(SECRET_BYTES))
    )


def _line(opened: Opened, user: str, link: Link) -> LinkLine:
    return LinkLine(user, f"{opened.config.public_url}/staff/enrol/{link.token}", opened.app.clock.now() + LINK_FOR)


async def link_user(opened: Opened, args: OneArgs, operator: Operator) -> AsyncGenerator[ChatLinkLine, None]:
    """A deep link into the organisation's chat: whoever opens it first is this person there."""
    _, member = await _user(opened.app, args.user, args.organisation, operator)
    token = chat_token(opened.app.random)
    issued = await opened.app.write(issue_link, IssueLink(member.id, token, operator.actor))
    yield ChatLinkLine(args.user, issued.address(token), issued.until)


async def unlink_user(opened: Opened, args: OneArgs, operator: Operator) -> AsyncGenerator[UserLine, None]:
    """The chat knows them no more, until they are given a new link."""
    organisation, member = await _user(opened.app, args.user, args.organisation, operator)
    await opened.app.write(unlink, Unlink(member.id, operator.actor))
    yield await opened.app.read(_now, organisation, member)


def chat_token(random: Random) -> str:
    """The unguessable part of a deep link."""
    return urlsafe_b64encode(random.token(LINK_BYTES)).decode().rstrip("=")


async def _user(app: App, name: str, slug: str | None, operator: Operator) -> tuple[Organisation, StaffMember]:
    """The one member of staff with this user name or name, within the operator's sight. Raises `NotFound`."""
    operator.require(Action.MANAGE_STAFF)
    organisation = await operator.scope(app, slug)
    found = await app.read(_called, name, organisation.id if organisation else None)
    if len(found) != 1:
        raise NotFound("staff", name)
    return found[0]


def _called(tx: Tx, name: str, organisation: OrganisationId | None) -> list[tuple[Organisation, StaffMember]]:
    return [
        (each, member)
        for each in organisations.all_organisations(tx)
        if organisation in (None, each.id)
        for member in organisations.staff_of(tx, each.id)
        if name in (member.user_name, member.name)
    ]


def _now(tx: Tx, organisation: Organisation, member: StaffMember) -> UserLine:
    return next(
        line
        for line, each in zip(_users(tx, organisation.id), organisations.staff_of(tx, organisation.id), strict=True)
        if each.id == member.id
    )


LIST = Command(ListArgs, UserLine, list_users)
ADD = Command(AddArgs, LinkLine, add_user, writes=True)
ROLES = Command(RoleArgs, UserLine, give_role, writes=True)
MAIL = Command(MailArgs, UserLine, give_mail, writes=True)
DISABLE = Command(OneArgs, UserLine, disable_user, writes=True)
RESET = Command(OneArgs, LinkLine, reset_user, writes=True)
LINK = Command(OneArgs, ChatLinkLine, link_user, writes=True)
UNLINK = Command(OneArgs, UserLine, unlink_user, writes=True)
PIN = Command(OneArgs, PinCodeLine, pin_code, writes=True)
TOKEN = Command(TokenArgs, TokenLine, give_token, writes=True)
