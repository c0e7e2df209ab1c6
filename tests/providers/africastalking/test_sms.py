"""The official SDK against a pretended gateway over real sockets: taken, refused, slow, down, and what stays unknown."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import urllib3
from aiohttp import web
from aiohttp.test_utils import TestServer

from core.errors import Bug, Unavailable
from core.phones import Msisdn
from core.ports import SmsAnswer, SmsRefused, SmsTaken, SmsUnknown
from providers.africastalking import sms
from providers.africastalking.sms import AfricasTalkingAccount, AfricasTalkingSms
from runtime.clock import SystemClock
from runtime.threads import InlineThreads, ThreadPool
from sandbox.moods import Mood
from tests.sandbox.town import ASHA, Town

JUMA = Msisdn("254722345150")
NOT_NAMED = "the answer does not name this number"


def refused_in_the_handshake(error: ssl.SSLError) -> urllib3.exceptions.MaxRetryError:
    return urllib3.exceptions.MaxRetryError(
        urllib3.HTTPSConnectionPool("x"), "/", reason=urllib3.exceptions.SSLError(error)
    )


@dataclass
class Shop:
    """A gateway over sockets and our client for it."""

    town: Town
    base_url: str
    threads: ThreadPool

    def client(self, **changes: Any) -> AfricasTalkingSms:
        standard: dict[str, Any] = {"username": "kivuli", "api_key": "api-key", "connect_s": 0.5, "read_s": 0.5}
        account = AfricasTalkingAccount(**{"base_url": self.base_url, **standard, **changes})
        return AfricasTalkingSms(account, threads=self.threads, clock=SystemClock())


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    town, threads = Town(), ThreadPool(name="sms", workers=4)
    town.gateway._clock = SystemClock()  # the SDK waits in real time
    server = TestServer(town.gateway.app)
    await server.start_server()
    yield Shop(town, str(server.make_url("")).rstrip("/"), threads)
    threads.close()
    await town.close()
    await server.close()


@pytest.fixture
async def answering() -> AsyncIterator[Callable[..., Any]]:
    """A gateway that gives one fixed answer."""
    servers: list[TestServer] = []
    threads = ThreadPool(name="sms", workers=1)

    async def start(**answer: Any) -> AfricasTalkingSms:
        async def handler(_: web.Request) -> web.Response:
            return web.Response(**answer)

        app = web.Application()
        app.router.add_post("/version1/messaging", handler)
        servers.append(TestServer(app))
        await servers[-1].start_server()
        account = AfricasTalkingAccount(str(servers[-1].make_url("")).rstrip("/"), "kivuli", "api-key")
        return AfricasTalkingSms(account, threads=threads, clock=SystemClock())

    yield start
    threads.close()
    for server in servers:
        await server.close()


async def test_a_text_is_taken_with_its_id_parts_and_cost(shop: Shop) -> None:
    [answer] = await shop.client(sender="KIVULI").send("KES 1,500.00 received. Asante!", [ASHA])

    [sent] = shop.town.gateway.sent
    assert answer == SmsTaken(sent.id, 1, "KES 0.8000")
    assert (sent.to, sent.text, sent.sender) == (ASHA, "KES 1,500.00 received. Asante!", "KIVULI")


async def test_every_number_gets_its_own_answer_in_order(shop: Shop) -> None:
    numbers = [Msisdn("254712345403"), ASHA, Msisdn("254712345406"), Msisdn("254712345405"), JUMA]

    bad, asha, opted_out, no_credit, juma = await shop.client().send("Karo", numbers)

    assert bad == SmsRefused("InvalidPhoneNumber", "403 InvalidPhoneNumber")
    assert opted_out == SmsRefused("UserInBlacklist", "406 UserInBlacklist", stopped=True)
    assert no_credit == SmsRefused("InsufficientBalance", "405 InsufficientBalance", temporary=True, halt=True)
    assert [type(asha), type(juma)] == [SmsTaken, SmsTaken]


async def test_an_answer_that_names_its_charset_is_read_too(shop: Shop) -> None:
    shop.town.gateway.names_charset = True

    [answer] = await shop.client().send("Karo", [ASHA])

    assert isinstance(answer, SmsTaken)


async def test_a_sender_that_is_not_registered_stops_the_batch(shop: Shop) -> None:
    shop.town.application.senders = frozenset({"KIVULI"})

    answers = await shop.client(sender="OTHER").send("Karo", [ASHA, JUMA])

    assert answers == [SmsRefused("InvalidSenderId", "InvalidSenderId", halt=True)] * 2


async def test_a_wrong_key_stops_the_batch(shop: Shop) -> None:
    [answer] = await shop.client(api_key="wrong").send("Karo", [ASHA])

    assert isinstance(answer, SmsRefused)
    assert (answer.code, answer.halt) == ("InvalidCredentials", True)
    assert shop.town.gateway.sent == []


async def test_a_gateway_slower_than_our_patience_may_have_taken_the_text(shop: Shop) -> None:
    shop.town.gateway.mood = Mood(latency_ms=1_000)

    with pytest.raises(Unavailable) as slow:
        await shop.client(read_s=0.1).send("Karo", [ASHA])

    assert (slow.value.reason, slow.value.sent) == ("ReadTimeout", True)


async def test_a_line_that_breaks_after_sending_may_have_carried_the_text(shop: Shop) -> None:
    shop.town.gateway.mood = Mood(unknown=1)

    with pytest.raises(Unavailable) as broken:
        await shop.client().send("Karo", [ASHA])

    assert broken.value.sent
    assert len(shop.town.gateway.sent) == 1


async def test_a_gateway_that_nobody_runs_has_taken_nothing(shop: Shop) -> None:
    with pytest.raises(Unavailable) as gone:
        await shop.client(base_url="http://127.0.0.1:1").send("Karo", [ASHA])

    assert not gone.value.sent


async def test_an_error_without_a_known_text_is_an_unknown_outcome(shop: Shop) -> None:
    shop.town.gateway.mood = Mood(down=True)

    with pytest.raises(Unavailable) as down:
        await shop.client().send("Karo", [ASHA])

    assert (down.value.reason, down.value.sent) == ("Service Unavailable", True)


async def test_two_accounts_live_side_by_side(shop: Shop) -> None:
    shop.town.gateway.add(application=type(shop.town.application)("other", "other-key"))
    one, other = shop.client(), shop.client(username="other", api_key="other-key")

    await asyncio.gather(*(client.send("Karo", [ASHA]) for client in (one, other, one, other)))

    assert sorted(sent.username for sent in shop.town.gateway.sent) == ["kivuli", "kivuli", "other", "other"]


async def test_a_thousand_equal_texts_are_one_call(shop: Shop) -> None:
    shop.town.gateway.magic = False
    numbers = [Msisdn(f"254712{n:06d}") for n in range(1_000)]

    answers = await shop.client(read_s=5).send("Karo", numbers)

    assert [type(answer) for answer in answers] == [SmsTaken] * 1_000
    with pytest.raises(Bug):
        await shop.client().send("Karo", [*numbers, ASHA])
    with pytest.raises(Bug):
        await shop.client().send("Karo", [])


@pytest.mark.parametrize(
    "recipient, expected",
    [
        (
            {"statusCode": 100, "status": "Success", "messageId": "ATUid_1", "cost": "0"},
            SmsTaken("ATUid_1", None, "0"),
        ),
        (
            {"statusCode": "101", "status": "Success", "messageId": "7", "cost": "UGX 27", "messageParts": "2"},
            SmsTaken("7", 2, "UGX 27"),
        ),
        (
            {"statusCode": 102, "status": "Success", "messageId": "None", "cost": "0"},
            SmsUnknown("102 Success"),
        ),
        ({"statusCode": 401, "status": "RiskHold", "messageId": "None"}, SmsRefused("RiskHold", "401 RiskHold")),
        (
            {"statusCode": 402, "status": "InvalidSenderId", "messageId": "None"},
            SmsRefused("InvalidSenderId", "402 InvalidSenderId", halt=True),
        ),
        (
            {"statusCode": 404, "status": "UnsupportedNumberType"},
            SmsRefused("UnsupportedNumberType", "404 UnsupportedNumberType"),
        ),
        ({"statusCode": 407, "status": "CouldNotRoute"}, SmsRefused("CouldNotRoute", "407 CouldNotRoute")),
        (
            {"statusCode": 409, "status": "DoNotDisturbRejection"},
            SmsRefused("DoNotDisturbRejection", "409 DoNotDisturbRejection", temporary=True),
        ),
        ({"statusCode": 500, "status": "InternalServerError"}, SmsUnknown("500 InternalServerError")),
        ({"statusCode": 501, "status": "GatewayError"}, SmsUnknown("501 GatewayError")),
        (
            {"statusCode": 502, "status": "RejectedByGateway"},
            SmsRefused("RejectedByGateway", "502 RejectedByGateway", temporary=True),
        ),
        ({"statusCode": " 101 ", "status": "Success", "messageId": "7"}, SmsTaken("7", None, "0")),
        ({"statusCode": 444, "status": "Odd"}, SmsRefused("Odd", "444 Odd")),
        ({"statusCode": 444}, SmsRefused("444", "444")),
        ({"statusCode": 777, "status": "Success", "messageId": "7"}, SmsUnknown("777 Success")),
        ({"statusCode": "soon"}, SmsUnknown("0")),
        ({"number": "254 712 345 149", "statusCode": 101, "messageId": "7"}, SmsTaken("7", None, "0")),
        ({"number": "+25471XXXX678", "statusCode": 101, "messageId": "7"}, SmsUnknown(NOT_NAMED)),
    ],
)
async def test_success_is_a_status_and_an_id_and_what_is_neither_that_nor_a_refusal_is_unknown(
    answering: Callable[..., Any], recipient: dict[str, Any], expected: SmsAnswer
) -> None:
    said = {"SMSMessageData": {"Message": "x", "Recipients": [{"number": ASHA.e164, **recipient}]}}
    response = web.json_response(said)

    client = await answering(status=201, body=response.body, headers={"Content-Type": "application/json"})

    assert await client.send("Karo", [ASHA]) == [expected]


@pytest.mark.parametrize(
    "body, expected",
    [
        (
            b'{"SMSMessageData":{"Message":"InvalidSenderId","Recipients":[]}}',
            SmsRefused("InvalidSenderId", "InvalidSenderId", halt=True),
        ),
        (
            b'{"SMSMessageData":{"Message":"Sent to 0/1 Total Cost: 0","Recipients":[]}}',
            SmsRefused("NoRecipients", "Sent to 0/1 Total Cost: 0"),
        ),
        (
            b'{"SMSMessageData":{"Message":"Sent to 1/1","Recipients":[]}}',
            SmsUnknown("an answer without numbers: Sent to 1/1"),
        ),
        (
            b'{"SMSMessageData":{"Message":"Sent","Recipients":[{"number":"+254700000000","statusCode":101,"messageId":"7"}]}}',
            SmsUnknown(NOT_NAMED),
        ),
    ],
)
async def test_no_answer_for_a_number_is_a_refusal_only_where_the_reason_is_known(
    answering: Callable[..., Any], body: bytes, expected: SmsAnswer
) -> None:
    client = await answering(status=201, body=body, headers={"Content-Type": "application/json"})

    assert await client.send("Karo", [ASHA]) == [expected]


@pytest.mark.parametrize("codes", [(101, 409), (409, 101)])
async def test_a_number_that_was_taken_and_refused_in_one_answer_was_taken(
    answering: Callable[..., Any], codes: tuple[int, int]
) -> None:
    recipients = [{"number": ASHA.e164, "statusCode": code, "messageId": "7"} for code in codes]
    body = web.json_response({"SMSMessageData": {"Message": "x", "Recipients": recipients}}).body

    client = await answering(status=201, body=body, headers={"Content-Type": "application/json"})

    assert await client.send("Karo", [ASHA]) == [SmsTaken("7", None, "0")]


@pytest.mark.parametrize("body", [b"", b"<xml/>", b"{}", b"[1]", b'{"SMSMessageData":{"Recipients":5}}', b"{not json"])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "text/xml"])
async def test_a_success_that_cannot_be_read_is_an_unknown_outcome(
    answering: Callable[..., Any], body: bytes, kind: str
) -> None:
    client = await answering(status=200, body=body, headers={"Content-Type": kind})

    with pytest.raises(Unavailable) as unknown:
        await client.send("Karo", [ASHA])

    assert unknown.value.sent


@pytest.mark.parametrize(
    "status, text",
    [(500, "Internal error: too many connections"), (504, "upstream authentication service timed out"), (503, "")],
)
async def test_the_words_of_a_page_of_errors_do_not_say_that_nothing_was_sent(
    answering: Callable[..., Any], status: int, text: str
) -> None:
    client = await answering(status=status, text=text)

    with pytest.raises(Unavailable) as unknown:
        await client.send("Karo", [ASHA])

    assert unknown.value.sent


async def test_a_throttled_call_was_not_sent(answering: Callable[..., Any]) -> None:
    client = await answering(status=429, text="Too Many Requests")

    with pytest.raises(Unavailable) as throttled:
        await client.send("Karo", [ASHA])

    assert not throttled.value.sent


async def test_an_sdk_that_does_not_come_back_is_left_behind() -> None:
    class Never:
        async def run(self, call: Callable[[], object], *, timeout_s: float) -> Any:
            raise TimeoutError

    client = AfricasTalkingSms(AfricasTalkingAccount("http://x", "kivuli", "k"), threads=Never(), clock=SystemClock())

    with pytest.raises(Unavailable) as lost:
        await client.send("Karo", [ASHA])

    assert lost.value.sent


@pytest.mark.parametrize(
    "error, may_have_left",
    [
        (requests.ConnectTimeout(), False),
        (requests.exceptions.SSLError(), True),
        (requests.exceptions.SSLError(urllib3.exceptions.SSLError(ssl.SSLError("record layer failure"))), True),
        (requests.exceptions.SSLError(refused_in_the_handshake(ssl.SSLError("wrong version number"))), True),
        (requests.exceptions.SSLError(refused_in_the_handshake(ssl.SSLCertVerificationError("self-signed"))), False),
        (requests.exceptions.InvalidHeader("an api key with a line end"), False),
        (requests.exceptions.InvalidHeader(urllib3.exceptions.InvalidHeader("two lengths in the answer")), True),
        (requests.exceptions.ProxyError(), False),
        (requests.exceptions.InvalidURL(), False),
        (requests.exceptions.MissingSchema(), False),
        (requests.ReadTimeout(), True),
        (requests.ConnectionError(), True),
        (requests.ConnectionError("Connection aborted."), True),
        (requests.exceptions.ChunkedEncodingError(), True),
        (requests.exceptions.JSONDecodeError("x", "y", 0), True),
    ],
)
def test_what_went_wrong_says_whether_the_text_may_have_left(error: Exception, may_have_left: bool) -> None:
    assert sms._may_have_left(error) is may_have_left


async def test_the_sdk_limits_are_shorter_than_ours() -> None:
    class Watch(InlineThreads):
        async def run(self, call: Callable[[], Any], *, timeout_s: float) -> Any:
            seen.append((call.keywords["timeout"], timeout_s))  # type: ignore[attr-defined]
            return SmsRefused("x", "y")

    seen: list[tuple[tuple[float, float], float]] = []
    account = AfricasTalkingAccount("http://x", "kivuli", "k")

    await AfricasTalkingSms(account, threads=Watch(), clock=SystemClock()).send("Karo", [ASHA])

    [(sdk, ours)] = seen
    assert sum(sdk) < ours


def test_the_key_is_not_shown_and_the_sdk_is_not_imported_before_the_first_text() -> None:
    assert "api-key" not in repr(AfricasTalkingAccount("http://x", "kivuli", "api-key"))
    code = (
        "import sys; import providers.africastalking.sms as m; "
        "m.AfricasTalkingSms(m.AfricasTalkingAccount('http://x', 'u', 'k'), threads=None, clock=None); "
        "sys.exit('africastalking' in sys.modules or 'requests' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
