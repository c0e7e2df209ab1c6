"""The day in one message, for those who answer for an organisation's money (NOT-1: daily summary)."""

from __future__ import annotations

from core.messages import DailySummary
from core.permissions import TABLE, Action
from core.schedule import Due
from storage import exchanges, organisations, outbox, suspense
from storage.outbox import Kind, MessageFacts, Out
from storage.tx import Tx
from usecases import takings
from usecases.chats import tell_in_chats
from usecases.schedule import complete


def summarise_day(tx: Tx, due: Due) -> str:
    """Tell the staff who are to hear of it what the business day brought until now; once, whatever is cut or repeated."""
    organisation = organisations.by_id(tx, due.organisation)
    day = organisation.local_day(due.at)
    came = takings.of_days(tx, organisation, since=day, until=day).money_in
    told = [
        member for member in organisations.staff_of(tx, due.organisation) if member.role in TABLE[Action.HEAR_SUMMARY]
    ]
    report = f"{came.count} payments, {len(told)} told"
    if not complete(tx, due, report):
        return "done before"
    summary = DailySummary(
        organisation=organisation.name,
        day=day,
        amount=came.amount,
        payments=came.count,
        waiting=suspense.count(tx, due.organisation),
        unread=exchanges.count_unread(tx, due.organisation),
    )
    facts = [MessageFacts(summary, msisdn=member.msisdn.digits) for member in told]
    outbox.put(tx, [Out(due.organisation, Kind.SMS, summary.event, one) for one in facts])
    tell_in_chats(tx, due.organisation, told, summary)
    return report
