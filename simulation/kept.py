"""Words that were kept: everybody is told once, promises are judged by the books, what is due is done on its day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.payments import NEXT, FailReason, Status
from core.promises import PromiseState
from simulation.places import Lender, Place
from simulation.seen import TAKEN_BY_PEOPLE
from simulation.town import START, Town
from storage import outbox as outbox_store
from storage import people
from storage.tables import (
    applications,
    changes,
    consents,
    customer_accounts,
    entries,
    invoices,
    job_runs,
    open_items,
    organisations,
    outbox,
    payments,
    promises,
    receipts,
    sealed,
    terms,
)
from storage.tx import Tx

SEALED_WITHIN = timedelta(days=2)
DAILY = {"arrears": time(14), "daily_summary": time(18)}
"""What every school does each day, at what hour of its own."""
OF_LENDERS = {"loans": time(0, 10), "planned_payments": time(9), "loan_reminders": time(18, 30)}
"""What every lender does besides."""
ENDS_WITHIN = timedelta(hours=28)


def unkept(town: Town, *, at_rest: bool) -> list[str]:
    """What was not done, done twice, or done too early. `at_rest`: all had time to end."""
    broken: list[str] = []
    for plan in town.places:
        broken += town.look(partial(_of_place, plan=plan))
    broken += town.look(lambda tx: [*_states(tx), *_unsealed(tx), *_stopped_wrongly(tx)])
    if at_rest:
        broken += town.look(lambda tx: [*_unended(tx)])
        broken += _reversals(town)
    return broken


def _of_place(tx: Tx, plan: Place) -> list[str]:
    query = sa.select(organisations.c.id).where(organisations.c.slug == plan.slug)
    organisation = tx.connection.execute(query).scalar_one()
    zone = ZoneInfo(plan.time_zone)
    of_people = (*_told(tx, organisation), *_promises(tx, organisation, zone))
    return [
        *of_people,
        *_daily(tx, organisation, zone, DAILY | OF_LENDERS if isinstance(plan, Lender) else DAILY),
        *_charged(tx, organisation),
        *_credit_beside_debt(tx, organisation),
    ]


# --- states and seals ----------------------------------------------------------------------------------------------------


def _states(tx: Tx) -> Iterator[str]:
    """Each change of a payment is one that its table allows, and begins where the one before ended."""
    query = sa.select(changes.c.subject_id, changes.c.from_state, changes.c.to_state)
    before: dict[UUID, str | None] = {}
    mine = changes.c.subject_kind == "payment"
    for subject, was, now in _rows(tx, query.where(mine).order_by(changes.c.subject_id, changes.c.sequence)):
        if was != before.get(subject):
            yield f"payment {subject} was {before.get(subject)}, its next change begins at {was}"
        if was != now and Status(now) not in NEXT[Status(was) if was else None]:
            yield f"payment {subject} went from {was} to {now}"
        before[subject] = now


def _unsealed(tx: Tx) -> Iterator[str]:
    for table, at in ((entries, entries.c.recorded_at), (changes, changes.c.at)):
        query = sa.select(sa.func.count()).select_from(table.outerjoin(sealed, sealed.c.row_id == table.c.id))
        count = tx.connection.scalar(query.where(sealed.c.row_id.is_(None), at < tx.now - SEALED_WITHIN))
        if count:
            yield f"{count} {table.name} are not sealed after {SEALED_WITHIN.days} days"


# --- who was told what ---------------------------------------------------------------------------------------------------


def _told(tx: Tx, organisation: UUID) -> Iterator[str]:
    """Money that found its owner is receipted by one text, a prompt without money is regretted by one."""
    told: Counter[tuple[UUID, str]] = Counter()
    mine = (outbox.c.organisation_id == organisation) & outbox.c.payment_id.is_not(None)
    for payment, event in _rows(tx, sa.select(outbox.c.payment_id, outbox.c.event).where(mine)):
        told[(payment, "receipt" if event in ("payment_received", "payment_held") else event)] += 1
    placed = {row[0] for row in _rows(tx, sa.select(applications.c.payment_id).distinct())}
    columns = (payments.c.id, payments.c.status, payments.c.payer_contact_id, payments.c.fail_reason)
    for id_, status, contact, reason in _rows(
        tx, sa.select(*columns).where(payments.c.organisation_id == organisation)
    ):
        if status in (Status.COMPLETED.value, Status.REVERSED.value):
            if not told[(id_, "receipt")] and (id_ in placed or contact is not None):
                yield f"nobody was told that payment {id_} came"
        elif reason != FailReason.PAID_TWICE_AS_ONE.value and status in (Status.FAILED.value, Status.EXPIRED.value):
            regrets = told[(id_, "payment_failed")]
            if not regrets or (regrets > 1 and status == Status.EXPIRED.value):
                yield f"payment {id_} is {status}, and its payer was told so {regrets} times"


def _stopped_wrongly(tx: Tx) -> Iterator[str]:
    """Nobody is left without a text for a STOP that they did not say, or have taken back."""
    columns = (outbox.c.organisation_id, outbox.c.event, outbox.c.facts_sealed, outbox.c.created_at)
    query = sa.select(*columns).where(
        outbox.c.state == "skipped", outbox.c.last_error.in_(["stopped by the reader", "not wanted by the reader"])
    )
    said: dict[tuple[UUID, bytes], list[tuple[str, bool, datetime]]] = defaultdict(list)
    words_of = sa.select(
        consents.c.organisation_id, consents.c.address_index, consents.c.topic, consents.c.wanted, consents.c.at
    )
    for organisation, address, topic, wanted, at in _rows(tx, words_of.order_by(consents.c.id)):
        said[(organisation, bytes(address))].append((topic, bool(wanted), at))
    for organisation, event, facts_sealed, queued_at in _rows(tx, query):
        facts = outbox_store.message_facts(tx, facts_sealed)
        known = people.phones_of(tx, facts.contact) if facts.contact and not facts.msisdn else []
        phone = known[0].msisdn.digits if known else facts.msisdn
        if not phone:
            continue
        topic = outbox_store.EVENTS[event].topic.value
        words = [
            (wanted, at)
            for about, wanted, at in said[(organisation, tx.vault.phone_index(phone))]
            if about in ("", topic)
        ]
        stops = [at for wanted, at in words if not wanted]
        well_before = queued_at - timedelta(minutes=1)
        last_before = [wanted for wanted, at in words if at < well_before]
        if not stops or (last_before and last_before[-1] and max(stops) < well_before):
            yield f"{event} of {queued_at:%d/%m %H:%M} was not sent for a STOP that nobody had said"


# --- promises ------------------------------------------------------------------------------------------------------------


def _promises(tx: Tx, organisation: UUID, zone: ZoneInfo) -> Iterator[str]:
    """A promise is judged when its day is over, and by what had come."""
    judged = {
        subject: (state, at)
        for subject, state, at in _rows(
            tx,
            sa.select(changes.c.subject_id, changes.c.to_state, changes.c.at).where(
                changes.c.organisation_id == organisation,
                changes.c.subject_kind == "promise",
                changes.c.to_state.in_([PromiseState.KEPT.value, PromiseState.BROKEN.value]),
            ),
        )
    }
    columns = ("id", "account_id", "minor", "paid_minor", "due_on", "state")
    query = sa.select(*(promises.c[name] for name in columns)).where(promises.c.organisation_id == organisation)
    for id_, account, minor, before, due_on, state in _rows(tx, query):
        if id_ not in judged:
            late = tx.now.astimezone(zone).date() - due_on
            if state == PromiseState.OPEN.value and late > timedelta(days=3):
                yield f"a promise for {due_on} was never judged"
            continue
        verdict, at = judged[id_]
        if at.astimezone(zone).date() <= due_on:
            yield f"a promise for {due_on} was judged on {at.astimezone(zone):%Y-%m-%d %H:%M}"
        came = _paid(tx, account, due_on, at) - before
        if verdict == PromiseState.BROKEN.value and came >= minor:
            yield f"a promise of {minor} for {due_on} is called broken, and {came} came"


def _paid(tx: Tx, account: UUID, until: date, known_at: datetime) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(applications.c.minor), 0)).join(
        entries, entries.c.id == applications.c.entry_id
    )
    mine = (applications.c.account_id == account) & applications.c.payment_id.is_not(None)
    return int(
        tx.connection.scalar(query.where(mine, entries.c.value_on <= until, entries.c.recorded_at < known_at)) or 0
    )


# --- every day -----------------------------------------------------------------------------------------------------------


def _daily(tx: Tx, organisation: UUID, zone: ZoneInfo, hours: Mapping[str, time]) -> Iterator[str]:
    """Each daily job ran for each day, and was due at its hour there."""
    query = sa.select(job_runs.c.job, job_runs.c.due_at, job_runs.c.state).where(
        job_runs.c.organisation_id == organisation, job_runs.c.job.in_(list(hours))
    )
    done: dict[str, set[date]] = defaultdict(set)
    for job, due_at, state in _rows(tx, query):
        local = due_at.astimezone(zone)
        if (local.hour, local.minute) != (hours[job].hour, hours[job].minute):
            yield f"{job} was due at {local:%H:%M} there"
        if state == "done":
            done[job].add(local.date())
    day, last = START.astimezone(zone).date() + timedelta(days=1), tx.now.astimezone(zone).date()
    while day < last:
        for job in hours:
            if day not in done[job]:
                yield f"{job} did not run for {day}"
        day += timedelta(days=1)


def _charged(tx: Tx, organisation: UUID) -> Iterator[str]:
    """Every student has one invoice a term."""
    students = tx.connection.scalar(
        sa.select(sa.func.count())
        .select_from(customer_accounts)
        .where(customer_accounts.c.organisation_id == organisation)
    )
    count = sa.func.count(sa.distinct(invoices.c.account_id))
    query = sa.select(terms.c.name, count).outerjoin_from(terms, invoices, invoices.c.term_id == terms.c.id)
    mine = query.where(terms.c.organisation_id == organisation, terms.c.retired_at.is_(None)).group_by(terms.c.name)
    for name, charged in _rows(tx, mine):
        if charged != students:
            yield f"{name} was charged to {charged} of {students} students"


def _credit_beside_debt(tx: Tx, organisation: UUID) -> Iterator[str]:
    """Nobody owes while money is held for them, though a payment of theirs was taken back; unless people moved or refunded
    one."""
    mine = customer_accounts.c.organisation_id == organisation
    home = applications.join(customer_accounts, customer_accounts.c.id == applications.c.account_id)
    taken_back = {
        row[0]
        for row in _rows(tx, sa.select(applications.c.account_id).select_from(home).where(mine, *TAKEN_BY_PEOPLE))
    }
    signed = sa.case(
        (applications.c.item_id.is_(None), applications.c.minor),
        (applications.c.strategy == "credit", -applications.c.minor),
        else_=0,
    )
    held = (
        sa.select(applications.c.account_id, sa.func.sum(signed))
        .select_from(home)
        .where(mine)
        .group_by(applications.c.account_id)
    )
    credit = {account: int(minor) for account, minor in _rows(tx, held)}
    owed = sa.select(open_items.c.account_id, sa.func.sum(open_items.c.outstanding_minor)).where(
        open_items.c.organisation_id == organisation
    )
    for account, minor in _rows(tx, owed.group_by(open_items.c.account_id)):
        if minor and credit.get(account, 0) > 0 and account not in taken_back:
            yield f"account {account} owes {minor} while {credit[account]} is held for it"


# --- ends ----------------------------------------------------------------------------------------------------------------


def _unended(tx: Tx) -> Iterator[str]:
    """Nothing waits in the outbox for a day, whatever hour it says that it waits for."""
    waiting = outbox.c.state.in_(["pending", "sending"]) & (outbox.c.created_at < tx.now - ENDS_WITHIN)
    query = sa.select(outbox.c.event, outbox.c.state, sa.func.count()).where(waiting)
    for event, state, count in _rows(tx, query.group_by(outbox.c.event, outbox.c.state)):
        yield f"{count} {event} are {state} after {ENDS_WITHIN}"
    unreceipted = sa.select(sa.func.count()).select_from(
        payments.outerjoin(receipts, receipts.c.payment_id == payments.c.id)
    )
    if count := tx.connection.scalar(unreceipted.where(payments.c.receipt.is_not(None), receipts.c.number.is_(None))):
        yield f"{count} payments have no receipt"


def _reversals(town: Town) -> Iterator[str]:
    """What M-Pesa took back is taken back in the books, and nothing else; what we asked it to give back is a refund, also where
    its operators were quicker than our wish: the payer has it once, and the float tells so."""
    orders = town.pretend.daraja.disbursing.orders
    ours, asked = {one.gives_back for one in orders if one.is_paid}, {one.gives_back for one in orders}
    back = {one.receipt for one in town.pretend.mpesa.reversals} - ours
    known = dict(
        town.look(
            lambda tx: _rows(
                tx, sa.select(payments.c.receipt, payments.c.status).where(payments.c.receipt.is_not(None))
            )
        )
    )
    for receipt, status in known.items():
        is_refund = status == Status.REFUNDED.value and receipt in asked
        if (status == Status.REVERSED.value) != (receipt in back) and not (is_refund and receipt in back):
            yield f"coin {receipt} is {status}, and M-Pesa has {'' if receipt in back else 'not '}taken it back"


def _rows(tx: Tx, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tx.connection.execute(query)]
