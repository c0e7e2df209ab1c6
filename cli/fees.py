"""What a school charges: terms, classes, fee structures, overrides, the invoice run and its corrections (FEE-1, FEE-2, FEE-8)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import NotFound
from core.fees import FeeLine, OverrideKind, SiblingDiscount, Structure, Term, structure_total
from core.money import Currency, Money, NotAnAmount, parse_percent, parse_reported
from core.organisations import Kind
from core.permissions import Action
from storage import fees as store
from storage import organisations, school
from storage.organisations import Organisation
from storage.school import SchoolClass
from storage.tx import Tx
from usecases import fees, invoicing
from usecases.fees import ClassFees, NotPossible
from usecases.invoicing import Correction, Draft

BATCH = 500
"""Students a transaction: a crash costs at most so many, and nobody who pays meanwhile waits for long."""


class SchoolArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None


class Done(msgspec.Struct, frozen=True):
    """What was changed, as it is from now on."""

    what: str
    name: str
    now: str
    id: UUID | None = None


async def the_school(opened: Opened, slug: str | None, operator: Operator) -> Organisation:
    """The school that is meant: the named one, the staff member's own, or the only one there is."""
    found = await operator.scope(opened.app, slug)
    if found is not None:
        return found
    schools = [one for one in await opened.app.read(organisations.all_organisations) if Kind.SCHOOL.value in one.kinds]
    if len(schools) != 1:
        raise NotFound("organisation", "--organisation")
    return schools[0]


def today(opened: Opened, organisation: Organisation) -> date:
    """The organisation's own day."""
    return opened.app.clock.now().astimezone(ZoneInfo(organisation.time_zone)).date()


def amount_of(text: str, currency: Currency) -> Money:
    """`9500` or `9500.50`; raises `NotAnAmount` for coins that the currency lacks."""
    read = parse_reported(text.replace(",", ""), currency)
    if not read.exact:
        raise NotAnAmount(text)
    return read.money


# --- terms -------------------------------------------------------------------------------------------------------------


class TermLine(msgspec.Struct, frozen=True):
    name: str
    starts_on: date
    ends_on: date
    due_on: date
    retired: bool


async def list_terms(opened: Opened, args: SchoolArgs, operator: Operator) -> AsyncGenerator[TermLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    for term in await opened.app.read(school.terms_of, organisation.id):
        yield _term_line(term)


def _term_line(term: Term) -> TermLine:
    return TermLine(term.name, term.starts_on, term.ends_on, term.due_on, term.is_retired)


class OpenTermArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    starts: date
    ends: date
    due: date
    organisation: str | None = None


async def open_term(opened: Opened, args: OpenTermArgs, operator: Operator) -> AsyncGenerator[TermLine, None]:
    organisation = await the_school(opened, args.organisation, operator)
    wish = fees.OpenTerm(organisation.id, args.name, args.starts, args.ends, args.due, (), operator.actor)
    yield _term_line(await opened.app.write(fees.open_term, wish))


class ChangeTermArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    term: str
    name: str | None = None
    starts: date | None = None
    ends: date | None = None
    due: date | None = None
    retired: bool | None = None
    organisation: str | None = None


async def change_term(opened: Opened, args: ChangeTermArgs, operator: Operator) -> AsyncGenerator[TermLine, None]:
    organisation = await the_school(opened, args.organisation, operator)
    wish = fees.ChangeTerm(
        organisation.id, args.term, operator.actor, args.name, args.starts, args.ends, args.due, args.retired
    )
    yield _term_line(await opened.app.write(fees.change_term, wish))


# --- classes -----------------------------------------------------------------------------------------------------------


class ClassLine(msgspec.Struct, frozen=True):
    name: str
    students: int
    retired: bool


def _class_line(one: SchoolClass) -> ClassLine:
    return ClassLine(one.name, one.students, one.is_retired)


async def list_classes(opened: Opened, args: SchoolArgs, operator: Operator) -> AsyncGenerator[ClassLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    for one in await opened.app.read(school.classes, organisation.id):
        yield _class_line(one)


class ClassArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    organisation: str | None = None


async def add_class(opened: Opened, args: ClassArgs, operator: Operator) -> AsyncGenerator[ClassLine, None]:
    organisation = await the_school(opened, args.organisation, operator)
    yield _class_line(await opened.app.write(fees.add_class, fees.AddClass(organisation.id, args.name, operator.actor)))


class ChangeClassArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    class_name: str
    name: str | None = None
    retired: bool | None = None
    organisation: str | None = None


async def change_class(opened: Opened, args: ChangeClassArgs, operator: Operator) -> AsyncGenerator[ClassLine, None]:
    organisation = await the_school(opened, args.organisation, operator)
    wish = fees.ChangeClass(organisation.id, args.class_name, operator.actor, args.name, args.retired)
    yield _class_line(await opened.app.write(fees.change_class, wish))


# --- fee structures ----------------------------------------------------------------------------------------------------


class StructureLine(msgspec.Struct, frozen=True):
    """What a class is charged in a term, by one version. Of several the highest holds."""

    term: str
    class_name: str
    version: int
    amount: str
    lines: dict[str, str]


class ShowFeesArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    term: str
    versions: bool = False
    organisation: str | None = None


async def show_fees(opened: Opened, args: ShowFeesArgs, operator: Operator) -> AsyncGenerator[StructureLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    term = await opened.app.read(fees.term_of, organisation.id, args.term)
    names = {one.id: one.name for one in await opened.app.read(school.classes, organisation.id)}
    found = await opened.app.read(store.versions_of, term.id, organisation.currency)
    newest = {one.group: one.version for one in found}
    for one in sorted(found, key=lambda one: (names[one.group], one.version)):
        if args.versions or one.version == newest[one.group]:
            yield _structure_line(term.name, names[one.group], one, organisation.currency)


def _structure_line(term: str, class_name: str, one: Structure, currency: Currency) -> StructureLine:
    whole = structure_total(one.lines, currency)
    lines = {line.label: line.amount.plain() for line in one.lines}
    return StructureLine(term, class_name, one.version, whole.plain(), lines)


class SetFeesArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`lines` as `Tuition=9500`."""

    term: str
    class_name: str
    lines: tuple[str, ...] = ()
    organisation: str | None = None


async def set_fees(opened: Opened, args: SetFeesArgs, operator: Operator) -> AsyncGenerator[StructureLine, None]:
    organisation = await the_school(opened, args.organisation, operator)
    lines = []
    for text in args.lines:
        label, equals, amount = text.rpartition("=")
        if not equals:
            raise NotPossible(f"{text}: write LABEL=AMOUNT")
        lines.append(FeeLine(label, amount_of(amount, organisation.currency)))
    wish = fees.SetFees(organisation.id, args.term, ClassFees(args.class_name, tuple(lines)), operator.actor)
    done = await opened.app.write(fees.set_fees, wish)
    yield _structure_line(args.term, args.class_name, done, organisation.currency)


# --- single students ---------------------------------------------------------------------------------------------------


class GrantLine(msgspec.Struct, frozen=True):
    id: UUID
    student: str
    kind: str
    label: str
    worth: str
    term: str
    reason: str


async def list_grants(opened: Opened, args: SchoolArgs, operator: Operator) -> AsyncGenerator[GrantLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    for line in await opened.app.read(_grants, organisation):
        yield line


def _grants(tx: Tx, organisation: Organisation) -> list[GrantLine]:
    numbers = {student.account: student.number for student in school.students_of(tx, organisation.id)}
    names = {term.id: term.name for term in school.terms_of(tx, organisation.id)}
    return [
        GrantLine(
            one.id,
            numbers.get(one.account, "left"),
            one.kind.value,
            one.label,
            fees.worth(one),
            names[one.term] if one.term else "every term",
            one.reason,
        )
        for one in store.overrides(tx, organisation.id)
    ]


class GrantArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    student: str
    kind: OverrideKind
    label: str
    reason: str
    amount: str | None = None
    percent: str | None = None
    term: str | None = None
    organisation: str | None = None


async def grant(opened: Opened, args: GrantArgs, operator: Operator) -> AsyncGenerator[Done, None]:
    organisation = await the_school(opened, args.organisation, operator)
    wish = fees.Grant(
        organisation=organisation.id,
        student=args.student,
        kind=args.kind,
        label=args.label,
        reason=args.reason,
        actor=operator.actor,
        term=args.term,
        amount=None if args.amount is None else amount_of(args.amount, organisation.currency),
        bps=0 if args.percent is None else parse_percent(args.percent),
    )
    done = await opened.app.write(fees.grant, wish)
    yield Done(args.kind.value, args.student, f"{done.label} {fees.worth(done)}", done.id)


class RetireGrantArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: UUID
    reason: str
    organisation: str | None = None


async def retire_grant(opened: Opened, args: RetireGrantArgs, operator: Operator) -> AsyncGenerator[Done, None]:
    organisation = await the_school(opened, args.organisation, operator)
    wish = fees.RetireOverride(organisation.id, args.id, operator.actor, args.reason)
    done = await opened.app.write(fees.retire_override, wish)
    yield Done(done.kind.value, done.label, "retired", done.id)


class SiblingArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`steps` as `2=10`: the second child gets 10 percent off. None shows the rule."""

    steps: tuple[str, ...] | None = None
    organisation: str | None = None


class SiblingLine(msgspec.Struct, frozen=True):
    child: int
    percent: str


async def siblings(opened: Opened, args: SiblingArgs, operator: Operator) -> AsyncGenerator[SiblingLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    if args.steps is not None:
        steps = []
        for text in args.steps:
            child, _, percent = text.partition("=")
            if not child.isdecimal():
                raise NotPossible(f"{text}: write CHILD=PERCENT")
            steps.append((int(child), parse_percent(percent)))
        wish = fees.SetSiblingDiscount(organisation.id, SiblingDiscount(tuple(steps)), operator.actor)
        await opened.app.write(fees.set_sibling_discount, wish)
    rule = await opened.app.read(store.sibling_discount, organisation.id)
    for at, bps in rule.steps:
        yield SiblingLine(at, f"{bps / 100:g}")


# --- the run -----------------------------------------------------------------------------------------------------------


class RunArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`preview` shows every invoice and changes nothing. `on` is the day that stands on them."""

    term: str
    preview: bool = False
    tell: bool = True
    on: date | None = None
    organisation: str | None = None


class RunLine(msgspec.Struct, frozen=True):
    """In a preview one invoice; in a run how far it is (`student` is the last one looked at)."""

    student: str
    name: str
    issued: int
    amount: str
    credit: str
    due_on: date | None
    lines: dict[str, str]


async def run(opened: Opened, args: RunArgs, operator: Operator) -> AsyncGenerator[RunLine, None]:
    """Batch after batch, each in a transaction of its own: cut off anywhere, the next run goes on."""
    operator.require(Action.SEE_FEES if args.preview else Action.RUN_INVOICES)
    organisation = await the_school(opened, args.organisation, operator)
    on = args.on or today(opened, organisation)
    if args.preview:
        drafts = await opened.app.read(invoicing.preview_invoices, invoicing.Preview(organisation.id, args.term, on))
        for draft in drafts:
            yield _draft_line(draft)
        return
    after: str | None = ""
    issued, amount, credit = 0, Money(0, organisation.currency), Money(0, organisation.currency)
    while after is not None:
        wish = invoicing.RunInvoices(organisation.id, args.term, on, operator.actor, args.tell, after, BATCH)
        done = await opened.app.write(invoicing.run_invoices, wish)
        issued, amount, credit = issued + done.issued, amount + done.amount, credit + done.credit_applied
        after = done.next_after
        yield RunLine(after or "", "so far" if after else "all", issued, amount.plain(), credit.plain(), None, {})


def _draft_line(draft: Draft) -> RunLine:
    invoice = draft.invoice
    return RunLine(
        draft.student.number,
        draft.student.name,
        1,
        invoice.amount.plain(),
        draft.credit.plain(),
        invoice.due_on,
        {line.label: line.amount.plain() for line in invoice.lines},
    )


class RunsArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    term: str
    organisation: str | None = None


class ProgressLine(msgspec.Struct, frozen=True):
    term: str
    looked_at: int
    expected: int
    issued: int
    amount: str
    credit: str
    started_at: datetime
    finished_at: datetime | None


async def list_runs(opened: Opened, args: RunsArgs, operator: Operator) -> AsyncGenerator[ProgressLine, None]:
    operator.require(Action.SEE_FEES)
    organisation = await the_school(opened, args.organisation, operator)
    term = await opened.app.read(fees.term_of, organisation.id, args.term)
    for one in await opened.app.read(store.runs_of, organisation.id, term.id, organisation.currency):
        yield ProgressLine(
            *(term.name, one.looked_at, one.expected, one.issued, one.amount.plain(), one.credit.plain()),
            *(one.started_at, one.finished_at),
        )


class CorrectArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `confirm` it only shows what would be corrected; with it, the sum that was shown."""

    term: str
    confirm: str | None = None
    tell: bool = True
    on: date | None = None
    organisation: str | None = None


class CorrectionLine(msgspec.Struct, frozen=True):
    """One student's correction, or, last, all of them together."""

    student: str
    invoice: str
    charged: str
    wanted: str
    difference: str
    lines: dict[str, str]


async def correct(opened: Opened, args: CorrectArgs, operator: Operator) -> AsyncGenerator[CorrectionLine, None]:
    operator.require(Action.SEE_FEES if args.confirm is None else Action.CORRECT_INVOICES)
    organisation = await the_school(opened, args.organisation, operator)
    asked = invoicing.PreviewCorrections(organisation.id, args.term)
    found = await opened.app.read(invoicing.preview_corrections, asked)
    if args.confirm is not None:
        confirmed = _signed(args.confirm, organisation.currency)
        wish = invoicing.CorrectInvoices(
            organisation.id,
            args.term,
            confirmed,
            args.on or today(opened, organisation),
            operator.actor,
            args.tell,
        )
        await opened.app.write(invoicing.correct_invoices, wish)
    for one in found:
        yield _correction_line(one)
    charged, wanted = (
        Money(sum(amount.minor for amount in amounts), organisation.currency)
        for amounts in ([one.charged for one in found], [one.wanted for one in found])
    )
    name = "to be confirmed" if args.confirm is None else "corrected"
    yield CorrectionLine("", name, charged.plain(), wanted.plain(), (wanted - charged).plain(), {})


def _correction_line(one: Correction) -> CorrectionLine:
    lines = {line.label: line.amount.plain() for line in one.lines}
    return CorrectionLine(
        one.student.number, one.number, one.charged.plain(), one.wanted.plain(), one.difference.plain(), lines
    )


def _signed(text: str, currency: Currency) -> Money:
    """`-1500.00` or `0`, as well as what `amount_of` reads."""
    if text.strip("0.") == "" and text:
        return Money(0, currency)
    return -amount_of(text[1:], currency) if text.startswith("-") else amount_of(text, currency)


TERMS = Command(SchoolArgs, TermLine, list_terms)
OPEN_TERM = Command(OpenTermArgs, TermLine, open_term, writes=True)
CHANGE_TERM = Command(ChangeTermArgs, TermLine, change_term, writes=True)
CLASSES = Command(SchoolArgs, ClassLine, list_classes)
ADD_CLASS = Command(ClassArgs, ClassLine, add_class, writes=True)
CHANGE_CLASS = Command(ChangeClassArgs, ClassLine, change_class, writes=True)
SHOW = Command(ShowFeesArgs, StructureLine, show_fees)
SET = Command(SetFeesArgs, StructureLine, set_fees, writes=True)
GRANTS = Command(SchoolArgs, GrantLine, list_grants)
GRANT = Command(GrantArgs, Done, grant, writes=True)
RETIRE_GRANT = Command(RetireGrantArgs, Done, retire_grant, writes=True)
SIBLINGS = Command(SiblingArgs, SiblingLine, siblings, writes=True)
RUN = Command(RunArgs, RunLine, run, writes=True)
RUNS = Command(RunsArgs, ProgressLine, list_runs)
CORRECT = Command(CorrectArgs, CorrectionLine, correct, writes=True)
