"""`karani verify`: do the books still say what was written?"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from storage import seals, verification
from storage.tx import Tx
from usecases.verification import Anchor, verify


class VerifyArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`anchor` is a seal as an earlier run printed it, `12:9f3c…`, kept outside of this machine."""

    anchor: Annotated[str, msgspec.Meta(pattern="^[0-9]{1,9}:([0-9a-f]{2})+$")] | None = None


class FindingLine(msgspec.Struct, frozen=True):
    """A row that is not as it should be."""

    table: str
    id: str
    what: str


class Verified(msgspec.Struct, frozen=True):
    """What was looked at, and what is wrong. `seal` is the newest one: written down elsewhere, it vouches for all of it."""

    entries: int
    payments: int
    changes: int
    sealed: int
    seal: str | None
    findings: list[FindingLine]


async def verify_books(opened: Opened, args: VerifyArgs, operator: Operator) -> AsyncGenerator[Verified, None]:
    """One consistent snapshot of everything, read to the end."""
    operator.require_system_user("verify")
    yield await opened.app.read(_verified, Anchor.parse(args.anchor) if args.anchor else None)


def _verified(tx: Tx, anchor: Anchor | None) -> Verified:
    findings = [FindingLine(one.table, one.id, one.what) for one in verify(tx, anchor)]
    extent, last = verification.extent(tx), seals.last(tx)
    seal = f"{last.number}:{last.hash.hex()}" if last else None
    return Verified(extent.entries, extent.payments, extent.changes, extent.sealed, seal, findings)


VERIFY = Command(VerifyArgs, Verified, verify_books, apart=True)
