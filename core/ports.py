"""The outside as the program sees it: time, ids, chance, threads, sockets, and the systems behind them.

Each port has two implementations: the real one in `runtime/` (or `providers/`), and an inline twin that tests and the
simulation use, so that the same seed tells the same story. Nothing else in the program may ask the machine for these.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable
from uuid import UUID

from core.ids import ProviderAccountId
from core.limits import Rule
from core.mail import MailAddress
from core.money import Money
from core.organisations import ProviderAccount
from core.payments import MoneyArrived, MoneyReturned, PromptOutcome
from core.payouts import Lost, Payout, Refused, Taken
from core.phones import Msisdn
from core.pulling import Window

T = TypeVar("T")


class Clock(Protocol):
    """Time. In tests it is virtual and moves only when told."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds from an arbitrary start, for measuring how long something took."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Come back after that long."""
        ...


class Ids(Protocol):
    """New identifiers, increasing in time (UUIDv7)."""

    def new(self) -> UUID: ...


class Random(Protocol):
    """Chance: unguessable in the real program, seeded in the simulation."""

    def token(self, n_bytes: int) -> bytes: ...

    def below(self, n: int) -> int:
        """A whole number from 0 to n-1."""
        ...


class Threads(Protocol):
    """A bounded pool for calls that block (an SDK, a password hash). The twin calls them at once."""

    async def run(self, call: Callable[[], T], *, timeout_s: float) -> T:
        """The call's answer. Raises TimeoutError after `timeout_s`; the thread itself goes on until its own limit."""
        ...


@dataclass(frozen=True, slots=True)
class HttpReply:
    """What an HTTP server answered."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Http(Protocol):
    """Sockets, as a client. Raises `Unavailable`, with `sent=False` only when the request surely never left."""

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> HttpReply: ...


class KeyValue(Protocol):
    """Short-lived shared state: sessions, tokens, limits. In process, or Redis when several processes share it."""

    async def get(self, key: str) -> bytes | None: ...

    async def get_many(self, keys: Sequence[str]) -> list[bytes | None]:
        """Several at once, in one trip."""
        ...

    async def put(self, key: str, value: bytes, *, ttl_s: float) -> None: ...

    async def put_many(self, kept: Sequence[tuple[str, bytes, float]]) -> None:
        """Several at once, in one trip: key, value and seconds to live of each. When it fails, some may be kept."""
        ...

    async def put_if_absent(self, key: str, value: bytes, *, ttl_s: float) -> bool:
        """Store unless something is there. True when it was stored: this caller holds the key until it expires."""
        ...

    async def delete(self, key: str) -> None: ...

    async def take(self, key: str, rule: Rule) -> int:
        """One try out of the bucket of `key` (`core.limits`), atomically whoever else tries. 0 when it may be done, else
        the milliseconds until the next one may."""
        ...


# --- collections: asking a phone for money ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PromptOrder:
    """Ask `payer`'s phone to pay `amount` (whole units). `reference` is shown to the payer and comes back with the money."""

    payer: Msisdn
    amount: Money
    reference: str
    description: str


@dataclass(frozen=True, slots=True)
class PromptAccepted:
    """The provider has queued the prompt. Nothing is paid yet."""

    provider_request_id: str
    """Their name for the prompt, e.g. Daraja's CheckoutRequestID; our key to the outcome."""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromptRefused:
    """The provider did not take the prompt; surely no money moves. `temporary` says whether asking again may help."""

    code: str
    detail: str
    temporary: bool


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One exchange with a provider, for the log: secrets are already out of `request` and `response`."""

    operation: str
    request: bytes
    response: bytes
    status: int
    latency_ms: int


class Rail(Protocol):
    """How money is asked for at one provider account. Raises `Unavailable` (`sent=True`: the outcome is unknown)."""

    async def prompt(self, order: PromptOrder) -> tuple[PromptAccepted | PromptRefused, Exchanged]: ...

    async def ask(self, provider_request_id: str) -> tuple[PromptOutcome, Exchanged]:
        """What became of a prompt."""
        ...


@dataclass(frozen=True, slots=True)
class PulledRow:
    """One line of what a provider remembers. `news` is None when it could not be read, and `why` then says what of it."""

    raw: bytes
    news: MoneyArrived | MoneyReturned | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PulledPage:
    """Some lines of a window, in the provider's order. An empty page is the last."""

    rows: tuple[PulledRow, ...]


@runtime_checkable
class Puller(Protocol):
    """A rail whose provider can be asked what arrived in a stretch of time. Raises `Unavailable`; safe to repeat."""

    async def pull(self, account: ProviderAccount, window: Window, *, offset: int) -> PulledPage:
        """The lines from row `offset` on."""
        ...


@runtime_checkable
class StatusAsker(Protocol):
    """A rail whose provider can be asked about one receipt. The answer comes later, to an address of ours."""

    @property
    def can_ask(self) -> bool:
        """False while the credentials for it are missing."""
        ...

    async def ask_about(self, receipt: str, *, question: UUID) -> tuple[bool, Exchanged]:
        """Put the question: was it taken? Raises `Unavailable`; safe to repeat."""
        ...


# --- money out -------------------------------------------------------------------------------------------------------


@runtime_checkable
class Payer(Protocol):
    """A rail that can also pay. What becomes of an instruction or a question comes later, to an address of ours that bears
    its name (`core.payouts`). Raises `Unavailable` (`sent=True`: the outcome is unknown)."""

    @property
    def can_pay(self) -> bool:
        """False while the credentials for it are missing."""
        ...

    async def pay(self, payout: Payout) -> tuple[Taken | Refused | Lost, Exchanged]:
        """Instruct the provider once. Its id is the idempotency reference where the provider takes one."""
        ...

    async def ask_payout(self, payout: Payout) -> tuple[bool, Exchanged]:
        """Ask what became of it, for the `payout.asked + 1`-th time: was the question taken? Safe to repeat."""
        ...

    async def ask_float(self, account: ProviderAccountId, *, at: datetime) -> tuple[bool, Exchanged]:
        """Ask what the provider holds for us: was the question taken? `at` comes back with the answer. Safe to repeat."""
        ...


# --- messages to people ----------------------------------------------------------------------------------------------


class SmsTaken(NamedTuple):
    """The gateway accepted the message for one number."""

    gateway_id: str
    parts: int | None
    cost: str


@dataclass(frozen=True, slots=True)
class SmsRefused:
    """The gateway refused it for one number. `halt` means the account is at fault: stop the batch and alert; `stopped` that
    the person stopped us there: nobody else may text them either."""

    code: str
    detail: str
    temporary: bool = False
    halt: bool = False
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class SmsUnknown:
    """The gateway had it and does not say clearly what it did for one number: it may have been sent."""

    detail: str


SmsAnswer = SmsTaken | SmsRefused | SmsUnknown
"""Only `SmsRefused` says that the text surely did not leave."""


class SmsGateway(Protocol):
    """Hands one text to several phones. One answer per number, in order. Raises `Unavailable` (see `Rail`)."""

    @property
    def most_numbers(self) -> int:
        """How many phones one call may name."""
        ...

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> Sequence[SmsAnswer]:
        """`marks` are our own names of the attempts, one a number: a gateway that can carry them sends them back with its
        reports, so that a report says whose it is even where the answer to this call was lost."""
        ...


# --- chats with staff -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChatTaken:
    """The chat has it. `number` is the message's number in that chat; None where nothing new stands there."""

    number: int | None = None


@dataclass(frozen=True, slots=True)
class ChatRefused:
    """Surely not done: `again_s` says after how long it may be tried again, None that it never will work."""

    reason: str
    again_s: float | None = None


Keyboard = Sequence[Sequence[tuple[str, str]]]
"""Rows of buttons: what each says, and the data that its press brings back."""


class Chat(Protocol):
    """One bot of a chat service. Text is that service's HTML. Raises `Unavailable` (`sent=True`: it may have been done)."""

    async def say(self, chat: int, text: str, buttons: Keyboard = ()) -> ChatTaken | ChatRefused: ...

    async def edit(self, chat: int, number: int, text: str, buttons: Keyboard = ()) -> ChatTaken | ChatRefused:
        """The message `number` of ours says this from now on. Safe to repeat."""
        ...

    async def delete(self, chat: int, number: int) -> ChatTaken | ChatRefused: ...

    async def answer(self, query: str, text: str, *, alert: bool) -> ChatTaken | ChatRefused:
        """Tell whoever pressed a button what came of it. Safe to repeat."""
        ...

    async def send_file(self, chat: int, name: str, content: bytes, caption: str) -> ChatTaken | ChatRefused: ...

    async def fetch(self, file: str, *, most_bytes: int) -> bytes | ChatRefused:
        """A file that somebody sent."""
        ...

    async def register(self, url: str, secret: str) -> str:
        """From now on updates are posted there, with that secret; the bot's own name. Safe to repeat. Raises `Unavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail. `kind` is its type, `application/pdf`."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. Names and subject are put into one line each, whatever they hold."""

    to: MailAddress
    sender: str
    """Who writes, as people know them."""
    subject: str
    text: str
    html: str
    language: str
    name: str
    """Our name of the message, the same in every attempt: mailboxes show two mails with one name once."""
    written_at: datetime
    unsubscribe: str = ""
    """The address at which one POST ends mails of this kind; "" where they are no series."""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MailTaken:
    """The server answers for it from now on. `mail_id` is its Message-ID."""

    mail_id: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class MailRefused:
    """The server did not take it: surely not sent. `halt` means that our account is at fault, not the mail."""

    code: str
    detail: str
    temporary: bool = False
    halt: bool = False


@dataclass(frozen=True, slots=True)
class MailUnknown:
    """It was handed over and the answer was lost: the server may have it."""

    detail: str


class Mailer(Protocol):
    """Hands mails to one server. One answer per mail, in order; what surely never left is `MailRefused`, temporary."""

    @property
    def most_mails(self) -> int:
        """How many one call may bring."""
        ...

    async def send(self, mails: Sequence[Mail]) -> list[MailTaken | MailRefused | MailUnknown]: ...
