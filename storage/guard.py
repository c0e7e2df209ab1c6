"""What a rule is that the database itself keeps: the rules stand in `storage/guards.py`, `payout_guards.py`, `loan_guards.py` and
`placement_guards.py`."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guard:
    """Refuse an INSERT, UPDATE or DELETE of `table` where `refuses` holds of its row (`NEW`, `OLD`)."""

    name: str
    table: str
    event: str
    refuses: str
    why: str


@dataclass(frozen=True, slots=True)
class Deed:
    """After an INSERT into `table`: also do this."""

    name: str
    table: str
    does: str


HEX_ID = "hex_of(NEW.id)"
"""The id of the row as the program writes it into texts: the databases say it in different words."""
_HEX_OF = re.compile(r"hex_of\(([a-zA-Z_.]+)\)")


def said(text: str, dialect: str) -> str:
    """A rule's SQL in the words of this database."""
    words = r"lower(hex(\1))" if dialect == "sqlite" else r"replace(CAST(\1 AS text), '-', '')"
    return _HEX_OF.sub(words, text)


def changed(*columns: str) -> str:
    """Is any of these another than it was?"""
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns)


MARKS = "SELECT msisdn_index FROM staff WHERE id = {who} UNION SELECT mark FROM staff_marks WHERE staff_id = {who}"
"""By what a member of staff is known."""
NOT_EXECUTORS = "'requester', 'payee'"
"""Who does not carry out what they have to do with in one of these parts."""


def is_known(who: str, approval: str, parts: str) -> str:
    """Has the person behind `who` one of these parts in the approval, with any account of theirs?"""
    return (
        f"EXISTS (SELECT 1 FROM approval_people p WHERE p.approval_id = {approval} AND p.part IN ({parts}) "  # noqa: S608 - our own names
        f"AND p.mark IN ({MARKS.format(who=who)}))"
    )
