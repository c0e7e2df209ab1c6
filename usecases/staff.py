"""Who works for an organisation: added, given a role, enrolled by a one-time link, reset, disabled (ORG-5, OPS-4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import sign_in as rules
from core.callers import LANGUAGES
from core.errors import NotFound
from core.ids import OrganisationId, StaffId
from core.mail import MailAddress
from core.messages import AccessChanged, AccessEvent
from core.permissions import Action, Actor, ActorKind, Role
from core.phones import Msisdn
from core.sign_in import LinkUsed, NotOneself, StaffPhoneTaken, UserNameTaken, WrongCode
from storage import audit, chats, organisations, outbox, tokens
from storage import staff as store
from storage.audit import Change
from storage.organisations import StaffMember
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases.noting import note_of
from usecases.rights import require_for


@dataclass(frozen=True, slots=True)
class Link:
    """What makes an enrolment link, drawn at the edge: the token in its address, and the authenticator's secret."""

    token: str
    secret: str


@dataclass(frozen=True, slots=True)
class AddStaff:
    organisation: OrganisationId
    name: str
    role: Role
    msisdn: Msisdn
    user_name: str
    link: Link
    actor: Actor


def add_staff(tx: Tx, wish: AddStaff) -> StaffId:
    """Somebody new, who enrols by the link. Who works here with this phone and never had a sign-in, as a set-up file leaves
    people, gets one as who they are; nobody else is touched. Raises `StaffPhoneTaken`, `UserNameTaken`.

    The number of somebody who left is free: whoever has it now is another person, with nothing of what that one had."""
    require_for(tx, wish.actor, Action.MANAGE_STAFF, wish.organisation, what="organisation", name="")
    user_name = rules.user_name(wish.user_name)
    member = StaffMember(StaffId(tx.new_id()), wish.organisation, wish.name.strip(), wish.role, wish.msisdn)
    known = _at_work(tx, member)
    if known is not None:
        _not_oneself(wish.actor, known.id)
        if (known.name, known.role) != (member.name, member.role) or store.credentials_of(tx, known.id) is not None:
            raise StaffPhoneTaken(known.name)
        member = known
    if store.user_name_owner(tx, user_name) is not None:
        raise UserNameTaken(user_name)
    if known is None:
        organisations.add_staff(tx, member)
    store.change(tx, member.id, user_name=user_name)
    store.put_link(tx, member.id, wish.link.token, wish.link.secret, tx.now + rules.LINK_FOR)
    _tell(tx, wish.actor, wish.organisation, member.id, "staff_added", to=wish.role.value)
    return member.id


def _at_work(tx: Tx, member: StaffMember) -> StaffMember | None:
    """Who works there with the phone of `member`."""
    owner = store.phone_owner(tx, member.organisation, member.msisdn)
    return organisations.staff_by_id(tx, owner, lock=True) if owner is not None else None


@dataclass(frozen=True, slots=True)
class ChangeRole:
    staff: StaffId
    role: Role
    actor: Actor


def change_role(tx: Tx, wish: ChangeRole) -> None:
    """From the next page that they open, they may do what the new role may. Never one's own."""
    member = another(tx, wish.actor, wish.staff)
    if member.role is wish.role:
        return
    store.set_role(tx, member.id, wish.role)
    _tell(tx, wish.actor, member.organisation, member.id, "role_changed", before=member.role.value, to=wish.role.value)


@dataclass(frozen=True, slots=True)
class SetMail:
    """Where one of the staff gets mail; None for nowhere."""

    staff: StaffId
    mail: MailAddress | None
    actor: Actor


def set_mail(tx: Tx, wish: SetMail) -> None:
    """Set by an admin, their own too: no code that opens anything is sent by mail alone."""
    member = organisations.staff_by_id(tx, wish.staff, lock=True)
    if member is None:
        raise NotFound("staff", wish.staff.hex)
    require_for(tx, wish.actor, Action.MANAGE_STAFF, member.organisation, what="staff", name=wish.staff.hex)
    if wish.mail == member.mail:
        return
    store.set_mail(tx, member.id, wish.mail)
    before, to = (mail.masked if mail else None for mail in (member.mail, wish.mail))
    _tell(tx, wish.actor, member.organisation, member.id, "staff_mail", before=before, to=to)


@dataclass(frozen=True, slots=True)
class Disable:
    staff: StaffId
    actor: Actor


def disable(tx: Tx, wish: Disable) -> None:
    """They are signed out at once, their programs too, and cannot come back, until somebody resets them."""
    member = another(tx, wish.actor, wish.staff)
    store.change(tx, member.id, disabled_at=tx.now)
    store.forget_credentials(tx, member.id)
    _end_all(tx, member, wish.actor)
    if not member.is_disabled:
        _tell(tx, wish.actor, member.organisation, member.id, "staff_disabled", before=member.role.value)


@dataclass(frozen=True, slots=True)
class Reset:
    """Passphrase or authenticator are lost, or not theirs alone any more."""

    staff: StaffId
    link: Link
    actor: Actor


def reset(tx: Tx, wish: Reset) -> None:
    """All that they signed in with is void, also their chat account and what acts for them by a token, and a new link enrols
    them. Only another admin can do it. Raises `StaffPhoneTaken` when they left and their number is somebody else's now."""
    member = another(tx, wish.actor, wish.staff)
    other = _at_work(tx, member)
    if other is not None and other.id != member.id:
        raise StaffPhoneTaken(other.name)
    store.change(tx, member.id, disabled_at=None)
    store.put_link(tx, member.id, wish.link.token, wish.link.secret, tx.now + rules.LINK_FOR)
    _end_all(tx, member, wish.actor)
    _tell(tx, wish.actor, member.organisation, member.id, "staff_reset", to=member.role.value)
    warn(tx, member, AccessEvent.RESET)


def _end_all(tx: Tx, member: StaffMember, actor: Actor) -> None:
    """Wherever they are known without signing in anew, they are no more: in browsers, in the chat, as a program."""
    store.end_sessions(tx, member.id)
    chats.part(tx, member.id)
    if count := tokens.revoke(tx, member.id):
        note_of(tx, actor, member.organisation, "tokens_revoked", "staff", member.id, reason=str(count))


def another(tx: Tx, actor: Actor, staff: StaffId) -> StaffMember:
    """Somebody of the admin's own organisation, who is not the admin."""
    member = organisations.staff_by_id(tx, staff, lock=True)
    if member is None:
        raise NotFound("staff", staff.hex)
    require_for(tx, actor, Action.MANAGE_STAFF, member.organisation, what="staff", name=staff.hex)
    _not_oneself(actor, staff)
    return member


def _not_oneself(actor: Actor, staff: StaffId) -> None:
    if actor.kind is ActorKind.STAFF and actor.name == staff.hex:
        raise NotOneself


# --- by themselves ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an open link shows."""

    staff: StaffId
    name: str
    user_name: str
    organisation: str
    secret: str
    language: str


def enrolment(tx: Tx, token: str) -> Enrolment | None:
    """A query: whom an enrolment link is for; None when it was used, replaced or is too old."""
    credentials = store.credentials_of_link(tx, token)
    if credentials is None or credentials.link_until is None or credentials.link_until <= tx.now:
        return None
    member = organisations.staff_by_id(tx, credentials.staff)
    if member is None or member.is_disabled:
        return None
    organisation = organisations.by_id(tx, member.organisation)
    language = member.language or organisation.language
    shown = member.user_name or member.msisdn.e164
    return Enrolment(member.id, member.name, shown, organisation.name, credentials.totp_secret, language)


@dataclass(frozen=True, slots=True)
class Enrol:
    """They chose a passphrase (hashed by the door) and typed what their authenticator shows."""

    token: str
    passphrase_hash: str
    code: str
    recovery_codes: Sequence[str]
    """Drawn at the edge; shown once."""
    address: str


def enrol(tx: Tx, wish: Enrol) -> StaffId:
    """From now on they can sign in. The link is used up; a wrong code leaves it open."""
    found = enrolment(tx, wish.token)
    if found is None:
        raise LinkUsed
    code = rules.read_code(wish.code)
    if code is None or code.is_recovery:
        raise WrongCode
    step = rules.accepted_step(found.secret, code.text, now=tx.now, last=0)
    if step is None or not store.use_link(tx, found.staff, wish.token, wish.passphrase_hash, step):
        raise WrongCode
    store.put_recovery_codes(tx, found.staff, wish.recovery_codes)
    member = organisations.staff_by_id(tx, found.staff)
    assert member is not None
    actor = Actor(ActorKind.STAFF, found.staff.hex, f"web {wish.address}")
    _tell(tx, actor, member.organisation, found.staff, "enrolled")
    warn(tx, member, AccessEvent.SET_UP)
    return found.staff


@dataclass(frozen=True, slots=True)
class SpeakTo:
    """Staff choose the language of their pages; None takes the organisation's."""

    staff: StaffId
    language: str | None


def choose_language(tx: Tx, wish: SpeakTo) -> None:
    if wish.language is not None and wish.language not in LANGUAGES:
        raise NotFound("language", wish.language[:10])
    store.change(tx, wish.staff, language=wish.language)


def warn(tx: Tx, member: StaffMember, what: AccessEvent) -> None:
    """Tell the owner of a sign-in what became of it, by their own phone and at any hour (NOT-2)."""
    organisation = organisations.by_id(tx, member.organisation)
    message = AccessChanged(organisation.name, what, member.user_name or member.name)
    facts = MessageFacts(message, msisdn=member.msisdn.digits, language=member.language or "")
    outbox.put(tx, [Out(member.organisation, Kind.SMS, message.event, facts)])


def _tell(
    tx: Tx,
    actor: Actor,
    organisation: OrganisationId,
    staff: StaffId,
    action: str,
    *,
    before: str | None = None,
    to: str | None = None,
) -> None:
    sequence = audit.next_sequence(tx, staff)
    audit.record(tx, [(Change(organisation, action, "staff", staff, sequence, before, to), actor)])
