"""What a text wants, by what its words tell."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from core.sms.looking import Seen
from core.sms.signs import Intent, Sign
from core.sms.words import POLITE, language_of, signs_of

_Has = frozenset[Sign]

_CODE = re.compile(r"[A-Z][A-L][1-9A-V](?=[A-Z0-9]*[0-9])[A-Z0-9]{7}")
_PAYMENT = re.compile(r"[A-Z][A-L][1-9A-V](?=[A-Z0-9]*[0-9])[A-Z0-9]{7}|R[0-9O]{3,9}|[0-9A-Z]{5}-[0-9A-Z]{5}")


def is_of_payment(reference: str) -> bool:
    """Written as M-Pesa's codes are, as our receipts' numbers, or as their codes."""
    return _PAYMENT.fullmatch(reference) is not None


def _is_whole_move(has: _Has, seen: Seen) -> bool:
    """A payment and where it belongs, and that it is to be put there or was a mistake."""
    paid = [one for one in seen.references if is_of_payment(one)]
    return Sign.PUT in has and bool(paid) and (len(paid) < len(seen.references) or bool(seen.of_loan))


def _wants_a_loan(has: _Has, seen: Seen) -> bool:
    """`saba` is Kinyarwanda for asking, and Swahili for seven. Who wants to pay a loan, or to know of theirs, wants none."""
    asks = Sign.WISH in has or "saba" in seen.words
    if Sign.LOAN not in has or _pays_a_loan(has, seen) or (_is_owned(seen) and Sign.NEW not in has):
        return False
    if _is_missed(has, seen):
        return False
    if not has & {Sign.OWE, Sign.KNOW, Sign.BALANCE, Sign.MUCH, Sign.PAID} and len(seen.sums) > len(seen.of_loan):
        return True
    return Sign.NEW in has or (asks and not has & {Sign.OWE, Sign.KNOW, Sign.BALANCE, Sign.MUCH})


def _is_missed(has: _Has, seen: Seen) -> bool:
    """`did my payment of 800 to loan 131 reach`: money on its way to a loan, and no loan on its way to the writer."""
    is_sum = len(seen.sums) > len(seen.of_loan)
    return Sign.MINE in has or bool(
        has & {Sign.CAME, Sign.WHERE, Sign.LEFT} and (is_sum or has & {Sign.MONEY, Sign.PAY})
    )


def _pays_a_loan(has: _Has, seen: Seen) -> bool:
    """`pay my loan`; who wants a loan to pay something with names it first."""
    if Sign.SETTLE in has and seen.sums and not has & {Sign.WISH, Sign.MUCH}:
        return True
    if _CLEARS & {*seen.words} and Sign.MUCH not in has and seen.first(Sign.SETTLE) < seen.first(Sign.LOAN):
        return True
    return (
        Sign.PAY in has and Sign.MUCH not in has and (bool(seen.sums) or seen.first(Sign.PAY) < seen.first(Sign.LOAN))
    )


def _is_sought(has: _Has, seen: Seen) -> bool:
    """Has it come? Of money, a sum, a payment's code or an account."""
    of_money = has & {Sign.MONEY, Sign.PAY, Sign.PAID, Sign.MINE}
    return Sign.CAME in has and bool(of_money or seen.sums or seen.references)


_MY = frozenset(["my", "our", "yangu", "zangu", "wangu", "yetu", "yanjye", "zanjye", "mon", "mes", "nos"])


def _is_owned(seen: Seen) -> bool:
    """`my loan`, `mikopo yangu`: one that is there; who names it and no sum wants no new one."""
    return not seen.sums and any(
        (one in _MY and Sign.LOAN in signs_of(two)) or (two in _MY and Sign.LOAN in signs_of(one))
        for one, two in pairwise(seen.words)
    )


_NOUNS = frozenset(["payment", "payments", "paiement", "reglement", "versement", "malipo", "ubwishyu"])


def _pays_what_is_owed(has: _Has, seen: Seen) -> bool:
    """`lipa deni`, `pay everything that remains`: the verb first, and no question beside it."""
    if Sign.PAY not in has or has & {Sign.MUCH, Sign.NOT, Sign.PAID, Sign.KNOW} or seen.asks or _WHAT & {*seen.words}:
        return False
    before = frozenset().union(*seen.order[: seen.first(Sign.PAY)])
    return not _NOUNS & {*seen.words} and before <= {Sign.WISH, Sign.HELP, Sign.YES}


_CLEARS = frozenset(
    ["clear", "settle", "clearing", "settling", "kumaliza", "nimalize", "malizia", "kurangiza", "solder", "acquitter"]
)
"""Of the words of settling those that are said of a debt: `let me clear my balance`."""


def _clears_what_is_owed(has: _Has, seen: Seen) -> bool:
    is_told = has & {Sign.MUCH, Sign.KNOW, Sign.NOT, Sign.CAME, Sign.PAY} or seen.asks or _WHAT & {*seen.words}
    return bool(_CLEARS & {*seen.words} and has & {Sign.ALL, Sign.OWE, Sign.BALANCE, Sign.FEE}) and not is_told


_PERIODS = frozenset(["year", "term", "mwaka", "muhula", "umwaka", "igihembwe", "annee", "trimestre"])


def _is_of_a_year(has: _Has, seen: Seen) -> bool:
    """`what did I pay this year`: all that was paid, and nobody says that it is missed."""
    is_asked = has & {Sign.KNOW, Sign.WISH, Sign.MUCH} or _WHAT & {*seen.words}
    is_whole = Sign.ALL in has or _PERIODS & {*seen.words}
    missed = has & {Sign.CAME, Sign.NOT, Sign.WHERE, Sign.OWE, Sign.LEFT, Sign.SAME}
    return bool(has & {Sign.PAID, Sign.MINE} and is_asked and is_whole and not missed and not seen.sums)


_DEBT = frozenset([Sign.OWE, Sign.BALANCE, Sign.FEE, Sign.MONEY, Sign.LEFT, Sign.LOAN])
_WHAT = frozenset(["what", "whats", "wat", "quel", "quels"])
_PAID_BACK = frozenset(["rembourser", "rembourse", "remboursement"])
"""French says the same of a payer's money and of a borrower's."""


def _is_of_payments(has: _Has, seen: Seen) -> bool:
    return Sign.STATEMENT in has and not seen.sums and not has & {Sign.CAME, Sign.WHERE, Sign.RECEIPT}


def _names_code(seen: Seen) -> bool:
    """A provider's code and no account: it was paid already."""
    return bool(seen.references) and all(_CODE.fullmatch(one) for one in seen.references)


_RULES: tuple[tuple[Intent, str, Callable[[_Has, Seen], bool]], ...] = (
    (Intent.WHAT_IF, "if", lambda has, seen: Sign.IF_PAID in has),
    (Intent.MOVE, "move", lambda has, seen: Sign.MOVE in has and (bool(seen.references) or len(seen.words) <= 3)),
    (Intent.MOVE, "a payment and where it belongs", _is_whole_move),
    (
        Intent.PAY,
        "a loan is paid back",
        lambda has, seen: Sign.LOAN in has and Sign.MUCH not in has and bool(_PAID_BACK & {*seen.words}),
    ),
    (
        Intent.LOANS,
        "how much is to be paid back",
        lambda has, seen: has >= {Sign.LOAN, Sign.MUCH} and not seen.sums and bool(_PAID_BACK & {*seen.words}),
    ),
    (
        Intent.REFUND,
        "wanted back",
        lambda has, seen: Sign.WISH in has and "back" in seen.words and bool(seen.sums or seen.references),
    ),
    (Intent.REFUND, "refund", lambda has, seen: Sign.REFUND in has),
    (Intent.PROMISE, "a promise", lambda has, seen: bool(has & {Sign.PROMISE, Sign.WILL_PAY})),
    (Intent.APPLY, "a loan is wanted", lambda has, seen: Sign.BORROW in has or _wants_a_loan(has, seen)),
    (
        Intent.RECEIPT,
        "is a receipt genuine",
        lambda has, seen: Sign.GENUINE in has and Sign.RECEIPT in has and bool(seen.references),
    ),
    (Intent.STATEMENT, "all that was paid", _is_of_a_year),
    (Intent.STATEMENT, "a list of payments", lambda has, seen: _is_of_payments(has, seen) and Sign.LOAN not in has),
    (Intent.WHERE, "a balance that stays", lambda has, seen: Sign.SAME in has and bool(has & _DEBT)),
    (
        Intent.LOANS,
        "a loan",
        lambda has, seen: (
            Sign.LOAN in has and not _pays_a_loan(has, seen) and Sign.PAID not in has and not _is_missed(has, seen)
        ),
    ),
    (
        Intent.STATEMENT,
        "how much was paid",
        lambda has, seen: has >= {Sign.MUCH, Sign.PAID} and not has & {Sign.NOT, Sign.CAME} and not seen.sums,
    ),
    (Intent.BALANCE, "what was not paid", lambda has, seen: has >= {Sign.MUCH, Sign.PAID, Sign.NOT}),
    (Intent.WHERE, "money that was paid", lambda has, seen: Sign.PAID in has),
    (Intent.WHERE, "has it come", _is_sought),
    (
        Intent.WHERE,
        "money that left",
        lambda has, seen: Sign.LEFT in has and bool(has & {Sign.MONEY, Sign.PAY, Sign.MINE} or seen.sums),
    ),
    (
        Intent.WHERE,
        "where is money",
        lambda has, seen: (
            Sign.WHERE in has and bool(has & {Sign.MONEY, Sign.PAY, Sign.MINE, Sign.RECEIPT} or seen.sums)
        ),
    ),
    (
        Intent.RECEIPT,
        "a receipt",
        lambda has, seen: Sign.RECEIPT in has or (Sign.GENUINE in has and any(map(is_of_payment, seen.references))),
    ),
    (Intent.STATEMENT, "a statement", lambda has, seen: Sign.STATEMENT in has),
    (Intent.WHERE, "a payment's code", lambda has, seen: Sign.PAY in has and not seen.sums and _names_code(seen)),
    (Intent.LANGUAGE, "a language", lambda has, seen: Sign.LANGUAGE in has and not seen.sums and not seen.references),
    (Intent.PAY, "a debt is paid", lambda has, seen: Sign.OWE in has and _pays_what_is_owed(has, seen)),
    (Intent.WHERE, "one's own payment", lambda has, seen: Sign.MINE in has and Sign.PAY not in has),
    (Intent.PAY, "a debt is cleared", _clears_what_is_owed),
    (Intent.BALANCE, "what is owed", lambda has, seen: Sign.OWE in has and not (Sign.PAY in has and bool(seen.sums))),
    (
        Intent.BALANCE,
        "how much",
        lambda has, seen: Sign.MUCH in has and not seen.sums and bool(has & {Sign.PAY, Sign.FEE} or seen.references),
    ),
    (Intent.PAY, "a verb of paying", lambda has, seen: Sign.PAY in has),
    (Intent.BALANCE, "a balance", lambda has, seen: Sign.BALANCE in has),
    (Intent.BALANCE, "what are the fees", lambda has, seen: Sign.FEE in has and bool(_WHAT & {*seen.words})),
    (Intent.PAY, "a word of settling", lambda has, seen: Sign.SETTLE in has and bool(seen.sums)),
    (
        Intent.BALANCE,
        "the fees of an account",
        lambda has, seen: Sign.FEE in has and not seen.sums and not seen.days and bool(seen.references),
    ),
    (Intent.WHERE, "a provider's code", lambda has, seen: _names_code(seen) and (seen.asks or bool(seen.words))),
)
"""The first rule that holds. Rules that speak of more stand before those that speak of less."""


def intent_of(seen: Seen) -> tuple[Intent, str]:
    has = frozenset(sign for sign, count in seen.signs.items() if count)
    found = next(((intent, rule) for intent, rule, holds in _RULES if holds(has, seen)), None)
    return found or _small_talk(seen, has)


SHORT = 4
"""Words of a text that begins with no, and is nothing but that whatever the others are."""


def _is_denied(seen: Seen, has: _Has) -> bool:
    if Sign.NO in signs_of(seen.words[0]) and language_of(seen.words[0]) and len(seen.words) <= SHORT:
        return True
    return not seen.unknown and (has <= {Sign.NO, Sign.NOT} or Sign.NOT in has)


def _small_talk(seen: Seen, has: _Has) -> tuple[Intent, str]:
    said = [word for word in seen.words if word not in POLITE or signs_of(word)]
    is_short = len(seen.unknown) == len(seen.fractions) and not seen.references
    if (
        has == {Sign.YES}
        and is_short
        and len(seen.sums) + len(seen.fractions) <= 1
        and all(Sign.YES in signs_of(word) for word in said)
    ):
        return Intent.YES, "yes"
    denies = Sign.NO in has and has <= {Sign.NO, Sign.NOT, Sign.WISH, Sign.YES}
    if denies and not seen.sums and not seen.references and _is_denied(seen, has):
        return Intent.NO, "no"
    if Sign.HELP in has:
        return Intent.HELP, "help"
    return Intent.UNCLEAR, "no rule holds"
