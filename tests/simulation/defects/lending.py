"""Loans: interest and penalties charged twice, money in the wrong order or on the wrong loan, sent without the right yes, chased."""

from dataclasses import replace

from tests.simulation.defects.defect import Defect
from tests.simulation.defects.paying import ANSWER_LOST

_FOLD = "core/loans/fold.py"
_LENDING = "usecases/loans/lending.py"
_GIVING = "usecases/loans/giving.py"
_CHASING = "usecases/loans/chasing.py"
_TEXTS = "usecases/replies/lending.py"

LENDING = (
    # --- what is owed ------------------------------------------------------------------------------------------------
    Defect(
        "interest of a day is charged again when money comes",
        "charged twice",
        "was charged",
        _FOLD,
        "        self.charged_in_period += interest\n",
        "",
    ),
    Defect(
        "a penalty counts twice",
        "charged twice",
        "owes",
        _FOLD,
        "        self.penalty += charged\n",
        "        self.penalty += 2 * charged\n",
    ),
    Defect(
        "a penalty comes again each day",
        "charged twice",
        "was charged",
        _FOLD,
        "heapq.heappush(self.penalties, (day + timedelta(days=rule.every_days), row))",
        "heapq.heappush(self.penalties, (day + timedelta(days=1), row))",
    ),
    Defect(
        "money pays the parts of a loan in the order turned round",
        "wrong order",
        "owes",
        _FOLD,
        "            for part in self._terms.order:\n",
        "            for part in reversed(self._terms.order):\n",
    ),
    Defect(
        "what ends a loan is a shilling short",
        "rounding leak",
        "ends",
        _FOLD,
        "        return max(0, self.owed + self._to_come(on) - self.credit)\n",
        "        return max(0, self.owed + self._to_come(on) - self.credit - 100)\n",
    ),
    Defect(
        "the last instalment does not take what rounding left",
        "rounding leak",
        "is paid back in",
        "core/loans/schedule.py",
        "    return min(max(room, 0), max(balance - later, 0)) if later else balance\n",
        "    return min(max(room, 0), max(balance - later, 0))\n",
    ),
    Defect(
        "a loan runs from the day on which it was asked for",
        "time-zone slip",
        "runs from",
        _GIVING,
        "    given(tx, loan, _paid_on(tx, news), news.actor,",
        "    given(tx, loan, loan.applied_on, news.actor,",
    ),
    Defect(
        "nobody reckons at night",
        "work lost with its worker",
        "was last reckoned",
        "usecases/loans/telling.py",
        "    return len(tell_loans(tx, store.stale(tx, wish.organisation, today, limit=wish.limit)))\n",
        "    return len(store.stale(tx, wish.organisation, today, limit=0))\n",
    ),
    # --- where money lies --------------------------------------------------------------------------------------------
    Defect(
        "the loan that a coin left is not reckoned again",
        "update lost",
        "owes",
        "usecases/reallocation.py",
        "    return tell_loans(tx, touched)\n",
        "    return tell_loans(tx, [given[0].account])\n",
    ),
    Defect(
        "of two loans the first is paid, whichever was chosen",
        "page off by one",
        "was chosen",
        "dialogue/flows/loan.py",
        '    return {"whom": _chosen(view).number}\n',
        '    return {"whom": next(one.reference for one in view.accounts if one.is_loan)}\n',
    ),
    # --- what leaves -------------------------------------------------------------------------------------------------
    Defect(
        "an officer who borrows may say yes to it",
        "maker is checker",
        "by who had asked",
        _LENDING,
        "content_of(tx, loaded(tx, loan.account)), wish.actor, customer=own, payee=own, trace=wish.trace",
        "content_of(tx, loaded(tx, loan.account)), wish.actor, trace=wish.trace",
    ),
    Defect(
        "the fee is kept, and sent as well",
        "wrong sum",
        "went as",
        _GIVING,
        "            amount=loan.sent,\n            remarks",
        "            amount=loan.asked,\n            remarks",
    ),
    replace(ANSWER_LOST, name="a loan whose answer was lost is sent once more"),
    Defect(
        "a loan that could not be sent stays on its way",
        "message lost",
        "still on its way",
        _GIVING,
        "    elif loan.state is not LoanState.DISBURSING:\n        return\n",
        "    else:\n        return\n",
    ),
    # --- what is said ------------------------------------------------------------------------------------------------
    Defect(
        "a promise of a borrower silences nothing",
        "promise ignored",
        "during a promise",
        _CHASING,
        "    return last is not None and last.state is PromiseState.OPEN\n",
        "    return last is None and bool(account.int == 0)\n",
    ),
    Defect(
        "a reminder that waited for the morning is not looked at again",
        "reminder after payment",
        "loan_",
        _CHASING,
        "    return [_asked_now(tx, one) for one in queued]\n",
        "    return [one.message for one in queued]\n",
    ),
    Defect(
        "what is late is told as before it was paid",
        "reminder after payment",
        "loan_late",
        _CHASING,
        "        return replace(message, amount=told.late, due_on=told.late_since) if told.late_since else None\n",
        "        return message\n",
    ),
    Defect(
        "what-if asks for another sum than it read back",
        "shown is not posted",
        "without having agreed",
        _TEXTS,
        "    return paying.ask_phone(desk, offer, intent, first_of(own))\n",
        "    return paying.ask_phone(desk, msgspec.structs.replace(offer, minor=offer.minor + 100), intent, first_of(own))\n",
    ),
    Defect(
        "what-if reckons that less is paid after it",
        "shown is not posted",
        "saved",
        "core/loans/forecast.py",
        "    rest = _follow(tell([*told, *before, pays], pays.on), pays.on, usual=True, also_on=pays.on > on)\n",
        "    rest = _follow(tell([*told, *before, pays], pays.on), pays.on, usual=False, also_on=pays.on > on)\n",
    ),
    Defect(
        "everybody's loans stand on the screen of each",
        "another's data",
        "of others",
        "storage/loans.py",
        "    rows = tx.connection.execute(_LOANS.where(contacts.c.id == borrower).order_by(loans.c.number))\n",
        "    rows = tx.connection.execute(_LOANS.where(contacts.c.id != borrower).order_by(loans.c.number))\n",
    ),
)
