"""Which way a message goes, and which way next when one fails: never twice by us where the first may have arrived.

A *route* is a channel at a provider. Each try is an *attempt* with an outcome; all rules read the list of attempts, so the
log that people see is also what decides.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from core.preferences import MUST_ARRIVE, Channel, Topic


@dataclass(frozen=True, slots=True)
class Route:
    """A way to a person: `provider` is the gateway's name (`africastalking`, `twilio`, `smtp`)."""

    channel: Channel
    provider: str


class Outcome(Enum):
    """What became of one attempt."""

    SENDING = "sending"
    """Under way, or cut by a crash: it may have left."""
    LATER = "later"
    """Surely not sent; the same way may work later."""
    REFUSED = "refused"
    """Surely not sent, and this way never will."""
    STOPPED = "stopped"
    """Not delivered, because the reader stopped us at the gateway: no other gateway of that channel may try."""
    TAKEN = "taken"
    """The provider has it. Whether it arrived, its reports tell."""
    ARRIVED = "arrived"
    """The provider reports that it is with its reader."""
    UNDELIVERED = "undelivered"
    """The provider had it, and reports that it did not arrive."""
    UNKNOWN = "unknown"
    """It may have been sent. Only a report that names it can tell; until then, no other way is tried."""


class Verdict(Enum):
    """What a delivery report says of the message's end."""

    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    FAILED = "failed"
    STOPPED = "stopped"
    """The gateway did not deliver it because the reader had stopped us there."""

    @property
    def outcome(self) -> Outcome:
        """What it makes of the attempt."""
        return _MAKES[self]


_MAKES = {
    Verdict.ON_THE_WAY: Outcome.TAKEN,
    Verdict.ARRIVED: Outcome.ARRIVED,
    Verdict.FAILED: Outcome.UNDELIVERED,
    Verdict.STOPPED: Outcome.STOPPED,
}
MAY_HAVE_IT = frozenset({Outcome.SENDING, Outcome.TAKEN, Outcome.UNKNOWN})
MOST_COPIES = 2
"""Of what must arrive: the first, whose report never came, and one more by another way."""
MOST_ATTEMPTS = 8
PATIENCE = 3
"""How often each way of a channel is tried in vain before one of the reader's next channel: a gateway that is down for some
seconds moves nobody's receipts into another inbox."""
BACK_OFF_S = (5, 15, 60, 300, 900, 1800, 3600)
"""After every way was tried in vain: how long to rest, by how many attempts there were."""
SILENCE = timedelta(seconds=90)
"""How long a message that must arrive waits for its report before another way is tried."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try by one route."""

    route: Route
    outcome: Outcome


def next_route(routes: Sequence[Route], attempts: Sequence[Attempt], usable: Collection[Channel]) -> Route | None:
    """The way to try now; None when there is none left.

    `routes` stand in the order of preference, those of one channel together. A way that took it or refused it for good is
    passed over, and with one that the reader stopped its whole channel. Among the rest of a channel the one that was tried
    least often comes first; the next channel waits until each of them was tried `PATIENCE` times.
    """
    outcomes = [attempt.outcome for attempt in attempts]
    if Outcome.ARRIVED in outcomes or sum(outcome in MAY_HAVE_IT for outcome in outcomes) >= MOST_COPIES:
        return None
    spent = {attempt.route for attempt in attempts if attempt.outcome is not Outcome.LATER}
    stopped = {attempt.route.channel for attempt in attempts if attempt.outcome is Outcome.STOPPED}
    left = [route for route in routes if route not in spent and route.channel in set(usable) - stopped]
    tried = [attempt.route for attempt in attempts]
    places = list(dict.fromkeys(route.channel for route in routes))
    return min(
        left,
        key=lambda route: (tried.count(route) // PATIENCE, places.index(route.channel), tried.count(route)),
        default=None,
    )


def in_order(routes: Sequence[Route], channels: Sequence[Channel]) -> tuple[Route, ...]:
    """The ways of these channels in the order of the channels; within each, as they stood."""
    return tuple(route for channel in dict.fromkeys(channels) for route in routes if route.channel is channel)


def rest_before(routes: Sequence[Route], attempts: Sequence[Attempt]) -> timedelta | None:
    """How long to wait before the next try, when the last was surely not sent: no time while a way is untried, then ever
    longer; None when nothing is left to try."""
    route = next_route(routes, attempts, {route.channel for route in routes})
    if route is None or len(attempts) >= MOST_ATTEMPTS:
        return None
    if all(attempt.route != route for attempt in attempts):
        return timedelta(0)
    return timedelta(seconds=BACK_OFF_S[len(attempts) - 1])


def standing(attempts: Sequence[Attempt]) -> Outcome:
    """What is true of a message after these attempts: the best that any of them came to. Anything but ARRIVED, TAKEN and
    UNKNOWN (and SENDING, while one is under way) means that it is not with its reader."""
    outcomes = [attempt.outcome for attempt in attempts]
    best = (hope for hope in (Outcome.ARRIVED, Outcome.SENDING, Outcome.TAKEN, Outcome.UNKNOWN) if hope in outcomes)
    return next(best, outcomes[-1])


REPORTING = frozenset({Channel.SMS})
"""Channels whose providers tell what became of a message. A mail server's yes is its last word to us."""


def waits_for_report(topic: Topic, channel: Channel = Channel.SMS) -> bool:
    """Is another way to be tried when no report comes? Only where a second copy does less harm than none."""
    return topic in MUST_ARRIVE and channel in REPORTING
