"""Money of a payment that is to count for another account, where so much of it takes a second person: out of suspense to its
owner, or from where it was applied by mistake (OUT-3, PAY-5, PAY-7). Up to the office's limit it is one person's act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, NewType
from uuid import UUID

from core.approvals import Content, Subject, SubjectKind
from core.errors import DomainError
from core.ids import CustomerAccountId, OrganisationId, PaymentId, StaffId
from core.money import Money
from core.treasury import Ruling

PlacementId = NewType("PlacementId", UUID)

IN_SUSPENSE = "suspense"
LONGEST_WHY = 160


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """How much would be placed, from where, to whom, as people read it. Empty and without an amount where nothing would."""

    amount: Money | None = None
    origin: str = ""
    """`suspense`, or `KV10 1,500.00; KV30 500.00`."""
    target: str = ""
    """`KV20 Amani Kamau`, or one invoice of theirs: `INV-000002 KV20 Amani Kamau`."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A wish that waits for somebody else's yes, or what has become of it. `asked` is what was asked for."""

    id: PlacementId
    organisation: OrganisationId
    kind: SubjectKind
    """`SUSPENSE` or `REALLOCATION`."""
    payment: PaymentId
    receipt: str
    reference: str
    """As it was typed."""
    account: CustomerAccountId
    asked: Whereabouts
    why: str
    requester: StaffId
    ruling: Ruling
    at: datetime

    def content(self, now: Whereabouts) -> Content:
        """What a checker says yes to, if the books say `now`: the payment, from where, to whom, how much and why."""
        facts = {"payment": self.payment.hex, "from": now.origin, "to": now.target, "reason": self.why}
        return Content(self.organisation, Subject(self.kind, self.id), now.amount, facts)


@dataclass(eq=False)
class PlacementWaits(DomainError):
    """Somebody has asked to place this payment elsewhere already: that is decided or taken back first."""

    code: ClassVar[str] = "placement_waits"
    reference: str


@dataclass(eq=False)
class RequesterUnknown(DomainError):
    """So much takes a second person, so the first must have a name: whoever has the machine alone is nobody."""

    code: ClassVar[str] = "requester_unknown"
