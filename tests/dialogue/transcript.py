"""Conversations as files that anyone can read and correct: what is typed after `>`, then what the phone shows.

A file begins with lines of `#` for the reader, then names its caller. After a change of words,
`python -m tests.dialogue.transcript` writes the answers anew: read the difference before keeping it.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from core.callers import Caller
from core.money import Currency, Money
from core.money import total as total_of
from core.phones import Msisdn
from dialogue.speech import money
from tests.dialogue.people import (
    STRANGER,
    Town,
    calls,
    child,
    kes,
    lent,
    may_come_back,
    offered,
    paid,
    school,
    waits,
)
from tests.dialogue.phone import Phone
from usecases.loans.asking import LendingSeen

FOLDER = Path(__file__).parent / "transcripts"

ASHA = child(owes=kes(12_500))
BRIAN = child("Brian Otieno", "SK1025", owes=kes(8_000, 50), pending=kes(2_000), group="Grade 7")
KIGALI = Msisdn("250788123456")


def francs(units: int) -> Money:
    return Money(units, Currency.RWF)


KEZA = child("Keza Uwase", "KG-0077", owes=francs(45_000), group="P4")
PAID = [paid(kes(500)), paid(kes(1_000), "failed", None), paid(kes(2_000), "processing", None)]

CALLERS: dict[str, Caller] = {
    "mother of Asha": calls(school(ASHA, payments=PAID)),
    "mother of Asha and Brian": calls(school(ASHA, BRIAN, payments=PAID), language="sw"),
    "father of Keza": calls(
        school(KEZA, name="École Umucyo", contact_name="Mugisha", currency=Currency.RWF, shortcode=""),
        msisdn=KIGALI,
        language=None,
    ),
    "borrower": calls(
        school(
            child("Boda loan", "LOAN-000123", owes=kes(4_290), group="", instalment=kes(1_430), is_loan=True),
            name="Umoja Credit",
            contact_name="Asha Wanjiku",
            lends=True,
        )
    ),
    "somebody new at a lender": calls(school(name="Umoja Credit", known=False, lends=True), language="sw"),
    "stranger": calls(school(known=False), msisdn=STRANGER, language="fr"),
    "manager": calls(school(known=False, approvals=1), msisdn=STRANGER),
    "manager who is a mother": calls(school(ASHA, approvals=1), language="sw"),
    "guardian at two schools": calls(school(ASHA), school(replace(BRIAN, reference="HV-7"), name="Hill View School")),
}


async def retold(text: str) -> str:
    """The same transcript with what the phone shows now."""
    lines = text.split("\n")
    who = next(line.removeprefix("caller: ") for line in lines if line.startswith("caller: "))
    town = Town.of(CALLERS[who])
    town.refundable = (may_come_back(amount=kes(2_500)),) if CALLERS[who].relations[0].payments else ()
    town.lending = LendingSeen((lent(owes=kes(1_430)),) if CALLERS[who].relations[0].accounts else (), (offered(),))
    town.requests, town.pin = [waits()], "" if "mother" in who else "24680"
    phone = Phone(town, CALLERS[who].msisdn)
    told = lines[: lines.index(f"caller: {who}") + 1]
    for line in lines:
        if line == "> (dials)":
            told += ["", line, await phone.dial()]
        elif line.startswith("> (dials *384*70421*"):
            told += ["", line, await phone.dial(line.removeprefix("> (dials *384*70421*").removesuffix("#)"))]
        elif line.startswith("> "):
            asked, wishes = len(town.asked), len(town.wishes)
            told += ["", line, await phone.type(line[2:])]
            told += [
                f"({one.product} is asked for: {money(one.amount)} in {one.instalments})"
                for one in list(town.wishes.values())[wishes:]
            ]
            told += [
                f"(the phone is asked for {money(total_of([p.amount for p in one.parts], one.parts[0].amount.currency))},"
                f" account {one.reference})"
                for one in list(town.asked.values())[asked:]
            ]
    return "\n".join([*told, ""])


def main() -> None:
    for path in FOLDER.glob("*.txt"):
        path.write_text(asyncio.run(retold(path.read_text())))


if __name__ == "__main__":
    main()
