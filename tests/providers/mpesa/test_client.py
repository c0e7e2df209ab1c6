"""The rail against a pretended Daraja, in process and over sockets: what is asked, what comes back, what stays unknown."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from core.errors import Unavailable
from core.money import Currency, FractionRefused, Money
from core.payments import FailReason, NotPaid, Paid, StillWaiting
from core.phones import Msisdn
from core.ports import HttpReply, PromptAccepted, PromptOrder, PromptRefused
from providers.mpesa.client import ResponseType, UrlsRefused, UrlsRegistered
from runtime.http import AiohttpClient
from sandbox.moods import Mood
from tests.sandbox.town import ASHA, DARAJA, PROGRAM, Town, order

SAMPLES = Path(__file__).parents[2] / "samples"
TOKEN = json.dumps({"access_token": "T1", "expires_in": "3599"}).encode()
HTML = b"<html><body>The requested URL was rejected.</body></html>"


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    await town.close()


def sample(name: str) -> bytes:
    return (SAMPLES / f"mpesa_{name}.json").read_bytes()


class Script:
    """An Http that answers from a list, token requests apart, and notes what it was asked."""

    def __init__(self, *answers: HttpReply | Unavailable, token: HttpReply | Unavailable | None = None) -> None:
        self.answers = list(answers)
        self.token = token or HttpReply(200, TOKEN)
        self.asked: list[tuple[str, Mapping[str, str], Any]] = []
        self.tokens = 0

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> HttpReply:
        if "/oauth/" in url:
            self.tokens += 1
            answer = self.token
        else:
            self.asked.append((url, headers, json.loads(body or b"{}")))
            answer = self.answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer


def error(code: str, message: str = "said", status: int = 400) -> HttpReply:
    said = {"requestId": "1-2-3", "errorCode": code, "errorMessage": message}
    return HttpReply(status, json.dumps(said).encode())


# --- prompts ---------------------------------------------------------------------------------------------------------


async def test_a_prompt_is_asked_as_the_vendor_says(town: Town) -> None:
    http = Script(HttpReply(200, sample("stk_response")))

    answer, exchanged = await town.rail(http=http).prompt(order(1500, reference="LN-00417"))

    url, headers, asked = http.asked[0]
    assert url == f"{DARAJA}/mpesa/stkpush/v1/processrequest"
    assert headers["Authorization"] == "Bearer T1"
    recorded = json.loads(sample("stk_request"))
    assert set(asked) == set(recorded)
    assert asked | {"Password": "", "CallBackURL": ""} == {
        "BusinessShortCode": "600984",
        "Password": "",
        "Timestamp": "20261120091500",
        "TransactionType": "CustomerPayBillOnline",
        "Amount": "1500",
        "PartyA": ASHA.digits,
        "PartyB": "600984",
        "PhoneNumber": ASHA.digits,
        "CallBackURL": "",
        "AccountReference": "LN-00417",
        "TransactionDesc": "School fees",
    }
    assert answer == PromptAccepted(
        "ws_CO_20112026091501334708374149", {"MerchantRequestID": "6e2b-4c11-a0d5-77f0b1c9e2d4410982"}
    )
    assert (exchanged.operation, exchanged.status) == ("stk_push", 200)


async def test_a_till_names_the_store_and_the_till(town: Town) -> None:
    http = Script(HttpReply(200, sample("stk_response")))

    await town.rail(http=http, till="5512345").prompt(order())

    asked = http.asked[0][2]
    assert (asked["TransactionType"], asked["BusinessShortCode"], asked["PartyB"]) == (
        "CustomerBuyGoodsOnline",
        "600984",
        "5512345",
    )


async def test_the_log_of_an_exchange_holds_no_secret(town: Town) -> None:
    http = Script(HttpReply(200, sample("stk_response")))

    _, exchanged = await town.rail(http=http).prompt(order())

    password = http.asked[0][2]["Password"]
    everything = exchanged.request + exchanged.response + repr(town.account()).encode()
    for secret in (password, "PASSKEY", "T1", "secret"):
        assert secret.encode() not in everything
    assert json.loads(exchanged.request)["Password"] == "***"


async def test_cents_and_long_references_are_never_sent(town: Town) -> None:
    http = Script()

    with pytest.raises(FractionRefused):
        await town.rail(http=http).prompt(PromptOrder(ASHA, Money(150_50, Currency.KES), "KV2467", ""))
    refused, exchanged = await town.rail(http=http).prompt(order(reference="KV2467-AND-MORE"))

    assert isinstance(refused, PromptRefused)
    assert (refused.code, refused.temporary, exchanged.status) == ("reference_too_long", False, 0)
    assert http.asked == []


@pytest.mark.parametrize(
    "reply, temporary",
    [
        (error("400.002.02", "Bad Request - Invalid Amount"), False),
        (error("400.003.02"), False),
        (error("404.001.01", status=404), False),
        (error("405.001", status=405), False),
        (error("500.003.02", "Error Occurred: Spike Arrest Violation", 500), True),
        (error("500.003.03", "Quota Violation", 500), True),
        (HttpReply(500, sample("stk_error_subscriber_locked")), True),
        (error("500.001.1001", "Merchant does not exist", 500), False),
        (error("500.001.1001", "Wrong credentials", 500), False),
        (error("1025", status=500), True),
        (error("2028", status=500), False),
        (HttpReply(200, b'{"ResponseCode":"1","ResponseDescription":"Rejected"}'), False),
    ],
)
async def test_what_is_surely_refused_says_whether_to_try_again(town: Town, reply: HttpReply, temporary: bool) -> None:
    refused, _ = await town.rail(http=Script(reply)).prompt(order())

    assert isinstance(refused, PromptRefused)
    assert refused.temporary is temporary


@pytest.mark.parametrize(
    "reply",
    [
        HttpReply(200, HTML),
        HttpReply(403, HTML),
        HttpReply(503, HTML),
        HttpReply(500, b""),
        HttpReply(504, b"{}"),
        HttpReply(302, b""),
        HttpReply(200, b'{"ResponseCode":"0"}'),
        HttpReply(200, b"[" * 100_000),
        error("500.002.1001", "The service is under maintenance", 500),
        error("500.003.1001", "Internal Server Error", 500),
        error("500.001.1001", "The transaction is being processed", 500),
        error("4999", status=500),
        error("599.1", status=500),
        Unavailable("daraja.test", "no answer within 15 s", sent=True),
    ],
)
async def test_whatever_may_have_prompted_the_phone_is_an_unknown_outcome(
    town: Town, reply: HttpReply | Unavailable
) -> None:
    http = Script(reply)

    with pytest.raises(Unavailable) as unknown:
        await town.rail(http=http).prompt(order())

    assert unknown.value.sent
    assert len(http.asked) == 1


async def test_a_connection_that_never_came_about_may_be_tried_again(town: Town) -> None:
    with pytest.raises(Unavailable) as down:
        await town.rail(http=Script(Unavailable("daraja.test", "no connection"))).prompt(order())

    assert not down.value.sent


# --- the token -------------------------------------------------------------------------------------------------------


async def test_fifty_prompts_at_once_fetch_one_token(town: Town) -> None:
    town.mpesa.mood = Mood(latency_ms=300)
    rail, other_worker = town.rail(), town.rail()
    payers = [Msisdn(f"2547123450{n:02d}") for n in range(50)]

    asked = [asyncio.ensure_future((rail, other_worker)[n % 2].prompt(order(payer=p))) for n, p in enumerate(payers)]
    await town.clock.advance(10)
    answers = await asyncio.gather(*asked)

    assert all(isinstance(answer, PromptAccepted) for answer, _ in answers)
    assert town.daraja.tokens_given == 1


async def test_the_token_is_renewed_a_minute_before_it_ends(town: Town) -> None:
    rail = town.rail()

    await rail.prompt(order())
    await town.clock.advance(3599 - 61)
    await rail.prompt(order(200))
    assert town.daraja.tokens_given == 1
    await town.clock.advance(62)
    await rail.prompt(order(300))

    assert town.daraja.tokens_given == 2


async def test_a_token_that_daraja_forgot_is_replaced_once_for_everybody(town: Town) -> None:
    rail = town.rail()
    await rail.prompt(order())
    town.daraja.forget_tokens()
    payers = [Msisdn(f"2547123450{n:02d}") for n in range(20)]

    answers = await asyncio.gather(*(rail.prompt(order(payer=payer)) for payer in payers))

    assert all(isinstance(answer, PromptAccepted) for answer, _ in answers)
    assert town.daraja.tokens_given == 2


@pytest.mark.parametrize(
    "code, status", [("404.001.03", 404), ("404.001.04", 404), ("401.002.01", 401), ("400.003.01", 400)]
)
async def test_a_token_refused_twice_is_an_outage_and_nothing_was_sent(town: Town, code: str, status: int) -> None:
    http = Script(error(code, "Invalid Access Token", status), HttpReply(404, sample("gateway_error_invalid_token")))

    with pytest.raises(Unavailable) as refused:
        await town.rail(http=http).prompt(order())

    assert not refused.value.sent
    assert (len(http.asked), http.tokens) == (2, 2)


@pytest.mark.parametrize(
    "answer, life_s",
    [
        (sample("oauth_token_response"), 3539),
        (b'{"access_token":"T","expires_in":3599}', 3539),
        (b'{"access_token":"T","expires_in":"soon"}', 240),
        (b'{"access_token":"T","expires_in":"nan"}', 240),
        (b'{"access_token":"T"}', 240),
        (b'{"access_token":"T","expires_in":30}', 1),
    ],
)
async def test_the_life_of_a_token_may_be_a_number_a_text_or_missing(town: Town, answer: bytes, life_s: int) -> None:
    answers = [HttpReply(200, sample("stk_response"))] * 3
    http = Script(*answers, token=HttpReply(200, answer))
    rail = town.rail(http=http)

    await rail.prompt(order())
    await town.clock.advance(life_s - 0.5)
    await rail.prompt(order())
    assert http.tokens == 1
    await town.clock.advance(1)
    await rail.prompt(order())

    assert http.tokens == 2


@pytest.mark.parametrize(
    "answer",
    [
        HttpReply(400, b'{"errorCode":"400.008.01"}'),
        HttpReply(503, HTML),
        HttpReply(200, HTML),
        HttpReply(200, b'{"access_token":""}'),
        HttpReply(200, b'{"access_token":"a\\r\\nb"}'),
        HttpReply(200, b'{"access_token":5}'),
        Unavailable("daraja.test", "no answer", sent=True),
    ],
)
async def test_without_a_token_the_prompt_was_surely_not_sent(town: Town, answer: HttpReply | Unavailable) -> None:
    http = Script(token=answer)

    with pytest.raises(Unavailable) as refused:
        await town.rail(http=http).prompt(order())

    assert not refused.value.sent
    assert http.asked == []


async def test_a_worker_that_died_while_fetching_holds_nobody_up_for_long(town: Town) -> None:
    class Deaf(Script):
        async def request(self, method: str, url: str, **options: Any) -> HttpReply:
            await asyncio.Event().wait()
            raise AssertionError

    dead = asyncio.ensure_future(town.rail(http=Deaf()).prompt(order()))
    await town.clock.advance(0)
    waiting = asyncio.ensure_future(town.rail().prompt(order()))

    await town.clock.advance(15.1)

    with pytest.raises(Unavailable, match="another worker") as late:
        await waiting
    assert not late.value.sent
    await town.clock.advance(5)
    answer, _ = await town.rail().prompt(order())
    assert isinstance(answer, PromptAccepted)
    dead.cancel()


# --- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply, outcome",
    [
        (HttpReply(200, b'{"ResponseCode":"0","ResultCode":"0","ResultDesc":"ok"}'), Paid()),
        (HttpReply(200, b'{"ResponseCode":"0","ResultCode":0}'), Paid()),
        (
            HttpReply(200, sample("stk_query_response")),
            NotPaid("1032", "Request Cancelled by user.", FailReason.CANCELLED),
        ),
        (
            HttpReply(500, sample("stk_query_still_processing")),
            StillWaiting("500.001.1001 The transaction is being processed"),
        ),
        (HttpReply(200, b'{"ResultCode":"4999","ResultDesc":"processing"}'), StillWaiting("4999 processing")),
        (HttpReply(200, b'{"ResultCode":"77","ResultDesc":"?"}'), StillWaiting("77 ?")),
        (error("400.002.02", "Bad Request - Invalid CheckoutRequestID"), None),
    ],
)
async def test_a_question_is_answered_paid_not_paid_or_still_waiting(
    town: Town, reply: HttpReply, outcome: object
) -> None:
    http = Script(reply)

    answer, exchanged = await town.rail(http=http).ask("ws_CO_1")

    assert answer == outcome if outcome else isinstance(answer, StillWaiting)
    url, _, asked = http.asked[0]
    assert url.endswith("/mpesa/stkpushquery/v1/query")
    assert asked["CheckoutRequestID"] == "ws_CO_1"
    assert b"PASSKEY" not in exchanged.request


@pytest.mark.parametrize(
    "reply",
    [
        HttpReply(503, HTML),
        HttpReply(200, b"{}"),
        error("500.003.02", status=500),
        Unavailable("daraja.test", "silence", sent=True),
    ],
)
async def test_a_question_without_an_answer_can_be_asked_again(town: Town, reply: HttpReply | Unavailable) -> None:
    with pytest.raises(Unavailable) as nothing:
        await town.rail(http=Script(reply)).ask("ws_CO_1")

    assert not nothing.value.sent


# --- addresses -------------------------------------------------------------------------------------------------------


async def test_addresses_are_registered_once_in_production() -> None:
    town = Town(production=True)
    confirmation, validation = f"{PROGRAM}/confirm", f"{PROGRAM}/validate"

    first, _ = await town.rail().register_urls(
        confirmation_url=confirmation,
        validation_url=validation,
        response_type=ResponseType.CANCELLED,
        version="v1",
    )
    second, exchanged = await town.rail().register_urls(confirmation_url=confirmation, validation_url=validation)

    assert first == UrlsRegistered(already=False)
    assert second == UrlsRegistered(already=True)
    assert exchanged.status == 500
    assert (town.school.confirmation_url, town.school.response_type) == (f"{PROGRAM}/confirm", "Cancelled")
    await town.close()


async def test_a_recorded_registration_is_understood_despite_its_spelling(town: Town) -> None:
    http = Script(HttpReply(200, sample("c2b_register_response")))

    done, _ = await town.rail(http=http).register_urls(
        confirmation_url="https://pay.example.org/cb/9f3c/c2b/confirm",
        validation_url="https://pay.example.org/cb/9f3c/c2b/validate",
    )

    assert done == UrlsRegistered(already=False)
    assert http.asked[0][2] == json.loads(sample("c2b_register_request"))


async def test_addresses_that_safaricom_refuses_are_not_even_sent(town: Town) -> None:
    http = Script()

    refused, _ = await town.rail(http=http).register_urls(
        confirmation_url="https://pay.example.org/M-Pesa/confirm", validation_url="https://pay.example.org/v"
    )

    assert refused == UrlsRefused("forbidden_word", "m-pesa")
    assert http.asked == []


@pytest.mark.parametrize("reply", [HttpReply(503, HTML), error("500.003.03", status=500)])
async def test_a_registration_without_an_answer_is_an_outage(town: Town, reply: HttpReply) -> None:
    with pytest.raises(Unavailable):
        await town.rail(http=Script(reply)).register_urls(
            confirmation_url="https://a.b/c", validation_url="https://a.b/v"
        )


async def test_a_registration_can_be_refused(town: Town) -> None:
    refused, _ = await town.rail(shortcode="999").register_urls(
        confirmation_url="https://a.b/c", validation_url="https://a.b/v"
    )

    assert refused == UrlsRefused("400.003.02", "Bad Request - Invalid ShortCode")


# --- the same over real sockets --------------------------------------------------------------------------------------


async def test_over_sockets_a_prompt_is_taken_refused_broken_off_and_down(town: Town) -> None:
    server, http = TestServer(town.daraja.app), AiohttpClient()
    await server.start_server()
    base_url = str(server.make_url("")).rstrip("/")
    rail = town.rail(base_url, http=http, timeout_s=1.0)

    taken, exchanged = await rail.prompt(order())
    assert isinstance(taken, PromptAccepted)
    assert exchanged.status == 200
    waiting, _ = await rail.ask(taken.provider_request_id)
    assert isinstance(waiting, StillWaiting)

    locked, _ = await rail.prompt(order())
    assert isinstance(locked, PromptRefused)
    assert locked.temporary

    town.daraja.forget_tokens()
    town.mpesa.mood = Mood(unknown=1)
    with pytest.raises(Unavailable) as broken:
        await rail.prompt(order(payer=Msisdn("254712345777")))
    assert broken.value.sent
    assert len(town.mpesa.pushes) == 2
    assert town.daraja.tokens_given == 2

    town.mpesa.mood = Mood(down=True)
    with pytest.raises(Unavailable) as down:
        await rail.prompt(order(payer=Msisdn("254712345778")))
    assert down.value.sent

    await http.close()  # and with it the connections that it kept
    await server.close()
    with pytest.raises(Unavailable) as gone:
        await rail.prompt(order(payer=Msisdn("254712345779")))
    assert not gone.value.sent
    await http.close()
