"""Enquiries: opened once, answered once, and nothing told but whether it was found."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.errors import NotFound, NotPermitted
from core.ids import OrganisationId
from core.payments import Standing
from core.permissions import Role
from core.phones import Msisdn
from storage import enquiries, questions
from tests.world import World
from usecases.enquiries import (
    BELIEVED_AFTER,
    AnswerEnquiries,
    CloseEnquiry,
    OpenEnquiry,
    answer_enquiries,
    any_waits,
    close_enquiry,
    open_enquiry,
)

MARY, CODE = Msisdn("254712345678"), "UKL4A7PQ2X"


async def opens(world: World, typed: str, who: Msisdn = MARY) -> bool:
    wish = OpenEnquiry(world.organisation, who, typed, "sw", "trace")
    return (await world.app.write(open_enquiry, wish)).asks_provider


async def told(world: World) -> list[str]:
    return [answered for (answered,) in world.rows("SELECT answered FROM enquiries WHERE closed_at IS NOT NULL")]


async def answers(world: World) -> int:
    return await world.app.write(answer_enquiries, AnswerEnquiries())


async def test_a_code_that_nobody_told_of_is_asked_about_once_however_often_one_asks(world: World) -> None:
    await world.students({"KV10": 9_000})

    assert [await opens(world, CODE) for _ in range(3)] == [True] * 3
    assert await opens(world, CODE, Msisdn("254733999888"))

    assert world.rows("SELECT count(*) FROM enquiries") == [(2,)]
    assert world.rows("SELECT receipt, asked FROM status_questions") == [(CODE, 0)]
    assert await answers(world) == 0


async def test_whoever_asked_is_told_once_when_it_is_found(world: World) -> None:
    await world.students({"KV10": 9_000})
    await opens(world, CODE)
    assert await world.app.read(any_waits)
    await world.arrives(world.notice("KV10", 700, receipt=CODE))

    assert [await answers(world) for _ in range(3)] == [1, 0, 0]

    assert not await world.app.read(any_waits)
    assert await told(world) == ["found"]
    assert world.rows("SELECT count(*) FROM outbox WHERE event = 'enquiry_answered'") == [(1,)]
    assert [
        action
        for (action,) in world.rows("SELECT action FROM changes WHERE subject_kind = 'enquiry' ORDER BY at, sequence")
    ] == [
        "enquiry_opened",
        "enquiry_answered",
    ]
    assert world.broken_laws() == []


async def test_a_code_that_the_provider_does_not_know_is_said_to_be_so_but_not_at_once(world: World) -> None:
    await world.students({"KV10": 9_000})
    await opens(world, CODE)
    question = await world.app.read(questions.about, world.account.id, CODE)
    assert question is not None

    def unknown(tx, id_: UUID) -> None:  # type: ignore[no-untyped-def]
        questions.answered(tx, id_, Standing.NOT_FOUND, again_at=None)

    await world.app.write(unknown, question.id)
    assert await answers(world) == 0
    await world.clock.advance(BELIEVED_AFTER.total_seconds())

    assert await answers(world) == 1
    assert await told(world) == ["unknown"]


async def test_a_receipt_of_another_organisation_is_not_what_was_looked_for(world: World) -> None:
    other = await world.other_school("mlima")
    await opens(world, CODE)
    await other.arrives(other.notice("", 700, receipt=CODE))

    assert await answers(world) == 0


async def test_what_was_found_and_is_not_settled_is_shown_to_staff_until_they_have_answered(world: World) -> None:
    await world.students({"KV10": 9_000})
    (paid,) = await world.arrives(world.notice("nobody", 700, payer=MARY))
    assert not await opens(world, "700")
    assert not await opens(world, "jana")  # the day beside: the same payment, the same enquiry
    assert not await opens(world, "4200")
    first, second = await world.app.read(enquiries.open_ones, world.organisation)
    assert (first.payment, first.scrap, first.asker) == (paid.payment, "700", MARY)
    assert second.payment is None
    assert len(await world.app.read(enquiries.open_ones)) == 2

    cashier = await world.staff(Role.CASHIER)
    await world.app.write(close_enquiry, CloseEnquiry(first.id, "called her", cashier))

    assert [one.id for one in await world.app.read(enquiries.open_ones, world.organisation)] == [second.id]
    done = await world.app.read(enquiries.load, first.id)
    assert done is not None
    assert (done.answered, done.note) == ("staff", "called her")
    with pytest.raises(NotFound):
        await world.app.write(close_enquiry, CloseEnquiry(first.id, "", cashier))
    assert not await opens(world, "700")
    assert len(await world.app.read(enquiries.open_ones)) == 2


async def test_only_who_finds_owners_may_close_and_only_at_home(world: World) -> None:
    await opens(world, "700")
    (one,) = await world.app.read(enquiries.open_ones)
    auditor = await world.staff(Role.AUDITOR)
    other = await world.other_school("mlima")
    stranger = await other.staff(Role.CASHIER, "254700900777", "Other")

    with pytest.raises(NotPermitted):
        await world.app.write(close_enquiry, CloseEnquiry(one.id, "", auditor))
    for enquiry in (one.id, world.ids.new()):
        with pytest.raises(NotFound):
            await world.app.write(close_enquiry, CloseEnquiry(enquiry, "", stranger))
    nowhere = OrganisationId(world.ids.new())
    with pytest.raises(NotFound):
        await world.app.write(open_enquiry, OpenEnquiry(nowhere, MARY, "700", "en", "trace"))


async def test_who_comes_second_tells_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process closed it between our look and our word."""
    await opens(world, CODE)
    await world.arrives(world.notice("", 700, receipt=CODE))
    monkeypatch.setattr(enquiries, "close", lambda *_, **__: False)

    assert await answers(world) == 0

    assert world.rows("SELECT count(*) FROM outbox WHERE event = 'enquiry_answered'") == [(0,)]
