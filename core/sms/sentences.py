"""Long texts: people who tell their story first, and ask in one sentence of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.sms.signs import Intent

if TYPE_CHECKING:
    from core.sms.reading import Reading

_END = re.compile(r"(?<=[^\d\s])[.!;:…]+\s+|(?<=\d)[.!;:]+\s+(?=[^\W\d])|(?<=\?)\s*|\n+")
"""Between sentences; not within `KSh 1.500` or `1. 500`."""
_ABOUT_DEBT = frozenset([Intent.BALANCE, Intent.LOANS])


def sentences_of(text: str) -> list[str]:
    return [one for one in _END.split(text) if one.strip(" ?!.,")]


def asked(whole: Reading, sentences: Sequence[tuple[str, Reading]]) -> Reading:
    """What is wished in one of the sentences (each with its reading), where that says it whole; else what all of them say.

    A payment with its sum and its number, or a question for a debt, is meant whatever the story around it tells. It is read
    back like everything that was found so.
    """
    told = [(text, one) for text, one in sentences if one.intent is not Intent.UNCLEAR]
    for text, one in reversed(told):
        is_payment = one.intent is Intent.PAY and one.amount is not None and bool(one.reference)
        is_question = (
            one.intent is Intent.BALANCE and ("?" in text or one.reference) and whole.intent not in _ABOUT_DEBT
        )
        is_plainer = one.intent is whole.intent and whole.amount is None and one.amount is not None
        if is_payment or is_question or is_plainer or whole.intent is Intent.UNCLEAR:
            return completed(one, whole, *one.why, "one sentence of several")
        if one.amount is not None or one.reference or "?" in text:
            break
    return whole


_SUMS = frozenset([Intent.PAY, Intent.PROMISE, Intent.WHERE, Intent.REFUND, Intent.WHAT_IF, Intent.APPLY])
"""Wishes that tell one."""


def completed(one: Reading, whole: Reading, *why: str) -> Reading:
    """A wish, with the sum and the number that the `whole` text tells beside it. It is not certain."""
    amount = whole.amount if one.amount is None and one.intent in _SUMS else one.amount
    reference = one.reference or whole.reference
    return replace(one, amount=amount, reference=reference, certain=False, why=why)
