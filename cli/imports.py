"""A school's list of students, read and taken into the books: every line that cannot be taken is named with its reason."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.money import Money
from core.organisations import COUNTRIES, local_day
from core.permissions import Action
from core.rosters import MOST_COMPLAINTS, Complaint, Roster, Rules, read_roster
from dialogue.complaints import told
from providers.sheets import Unreadable, read_lines
from storage.tx import Tx
from usecases.imports import ImportStudents, import_students, rehearse


class StudentsArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    """The file's, for the audit trail."""
    content: bytes
    organisation: str | None = None
    balances_on: date | None = None
    """The day of opening balances that have none of their own."""
    dry_run: bool = False


class ComplaintLine(msgspec.Struct, frozen=True):
    """`line` 0 is the whole file."""

    line: int
    column: str
    code: str
    reason: str
    """In the organisation's language."""


class ImportedLine(msgspec.Struct, frozen=True):
    """What was done, or would be done. With complaints, nothing was."""

    organisation: str
    is_done: bool
    students: int
    corrected: int
    guardians: int
    classes: int
    balances: int
    owed: str
    held: str
    currency: str
    ignored: tuple[str, ...]
    """Headings of columns that nobody asked for."""
    complained: int
    complaints: tuple[ComplaintLine, ...]


async def students(opened: Opened, args: StudentsArgs, operator: Operator) -> AsyncGenerator[ImportedLine, None]:
    """Read the list beside the work of others, then write it in one transaction."""
    operator.require(Action.EDIT_SCHOOL)
    organisation = await operator.scope(opened.app, args.organisation)
    if organisation is None:
        raise NotFound("organisation", "--organisation")
    today = local_day(opened.app.clock.now(), organisation.time_zone)
    country = COUNTRIES[organisation.country]
    rules = Rules(country.calling_code, organisation.currency, today, args.balances_on)
    roster = await opened.app.read(_roster, args.content, rules)
    wish = ImportStudents(organisation.id, roster, args.name, today, operator.actor)
    plan = await opened.app.read(rehearse, wish)
    is_done = not (args.dry_run or plan.complaints)
    if is_done:
        plan = await opened.app.write(import_students, wish)
    yield ImportedLine(
        organisation=organisation.slug,
        is_done=is_done and not plan.complaints,
        students=plan.students,
        corrected=plan.corrected,
        guardians=plan.guardians,
        classes=plan.classes,
        balances=plan.balances,
        owed=Money(plan.owed_minor, organisation.currency).plain(),
        held=Money(plan.held_minor, organisation.currency).plain(),
        currency=organisation.currency.code,
        ignored=roster.ignored,
        complained=plan.complained,
        complaints=tuple(_line(one, organisation.language) for one in plan.complaints[:MOST_COMPLAINTS]),
    )


def _roster(tx: Tx, content: bytes, rules: Rules) -> Roster:
    """A query like any other, so that it runs where queries do and nobody's screen waits for it."""
    try:
        return read_roster(read_lines(content), rules)
    except Unreadable as error:
        return Roster.refused(error.complaint)


def _line(one: Complaint, language: str) -> ComplaintLine:
    return ComplaintLine(one.line, one.column, one.code, told(one, language))


STUDENTS = Command(StudentsArgs, ImportedLine, students, writes=True)
