"""One text, read: what it wants, how much, for which number, by when, in which language, and why (SMS-1).

A reading is `certain` when every word of it is known, the verb is spelled as it is spelled, and sum and number are each the
only one of their kind; whoever acts on another one asks first. Where the rules are not certain, a classifier may hear what
is more likely, and that never is. Hostile texts cost little: no more than `LONGEST` characters are looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from core import stop_words
from core.sms.claims import read_claim
from core.sms.classifier import opinion
from core.sms.days import DayWish
from core.sms.looking import LEAST, Seen, loan_number, look
from core.sms.numbers import Sum
from core.sms.rules import intent_of
from core.sms.sentences import asked, completed, sentences_of
from core.sms.signs import Cue, Intent, Sign
from core.sms.telling import is_not_wanted, is_of_payment, opens_a_question, wished_language
from core.sms.tokens import LOAN, tokens_of
from core.sms.words import CUES, language_of, signs_of

MOST_INSTALMENTS = 60
LONGEST = 480
"""Characters of a text that are looked at: three parts."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says."""

    intent: Intent
    amount: int | None = None
    """In whole shillings or francs."""
    reference: str = ""
    """Of an account, an invoice, a receipt or a payment, as typed, in capitals; of a move, where to."""
    others: tuple[str, ...] = ()
    """Further references and numbers that may be some."""
    day: DayWish | None = None
    language: str | None = None
    """In which it is written; None when its words do not say."""
    speaks: str | None = None
    """The language that it asks for."""
    marks: tuple[str, ...] = ()
    """The words of currencies in it: one that is not the organisation's makes its sum another sum."""
    certain: bool = False
    heard_over: Intent | None = None
    """What the rules had read, where the classifier hears something else."""
    unknown: tuple[str, ...] = ()
    """Words that we do not know: names, perhaps."""
    why: tuple[str, ...] = ()
    cents: int = 0
    """Beside the amount, where a yes repeats the sum that was read back; no other wish has any."""


_CODE_AND_WORD = re.compile(
    r"\b(?P<code>[A-Z0-9]{10,11})\s+(?:confirmed|imethibitishwa|confirm[eé]e?|byemejwe)\b[.\s]*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_TX_ID = re.compile(
    r"\b(?:TxId|(?:Financial )?Trans(?:action)?[. ]*ID|ID ?Trans(?:action)?|TID|FT ?Id|Muamala(?: N[ao])?|Nimero y.igikorwa"
    r"|Kumbukumbu(?: na(?:mba)?)?|(?:ID|Ref)(?=: ?[A-Z0-9]{2,}[.0-9]))\s*[:.]?\s*(?P<code>(?=[A-Z0-9.]*[0-9])[A-Z0-9.]{8,24})",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"(?:(?:ksh|kes|tshs?|tzs|ugx|rwf|cdf|fbu)\.?\s?(?P<a>[0-9][0-9,]*)"
    r"|(?<![0-9.,])(?P<b>[0-9]{1,3}(?:[ .,][0-9]{3})+|[0-9]+)(?:[.,][0-9]{2})?\s?(?:rwf|ugx|cdf|fc|fbu)\b)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1_024)
def read(text: str) -> Reading:
    """What `text` wants. Never raises, whatever it is."""
    clean = unicodedata.normalize("NFKC", text[:LONGEST])
    if claim := _claim(clean):
        return claim
    if wish := stop_words.read(clean):
        intent = Intent.START if wish.consents[0].wanted else Intent.STOP
        return Reading(intent, language=wish.language, certain=True, why=("the word of its own",))
    found = _by_rules(clean)
    return found if found.certain else _listened(clean, found)


def read_as(text: str, wish: Intent) -> Reading:
    """The sum, the number and the day of a text whose wish is known already. Never certain."""
    return replace(_read(unicodedata.normalize("NFKC", text[:LONGEST]), wish), certain=False)


def _by_rules(text: str) -> Reading:
    whole = _read(text)
    if whole.certain or len(sentences := sentences_of(text)) == 1:
        return whole
    return asked(whole, [(sentence, _read(sentence)) for sentence in sentences])


_ONLY_READ = frozenset([Intent.YES, Intent.NO, Intent.LANGUAGE, Intent.CLAIM])
"""A yes does what was read back, a no drops it, a language is changed at once, and a claim has a provider's own words:
likelihood is not enough for them."""
_ALONE = frozenset([Intent.STOP, Intent.START, Intent.UNCLEAR])
"""Heard only where no sum and no number stands."""


def _listened(text: str, found: Reading) -> Reading:
    """What the classifier hears in it rather than what the rules have `found`, where it is much surer."""
    other = opinion(text, found.intent)
    if other is None:
        return found
    likely = _read(text, other.intent)
    is_borne_out = likely.intent is other.intent or likely.intent not in (found.intent, Intent.UNCLEAR)
    is_alone = found.amount is None and not found.reference and not found.others
    if not is_borne_out or likely.intent in _ONLY_READ or (likely.intent in _ALONE and not is_alone):
        return found
    heard = completed(likely, found, *likely.why[:1], *other.because, *likely.why[1:])
    return replace(heard, heard_over=found.intent)


def _read(text: str, meant: Intent | None = None) -> Reading:
    """By the rules; where it is known what is `meant`, its sum, its number and its day."""
    tokens, accented, is_loose = tokens_of(text)
    if not tokens:
        return Reading(Intent.HELP if "?" in text else Intent.UNCLEAR, why=("no word",))
    seen = look(tokens)
    seen.joined |= is_loose
    seen.asks = "?" in text
    return _understood(seen, accented, " ".join(tokens), meant)


def _claim(text: str) -> Reading | None:
    """A provider's confirmation that somebody forwards: in a wording that we know, or with a code and a sum at least."""
    if known := read_claim(text):
        whole = None if known.amount is None else known.amount.minor // known.amount.currency.unit
        code = known.original or known.code
        return Reading(
            Intent.CLAIM, whole or None, code, certain=True, why=("a provider's own words", known.kind.value)
        )
    found = _CODE_AND_WORD.search(text)
    rest = found["rest"] if found else text
    code = found["code"].upper() if found and any(letter.isdigit() for letter in found["code"]) else ""
    if not code and (other := _TX_ID.search(text)):
        code = other["code"].upper().strip(".")
    if not code or (money := _MONEY.search(rest)) is None:
        return None
    digits = re.sub("[., ]", "", money["a"] or money["b"])
    amount = int(digits[:12]) if digits else None
    return Reading(Intent.CLAIM, amount, code, certain=True, why=("a provider's own words",))


# --- what it wants ------------------------------------------------------------------------------------------------------


def _understood(seen: Seen, accented: bool, line: str, meant: Intent | None) -> Reading:
    if accented:
        seen.signs[Sign.PAID] += 1
        seen.signs[Sign.PAY] = 0
    intent, rule = (meant, "as others have said it") if meant else intent_of(seen)
    _settle(seen, intent)
    amount, others = _amount(seen, intent)
    references = seen.references
    is_bare = not seen.unknown and all(signs_of(word) <= {Sign.MONEY} for word in seen.words)
    if intent is Intent.UNCLEAR and amount is not None and len(references) == 1 and is_bare:
        intent, rule = Intent.PAY, "a sum and a number, no verb"
    if intent in _NO_SUM or (intent is Intent.UNCLEAR and amount is not None and amount < LEAST):
        amount = None
    day = _day(seen)
    if intent is Intent.PAY and seen.signs[Sign.NOT]:
        is_answer = seen.signs[Sign.NO] and not (seen.sums or references)
        intent, rule = Intent.NO if is_answer else Intent.UNCLEAR, "a payment that is not wanted"
    elif intent in _ASKED_FOR and is_not_wanted(seen):
        intent, rule = Intent.NO, "what is not wanted"
    elif intent is Intent.PAY and _is_later(seen, day):
        intent, rule = Intent.PROMISE, "a payment on a day to come"
    elif intent is Intent.BALANCE and _is_of_a_loan(seen):
        intent, rule = Intent.LOANS, "what is owed on a loan"
    elif intent is Intent.WHERE and day is not None and seen.says(Cue.EITHER_WAY):
        day = DayWish(ahead=-abs(day.ahead or 0))
    reference = _meant(references, intent)
    is_for = intent not in (Intent.MOVE, Intent.APPLY)
    if is_for and not reference and len(others) == 1 and amount is not None:
        reference, others = others[0], ()
        seen.joined = True
    rest = tuple([one for one in (*references, *others) if one != reference])
    cents = 0
    if intent is Intent.YES and seen.fractions:
        amount, cents = seen.fractions[0]
    if intent is Intent.APPLY:
        rest = (*rest, *map(str, seen.counts))
    return Reading(
        intent=intent,
        amount=amount,
        cents=cents,
        reference=reference,
        others=rest,
        day=day,
        language=_language(seen.words),
        speaks=wished_language(seen) if intent is Intent.LANGUAGE else None,
        marks=tuple(dict.fromkeys(seen.marks)),
        certain=_is_certain(seen, intent, rest, line),
        unknown=tuple(seen.unknown),
        why=_why(seen, rule, amount),
    )


def _is_of_a_loan(seen: Seen) -> bool:
    """By its number, or by the word where nothing of school stands beside it."""
    is_numbered = bool(seen.references) and LOAN.fullmatch(seen.references[0].casefold()) is not None
    return is_numbered or (seen.signs[Sign.LOAN] > 0 and not (seen.references or seen.signs[Sign.FEE]))


def _day(seen: Seen) -> DayWish | None:
    """The only one, or the only one that is to come: `today I cannot, I will pay on friday`."""
    days = seen.days if len(seen.days) == 1 else [day for day in seen.days if day.is_future]
    return days[0] if len(days) == 1 else None


def _is_later(seen: Seen, day: DayWish | None) -> bool:
    """On a day to come, or on several of them (`next week tuesday`)."""
    return (day is not None and day.is_future) or (bool(seen.days) and all(one.is_future for one in seen.days))


_AS_WRITTEN = re.compile(
    r"(?!(?:KE?SH?S?|SHS?|[TU]SHS?|RWF|FRW|F)[0-9])[A-Z]{1,6}(?:[-/][A-Z]{1,4})?[-/]?[0-9][0-9/-]*"
)
"""Letters, then figures, as numbers of accounts are: not a sum with the next word's letter on its heels (`KSH500V`), nor a
number with that of the next sum (`SK1024K SH500`). A number that does end in a letter is asked about."""


_BESIDE_PAYING = frozenset([Sign.PAY, Sign.WISH, Sign.LOAN, Sign.MONEY, Sign.FEE, Sign.BALANCE, Sign.YES, Sign.HELP])
"""What the words beside a payment may tell, that is surely nothing but one."""


def _is_certain(seen: Seen, intent: Intent, rest: Sequence[str], line: str) -> bool:
    if seen.near or intent is Intent.UNCLEAR:
        return False
    if intent is Intent.PROMISE and (seen.signs[Sign.NOT] or seen.asks):  # `je ne paierai pas 500 demain`
        return False
    if intent is not Intent.PAY:
        return not seen.unknown
    if (
        Sign.NO in signs_of(line.partition(" ")[0])
        or opens_a_question(line)
        or not CUES[Cue.DOUBTS].isdisjoint(line.split())
    ):
        return False
    is_plain = len(seen.sums) <= 1 and all(one.plain and one.value >= LEAST for one in seen.sums)
    is_now = not seen.days or (len(seen.days) == 1 and seen.days[0].ahead == 0)
    is_single = len(seen.references) <= 1 and not rest and not seen.joined and not seen.asks and not seen.counts
    is_written = all(_AS_WRITTEN.fullmatch(one) for one in seen.references) and len({*seen.marks}) <= 1
    is_one_number = not (seen.references and seen.of_loan)  # `paye R300 prêt 124`: of a receipt, or of a loan?
    is_only = {sign for sign, count in seen.signs.items() if count} <= _BESIDE_PAYING
    return (
        is_only
        and is_plain
        and is_now
        and is_single
        and is_one_number
        and is_written
        and not seen.unknown
        and seen.signs[Sign.PAY] > 0
    )


_ASKED_FOR = frozenset([Intent.APPLY, Intent.LOANS, Intent.REFUND, Intent.MOVE])

_NUMBERED = frozenset([Intent.LOANS, Intent.BALANCE, Intent.STATEMENT, Intent.MOVE])
"""Wishes that want no sum: a figure behind the word loan is its number."""


_NO_SUM = frozenset([Intent.HELP, Intent.LANGUAGE, Intent.STATEMENT, Intent.NO])

_YEAR = re.compile(r"20[2-9][0-9]")


def _settle(seen: Seen, intent: Intent) -> None:
    """`pay 300 loan 124`: the figure behind the word loan is its number where another one is the sum, or none is wanted."""
    if intent is Intent.STATEMENT:
        seen.sums = [one for one in seen.sums if not _YEAR.fullmatch(one.digits)]
    if intent is Intent.APPLY:
        return
    seen.sums = [part for one in seen.sums for part in _pieces(one, seen)]
    if not seen.of_loan:
        return
    if intent is Intent.MOVE:  # `R000118 is for loan 266, not loan 88`: no sum is moved
        seen.references += [loan_number(one.digits) for one in seen.of_loan]
        seen.sums = [one for one in seen.sums if one not in seen.of_loan]
        seen.joined = True
        return
    one = seen.of_loan[-1]  # `pay my loan 500 loan 124`
    is_round = len(one.digits) > 3 and one.value % 100 == 0
    is_odd = len(one.digits) <= 3 and one.value % 50 != 0
    if len(seen.sums) > 1 or (intent in _NUMBERED and not is_round) or is_odd:
        seen.sums.remove(one)
        seen.references.append(loan_number(one.digits))
        seen.joined = True


def _pieces(one: Sum, seen: Seen) -> list[Sum]:
    """`pay loan 124 500` is a loan's number and a sum; `loan 12 000`, and who wants a loan of `124 500`, mean one sum."""
    if not one.pieces:
        return [one]
    number, amount = (Sum(int(piece), plain=False, marked=False, digits=piece) for piece in one.pieces)
    seen.of_loan.append(number)
    return [number, replace(amount, marked=one.marked)]


def _meant(references: Sequence[str], intent: Intent) -> str:
    """The first; of a move the last that is no payment's."""
    if intent is Intent.MOVE:
        return next(
            (one for one in reversed(references) if not is_of_payment(one)), references[-1] if references else ""
        )
    return references[0] if references else ""


def _amount(seen: Seen, intent: Intent) -> tuple[int | None, tuple[str, ...]]:
    """The one sum that is meant, and numbers that may be accounts. None where two would do."""
    if len({one.value for one in seen.sums}) == 1 and len(seen.sums) > 1:  # `15,000 was sent, refund the 15,000`
        return seen.sums[0].value, ()
    marked = [one for one in seen.sums if one.marked]
    if len(marked) == 1:
        return marked[0].value, tuple([one.digits for one in seen.sums if one is not marked[0] and one.digits])
    if len(seen.sums) == 1 and not (intent in _NUMBERED and seen.sums[0].value < LEAST):
        return seen.sums[0].value, ()
    if intent in _NUMBERED and all(one.value < LEAST for one in seen.sums):
        return None, ()
    large = [one for one in seen.sums if one.value >= LEAST]
    if len(large) == 1 and all(one.digits for one in seen.sums) and intent is not Intent.APPLY:
        return large[0].value, ()
    small = [one for one in seen.sums if one.value <= MOST_INSTALMENTS and one.digits]
    if intent is Intent.APPLY and len(seen.sums) == 2 and len(small) == 1:
        (amount,) = [one for one in seen.sums if one is not small[0]]
        return amount.value, (small[0].digits,)
    figures = [one for one in seen.sums if not one.digits]
    if not marked and len(figures) == 1:
        return figures[0].value, tuple([one.digits for one in seen.sums if one.digits])
    return None, tuple([one.digits for one in seen.sums if one.digits])


def _language(words: Sequence[str]) -> str | None:
    """Whose words these are, mostly; None on a tie."""
    votes = Counter(language for word in words if (language := language_of(word)))
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _why(seen: Seen, rule: str, amount: int | None) -> tuple[str, ...]:
    told = [rule, *(f"near {one}" for one in seen.near), *(f"unknown {one}" for one in seen.unknown[:5])]
    if amount is None and len(seen.sums) > 1:
        told.append("several sums")
    if any(not one.plain for one in seen.sums):
        told.append("a sum in words")
    if seen.joined:
        told.append("put together")
    return tuple(told)
