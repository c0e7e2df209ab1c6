"""Deciding in the chat: who asks for what, what the books say of it, yes or no with a reason and a code (TG-1, TG-2, OUT-4).

Every message about a request is a copy of the same page: when anything changes, by whichever door, all of them say so, and
none of them offers what cannot be done any more. The rules are the core's; a button is an offer, and no right.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from bot.telegram.funds import approval_meant, call_back_key, execute_key
from bot.telegram.menu import Act, back
from bot.telegram.visit import Key, Room, Rows, Visit
from bot.telegram.words import refused, told
from core.approvals import (
    OPEN,
    Approval,
    ApprovalId,
    Content,
    ContentHash,
    Obstacle,
    State,
    Verdict,
    refusal,
    to_decide,
    to_withdraw,
)
from core.codes import figures
from core.errors import NotFound
from core.figures import day_in
from core.ids import StaffId
from core.permissions import TABLE, Action
from notifications.catalogue import words
from storage import approvals, audit, chats, organisations
from storage.chats import Copy, Facts
from storage.organisations import Organisation, StaffMember
from storage.redaction import covered
from storage.tx import Tx
from usecases import deciding, owners
from usecases.approvals import Decide, Withdraw, last_hand, person_of, waiting_for, who_may
from usecases.briefs import brief
from usecases.deciding import needs_code
from usecases.fund_news import let_go
from usecases.second_factor import SendCode

A_PAGE = 8
LONGEST_WHY = 160
_HIDDEN = frozenset({"payment", "fund", "number", "attempt"})
"""Facts of the content that say nothing to people, or stand in the head or the brief already."""


# --- the page -----------------------------------------------------------------------------------------------------------


def page(room: Room, approval: Approval) -> str:
    """What is asked for, by whom, what the books say of it, who has said what."""
    content = _content(room.tx, approval)
    lines = [_head(room, approval)]
    if content is not None:
        lines += [
            room_word(room, "fact", name=_fact_name(room, name), value=_shown(room, name, value))
            for name, value in sorted(content.facts.items())
            if value and name not in _HIDDEN and value not in lines[0]
        ]
    if approval.state in OPEN and content is not None:
        lines += [
            ("⚠ " if fact.warns else "· ") + room_word(room, fact.key, **fact.values)
            for fact in brief(room.tx, approval, content)
        ]
    lines += _said(room, approval)
    lines.append(_standing(room, approval))
    return "\n".join(lines)


def _head(room: Room, approval: Approval) -> str:
    owner = owners.OWNERS.get(approval.subject.kind)
    name = owner.named(room.tx, approval.subject.id) if owner else ""
    kind = room_word(room, f"kind_{approval.subject.kind.value}")
    asked_by = _name_of(room.tx, approval.requester) or room_word(room, "a_customer")
    amount = room_word(room, "sum", amount=approval.amount) if approval.amount else ""
    return room_word(room, "approval_head", kind=kind, name=name, amount=amount, by=asked_by)


def _said(room: Room, approval: Approval) -> list[str]:
    found = []
    for decision in approval.decisions:
        word = "said_yes" if decision.verdict is Verdict.APPROVE else "said_no"
        channel = decision.origin.split(" ")[0]
        who = _name_of(room.tx, decision.person.staff)
        found.append(room_word(room, word, who=who, channel=channel, why=decision.reason).rstrip(": "))
    return found


def _standing(room: Room, approval: Approval) -> str:
    """Where it stands; of money that was let go, where that is."""
    if (gone := let_go(room.tx, approval)) is not None:
        day = day_in(gone.on, room.language) if gone.on else ""
        why = words("fund_payment_told")[gone.reason.value][room.language] if gone.reason else ""
        return room_word(room, f"money_{gone.going.value}", day=day, receipt=gone.receipt, why=why)
    if approval.state is State.PENDING:
        roles = ", ".join(sorted(room_word(room, f"role_{role.value}") for role in approval.requirement.roles))
        return room_word(room, "standing_pending", missing=approval.missing, roles=roles)
    reason = ""
    if approval.state in (State.WITHDRAWN, State.VOID):
        (*_, last) = audit.history(room.tx, approval.id)
        reason = last.change.reason.partition(" ")[2].partition(" ")[2]
    return room_word(room, f"standing_{approval.state.value}", why=reason).rstrip(": ")


def _shown(room: Room, name: str, value: str) -> str:
    """Phones are masked in groups and for who may not see them; a moment is told by the organisation's clock."""
    if name == "not_before":
        local = datetime.fromisoformat(value).astimezone(ZoneInfo(room.organisation.time_zone))
        return f"{day_in(local.date(), room.language)}, {local:%H:%M}"
    member = room.member
    clear = member is not None and member.role in TABLE[Action.SEE_WHOLE_PHONES]
    return covered(value, clear=clear)


def _fact_name(room: Room, name: str) -> str:
    return name.replace("_", " ")


def room_word(room: Room, key: str, **facts: object) -> str:
    return told(room.language, key, **facts)


def _content(tx: Tx, approval: Approval) -> Content | None:
    """What it is about, as it is now; None when its owner does not know it any more."""
    owner = owners.OWNERS.get(approval.subject.kind)
    try:
        return owner.content(tx, approval.subject.id) if owner else None
    except NotFound:
        return None


def _name_of(tx: Tx, staff: StaffId | None) -> str:
    member = organisations.staff_by_id(tx, staff) if staff else None
    return member.name if member else ""


def _rows(room: Room, approval: Approval) -> Rows:
    """What this reader can do with it now; in a group, what anybody who has the right can."""
    if approval.state not in OPEN:
        return [go] if (go := call_back_key(room, approval)) else []
    named = {"approval": approval.id.hex, "seen": approval.content.hex()}
    yes = Key(room_word(room, "key_approve"), "approve", named)
    no = Key(room_word(room, "key_reject"), "reject", named)
    if room.is_group or room.member is None:
        return [[yes, no]] if approval.state is State.PENDING else []
    person = approvals.person(room.tx, room.member.id)
    if person is None:
        return []
    if to_decide(approval, person, now=room.tx.now) is None:
        return [[yes, no]]
    if go := execute_key(room, approval):
        return [go]
    if to_withdraw(approval, person, now=room.tx.now) is None:
        return [[Key(room_word(room, "key_withdraw"), "withdraw", named)]]
    return []


# --- following what happens ---------------------------------------------------------------------------------------------


def follow(tx: Tx, subject: UUID, trace: str) -> int:
    """Bring every chat up to date with a request: whoever may decide it is asked, and every copy says what is so now. Safe
    to repeat. How many messages."""
    # Locked before the request is read: another worker may be telling newer news of it.
    copies = chats.copies_of(tx, subject, lock=True)
    approval = approvals.load(tx, ApprovalId(subject))
    if approval is None:
        return 0
    organisation = organisations.by_id(tx, approval.organisation)
    for copy in copies:
        room = _room(tx, organisation, copy.chat, _member(tx, copy), trace)
        room.change(copy.id, page(room, approval), _rows(room, approval))
    fresh = _unasked(tx, approval, copies) if approval.state is State.PENDING else []
    for chat, member in fresh:
        room = _room(tx, organisation, chat, member, trace)
        room.say(page(room, approval), _rows(room, approval), subject=approval.id)
    return len(copies) + len(fresh)


def _unasked(tx: Tx, approval: Approval, copies: list[Copy]) -> list[tuple[int, StaffMember | None]]:
    """The chats that do not know of it yet: of who may decide, of who asked, and the office's groups."""
    users, there = chats.users_of(tx, approval.organisation), {copy.chat for copy in copies}
    people = [*who_may(tx, approval), *([approval.requester] if approval.requester else [])]
    found: list[tuple[int, StaffMember | None]] = [
        (users[staff], organisations.staff_by_id(tx, staff)) for staff in dict.fromkeys(people) if staff in users
    ]
    found += [(group, None) for group in chats.groups_of(tx, approval.organisation)]
    return [(chat, member) for chat, member in found if chat not in there]


def _member(tx: Tx, copy: Copy) -> StaffMember | None:
    return organisations.staff_by_id(tx, copy.staff) if copy.staff else None


def _room(tx: Tx, organisation: Organisation, chat: int, member: StaffMember | None, trace: str) -> Room:
    language = (member.language if member else None) or organisation.language
    return Room(tx, organisation, chat, language, member, trace)


# --- what people do -----------------------------------------------------------------------------------------------------


def listed(visit: Visit, _: Facts) -> None:
    """What waits for a yes: first what this person may decide."""
    found = sorted(waiting_for(visit.tx, visit.me.id), key=lambda one: one.obstacle is not None)
    rows = [
        [Key(_label(visit, one.approval, one.obstacle), "approval", {"approval": one.approval.id.hex})]
        for one in found[:A_PAGE]
    ]
    mine = sum(one.obstacle is None for one in found)
    word = "approvals" if found else "approvals_none"
    visit.show(visit.word(word, count=len(found), mine=mine), [*rows, back(visit)])


def _label(visit: Visit, approval: Approval, obstacle: Obstacle | None) -> str:
    owner = owners.OWNERS.get(approval.subject.kind)
    name = owner.named(visit.tx, approval.subject.id) if owner else ""
    amount = visit.word("sum", amount=approval.amount) if approval.amount else ""
    kind = visit.word(f"kind_{approval.subject.kind.value}")
    return ("● " if obstacle is None else "○ ") + " · ".join(part for part in (kind, name, amount) if part)


def show(visit: Visit, facts: Facts) -> None:
    approval = approval_meant(visit, facts)
    rows = [*_rows(visit.room, approval), back(visit)]
    visit.room.say(page(visit.room, approval), rows, subject=approval.id)


def approve(visit: Visit, facts: Facts) -> None:
    """The last yes that pays at once takes a code, asked for in the person's own chat; any other is asked for once more."""
    approval = _decidable(visit, facts)
    private = _privately(visit)
    amount = visit.word("sum", amount=approval.amount) if approval.amount else ""
    kind = visit.word(f"kind_{approval.subject.kind.value}")
    owner = owners.OWNERS[approval.subject.kind]
    if needs_code(approval, owner, Verdict.APPROVE):
        by_sms = [[Key(private.word("key_send_code"), "send_code", facts)]]
        private.ask("approve_code", facts, private.word("ask_code", kind=kind, amount=amount), by_sms)
        return
    yes = Key(private.word("key_approve"), "approve_now", facts, once=True)
    no = Key(private.word("key_no"), "menu", once=True)
    private.say(private.word("approve_sure", kind=kind, amount=amount), [[yes, no]])


def approve_now(visit: Visit, facts: Facts) -> None:
    _decide(visit, facts, Verdict.APPROVE)


def approve_code(visit: Visit, facts: Facts, text: str) -> None:
    """The code is taken out of the chat at once, whatever it was worth."""
    visit.room.delete(visit.number)
    _decide(visit, facts, Verdict.APPROVE, code=text)


def send_code(visit: Visit, facts: Facts) -> None:
    """A code by text, for whoever has no authenticator at hand: another way than this chat, so that a stolen chat is not
    enough. It is drawn from a keyed digest of a new id: nobody can tell it before, and the seed of a story tells it again."""
    drawn = visit.tx.vault.pepper("chat-code", visit.tx.new_id().hex)
    code = figures(int.from_bytes(drawn))
    deciding.send_code(
        visit.tx, SendCode(ApprovalId(UUID(facts["approval"])), visit.actor, code, trace=visit.room.trace)
    )
    visit.say(visit.word("code_sent"))


def reject(visit: Visit, facts: Facts) -> None:
    _decidable(visit, facts)
    private = _privately(visit)
    private.ask("reject_why", facts, private.word("ask_reject_why"))


def reject_why(visit: Visit, facts: Facts, text: str) -> None:
    _decide(visit, facts, Verdict.REJECT, reason=text[:LONGEST_WHY])


def withdraw(visit: Visit, facts: Facts) -> None:
    approval = approval_meant(visit, facts)
    deciding.withdraw(visit.tx, Withdraw(approval.id, visit.actor, trace=visit.room.trace))


def _decide(visit: Visit, facts: Facts, verdict: Verdict, *, code: str = "", reason: str = "") -> None:
    """The one decision behind every door. What it refuses with something written down is told here; all else is raised."""
    approval = approval_meant(visit, facts)
    seen = ContentHash(bytes.fromhex(facts["seen"]))
    wish = Decide(approval.id, verdict, visit.actor, seen=seen, code=code, reason=reason, trace=visit.room.trace)
    decided = deciding.decide(visit.tx, wish)
    if decided.problem is not None:
        visit.say(refused(decided.problem, visit.language))
        if decided.approval.state is State.PENDING:
            visit.ask("approve_code", facts, visit.word("ask_code_again"))
        return
    if visit.pressed is not None:
        visit.room.change(visit.pressed, visit.word("decided"))
    else:
        visit.say(visit.word("decided"))


def _privately(visit: Visit) -> Visit:
    """The same person's own chat with us: reasons and codes are not for a group."""
    if not visit.room.is_group:
        return Visit(visit.room, visit.me)
    user = chats.users_of(visit.tx, visit.organisation)[visit.me.id]
    room = _room(visit.tx, visit.room.organisation, user, visit.me, visit.room.trace)
    return Visit(room, visit.me)


def _decidable(visit: Visit, facts: Facts) -> Approval:
    """Raises at once what would stand in the way later: nobody types a code for nothing."""
    approval = approval_meant(visit, facts)
    obstacle = to_decide(approval, person_of(visit.tx, visit.actor), now=visit.tx.now)
    if obstacle is not None:
        raise refusal(obstacle, approval, by=last_hand(visit.tx, approval))
    return approval


ACTS: dict[str, Act] = {
    "approvals": listed,
    "approval": show,
    "approve": approve,
    "approve_now": approve_now,
    "send_code": send_code,
    "reject": reject,
    "withdraw": withdraw,
}
QUESTIONS = {"approve_code": approve_code, "reject_why": reject_why}
