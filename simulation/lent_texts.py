"""Laws of what borrowers read of loans, by text and on screens: theirs alone, true, and no chasing of who paid or promised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.ids import OrganisationId
from core.loans.events import Repaid
from core.messages import LoanLate, LoanReminder, Message, PaymentReceived, Reply, WishAnswered
from core.phones import Msisdn
from sandbox.mpesa import Transaction
from simulation.borrowers import LOAN, sums_in
from simulation.foretold import foretold
from simulation.places import Lender
from simulation.seen import AT_ONCE, Told, told_in_full
from simulation.tales import Tale, tales
from simulation.town import Town
from storage import people
from storage.tables import account_contacts, loans, promises
from storage.tx import Tx

REMINDED_DAYS = 2
RECKONED_BY = timedelta(minutes=40)
"""After midnight all loans are reckoned at ten past, or when power is back; until then yesterday's figures are told."""
_OF_LOANS = frozenset({Reply.LOAN_NEXT, Reply.LOAN_LATE})
"""Answers that say what ends a loan today."""


class LoanTexts:
    """What a text or screen of a lender says, against the reckoning of a clerk who knew what the books knew."""

    def __init__(self, town: Town, organisations: Mapping[str, UUID], typed: Mapping[Msisdn, set[str]]) -> None:
        self._town = town
        self._organisations = organisations
        self._typed = typed
        self._staff = {clerk.msisdn for office in town.offices for clerk in office.clerks}

    def of_others(self, plan: Lender, phone: Msisdn, text: str, where: str) -> Iterator[str]:
        """Numbers of loans that are neither theirs nor were ever typed on this phone."""
        if phone in self._staff:
            return
        said = [one.replace("o", "0").replace("i", "1") for one in self._typed.get(phone, ())]
        for number in sorted({*LOAN.findall(text)}):
            was_typed = any(re.search(f"l0an0*{number[5:].lstrip('0')}", one) for one in said)
            if not was_typed and not self.answers_for(plan, number, phone):
                yield f"{phone.masked} was shown {number} of others, {where}"

    def answers_for(self, plan: Lender, number: str, phone: Msisdn) -> bool:
        """Is it a loan of whoever has this phone?"""
        found: bool = self._town.look(
            partial(_answers_for, organisation=self._organisations[plan.slug], number=number, phone=phone)
        )
        return found

    def of_text(self, plan: Lender, told: Told, text: str, at: datetime, where: str) -> Iterator[str]:
        """What it says of a loan is so, and whoever is chased is to be."""
        message, asked_at = self._town.look(lambda tx: told_in_full(tx, told))
        numbers = LOAN.findall(getattr(message, "reference", ""))
        if len(numbers) != 1:
            return
        organisation, zone = self._organisations[plan.slug], ZoneInfo(plan.time_zone)
        found = self._town.look(partial(tales, organisation=organisation, zone=zone, number=int(numbers[0][5:])))
        if not found:
            return
        tale = found[0]
        if isinstance(message, LoanReminder | LoanLate):
            yield from self._of_chasing(tale, message, sums_in(text), at, where)
        elif isinstance(message, WishAnswered) and message.reply is Reply.WHAT_IF:
            yield from self._of_what_if(tale, message, asked_at, where)
        elif said := _payoff_said(message):
            yield from self._of_payoff(tale, told, said, asked_at, where)

    def _of_chasing(
        self, tale: Tale, message: LoanReminder | LoanLate, said: list[int], at: datetime, where: str
    ) -> Iterator[str]:
        """Asked for is what was not paid a minute before, of an instalment of these days, and not during a promise. `said`: the
        text's sums."""
        about, today, known = f"{message.event} of {tale.number}", tale.day(at), at - AT_ONCE
        if self._town.look(lambda tx: _is_promised(tx, tale, known)):
            yield f"{about} during a promise {where}"
        if tale.moved_between(known, at):
            return
        clerk = tale.lived(self._truth, today, known)
        if not clerk.runs or not clerk.owed:
            yield f"{about}, which is paid off, {where}"
            return
        if isinstance(message, LoanLate):
            late = clerk.lacks(today - timedelta(days=1))
            if not late:
                yield f"{about}, of which nothing is late, {where}"
            elif said[:1] != [late + clerk.penalty]:
                yield f"{about} says that {said} is late, it is {late + clerk.penalty}, {where}"
        elif not clerk.lacks(message.due_on) and not clerk.penalty:
            yield f"{about} due on {message.due_on}, which is paid, {where}"
        elif not 0 <= (message.due_on - today).days <= REMINDED_DAYS:
            yield f"{about} due on {message.due_on} {where}"

    def _of_payoff(self, tale: Tale, told: Told, said: int, at: datetime, where: str) -> Iterator[str]:
        """What ends it today, as it was when the text was written."""
        if len({receipt for when, receipt, _ in tale.coins if when == at}) > 1:
            return  # which of them a text tells of, nobody can say
        right = []
        for day in (tale.day(at), tale.day(at - RECKONED_BY)):
            clerk = tale.lived(self._truth, day, at)
            right.append(clerk.payoff(day) or -clerk.credit)
        if said not in right:
            yield f"{told.event} says that {said} ends {tale.number}, it is {right[0]}, {where}"

    def _of_what_if(self, tale: Tale, message: WishAnswered, at: datetime, where: str) -> Iterator[str]:
        """The interest that would be saved, and the day on which the loan would end."""
        if len({receipt for when, receipt, _ in tale.coins if when == at}) > 1 or message.cost is None:
            return
        pays = Repaid(message.on, message.amount.minor)
        saved, ends_on = foretold(tale.events(self._truth, at), tale.day(at), pays)
        if (message.cost.minor, message.until) != (saved, ends_on or message.on):
            said = f"{message.cost.minor} saved and the end on {message.until}"
            yield f"{tale.number} was foretold {said}, it is {saved} and {ends_on}, {where}"

    @property
    def _truth(self) -> dict[str, Transaction]:
        return {done.receipt: done for done in self._town.pretend.mpesa.transactions}


def _answers_for(tx: Tx, organisation: UUID, number: str, phone: Msisdn) -> bool:
    contact = people.contact_of(tx, OrganisationId(organisation), phone)
    mine = (loans.c.organisation_id == organisation) & (loans.c.number == int(number[5:]))
    query = sa.select(account_contacts.c.contact_id).join(loans, loans.c.account_id == account_contacts.c.account_id)
    return contact in {*tx.connection.execute(query.where(mine)).scalars()}


def _payoff_said(message: Message) -> int | None:
    if isinstance(message, PaymentReceived) and not message.others:  # of several it tells the sum
        return message.balance.minor
    if isinstance(message, WishAnswered) and message.reply in _OF_LOANS:
        return message.balance.minor
    return None


def _is_promised(tx: Tx, tale: Tale, at: datetime) -> bool:
    mine = (promises.c.account_id == tale.account) & (promises.c.state == "open") & (promises.c.made_at < at)
    return bool(tx.connection.scalar(sa.select(sa.func.count()).select_from(promises).where(mine)))
