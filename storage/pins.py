"""PINs of the staff: hashes, tries, and the codes by which a new one is chosen. No PIN and no code stands anywhere."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from core.ids import StaffId
from storage.tables import staff_pins
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class KeptPin:
    """What is kept of one person's PIN. `hash` is None until they have chosen one."""

    hash: str | None
    tries: int
    tried_at: datetime | None
    activation_until: datetime | None
    activation_tries: int
    open_until: datetime | None


def of_staff(tx: Tx, staff: StaffId, *, lock: bool = False) -> KeptPin | None:
    """`lock`: nobody else tries until this transaction ends."""
    query = sa.select(staff_pins).where(staff_pins.c.staff_id == staff)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return KeptPin(row.pin_hash, row.tries, row.tried_at, row.activation_until, row.activation_tries, row.open_until)


def peppered(tx: Tx, staff: StaffId, pin: str) -> bytes:
    """A PIN bound to its owner and to a key that lies outside the database: what is hashed."""
    return tx.vault.pepper("pin", f"{staff.hex}:{pin}")


def count_try(tx: Tx, staff: StaffId) -> None:
    """Before anything is compared: whoever hangs up in between has tried all the same."""
    _change(tx, staff, tries=staff_pins.c.tries + 1, tried_at=tx.now)


def forgive(tx: Tx, staff: StaffId) -> None:
    """The right PIN came."""
    _change(tx, staff, tries=0, tried_at=None)


def give_activation(tx: Tx, staff: StaffId, code: str, until: datetime) -> None:
    """A fresh code to choose a PIN by; older ones, and the tries on them, are void."""
    _begin(tx, staff)
    kept = _activation(tx, staff, code)
    _change(tx, staff, activation=kept, activation_until=until, activation_tries=0, open_until=None)


def is_activation(tx: Tx, staff: StaffId, code: str) -> bool:
    """Is it the code that was given out, in its time?"""
    row = tx.connection.execute(
        sa.select(staff_pins.c.activation).where(staff_pins.c.staff_id == staff, staff_pins.c.activation_until > tx.now)
    ).one_or_none()
    return row is not None and hmac.compare_digest(bytes(row.activation or b""), _activation(tx, staff, code))


def open_setting(tx: Tx, staff: StaffId, until: datetime) -> None:
    """The code was right: a PIN may be chosen until then, and the code is used up."""
    _begin(tx, staff)
    _change(tx, staff, activation=None, activation_until=None, activation_tries=0, open_until=until)


def count_wrong_code(tx: Tx, staff: StaffId) -> None:
    _begin(tx, staff)
    _change(tx, staff, activation_tries=staff_pins.c.activation_tries + 1)


def put(tx: Tx, staff: StaffId, hash_: str) -> None:
    """The new PIN; what was tried on the old one is forgotten."""
    _change(tx, staff, pin_hash=hash_, tries=0, tried_at=None, open_until=None)


def _begin(tx: Tx, staff: StaffId) -> None:
    if of_staff(tx, staff) is None:
        tx.connection.execute(sa.insert(staff_pins).values(staff_id=staff, tries=0, activation_tries=0))


def _activation(tx: Tx, staff: StaffId, code: str) -> bytes:
    return tx.vault.pepper("pin activation", f"{staff.hex}:{code}")


def _change(tx: Tx, staff: StaffId, **values: object) -> None:
    tx.connection.execute(sa.update(staff_pins).where(staff_pins.c.staff_id == staff).values(values))
