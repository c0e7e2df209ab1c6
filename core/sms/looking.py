"""What the words of a text are, one after the other: days, sums, counts, numbers of accounts, and what the rest tells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.sms import days, numbers
from core.sms.days import DayWish
from core.sms.numbers import NUMBER_WORDS, Sum
from core.sms.signs import Cue, Sign
from core.sms.spelling import glued, nearest, nearest_number
from core.sms.tokens import phrases, unglued, word_and_number
from core.sms.words import COMMON, CUES, PASSING, POLITE, SIGNS, signs_of

LEAST = 10
"""A single word for less (`un`, `one`, `saba`) is hardly ever a sum, and a figure for less is rather what is left of one."""


PASSED = 2
"""Words that we do not know beside one that tells its wish in passing."""
_OF_MONEY = frozenset(Sign) - {
    Sign.YES,
    Sign.NO,
    Sign.NOT,
    Sign.WISH,
    Sign.KNOW,
    Sign.NEW,
    Sign.ALL,
    Sign.PUT,
    Sign.HELP,
}


@dataclass(slots=True)
class Seen:
    """What the tokens of a text are."""

    sums: list[Sum] = field(default_factory=list)
    of_loan: list[Sum] = field(default_factory=list)
    """Those of them that stand behind the word loan: its number, perhaps (`loan 124`)."""
    counts: list[int] = field(default_factory=list)
    """Of months, terms, children: no sums."""
    references: list[str] = field(default_factory=list)
    days: list[DayWish] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    near: list[str] = field(default_factory=list)
    """Words that were taken for another."""
    unknown: list[str] = field(default_factory=list)
    signs: Counter[Sign] = field(default_factory=Counter)
    order: list[frozenset[Sign]] = field(default_factory=list)
    """What each word tells, in their order."""
    told: list[str] = field(default_factory=list)
    """Which words these are."""
    marks: list[str] = field(default_factory=list)
    asks: bool = False
    """A question is asked, by its mark."""
    fractions: list[tuple[int, int]] = field(default_factory=list)
    """Sums with cents, which are unknown words besides: whole and cents."""
    joined: bool = False
    """A sum or number was put together from several tokens, or taken out of one."""

    def tells(self, word: str, signs: frozenset[Sign]) -> None:
        self.signs.update(signs)
        self.order.append(signs)
        self.told.append(word)

    def weigh(self) -> None:
        """What is said in passing tells nothing: `I sent the boy with his lunch`, `she will return on monday`."""
        is_money = any(one.value >= LEAST for one in self.sums) or bool(self.references) or len(self.unknown) < PASSED
        firm = [signs for word, signs in zip(self.told, self.order, strict=True) if word not in PASSING]
        if is_money or any(signs & _OF_MONEY for signs in firm) or len(firm) == len(self.order):
            return
        self.signs, self.order = Counter(sign for signs in firm for sign in signs), firm

    def says(self, cue: Cue, *, first: int | None = None) -> bool:
        """Whether a word of its words is one that a rule looks for; of the `first` few only, where these are told."""
        return not CUES[cue].isdisjoint(self.words[:first])

    def first(self, sign: Sign) -> int:
        """Where that is told first; behind everything where it is not."""
        return next((at for at, signs in enumerate(self.order) if sign in signs), len(self.order))


_REFERENCE = re.compile(r"(?=.*[0-9].*[0-9])(?=.*[a-z])[a-z0-9]+(?:[-/][a-z0-9]+){0,3}")
_PHONE = re.compile(r"\+?(?:0[0-9]{9}|25[0-9]{10})")
_SHORT_LOAN = re.compile(r"loan-?0*([1-9][0-9]{0,4})")
_WORD_AND_LOAN = re.compile(r"([a-z]{4,})0*([1-9][0-9]{0,4})")
"""`mkopo124`."""
_LAST_GROUP = re.compile(r"[0-9]{3}(?:[.,]00?)?(?:kes|kshs?|shs?|bob|tshs?|ugx|rwf|frw|frs?|fbu|fc|f)?")
_HOUR = re.compile(r"[0-9]{1,2}(?:[:.h][0-9]{2})?(?:am|pm|hrs|h)|[0-9]{1,2}[:h][0-9]{2}")


def look(tokens: Sequence[str]) -> Seen:
    seen = Seen()
    tokens = _respelled(tokens, seen)
    at = 0
    while at < len(tokens):
        at = _one(tokens, at, seen)
    seen.weigh()
    return seen


def _respelled(tokens: Sequence[str], seen: Seen) -> Sequence[str]:
    """With slips in the words of numbers mended, where a number is not whole without them: `elfu kmi`, `five hundrd`."""
    if NUMBER_WORDS.isdisjoint(tokens):
        return tokens
    told = list(tokens)
    for at, token in enumerate(tokens):
        if (wanted := numbers.expected_at(told, at)) and (meant := nearest_number(token, wanted)):
            told[at] = meant
            seen.near.append(f"{token}~{meant}")
    return told


def _one(tokens: Sequence[str], at: int, seen: Seen) -> int:
    """What begins here, and where it ends."""
    token = tokens[at]
    if found := days.at(tokens, at):
        seen.days.append(found[0])
        seen.joined |= found[0].ahead == 0 and tuple(tokens[at : found[1]]) not in days.TODAY_WHOLE
        seen.words += [word for word in tokens[at : found[1]] if word.isalpha()]
        return found[1]
    if end := _counted(tokens, at, seen):
        return end
    value, end = numbers.words_at(tokens, at)
    if end > at + 1 or (end > at and not token.isdigit() and (value or 0) >= LEAST):
        if value is None:
            seen.unknown += tokens[at:end]
        else:
            seen.sums.append(Sum(value, plain=False, marked=_is_marked(tokens, at, end)))
        return end
    if token[0] in "0123456789+" or numbers.figures(token):
        return _figures(tokens, at, seen)
    if token in numbers.MARKS and (_begins_number(tokens, at + 1) or _begins_number(tokens, at - 1)):
        seen.marks.append(token)
        return at + 1
    if parts := unglued(token) or word_and_number(token):
        seen.joined = True
        for part in range(len(parts)):
            _one(parts, part, seen)
        return at + 1
    return _number_or_word(tokens, at, seen)


def _number_or_word(tokens: Sequence[str], at: int, seen: Seen) -> int:
    token = tokens[at]
    if _REFERENCE.fullmatch(token) and len(token) <= 20:
        _refer(token, seen)
        return at + 1
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    is_loan = re.fullmatch(r"loan 0[0-9]{5}", f"{token} {following}")
    if is_loan or (_is_prefix(token) and re.fullmatch(r"[0-9]{2,8}", following)):
        seen.references.append(f"{token}{following}".upper())
        seen.joined = True
        return at + 2
    _word(token, seen)
    return at + 1


def _refer(token: str, seen: Seen) -> None:
    if (glued := _WORD_AND_LOAN.fullmatch(token)) and Sign.LOAN in signs_of(glued[1]) and glued[1] != "loan":
        seen.joined = True
        seen.references.append(loan_number(glued[2]))
    elif loan := _SHORT_LOAN.fullmatch(token):
        is_whole = re.search(r"[0-9]{6}", token) is not None
        seen.joined |= not is_whole
        seen.references.append(token.upper() if is_whole else loan_number(loan[1]))
    else:
        seen.references.append(token.upper())


def loan_number(digits: str) -> str:
    """`124` as loans are numbered."""
    return f"LOAN-{int(digits):06d}"


def _counted(tokens: Sequence[str], at: int, seen: Seen) -> int:
    """Where `6 months` and `darasa la 5` end; 0 where nothing is counted here."""
    token, following = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else ""
    if _HOUR.fullmatch(token):
        seen.unknown.append(token)
        return at + 1
    if following in CUES[Cue.COUNTED] and (count := _small(token)):
        seen.counts.append(count)
        seen.words.append(following)
        end = at + 2
    elif token in CUES[Cue.COUNTED]:
        behind = at + 2 if following in CUES[Cue.OF] else at + 1
        count = _small(tokens[behind]) if behind < len(tokens) else 0
        if not count or _is_last_group(tokens, behind + 1):  # `ce mois, 12 500`
            return 0
        seen.counts.append(count)
        seen.words.append(token)
        end = behind + 1
    else:
        return 0
    if end < len(tokens) and re.fullmatch(r"20[2-9][0-9]", tokens[end]):
        end += 1
    return end


def _is_last_group(tokens: Sequence[str], at: int) -> bool:
    return at < len(tokens) and _LAST_GROUP.fullmatch(tokens[at]) is not None


def _small(token: str) -> int:
    if re.fullmatch(r"[0-9]{1,2}", token):
        return int(token)
    value, end = numbers.words_at([token], 0)
    return value if end and value and value <= 60 else 0


def _is_prefix(token: str) -> bool:
    """Letters that may be the beginning of a number: `SK 1024`."""
    known = bool(signs_of(token)) or token in POLITE or token in COMMON or token in numbers.MARKS
    return len(token) <= 3 and token.isalpha() and not known and nearest(token) is None


def _begins_number(tokens: Sequence[str], at: int) -> bool:
    if not 0 <= at < len(tokens):
        return False
    token = tokens[at]
    is_figure = token.isdigit() or numbers.figures(token) is not None or numbers.with_cents(token) is not None
    return is_figure or token in NUMBER_WORDS


def _is_marked(tokens: Sequence[str], start: int, end: int) -> bool:
    """A currency's word before it, or after it where it does not begin another sum (`2231 ksh 1500`)."""
    before, after = tokens[start - 1] if start else "", tokens[end] if end < len(tokens) else ""
    return before in numbers.MARKS or (after in numbers.MARKS and not _begins_number(tokens, end + 1))


def _figures(tokens: Sequence[str], at: int, seen: Seen) -> int:
    token, end = tokens[at], at + 1
    if _PHONE.fullmatch(token):
        seen.references.append(token.lstrip("+"))
        seen.joined = True
        return end
    if re.fullmatch(r"[1-9][0-9]{0,2}", token):
        # `3 000`: groups of three, as French and many phones write them.
        while end < len(tokens) and re.fullmatch(r"[0-9]{3}", tokens[end]) and end - at < 4:
            token, end = token + tokens[end], end + 1
        if end < len(tokens) and _LAST_GROUP.fullmatch(tokens[end]) and end - at < 4:
            token, end = token + tokens[end], end + 1  # `12 500F`, `3 450,00`
    if end < len(tokens) and tokens[end] == "k" and re.fullmatch(r"[0-9]+(?:[.,][0-9])?", token):
        token, end = f"{token}k", end + 1
    found = numbers.figures(token)
    if found is None:
        if _REFERENCE.fullmatch(token) and len(token) <= 20:
            seen.references.append(token.upper())
            return end
        seen.unknown.append(token)
        if fraction := numbers.with_cents(token):
            seen.fractions.append(fraction)
        return end
    is_joined = end > at + 1
    seen.joined |= is_joined
    marked = found.marked or _is_marked(tokens, at, end)
    seen.marks += [mark for mark in found.marks if mark]
    of_loan = len(tokens[at]) <= 6 and _is_behind_loan(tokens, at)
    pieces = (tokens[at], tokens[at + 1][:3]) if of_loan and end == at + 2 and tokens[at + 1][:3].isdigit() else ()
    one = Sum(
        found.value,
        found.plain and not is_joined,
        marked,
        "" if is_joined else found.digits,
        pieces=pieces if pieces[1:] != ("000",) else (),
    )
    seen.sums.append(one)
    if of_loan and one.digits and not marked:
        seen.of_loan.append(one)
    return end


def _is_behind_loan(tokens: Sequence[str], at: int) -> bool:
    before = tokens[at - 1] if at else ""
    is_between = (before in CUES[Cue.OF] and before not in ("wa", "ya")) or before in CUES[Cue.MY]
    if is_between and at > 1:
        before = tokens[at - 2]
    return Sign.LOAN in (signs_of(before) or signs_of(nearest(before) or ""))


def _word(token: str, seen: Seen) -> None:
    seen.words.append(token)
    if signs := signs_of(token):
        seen.tells(token, signs)
    elif token in numbers.MARKS:
        seen.marks.append(token)
    elif token in NUMBER_WORDS and token not in POLITE:
        seen.unknown.append(token)
    elif token not in POLITE:
        if meant := nearest(token):
            seen.near.append(f"{token}~{meant}")
            seen.words[-1] = meant
            seen.tells(meant, SIGNS[meant])
        elif parts := phrases(glued(token)):
            seen.near.append(f"{token}~{' '.join(parts)}")
            seen.words[-1:] = parts
            for part in parts:
                seen.tells(part, signs_of(part))
        else:
            seen.unknown.append(token)
