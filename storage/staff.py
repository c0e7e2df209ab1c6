"""How staff sign in: their credentials (hashed or sealed), recovery codes, and sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from core.ids import OrganisationId, StaffId
from core.mail import MailAddress
from core.permissions import Role
from core.phones import COUNTRY_OF_CODE, Msisdn, NotAPhone
from storage import organisations
from storage.fast import Lookup
from storage.mail_addresses import mail_index
from storage.organisations import StaffMember
from storage.tables import recovery_codes, sign_ins, staff, staff_pins, staff_sessions
from storage.tx import Tx

# --- people -------------------------------------------------------------------------------------------------------------


def phone_owner(tx: Tx, organisation: OrganisationId, msisdn: Msisdn) -> StaffId | None:
    """Who works at the organisation with this phone. Others may have had it, who left."""
    index = tx.vault.phone_index(msisdn.digits)
    query = sa.select(staff.c.id).where(
        staff.c.organisation_id == organisation, staff.c.msisdn_index == index, staff.c.disabled_at.is_(None)
    )
    return tx.connection.scalar(query)


def by_phones(tx: Tx, phones: Iterable[Msisdn]) -> list[StaffMember]:
    """Whoever works anywhere with one of these phones, or did."""
    indexes = sorted(tx.vault.phone_index(phone.digits) for phone in phones)
    found = [row[0] for row in _BY_PHONE(tx, indexes)] if indexes else []
    return [member for id_ in found if (member := organisations.staff_by_id(tx, id_)) is not None]


_BY_PHONE = Lookup(sa.select(staff.c.id), staff.c.msisdn_index, order_by=(staff.c.id,))


def user_name_owner(tx: Tx, user_name: str) -> StaffId | None:
    return tx.connection.scalar(sa.select(staff.c.id).where(staff.c.user_name == user_name))


def change(tx: Tx, id_: StaffId, **values: object) -> None:
    """Change columns of one staff member."""
    tx.connection.execute(sa.update(staff).where(staff.c.id == id_).values(values))


def set_role(tx: Tx, id_: StaffId, role: Role) -> None:
    change(tx, id_, role=role.value)


def set_mail(tx: Tx, id_: StaffId, mail: MailAddress | None) -> None:
    """Where they get mail; None for nowhere."""
    sealed = tx.vault.seal_text(mail.text) if mail else None
    change(tx, id_, mail_sealed=sealed, mail_index=mail_index(tx, mail) if mail else None)


def meant(tx: Tx, typed: str) -> StaffId | None:
    """Whose user name or phone was typed at sign-in; None for nobody's, and for a phone with which several sign in."""
    named = user_name_owner(tx, typed.strip().lower())
    if named is not None:
        return named
    indexes = [tx.vault.phone_index(phone.digits) for phone in _spellings(typed)]
    rows = tx.connection.execute(
        sa.select(staff.c.id)
        .join(sign_ins, sign_ins.c.staff_id == staff.c.id)
        .where(staff.c.msisdn_index.in_(indexes), staff.c.disabled_at.is_(None), sign_ins.c.enrolled_at.is_not(None))
        .limit(2)
    ).all()
    return rows[0].id if len(rows) == 1 else None


def _spellings(typed: str) -> set[Msisdn]:
    """`0712 345 678` is another phone in each country; which one, only the books can tell."""
    found = set()
    for code in COUNTRY_OF_CODE:
        try:
            found.add(Msisdn.parse(typed, country_code=code))
        except NotAPhone:
            continue
    return found


# --- credentials --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one staff member signs in with."""

    staff: StaffId
    passphrase_hash: str | None
    totp_secret: str
    totp_last_step: int
    link_until: datetime | None
    enrolled_at: datetime | None


def credentials_of(tx: Tx, id_: StaffId) -> Credentials | None:
    return _credentials(tx, sign_ins.c.staff_id == id_)


def credentials_of_link(tx: Tx, token: str) -> Credentials | None:
    """Whom an enrolment link was made for."""
    return _credentials(tx, sign_ins.c.link_index == tx.vault.index("enrolment", token))


def _credentials(tx: Tx, wanted: sa.ColumnElement[bool]) -> Credentials | None:
    row = tx.connection.execute(sa.select(sign_ins).where(wanted)).one_or_none()
    if row is None:
        return None
    secret = tx.vault.open_text(row.totp_sealed)
    return Credentials(row.staff_id, row.passphrase_hash, secret, row.totp_last_step, row.link_until, row.enrolled_at)


def put_link(tx: Tx, id_: StaffId, token: str, secret: str, until: datetime) -> None:
    """A fresh enrolment link, and with it a fresh authenticator's secret; what was known before is void."""
    forget_credentials(tx, id_)
    tx.connection.execute(
        sa.insert(sign_ins).values(
            staff_id=id_,
            passphrase_hash=None,
            totp_sealed=tx.vault.seal_text(secret),
            totp_last_step=0,
            link_index=tx.vault.index("enrolment", token),
            link_until=until,
            enrolled_at=None,
        )
    )


def forget_credentials(tx: Tx, id_: StaffId) -> None:
    """What they sign in with, and the PIN with which they decide from any phone."""
    tx.connection.execute(sa.delete(staff_pins).where(staff_pins.c.staff_id == id_))
    tx.connection.execute(sa.delete(recovery_codes).where(recovery_codes.c.staff_id == id_))
    tx.connection.execute(sa.delete(sign_ins).where(sign_ins.c.staff_id == id_))


def use_link(tx: Tx, id_: StaffId, token: str, passphrase_hash: str, step: int) -> bool:
    """Keep the passphrase and end the link. False when it was used meanwhile."""
    done = tx.connection.execute(
        sa.update(sign_ins)
        .where(sign_ins.c.staff_id == id_, sign_ins.c.link_index == tx.vault.index("enrolment", token))
        .values(
            passphrase_hash=passphrase_hash,
            totp_last_step=step,
            link_index=None,
            link_until=None,
            enrolled_at=tx.now,
        )
    )
    return done.rowcount == 1


def use_step(tx: Tx, id_: StaffId, step: int) -> bool:
    """Accept the code of this time step, once: False when it, or a newer one, was accepted already."""
    done = tx.connection.execute(
        sa.update(sign_ins)
        .where(sign_ins.c.staff_id == id_, sign_ins.c.totp_last_step < step)
        .values(totp_last_step=step)
    )
    return done.rowcount == 1


def put_recovery_codes(tx: Tx, id_: StaffId, codes: Iterable[str]) -> None:
    """Only what cannot be turned back into a code is kept."""
    for code in codes:
        tx.connection.execute(sa.insert(recovery_codes).values(staff_id=id_, code_index=_recovery_index(tx, code)))


def use_recovery_code(tx: Tx, id_: StaffId, code: str) -> bool:
    """Accept a recovery code, once."""
    done = tx.connection.execute(
        sa.update(recovery_codes)
        .where(
            recovery_codes.c.staff_id == id_,
            recovery_codes.c.code_index == _recovery_index(tx, code),
            recovery_codes.c.used_at.is_(None),
        )
        .values(used_at=tx.now)
    )
    return done.rowcount == 1


def recovery_codes_left(tx: Tx, id_: StaffId) -> int:
    query = sa.select(sa.func.count()).where(recovery_codes.c.staff_id == id_, recovery_codes.c.used_at.is_(None))
    return int(tx.connection.scalar(query) or 0)


def _recovery_index(tx: Tx, code: str) -> bytes:
    return tx.vault.index("recovery", code.replace("-", ""))


def enrolled(tx: Tx, organisation: OrganisationId) -> dict[StaffId, bool]:
    """Who has credentials or a link: True when enrolled, False while the link waits."""
    rows = tx.connection.execute(
        sa.select(sign_ins.c.staff_id, sign_ins.c.enrolled_at)
        .join(staff, staff.c.id == sign_ins.c.staff_id)
        .where(staff.c.organisation_id == organisation)
    )
    return {row.staff_id: row.enrolled_at is not None for row in rows}


# --- sessions -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Session:
    """A browser in which somebody is signed in."""

    id: UUID
    member: StaffMember
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime


def open_session(tx: Tx, id_: StaffId, token: str, *, address: str, agent: str) -> UUID:
    session = tx.new_id()
    tx.connection.execute(
        sa.insert(staff_sessions).values(
            id=session,
            staff_id=id_,
            token_index=tx.vault.index("session", token),
            address=address,
            agent=agent,
            created_at=tx.now,
            seen_at=tx.now,
        )
    )
    return session


def session_of(tx: Tx, token: str) -> Session | None:
    """The session that a cookie stands for, unless it was ended; whether it has expired is for the asker to say."""
    row = tx.connection.execute(
        sa.select(staff_sessions).where(
            staff_sessions.c.token_index == tx.vault.index("session", token), staff_sessions.c.ended_at.is_(None)
        )
    ).one_or_none()
    if row is None:
        return None
    member = organisations.staff_by_id(tx, row.staff_id)
    if member is None or member.is_disabled:
        return None
    return Session(row.id, member, row.address, row.agent, row.created_at, row.seen_at)


def sessions_of(tx: Tx, members: Sequence[StaffMember]) -> list[Session]:
    """The sessions of these people that nobody ended, the last used first; some may have expired."""
    by_id = {member.id: member for member in members}
    rows = tx.connection.execute(
        sa.select(staff_sessions)
        .where(staff_sessions.c.staff_id.in_(by_id), staff_sessions.c.ended_at.is_(None))
        .order_by(staff_sessions.c.seen_at.desc(), staff_sessions.c.id)
    )
    return [Session(row.id, by_id[row.staff_id], row.address, row.agent, row.created_at, row.seen_at) for row in rows]


def touch(tx: Tx, session: UUID) -> None:
    """It was used now."""
    tx.connection.execute(sa.update(staff_sessions).where(staff_sessions.c.id == session).values(seen_at=tx.now))


def end_sessions(tx: Tx, id_: StaffId, *, only: UUID | None = None) -> int:
    """Sign out: one session, or all of them. How many were ended."""
    query = sa.update(staff_sessions).where(staff_sessions.c.staff_id == id_, staff_sessions.c.ended_at.is_(None))
    if only is not None:
        query = query.where(staff_sessions.c.id == only)
    return tx.connection.execute(query.values(ended_at=tx.now)).rowcount


def forget_sessions(tx: Tx, *, before: datetime) -> None:
    """Sessions that began so long ago are over, and nobody looks at them any more; the trail keeps who signed in."""
    tx.connection.execute(sa.delete(staff_sessions).where(staff_sessions.c.created_at < before))
