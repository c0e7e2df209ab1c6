"""Who works here: added, given a role, reset, disabled, by an administrator (ORG-5)."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping

from aiohttp import web

from core.errors import DomainError, NotFound
from core.ids import StaffId
from core.mail import MailAddress, NotAMailAddress
from core.organisations import COUNTRIES
from core.permissions import Action, Role
from core.phones import Msisdn, NotAPhone
from core.pins import activation_code
from core.sign_in import SECRET_BYTES, NotAUserName, StaffPhoneTaken, UserNameTaken, secret_of
from storage import organisations
from storage import staff as store
from storage.organisations import StaffMember
from usecases.pins import GiveActivation, give_activation
from usecases.staff import (
    AddStaff,
    ChangeRole,
    Disable,
    Link,
    Reset,
    SetMail,
    add_staff,
    change_role,
    disable,
    reset,
    set_mail,
)
from usecases.students import readable_name
from web.staff.desk import Desk, Go, Page, Reply, Visit
from web.staff.forms import Done, Form, attempt, id_in, refused

LIST = "/staff/people"
LINK_BYTES = 32
PLACES: Mapping[type[DomainError], str] = {
    NotAPhone: "phone",
    StaffPhoneTaken: "phone",
    UserNameTaken: "user",
    NotAUserName: "user",
    NotAMailAddress: "mail",
}


def routes(desk: Desk) -> list[web.RouteDef]:
    doors, needs = Doors(desk), Action.MANAGE_STAFF
    return [
        desk.get(LIST, doors.all, needs=needs),
        desk.get(f"{LIST}/new", doors.new, needs=needs),
        desk.post(f"{LIST}/new", doors.add, needs=needs),
        desk.get(f"{LIST}/{{id}}", doors.show, needs=needs),
        desk.post(f"{LIST}/{{id}}", doors.change, needs=needs),
    ]


class Doors:
    """One method a page."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    async def all(self, visit: Visit) -> Reply:
        found = await self._app.read(organisations.staff_of, visit.school.id)
        enrolled = await self._app.read(store.enrolled, visit.school.id)
        states = {one.id: _state(one, enrolled.get(one.id)) for one in found}
        return Page("people.html", {"found": found, "states": states})

    async def new(self, visit: Visit) -> Reply:
        return self._new_page(Form({}))

    def _new_page(self, form: Form) -> Reply:
        return Page("person_new.html", {"form": form, "roles": [role.value for role in Role]}, form.status)

    async def add(self, visit: Visit) -> Reply:
        """They get a link to enrol by, shown once: it is given to nobody else."""
        code = COUNTRIES[visit.school.country].calling_code
        try:
            name, phone = readable_name(visit.text("name")), Msisdn.parse(visit.text("phone"), country_code=code)
        except DomainError as error:
            return self._new_page(refused(visit, error, {NotAPhone: "phone", type(error): "name", **PLACES}))
        link = self._link()
        wish = AddStaff(visit.school.id, name, _role(visit), phone, visit.text("user"), link, visit.actor)
        done = await attempt(visit, self._app.write(add_staff, wish), PLACES)
        if not isinstance(done, Done):
            return self._new_page(done[0])
        return self._invited(name, link)

    def _link(self) -> Link:
        random = self._app.random
        token = urlsafe_b64encode(random.token(LINK_BYTES)).decode().rstrip("=")
        return Link(token, secret_of(random.token(SECRET_BYTES)))

    def _invited(self, name: str, link: Link) -> Reply:
        return Page("person_link.html", {"name": name, "link": f"{self._desk.public_url}/staff/enrol/{link.token}"})

    async def show(self, visit: Visit) -> Reply:
        return await self._page(visit, Form({}))

    async def _page(self, visit: Visit, form: Form) -> Reply:
        one = await self._meant(visit)
        facts = {
            "one": one,
            "form": form,
            "roles": [role.value for role in Role],
            "is_me": one.id == visit.me.member.id,
        }
        return Page("person.html", facts, form.status)

    async def change(self, visit: Visit) -> Reply:
        """A role, an address of mail, a new link, or the end."""
        one = await self._meant(visit)
        done: Done[None] | tuple[Form, DomainError]
        match visit.text("do"):
            case "role":
                work = self._app.write(change_role, ChangeRole(one.id, _role(visit), visit.actor))
                done = await attempt(visit, work, {})
            case "mail":
                try:
                    mail = MailAddress.parse(visit.text("mail")) if visit.text("mail") else None
                except NotAMailAddress as error:
                    return await self._page(visit, refused(visit, error, PLACES))
                done = await attempt(visit, self._app.write(set_mail, SetMail(one.id, mail, visit.actor)), {})
            case "disable":
                done = await attempt(visit, self._app.write(disable, Disable(one.id, visit.actor)), {})
            case "reset":
                link = self._link()
                done = await attempt(visit, self._app.write(reset, Reset(one.id, link, visit.actor)), {})
                if isinstance(done, Done):
                    return self._invited(one.name, link)
            case "pin":
                code = activation_code(int.from_bytes(self._app.random.token(16)))
                given = GiveActivation(one.id, code, visit.actor)
                told = await attempt(visit, self._app.write(give_activation, given), {})
                if isinstance(told, Done):
                    return Page("person_pin.html", {"name": one.name, "code": code})
                done = told
            case _:
                raise NotFound("page", "")
        return Go(f"{LIST}/{one.id}", "saved") if isinstance(done, Done) else await self._page(visit, done[0])

    async def _meant(self, visit: Visit) -> StaffMember:
        """A colleague of this organisation; another's are not found."""
        one = await self._app.read(organisations.staff_by_id, StaffId(id_in(visit, "id")))
        if one is None or one.organisation != visit.school.id:
            raise NotFound("staff", "")
        return one


def _role(visit: Visit) -> Role:
    return next((role for role in Role if role.value == visit.text("role")), Role.REQUESTER)


def _state(one: StaffMember, is_enrolled: bool | None) -> str:
    """As `karani users list` says it, for the words of `people.toml`."""
    if one.is_disabled:
        return "disabled"
    return {True: "signs_in", False: "invited_state", None: "no_sign_in"}[is_enrolled]
