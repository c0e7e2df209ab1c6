"""The cheap laws: what can be seen to be broken after each step, from what the world saw and a few small questions.

Nothing here asks the program what it meant to do. `simulation.laws` recounts everything, and is asked more rarely.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from core.ids import CustomerAccountId, OrganisationId
from core.ledger import receivable
from core.messages import Message
from core.money import Currency
from core.phones import Msisdn
from core.preferences import Topic
from sandbox.africastalking import SentSms
from sandbox.moods import Letter
from sandbox.school import SchoolPlan
from simulation.people import Crowd
from simulation.town import Town
from storage.ledger import balance_as_of
from storage.tables import (
    attempts,
    balances,
    consents,
    customer_accounts,
    organisations,
    outbox,
    payments,
    promises,
    receipts,
)
from storage.tx import Tx

_TOPICS: Mapping[str, Topic] = {kind.event: kind.topic for kind in get_args(Message)}
_HELD = frozenset({Topic.NEWS, Topic.REMINDERS, Topic.ARREARS})
"""What no organisation may send at night."""
_UNSTOPPABLE = frozenset({Topic.REPLY, Topic.SECURITY})
_CHASING = frozenset({Topic.REMINDERS, Topic.ARREARS})
_ON_THE_WAY = timedelta(minutes=2)
"""A text that was on its way when somebody said STOP still arrives."""
_RECEIPT = re.compile(rb'"(?:TransID|MpesaReceiptNumber","Value)":"([0-9A-Z]{10})"')
_RECEIPT_CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the books say about what the world saw since the last look."""

    trial_balance: int
    receipts: Sequence[tuple[UUID, int, int]]
    """By organisation: how many, and the highest number."""
    coins: int
    forgotten: Sequence[str]
    """Receipts that M-Pesa was told we have, and that are nowhere."""
    events: Mapping[str, str]
    """By the gateway's id of a text: what it told."""
    stops: Sequence[tuple[UUID, bytes, str, str, bool, datetime]]


@dataclass(frozen=True, slots=True)
class Chased:
    """What a student owed in the moment of a text, in minor units, and whether a promise stood then."""

    owed: int
    promised: bool


class Watch:
    """Looks at the town after each step. Every answer is a list of broken laws, in words; empty when all is well."""

    def __init__(self, town: Town, crowd: Crowd) -> None:
        self._town = town
        self._crowd = crowd
        self._read_to = 0
        self._told: set[tuple[Msisdn, str]] = set()
        self._plans = {plan.slug: plan for plan in town.plans}
        self._organisations: dict[str, UUID] = town.look(_organisations)
        self._families = _families(town.plans)
        self._acknowledged: list[str] = []
        self.checked = 0
        town.pretend.mpesa.courier.on_accepted = self._note_acknowledged

    def look(self) -> list[str]:
        """What the last step broke."""
        self.checked += 1
        sent = self._texts_that_have_settled()
        seen: Seen = self._town.look(lambda tx: _seen(tx, [text.id for text in sent], self._acknowledged))
        broken = [*self._of_books(seen), *self._of_texts(sent, seen), *self._of_screens()]
        broken += [f"a use case failed unexpectedly: {bug}" for bug in self._town.bugs]
        self._crowd.seen.clear()
        self._acknowledged.clear()
        return broken

    # --- money -----------------------------------------------------------------------------------------------------

    def _note_acknowledged(self, letter: Letter) -> None:
        """M-Pesa was told that we have it: from now on it is ours to remember."""
        if found := _RECEIPT.search(letter.body):
            self._acknowledged.append(found[1].decode())

    def _of_books(self, seen: Seen) -> Iterator[str]:
        yield from (f"coin {receipt} was acknowledged and is not in the books" for receipt in seen.forgotten)
        if seen.trial_balance:
            yield f"the trial balance is {seen.trial_balance}"
        if seen.coins > len(self._town.pretend.mpesa.transactions):
            yield f"{seen.coins} coins in the books, {len(self._town.pretend.mpesa.transactions)} at M-Pesa"
        for organisation, count, highest in seen.receipts:
            if count != highest:
                yield f"organisation {organisation} has {count} receipts up to number {highest}"

    # --- texts -----------------------------------------------------------------------------------------------------

    def _texts_that_have_settled(self) -> list[SentSms]:
        """Those not looked at, but for the newest: their rows may not be written yet."""
        sent, until = self._town.pretend.africastalking.sent, self._town.clock.now() - _ON_THE_WAY
        first = self._read_to
        while self._read_to < len(sent) and sent[self._read_to].at < until:
            self._read_to += 1
        return sent[first : self._read_to]

    def _of_texts(self, sent: Sequence[SentSms], seen: Seen) -> Iterator[str]:
        stops = _by_address(seen.stops)
        for text in sent:
            where = f"to {text.to.masked} at {text.at:%d/%m %H:%M}"
            if len(text.text) > 160:
                yield f"a text of {len(text.text)} characters {where}"
            if _RECEIPT_CODE.search(text.text):
                if (text.to, text.text) in self._told:
                    yield f"a receipt was sent twice {where}"
                self._told.add((text.to, text.text))
            topic = _TOPICS.get(seen.events.get(text.id, ""))
            if topic is None or topic in _UNSTOPPABLE:
                continue
            if self._is_night(text) and (topic in _HELD or not self._plans[text.username].texts_at_night):
                yield f"a text about {topic.value} in quiet hours {where}"
            if self._had_stopped(text, topic, stops):
                yield f"a text about {topic.value} after STOP {where}"
            if topic in _CHASING:
                yield from self._of_chasing(text, topic, where)

    def _of_chasing(self, text: SentSms, topic: Topic, where: str) -> Iterator[str]:
        """Nobody is chased for what is paid, nor while they keep their word."""
        school, number = self._plans[text.username], self._numbers_on(text.text, self._plans[text.username])
        if len(number) != 1:
            yield f"a text about {topic.value} that names no student {where}"
            return
        organisation = OrganisationId(self._organisations[text.username])
        chased = self._town.look(lambda tx: _chased(tx, organisation, number[0], text.at, school.currency))
        if chased.owed <= 0:
            yield f"a text about {topic.value} of {number[0]}, who owes nothing, {where}"
        if chased.promised:
            yield f"a text about {topic.value} of {number[0]} during a promise {where}"

    def _is_night(self, text: SentSms) -> bool:
        hour = text.at.astimezone(ZoneInfo(self._plans[text.username].time_zone)).hour
        return hour >= 21 or hour < 7

    def _had_stopped(self, text: SentSms, topic: Topic, stops: _Stops) -> bool:
        """The last word on this topic, said well before the text left, was no."""
        organisation = self._organisations[text.username]
        index = self._town.process.vault.index("msisdn", text.to.digits)
        said = [
            wanted
            for about, channel, wanted, at in stops.get((organisation, index), ())
            if about in ("", topic.value) and channel in ("", "sms") and at < text.at - _ON_THE_WAY
        ]
        return bool(said) and not said[-1]

    # --- screens ---------------------------------------------------------------------------------------------------

    def _of_screens(self) -> Iterator[str]:
        for who, typed, screen in self._crowd.seen:
            if len(screen) > 160:
                yield f"a screen of {len(screen)} characters after {typed!r}"
            for number in self._numbers_on(screen, who.school):
                if number not in self._families[who.guardian.msisdn] and number.lower() not in typed.lower().replace(
                    " ", ""
                ):
                    yield f"{who.guardian.msisdn.masked} was shown {number} after {typed!r}"

    def _numbers_on(self, screen: str, school: SchoolPlan) -> list[str]:
        prefix = school.families[0].students[0].number[:2]
        return re.findall(rf"\b{prefix}[2-9]{{4}}\b", screen)


_Stops = Mapping[tuple[UUID, bytes], Sequence[tuple[str, str, bool, datetime]]]


def _by_address(rows: Sequence[tuple[UUID, bytes, str, str, bool, datetime]]) -> _Stops:
    found: dict[tuple[UUID, bytes], list[tuple[str, str, bool, datetime]]] = defaultdict(list)
    for organisation, address, topic, channel, wanted, at in rows:
        found[(organisation, address)].append((topic, channel, wanted, at))
    return found


def _families(plans: Sequence[SchoolPlan]) -> dict[Msisdn, set[str]]:
    """Whose children each phone may see, at any school."""
    found: dict[Msisdn, set[str]] = defaultdict(set)
    for plan in plans:
        for family in plan.families:
            for guardian in family.guardians:
                found[guardian.msisdn] |= {student.number for student in family.students}
    return found


def _organisations(tx: Tx) -> dict[str, UUID]:
    rows = tx.connection.execute(sa.select(organisations.c.slug, organisations.c.id))
    return {row.slug: row.id for row in rows}


def _seen(tx: Tx, texts: Sequence[str], acknowledged: Sequence[str]) -> Seen:
    run = tx.connection.execute
    numbers = sa.select(receipts.c.organisation_id, sa.func.count(), sa.func.max(receipts.c.number))
    coins = sa.select(sa.func.count()).select_from(payments).where(payments.c.receipt.is_not(None))
    coin = sa.select(payments.c.id).where(payments.c.receipt == sa.bindparam("receipt"))
    events: dict[str, str] = {}
    stops: list[tuple[UUID, bytes, str, str, bool, datetime]] = []
    if texts:
        told = (
            sa.select(attempts.c.gateway_id, outbox.c.event)
            .join(outbox, outbox.c.id == attempts.c.message_id)
            .where(attempts.c.gateway_id.in_(texts))
        )
        events = {row.gateway_id: row.event for row in run(told)}
        columns = (consents.c.organisation_id, consents.c.address_index, consents.c.topic, consents.c.channel)
        stops = [
            (organisation, bytes(address), topic, channel, bool(wanted), at)
            for organisation, address, topic, channel, wanted, at in run(
                sa.select(*columns, consents.c.wanted, consents.c.at).order_by(consents.c.id)
            )
        ]
    return Seen(
        trial_balance=int(run(sa.select(sa.func.coalesce(sa.func.sum(balances.c.minor), 0))).scalar_one()),
        receipts=[(row[0], row[1], row[2]) for row in run(numbers.group_by(receipts.c.organisation_id))],
        coins=int(run(coins).scalar_one()),
        forgotten=[receipt for receipt in acknowledged if run(coin, {"receipt": receipt}).first() is None],
        events=events,
        stops=stops,
    )


def _chased(tx: Tx, organisation: OrganisationId, number: str, at: datetime, currency: Currency) -> Chased:
    mine = (customer_accounts.c.reference == number) & (customer_accounts.c.organisation_id == organisation)
    account = CustomerAccountId(tx.connection.execute(sa.select(customer_accounts.c.id).where(mine)).scalar_one())
    before = at - timedelta(seconds=20)  # what was committed while the text was handed over could not stop it
    owed = balance_as_of(tx, receivable(organisation, account, currency), recorded_until=before)
    stood = sa.select(promises.c.due_on).where(
        promises.c.account_id == account, promises.c.state == "open", promises.c.made_at < before
    )
    return Chased(owed.minor, tx.connection.execute(stood).first() is not None)
