"""When a way fails the next one takes the message; where the first may have arrived, nobody sends a second (NOT-4)."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dispatch import SILENCE, Attempt, Outcome, Route, Verdict
from core.errors import Unavailable
from core.messages import PaymentHeld
from core.phones import Msisdn
from core.ports import SmsRefused, SmsTaken
from core.preferences import Channel, Consent, Topic
from jobs.sending import Sending
from storage import attempts, consents, outbox, people
from storage.attempts import Delivery
from storage.outbox import Kind, MessageFacts, Out, State
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.stories import WORLD_IS_SHARED
from tests.world import World, kes
from usecases.delivery import note_delivery, state_after
from usecases.messages import Addressed, Claim, claim_messages, settle

ASHA = Msisdn.parse("0712345678")
HELD = PaymentHeld("Kivuli", kes(10), "?", "7K2M9-QXAV9", "UKL1")
ROUTES = (Route(Channel.SMS, "africastalking"), Route(Channel.SMS, "twilio"))
DOWN = Unavailable("gateway", "refused", sent=False)
LOST = Unavailable("gateway", "no answer", sent=True)


class Gateway:
    """Says what it was told to, names what it takes `AT1`, `AT2`…, and remembers whom it was asked to write to."""

    most_numbers = 9

    def __init__(self, name: str, *answers: Any) -> None:
        self.name, self.answers = name, list(answers)
        self.lots: list[list[str]] = []
        self.marks: list[str] = []

    async def send(self, text: str, to: Sequence[Msisdn], *, marks: Sequence[str] = ()) -> list[SmsTaken | SmsRefused]:
        self.lots.append([number.digits for number in to])
        self.marks += marks
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return [answer or SmsTaken(f"{self.name}{len(self.lots)}", 1, "KES 0.8") for _ in to]


def gateways_of(world: World, first: Sequence[Any] = (), second: Sequence[Any] = ()) -> tuple[Gateway, Gateway]:
    one, two = Gateway("AT", *first), Gateway("SM", *second)
    world.app.gateways = {world.organisation: {"africastalking": one, "twilio": two}}
    return one, two


async def queued(world: World, message: Any = HELD, *, to: Msisdn = ASHA) -> None:
    def put(tx: Tx, command: None) -> None:
        out = Out(world.organisation, Kind.SMS, message.event, MessageFacts(message, msisdn=to.digits))
        outbox.put(tx, [out])

    await world.app.write(put, None)


async def rounds(world: World, count: int = 4) -> None:
    for _ in range(count):
        await Sending(world.app).round()


def report(gateway_id: str, verdict: Verdict, *, provider: str = "africastalking", **facts: Any) -> Delivery:
    rank = {Verdict.ON_THE_WAY: 1, Verdict.FAILED: 9, Verdict.STOPPED: 9, Verdict.ARRIVED: 10}[verdict]
    return Delivery(provider, gateway_id, verdict.value, rank, "", verdict, **facts)


async def reported(world: World, gateway_id: str, verdict: Verdict, **facts: Any) -> bool:
    return await world.app.write(note_delivery, report(gateway_id, verdict, **facts))


def tries(world: World) -> list[tuple[Any, ...]]:
    return world.rows("SELECT provider, outcome FROM attempts ORDER BY message_id, number")


def states(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT state FROM outbox ORDER BY id")]


# --- failure of submission ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer, end",
    [
        (DOWN, "later"),
        (SmsRefused("InsufficientBalance", "", halt=True), "later"),
        (SmsRefused("CouldNotRoute", ""), "refused"),
    ],
    ids=["down", "our account is empty", "no route"],
)
async def test_what_one_gateway_surely_did_not_send_another_sends_at_once(world: World, answer: Any, end: str) -> None:
    one, two = gateways_of(world, [answer])
    await queued(world)

    await rounds(world)

    assert (one.lots, two.lots) == ([[ASHA.digits]], [[ASHA.digits]])
    assert tries(world) == [("africastalking", end), ("twilio", "taken")]
    assert states(world) == ["sent"]


async def test_where_the_first_may_have_sent_it_nobody_else_does(world: World) -> None:
    one, two = gateways_of(world, [LOST])
    await queued(world)

    await rounds(world)
    await world.clock.advance(1_000_000)
    await rounds(world)

    assert (len(one.lots), two.lots) == (1, [])
    assert (states(world), tries(world)) == (["unknown"], [("africastalking", "unknown")])


async def test_when_all_refuse_it_ends_visibly(world: World) -> None:
    gateways_of(world, [SmsRefused("403", "InvalidPhoneNumber")], [SmsRefused("21211", "invalid To")])
    await queued(world)

    await rounds(world)

    assert world.rows("SELECT state, attempts, last_error FROM outbox") == [("failed", 2, "21211 invalid To")]


async def test_who_stopped_us_at_a_gateway_is_texted_by_no_other_and_the_stop_is_ours_from_then_on(
    world: World,
) -> None:
    _, two = gateways_of(world, [SmsRefused("UserInBlacklist", "406", stopped=True)])
    await queued(world)
    await rounds(world)
    await queued(world)
    await rounds(world)

    assert two.lots == []
    assert states(world) == ["failed", "skipped"]
    assert tries(world) == [("africastalking", "stopped")]
    assert world.rows("SELECT wanted, channel, source FROM consents") == [(False, "sms", "africastalking")]


# --- failure of delivery -----------------------------------------------------------------------------------------------


async def test_what_did_not_arrive_goes_by_the_next_gateway_and_then_ends(world: World) -> None:
    _, two = gateways_of(world)
    await queued(world)
    await rounds(world)
    assert await reported(world, "AT1", Verdict.ON_THE_WAY)
    await rounds(world)
    assert two.lots == []

    assert await reported(world, "AT1", Verdict.FAILED)
    await rounds(world)
    assert tries(world) == [("africastalking", "undelivered"), ("twilio", "taken")]
    assert states(world) == ["sent"]

    assert await reported(world, "SM1", Verdict.FAILED, provider="twilio")
    await rounds(world)
    assert world.rows("SELECT state, last_error FROM outbox") == [("failed", "not delivered: failed")]
    assert len(tries(world)) == 2

    assert await reported(world, "SM1", Verdict.ARRIVED, provider="twilio")  # it was only slow
    await rounds(world)
    assert states(world) == ["sent"]


async def test_before_the_second_way_everything_is_asked_again(world: World) -> None:
    """It fails in the evening: the second copy waits for the morning; then its reader has stopped us."""
    _, two = gateways_of(world)
    await queued(world)
    await rounds(world)
    await world.clock.advance((datetime(2026, 11, 21, 18, 30, tzinfo=UTC) - world.clock.now()).total_seconds())
    await reported(world, "AT1", Verdict.FAILED)

    await rounds(world)
    assert (states(world), two.lots) == (["pending"], [])

    def stop(tx: Tx, command: None) -> None:
        consents.note(tx, world.organisation, people.msisdn_index(tx, ASHA), Consent(False), source="sms")

    await world.app.write(stop, None)
    await world.clock.advance(12 * 3600)
    await rounds(world)
    assert (states(world), two.lots) == (["skipped"], [])


async def test_that_it_arrived_after_all_cancels_the_second_copy(world: World) -> None:
    _, two = gateways_of(world)
    await queued(world)
    await rounds(world)
    await reported(world, "AT1", Verdict.FAILED)

    await reported(world, "AT1", Verdict.ARRIVED)
    await rounds(world)

    assert (states(world), tries(world), two.lots) == (["sent"], [("africastalking", "arrived")], [])


async def test_a_late_failure_of_the_first_way_changes_nothing_once_the_second_has_it(world: World) -> None:
    one, two = gateways_of(world)
    await queued(world)
    await rounds(world)
    await reported(world, "AT1", Verdict.FAILED)
    await rounds(world)
    await reported(world, "SM1", Verdict.ARRIVED, provider="twilio")

    await reported(world, "AT1", Verdict.FAILED)
    await rounds(world)

    assert (len(one.lots), len(two.lots), states(world)) == (1, 1, ["sent"])


async def test_a_stop_that_a_report_tells_of_holds_at_once(world: World) -> None:
    _, two = gateways_of(world)
    await queued(world)
    await rounds(world)

    await reported(world, "AT1", Verdict.STOPPED)
    await reported(world, "AT1", Verdict.STOPPED)
    await rounds(world)

    assert (states(world), two.lots) == (["skipped"], [])
    assert world.rows("SELECT wanted, channel, source FROM consents") == [(False, "sms", "africastalking")]


async def test_a_late_failure_leaves_alone_what_is_under_way_or_unknown(world: World) -> None:
    """The first way fails twice over; the second one's answer is lost meanwhile."""
    await queued(world)
    (one,) = await claimed(world)
    await world.app.write(settle, [outbox.Sent(one.id, "AT1", 1, "", 1)])
    await reported(world, "AT1", Verdict.FAILED)
    (two,) = await claimed(world)
    stop = report("AT1", Verdict.STOPPED)
    await world.app.write(
        note_delivery, replace(stop, rank=10)
    )  # another gateway's ranks, that outdo the first failure
    assert states(world) == ["sending"]

    await world.app.write(settle, [outbox.Unknown(two.id, "no answer", 2)])
    await world.app.write(note_delivery, replace(stop, rank=11))

    assert states(world) == ["unknown"]
    assert await claimed(world) == []


# --- silence -----------------------------------------------------------------------------------------------------------


async def test_only_what_must_arrive_goes_by_a_second_way_when_nothing_is_heard(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PaymentHeld, "topic", Topic.SECURITY)
    one, two = gateways_of(world)
    await queued(world)
    await rounds(world)
    await world.clock.advance(SILENCE.total_seconds())
    await rounds(world)
    assert two.lots == []

    await world.clock.advance(1)
    await rounds(world)
    assert tries(world) == [("africastalking", "taken"), ("twilio", "taken")]

    await world.clock.advance(SILENCE.total_seconds() + 1)
    await rounds(world)
    await world.clock.advance(1_000_000)
    await rounds(world)

    assert (len(one.lots), len(two.lots), states(world)) == (1, 1, ["sent"])


async def test_a_report_in_time_ends_the_waiting(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PaymentHeld, "topic", Topic.SECURITY)
    _, two = gateways_of(world)
    await queued(world)
    await rounds(world)
    await reported(world, "AT1", Verdict.ARRIVED)
    await world.clock.advance(1_000)
    await rounds(world)

    assert (two.lots, tries(world)) == ([], [("africastalking", "arrived")])


# --- races -------------------------------------------------------------------------------------------------------------


async def claimed(world: World) -> list[Addressed]:
    return await world.app.write(claim_messages, Claim(9, {world.organisation: ROUTES}))


async def test_a_failure_that_is_reported_before_the_gateways_own_answer_leads_to_the_next_way(world: World) -> None:
    await queued(world)
    (one,) = await claimed(world)
    assert not await reported(world, "AT1", Verdict.FAILED)
    await world.app.write(settle, [outbox.Sent(one.id, "AT1", 1, "", one.attempts)])

    (two,) = await claimed(world)

    assert (two.id, two.attempts, two.route) == (one.id, 2, ROUTES[1])
    assert world.rows("SELECT 1 FROM early_deliveries") == []


@pytest.mark.parametrize("verdict", Verdict)
async def test_a_report_that_names_our_attempt_resolves_what_was_unknown(world: World, verdict: Verdict) -> None:
    await queued(world)
    (one,) = await claimed(world)
    await world.app.write(settle, [outbox.Unknown(one.id, "no answer", one.attempts)])
    assert states(world) == ["unknown"]

    assert await reported(world, "SM7", verdict, mark=(one.id, one.attempts))

    assert states(world) == ["sent" if verdict in (Verdict.ON_THE_WAY, Verdict.ARRIVED) else "pending"]
    assert world.rows("SELECT gateway_id, outcome FROM attempts") == [("SM7", verdict.outcome.value)]


async def test_a_report_that_names_our_attempt_outlives_the_worker_that_made_it(world: World) -> None:
    """The worker dies between its mark and the answer; the report comes first, then somebody notices the death."""
    await queued(world)
    (one,) = await claimed(world)
    assert not await reported(world, "SM7", Verdict.ARRIVED, mark=(one.id, one.attempts))
    await world.clock.advance(61)

    assert await claimed(world) == []

    assert (states(world), tries(world)) == (["sent"], [("africastalking", "arrived")])


async def test_the_answer_of_a_worker_that_was_given_up_is_not_taken_for_that_of_the_next(world: World) -> None:
    await queued(world)
    (one,) = await claimed(world)
    await world.clock.advance(61)
    await claimed(world)
    await reported(world, "SM7", Verdict.FAILED, mark=(one.id, one.attempts))
    (two,) = await claimed(world)

    await world.app.write(settle, [outbox.NotSent(one.id, "refused", None, one.attempts)])  # the dead man speaks
    assert states(world) == ["sending"]
    await world.app.write(settle, [outbox.Sent(two.id, "AT9", 1, "", two.attempts)])

    assert (states(world), tries(world)) == (["sent"], [("africastalking", "undelivered"), ("twilio", "taken")])


async def test_a_report_for_another_gateway_with_the_same_name_for_its_message_is_another(world: World) -> None:
    gateways_of(world)
    await queued(world)
    await rounds(world)

    assert not await reported(world, "AT1", Verdict.FAILED, provider="twilio")

    assert tries(world) == [("africastalking", "taken")]


async def test_of_two_reports_at_once_both_are_weighed(world: World) -> None:
    gateways_of(world)
    await queued(world)
    await rounds(world)
    with rival_of(world) as rival:
        await rival.overlap(
            lambda: reported(world, "AT1", Verdict.FAILED),
            lambda: reported(rival.world, "AT1", Verdict.ARRIVED),
        )

    assert (states(world), tries(world)) == (["sent"], [("africastalking", "arrived")])


async def test_an_early_report_that_met_the_answer_in_another_process_is_joined_at_the_next_look(world: World) -> None:
    await queued(world)
    (one,) = await claimed(world)

    def crossed(tx: Tx, command: None) -> None:
        """What two transactions leave that did not see each other."""
        attempts.end(tx, [attempts.Ended(one.id, 1, Outcome.TAKEN, "", "AT1")])
        outbox.settle(tx, [outbox.Sent(one.id, "AT1")])
        attempts.keep_early(tx, report("AT1", Verdict.ARRIVED))
        attempts.keep_early(tx, replace(report("AT1", Verdict.ON_THE_WAY), status="late"))

    await world.app.write(crossed, None)
    await rounds(world, 1)

    assert tries(world) == [("africastalking", "arrived")]
    assert world.rows("SELECT 1 FROM early_deliveries") == []


async def test_the_end_of_one_attempt_does_not_send_again_what_another_brought(world: World) -> None:
    """The first way fails, the second is under way when the first reports that it did arrive, and then fails itself."""
    await queued(world)
    (one,) = await claimed(world)
    await world.app.write(settle, [outbox.Sent(one.id, "AT1", 1, "", 1)])
    await reported(world, "AT1", Verdict.FAILED)
    (two,) = await claimed(world)
    await reported(world, "AT1", Verdict.ARRIVED)
    assert states(world) == ["sending"]
    await world.app.write(settle, [outbox.NotSent(two.id, "busy", world.clock.now(), two.attempts)])

    assert await claimed(world) == []
    assert states(world) == ["sent"]


@given(st.lists(st.tuples(st.sampled_from(["AT", "SM"]), st.sampled_from(Verdict)), max_size=8))
@WORLD_IS_SHARED
async def test_in_any_order_of_reports_nothing_goes_out_again_that_arrived_and_no_way_is_used_twice(
    world: World, said: list[tuple[str, Verdict]]
) -> None:
    one, two = gateways_of(world)
    one.name, two.name = (f"{name}:{next(_examples)}:" for name in ("AT", "SM"))
    await queued(world, to=Msisdn(f"2547{next(_examples):08d}"))
    await rounds(world, 1)
    arrived = False
    for who, verdict in said:
        gateway, provider = (one, "africastalking") if who == "AT" else (two, "twilio")
        await reported(world, f"{gateway.name}1", verdict, provider=provider)
        arrived = arrived or (verdict is Verdict.ARRIVED and len(gateway.lots) == 1)
        sent = len(two.lots)
        await rounds(world, 2)
        assert len(two.lots) == sent or not arrived

    assert (len(one.lots), len(two.lots) <= 1) == (1, True)
    assert (states(world)[-1] == "sent") or not arrived


_examples = itertools.count(1)


# --- batches -----------------------------------------------------------------------------------------------------------


async def test_equal_texts_are_handed_over_together_but_never_two_to_one_phone(world: World) -> None:
    one, _ = gateways_of(world)
    other = Msisdn.parse("0711000999")
    for to in (ASHA, other, ASHA):
        await queued(world, to=to)
    await queued(world, replace(HELD, amount=kes(99)), to=other)

    await rounds(world, 1)

    assert sorted(map(sorted, one.lots)) == sorted([sorted([ASHA.digits, other.digits]), [ASHA.digits], [other.digits]])
    assert len(set(one.marks)) == 4
    assert states(world) == [State.SENT.value] * 4


@pytest.mark.parametrize(
    "outcomes, state",
    [
        ([Outcome.TAKEN, Outcome.REFUSED], State.SENT),
        ([Outcome.REFUSED, Outcome.UNKNOWN], State.UNKNOWN),
        ([Outcome.REFUSED, Outcome.REFUSED], State.FAILED),
    ],
)
def test_a_message_for_which_no_way_is_left_stands_where_its_best_attempt_left_it(
    outcomes: list[Outcome], state: State
) -> None:
    route = Route(Channel.SMS, "africastalking")

    assert state_after([Attempt(route, outcome) for outcome in outcomes]) is state
