"""The operator's commands by name. Each is one function, run in the same way by a serving process that is asked over its
socket and by a command line that opens the database itself.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import msgspec

from cli.operator import Operator
from cli.programme import Opened
from core.errors import NotFound

Run = Callable[[Opened, Any, Operator], AsyncGenerator[Any, None]]


@dataclass(frozen=True, slots=True)
class Command:
    """What can be asked. Its answer is a stream of items: values that mean the same as JSON, as rows and over the socket."""

    args: type[msgspec.Struct]
    item: type[msgspec.Struct]
    run: Run
    writes: bool = False
    apart: bool = False
    """Long and heavy, and it only reads: it opens the database itself and leaves a serving process in peace."""


_WHERE = {
    "payments.list": "cli.payments:LIST",
    "payments.show": "cli.payments:SHOW",
    "payments.move": "cli.payments:MOVE",
    "payments.again": "cli.payments:AGAIN",
    "payouts.list": "cli.payouts:LIST",
    "payouts.show": "cli.payouts:SHOW",
    "payouts.cancel": "cli.payouts:CANCEL",
    "payouts.resume": "cli.payouts:RESUME",
    "funds.list": "cli.funds:LIST",
    "funds.replenish": "cli.funds:REPLENISH",
    "funds.ledger": "cli.funds:LEDGER",
    "funds.reconcile": "cli.funds:RECONCILE",
    "requisitions.list": "cli.requisitions:LIST",
    "requisitions.ask": "cli.requisitions:ASK",
    "requisitions.import": "cli.requisitions:IMPORT",
    "requisitions.execute": "cli.requisitions:EXECUTE",
    "requisitions.withdraw": "cli.requisitions:WITHDRAW",
    "requisitions.again": "cli.requisitions:AGAIN",
    "requisitions.reconcile": "cli.requisitions:RECONCILE",
    "requisitions.variance": "cli.requisitions:VARY",
    "documents.receipt": "cli.documents:RECEIPT",
    "documents.invoice": "cli.documents:INVOICE",
    "documents.statement": "cli.documents:STATEMENT",
    "export.payments": "cli.payments:EXPORT",
    "suspense.list": "cli.suspense:LIST",
    "suspense.assign": "cli.suspense:ASSIGN",
    "refunds.list": "cli.refunds:LIST",
    "refunds.ask": "cli.refunds:ASK",
    "approvals.list": "cli.approvals:LIST",
    "approvals.code": "cli.approvals:CODE",
    "approvals.decide": "cli.approvals:DECIDE",
    "loans.list": "cli.loans:LIST",
    "loans.show": "cli.loans:SHOW",
    "loans.portfolio": "cli.loans:FIGURES",
    "loans.what-if": "cli.loans:WHAT_IF",
    "loans.products": "cli.loans:PRODUCTS",
    "loans.set": "cli.loans:SET_PRODUCTS",
    "loans.apply": "cli.loans:APPLY",
    "loans.give": "cli.loans:GIVE",
    "loans.send": "cli.loans:SEND",
    "loans.code": "cli.loans:CODE",
    "loans.call-off": "cli.loans:CALL_OFF",
    "loans.waive": "cli.loans:WAIVE",
    "loans.restructure": "cli.loans:RESTRUCTURE",
    "loans.write-off": "cli.loans:WRITE_OFF",
    "loans.officer": "cli.loans:OFFICER",
    "messages.list": "cli.messages:LIST",
    "messages.show": "cli.messages:SHOW",
    "messages.release": "cli.messages:RELEASE",
    "hooks.log": "cli.hooks:LOG",
    "texts.list": "cli.texts:LIST",
    "sms.try": "cli.sms:TRY",
    "templates.list": "cli.templates:LIST",
    "templates.show": "cli.templates:SHOW",
    "templates.preview": "cli.templates:PREVIEW",
    "templates.set": "cli.templates:SET",
    "unread.list": "cli.unread:LIST",
    "unread.reprocess": "cli.unread:REPROCESS",
    "jobs.list": "cli.jobs:LIST",
    "rollups.list": "cli.rollups:LIST",
    "rollups.check": "cli.rollups:CHECK",
    "rollups.rebuild": "cli.rollups:REBUILD",
    "enquiries.list": "cli.enquiries:LIST",
    "enquiries.close": "cli.enquiries:CLOSE",
    "providers.list": "cli.providers:LIST",
    "providers.register": "cli.providers:REGISTER",
    "providers.switch": "cli.providers:SWITCH",
    "providers.rekey": "cli.providers:REKEY",
    "providers.test": "cli.providers:TRY",
    "trace": "cli.trace:TRACE",
    "trail": "cli.trace:TRAIL",
    "users.list": "cli.users:LIST",
    "users.add": "cli.users:ADD",
    "users.roles": "cli.users:ROLES",
    "users.mail": "cli.users:MAIL",
    "users.token": "cli.users:TOKEN",
    "users.disable": "cli.users:DISABLE",
    "users.reset": "cli.users:RESET",
    "users.pin": "cli.users:PIN",
    "users.link": "cli.users:LINK",
    "users.unlink": "cli.users:UNLINK",
    "students.list": "cli.students:LIST",
    "students.add": "cli.students:ADD",
    "students.change": "cli.students:CHANGE",
    "students.leave": "cli.students:LEAVE",
    "students.guardian.add": "cli.students:ADD_GUARDIAN",
    "students.guardian.remove": "cli.students:REMOVE_GUARDIAN",
    "students.guardian.first": "cli.students:FIRST_GUARDIAN",
    "students.guardian.change": "cli.students:CHANGE_GUARDIAN",
    "import.students": "cli.imports:STUDENTS",
    "people.export": "cli.people:EXPORT",
    "people.mail": "cli.people:MAIL",
    "people.erase": "cli.people:ERASE",
    "backup": "cli.backup:BACKUP",
    "keys.list": "cli.keys:LIST",
    "keys.rotate": "cli.keys:ROTATE",
    "fees.terms": "cli.fees:TERMS",
    "fees.term.open": "cli.fees:OPEN_TERM",
    "fees.term.change": "cli.fees:CHANGE_TERM",
    "fees.classes": "cli.fees:CLASSES",
    "fees.class.add": "cli.fees:ADD_CLASS",
    "fees.class.change": "cli.fees:CHANGE_CLASS",
    "fees.show": "cli.fees:SHOW",
    "fees.set": "cli.fees:SET",
    "fees.grants": "cli.fees:GRANTS",
    "fees.grant": "cli.fees:GRANT",
    "fees.ungrant": "cli.fees:RETIRE_GRANT",
    "fees.siblings": "cli.fees:SIBLINGS",
    "fees.run": "cli.fees:RUN",
    "fees.runs": "cli.fees:RUNS",
    "fees.correct": "cli.fees:CORRECT",
    "fees.arrears": "cli.arrears:LIST",
    "fees.chasing": "cli.arrears:CHASING",
    "fees.remind": "cli.arrears:REMIND",
    "fees.promises": "cli.agreements:PROMISES",
    "fees.promise": "cli.agreements:PROMISE",
    "fees.plans": "cli.agreements:PLANS",
    "fees.split": "cli.agreements:SPLIT",
    "fees.plan": "cli.agreements:PLAN",
    "setup": "cli.setup:SETUP",
    "verify": "cli.verify:VERIFY",
    "doctor": "cli.doctor:DOCTOR",
}
"""Imported when first asked for: a command line that starts fast loads one of them."""
NAMES = tuple(_WHERE)


def command(name: str) -> Command:
    if name not in _WHERE:
        raise NotFound("command", name[:40])
    module, _, constant = _WHERE[name].partition(":")
    found: Command = getattr(import_module(module), constant)
    return found
