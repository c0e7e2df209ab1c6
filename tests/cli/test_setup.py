"""Organisations from a file: everything that is wrong with it at once, and the same file twice is the same."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli import setup
from cli.programme import BadConfiguration
from core.approvals import ApprovalPolicy, SubjectKind
from core.organisations import Kind
from core.permissions import Role
from storage import organisations
from tests.cli.conftest import Desk
from tests.world import TESTER, World, kes
from usecases.registration import SwitchEnvironment, switch_environment

FILE = """
[[organisations]]
slug = "mzuri"
name = "Mzuri Academy"
kinds = ["school"]
country = "KE"
language = "sw"
service_codes = ["*384*70421#"]
least = 10
tolerance = 20
strategies = ["exact_reference", "amount"]

[[organisations.accounts]]
provider = "mpesa"
shortcode = "600111"
environment = "sandbox"
credentials = { consumer_key = "ck", consumer_secret = "cs", passkey = "pk" }

[[organisations.accounts]]
provider = "africastalking"
shortcode = "MZURI"
credentials = { username = "sandbox", api_key = "ak" }

[[organisations.staff]]
name = "Mary Atieno"
role = "manager"
phone = "0712 345 678"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mzuri.toml"
    path.write_text(FILE)
    return path


def test_a_file_sets_an_organisation_up(desk: Desk, file: Path, world_of: Callable[[Any], Any]) -> None:
    printed = desk.types("setup", str(file))

    assert printed.code == 0
    assert "mzuri is set up." in printed.out
    (connection, gateway), (member,) = world_of(found)
    assert connection.account.policy.limits.least.minor == 1_000
    assert connection.account.policy.rules.tolerance_minor == 2_000
    assert connection.credentials["passkey"] == "pk"
    assert connection.service_codes == ("*384*70421#",)
    assert gateway.account.provider == "africastalking"
    assert (member.name, member.role, member.msisdn.digits) == ("Mary Atieno", Role.MANAGER, "254712345678")


async def found(world: World) -> tuple[Any, Any]:
    connections = await world.app.read(organisations.connections)
    return connections, await world.app.read(organisations.staff_of, connections[0].account.organisation)


def test_the_addresses_stay_and_their_keys_are_shown_only_when_asked_for(desk: Desk, file: Path) -> None:
    (first,) = desk.types("setup", str(file), "--json", "--clear").items
    (again,) = desk.types("setup", str(file), "--json", "--clear").items
    (masked,) = desk.types("setup", str(file), "--json").items

    assert (first["is_new"], again["is_new"]) == (True, False)
    assert first["hooks"] == again["hooks"]
    url = first["hooks"]["mpesa 600111"]
    assert url.startswith("https://pay.example.org/hooks/")
    assert len(url.split("/")[4]) == 48
    assert masked["hooks"]["mpesa 600111"] == f"https://pay.example.org/hooks/{url.split('/')[4][:4]}***/"


def test_staff_set_up_only_their_own(books: Desk, file: Path) -> None:
    assert books.types("setup", str(file), "--as", "Mary").err == "You are not allowed to do this.\n"


def test_an_admin_of_one_organisation_cannot_touch_another(books: Desk, file: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    text = FILE.replace('"mzuri"', '"kivuli"').replace("Mzuri Academy", "Kivuli Primary School")
    own.write_text(text.replace('role = "manager"', 'role = "admin"').replace("Mary Atieno", "Adera"))
    assert books.types("setup", str(own)).code == 0

    assert books.types("setup", str(own), "--as", "Adera").code == 0
    assert books.types("setup", str(file), "--as", "Adera").code == 2


def test_all_that_is_wrong_with_a_file_is_said_at_once(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(
        FILE.replace('"school"', '"circus"')
        .replace('provider = "mpesa"', 'provider = "mpesa"\nsecret = "x"')
        .replace('role = "manager"', 'role = "king"')
        + 'surprise = 1\n[[organisations]]\nslug = "x"\nname = "X"\nkinds = []\ncountry = "XX"\n[extra]\n'
    )

    printed = desk.types("setup", str(path))

    assert printed.code == 2
    assert printed.err.splitlines() == [
        "extra: is not known here",
        "organisations[0].accounts[0]: object contains unknown field `secret`",
        "organisations[0].staff[0].role: invalid enum value 'king'",
        "organisations[0].kinds[0]: invalid enum value 'circus'",
        "organisations[1].country: must be one of KE, RW, UG, TZ",
    ]


def approvals(line: str = "", *, tier: str = "") -> str:
    """Lines of a set-up file that say who must say yes."""
    tiers = f"[[organisations.approvals.tiers]]\n{tier}\n" if tier else ""
    return f"[organisations.approvals]\n{line}\n{tiers}"


def test_who_must_say_yes_stands_in_the_file(desk: Desk, tmp_path: Path, world_of: Callable[[Any], Any]) -> None:
    path = tmp_path / "approvals.toml"
    tiers = """
up_to = 500
people = 1
roles = ["cfo", "manager"]
[[organisations.approvals.tiers]]
people = 3
roles = ["cfo"]
"""
    path.write_text(FILE + approvals("code_above = 20\nhours = 5", tier=tiers))
    assert desk.types("setup", str(path)).code == 0

    policy = world_of(policy_of)

    assert policy.lasts == timedelta(hours=5)
    small, large = (policy.requires(SubjectKind.REFUND, kes(amount)) for amount in (20, 501))
    assert (small.people, small.code, large.people, large.code) == (1, False, 3, True)
    assert large.roles == {Role.CFO}


def test_a_repeat_says_what_it_leaves_and_what_it_changes(desk: Desk, file: Path) -> None:
    daniel = '[[organisations.staff]]\nname = "Daniel"\nrole = "cfo"\nphone = "0712 345 679"\n'
    file.write_text(FILE + daniel + approvals("code_above = 20"))
    (new,) = desk.types("setup", str(file), "--json").items
    (same,) = desk.types("setup", str(file), "--json").items
    assert (new["stays"], new["approvals"], same["stays"], same["approvals"]) == ([], [], [], [])
    assert desk.types("users", "roles", "Mary Atieno", "auditor").code == 0
    assert desk.types("users", "disable", "Daniel").code == 0
    file.write_text(FILE + daniel + approvals("code_above = 500"))

    printed = desk.types("setup", str(file))

    inside = "; ".join(f"{kind}: 0 of any up to 50000, 1 of any" for kind in ("suspense", "reallocation"))
    default = f"all: 1 of any up to 50000, 2 of any; variance: 1 of cfo; {inside}"
    assert printed.out.splitlines()[:5] == [
        "mzuri is up to date.",
        "  Mary Atieno, manager in the file, stays as here: Mary Atieno, auditor",
        "  Daniel, cfo in the file, stays as here: Daniel, disabled",
        f"  who approves was: {default}; code above 20; 72 h",
        f"  who approves now: {default}; code above 500; 72 h",
    ]


async def _switched(world: World) -> None:
    (account, *_), _ = await found(world)
    await world.app.write(switch_environment, SwitchEnvironment(account.account.id, "production", TESTER))


def test_a_repeat_says_which_account_was_switched_by_hand_and_stays_so(
    desk: Desk, file: Path, world_of: Callable[[Any], Any]
) -> None:
    file.write_text(FILE.replace('environment = "sandbox"', 'environment = "production"'))
    assert desk.types("setup", str(file)).code == 0
    file.write_text(FILE)
    assert desk.types("setup", str(file)).code == 0  # nobody switched it: the file counts
    world_of(_switched)

    printed = desk.types("setup", str(file))
    left_out = FILE.replace('environment = "sandbox"\n', "")
    file.write_text(left_out)

    assert printed.out.splitlines()[:2] == [
        "mzuri is up to date.",
        "  mpesa 600111, sandbox in the file, stays as here: production (karani providers switch)",
    ]
    assert desk.types("setup", str(file), "--json").items[0]["stays"] == [
        "mpesa 600111, the file's credentials were not entered: say for which environment they are"
    ]
    file.write_text(re.sub(r"credentials = .*", "", left_out))
    assert desk.types("setup", str(file), "--json").items[0]["stays"] == []
    assert world_of(found)[0][0].account.environment == "production"


def test_of_what_stays_inside_the_books_one_person_may_be_enough(
    desk: Desk, tmp_path: Path, world_of: Callable[[Any], Any]
) -> None:
    path = tmp_path / "approvals.toml"
    tiers = """
people = 1
roles = ["cfo"]
[[organisations.approvals.tiers]]
kind = "suspense"
up_to = 500
people = 0
roles = ["cfo"]
[[organisations.approvals.tiers]]
kind = "suspense"
people = 1
roles = ["cfo"]
"""
    path.write_text(FILE + approvals(tier=tiers))
    assert desk.types("setup", str(path)).code == 0

    policy = world_of(policy_of)

    assert [policy.takes_another(SubjectKind.SUSPENSE, kes(amount)) for amount in (500, 501)] == [False, True]
    assert not policy.takes_another(SubjectKind.REALLOCATION, kes(50_000))
    assert policy.requires(SubjectKind.REFUND, kes(1)).people == 1


async def policy_of(world: World) -> ApprovalPolicy:
    connections, _ = await found(world)
    return await world.app.read(organisations.approval_policy, connections[0].account.organisation)


@pytest.mark.parametrize(
    "text, place",
    [
        ("= broken", "the file"),
        ("", "organisations"),
        ("organisations = 7", "organisations"),
        (FILE.replace('language = "sw"', 'language = "xx"'), "organisations[0].language"),
        (FILE.replace('"0712 345 678"', '"none"'), "organisations[0].staff[0].phone"),
        (FILE.replace("least = 10", "least = 0"), "organisations[0].least"),
        (FILE.replace("tolerance = 20", "tolerance = -1"), "organisations[0].tolerance"),
        (FILE.replace('"amount"', '"staff"'), "organisations[0].strategies"),
        (FILE + approvals("code_above = -1"), "organisations[0].approvals.code_above"),
        (FILE + approvals("hours = 0"), "organisations[0].approvals.hours"),
        (FILE + approvals(tier='people = 0\nroles = ["cfo"]'), "organisations[0].approvals.tiers[0].people"),
        (
            FILE
            + approvals(
                tier='people = -1\nkind = "suspense"\nroles = ["cfo"]\n'
                '[[organisations.approvals.tiers]]\npeople = 1\nroles = ["cfo"]'
            ),
            "organisations[0].approvals.tiers[0].people",
        ),
        (FILE + approvals(tier='people = 1\nroles = ["auditor"]'), "organisations[0].approvals.tiers[0].roles"),
        (FILE + approvals(tier='up_to = 5\npeople = 1\nroles = ["cfo"]'), "organisations[0].approvals.tiers"),
        (
            FILE.replace("[[organisations.staff]]", "[organisations.staff]").replace('name = "Mary', 'nome = "Mary'),
            "organisations[0].staff[0]",
        ),
    ],
)
def test_a_mistake_is_named_by_its_place(text: str, place: str) -> None:
    with pytest.raises(BadConfiguration) as refused:
        setup.read(text)

    assert [key for key, _ in refused.value.errors] == [place]


def test_what_is_not_said_has_a_sensible_default() -> None:
    (read,) = setup.read('[[organisations]]\nslug = "a"\nname = "A"\nkinds = ["office"]\ncountry = "RW"\n')

    assert (read.kinds, read.language, read.least, read.tolerance) == ((Kind.OFFICE,), "en", 1, None)
