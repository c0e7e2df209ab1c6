"""What a yes came to before the memory of its dialogue was lost: found by its intent, whatever has become of it since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.ids import OrganisationId
from storage import loans, payments, refunds
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class AskedBefore:
    """Something was asked for in this dialogue already."""

    reference: str = ""
    """The number of the request; empty where it was a prompt: then a phone is being asked for its PIN."""


def asked_before(tx: Tx, organisations: Sequence[OrganisationId], intents: Sequence[str]) -> AskedBefore | None:
    """A query: was a prompt, a refund or a loan asked for under one of these intents? Also one that was decided meanwhile: else
    a second yes on the page before it would be a second wish."""
    if any(payments.of_intent(tx, organisation, intent) for organisation in organisations for intent in intents):
        return AskedBefore()
    for numbers_of in (refunds.numbers_of_intents, loans.numbers_of_intents):
        if found := numbers_of(tx, organisations, intents):
            return AskedBefore(found[-1])
    return None
