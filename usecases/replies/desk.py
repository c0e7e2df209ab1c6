"""The desk at which a text is answered: who writes, what it was read as, which account is meant, and what may be said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.callers import AccountView, Relation
from core.ids import CustomerAccountId, OrganisationId
from core.messages import Reply, WishAnswered
from core.money import Money, NotAnAmount, parse_typed, zero
from core.phones import Msisdn
from core.references import Reference
from core.sms.reading import Reading
from storage import callers, people
from storage.texts import MORE, Offer, Text
from storage.tx import Tx

MOST_KEPT = 200
"""Characters of a text that waits for what was missing in it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A text to one organisation, with what it was read as."""

    organisation: OrganisationId
    sender: Msisdn
    text: Text
    reading: Reading
    said: str
    """What was read: the text, behind the one that it completes."""
    opens_at: str
    """The address below which links open; "" where none can be sent."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What to tell; None when what was done tells it itself. `language`: that of the answer, where the person chose none."""

    message: WishAnswered | None
    language: str
    offer: Offer | None = None


@dataclass(slots=True)
class Desk:
    """One text at work."""

    tx: Tx
    asked: Asked
    relation: Relation

    @property
    def reading(self) -> Reading:
        return self.asked.reading

    @property
    def language(self) -> str:
        return people.language_of(self.tx, self.asked.sender) or self.reading.language or ""

    def own(self, account: CustomerAccountId) -> AccountView | None:
        """One of the writer's open accounts."""
        return next((one for one in self.relation.accounts if one.account == account), None)

    def nothing_open(self) -> Answered:
        """To who answers for no account that is open: somebody whom we do not know, or who owes nothing any more."""
        return self.says(Reply.STRANGER if self.relation.contact is None else Reply.NOTHING_OWED)

    def asks(self, reply: Reply, *, reference: str = "", amount: Money | None = None) -> Answered:
        """Something is missing: the next text may be no more than that."""
        return self.says(
            reply,
            reference=reference,
            amount=amount,
            offer=Offer(MORE, wish=self.asked.reading.intent.value, text=self.asked.said[:MOST_KEPT]),
        )

    def says(
        self,
        reply: Reply,
        *,
        amount: Money | None = None,
        balance: Money | None = None,
        cost: Money | None = None,
        sent: Money | None = None,
        on: date | None = None,
        until: date | None = None,
        count: int = 0,
        reference: str = "",
        student: str = "",
        offer: Offer | None = None,
        language: str = "",
    ) -> Answered:
        nothing = zero(self.relation.currency)
        message = WishAnswered(
            organisation=self.relation.name,
            reply=reply,
            amount=amount or nothing,
            balance=balance or nothing,
            on=on or self.relation.today,
            reference=reference,
            student=student,
            cost=cost,
            sent=sent,
            until=until,
            count=count,
        )
        return Answered(message, language or self.language, offer)


@dataclass(frozen=True, slots=True)
class Target:
    """The account that is meant. `own` is None for somebody else's. `inferred`: not by its number as it is written."""

    account: CustomerAccountId
    reference: str
    own: AccountView | None
    inferred: bool

    @property
    def student(self) -> str:
        return first_of(self.own) if self.own else ""


def first_of(own: AccountView) -> str:
    """The first name of whom an account is for; of a loan, the first word of its product."""
    return own.holder.split(" ")[0]


def target_of(desk: Desk) -> Target | Answered:
    """By its number, by the child's name, or as the only one there is."""
    reading, own = desk.reading, desk.relation.accounts
    if reading.reference:
        found = callers.account_named(desk.tx, desk.relation.organisation, reading.reference)
        if found is None:
            return desk.says(Reply.NO_ACCOUNT, reference=reading.reference[:20])
        exact = Reference.read(reading.reference).exact == Reference.read(found[1]).exact
        mine = next((one for one in own if one.account == found[0]), None)
        return Target(found[0], found[1], mine, inferred=not exact)
    named = [one for one in own if {*one.holder.casefold().split()} & {*reading.unknown}]
    several = named or list(own)
    if len(several) == 1:
        return Target(several[0].account, several[0].reference, several[0], inferred=True)
    if not own:
        return desk.nothing_open()
    return desk.asks(Reply.WHICH, reference=several[0].reference)


def amount_of(desk: Desk) -> Money | None:
    """The sum that was said, in the organisation's money; None for one that was not, or in another country's."""
    whole = None if desk.reading.amount is None else money_of(desk, desk.reading.amount)
    if whole is None or not desk.reading.cents:
        return whole
    return Money(whole.minor + desk.reading.cents, whole.currency) if whole.currency.unit == 100 else None


def money_of(desk: Desk, figure: int) -> Money | None:
    """A figure of the text as the organisation's money; None where the text names another country's."""
    currency = desk.relation.currency
    try:
        for mark in desk.reading.marks:
            if mark in _COUNTRIES:
                parse_typed(f"{mark} 1", currency)
        return parse_typed(str(figure), currency)
    except NotAnAmount:
        return None


_COUNTRIES = frozenset(
    ["kes", "ksh", "kshs", "tzs", "tsh", "tshs", "ugx", "ush", "rwf", "frw", "fc", "cdf", "fbu", "bif"]
)
"""Words of one currency; `sh` and `f` are of several."""
