"""The worker that speaks in chats: claims what is due, keeps Telegram's pace, sends once, settles (NOT-4).

Pace: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. Edits count as messages do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from html import escape

import structlog

from bot.telegram.desk import claim
from bot.telegram.papers import Papers
from core.dispatch import BACK_OFF_S
from core.errors import Unavailable
from core.ids import MessageId, OrganisationId
from core.limits import Rule
from core.ports import Chat, ChatRefused, ChatTaken
from notifications.catalogue import render
from storage.outbox import ChatFacts, Held, NotSent, Sent, Tried, Unknown, read_message
from usecases import chats
from usecases.app import App
from usecases.chats import ChatDue, ChatsSettled

log = structlog.get_logger()

MOST_CLAIMED = 32
IN_A_CHAT = Rule(most=2, per_s=2)
"""Of one chat: one a second, and two when it was still."""
IN_A_GROUP = Rule(most=20, per_s=60)
OF_A_BOT = Rule(most=25, per_s=1)
SAFE_TO_REPEAT = frozenset({"edit", "answer", "delete"})
MOST_ATTEMPTS = 24
"""With the rests between them, most of a day."""
MOST_ANSWERS = 3
"""After that nobody looks at the pressed button any more."""
UNNUMBERED_S, SOON = 1.0, 5
"""What changes a message that was not said yet waits for it: so long, so often; then as long as that itself may take."""


@dataclass(frozen=True, slots=True)
class Speaking:
    """Sends what is due. What may have been sent is never sent again by us."""

    app: App
    bots: Mapping[OrganisationId, Chat]
    papers: Papers

    async def round(self) -> int:
        """How many were sent or given up; what only waits for its pace is no work done."""
        if not await self.app.read(chats.has_due_chats):
            return 0
        claimed = await self.app.write(claim, MOST_CLAIMED)
        outcomes: list[Tried | Held] = []
        numbers: list[tuple[MessageId, int]] = []
        held: dict[int, Held] = {}
        try:
            for one in sorted(claimed, key=_is_no_answer):
                outcome = await self._outcome(one, held, numbers)
                outcomes.append(outcome)
        finally:
            await self.app.write(chats.settle_chats, ChatsSettled(outcomes, numbers))
        return sum(not isinstance(outcome, Held) for outcome in outcomes)

    async def _outcome(self, one: ChatDue, held: dict[int, Held], numbers: list[tuple[MessageId, int]]) -> Tried | Held:
        facts = _facts(one)
        before = held.get(facts.chat)
        if before is not None and facts.act != "answer":
            return Held(one.row.id, before.until)  # what was said first is read first
        wait_ms = 0 if facts.act in ("answer", "delete") else await self._pace(one, facts.chat)
        if wait_ms:
            held[facts.chat] = Held(one.row.id, self.app.clock.now() + timedelta(milliseconds=wait_ms))
            return held[facts.chat]
        try:
            answer = await self._done(one, facts)
        except Unavailable as error:
            log.warning("chat_unavailable", message=one.row.id.hex, trace=one.row.trace, sent=error.sent)
            if error.sent and facts.act not in SAFE_TO_REPEAT:
                return Unknown(one.row.id, str(error), one.row.attempts)
            return self._not_sent(one, facts, str(error), error.retry_after_s)
        except Exception as error:
            log.exception("chat_failed", message=one.row.id.hex, trace=one.row.trace)
            return NotSent(one.row.id, type(error).__name__, None, one.row.attempts, refused=True)
        if isinstance(answer, ChatRefused):
            log.warning(
                "chat_refused", message=one.row.id.hex, act=facts.act, reason=answer.reason, trace=one.row.trace
            )
            return self._not_sent(one, facts, answer.reason, answer.again_s)
        if answer.number is not None and facts.act in ("say", "paper"):
            numbers.append((one.row.id, answer.number))
        return Sent(one.row.id, None, attempt=one.row.attempts)

    async def _pace(self, one: ChatDue, chat: int) -> int:
        """Milliseconds to wait before this chat may hear more of us."""
        bot = one.row.organisation.hex
        rules = [(f"pace:telegram:{bot}:{chat}", IN_A_CHAT), (f"pace:telegram:{bot}", OF_A_BOT)]
        if chat < 0:
            rules.append((f"pace:telegram:{bot}:{chat}:minute", IN_A_GROUP))
        for key, rule in rules:
            if wait := await self.app.memory.take(key, rule):
                return wait
        return 0

    async def _done(self, one: ChatDue, facts: ChatFacts) -> ChatTaken | ChatRefused:
        bot = self.bots.get(one.row.organisation)
        if bot is None:
            return ChatRefused("no bot is set up")
        match facts.act:
            case "say":
                text = facts.text or escape(render(read_message(one.row.event, facts), facts.language), quote=False)
                return await bot.say(facts.chat, text, facts.buttons)
            case "edit" if one.number is not None:
                return await bot.edit(facts.chat, one.number, facts.text, facts.buttons)
            case "edit":
                return ChatRefused("its message has no number yet", UNNUMBERED_S)
            case "delete" if one.number is not None:
                return await bot.delete(facts.chat, one.number)
            case "answer":
                return await bot.answer(facts.query, facts.text, alert=facts.alert)
            case "paper":
                made = await self.papers.made(facts)
                return await bot.send_file(facts.chat, made.name, made.content, facts.text)
            case _:
                return ChatRefused("nothing to do")

    def _not_sent(self, one: ChatDue, facts: ChatFacts, reason: str, again_s: float | None) -> NotSent:
        """Surely not done: again when the chat service says, at least after a while that grows, and at last never."""
        attempts = one.row.attempts
        most = MOST_ANSWERS if facts.act == "answer" else MOST_ATTEMPTS
        if again_s is None or attempts >= most:
            return NotSent(one.row.id, reason, None, attempts, refused=again_s is None)
        tried = attempts if again_s > UNNUMBERED_S else attempts - SOON
        rest = BACK_OFF_S[min(tried, len(BACK_OFF_S)) - 1] if tried > 0 else 0
        again_at = self.app.clock.now() + timedelta(seconds=max(again_s, rest))
        return NotSent(one.row.id, reason, again_at, attempts)


def _facts(one: ChatDue) -> ChatFacts:
    assert isinstance(one.row.facts, ChatFacts)
    return one.row.facts


def _is_no_answer(one: ChatDue) -> bool:
    """Whoever pressed a button looks at it now: answers come first, all else in its order."""
    return _facts(one).act != "answer"
