"""Twilio, pretended: texts over its REST interface, signed status callbacks, texts from handsets (`twilio-and-email` sheet)."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from core.phones import Msisdn, NotAPhone
from core.ports import Clock, Http, Random
from providers.twilio.signature import HEADER, sign
from sandbox.moods import Courier, Dice, Letter, Mood, Spawn
from sandbox.phones import Handset, Phones

_ON_THE_WAY_S = 1.0
_REPORT_AFTER_S = 1.0
_FORM = "application/x-www-form-urlencoded"
_AGENT = "TwilioProxy/1.1"
_STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit"})
_START = frozenset({"start", "yes", "unstop"})


@dataclass
class TwilioAccount:
    """An account with one number, and the addresses that its owner typed into the console."""

    sid: str
    token: str
    number: str
    incoming_url: str = ""
    opted_out: set[str] = field(default_factory=set)
    """Who texted STOP: Twilio itself refuses to write to them."""


@dataclass(frozen=True, slots=True)
class SentText:
    """A text that Twilio took: the truth about what was sent."""

    sid: str
    account: str
    to: Msisdn
    text: str
    at: datetime
    status_url: str


class Twilio:
    """`app` takes texts over HTTP; handsets text its numbers (`sandbox.phones.Gateway`)."""

    def __init__(self, *, clock: Clock, random: Random, http: Http, spawn: Spawn, phones: Phones) -> None:
        self.mood = Mood()
        self.sent: list[SentText] = []
        self.undelivered: set[str] = set()
        """Sids of those among them that never reached their phone."""
        self.courier = Courier(http=http, clock=clock, random=random, spawn=spawn)
        self._clock = clock
        self._random = random
        self._dice = Dice(random)
        self._spawn = spawn
        self._phones = phones
        self._accounts: dict[str, TwilioAccount] = {}
        self.app = web.Application()
        self.app.add_routes([web.post("/2010-04-01/Accounts/{sid}/Messages.json", self._messages)])

    def add(self, account: TwilioAccount) -> None:
        """Open an account; the same again replaces it."""
        self._accounts[account.sid] = account

    def number_of(self, sid: str) -> str:
        """The number of an account."""
        return self._accounts[sid].number

    async def _messages(self, request: web.Request) -> web.Response:
        mood = self.mood
        if mood.latency_ms:
            await self._clock.sleep(mood.latency_ms / 1000)
        if mood.down:
            return web.Response(status=503, text="upstream connect error")
        account = self._accounts.get(request.match_info["sid"])
        if account is None or not _knows(request, account):
            return _error(401, 20003, "Authenticate")
        form = {name: str(value) for name, value in (await request.post()).items()}
        refusal = self._refusal(account, form)
        if refusal is not None:
            return refusal
        sent = self._take(account, form)
        if self._dice.falls(mood.unknown) and request.transport is not None:
            request.transport.abort()
        return web.json_response(
            {
                "sid": sent.sid,
                "account_sid": account.sid,
                "status": "queued",
                "to": sent.to.e164,
                "from": account.number,
                "body": sent.text,
                "num_segments": "1" if len(sent.text) <= 160 else str(-(-len(sent.text) // 153)),
                "price": None,
                "price_unit": "USD",
                "error_code": None,
                "error_message": None,
            },
            status=201,
        )

    def _refusal(self, account: TwilioAccount, form: dict[str, str]) -> web.Response | None:
        if not form.get("Body"):
            return _error(400, 21602, "Message body is required.")
        if len(form["Body"]) > 1_600:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if form.get("From") != account.number:
            return _error(400, 21606, f"The From phone number {form.get('From')} is not valid for your account.")
        try:
            to = Msisdn.parse(form.get("To", ""))
        except NotAPhone:
            return _error(400, 21211, f"The 'To' number {form.get('To')} is not a valid phone number.")
        if to.digits in account.opted_out:
            return _error(400, 21610, "Attempt to send to unsubscribed recipient")
        if self._dice.falls(self.mood.refused):
            return _error(400, 21612, "The 'To' phone number is not currently reachable.")
        return None

    def _take(self, account: TwilioAccount, form: dict[str, str]) -> SentText:
        sid = f"SM{self._random.token(16).hex()}"
        to = Msisdn.parse(form["To"])
        sent = SentText(sid, account.sid, to, form["Body"], self._clock.now(), form.get("StatusCallback", ""))
        self.sent.append(sent)
        lost = self._dice.falls(self.mood.undelivered)
        if lost:
            self.undelivered.add(sid)
        else:
            self._spawn(self._carry(account, sent))
        steps = [("queued", ""), ("sent", ""), ("undelivered", "30003") if lost else ("delivered", "")]
        for nth, (status, code) in enumerate(steps, 1):
            self.report(account, sent, status, code=code, after_s=nth * _REPORT_AFTER_S)
        return sent

    async def _carry(self, account: TwilioAccount, sent: SentText) -> None:
        await self._clock.sleep(_ON_THE_WAY_S)
        self._phones.receive(sent.to, sender=account.number, text=sent.text)

    def report(
        self, account: TwilioAccount, sent: SentText, status: str, *, code: str = "", after_s: float = 0.0
    ) -> None:
        """Post one status callback."""
        if sent.status_url:
            form = {
                "MessageSid": sent.sid,
                "SmsSid": sent.sid,
                "MessageStatus": status,
                "SmsStatus": status,
                "To": sent.to.e164,
                "From": account.number,
                "AccountSid": account.sid,
                "ApiVersion": "2010-04-01",
            } | ({"ErrorCode": code} if code else {})
            self.courier.send(_letter(account, sent.status_url, form), self.mood, after_s=after_s)

    # --- texts from handsets (a phone's way to services: dialogues are not Twilio's business) -------------------------

    def serves(self, code: str) -> bool:
        return False

    async def dial(self, handset: Handset, code: str) -> None:
        raise NotImplementedError("Twilio has no USSD")

    async def key(self, handset: Handset, text: str) -> None:
        raise NotImplementedError("Twilio has no USSD")

    def hang_up(self, msisdn: Msisdn) -> None:
        raise NotImplementedError("Twilio has no USSD")

    def has_short_code(self, number: str) -> bool:
        return any(number == account.number for account in self._accounts.values())

    def text(self, handset: Handset, short_code: str, text: str) -> None:
        """A person texts one of the numbers. Twilio obeys the English words itself, and tells us of them all the same."""
        account = next(each for each in self._accounts.values() if each.number == short_code)
        word = text.strip().lower()
        if word in _STOP:
            account.opted_out.add(handset.msisdn.digits)
        elif word in _START:
            account.opted_out.discard(handset.msisdn.digits)
        sid = f"SM{self._random.token(16).hex()}"
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": account.sid,
            "From": handset.msisdn.e164,
            "To": account.number,
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
        }
        if account.incoming_url:
            self.courier.send(_letter(account, account.incoming_url, form), self.mood)


def _letter(account: TwilioAccount, url: str, form: dict[str, str]) -> Letter:
    signature = sign(url, form.items(), account.token)
    return Letter(url, urlencode(form).encode(), _FORM, _AGENT, {HEADER: signature})


def _knows(request: web.Request, account: TwilioAccount) -> bool:
    kind, _, said = request.headers.get("Authorization", "").partition(" ")
    try:
        return kind == "Basic" and b64decode(said) == f"{account.sid}:{account.token}".encode()
    except NotBase64:
        return False


def _error(status: int, code: int, message: str) -> web.Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return web.json_response({"code": code, "message": message, "more_info": more, "status": status}, status=status)
