"""What a second person says yes to when money is placed, and of how much it takes one (OUT-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.approvals import (
    CHECKERS,
    INSIDE,
    ApprovalPolicy,
    Requirement,
    SubjectKind,
    Tier,
    default_tiers,
    tiers_of,
)
from core.errors import Bug
from core.ids import CustomerAccountId, OrganisationId, PaymentId, StaffId
from core.money import Currency, Money
from core.permissions import Role
from core.placements import Placement, PlacementId, Whereabouts
from core.treasury import Ruling

_text = st.text(max_size=4)
_whereabouts = st.builds(
    Whereabouts, st.none() | st.builds(Money, st.integers(1, 9), st.sampled_from(Currency)), _text, _text
)
_placements = st.builds(
    Placement,
    id=st.sampled_from([PlacementId(UUID(int=1)), PlacementId(UUID(int=2))]),
    organisation=st.sampled_from([OrganisationId(UUID(int=3)), OrganisationId(UUID(int=4))]),
    kind=st.sampled_from(sorted(INSIDE, key=lambda kind: kind.value)),
    payment=st.sampled_from([PaymentId(UUID(int=5)), PaymentId(UUID(int=6))]),
    receipt=st.just("UKL1"),
    reference=st.just("KV10"),
    account=st.just(CustomerAccountId(UUID(int=7))),
    asked=_whereabouts,
    why=_text,
    requester=st.just(StaffId(UUID(int=8))),
    ruling=st.sampled_from(Ruling),
    at=st.just(datetime(2026, 11, 21, tzinfo=UTC)),
)


def _asked(one: Placement) -> tuple[Any, ...]:
    return one.id, one.organisation, one.kind, one.payment, one.why


@given(_placements, _placements, _whereabouts, _whereabouts)
def test_a_yes_is_for_this_payment_from_there_to_them_so_much_and_for_this_reason(
    one: Placement, other: Placement, here: Whereabouts, there: Whereabouts
) -> None:
    same = (_asked(one), here) == (_asked(other), there)

    assert (one.content(here).hash == other.content(there).hash) == same
    assert one.content(here).hash == replace(one, ruling=Ruling.APPROVED).content(here).hash


@given(st.integers(1, 20_000_000), st.sampled_from(SubjectKind))
def test_one_person_is_enough_only_inside_the_books_and_up_to_the_limit(minor: int, kind: SubjectKind) -> None:
    policy = ApprovalPolicy(default_tiers(100))

    assert policy.takes_another(kind, Money(minor, Currency.KES)) == (kind not in INSIDE or minor > 50_000_00)


_own = st.lists(st.sampled_from([None, *SubjectKind]), unique=True).map(
    lambda kinds: tuple(Tier(None, 3, CHECKERS, kind) for kind in kinds)
)


@given(_own, st.sampled_from(sorted(INSIDE, key=lambda kind: kind.value)))
def test_tiers_of_what_leaves_are_not_those_of_what_stays(own: tuple[Tier, ...], kind: SubjectKind) -> None:
    policy = ApprovalPolicy(tiers_of(own, 1))
    named = any(tier.kind is kind for tier in own)

    assert policy.takes_another(kind, Money(50_000, Currency.RWF)) == named
    assert policy.requires(kind, Money(50_001, Currency.RWF)) == Requirement(3 if named else 1, CHECKERS)


def test_who_decides_about_all_else_decides_about_what_stays_inside() -> None:
    officers = frozenset({Role.LOAN_OFFICER})
    small, rest = Tier(100, 1, CHECKERS), Tier(None, 2, officers)
    policy = ApprovalPolicy(tiers_of((small, rest), 1))

    asked_for = policy.requires(SubjectKind.REALLOCATION, Money(50_001, Currency.RWF))

    assert (asked_for.people, asked_for.roles) == (1, officers)
    assert tiers_of((), 100) == default_tiers(100)


def test_where_nobody_else_is_needed_nobody_is_asked() -> None:
    with pytest.raises(Bug):
        ApprovalPolicy(default_tiers(100)).requires(SubjectKind.SUSPENSE, Money(1, Currency.KES))
