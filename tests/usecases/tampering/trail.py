"""The trail of who changed what, and the seals that vouch for it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from storage import tables
from tests.usecases.tampering.hands import NEW, C, Tampering, add, change, first, remove


def change_changed(c: sa.Connection, *, newest: bool = False) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id), newest=newest)
    change(c, C, C.c.id == row.id, actor="somebody else")
    return "changes", row.id


def change_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id))
    remove(c, C, C.c.id == row.id)
    return "changes", row.id


def change_removed_from_the_middle(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).where(C.c.sequence == 2).order_by(C.c.id), newest=True)
    remove(c, C, C.c.id == row.id)
    return "changes", f"{row.subject_id}/2"


def newest_change_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).where(C.c.subject_kind == "payment").order_by(C.c.id), newest=True)
    remove(c, C, C.c.id == row.id)
    return "payments", row.subject_id


def change_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id))
    add(c, C, row, id=NEW, sequence=99)
    return "changes", NEW


def listed_digest_changed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed).order_by(tables.sealed.c.seal))
    change(c, tables.sealed, tables.sealed.c.row_id == row.row_id, digest=bytes(len(row.digest)))
    return "seals", row.seal


def listed_row_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed).order_by(tables.sealed.c.seal))
    remove(c, tables.sealed, tables.sealed.c.row_id == row.row_id)
    return "seals", row.seal


def listed_row_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed))
    add(c, tables.sealed, row, row_id=NEW, position=999)
    return "seals", row.seal


def seal_changed(c: sa.Connection) -> tuple[str, Any]:
    change(c, tables.seals, tables.seals.c.number == 2, hash=bytes(32))
    return "seals", 2


def seal_redated(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.seals).where(tables.seals.c.number == 2))
    change(c, tables.seals, tables.seals.c.number == 2, sealed_at=row.sealed_at.replace(year=2025))
    return "seals", 2


def seal_removed(c: sa.Connection) -> tuple[str, Any]:
    remove(c, tables.seals, tables.seals.c.number == 2)
    return "seals", 2


def newest_seal_removed(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.seals).order_by(tables.seals.c.number), newest=True)
    remove(c, tables.seals, tables.seals.c.number == row.number)
    return "seals", row.number


def seal_inserted(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.seals).order_by(tables.seals.c.number), newest=True)
    add(c, tables.seals, row, number=row.number + 1)
    return "seals", row.number + 1


def change_with_another_code(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).order_by(C.c.id))
    change(c, C, C.c.id == row.id, mac=bytes(16))
    return "changes", row.id


def change_that_came_from_elsewhere(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(C).where(C.c.sequence == 2, C.c.subject_kind == "payment").order_by(C.c.id), newest=True)
    change(c, C, C.c.id == row.id, from_state="expired")
    return "changes", row.id


def listed_as_something_else(c: sa.Connection) -> tuple[str, Any]:
    row = first(c, sa.select(tables.sealed).order_by(tables.sealed.c.seal))
    change(c, tables.sealed, tables.sealed.c.row_id == row.row_id, kind="nothing")
    return "sealed", row.row_id


ONCE: tuple[Tampering, ...] = (
    change_with_another_code,
    change_that_came_from_elsewhere,
    listed_as_something_else,
    change_removed,
    change_removed_from_the_middle,
    newest_change_removed,
    change_inserted,
    listed_digest_changed,
    listed_row_removed,
    listed_row_inserted,
    seal_changed,
    seal_redated,
    seal_removed,
    newest_seal_removed,
    seal_inserted,
)
TWICE = (change_changed,)
