"""What becomes of messages after they left: reports in any order, silence, workers that died (NOT-4).

A message that was handed over and did not arrive is due again (`outbox.reopen`): the worker that claims it asks everything
anew (true? wanted? awake?) and tries the next way. One that may have arrived is never sent again, but what must arrive.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.dispatch import Attempt, Outcome, Verdict, standing
from core.ids import MessageId, OrganisationId
from core.preferences import Channel, Consent, stops
from storage import attempts, chats, consents, outbox
from storage.attempts import Delivery, Ended
from storage.outbox import ChatFacts, Kind, Out, State, Unknown
from storage.tx import Tx

LOST = "the worker went away while sending"


def note_delivery(tx: Tx, report: Delivery) -> bool:
    """A gateway reports what became of a message; in any order, any number of times. False when the message is not known
    yet: the report waits for the answer to our own call."""
    about = attempts.named(tx, report)
    if about is not None:
        outbox.standing(tx, [about.message])  # taken for this transaction: of two reports at once, one waits
        about = attempts.named(tx, report)
    if about is None or about.outcome is Outcome.SENDING:
        attempts.keep_early(tx, report)
        return False
    if report.rank > about.rank:
        attempts.note(tx, about, report)
        if report.verdict is Verdict.STOPPED:
            _opted_out(tx, about.organisation, about.to_index, about.channel, report.provider)
        _follow(tx, about.message, report)
    return True


def _follow(tx: Tx, message: MessageId, report: Delivery) -> None:
    """What a report means for the message, whose other attempts may have come to something else."""
    tried = attempts.of_messages(tx, [message])[message]
    now = standing(tried)
    if now in (Outcome.ARRIVED, Outcome.TAKEN):
        outbox.arrived(tx, message, surely=report.verdict is Verdict.ARRIVED)
    elif now not in (Outcome.SENDING, Outcome.UNKNOWN):
        outbox.reopen(tx, message, f"not delivered: {report.words}")


def state_after(tried: Sequence[Attempt]) -> State:
    """Where a message stands when no way is left."""
    match standing(tried):
        case Outcome.ARRIVED | Outcome.TAKEN:
            return State.SENT
        case Outcome.UNKNOWN:
            return State.UNKNOWN
        case _:
            return State.FAILED


def care(tx: Tx) -> None:
    """Before new work: give up workers that died, join early reports, and find another way for what must arrive and of
    which nothing was heard."""
    if lost := outbox.lapsed(tx):
        _give_up(tx, lost)
    join_early(tx)
    for message in attempts.silent(tx):
        attempts.wait_no_more(tx, message)
        outbox.reopen(tx, message, "no report came in time")


def _give_up(tx: Tx, lost: Sequence[MessageId]) -> None:
    """Their worker died while it sent them: nobody knows whether they left."""
    numbers = outbox.standing(tx, lost)
    attempts.end(tx, [Ended(each, numbers[each][1], Outcome.UNKNOWN, LOST) for each in lost])
    outbox.settle(tx, [Unknown(each, LOST) for each in lost])
    _show_anew(tx, lost)


FOLLOW = "follow"
"""The act of an outbox row that the bot itself carries out, in the transaction that claims it."""


def _show_anew(tx: Tx, lost: Sequence[MessageId]) -> None:
    """A message in a chat that was being changed may still offer what is over. What the lost change said may be old by now:
    whatever it told of is shown as it is."""
    for organisation, subject in chats.subjects_of(tx, outbox.edits(tx, lost)):
        outbox.put(tx, [Out(organisation, Kind.CHAT, FOLLOW, ChatFacts(FOLLOW, subject=subject.hex))])


def join_early(tx: Tx) -> None:
    """Reports that were faster than the answer to our own call, or told us what that answer did not."""
    for report in attempts.come_true(tx):
        note_delivery(tx, report)


def stopped_there(tx: Tx, message: MessageId) -> None:
    """A gateway refused a message because its reader had stopped us there: we heard it, so it holds for us too."""
    organisation, index, route = attempts.last_of(tx, message)
    _opted_out(tx, organisation, index, route.channel, route.provider)


def _opted_out(tx: Tx, organisation: OrganisationId, index: bytes, channel: Channel, source: str) -> None:
    said = consents.said_by(tx, [index]).get((organisation, index), [])
    stop = Consent(False, channel=channel)
    if stops([*said, stop]) != stops(said):
        consents.note(tx, organisation, index, stop, source=source)
