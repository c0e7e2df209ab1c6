"""Answered before it is stored, neighbours punished, work left undone, trails and seals with holes."""

from tests.simulation.defects.defect import Defect

_WRITER = "storage/writer.py"

MACHINE = (
    Defect(
        "answered before it is stored",
        "acknowledged before commit",
        "was acknowledged",
        "web/mpesa.py",
        "            recorded = await app.write(record_arrivals, Arrival(news, call.raw, call.address, call.trace))\n"
        '            call.outcome = "credited" if recorded.is_new else "known"\n',
        "            app.writer.put(record_arrivals, Arrival(news, call.raw, call.address, call.trace))\n"
        '            call.outcome = "credited"\n',
    ),
    Defect(
        "the writer answers before it commits",
        "acknowledged before commit",
        "was acknowledged",
        _WRITER,
        "            self._before_commit()\n",
        "            set_results(orders)\n            self._before_commit()\n",
    ),
    Defect(
        "a use case that shares its commit is forgotten",
        "update lost",
        "was acknowledged",
        _WRITER,
        "            for use_case, group in _grouped(orders):\n",
        "            for use_case, group in _grouped(orders)[:1]:\n",
    ),
    Defect(
        "a daily run that was cut is never made up for",
        "work lost with its worker",
        "did not run for",
        "core/schedule.py",
        "    return run.state is not RunState.DONE and run.until <= now and run.attempts < MOST_ATTEMPTS\n",
        "    return False\n",
    ),
    Defect(
        "what was due during a power cut is passed over",
        "work lost with its worker",
        "did not run for",
        "jobs/schedule.py",
        "                after = max(plan.last.get((job.name, organisation.id), created_at), now - LOOKS_BACK)\n",
        "                after = max(plan.last.get((job.name, organisation.id), created_at), now - LOOKS_BACK / 76_800)\n",
    ),
    Defect(
        "daily work is due by the clock of Greenwich",
        "time-zone slip",
        "was due at",
        "jobs/schedule.py",
        "    return CronTrigger.from_crontab(when, timezone=time_zone)\n",
        '    return CronTrigger.from_crontab(when, timezone="UTC" if time_zone else time_zone)\n',
    ),
    Defect(
        "the schedule sleeps: what callbacks lose is never pulled",
        "work lost with its worker",
        "did not run for",
        "jobs/schedule.py",
        "            for job in self.jobs:\n                after",
        "            for job in self.jobs[:1]:\n                after",
    ),
    Defect(
        "the trail forgets credited coins",
        "trail with a hole",
        "its history",
        "usecases/collection.py",
        "    audit.record(tx, work.changes)\n",
        "    audit.record(tx, work.changes[1:])\n",
    ),
    Defect(
        "the trail says that a payment was new which had waited",
        "trail with a hole",
        "its next change begins",
        "usecases/collection.py",
        "        before = asked.payment.status\n",
        "        before = None\n",
    ),
    Defect(
        "an entry of many lines loses its signs",
        "wrong sum",
        "trial balance",
        "storage/ledger.py",
        "        lines = [(account.id, minor) for account, minor in entry.postings]\n",
        "        lines = [(account.id, minor) for account, minor in entry.postings]\n"
        "        lines = lines if len(lines) < 3 else [(account, abs(minor)) for account, minor in lines]\n",
    ),
    Defect(
        "the trail is not sealed",
        "seal that proves nothing",
        "are not sealed",
        "usecases/sealing.py",
        "            *((id_, seals.CHANGE, changes[id_.hex]) for id_ in waiting.changes),\n",
        "            *((id_, seals.CHANGE, changes[id_.hex]) for id_ in waiting.changes[:0]),\n",
    ),
    Defect(
        "a seal forgets its first row",
        "seal that proves nothing",
        "seal",
        "usecases/sealing.py",
        "            *((id_, seals.ENTRY, entries[id_.hex]) for id_ in waiting.entries),\n",
        "            *((id_, seals.ENTRY, entries[id_.hex]) for id_ in waiting.entries[1:]),\n",
    ),
    Defect(
        "a worker's lease ends before its call can",
        "unknown outcome tried again",
        "are sending after",
        "usecases/messages.py",
        "LEASE = timedelta(seconds=60)\n",
        "LEASE = timedelta(seconds=-1)\n",
    ),
    Defect(
        "the token of the morning is used all day",
        "session never renewed",
        "never came",
        "providers/mpesa/client.py",
        "            await self._token.refused(token)\n",
        "            continue\n",
    ),
)
