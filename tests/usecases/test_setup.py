"""Setting an organisation up is safe to repeat: money rests on it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.application import Rules, Strategy
from core.approvals import SubjectKind
from core.errors import NotFound, NotPermitted
from core.ids import OrganisationId
from core.money import Currency, Money
from core.organisations import Kind
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from storage import organisations
from storage.audit import history
from storage.organisations import TierSetting
from tests.rivals import rival_of
from tests.world import TESTER, World, kes
from usecases.registration import SwitchEnvironment, switch_environment
from usecases.setup import ProviderAccountEntry, SetUp, StaffEntry, set_up
from usecases.staff import ChangeRole, Disable, change_role, disable

MPESA = ProviderAccountEntry("mpesa", "600984", "sandbox", "a hook key", {"consumer_key": "old"}, {"till": "1"})
SMS = ProviderAccountEntry("africastalking", "20880", "sandbox", "another hook key", {"api_key": "x"})


def wish(**facts: object) -> SetUp:
    values: dict[str, object] = {
        "slug": "mlima",
        "name": "Mlima School",
        "kinds": (Kind.SCHOOL, Kind.OFFICE),
        "country": "KE",
        "language": "sw",
        "service_codes": ("*384*7#", "22384", "22384"),
        "providers": (SMS, MPESA),
        "actor": TESTER,
        "staff": (StaffEntry("Wanjiru", Role.CASHIER, Msisdn.parse("254712000001")),),
    }
    return SetUp(**{**values, **facts})  # type: ignore[arg-type]


async def test_everything_in_the_file_is_there_and_a_repeat_changes_what_was_changed(world: World) -> None:
    first = await world.app.write(set_up, wish())
    changed = ProviderAccountEntry("mpesa", "600984", "production", "yet another key", {"consumer_key": "new"})
    again = await world.app.write(
        set_up,
        wish(
            name="Mlima Hill School",
            providers=(changed,),
            service_codes=("*384*8#",),
            staff=(StaffEntry("Barasa", Role.MANAGER, Msisdn.parse("254712000002")),),
            least=5,
            strategies=(Strategy.EXACT_REFERENCE,),
            tolerance_minor=0,
            strict_references=True,
        ),
    )

    assert again == first
    connections = [one for one in await world.app.read(organisations.connections) if one.account.organisation == first]
    mpesa = next(one for one in connections if one.account.provider == "mpesa")
    assert len(connections) == 2  # what the file no longer names stays: money may rest on it
    assert (mpesa.hook_key, mpesa.credentials, mpesa.settings) == ("a hook key", {"consumer_key": "new"}, {})
    assert mpesa.account.environment == "production"
    assert mpesa.account.organisation_name == "Mlima Hill School"
    assert mpesa.account.policy.rules == Rules((Strategy.EXACT_REFERENCE,), 0)
    assert mpesa.account.policy.limits.least == kes(5)
    assert mpesa.account.policy.strict_references
    assert mpesa.service_codes == ("*384*8#",)
    assert [(one.name, one.role) for one in await world.app.read(organisations.staff_of, first)] == [
        ("Barasa", Role.MANAGER),
        ("Wanjiru", Role.CASHIER),
    ]
    assert [row.change.action for row in await world.app.read(history, first)] == ["set_up", "set_up"]
    found = await world.app.read(organisations.staff_named, "Barasa")
    assert found is not None
    assert found.organisation == first


async def test_a_repeat_gives_nobody_back_what_was_taken_from_them(world: World) -> None:
    wanjiru, barasa = Msisdn.parse("254712000001"), Msisdn.parse("254712000002")
    file = wish(staff=(StaffEntry("Wanjiru", Role.CFO, wanjiru), StaffEntry("Barasa", Role.MANAGER, barasa)))
    organisation = await world.app.write(set_up, file)
    people = {one.name: one.id for one in await world.app.read(organisations.staff_of, organisation)}
    await world.app.write(change_role, ChangeRole(people["Wanjiru"], Role.AUDITOR, TESTER))
    await world.app.write(disable, Disable(people["Barasa"], TESTER))

    await world.app.write(set_up, file)

    found = await world.app.read(organisations.staff_of, organisation)
    assert [(one.name, one.role, one.is_disabled) for one in found] == [
        ("Barasa", Role.MANAGER, True),
        ("Wanjiru", Role.AUDITOR, False),
    ]


async def speaks(world: World, organisation: OrganisationId) -> tuple[str, dict[str, str]]:
    """The house that the account of money speaks to, and with what."""
    (one,) = [
        one
        for one in await world.app.read(organisations.connections)
        if (one.account.organisation, one.account.provider) == (organisation, "mpesa")
    ]
    return one.account.environment, dict(one.credentials)


async def switches(world: World, organisation: OrganisationId, environment: str) -> None:
    found = await world.app.read(lambda tx: organisations.main_account(tx, organisation))
    assert found is not None
    await world.app.write(switch_environment, SwitchEnvironment(found.id, environment, TESTER))


def of(environment: str | None, **credentials: str) -> SetUp:
    """A file that says so of its account, or does not say it."""
    return wish(providers=(replace(MPESA, environment=environment, credentials=credentials),))


REAL = ("production", {"consumer_key": "real"})


async def test_a_repeat_does_not_undo_that_an_account_was_switched_by_hand(world: World) -> None:
    organisation = await world.app.write(set_up, of("production", consumer_key="real"))
    await world.app.write(set_up, of("sandbox", consumer_key="play"))
    await switches(world, organisation, "production")

    await world.app.write(set_up, of("sandbox", consumer_key="new"))
    assert await speaks(world, organisation) == REAL
    await world.app.write(set_up, of("production"))
    assert await speaks(world, organisation) == REAL

    await switches(world, organisation, "sandbox")  # and by hand it goes back, with what the file entered for it
    await world.app.write(set_up, of("production"))
    assert await speaks(world, organisation) == ("sandbox", {"consumer_key": "new"})


async def test_credentials_for_an_environment_that_nobody_names_are_not_entered_after_a_switch_by_hand(
    world: World,
) -> None:
    organisation = await world.app.write(set_up, of("sandbox", consumer_key="play"))
    await world.app.write(set_up, of("production", consumer_key="real"))
    await switches(world, organisation, "sandbox")
    await world.app.write(set_up, of(None, consumer_key="whose?"))
    assert await speaks(world, organisation) == ("sandbox", {"consumer_key": "play"})

    await switches(world, organisation, "production")
    await world.app.write(set_up, of(None, consumer_key="whose?"))
    assert await speaks(world, organisation) == REAL
    await world.app.write(set_up, of("production", consumer_key="newer"))
    assert await speaks(world, organisation) == ("production", {"consumer_key": "newer"})


@pytest.mark.parametrize("who_is_first", ["the file", "the hand"])
async def test_a_hand_that_switches_while_the_file_is_read_again_is_right(world: World, who_is_first: str) -> None:
    organisation = await world.app.write(set_up, of("production", consumer_key="real"))
    await world.app.write(set_up, of("sandbox", consumer_key="play"))
    with rival_of(world) as rival:
        doings = (
            lambda one: one.app.write(set_up, of("sandbox")),
            lambda one: switches(one, organisation, "production"),
        )
        first, second = doings if who_is_first == "the file" else doings[::-1]
        await rival.overlap(lambda: first(world), lambda: second(rival.world))

    assert await speaks(world, organisation) == REAL


async def test_a_file_that_leaves_the_environment_out_leaves_it_as_it_is(world: World) -> None:
    organisation = await world.app.write(set_up, of(None, consumer_key="play"))
    assert await speaks(world, organisation) == ("sandbox", {"consumer_key": "play"})

    await world.app.write(set_up, of("production", consumer_key="real"))
    await world.app.write(set_up, of(None))
    assert await speaks(world, organisation) == REAL
    await world.app.write(set_up, of(None, consumer_key="newer"))
    assert await speaks(world, organisation) == ("production", {"consumer_key": "newer"})


async def test_another_environment_in_the_file_is_told_with_what_it_was(world: World) -> None:
    organisation = await world.app.write(set_up, of("sandbox", consumer_key="play"))
    await world.app.write(set_up, of("production", consumer_key="real"))
    await world.app.write(set_up, of("production"))

    account = await world.app.read(lambda tx: organisations.main_account(tx, organisation))
    assert account is not None
    told = [row.change for row in await world.app.read(history, account.id)]
    assert [(one.action, one.from_state, one.to_state, one.reason) for one in told] == [
        ("environment_set", "sandbox", "production", "600984")
    ]


async def test_a_number_that_stands_twice_in_the_file_is_one_person(world: World) -> None:
    wanjiru = StaffEntry("Wanjiru", Role.CFO, Msisdn.parse("254712000001"))

    organisation = await world.app.write(set_up, wish(staff=(wanjiru, replace(wanjiru, name="W. Kamau"))))

    assert [one.name for one in await world.app.read(organisations.staff_of, organisation)] == ["Wanjiru"]


STRICT = (TierSetting(2, (Role.CFO, Role.TREASURER), kind=SubjectKind.REFUND), TierSetting(3, (Role.CFO,)))


async def test_a_file_that_does_not_say_who_approves_leaves_it_as_it_is(world: World) -> None:
    organisation = await world.app.write(set_up, wish(tiers=STRICT, code_above=50, approval_hours=5))
    before = await world.app.read(organisations.approval_policy, organisation)

    await world.app.write(set_up, wish())

    assert await world.app.read(organisations.approval_policy, organisation) == before
    assert before.lasts == timedelta(hours=5)
    assert [row.change.action for row in await world.app.read(history, organisation)] == ["set_up", "set_up"]


async def test_another_rule_of_who_approves_is_told_with_what_it_was(world: World) -> None:
    organisation = await world.app.write(set_up, wish(tiers=STRICT, code_above=50, approval_hours=5))

    await world.app.write(set_up, wish(tiers=(), code_above=1_000, approval_hours=72))
    await world.app.write(set_up, wish(code_above=0))

    told = [row.change for row in await world.app.read(history, organisation) if row.change.action == "approvals_set"]
    strict, usual = (
        "; ".join(f"{kind}: 0 of {of} up to 50000, 1 of {of}" for kind in ("suspense", "reallocation"))
        for of in ("cfo", "any")
    )
    default = f"all: 1 of any up to 50000, 2 of any; variance: 1 of cfo; {usual}"
    assert [(one.from_state, one.to_state) for one in told] == [
        (
            f"refund: 2 of cfo/treasurer; all: 3 of cfo; {strict}; code above 50; 5 h",
            f"{default}; code above 1000; 72 h",
        ),
        (f"{default}; code above 1000; 72 h", f"{default}; code above 0; 72 h"),
    ]


async def test_whoever_a_file_brings_stands_in_the_trail(world: World) -> None:
    organisation = await world.app.write(set_up, wish())
    await world.app.write(set_up, wish())

    (wanjiru,) = await world.app.read(organisations.staff_of, organisation)
    (told,) = await world.app.read(history, wanjiru.id)
    assert (told.change.action, told.change.to_state, told.actor) == ("staff_added", "cashier", TESTER.name)


async def test_money_is_asked_for_at_the_first_account_that_can_hold_it(world: World) -> None:
    organisation = await world.app.write(set_up, wish())

    account = await world.app.read(organisations.main_account, organisation)

    assert account is not None
    assert account.provider == "mpesa"
    assert not [code for (code,) in world.rows("SELECT code FROM ledger_accounts") if "africastalking" in code]


async def test_the_currency_is_the_countrys(world: World) -> None:
    organisation = await world.app.write(set_up, wish(country="UG", providers=(MPESA,), least=500))

    account = await world.app.read(organisations.main_account, organisation)

    assert account is not None
    assert account.policy.limits.least == Money(500, Currency.UGX)
    assert await world.app.read(organisations.language_of, organisation) == "sw"


async def test_a_name_that_two_organisations_staff_bear_means_nobody(world: World) -> None:
    await world.app.write(set_up, wish())
    await world.app.write(set_up, wish(slug="bonde", providers=()))

    assert await world.app.read(organisations.staff_named, "Wanjiru") is None


async def test_only_an_admin_or_the_operator_sets_up(world: World) -> None:
    for role in Role:
        actor = Actor(ActorKind.STAFF, "x", "test", role)
        if role is Role.ADMIN:
            await world.app.write(set_up, wish(actor=actor))
        else:
            with pytest.raises(NotPermitted):
                await world.app.write(set_up, wish(actor=actor))


async def test_a_strategy_that_is_no_organisations_to_choose_is_refused(world: World) -> None:
    with pytest.raises(NotFound):
        await world.app.write(set_up, wish(strategies=(Strategy.EXACT_REFERENCE, Strategy.STAFF)))
