"""One payment for several children: divided by the family's rule, shown before the PIN and posted exactly so (FEE-3)."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import NotFound
from core.organisations import Rejection
from core.payments import Witness
from core.phones import Msisdn
from core.splitting import Split
from dialogue import engine
from dialogue.conversation import Hop
from dialogue.engine import Said
from dialogue.flows import GRAPH
from dialogue.speech import money
from storage import callers
from storage.database import DatabaseUrl
from tests.world import TESTER, World, kes, open_world
from usecases.commands import ChooseSplit, RequestPayment
from usecases.fees import NotPossible
from usecases.prompts import prompt_answered, request_payment
from usecases.splits import SetSplit, choose_split, set_split
from usecases.validation import judge
from usecases.verification import verify

MAMA, CODE = "254712345678", "*384*70421#"


async def sets(world: World, split: Split, *children: tuple[str, int], phone: str = MAMA) -> Any:
    return await world.app.write(
        set_split, SetSplit(world.organisation, Msisdn.parse(phone), split, TESTER, tuple(children))
    )


async def family(world: World, **owed: int) -> None:
    await world.students(owed, guardians={number: [MAMA] for number in owed})


async def pays(world: World, reference: str, shillings: int, *, payer: str | None = MAMA) -> None:
    await world.arrives(world.notice(reference, shillings, payer=Msisdn.parse(payer) if payer else None))


def got(world: World) -> dict[str, int]:
    """Shillings that each child got from payments."""
    return {
        number: int(minor) // 100
        for number, minor in world.rows(
            "SELECT c.reference, SUM(a.minor) FROM applications a JOIN customer_accounts c ON c.id = a.account_id"
            " WHERE a.payment_id IS NOT NULL GROUP BY c.reference ORDER BY c.reference"
        )
    }


async def on_screen(world: World, amount: int | None) -> tuple[Said, RequestPayment]:
    """The page before the PIN, for all children: what is owed, or another amount; and what it will ask for."""
    caller = await world.app.read(callers.caller, Msisdn.parse(MAMA), CODE)
    hop = Hop("ATUid_1", caller.msisdn, CODE, "1", "trace")
    step = engine.begin(GRAPH, caller, hop)
    for typed in ("1",) if amount is None else ("1", "2", str(amount)):
        assert isinstance(step, Said)
        while typed == "2" and step.conversation.offered < 2:
            step = engine.advance(GRAPH, step.conversation, "98", caller, hop)
            assert isinstance(step, Said)
        step = engine.advance(GRAPH, step.conversation, typed, caller, hop)
    assert isinstance(step, Said)
    draft = step.conversation.draft
    assert draft is not None
    return step, draft


async def test_a_paybill_payment_to_a_guardians_phone_is_divided_by_their_rule(world: World) -> None:
    await family(world, KV10=4_000, KV20=2_000, KV30=500)
    await sets(world, Split.EQUAL)

    await pays(world, "0712 345 678", 3_000, payer="254799000111")  # an uncle pays

    assert got(world) == {"KV10": 1_250, "KV20": 1_250, "KV30": 500}
    assert world.broken_laws() == []
    assert await world.app.read(verify) == []


async def test_without_a_rule_it_goes_by_what_each_owes_and_without_a_reference_by_the_oldest_due(world: World) -> None:
    await family(world, KV10=4_000, KV20=2_000)
    await pays(world, "254712345678", 3_000)
    by_debt = got(world)

    await pays(world, "", 1_500)

    assert by_debt == {"KV10": 2_000, "KV20": 1_000}
    assert sum(got(world).values()) == 4_500


async def test_money_without_a_reference_follows_the_rule_that_its_payer_chose(world: World) -> None:
    await family(world, KV10=4_000, KV20=2_000)
    await sets(world, Split.ORDER, ("KV20", 1), ("KV10", 1))

    await pays(world, "", 2_500)

    assert got(world) == {"KV10": 500, "KV20": 2_000}


async def test_an_exact_number_is_stronger_than_any_rule(world: World) -> None:
    await family(world, KV10=4_000, KV20=2_000)
    await sets(world, Split.EQUAL)

    await pays(world, "KV10", 3_000)

    assert got(world) == {"KV10": 3_000}


async def test_a_phone_of_nobody_or_of_a_guardian_without_open_accounts_divides_nothing(world: World) -> None:
    await family(world, KV10=4_000)
    await pays(world, "0799 000 222", 100, payer="254799000333")
    await pays(world, "form 1 of 1234567890", 100, payer="254799000333")
    await world.closes("KV10")
    await pays(world, "0712345678", 100, payer="254799000333")

    assert got(world) == {}
    assert await world.suspense() == kes(300).minor


async def test_weights_are_kept_and_what_one_cannot_take_goes_to_the_others(world: World) -> None:
    await family(world, KV10=4_000, KV20=300, KV30=4_000)
    await sets(world, Split.WEIGHTS, ("KV10", 2), ("KV20", 1), ("KV30", 1))

    await pays(world, MAMA, 2_100)

    assert got(world) == {"KV10": 1_200, "KV20": 300, "KV30": 600}


@pytest.mark.parametrize(
    "split, children",
    [
        (Split.ORDER, ()),
        (Split.EQUAL, (("KV10", 1),)),
        (Split.WEIGHTS, (("KV10", 0),)),
        (Split.ORDER, (("KV10", 1), ("KV10", 1))),
    ],
)
async def test_a_rule_that_says_nothing_is_refused(
    world: World, split: Split, children: tuple[tuple[str, int], ...]
) -> None:
    await family(world, KV10=4_000)

    with pytest.raises(NotPossible):
        await sets(world, split, *children)


async def test_only_a_guardians_own_children_are_named_and_only_guardians_choose(world: World) -> None:
    await family(world, KV10=4_000)
    await world.students({"KV20": 100}, guardians={"KV20": ["0799000111"]})

    with pytest.raises(NotFound):
        await sets(world, Split.ORDER, ("KV20", 1))
    with pytest.raises(NotFound):
        await sets(world, Split.ORDER, ("??", 1))
    with pytest.raises(NotFound):
        await sets(world, Split.EQUAL, phone="254799000999")


async def test_a_guardian_of_another_school_has_no_rule_here(world: World) -> None:
    other = await world.other_school("hilltop")
    await other.students({"HT10": 100}, guardians={"HT10": [MAMA]})

    with pytest.raises(NotFound):
        await sets(world, Split.EQUAL)
    await family(world, KV10=4_000)
    await sets(world, Split.DEBT)


async def test_a_strict_school_takes_a_payment_to_a_guardians_phone(world: World) -> None:
    strict = await world.other_school("strict", strict_references=True)
    await family(strict, KV10=4_000)

    known, unknown = [await world.app.read(judge, strict.notice(typed, 100)) for typed in (MAMA, "0799000222")]

    assert (known, unknown) == (None, Rejection.UNKNOWN_ACCOUNT)


async def test_a_guardian_chooses_on_the_phone_and_the_trail_says_so_once(world: World) -> None:
    await family(world, KV10=4_000, KV20=2_000)
    wish = ChooseSplit(world.organisation, Msisdn.parse(MAMA), Split.EQUAL, "ussd")

    await world.app.write(choose_split, wish)
    await world.app.write(choose_split, wish)
    page, draft = await on_screen(world, 1_000)

    assert world.rows("SELECT from_state, to_state FROM changes WHERE action = 'split_chosen'") == [(None, "equal")]
    assert [part.amount for part in draft.parts] == [kes(500), kes(500)]
    assert page.text.count(money(kes(500))) == 2


FAMILIES = st.lists(st.integers(1, 9_000), min_size=2, max_size=5)


@settings(max_examples=max(10, settings().max_examples // 4))
@given(
    owed=FAMILIES,
    rule=st.tuples(st.sampled_from(Split), st.permutations(range(5))),
    amount=st.none() | st.integers(10, 40_000),
    meanwhile=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 9_000)), max_size=2),
)
def test_what_is_shown_before_the_pin_is_what_is_posted_whatever_came_meanwhile(
    owed: list[int],
    rule: tuple[Split, list[int]],
    amount: int | None,
    meanwhile: list[tuple[int, int]],
    told: Callable[..., None],
) -> None:
    told(owed, rule, amount, meanwhile)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Any) -> Callable[..., None]:
    count = itertools.count()
    folder = tmp_path_factory.mktemp("families")

    async def lives(
        world: World,
        owed: list[int],
        rule: tuple[Split, list[int]],
        amount: int | None,
        meanwhile: list[tuple[int, int]],
    ) -> None:
        await world.school()
        numbers = [f"KV{1 + at}0" for at in range(len(owed))]
        await family(world, **dict(zip(numbers, owed, strict=True)))
        split, order = rule
        named = [(numbers[at], 1 + at) for at in order if at < len(numbers)]
        await sets(world, split, *(named if split in (Split.ORDER, Split.WEIGHTS) else ()))

        page, shown = await on_screen(world, amount)
        for at, shillings in meanwhile:
            await pays(world, numbers[at % len(numbers)], shillings, payer="254799000111")
        before = got(world)
        asked = await world.app.write(request_payment, shown)
        await world.app.write(prompt_answered, world.accepted(asked.payment, "ws_1"))
        whole = asked.amount.minor // 100
        notice = world.notice(
            shown.reference,
            whole,
            payer=Msisdn.parse(MAMA),
            witness=Witness.PROMPT_RESULT,
            request_id="ws_1",
        )
        await world.arrives(notice)

        accounts = {await world.account_of(number): number for number in numbers}
        parts = {accounts[part.account]: part.amount.minor // 100 for part in shown.parts}
        after = got(world)
        assert sum(parts.values()) == whole
        if amount is not None:
            assert whole == amount
        assert {number: after.get(number, 0) - before.get(number, 0) for number in numbers} == {
            number: parts.get(number, 0) for number in numbers
        }
        if not page.conversation.more:
            assert all(money(part.amount) in page.text for part in shown.parts)
        assert world.broken_laws() == []

    def play(*story: Any) -> None:
        path = folder / f"{next(count)}.db"
        path.write_bytes(sqlite_template.read_bytes())
        world = open_world(DatabaseUrl(f"sqlite:///{path}"))
        asyncio.run(lives(world, *story))
        world.close()
        path.unlink()

    return play
