"""Safaricom's Daraja gateway, pretended: tokens, prompts, questions about them, and where confirmations go.

It speaks as the vendor pages and public captures do, with their misspellings and their habit of answering 404 to an old
token. The money behind it is `sandbox/mpesa.py`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from aiohttp import web

from core.money import Currency, Money
from core.ports import Clock, Random
from sandbox.daraja_forms import error, json, payer, text
from sandbox.daraja_payouts import PayoutServices
from sandbox.disbursing import Disbursing
from sandbox.moods import Dice, Mood
from sandbox.mpesa import CANCELLED, SUCCESS, Mpesa, Push
from sandbox.pulled import pulled

_TOKEN_LIFE_S = 3599
_EAT = timedelta(hours=3)
_REMEMBERED = timedelta(hours=48)
_A_PAGE = 50
_REFUSED_WORDS = ("mpesa", "m-pesa", "safaricom", "exe", "cmd", "sql", "query")
_FIREWALL_PAGE = "<html><head><title>Request Rejected</title></head><body>The requested URL was rejected.</body></html>"

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Daraja:
    """The gateway over HTTP. Mount `app` under any prefix; base URLs of the program end there."""

    def __init__(self, mpesa: Mpesa, *, clock: Clock, random: Random, production: bool = False) -> None:
        """In `production` addresses are registered once; in Safaricom's sandbox they can be overwritten."""
        self.mpesa = mpesa
        self.tokens_given = 0
        self._clock = clock
        self._random = random
        self._dice = Dice(random)
        self._production = production
        self._tokens: dict[str, tuple[str, float]] = {}
        self.disbursing = Disbursing(mpesa, clock=clock, random=random, spawn=mpesa.spawn)
        self.payouts = PayoutServices(mpesa, self.disbursing, clock=clock, random=random)
        self.app = web.Application()
        self.app.add_routes([web.post(path, self._guarded(handler)) for path, handler in self.payouts.paths().items()])
        self.app.add_routes(
            [
                web.get("/oauth/v1/generate", self._moody(self._generate)),
                web.post("/mpesa/stkpush/v1/processrequest", self._guarded(self._push)),
                web.post("/mpesa/stkpushquery/v1/query", self._guarded(self._query)),
                web.post("/mpesa/c2b/{version:v[12]}/registerurl", self._guarded(self._register)),
                web.post("/mpesa/transactionstatus/v1/query", self._guarded(self._status)),
                web.post("/pulltransactions/v1/register", self._guarded(self._register_pull)),
                web.post("/pulltransactions/v1/query", self._guarded(self._pull)),
            ]
        )

    @property
    def mood(self) -> Mood:
        return self.mpesa.mood

    @mood.setter
    def mood(self, mood: Mood) -> None:
        self.mpesa.mood = mood

    def forget_tokens(self) -> None:
        """Every token is invalid from now on, as when somebody else fetched a new one."""
        self._tokens.clear()

    # --- in front of every service -----------------------------------------------------------------------------------

    def _moody(self, handler: Handler) -> Handler:
        async def answer(request: web.Request) -> web.Response:
            mood = self.mood
            if mood.latency_ms:
                await self._clock.sleep(mood.latency_ms / 1000)
            if mood.down:
                return web.Response(status=503, text=_FIREWALL_PAGE, content_type="text/html")
            return await handler(request)

        return answer

    def _guarded(self, handler: Callable[[web.Request, Mapping[str, Any]], web.Response]) -> Handler:
        """A valid token, a JSON object, and the mood of the day."""

        async def answer(request: web.Request) -> web.Response:
            if not self._is_known(request.headers.get("Authorization", "")):
                return self._error(404, "404.001.03", "Invalid Access Token")
            try:
                asked = msgspec.json.decode(await request.read(), type=dict[str, Any])
            except (ValueError, RecursionError):
                return self._error(400, "400.002.05", "Invalid Request Payload")
            if self._dice.falls(self.mood.refused):
                return self._error(500, "500.003.02", "Error Occurred: Spike Arrest Violation")
            breaks, fails = self._dice.falls(self.mood.unknown), self._dice.falls(self.mood.fails_after)
            done = handler(request, asked)
            if breaks and request.transport is not None:
                request.transport.abort()
            if fails:
                return web.Response(status=500, text="Internal Server Error", content_type="text/html")
            return done

        return self._moody(answer)

    def _is_known(self, authorization: str) -> bool:
        now = self._clock.monotonic()
        return any(authorization == f"Bearer {token}" and now < until for token, until in self._tokens.values())

    async def _generate(self, request: web.Request) -> web.Response:
        """A new token, which ends the one before."""
        if request.query.get("grant_type") != "client_credentials":
            return self._error(400, "400.008.02", "Invalid grant type passed")
        kind, _, credentials = request.headers.get("Authorization", "").partition(" ")
        key, _, secret = _plain(credentials).partition(":")
        known = any((payee.consumer_key, payee.consumer_secret) == (key, secret) for payee in self.mpesa.payees())
        if kind != "Basic" or not known:
            return self._error(400, "400.008.01", "Invalid Authentication passed")
        token = b64encode(self._random.token(21)).decode()
        self._tokens[key] = (token, self._clock.monotonic() + _TOKEN_LIFE_S)
        self.tokens_given += 1
        return json(200, {"access_token": token, "expires_in": str(_TOKEN_LIFE_S)})

    # --- services ----------------------------------------------------------------------------------------------------

    def _push(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        payee, receiver = self.mpesa.payee(text(asked, "BusinessShortCode")), text(asked, "PartyB")
        if payee is None or receiver not in (payee.number, payee.till):
            return self._error(500, "500.001.1001", "Merchant does not exist")
        if not _is_signed(asked, payee.passkey):
            return self._error(500, "500.001.1001", "Wrong credentials")
        wallet, wrong = payer(text(asked, "PhoneNumber")), _wrong_field(asked, till=payee.till)
        if wrong or wallet is None:
            return self._error(400, "400.002.02", f"Bad Request - Invalid {wrong or 'PhoneNumber'}")
        if self.mpesa.is_locked(wallet):
            said = "Unable to lock subscriber, a transaction is already in process for the current subscriber"
            return self._error(500, "500.001.1001", said)
        amount = Money(int(text(asked, "Amount")) * Currency.KES.unit, Currency.KES)
        callback_url = text(asked, "CallBackURL")
        push = self.mpesa.push(wallet, payee, amount, text(asked, "AccountReference"), callback_url)
        said = "Success. Request accepted for processing"
        return json(200, {**_names(push), "ResponseCode": "0", "ResponseDescription": said, "CustomerMessage": said})

    def _query(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        push = self.mpesa.pushes.get(text(asked, "CheckoutRequestID"))
        if push is None:
            return self._error(400, "400.002.02", "Bad Request - Invalid CheckoutRequestID")
        if not _is_signed(asked, push.payee.passkey):
            return self._error(500, "500.001.1001", "Wrong credentials")
        result = push.result
        if self._dice.falls(self.mood.contradicts):
            result = None if result is None else CANCELLED if result == SUCCESS else SUCCESS
        if result is None:
            return self._error(500, "500.001.1001", "The transaction is being processed")
        accepted = "The service request has been accepted successsfully"  # sic
        code, said = result
        answer = {"ResponseCode": "0", "ResponseDescription": accepted, "ResultCode": str(code), "ResultDesc": said}
        return json(200, {**answer, **_names(push)})

    def _register(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        payee = self.mpesa.payee(text(asked, "ShortCode"))
        if payee is None:
            return self._error(400, "400.003.02", "Bad Request - Invalid ShortCode")
        if asked.get("ResponseType") not in ("Completed", "Cancelled"):
            return self._error(400, "400.003.02", "Bad Request - Invalid ResponseType")
        confirmation, validation = text(asked, "ConfirmationURL"), text(asked, "ValidationURL")
        for name, url in (("ConfirmationURL", confirmation), ("ValidationURL", validation)):
            if not url.startswith("http") or any(word in url.lower() for word in _REFUSED_WORDS):
                return self._error(400, "400.003.02", f"Bad Request - Invalid {name}")
        if self._production and payee.confirmation_url:
            return self._error(500, "500.003.1001", "Urls are already registered")
        payee.confirmation_url, payee.validation_url = confirmation, validation
        payee.response_type = str(asked["ResponseType"])
        originator = self._random.token(12).hex()
        return json(200, {"OriginatorCoversationID": originator, "ResponseCode": "0", "ResponseDescription": "Success"})

    def _status(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        """Taken now, answered later by a result of its own."""
        payee, result_url = self.mpesa.payee(text(asked, "PartyA")), text(asked, "ResultURL")
        if payee is None or not result_url.startswith("http") or asked.get("CommandID") != "TransactionStatusQuery":
            return self._error(400, "400.002.02", "Bad Request - Invalid PartyA or ResultURL")
        if not text(asked, "Initiator") or not text(asked, "SecurityCredential"):
            return self._error(400, "400.002.02", "Bad Request - Invalid SecurityCredential")
        if name := text(asked, "OriginalConversationID"):
            return self.payouts.status(payee, name, asked)
        conversation = f"AG_{self._random.token(10).hex()}"
        self.mpesa.tell_status(payee, text(asked, "TransactionID"), result_url, conversation)
        accepted = "Accept the service request successfully."
        names = {"OriginatorConversationID": self._random.token(12).hex(), "ConversationID": conversation}
        return json(200, {**names, "ResponseCode": "0", "ResponseDescription": accepted})

    def _register_pull(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        payee, nominated = self.mpesa.payee(text(asked, "ShortCode")), payer(text(asked, "NominatedNumber"))
        if payee is None or nominated is None or asked.get("RequestType") != "Pull":
            return self._error(400, "400.002.02", "Bad Request - Invalid ShortCode or NominatedNumber")
        status, said = ("1001", "already") if payee.is_pulled else ("1000", "Successfully")
        payee.is_pulled = True
        answer = {"Response Status": status, "Response Description": f"Shortcode Registered {said}"}
        return json(200, {"ResponseRefID": self._reference(), "ShortCode": payee.number, **answer})

    def _pull(self, request: web.Request, asked: Mapping[str, Any]) -> web.Response:
        """What arrived and what was given back, oldest first; times are East Africa's, and 48 hours are remembered."""
        payee = self.mpesa.payee(text(asked, "ShortCode"))
        since, until = _asked_time(text(asked, "StartDate")), _asked_time(text(asked, "EndDate"))
        offset = text(asked, "OffSetValue")
        if payee is None or not payee.is_pulled or since is None or until is None or not offset.isdecimal():
            return self._error(400, "400.002.02", "Bad Request - Invalid ShortCode, StartDate, EndDate or OffSetValue")
        since = max(since, self._clock.now() - _REMEMBERED)
        lines = pulled(self.mpesa, payee, since, until, zone=self.mood.pull_zone)[int(offset) :][:_A_PAGE]
        code, said = ("1000", "Success") if lines else ("1001", "No transactions available for the selected period")
        answer = {"ResponseRefID": self._reference(), "ResponseCode": code, "ResponseMessage": said}
        return json(200, {**answer, "Response": [lines]})

    def _reference(self) -> str:
        return f"{self._random.below(100_000)}-{self._random.below(100_000_000)}-2"

    def _error(self, status: int, code: str, message: str) -> web.Response:
        return error(self._random, status, code, message)


def _asked_time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - _EAT
    except ValueError:
        return None


def _wrong_field(asked: Mapping[str, Any], *, till: str | None) -> str | None:
    """The first field that a prompt cannot be made from."""
    amount, reference = text(asked, "Amount"), text(asked, "AccountReference")
    checks = {
        "TransactionType": text(asked, "TransactionType")
        == ("CustomerBuyGoodsOnline" if till else "CustomerPayBillOnline"),
        "Amount": len(amount) < 9 and amount.isascii() and amount.isdigit() and int(amount) > 0,
        "PartyA": text(asked, "PartyA") == text(asked, "PhoneNumber"),
        "CallBackURL": text(asked, "CallBackURL").startswith("http"),
        "AccountReference": 0 < len(reference) <= 12,
        "TransactionDesc": len(text(asked, "TransactionDesc")) <= 13,
    }
    return next((name for name, good in checks.items() if not good), None)


def _is_signed(asked: Mapping[str, Any], passkey: str) -> bool:
    expected = f"{text(asked, 'BusinessShortCode')}{passkey}{text(asked, 'Timestamp')}"
    return _plain(text(asked, "Password")) == expected and len(text(asked, "Timestamp")) == 14


def _names(push: Push) -> dict[str, str]:
    return {"MerchantRequestID": push.merchant_request_id, "CheckoutRequestID": push.checkout_request_id}


def _plain(encoded: str) -> str:
    try:
        return b64decode(encoded, validate=True).decode()
    except (NotBase64, ValueError):
        return ""
