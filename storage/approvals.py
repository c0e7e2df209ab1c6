"""Approvals as they stand in the books: what was asked for, by whom, who said what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.approvals import (
    OPEN,
    Approval,
    ApprovalId,
    ContentHash,
    Decision,
    Mark,
    Person,
    Requirement,
    State,
    Subject,
    SubjectKind,
    Verdict,
    one_person,
    to_decide,
)
from core.errors import Bug
from core.ids import OrganisationId, StaffId
from core.money import Currency, Money
from core.permissions import Role
from core.phones import Msisdn
from storage.tables import approval_decisions, approval_people, approvals, staff, staff_marks
from storage.tx import Tx

# --- people -------------------------------------------------------------------------------------------------------------


def phone_mark(tx: Tx, phone: Msisdn) -> Mark:
    """By what a phone's owner is known: also a customer's."""
    return Mark(tx.vault.phone_index(phone.digits))


def add_mark(tx: Tx, member: StaffId, kind: str, text: str) -> Mark:
    """This Telegram id (or the like) is theirs: whoever else has it is the same person, for ever."""
    mark = Mark(tx.vault.index(kind, text))
    there = sa.select(staff_marks.c.kind).where(staff_marks.c.staff_id == member, staff_marks.c.mark == mark)
    if tx.connection.execute(there).first() is None:
        tx.connection.execute(sa.insert(staff_marks).values(staff_id=member, mark=mark, kind=kind, at=tx.now))
    return mark


def person(tx: Tx, member: StaffId) -> Person | None:
    """A member of staff as the person that they are: with the marks of every account of theirs in the organisation."""
    row = tx.connection.execute(sa.select(staff).where(staff.c.id == member)).one_or_none()
    if row is None:
        return None
    marks = _marks(tx, row.organisation_id)
    return Person(row.id, Role(row.role), one_person(marks[member], [*marks.values()]), row.disabled_at is not None)


def marks_of_phone(tx: Tx, organisation: OrganisationId, phone: Msisdn) -> frozenset[Mark]:
    """The marks of whoever has this phone: a customer's one, or all those of a member of staff."""
    return one_person([phone_mark(tx, phone)], [*_marks(tx, organisation).values()])


def _marks(tx: Tx, organisation: OrganisationId) -> dict[StaffId, frozenset[Mark]]:
    """Of each staff account, also of people who have left: a phone may have stayed."""
    phones = tx.connection.execute(
        sa.select(staff.c.id, staff.c.msisdn_index).where(staff.c.organisation_id == organisation)
    )
    found = {id_: {Mark(bytes(index))} for id_, index in phones}
    others = tx.connection.execute(
        sa.select(staff_marks.c.staff_id, staff_marks.c.mark)
        .join(staff, staff.c.id == staff_marks.c.staff_id)
        .where(staff.c.organisation_id == organisation)
    )
    for id_, mark in others:
        found[id_].add(Mark(bytes(mark)))
    return {id_: frozenset(marks) for id_, marks in found.items()}


# --- approvals ----------------------------------------------------------------------------------------------------------


def add(tx: Tx, approval: Approval) -> None:
    """Write a fresh approval down, with the marks of all whom it concerns: none of them may decide."""
    amount = approval.amount
    tx.connection.execute(
        sa.insert(approvals).values(
            id=approval.id,
            organisation_id=approval.organisation,
            subject_kind=approval.subject.kind.value,
            subject_id=approval.subject.id,
            content_hash=approval.content,
            minor=amount.minor if amount else None,
            currency=amount.currency.code if amount else None,
            people=approval.requirement.people,
            roles=",".join(sorted(role.value for role in approval.requirement.roles)),
            code=approval.requirement.code,
            requested_by=approval.requester,
            requested_at=approval.requested_at,
            expires_at=approval.expires_at,
            state=approval.state.value,
            version=approval.version,
        )
    )
    known = set(_people(tx, [approval.id])[approval.id])  # the database wrote the requester's own marks
    rows = [(mark, "requester" if mark in approval.own else "payee") for mark in approval.own | approval.interested]
    for mark, part in sorted(rows):
        if mark not in known:
            tx.connection.execute(
                sa.insert(approval_people).values(approval_id=approval.id, mark=mark, part=part, staff_id=None)
            )


def save(tx: Tx, before: Approval, after: Approval) -> None:
    """Write an event of an approval down: what it decided, and its new state."""
    for number, decision in enumerate(after.decisions[len(before.decisions) :], start=len(before.decisions) + 1):
        tx.connection.execute(
            sa.insert(approval_decisions).values(
                approval_id=after.id,
                staff_id=decision.person.staff,
                number=number,
                role=decision.person.role.value,
                verdict=decision.verdict.value,
                reason=decision.reason,
                content_hash=after.content,
                origin=decision.origin,
                at=decision.at,
            )
        )
    saved = tx.connection.execute(
        sa.update(approvals)
        .where(approvals.c.id == after.id, approvals.c.version == before.version)
        .values(
            state=after.state.value,
            version=after.version,
            executed_by=after.executor,
            ended_at=None if after.state in OPEN else tx.now,
        )
    )
    if saved.rowcount != 1:
        raise Bug("an approval was changed by somebody who did not lock it")


def load(tx: Tx, id_: ApprovalId, *, lock: bool = False) -> Approval | None:
    """An approval with all that was decided. `lock`: nobody else decides until this transaction ends."""
    query = sa.select(approvals).where(approvals.c.id == id_)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _approvals(tx, [row])[0] if row is not None else None


def of_subject(tx: Tx, subject: UUID, *, kind: SubjectKind | None = None, lock: bool = False) -> Approval | None:
    """The newest approval of something: the open one, if there is one. `kind`: where one thing can be approved in several
    respects, as a loan can be given and be given up."""
    query = sa.select(approvals).where(approvals.c.subject_id == subject)
    if kind is not None:
        query = query.where(approvals.c.subject_kind == kind.value)
    query = query.order_by(approvals.c.requested_at.desc(), approvals.c.id.desc()).limit(1)
    row = tx.connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _approvals(tx, [row])[0] if row is not None else None


def listed(tx: Tx, organisation: OrganisationId, *, states: Iterable[State] = OPEN, limit: int = 200) -> list[Approval]:
    """An organisation's approvals in these states, the oldest first."""
    rows = tx.connection.execute(
        sa.select(approvals)
        .where(approvals.c.organisation_id == organisation, approvals.c.state.in_([state.value for state in states]))
        .order_by(approvals.c.requested_at, approvals.c.id)
        .limit(limit)
    ).all()
    return _approvals(tx, rows)


def decidable(tx: Tx, organisation: OrganisationId, staff: StaffId) -> int:
    """How many requests wait for this person's yes now."""
    found = person(tx, staff)
    if found is None:
        return 0
    return sum(to_decide(one, found, now=tx.now) is None for one in listed(tx, organisation, states=[State.PENDING]))


def expired(tx: Tx, *, limit: int) -> list[Approval]:
    """Open approvals whose time is over, whoever's, locked; those that somebody is deciding just now are passed over."""
    rows = tx.connection.execute(
        sa.select(approvals)
        .where(approvals.c.state.in_([state.value for state in OPEN]), approvals.c.expires_at <= tx.now)
        .order_by(approvals.c.expires_at, approvals.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    return _approvals(tx, rows)


def are_expired(tx: Tx, at: datetime) -> bool:
    query = sa.select(approvals.c.id).where(approvals.c.state.in_([state.value for state in OPEN]))
    return tx.connection.execute(query.where(approvals.c.expires_at <= at).limit(1)).first() is not None


def _approvals(tx: Tx, rows: Sequence[sa.Row[Any]]) -> list[Approval]:
    ids = [row.id for row in rows]
    people = _people(tx, ids)
    decisions = _decisions(tx, ids, people)
    return [_approval(row, people[row.id], decisions.get(row.id, ())) for row in rows]


def _approval(row: sa.Row[Any], people: dict[Mark, tuple[str, Any]], decisions: Sequence[Decision]) -> Approval:
    roles = frozenset(Role(name) for name in row.roles.split(","))
    return Approval(
        id=row.id,
        organisation=row.organisation_id,
        subject=Subject(SubjectKind(row.subject_kind), row.subject_id),
        content=ContentHash(bytes(row.content_hash)),
        requirement=Requirement(row.people, roles, bool(row.code)),
        requester=row.requested_by,
        interested=frozenset(mark for mark, (part, _) in people.items() if part != "checker"),
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        amount=None if row.minor is None else Money(row.minor, Currency[row.currency]),
        state=State(row.state),
        decisions=tuple(decisions),
        executor=row.executed_by,
        version=row.version,
        own=frozenset(mark for mark, (part, _) in people.items() if part == "requester"),
    )


def _people(tx: Tx, ids: Sequence[UUID]) -> dict[UUID, dict[Mark, tuple[str, Any]]]:
    found: dict[UUID, dict[Mark, tuple[str, Any]]] = {id_: {} for id_ in ids}
    rows = tx.connection.execute(sa.select(approval_people).where(approval_people.c.approval_id.in_(ids)))
    for row in rows:
        found[row.approval_id][Mark(bytes(row.mark))] = (row.part, row.staff_id)
    return found


def _decisions(
    tx: Tx, ids: Sequence[UUID], people: dict[UUID, dict[Mark, tuple[str, Any]]]
) -> dict[UUID, list[Decision]]:
    found: dict[UUID, list[Decision]] = {}
    rows = tx.connection.execute(
        sa.select(approval_decisions)
        .where(approval_decisions.c.approval_id.in_(ids))
        .order_by(approval_decisions.c.approval_id, approval_decisions.c.number)
    )
    for row in rows:
        marks = frozenset(
            mark for mark, (part, who) in people[row.approval_id].items() if part == "checker" and who == row.staff_id
        )
        checker = Person(row.staff_id, Role(row.role), marks)
        decision = Decision(checker, Verdict(row.verdict), row.reason, row.at, row.origin)
        found.setdefault(row.approval_id, []).append(decision)
    return found
