"""Proving who acts, before money leaves: a code of the authenticator that staff sign in with (OUT-4)."""

from __future__ import annotations

from core import sign_in as rules
from core.approvals import Approval, Person
from core.errors import DomainError
from core.sign_in import WrongCode
from storage import staff
from storage.tx import Tx


def check(tx: Tx, approval: Approval, person: Person, code: str) -> DomainError | None:
    """Why this code does not prove that the person means this approval; None when it does. It is used up.

    An answer and no error: that somebody tried stays written down."""
    typed = rules.read_code(code)
    credentials = staff.credentials_of(tx, person.staff)
    if typed is None or typed.is_recovery or credentials is None or credentials.enrolled_at is None:
        return WrongCode()
    step = rules.accepted_step(credentials.totp_secret, typed.text, now=tx.now, last=credentials.totp_last_step)
    if step is None or not staff.use_step(tx, person.staff, step):
        return WrongCode()
    return None
