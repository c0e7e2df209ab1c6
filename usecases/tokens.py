"""Tokens with which a program acts for a member of staff: given by an admin, shown once, kept hashed, revocable (SEC-4)."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import NotFound
from core.ids import OrganisationId, StaffId
from core.permissions import Action, Actor, ActorKind
from storage import organisations, tokens
from storage.tx import Tx
from usecases.noting import note_of
from usecases.rights import require_for

SCOPES = frozenset({"read", "write"})
"""`read` looks, `write` also does. What of it, the person's role says anew at each request."""


@dataclass(frozen=True, slots=True)
class IssueToken:
    """`token` is made at the edge and shown to whoever asked, once."""

    staff: StaffId
    token: str
    name: str
    scopes: frozenset[str]
    actor: Actor


def issue_token(tx: Tx, wish: IssueToken) -> None:
    """From now on whoever bears it acts for that person."""
    organisation = _organisation(tx, wish.staff, wish.actor)
    if not wish.scopes or wish.scopes - SCOPES:
        raise NotFound("scope", " ".join(sorted(wish.scopes - SCOPES))[:40])
    tokens.add(tx, wish.staff, wish.token, name=wish.name[:60], scopes=wish.scopes)
    scopes = " ".join(sorted(wish.scopes))
    note_of(tx, wish.actor, organisation, "token_issued", "staff", wish.staff, reason=f"{wish.name[:60]}: {scopes}")


@dataclass(frozen=True, slots=True)
class RevokeTokens:
    staff: StaffId
    actor: Actor


def revoke_tokens(tx: Tx, wish: RevokeTokens) -> int:
    """None of their tokens is worth anything from now on. How many there were."""
    organisation = _organisation(tx, wish.staff, wish.actor)
    count = tokens.revoke(tx, wish.staff)
    note_of(tx, wish.actor, organisation, "tokens_revoked", "staff", wish.staff, reason=str(count))
    return count


def _organisation(tx: Tx, staff: StaffId, actor: Actor) -> OrganisationId:
    member = organisations.staff_by_id(tx, staff)
    if member is None:
        raise NotFound("staff", staff.hex)
    require_for(tx, actor, Action.MANAGE_STAFF, member.organisation, what="staff", name=staff.hex)
    return member.organisation


@dataclass(frozen=True, slots=True)
class Bearer:
    """For whom a token acts, and how far."""

    actor: Actor
    staff: StaffId
    organisation: OrganisationId
    scopes: frozenset[str]
    language: str


def bearer(tx: Tx, token: str, address: str) -> Bearer | None:
    """A query: who bears this token; None for nobody's, a revoked one, and one of somebody who left."""
    known = tokens.found(tx, token)
    member = organisations.staff_by_id(tx, known.staff) if known else None
    if known is None or member is None or member.is_disabled:
        return None
    actor = Actor(ActorKind.STAFF, member.id.hex, f"api {address}", member.role)
    return Bearer(actor, member.id, member.organisation, known.scopes, member.language or "en")
