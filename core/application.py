"""Cash application (PAY-5): which debts an arrived payment settles, decided by strategies in the organisation's order.

Pure: the caller loads the `Books` of everything that a batch of payments touches, and each decision advances them in
memory, so that two payments of one batch about the same payer see each other. Nothing ambiguous is ever decided: a
strategy that finds two answers gives none, and money that no strategy places waits in suspense with the reasons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from core.errors import Bug
from core.ids import ContactId, CustomerAccountId, ItemId
from core.money import Currency, Money, total
from core.open_items import OpenItem, oldest_first
from core.payments import Part
from core.splitting import Child, FamilyRule, split


class Strategy(Enum):
    """Why money went where it went. The first four are an organisation's to order or leave out."""

    EXACT_REFERENCE = "exact_reference"
    ONLY_ACCOUNT = "only_account"
    AMOUNT = "amount"
    OLDEST_DUE = "oldest_due"
    CHOSEN = "chosen"
    """The payer chose: on a screen, before the PIN, or by text afterwards."""
    CREDIT = "credit"
    """Money paid ahead met a new invoice."""
    FAMILY = "family"
    """The family's own rule divided it over the children."""
    STAFF = "staff"
    CORRECTION = "correction"
    """What was charged too much was taken back."""

    __hash__ = object.__hash__  # members are singletons: identity is the fastest honest hash


DEFAULT_ORDER = (Strategy.EXACT_REFERENCE, Strategy.ONLY_ACCOUNT, Strategy.AMOUNT, Strategy.OLDEST_DUE)


@dataclass(frozen=True, slots=True)
class Rules:
    """One organisation's way to apply cash."""

    order: tuple[Strategy, ...] = DEFAULT_ORDER
    tolerance_minor: int = 1_000
    """How far an amount may be from an outstanding amount and still be taken for it (`default_rules`: ten whole units)."""


def default_rules(currency: Currency) -> Rules:
    """What an organisation starts with: every strategy, and a tolerance of 10.00 in its own currency (PAY-5)."""
    return Rules(tolerance_minor=10 * currency.unit)


class Application(NamedTuple):
    """A part of a payment and what it settles. `item` is None when it is held as the account's credit."""

    account: CustomerAccountId
    item: ItemId | None
    amount: Money
    strategy: Strategy
    reason: str
    """A code with its facts, `only_account:KV1042`; texts are the doors' business."""


class SuspenseReason(Enum):
    """Why nobody owns the money yet."""

    UNKNOWN_PAYER = "unknown_payer"
    UNKNOWN_REFERENCE = "unknown_reference"
    """A reference was typed that fits nothing, and the payer's phone did not decide it either."""
    AMBIGUOUS = "ambiguous"
    CLOSED_ACCOUNT = "closed_account"
    OTHER_CURRENCY = "other_currency"
    ODD_AMOUNT = "odd_amount"
    """The provider stated a fraction that the currency does not have."""


@dataclass(slots=True)
class CustomerAccount:
    """One customer account while a batch is decided. `items` advance as money is applied."""

    id: CustomerAccountId
    reference: str
    is_open: bool
    items: list[OpenItem] = field(default_factory=list)
    holder: str = ""
    """The student; a family's children are sorted by it, as on the phone."""
    is_loan: bool = False
    """Its items are what a loan asks for, only to find out what is meant: money for it is held, and its story uses it."""

    @property
    def owes(self) -> bool:
        return any(item.outstanding for item in self.items)

    def takes(self, currency: Currency) -> bool:
        """False when its debts are in another currency: an amount never changes currency silently (ORG-2)."""
        return all(item.outstanding.currency is currency for item in self.items)


class Payer(NamedTuple):
    """Who pays, as far as the provider lets us know. `certain` is False for a masked number: others share its digits."""

    contact: ContactId
    accounts: tuple[CustomerAccountId, ...]
    certain: bool
    rule: FamilyRule | None = None
    """What they chose for a payment over several children; None: nothing."""


class Target(NamedTuple):
    """What a typed reference means: an account, or one item of it."""

    account: CustomerAccountId
    item: ItemId | None = None


@dataclass(frozen=True, slots=True)
class Family:
    """The typed reference is a guardian's phone: all their accounts are meant, divided by `rule`."""

    accounts: tuple[CustomerAccountId, ...]
    rule: FamilyRule


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The typed reference fits several accounts."""


class Placement(NamedTuple):
    """Where the money goes. What `applied` leaves of the payment is in suspense, for `suspense` reason."""

    applied: tuple[Application, ...]
    suspense: SuspenseReason | None = None


Accounts = dict[CustomerAccountId, CustomerAccount]


def place(
    amount: Money,
    *,
    exact: bool,
    typed: bool,
    target: Target | Family | Ambiguous | None,
    payer: Payer | None,
    accounts: Accounts,
    rules: Rules,
) -> Placement:
    """Decide where `amount` goes, and advance `accounts` by it.

    `typed` says whether the payer typed any reference at all; `target` what it resolved to.
    """
    if not exact:
        return Placement((), SuspenseReason.ODD_AMOUNT)
    case = _Case(amount, target, payer, accounts, rules)
    for strategy in rules.order:
        if (found := _TRY[strategy](case)) is not None:
            return found
    if isinstance(target, Ambiguous):
        return Placement((), SuspenseReason.AMBIGUOUS)
    return Placement((), SuspenseReason.UNKNOWN_REFERENCE if typed else SuspenseReason.UNKNOWN_PAYER)


def place_parts(amount: Money, parts: Sequence[Part], accounts: Accounts) -> Placement:
    """Post exactly what the payer saw and chose before the PIN.

    When the sum that arrived is not the sum of the parts, nothing was chosen for it: `place` decides then.
    """
    if total([part.amount for part in parts], amount.currency) != amount:
        raise Bug(f"{amount} arrived for parts of another sum")
    applied: list[Application] = []
    for part in parts:
        account = accounts[part.account]
        applied += fill(account, part.amount, strategy=Strategy.CHOSEN, reason=f"chosen:{account.reference}")
    return Placement(tuple(applied))


def fill(
    account: CustomerAccount, amount: Money, *, strategy: Strategy, reason: str, first: ItemId | None = None
) -> list[Application]:
    """Settle the account's items, `first` if given and then the oldest due; the rest is the account's credit."""
    applied: list[Application] = []
    left = amount
    queue = account.items[:]
    if len(queue) > 1:
        queue = sorted(oldest_first(queue), key=lambda item: item.id != first)
    for item in queue:
        taken = min(left, item.outstanding)
        if taken.minor <= 0:
            continue
        account.items[account.items.index(item)] = item.paid(taken)
        left -= taken
        if not account.is_loan:
            applied.append(Application(account.id, item.id, taken, strategy, reason))
    if account.is_loan:
        return [Application(account.id, None, amount, strategy, reason)]
    if left:
        applied.append(Application(account.id, None, left, strategy, reason))
    return applied


def undone(standing: Sequence[Application], reason: str) -> tuple[Application, ...]:
    """What takes `standing` back, row by row: nothing is edited."""
    return tuple(
        Application(part.account, part.item, -part.amount, part.strategy, f"{reason}:{part.reason}")
        for part in standing
    )


def rearranged(standing: Sequence[Application], parts: Sequence[Part]) -> tuple[list[Application], list[Part]]:
    """What is taken from where money stands, credit and the latest items first, and what each account lacks then, so that it is
    divided as `parts` say. The two are equal sums, and nothing when it is divided so already."""
    over: Counter[CustomerAccountId] = Counter()
    for one in standing:
        over[one.account] += one.amount.minor
    for part in parts:
        over[part.account] -= part.amount.minor
    if over.total():
        raise Bug("money was to be divided into parts of another sum")
    latest, taken = standing[::-1], list[Application]()
    for one in sorted(latest, key=lambda one: one.item is not None):
        back = min(one.amount.minor, over[one.account])
        if back > 0:
            taken.append(one._replace(amount=Money(back, one.amount.currency)))
            over[one.account] -= back
    return taken, [Part(id_, Money(-minor, standing[0].amount.currency)) for id_, minor in over.items() if minor < 0]


def withdrawn(missing: Money, spent: Sequence[Application]) -> tuple[Application, ...]:
    """Which items that credit had settled are owed again so that `missing` of the credit is there: the first of `spent`
    first. Raises `Bug` when less was spent."""
    taken: list[Application] = []
    left = missing
    for part in spent:
        back = min(left, part.amount)
        if back.minor > 0:
            taken.append(Application(part.account, part.item, -back, Strategy.CREDIT, "credit:withdrawn"))
            left -= back
    if left.minor > 0:
        raise Bug(f"{left} of credit is nowhere")
    return tuple(taken)


class _Case(NamedTuple):
    amount: Money
    target: Target | Family | Ambiguous | None
    payer: Payer | None
    accounts: Accounts
    rules: Rules

    def payers_open(self) -> list[CustomerAccount]:
        return self.open_ones(self.payer.accounts if self.payer else ())

    def open_ones(self, ids: Sequence[CustomerAccountId]) -> list[CustomerAccount]:
        held = [self.accounts[id] for id in dict.fromkeys(ids)]
        return [account for account in held if account.is_open and account.takes(self.amount.currency)]


def _exact_reference(case: _Case) -> Placement | None:
    if isinstance(case.target, Family):
        return _divided(case, case.open_ones(case.target.accounts), case.target.rule)
    if not isinstance(case.target, Target):
        return None
    account = case.accounts[case.target.account]
    if not account.is_open:
        return Placement((), SuspenseReason.CLOSED_ACCOUNT)
    if not account.takes(case.amount.currency):
        return Placement((), SuspenseReason.OTHER_CURRENCY)
    return _filled(case, account, Strategy.EXACT_REFERENCE, first=case.target.item)


def _only_account(case: _Case) -> Placement | None:
    """A certain payer has one open account, or only one that owes."""
    if case.payer is None or not case.payer.certain:
        return None
    only = _one_of(case.payers_open())
    return _filled(case, only, Strategy.ONLY_ACCOUNT) if only else None


def only_one(accounts: Sequence[CustomerAccount], currency: Currency) -> CustomerAccount | None:
    """Somebody's only open account in this currency, or the only one of several that owes: where their money goes when
    they typed nothing that helps. None when there is a choice."""
    return _one_of([account for account in accounts if account.is_open and account.takes(currency)])


def _one_of(held: Sequence[CustomerAccount]) -> CustomerAccount | None:
    only = held if len(held) == 1 else [account for account in held if account.owes]
    return only[0] if len(only) == 1 else None


def _amount(case: _Case) -> Placement | None:
    """Exactly one of the payer's debts, an item or a whole account, is this much. Enough even for a masked payer."""
    close: dict[CustomerAccountId, ItemId | None] = {}
    for account in case.payers_open():
        owed = [item for item in account.items if item.outstanding]
        whole = sum(item.outstanding.minor for item in owed)
        near = [item for item in owed if _near(item.outstanding.minor, case)]
        if len(near) == 1 or (owed and _near(whole, case)):
            close[account.id] = near[0].id if len(near) == 1 else None
        elif near:
            return None
    if len(close) != 1:
        return None
    ((account_id, item),) = close.items()
    return _filled(case, case.accounts[account_id], Strategy.AMOUNT, first=item)


def _near(minor: int, case: _Case) -> bool:
    return abs(minor - case.amount.minor) <= case.rules.tolerance_minor


def _divided(case: _Case, accounts: Sequence[CustomerAccount], rule: FamilyRule) -> Placement | None:
    """Over all children of a family by its rule: the function that divides what a phone is asked for, too."""
    if not accounts:
        return None
    family = sorted(accounts, key=lambda account: (account.holder, account.reference))
    children = [
        Child(one.id, tuple((item.due_on, item.outstanding) for item in oldest_first(one.items))) for one in family
    ]
    applied: list[Application] = []
    for part in split(case.amount, children, rule):
        account = case.accounts[part.account]
        reason = f"family:{rule.split.value}:{account.reference}"
        applied += fill(account, part.amount, strategy=Strategy.FAMILY, reason=reason)
    return Placement(tuple(applied))


def _oldest_due(case: _Case) -> Placement | None:
    """A certain payer's debts over all accounts: by the rule that they chose, else by due date; what remains is credit where
    the last of it was applied."""
    if case.payer is None or not case.payer.certain:
        return None
    if case.payer.rule is not None:
        return _divided(case, case.payers_open(), case.payer.rule)
    by_item = {item.id: account for account in case.payers_open() for item in account.items if item.outstanding}
    queue = oldest_first(item for account in case.payers_open() for item in account.items if item.outstanding)
    applied: list[Application] = []
    left = case.amount
    for position, item in enumerate(queue):
        account = by_item[item.id]
        last = position == len(queue) - 1
        portion = left if last else min(left, item.outstanding)
        if portion:
            applied += fill(
                account, portion, strategy=Strategy.OLDEST_DUE, reason=f"oldest_due:{item.number}", first=item.id
            )
            left -= portion
    return Placement(tuple(applied)) if applied else None


_TRY: dict[Strategy, Callable[[_Case], Placement | None]] = {
    Strategy.EXACT_REFERENCE: _exact_reference,
    Strategy.ONLY_ACCOUNT: _only_account,
    Strategy.AMOUNT: _amount,
    Strategy.OLDEST_DUE: _oldest_due,
}


def _filled(case: _Case, account: CustomerAccount, strategy: Strategy, first: ItemId | None = None) -> Placement:
    reason = f"{strategy._value_}:{account.reference}"
    return Placement(tuple(fill(account, case.amount, strategy=strategy, reason=reason, first=first)))
