"""Rotating the secret keys while payments arrive: each sealed value is sealed anew under the newest key (SEC-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.permissions import Actor
from storage import audit, rotation
from storage.audit import Change
from storage.rotation import Value
from storage.tx import Tx

VAULT = UUID(int=1)
"""The vault, as a subject of the audit trail."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What became of some values. `closed` ones open with no key that we were given."""

    done: int
    closed: int


def reseal(tx: Tx, values: Sequence[Value]) -> Resealed:
    """Safe to repeat, and beside anything: a value that changed since it was read is passed over."""
    return Resealed(*rotation.reseal(tx, values))


@dataclass(frozen=True, slots=True)
class Rotated:
    """A rotation has come to its end."""

    values: int
    actor: Actor


def note_rotation(tx: Tx, done: Rotated) -> None:
    """Who rotated, when, onto which key."""
    reason = f"{done.values} values sealed anew"
    change = Change(
        None, "keys_rotated", "vault", VAULT, audit.next_sequence(tx, VAULT), None, tx.vault.keys[0], reason
    )
    audit.record(tx, [(change, done.actor)])
