"""A text as its words: lower case, without accents, several words that say one thing as one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from core.accents import without_accents
from core.sms.languages.fr import ACCENTED_PAST, BEFORE_ACCENT, BEFORE_INFINITIVE, GIVEN, HAVE, PAST
from core.sms.signs import Cue, Sign
from core.sms.spelling import glued
from core.sms.words import CUES, PHRASES, POLITE, SHORT, SIGNS, signs_of

MOST_WORDS = 60

_BETWEEN = re.compile(
    r":|(?<=[0-9])[.,](?=[a-z])|(?<=[a-z])[.,](?=[0-9]{3,})|(?<=[a-z0-9]),(?=[a-z])|(?<=[a-z][0-9]{4}),"
)
"""Marks between words that belong to neither: `pay:500`, `500.SK1024`."""
_SPLIT = re.compile(r"[\s;!?\"()<>\[\]{}…“”«»*_=+|~^]+")
_ENDS = ".,:'`-/&#@"
_ASKED_WHERE = re.compile(r"\boù\b")
_PIECES = re.compile(r"-[a-z]+[0-9]")
"""`ada-m6850`: a word and a number, or a slip in the number `ADM-6850`."""
LOAN = re.compile(r"loan-?[a-z]{0,3}[0-9oil]*[0-9][0-9oil]*")
"""A loan's number, with a slip of the thumb in it (`loan-n004369`): not the word beside a sum or another number."""


def tokens_of(text: str) -> tuple[list[str], bool, bool]:
    """Its words, whether an accent made a past of a verb, and whether some of them are written as nobody was taught."""
    folded = re.sub("[\u2018\u2019\u02bc`´]", "'", text.casefold())
    if not folded.isprintable():
        folded = "".join(letter for letter in folded if letter.isprintable() or letter.isspace())
    spelled = ["", *re.findall(r"[^\W\d_]+", folded)]
    accented = any(
        word in ACCENTED_PAST and spelled[at - 1] not in BEFORE_ACCENT and not _to_the_writer(spelled, at)
        for at, word in enumerate(spelled)
    )
    folded = _ASKED_WHERE.sub("ouest", folded)
    tokens: list[str] = []
    plain = _BETWEEN.sub(" ", without_accents(folded).replace("/=", " /= ").replace("/-", " /- "))
    for raw in _SPLIT.split(plain):
        if raw in ("/=", "/-"):
            tokens.append(raw)
        elif token := _short(raw.strip(_ENDS)):
            if re.match(r"-[0-9]", raw):
                tokens.append("-")  # a sum below zero, or a list: not for us to say
            tokens += _parts(token)
    whole = _at_home(_spoken([SHORT.get(token, token) for token in tokens[:MOST_WORDS]]))
    whole = ["salary" if token in PAST and _to_the_writer(whole, at) else token for at, token in enumerate(whole)]
    is_pieced = any(_is_pieced(raw) or _short(word := raw.strip(_ENDS)) != word for raw in plain.split())
    said = phrases(whole)
    is_other = whole != tokens[:MOST_WORDS] or any(Sign.PAY in signs_of(word) for word in {*said} - {*whole})
    is_phrased = any(word not in POLITE and not signs_of(word) for word in {*whole} - {*said})
    is_loose = is_pieced or is_other or is_phrased or (not accented and not ACCENTED_PAST.isdisjoint(spelled))
    return _past(said), accented, is_loose


_DRAWN = re.compile(r"([a-z])\1{2,}")


def _short(token: str) -> str:
    """`ouiii`, `nooo`: a letter that is drawn out is one."""
    if not token.isalpha() or not _DRAWN.search(token):
        return token
    twice = _DRAWN.sub(r"\1\1", token)
    return twice if twice in SIGNS else _DRAWN.sub(r"\1", token)


def _to_the_writer(spelled: Sequence[str], at: int) -> bool:
    """`on m'a enfin payé`: the writer has money now, and has paid none."""
    return not GIVEN.isdisjoint(pairwise(spelled[max(at - 4, 0) : at]))


def _parts(token: str) -> list[str]:
    if LOAN.fullmatch(token):
        return [token]
    if re.fullmatch(r"[a-z]+(?:['-][a-z]+)+", token) or _begins_with_word(token):
        return [part for part in re.split(r"['-]", token) if part]
    if match := re.fullmatch(r"([a-z]{1,3})'(.+)", token):
        return [match[1], match[2]]
    return [token]


def _begins_with_word(token: str) -> bool:
    """`pay-500`; a word of two letters is rather a piece of a number (`la-n005287`)."""
    word, _, rest = token.partition("-")
    return bool(rest) and len(word) > 2 and word in SIGNS


def _is_pieced(token: str) -> bool:
    return _PIECES.search(token) is not None and _begins_with_word(token) and LOAN.fullmatch(token) is None


_GLUED_SUM = re.compile(r"([a-z]{3,})([0-9][0-9,.]*k?)")
_GLUED_ALL = re.compile(r"([a-z]{3,})([0-9]{2,7})((?!k$)[a-z]{1,6}-?[0-9][a-z0-9]+)")
_GLUED_NUMBER = re.compile(r"([a-z]{3,}?)([a-z]{2,4}-?[0-9]{3,6})")
_GLUED_WORD = re.compile(r"([a-z]{1,4}-?[0-9]{3,6})([a-z]{3,})")


_GLUED_FOR = re.compile(rf"({'|'.join(sorted(CUES[Cue.FOR]))})?([a-z]{{2,4}}-?[0-9][a-z0-9]+)")


def unglued(token: str) -> tuple[str, ...]:
    """`lipa1500`, `pay500kv1024`, `kv1024balance`: a word that tells something, a sum, a number. Empty when it is one thing."""
    if found := _GLUED_ALL.fullmatch(token) or _GLUED_SUM.fullmatch(token):
        parts = found.groups()
        if (told := _GLUED_FOR.fullmatch(parts[-1])) and told[1]:  # `pay500forkv1024`
            parts = (*parts[:-1], told[2])
        return parts if _tells(parts[0]) else ()
    if (found := _GLUED_WORD.fullmatch(token)) and _tells(found[2]):
        return found.groups()
    return ()


def word_and_number(token: str) -> tuple[str, ...]:
    """`saliokv1188`: a listed word, then a number of two to four letters and figures. Empty when it is one thing."""
    found = _GLUED_NUMBER.fullmatch(token)
    ends = range(len(token.rstrip("0123456789-")) - 2, 2, -1) if found else ()
    return next(((token[:end], token[end:]) for end in ends if token[:end] in SIGNS and _tells(token[:end])), ())


def _tells(word: str) -> bool:
    """Of one word, or of several without a blank (`payschoolfees`)."""
    return any(signs_of(part) - {Sign.LOAN, Sign.LANGUAGE} for part in (word, *glued(word)))


_SPOKEN = {"4": "for", "2": "to"}


def _spoken(tokens: list[str]) -> list[str]:
    """`pay 500 4 my son`, `i want 2 pay`: figures that are said like words."""
    return [
        _SPOKEN[one]
        if (one == "4" and two in CUES[Cue.BEHIND_FOR]) or (one == "2" and two in CUES[Cue.BEHIND_TO])
        else one
        for one, two in pairwise([*tokens, ""])
    ]


def _at_home(tokens: list[str]) -> list[str]:
    """`they sent my girl home`: of a child, and of no money."""
    return ["home" if said == "sent" and "home" in tokens[at + 1 : at + 5] else said for at, said in enumerate(tokens)]


def _past(tokens: list[str]) -> list[str]:
    """French without its accents: what stands soon behind `j'ai` has been done, however it is spelled."""
    told = list(tokens)
    for at, token in enumerate(tokens):
        if token not in HAVE:
            continue
        for near in range(at + 1, min(at + 4, len(tokens))):
            if (
                tokens[near] in BEFORE_INFINITIVE or tokens[near][0].isdigit()
            ):  # `j'ai 5000 à payer`, `j'ai besoin de payer`
                break
            if tokens[near] in PAST:
                told[near] = "paid"
                break
    return told


_LONGEST: dict[str, int] = {}
for _phrase in PHRASES:
    _LONGEST[_phrase[0]] = max(len(_phrase), _LONGEST.get(_phrase[0], 0))


def phrases(tokens: Sequence[str]) -> list[str]:
    """Several words that say one thing, as one."""
    found: list[str] = []
    at = 0
    while at < len(tokens):
        for length in range(_LONGEST.get(tokens[at], 0), 0, -1):
            if phrase := PHRASES.get(tuple(tokens[at : at + length])):
                found.append(phrase)
                at += length
                break
        else:
            found.append(tokens[at])
            at += 1
    return found
