"""How answers are printed: one JSON object a line for scripts, tables for people, CSV for an export without `--json`."""

from __future__ import annotations

import csv
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.backup import BackedUp, BackupLine
from cli.doctor import Check
from cli.imports import ImportedLine
from cli.keys import KeyLine, RotateLine
from cli.messages import Shown as MessageShown
from cli.payouts import PayoutShown
from cli.requisitions import SheetLine
from cli.setup import SetUpLine
from cli.suspense import AssignedLine, WaitingLine
from cli.templates import Shown as WordsShown
from cli.users import ChatLinkLine, LinkLine, UserLine
from cli.verify import Verified
from storage.listing import PaymentLine, PaymentShown, UnreadLine
from storage.redaction import redacted

Printer = Callable[[Sequence[Any]], None]
WIDE = 200
"""Columns when nobody's screen is at the other end: nothing is cut."""


def console(*, to_errors: bool = False) -> Console:
    stream = sys.stderr if to_errors else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else WIDE, highlight=False, markup=False)


async def as_json(items: AsyncGenerator[Any, None]) -> list[Any]:
    """Print each item when it comes, and hand back none of an export's millions: only the last."""
    last: list[Any] = []
    encode = msgspec.json.Encoder().encode
    async with aclosing(items):
        async for item in items:
            sys.stdout.write(encode(item).decode() + "\n")
            last = [item]
    sys.stdout.flush()
    return last


async def as_tables(items: AsyncGenerator[Any, None]) -> list[Any]:
    found = [item async for item in _shown_at_once(items)]
    if found:
        _PRINTERS.get(type(found[0]), _any)(found)
    else:
        console().print("nothing")
    return found


async def _shown_at_once(items: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """Hand items on; how far long work is goes to the screen when it is said, as a line."""
    to_screen = console(to_errors=True)
    async with aclosing(items):
        async for item in items:
            if isinstance(item, RotateLine):
                to_screen.print(f"{item.table}: {item.rows:,} of {item.of:,} rows, {item.resealed:,} sealed anew")
            if isinstance(item, BackupLine):
                to_screen.print(f"{item.table}: {item.rows:,} rows")
            yield item


async def as_csv(items: AsyncGenerator[Any, None]) -> list[Any]:
    """Payments for a spreadsheet. What it would run as a formula is made plain text."""
    writer = csv.writer(sys.stdout)
    writer.writerow(_CSV)
    last: list[Any] = []
    async with aclosing(items):
        async for one in items:
            applied = "; ".join(f"{part.account} {part.amount}" for part in one.applied)
            cells = [
                *(one.id, one.organisation, one.provider, one.method, one.receipt, one.receipt_number, one.amount),
                *(one.currency, one.reference, one.payer, one.status, applied, one.suspense),
                *(_moment(one.times.initiated), _moment(one.times.completed), one.times.value_on or ""),
            ]
            writer.writerow([_plain(cell) for cell in cells])
            last = [one]
    return last


_CSV = (
    *("id", "organisation", "provider", "method", "receipt", "receipt_number", "amount"),
    *("currency", "reference", "payer", "status", "applied", "suspense", "initiated", "completed", "value_on"),
)


def _plain(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


# --- tables -------------------------------------------------------------------------------------------------------------


def _table(*columns: str, right: Sequence[str] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return table


_COLOURS = {
    **dict.fromkeys(("completed", "ok", "done", "sent", "arrived"), "green"),
    **dict.fromkeys(("failed", "bad", "expired", "missing", "undelivered"), "red"),
    **dict.fromkeys(("initiated", "processing", "running", "warn", "unknown"), "yellow"),
}


def _coloured(word: str) -> Text:
    return Text(word, style=_COLOURS.get(word, ""))


def _money(minor_text: str, currency: str) -> str:
    whole, dot, coins = minor_text.partition(".")
    return f"{currency} {int(whole):,}{dot}{coins}"


def _payments(found: Sequence[PaymentLine]) -> None:
    columns = ("when (UTC)", "organisation", "receipt", "no", "amount", "payer", "reference", "status", "went to")
    table = _table(*columns, right=["amount"])
    for one in found:
        went = [f"{part.account} {part.amount}" for part in one.applied]
        if one.suspense.strip("0."):
            went.append(f"suspense {one.suspense}")
        table.add_row(
            _moment(one.times.completed or one.times.initiated),
            one.organisation,
            one.receipt or str(one.id),
            one.receipt_number or "",
            _money(one.amount, one.currency),
            one.payer,
            one.reference,
            _coloured(one.status),
            ", ".join(went),
        )
    console().print(table)


def _shown(found: Sequence[PaymentShown]) -> None:
    for one in found:
        _payments([one.payment])
        facts = _table("", "")
        facts.show_header = False
        for name, value in (
            ("id", str(one.payment.id)),
            ("method", f"{one.payment.provider} {one.payment.method}"),
            ("name", one.payer_name),
            ("typed", one.typed),
            ("prompt", one.provider_request_id and redacted(one.provider_request_id.encode())),
            ("failed because", one.fail_reason),
            ("follows", one.follows and str(one.follows)),
            ("asked again as", one.followed_by and str(one.followed_by)),
            ("told by", ", ".join(one.witnesses)),
        ):
            if value:
                facts.add_row(name, value)
        shares = _table("account", "settled", "amount", "decided by", "because", right=["amount"])
        for share in one.shares:
            shares.add_row(share.account, share.item or "credit", share.amount, share.strategy, share.reason)
        history = _table("when (UTC)", "state", "who", "from", "why", "trace")
        for step in one.history:
            history.add_row(_moment(step.at), _coloured(step.state), step.actor, step.origin, step.reason, step.trace)
        said = _table("when (UTC)", "", "what", "outcome", "detail", "ms", "said", right=["ms"])
        for exchange in one.exchanges:
            words = exchange.request + (f"\n→ {exchange.response}" if exchange.response else "")
            latency = "" if exchange.latency_ms is None else str(exchange.latency_ms)
            said.add_row(
                *(_moment(exchange.at), exchange.direction, exchange.operation, exchange.outcome, exchange.detail),
                *(latency, words),
            )
        for part in (facts, shares, history, said):
            if part.row_count:
                console().print(part)


def _messages(found: Sequence[MessageShown]) -> None:
    for one in found:
        _any([one.message])
        if one.text:
            console().print(one.text)
        if one.log:
            _any(one.log)
        console().print(f"trace {one.trace}")


def _words(found: Sequence[WordsShown]) -> None:
    for one in found:
        console().print(one.words)
        console().print(f"facts: {', '.join(one.facts)}; filters: {', '.join(one.filters)}")
        console().print(f"the standard text: {one.example}")
        if one.versions:
            _any(one.versions)


def _waiting(found: Sequence[WaitingLine]) -> None:
    table = _table(
        "since (UTC)", "organisation", "receipt", "amount", "typed", "payer", "name", "why", right=["amount"]
    )
    for one in found:
        table.add_row(
            *(_moment(one.since), one.organisation, one.receipt, _money(one.amount, one.currency), one.typed),
            *(one.payer, one.payer_name, one.reason),
        )
    console().print(table)


def _assigned(found: Sequence[AssignedLine]) -> None:
    for one in found:
        amount = _money(one.amount, one.currency)
        if one.approval is None:
            console().print(f"{amount} now belongs to {one.reference}.")
        else:
            console().print(f"{amount} to {one.reference} waits for somebody else's yes: approval {one.approval}.")


def _unread(found: Sequence[UnreadLine]) -> None:
    table = _table("when (UTC)", "provider", "what", "from", "why", "said")
    for one in found:
        table.add_row(_moment(one.at), one.provider, one.operation, one.address, one.detail, one.body)
    console().print(table)


def _users(found: Sequence[UserLine]) -> None:
    table = _table("organisation", "name", "user name", "role", "phone", "signs in", "chat")
    for one in found:
        table.add_row(one.organisation, one.name, one.user_name, one.role, one.phone, one.signs_in, one.chat)
    console().print(table)


def _links(found: Sequence[LinkLine]) -> None:
    for one in found:
        console().print(f"{one.user} enrols, once and until {_moment(one.until)} UTC, at\n  {one.link}")


def _chat_links(found: Sequence[ChatLinkLine]) -> None:
    for one in found:
        console().print(f"{one.user} opens the chat by this, once and until {_moment(one.until)} UTC:\n  {one.link}")


def _set_up(found: Sequence[SetUpLine]) -> None:
    for one in found:
        console().print(f"{one.organisation} is {'set up' if one.is_new else 'up to date'}.")
        for line in one.stays:
            console().print(f"  {line}")
        for when, policy in zip(("was", "now"), one.approvals, strict=False):
            console().print(f"  who approves {when}: {policy}")
        for account, url in one.hooks.items():
            console().print(f"  {account} calls {url}")


def _imported(found: Sequence[ImportedLine]) -> None:
    for one in found:
        if one.ignored:
            console().print(f"Not read: {', '.join(one.ignored)}.")
        if one.complaints:
            table = _table("line", "column", "what is wrong", right=["line"])
            for complaint in one.complaints:
                table.add_row(str(complaint.line or ""), complaint.column, complaint.reason)
            console().print(table)
            console().print(Text(f"Nothing was imported: {one.complained} mistakes.", style="red"))
            continue
        counts = (
            f"{one.students:,} new students, {one.corrected:,} corrected, {one.guardians:,} guardians, {one.classes:,} "
            f"classes, {one.balances:,} balances ({_money(one.owed, one.currency)} owed, "
            f"{_money(one.held, one.currency)} held)"
        )
        console().print(f"{'Imported' if one.is_done else 'Would import'}: {counts}.")


def _verified(found: Sequence[Verified]) -> None:
    for one in found:
        looked = f"{one.entries:,} entries, {one.payments:,} payments and {one.changes:,} changes, {one.sealed:,} of them sealed"
        if not one.findings:
            console().print(f"The books are whole: {looked}.")
        else:
            table = _table("table", "row", "what is wrong")
            for finding in one.findings:
                table.add_row(finding.table, finding.id, finding.what)
            console().print(table)
            console().print(Text(f"{len(one.findings)} findings in {looked}.", style="red"))
        if one.seal:
            console().print(f"Newest seal {one.seal}  (write it down elsewhere; `--anchor` asks for it later)")


def _checks(found: Sequence[Check]) -> None:
    table = _table("", "what", "is", "to do")
    for one in found:
        table.add_row(_coloured(one.state), one.name, one.text, one.advice)
    console().print(table)


def _keys(found: Sequence[KeyLine]) -> None:
    table = _table("key", "is", "values", "needed", "where", right=["values"])
    for one in found:
        needed = "yes" if one.needed else "no: it may be taken out of the configuration"
        table.add_row(one.key, _coloured(one.role), f"{one.values:,}", needed, "\n".join(one.where))
    console().print(table)
    if missing := [one.key for one in found if one.role == "missing"]:
        lost = f"Give {', '.join(missing)} in KARANI_SECRET_KEYS again: what rests on it cannot be read without it."
        console().print(Text(lost, style="red"))


def _rotated(found: Sequence[RotateLine]) -> None:
    last = {one.table: one for one in found}
    console().print(f"{sum(one.resealed for one in last.values()):,} values sealed anew under the first key.")
    if closed := sum(one.closed for one in last.values()):
        console().print(Text(f"{closed:,} open with no key that was given: `karani keys list`.", style="red"))


def _backed_up(found: Sequence[BackedUp | BackupLine]) -> None:
    for one in found:
        if isinstance(one, BackedUp):
            size = f"{one.rows:,} rows of {one.made_at:%Y-%m-%d %H:%M:%S} UTC in {one.bytes:,} bytes"
            console().print(f"{one.file} is written: {size}. Keep it elsewhere, and the secret key apart from it.")
            if one.seal:
                console().print(f"Newest seal {one.seal}  (write it down; `karani verify --anchor` asks for it)")


def _payouts(found: Sequence[PayoutShown]) -> None:
    for one in found:
        _any([one.payout])
        for steps in (one.history, one.exchanges):
            if steps:
                _any(steps)
        held = f"The provider's balance, as last told: {one.float}." if one.float else "The balance was never told."
        console().print(f"{held} {f'Halted: {one.halted}.' if one.halted else ''}".strip())


def _sheet(found: Sequence[SheetLine]) -> None:
    """The rows of a file of payments, and below them what they are together against what the fund can bear."""
    *rows, whole = found
    columns = ("line", "payee", "name", "amount", "purpose", "reason", "state", "problem", "number", "same as")
    table = _table(*columns, right=["line", "amount"])
    for one in rows:
        said = (one.payee, one.payee_name, one.amount, one.purpose, one.reason, _coloured(one.state))
        table.add_row(str(one.line), *said, one.problem, one.number, one.same_as)
    console().print(table)
    total, waits, bears = (_money(sum_, whole.currency) for sum_ in (whole.amount, whole.waiting, whole.spendable))
    verdict = "Too much: nothing of this file is taken." if whole.problem else ""
    console().print(
        f"To ask for: {total}. Asked for and not let go: {waits}. The fund can spend {bears}. {verdict}".strip()
    )


def _any(found: Sequence[Any]) -> None:
    """A row an item, a column a field: what most lists want."""
    names = found[0].__struct_fields__
    table = _table(*(name.replace("_", " ") for name in names), right=[name for name in names if name in _SUMS])
    for one in found:
        table.add_row(*map(_cell, msgspec.structs.astuple(one)))
    console().print(table)


_SUMS = frozenset(
    ("amount", "credit", "students", "issued", "looked_at", "expected", "charged", "wanted", "difference", "owed")
)


def _cell(value: Any) -> Text:
    if isinstance(value, dict):
        return Text(", ".join(f"{key} {each}" for key, each in value.items()))
    if isinstance(value, bool):
        return Text("yes" if value else "")
    if isinstance(value, datetime):
        return Text(_moment(value))
    if isinstance(value, list | tuple):
        return Text(", ".join(map(str, value)))
    return _coloured("" if value is None else str(value))


_PRINTERS: dict[type[Any], Printer] = {
    PaymentLine: _payments,
    PaymentShown: _shown,
    MessageShown: _messages,
    PayoutShown: _payouts,
    WordsShown: _words,
    WaitingLine: _waiting,
    AssignedLine: _assigned,
    UnreadLine: _unread,
    UserLine: _users,
    LinkLine: _links,
    ChatLinkLine: _chat_links,
    SetUpLine: _set_up,
    ImportedLine: _imported,
    Verified: _verified,
    Check: _checks,
    KeyLine: _keys,
    BackupLine: _backed_up,
    BackedUp: _backed_up,
    RotateLine: _rotated,
    SheetLine: _sheet,
}
