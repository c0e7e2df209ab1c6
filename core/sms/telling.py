"""What the words of a text tell together: whether a loan is paid or wanted, money is missed, a debt is asked about or paid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from core.sms.looking import LEAST, Seen
from core.sms.signs import Cue, Sign
from core.sms.words import CUES, NAMES, POLITE, is_addressed, is_forbidden, signs_of

Has = frozenset[Sign]

_CODE = re.compile(r"[A-Z][A-L][0-9A-Z](?=[A-Z0-9]*[0-9])[A-Z0-9]{7}")
"""M-Pesa's: year, month, day, and seven more. The day is any sign: thumbs slip in it, and the books say which codes there are."""
_RECEIPT = re.compile(r"R[0-9O]{3,9}|[0-9A-Z]{5}-[0-9A-Z]{5}")
_PAYMENT = re.compile(f"{_CODE.pattern}|{_RECEIPT.pattern}")


def is_of_payment(reference: str) -> bool:
    """Written as M-Pesa's codes are, as our receipts' numbers, or as their codes."""
    return _PAYMENT.fullmatch(reference) is not None


def is_whole_move(has: Has, seen: Seen) -> bool:
    """A payment and where it belongs, and that it is to be put there or was a mistake."""
    paid = [one for one in seen.references if is_of_payment(one)]
    is_elsewhere = len(paid) < len(seen.references) or bool(seen.of_loan)
    is_two = len(seen.references) - len(paid) > 1 and seen.says(
        Cue.BUT
    )  # `paid for KV1024, but KV1025 is the right one`
    return bool(paid) and ((Sign.PUT in has and is_elsewhere) or is_two)


def wants_a_loan(has: Has, seen: Seen) -> bool:
    """`saba` is Kinyarwanda for asking, and Swahili for seven. Who wants to pay a loan, or to know of theirs, wants none."""
    asks = Sign.WISH in has or seen.says(Cue.ASK)
    if Sign.LOAN not in has or pays_a_loan(has, seen) or (_is_owned(seen) and Sign.NEW not in has):
        return False
    if is_missed(has, seen) or seen.says(Cue.DECIDED):
        return False
    if not has & {Sign.OWE, Sign.KNOW, Sign.BALANCE, Sign.MUCH, Sign.PAID} and len(seen.sums) > len(seen.of_loan):
        return True
    if _is_named(has, seen):
        return True
    return Sign.NEW in has or (asks and not has & {Sign.OWE, Sign.KNOW, Sign.BALANCE, Sign.MUCH})


def _is_named(has: Has, seen: Seen) -> bool:
    """`loan 20000 please`: too round and too large for a loan's number, and nothing else is said of it."""
    is_round = all(one.value % 500 == 0 and len(one.digits) > 3 for one in seen.of_loan)
    is_all = bool(seen.of_loan) and len(seen.sums) == len(seen.of_loan) and has <= {Sign.LOAN, Sign.WISH, Sign.FEE}
    return is_all and is_round and not seen.says(Cue.MY)


def is_to_be_lent(has: Has, seen: Seen) -> bool:
    """`lend me 3000, I will pay in march`, `emprunter 3000 et rembourser`; who pays what they borrowed says that first."""
    is_first = seen.first(Sign.BORROW) < min(seen.first(Sign.REFUND), seen.first(Sign.PAY))
    return Sign.BORROW in has and bool(seen.sums) and is_first and not seen.references and Sign.PROMISE not in has


def is_to_be_lent_and_paid(has: Has, seen: Seen) -> bool:
    """`I want a loan of 80000, I will pay in 4 months`."""
    is_first = max(seen.first(Sign.WISH), seen.first(Sign.LOAN)) < seen.first(Sign.WILL_PAY)
    is_whole = has >= {Sign.WISH, Sign.LOAN, Sign.WILL_PAY} and len(seen.sums) == 1 and not seen.of_loan
    return is_whole and is_first and not seen.references and not seen.says(Cue.MY)


def is_sum(seen: Seen) -> bool:
    """One that money may have: `put 2 books in his bag` has none."""
    return any(one.value >= LEAST or one.marked for one in seen.sums)


def is_missed(has: Has, seen: Seen) -> bool:
    """`did my payment of 800 to loan 131 reach`: money on its way to a loan, and no loan on its way to the writer."""
    is_sum = len(seen.sums) > len(seen.of_loan)
    return Sign.MINE in has or bool(
        has & {Sign.CAME, Sign.WHERE, Sign.LEFT} and (is_sum or has & {Sign.MONEY, Sign.PAY})
    )


WITHIN = 5
"""Words between `write to me` and the language's name."""


BESIDE = 2
"""Words from a lesson or a denial to the language's name."""
_NOT_OF_LANGUAGE = frozenset([Sign.CAME, Sign.FEE, Sign.PAY, Sign.PAID, Sign.MONEY])


def asks_for_a_language(seen: Seen) -> bool:
    """For one of ours, or for another, or not for one: whoever asks for that is told which there are."""
    words = seen.words
    if wished_language(seen) is not None:
        return True
    named = _named(words)
    if not named:
        return any(map(_is_word_of_language, words))
    if not seen.signs[Sign.HELP] and any(_is_refused(words, at) for at in named):
        return True
    is_told = seen.says(Cue.LESSON) or seen.says(Cue.WHY)
    return not is_told and any(_is_asked(words, at) for at in range(len(words)))


def wished_language(seen: Seen) -> str | None:
    """The one of ours that is asked for: `kiswahili`, `English please`, `write to me in French`. Among other words a name is a
    subject (`my son failed English`), or what the writer does not read (`tumia Kiswahili, English sielewi`)."""
    words = seen.words
    named = _named(words)
    if not named:  # `lang sw`; `en` is a word of French, too
        named = [
            at
            for at, word in enumerate(words)
            if word in NAMES and len(word) == 2 and CUES[Cue.PLEASE].issuperset(words[at + 1 :])
        ]
    behind = [0, *(at + 1 for at in named)]
    spans = [(after, at) for after, at in zip(behind, named, strict=False) if not _is_lesson(words, at)]
    wished = [at for after, at in spans if _is_wished(seen, after, at, len(named) > 1)]
    if not wished:
        wished = [at for after, at in spans if _is_read(seen, after, at)]
    is_not_read = len(named) == 1 and seen.signs[Sign.HELP]  # `sielewi kiingereza`
    is_other = any(seen.signs[sign] for sign in _NOT_OF_LANGUAGE) or seen.says(Cue.LESSON) or seen.says(Cue.WHY)
    if not wished and not (seen.unknown or is_other or is_not_read):
        wished = [
            at
            for after, at in spans
            if not any(map(_denies, words[after:at])) and not _is_refused(words, at) and not _is_doubtful(words, at)
        ]
    return NAMES[words[wished[-1]]] if wished else None


def _named(words: Sequence[str]) -> list[int]:
    """Where languages are written out; Rwanda is a country, too."""
    said = [word for word in words if word not in CUES[Cue.PLEASE]]
    return [
        at
        for at, word in enumerate(words)
        if word in NAMES
        and len(word) > 2
        and (word != "rwanda" or said == ["rwanda"] or _is_word_of_language(words[max(at - 1, 0)]))
    ]


def _is_word_of_language(word: str) -> bool:
    """`lang`, `lugha`: not a language, but the word for one."""
    return Sign.LANGUAGE in signs_of(word) and word not in NAMES


def _is_lesson(words: Sequence[str], at: int) -> bool:
    return not CUES[Cue.LESSON].isdisjoint(words[max(at - BESIDE, 0) : at + BESIDE + 1])


def _denies(word: str) -> bool:
    return bool(signs_of(word) & {Sign.NO, Sign.NOT}) or word in CUES[Cue.DENIES]


def _is_refused(words: Sequence[str], at: int) -> bool:
    """The name there, by what stands right before it or right behind: `no English`, `pas en anglais`, `anglais pas`."""
    first = at - BESIDE if at > 1 and words[at - 1] in POLITE and len(words[at - 1]) < 5 else at - 1
    if any(_denies(word) or is_forbidden(word) for word in words[max(first, 0) : at]):
        return True
    behind = words[at + 1 : at + 2]
    return behind in (["pas"], ["plus"]) and not any(word in NAMES for word in words[at + 2 :])


def _is_doubtful(words: Sequence[str], at: int) -> bool:
    """`english no swahili`: without the comma either is the one that is not wanted."""
    return Sign.NO in signs_of("".join(words[at + 1 : at + 2]))


def _is_wished(seen: Seen, after: int, at: int, is_one_of_several: bool) -> bool:
    """The name there; the words from `after` on speak of it, those before of another."""
    words = seen.words
    if _is_refused(words, at) or not CUES[Cue.WHY].isdisjoint(words[after:at]):
        return False
    following = words[at + 1] if at + 1 < len(words) else ""
    is_courtesy = following in CUES[Cue.PLEASE] | CUES[Cue.ONLY] or not CUES[Cue.ONLY].isdisjoint(words[after:at][-1:])
    if is_courtesy and (is_one_of_several or at - after <= 1) and not any(map(_denies, words[after:at])):
        return True
    near = range(max(after, at - WITHIN), at if is_one_of_several else min(len(words), at + WITHIN + 1))
    if any(_is_asked(words, one, after) and words[one] not in CUES[Cue.READS] for one in near):
        return True
    wished = [one for one in range(max(after, at - BESIDE), at) if Sign.WISH in signs_of(words[one])]
    return bool(wished) and following not in seen.unknown and not _is_denied(words, wished[0], after)


def _is_read(seen: Seen, after: int, at: int) -> bool:
    """`je comprends le français`, and no other is wished for; `je comprends mal le français` is no wish for it."""
    words = seen.words
    if _is_refused(words, at) or not CUES[Cue.WHY].isdisjoint(words[after:at]):
        return False
    near = range(max(after, at - WITHIN), at)
    is_badly = not (CUES[Cue.DENIES] | CUES[Cue.BADLY]).isdisjoint(words[after:at])
    return not is_badly and any(_is_asked(words, one, after) and words[one] in CUES[Cue.READS] for one in near)


def _is_asked(words: Sequence[str], at: int, after: int = 0) -> bool:
    return is_addressed(words[at]) and not _is_denied(words, at, after)


def _is_denied(words: Sequence[str], at: int, after: int) -> bool:
    """By one of the two words before it, which may say that others do it, too; `I don't understand, write` denies the first."""
    if words[at + 1 : at + 2] in (["que"], ["qu"]) or words[max(at - 1, 0)] == "faut":  # `je ne parle que français`
        return False
    near = BESIDE if at == 0 or not is_addressed(words[at - 1]) else 0
    return any(
        Sign.NOT in signs_of(word) or word in CUES[Cue.DENIES] or word in CUES[Cue.OTHERS]
        for word in words[max(after, at - near) : at]
    )


def opens_a_question(line: str) -> bool:
    """`did you pay 500 kv10`, `please can I pay 500 kv10`, without its mark: asked, or asked for."""
    return any(one in CUES[Cue.OPENS] and two in CUES[Cue.OPENS_TO] for one, two in pairwise(line.split()[:4]))


_DENIED = frozenset([Sign.WISH, Sign.BORROW, Sign.REFUND, Sign.MOVE])


def is_not_wanted(seen: Seen) -> bool:
    """`I don't want a loan`, `do not refund it`, `sitaki mkopo`: the wish, and a not right before it. `Not for KV10, move it to
    KV20` is wanted."""
    if seen.asks or sum(not is_of_payment(one) for one in seen.references) > 1:
        return False
    if seen.says(Cue.WANT_NOT):
        return True
    told = [signs_of(word) for word in seen.words]
    is_no = seen.says(Cue.NO_SUCH, first=1) and len(told) > 1 and bool(told[1] & _DENIED)
    return is_no or any(Sign.NOT in one and two & _DENIED for one, two in pairwise(told))


def asks_when(seen: Seen) -> bool:
    """`when do I repay`: no sum is paid by asking."""
    return seen.says(Cue.WHEN) and not seen.sums


def is_to_come(seen: Seen) -> bool:
    return any(day.is_future for day in seen.days)


def would_be(has: Has, seen: Seen) -> bool:
    """`500 on friday, when would my loan end`."""
    if seen.says(Cue.IF) and seen.says(Cue.CHANGES) and seen.sums:
        return True
    is_told = has & {Sign.LOAN, Sign.OWE, Sign.BALANCE, Sign.MUCH} or asks_when(seen)
    return Sign.WOULD in has and bool(is_told and (seen.sums or seen.days)) and Sign.CAME not in has


def puts_a_sum(has: Has, seen: Seen) -> bool:
    """Money on a loan or an account; a payment's code beside it would make it a move."""
    is_onto = Sign.LOAN in has or seen.references or has & {Sign.FEE, Sign.OWE, Sign.BALANCE}
    is_other = has & {Sign.MUCH, Sign.PAID, Sign.CAME, Sign.WHERE, Sign.BORROW, Sign.REFUND, Sign.NEW} or seen.asks
    is_sum = len(seen.sums) > len(seen.of_loan)
    return (
        bool(seen.says(Cue.PUTS) and is_onto and is_sum)
        and not is_other
        and not any(map(is_of_payment, seen.references))
    )


def pays_a_loan(has: Has, seen: Seen) -> bool:
    """`pay my loan`; who wants a loan to pay something with names it first."""
    if asks_when(seen):
        return False
    if puts_a_sum(has, seen):
        return True
    if Sign.SETTLE in has and seen.sums and not has & {Sign.WISH, Sign.MUCH}:
        return True
    if seen.says(Cue.CLEARS) and not has & {Sign.MUCH, Sign.KNOW} and seen.first(Sign.SETTLE) < seen.first(Sign.LOAN):
        return True
    is_before = seen.first(Sign.PAY) < seen.first(Sign.LOAN)
    is_wished = Sign.WISH in has and seen.first(Sign.WISH) < seen.first(Sign.LOAN) and not seen.says(Cue.MY)
    return Sign.PAY in has and Sign.MUCH not in has and (is_before or (bool(seen.sums) and not is_wished))


def is_sought(has: Has, seen: Seen) -> bool:
    """Has it come? Of money, a sum, a payment's code or an account."""
    of_money = has & {Sign.MONEY, Sign.PAY, Sign.PAID, Sign.MINE}
    return Sign.CAME in has and bool(of_money or seen.sums or seen.references)


def _is_owned(seen: Seen) -> bool:
    """`my loan`, `mikopo yangu`: one that is there; who names it and no sum wants no new one."""
    return not seen.sums and any(
        (one in CUES[Cue.MY] and Sign.LOAN in signs_of(two)) or (two in CUES[Cue.MY] and Sign.LOAN in signs_of(one))
        for one, two in pairwise(seen.words)
    )


def _asks_what(seen: Seen) -> bool:
    """`what should I pay`; who pays or settles `what remains` says the verb first."""
    verb = next(
        (at for at, word in enumerate(seen.words) if word in CUES[Cue.CLEARS] or Sign.PAY in signs_of(word)), None
    )
    return seen.says(Cue.WHAT, first=verb)


def pays_what_is_owed(has: Has, seen: Seen) -> bool:
    """`lipa deni`, `pay everything that remains`: the verb first, and no question beside it."""
    if Sign.PAY not in has or has & {Sign.MUCH, Sign.NOT, Sign.PAID, Sign.KNOW} or seen.asks or _asks_what(seen):
        return False
    before = frozenset().union(*seen.order[: seen.first(Sign.PAY)])
    return not seen.says(Cue.PAYMENT) and before <= {Sign.WISH, Sign.HELP, Sign.YES}


def clears_what_is_owed(has: Has, seen: Seen) -> bool:
    is_told = has & {Sign.MUCH, Sign.KNOW, Sign.NOT, Sign.CAME, Sign.PAY} or seen.asks or _asks_what(seen)
    is_of_debt = (
        has & {Sign.ALL, Sign.OWE, Sign.BALANCE, Sign.FEE, Sign.LOAN} or seen.says(Cue.ACCOUNT) or seen.references
    )
    return bool(seen.says(Cue.CLEARS) and is_of_debt) and not is_told


def is_of_a_year(has: Has, seen: Seen) -> bool:
    """`what did I pay this year`: all that was paid, and nobody says that it is missed."""
    is_asked = has & {Sign.KNOW, Sign.WISH, Sign.MUCH} or seen.says(Cue.WHAT)
    is_whole = Sign.ALL in has or seen.says(Cue.PERIOD)
    missed = has & {Sign.CAME, Sign.NOT, Sign.WHERE, Sign.OWE, Sign.LEFT, Sign.SAME}
    return bool(has & {Sign.PAID, Sign.MINE} and is_asked and is_whole and not missed and not seen.sums)


DEBT = frozenset([Sign.OWE, Sign.BALANCE, Sign.FEE, Sign.MONEY, Sign.LEFT, Sign.LOAN])


def is_of_payments(has: Has, seen: Seen) -> bool:
    """A list is asked for; who paid, `but my name is on the list`, misses what they paid."""
    is_missed = Sign.PAID in has and seen.says(Cue.BUT)
    return Sign.STATEMENT in has and not (is_missed or seen.sums or has & {Sign.CAME, Sign.WHERE, Sign.RECEIPT})


def is_loan_statement(has: Has, seen: Seen) -> bool:
    """`statement loan 124`, and not `list my loans`."""
    if not has >= {Sign.STATEMENT, Sign.LOAN} or has & {Sign.CAME, Sign.WHERE, Sign.RECEIPT, Sign.BORROW}:
        return False
    told = [word for word in seen.words if Sign.STATEMENT in signs_of(word)]
    is_of_payments = (
        seen.says(Cue.PAYMENTS) or seen.says(Cue.PAYMENT) or Sign.PAID in has or not CUES[Cue.SHOWN].issuperset(told)
    )
    return is_of_payments and len(seen.sums) == len(seen.of_loan)


def is_moved_without_its_code(has: Has, seen: Seen) -> bool:
    """`what I sent went to his brother, put it on KV1024`: the last payment from this phone is meant."""
    is_named = len(seen.references) == 1 and not is_of_payment(seen.references[0])
    return has >= {Sign.PUT, Sign.PAID} and seen.says(Cue.PUTS) and is_named and Sign.SAME not in has


def names_code(seen: Seen) -> bool:
    """A provider's code and no account: it was paid already."""
    return bool(seen.references) and all(_CODE.fullmatch(one) for one in seen.references)


def names_receipt(seen: Seen) -> bool:
    """Our receipt's number or code, and no other number."""
    return len(seen.references) == 1 and _RECEIPT.fullmatch(seen.references[0]) is not None


def is_agreed(has: Has, seen: Seen) -> bool:
    """`yes please pay`, `sawa lipa`: a yes first, and nothing that says what or for whom."""
    is_yes = bool(seen.order) and Sign.YES in seen.order[0] and has in ({Sign.YES, Sign.PAY}, {Sign.YES, Sign.SETTLE})
    return is_yes and not (seen.sums or seen.references or seen.days or seen.unknown or seen.asks or seen.fractions)


def is_bare_move(has: Has, seen: Seen) -> bool:
    """A payment and an account, and nothing that says another wish: `take R000916 to KV1187`."""
    paid = [one for one in seen.references if is_of_payment(one)]
    return len(paid) == 1 and len(seen.references) == 2 and not seen.sums and has <= {Sign.SETTLE, Sign.WISH}
