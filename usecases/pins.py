"""PINs of the staff: chosen with a code, tried a few times, good for one request each (OUT-4, SEC-4).

The slow comparison is the door's (`usecases/passphrases.py`), between two transactions: the try is counted in the first, so
that any number of phones at once have five tries together. Nothing here is told to who has no PIN to lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import pins as rules
from core import sign_in
from core.approvals import Approval, ApprovalId, Person, Verdict, refusal, to_decide
from core.codes import CodesBlocked, Proof
from core.errors import DomainError, NotFound, NotPermitted
from core.ids import OrganisationId, StaffId
from core.messages import AccessEvent
from core.permissions import TABLE, Action, Actor, ActorKind
from core.phones import Msisdn
from core.pins import NoPin, PinLocked, WrongPin
from core.sign_in import WrongCode
from storage import approvals, audit, codes, organisations
from storage import pins as store
from storage import staff as staff_store
from storage.audit import Change
from storage.organisations import StaffMember
from storage.tx import Tx
from usecases.approvals import last_hand, person_of, require_own
from usecases.deciding import Owners, needs_code
from usecases.owners import OWNERS
from usecases.staff import another, warn


def caller(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> StaffMember:
    """Who works at an organisation with this phone, and may decide anything. Raises `NotPermitted`."""
    owner = staff_store.phone_owner(tx, organisation, msisdn)
    member = organisations.staff_by_id(tx, owner) if owner else None
    if member is None or member.role not in TABLE[Action.DECIDE]:
        raise NotPermitted(Action.DECIDE.value)
    return member


def as_actor(member: StaffMember, channel: str) -> Actor:
    return Actor(ActorKind.STAFF, member.id.hex, channel, member.role)


# --- trying it ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TryPin:
    """Somebody typed their PIN on a phone, for one request."""

    organisation: OrganisationId
    msisdn: Msisdn
    approval: ApprovalId
    verdict: Verdict
    pin: str
    channel: str = "ussd"


@dataclass(frozen=True, slots=True)
class Counted:
    """The try is counted. `hash` is what `peppered` must fit."""

    staff: StaffId
    hash: str
    peppered: bytes


def begin_try(tx: Tx, wish: TryPin) -> Counted:
    """Count a try. What keeps the person from deciding is said before that: nobody spends a try on another's business.
    Raises `NotAPin`, `NoPin`, `PinRests`, `PinLocked`."""
    pin = rules.read(wish.pin)
    member = caller(tx, wish.organisation, wish.msisdn)
    _decidable(tx, wish, member)
    kept = store.of_staff(tx, member.id, lock=True)
    if kept is None or kept.hash is None:
        raise NoPin
    if (why := rules.why_not(kept.tries, kept.tried_at, tx.now)) is not None:
        raise why
    store.count_try(tx, member.id)
    return Counted(member.id, kept.hash, store.peppered(tx, member.id, pin))


@dataclass(frozen=True, slots=True)
class Tried:
    """What the comparison gave. `matched` is the hash that fitted, None when none did."""

    wish: TryPin
    matched: str | None


@dataclass(frozen=True, slots=True)
class PinProven:
    """The PIN was right. `needs_code`: this yes carries it out at once, and takes a code on top."""

    needs_code: bool


def end_try(tx: Tx, tried: Tried, owners: Owners = OWNERS) -> PinProven | DomainError:
    """Write down what came of it. A wrong one is an answer and no error: it stays written."""
    member = caller(tx, tried.wish.organisation, tried.wish.msisdn)
    approval, _ = _decidable(tx, tried.wish, member)
    kept = store.of_staff(tx, member.id, lock=True)
    is_right = kept is not None and kept.hash is not None and tried.matched == kept.hash
    proof = Proof.PIN if is_right else Proof.WRONG_PIN
    codes.note(tx, proof, approval.id, member.id, approval.content, code=None, origin=tried.wish.channel)
    if is_right:
        store.forgive(tx, member.id)
        return PinProven(needs_code(approval, owners[approval.subject.kind], tried.wish.verdict))
    left = rules.MOST_TRIES - (kept.tries if kept else rules.MOST_TRIES)
    if left > 0:
        return WrongPin(left)
    warn(tx, member, AccessEvent.PIN_LOCKED)
    return PinLocked()


def _decidable(tx: Tx, wish: TryPin, member: StaffMember) -> tuple[Approval, Person]:
    approval = approvals.load(tx, wish.approval)
    if approval is None:
        raise NotFound("approval", wish.approval.hex)
    person = person_of(tx, as_actor(member, wish.channel))
    require_own(tx, person, approval)
    if (obstacle := to_decide(approval, person, now=tx.now)) is not None:
        raise refusal(obstacle, approval, by=last_hand(tx, approval))
    return approval, person


def require_proven(tx: Tx, approval: Approval, staff: StaffId) -> None:
    """Raise `NoPin` unless they typed the right one for exactly this within the last five minutes."""
    found = codes.proven_at(tx, approval.id, staff, approval.content, proofs=frozenset({Proof.PIN}))
    if found is None or tx.now >= found[1] + rules.PROVEN_FOR:
        raise NoPin


# --- choosing it --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenPin:
    """Somebody wants a (new) PIN, and types what their authenticator shows, or what an administrator read out to them."""

    organisation: OrganisationId
    msisdn: Msisdn
    code: str
    channel: str = "ussd"


def open_pin(tx: Tx, wish: OpenPin) -> DomainError | None:
    """From now on they may choose one, for five minutes. A wrong code is counted, and is an answer: `WrongCode`."""
    member = caller(tx, wish.organisation, wish.msisdn)
    kept = store.of_staff(tx, member.id, lock=True)
    if kept is not None and kept.activation_tries >= rules.MOST_TRIES:
        return CodesBlocked()
    if not _is_theirs(tx, member.id, wish.code):
        store.count_wrong_code(tx, member.id)
        return WrongCode()
    store.open_setting(tx, member.id, tx.now + rules.OPEN_FOR)
    return None


def _is_theirs(tx: Tx, staff: StaffId, typed: str) -> bool:
    """A code of the authenticator, never accepted before, or the one that was given out."""
    code = sign_in.read_code(typed)
    if code is None:
        return store.is_activation(tx, staff, typed.strip())
    known = staff_store.credentials_of(tx, staff)
    if code.is_recovery or known is None or known.enrolled_at is None:
        return False
    step = sign_in.accepted_step(known.totp_secret, code.text, now=tx.now, last=known.totp_last_step)
    return step is not None and staff_store.use_step(tx, staff, step)


@dataclass(frozen=True, slots=True)
class ChoosePin:
    organisation: OrganisationId
    msisdn: Msisdn
    pin: str
    channel: str = "ussd"


def to_hash(tx: Tx, wish: ChoosePin) -> bytes:
    """A query: the new PIN as it is hashed. Raises `NotAPin`, `WeakPin`, and `NoPin` when no code opened the way."""
    member = caller(tx, wish.organisation, wish.msisdn)
    _require_open(tx, member.id)
    return store.peppered(tx, member.id, rules.chosen(wish.pin, phone=wish.msisdn.digits))


@dataclass(frozen=True, slots=True)
class PutPin:
    wish: ChoosePin
    hash: str


def put_pin(tx: Tx, command: PutPin) -> None:
    """From now on it is theirs; they are told by SMS, so that a thief is noticed."""
    wish = command.wish
    member = caller(tx, wish.organisation, wish.msisdn)
    _require_open(tx, member.id)
    store.put(tx, member.id, command.hash)
    _tell(tx, as_actor(member, wish.channel), member, "pin_set")
    warn(tx, member, AccessEvent.PIN_SET)


def _require_open(tx: Tx, staff: StaffId) -> None:
    kept = store.of_staff(tx, staff)
    if kept is None or kept.open_until is None or tx.now >= kept.open_until:
        raise NoPin


@dataclass(frozen=True, slots=True)
class GiveActivation:
    """An administrator gives somebody without an authenticator a code by which they choose a PIN. Never themselves."""

    staff: StaffId
    code: str
    """Drawn at the edge (`core.pins.activation_code`)."""
    actor: Actor


def give_activation(tx: Tx, wish: GiveActivation) -> datetime:
    """Until when the code is good, once. It unlocks who typed too many wrong codes."""
    member = another(tx, wish.actor, wish.staff)
    until = tx.now + rules.ACTIVATION_FOR
    store.give_activation(tx, member.id, wish.code, until)
    _tell(tx, wish.actor, member, "pin_code_given")
    return until


def has_pin(tx: Tx, staff: StaffId) -> bool:
    """A query: can they decide from any phone?"""
    kept = store.of_staff(tx, staff)
    return kept is not None and kept.hash is not None


def _tell(tx: Tx, actor: Actor, member: StaffMember, action: str) -> None:
    sequence = audit.next_sequence(tx, member.id)
    audit.record(tx, [(Change(member.organisation, action, "staff", member.id, sequence, None, None), actor)])
