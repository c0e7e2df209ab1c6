"""What waits for a second person's yes, and saying it (OUT-3)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.approvals import OPEN, Approval, ApprovalId, State, Verdict
from core.codes import NUMBERS, Way, figures
from core.errors import NotFound
from core.ids import OrganisationId, StaffId
from core.permissions import Action
from storage import approvals, organisations
from storage.tx import Tx
from usecases.approvals import Decide
from usecases.deciding import decide, send_code
from usecases.owners import OWNERS
from usecases.second_factor import SendCode

MOST_LISTED = 10_000


class ListArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    organisation: str | None = None
    limit: int = 200
    all: bool = False
    """Also what is over."""


class ApprovalLine(msgspec.Struct, frozen=True):
    """Something that somebody asked for, and who has said what to it."""

    approval: UUID
    organisation: str
    kind: str
    subject: str
    amount: str
    currency: str
    state: str
    missing: int
    """How many people must say yes still."""
    asked_by: str
    asked_at: datetime
    until: datetime
    said: tuple[str, ...]


async def list_approvals(opened: Opened, args: ListArgs, operator: Operator) -> AsyncGenerator[ApprovalLine, None]:
    """The longest waiting first."""
    operator.require(Action.SEE_APPROVALS)
    organisation = await operator.scope(opened.app, args.organisation)
    limit, states = max(0, min(args.limit, MOST_LISTED)), frozenset(State) if args.all else OPEN
    for line in await opened.app.read(_lines, organisation.id if organisation else None, states, limit):
        yield line


def _lines(tx: Tx, only: OrganisationId | None, states: frozenset[State], limit: int) -> list[ApprovalLine]:
    found = []
    for organisation in organisations.all_organisations(tx):
        if only in (None, organisation.id):
            names = {member.id: member.name for member in organisations.staff_of(tx, organisation.id)}
            rows = approvals.listed(tx, organisation.id, states=states, limit=limit)
            found += [_line(tx, approval, organisation.slug, names) for approval in rows]
    return found[:limit]


def _line(tx: Tx, approval: Approval, slug: str, names: dict[StaffId, str]) -> ApprovalLine:
    owner = OWNERS.get(approval.subject.kind)
    return ApprovalLine(
        approval=approval.id,
        organisation=slug,
        kind=approval.subject.kind.value,
        subject=owner.named(tx, approval.subject.id) if owner else "",
        amount=approval.amount.plain() if approval.amount else "",
        currency=approval.amount.currency.code if approval.amount else "",
        state=approval.state.value,
        missing=approval.missing,
        asked_by=names.get(approval.requester, "") if approval.requester else "a customer",
        asked_at=approval.requested_at,
        until=approval.expires_at,
        said=tuple(
            f"{names.get(decision.person.staff, '')}: {decision.verdict.value}" for decision in approval.decisions
        ),
    )


class DecideArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`approval` is its id, or the beginning of it. A command line does not know who types: it always asks for the code."""

    approval: str
    verdict: Literal["approve", "reject"]
    code: str = ""
    reason: str = ""
    organisation: str | None = None


class DecidedLine(msgspec.Struct, frozen=True):
    approval: UUID
    state: str
    missing: int


async def decide_approval(opened: Opened, args: DecideArgs, operator: Operator) -> AsyncGenerator[DecidedLine, None]:
    """A yes or a no, by the member of staff whom `--as` names, proven by a code: their authenticator's, or one that was sent."""
    organisation = await operator.scope(opened.app, args.organisation)
    meant = await opened.app.read(_meant, args.approval, organisation.id if organisation else None)
    wish = Decide(
        meant,
        Verdict(args.verdict),
        operator.actor,
        code=args.code,
        prove=True,
        reason=args.reason,
        trace=opened.app.ids.new().hex,
    )
    done = await opened.app.write(decide, wish)
    if done.problem is not None:
        raise done.problem
    yield DecidedLine(done.approval.id, done.approval.state.value, done.approval.missing)


def _meant(tx: Tx, typed: str, only: OrganisationId | None) -> ApprovalId:
    """The one open approval whose id begins so; raises `NotFound` when none or several do."""
    begin = typed.replace("-", "").lower()
    found = [
        approval.id
        for organisation in organisations.all_organisations(tx)
        if only in (None, organisation.id)
        for approval in approvals.listed(tx, organisation.id, limit=MOST_LISTED)
        if approval.id.hex.startswith(begin)
    ]
    if len(found) != 1:
        raise NotFound("approval", typed[:40])
    return found[0]


class CodeArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    approval: str
    by: Way = Way.MESSAGE
    organisation: str | None = None


class CodeLine(msgspec.Struct, frozen=True):
    approval: UUID
    until: datetime


async def code_for_approval(opened: Opened, args: CodeArgs, operator: Operator) -> AsyncGenerator[CodeLine, None]:
    """Send a code to the member of staff whom `--as` names: to their own phone or chat, for this approval and nothing else."""
    organisation = await operator.scope(opened.app, args.organisation)
    meant = await opened.app.read(_meant, args.approval, organisation.id if organisation else None)
    code = figures(opened.app.random.below(NUMBERS))
    wish = SendCode(meant, operator.actor, code, args.by, trace=opened.app.ids.new().hex)
    sent = await opened.app.write(send_code, wish)
    yield CodeLine(meant, sent.expires_at)


CODE = Command(CodeArgs, CodeLine, code_for_approval, writes=True)
LIST = Command(ListArgs, ApprovalLine, list_approvals)
DECIDE = Command(DecideArgs, DecidedLine, decide_approval, writes=True)
