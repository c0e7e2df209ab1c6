"""Staff sign in: passphrase and one-time code, sessions, and every attempt in the audit trail (SEC-3, SEC-4).

The passphrase is checked by the door, because hashing is slow (`usecases/passphrases.py`); here is decided what follows.
A refusal is an answer and no error: what was tried must stay in the trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core import sign_in as rules
from core.errors import NotFound
from core.ids import OrganisationId, StaffId
from core.messages import AccessEvent
from core.permissions import Actor, ActorKind
from storage import audit, organisations
from storage import staff as store
from storage.audit import Change
from storage.staff import Credentials, Session
from storage.tx import Tx
from usecases.staff import warn

SEEN_EVERY_S = 60
"""A session's last use is written down so often, not with every page."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who was typed, and what their passphrase is to be compared with. For nobody it is as much work."""

    staff: StaffId | None
    passphrase_hash: str | None
    peppered: bytes


def known(tx: Tx, typed: str, passphrase: str) -> Known:
    """A query: the person behind a user name or phone, and the typed passphrase as it would be hashed for them."""
    staff = store.meant(tx, typed[:60])
    credentials = store.credentials_of(tx, staff) if staff is not None else None
    hash_ = credentials.passphrase_hash if credentials else None
    return Known(staff, hash_, peppered(tx, staff or StaffId(UUID(int=0)), passphrase))


def peppered(tx: Tx, staff: StaffId, passphrase: str) -> bytes:
    """A passphrase bound to its owner and to keys that lie outside the database."""
    return tx.vault.pepper("passphrase", f"{staff.hex}:{rules.spelt(passphrase)}")


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody typed a name, a passphrase and a code. `matched` is the hash that the passphrase was found to fit."""

    typed: str
    staff: StaffId | None
    matched: str | None
    code: str
    token: str
    """The new session's, made at the edge; only its index is kept."""
    address: str
    agent: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    session: UUID
    staff: StaffId
    by_recovery: bool
    recovery_codes_left: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Not signed in; `why` is for the trail, and never for the page."""

    why: str


def sign_in(tx: Tx, wish: SignIn) -> SignedIn | Refused:
    """Open a session of its own, whatever the browser held before. A code is accepted once, a recovery code too."""
    member = organisations.staff_by_id(tx, wish.staff, lock=True) if wish.staff else None
    credentials = store.credentials_of(tx, member.id) if member else None
    if member is None or credentials is None or credentials.enrolled_at is None:
        return _refused(tx, wish, "not known", member.organisation if member else None)
    why, by_recovery = _second_factor(tx, wish, credentials, is_disabled=member.is_disabled)
    if why:
        return _refused(tx, wish, why, member.organisation)
    store.forget_sessions(tx, before=tx.now - 30 * rules.LONGEST)
    session = store.open_session(tx, member.id, wish.token, address=wish.address, agent=wish.agent[:80])
    reason = "recovery code" if by_recovery else "authenticator"
    _tell(tx, member.id, member.organisation, "signed_in", reason, wish.address)
    if by_recovery:
        warn(tx, member, AccessEvent.RECOVERY_CODE)
    return SignedIn(session, member.id, by_recovery, store.recovery_codes_left(tx, member.id))


def _second_factor(tx: Tx, wish: SignIn, credentials: Credentials, *, is_disabled: bool) -> tuple[str, bool]:
    """Why not (empty when all is well), and whether a recovery code was used. A code is used up only by who may come in."""
    if wish.matched is None or wish.matched != credentials.passphrase_hash:
        return "passphrase", False
    if is_disabled:
        return "disabled", False
    code = rules.read_code(wish.code)
    if code is None:
        return "code", False
    if code.is_recovery:
        return ("" if store.use_recovery_code(tx, credentials.staff, code.text) else "recovery code"), True
    step = rules.accepted_step(credentials.totp_secret, code.text, now=tx.now, last=credentials.totp_last_step)
    return ("" if step is not None and store.use_step(tx, credentials.staff, step) else "code"), False


def _refused(tx: Tx, wish: SignIn, why: str, organisation: OrganisationId | None) -> Refused:
    """What nobody knows is kept as a blind index of what was typed: it may be somebody's passphrase in the wrong field."""
    subject = wish.staff or UUID(bytes=tx.vault.index("sign_in", wish.typed))
    _tell(tx, subject, organisation, "sign_in_refused", why, wish.address)
    return Refused(why)


def _tell(tx: Tx, subject: UUID, organisation: OrganisationId | None, action: str, reason: str, address: str) -> None:
    actor = Actor(ActorKind.STAFF, subject.hex, f"web {address}")
    sequence = audit.next_sequence(tx, subject)
    audit.record(tx, [(Change(organisation, action, "staff", subject, sequence, None, None, reason), actor)])


# --- sessions -----------------------------------------------------------------------------------------------------------


def session_now(tx: Tx, token: str) -> Session | None:
    """A query: the session behind a cookie, if it lasts still and its owner may come in."""
    session = store.session_of(tx, token)
    if session is None:
        return None
    lasts = rules.is_live(created_at=session.created_at, seen_at=session.seen_at, now=tx.now)
    return session if lasts else None


def seen(tx: Tx, session: UUID) -> None:
    """It was used."""
    store.touch(tx, session)


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Sign `staff` out: of one session, or everywhere."""

    staff: StaffId
    organisation: OrganisationId
    only: UUID | None
    actor: Actor


def end_sessions(tx: Tx, wish: EndSessions) -> int:
    """One's own sessions, in this browser or another. How many were ended; of another's there are none."""
    if wish.actor.name != wish.staff.hex:
        raise NotFound("session", "")
    ended = store.end_sessions(tx, wish.staff, only=wish.only)
    if ended:
        sequence = audit.next_sequence(tx, wish.staff)
        change = Change(wish.organisation, "signed_out", "staff", wish.staff, sequence, None, None, f"{ended} sessions")
        audit.record(tx, [(change, wish.actor)])
    return ended
