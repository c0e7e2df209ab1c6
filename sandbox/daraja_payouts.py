"""Daraja's services for money out, pretended: B2C, reversal, their status, and the balance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from aiohttp import web

from core.money import Currency, Money
from core.ports import Clock, Random
from sandbox.daraja_forms import error, json, payer, text
from sandbox.disbursing import Disbursing, Order
from sandbox.moods import Dice
from sandbox.mpesa import Mpesa, ShortCode

_ACCEPTED = "Accept the service request successfully."
Handler = Callable[[web.Request, Mapping[str, Any]], web.Response]


class PayoutServices:
    """Handlers for `sandbox.daraja.Daraja`, which guards them with tokens and moods."""

    def __init__(self, mpesa: Mpesa, disbursing: Disbursing, *, clock: Clock, random: Random) -> None:
        self._mpesa = mpesa
        self._disbursing = disbursing
        self._clock = clock
        self._random = random
        self._dice = Dice(random)

    def paths(self) -> dict[str, Handler]:
        return {
            "/mpesa/b2c/v3/paymentrequest": self.b2c,
            "/mpesa/reversal/v1/request": self.reversal,
            "/mpesa/accountbalance/v1/query": self.balance,
        }

    def b2c(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        """The reference is checked first: a repeat of it does nothing, whatever else it says."""
        originator = text(asked, "OriginatorConversationID")
        if originator and self._disbursing.find(originator) is not None:
            self._disbursing.repeated.append(originator)
            return error(self._random, 500, "500.002.1001", "Duplicate OriginatorConversationID.")
        sender, wallet, amount = self._mpesa.payee(text(asked, "PartyA")), payer(text(asked, "PartyB")), _amount(asked)
        wrong = next(
            (
                name
                for name, good in {
                    "OriginatorConversationID": _is_uuid(originator),
                    "CommandID": text(asked, "CommandID") in ("BusinessPayment", "SalaryPayment", "PromotionPayment"),
                    "Amount": amount is not None,
                    "PartyA": sender is not None,
                    "PartyB": wallet is not None,
                    "Remarks": 2 <= len(text(asked, "Remarks")) <= 100,
                    "InitiatorName": bool(text(asked, "InitiatorName")),
                    **_common(asked),
                }.items()
                if not good
            ),
            None,
        )
        if wrong or sender is None or amount is None:
            return error(self._random, 400, "400.002.02", f"Bad Request - Invalid {wrong}")
        return self._take(asked, Order(originator, "", sender, wallet, amount, "", *self._rest(asked)))

    def reversal(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        """There is no reference of the program's own: a second one for the same receipt is told apart by its result."""
        sender, amount = self._mpesa.payee(text(asked, "ReceiverParty")), _amount(asked)
        is_form = text(asked, "CommandID") == "TransactionReversal" and text(asked, "RecieverIdentifierType") == "11"
        good = is_form and bool(text(asked, "Initiator")) and all(_common(asked).values())
        if sender is None or amount is None or not good:
            return error(self._random, 400, "400.002.02", "Bad Request - Invalid ReceiverParty or Amount")
        receipt, originator = text(asked, "TransactionID"), self._random.token(12).hex()
        wallet = self._disbursing.payer_of(receipt)
        return self._take(asked, Order(originator, "", sender, wallet, amount, receipt, *self._rest(asked)))

    def balance(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        mine = self._mpesa.payee(text(asked, "PartyA"))
        is_form = text(asked, "CommandID") == "AccountBalance" and text(asked, "IdentifierType") == "4"
        if mine is None or not is_form or not text(asked, "Initiator") or not all(_common(asked).values()):
            return error(self._random, 400, "400.002.02", "Bad Request - Invalid PartyA")
        conversation = self._disbursing.conversation()
        self._disbursing.tell_balance(mine, text(asked, "ResultURL"), conversation)
        return _taken(self._random.token(12).hex(), conversation)

    def status(self, payee: ShortCode, name: str, asked: Mapping[str, Any]) -> web.Response:
        """What became of an order, by its name or the program's."""
        conversation = self._disbursing.conversation()
        self._disbursing.tell_status(name, text(asked, "ResultURL"), conversation)
        return _taken(self._random.token(12).hex(), conversation)

    def _rest(self, asked: Mapping[str, Any]) -> tuple[Any, ...]:
        urls = text(asked, "ResultURL"), text(asked, "QueueTimeOutURL")
        return (*urls, text(asked, "SecurityCredential"), self._clock.now())

    def _take(self, asked: Mapping[str, Any], order: Order) -> web.Response:
        order.conversation = self._disbursing.conversation()
        self._disbursing.take(order)
        if self._dice.falls(self._mpesa.mood.broken):
            return error(self._random, 500, "500.003.1001", "Internal Server Error")
        return _taken(order.originator, order.conversation)


def _taken(originator: str, conversation: str) -> web.Response:
    names = {"ConversationID": conversation, "OriginatorConversationID": originator}
    return json(200, {**names, "ResponseCode": "0", "ResponseDescription": _ACCEPTED})


def _common(asked: Mapping[str, Any]) -> dict[str, bool]:
    return {
        "SecurityCredential": bool(text(asked, "SecurityCredential")),
        "ResultURL": text(asked, "ResultURL").startswith("http"),
        "QueueTimeOutURL": text(asked, "QueueTimeOutURL").startswith("http"),
    }


def _amount(asked: Mapping[str, Any]) -> Money | None:
    digits = text(asked, "Amount")
    if not (digits.isascii() and digits.isdigit() and int(digits[:9]) > 0 and len(digits) < 9):
        return None
    return Money(int(digits) * Currency.KES.unit, Currency.KES)


def _is_uuid(said: str) -> bool:
    try:
        return bool(UUID(said))
    except ValueError:
        return False
