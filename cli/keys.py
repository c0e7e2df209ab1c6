"""The secret keys: what still rests on each, and sealing everything anew under the newest (SEC-2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from typing import Literal

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import Overloaded
from storage import rotation
from storage.rotation import Place, Value
from storage.tx import Tx
from usecases.app import App
from usecases.rotation import Resealed, Rotated, note_rotation, reseal

ROWS, VALUES = 200, 50
"""Rows read at once, and values written in one transaction: payments that wait for it do not notice."""
BREATH_S = 0.2
"""How long the rotation waits when payments need all of the writer."""


class KeysArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class KeyLine(msgspec.Struct, frozen=True):
    """One key, known by its id. `missing`: values rest on it, and it was not given."""

    key: str
    role: Literal["seals", "opens", "missing"]
    values: int
    needed: bool
    where: list[str]


class RotateLine(msgspec.Struct, frozen=True):
    """How far a rotation is in one table; the last line of a table has `rows` equal to `of`, or more when it grew."""

    table: str
    rows: int
    of: int
    resealed: int
    closed: int
    """Values that no key opens: see `karani keys list`."""


async def list_keys(opened: Opened, args: KeysArgs, operator: Operator) -> AsyncGenerator[KeyLine, None]:
    """Every key that was given, and every other one that something rests on. Counts each value there is."""
    operator.require_system_user("keys")
    resting: dict[str, Counter[str]] = {}
    for place in rotation.places():
        for column in place.sealed:
            for key, count in (await opened.app.read(rotation.resting, column)).items():
                resting.setdefault(key, Counter())[f"{place.table.name}.{column.name}"] += count
    given = await opened.app.read(_given)
    for key in (*given, *sorted(resting.keys() - set(given))):
        found = resting.get(key, Counter[str]())
        role: Literal["seals", "opens", "missing"] = (
            "missing" if key not in given else "seals" if key == given[0] else "opens"
        )
        where = [f"{name} {count}" for name, count in found.most_common()]
        yield KeyLine(key, role, found.total(), role == "seals" or bool(found), where)


def _given(tx: Tx) -> tuple[str, ...]:
    return tx.vault.keys


async def rotate_keys(opened: Opened, args: KeysArgs, operator: Operator) -> AsyncGenerator[RotateLine, None]:
    """A page at a time, beside payments. Cut off, it is started again and passes quickly over what is done."""
    operator.require_system_user("keys")
    total = 0
    for place in rotation.places():
        line = RotateLine(str(place.table.name), 0, await opened.app.read(rotation.rows_of, place), 0, 0)
        shown = 0
        async for further in _pages(opened.app, place, line):
            line = further
            if line.rows - shown >= 20 * ROWS:
                yield line
                shown = line.rows
        if line.rows:
            yield line
        total += line.resealed
    await opened.app.write(note_rotation, Rotated(total, operator.actor))


async def _pages(app: App, place: Place, line: RotateLine) -> AsyncGenerator[RotateLine, None]:
    end = None
    while True:
        page = await app.read(rotation.page, place, end, most=ROWS)
        if page.end is None:
            return
        done = closed = 0
        for at in range(0, len(page.old), VALUES):
            became = await _resealed(app, page.old[at : at + VALUES])
            done, closed = done + became.done, closed + became.closed
        end = page.end
        rows = line.rows + page.rows  # what came meanwhile is looked at too
        line = RotateLine(line.table, rows, max(line.of, rows), line.resealed + done, line.closed + closed)
        yield line


async def _resealed(app: App, values: tuple[Value, ...]) -> Resealed:
    """Payments come first: while the queue is full, the rotation waits."""
    while True:
        try:
            return await app.write(reseal, values)
        except Overloaded:
            await app.clock.sleep(BREATH_S)


LIST = Command(KeysArgs, KeyLine, list_keys, apart=True)
ROTATE = Command(KeysArgs, RotateLine, rotate_keys, writes=True)
