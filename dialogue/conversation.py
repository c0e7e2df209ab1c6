"""The state of a conversation, and what screens see of it.

State is the stack of screens and the answers so far: small, serialisable, independent of any channel, so that what broke off
on one can go on on another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

import msgspec

from core.callers import LANGUAGES, AccountView, Caller, Relation
from core.phones import Msisdn
from usecases.commands import RequestPayment

Answers = Mapping[str, str | int]
"""What was answered, by name. Money is in minor units; accounts and organisations are named by reference and id."""


class Conversation(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """Where a person stands. A value: the engine returns a new one."""

    stack: tuple[str, ...] = ()
    """The screens that led here; the last is shown."""
    answers: dict[str, str | int] = {}
    pages: tuple[int, ...] = (0,)
    """Where each page of the screen began; the last is shown."""
    shown: int = 0
    """How many of its lines have been shown; the next page begins there."""
    offered: int = 0
    """The highest number shown: a choice counts only when it was seen."""
    more: bool = False
    lookups: int = 0
    """How often a stranger's account was asked for."""
    draft: RequestPayment | None = None
    """What the confirm screen shows, exactly as it will be asked for: what is seen is what happens."""
    paused: Conversation | None = None
    """An earlier conversation that broke off and is being offered again."""


@dataclass(frozen=True, slots=True)
class Hop:
    """One exchange with a person's phone, in no gateway's dialect."""

    session: str
    """The gateway's name for this dialogue."""
    msisdn: Msisdn
    service_code: str
    """Normalised: `*384*70421#`."""
    text: str
    """Everything typed so far, joined by `*`; empty at first. It names the hop: a repeat has the same."""
    trace: str
    """The request id, for logs."""
    channel: str = "ussd"
    """The door through which it came; audit trails show it."""

    @property
    def intent(self) -> str:
        """The name of an effect that is decided here. The same dialogue at the same point has the same, whoever computes it
        and however often; phones and codes do not share one even where a gateway's session ids repeat."""
        told = f"{self.service_code}\n{self.msisdn.digits}\n{self.session}\n{self.text}"
        return (
            f"{self.channel}:{self.session[:64]}:{blake2b(told.encode(errors='replace'), digest_size=12).hexdigest()}"
        )


class Gone(Exception):
    """What a screen speaks of is no longer there (an account was closed since): begin again at home."""


FIRST_LANGUAGE = {"250": "rw", "255": "sw"}
"""By country prefix, until a person chooses; elsewhere English."""


def first_language(msisdn: Msisdn) -> str:
    """What to speak with a phone that never chose."""
    return FIRST_LANGUAGE.get(msisdn.digits[:3], "en")


def candidates(caller: Caller) -> tuple[Relation, ...]:
    """The organisations to choose from: those that know the caller, else all behind the code."""
    if len(caller.relations) <= 1:
        return caller.relations
    known = tuple([one for one in caller.relations if one.contact is not None or one.approvals is not None])
    return known or caller.relations


class View:
    """What a screen sees: the caller's facts and the answers so far. Made anew for each hop."""

    __slots__ = ("_relation", "answers", "caller", "conversation", "language")

    def __init__(self, conversation: Conversation, caller: Caller) -> None:
        self.conversation = conversation
        self.caller = caller
        self.answers = conversation.answers
        language = self.answers.get("language") or caller.language
        self.language = language if language in LANGUAGES else first_language(caller.msisdn)
        self._relation: Relation | None = None

    @property
    def relation(self) -> Relation:
        """The organisation that is spoken with. Raises `Gone` when none is chosen, or no longer there."""
        if self._relation is None:
            self._relation = self._find_relation()
        return self._relation

    def _find_relation(self) -> Relation:
        offered = candidates(self.caller)
        if len(offered) == 1:
            return offered[0]
        chosen = self.answers.get("organisation")
        for relation in offered:
            if str(relation.organisation) == chosen:
                return relation
        raise Gone

    @property
    def accounts(self) -> tuple[AccountView, ...]:
        return self.relation.accounts

    @property
    def account(self) -> AccountView:
        """The caller's own account that was chosen. Raises `Gone` when there is none (any more)."""
        whom = self.answers.get("whom")
        for account in self.relation.accounts:
            if account.reference == whom:
                return account
        raise Gone

    @property
    def draft(self) -> RequestPayment:
        """What is about to be confirmed. Raises `Gone` when nothing is."""
        if self.conversation.draft is None:
            raise Gone
        return self.conversation.draft
