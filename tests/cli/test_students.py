"""What a secretary types: students come, change and leave, and so do those who answer for them (FEE-8)."""

from __future__ import annotations

from typing import Any

import pytest

from core.permissions import Role
from core.phones import Msisdn
from tests.cli.conftest import Desk
from tests.world import World
from usecases.setup import StaffEntry


@pytest.fixture
def school(desk: Desk, world_of: Any) -> Desk:
    async def founded(world: World) -> None:
        phones = {"Mary": (Role.MANAGER, "0733000001"), "Tess": (Role.CASHIER, "0733000003")}
        await world.school(staff=tuple(StaffEntry(name, role, Msisdn.parse(at)) for name, (role, at) in phones.items()))
        await world.students({"KV10": 100, "KV20": 0}, guardians={"KV10": ["0711000001"], "KV20": ["0711000001"]})

    world_of(founded)
    desk.types("fees", "class", "add", "Grade 4")
    desk.types("fees", "class", "add", "Grade 5")
    return desk


def only(desk: Desk, *words: str) -> Any:
    printed = desk.types(*words, "--json", "--as", "Mary")
    assert printed.code == 0, printed.err
    (item,) = printed.items
    return item


def test_a_student_comes_moves_up_leaves_and_comes_back(school: Desk) -> None:
    came = only(school, "students", "add", " kv30 ", "Baraka Otieno", "--class", "Grade 4")
    assert (came["number"], came["name"], came["class_name"], came["open"]) == (
        "KV30",
        "Baraka Otieno",
        "Grade 4",
        True,
    )

    moved = only(school, "students", "change", "KV30", "--class", "Grade 5", "--name", "Baraka Omondi")
    assert (moved["name"], moved["class_name"]) == ("Baraka Omondi", "Grade 5")

    gone = only(school, "students", "leave", "KV30", "--reason", "moved to Kisumu")
    assert (gone["class_name"], gone["open"]) == ("", False)
    owing = only(school, "students", "leave", "KV10", "--reason", "moved")
    assert (owing["open"], owing["owed"]) == (True, "100.00")  # what is owed can still be paid
    assert [one["number"] for one in school.types("students", "list", "--left", "--json").items] == ["KV10", "KV30"]
    assert (
        school.types("students", "change", "KV30", "--name", "Baraka O", "--as", "Mary").code == 2
    )  # into which class?

    back = only(school, "students", "change", "kv30", "--class", "Grade 4")
    assert (back["class_name"], back["open"]) == ("Grade 4", True)
    (found,) = school.types("students", "list", "baraka", "--class", "Grade 4", "--json").items
    assert found == back
    said = [one["action"] for one in school.types("trail", "--json").items]
    for action in ("student_added", "student_changed", "student_left", "student_returned"):
        assert action in said


def test_guardians_are_added_put_first_changed_and_taken_away(school: Desk) -> None:
    with_two = only(
        school, "students", "guardian", "add", "KV10", "0722000002", "Peter Otieno", "--mail", "p@example.org"
    )
    assert [one.split()[-1] for one in with_two["guardians"]] == ["254711***001", "254722***002"]

    first = only(school, "students", "guardian", "first", "KV10", "0722000002")
    assert first["guardians"][0] == "Peter Otieno 254722***002"

    new = only(school, "students", "guardian", "change", "0722000002", "--add", "0722000009", "--remove", "0722000002")
    assert (new["name"], new["phones"], new["mail"]) == ("Peter Otieno", ["254722***009"], "p***@example.org")
    named = only(school, "students", "guardian", "change", "0722000009", "--name", "Peter Okoth")
    assert named["name"] == "Peter Okoth"
    taken = school.types("students", "guardian", "change", "0722000009", "--add", "0711000001", "--as", "Mary")
    last = school.types("students", "guardian", "change", "0722000009", "--remove", "0722000009", "--as", "Mary")
    assert (taken.code, last.code) == (2, 2)
    assert school.types("students", "guardian", "change", "0722000002", "--name", "X Y", "--as", "Mary").code == 2

    alone = only(school, "students", "guardian", "remove", "KV10", "0722000009")
    assert [one.split()[-1] for one in alone["guardians"]] == ["254711***001"]


def test_whoever_may_not_changes_nobody(school: Desk) -> None:
    for words in (
        ("students", "add", "KV30", "Baraka Otieno", "--class", "Grade 4"),
        ("students", "change", "KV10", "--name", "Other Name"),
        ("students", "leave", "KV10", "--reason", "none"),
        ("students", "guardian", "add", "KV10", "0722000002", "Peter Otieno"),
        ("students", "guardian", "first", "KV10", "0711000001"),
        ("students", "guardian", "change", "0711000001", "--add", "0722000009"),
    ):
        assert school.types(*words, "--as", "Tess").code == 2
    for words in (
        ("students", "add", "kv-10", "Baraka Otieno", "--class", "Grade 4"),
        ("students", "add", "KV30", "Baraka Otieno", "--class", "Grade 9"),
        ("students", "leave", "KV99", "--reason", "none"),
        ("students", "guardian", "remove", "KV10", "0722000777"),
    ):
        assert school.types(*words, "--as", "Mary").code == 2
    assert [one["number"] for one in school.types("students", "list", "--json", "--as", "Tess").items] == [
        "KV10",
        "KV20",
    ]
