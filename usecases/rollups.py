"""Rollups are folded with every payment. Should they ever differ from a recount, an operator sets them right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.permissions import Actor
from storage import audit, rollups
from storage.audit import Change
from storage.rollups import Wrong
from storage.tx import Tx

FIGURES = UUID(int=3)
"""The rollups, as a subject of the audit trail."""


@dataclass(frozen=True, slots=True)
class Recount:
    """What a recount of one moment found, and how often the rollups had been set right by then."""

    wrong: Sequence[Wrong]
    corrections: int


def recount(tx: Tx) -> Recount:
    """Count every payment, beside those that arrive: it only reads, in one snapshot."""
    return Recount(rollups.difference(tx), audit.next_sequence(tx, FIGURES) - 1)


@dataclass(frozen=True, slots=True)
class Correct:
    """Set right what this recount found."""

    found: Recount
    actor: Actor


def correct(tx: Tx, wish: Correct) -> bool:
    """Add what was missing, and note who did it. False, and nothing is added, when somebody else did so after the recount."""
    number = audit.next_sequence(tx, FIGURES)
    if number != wish.found.corrections + 1:
        return False
    wrong = wish.found.wrong
    rollups.correct(tx, wrong)
    change = Change(None, "rollups_corrected", "rollups", FIGURES, number, None, None, f"{len(wrong)} figures")
    audit.record(tx, [(change, wish.actor)])
    return True
