"""The code of a receipt: what makes it checkable by anybody who is shown it, and by nobody to be made up.

Ten symbols, `7K2M9-QXAV9`. Eight are unguessable: they come from a keyed code of the payment. Two are check characters, a
Reed-Solomon code over the 31 residues modulo the prime 31: the sum of all symbols and their sum weighted by place are both
zero. Any two different codes therefore differ in at least three places, so that one or two wrong symbols, wherever they
are, and any two symbols exchanged are always noticed.

Source: I. S. Reed and G. Solomon, Polynomial Codes over Certain Finite Fields (1960); symbols after D. Crockford, Base 32.
"""

from __future__ import annotations

import unicodedata

from core.errors import Bug

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
"""Digits and letters without I, L, O and U (read as 1, 1, 0 and V by tired eyes) and Z (as 2): 31 of them, a prime."""

SECRET = 8
"""Symbols that cannot be guessed: 31^8 is 8.5e11."""
LENGTH = SECRET + 2
WRONG_ACCEPTED = 1 / len(ALPHABET) ** 2
"""How many of the codes that are wrong in three places or more, at random, pass the check characters: one of 961."""

_PRIME = len(ALPHABET)
_PAIRS = tuple((ALPHABET[low] + ALPHABET[high], low, high) for high in range(_PRIME) for low in range(_PRIME))
"""Two symbols at a time, with their values."""
_SECRETS = _PRIME**SECRET
_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
_LONGEST_TYPED = 40


def code_from(secret: bytes) -> str:
    """The code that a keyed code of a payment gives: its first eight symbols, and their check characters."""
    if len(secret) < LENGTH:
        raise Bug("a receipt's code needs a longer secret")
    number = int.from_bytes(secret, "big") % _SECRETS
    text, plain, weighted = "", 0, 0
    for place in range(1, SECRET, 2):
        number, pair = divmod(number, len(_PAIRS))
        symbols, first, second = _PAIRS[pair]
        text += symbols
        plain += first + second
        weighted += place * first + (place + 1) * second
    one, last = _checks(plain, weighted)
    return f"{text}{ALPHABET[one]}{ALPHABET[last]}"


def _checks(plain: int, weighted: int) -> tuple[int, int]:
    """The last two values, so that both sums are zero. With a and b: a + b = -S and 9a + 10b = -W, places from one."""
    last = (LENGTH - 1) * plain - weighted
    return (-plain - last) % _PRIME, last % _PRIME


def read(typed: str) -> str | None:
    """The code that a person typed, in our spelling: case, blanks and dashes do not matter, O is 0, I and L are 1.
    None for what cannot be a code, however hostile."""
    if len(typed) > _LONGEST_TYPED:
        return None
    plain = unicodedata.normalize("NFKC", typed).upper()
    code = "".join(letter for letter in plain if not (letter.isspace() or _is_dash(letter))).translate(_ALIKE)
    return code if is_whole(code) else None


def _is_dash(letter: str) -> bool:
    return unicodedata.category(letter) == "Pd"


def is_whole(code: str) -> bool:
    """Is it one of ours by its form: ten symbols whose check characters fit?"""
    values = [_VALUES[symbol] for symbol in code if symbol in _VALUES]
    if len(values) != LENGTH or len(code) != LENGTH:
        return False
    return sum(values) % _PRIME == 0 and sum(place * value for place, value in enumerate(values, 1)) % _PRIME == 0


def shown(code: str) -> str:
    """As people read it, in two halves: `7K2M9-QXAV9`."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"
