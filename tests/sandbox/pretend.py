"""A school's books, phones and moods in memory: enough of a world for the sandbox page to be tested and drawn against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from core.errors import NotFound
from core.phones import Msisdn
from core.ports import Clock
from runtime.clock import SystemClock
from runtime.tasks import Background
from sandbox import books, school

START = datetime(2026, 10, 6, 7, 14, tzinfo=UTC)
GATEWAY = "KIVULI"
PAYEE = "KIVULI HILL SCHOOL"

T = TypeVar("T", books.EntryCard, books.EventLine)


@dataclass
class Phone:
    """What one handset shows."""

    text: str = ""
    open: bool = False
    step: str = ""
    child: str = ""
    sms: list[dict[str, Any]] = field(default_factory=list)
    prompts: list[dict[str, Any]] = field(default_factory=list)


class PretendWorld:
    """Books, Handsets and Moods in one, speaking English only and knowing one flow: choose a child, pay all or a sum."""

    def __init__(self, clock: Clock, *, prompt_after_s: float = 1.0) -> None:
        self.clock, self.prompt_after_s = clock, prompt_after_s
        self.background = Background()
        self.plan = school.kivuli_hill(clock.now())
        self.phones: dict[str, Phone] = {}
        self.moods: dict[str, dict[str, Any]] = {"mpesa": {}, "africastalking": {}}
        self.entries: list[books.EntryCard] = []
        self.happened: list[books.EventLine] = []
        self.float = self.suspense = self.credit = 0
        self.owed = {
            student.number: self.plan.class_of(student).fee.minor
            for family in self.plan.families
            for student in family.students
        }
        self.credits: dict[str, int] = {}
        self.numbers = 0
        self.receivable_billed = sum(self.owed.values())
        for paid in self.plan.payments:
            self._post(paid.reference, paid.amount.minor, paid.receipt, f"opening-{paid.receipt}", paid.paid_at)

    # --- Books ---

    async def world(self) -> books.World:
        plan = self.plan
        people = [
            books.Person(
                who.msisdn.digits,
                who.name,
                who.about,
                plan.name,
                who.language,
                "KES",
                2,
                sum(self.owed[number] for number in self._children(who.msisdn)),
                sum(self.credits.get(number, 0) for number in self._children(who.msisdn)),
                self._children(who.msisdn),
            )
            for who in plan.characters
        ]
        accounts = [
            books.Account(
                student.number,
                student.name,
                family.guardians[0].msisdn.digits,
                self.owed[student.number],
                student.class_name,
                [guardian.msisdn.digits for guardian in family.guardians],
                self.credits.get(student.number, 0),
            )
            for family in plan.families
            for student in family.students
        ]
        organisation = books.Organisation(
            plan.name, plan.kind, plan.country, "KES", 2, plan.ussd_code, plan.shortcode, {}, accounts
        )
        return books.World([organisation], people)

    async def recent(self, after: str | None, limit: int) -> Sequence[books.EntryCard]:
        return _next(self.entries, after, limit)

    async def events(self, after: str | None, limit: int) -> Sequence[books.EventLine]:
        return _next(self.happened, after, limit)

    async def totals(self) -> Sequence[books.BalanceLine]:
        receivable = sum(self.owed.values())
        trial = self.float + receivable - self.credit - self.suspense - self.receivable_billed
        lines: list[tuple[books.BalanceKind, str, int]] = [
            ("float", "M-Pesa float", self.float),
            ("receivable", "Fees owed", receivable),
            ("credit", "Held as credit", self.credit),
            ("suspense", "In suspense", self.suspense),
            ("trial", "Trial balance", trial),
        ]
        return [books.BalanceLine(kind, name, "KES", 2, minor) for kind, name, minor in lines]

    # --- Handsets ---

    def view(self, msisdn: Msisdn) -> Mapping[str, Any]:
        phone = self._phone(msisdn)
        screen = {"text": phone.text, "open": phone.open}
        return {"screen": screen, "sms": list(phone.sms), "prompts": list(phone.prompts)}

    async def dial(self, msisdn: Msisdn, code: str) -> Mapping[str, Any]:
        phone = self._phone(msisdn)
        if code != self.plan.ussd_code:
            phone.text, phone.open = "Connection problem or invalid MMI code.", False
        elif not self._children(msisdn):
            phone.text, phone.open, phone.step = f"{self.plan.name}\nEnter the student's number:", True, "number"
        else:
            phone.text, phone.open, phone.step = self._home(msisdn), True, "child"
        return self.view(msisdn)

    async def hang_up(self, msisdn: Msisdn) -> Mapping[str, Any]:
        phone = self._phone(msisdn)
        phone.text, phone.open = "", False
        return self.view(msisdn)

    async def key(self, msisdn: Msisdn, text: str) -> Mapping[str, Any]:
        phone, typed = self._phone(msisdn), text.strip().upper()
        if not phone.open:
            return self.view(msisdn)
        if phone.step == "child":
            children = self._children(msisdn)
            if typed.isdigit() and 0 < int(typed) <= len(children):
                self._choose(phone, children[int(typed) - 1])
            else:
                phone.text = "Not one of the choices.\n" + self._home(msisdn)
        elif phone.step == "number":
            if typed in self.owed:
                self._choose(phone, typed)
            else:
                phone.text = "No such number.\nEnter the student's number:"
        elif phone.step == "pay":
            if typed == "2":
                phone.text, phone.step = "Amount to pay, KSh:\n0 Back", "amount"
            elif typed == "1":
                self._prompt(msisdn, phone, max(self.owed[phone.child], 100))
            else:
                phone.text, phone.open = "Goodbye.", False
        elif typed.isdigit() and int(typed):
            self._prompt(msisdn, phone, int(typed) * 100)
        return self.view(msisdn)

    async def text(self, msisdn: Msisdn, to: str, text: str) -> Mapping[str, Any]:
        self._sms(msisdn, f"We read only STOP and START yet, not {text[:40]!r}.")
        return self.view(msisdn)

    async def answer(self, msisdn: Msisdn, prompt: str, answer: str) -> Mapping[str, Any]:
        phone = self._phone(msisdn)
        asked = next((each for each in phone.prompts if each["id"] == prompt), None)
        if asked is None:
            raise NotFound("prompt", prompt)
        phone.prompts.remove(asked)
        if answer == "pin":
            self._paid(msisdn, asked["reference"], int(asked["amount"]) * 100, f"t{prompt}")
        return self.view(msisdn)

    async def paybill(self, msisdn: Msisdn, shortcode: str, account: str, amount: str) -> Mapping[str, Any]:
        if shortcode != self.plan.shortcode:
            raise NotFound("paybill", shortcode)
        self._paid(msisdn, account, int(amount) * 100, self._number("tb"))
        return self.view(msisdn)

    # --- Moods ---

    def all(self) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.moods)

    def change(self, name: str, mood: Mapping[str, Any]) -> Mapping[str, Any]:
        if name not in self.moods:
            raise NotFound("provider", name)
        self.moods[name] = dict(mood)
        return self.moods[name]

    # --- what happens ---

    def _home(self, msisdn: Msisdn) -> str:
        students = {each.number: each for family in self.plan.families for each in family.students}
        lines = [
            f"{nth}. {students[number].name.split()[0]} {students[number].class_name} {self.owed[number] // 100:,}"
            for nth, number in enumerate(self._children(msisdn), 1)
        ]
        return "\n".join(["Kivuli Hill. Fees, KSh:", *lines])

    def _choose(self, phone: Phone, child: str) -> None:
        phone.child, phone.step = child, "pay"
        phone.text = f"{child}\nOwed KSh {self.owed[child] / 100:,.2f}\n1. Pay all\n2. Another amount\n0. Cancel"

    def _prompt(self, msisdn: Msisdn, phone: Phone, minor: int) -> None:
        phone.text, phone.open = f"Enter your M-PESA PIN when asked for KSh {minor // 100:,}. Thank you.", False
        asked = {
            "id": self._number("p"),
            "payee": PAYEE,
            "amount": str(minor // 100),
            "currency": "KES",
            "reference": phone.child,
        }

        async def later() -> None:
            await self.clock.sleep(self.prompt_after_s)
            phone.prompts.append(asked)
            self._event("prompt", "PIN asked for on the phone", f"t{asked['id']}")

        self.background.spawn(later())

    def _paid(self, msisdn: Msisdn, reference: str, minor: int, trace: str) -> None:
        receipt = self._number("SKL7QX4R")
        self._event("callback", f"M-Pesa says {receipt} is paid", trace)
        why = self._post(reference, minor, receipt, trace, self.clock.now())
        self._event("posted", f"Posted once, {why}", trace)
        self._event("queued", "Receipt SMS queued in the same transaction", trace)

        async def later() -> None:
            await self.clock.sleep(self.prompt_after_s / 2)
            self._event("sent", "Receipt SMS taken by the gateway", trace)
            balance = self.owed.get(_tidy(reference), 0) / 100
            self._sms(
                msisdn,
                f"KSh {minor / 100:,.2f} received for {_tidy(reference)}. Balance KSh {balance:,.2f}. "
                f"Receipt KVH-{len(self.entries):06d}, M-Pesa {receipt}.",
            )
            await self.clock.sleep(self.prompt_after_s / 2)
            self._event("delivered", "Receipt SMS on the phone", trace)

        self.background.spawn(later())

    def _post(self, reference: str, minor: int, receipt: str, trace: str, at: datetime) -> str:
        number = _tidy(reference)
        lines = [books.EntryLine("M-Pesa float 600100", "asset:float:mpesa:600100", "debit", minor)]
        self.float += minor
        if number in self.owed:
            applied = min(self.owed[number], minor)
            self.owed[number] -= applied
            if applied:
                code = f"asset:receivable:{number}"
                lines.append(books.EntryLine(f"Fees owed, {number}", code, "credit", applied))
            if minor > applied:
                self.credits[number] = self.credits.get(number, 0) + minor - applied
                self.credit += minor - applied
                lines.append(books.EntryLine("Held as credit", "liability:credit", "credit", minor - applied))
            why = f"exact reference {number}"
        else:
            self.suspense += minor
            lines.append(books.EntryLine("Suspense", "liability:suspense", "credit", minor))
            why = f"no account is called “{reference}”"
        card = books.EntryCard(f"e{len(self.entries):06d}", at, "Payment received", self.plan.name, "KES", 2, lines)
        self.entries.append(replace(card, trace=trace, why=why))
        return why

    def _event(self, kind: books.EventKind, text: str, trace: str) -> None:
        self.happened.append(books.EventLine(f"v{len(self.happened):06d}", self.clock.now(), kind, text, trace))

    def _sms(self, msisdn: Msisdn, text: str) -> None:
        self._phone(msisdn).sms.append({"from": GATEWAY, "text": text, "at": self.clock.now().isoformat()})

    def _phone(self, msisdn: Msisdn) -> Phone:
        return self.phones.setdefault(msisdn.digits, Phone())

    def _children(self, msisdn: Msisdn) -> list[str]:
        return [
            student.number
            for family in self.plan.families
            if msisdn in [guardian.msisdn for guardian in family.guardians]
            for student in family.students
        ]

    def _number(self, prefix: str) -> str:
        self.numbers += 1
        return f"{prefix}{self.numbers:02d}"


def _tidy(reference: str) -> str:
    return reference.upper().replace(" ", "").replace("-", "")


def _next(rows: Sequence[T], after: str | None, limit: int) -> Sequence[T]:
    return rows[-limit:] if after is None else [row for row in rows if row.id > after][:limit]


class StillHours:
    """A demo's hour without the demo: it only says what it was asked for."""

    def __init__(self) -> None:
        self.local = "Fri 20 Nov 2026, 09:15"

    async def move(self, to: str, days: int) -> None:
        self.local = f"{to} and {days} days"

    def shown(self) -> dict[str, object]:
        return {"now": SystemClock().now(), "local": self.local}
