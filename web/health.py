"""For operators: is it alive, may it be given work, and what are its figures."""

from __future__ import annotations

import sqlalchemy as sa
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from core.errors import KaraniError
from storage import exchanges, outbox, suspense
from storage.tx import Tx
from usecases import payouts, prompts
from usecases.app import App
from web import metrics

STUCK_S = 30.0
"""A transaction takes milliseconds. One that takes this long waits for a disk or a lock that does not come."""


def routes(app: App) -> list[web.RouteDef]:
    async def healthz(_request: web.Request) -> web.Response:
        """The process runs."""
        return web.json_response({"status": "ok"})

    async def readyz(_request: web.Request) -> web.Response:
        """The database answers, and the writer lives and keeps up."""
        if app.writer.is_dead or app.writer.busy_s > STUCK_S:
            writer = "dead" if app.writer.is_dead else "stuck"
            return web.json_response({"status": "down", "writer": writer}, status=503)
        try:
            await app.read(_alive)
        except (KaraniError, sa.exc.SQLAlchemyError) as error:
            return web.json_response({"status": "down", "database": type(error).__name__}, status=503)
        waiting = app.writer.waiting
        busy = waiting > app.writer.queue_limit // 2
        return web.json_response(
            {"status": "busy" if busy else "ready", "writes_waiting": waiting}, status=503 if busy else 200
        )

    async def scraped(_request: web.Request) -> web.Response:
        """Prometheus' text. What is counted in the database keeps its last figure while that is down."""
        try:
            counted = await app.read(_count)
        except (KaraniError, sa.exc.SQLAlchemyError):
            metrics.DATABASE_UP.set(0)
        else:
            metrics.DATABASE_UP.set(1)
            for state, rows in counted.outbox.items():
                metrics.OUTBOX.labels(state).set(rows)
            metrics.SUSPENSE.set(counted.suspense)
            metrics.UNREAD.set(counted.unread)
            metrics.PROMPTS.set(counted.prompts)
            metrics.PAYOUTS.set(counted.payouts)
        metrics.WRITES_WAITING.set(app.writer.waiting)
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", scraped)]


def _alive(tx: Tx) -> None:
    tx.connection.execute(sa.select(sa.literal(1)))


class _Counted:
    def __init__(self, tx: Tx) -> None:
        self.outbox = outbox.counts(tx)
        self.suspense = suspense.count(tx)
        self.unread = exchanges.count_unread(tx)
        self.prompts = prompts.unresolved(tx)
        self.payouts = payouts.unresolved(tx)


def _count(tx: Tx) -> _Counted:
    return _Counted(tx)
