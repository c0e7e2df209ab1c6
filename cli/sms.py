"""`karani sms try`: how a text would be understood, and why. Reads nothing and changes nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.sms.reading import read


class TryArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(max_length=1_000)]


class ReadLine(msgspec.Struct, frozen=True):
    """What the text says. `certain`: done at once; else it is asked about first."""

    intent: str
    amount: int | None
    cents: int
    reference: str
    others: list[str]
    day: str
    language: str | None
    certain: bool
    why: list[str]


async def try_text(opened: Opened, args: TryArgs, operator: Operator) -> AsyncGenerator[ReadLine, None]:
    """As the parser reads it, without knowing who writes and what is in the books."""
    found = read(args.text)
    yield ReadLine(
        intent=found.intent.value,
        amount=found.amount,
        cents=found.cents,
        reference=found.reference,
        others=list(found.others),
        day=str(found.day or ""),
        language=found.language,
        certain=found.certain,
        why=list(found.why),
    )


TRY = Command(TryArgs, ReadLine, try_text)
