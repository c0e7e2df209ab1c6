"""Classes, terms, what each class is charged, what single students are charged apart, the run of invoices (FEE-1, 2, 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from aiohttp import web

from core.errors import DomainError, NotFound
from core.fees import FeeLine, Override, OverrideKind, SiblingDiscount, Structure, Term, structure_total
from core.ids import CustomerAccountId, OrganisationId
from core.money import Currency, FractionRefused, Money, NotAnAmount, parse_percent, parse_typed, total
from core.organisations import local_day
from core.permissions import Action
from storage import fees as fee_store
from storage import school, trail
from storage import students as student_store
from storage.organisations import Organisation
from storage.school import SchoolClass
from storage.students import StudentLine
from storage.trail import TrailLine
from storage.tx import Tx
from usecases import fees, invoicing
from usecases.fees import (
    AddClass,
    ChangeClass,
    ChangeTerm,
    ClassFees,
    Grant,
    NameTaken,
    OpenTerm,
    RetireOverride,
    SetFees,
)
from usecases.fees import SetSiblingDiscount as SetSiblings
from usecases.invoicing import Draft, Preview, RunInvoices
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import Done, Form, attempt, id_in, refused
from web.staff.students import LIST as STUDENTS

CLASSES, TERMS = "/staff/classes", "/staff/terms"
LINES = 12
"""Rows of the form for a class's charges."""
SIBLINGS = (2, 3, 4, 5)
SHOWN_DRAFTS = 20
BATCH = 500
"""Students a transaction: who pays meanwhile does not wait for long."""
PLACES: Mapping[type[DomainError], str] = {NameTaken: "name"}


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    sees, edits, charges = Action.SEE_FEES, Action.EDIT_SCHOOL, Action.EDIT_FEES
    term = f"{TERMS}/{{id}}"
    return [
        desk.get(CLASSES, doors.classes, needs=Action.SEE_SCHOOL),
        desk.post(CLASSES, doors.add_class, needs=edits),
        desk.get(f"{CLASSES}/{{id}}", doors.one_class, needs=Action.SEE_SCHOOL),
        desk.post(f"{CLASSES}/{{id}}", doors.change_class, needs=edits),
        desk.get(TERMS, doors.terms, needs=sees),
        desk.post(TERMS, doors.set_siblings, needs=charges),
        desk.get(f"{TERMS}/new", doors.new_term, needs=edits),
        desk.post(f"{TERMS}/new", doors.add_term, needs=edits),
        desk.get(term, doors.term, needs=sees),
        desk.get(f"{term}/edit", doors.edit_term, needs=edits),
        desk.post(f"{term}/edit", doors.change_term, needs=edits),
        desk.get(f"{term}/fees/{{group}}", doors.edit_fees, needs=charges),
        desk.post(f"{term}/fees/{{group}}", doors.set_fees, needs=charges),
        desk.get(f"{term}/invoices", doors.preview, needs=Action.RUN_INVOICES),
        desk.post(f"{term}/invoices", doors.run, needs=Action.RUN_INVOICES),
        desk.get(f"{STUDENTS}/{{id}}/grants", doors.grants, needs=sees),
        desk.post(f"{STUDENTS}/{{id}}/grants", doors.grant, needs=charges),
        desk.post(f"{STUDENTS}/{{id}}/grants/{{grant}}", doors.retire_grant, needs=charges),
    ]


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._app = desk.app

    # --- classes ---

    async def classes(self, visit: Visit) -> Reply:
        return await self._classes_page(visit, Form({}))

    async def add_class(self, visit: Visit) -> Reply:
        wish = AddClass(visit.school.id, visit.text("name"), visit.actor)
        done = await attempt(visit, self._app.write(fees.add_class, wish), PLACES)
        return Go(CLASSES, "saved") if isinstance(done, Done) else await self._classes_page(visit, done[0])

    async def _classes_page(self, visit: Visit, form: Form) -> Reply:
        found = await self._app.read(school.classes, visit.school.id)
        return Page("classes.html", {"found": found, "form": form}, form.status)

    async def one_class(self, visit: Visit) -> Reply:
        one, history = await self._app.read(_class, visit.school.id, id_in(visit, "id"))
        return Page("class.html", {"one": one, "trail": history, "form": Form({"name": one.name})})

    async def change_class(self, visit: Visit) -> Reply:
        """A new name, its end, or its return."""
        one, _ = await self._app.read(_class, visit.school.id, id_in(visit, "id"))
        retired = {"retire": True, "return": False}.get(visit.text("do"))
        name = visit.text("name") if retired is None else None
        wish = ChangeClass(visit.school.id, one.name, visit.actor, name, retired, seen=visit.text("version"))
        done = await attempt(visit, self._app.write(fees.change_class, wish), PLACES)
        if isinstance(done, Done):
            return Go(f"{CLASSES}/{one.id}", "saved")
        now, history = await self._app.read(_class, visit.school.id, one.id)
        return Page("class.html", {"one": now, "trail": history, "form": done[0]}, done[0].status)

    # --- terms ---

    async def terms(self, visit: Visit) -> Reply:
        return await self._terms_page(visit, None)

    async def set_siblings(self, visit: Visit) -> Reply:
        try:
            steps = [
                (child, parse_percent(visit.text(f"child{child}"))) for child in SIBLINGS if visit.text(f"child{child}")
            ]
        except NotAnAmount as error:
            return await self._terms_page(visit, refused(visit, error, {}))
        wish = SetSiblings(visit.school.id, SiblingDiscount(tuple(steps)), visit.actor)
        done = await attempt(visit, self._app.write(fees.set_sibling_discount, wish), {})
        return Go(TERMS, "saved") if isinstance(done, Done) else await self._terms_page(visit, done[0])

    async def _terms_page(self, visit: Visit, form: Form | None) -> Reply:
        found, siblings = await self._app.read(_terms, visit.school.id)
        held = Form({f"child{child}": f"{bps / 100:g}" for child, bps in siblings.steps})
        facts = {"found": found, "form": form or held, "siblings": SIBLINGS}
        return Page("terms.html", facts, form.status if form else 200)

    async def new_term(self, visit: Visit) -> Reply:
        return Page("term_edit.html", {"term": None, "form": Form({}), "now": None})

    async def add_term(self, visit: Visit) -> Reply:
        days, form = _days(visit)
        if form is None:
            wish = OpenTerm(visit.school.id, visit.text("name"), *days, (), visit.actor, is_new=True)
            done = await attempt(visit, self._app.write(fees.open_term, wish), PLACES)
            if isinstance(done, Done):
                return Go(f"{TERMS}/{done.answer.id}", "saved")
            form = done[0]
        return Page("term_edit.html", {"term": None, "form": form, "now": None}, form.status)

    async def term(self, visit: Visit) -> Reply:
        shown = await self._app.read(_term_shown, visit.school, id_in(visit, "id"))
        return Page("term.html", {"shown": shown, "term": shown.term})

    async def edit_term(self, visit: Visit) -> Reply:
        term = await self._app.read(_term, visit.school.id, id_in(visit, "id"))
        days = {"starts": term.starts_on, "ends": term.ends_on, "due": term.due_on}
        form = Form({"name": term.name, **{name: day.isoformat() for name, day in days.items()}})
        return Page("term_edit.html", {"term": term, "form": form, "now": None})

    async def change_term(self, visit: Visit) -> Reply:
        """Its name and days, its end, or its return."""
        term = await self._app.read(_term, visit.school.id, id_in(visit, "id"))
        seen, retired = visit.text("version"), {"retire": True, "return": False}.get(visit.text("do"))
        if retired is not None:
            wish = ChangeTerm(visit.school.id, term.name, visit.actor, retired=retired, seen=seen)
        else:
            (starts, ends, due), form = _days(visit)
            if form is not None:
                return Page("term_edit.html", {"term": term, "form": form, "now": None}, form.status)
            wish = ChangeTerm(visit.school.id, term.name, visit.actor, visit.text("name"), starts, ends, due, seen=seen)
        done = await attempt(visit, self._app.write(fees.change_term, wish), PLACES)
        if isinstance(done, Done):
            return Go(f"{TERMS}/{term.id}", "saved")
        now = await self._app.read(_term, visit.school.id, term.id)
        facts = {"term": now, "form": done[0], "now": now if seen != now.version else None}
        return Page("term_edit.html", facts, done[0].status)

    # --- what a class is charged ---

    async def edit_fees(self, visit: Visit) -> Reply:
        shown = await self._app.read(_fees, visit.school, id_in(visit, "id"), id_in(visit, "group"))
        values: dict[str, str] = {}
        for at, line in enumerate(shown.structure.lines if shown.structure else ()):
            values |= {f"label{at}": line.label, f"amount{at}": line.amount.plain()}
        return self._fees_page(shown, Form(values))

    def _fees_page(self, shown: _Fees, form: Form, *, is_late: bool = False) -> Reply:
        rows = max(LINES, len(shown.structure.lines) + 3 if shown.structure else 0)
        return Page("fees.html", {"shown": shown, "form": form, "rows": range(rows), "is_late": is_late}, form.status)

    async def set_fees(self, visit: Visit) -> Reply:
        shown = await self._app.read(_fees, visit.school, id_in(visit, "id"), id_in(visit, "group"))
        lines, form = _lines(visit, visit.school.currency)
        seen = visit.text("version")
        if form is None:
            wish = SetFees(
                visit.school.id,
                shown.term.name,
                ClassFees(shown.one.name, tuple(lines)),
                visit.actor,
                seen=int(seen) if seen.isdecimal() and len(seen) < 9 else -1,
            )
            done = await attempt(visit, self._app.write(fees.set_fees, wish), PLACES)
            if isinstance(done, Done):
                return Go(f"{TERMS}/{shown.term.id}", "saved")
            form = done[0]
        now = await self._app.read(_fees, visit.school, shown.term.id, shown.one.id)
        return self._fees_page(now, form, is_late=seen != str(now.version))

    # --- the run ---

    async def preview(self, visit: Visit) -> Reply:
        """What the run would do now: computed by the function that posts it."""
        return await self._preview_page(visit, Form({}))

    async def _preview_page(self, visit: Visit, form: Form) -> Reply:
        term = await self._app.read(_term, visit.school.id, id_in(visit, "id"))
        wish = Preview(visit.school.id, term.name, self._today(visit))
        drafts: Sequence[Draft] = await self._app.read(invoicing.preview_invoices, wish)
        currency = visit.school.currency
        facts = {
            "term": term,
            "form": form,
            "count": len(drafts),
            "amount": total([one.invoice.amount for one in drafts], currency),
            "credit": total([one.credit for one in drafts], currency),
            "drafts": drafts[:SHOWN_DRAFTS],
            "runs": await self._app.read(fee_store.runs_of, visit.school.id, term.id, currency),
        }
        return Page("invoices.html", facts, form.status)

    async def run(self, visit: Visit) -> Reply:
        """In batches: who presses twice, or comes back after a break, charges nobody twice."""
        term = await self._app.read(_term, visit.school.id, id_in(visit, "id"))
        after: str | None = ""
        while after is not None:
            wish = RunInvoices(
                *(visit.school.id, term.name, self._today(visit), visit.actor),
                tell=bool(visit.text("tell")),
                after=after,
                limit=BATCH,
            )
            done = await attempt(visit, self._app.write(invoicing.run_invoices, wish), {})
            if not isinstance(done, Done):
                return await self._preview_page(visit, done[0])
            after = done.answer.next_after
        return Go(f"{TERMS}/{term.id}", "charged")

    def _today(self, visit: Visit) -> date:
        return local_day(self._app.clock.now(), visit.school.time_zone)

    # --- what one student is charged apart ---

    async def grants(self, visit: Visit) -> Reply:
        return await self._grants_page(visit, Form({}))

    async def _grants_page(self, visit: Visit, form: Form) -> Reply:
        one, held, terms = await self._app.read(_grants, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        names = {term.id: term.name for term in terms}
        granted = [(each, fees.worth(each), names.get(each.term, "") if each.term else "") for each in held]
        facts = {"one": one, "granted": granted, "terms": terms, "kinds": [kind.value for kind in OverrideKind]}
        return Page("grants.html", facts | {"form": form}, form.status)

    async def grant(self, visit: Visit) -> Reply:
        one, _, terms = await self._app.read(_grants, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        try:
            amount, bps = _worth(visit.text("worth"), visit.school.currency)
        except (NotAnAmount, FractionRefused) as error:
            return await self._grants_page(visit, refused(visit, error, {type(error): "worth"}))
        kind = visit.text("kind")
        wish = Grant(
            visit.school.id,
            one.number,
            OverrideKind(kind) if kind in {each.value for each in OverrideKind} else OverrideKind.DISCOUNT,
            visit.text("label"),
            visit.text("reason"),
            visit.actor,
            term=next((term.name for term in terms if str(term.id) == visit.text("term")), None),
            amount=amount,
            bps=bps,
        )
        done = await attempt(visit, self._app.write(fees.grant, wish), {})
        if isinstance(done, Done):
            return Go(f"{STUDENTS}/{one.account}/grants", "saved")
        return await self._grants_page(visit, done[0])

    async def retire_grant(self, visit: Visit) -> Reply:
        one, _, _ = await self._app.read(_grants, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        wish = RetireOverride(visit.school.id, id_in(visit, "grant"), visit.actor, visit.text("reason") or "ended")
        await self._app.write(fees.retire_override, wish)
        return Go(f"{STUDENTS}/{one.account}/grants", "saved")


# --- what was typed -----------------------------------------------------------------------------------------------------


def _days(visit: Visit) -> tuple[tuple[date, date, date], Form | None]:
    """The three days of a term; or the form again, with what is no day."""
    found, wrong = [], {}
    for name in ("starts", "ends", "due"):
        try:
            found.append(date.fromisoformat(visit.text(name)))
        except ValueError:
            wrong[name] = "day_needed"
            found.append(date.min)
    return (found[0], found[1], found[2]), Form(visit.fields, wrong) if wrong else None


def _lines(visit: Visit, currency: Currency) -> tuple[list[FeeLine], Form | None]:
    """Charges, one a row; an empty row is none."""
    found: list[FeeLine] = []
    wrong: dict[str, str] = {}
    for at in range(100):
        label, amount = visit.text(f"label{at}"), visit.text(f"amount{at}")
        if not (label or amount):
            continue
        try:
            found.append(FeeLine(label, parse_typed(amount, currency)))
        except (NotAnAmount, FractionRefused) as error:
            wrong |= refused(visit, error, {type(error): f"amount{at}"}).wrong
    return found, Form(visit.fields, wrong) if wrong else None


def _worth(text: str, currency: Currency) -> tuple[Money | None, int]:
    """`2,500`, or `12.5%`."""
    return (None, parse_percent(text)) if text.rstrip().endswith("%") else (parse_typed(text, currency), 0)


# --- what the pages ask the books ---------------------------------------------------------------------------------------


def _class(tx: Tx, organisation: OrganisationId, group: UUID) -> tuple[SchoolClass, list[TrailLine]]:
    found = next((one for one in school.classes(tx, organisation) if one.id == group), None)
    if found is None:
        raise NotFound("class", "")
    return found, trail.of_subjects(tx, organisation, [group])


def _terms(tx: Tx, organisation: OrganisationId) -> tuple[list[Term], SiblingDiscount]:
    """The newest first."""
    return school.terms_of(tx, organisation)[::-1], fee_store.sibling_discount(tx, organisation)


def _term(tx: Tx, organisation: OrganisationId, id_: UUID) -> Term:
    found = next((term for term in school.terms_of(tx, organisation) if term.id == id_), None)
    if found is None:
        raise NotFound("term", "")
    return found


@dataclass(frozen=True, slots=True)
class _TermShown:
    term: Term
    charged: list[tuple[SchoolClass, Structure | None, Money]]
    runs: list[fee_store.Run]
    history: list[TrailLine]


def _term_shown(tx: Tx, organisation: Organisation, id_: UUID) -> _TermShown:
    term = _term(tx, organisation.id, id_)
    held = fee_store.structures_of(tx, term.id, organisation.currency)
    classes = [one for one in school.classes(tx, organisation.id) if not one.is_retired or one.id in held]
    charged = [
        (one, held.get(one.id), structure_total(held[one.id].lines if one.id in held else (), organisation.currency))
        for one in classes
    ]
    versions = [one.id for one in fee_store.versions_of(tx, term.id, organisation.currency)]
    return _TermShown(
        term,
        charged,
        fee_store.runs_of(tx, organisation.id, term.id, organisation.currency),
        trail.of_subjects(tx, organisation.id, [term.id, *versions]),
    )


@dataclass(frozen=True, slots=True)
class _Fees:
    term: Term
    one: SchoolClass
    structure: Structure | None

    @property
    def version(self) -> int:
        """0 before the first."""
        return self.structure.version if self.structure else 0


def _fees(tx: Tx, organisation: Organisation, id_: UUID, group: UUID) -> _Fees:
    one, _ = _class(tx, organisation.id, group)
    held = fee_store.structures_of(tx, id_, organisation.currency)
    return _Fees(_term(tx, organisation.id, id_), one, held.get(group))


def _grants(
    tx: Tx, organisation: OrganisationId, account: CustomerAccountId
) -> tuple[StudentLine, list[Override], list[Term]]:
    one = student_store.by_account(tx, organisation, account)
    if one is None:
        raise NotFound("student", "")
    held = [each for each in fee_store.overrides(tx, organisation) if each.account == account]
    return one, held, [term for term in school.terms_of(tx, organisation) if not term.is_retired]
