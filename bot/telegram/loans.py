"""Loans in the chat: how much is out, at risk and collected by each officer, and what is late. An officer sees their own (LOAN-3)."""

from __future__ import annotations

from bot.telegram.menu import Act, back
from bot.telegram.visit import Key, Visit
from core.figures import day_in
from core.loans.portfolio import RISK_DAYS
from core.loans.states import LoanState
from core.permissions import Action
from storage.chats import Facts
from storage.loans import Loan
from usecases.loans.portfolio import OfficersFigures, figures, listed, seen_by
from usecases.rights import require_for

MOST_LISTED = 15
"""A chat is no list: who wants all of them finds them on the staff's pages."""


def portfolio(visit: Visit, _: Facts) -> None:
    """As of today, each officer's line and then all of them."""
    _require(visit)
    found = figures(visit.tx, visit.room.organisation, seen_by(visit.actor))
    told = found[:-1] if len(found) == 2 else found  # the line of all would only repeat the one
    text = "\n".join([visit.word("portfolio"), *(_line(visit, one) for one in told)])
    late = Key(visit.word("key_loans_late"), "loans_late")
    visit.show(text, [[late], back(visit)] if found[-1].figures.late_loans else [back(visit)])


def _line(visit: Visit, one: OfficersFigures) -> str:
    seen = one.figures
    name = one.name if one.name and one.name != "-" else visit.word("portfolio_nobody" if one.name else "portfolio_all")
    shares = " · ".join(f"PAR{days} {_percent(seen.par_bps(days))}" for days in RISK_DAYS)
    collected = "-" if seen.collection_bps is None else _percent(seen.collection_bps)
    return visit.word(
        "portfolio_line",
        name=name,
        loans=seen.loans,
        outstanding=seen.outstanding,
        late_loans=seen.late_loans,
        late=seen.late,
        shares=shares,
        collected=collected,
    )


def _percent(bps: int) -> str:
    return f"{bps // 100}.{bps % 100 // 10} %"


def late(visit: Visit, _: Facts) -> None:
    """The worst first."""
    _require(visit)
    found = listed(visit.tx, visit.organisation, seen_by(visit.actor), [LoanState.ACTIVE], late=True)
    lines = [visit.word("loans_late" if found else "loans_late_none")]
    lines += [_late_line(visit, loan) for loan in found[:MOST_LISTED]]
    if len(found) > MOST_LISTED:
        lines.append(visit.word("loans_late_more", count=len(found) - MOST_LISTED))
    visit.show("\n".join(lines), [[Key(visit.word("key_loans"), "portfolio")], back(visit)])


def _late_line(visit: Visit, loan: Loan) -> str:
    told = loan.told
    assert told is not None, "what is late was told"
    assert told.late_since is not None, "what is late is late since a day"
    return visit.word(
        "loan_late",
        number=loan.number,
        borrower=loan.borrower_name,
        late=told.late,
        since=day_in(told.late_since, visit.language),
        days=told.days_late,
    )


def _require(visit: Visit) -> None:
    require_for(visit.tx, visit.actor, Action.SEE_LOANS, visit.organisation, what="organisation", name="")


ACTS: dict[str, Act] = {"portfolio": portfolio, "loans_late": late}
