"""What a text wants, by what its words tell."""

from __future__ import annotations

from collections.abc import Callable

from core.sms.looking import Seen
from core.sms.signs import Cue, Intent, Sign
from core.sms.telling import (
    DEBT,
    Has,
    asks_for_a_language,
    asks_when,
    clears_what_is_owed,
    is_agreed,
    is_bare_move,
    is_loan_statement,
    is_missed,
    is_moved_without_its_code,
    is_of_a_year,
    is_of_payment,
    is_of_payments,
    is_sought,
    is_sum,
    is_to_be_lent,
    is_to_be_lent_and_paid,
    is_to_come,
    is_whole_move,
    names_code,
    names_receipt,
    pays_a_loan,
    pays_what_is_owed,
    puts_a_sum,
    wants_a_loan,
    would_be,
)
from core.sms.tokens import LOAN
from core.sms.words import POLITE, language_of, signs_of

FEW = 2
"""Words of a question that can be about nothing else: `fees?`"""

_RULES: tuple[tuple[Intent, str, Callable[[Has, Seen], bool]], ...] = (
    (
        Intent.WHAT_IF,
        "if",
        lambda has, seen: (
            Sign.IF_PAID in has
            and (
                Sign.WILL_PAY not in has
                or seen.asks
                or bool(has & {Sign.MUCH, Sign.WOULD, Sign.OWE, Sign.LOAN, Sign.BALANCE})
            )
        ),
    ),
    (Intent.WHAT_IF, "what would become of it", would_be),
    (
        Intent.MOVE,
        "move",
        lambda has, seen: (
            Sign.MOVE in has
            and not (Sign.CAME in has and names_code(seen))
            and (
                bool(seen.references)
                or bool(seen.of_loan and len(seen.sums) == len(seen.of_loan))
                or len(seen.words) <= 3
            )
        ),
    ),
    (Intent.MOVE, "a payment and where it belongs", is_whole_move),
    (Intent.MOVE, "what was paid, and where it belongs", is_moved_without_its_code),
    (Intent.STATEMENT, "a loan's statement", is_loan_statement),
    (
        Intent.WHERE,
        "a loan was paid back",
        lambda has, seen: (
            has >= {Sign.LOAN, Sign.PAID}
            and seen.says(Cue.PAID_BACK)
            and bool(has & {Sign.CAME, Sign.WHERE, Sign.SAME, Sign.OWE})
        ),
    ),
    (
        Intent.PAY,
        "a loan is paid back",
        lambda has, seen: (
            Sign.LOAN in has
            and not has & {Sign.MUCH, Sign.WILL_PAY, Sign.PROMISE, Sign.PAID}
            and seen.says(Cue.PAID_BACK)
            and not asks_when(seen)
        ),
    ),
    (
        Intent.PROMISE,
        "a loan will be paid back",
        lambda has, seen: has >= {Sign.LOAN, Sign.WILL_PAY} and seen.says(Cue.PAID_BACK) and Sign.MUCH not in has,
    ),
    (
        Intent.LOANS,
        "how much is to be paid back",
        lambda has, seen: (
            (Sign.MUCH in has or asks_when(seen))
            and bool(has & {Sign.LOAN, Sign.OWE})
            and len(seen.sums) == len(seen.of_loan)
            and not any(map(is_of_payment, seen.references))
            and (seen.says(Cue.PAID_BACK) or has >= {Sign.REFUND, Sign.LOAN})
        ),
    ),
    (
        Intent.LOANS,
        "when a loan ends",
        lambda has, seen: Sign.LOAN in has and asks_when(seen) and not has & {Sign.BORROW, Sign.PAID, Sign.CAME},
    ),
    (Intent.STATEMENT, "a statement of fees", lambda has, seen: has >= {Sign.STATEMENT, Sign.FEE} and not seen.sums),
    (Intent.APPLY, "a sum is to be lent", is_to_be_lent),
    (Intent.APPLY, "a loan, and how it will be paid back", is_to_be_lent_and_paid),
    (
        Intent.LANGUAGE,
        "an answer in a language",
        lambda has, seen: (
            has == {Sign.LANGUAGE, Sign.REFUND} and not seen.sums and not seen.references and asks_for_a_language(seen)
        ),
    ),
    (
        Intent.REFUND,
        "wanted back",
        lambda has, seen: Sign.WISH in has and seen.says(Cue.BACK) and bool(seen.sums or seen.references),
    ),
    (
        Intent.REFUND,
        "sent by mistake, and wanted",
        lambda has, seen: has >= {Sign.WISH, Sign.MONEY, Sign.PUT} and Sign.PAID in has and len(seen.references) <= 1,
    ),
    (
        Intent.BALANCE,
        "how much is owed, and an answer wanted back",  # `mbarimo angahe? nsubize`
        lambda has, seen: has >= {Sign.MUCH, Sign.OWE, Sign.REFUND} and not seen.sums and Sign.LOAN not in has,
    ),
    (Intent.REFUND, "refund", lambda has, seen: Sign.REFUND in has),
    (
        Intent.BALANCE,
        "how much will be paid",
        lambda has, seen: has >= {Sign.WILL_PAY, Sign.MUCH} and not seen.sums and Sign.PROMISE not in has,
    ),
    (
        Intent.PROMISE,
        "paid when something else has come",
        lambda has, seen: (
            seen.says(Cue.LATER)
            and bool(has & {Sign.PAY, Sign.SETTLE})
            and not has & {Sign.PAID, Sign.CAME, Sign.MUCH, Sign.BORROW, Sign.WISH}
            and not seen.asks
        ),
    ),
    (Intent.PROMISE, "a promise", lambda has, seen: bool(has & {Sign.PROMISE, Sign.WILL_PAY})),
    (
        Intent.LOANS,
        "what is left of what was lent",
        lambda has, seen: has >= {Sign.BORROW, Sign.OWE, Sign.MUCH} and not seen.sums,
    ),
    (Intent.APPLY, "a loan is wanted", lambda has, seen: Sign.BORROW in has or wants_a_loan(has, seen)),
    (
        Intent.RECEIPT,
        "is a receipt genuine",
        lambda has, seen: (
            bool(seen.references)
            and (Sign.RECEIPT in has or names_receipt(seen))
            and (Sign.GENUINE in has or (seen.asks and names_receipt(seen) and Sign.PAID not in has))
        ),
    ),
    (Intent.STATEMENT, "all that was paid", is_of_a_year),
    (Intent.STATEMENT, "a list of payments", lambda has, seen: is_of_payments(has, seen) and Sign.LOAN not in has),
    (Intent.WHERE, "a balance that stays", lambda has, seen: Sign.SAME in has and bool(has & DEBT)),
    (
        Intent.LOANS,
        "a loan",
        lambda has, seen: (
            Sign.LOAN in has and not pays_a_loan(has, seen) and Sign.PAID not in has and not is_missed(has, seen)
        ),
    ),
    (
        Intent.STATEMENT,
        "how much was paid",
        lambda has, seen: has >= {Sign.MUCH, Sign.PAID} and not has & {Sign.NOT, Sign.CAME, Sign.OWE} and not seen.sums,
    ),
    (
        Intent.BALANCE,
        "how much is not paid",
        lambda has, seen: (
            {Sign.NOT} < has <= {Sign.MUCH, Sign.NOT, Sign.PAID, Sign.PAY, *DEBT}
            and (Sign.MUCH in has or seen.says(Cue.WHAT, first=3))
            and not seen.sums
        ),
    ),
    (
        Intent.BALANCE,
        "what was not paid",
        lambda has, seen: (
            Sign.PAID in has
            and (Sign.MUCH in has or (seen.asks and seen.says(Cue.WHAT)))
            and bool(has & {Sign.NOT, Sign.OWE})
            and Sign.CAME not in has
        ),
    ),
    (
        Intent.BALANCE,
        "what is left after it",
        lambda has, seen: (
            Sign.PAID in has
            and bool(has & {Sign.BALANCE, Sign.OWE})
            and (Sign.MUCH in has or seen.says(Cue.WHAT))
            and not has & {Sign.CAME, Sign.NOT, Sign.SAME, Sign.WHERE}
        ),
    ),
    (Intent.WHERE, "money that was paid", lambda has, seen: Sign.PAID in has),
    (Intent.WHERE, "has it come", is_sought),
    (
        Intent.WHERE,
        "money that left",
        lambda has, seen: Sign.LEFT in has and bool(has & {Sign.MONEY, Sign.PAY, Sign.MINE} or is_sum(seen)),
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
    (
        Intent.WHERE,
        "a payment's code",
        lambda has, seen: bool(has & {Sign.PAY, Sign.MONEY}) and not seen.sums and names_code(seen),
    ),
    (
        Intent.STATEMENT,
        "payments are asked to be shown",
        lambda has, seen: (
            seen.says(Cue.PAYMENTS)
            and (Sign.KNOW in has or seen.says(Cue.SHOWN))
            and not seen.sums
            and not has & {Sign.OWE, Sign.CAME, Sign.NOT}
        ),
    ),
    (
        Intent.HELP,
        "how to pay",
        lambda has, seen: (
            has <= {Sign.HELP, Sign.PAY, Sign.WISH, Sign.KNOW, Sign.LOAN, Sign.FEE, Sign.NOT}
            and has >= {Sign.HELP, Sign.PAY}
            and not (seen.sums or seen.references or seen.days)
            and seen.says(Cue.HELP)
        ),
    ),
    (
        Intent.PROMISE,
        "time is asked for",
        lambda has, seen: (
            Sign.WAIT in has
            and is_to_come(seen)
            and (
                len(seen.sums) == 1 or (not seen.sums and has <= {Sign.WAIT, Sign.WISH, Sign.FEE, Sign.OWE, Sign.MONEY})
            )
        ),
    ),
    (
        Intent.LANGUAGE,
        "a language",
        lambda has, seen: (
            Sign.LANGUAGE in has
            and not seen.sums
            and not seen.references
            and len(seen.unknown) <= MOST_BESIDE
            and asks_for_a_language(seen)
        ),
    ),
    (Intent.PAY, "a debt is paid", lambda has, seen: Sign.OWE in has and pays_what_is_owed(has, seen)),
    (Intent.WHERE, "one's own payment", lambda has, seen: Sign.MINE in has and Sign.PAY not in has),
    (Intent.PAY, "a debt is cleared", clears_what_is_owed),
    (
        Intent.PAY,
        "a debt is made less",
        lambda has, seen: (
            has >= {Sign.OWE, Sign.SETTLE}
            and len(seen.sums) == 1
            and not has & {Sign.MUCH, Sign.KNOW, Sign.CAME, Sign.NOT, Sign.STATEMENT}
            and not seen.asks
        ),
    ),
    (Intent.BALANCE, "what is owed", lambda has, seen: Sign.OWE in has and not (Sign.PAY in has and bool(seen.sums))),
    (
        Intent.BALANCE,
        "how much",
        lambda has, seen: (
            Sign.MUCH in has
            and not seen.sums
            and bool(has & {Sign.PAY, Sign.FEE} or seen.references or seen.says(Cue.ACCOUNT))
        ),
    ),
    (Intent.YES, "yes, pay it", is_agreed),
    (Intent.PAY, "a verb of paying", lambda has, seen: Sign.PAY in has),
    (Intent.BALANCE, "a balance", lambda has, seen: Sign.BALANCE in has),
    (Intent.BALANCE, "what are the fees", lambda has, seen: Sign.FEE in has and seen.says(Cue.WHAT)),
    (Intent.PAY, "a sum is put on an account", puts_a_sum),
    (Intent.PAY, "a word of settling", lambda has, seen: Sign.SETTLE in has and is_sum(seen)),
    (
        Intent.BALANCE,
        "the fees of an account",
        lambda has, seen: (
            Sign.FEE in has
            and not seen.sums
            and not seen.days
            and not any(map(is_of_payment, seen.references))
            and (bool(seen.references) or (seen.asks and len(seen.words) <= FEW))
        ),
    ),
    (
        Intent.BALANCE,
        "the fees are asked for",
        lambda has, seen: has >= {Sign.FEE, Sign.KNOW} and not seen.sums and not seen.days,
    ),
    (Intent.MOVE, "a payment and an account", is_bare_move),
    (
        Intent.PROMISE,
        "a sum on a day to come",
        lambda has, seen: has <= {Sign.YES, Sign.ALL} and len(seen.sums) == 1 and is_to_come(seen) and not seen.asks,
    ),
    (
        Intent.RECEIPT,
        "a receipt's number",
        lambda has, seen: names_receipt(seen) and not seen.sums and (not seen.unknown or "-" in seen.references[0]),
    ),
    (
        Intent.LOANS,
        "a loan's number is asked about",
        lambda has, seen: (
            seen.asks
            and not seen.sums
            and len(seen.references) == 1
            and LOAN.fullmatch(seen.references[0].casefold()) is not None
        ),
    ),
    (Intent.WHERE, "a provider's code", lambda has, seen: names_code(seen) and (seen.asks or bool(seen.words))),
)
"""The first rule that holds. Rules that speak of more stand before those that speak of less."""


_OF_A_LOAN = frozenset([Sign.REFUND, Sign.PUT, Sign.WOULD])
"""Beside them a loan's number tells as much as the word: `rembourser une partie de LOAN-000317`."""


def intent_of(seen: Seen) -> tuple[Intent, str]:
    has = frozenset(sign for sign, count in seen.signs.items() if count)
    if (has & _OF_A_LOAN or asks_when(seen)) and any(LOAN.fullmatch(one.casefold()) for one in seen.references):
        has |= {Sign.LOAN}
    found = next(((intent, rule) for intent, rule, holds in _RULES if holds(has, seen)), None)
    return found or _small_talk(seen, has)


SHORT = 4
"""Words, courtesy apart, of a text that begins with no, and is nothing but that whatever the others are."""


def _is_denied(seen: Seen, has: Has) -> bool:
    if (
        Sign.NO in signs_of(seen.words[0])
        and language_of(seen.words[0])
        and len([word for word in seen.words if word not in POLITE]) <= SHORT
    ):
        return True
    return not seen.unknown and (has <= {Sign.NO, Sign.NOT} or Sign.NOT in has)


TWICE = 2
MOST_BESIDE = 6
"""Words that we do not know beside an answer that is said twice: `yes, go ahead my son`."""
_DENYING = frozenset([Sign.NO, Sign.NOT, Sign.WISH, Sign.YES, Sign.PUT, Sign.GENUINE, Sign.WAIT])


def _small_talk(seen: Seen, has: Has) -> tuple[Intent, str]:
    said = [word for word in seen.words if word not in POLITE or signs_of(word)]
    is_short = len(seen.unknown) == len(seen.fractions) and not seen.references and not seen.asks
    is_wanted = Sign.WISH in has and (bool(seen.sums) or Sign.YES not in seen.order[0])  # `I want 500`, `want, ok`
    is_plain_talk = not (seen.sums or seen.references or seen.days or seen.asks) and len(seen.unknown) <= MOST_BESIDE
    if (
        is_plain_talk
        and not seen.near
        and seen.signs[Sign.YES] >= TWICE
        and has <= {Sign.YES, Sign.GENUINE, Sign.WISH, Sign.ALL}
    ):
        return Intent.YES, "yes, said twice"
    is_first = any(Sign.NO in signs for signs in seen.order[:2])
    if (
        is_first
        and is_plain_talk
        and seen.signs[Sign.NO] + seen.signs[Sign.NOT] >= TWICE
        and not seen.near
        and has <= _DENYING | {Sign.SETTLE}
    ):
        return Intent.NO, "no, said twice"
    if is_plain_talk and has in ({Sign.NOT}, {Sign.NOT, Sign.WISH}) and len(seen.words) <= SHORT and not seen.unknown:
        return Intent.NO, "not wanted"
    is_yes = Sign.YES in has and has <= {Sign.YES, Sign.GENUINE, Sign.WISH} and not is_wanted
    is_yes = is_yes and all(signs_of(word) for word in said)
    if is_yes and is_short and len(seen.sums) + len(seen.fractions) <= 1:
        return Intent.YES, "yes"
    denies = Sign.NO in has and has <= _DENYING and not seen.asks
    if denies and not seen.sums and not seen.references and _is_denied(seen, has):
        return Intent.NO, "no"
    if Sign.HELP in has:
        return Intent.HELP, "help"
    return Intent.UNCLEAR, "no rule holds"
