"""One text, read: what it wants, how much, for which number, by when, in which language, and why (SMS-1).

Nothing is guessed. A reading is `certain` when every word of it is known, the verb is spelled as it is spelled, and sum and
number are each the only one of their kind; whoever acts on another one asks first. Hostile texts cost little: no more than
`LONGEST` characters are looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from core import stop_words
from core.sms import days, numbers
from core.sms.claims import read_claim
from core.sms.days import DayWish
from core.sms.numbers import Sum
from core.sms.words import NAMES, POLITE, SIGNS, Intent, Sign, language_of, signs_of

LONGEST = 480
"""Characters of a text that are looked at: three parts."""
MOST_WORDS = 60
LEAST = 10
"""A single word for less (`un`, `one`, `saba`) is hardly ever a sum, and a figure for less is rather what is left of one."""


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
    unknown: tuple[str, ...] = ()
    """Words that we do not know: names, perhaps."""
    why: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """What the tokens of a text are, one after the other."""

    sums: list[Sum] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    days: list[DayWish] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    """Words that were taken for another."""
    unknown: list[str] = field(default_factory=list)
    signs: Counter[Sign] = field(default_factory=Counter)
    marks: list[str] = field(default_factory=list)
    joined: bool = False
    """A sum or number was put together from several tokens."""


_CODE_AND_WORD = re.compile(
    r"\b(?P<code>[A-Z0-9]{10,11})\s+(?:confirmed|imethibitishwa)\b[.\s]*(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)
_TX_ID = re.compile(r"\b(?:TxId|Financial Transaction Id|TID)\s*[:.]?\s*(?P<code>[A-Z0-9.]{8,24})", re.IGNORECASE)
_MONEY = re.compile(
    r"(?:(?:ksh|kes|tshs?|tzs|ugx|rwf)\.?\s?(?P<a>[0-9][0-9,]*)|(?P<b>[0-9][0-9,]*)\s?(?:rwf|ugx))", re.IGNORECASE
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
    tokens, accented = _tokens(clean)
    if not tokens:
        return Reading(Intent.HELP if "?" in clean else Intent.UNCLEAR, why=("no word",))
    seen = _look(tokens)
    return _understood(seen, accented, " ".join(tokens), asks="?" in clean)


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
    digits = (money["a"] or money["b"]).replace(",", "")
    amount = int(digits[:12]) if digits else None
    return Reading(Intent.CLAIM, amount, code, certain=True, why=("a provider's own words",))


_BETWEEN = re.compile(
    r":|(?<=[0-9])[.,](?=[a-z])|(?<=[a-z])[.,](?=[0-9]{3,})|(?<=[a-z0-9]),(?=[a-z])|(?<=[a-z][0-9]{4}),"
)
"""Marks between words that belong to neither: `pay:500`, `500.SK1024`."""
_SPLIT = re.compile(r"[\s;!?\"()<>\[\]{}…“”«»*_=+|~^]+")
_ENDS = ".,:'`-/&#@"
_ACCENTED_PAST = frozenset(("payé", "payée", "réglé", "versé", "envoyé"))


def _tokens(text: str) -> tuple[list[str], bool]:
    """Lower case, without accents; and whether an accent made a past of a verb."""
    folded = re.sub("[\u2018\u2019\u02bc`´]", "'", text.casefold())
    folded = "".join(letter for letter in folded if letter.isprintable() or letter.isspace())
    accented = any(word in _ACCENTED_PAST for word in re.findall(r"[^\W\d_]+", folded))
    plain = "".join(letter for letter in unicodedata.normalize("NFD", folded) if not unicodedata.combining(letter))
    tokens: list[str] = []
    plain = _BETWEEN.sub(" ", plain.replace("/=", " /= ").replace("/-", " /- "))
    for raw in _SPLIT.split(plain):
        if raw in ("/=", "/-"):
            tokens.append(raw)
            continue
        token = raw.strip(_ENDS)
        if not token:
            continue
        if re.match(r"-[0-9]", raw):
            tokens.append("-")  # a sum below zero, or a list: not for us to say
        if _LOAN.fullmatch(token):
            tokens.append(token)
        elif re.fullmatch(r"[a-z]+(?:['-][a-z]+)+", token) or _begins_with_word(token):
            tokens += [part for part in re.split(r"['-]", token) if part]
        elif match := re.fullmatch(r"([a-z]{1,3})'(.+)", token):
            tokens += [match[1], match[2]]
        else:
            tokens.append(token)
    return _phrases(tokens[:MOST_WORDS]), accented


def _begins_with_word(token: str) -> bool:
    """`pay-500`; a word of two letters is rather a piece of a number (`la-n005287`)."""
    word, _, rest = token.partition("-")
    return bool(rest) and len(word) > 2 and word in SIGNS


_PHRASES = {
    ("what", "if"): "whatif",
    ("will", "pay"): "willpay",
    ("ll", "pay"): "willpay",
    ("going", "to", "pay"): "willpay",
    ("gonna", "pay"): "willpay",
    ("vais", "payer"): "paierai",
    ("vais", "regler"): "paierai",
    ("money", "back"): "refund",
    ("give", "back"): "refund",
    ("still", "owing"): "owe",
    ("left", "to", "pay"): "owe",
    ("reste", "t", "il", "a", "payer"): "reste",
    ("reste", "a", "payer"): "reste",
    ("nsigaje", "kwishyura"): "nsigaje",
    ("asigaye", "kwishyurwa"): "asigaye",
    ("byagenda", "bite"): "whatif",
    ("bizagenda", "bite"): "whatif",
    ("et", "si"): "whatif",
    ("si", "je"): "whatif",
    ("ai", "paye"): "paid",
    ("ai", "envoye"): "paid",
    ("ai", "verse"): "paid",
    ("have", "pay"): "paid",
    ("ari", "he"): "hehe",
    ("ari", "hehe"): "hehe",
    ("how", "does", "this", "work"): "help",
    ("how", "does", "it", "work"): "help",
    ("how", "do", "i", "use"): "help",
    ("comment", "ca", "marche"): "aide",
    ("etat", "de", "compte"): "releve",
    ("mini", "statement"): "statement",
    ("d", "accord"): "daccord",
}
_LONGEST_PHRASE = max(map(len, _PHRASES))


def _phrases(tokens: Sequence[str]) -> list[str]:
    """Several words that say one thing, as one."""
    found: list[str] = []
    at = 0
    while at < len(tokens):
        for length in range(_LONGEST_PHRASE, 1, -1):
            if phrase := _PHRASES.get(tuple(tokens[at : at + length])):
                found.append(phrase)
                at += length
                break
        else:
            found.append(tokens[at])
            at += 1
    return found


# --- tokens -------------------------------------------------------------------------------------------------------------

_LOAN = re.compile(r"loan-?[a-z]{0,3}[0-9oil]*[0-9][0-9oil]*")
"""A loan's number, with a slip of the thumb in it (`loan-n004369`): not the word beside a sum or another number."""
_REFERENCE = re.compile(r"(?=.*[0-9].*[0-9])(?=.*[a-z])[a-z0-9]+(?:[-/][a-z0-9]+){0,3}")
_PHONE = re.compile(r"\+?(?:0[0-9]{9}|25[0-9]{10})")


def _look(tokens: Sequence[str]) -> _Seen:
    seen = _Seen()
    at = 0
    while at < len(tokens):
        at = _one(tokens, at, seen)
    return seen


def _one(tokens: Sequence[str], at: int, seen: _Seen) -> int:
    """What begins here, and where it ends."""
    token = tokens[at]
    if found := days.at(tokens, at):
        seen.days.append(found[0])
        seen.words += [word for word in tokens[at : found[1]] if word.isalpha()]
        return found[1]
    if token[0] in "0123456789+" or numbers.figures(token):
        return _figures(tokens, at, seen)
    value, end = numbers.words_at(tokens, at)
    if end > at + 1 or (value or 0) >= LEAST:
        if value is None:
            seen.unknown += tokens[at:end]
        else:
            seen.sums.append(Sum(value, plain=False, marked=_is_marked(tokens, at, end)))
        return end
    if token in numbers.MARKS and (_begins_number(tokens, at + 1) or _begins_number(tokens, at - 1)):
        seen.marks.append(token)
        return at + 1
    if _REFERENCE.fullmatch(token) and len(token) <= 20:
        seen.references.append(token.upper())
        return at + 1
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    is_loan = re.fullmatch(r"loan 0[0-9]{5}", f"{token} {following}")
    if is_loan or (_is_prefix(token) and re.fullmatch(r"[0-9]{2,8}", following)):
        seen.references.append(f"{token}{following}".upper())
        seen.joined = True
        return at + 2
    _word(token, seen)
    return at + 1


def _is_prefix(token: str) -> bool:
    """Letters that may be the beginning of a number: `SK 1024`."""
    known = bool(signs_of(token)) or token in POLITE or token in numbers.MARKS
    return len(token) <= 3 and token.isalpha() and not known and _nearest(token) is None


def _begins_number(tokens: Sequence[str], at: int) -> bool:
    return 0 <= at < len(tokens) and (numbers.figures(tokens[at]) is not None or tokens[at] in numbers.NUMBER_WORDS)


def _is_marked(tokens: Sequence[str], start: int, end: int) -> bool:
    """A currency's word before it, or after it where it does not begin another sum (`2231 ksh 1500`)."""
    before, after = tokens[start - 1] if start else "", tokens[end] if end < len(tokens) else ""
    return before in numbers.MARKS or (after in numbers.MARKS and not _begins_number(tokens, end + 1))


def _figures(tokens: Sequence[str], at: int, seen: _Seen) -> int:
    token, end = tokens[at], at + 1
    if _PHONE.fullmatch(token):
        seen.references.append(token.lstrip("+"))
        seen.joined = True
        return end
    if re.fullmatch(r"[1-9][0-9]{0,2}", token):
        # `3 000`: groups of three, as French and many phones write them.
        while end < len(tokens) and re.fullmatch(r"[0-9]{3}", tokens[end]) and end - at < 4:
            token, end = token + tokens[end], end + 1
    if end < len(tokens) and tokens[end] == "k" and re.fullmatch(r"[0-9]+(?:[.,][0-9])?", token):
        token, end = f"{token}k", end + 1
    found = numbers.figures(token)
    if found is None:
        if _REFERENCE.fullmatch(token) and len(token) <= 20:
            seen.references.append(token.upper())
        else:
            seen.unknown.append(token)
        return end
    is_joined = end > at + 1
    seen.joined |= is_joined
    marked = found.marked or _is_marked(tokens, at, end)
    seen.marks += [mark for mark in found.marks if mark]
    seen.sums.append(Sum(found.value, found.plain and not is_joined, marked, "" if is_joined else found.digits))
    return end


def _word(token: str, seen: _Seen) -> None:
    seen.words.append(token)
    if signs := signs_of(token):
        seen.signs.update(signs)
    elif token in numbers.MARKS:
        seen.marks.append(token)
    elif token in numbers.NUMBER_WORDS and token not in POLITE:
        seen.unknown.append(token)
    elif token not in POLITE:
        if meant := _nearest(token):
            seen.near.append(f"{token}~{meant}")
            seen.words[-1] = meant
            seen.signs.update(SIGNS[meant])
        else:
            seen.unknown.append(token)


# --- spelling -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _nearest(token: str) -> str | None:
    """The one word that a slip makes this of; None when there is none, or when two mean different things."""
    if len(token) < 3 or not token.isalpha():
        return None
    reach = 2 if len(token) >= 8 else 1
    found: dict[int, set[str]] = {}
    for word in SIGNS:
        if not _may_be(token, word, reach):
            continue
        gap = distance(token, word, most=reach)
        short = min(len(word), len(token)) <= 3
        if gap is not None and not (short and len(word) == len(token) and sorted(word) != sorted(token)):
            found.setdefault(gap, set()).add(word)
    if not found:
        return None
    best = found[min(found)]
    meanings = {SIGNS[word] for word in best}
    return min(best) if len(meanings) == 1 else None


def _may_be(token: str, word: str, reach: int) -> bool:
    """Worth comparing: of about one length, and begun alike, or with the first letter lost or swapped. A short denial is not
    what a slip makes of anything."""
    if len(word) < 3 or abs(len(word) - len(token)) > reach or (len(word) == 3 and Sign.NOT in SIGNS[word]):
        return False
    return word[0] == token[0] or token[1:2] == word[:1] or token[:2] == word[1:3]


def distance(one: str, two: str, *, most: int) -> int | None:
    """Slips between two words: a letter more, less, another, or two neighbours swapped. None beyond `most`."""
    before: list[int] = []
    row = list(range(len(two) + 1))
    for at, letter in enumerate(one):
        following = [at + 1]
        for to, other in enumerate(two):
            cost = min(row[to + 1] + 1, following[to] + 1, row[to] + (letter != other))
            if at and to and letter == two[to - 1] and one[at - 1] == other:
                cost = min(cost, before[to - 1] + 1)
            following.append(cost)
        if min(following) > most:
            return None
        before, row = row, following
    return row[-1] if row[-1] <= most else None


# --- what it wants ------------------------------------------------------------------------------------------------------


def _understood(seen: _Seen, accented: bool, line: str, *, asks: bool) -> Reading:
    if accented:
        seen.signs[Sign.PAID] += 1
        seen.signs[Sign.PAY] = 0
    intent, rule = _intent(seen)
    amount, others = _amount(seen)
    references = seen.references
    if intent is Intent.UNCLEAR and amount is not None and len(references) == 1 and not seen.words:
        intent, rule = Intent.PAY, "a sum and a number, no verb"
    day = seen.days[0] if len(seen.days) == 1 else None
    if intent is Intent.PAY and seen.signs[Sign.NOT]:
        intent, rule = Intent.UNCLEAR, "a payment that is not wanted"
    elif intent is Intent.PAY and day is not None and day.is_future:
        intent, rule = Intent.PROMISE, "a payment on a day to come"
    reference = (references[-1] if intent is Intent.MOVE else references[0]) if references else ""
    if intent is not Intent.MOVE and not reference and len(others) == 1 and amount is not None:
        reference, others = others[0], ()
        seen.joined = True
    rest = tuple([one for one in (*references, *others) if one != reference])
    speaks = next((NAMES[word] for word in reversed(seen.words) if word in NAMES), None)
    return Reading(
        intent=intent,
        amount=amount,
        reference=reference,
        others=rest,
        day=day,
        language=_language(seen.words),
        speaks=speaks if intent is Intent.LANGUAGE else None,
        marks=tuple(dict.fromkeys(seen.marks)),
        certain=_is_certain(seen, intent, rest, line, asks=asks),
        unknown=tuple(seen.unknown),
        why=_why(seen, rule, amount),
    )


_AS_WRITTEN = re.compile(r"(?!(?:KE?SH?S?|SHS?|[TU]SHS?|RWF|FRW|F)[0-9])[A-Z]{1,6}[-/]?[A-Z]{0,4}[-/]?[0-9][0-9/-]*")
"""Letters, then figures, as numbers of accounts are: not a sum with the next word's letter on its heels (`KSH500V`), nor a
number with that of the next sum (`SK1024K SH500`). A number that does end in a letter is asked about."""


def _is_certain(seen: _Seen, intent: Intent, rest: Sequence[str], line: str, *, asks: bool) -> bool:
    if seen.near or intent is Intent.UNCLEAR:
        return False
    if intent is not Intent.PAY:
        return not seen.unknown
    if Sign.NO in signs_of(line.partition(" ")[0]):
        return False
    is_plain = len(seen.sums) <= 1 and all(one.plain and one.value >= LEAST for one in seen.sums)
    is_now = not seen.days or (len(seen.days) == 1 and seen.days[0].ahead == 0)
    is_single = len(seen.references) <= 1 and not rest and not seen.joined and not asks
    is_written = all(_AS_WRITTEN.fullmatch(one) for one in seen.references) and len({*seen.marks}) <= 1
    return is_plain and is_now and is_single and is_written and not seen.unknown and seen.signs[Sign.PAY] > 0


def _amount(seen: _Seen) -> tuple[int | None, tuple[str, ...]]:
    """The one sum that is meant, and numbers that may be accounts. None where two would do."""
    marked = [one for one in seen.sums if one.marked]
    if len(marked) == 1:
        return marked[0].value, tuple([one.digits for one in seen.sums if one is not marked[0] and one.digits])
    if len(seen.sums) == 1:
        return seen.sums[0].value, ()
    figures = [one for one in seen.sums if not one.digits]
    if not marked and len(figures) == 1:
        return figures[0].value, tuple([one.digits for one in seen.sums if one.digits])
    return None, tuple([one.digits for one in seen.sums if one.digits])


_Has = frozenset[Sign]
_RULES: tuple[tuple[Intent, str, Callable[[_Has, _Seen], bool]], ...] = (
    (Intent.WHAT_IF, "if", lambda has, seen: Sign.IF_PAID in has),
    (Intent.MOVE, "move", lambda has, seen: Sign.MOVE in has and (bool(seen.references) or len(seen.words) <= 3)),
    (Intent.REFUND, "refund", lambda has, seen: Sign.REFUND in has),
    (Intent.PROMISE, "a promise", lambda has, seen: bool(has & {Sign.PROMISE, Sign.WILL_PAY})),
    (Intent.APPLY, "a loan is wanted", lambda has, seen: Sign.BORROW in has or _wants_a_loan(has, seen)),
    (Intent.LOANS, "a loan", lambda has, seen: Sign.LOAN in has and not (Sign.PAY in has and bool(seen.sums))),
    (Intent.WHERE, "money that was paid", lambda has, seen: Sign.PAID in has),
    (
        Intent.WHERE,
        "where is money",
        lambda has, seen: Sign.WHERE in has and bool(has & {Sign.MONEY, Sign.PAY, Sign.RECEIPT}),
    ),
    (Intent.RECEIPT, "a receipt", lambda has, seen: Sign.RECEIPT in has),
    (Intent.STATEMENT, "a statement", lambda has, seen: Sign.STATEMENT in has),
    (Intent.LANGUAGE, "a language", lambda has, seen: Sign.LANGUAGE in has and not seen.sums and not seen.references),
    (Intent.BALANCE, "what is owed", lambda has, seen: Sign.OWE in has and not (Sign.PAY in has and bool(seen.sums))),
    (Intent.PAY, "a verb of paying", lambda has, seen: Sign.PAY in has),
    (Intent.BALANCE, "a balance", lambda has, seen: Sign.BALANCE in has),
)
"""The first rule that holds. Rules that speak of more stand before those that speak of less."""


def _wants_a_loan(has: _Has, seen: _Seen) -> bool:
    """`saba` is Kinyarwanda for asking, and Swahili for seven. Who wants to pay a loan wants none."""
    pays = Sign.PAY in has and bool(seen.sums)
    return Sign.LOAN in has and not pays and (Sign.WISH in has or "saba" in seen.words)


def _intent(seen: _Seen) -> tuple[Intent, str]:
    has = frozenset(sign for sign, count in seen.signs.items() if count)
    found = next(((intent, rule) for intent, rule, holds in _RULES if holds(has, seen)), None)
    return found or _small_talk(seen, has)


def _small_talk(seen: _Seen, has: _Has) -> tuple[Intent, str]:
    said = [word for word in seen.words if word not in POLITE or signs_of(word)]
    is_short = not seen.unknown and not seen.references
    if has == {Sign.YES} and is_short and len(seen.sums) <= 1 and all(Sign.YES in signs_of(word) for word in said):
        return Intent.YES, "yes"
    if has and has <= {Sign.NO, Sign.NOT} and Sign.NO in has and is_short and not seen.sums:
        return Intent.NO, "no"
    if Sign.HELP in has:
        return Intent.HELP, "help"
    return Intent.UNCLEAR, "no rule holds"


def _language(words: Sequence[str]) -> str | None:
    """Whose words these are, mostly; None on a tie."""
    votes = Counter(language for word in words if (language := language_of(word)))
    ranked = votes.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]


def _why(seen: _Seen, rule: str, amount: int | None) -> tuple[str, ...]:
    told = [rule, *(f"near {one}" for one in seen.near), *(f"unknown {one}" for one in seen.unknown[:5])]
    if amount is None and len(seen.sums) > 1:
        told.append("several sums")
    if any(not one.plain for one in seen.sums):
        told.append("a sum in words")
    if seen.joined:
        told.append("put together")
    return tuple(told)
