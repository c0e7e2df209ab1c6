"""M-Pesa itself, pretended: wallets, receipts, prompts on handsets, and the truth about every shilling that moved.

`sandbox/daraja.py` is its face towards programs. Callbacks have the shapes of public captures (`mpesa-daraja` sheet).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import takewhile

import msgspec

from core.errors import NotFound, Unavailable
from core.money import Currency, Money, parse_typed, zero
from core.phones import Msisdn
from core.ports import Clock, Http, Random
from sandbox.moods import Courier, Letter, Mood, Spawn
from sandbox.phones import Handset, Phones, Prompt

KES = Currency.KES
MOST_AT_ONCE = Money(250_000_00, KES)
OPENING_BALANCE = Money(200_000_00, KES)

_EAT = timedelta(hours=3)
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_PROMPT_LIFE_S = 60.0
_DIALOGUE_PATIENCE_S = 10
_VALIDATION_PATIENCE_S = 8.0
_CALLBACK_AFTER_S = 0.2
_TWIN_AFTER_S = 0.4
_USER_AGENT = "Apache-HttpClient/4.5.13 (Java/1.8.0_292)"


@dataclass
class ShortCode:
    """A payee: a paybill, or with `till` a till whose head office is `number`."""

    number: str
    name: str
    passkey: str
    consumer_key: str
    consumer_secret: str
    till: str | None = None
    external_validation: bool = False
    """Whether Safaricom asks us before it takes a payment; off unless a payee applied for it."""
    confirmation_url: str = ""
    validation_url: str = ""
    response_type: str = "Completed"
    received: Money = field(default_factory=lambda: zero(KES))
    is_pulled: bool = False
    """Whether it registered to pull what arrives."""
    credential: str = ""
    """What its operator must say to pay out; empty takes any."""
    opening: Money = field(default_factory=lambda: zero(KES))
    """What was there before anything moved: put in from elsewhere."""
    paid_out: Money = field(default_factory=lambda: zero(KES))
    charged: Money = field(default_factory=lambda: zero(KES))

    @property
    def utility(self) -> Money:
        """What it can pay out: the utility account."""
        return self.opening + self.received - self.paid_out - self.charged


@dataclass(frozen=True, slots=True)
class Transaction:
    """Money that really moved: what our books must agree with."""

    receipt: str
    payer: Msisdn
    shortcode: str
    amount: Money
    reference: str
    at: datetime
    checkout_request_id: str | None
    """The prompt that it answers; None when the payer began it."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """A reversal: the money of `receipt` is with its payer again."""

    reversal: str
    receipt: str
    at: datetime


@dataclass
class Push:
    """One prompt and what became of it. `result` is None while the payer has not decided."""

    checkout_request_id: str
    merchant_request_id: str
    payer: Msisdn
    payee: ShortCode
    amount: Money
    reference: str
    callback_url: str
    result: tuple[int, str] | None = None
    decided_at: datetime | None = None


SUCCESS = (0, "The service request is processed successfully.")
CANCELLED = (1032, "Request Cancelled by user.")
_ANSWERS = {
    "wrong_pin": (2001, "The initiator information is invalid."),
    "cancel": CANCELLED,
    "expired": (1019, "Transaction has expired."),
    "unreachable": (1037, "DS timeout user cannot be reached."),
    "insufficient": (1, "The balance is insufficient for the transaction."),
    "repeated": (17, "Rule limited."),
    "too_much": (3, "The transaction amount is more than the maximum limit."),
}


class Mpesa:
    """Wallets and payees. `transactions` is the ledger of truth."""

    def __init__(self, *, clock: Clock, random: Random, http: Http, spawn: Spawn, phones: Phones) -> None:
        self.mood = Mood()
        self.transactions: list[Transaction] = []
        self.reversals: list[TakenBack] = []
        self.pushes: dict[str, Push] = {}
        self.courier = Courier(http=http, clock=clock, random=random, spawn=spawn)
        self.texts_payers = False
        """Whether payers get M-Pesa's own SMS too, as in life."""
        self._clock = clock
        self._random = random
        self._http = http
        self.spawn = spawn
        """Starts what happens by itself later."""
        self._phones = phones
        self._payees: dict[str, ShortCode] = {}
        self._wallets: dict[str, Money] = {}
        self._receipts: set[str] = set()
        self._prompted: set[str] = set()

    def add(self, payee: ShortCode) -> None:
        """From now on people can pay to `payee`, by its number and by its till."""
        self._payees[payee.number] = payee
        if payee.till:
            self._payees[payee.till] = payee

    def payee(self, number: str) -> ShortCode | None:
        return self._payees.get(number)

    def has_payee(self, shortcode: str) -> bool:
        return shortcode in self._payees

    def balance(self, msisdn: Msisdn) -> Money:
        return self._wallets.get(msisdn.digits, OPENING_BALANCE)

    def set_balance(self, msisdn: Msisdn, balance: Money) -> None:
        self._wallets[msisdn.digits] = balance

    def payees(self) -> list[ShortCode]:
        return list({payee.number: payee for payee in self._payees.values()}.values())

    # --- the customer's own menu -------------------------------------------------------------------------------------

    async def pay(self, handset: Handset, shortcode: str, reference: str, amount: str) -> None:
        """Lipa na M-Pesa: paybill or buy goods. What goes wrong is told by SMS, as in life. Raises `NotAnAmount`."""
        money = parse_typed(amount, KES)
        payee = self._payees.get(shortcode)
        if payee is None:
            raise NotFound("shortcode", shortcode)
        if money > MOST_AT_ONCE or money > self.balance(handset.msisdn):
            self._tell(handset.msisdn, f"Failed. You cannot pay Ksh{_grouped(money)} to {payee.name}.")
            return
        reference = "" if shortcode == payee.till else reference
        now, receipt = self._clock.now(), self._receipt()
        seen = Transaction(receipt, handset.msisdn, payee.number, money, reference, now, checkout_request_id=None)
        their_reference = await self._validated(payee, seen, handset)
        if their_reference is None:
            self._tell(handset.msisdn, f"Failed. {payee.name} does not take this payment: check the account number.")
            return
        if money > self.balance(handset.msisdn):  # spent while the payee was asked
            return
        self._move(payee, seen)
        self._confirm(payee, seen, handset, after_s=_CALLBACK_AFTER_S, their_reference=their_reference)

    async def _validated(self, payee: ShortCode, seen: Transaction, handset: Handset) -> str | None:
        """Ask the payee, if it wants to be asked: its own reference for the payment (mostly empty), or None for a refusal.
        When it does not answer in time, its registered choice counts."""
        if not payee.external_validation or not payee.validation_url:
            return ""
        body = msgspec.json.encode(self._c2b(payee, seen, handset, balance=""))
        headers = {"Content-Type": "application/json", "User-Agent": _USER_AGENT}
        try:
            reply = await self._http.request(
                "POST", payee.validation_url, headers=headers, body=body, timeout_s=_VALIDATION_PATIENCE_S
            )
            answer = msgspec.json.decode(reply.body) if reply.status == 200 else None
        except (Unavailable, ValueError):
            answer = None
        if not isinstance(answer, dict) or "ResultCode" not in answer:
            return "" if payee.response_type == "Completed" else None
        return str(answer.get("ThirdPartyTransID", "")) if str(answer["ResultCode"]) == "0" else None

    # --- prompts -----------------------------------------------------------------------------------------------------

    def is_locked(self, msisdn: Msisdn) -> bool:
        """A subscriber has one prompt at a time."""
        return msisdn.digits in self._prompted

    def push(self, payer: Msisdn, payee: ShortCode, amount: Money, reference: str, callback_url: str) -> Push:
        """Queue a prompt for `payer`'s handset."""
        now = self._clock.now() + _EAT
        tail = f"{now:%d%m%Y%H%M%S}{self._random.below(1000):03d}{payer.digits[-9:]}"
        token = self._random.token(14).hex()
        merchant = f"{token[:4]}-{token[4:8]}-{token[8:12]}-{token[12:]}"
        push = Push(f"ws_CO_{tail}", merchant, payer, payee, amount, reference, callback_url)
        self.pushes[push.checkout_request_id] = push
        self._prompted.add(payer.digits)
        self.spawn(self._show(push))
        return push

    async def _show(self, push: Push) -> None:
        """Put the prompt on the handset once no dialogue is in its way, and take it off again when its time is over."""
        handset = self._phones.of(push.payer)
        waited = 0
        while handset.is_open and waited < _DIALOGUE_PATIENCE_S:
            await self._clock.sleep(1)
            waited += 1
        if handset.is_open:
            self._end(push, "unreachable")
        elif self.mood.repeats_refused and self._is_repeat(push):
            self._end(push, "repeated")
        elif push.amount > MOST_AT_ONCE:
            self._end(push, "too_much")
        else:
            name, request = push.payee.name, push.checkout_request_id
            handset.prompts.append(
                Prompt(request, name, push.amount, push.reference, answered=lambda said: self._answered(push, said))
            )
            await self._clock.sleep(_PROMPT_LIFE_S)
            handset.prompts = [prompt for prompt in handset.prompts if prompt.id != request]
            self._end(push, "expired")

    def _is_repeat(self, push: Push) -> bool:
        since = self._clock.now() - timedelta(minutes=2)
        recent = takewhile(lambda done: done.at > since, reversed(self.transactions))
        asked = (push.payer, push.payee.number, push.amount)
        return any((done.payer, done.shortcode, done.amount) == asked for done in recent)

    def _answered(self, push: Push, said: str) -> None:
        if said == "ignore" or push.result is not None:
            return
        if said != "pin":
            self._end(push, said if said in _ANSWERS else "cancel")
        elif push.amount > self.balance(push.payer):
            self._end(push, "insufficient")
        else:
            self._paid(push)

    def _paid(self, push: Push) -> None:
        self._decide(push, SUCCESS)
        reference = "" if push.payee.till else push.reference
        done = Transaction(
            self._receipt(),
            push.payer,
            push.payee.number,
            push.amount,
            reference,
            self._clock.now(),
            push.checkout_request_id,
        )
        self._move(push.payee, done)
        self._call_back(push, done)
        self._confirm(push.payee, done, self._phones.of(push.payer), after_s=_TWIN_AFTER_S)

    def _end(self, push: Push, how: str) -> None:
        if push.result is None:
            self._decide(push, _ANSWERS[how])
            self._call_back(push, None)

    def _decide(self, push: Push, result: tuple[int, str]) -> None:
        push.result, push.decided_at = result, self._clock.now()
        self._prompted.discard(push.payer.digits)

    def _call_back(self, push: Push, done: Transaction | None) -> None:
        """The dialect of the STK callback: numbers as numbers, the amount with a fraction, a balance without a value."""
        assert push.result is not None
        said: dict[str, object] = {
            "MerchantRequestID": push.merchant_request_id,
            "CheckoutRequestID": push.checkout_request_id,
            "ResultCode": push.result[0],
            "ResultDesc": push.result[1],
        }
        if done is not None:
            amount = msgspec.Raw(f"{done.amount.whole_units}.0".encode())
            said["CallbackMetadata"] = {
                "Item": [
                    {"Name": "Amount", "Value": amount},
                    {"Name": "MpesaReceiptNumber", "Value": done.receipt},
                    {"Name": "Balance"},
                    {"Name": "TransactionDate", "Value": int(_stamp(done.at))},
                    {"Name": "PhoneNumber", "Value": int(done.payer.digits)},
                ]
            }
        body = msgspec.json.encode({"Body": {"stkCallback": said}})
        letter = Letter(push.callback_url, body, "application/json", _USER_AGENT)
        self.courier.send(letter, self.mood, after_s=_CALLBACK_AFTER_S)

    # --- what both ways have in common -------------------------------------------------------------------------------

    def _move(self, payee: ShortCode, done: Transaction) -> None:
        self._wallets[done.payer.digits] = self.balance(done.payer) - done.amount
        payee.received += done.amount
        self.transactions.append(done)
        self._tell(done.payer, f"{done.receipt} Confirmed. Ksh{_grouped(done.amount)} sent to {payee.name}.")

    def reverse(self, receipt: str) -> TakenBack:
        """An operator in the provider's portal, or the provider itself, gives a payment back. No callback tells of it. Raises
        `NotFound` for what was never paid, and for what was given back already."""
        done = next((one for one in self.transactions if one.receipt == receipt), None)
        if done is None or self.is_reversed(receipt):
            raise NotFound("receipt", receipt)
        back = TakenBack(self._receipt(), receipt, self._clock.now())
        self.reversals.append(back)
        self._wallets[done.payer.digits] = self.balance(done.payer) + done.amount
        self._payees[done.shortcode].received -= done.amount
        self._tell(done.payer, f"{back.reversal} Confirmed. Ksh{_grouped(done.amount)} was reversed to your account.")
        return back

    def tell_status(self, payee: ShortCode, receipt: str, url: str, conversation: str) -> None:
        """Post what became of a receipt, in the shape of public captures: the only answer with whole numbers in it."""
        done = next((one for one in self.transactions if (one.receipt, one.shortcode) == (receipt, payee.number)), None)
        result: dict[str, object] = {"ResultType": 0, "ConversationID": conversation, "TransactionID": "UKK0000000"}
        if done is None:
            result |= {"ResultCode": "2032", "ResultDesc": "The transaction does not exist."}
        else:
            said = {
                "DebitPartyName": f"{done.payer.digits} - {self.owner(done.payer)}",
                "CreditPartyName": f"{payee.number} - {payee.name.upper()}        ",
                "ReasonType": "Pay Utility",
                "TransactionStatus": "Reversed" if self.is_reversed(receipt) else "Completed",
                "FinalisedTime": int(_stamp(done.at)),
                "Amount": float(done.amount.plain()),
                "ReceiptNo": done.receipt,
            }
            listed = [{"Key": "TransactionReason"}, *({"Key": key, "Value": value} for key, value in said.items())]
            result |= {"ResultCode": 0, "ResultDesc": "The service request is processed successfully."}
            result |= {"ResultParameters": {"ResultParameter": listed}}
        self.post(url, result)

    def post(self, url: str, result: Mapping[str, object], *, after_s: float = _CALLBACK_AFTER_S) -> None:
        """Tell a result where its asker wants it told, in the mood of the day."""
        letter = Letter(url, msgspec.json.encode({"Result": result}), "application/json", _USER_AGENT)
        self.courier.send(letter, self.mood, after_s=after_s)

    def is_reversed(self, receipt: str) -> bool:
        return any(one.receipt == receipt for one in self.reversals)

    def pay_out(self, payee: ShortCode, msisdn: Msisdn, amount: Money, charge: Money) -> str:
        """Money goes from a short code to a wallet; its receipt."""
        receipt = self._receipt()
        payee.paid_out, payee.charged = payee.paid_out + amount, payee.charged + charge
        self._wallets[msisdn.digits] = self.balance(msisdn) + amount
        self._tell(msisdn, f"{receipt} Confirmed. You have received Ksh{_grouped(amount)} from {payee.name}.")
        return receipt

    def owner(self, msisdn: Msisdn) -> str:
        """Whose handset it is, in capitals, as M-Pesa knows its subscribers."""
        return self._phones.of(msisdn).owner.upper()

    def _confirm(
        self, payee: ShortCode, done: Transaction, handset: Handset, *, after_s: float, their_reference: str = ""
    ) -> None:
        """Tell the payee, if it has registered where: prompted payments too, so that one payment is told twice."""
        if payee.confirmation_url:
            said = self._c2b(payee, done, handset, balance=payee.received.plain())
            body = msgspec.json.encode({**said, "ThirdPartyTransID": their_reference})
            letter = Letter(payee.confirmation_url, body, "application/json", _USER_AGENT)
            self.courier.send(letter, self.mood, after_s=after_s)

    def _c2b(self, payee: ShortCode, seen: Transaction, handset: Handset, *, balance: str) -> dict[str, str]:
        first, *more = handset.owner.split()
        names = {"FirstName": first.upper()}
        if self.mood.c2b == "plain":
            names |= {"MiddleName": "", "LastName": more[-1].upper() if more else ""}
        return {
            "TransactionType": "Buy Goods" if payee.till else "Pay Bill",
            "TransID": seen.receipt,
            "TransTime": _stamp(seen.at),
            "TransAmount": seen.amount.plain(),
            "BusinessShortCode": payee.number,
            "BillRefNumber": seen.reference,
            "InvoiceNumber": "",
            "OrgAccountBalance": balance,
            "ThirdPartyTransID": "",
            "MSISDN": self._shown(seen.payer),
            **names,
        }

    def _shown(self, payer: Msisdn) -> str:
        if self.mood.c2b == "v1":
            return hashlib.sha256(payer.digits.encode()).hexdigest()
        if self.mood.c2b == "v2":
            return f"{payer.digits[:4]} ***** {payer.digits[-3:]}"
        return payer.digits

    def _receipt(self) -> str:
        """Ten characters, the first three the date: year from L for 2017, month from A, day 1-9 and then from A."""
        today = (self._clock.now() + _EAT).date()
        year, month = _ALPHABET[(today.year - 2017 + 11) % 26], _ALPHABET[today.month - 1]
        day = str(today.day) if today.day < 10 else _ALPHABET[today.day - 10]
        while True:
            tail = "".join(_ALPHABET[self._random.below(36)] for _ in range(7))
            receipt = f"{year}{month}{day}{tail}"
            if receipt not in self._receipts:
                self._receipts.add(receipt)
                return receipt

    def _tell(self, msisdn: Msisdn, text: str) -> None:
        if self.texts_payers:
            self._phones.receive(msisdn, sender="MPESA", text=text)


def _stamp(moment: datetime) -> str:
    return (moment.astimezone(UTC) + _EAT).strftime("%Y%m%d%H%M%S")


def _grouped(money: Money) -> str:
    return f"{money.minor // 100:,}.{money.minor % 100:02d}"
