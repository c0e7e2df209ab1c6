"""How families want one payment divided over their children: each guardian's own rule, in versions."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.ids import ContactId, OrganisationId
from core.splitting import FamilyRule
from storage import rules
from storage.tx import Tx


def rules_of(tx: Tx, contacts: Iterable[ContactId]) -> dict[ContactId, FamilyRule]:
    """What these guardians have chosen; who has chosen nothing is not there."""
    found = rules.of(tx, contacts, rules.SPLIT)
    return {ContactId(contact): _read(value) for contact, value in found.items()}


def _read(value: str) -> FamilyRule:
    return msgspec.json.decode(value, type=FamilyRule)


def choose(tx: Tx, organisation: OrganisationId, contact: ContactId, rule: FamilyRule) -> int:
    """Let it hold from now on; the version that it is."""
    return rules.choose(tx, organisation, contact, rules.SPLIT, msgspec.json.encode(rule).decode())
