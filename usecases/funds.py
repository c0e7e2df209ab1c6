"""Funds: set up with their limits, filled up when they run low, and what they will last (OUT-2, OUT-7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from core import entries
from core.approvals import Approval, Content, State, Subject, SubjectKind
from core.errors import NotFound, NotPermitted
from core.ids import EntryId, OrganisationId, StaffId
from core.ledger import OF_FUNDS, allotted, fund_account
from core.messages import FundLow
from core.money import Money, zero
from core.permissions import Action, Actor, ActorKind
from core.treasury import (
    LOOKS_BACK,
    AlreadyReconciled,
    Fund,
    FundId,
    Replenishment,
    ReplenishmentId,
    Ruling,
    dry_on,
)
from storage import audit, ledger, organisations
from storage import treasury as store
from storage.audit import Change
from storage.ledger import EntryKept
from storage.tx import Tx
from usecases import approvals
from usecases.approvals import Request, person_of
from usecases.noting import note_of
from usecases.rights import require_for

_SYSTEM = Actor(ActorKind.SYSTEM, "treasury", "reorder level")


@dataclass(frozen=True, slots=True)
class FundEntry:
    """A fund as the set-up file describes it; sums in whole shillings or francs. `opening` counts when it is new, only."""

    slug: str
    name: str
    opening: int = 0
    most: int = 50_000
    least: int = 0
    reorder: int = 0
    full: int = 0
    region: str = ""
    branch: str = ""


@dataclass(frozen=True, slots=True)
class SaveFunds:
    organisation: OrganisationId
    funds: tuple[FundEntry, ...]
    actor: Actor


def save_funds(tx: Tx, wish: SaveFunds) -> list[Fund]:
    """Add funds, or change the names and limits of those that are there. Safe to repeat: no balance changes by it."""
    organisation = organisations.by_id(tx, wish.organisation)
    require_for(tx, wish.actor, Action.SETUP, wish.organisation, what="organisation", name=organisation.slug)
    saved = []
    for entry in wish.funds:
        known = store.fund_named(tx, wish.organisation, entry.slug)
        fund = _fund(tx, organisation, entry, known)
        if known is None:
            opened = replace(fund, balance=zero(organisation.currency))
            store.add_fund(tx, replace(opened, least=zero(organisation.currency)))
            note_of(tx, wish.actor, wish.organisation, "fund_opened", "fund", fund.id, after=entry.slug)
            if fund.balance.minor:
                _allot(tx, fund, fund.id, fund.balance, organisation.local_day(tx.now))
            store.change_fund(tx, fund)
        elif fund != known:
            store.change_fund(tx, fund)
            note_of(tx, wish.actor, wish.organisation, "fund_changed", "fund", fund.id, reason=entry.slug)
        saved.append(fund)
    return saved


def _fund(tx: Tx, organisation: organisations.Organisation, entry: FundEntry, known: Fund | None) -> Fund:
    def money(whole: int) -> Money:
        return Money(whole * organisation.currency.unit, organisation.currency)

    return Fund(
        id=known.id if known else FundId(tx.new_id()),
        organisation=organisation.id,
        slug=entry.slug,
        name=entry.name,
        region=entry.region,
        branch=entry.branch,
        balance=known.balance if known else money(entry.opening),
        least=money(entry.least),
        most=money(entry.most),
        reorder=money(entry.reorder),
        full=money(max(entry.full, entry.reorder)),
    )


def _allot(tx: Tx, fund: Fund, allotment: UUID, amount: Money, value_on: date) -> None:
    ledger.open_accounts(
        tx,
        [fund_account(fund.organisation, fund.id, amount.currency), allotted(fund.organisation, amount.currency)],
    )
    entry = entries.fund_allotted(
        organisation=fund.organisation, fund=fund.id, allotment=allotment, amount=amount, value_on=value_on
    )
    ledger.post(tx, [entry])
    store.move_fund(tx, fund.id, amount)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was spent lately, and the day the fund runs dry if that goes on; None when nothing was spent."""

    fund: Fund
    spent: Money
    dry: date | None


def forecast(tx: Tx, fund: Fund) -> Forecast:
    """From the last thirty days."""
    since, today = tx.now - LOOKS_BACK, organisations.by_id(tx, fund.organisation).local_day(tx.now)
    spent = store.spent_since(tx, fund, since)
    return Forecast(fund, spent, dry_on(fund, spent, since=today - LOOKS_BACK, today=today))


def forecasts(tx: Tx, organisation: OrganisationId) -> list[Forecast]:
    """Of every fund of an organisation."""
    return [forecast(tx, fund) for fund in store.funds_of(tx, organisation)]


# --- the ledger of a fund ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReconcileEntries:
    """These entries of funds were compared with what really happened."""

    organisation: OrganisationId
    entries: tuple[UUID, ...]
    actor: Actor
    trace: str = ""


def reconcile_entries(tx: Tx, wish: ReconcileEntries) -> list[EntryKept]:
    """Mark all of them reconciled, or none: by whom and when, for good. Never by whoever carried one out. Raises
    `AlreadyReconciled`."""
    require_for(tx, wish.actor, Action.RECONCILE_PAYMENT, wish.organisation, what="entry", name="")
    by = person_of(tx, wish.actor).staff
    marked = []
    for id_ in dict.fromkeys(wish.entries):
        found = ledger.entry(tx, wish.organisation, id_)
        if found is None or not any(line.account.code.startswith(OF_FUNDS) for line in found.postings):
            raise NotFound("entry of a fund", id_.hex)
        if found.reconciled_at is not None:
            day = organisations.by_id(tx, wish.organisation).local_day(found.reconciled_at)
            raise AlreadyReconciled(day)
        if by in store.carried_out_by(tx, found.id):
            raise NotPermitted(Action.RECONCILE_PAYMENT.value)
        mark(tx, found.id, wish.organisation, by, wish.actor, wish.trace)
        marked.append(replace(found, reconciled_by=by, reconciled_at=tx.now))
    return marked


def mark(tx: Tx, entry: EntryId, organisation: OrganisationId, by: StaffId, actor: Actor, trace: str) -> None:
    """An entry is reconciled, and the trail says so."""
    ledger.reconcile(tx, entry, by)
    change = Change(organisation, "entry_reconciled", "entry", entry, 1, None, "reconciled", trace=trace)
    audit.record(tx, [(change, actor)])


# --- replenishments ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Replenish:
    """Somebody asks that a fund be filled up by `amount`; None fills it to the brim."""

    organisation: OrganisationId
    fund: FundId
    amount: Money | None
    actor: Actor
    trace: str = ""


def replenish(tx: Tx, wish: Replenish) -> Replenishment:
    """Ask for it. One at a time: where one waits already, that is the answer."""
    require_for(tx, wish.actor, Action.REQUEST_PAYMENT, wish.organisation, what="fund", name=wish.fund.hex)
    fund = store.fund(tx, wish.fund, lock=True)
    if fund is None or fund.organisation != wish.organisation:
        raise NotFound("fund", wish.fund.hex)
    amount = wish.amount if wish.amount is not None else fund.full - fund.balance
    if amount.minor <= 0:
        raise NotFound("anything missing in fund", fund.slug)
    return _raise(tx, fund, amount, wish.actor, wish.trace)


def reorder(tx: Tx, fund: Fund, trace: str) -> Replenishment | None:
    """Raise it by itself once the fund has come down to its reorder level; None while it has not."""
    missing = fund.missing
    return _raise(tx, fund, missing, _SYSTEM, trace) if missing is not None else None


def _raise(tx: Tx, fund: Fund, amount: Money, actor: Actor, trace: str) -> Replenishment:
    if (waiting := store.open_replenishment(tx, fund.id)) is not None:
        return waiting
    requester = StaffId(UUID(actor.name)) if actor.kind is ActorKind.STAFF else None
    one = Replenishment(
        ReplenishmentId(tx.new_id()), fund.organisation, fund.id, amount, requester, Ruling.PENDING, tx.now
    )
    store.add_replenishment(tx, one)
    note_of(tx, actor, fund.organisation, "replenishment_raised", "replenishment", one.id, after="pending")
    news = _low(tx, fund, amount) if actor == _SYSTEM else None
    reason = f"{fund.slug} {amount.plain()}"
    approvals.request(tx, Request(_content(one, fund), actor, reason=reason, trace=trace, news=news))
    return one


def _low(tx: Tx, fund: Fund, missing: Money) -> FundLow:
    name, code = organisations.by_id(tx, fund.organisation).name, organisations.code_of(tx, fund.organisation)
    return FundLow(name, fund.name, fund.balance, missing, code)


def _content(one: Replenishment, fund: Fund) -> Content:
    subject = Subject(SubjectKind.REPLENISHMENT, one.id)
    return Content(one.organisation, subject, one.amount, {"fund": fund.id.hex, "name": fund.name})


class ReplenishmentOwner:
    """Approved, it is funded at once."""

    at_once = True

    def named(self, tx: Tx, subject: UUID) -> str:
        one = store.replenishment(tx, subject)
        fund = store.fund(tx, one.fund) if one else None
        return fund.name if fund else ""

    def content(self, tx: Tx, subject: UUID, *, lock: bool = True) -> Content:
        one = store.replenishment(tx, subject, lock=lock)
        fund = store.fund(tx, one.fund, lock=lock) if one else None
        if one is None or fund is None:
            raise NotFound("replenishment", subject.hex)
        return _content(one, fund)

    def approved(self, tx: Tx, approval: Approval, by: Actor, *, has_code: bool, trace: str) -> Approval:
        subject = approval.subject.id
        used = approvals.execute(tx, approval, self.content(tx, subject), by=by, has_code=has_code, trace=trace)
        assert used.state is State.EXECUTED, "its row is locked, and it was just compared"
        one = store.replenishment(tx, subject)
        assert one is not None, "its row is locked"
        fund = store.fund(tx, one.fund)
        assert fund is not None, "funds are never removed"
        store.rule_replenishment(tx, one, Ruling.APPROVED)
        _allot(tx, fund, one.id, one.amount, organisations.by_id(tx, fund.organisation).local_day(tx.now))
        _note(tx, by, one, "replenishment_funded", "approved")
        return used

    def ended(self, tx: Tx, approval: Approval, by: Actor, *, trace: str) -> None:
        one = store.replenishment(tx, approval.subject.id)
        assert one is not None, "replenishments are never removed"
        store.rule_replenishment(tx, one, Ruling.REJECTED)
        _note(tx, by, one, "replenishment_refused", "rejected")


def _note(tx: Tx, by: Actor, one: Replenishment, action: str, after: str) -> None:
    note_of(tx, by, one.organisation, action, "replenishment", one.id, before="pending", after=after)
