"""Students and those who answer for them: searched, shown, entered, changed (FEE-8)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from aiohttp import web

from core.document_links import PaperKind
from core.errors import NotFound
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.mail import MailAddress, NotAMailAddress
from core.messages import PaperName
from core.organisations import COUNTRIES
from core.permissions import Action
from core.phones import Msisdn, NotAPhone
from core.versions import ChangedMeanwhile
from storage import school, trail
from storage import students as store
from storage.school import SchoolClass
from storage.students import Guardian, Search, StudentLine, StudentShown
from storage.trail import TrailLine
from storage.tx import Tx
from usecases import students as usecases
from usecases.documents import SendPaper, new_token, send_paper
from usecases.students import (
    AddGuardian,
    AddStudent,
    ChangeGuardian,
    ChangeStudent,
    LastPhone,
    Leave,
    NotAName,
    NotANumber,
    NumberTaken,
    PhoneTaken,
    PutFirst,
    RemoveGuardian,
)
from web.staff import ways
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import Done, Form, attempt, id_in, read_id, refused

LIST = "/staff/students"
A_PAGE = 30
PLACES = {
    NotAName: "name",
    NotANumber: "number",
    NumberTaken: "number",
    NotAPhone: "phone",
    PhoneTaken: "phone",
    LastPhone: "phone",
    NotAMailAddress: "mail",
}


def routes(desk: Desk) -> list[web.RouteDef]:
    doors = Doors(desk)
    sees, edits = Action.SEE_SCHOOL, Action.EDIT_SCHOOL
    return [
        desk.get(LIST, doors.search, needs=sees),
        desk.get(f"{LIST}/new", doors.new, needs=edits),
        desk.post(f"{LIST}/new", doors.add, needs=edits),
        desk.get(f"{LIST}/{{id}}", doors.show, needs=sees),
        desk.get(f"{LIST}/{{id}}/statement", doors.statement, needs=sees),
        desk.post(f"{LIST}/{{id}}/send", doors.send, needs=Action.SEND_PAPERS),
        desk.get(f"{LIST}/{{id}}/edit", doors.edit, needs=edits),
        desk.post(f"{LIST}/{{id}}/edit", doors.change, needs=edits),
        desk.post(f"{LIST}/{{id}}/leave", doors.leave, needs=edits),
        desk.get(f"{LIST}/{{id}}/guardians", doors.new_guardian, needs=edits),
        desk.post(f"{LIST}/{{id}}/guardians", doors.add_guardian, needs=edits),
        desk.post(f"{LIST}/{{id}}/guardians/{{contact}}", doors.order_guardian, needs=edits),
        desk.get("/staff/guardians/{contact}", doors.edit_guardian, needs=edits),
        desk.post("/staff/guardians/{contact}", doors.change_guardian, needs=edits),
    ]


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._app = desk.app

    # --- looking ---

    async def search(self, visit: Visit) -> Reply:
        group = read_id(visit.asked("class")) if visit.asked("class") else None
        wanted = Search(visit.asked("q"), group, left=bool(visit.asked("left")))
        found, classes = await self._app.read(
            _searched, visit.school.id, wanted, _calling_code(visit), visit.asked("after")
        )
        more = found[A_PAGE - 1].number if len(found) > A_PAGE else ""
        facts = {"found": found[:A_PAGE], "more": more, "wanted": wanted, "classes": classes}
        return Page("students.html", facts)

    async def show(self, visit: Visit) -> Reply:
        shown, history = await self._app.read(_shown, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        return Page("student.html", {"shown": shown, "one": shown.line, "trail": history, "form": Form({})})

    async def statement(self, visit: Visit) -> Reply:
        """The paper that families get, by a link that ends."""
        token = await self._app.read(_statement, visit.school.id, CustomerAccountId(id_in(visit, "id")), visit.language)
        return Go(f"/d/{token}")

    async def send(self, visit: Visit) -> Reply:
        """The statement or the newest invoice, to whoever is told first."""
        account = CustomerAccountId(id_in(visit, "id"))
        paper = PaperName.INVOICE if visit.text("paper") == PaperName.INVOICE.value else PaperName.STATEMENT
        await self._app.write(send_paper, SendPaper(visit.school.id, account, paper, visit.actor))
        return Go(f"{LIST}/{account}", "paper_sent")

    # --- a student ---

    async def new(self, visit: Visit) -> Reply:
        return await self._new_page(visit, Form(dict(visit.request.query)))

    async def add(self, visit: Visit) -> Reply:
        group = visit.text("class")
        if not group:
            return await self._new_page(visit, Form(visit.fields, {"class": "class_needed"}))
        wish = AddStudent(visit.school.id, visit.text("number"), visit.text("name"), read_id(group), visit.actor)
        done = await attempt(visit, self._app.write(usecases.add_student, wish), PLACES)
        if isinstance(done, Done):
            return Go(f"{LIST}/{done.answer}", "saved")
        return await self._new_page(visit, done[0])

    async def _new_page(self, visit: Visit, form: Form) -> Reply:
        classes = await self._app.read(_classes, visit.school.id)
        return Page("student_new.html", {"form": form, "classes": classes}, form.status)

    async def edit(self, visit: Visit) -> Reply:
        one, classes = await self._app.read(_one, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        form = Form({"name": one.name, "class": str(one.group or "")})
        return Page("student_edit.html", {"one": one, "form": form, "classes": classes, "now": None})

    async def change(self, visit: Visit) -> Reply:
        account = CustomerAccountId(id_in(visit, "id"))
        wish = ChangeStudent(
            visit.school.id,
            account,
            visit.text("name"),
            read_id(visit.text("class")),
            visit.text("version"),
            visit.actor,
        )
        done = await attempt(visit, self._app.write(usecases.change_student, wish), PLACES)
        if isinstance(done, Done):
            return Go(f"{LIST}/{account}", "saved")
        form, error = done
        one, classes = await self._app.read(_one, visit.school.id, account)
        now = one if isinstance(error, ChangedMeanwhile) else None
        return Page("student_edit.html", {"one": one, "form": form, "classes": classes, "now": now}, form.status)

    async def leave(self, visit: Visit) -> Reply:
        account = CustomerAccountId(id_in(visit, "id"))
        wish = Leave(visit.school.id, account, visit.text("reason"), visit.text("version"), visit.actor)
        done = await attempt(visit, self._app.write(usecases.leave, wish), {})
        if isinstance(done, Done):
            return Go(f"{LIST}/{account}", "saved")
        shown, history = await self._app.read(_shown, visit.school.id, account)
        facts = {"shown": shown, "one": shown.line, "trail": history, "form": done[0]}
        return Page("student.html", facts, done[0].status)

    # --- who answers for them ---

    async def new_guardian(self, visit: Visit) -> Reply:
        return await self._guardian_page(visit, Form({}))

    async def add_guardian(self, visit: Visit) -> Reply:
        account = CustomerAccountId(id_in(visit, "id"))
        try:
            phone = Msisdn.parse(visit.text("phone"), country_code=_calling_code(visit))
            mail = _mail(visit)
        except (NotAPhone, NotAMailAddress) as error:
            return await self._guardian_page(visit, refused(visit, error, PLACES))
        wish = AddGuardian(visit.school.id, account, visit.text("name"), phone, visit.actor, mail)
        done = await attempt(visit, self._app.write(usecases.add_guardian, wish), PLACES)
        if isinstance(done, Done):
            return Go(f"{LIST}/{account}", "saved")
        return await self._guardian_page(visit, done[0])

    async def _guardian_page(self, visit: Visit, form: Form) -> Reply:
        one, _ = await self._app.read(_one, visit.school.id, CustomerAccountId(id_in(visit, "id")))
        return Page("guardian_new.html", {"one": one, "form": form}, form.status)

    async def order_guardian(self, visit: Visit) -> Reply:
        """Told first, or not answering any more."""
        account, contact = CustomerAccountId(id_in(visit, "id")), ContactId(id_in(visit, "contact"))
        if visit.text("do") == "remove":
            await self._app.write(
                usecases.remove_guardian, RemoveGuardian(visit.school.id, account, contact, visit.actor)
            )
        else:
            await self._app.write(usecases.put_first, PutFirst(visit.school.id, account, contact, visit.actor))
        return Go(f"{LIST}/{account}", "saved")

    async def edit_guardian(self, visit: Visit) -> Reply:
        contact = ContactId(id_in(visit, "contact"))
        found, history = await self._app.read(_guardian, visit.school.id, contact)
        more = await self._app.read(_beside, visit.school.id, contact, visit.language)
        facts = {"found": found, "trail": history, "form": _guardian_form(found), "now": None}
        return Page("guardian.html", {**facts, **more})

    async def change_guardian(self, visit: Visit) -> Reply:
        contact = ContactId(id_in(visit, "contact"))
        form, error = await self._changed(visit, contact)
        if form is None:
            return Go(f"/staff/guardians/{contact}", "saved")
        found, history = await self._app.read(_guardian, visit.school.id, contact)
        more = await self._app.read(_beside, visit.school.id, contact, visit.language)
        now = found if isinstance(error, ChangedMeanwhile) else None
        facts = {"found": found, "trail": history, "form": form, "now": now}
        return Page("guardian.html", {**facts, **more}, form.status)

    async def _changed(self, visit: Visit, contact: ContactId) -> tuple[Form | None, Exception | None]:
        code = _calling_code(visit)
        try:
            add = Msisdn.parse(visit.text("phone"), country_code=code) if visit.text("phone") else None
            remove = Msisdn.parse(visit.text("remove"), country_code=code) if visit.text("remove") else None
            mail = _mail(visit)
        except (NotAPhone, NotAMailAddress) as error:
            return refused(visit, error, PLACES), error
        wish = ChangeGuardian(
            *(visit.school.id, contact, visit.text("name"), visit.text("version"), visit.actor, add, remove),
            *(mail, bool(visit.text("mail_waits"))),
        )
        done = await attempt(visit, self._app.write(usecases.change_guardian, wish), PLACES)
        return (None, None) if isinstance(done, Done) else done


def _mail(visit: Visit) -> MailAddress | None:
    return MailAddress.parse(visit.text("mail")) if visit.text("mail") else None


def _guardian_form(found: Guardian) -> Form:
    mail = found.mail.text if found.mail else ""
    return Form({"name": found.name, "mail": mail, "mail_waits": "yes" if found.mail_waits else ""})


def _calling_code(visit: Visit) -> str:
    return COUNTRIES[visit.school.country].calling_code


# --- what the pages ask the books ---------------------------------------------------------------------------------------


def _classes(tx: Tx, organisation: OrganisationId) -> list[SchoolClass]:
    return [one for one in school.classes(tx, organisation) if not one.is_retired]


def _searched(
    tx: Tx, organisation: OrganisationId, wanted: Search, country_code: str, after: str
) -> tuple[list[StudentLine], list[SchoolClass]]:
    """One more than a page shows, to know whether there is another."""
    found = store.page_of(tx, organisation, wanted, country_code=country_code, after=after, limit=A_PAGE + 1)
    return found, school.classes(tx, organisation)


def _one(tx: Tx, organisation: OrganisationId, account: CustomerAccountId) -> tuple[StudentLine, list[SchoolClass]]:
    found = store.by_account(tx, organisation, account)
    if found is None:
        raise NotFound("student", "")
    return found, _classes(tx, organisation)


def _statement(tx: Tx, organisation: OrganisationId, account: CustomerAccountId, language: str) -> str:
    if store.by_account(tx, organisation, account) is None:
        raise NotFound("student", "")
    return new_token(tx, PaperKind.STATEMENT, account, language)


def _shown(tx: Tx, organisation: OrganisationId, account: CustomerAccountId) -> tuple[StudentShown, list[TrailLine]]:
    found = store.shown(tx, organisation, account)
    if found is None:
        raise NotFound("student", "")
    return found, trail.of_subjects(tx, organisation, _subjects(account, found.guardians))


def _beside(tx: Tx, organisation: OrganisationId, contact: ContactId, language: str) -> dict[str, object]:
    """By which ways a guardian is told, what they were told, and how their payments are divided."""
    return {**ways.shown(tx, organisation, contact, language), **ways.split_of(tx, contact)}


def _subjects(account: CustomerAccountId, guardians: Sequence[Guardian]) -> list[UUID]:
    return [account, *(one.contact for one in guardians)]


def _guardian(tx: Tx, organisation: OrganisationId, contact: ContactId) -> tuple[Guardian, list[TrailLine]]:
    found = store.guardian(tx, organisation, contact)
    if found is None:
        raise NotFound("guardian", "")
    return found, trail.of_subjects(tx, organisation, [contact])
