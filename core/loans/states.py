"""The life of a loan.

applied ──> approved ──> disbursing ──> active ──> repaid
   ├─> declined   │           └─> approved (the payout failed)     ├─> active (money was moved away)
   └─> withdrawn <┘                        ├─> written_off ──> active (the writing off was undone by money that came before it)

Providers change their word, and a loan follows the money: what was called paid and is not goes back to approved, whatever
came of it meanwhile; what was given up and reached the borrower after all runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import ClassVar

from core.errors import DomainError
from core.loans.fold import Position


class LoanState(Enum):
    APPLIED = "applied"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The borrower thought better of it."""
    APPROVED = "approved"
    DISBURSING = "disbursing"
    """The money is on its way, and not known to have arrived."""
    ACTIVE = "active"
    REPAID = "repaid"
    WRITTEN_OFF = "written_off"


NEXT: dict[LoanState, frozenset[LoanState]] = {
    LoanState.APPLIED: frozenset({LoanState.APPROVED, LoanState.DECLINED, LoanState.WITHDRAWN}),
    LoanState.DECLINED: frozenset(),
    LoanState.WITHDRAWN: frozenset({LoanState.ACTIVE}),
    LoanState.APPROVED: frozenset({LoanState.DISBURSING, LoanState.ACTIVE, LoanState.WITHDRAWN}),
    LoanState.DISBURSING: frozenset({LoanState.ACTIVE, LoanState.APPROVED}),
    LoanState.ACTIVE: frozenset({LoanState.REPAID, LoanState.WRITTEN_OFF, LoanState.APPROVED}),
    LoanState.REPAID: frozenset({LoanState.ACTIVE, LoanState.WRITTEN_OFF, LoanState.APPROVED}),
    LoanState.WRITTEN_OFF: frozenset({LoanState.ACTIVE, LoanState.REPAID, LoanState.APPROVED}),
}

WAITING = frozenset({LoanState.APPLIED, LoanState.APPROVED, LoanState.DISBURSING})
"""Asked for, and not given yet: a borrower has one of these at most."""
GIVEN = frozenset({LoanState.ACTIVE, LoanState.REPAID, LoanState.WRITTEN_OFF})
"""Its state follows from its story."""


@dataclass(eq=False)
class LoanNotThere(DomainError):
    """A loan in this state cannot do that."""

    code: ClassVar[str] = "loan_not_there"
    number: str
    state: str


def require_next(number: str, before: LoanState, after: LoanState) -> None:
    """Raise `LoanNotThere` where the table does not allow it."""
    if after not in NEXT[before]:
        raise LoanNotThere(number, before.value)


def told_state(position: Position) -> LoanState:
    """The state of a loan that was given, as its story has it."""
    if position.run.written_off_on is not None:
        return LoanState.WRITTEN_OFF
    return LoanState.REPAID if position.run.closed_on is not None else LoanState.ACTIVE
