"""Africa's Talking, pretended: texts with delivery reports, and dialogues between handsets and a service code.

Forms, field names and odd answers are those of recorded requests (`africastalking-sms` and `africastalking-ussd` sheets).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from aiohttp import web

from core.errors import Unavailable
from core.phones import Msisdn, NotAPhone
from core.ports import Clock, Http, Random, SmsRefused, SmsTaken
from sandbox.dialogues import NETWORK, Dialogues, ServiceCode, form_letter
from sandbox.moods import Courier, Dice, Mood, Spawn
from sandbox.phones import INVALID_CODE, Handset, Phones

_ON_THE_WAY_S = 1.0
_REPORT_AFTER_S = 2.0
_MAGIC = {"403": "InvalidPhoneNumber", "405": "InsufficientBalance", "406": "UserInBlacklist"}
_CODES = {"InvalidPhoneNumber": 403, "InsufficientBalance": 405, "UserInBlacklist": 406, "CouldNotRoute": 407}


@dataclass
class Application:
    """An account at the gateway, with the addresses that its owner typed into the dashboard."""

    username: str
    api_key: str
    senders: frozenset[str] = frozenset()
    """Registered sender names and short codes; empty: any."""
    delivery_url: str = ""
    incoming_urls: dict[str, str] = field(default_factory=dict)
    """Where texts to each short code go."""


@dataclass(frozen=True, slots=True)
class SentSms:
    """A text that the gateway took: the truth about what was sent."""

    id: str
    username: str
    sender: str
    to: Msisdn
    text: str
    at: datetime


class AfricasTalking:
    """The gateway: `app` takes texts over HTTP, and handsets dial through it (`sandbox.phones.Gateway`)."""

    def __init__(self, *, clock: Clock, random: Random, http: Http, spawn: Spawn, phones: Phones) -> None:
        self.mood = Mood()
        self.sent: list[SentSms] = []
        self.undelivered: set[str] = set()
        """Ids of those among them that never reached their phone."""
        self.names_charset = False
        """Whether answers say `application/json; charset=utf-8`, which the SDK leaves undecoded."""
        self.magic = True
        """Whether numbers that end in 403, 405 or 406 are refused with that code."""
        self.reports_backwards = False
        """Whether the last delivery report comes first."""
        self.courier = Courier(http=http, clock=clock, random=random, spawn=spawn)
        self._clock = clock
        self._random = random
        self._dice = Dice(random)
        self._spawn = spawn
        self._phones = phones
        self._applications: dict[str, Application] = {}
        self._dialogues = Dialogues(clock=clock, random=random, http=http, spawn=spawn, courier=self.courier)
        self.app = web.Application()
        self.app.add_routes([web.post("/version1/messaging", self._messaging)])

    def add(self, *, application: Application | None = None, service: ServiceCode | None = None) -> None:
        """Open an account or a service code at the gateway; the same again replaces it."""
        if application is not None:
            self._applications[application.username] = application
        if service is not None:
            self._dialogues.add(service)

    # --- texts from programs -----------------------------------------------------------------------------------------

    async def _messaging(self, request: web.Request) -> web.Response:
        mood = self.mood
        if mood.latency_ms:
            await self._clock.sleep(mood.latency_ms / 1000)
        if mood.down:
            return web.Response(status=503, text="Service Unavailable")
        form = dict(await request.post())
        application = self._applications.get(str(form.get("username", "")))
        if application is None or request.headers.get("apiKey") != application.api_key:
            return web.Response(status=401, text="The supplied authentication is invalid")
        numbers, text = str(form.get("to", "")).split(","), str(form.get("message", ""))
        if not text or not numbers[0]:
            return web.Response(status=400, text="Request is missing required form field 'message' or 'to'")
        said = self.take(application, text, numbers, str(form.get("from", "")))
        if self._dice.falls(mood.unknown) and request.transport is not None:
            request.transport.abort()
        return web.Response(
            status=201,
            body=msgspec.json.encode({"SMSMessageData": said}),
            content_type="application/json",
            charset="utf-8" if self.names_charset else None,
        )

    def take(self, application: Application, text: str, numbers: Sequence[str], sender: str) -> dict[str, object]:
        """Take a text for each number that can have it."""
        if sender and application.senders and sender not in application.senders:
            return {"Message": "InvalidSenderId", "Recipients": []}
        parts = _parts(text)
        carried: list[SentSms] = []
        recipients = [self._take_one(application, text, number, sender, parts, carried) for number in numbers]
        if carried:
            self._spawn(self._carry(carried))
        taken = sum(recipient["statusCode"] == 102 for recipient in recipients)
        total = f"KES {taken * parts * 80 // 100}.{taken * parts * 80 % 100:02d}00"
        message = f"Sent to {taken}/{len(numbers)} Total Cost: {total} Message parts: {parts}"
        return {"Message": message, "Recipients": recipients}

    def _take_one(
        self, application: Application, text: str, number: str, sender: str, parts: int, carried: list[SentSms]
    ) -> dict[str, str | int]:
        """What the gateway says of one number. What is on its way from now on is added to `carried`."""
        msisdn, refusal = _reachable(number), _MAGIC.get(number[-3:], "") if self.magic else ""
        if not refusal and self._dice.falls(self.mood.refused):
            refusal = "CouldNotRoute"
        if refusal or msisdn is None:
            refusal = refusal or "InvalidPhoneNumber"
            code = _CODES[refusal]
            return {"statusCode": code, "number": number, "status": refusal, "cost": "0", "messageId": "None"}
        message_id = f"ATXid_{self._random.token(16).hex()}"
        sent = SentSms(message_id, application.username, sender, msisdn, text, self._clock.now())
        self.sent.append(sent)
        if self._dice.falls(self.mood.undelivered):
            self.undelivered.add(message_id)
            self._report(application, sent, ["Sent", "Failed"])
        else:
            carried.append(sent)
            self._report(application, sent, ["Sent", "Success"])
        cost = f"KES {parts * 80 // 100}.{parts * 80 % 100:02d}00"
        return {
            "statusCode": 102,
            "number": number,
            "status": "Success",
            "cost": cost,
            "messageId": message_id,
            "messageParts": parts,
        }

    async def _carry(self, texts: Sequence[SentSms]) -> None:
        """Those of one call travel together."""
        await self._clock.sleep(_ON_THE_WAY_S)
        for sent in texts:
            self._phones.receive(sent.to, sender=sent.sender or "AFRICASTKNG", text=sent.text)

    def _report(self, application: Application, sent: SentSms, statuses: Sequence[str]) -> None:
        """First that it left, then that it arrived; out of order when told so."""
        if not application.delivery_url:
            return
        for nth, status in enumerate(reversed(statuses) if self.reports_backwards else statuses, 1):
            reason = "DeliveryFailure" if status == "Failed" else ""
            self.report(application, sent, status, reason=reason, after_s=nth * _REPORT_AFTER_S)

    def report(
        self, application: Application, sent: SentSms, status: str, *, reason: str = "", after_s: float = 0.0
    ) -> None:
        """Post one delivery report, as `Failed` with a reason."""
        form = {
            "id": sent.id,
            "status": status,
            "phoneNumber": sent.to.e164,
            "networkCode": NETWORK,
            "retryCount": "0",
        } | ({"failureReason": reason} if reason else {})
        self.courier.send(form_letter(application.delivery_url, form), self.mood, after_s=after_s)

    def in_process(self, username: str, *, sender: str = "") -> InProcessSms:
        """An SmsGateway for stories under a virtual clock, where the SDK's own sockets have no place."""
        return InProcessSms(self, self._applications[username], sender)

    # --- texts from handsets -----------------------------------------------------------------------------------------

    def has_short_code(self, number: str) -> bool:
        return any(number in application.incoming_urls for application in self._applications.values())

    def text(self, handset: Handset, short_code: str, text: str) -> None:
        """A person sends a text to one of the short codes."""
        form = {
            "date": f"{self._clock.now():%Y-%m-%d %H:%M:%S}",
            "from": handset.msisdn.e164,
            "id": f"ATXid_{self._random.token(16).hex()}",
            "linkId": "",
            "text": text,
            "to": short_code,
            "networkCode": NETWORK,
        }
        for application in self._applications.values():
            if url := application.incoming_urls.get(short_code):
                self.courier.send(form_letter(url, form), self.mood)

    # --- dialogues ---------------------------------------------------------------------------------------------------

    @property
    def hops_under_way(self) -> int:
        """How many dialogues wait for the application's next screen."""
        return self._dialogues.under_way

    def serves(self, code: str) -> bool:
        return self._dialogues.service(code) is not None

    async def dial(self, handset: Handset, code: str) -> None:
        service = self._dialogues.service(code)
        if service is None or self.mood.down:
            handset.show(INVALID_CODE, is_open=False)
        else:
            await self._dialogues.open(handset, service, code, self.mood)

    async def key(self, handset: Handset, text: str) -> None:
        await self._dialogues.key(handset, text, self.mood)

    def hang_up(self, msisdn: Msisdn) -> None:
        """The owner closes the dialogue, or the network drops it."""
        self._dialogues.hang_up(self._phones.of(msisdn), self.mood)


class InProcessSms:
    """Hands texts to the pretended gateway without HTTP (`core.ports.SmsGateway`)."""

    def __init__(self, gateway: AfricasTalking, application: Application, sender: str) -> None:
        self._gateway = gateway
        self._application = application
        self._sender = sender

    @property
    def most_numbers(self) -> int:
        return 1_000

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        mood = self._gateway.mood
        if mood.down:
            raise Unavailable("africastalking", "pretends to be down")
        said = self._gateway.take(self._application, text, [number.e164 for number in to], self._sender)
        if self._gateway._dice.falls(mood.unknown):
            raise Unavailable("africastalking", "pretends to have hung up", sent=True)
        recipients = said["Recipients"]
        assert isinstance(recipients, list)
        return [_verdict(recipient) for recipient in recipients] or [
            SmsRefused("InvalidSenderId", "", halt=True)
        ] * len(to)


def _verdict(recipient: Mapping[str, str | int]) -> SmsTaken | SmsRefused:
    if recipient["statusCode"] == 102:
        return SmsTaken(str(recipient["messageId"]), int(recipient["messageParts"]), str(recipient["cost"]))
    status = str(recipient["status"])
    return SmsRefused(status, str(recipient["statusCode"]), stopped=status == "UserInBlacklist")


def _reachable(number: str) -> Msisdn | None:
    try:
        return Msisdn.parse(number)
    except NotAPhone:
        return None


def _parts(text: str) -> int:
    """Near enough for a price: any character beyond ASCII counts as UCS-2."""
    alone, each = (160, 153) if text.isascii() else (70, 67)
    return 1 if len(text) <= alone else -(-len(text) // each)
