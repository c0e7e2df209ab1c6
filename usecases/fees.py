"""What a school's money rests on: terms, classes, fee structures, what single students are charged apart (FEE-1, FEE-8).

Create, change and retire. Nothing that an invoice rests on is overwritten: a structure gets a new version, an override is
retired and another granted, and what was invoiced stays until somebody confirms a correction (`usecases/invoicing.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar
from uuid import UUID

from core.errors import DomainError, NotFound
from core.fees import WHOLE_BPS, FeeLine, Override, OverrideKind, SiblingDiscount, Structure, Term
from core.ids import OrganisationId
from core.money import Currency, Money
from core.permissions import Action, Actor
from core.versions import ChangedMeanwhile
from storage import fees as store
from storage import organisations, school
from storage.school import SchoolClass
from storage.tx import Tx
from usecases.noting import note, note_of
from usecases.rights import require_for

LONGEST_LABEL = 60


@dataclass(eq=False)
class NotPossible(DomainError):
    """A wish about fees that cannot be granted; `what` names the rule that it breaks."""

    code: ClassVar[str] = "not_possible"
    what: str


@dataclass(eq=False)
class Retired(DomainError):
    """What is retired takes nothing new."""

    code: ClassVar[str] = "retired"
    name: str


@dataclass(eq=False)
class NameTaken(DomainError):
    """Another one bears this name already."""

    code: ClassVar[str] = "name_taken"
    name: str


# --- terms -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClassFees:
    class_name: str
    lines: tuple[FeeLine, ...]


@dataclass(frozen=True, slots=True)
class OpenTerm:
    """A term with its dates and what each class is charged."""

    organisation: OrganisationId
    name: str
    starts_on: date
    ends_on: date
    due_on: date
    fees: tuple[ClassFees, ...]
    actor: Actor
    is_new: bool = False
    """Refuse a name that another term has."""


def open_term(tx: Tx, wish: OpenTerm) -> Term:
    """Enter a term and its fee structure. Repeating it makes new versions of what differs; issued invoices stay."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    _check_dates(wish.starts_on, wish.ends_on)
    known = school.term_named(tx, wish.organisation, wish.name)
    if known is not None and wish.is_new:
        raise NameTaken(known.name)
    if known is not None and known.is_retired:
        raise Retired(known.name)
    term = known or school.add_term(
        tx, wish.organisation, Term(tx.new_id(), _named(wish.name), wish.starts_on, wish.ends_on, wish.due_on)
    )
    if wish.fees:
        currency = organisations.by_id(tx, wish.organisation).currency
        classes = school.add_classes(tx, wish.organisation, [fees.class_name for fees in wish.fees])
        held = store.structures_of(tx, term.id, currency)
        for fees in wish.fees:
            group = classes[fees.class_name]
            _version(tx, wish.organisation, wish.actor, term, group, fees, held.get(group), currency)
    if known is None:
        note_of(tx, wish.actor, wish.organisation, "term_opened", "term", term.id, after=_told(term), reason=term.name)
    return term


@dataclass(frozen=True, slots=True)
class ChangeTerm:
    """New dates or a new name; None leaves what is. `retired` closes the term for new charges, or opens it again."""

    organisation: OrganisationId
    term: str
    actor: Actor
    name: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    due_on: date | None = None
    retired: bool | None = None
    seen: str | None = None
    """The version that was shown when the change was begun; None does not ask."""


def change_term(tx: Tx, wish: ChangeTerm) -> Term:
    """Invoices that were issued keep the due day that stands on them."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    before = term_of(tx, wish.organisation, wish.term)
    _check_seen(wish.seen, before.version)
    after = Term(
        id=before.id,
        name=before.name if wish.name is None else _named(wish.name),
        starts_on=wish.starts_on or before.starts_on,
        ends_on=wish.ends_on or before.ends_on,
        due_on=wish.due_on or before.due_on,
        is_retired=before.is_retired if wish.retired is None else wish.retired,
    )
    _check_dates(after.starts_on, after.ends_on)
    if after.name != before.name and school.term_named(tx, wish.organisation, after.name):
        raise NameTaken(after.name)
    if after != before:
        school.change_term(tx, after)
        note_of(
            tx,
            *(wish.actor, wish.organisation, "term_changed", "term", before.id),
            before=_told(before),
            after=_told(after),
        )
    return after


def term_of(tx: Tx, organisation: OrganisationId, name: str) -> Term:
    """The term of that name. Raises `NotFound`."""
    term = school.term_named(tx, organisation, name)
    if term is None:
        raise NotFound("term", name)
    return term


def _check_seen(seen: str | None, now: str) -> None:
    if seen is not None and seen != now:
        raise ChangedMeanwhile


def _check_dates(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise NotPossible("a term ends after it starts")


def _named(name: str) -> str:
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= LONGEST_LABEL:
        raise NotPossible(f"a name has 1 to {LONGEST_LABEL} letters")
    return tidy


def _told(term: Term) -> str:
    state = ", retired" if term.is_retired else ""
    return f"{term.name}: {term.starts_on} to {term.ends_on}, due {term.due_on}{state}"


# --- classes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AddClass:
    organisation: OrganisationId
    name: str
    actor: Actor


def add_class(tx: Tx, wish: AddClass) -> SchoolClass:
    """A class that was retired under this name is taken up again."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    name = _named(wish.name)
    known = school.class_named(tx, wish.organisation, name)
    if known is None:
        school.add_classes(tx, wish.organisation, [name])
    elif known.is_retired:
        school.retire_class(tx, known.id, retired=False)
    else:
        return known
    found = class_of(tx, wish.organisation, name)
    note_of(tx, wish.actor, wish.organisation, "class_added", "class", found.id, after=name)
    return found


@dataclass(frozen=True, slots=True)
class ChangeClass:
    """A new name, or its end."""

    organisation: OrganisationId
    class_name: str
    actor: Actor
    name: str | None = None
    retired: bool | None = None
    seen: str | None = None


def change_class(tx: Tx, wish: ChangeClass) -> SchoolClass:
    """A class with students cannot be retired: they would be charged nothing without anybody saying so."""
    require_for(tx, wish.actor, Action.EDIT_SCHOOL, wish.organisation, what="organisation", name="")
    before = class_of(tx, wish.organisation, wish.class_name)
    _check_seen(wish.seen, before.version)
    name = before.name if wish.name is None else _named(wish.name)
    if name != before.name:
        if school.class_named(tx, wish.organisation, name):
            raise NameTaken(name)
        school.rename_class(tx, before.id, name)
    if wish.retired is not None:
        if wish.retired and before.students:
            raise NotPossible(f"{before.name} has {before.students} students")
        school.retire_class(tx, before.id, retired=wish.retired)
    after = class_of(tx, wish.organisation, name)
    if after != before:
        state = "retired" if after.is_retired else "in use"
        note_of(
            tx,
            *(wish.actor, wish.organisation, "class_changed", "class", before.id),
            before=before.name,
            after=f"{after.name}, {state}",
        )
    return after


def class_of(tx: Tx, organisation: OrganisationId, name: str) -> SchoolClass:
    """The class of that name. Raises `NotFound`."""
    found = school.class_named(tx, organisation, name)
    if found is None:
        raise NotFound("class", name)
    return found


# --- fee structures ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetFees:
    """What a class is charged in a term from now on. No lines: nothing any more."""

    organisation: OrganisationId
    term: str
    fees: ClassFees
    actor: Actor
    seen: int | None = None
    """The version of the structure that was shown, 0 for none; None does not ask."""


def set_fees(tx: Tx, wish: SetFees) -> Structure:
    """A new version, unless nothing differs. Who was invoiced by an older one is shown by `preview_corrections`."""
    require_for(tx, wish.actor, Action.EDIT_FEES, wish.organisation, what="organisation", name="")
    term = term_of(tx, wish.organisation, wish.term)
    found = class_of(tx, wish.organisation, wish.fees.class_name)
    for name, is_retired in ((term.name, term.is_retired), (found.name, found.is_retired)):
        if is_retired:
            raise Retired(name)
    currency = organisations.by_id(tx, wish.organisation).currency
    held = store.structures_of(tx, term.id, currency).get(found.id)
    if wish.seen is not None and wish.seen != (held.version if held else 0):
        raise ChangedMeanwhile
    return _version(tx, wish.organisation, wish.actor, term, found.id, wish.fees, held, currency)


def _version(
    tx: Tx,
    organisation: OrganisationId,
    actor: Actor,
    term: Term,
    group: UUID,
    fees: ClassFees,
    held: Structure | None,
    currency: Currency,
) -> Structure:
    lines = tuple(replace(line, label=_label(line.label)) for line in fees.lines)
    for line in lines:
        if line.amount.minor < 0 or line.amount.currency is not currency:
            raise NotPossible(f"{line.label}: {line.amount}")
    if len({line.label for line in lines}) < len(lines):
        raise NotPossible("each line has a label of its own")
    if held is not None and held.lines == lines:
        return held
    after = Structure(tx.new_id(), term.id, group, held.version + 1 if held else 1, lines)
    store.add_structure(tx, organisation, after)
    note_of(
        tx,
        *(actor, organisation, "fees_set", "fee_structure", after.id),
        before=_listed(held.lines) if held else None,
        after=_listed(lines),
        reason=f"{term.name}, {fees.class_name}, version {after.version}",
    )
    return after


def _label(text: str) -> str:
    tidy = " ".join(text.split())
    if not 0 < len(tidy) <= LONGEST_LABEL:
        raise NotPossible(f"a label has 1 to {LONGEST_LABEL} letters")
    return tidy


def _listed(lines: tuple[FeeLine, ...]) -> str:
    return "; ".join(f"{line.label} {line.amount.plain()}" for line in lines) or "nothing"


# --- what single students are charged apart ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Grant:
    """A scholarship, a discount or an extra item for one student: an amount, or `bps` hundredths of a percent."""

    organisation: OrganisationId
    student: str
    """The number, as it is written."""
    kind: OverrideKind
    label: str
    reason: str
    actor: Actor
    term: str | None = None
    """None: in every term."""
    amount: Money | None = None
    bps: int = 0


def grant(tx: Tx, wish: Grant) -> Override:
    """Holds for invoices that are run from now on; for one that was issued, a correction must be confirmed."""
    require_for(tx, wish.actor, Action.EDIT_FEES, wish.organisation, what="organisation", name="")
    student = school.student_named(tx, wish.organisation, wish.student)
    if student is None:
        raise NotFound("student", wish.student)
    term = None if wish.term is None else term_of(tx, wish.organisation, wish.term)
    if term is not None and term.is_retired:
        raise Retired(term.name)
    currency = organisations.by_id(tx, wish.organisation).currency
    if (wish.amount is None) == (wish.bps == 0):
        raise NotPossible("either an amount or a percentage")
    if not 0 <= wish.bps <= WHOLE_BPS:
        raise NotPossible("a percentage from 0.01 to 100")
    if wish.amount is not None and (wish.amount.minor <= 0 or wish.amount.currency is not currency):
        raise NotPossible(f"{wish.amount}")
    reason = " ".join(wish.reason.split())
    if not reason:
        raise NotPossible("a reason is needed")
    override = Override(
        id=tx.new_id(),
        account=student.account,
        term=term.id if term else None,
        kind=wish.kind,
        label=_label(wish.label),
        reason=reason,
        amount=wish.amount,
        bps=wish.bps,
    )
    store.add_override(tx, wish.organisation, override)
    note_of(
        tx,
        *(wish.actor, wish.organisation, f"{wish.kind.value}_granted", "override", override.id),
        after=f"{wish.student}: {override.label} {worth(override)}",
        reason=reason,
    )
    return override


@dataclass(frozen=True, slots=True)
class RetireOverride:
    organisation: OrganisationId
    override: UUID
    actor: Actor
    reason: str


def retire_override(tx: Tx, wish: RetireOverride) -> Override:
    """From now on it is charged as the class is. Raises `NotFound` for one that no longer holds."""
    require_for(tx, wish.actor, Action.EDIT_FEES, wish.organisation, what="organisation", name="")
    override = store.retire_override(tx, wish.organisation, wish.override)
    if override is None:
        raise NotFound("override", wish.override.hex)
    note_of(
        tx,
        *(wish.actor, wish.organisation, f"{override.kind.value}_retired", "override", override.id),
        before=f"{override.label} {worth(override)}",
        reason=wish.reason,
    )
    return override


def worth(override: Override) -> str:
    """`2500.00`, or `12.5%`: how much it is, in digits."""
    return override.amount.plain() if override.amount is not None else f"{override.bps / 100:g}%"


@dataclass(frozen=True, slots=True)
class SetSiblingDiscount:
    organisation: OrganisationId
    rule: SiblingDiscount
    actor: Actor


def set_sibling_discount(tx: Tx, wish: SetSiblingDiscount) -> int:
    """The version of the rule that holds now. Empty steps end the discount."""
    require_for(tx, wish.actor, Action.EDIT_FEES, wish.organisation, what="organisation", name="")
    children = [child for child, _ in wish.rule.steps]
    if len(set(children)) < len(children) or any(child < 2 for child in children):
        raise NotPossible("each child once, from the second on")
    if any(not 0 <= bps <= WHOLE_BPS for _, bps in wish.rule.steps):
        raise NotPossible("a percentage from 0 to 100")
    before = store.sibling_discount(tx, wish.organisation)
    rule = SiblingDiscount(tuple(sorted(wish.rule.steps)))
    version = store.set_sibling_discount(tx, wish.organisation, rule)
    if rule != before:
        told = ", ".join(f"child {child}: {bps / 100:g}%" for child, bps in rule.steps) or "none"
        note(tx, wish.actor, wish.organisation, "sibling_discount_set", told)
    return version
