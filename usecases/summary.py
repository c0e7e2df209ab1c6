"""The day in one message, for those who answer for an organisation's money (NOT-1: daily summary)."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from core.messages import DailySummary
from core.permissions import TABLE, Action
from core.schedule import Due
from storage import exchanges, organisations, outbox, receipts, suspense
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases.schedule import complete


def summarise_day(tx: Tx, due: Due) -> str:
    """Tell the staff who are to hear of it what the local day brought until now; once, whatever is cut or repeated."""
    organisation = organisations.by_id(tx, due.organisation)
    zone = ZoneInfo(organisation.time_zone)
    day = due.at.astimezone(zone).date()
    payments, amount = receipts.takings(
        tx, due.organisation, organisation.currency, since=datetime.combine(day, time(), zone), until=due.at
    )
    told = [
        member for member in organisations.staff_of(tx, due.organisation) if member.role in TABLE[Action.HEAR_SUMMARY]
    ]
    report = f"{payments} payments, {len(told)} told"
    if not complete(tx, due, report):
        return "done before"
    summary = DailySummary(
        organisation=organisation.name,
        day=day,
        amount=amount,
        payments=payments,
        waiting=suspense.count(tx, due.organisation),
        unread=exchanges.count_unread(tx, due.organisation),
    )
    facts = [MessageFacts(summary, msisdn=member.msisdn.digits) for member in told]
    outbox.put(tx, [Out(due.organisation, Kind.SMS, summary.event, one) for one in facts])
    return report
