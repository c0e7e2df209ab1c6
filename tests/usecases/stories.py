"""Stories of money on its way, made by chance: coins, their witnesses, and the order and company in which they come."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from core.ids import PaymentId
from core.payments import Witness
from core.phones import MaskedMsisdn, Msisdn, PayerPhone, hashed
from simulation.laws import Books, books
from tests.world import World
from usecases.collection import Arrival, record_arrivals
from usecases.prompts import prompt_answered, record_failure

WORLD_IS_SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.target],
)
"""Each example founds a school of its own in the test's database: nothing is carried over, and isolation is tested too.
A failing story is not shrunk, which would found thousands of schools: stories are short, and printed whole."""


def examples(share: int) -> settings:
    """Every `share`-th of the examples that the profile asks for: one of these is a whole school year."""
    return settings(WORLD_IS_SHARED, max_examples=max(5, settings().max_examples // share))


ONE_CHILD, TWO_CHILDREN, STRANGER = "254712345678", "254722111222", "254799000111"
OWED = {"KV10": 40, "KV20": 30, "KV30": 25}
GUARDIANS = {"KV10": [ONE_CHILD], "KV20": [TWO_CHILDREN], "KV30": [TWO_CHILDREN]}


def payer(phone: str, shape: str) -> PayerPhone | None:
    """What a provider leaves of a number."""
    number = Msisdn.parse(phone)
    shapes: dict[str, PayerPhone | None] = {
        "whole": number,
        "hashed": hashed(number),
        "masked": MaskedMsisdn(phone[:5], phone[-3:]),
        "none": None,
    }
    return shapes[shape]


SHAPES = st.sampled_from(["whole", "hashed", "masked", "none"])
SHILLINGS = st.integers(1, 60)


@dataclass(frozen=True)
class Coin:
    """One unasked payment: its destination is decided by what it says of itself alone."""

    reference: str
    phone: str
    shape: str
    shillings: int
    name: str = ""


@dataclass(frozen=True)
class Prompt:
    """One prompt. `paid` brings both witnesses, in whatever order; otherwise its failure is told, or nothing at all."""

    phone: str
    shares: tuple[tuple[str, int], ...]
    twin_shape: str
    end: str
    """`paid`, `failed` or `silent`."""

    @property
    def shillings(self) -> int:
        return sum(shillings for _, shillings in self.shares)


def spelt(reference: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [reference, reference.lower(), f" {reference[:2]}-{reference[2:]} ", reference.replace("0", "O")]
    )


BY_REFERENCE = st.builds(
    Coin,
    st.sampled_from([*OWED, "INV-000001", "INV-000003"]).flatmap(spelt),
    st.sampled_from([ONE_CHILD, TWO_CHILDREN, STRANGER]),
    SHAPES,
    SHILLINGS,
)
BY_ONLY_ACCOUNT = st.builds(
    Coin,
    st.sampled_from(["", "nonsense"]),
    st.just(ONE_CHILD),
    st.sampled_from(["whole", "hashed"]),
    SHILLINGS,
)
BY_NOTHING = st.builds(Coin, st.sampled_from(["", "nonsense"]), st.just(STRANGER), SHAPES, SHILLINGS)
SINGLE_PROMPT = st.builds(
    Prompt,
    st.sampled_from([ONE_CHILD, TWO_CHILDREN]),
    st.tuples(st.tuples(st.sampled_from([*OWED]), SHILLINGS)),
    SHAPES,
    st.sampled_from(["paid", "paid", "failed", "silent"]),
)
SPLIT_PROMPT = st.builds(
    # Its sum is like nobody else's: an unasked coin that looked like it would be taken for its answer, and be split.
    lambda left, right, shape, end: Prompt(TWO_CHILDREN, (("KV20", left), ("KV30", right)), shape, end),
    st.integers(100, 130),
    st.integers(100, 130),
    SHAPES,
    st.sampled_from(["paid", "paid", "failed"]),
)

Step = Callable[[World], Awaitable[Any]]


@dataclass(frozen=True)
class Story:
    """What happened in the world; told twice in two schools it is the same story, with the same receipts."""

    coins: tuple[Coin, ...]
    prompts: tuple[Prompt, ...]


def _one_unnamed_per_sum(prompts: list[Prompt]) -> bool:
    """No phone has two prompts of one sum for different children: a phone holds one prompt at a time, and the provider
    refuses the same sum again within two minutes. (Equal ones, for the same child, may be as many as chance likes.)"""
    asked: dict[tuple[str, int], tuple[tuple[str, int], ...]] = {}
    return all(asked.setdefault((one.phone, one.shillings), one.shares) == one.shares for one in prompts)


DECIDED_STORIES = st.builds(
    Story,
    st.lists(BY_REFERENCE | BY_ONLY_ACCOUNT | BY_NOTHING, max_size=6).map(tuple),
    st.lists(SINGLE_PROMPT | SPLIT_PROMPT, max_size=3).filter(_one_unnamed_per_sum).map(tuple),
)
"""Stories of which every order (of `orders`) gives the same books. Each coin's destination is decided by an exact reference,
by a certain payer with one account, by the parts chosen at a prompt, or by nothing at all. What is left out depends on the
order by its nature: several debts to choose from (what is open when the coin comes decides), a masked payer (the amount that
is then outstanding decides), an unasked coin that looks like the answer to a split prompt (whichever comes first is split),
and two notices of one receipt that contradict each other (the first is believed)."""


@st.composite
def orders(draw: st.DrawFn, story: Story) -> list[Any]:
    """All news of a story, each told once to three times, in any order whatever, with one exception: of prompts that are
    equal in phone and sum, the provider's answers come before any other news of them. A callback that outruns the answer
    finds its prompt by phone and sum alone; among equals it could be another's, and if that one was meanwhile taken by a
    twin, nothing tells any more what the payer had chosen. (The coin is credited once all the same, by the rules.)"""
    orderly = keys(story)
    repeats = [key for key in orderly for _ in range(draw(st.integers(0, 2)))]
    shuffled = draw(st.permutations(orderly + repeats))
    sums = Counter((one.phone, one.shillings) for one in story.prompts)
    equals = [at for at, one in enumerate(story.prompts) if sums[(one.phone, one.shillings)] > 1]
    return [("prompt", at, "answer") for at in equals] + shuffled


async def new_school(world: World, number: int) -> World:
    school = await world.other_school(f"school{number}")
    await school.students(OWED, guardians=GUARDIANS)
    return school


async def tell(school: World, story: Story, order: Sequence[Any], *, at_once: Sequence[int]) -> None:
    """Ask all prompts, then tell what happened. `order` shuffles and repeats the news by its keys; `at_once` cuts them into
    groups that are told in the same moment."""
    news = await _news(school, story)
    told = [news[key] for key in order]
    groups = iter([*at_once, len(told)])
    while told:
        size = next(groups)
        await asyncio.gather(*(step(school) for step in told[:size]))
        told = told[size:]


def keys(story: Story) -> list[tuple[str, int, str]]:
    """All news of a story, in the order in which an orderly world would bring them."""
    of_prompts = [
        ("prompt", at, told)
        for at, one in enumerate(story.prompts)
        for told in (
            ("answer", "callback", "twin")
            if one.end == "paid"
            else ("answer", "failure")
            if one.end == "failed"
            else ("answer",)
        )
    ]
    return [("coin", at, "") for at in range(len(story.coins))] + of_prompts


async def _news(school: World, story: Story) -> dict[tuple[str, int, str], Step]:
    found: dict[tuple[str, int, str], Step] = {}
    for at, coin in enumerate(story.coins):
        found[("coin", at, "")] = _arrives(
            school.notice(
                coin.reference,
                coin.shillings,
                payer=payer(coin.phone, coin.shape),
                name=coin.name,
                receipt=f"{school.organisation.hex}-COIN{at}",
            )
        )
    for at, prompt in enumerate(story.prompts):
        asked = await school.asks(prompt.phone, dict(prompt.shares))
        request_id, receipt = f"{school.organisation.hex}-{at}", f"{school.organisation.hex}-PROMPT{at}"
        found[("prompt", at, "answer")] = _accepted(asked.payment, request_id)
        found[("prompt", at, "failure")] = _fails(request_id)
        found[("prompt", at, "callback")] = _arrives(
            school.notice(
                "",
                prompt.shillings,
                payer=Msisdn.parse(prompt.phone),
                receipt=receipt,
                witness=Witness.PROMPT_RESULT,
                request_id=request_id,
            )
        )
        found[("prompt", at, "twin")] = _arrives(
            school.notice(
                prompt.shares[0][0], prompt.shillings, payer=payer(prompt.phone, prompt.twin_shape), receipt=receipt
            )
        )
    return found


def _arrives(notice: Any) -> Step:
    return lambda school: school.app.write(record_arrivals, Arrival(notice, b"{}", "127.0.0.1", "trace"))


def _accepted(payment: PaymentId, request_id: str) -> Step:
    return lambda school: school.app.write(prompt_answered, school.accepted(payment, request_id))


def _fails(request_id: str) -> Step:
    return lambda school: school.app.write(record_failure, school.failure(request_id))


async def books_of(school: World) -> Books:
    """The books of a school, its receipts without the school's own prefix: two schools can be compared."""
    found = await school.app.read(books, school.organisation)
    return Books(
        found.balances,
        found.owed,
        {receipt.partition("-")[2]: coin for receipt, coin in found.coins.items()},
        {receipt.partition("-")[2]: minor for receipt, minor in found.suspense.items()},
    )


school_numbers = itertools.count(1)
