"""USSD, pretended: dialogues between a handset and the application behind a service code, in Africa's Talking's dialect.

Each hop posts everything typed so far, joined by stars; the answer begins with `CON ` or `END `, anything else is the
gateway's apology. Afterwards the application may be told how the dialogue ended (`africastalking-ussd` sheet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from core.errors import Unavailable
from core.ports import Clock, Http, Random
from sandbox.moods import Courier, Dice, Letter, Mood, Spawn
from sandbox.phones import Handset

NETWORK = "63902"
"""Safaricom Kenya."""

GATEWAY_ERROR = "The service is not available now. Please try again later."

FORM = "application/x-www-form-urlencoded"

_APPLICATION_PATIENCE_S = 10.0
_ASKS_AGAIN_AFTER_S = 4.0
_LIFE_S = 180.0
_EVENT_AFTER_S = 0.1


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """A USSD code, `*384*70421#`, and who answers it."""

    code: str
    callback_url: str
    events_url: str = ""


@dataclass
class _Dialogue:
    id: str
    service: ServiceCode
    began_at: float
    text: str = ""
    hops: int = 0
    last_answer: str = ""


class Dialogues:
    """Every open dialogue, one a handset."""

    def __init__(self, *, clock: Clock, random: Random, http: Http, spawn: Spawn, courier: Courier) -> None:
        self._clock = clock
        self._random = random
        self._dice = Dice(random)
        self._http = http
        self._spawn = spawn
        self._courier = courier
        self._services: dict[str, ServiceCode] = {}
        self._open: dict[str, _Dialogue] = {}
        self.under_way = 0
        """Hops that the application has not answered yet."""
        self._ended: dict[str, str] = {}
        """The name of each phone's last dialogue."""
        self._newest: dict[str, str] = {}
        """The name of the dialogue that ended last, of whatever phone, by service code."""

    def add(self, service: ServiceCode) -> None:
        self._services[service.code] = service

    def service(self, code: str) -> ServiceCode | None:
        """The service with this code, or with the longest code that it begins with."""
        fitting = [known for known in self._services if code == known or code.startswith(f"{known[:-1]}*")]
        return self._services[max(fitting, key=len)] if fitting and code.endswith("#") else None

    async def open(self, handset: Handset, service: ServiceCode, code: str, mood: Mood) -> None:
        """Begin a dialogue. What follows the service code in `code` (`*384*70421*1*2#`) is typed already."""
        self._end(handset, "Incomplete", mood)
        typed = code[len(service.code) - 1 : -1].removeprefix("*")
        session = f"ATUid_{self._random.token(16).hex()}"
        if self._newest and self._dice.falls(mood.reuses):
            names = (self._ended.get(handset.msisdn.digits), self._newest.get(service.code))
            session = names[self._random.below(2)] or session
        dialogue = _Dialogue(session, service, self._clock.monotonic(), text=typed)
        self._open[handset.msisdn.digits] = dialogue
        self._spawn(self._watch(handset, dialogue, mood))
        await self._hop(handset, dialogue, mood)

    async def key(self, handset: Handset, text: str, mood: Mood) -> None:
        """Send the next answer."""
        dialogue = self._open.get(handset.msisdn.digits)
        if dialogue is None:
            handset.show("", is_open=False)
            return
        dialogue.text = f"{dialogue.text}*{text}" if dialogue.text or dialogue.hops > 1 else text
        await self._hop(handset, dialogue, mood)

    def hang_up(self, handset: Handset, mood: Mood) -> None:
        handset.show("", is_open=False)
        self._end(handset, "Incomplete", mood)

    async def _hop(self, handset: Handset, dialogue: _Dialogue, mood: Mood) -> None:
        """One question to the application; it hears it twice in a doubling mood, and a little later where the line broke."""
        dialogue.hops += 1
        answer = await self._ask(handset, dialogue, mood)
        if answer is None:
            await self._clock.sleep(_ASKS_AGAIN_AFTER_S)
        if answer is None or self._dice.falls(mood.doubled):
            answer = await self._ask(handset, dialogue, mood)
        answer = answer or ""
        if self._open.get(handset.msisdn.digits) is not dialogue:  # hung up meanwhile
            return
        dialogue.last_answer = answer
        if answer.startswith("CON "):
            handset.show(answer[4:], is_open=True)
        elif answer.startswith("END "):
            handset.show(answer[4:], is_open=False)
            self._end(handset, "Success", mood)
        else:
            handset.show(GATEWAY_ERROR, is_open=False)
            self._end(handset, "Failed", mood)

    async def _ask(self, handset: Handset, dialogue: _Dialogue, mood: Mood) -> str | None:
        """The application's answer; empty for none that a gateway would take, None when the line broke."""
        if mood.latency_ms:
            await self._clock.sleep(mood.latency_ms / 1000)
        form = {
            "phoneNumber": handset.msisdn.e164,
            "serviceCode": dialogue.service.code,
            "text": dialogue.text,
            "sessionId": dialogue.id,
            "networkCode": NETWORK,
        }
        headers = {"Content-Type": FORM, "User-Agent": "at-ussd-api/1.0"}
        body, url = urlencode(form).encode(), dialogue.service.callback_url
        self.under_way += 1
        try:
            reply = await self._http.request("POST", url, headers=headers, body=body, timeout_s=_APPLICATION_PATIENCE_S)
        except Unavailable:
            return None
        finally:
            self.under_way -= 1
        return reply.body.decode("utf-8", "replace") if reply.status == 200 else ""

    async def _watch(self, handset: Handset, dialogue: _Dialogue, mood: Mood) -> None:
        """No dialogue lasts longer than the network's limit."""
        await self._clock.sleep(_LIFE_S)
        if self._open.get(handset.msisdn.digits) is dialogue:
            self.hang_up(handset, mood)

    def _end(self, handset: Handset, status: str, mood: Mood) -> None:
        """Forget the dialogue and notify the application, if it wants to know."""
        dialogue = self._open.pop(handset.msisdn.digits, None)
        if dialogue is None:
            return
        self._ended[handset.msisdn.digits] = self._newest[dialogue.service.code] = dialogue.id
        if not dialogue.service.events_url:
            return
        lasted_s = self._clock.monotonic() - dialogue.began_at
        form = {
            "date": f"{self._clock.now():%Y-%m-%d %H:%M:%S}",
            "sessionId": dialogue.id,
            "serviceCode": dialogue.service.code,
            "networkCode": NETWORK,
            "phoneNumber": handset.msisdn.e164,
            "status": status,
            "cost": "0.00",
            "durationInMillis": str(round(lasted_s * 1000)),
            "hopsCount": str(dialogue.hops),
            "hopsMetadata": "",
            "input": dialogue.text,
            "lastAppResponse": dialogue.last_answer,
            "errorMessage": "Application error" if status == "Failed" else "",
        }
        self._courier.send(form_letter(dialogue.service.events_url, form), mood, after_s=_EVENT_AFTER_S)


def form_letter(url: str, form: Mapping[str, str]) -> Letter:
    return Letter(url, urlencode(form).encode(), FORM, "AfricasTalking")
