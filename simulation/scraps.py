"""What people still know of a payment, and of a receipt, when they ask about it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.ports import Random
from sandbox.demo import Simulators
from simulation.people import Person

_RECEIPT_CODE = re.compile(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}\b")


def scrap(who: Person, pretend: Simulators, random: Random, a_sum: str, a_number: str) -> str:
    """What somebody remembers of a payment: mostly one of their own, sometimes one that they saw on another's phone."""
    done = pretend.mpesa.transactions
    mine = [one for one in done[-400:] if one.payer == who.guardian.msisdn]
    if not done or random.below(100) < 10:
        return (a_sum, a_number, "yesterday", "jana 2000")[random.below(4)]
    among = mine[-5:] if mine and random.below(100) < 70 else done[-60:]
    one = among[random.below(len(among))]
    amount, code = str(one.amount.whole_units), one.receipt
    said = (code, code.lower(), f"{code[:-1]}X", amount, f"{amount} {one.at:%d/%m}", one.reference)
    return said[random.below(len(said))]


def receipt_code(who: Person, pretend: Simulators, random: Random) -> str:
    """A receipt's code out of a text on this phone, at times with a slip."""
    inbox = pretend.phones.of(who.guardian.msisdn).inbox
    codes: Sequence[str] = [found[0] for sms in inbox if (found := _RECEIPT_CODE.search(sms.text))]
    if not codes:
        return "7K2M9QXAV9"
    code = codes[random.below(len(codes))]
    return code if random.below(100) < 70 else code[:-1] + ("A" if code[-1] != "A" else "B")
