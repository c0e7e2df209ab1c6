"""What goes out: messages to people and instructions to providers, written with what they tell of, sent after commit.

A row is claimed with a lease and marked `sending` before anything is sent. A worker that dies then leaves a row whose
lease runs out: it becomes `unknown`, is shown to people and is never sent again by itself (DESIGN 4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, NamedTuple, get_args
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.ids import ContactId, CustomerAccountId, MessageId, OrganisationId, PaymentId
from core.messages import Message
from core.money import Currency, Money
from core.preferences import Channel
from storage.fast import Alike, Change, Insert, Lookup, Query
from storage.tables import outbox
from storage.tx import Tx
from storage.types import Id, in_order


class State(Enum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    """The gateway has it. Whether it arrived, the log of its attempts tells (`storage/attempts.py`)."""
    FAILED = "failed"
    """It is not with its reader, and no way is left to try."""
    UNKNOWN = "unknown"
    """It may have been sent. A person decides; we do not send it again."""
    SKIPPED = "skipped"
    """Not sent on purpose: the person stopped such messages, or it was no longer true. `last_error` says which."""


class Kind(Enum):
    SMS = "sms"
    """A message to a person, by whichever channel."""
    PROMPT = "prompt"
    """Ask a phone for money."""
    CHAT = "chat"
    """Say or change something in a chat with staff."""


class MessageFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message to a person: to `msisdn` if the payer's whole number is known, else to the `contact` who was recognised,
    else to who answers for `accounts`."""

    message: Any
    msisdn: str = ""
    contact: ContactId | None = None
    masked: str = ""
    """`254712*678`: among those who answer for the accounts, prefer the one this may be."""
    accounts: tuple[CustomerAccountId, ...] = ()
    language: str = ""
    """In which to write to somebody who chose none; "" for the organisation's."""
    channels: tuple[Channel, ...] = ()
    """Only by these; () leaves it to their reader."""
    paper: tuple[int, UUID] | None = None
    """The paper that it is about (`core.document_links.PaperKind`, and whose): a link to it, and by mail the paper itself,
    are made when it is sent."""
    subject: UUID | None = None
    """What a message to staff is about: it is asked before sending whether it is still so."""


class PromptFacts(msgspec.Struct, frozen=True):
    """An instruction to ask a phone for money, in whole shillings or francs."""

    provider_account: str
    msisdn: str
    minor: int
    currency: Currency
    reference: str
    description: str
    follows: str = ""
    """The failed payment in whose place it is asked for."""


class ChatFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to be done in a chat with staff. `act`: `say`, `edit`, `delete`, `answer` (a pressed button) or `paper`."""

    act: str
    chat: int = 0
    text: str = ""
    """The chat service's HTML, in its reader's language."""
    buttons: tuple[tuple[tuple[str, str], ...], ...] = ()
    """Rows of what each says and the data that it bears."""
    about: MessageId | None = None
    """`edit`, `delete`: which message of ours, by the row that said it."""
    number: int = 0
    """`delete`: which message of theirs."""
    query: str = ""
    """`answer`: the press that is answered."""
    alert: bool = False
    message: Any = None
    """Said instead of `text`: a message of the catalogue (`event`), in `language`."""
    language: str = ""
    paper: str = ""
    """`paper`: which kind of document, of the thing `subject`."""
    subject: str = ""


def _encode_hook(value: Any) -> Any:
    if isinstance(value, Money):
        return [value.minor, value.currency.code]
    raise TypeError(f"{type(value)} is no fact")


_encoder = msgspec.json.Encoder(enc_hook=_encode_hook)
EVENTS: dict[str, type[Message]] = {kind.event: kind for kind in get_args(Message)}
"""Every message that there is, by its name."""


def _decode_hook(kind: type[Any], value: Any) -> Any:
    if kind is Money:
        return Money(value[0], Currency[value[1]])
    raise TypeError(f"{kind} is no fact")


def read_message(event: str, facts: MessageFacts | ChatFacts) -> Message:
    """The typed message in opened facts."""
    return msgspec.convert(facts.message, EVENTS[event], dec_hook=_decode_hook)


class ClaimedFacts(MessageFacts, frozen=True, kw_only=True):
    """The facts of a message that is about to leave; what it says is still as it was kept."""

    message: msgspec.Raw


def read_messages(due: Iterable[Due]) -> list[Message]:
    """What each claimed message says. Those that say the same share one value: a run to thousands is read once."""
    known: dict[tuple[str, bytes], Message] = {}
    found: list[Message] = []
    for row in due:
        assert isinstance(row.facts, ClaimedFacts)
        said = row.event, bytes(row.facts.message)
        message = known.get(said)
        if message is None:
            message = known[said] = msgspec.json.decode(said[1], type=EVENTS[row.event], dec_hook=_decode_hook)
        found.append(message)
    return found


def sealed_message(tx: Tx, message: Message) -> bytes:
    """A message by itself, as it is kept."""
    return tx.vault.seal(_encoder.encode(message))


def opened_message(tx: Tx, event: str, sealed: bytes) -> Message:
    """The message that `sealed_message` kept."""
    facts = msgspec.json.decode(tx.vault.open(bytes(sealed)))
    return msgspec.convert(facts, EVENTS[event], dec_hook=_decode_hook)


class Out(NamedTuple):
    """A row to be written. Its facts are of its kind."""

    organisation: OrganisationId
    kind: Kind
    event: str
    facts: MessageFacts | PromptFacts | ChatFacts
    payment: PaymentId | None = None
    not_before: datetime | None = None
    trace: str = ""
    key: str | None = None
    """Once per organisation: a row with a key that is there already is passed over. None is always a new row."""


_INSERT = Insert(
    outbox,
    "id",
    "organisation_id",
    "kind",
    "event",
    "key",
    "payment_id",
    "facts_sealed",
    "state",
    "not_before",
    "attempts",
    "last_error",
    "created_at",
    "trace",
    or_ignore=True,  # of a key that is there
)


def put(tx: Tx, rows: Sequence[Out]) -> list[MessageId]:
    """Queue rows; they are sent once this transaction is committed and their time has come. Their ids, in order."""
    encode, seal = _encoder.encode, tx.vault.seal
    for row in rows:
        due, kind = row.not_before or tx.now, row.kind._value_
        tx.queued[kind] = min(due, tx.queued.get(kind, due))
    ids = [MessageId(tx.new_id()) for _ in rows]
    _INSERT(
        tx,
        [
            (
                id_,
                row.organisation,
                row.kind._value_,
                row.event,
                row.key,
                row.payment,
                seal(encode(row.facts)),
                "pending",
                row.not_before or tx.now,
                0,
                "",
                tx.now,
                row.trace,
            )
            for id_, row in zip(ids, rows, strict=True)
        ],
    )
    return ids


class Due(NamedTuple):
    """A claimed row: ours to send until the lease ends."""

    id: MessageId
    organisation: OrganisationId
    kind: Kind
    event: str
    payment: PaymentId | None
    facts: MessageFacts | PromptFacts | ChatFacts
    attempts: int
    trace: str


_read_message_facts = msgspec.json.Decoder(MessageFacts).decode
_READ: dict[Kind, Callable[[bytes], Any]] = {
    Kind.SMS: _read_message_facts,
    Kind.PROMPT: msgspec.json.Decoder(PromptFacts).decode,
    Kind.CHAT: msgspec.json.Decoder(ChatFacts).decode,
}
_READ_CLAIMED = _READ | {Kind.SMS: msgspec.json.Decoder(ClaimedFacts).decode}


def message_facts(tx: Tx, sealed: bytes) -> MessageFacts:
    """The opened facts of a message's row."""
    return _read_message_facts(tx.vault.open(sealed))


def edits(tx: Tx, ids: Sequence[MessageId]) -> list[MessageId]:
    """Which messages in chats those of these rows would have changed that only change one."""
    query = sa.select(outbox.c.facts_sealed).where(outbox.c.id.in_(ids), outbox.c.kind == Kind.CHAT.value)
    found = [_READ[Kind.CHAT](tx.vault.open(bytes(sealed))) for sealed in tx.connection.scalars(query)] if ids else []
    return [facts.about for facts in found if facts.act == "edit" and facts.about is not None]


def claim(tx: Tx, *, kind: Kind, limit: int, lease: timedelta) -> list[Due]:
    """Take up to `limit` due rows and mark them `sending`: nobody else gets them, and a crash from now on leaves them
    unknown rather than sent twice. In the order in which they were queued: what waited for one moment together is read in the
    order in which it was said."""
    rows = sorted(_PENDING(tx, kind=kind.value, now=tx.now, most=limit), key=lambda row: row[0].int)
    _TAKE(tx, [row[0] for row in rows], until=tx.now + lease)
    read = _READ_CLAIMED[kind]
    open_ = tx.vault.open
    return [
        Due(id_, organisation, kind, event, payment, read(open_(facts)), attempts + 1, trace)
        for id_, organisation, event, payment, facts, attempts, trace in rows
    ]


_CLAIMED = tuple(
    outbox.c[name] for name in ("id", "organisation_id", "event", "payment_id", "facts_sealed", "attempts", "trace")
)
_PENDING = Query(
    sa.select(*_CLAIMED)
    .where(
        outbox.c.state == sa.literal_column("'pending'"),
        outbox.c.not_before <= sa.bindparam("now"),
        outbox.c.kind == sa.bindparam("kind"),
    )
    .order_by(outbox.c.not_before, outbox.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_TAKE = Alike(
    sa.update(outbox).values(
        state=sa.literal_column("'sending'"),
        lease_until=sa.bindparam("until", type_=outbox.c.lease_until.type),
        attempts=outbox.c.attempts + sa.literal_column("1"),
    ),
    outbox.c.id,
)


class Sent(NamedTuple):
    """The gateway took it. In all of these, `attempt` says which try is meant; None is the one that is under way."""

    id: MessageId
    gateway_id: str | None
    parts: int | None = None
    cost: str = ""
    attempt: int | None = None
    template: int = 0
    """The version of the organisation's own words; below 0 when the standard text had to take their place."""


@dataclass(frozen=True, slots=True)
class NotSent:
    """It was surely not sent: try again `again_at`, or never. `refused`: this way never will take it; `stopped`: because
    its reader stopped us there."""

    id: MessageId
    error: str
    again_at: datetime | None
    attempt: int | None = None
    refused: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been sent."""

    id: MessageId
    error: str
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """It is not to be sent: nobody wants it, or it is no longer true."""

    id: MessageId
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """It was taken too early: nothing was tried, and everything is asked again at `until`."""

    id: MessageId
    until: datetime


@dataclass(frozen=True, slots=True)
class Spent:
    """No way is left to try: it stands where its last attempts left it."""

    id: MessageId
    state: State


@dataclass(frozen=True, slots=True)
class Untried:
    """It was taken, and then there was no time to send it: nothing was tried, and it is due again."""

    id: MessageId
    attempt: int


Tried = Sent | NotSent | Unknown | Untried
Settled = Tried | Skipped | Held | Spent

_SETTLE = Alike(
    sa.update(outbox)
    .where(outbox.c.state == sa.literal_column("'sending'"))
    .values(
        state=sa.bindparam("new_state", type_=sa.Text),
        lease_until=sa.null(),
        attempts=outbox.c.attempts - sa.bindparam("untried", type_=sa.Integer),
        **{
            name: sa.func.coalesce(sa.bindparam(f"new_{name}", type_=outbox.c[name].type), outbox.c[name])
            for name in ("not_before", "last_error", "sent_at")
        },
    ),
    outbox.c.id,
)


def settle(tx: Tx, outcomes: Iterable[Settled]) -> None:
    """Write down what became of claimed rows. One that nobody sends any more is left as it is: the dead do not speak."""
    alike: dict[_Became, list[MessageId]] = {}
    sent = _Became("sent", new_sent_at=tx.now)
    for outcome in outcomes:
        alike.setdefault(sent if isinstance(outcome, Sent) else _became(tx, outcome), []).append(outcome.id)
    for became, ids in alike.items():
        _SETTLE(tx, ids, **became._asdict())


class _Became(NamedTuple):
    """What is written of a row; None leaves what stands there."""

    new_state: str
    untried: int = 0
    new_not_before: datetime | None = None
    new_last_error: str | None = None
    new_sent_at: datetime | None = None


def _became(tx: Tx, outcome: NotSent | Unknown | Skipped | Untried | Held | Spent) -> _Became:
    match outcome:
        case NotSent(_, error, None):
            return _Became("failed", new_last_error=error)
        case NotSent(_, error, again_at):
            return _Became("pending", new_not_before=again_at, new_last_error=error)
        case Unknown(_, error):
            return _Became("unknown", new_last_error=error)
        case Skipped(_, reason):
            return _Became("skipped", 1, new_last_error=reason)
        case Untried():
            return _Became("pending", 1, new_not_before=tx.now)
        case Held(_, until):
            return _Became("pending", 1, new_not_before=until)
        case Spent(_, state):
            return _Became(state.value, 1)


_KEYED = Lookup(
    sa.select(outbox.c.key).where(outbox.c.organisation_id == sa.bindparam("organisation", type_=Id)), outbox.c.key
)


def known(tx: Tx, organisation: OrganisationId, keys: Sequence[str]) -> set[str]:
    """Which of these keys rows of an organisation bear already."""
    return {row[0] for row in _KEYED(tx, keys, organisation=organisation)}


def reword(tx: Tx, key: str, changes: dict[str, Any]) -> list[MessageId] | None:
    """Take something out of what a message tells that nobody should read in it any more. One that waits still is not sent.
    Which rows; None while one of them is being sent, as what is so then is known only afterwards: nothing changes, and it is to
    be tried again."""
    query = sa.select(outbox.c.id, outbox.c.kind, outbox.c.facts_sealed, outbox.c.state).where(outbox.c.key == key)
    rows = tx.connection.execute(query.with_for_update()).all()
    if any(row.state == State.SENDING.value for row in rows):
        return None
    for row in rows:
        facts = _READ[Kind(row.kind)](tx.vault.open(bytes(row.facts_sealed)))
        told = msgspec.structs.replace(facts, message={**facts.message, **changes})
        values: dict[str, Any] = {"facts_sealed": tx.vault.seal(_encoder.encode(told))}
        if row.state == State.PENDING.value:
            values |= {"state": State.SKIPPED.value, "last_error": "too old"}
        tx.connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(values))
    return [row.id for row in rows]


def lapsed(tx: Tx) -> list[MessageId]:
    """Rows whose worker went away while sending, taken for this transaction; each is one of nobody else's."""
    return [row[0] for row in _LAPSED(tx, now=tx.now)]


_LAPSED = Query(
    sa.select(outbox.c.id)
    .where(outbox.c.state == sa.literal_column("'sending'"), outbox.c.lease_until < sa.bindparam("now"))
    .order_by(outbox.c.lease_until, outbox.c.id)  # by the id alone SQLite would walk through all that was ever sent
    .with_for_update(skip_locked=True)
)


RESTORED = "may have been sent: restored from the backup"
"""How the reason begins for which a restore holds what waited to be sent."""


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A message of which nobody knows whether it left."""

    id: MessageId
    organisation: OrganisationId
    event: str
    why: str
    created_at: datetime


def doubtful(
    tx: Tx, *, message: MessageId | None, because: str, organisation: OrganisationId | None, limit: int
) -> list[Doubtful]:
    """Messages to people (no prompts) that stand at unknown: one, or those whose reason begins so; oldest first."""
    query = sa.select(outbox).where(
        outbox.c.state == sa.literal_column("'unknown'"),
        outbox.c.kind == Kind.SMS.value,
        outbox.c.last_error.startswith(because, autoescape=True),
    )
    if message is not None:
        query = query.where(outbox.c.id == message)
    if organisation is not None:
        query = query.where(outbox.c.organisation_id == organisation)
    return [
        Doubtful(row.id, row.organisation_id, row.event, row.last_error, row.created_at)
        for row in tx.connection.execute(query.order_by(outbox.c.id).limit(limit))
    ]


def decide(tx: Tx, ids: Sequence[MessageId], state: State, why: str) -> None:
    """A person says what is so of messages in doubt. What is to be sent is due now."""
    for id_ in ids:
        mine = (outbox.c.id == id_) & (outbox.c.state == State.UNKNOWN.value)
        values: dict[str, Any] = {"state": state.value, "last_error": why}
        if state is State.PENDING:
            values["not_before"] = tx.now
            tx.queued[Kind.SMS.value] = min(tx.now, tx.queued.get(Kind.SMS.value, tx.now))
        tx.connection.execute(sa.update(outbox).where(mine).values(values))


def hold_all(tx: Tx, reason: str) -> int:
    """Everything that was not sent yet becomes unknown: books out of a backup do not know what left since. How many."""
    waiting = outbox.c.state.in_([State.PENDING.value, State.SENDING.value])
    held = sa.update(outbox).where(waiting).values(state=State.UNKNOWN.value, lease_until=None, last_error=reason)
    return tx.connection.execute(held).rowcount


_STATE = {state.value: state for state in State}
_STATES = Lookup(sa.select(outbox.c.id, outbox.c.state, outbox.c.attempts), outbox.c.id, order_by=(outbox.c.id,))


def standing(tx: Tx, ids: Iterable[MessageId]) -> dict[MessageId, tuple[State, int]]:
    """The state of each row and how many attempts were begun; the rows are taken for this transaction, in order."""
    return {id_: (_STATE[state], attempts) for id_, state, attempts in _STATES(tx, in_order(ids), lock=True)}


def reopen(tx: Tx, id_: MessageId, error: str) -> None:
    """What was handed over did not arrive: it is due again, and whoever claims it looks for another way."""
    handed = outbox.c.state.in_([State.SENT.value, State.UNKNOWN.value])
    tx.connection.execute(
        sa.update(outbox)
        .where(outbox.c.id == id_, handed)
        .values(state=State.PENDING.value, not_before=tx.now, last_error=error)
    )


def arrived(tx: Tx, id_: MessageId, *, surely: bool) -> None:
    """It is with the gateway after all or, `surely`, with its reader: then whatever was to be tried instead is not."""
    (_SURELY_THERE if surely else _THERE)(tx, [(id_, tx.now)])


def _arriving(*states: State) -> Change:
    now = sa.bindparam("now", type_=outbox.c.sent_at.type)
    open_ = outbox.c.state.in_([sa.literal_column(f"'{state.value}'") for state in states])
    return Change(
        sa.update(outbox)
        .where(outbox.c.id == sa.bindparam("mine"), open_)
        .values(state=sa.literal_column(f"'{State.SENT.value}'"), sent_at=sa.func.coalesce(outbox.c.sent_at, now)),
        *("mine", "now"),
    )


_THERE = _arriving(State.UNKNOWN, State.FAILED)
_SURELY_THERE = _arriving(State.UNKNOWN, State.FAILED, State.PENDING, State.SKIPPED)


def is_due(tx: Tx, kind: Kind) -> bool:
    """Does a row of this kind wait to be sent, or a lease to be swept?"""
    return bool(_DUE(tx, kind=kind.value, now=tx.now) or _DEAD(tx, now=tx.now))


_DUE = Query(
    sa.select(outbox.c.id)
    .where(
        outbox.c.state == sa.literal_column("'pending'"),
        outbox.c.not_before <= sa.bindparam("now"),
        outbox.c.kind == sa.bindparam("kind"),
    )
    .limit(sa.literal_column("1"))
)
_DEAD = Query(
    sa.select(outbox.c.id)
    .where(outbox.c.state == sa.literal_column("'sending'"), outbox.c.lease_until < sa.bindparam("now"))
    .limit(sa.literal_column("1"))
)


def counts(tx: Tx) -> dict[str, int]:
    """How many rows are in each state, for metrics and `doctor`."""
    rows = tx.connection.execute(sa.select(outbox.c.state, sa.func.count().label("rows")).group_by(outbox.c.state))
    return {row.state: row.rows for row in rows}
