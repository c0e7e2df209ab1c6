"""`karani doctor`: is everything in place? Each line says ok, warn or bad, and what to do."""

from __future__ import annotations

import shutil
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
import sqlalchemy as sa

from cli.operator import Operator
from cli.programme import Opened
from cli.registry import Command
from core.errors import KaraniError
from core.organisations import GATEWAYS
from storage import chats, exchanges, organisations, outbox, schema, seals, suspense, templates
from storage.organisations import Connection
from storage.tables import changes
from storage.tx import Tx
from usecases import prompts

State = Literal["ok", "warn", "bad"]


class DoctorArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. `advice` is empty when it is ok."""

    name: str
    state: State
    text: str
    advice: str = ""


LEAST_FREE_MB, FEW_FREE_MB = 200, 2_000
FAR_OFF = timedelta(minutes=2)
A_SEAL_IS_DUE = timedelta(hours=1)
SHORTEST_SHOWN = 4


async def look(opened: Opened, args: DoctorArgs, operator: Operator) -> AsyncGenerator[Check, None]:
    """Of an opened program. What keeps it from opening is said by who called."""
    operator.require_system_user("doctor")
    app, now = opened.app, opened.app.clock.now()
    for check in await app.read(_database):
        yield check
    yield _disk(shutil.disk_usage(opened.config.data_dir).free // 1_000_000)
    for check in await app.read(_moments, now):
        yield check
    for check in await app.read(_work):
        yield check
    found = await app.read(organisations.all_organisations)
    if not found:
        yield Check("organisations", "warn", "none", "describe one in a file and run `karani setup FILE.toml`")
    connections = await app.read(organisations.connections)
    for organisation in found:
        mine = [connection for connection in connections if connection.account.organisation == organisation.id]
        for check in _organisation(organisation.slug, mine, opened.config.public_url):
            yield check


def _database(tx: Tx) -> list[Check]:
    kind = tx.connection.dialect.name
    version, missing = schema.version(tx.connection), schema.trigger_names(kind) - schema.triggers(tx.connection)
    checks = [Check("database", "ok", f"{kind}, at version {version}")]
    if version != schema.REVISION:
        checks = [
            Check("database", "bad", f"{kind}, at {version} instead of {schema.REVISION}", "run `karani migrate`")
        ]
    if missing:
        text = f"{len(missing)} missing or altered: {', '.join(sorted(missing)[:3])}"
        checks.append(Check("append-only triggers", "bad", text, "run `karani verify`, then `karani migrate`"))
    else:
        checks.append(Check("append-only triggers", "ok", f"{len(schema.trigger_names(kind))} in place"))
    try:
        connections = organisations.connections(tx)
        checks.append(Check("vault", "ok", f"opens, with the credentials of {len(connections)} accounts"))
    except KaraniError as error:
        advice = "give the key that sealed them in KARANI_SECRET_KEYS, after the newest one"
        checks.append(Check("vault", "bad", f"credentials do not open: {error}", advice))
    return checks


def _disk(free_mb: int) -> Check:
    text = f"{free_mb:,} MB free in the data folder"
    if free_mb < LEAST_FREE_MB:
        return Check("disk", "bad", text, "make room now: without it payments cannot be stored")
    return Check("disk", "warn" if free_mb < FEW_FREE_MB else "ok", text, "make room" if free_mb < FEW_FREE_MB else "")


def _moments(tx: Tx, now: datetime) -> list[Check]:
    """Our clock against what is written already, and against the database server's."""
    newest = tx.connection.scalar(sa.select(changes.c.at).order_by(changes.c.id.desc()).limit(1))
    advice = "set the clock of this machine (NTP)"
    checks = [Check("clock", "ok", f"{now:%Y-%m-%d %H:%M:%S} UTC")]
    if newest is not None and newest > now + FAR_OFF:
        checks = [
            Check("clock", "bad", f"{now:%Y-%m-%d %H:%M} UTC, but the books go up to {newest:%Y-%m-%d %H:%M}", advice)
        ]
    elif tx.is_postgresql:
        theirs: datetime = tx.connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
        if abs(theirs.astimezone(UTC) - now) > FAR_OFF:
            checks = [Check("clock", "warn", f"the database server's differs by {theirs - now}", advice)]
    last = seals.last(tx)
    waiting = seals.unsealed(tx, most=1)
    is_late = bool(waiting.entries or waiting.changes) and (last is None or now - last.sealed_at > A_SEAL_IS_DUE)
    text = f"the newest is {last.number}, of {last.sealed_at:%Y-%m-%d %H:%M} UTC" if last else "none yet"
    checks.append(
        Check("seals", "warn", text, "rows wait to be sealed: is a `karani serve` with its workers running?")
        if is_late
        else Check("seals", "ok", text)
    )
    return checks


def _work(tx: Tx) -> list[Check]:
    """What waits for a person."""
    rows = outbox.counts(tx)
    unknown, failed = rows.get("unknown", 0), rows.get("failed", 0)
    text = ", ".join(f"{count} {state}" for state, count in sorted(rows.items())) or "empty"
    if unknown or failed:
        advice = "unknown ones may have been sent: ask the gateway; failed ones were not sent (see `last_error`)"
        checks = [Check("outbox", "warn", text, advice)]
    else:
        checks = [Check("outbox", "ok", text)]
    for name, count, advice in (
        (
            "own words",
            templates.fallen_back(tx, None, since=tx.now - timedelta(days=7)),
            "texts of this week went out in the standard words, as the organisation's could not be used: `karani templates list`",
        ),
        ("unread callbacks", exchanges.count_unread(tx), "look at them with `karani unread list`: they may be money"),
        (
            "prompts",
            prompts.unresolved(tx),
            "paid or not is unknown for over an hour: look at the provider's statement",
        ),
        (
            "chat updates",
            chats.failed_updates(tx),
            "were told by Telegram, and our own work on them broke: see the log; whoever wrote may write again",
        ),
        ("suspense", suspense.count(tx), "see `karani suspense list`, give it with `karani suspense assign`"),
    ):
        checks.append(Check(name, "warn" if count else "ok", f"{count} waiting", advice if count else ""))
    return checks


def _organisation(slug: str, connections: list[Connection], public_url: str) -> list[Check]:
    checks = []
    rails = [one for one in connections if one.account.provider not in GATEWAYS]
    codes = connections[0].service_codes if connections else ()
    if not rails:
        checks.append(Check(slug, "bad", "no account where money can arrive", "add one and run `karani setup` again"))
    if all(one in rails or one.account.provider == chats.PROVIDER for one in connections):
        checks.append(Check(slug, "warn", "no gateway: nobody gets a receipt by SMS", "add one and run `karani setup`"))
    if not codes:
        checks.append(
            Check(slug, "warn", "no service code: nobody can dial in", "add one and run `karani setup` again")
        )
    else:
        checks.append(Check(slug, "ok", f"answers on {', '.join(codes)}"))
    for one in connections:
        account = one.account
        checks.append(_account(f"{slug} {account.provider} {account.shortcode}", one, public_url))
    return checks


def _account(name: str, connection: Connection, public_url: str) -> Check:
    url = hook_url(public_url, connection.hook_key)
    text = f"{connection.account.environment}, {url}"
    empty = [key for key, value in connection.credentials.items() if not value]
    if not connection.credentials or empty:
        return Check(name, "warn", text, f"no credentials{' for ' + ', '.join(empty) if empty else ''}: `karani setup`")
    if connection.account.environment == "production" and not public_url.startswith("https://"):
        return Check(name, "bad", text, "providers call https:// addresses only: set KARANI_PUBLIC_URL")
    return Check(name, "ok", text)


def hook_url(public_url: str, key: str, *, clear: bool = False) -> str:
    """Where a provider calls us. Its key is what makes a callback believable, so it is shown only when asked for."""
    return f"{public_url}/hooks/{key if clear else key[:SHORTEST_SHOWN] + '***'}/"


DOCTOR = Command(DoctorArgs, Check, look)
