"""Who may sign in, as operators and admins say it."""

from collections.abc import Callable
from typing import Any

import pytest

from core.permissions import Role
from core.phones import Msisdn
from storage import organisations
from storage.database import DatabaseUrl
from tests.cli.conftest import Desk
from tests.usecases.signing import fresh_link
from tests.world import TESTER, World
from usecases.staff import AddStaff, add_staff, enrolment


@pytest.fixture
def database(sqlite_database: DatabaseUrl) -> DatabaseUrl:
    return sqlite_database


ADD = ("users", "add", "rose", "--organisation", "kivuli", "--name", "Rose Njeri", "--role", "admin")


def test_somebody_new_enrols_by_the_printed_link(books: Desk, world_of: Callable[[Any], Any]) -> None:
    (line,) = books.types(*ADD, "--phone", "0700 900 009", "--json").items

    address, _, token = line["link"].rpartition("/")
    assert address == "https://pay.example.org/staff/enrol"
    found = world_of(lambda world: world.app.read(enrolment, token))
    assert found.name == "Rose Njeri"
    listed = {one["name"]: one for one in books.types("users", "list", "--json").items}
    assert (listed["Rose Njeri"]["user_name"], listed["Rose Njeri"]["signs_in"]) == ("rose", "invited")
    assert (listed["Rose Njeri"]["phone"], listed["Tess"]["signs_in"]) == ("254700***009", "no")


def test_people_read_the_link_and_a_table(books: Desk) -> None:
    printed = books.types(*ADD, "--phone", "0700 900 009")

    assert "rose enrols, once and until" in printed.out
    assert "https://pay.example.org/staff/enrol/" in printed.out
    assert "Rose Njeri" in books.types("users", "list", "--organisation", "kivuli").out


def test_another_role_counts_at_once(books: Desk) -> None:
    (line,) = books.types("users", "roles", "Tess", "treasurer", "--json").items

    assert (line["name"], line["role"]) == ("Tess", "treasurer")


def test_who_is_disabled_is_listed_so_and_may_give_no_command(books: Desk) -> None:
    (line,) = books.types("users", "disable", "Mary", "--json").items

    assert line["signs_in"] == "disabled"
    assert books.types("payments", "list", "--as", "Mary").code == 2


def test_an_address_of_mail_is_given_and_taken_away(books: Desk) -> None:
    (line,) = books.types("users", "mail", "Tess", "tess@example.org", "--json").items

    assert line["mail"] == "t***@example.org"
    assert books.types("users", "mail", "Tess", "--json").items[0]["mail"] == ""
    assert "is not an e-mail address" in books.types("users", "mail", "Tess", "tess").err


def test_a_reset_prints_a_new_link(books: Desk) -> None:
    (line,) = books.types("users", "reset", "Tess", "--json").items

    assert line["link"].startswith("https://pay.example.org/staff/enrol/")


@pytest.mark.parametrize(
    "words, said",
    [
        (("users", "roles", "Nobody", "cfo"), "Nobody"),
        (("users", "roles", "Tess", "queen"), "queen"),
        ((*ADD, "--phone", "12"), "12 is not a phone number."),
        ((*ADD, "--phone", "0733 000 003"), "This phone is Tess's, who works here."),
        (("users", "list", "--as", "Mary"), "not allowed"),
        (("users", "reset", "Tess", "--as", "Mary"), "not allowed"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(books: Desk, words: tuple[str, ...], said: str) -> None:
    printed = books.types(*words)

    assert printed.code == 2
    assert said in printed.err


def test_a_code_for_a_pin_is_printed_once(books: Desk) -> None:
    (line,) = books.types("users", "pin", "Tess", "--json").items

    assert (len(line["code"]), line["code"].isdecimal()) == (8, True)


@pytest.mark.parametrize("act", ["disable", "reset", "pin"])
def test_an_admin_does_it_to_others_and_not_to_themselves(
    books: Desk, world_of: Callable[[Any], Any], act: str
) -> None:
    world_of(_admin)

    assert "Not for yourself" in books.types("users", act, "rose", "--as", "rose").err
    assert books.types("users", act, "Tess", "--as", "rose").code == 0


async def _admin(world: World) -> None:
    organisation = await world.app.read(organisations.by_slug, "kivuli")
    assert organisation is not None
    phone = Msisdn("254733000009")
    await world.app.write(
        add_staff, AddStaff(organisation.id, "Rose Njeri", Role.ADMIN, phone, "rose", fresh_link(), TESTER)
    )
