"""The delivery log: every try to hand a message over, by which way, and what became of it (NOT-4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from core.dispatch import Attempt, Outcome, Route, Verdict
from core.ids import MessageId, OrganisationId
from core.preferences import Channel
from storage.fast import Change, Insert, Lookup, Query
from storage.tables import attempts, early_deliveries, outbox
from storage.tx import Tx
from storage.types import in_order

EARLY_FOR = timedelta(minutes=10)
"""How long a report waits for the message that it tells of."""


class Begun(NamedTuple):
    """An attempt that starts. `to` is the phone's digits or the address, `to_index` the blind index of it."""

    message: MessageId
    number: int
    route: Route
    to: str
    to_index: bytes
    report_by: datetime | None


_INSERT = Insert(
    attempts,
    *("message_id", "number", "channel", "provider", "to_index", "to_sealed", "outcome", "error", "cost"),
    *("delivery_rank", "began_at", "report_by"),
)


def begin(tx: Tx, begun: Sequence[Begun]) -> None:
    """Write attempts down before anything is sent, so that a crash leaves them visible."""
    sending, seal = Outcome.SENDING.value, tx.vault.seal
    _INSERT(
        tx,
        [
            (
                one.message,
                one.number,
                one.route.channel.value,
                one.route.provider,
                one.to_index,
                seal(one.to.encode()),
                sending,
                "",
                "",
                0,
                tx.now,
                one.report_by,
            )
            for one in begun
        ],
    )


class Ended(NamedTuple):
    """What the provider said of one attempt, or that it said nothing."""

    message: MessageId
    number: int
    outcome: Outcome
    error: str = ""
    gateway_id: str | None = None
    parts: int | None = None
    cost: str = ""
    template: int = 0


_ENDED = Change(
    sa.update(attempts)
    .where(
        attempts.c.message_id == sa.bindparam("mine"),
        attempts.c.number == sa.bindparam("nth"),
        attempts.c.outcome == sa.literal_column("'sending'"),
    )
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=attempts.c[name].type)
            for name in ("outcome", "error", "gateway_id", "parts", "cost", "template")
        }
    ),
    *("mine", "nth", "new_outcome", "new_error", "new_gateway_id", "new_parts", "new_cost", "new_template"),
)


def end(tx: Tx, ended: Sequence[Ended]) -> None:
    """Attempts that are under way have come to this."""
    _ENDED(
        tx,
        [
            (one.message, one.number, one.outcome.value, one.error, one.gateway_id, one.parts, one.cost, one.template)
            for one in ended
        ],
    )


_UNDO = Change(
    sa.delete(attempts).where(
        attempts.c.message_id == sa.bindparam("mine"),
        attempts.c.number == sa.bindparam("nth"),
        attempts.c.outcome == sa.literal_column("'sending'"),
    ),
    *("mine", "nth"),
)


def undo(tx: Tx, untried: Sequence[tuple[MessageId, int]]) -> None:
    """Attempts that were written down and surely not made."""
    _UNDO(tx, untried)


def decide(tx: Tx, decided: Sequence[Ended]) -> None:
    """A person says what became of the attempts of which nobody knew; `number` is not looked at."""
    for one in decided:
        unknown = (attempts.c.message_id == one.message) & (attempts.c.outcome == Outcome.UNKNOWN.value)
        tx.connection.execute(
            sa.update(attempts).where(unknown).values(outcome=one.outcome.value, error=one.error, report_by=None)
        )


def give_up_all(tx: Tx, reason: str) -> None:
    """Nobody knows what became of the attempts that were under way."""
    under_way = attempts.c.outcome == Outcome.SENDING.value
    tx.connection.execute(sa.update(attempts).where(under_way).values(outcome=Outcome.UNKNOWN.value, error=reason))


_OF = Lookup(
    sa.select(attempts.c.message_id, attempts.c.number, attempts.c.channel, attempts.c.provider, attempts.c.outcome),
    attempts.c.message_id,
    order_by=(attempts.c.message_id, attempts.c.number),
)


def of_messages(tx: Tx, messages: Iterable[MessageId]) -> dict[MessageId, list[Attempt]]:
    """All attempts of each message, oldest first; the nth has number n."""
    found: dict[MessageId, list[Attempt]] = {}
    for message, _, channel, provider, outcome in _OF(tx, sorted(set(messages))):
        found.setdefault(message, []).append(Attempt(Route(Channel(channel), provider), Outcome(outcome)))
    return found


def last_of(tx: Tx, message: MessageId) -> tuple[OrganisationId, bytes, Route]:
    """Whose message it is, to whom the last attempt went (blind index), and by which way."""
    query = (
        sa.select(outbox.c.organisation_id, attempts.c.to_index, attempts.c.channel, attempts.c.provider)
        .join(outbox, outbox.c.id == attempts.c.message_id)
        .where(attempts.c.message_id == message)
        .order_by(attempts.c.number.desc())
    )
    row = tx.connection.execute(query.limit(1)).one()
    return row.organisation_id, bytes(row.to_index), Route(Channel(row.channel), row.provider)


def mailed(tx: Tx, message: MessageId) -> tuple[OrganisationId, str, bytes] | None:
    """Whose message it is, what it told of, and the address (blind index) that it was last mailed to; None when it was not,
    or when its reader was forgotten."""
    query = (
        sa.select(outbox.c.organisation_id, outbox.c.event, attempts.c.to_index)
        .join(outbox, outbox.c.id == attempts.c.message_id)
        .where(attempts.c.message_id == message, attempts.c.channel == Channel.EMAIL.value, attempts.c.to_index != b"")
        .order_by(attempts.c.number.desc())
    )
    row = tx.connection.execute(query.limit(1)).one_or_none()
    return (row.organisation_id, row.event, bytes(row.to_index)) if row else None


def silent(tx: Tx) -> list[MessageId]:
    """Messages of which a report is overdue."""
    return [row[0] for row in _SILENT(tx, now=tx.now)]


_SILENT = Query(
    sa.select(attempts.c.message_id)
    .where(attempts.c.report_by < sa.bindparam("now"), attempts.c.outcome == sa.literal_column("'taken'"))
    .order_by(attempts.c.report_by, attempts.c.message_id)  # led by the index of those that are waited for
)


def wait_no_more(tx: Tx, message: MessageId) -> None:
    """No report of this message is waited for any longer."""
    waited = (attempts.c.message_id == message) & attempts.c.report_by.is_not(None)
    tx.connection.execute(sa.update(attempts).where(waited).values(report_by=None))


# --- delivery reports --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery report. One of a lower rank never overwrites a higher one, in whatever order they come; that a message
    arrived has the highest rank."""

    provider: str
    gateway_id: str
    status: str
    rank: int
    reason: str = ""
    verdict: Verdict = Verdict.ON_THE_WAY
    mark: tuple[MessageId, int] | None = None
    """The message and attempt, where the provider sent our own name of it back."""

    @property
    def words(self) -> str:
        return f"{self.status}: {self.reason}" if self.reason else self.status


@dataclass(frozen=True, slots=True)
class Reported:
    """The attempt that a report is about, as it stands."""

    message: MessageId
    number: int
    organisation: OrganisationId
    to_index: bytes
    channel: Channel
    outcome: Outcome
    rank: int


def named(tx: Tx, report: Delivery) -> Reported | None:
    """The attempt that a provider names by its own id, or by ours; None while we do not know it."""
    rows = _NAMED(tx, provider=report.provider, name=report.gateway_id)
    if not rows and report.mark:
        message, nth = report.mark
        rows = _MARKED(tx, provider=report.provider, message=message, nth=nth)
    if not rows:
        return None
    message, number, organisation, to_index, channel, outcome, rank = rows[0]
    return Reported(message, number, organisation, bytes(to_index), Channel(channel), Outcome(outcome), rank)


_REPORTED = (
    sa.select(
        *(attempts.c.message_id, attempts.c.number, outbox.c.organisation_id, attempts.c.to_index),
        *(attempts.c.channel, attempts.c.outcome, attempts.c.delivery_rank),
    )
    .join(outbox, outbox.c.id == attempts.c.message_id)
    .where(attempts.c.provider == sa.bindparam("provider"))
)
_NAMED = Query(_REPORTED.where(attempts.c.gateway_id == sa.bindparam("name")))
_MARKED = Query(
    _REPORTED.where(
        attempts.c.message_id == sa.bindparam("message"),
        attempts.c.number == sa.bindparam("nth"),
        attempts.c.gateway_id.is_(None),
    )
)


def note(tx: Tx, about: Reported, report: Delivery) -> None:
    """Write a report down at its attempt, and what it makes of it."""
    write_down = _ON_THE_WAY if report.verdict is Verdict.ON_THE_WAY else _AT_ITS_END
    told = (report.words, report.rank, tx.now, report.verdict.outcome.value, report.gateway_id)
    write_down(tx, [(about.message, about.number, report.rank, *told)])


def _noting(**more: Any) -> Change:
    names = ("delivery", "delivery_rank", "delivery_at", "outcome", "gateway_id")
    return Change(
        sa.update(attempts)
        .where(
            attempts.c.message_id == sa.bindparam("mine"),
            attempts.c.number == sa.bindparam("nth"),
            attempts.c.delivery_rank < sa.bindparam("rank"),
        )
        .values({name: sa.bindparam(f"new_{name}", type_=attempts.c[name].type) for name in names} | more),
        *("mine", "nth", "rank", *(f"new_{name}" for name in names)),
    )


_ON_THE_WAY = _noting()
_AT_ITS_END = _noting(report_by=sa.null())
"""No report is waited for any longer."""


def keep_early(tx: Tx, report: Delivery) -> None:
    """A report of a message that we do not know (yet): it waits some minutes for the answer to our own call."""
    tx.connection.execute(sa.delete(early_deliveries).where(early_deliveries.c.at < tx.now - EARLY_FOR))
    insert: Any = (postgresql.insert if tx.is_postgresql else sqlite.insert)(early_deliveries)
    message, number = report.mark or (None, None)
    told = {
        "status": report.status,
        "rank": report.rank,
        "reason": report.reason,
        "verdict": report.verdict.value,
        "message_id": message,
        "number": number,
        "at": tx.now,
    }
    insert = insert.values(provider=report.provider, gateway_id=report.gateway_id, **told)
    tx.connection.execute(
        insert.on_conflict_do_update(
            index_elements=["provider", "gateway_id"], set_=told, where=early_deliveries.c.rank < insert.excluded.rank
        )
    )


_ENDED_BY_NOW = attempts.c.outcome != sa.literal_column(f"'{Outcome.SENDING.value}'")
_EARLY = Query(
    sa.select(
        *(early_deliveries.c[name] for name in ("provider", "gateway_id", "status", "rank", "reason", "verdict")),
        *(early_deliveries.c.message_id, early_deliveries.c.number),
    ).order_by(early_deliveries.c.provider, early_deliveries.c.gateway_id)
)
_BY_NAME = Lookup(sa.select(attempts.c.provider, attempts.c.gateway_id).where(_ENDED_BY_NOW), attempts.c.gateway_id)
_BY_MARK = Lookup(
    sa.select(attempts.c.provider, attempts.c.message_id, attempts.c.number).where(_ENDED_BY_NOW),
    attempts.c.message_id,
)


def _met(tx: Tx) -> list[tuple[Any, ...]]:
    """Early reports whose attempt is known by now. Few reports are early: asked the other way round, each look would walk
    through all attempts that were ever made."""
    early = _EARLY(tx)
    if not early:
        return []
    named = set(_BY_NAME(tx, sorted({row[1] for row in early})))
    marked = set(_BY_MARK(tx, in_order(row[6] for row in early if row[6] is not None)))
    return [row for row in early if (row[0], row[1]) in named or (row[0], row[6], row[7]) in marked]


_NO_LONGER_EARLY = Change(
    sa.delete(early_deliveries).where(
        early_deliveries.c.provider == sa.bindparam("whose"), early_deliveries.c.gateway_id == sa.bindparam("name")
    ),
    *("whose", "name"),
)


def come_true(tx: Tx) -> list[Delivery]:
    """Early reports whose attempt is known by now; they wait no longer."""
    rows = _met(tx)
    _NO_LONGER_EARLY(tx, [(provider, name) for provider, name, *_ in rows])
    return [
        Delivery(provider, name, status, rank, reason, Verdict(verdict), (message, number) if message else None)
        for provider, name, status, rank, reason, verdict, message, number in rows
    ]


def want_care(tx: Tx) -> bool:
    """Is a report overdue, or can an early one be joined with its message by now?"""
    return bool(_LATE(tx, now=tx.now) or _met(tx))


_LATE = Query(
    sa.select(attempts.c.number)
    .where(attempts.c.report_by < sa.bindparam("now"), attempts.c.outcome == sa.literal_column("'taken'"))
    .limit(sa.literal_column("1"))
)


# --- the log, as people read it ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Logged:
    """An attempt as the log shows it."""

    number: int
    channel: str
    provider: str
    to: str
    outcome: str
    error: str
    gateway_id: str | None
    parts: int | None
    cost: str
    template: int
    delivery: str | None
    began_at: datetime
    delivery_at: datetime | None


def log_of(tx: Tx, message: MessageId) -> list[Logged]:
    """Every attempt of a message, oldest first; `to` in the clear."""
    rows = tx.connection.execute(
        sa.select(attempts).where(attempts.c.message_id == message).order_by(attempts.c.number)
    )
    return [
        Logged(
            *(row.number, row.channel, row.provider, tx.vault.open_text(row.to_sealed), row.outcome, row.error),
            *(row.gateway_id, row.parts, row.cost, row.template, row.delivery, row.began_at, row.delivery_at),
        )
        for row in rows
    ]
