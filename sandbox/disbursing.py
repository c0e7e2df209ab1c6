"""Money that goes out of the pretend M-Pesa: transfers to phones, payments given back, and the truth about each.

`sandbox/daraja_payouts.py` is its face towards programs. Results have the shapes of public captures; the moods make them
late, double, lost or wrong, and never touch the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from core.money import Currency, Money, zero
from core.phones import Msisdn
from core.ports import Clock, Random
from sandbox.moods import Dice, Spawn
from sandbox.mpesa import Mpesa, ShortCode

KES = Currency.KES
LEAST, MOST = Money(10_00, KES), Money(250_000_00, KES)
FULLEST = Money(500_000_00, KES)
"""What a wallet may hold."""
_EAT = timedelta(hours=3)
_SETTLED_AFTER_S = 1.0
_LATE_AFTER_S = 40.0
_OK = (0, "The service request is processed successfully.")
_SAYS: dict[str | int, str] = {
    1: "The balance is insufficient for the transaction.",
    2: "The amount is less than the minimum.",
    3: "The amount is more than the maximum.",
    8: "The balance would exceed the maximum.",
    2001: "The initiator information is invalid.",
    2040: "Credit Party customer type is not registered.",
    "R000001": "The transaction has already been reversed.",
    "R000002": "The OriginalTransactionID is invalid.",
}


@dataclass
class Order:
    """One instruction and what became of it. `code` is None while nothing has."""

    originator: str
    conversation: str
    payer: ShortCode
    payee: Msisdn | None
    """None where the receipt that is to be given back belongs to nobody."""
    amount: Money
    gives_back: str
    """The receipt of the payment that is given back; empty for a transfer."""
    result_url: str
    timeout_url: str
    credential: str
    at: datetime
    code: str | int | None = None
    receipt: str = ""
    charge: Money = field(default_factory=lambda: zero(KES))
    held: Money = field(default_factory=lambda: zero(KES))
    """What the payer had when it was decided."""

    @property
    def is_paid(self) -> bool:
        return self.code == 0


def charge_of(amount: Money) -> Money:
    """What a transfer costs whoever sends it. Not the real tariff; with cents, as that has."""
    return Money(13_00, KES) if amount.minor <= 1_000_00 else Money(22_40, KES)


class Disbursing:
    """Every order that programs gave, by their reference and by our name for it."""

    def __init__(self, mpesa: Mpesa, *, clock: Clock, random: Random, spawn: Spawn) -> None:
        self.orders: list[Order] = []
        self.repeated: list[str] = []
        """References that a program sent once more: refused, and never right to send."""
        self.unregistered: set[str] = set()
        """Phones without a wallet."""
        self._mpesa = mpesa
        self._clock = clock
        self._random = random
        self._dice = Dice(random)
        self._spawn = spawn

    def find(self, name: str) -> Order | None:
        return next((one for one in self.orders if name in (one.originator, one.conversation)), None)

    def conversation(self) -> str:
        today = (self._clock.now() + _EAT).date()
        return f"AG_{today:%Y%m%d}_{self._random.token(10).hex()}"

    def take(self, order: Order) -> None:
        """It is queued: the money moves a moment later, or does not."""
        self.orders.append(order)
        self._spawn(self._settle(order))

    async def _settle(self, order: Order) -> None:
        await self._clock.sleep(_SETTLED_AFTER_S)
        order.held = order.payer.utility
        order.code = self._wrong(order)
        if order.code == 0:
            self._move(order)
        mood, told = self._mpesa.mood, 0.2
        if self._dice.falls(mood.queue_full):
            self._mpesa.post(order.timeout_url, self._timeout(order))
            told = _LATE_AFTER_S
        if self._dice.falls(mood.lies):
            wrong_first = self._random.below(2) == 0
            self._mpesa.post(order.result_url, self._lie(order), after_s=0.1 if wrong_first else told + 5)
        self._mpesa.post(order.result_url, self._result(order), after_s=told)

    def _wrong(self, order: Order) -> str | int:
        payer = order.payer
        if payer.credential and order.credential != payer.credential:
            return 2001
        if order.gives_back:
            known = [one for one in self._mpesa.transactions if one.receipt == order.gives_back]
            if self._mpesa.is_reversed(order.gives_back):
                return "R000001"
            if not known or known[0].amount != order.amount or known[0].shortcode != payer.number:
                return "R000002"
            return 0 if order.amount <= payer.utility else 1
        assert order.payee is not None
        if order.payee.digits in self.unregistered:
            return 2040
        if not LEAST <= order.amount <= MOST:
            return 2 if order.amount < LEAST else 3
        if self._mpesa.balance(order.payee) + order.amount > FULLEST:
            return 8
        return 0 if order.amount + charge_of(order.amount) <= payer.utility else 1

    def _move(self, order: Order) -> None:
        if order.gives_back:
            order.receipt = self._mpesa.reverse(order.gives_back).reversal
            return
        assert order.payee is not None
        order.charge = charge_of(order.amount)
        order.receipt = self._mpesa.pay_out(order.payer, order.payee, order.amount, order.charge)

    # --- what is told ------------------------------------------------------------------------------------------------

    def _result(self, order: Order) -> Mapping[str, object]:
        if order.code != 0:
            return self._failure(order, order.code or 1)
        return self._success(order, order.receipt)

    def _lie(self, order: Order) -> Mapping[str, object]:
        """The opposite of what is true."""
        return self._failure(order, 1) if order.is_paid else self._success(order, "UKX9999999")

    def _success(self, order: Order, receipt: str) -> Mapping[str, object]:
        names = {"ResultType": 0, "ResultCode": 0, "ResultDesc": _OK[1], **self._names(order)}
        facts = self._given_back(order) if order.gives_back else self._transferred(order, receipt)
        listed = [{"Key": key, "Value": value} for key, value in facts.items()]
        return {**names, "TransactionID": receipt, "ResultParameters": {"ResultParameter": listed}}

    def _failure(self, order: Order, code: str | int) -> Mapping[str, object]:
        said = {"ResultType": 0, "ResultCode": code, "ResultDesc": _SAYS[code]}
        return {**said, **self._names(order), "TransactionID": "UKK0000000"}

    def _timeout(self, order: Order) -> Mapping[str, object]:
        said = {"ResultType": 1, "ResultCode": "1", "ResultDesc": "The service request timed out."}
        return {**said, **self._names(order), "TransactionID": "0000000000"}

    def _names(self, order: Order) -> dict[str, str]:
        """The result bears a reference of Daraja's own making, as in vendor examples: the conversation is what joins."""
        return {"OriginatorConversationID": f"{order.conversation[-8:]}-1", "ConversationID": order.conversation}

    def _transferred(self, order: Order, receipt: str) -> dict[str, object]:
        payee = order.payee
        assert payee is not None
        return {
            "TransactionAmount": float(order.amount.plain()),
            "TransactionReceipt": receipt,
            "ReceiverPartyPublicName": f"{payee.digits} - {self._mpesa.owner(payee)}",
            "TransactionCompletedDateTime": f"{self._clock.now().astimezone(UTC) + _EAT:%d.%m.%Y %H:%M:%S}",
            "B2CUtilityAccountAvailableFunds": float(order.payer.utility.plain()),
            "B2CWorkingAccountAvailableFunds": 0.0,
            "B2CRecipientIsRegisteredCustomer": "Y",
            "B2CChargesPaidAccountAvailableFunds": -float(order.payer.charged.plain()),
        }

    def _given_back(self, order: Order) -> dict[str, object]:
        facts: dict[str, object] = {
            "Amount": float(order.amount.plain()),
            "TransCompletedTime": int(f"{self._clock.now().astimezone(UTC) + _EAT:%Y%m%d%H%M%S}"),
            "OriginalTransactionID": order.gives_back,
            "Charge": 0.0,
        }
        if order.payee is not None:
            facts["CreditPartyPublicName"] = f"{order.payee.digits} - {self._mpesa.owner(order.payee)}"
        return facts

    def tell_status(self, name: str, url: str, conversation: str) -> None:
        """What became of an order, by either of its names."""
        order = self.find(name)
        result: dict[str, object] = {"ResultType": 0, "ConversationID": conversation, "TransactionID": "UKK0000000"}
        if order is None:
            result |= {"ResultCode": "2032", "ResultDesc": "The transaction does not exist."}
        else:
            facts = self._standing(order)
            listed = [{"Key": "TransactionReason"}, *({"Key": key, "Value": value} for key, value in facts.items())]
            result |= {"ResultCode": 0, "ResultDesc": _OK[1], "ResultParameters": {"ResultParameter": listed}}
        self._mpesa.post(url, result)

    def _standing(self, order: Order) -> dict[str, object]:
        state = "Initiated" if order.code is None else "Completed" if order.is_paid else "Declined"
        facts: dict[str, object] = {
            "DebitPartyName": f"{order.payer.number} - {order.payer.name.upper()}        ",
            "ReasonType": "Business Payment to Customer via API",
            "TransactionStatus": state,
            "Amount": float(order.amount.plain()),
            "OriginatorConversationID": order.originator,
            "ConversationID": order.conversation,
        }
        if order.payee is not None:
            facts["CreditPartyName"] = f"{order.payee.digits} - {self._mpesa.owner(order.payee)}"
        if order.receipt:
            facts["ReceiptNo"] = order.receipt
        if order.charge:
            facts["DebitPartyCharges"] = f"Business Payment Charge|KES|{order.charge.plain()}"
        return facts

    def tell_balance(self, payer: ShortCode, url: str, conversation: str) -> None:
        """What a short code's accounts hold: total, available, reserved, uncleared."""
        charged = -payer.charged
        accounts = (
            ("Working Account", Money(0, KES)),
            ("Utility Account", payer.utility),
            ("Charges Paid Account", charged),
        )
        text = "&".join(f"{name}|KES|{held.plain()}|{held.plain()}|0.00|0.00" for name, held in accounts)
        facts = {"ActionType": "AccountBalance", "AccountBalance": text, "BOCompletedTime": 20261120110002}
        listed = [{"Key": key, "Value": value} for key, value in facts.items()]
        result = {"ResultType": 0, "ResultCode": 0, "ResultDesc": _OK[1], "ConversationID": conversation}
        self._mpesa.post(
            url, {**result, "TransactionID": "UKK0000000", "ResultParameters": {"ResultParameter": listed}}
        )

    def payer_of(self, receipt: str) -> Msisdn | None:
        """Who gets the money of a receipt when it is given back."""
        return next((one.payer for one in self._mpesa.transactions if one.receipt == receipt), None)
