"""Laws of what reaches people's phones: wanted, awake, once, true, in their language, and about nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import get_args
from uuid import UUID
from zoneinfo import ZoneInfo

from core.messages import Message
from core.phones import Msisdn
from core.preferences import Topic
from dialogue.conversation import first_language
from sandbox.mpesa import SUCCESS
from sandbox.school import NAIROBI
from simulation import seen
from simulation.crowd import Crowd
from simulation.lent_texts import LoanTexts
from simulation.places import Lender, Place
from simulation.seen import Chased, Told
from simulation.tongues import is_foreign
from simulation.town import Town
from simulation.weather import AHEAD
from storage import people

_TOPICS: Mapping[str, Topic] = {kind.event: kind.topic for kind in get_args(Message)}
_HELD = frozenset({Topic.NEWS, Topic.REMINDERS, Topic.ARREARS})
"""What no organisation may send at night."""
_UNSTOPPABLE = frozenset({Topic.REPLY, Topic.SECURITY})
_CHASING = frozenset({Topic.REMINDERS, Topic.ARREARS})
ON_THE_WAY = timedelta(minutes=2)
"""A text that was on its way when somebody said STOP, or when the night began, still arrives."""
_RECEIPT_CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")
NUMBER = re.compile(r"\b[A-HJKMNP-Z]{2}[2-9]{4}\b")
"""A student's number, of whatever school."""
_LATE_DAYS = {"arrears_warning": 30, "arrears_critical": 60}
_REMINDED_DAYS = 3


@dataclass(frozen=True, slots=True)
class Text:
    """A text that a gateway took."""

    id: str
    school: Place
    to: Msisdn
    text: str
    at: datetime
    arrived: bool
    """Whether it reached the phone: one that did not may be sent again, by another way."""

    @property
    def where(self) -> str:
        return f"to {self.to.masked} at {self.at:%d/%m %H:%M}"


class TextLaws:
    """Reads every text once, some minutes after it left, when its row is surely written."""

    def __init__(
        self,
        town: Town,
        crowd: Crowd,
        families: Mapping[Msisdn, set[str]],
        organisations: Mapping[str, UUID],
        spoken: dict[Msisdn, set[str]],
    ) -> None:
        """`spoken`: the languages that each phone ever had; those that are found are added."""
        self._town = town
        self._crowd = crowd
        self._families = families
        self._organisations = organisations
        self._schools = {plan.slug: plan for plan in town.places}
        self._by_line = {f"+2547099{plan.number:0>5}": plan for plan in town.places}
        self._loans = LoanTexts(town, organisations, crowd.typed)
        self._read_to = [0, 0]
        self._told: set[tuple[Msisdn, str]] = set()
        self._spoken = spoken

    def broken(self) -> list[str]:
        return [law for text in self._settled() for law in self._of_text(text)]

    def _settled(self) -> list[Text]:
        """Those not looked at, but for the newest: their rows may not be written yet."""
        until, pretend = self._town.clock.now() - ON_THE_WAY, self._town.pretend
        found: list[Text] = []
        first = self._read_to[0]
        for sent in pretend.africastalking.sent[first:]:
            if sent.at >= until:
                break
            found.append(
                Text(
                    sent.id,
                    self._schools[sent.username],
                    sent.to,
                    sent.text,
                    sent.at,
                    sent.id not in pretend.africastalking.undelivered,
                )
            )
        self._read_to[0] += len(found)
        for other in pretend.twilio.sent[self._read_to[1] :]:
            if other.at >= until:
                break
            self._read_to[1] += 1
            school = self._by_line[pretend.twilio.number_of(other.account)]
            found.append(
                Text(other.sid, school, other.to, other.text, other.at, other.sid not in pretend.twilio.undelivered)
            )
        return found

    def _of_text(self, text: Text) -> Iterator[str]:
        if len(text.text) > 160:
            yield f"a text of {len(text.text)} characters {text.where}"
        if _RECEIPT_CODE.search(text.text) and self._is_second(text):
            yield f"a receipt was sent twice {text.where}"
        yield from self._of_readers(text)
        told = self._town.look(lambda tx: seen.told_by(tx, text.id))
        topic = _TOPICS.get(told.event) if told else None
        if told is None and self._town.was_fair_since(text.at - ON_THE_WAY):
            yield f"a text left in fair weather, and no attempt knows of it, {text.where}"
        if isinstance(text.school, Lender):
            yield from self._loans.of_others(text.school, text.to, text.text, text.where)
            if told is not None:
                yield from self._loans.of_text(text.school, told, text.text, text.at, text.where)
        if told is None or topic is None or topic in _UNSTOPPABLE:
            return
        if self._is_night(text) and (topic in _HELD or not text.school.texts_at_night):
            yield f"a text about {topic.value} in quiet hours {text.where}"
        if self._had_stopped(text, topic):
            yield f"a text about {topic.value} after STOP {text.where}"
        if isinstance(text.school, Lender):
            if topic in _CHASING and self._is_second(text):
                yield f"a text about {topic.value} was sent twice {text.where}"
        elif topic in _CHASING:
            yield from self._of_chasing(text, topic, told)
        yield from self._of_truth(text, told)

    def _is_second(self, text: Text) -> bool:
        """Did the same words reach this phone before?"""
        if not text.arrived:
            return False
        known = (text.to, text.text) in self._told
        self._told.add((text.to, text.text))
        return known

    # --- whose it is -----------------------------------------------------------------------------------------------

    def _of_readers(self, text: Text) -> Iterator[str]:
        """It names no child of others, and is written in a language that its reader chose."""
        typed = self._crowd.typed.get(text.to, set())
        for number in NUMBER.findall(text.text):
            if number not in self._families.get(text.to, ()) and not _was_typed(number, typed):
                yield f"a text about {number} went {text.where}"
        known = self._languages_of(text.to)
        if known and is_foreign(text.text, *known):
            yield f"a text in a language that is none of {sorted(known)} {text.where}: {text.text[:60]}"

    def _languages_of(self, phone: Msisdn) -> set[str]:
        """Every language that this phone ever had."""
        known = self._spoken.setdefault(phone, {first_language(phone)})
        if chosen := self._town.look(lambda tx: people.languages_of(tx, [phone])).get(phone):
            known.add(chosen)
        return known

    # --- when and whether -------------------------------------------------------------------------------------------

    def _is_night(self, text: Text) -> bool:
        """In quiet hours, by the clock of the phone's country, and not in their first or last minutes."""
        return all(_at_night(text.at + shift) for shift in (-ON_THE_WAY, ON_THE_WAY))

    def _had_stopped(self, text: Text, topic: Topic) -> bool:
        """The last word on this topic, said well before the text left, was no, and nothing since took it back. Words bear the
        time of the process that heard them, texts that of the world."""
        organisation = self._organisations[text.school.slug]
        said = [
            (wanted, at)
            for about, channel, wanted, at in self._town.look(lambda tx: seen.said_by(tx, organisation, text.to))
            if about in ("", topic.value) and channel in ("", "sms") and at < text.at + AHEAD
        ]
        before = [wanted for wanted, at in said if at < text.at - ON_THE_WAY]
        since = [wanted for wanted, at in said if at >= text.at - ON_THE_WAY]
        return bool(before) and not before[-1] and not any(since)

    def _of_chasing(self, text: Text, topic: Topic, told: Told) -> Iterator[str]:
        """Nobody is chased for what is paid, nor while they keep their word, nor twice, nor too early."""
        about = f"a text about {topic.value}"
        numbers = NUMBER.findall(text.text)
        if len(numbers) != 1:
            yield f"{about} that names no student {text.where}"
            return
        if self._is_second(text):
            yield f"{about} of {numbers[0]} was sent twice {text.where}"
        organisation, school = self._organisations[text.school.slug], text.school
        today = text.at.astimezone(ZoneInfo(school.time_zone)).date()
        chased: Chased = self._town.look(
            lambda tx: seen.chased(tx, organisation, numbers[0], text.at, school.currency, today)
        )
        if chased.owed <= 0:
            yield f"{about} of {numbers[0]}, who owes nothing, {text.where}"
        if chased.promised:
            yield f"{about} of {numbers[0]} during a promise {text.where}"
        late = _LATE_DAYS.get(told.event)
        if late and chased.oldest and (today - chased.oldest).days < late:
            yield f"{told.event} of {numbers[0]}, due on {chased.oldest}, {text.where}"
        if told.event == "reminder_before_due" and chased.next and (chased.next - today).days > _REMINDED_DAYS:
            yield f"{told.event} of {numbers[0]}, due on {chased.next}, {text.where}"
        if told.event == "promise_missed" and chased.broken and chased.broken >= today:
            yield f"a promise of {numbers[0]} for {chased.broken} is called missed {text.where}"

    # --- whether it is so --------------------------------------------------------------------------------------------

    def _of_truth(self, text: Text, told: Told) -> Iterator[str]:
        """A receipt says what is owed after it; nobody is told that a prompt failed that was paid, or is still open."""
        if told.event == "refund_told" and self._is_second(text):
            yield f"a step of a refund was told twice {text.where}"
        if told.event == "payment_received" and not isinstance(text.school, Lender):
            wrong = self._town.look(lambda tx: seen.wrong_balance(tx, told))
            if wrong:
                yield f"a receipt {wrong}, {text.where}"
        if told.event != "payment_failed" or told.payment is None:
            return
        payment = told.payment
        failed = self._town.look(lambda tx: seen.failed(tx, payment))
        if failed.completed_at is not None and failed.completed_at < text.at - seen.AT_ONCE:
            yield f"a prompt that was paid is called failed {text.where}"
        push = self._town.pretend.mpesa.pushes.get(failed.request or "")
        if not self._town.was_fair_since(failed.asked_at - ON_THE_WAY):
            return
        if push is None:
            if not self._was_asked_otherwise(text.to, failed.asked_at):
                yield f"a prompt failed in fair weather that M-Pesa never heard of, {text.where}"
        elif push.result is None or push.decided_at is None or push.decided_at > text.at:
            yield f"a prompt is called failed that the phone still shows {text.where}"
        elif push.result == SUCCESS:
            yield f"a prompt that was paid is called failed in fair weather {text.where}"

    def _was_asked_otherwise(self, phone: Msisdn, since: datetime) -> bool:
        """A phone that shows one prompt takes no other."""
        pushes = self._town.pretend.mpesa.pushes.values()
        return any(one.payer == phone and (one.decided_at is None or one.decided_at > since) for one in pushes)


def _at_night(moment: datetime) -> bool:
    hour = moment.astimezone(NAIROBI).hour
    return hour >= 21 or hour < 7


def _was_typed(number: str, typed: Sequence[str] | set[str]) -> bool:
    return any(number.lower() in text for text in typed)
