"""One payment for several children: how a family wants it divided (FEE-3).

Nobody gets more than is owed while another child still owes; what exceeds all debts is the first child's credit. Parts
always sum to the whole, by largest remainder. The screen before the PIN and the paybill use this one function.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from core.errors import Bug
from core.ids import CustomerAccountId
from core.money import Currency, Money
from core.payments import Part


class Split(Enum):
    DEBT = "debt"
    """In proportion to what each owes: where a family has chosen nothing."""
    EQUAL = "equal"
    OLDEST = "oldest"
    """The oldest due first, whose ever it is."""
    ORDER = "order"
    """One child after the other, in the family's order."""
    WEIGHTS = "weights"


@dataclass(frozen=True, slots=True)
class FamilyRule:
    """`named` are the children of ORDER in their order, or of WEIGHTS with their weights; a child that is not named comes
    after all that are."""

    split: Split = Split.DEBT
    named: tuple[tuple[CustomerAccountId, int], ...] = ()


BY_DEBT = FamilyRule()


@dataclass(frozen=True, slots=True)
class Child:
    """One account that may get a part. `debts` are what it owes, each with its day; only OLDEST looks at the days."""

    account: CustomerAccountId
    debts: tuple[tuple[date, Money], ...]


def split(amount: Money, children: Sequence[Child], rule: FamilyRule, *, step: int = 1) -> tuple[Part, ...]:
    """The parts of `amount`, none of them zero (but for a single one of nothing), in the children's order.

    `step` is the least part in minor units: 100 where a phone is asked for whole shillings; debts then count as the next
    whole one. Raises `Bug` for no children, or an amount that is not in steps.
    """
    if not children or amount.minor % step or amount.minor < 0:
        raise Bug(f"{amount} cannot be split over {len(children)} in steps of {step}")
    whole, currency = amount.minor // step, amount.currency
    caps = [-(-sum(debt.minor for _, debt in child.debts) // step) for child in children]
    budget = min(whole, sum(caps))
    steps = _divided(budget, children, caps, rule, step, currency)
    steps[0] += whole - budget
    parts = [
        Part(child.account, Money(each * step, currency)) for child, each in zip(children, steps, strict=True) if each
    ]
    return tuple(parts) or (Part(children[0].account, amount),)


def _divided(
    budget: int, children: Sequence[Child], caps: Sequence[int], rule: FamilyRule, step: int, currency: Currency
) -> list[int]:
    match rule.split:
        case Split.DEBT:
            return [share.minor for share in Money(budget, currency).split(caps)]
        case Split.EQUAL:
            return _filled(budget, [1] * len(children), caps, currency)
        case Split.WEIGHTS:
            weights = dict(rule.named)
            return _filled(budget, [weights.get(child.account, 0) for child in children], caps, currency)
        case Split.ORDER:
            places = {account: at for at, (account, _) in enumerate(rule.named)}
            order = sorted(range(len(children)), key=lambda at: (places.get(children[at].account, len(places)), at))
            return _in_turn(budget, [(at, caps[at]) for at in order], caps)
    debts = sorted((day, at, debt.minor) for at, child in enumerate(children) for day, debt in child.debts)
    return _in_turn(budget, [(at, -(-minor // step)) for _, at, minor in debts], caps)


def _filled(budget: int, weights: Sequence[int], caps: Sequence[int], currency: Currency) -> list[int]:
    """By weights, nobody beyond the cap: what one cannot take is divided among the others again."""
    got = [0] * len(caps)
    while budget:
        room = [cap - have for cap, have in zip(caps, got, strict=True)]
        now = [weight if left else 0 for weight, left in zip(weights, room, strict=True)]
        if not any(now):
            now = [1 if left else 0 for left in room]
        for at, share in enumerate(Money(budget, currency).split(now)):
            taken = min(share.minor, room[at])
            got[at] += taken
            budget -= taken
    return got


def _in_turn(budget: int, queue: Sequence[tuple[int, int]], caps: Sequence[int]) -> list[int]:
    """One after the other, as far as it reaches; what rounding of single debts leaves fills the children in their order."""
    got = [0] * len(caps)
    for at, wanted in (*queue, *enumerate(caps)):
        taken = min(budget, wanted, caps[at] - got[at])
        got[at] += taken
        budget -= taken
    return got
