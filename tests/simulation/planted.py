"""Does the proof bite? Defects of the kinds that real systems had, each planted in a copy of the program, one at a time.

`python -m tests.simulation.planted` plants all and prints which seed and which law caught which. Nothing of this is in the
program: a defect is a piece of its text and what a tired programmer might have written instead.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HOUSE = Path(__file__).parents[2]
SEEDS = (1, 2)
BUDGET_S = 900


@dataclass(frozen=True, slots=True)
class Defect:
    """`old` stands once in `file`; with `new` in its place the program is wrong in a way that its name says."""

    name: str
    file: str
    old: str
    new: str


DEFECTS: tuple[Defect, ...] = (
    Defect(
        "a coin told twice is credited twice",
        "usecases/collection.py",
        "    if known := books.known.get(key):\n",
        "    if (known := books.known.get(key)) and notice.witness.value == 'none':\n",
    ),
    Defect(
        "answered before it is stored",
        "web/mpesa.py",
        "            recorded = await app.write(record_arrivals, Arrival(news, call.raw, call.address, call.trace))\n"
        '            call.outcome = "credited" if recorded.is_new else "known"\n',
        "            app.writer.put(record_arrivals, Arrival(news, call.raw, call.address, call.trace))\n"
        '            call.outcome = "credited"\n',
    ),
    Defect(
        "an expired prompt eats its late callback",
        "core/payments.py",
        "    Status.EXPIRED: frozenset({Status.COMPLETED, Status.FAILED}),",
        "    Status.EXPIRED: frozenset({Status.FAILED}),",
    ),
    Defect(
        "a failed prompt eats its late money",
        "core/payments.py",
        "    Status.FAILED: frozenset({Status.COMPLETED}),",
        "    Status.FAILED: frozenset(),",
    ),
    Defect(
        "the hold of a paid prompt stays",
        "usecases/collection.py",
        "    holds.end(tx, [payment.id for _, payment in work.completed], HoldState.SETTLED)\n",
        "",
    ),
    Defect(
        "the hold of a failed prompt stays",
        "usecases/prompts.py",
        "    holds.end(tx, [payment.id], HoldState.EXPIRED if status is Status.EXPIRED else HoldState.RELEASED)\n",
        "",
    ),
    Defect(
        "a failure takes back money that came",
        "usecases/prompts.py",
        "    ends = stored is not None and notice.final and stored.payment.status in WAITING\n",
        "    ends = stored is not None and notice.final\n",
    ),
    Defect(
        "quiet hours are ignored",
        "core/preferences.py",
        "    until = quiet.end_of(now, zone)\n",
        "    until = None\n",
    ),
    Defect(
        "quiet hours by the clock of Greenwich",
        "core/preferences.py",
        "        local = moment.astimezone(zone)\n",
        "        local = moment\n",
    ),
    Defect(
        "STOP is ignored",
        "core/preferences.py",
        "    if (topic, channel) in stopped:\n",
        "    if (topic, channel) in stopped and zone is None:\n",
    ),
    Defect(
        "a text whose answer was lost is sent again",
        "storage/outbox.py",
        '            return id_, "unknown", 0, None, error, None\n',
        '            return id_, "pending", 0, tx.now, error, None\n',
    ),
    Defect(
        "a receipt's number is skipped",
        "usecases/collection.py",
        "        following[one.payment.organisation] += 1\n",
        "        following[one.payment.organisation] += 2\n",
    ),
    Defect(
        "what waits without an owner is not noted",
        "usecases/collection.py",
        "            if credited.placement.suspense is not None\n        ],\n",
        "            if credited.placement.suspense is not None and credited.payment.payer_contact\n        ],\n",
    ),
    Defect(
        "a hop that is repeated asks the phone again",
        "usecases/prompts.py",
        "    if used := store.of_intent(tx, wish.organisation, wish.intent):\n",
        "    if used := store.of_intent(tx, wish.organisation, wish.intent + 'x'):\n",
    ),
    Defect(
        "the trail forgets credited coins",
        "usecases/collection.py",
        "    audit.record(tx, work.changes)\n",
        "    audit.record(tx, work.changes[1:])\n",
    ),
    Defect(
        "an overpayment of a few shillings is dropped",
        "core/application.py",
        "    if left:\n        applied.append(Application(account.id, None, left, strategy, reason))\n",
        "    if left.minor > 100_00:\n        applied.append(Application(account.id, None, left, strategy, reason))\n",
    ),
    Defect(
        "an item takes more than it is owed",
        "core/application.py",
        "        taken = min(left, item.outstanding)\n",
        "        taken = left\n",
    ),
    Defect(
        "the payer's sum is believed, not M-Pesa's",
        "usecases/collection.py",
        "        amount=notice.amount,\n        receipt=notice.receipt,\n        value_on=value_on,\n",
        "        amount=asked.amount - asked.amount + notice.amount + notice.amount,\n"
        "        receipt=notice.receipt,\n        value_on=value_on,\n",
    ),
    Defect(
        "the schedule sleeps: what callbacks lose is never pulled",
        "jobs/schedule.py",
        "            for job in self.jobs:\n                after",
        "            for job in self.jobs[:1]:\n                after",
    ),
    Defect(
        "a warning leaves although it was paid meanwhile",
        "usecases/arrears.py",
        "    if not meant or now.is_promised(account):\n        return None\n",
        "    if not meant or now.is_promised(account):\n        return message\n",
    ),
    Defect(
        "figures of days forget what stood before",
        "storage/payments.py",
        "rollups.fold(tx, [rollups.left(before), rollups.entered(after)])",
        "rollups.fold(tx, [rollups.entered(after)])",
    ),
    Defect(
        "nobody asks what became of a prompt",
        "usecases/prompts.py",
        "    return store.questions(tx, until=tx.now, limit=limit)\n",
        "    return []\n",
    ),
)


@contextmanager
def planted(defect: Defect) -> Iterator[Path]:
    """A copy of the house with this defect in it."""
    with tempfile.TemporaryDirectory(prefix="karani-planted-") as folder:
        copy = Path(folder) / "house"
        ignored = shutil.ignore_patterns(".*", "__pycache__", "tests", "docs", "bench", "*.db*")
        shutil.copytree(HOUSE, copy, ignore=ignored)
        path = copy / defect.file
        text = path.read_text()
        if text.count(defect.old) != 1:
            raise ValueError(f"{defect.name}: its place in {defect.file} is not what it was")
        path.write_text(text.replace(defect.old, defect.new))
        yield copy


def caught(defect: Defect, *, seeds: Sequence[int] = SEEDS, students: int = 16) -> tuple[int, str] | None:
    """The first seed whose story breaks a law, with that law; None when nobody notices."""
    with planted(defect) as house:
        for seed in seeds:
            words = f"simulate --seed {seed} --students {students} --organisations 2 --faults many --no-shorter --json".split()
            done = subprocess.run(
                [sys.executable, "main.py", *words],
                cwd=house,
                env={name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")},
                capture_output=True,
                text=True,
                timeout=BUDGET_S,
                check=False,
            )
            if done.returncode == 3:
                return seed, str(json.loads(done.stdout)["broken"][0]).splitlines()[0]
            if done.returncode != 0:
                return seed, f"the program ended with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}"
    return None


def main(names: Sequence[str]) -> int:
    """Plant all, or those whose names hold one of `names`; 1 when one was missed."""
    missed = 0
    for defect in DEFECTS:
        if names and not any(name in defect.name for name in names):
            continue
        found = caught(defect)
        missed += found is None
        told = f"seed {found[0]}: {found[1]}" if found else "MISSED"
        sys.stdout.write(f"{defect.name}\n    {told}\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
