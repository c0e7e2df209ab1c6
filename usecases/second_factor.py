"""Proving who acts, before money leaves: a code of the authenticator that staff sign in with, or one that we send (OUT-4).

send_code ──> by SMS, mail or chat, good for five minutes, one person, one approval and exactly what was approved
check     ──> right: used up and written down, so that the approval can be carried out; wrong: counted

The database itself carries out no approval that asks for a code without such a proof (`storage/guards.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core import codes as rules
from core import sign_in
from core.approvals import Approval, ApprovalId, Person, refusal, to_decide, to_execute
from core.codes import LASTS, CodeId, CodeOfChat, CodesBlocked, CodeTooSoon, NoChat, Proof, SentCode, Way
from core.errors import DomainError, NotFound
from core.ids import MessageId, StaffId
from core.messages import OneTimeCode
from core.money import zero
from core.permissions import Actor
from core.sign_in import WrongCode
from storage import approvals, chats, codes, organisations, outbox, staff
from storage.outbox import ChatFacts, Kind, MessageFacts, Out
from storage.tx import Tx
from usecases.approvals import last_hand, person_of, require_own
from usecases.chats import reached
from usecases.noting import note_of

FORGOTTEN_AT_ONCE = 100
HIDDEN = "******"


@dataclass(frozen=True, slots=True)
class SendCode:
    """Somebody who may decide, or carry out, wants a code for it. `code` is drawn at the edge (`core.codes.figures`)."""

    approval: ApprovalId
    actor: Actor
    code: str
    way: Way = Way.MESSAGE
    name: str = ""
    """What people call what is approved, `RF-000012`."""
    payee: str = ""
    """Who is paid, as the reader may see them; the code's text says it, so that nobody is talked into another."""
    trace: str = ""


def send_code(tx: Tx, wish: SendCode) -> SentCode:
    """Make a code good for them and this approval, and send it. Older ones are void. Raises what keeps them from deciding,
    `CodeTooSoon`, `CodesBlocked`, `NoChat`."""
    approval = approvals.load(tx, wish.approval, lock=True)
    if approval is None:
        raise NotFound("approval", wish.approval.hex)
    person = person_of(tx, wish.actor)
    require_own(tx, person, approval)
    _require(tx, approval, person)
    return issue(tx, approval, person, wish)


def issue(tx: Tx, approval: Approval, person: Person, wish: SendCode) -> SentCode:
    """The same for somebody of whom the caller knows that they may carry it out, as once more under the same yes. Raises
    `CodeTooSoon`, `CodesBlocked`, `NoChat`."""
    if codes.wrong_today(tx, person.staff) >= rules.WRONG_A_DAY:
        raise CodesBlocked
    wait = rules.wait(codes.sent_to(tx, person.staff), tx.now)
    if wait > timedelta(0):
        raise CodeTooSoon(-(-int(wait.total_seconds()) // 60))
    id_ = CodeId(tx.new_id())
    code = SentCode(id_, approval.id, person.staff, approval.content, tx.now, tx.now + LASTS, way=wish.way)
    codes.add(tx, code, wish.code)
    _send(tx, approval, code, wish)
    note_of(tx, wish.actor, approval.organisation, "code_sent", "code", code.id, reason=f"{wish.way.value} {wish.name}")
    return code


def _require(tx: Tx, approval: Approval, person: Person) -> None:
    """They may decide it, or carry out what was decided."""
    obstacle = to_decide(approval, person, now=tx.now)
    if obstacle is not None and to_execute(approval, person, now=tx.now, has_code=True) is not None:
        raise refusal(obstacle, approval, by=last_hand(tx, approval))


def _send(tx: Tx, approval: Approval, code: SentCode, wish: SendCode) -> None:
    member = organisations.staff_by_id(tx, code.staff)
    assert member is not None, "a person works here"
    organisation = organisations.by_id(tx, approval.organisation)
    amount = approval.amount or zero(organisation.currency)
    message = OneTimeCode(organisation.name, wish.code, wish.name, amount, wish.payee)
    facts: MessageFacts | ChatFacts
    if code.way is Way.MESSAGE:
        kind, facts = Kind.SMS, MessageFacts(message, msisdn=member.msisdn.digits, language=member.language or "")
        outbox.put(tx, [Out(organisation.id, kind, message.event, facts, trace=wish.trace, key=_key(code.id))])
        return
    chat = reached(tx, organisation.id).get(member.id)
    if chat is None:
        raise NoChat
    kind, language = Kind.CHAT, member.language or organisation.language
    facts = ChatFacts("say", chat, message=message, language=language)
    (row,) = outbox.put(tx, [Out(organisation.id, kind, message.event, facts, trace=wish.trace, key=_key(code.id))])
    chats.put_message(tx, row, organisation.id, chat, staff_id=member.id)


def _key(code: CodeId) -> str:
    return f"code:{code.hex}"


def check(tx: Tx, approval: Approval, person: Person, typed: str, *, origin: str) -> DomainError | None:
    """Why what was typed does not prove that this person means this approval; None when it does: then it is used up.

    An answer and no error: that somebody tried stays written down, and counts."""
    if codes.wrong_today(tx, person.staff) >= rules.WRONG_A_DAY:
        return CodesBlocked()
    found, sent, why = _tried(tx, approval, person, typed, origin)
    codes.note(
        tx,
        found,
        approval.id,
        person.staff,
        approval.content,
        code=sent if found is Proof.SENT else None,
        origin=origin,
    )
    return why


def _tried(
    tx: Tx, approval: Approval, person: Person, typed: str, origin: str
) -> tuple[Proof, CodeId | None, DomainError | None]:
    """The authenticator is asked first; then the code that was sent."""
    code = sign_in.read_code(typed)
    if code is None or code.is_recovery:
        return Proof.WRONG, None, WrongCode()
    if _of_authenticator(tx, person, code.text):
        return Proof.AUTHENTICATOR, None, None
    sent = codes.newest(tx, approval.id, person.staff)
    if sent is None:
        return Proof.WRONG, None, WrongCode()
    why = rules.why_not(sent, approval=approval.id, staff=person.staff, content=approval.content, now=tx.now)
    if why is not None:
        return Proof.WRONG, None, why
    if sent.way is Way.TELEGRAM and rules.is_chat(origin):
        return Proof.WRONG, None, CodeOfChat() if codes.is_it(tx, sent, code.text) else WrongCode()
    return (Proof.SENT, sent.id, None) if codes.use(tx, sent, code.text) else (Proof.WRONG, None, WrongCode())


def _of_authenticator(tx: Tx, person: Person, code: str) -> bool:
    """The right one of this half minute, never accepted before."""
    known = staff.credentials_of(tx, person.staff)
    if known is None or known.enrolled_at is None:
        return False
    step = sign_in.accepted_step(known.totp_secret, code, now=tx.now, last=known.totp_last_step)
    return step is not None and staff.use_step(tx, person.staff, step)


def is_proven(tx: Tx, approval: Approval, person: Person, *, origin: str) -> bool:
    """A query: did they prove themselves for exactly this within the last five minutes? For doors that ask for the code before
    they carry out; in the chat a code that came by chat is no proof."""
    by_chat = not rules.is_chat(origin)
    found = codes.proven_at(tx, approval.id, person.staff, approval.content, by_chat=by_chat)
    return found is not None and tx.now - found[1] < LASTS


def proven_at(tx: Tx, approval: Approval, staff: StaffId) -> datetime | None:
    """A query: when they last proved themselves for exactly this; None when they never did."""
    found = codes.proven_at(tx, approval.id, staff, approval.content)
    return found[1] if found else None


def forget_codes(tx: Tx, command: None = None) -> int:
    """Take codes that are over out of the messages that brought them, and those messages out of their chats. How many; safe to
    repeat."""
    done = []
    for id_ in codes.to_forget(tx, limit=FORGOTTEN_AT_ONCE):
        rows = outbox.reword(tx, _key(id_), {"code": HIDDEN})
        if rows is None:
            continue  # its message is being sent: next time
        for row in rows:
            _unsay(tx, row)
        done.append(id_)
    codes.forgotten(tx, done)
    return len(done)


def _unsay(tx: Tx, row: MessageId) -> None:
    """Take out of its chat what this row said there; nothing where it was never said."""
    said = chats.message(tx, row)
    if said is not None and said.number is not None:
        facts = ChatFacts("delete", said.chat, about=row)
        outbox.put(tx, [Out(said.organisation, Kind.CHAT, "delete", facts)])
