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
    SwitchArgs,
    SwitchedLine,
    TrialArgs,
    TrialLine,
    list_providers,
    register,
    switch,
    try_out,
)
from core.errors import NotFound, NotPermitted
from core.ids import ProviderAccountId
from core.organisations import Kind
from core.permissions import Actor, ActorKind, Role
from core.ports import Exchanged
from sandbox.moods import Mood
from storage.database import DatabaseUrl
from storage.organisations import connections
from storage.tx import Tx
from tests.cli.conftest import Opened, Settings
from tests.stories.story import PUBLIC, Story, told
from tests.world import TESTER, World, create_schema
from usecases.registration import (
    URLS,
    NoCredentials,
    Registration,
    SwitchEnvironment,
    record_registration,
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
