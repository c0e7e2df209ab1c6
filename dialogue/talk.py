"""Holds conversations with phones: remembers each one, performs what its screens want done, and answers every hop once.

a repeated hop               the stored page, no second effect
two hops of one session      one after the other
a new dial soon after        offers what broke off
the memory was lost          what was typed is walked again, but never through a confirm screen, nor where a yes was said already
the world is too busy        a polite end; the same hop may be tried again, under the same intent
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import msgspec
import structlog

from core.callers import Caller
from core.errors import DomainError, Overloaded, Unavailable
from core.limits import Rule
from core.phones import Msisdn
from core.ports import KeyValue
from dialogue import engine
from dialogue.answers import NoSuchAccount, NoSuchReceipt
from dialogue.catalogues import Graph
from dialogue.conversation import Conversation, Hop, View, first_language
from dialogue.engine import Said, Step, Wanted
from dialogue.screens import Secret
from dialogue.world import (
    ONCE,
    CheckReceipt,
    Effect,
    Enquire,
    FindAccount,
    FindApprovals,
    FindLoans,
    FindRefundable,
    LookAt,
    Outcome,
    QuoteLoan,
    TraceMoney,
    World,
)
from usecases import limits
from usecases.asked_before import AskedBefore
from usecases.by_phone import DecideByPhone, TextCode
from usecases.commands import (
    AskLoan,
    AskRefund,
    ChooseLanguage,
    ChooseSplit,
    MakePromise,
    PaymentRequested,
    RequestPayment,
    SendStatement,
)
from usecases.enquiries import ENQUIRIES
from usecases.pins import ChoosePin, OpenPin, TryPin
from usecases.receipts import CHECKS
from usecases.tracing import QUESTIONS

log = structlog.get_logger()

REMEMBERED_S = 300.0
"""How long a page waits for its answer, and how long after it broke off a conversation is offered again."""

LAST_DIAL_S = 1200.0
"""How long we know which session a phone had last: longer than any network lets a session live, and the above on top."""

PATIENCE_S = 5.0
"""How long the world may take over one question; gateways hang up after 10 to 15 seconds."""

LOOKUPS = Rule(most=12, per_s=3600)
"""Student numbers that one phone may try, over all its conversations: a family's, not a whole school's."""

BORROWING = Rule(most=60, per_s=3600)
"""Looks at loans and quotes: who chooses a loan turns them over and over."""

MOST_TEXT = 1000
MOST_INPUTS = 60
"""Beyond these nobody is choosing from menus."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A page for the phone. `end` closes the dialogue."""

    text: str
    end: bool


class Session(msgspec.Struct, array_like=True):
    """What is remembered of one dialogue between two hops."""

    msisdn: str
    text: str
    """Everything typed when `page` was shown; with it, the hop that `page` answers."""
    page: str
    end: bool
    closed: bool
    """The gateway said that the dialogue is over."""
    language: str
    conversation: Conversation
    caller: bytes
    """The caller as loaded when the session began: most hops need no read."""
    before: Session | None = None
    """What went by the same name until somebody dialled anew: unless it was its own first hop that came late."""
    secrets: tuple[tuple[int, int], ...] = ()
    """Where in what was typed PINs and codes stood: from, up to. They are kept as blanks of the same length."""


_encode = msgspec.msgpack.Encoder().encode
_session = msgspec.msgpack.Decoder(Session).decode
_caller = lru_cache(maxsize=1024)(msgspec.msgpack.Decoder(Caller).decode)
"""A caller as remembered. Hops of one session come close together, and reading one takes longer than finding it."""


class Talk:
    """Conversations over one graph of screens. One instance serves all phones of a process."""

    def __init__(self, world: World, memory: KeyValue, graph: Graph, *, patience_s: float = PATIENCE_S) -> None:
        self._world = world
        self._memory = memory
        self._graph = graph
        self._patience_s = patience_s
        self._turns = _Turns()

    async def turn(self, hop: Hop) -> Answer:
        """What to show after `hop`. Never raises for a world that is down or too busy; a bug is raised to the door."""
        if len(hop.text) > MOST_TEXT:
            return self.apology("too_long", hop.msisdn)
        key = f"talk:{hop.service_code}:{hop.session}"
        await self._turns.take(key)
        try:
            return await self._turn(key, hop)
        except (Unavailable, Overloaded, TimeoutError) as down:
            log.warning("conversation_interrupted", trace=hop.trace, reason=str(down))
            return self.apology("busy", hop.msisdn)
        finally:
            self._turns.leave(key)

    async def closed(self, hop: Hop) -> None:
        """The gateway says that the dialogue is over. What was not finished is still offered at the next dial."""
        key = f"talk:{hop.service_code}:{hop.session}"
        await self._turns.take(key)
        try:
            stored = await self._memory.get(key)
            session = _session(stored) if stored is not None else None
            if session and session.msisdn == hop.msisdn.digits and not session.closed:
                session.closed = True
                await self._memory.put(key, _encode(session), ttl_s=REMEMBERED_S)
        finally:
            self._turns.leave(key)

    def apology(self, words: str, msisdn: Msisdn, *, reference: str = "", language: str | None = None) -> Answer:
        """Last words when a conversation cannot go on, in the language this phone would first be spoken to."""
        texts = self._graph.spoken[language or first_language(msisdn)].apologies
        return Answer(texts[words].format_map({"reference": reference}), end=True)

    async def _turn(self, key: str, hop: Hop) -> Answer:
        earlier: bytes | None = None
        if hop.text:
            stored = await self._memory.get(key)
        else:
            stored, earlier = await self._memory.get_many([key, _last(hop)])
        if stored is None:
            return await self._first(key, hop, earlier)
        session = _meant(_session(stored), hop.text)
        if session.msisdn != hop.msisdn.digits:
            return self.apology("other_phone", hop.msisdn)
        if hop.text == "" and session.text:
            return await self._first(key, hop, earlier, before=session)  # a gateway gives a new dialogue an old name
        whole, hop = hop, replace(hop, text=covered(hop.text, session.secrets))
        if session.end or is_past(hop.text, session.text):
            return Answer(session.page, session.end)
        if session.closed:
            return self.apology("over", hop.msisdn, language=session.language)
        typed = newest(session.text, hop.text)
        if typed is None:
            return await self._first(key, whole, earlier)
        caller = _caller(session.caller)
        if self._is_secret(session.conversation):
            session.secrets = (*session.secrets, (len(hop.text) - len(typed), len(hop.text)))
            hop = replace(hop, text=covered(hop.text, session.secrets))
        step = engine.advance(self._graph, session.conversation, typed, caller, hop)
        try:
            said = await self._settled(step, caller, hop) if isinstance(step, Wanted) else step
        except (Unavailable, Overloaded, TimeoutError) as down:
            return self._interrupted(step, caller, hop, down)
        session.text, session.page, session.end, session.conversation = hop.text, said.text, said.end, said.conversation
        session.language = View(said.conversation, caller).language
        try:
            await self._memory.put(key, _encode(session), ttl_s=REMEMBERED_S)
        except Unavailable:
            if not said.end:  # what was done and said last is true without being remembered
                raise
        return Answer(said.text, said.end)

    async def _first(self, key: str, hop: Hop, earlier: bytes | None, before: Session | None = None) -> Answer:
        """A hop of which nothing is remembered: a new dial, a long code, or a dialogue whose memory was lost. `earlier`
        names the session that this phone had last; `before` is one that had this one's name."""
        async with asyncio.timeout(self._patience_s):
            caller = await self._world.caller(hop.msisdn, hop.service_code)
            if hop.text and (asked := await self._asked_before(caller, hop)) is not None:
                language, words = View(Conversation(()), caller).language, "asked" if asked.reference else "busy_paying"
                return self.apology(words, hop.msisdn, reference=asked.reference, language=language)
        secrets: tuple[tuple[int, int], ...] = ()
        if hop.text:
            said, walked = await self._walked_again(caller, hop)
            if self._is_secret(said.conversation):
                secrets = ((walked, len(hop.text)),)
        else:
            paused = self._unfinished(before, hop) or await self._paused(earlier, key, hop)
            step = engine.begin(self._graph, caller, hop, paused=paused)
            said = await self._settled(step, caller, hop)
        session = Session(
            msisdn=hop.msisdn.digits,
            text=covered(hop.text, secrets),
            page=said.text,
            end=said.end,
            closed=False,
            language=View(said.conversation, caller).language,
            conversation=said.conversation,
            caller=_encode(caller),
            before=before and msgspec.structs.replace(before, before=None),
            secrets=secrets,
        )
        kept = (_last(hop), key.encode(), LAST_DIAL_S), (key, _encode(session), REMEMBERED_S)
        await self._memory.put_many(kept)
        return Answer(said.text, said.end)

    async def _paused(self, earlier: bytes | None, key: str, hop: Hop) -> Conversation | None:
        """What this phone left unfinished some minutes ago."""
        stored = None if earlier is None or earlier == key.encode() else await self._memory.get(earlier.decode())
        return self._unfinished(None if stored is None else _session(stored), hop)

    def _unfinished(self, session: Session | None, hop: Hop) -> Conversation | None:
        if session is None or session.end or session.msisdn != hop.msisdn.digits:
            return None
        return engine.unfinished(self._graph, session.conversation)

    def _is_secret(self, conversation: Conversation) -> bool:
        """Is a PIN or a code being typed?"""
        return isinstance(self._graph.screens[conversation.stack[-1]], Secret)

    async def _walked_again(self, caller: Caller, hop: Hop) -> tuple[Said, int]:
        """The page where `hop.text` leads from the start, typed one by one, and how much of it was walked. What may be done
        twice without harm is done (an account looked up, a language chosen); where money would be asked for, a PIN tried or
        something decided, the page before it is shown and the rest is not read."""
        inputs = hop.text.split("*")
        walked = 0
        here = replace(hop, text="")
        said = await self._settled(engine.begin(self._graph, caller, here), caller, here)
        for count in range(1, len(inputs) + 1 if len(inputs) <= MOST_INPUTS else 0):
            if said.end:
                break
            if count == 1 and not inputs[0]:
                continue  # an answer of nothing to the first page: it did nothing then
            here = replace(hop, text="*".join(inputs[:count]))
            step = engine.advance(self._graph, said.conversation, inputs[count - 1], caller, here)
            if isinstance(step, Wanted) and isinstance(step.effect, ONCE):
                break
            said = await self._settled(step, caller, here)
            walked = len(here.text)
        return said, walked

    async def _asked_before(self, caller: Caller, hop: Hop) -> AskedBefore | None:
        """Did somebody say yes here, in this dialogue, before its memory was lost? Then the phone is being asked, or the office
        has the request; to walk again would lead elsewhere: what is being paid is not offered any more, and what was decided
        meanwhile would be asked for once more.
        """
        inputs = hop.text.split("*")[: MOST_INPUTS + 1]
        typed = ["*".join(inputs[:count]) for count in range(1, len(inputs) + 1)]
        intents = [replace(hop, text=text).intent for text in typed]
        return await self._world.asked_before([each.organisation for each in caller.relations], intents)

    async def _settled(self, step: Step, caller: Caller, hop: Hop) -> Said:
        """The page after whatever the step wants from the world."""
        while isinstance(step, Wanted):
            outcome: Outcome | DomainError
            try:
                async with asyncio.timeout(self._patience_s):
                    outcome = await self._perform(step.effect, hop)
            except Overloaded:
                raise
            except DomainError as refusal:
                outcome = refusal
            step = engine.settle(self._graph, step, outcome, caller, hop)
        return step

    async def _perform(self, effect: Effect, hop: Hop) -> Outcome:
        match effect:
            case FindAccount():
                await limits.allow(self._memory, "ussd:account", hop.msisdn.digits, LOOKUPS)
                found = await self._world.find_account(effect.organisation, effect.typed)
                if found is None:
                    raise NoSuchAccount(effect.typed)
                return found
            case CheckReceipt():
                await limits.allow(self._memory, "ussd:receipt", hop.msisdn.digits, CHECKS)
                genuine = await self._world.check_receipt(effect.typed)
                if genuine is None:
                    raise NoSuchReceipt
                return genuine
            case TraceMoney():
                await limits.allow(self._memory, "ussd:trace", hop.msisdn.digits, QUESTIONS)
                return await self._world.trace_money(effect.organisation, effect.msisdn, effect.typed)
            case Enquire():
                await limits.allow(self._memory, "ussd:enquiry", hop.msisdn.digits, ENQUIRIES)
                return await self._world.enquire(effect, hop.trace)
            case FindApprovals() | LookAt() | TryPin() | TextCode() | DecideByPhone() | OpenPin() | ChoosePin():
                return await self._of_the_office(effect, hop)
            case FindRefundable() | AskRefund():
                return await self._pay_back(effect, hop)
            case FindLoans() | QuoteLoan() | AskLoan():
                return await self._lend(effect, hop)
            case RequestPayment():
                requested: PaymentRequested = await self._world.request_payment(replace(effect, trace=hop.trace))
                log.info("payment_requested", trace=hop.trace, payment=requested.payment.hex)
                return requested
            case MakePromise() | ChooseSplit() | SendStatement() | ChooseLanguage():
                await self._noted(effect, hop)
                return None

    async def _pay_back(self, effect: FindRefundable | AskRefund, hop: Hop) -> Outcome:
        if isinstance(effect, AskRefund):
            wish = replace(effect, intent=hop.intent, channel=hop.channel, trace=hop.trace)
            return await self._world.ask_refund(wish)
        await limits.allow(self._memory, "ussd:refundable", hop.msisdn.digits, QUESTIONS)
        return await self._world.find_refundable(effect.organisation, effect.msisdn)

    async def _lend(self, effect: FindLoans | QuoteLoan | AskLoan, hop: Hop) -> Outcome:
        if isinstance(effect, AskLoan):
            return await self._world.ask_loan(replace(effect, intent=hop.intent, channel=hop.channel, trace=hop.trace))
        await limits.allow(self._memory, "ussd:loans", hop.msisdn.digits, BORROWING)
        if isinstance(effect, QuoteLoan):
            return await self._world.quote_loan(effect)
        return await self._world.find_loans(effect.organisation, effect.msisdn)

    async def _of_the_office(
        self,
        effect: FindApprovals | LookAt | TryPin | TextCode | DecideByPhone | OpenPin | ChoosePin,
        hop: Hop,
    ) -> Outcome:
        """What staff do. The door that they came by stands in the trail."""
        match effect:
            case FindApprovals():
                return await self._world.find_approvals(effect)
            case LookAt():
                return await self._world.look_at(effect)
            case TryPin():
                return await self._world.try_pin(replace(effect, channel=hop.channel))
            case TextCode():
                return await self._world.text_code(replace(effect, channel=hop.channel, trace=hop.trace))
            case DecideByPhone():
                return await self._world.decide(replace(effect, channel=hop.channel, trace=hop.trace))
            case OpenPin():
                return await self._world.open_pin(replace(effect, channel=hop.channel))
            case ChoosePin():
                await self._world.choose_pin(replace(effect, channel=hop.channel))
                return None

    async def _noted(self, effect: MakePromise | ChooseSplit | SendStatement | ChooseLanguage, hop: Hop) -> None:
        """What has no answer."""
        match effect:
            case MakePromise():
                await self._world.make_promise(effect)
            case ChooseSplit():
                await self._world.choose_split(effect)
            case SendStatement():
                await self._world.send_statement(replace(effect, trace=hop.trace))
            case ChooseLanguage():
                await self._world.choose_language(effect)

    def _interrupted(self, step: Step, caller: Caller, hop: Hop, down: Exception) -> Answer:
        """The world failed in the middle of an effect. Nothing is remembered of this hop: tried again, it is the same one."""
        log.warning("effect_interrupted", trace=hop.trace, reason=str(down))
        paying = (
            isinstance(step, Wanted) and isinstance(step.effect, RequestPayment) and not isinstance(down, Overloaded)
        )
        language = View(step.conversation, caller).language
        return self.apology("busy_paying" if paying else "busy", hop.msisdn, language=language)


class _Turns:
    """One hop of a session at a time in this process. (Between processes, the intent is what happens once.)"""

    def __init__(self) -> None:
        self._taken: dict[str, asyncio.Future[None] | None] = {}

    async def take(self, key: str) -> None:
        """Wait for the turn. Whoever takes it must `leave`."""
        while key in self._taken:
            waiting = self._taken[key]
            if waiting is None:
                waiting = self._taken[key] = asyncio.get_running_loop().create_future()
            await asyncio.shield(waiting)
        self._taken[key] = None

    def leave(self, key: str) -> None:
        waiting = self._taken.pop(key)
        if waiting is not None:
            waiting.set_result(None)


def _last(hop: Hop) -> str:
    """Where it is kept which session a phone had last."""
    return f"talk:last:{hop.service_code}:{hop.msisdn.digits}"


def _meant(session: Session, text: str) -> Session:
    """Of two dialogues with one name the one that this hop belongs to: the newer, unless it only continues the older."""
    before, here = session.before, covered(text, session.secrets)
    typed = newest(session.text, here)
    if before is None or is_past(here, session.text) or (typed is not None and "*" not in typed):
        return session
    there = covered(text, before.secrets)
    return before if is_past(there, before.text) or newest(before.text, there) is not None else session


def is_past(text: str, known: str) -> bool:
    """Was this hop already answered: the last one again, or an older one that comes late?"""
    return text == known or text == "" or known.startswith(text + "*")


def covered(text: str, secrets: Sequence[tuple[int, int]]) -> str:
    """What was typed, with blanks in place of PINs and codes. (A gateway repeats all of it with every hop.)"""
    for begin, end in secrets:
        text = text[:begin] + "\x00" * (min(end, len(text)) - begin) + text[end:]
    return text


def newest(known: str, text: str) -> str | None:
    """What was typed since `known`, whole, even with stars in it; None when `text` does not continue `known`.

    Source: praekeltfoundation/vumi, Safaricom transport. Splitting at the last star would misread `*` typed by a person. A star
    at the very beginning stands behind an answer of nothing, which looked like the dial come twice and did nothing.
    """
    if not known:
        return text.removeprefix("*")
    return text[len(known) + 1 :] if text.startswith(known + "*") else None
