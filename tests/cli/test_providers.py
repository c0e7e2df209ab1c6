"""Registering at M-Pesa, and a test payment all the way, against the simulator that the demo uses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.operator import Operator
from cli.providers import (
    ListArgs,
    ProviderLine,
    RegisterArgs,
    RegisteredLine,
    RekeyArgs,
    RekeyedLine,
    SwitchArgs,
    SwitchedLine,
    TrialArgs,
    TrialLine,
    list_providers,
    register,
    rekey,
    switch,
    try_out,
)
from core.errors import NotFound, NotPermitted
from core.ids import ProviderAccountId
from core.organisations import Kind
from core.permissions import Actor, ActorKind, Role
from core.ports import Exchanged
from sandbox.moods import Mood
from storage.audit import history
from storage.database import DatabaseUrl
from storage.organisations import connections
from storage.tx import Tx
from tests.cli.conftest import Opened, Settings
from tests.stories.story import PUBLIC, Story, told
from tests.world import TESTER, World, create_schema
from usecases.registration import (
    URLS,
    ChangeHookKey,
    NoCredentials,
    OldKeyCounts,
    Registration,
    RetireHookKey,
    SwitchEnvironment,
    change_hook_key,
    record_registration,
    retire_hook_key,
    standings,
    switch_environment,
)
from usecases.setup import ProviderAccountEntry, SetUp, set_up

OPERATOR = Operator(TESTER)
CASHIER = Actor(ActorKind.STAFF, "ab" * 16, "test", Role.CASHIER)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    url = DatabaseUrl(f"sqlite:///{tmp_path}/karani.db")
    create_schema(url)
    async with told(url) as running:
        yield running


def opened(story: Story) -> Any:
    return Opened(story.world.app, Settings(Path("nowhere"), "sqlite:///nowhere", public_url=PUBLIC))


async def registered(story: Story, **wishes: Any) -> list[RegisteredLine]:
    return [line async for line in register(opened(story), RegisterArgs(**wishes), OPERATOR)]


async def listed(story: Story) -> list[ProviderLine]:
    return [line async for line in list_providers(opened(story), ListArgs(), OPERATOR)]


async def test_addresses_and_pull_are_registered_written_down_and_may_be_registered_again(story: Story) -> None:
    for _ in range(2):
        lines = await registered(story, nominated="0712 345 678")

        assert [(line.what, line.state) for line in lines] == [("urls", "ok"), ("pull", "ok")]

    (mpesa,) = [line for line in await listed(story) if line.provider == "mpesa"]
    assert mpesa.urls_registered is not None
    assert mpesa.pull_registered is not None
    assert "consumer_key" in [*mpesa.credentials, *mpesa.missing]  # names, and never what they are
    said = story.world.rows("SELECT operation, outcome FROM exchanges WHERE operation LIKE 'register%'")
    assert said == [("register_urls", "accepted"), ("register_pull", "accepted")] * 2
    trail = story.world.rows("SELECT action FROM changes WHERE subject_kind = 'provider_account' ORDER BY sequence")
    assert [action for (action,) in trail][-4:] == ["urls_registered", "pull_registered"] * 2

    story.moods(Mood(down=True))
    assert [line.state for line in await registered(story)] == ["unavailable"]
    with pytest.raises(NotFound):
        await registered(story, shortcode="000000")
    with pytest.raises(NotPermitted):
        async for _ in register(opened(story), RegisterArgs(), Operator(CASHIER)):
            pass


async def test_a_test_payment_goes_all_the_way_and_is_refused_where_money_is_real(story: Story) -> None:
    parent, lines = story.plan.characters[0].msisdn, list[TrialLine]()

    async def trial() -> None:
        async for line in try_out(opened(story), TrialArgs(parent.e164, "KV3833", "10"), OPERATOR):
            lines.append(line)

    watching = asyncio.ensure_future(trial())
    await story.passes(6)
    await story.enters_pin(parent)
    await story.passes(30)
    await watching

    assert [line.state for line in lines] == ["initiated", "processing", "completed"]
    assert lines[-1].receipt == story.town.mpesa.transactions[-1].receipt
    with pytest.raises(NotFound):
        async for _ in try_out(opened(story), TrialArgs("0712345678", "KV0000"), OPERATOR):
            pass

    def goes_live(tx: Tx, command: None) -> None:
        tx.connection.exec_driver_sql("UPDATE provider_accounts SET environment = 'production'")

    await story.world.app.write(goes_live, None)
    refused = [line async for line in try_out(opened(story), TrialArgs("0712345678", "KV3833"), OPERATOR)]
    assert [line.state for line in refused] == ["refused"]


async def test_a_test_payment_that_nobody_sends_says_what_is_missing(world: World) -> None:
    await world.students({"KV10": 4_000})
    world.app.rails = {world.account.id: object()}  # type: ignore[dict-item]
    here: Any = Opened(world.app, Settings(Path("nowhere"), "sqlite:///nowhere"))
    lines = list[TrialLine]()

    async def trial() -> None:
        async for line in try_out(here, TrialArgs("0712345678", "KV10"), OPERATOR):
            lines.append(line)

    watching = asyncio.ensure_future(trial())
    await world.clock.advance(300)
    await watching

    assert [line.state for line in lines] == ["initiated", "initiated"]
    assert "worker" in lines[-1].advice
    assert [line async for line in register(here, RegisterArgs(), OPERATOR)] == []


async def test_a_refusal_is_written_down_and_registers_nothing(world: World) -> None:
    other = await world.other_school("mlima")
    said = Exchanged("register_urls", b"{}", b"{}", 400, 3)
    news = Registration(world.account.id, URLS, is_done=False, detail="400.002.02 no", exchanged=said, actor=TESTER)
    await world.app.write(record_registration, news)

    assert world.rows("SELECT outcome FROM exchanges WHERE operation = 'register_urls'") == [("rejected",)]
    found = await world.app.read(standings, other.organisation)
    assert [(one.organisation, one.urls_at, one.pull_at) for one in found] == [("mlima", None, None)]
    nowhere = replace(news, account=ProviderAccountId(world.ids.new()))
    with pytest.raises(NotFound):
        await world.app.write(record_registration, nowhere)


async def test_credentials_are_written_once_and_each_environment_has_its_own(world: World) -> None:
    """A set-up file need not hold secrets, and those of the sandbox never speak to the real house."""

    async def sets_up(environment: str, **credentials: str) -> None:
        entry = ProviderAccountEntry("mpesa", "600984", environment, "another-hook-key", credentials, {"till": "5"})
        wish = SetUp("kivuli", "Kivuli", (Kind.SCHOOL,), "KE", "en", ("*384*70421#",), (entry,), TESTER)
        await world.app.write(set_up, wish)

    async def speaks() -> tuple[str, dict[str, str]]:
        (one,) = await world.app.read(connections)
        assert one.settings == {"till": "5"}
        return one.account.environment, dict(one.credentials)

    await sets_up("sandbox")
    assert await speaks() == ("sandbox", {"consumer_key": "k"})
    await sets_up("production")
    assert await speaks() == ("production", {})
    await sets_up("production", consumer_key="real")
    assert await speaks() == ("production", {"consumer_key": "real"})
    await sets_up("sandbox")
    assert await speaks() == ("sandbox", {"consumer_key": "k"})


async def test_an_account_is_switched_to_the_other_house_where_credentials_are(world: World) -> None:
    world.app.rails = {world.account.id: object()}  # type: ignore[dict-item]
    here: Any = Opened(world.app, Settings(Path("nowhere"), "sqlite:///nowhere"))

    async def switched(environment: Any) -> list[SwitchedLine]:
        return [line async for line in switch(here, SwitchArgs(environment, "600984"), OPERATOR)]

    with pytest.raises(NoCredentials):
        await switched("production")
    assert await switched("sandbox") == [SwitchedLine("600984", "sandbox", "sandbox")]
    assert here.rewired == ["yes"]
    nowhere = SwitchEnvironment(ProviderAccountId(world.ids.new()), "sandbox", TESTER)
    with pytest.raises(NotFound):
        await world.app.write(switch_environment, nowhere)


async def test_a_leaked_key_is_changed_and_then_retired_once(world: World) -> None:
    here: Any = Opened(world.app, Settings(Path("nowhere"), "sqlite:///nowhere", public_url=PUBLIC))

    async def rekeyed(shortcode: str = "600984", **wishes: Any) -> RekeyedLine:
        (line,) = [line async for line in rekey(here, RekeyArgs(shortcode, **wishes), OPERATOR)]
        return line

    async def keys() -> tuple[str, str | None]:
        (one,) = await world.app.read(connections)
        return one.hook_key, one.old_hook_key

    with pytest.raises(NotFound):
        await rekeyed(retire=True)  # there is none
    line = await rekeyed(clear=True)
    key, old = await keys()
    assert (line.address, line.is_retired, old) == (f"{PUBLIC}/hooks/{key}/", False, "key-of-the-hook")
    assert len(key) == 48
    with pytest.raises(OldKeyCounts):
        await rekeyed()
    assert await keys() == (key, old)
    line = await rekeyed(retire=True)
    assert (line.address, line.is_retired) == (f"{PUBLIC}/hooks/{key[:4]}***/", True)
    assert await keys() == (key, None)
    with pytest.raises(NotFound):
        await rekeyed("20880")
    told = [row.change.action for row in await world.app.read(history, world.account.id)]
    assert told == ["hook_key_changed", "hook_key_retired"]
    assert here.rewired == ["yes", "yes"]


async def test_a_set_up_leaves_the_new_key_in_force(world: World) -> None:
    await world.app.write(change_hook_key, ChangeHookKey(world.account.id, "another", TESTER))

    await world.school()

    (one,) = await world.app.read(connections)
    assert (one.hook_key, one.old_hook_key) == ("another", "key-of-the-hook")


async def test_nobody_changes_the_key_of_another_organisations_account(world: World) -> None:
    rose = await world.staff(Role.ADMIN)
    mlima = await world.other_school("mlima")

    for wish in (ChangeHookKey(mlima.account.id, "another", rose), ChangeHookKey(world.account.id, "another", CASHIER)):
        with pytest.raises((NotFound, NotPermitted)):
            await world.app.write(change_hook_key, wish)
    with pytest.raises((NotFound, NotPermitted)):
        await world.app.write(retire_hook_key, RetireHookKey(mlima.account.id, rose))
