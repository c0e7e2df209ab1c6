"""Who answers for each kind of subject that can be approved. A room that adds a kind adds its line here."""

from __future__ import annotations

from collections.abc import Mapping

from core.approvals import SubjectKind
from usecases.funds import ReplenishmentOwner
from usecases.loans.changing import WriteOffOwner
from usecases.loans.lending import LoanOwner
from usecases.ownership import Owner
from usecases.placing import PlacementOwner
from usecases.refunds.paying import Refunds
from usecases.treasury import PaymentOwner
from usecases.variances import VarianceOwner

OWNERS: Mapping[SubjectKind, Owner] = {
    SubjectKind.LOAN: LoanOwner(),
    SubjectKind.WRITE_OFF: WriteOffOwner(),
    SubjectKind.REFUND: Refunds(),
    SubjectKind.PAYOUT: PaymentOwner(),
    SubjectKind.REPLENISHMENT: ReplenishmentOwner(),
    SubjectKind.VARIANCE: VarianceOwner(),
    SubjectKind.SUSPENSE: PlacementOwner(),
    SubjectKind.REALLOCATION: PlacementOwner(),
}
