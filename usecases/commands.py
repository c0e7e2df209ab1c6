"""What doors may ask the program to do: frozen values, made at the edge with an intent id, stored before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.ids import ContactId, CustomerAccountId, OrganisationId, PaymentId
from core.money import Money
from core.payments import Part
from core.phones import Msisdn
from core.splitting import Split


@dataclass(frozen=True, slots=True)
class RequestPayment:
    """A person confirmed on some screen: prompt `payer`'s phone for the sum of `parts`. Repeating `intent` changes nothing."""

    intent: str
    """Made at the edge from what cannot change on a repeat, as (session, text) of a USSD hop."""
    organisation: OrganisationId
    payer: Msisdn
    contact: ContactId | None
    parts: tuple[Part, ...]
    reference: str
    """What the payer sees as account on the phone: a student number, or for several children the first one's."""
    language: str
    trace: str
    """The request id that follows this story from screen to SMS (OPS-3)."""


@dataclass(frozen=True, slots=True)
class PaymentRequested:
    """The prompt is on its way: it is sent some seconds after the USSD session ended."""

    payment: PaymentId
    amount: Money
    payee: str


@dataclass(frozen=True, slots=True)
class MakePromise:
    """Somebody gives their word on a phone: `amount` for `account` by the end of `due_on`. Repeating it changes nothing."""

    organisation: OrganisationId
    account: CustomerAccountId
    msisdn: Msisdn
    amount: Money
    due_on: date
    channel: str


@dataclass(frozen=True, slots=True)
class ChooseSplit:
    """A guardian chooses on a phone how one payment is divided over several children, from now on."""

    organisation: OrganisationId
    msisdn: Msisdn
    split: Split
    channel: str


@dataclass(frozen=True, slots=True)
class SendStatement:
    """A guardian asked for a statement on the phone: of one child, or, without an account, of all. Asked again within the
    hour it is the same link, sent once."""

    organisation: OrganisationId
    contact: ContactId
    account: CustomerAccountId | None
    msisdn: Msisdn
    language: str
    trace: str = ""
    opens_at: str = ""
    """The address below which links open."""


@dataclass(frozen=True, slots=True)
class AskRefund:
    """A payer asks on the phone that (a part of) a payment from it be paid back. Repeating `intent` changes nothing."""

    organisation: OrganisationId
    payment: PaymentId
    amount: Money
    reason: str
    msisdn: Msisdn
    intent: str = ""
    channel: str = "ussd"
    trace: str = ""


@dataclass(frozen=True, slots=True)
class AskLoan:
    """Somebody asks for a loan on the phone that it is to be paid to, after they were shown what it costs. Repeating `intent`
    changes nothing."""

    organisation: OrganisationId
    product: str
    amount: Money
    instalments: int
    total: Money
    """What they were shown that is to be paid back: any other loan is refused."""
    msisdn: Msisdn
    name: str = ""
    """Of who is new."""
    intent: str = ""
    channel: str = "ussd"
    trace: str = ""


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """A person chose their language; every screen and message to this phone follows it from now on (ORG-4)."""

    msisdn: Msisdn
    language: str
