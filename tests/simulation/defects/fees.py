"""Promises ignored or misjudged, credit forgotten, invoices left out."""

from tests.simulation.defects.defect import Defect

_ARREARS = "usecases/arrears.py"
_INVOICING = "usecases/invoicing.py"

FEES = (
    Defect(
        "a text that was queued before a promise leaves during it",
        "promise ignored",
        "during a promise",
        _ARREARS,
        "        return last is not None and last.state is PromiseState.OPEN\n",
        "        return last is not None and last.state is PromiseState.WITHDRAWN\n",
    ),
    Defect(
        "a promise is judged on its own day",
        "promise judged too early",
        "was judged on",
        "core/promises.py",
        "    return promise.state is PromiseState.OPEN and promise.due_on < on\n",
        "    return promise.state is PromiseState.OPEN and promise.due_on <= on\n",
    ),
    Defect(
        "a promise is broken although the sum came",
        "promise ignored",
        "is called broken",
        "core/promises.py",
        "    kept = paid - promise.paid_before >= promise.amount or not owed\n",
        "    kept = paid - promise.paid_before > promise.amount + promise.amount or not owed\n",
    ),
    Defect(
        "promises are never judged",
        "promise ignored",
        "never judged",
        "usecases/promises.py",
        "    over = [one for one in store.of_organisation(tx, organisation.id) if is_to_be_judged(one, on)]\n",
        "    over = [one for one in store.of_organisation(tx, organisation.id) if is_to_be_judged(one, on)][:0]\n",
    ),
    Defect(
        "credit is forgotten when a term begins",
        "update lost",
        "is held for it",
        _INVOICING,
        "        part = min(held[invoice.account], invoice.amount)\n",
        "        part = min(held[invoice.account], invoice.amount) - invoice.amount\n",
    ),
    Defect(
        "credit that is used is not noted as used",
        "update lost",
        "asset:receivable",
        _INVOICING,
        "    applications.add(tx, [NewApplication(id_, None, (one,)) for id_, one in zip(ids, applied, strict=True)])\n"
        "    return total([one.amount for one in applied], organisation.currency)\n",
        "    assert len(ids) == len(applied)\n"
        "    return total([one.amount for one in applied], organisation.currency)\n",
    ),
    Defect(
        "the last student of a list is not charged",
        "page off by one",
        "was charged to",
        "storage/school.py",
        "    rows = tx.connection.execute(query.order_by(accounts_table.c.reference).limit(limit))\n"
        "    return [_student(row) for row in rows]\n\n\n"
        "def count_students",
        "    rows = tx.connection.execute(query.order_by(accounts_table.c.reference).limit(limit))\n"
        "    return [_student(row) for row in rows][:-1]\n\n\n"
        "def count_students",
    ),
)
