"""How the pretend providers behave: slow, forgetful, repetitive, unsure or down; and the courier who carries their news."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Protocol

import msgspec

from core.errors import NotFound, Unavailable
from core.ports import Clock, Http, Random

Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
"""Of all cases, from 0 (none) to 1 (each)."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=86_400)]

Spawn = Callable[[Coroutine[object, object, None]], object]
"""Starts work that nobody waits for (`runtime.tasks.Background.spawn`)."""


class Mood(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider's behaviour from now on. The plain one is quick, honest and complete."""

    latency_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)] = 0
    """Before it answers what we ask."""
    lost: Share = 0
    """Callbacks that are never sent."""
    doubled: Share = 0
    """Callbacks that are sent twice."""
    late: Share = 0
    """Callbacks that come `late_s` later than usual, and so after others that they should precede."""
    late_s: Seconds = 30
    refused: Share = 0
    """Requests that are turned away, with that provider's own excuse."""
    unknown: Share = 0
    """Requests that are carried out, but the line breaks before the answer."""
    fails_after: Share = 0
    """Requests that are carried out, and answered by an error of the server."""
    contradicts: Share = 0
    """Questions about a prompt that are answered wrongly: what is paid is said to have been cancelled, and the other way
    round."""
    gathers_s: Seconds = 0
    """Late callbacks wait for the next whole so many seconds, and come together."""
    reuses: Share = 0
    """Dialogues that bear the name of one that ended before, of whatever phone."""
    undelivered: Share = 0
    """Texts that are taken and never arrive, with a report that says so."""
    broken: Share = 0
    """Payouts that are made, but answered with a server error."""
    queue_full: Share = 0
    """Payouts of which a time-out is told first; the result follows when it likes."""
    lies: Share = 0
    """Payouts whose result is told twice, once wrongly, in any order."""
    down: bool = False
    """Every request is answered by a firewall's page."""
    callbacks_fail: bool = False
    """No callback comes through."""
    retries: Annotated[int, msgspec.Meta(ge=0, le=20)] = 0
    """How often a callback is sent again, ten seconds apart, until it is answered with 2xx."""
    c2b: Literal["v1", "v2", "plain"] = "v2"
    """How M-Pesa's confirmations show the payer: hashed, masked or whole."""
    pull_zone: Literal["east_africa", "utc", "offset"] = "east_africa"
    """What a pulled time that ends in Z really is: local time all the same, honest UTC, or written with +03:00 instead."""
    repeats_refused: bool = False
    """M-Pesa refuses the same sum to the same payee within two minutes."""


class Dice:
    """Throws for shares."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def falls(self, share: float) -> bool:
        """True in that share of throws. The certain cases cost no throw, so that they leave a seeded story as it is."""
        if share <= 0:
            return False
        return share >= 1 or self._random.below(1_000_000) < share * 1_000_000


class HasMood(Protocol):
    mood: Mood


class Moods:
    """Every provider's mood by its name, as scripts read and change it (`/sandbox/providers/{name}/mood`)."""

    def __init__(self, providers: Mapping[str, HasMood]) -> None:
        self._providers = dict(providers)

    def all(self) -> Mapping[str, Mapping[str, Any]]:
        return {name: msgspec.to_builtins(provider.mood) for name, provider in self._providers.items()}

    def change(self, name: str, mood: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set the whole mood: what is not said is plain again. Raises `NotFound` for an unknown provider or field."""
        if name not in self._providers:
            raise NotFound("provider", name)
        said = {("latency_ms" if field == "latency" else field): value for field, value in mood.items()}
        try:
            self._providers[name].mood = changed = msgspec.convert(said, Mood)
        except msgspec.ValidationError as error:
            raise NotFound("mood", str(error)) from None
        return dict(msgspec.to_builtins(changed))


@dataclass(frozen=True, slots=True)
class Letter:
    """One callback: where, what, and in which clothes."""

    url: str
    body: bytes
    content_type: str
    user_agent: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """What it bears beside, as a signature."""


_RETRY_AFTER_S = 10.0
_PATIENCE_S = 15.0
_ECHO_AFTER_S = 0.5


class Courier:
    """Carries callbacks to the program in the mood of the day. Nobody waits for it, and a failure is nobody's error."""

    def __init__(self, *, http: Http, clock: Clock, random: Random, spawn: Spawn) -> None:
        self._http = http
        self._clock = clock
        self._dice = Dice(random)
        self._spawn = spawn
        self.undelivered: list[Letter] = []
        """What was never answered with 2xx: for a test to look at, or to send again. The newest thousand."""
        self.on_accepted: Callable[[Letter], None] = lambda letter: None
        """Hears of each that was answered with 2xx: whoever answered so has it for good."""
        self.on_unanswered: Callable[[Letter], None] = lambda letter: None
        """Hears of each that was carried there and never answered so: whoever was there may have it."""

    def send(self, letter: Letter, mood: Mood, *, after_s: float = 0.0) -> None:
        """Deliver `letter` after so many seconds, or late, twice or never."""
        if mood.callbacks_fail or self._dice.falls(mood.lost):
            self._keep(letter)
            return
        if self._dice.falls(mood.late):
            after_s = self._gathered(mood, after_s + mood.late_s)
        self._spawn(self._deliver(letter, mood, after_s))
        if self._dice.falls(mood.doubled):
            self._spawn(self._deliver(letter, mood, after_s + _ECHO_AFTER_S))

    def _gathered(self, mood: Mood, after_s: float) -> float:
        """How long until the next moment at which this mood lets go of what it held back."""
        if not mood.gathers_s:
            return after_s
        at = self._clock.monotonic() + after_s
        return after_s + (-at % mood.gathers_s)

    async def _deliver(self, letter: Letter, mood: Mood, after_s: float) -> None:
        if after_s:
            await self._clock.sleep(after_s)
        for attempt in range(mood.retries + 1):
            if attempt:
                await self._clock.sleep(_RETRY_AFTER_S)
            if await self._accepted(letter):
                self.on_accepted(letter)
                return
        self.on_unanswered(letter)
        self._keep(letter)

    async def _accepted(self, letter: Letter) -> bool:
        headers = {"Content-Type": letter.content_type, "User-Agent": letter.user_agent, **letter.headers}
        try:
            reply = await self._http.request(
                "POST", letter.url, headers=headers, body=letter.body, timeout_s=_PATIENCE_S
            )
        except Unavailable:
            return False
        return reply.status < 300

    def _keep(self, letter: Letter) -> None:
        self.undelivered.append(letter)
        del self.undelivered[:-1000]
