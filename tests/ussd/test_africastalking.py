"""The gateway's dialect over real HTTP: odd forms, lost pluses, stars typed by people, and 200 whatever happens."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given
from hypothesis import strategies as st

from core.application import default_rules
from core.ids import OrganisationId, ProviderAccountId
from core.money import Currency
from core.organisations import Limits, Policy, ProviderAccount
from core.phones import Msisdn
from dialogue.flows import GRAPH
from dialogue.talk import Talk
from providers.calls import CALL, Call, Hook
from providers.reading import Unreadable
from tests.dialogue.people import CODE, MARY, Memory, Town, an_id, calls, child, kes, school
from ussd import africastalking
from ussd.africastalking import Codes, NotOurs, SessionEnded, normalised, parse_ended, parse_form, parse_hop

SESSION = "ATUid_0123456789abcdef0123456789abcdef"
CODES = Codes((CODE,), "254")
FORM = "application/x-www-form-urlencoded"


def form(**changed: str | None) -> dict[str, str]:
    fields: dict[str, str | None] = {
        "sessionId": SESSION,
        "serviceCode": CODE,
        "phoneNumber": "+254712345678",
        "networkCode": "63902",
        "text": "",
    }
    fields.update(changed)
    return {name: value for name, value in fields.items() if value is not None}


HOOK = Hook(
    key="k",
    account=ProviderAccount(
        id=ProviderAccountId(an_id("gateway")),
        organisation=OrganisationId(an_id("Sunrise Academy")),
        organisation_name="Sunrise Academy",
        provider="africastalking",
        environment="sandbox",
        shortcode="70421",
        currency=Currency.KES,
        time_zone="Africa/Nairobi",
        policy=Policy(default_rules(Currency.KES), Limits(kes(10), kes(250_000))),
    ),
    country_code="254",
    service_codes=("384*70421",),
    organisations=(OrganisationId(an_id("Sunrise Academy")),),
)


class Gateway:
    """Posts what Africa's Talking posts."""

    def __init__(self, client: "TestClient[web.Request, web.Application]", town: Town) -> None:
        self.client = client
        self.town = town
        self.ended: list[SessionEnded] = []
        self.outcomes: list[str] = []

    async def post(
        self, path: str = "ussd", *, body: bytes | None = None, kind: str = FORM, **changed: str | None
    ) -> str:
        data = urlencode(form(**changed)).encode() if body is None else body
        answer = await self.client.post(f"/hooks/k/{path}", data=data, headers={"Content-Type": kind})
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        text = await answer.text()
        if path == "ussd":
            assert text.startswith(("CON ", "END "))
            assert len(text) <= 160
        return text


@asynccontextmanager
async def gateway(town: Town | None = None, *, hears: Exception | None = None) -> AsyncIterator[Gateway]:
    """The door on a real socket, behind a gate that lets everything through."""
    town = town or Town.of(calls(school(child())))
    seen: list[Gateway] = []

    @web.middleware
    async def gate(request: web.Request, handler: Any) -> web.StreamResponse:
        request[CALL] = Call(HOOK, await request.read(), "127.0.0.1", "0123456789abcdef")
        answer: web.StreamResponse = await handler(request)
        seen[0].outcomes.append(request[CALL].outcome)
        return answer

    async def on_ended(ended: SessionEnded) -> None:
        if hears is not None:
            raise hears
        seen[0].ended.append(ended)

    application = web.Application(middlewares=[gate], client_max_size=1_000_000)
    application.add_routes(africastalking.routes(Talk(town, Memory(), GRAPH), on_ended=on_ended))
    async with TestClient(TestServer(application)) as client:
        seen.append(Gateway(client, town))
        yield seen[0]


# --- hops ---------------------------------------------------------------------------------------------------------------


async def test_a_parent_dials_and_reaches_the_prompt() -> None:
    async with gateway() as at:
        assert (await at.post(text="")).startswith(
            "CON Sunrise Academy\nAsha Wanjiku owes KSh 12,500\n1 Pay KSh 12,500"
        )
        assert (await at.post(text="1")).startswith("CON Pay KSh 12,500")
        assert (await at.post(text="1*1")).startswith("END Your phone will soon ask for your PIN")
        assert await at.post(text="1*1") == await at.post(text="1*1")

        assert at.town.tries == 1


async def test_stars_that_people_type_are_their_answer() -> None:
    async with gateway() as at:
        await at.post(text="")
        assert "Choose a number" in await at.post(text="**")
        assert "Choose a number" in await at.post(text="***1*")
        assert (await at.post(text="***1**1")).startswith("CON Pay KSh")


async def test_an_empty_answer_is_an_answer() -> None:
    async with gateway() as at:
        await at.post(text="")
        await at.post(text="2")
        assert "Choose a number" in await at.post(text="2*")


@pytest.mark.parametrize(
    "kind", [FORM, f"{FORM}; charset=UTF-8", "Application/X-WWW-Form-URLencoded", f"{FORM};charset=utf-8"]
)
async def test_the_media_type_is_tested_not_the_header(kind: str) -> None:
    async with gateway() as at:
        assert (await at.post(kind=kind)).startswith("CON Sunrise")


@pytest.mark.parametrize(
    "body,kind",
    [
        (b'{"sessionId": "x"}', "application/json"),
        (b"", FORM),
        (b"&&&===", FORM),
        (b"\xff\xfe%%%zz&sessionId", FORM),
        (b"a=1&" * 5_000, FORM),
        (b"x" * 70_000, FORM),
        (urlencode(form(sessionId="")).encode(), FORM),
        (urlencode(form(sessionId="s" * 129)).encode(), FORM),
        (urlencode(form(sessionId="a\x00b")).encode(), FORM),
        (urlencode(form(phoneNumber="")).encode(), FORM),
        (urlencode(form(phoneNumber="CALL2DAY")).encode(), FORM),
        (urlencode(form(phoneNumber="12")).encode(), FORM),
        (urlencode({"text": "1"}).encode(), FORM),
    ],
)
async def test_what_cannot_be_read_ends_with_an_apology_and_a_reference(body: bytes, kind: str) -> None:
    async with gateway() as at:
        text = await at.post(body=body, kind=kind)

        assert text.startswith("END Sorry, we could not read this")
        assert text.endswith("89abcdef")
        assert at.outcomes == ["unread"]
        assert at.town.reads == 0


async def test_a_code_that_is_not_ours_is_refused() -> None:
    async with gateway() as at:
        assert await at.post(serviceCode="*384*1#") == "END This code is not in use."
        assert await at.post(serviceCode=None) == "END This code is not in use."
        assert at.outcomes == ["not_ours", "not_ours"]


async def test_bad_utf_8_in_an_answer_is_an_answer_that_is_not_understood() -> None:
    async with gateway() as at:
        await at.post()

        text = await at.post(body=urlencode(form()).encode().replace(b"text=", b"text=%FF%C3"))

        assert text.startswith("CON Choose a number")


async def test_far_too_much_text_ends_politely() -> None:
    async with gateway() as at:
        assert (await at.post(text="1" * 5_000)).startswith("END Too much was typed")


async def test_a_bug_of_ours_is_still_a_page() -> None:
    town = Town.of(calls(school(child())))
    town.down = ZeroDivisionError()
    async with gateway(town) as at:
        assert await at.post() == "END Sorry, something went wrong. Please dial again. If it stays, tell us: 89abcdef"


# --- reading --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent,network,e164",
    [
        ("+254712345678", "63902", "+254712345678"),
        (" 254712345678", "63902", "+254712345678"),  # the plus, decoded as a blank
        ("254712345678", "", "+254712345678"),
        ("0712345678", "63902", "+254712345678"),
        ("0712345678", "", "+254712345678"),
        ("0788123456", "63510", "+250788123456"),
        ("250788123456", "99999", "+250788123456"),
        (" 250788123456", "99999", "+250788123456"),
        ("0772123456", "64110", "+256772123456"),
        ("0712345678", "64004", "+255712345678"),
    ],
)
def test_a_phone_is_the_same_however_its_plus_fared(sent: str, network: str, e164: str) -> None:
    hop = parse_hop(form(phoneNumber=sent, networkCode=network), CODES, "t")

    assert hop.msisdn.e164 == e164


@pytest.mark.parametrize("code", ["*384*70421#", "384*70421", "*384*70421", " 384*70421# ", "**384*70421##"])
def test_a_service_code_is_the_same_however_it_is_written(code: str) -> None:
    assert normalised(code) == CODE
    assert parse_hop(form(serviceCode=code), CODES, "t").service_code == CODE


def test_a_code_is_matched_whole() -> None:
    for code in ("*384*7042#", "*384*70421*1#", "*384#", "#", ""):
        with pytest.raises(NotOurs):
            parse_hop(form(serviceCode=code), CODES, "t")


@given(st.dictionaries(st.text(min_size=1, max_size=10), st.text(max_size=30), max_size=8))
def test_a_form_is_read_as_it_was_written(fields: dict[str, str]) -> None:
    assert parse_form(urlencode(fields).encode()) == (fields or {"": ""})


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read_as_fields(raw: bytes) -> None:
    fields = parse_form(raw)
    try:
        hop = parse_hop(fields, CODES, "t")
    except (Unreadable, NotOurs):
        return
    assert hop.service_code == CODE


def test_of_a_repeated_field_the_first_counts_and_the_rest_is_bounded() -> None:
    assert parse_form(b"text=1&text=2") == {"text": "1"}
    assert len(parse_form(b"&".join(b"%d=1" % n for n in range(5_000)))) <= 41


def test_codes_arrive_fully_encoded() -> None:
    raw = f"serviceCode={quote(CODE, safe='')}&text=1%2A2&phoneNumber=%2B254712345678&sessionId={SESSION}"

    assert parse_hop(parse_form(raw.encode()), CODES, "t").text == "1*2"


# --- the gateway's last word ------------------------------------------------------------------------------------------


def notice(**changed: str | None) -> dict[str, str | None]:
    fields: dict[str, str | None] = {
        "date": "2026-10-09 12:17:37",
        "status": "Incomplete",
        "cost": "0.00",
        "durationInMillis": "8132",
        "hopsCount": "3",
        "hopsMetadata": "",
        "input": "2*2",
        "lastAppResponse": "CON Asha",
        "errorMessage": "",
    }
    return {**fields, "text": None, **changed}


async def test_the_last_word_on_a_session_is_heard_and_a_new_dial_goes_on() -> None:
    async with gateway() as at:
        await at.post(text="")
        await at.post(text="2")
        await at.post("ussd/events", body=urlencode(form(**notice())).encode())

        assert (await at.post(text="2*1")).startswith("END This session is over")
        assert (await at.post(sessionId="ATUid_2")).startswith("CON Welcome back")
        assert at.ended == [SessionEnded(SESSION, CODE, MARY, "63902", "Incomplete", 3, 8132, "0.00", "")]


@pytest.mark.parametrize(
    "changed,expected",
    [
        ({"cost": "KES 0.10"}, {"cost": "KES 0.10"}),
        ({"cost": "1"}, {"cost": "1"}),
        ({"cost": None, "hopsCount": None, "durationInMillis": None}, {"cost": "", "hops": None, "duration_ms": None}),
        ({"hopsCount": "many", "durationInMillis": "-1"}, {"hops": None, "duration_ms": None}),
        ({"status": "Failed", "errorMessage": "Read timed out"}, {"status": "Failed", "error": "Read timed out"}),
        ({"status": None, "input": None, "retryCount": "1"}, {"status": ""}),
    ],
)
def test_a_last_word_is_read_whatever_is_missing_from_it(changed: dict[str, Any], expected: dict[str, Any]) -> None:
    ended = parse_ended(form(**notice(**changed)), CODES)

    assert {name: getattr(ended, name) for name in expected} == expected


@pytest.mark.parametrize("body", [b"", b"\xff", urlencode(form(serviceCode="*1#")).encode()])
async def test_a_last_word_that_cannot_be_read_is_answered_all_the_same(body: bytes) -> None:
    async with gateway() as at:
        assert await at.post("ussd/events", body=body) == "OK"
        assert at.outcomes == ["unread"]


async def test_a_failure_of_ours_to_hear_it_is_not_the_gateways_trouble() -> None:
    async with gateway(hears=ZeroDivisionError()) as at:
        assert await at.post("ussd/events", body=urlencode(form(**notice())).encode()) == "OK"
        assert at.outcomes == ["failed"]


def test_a_phone_that_nobody_can_read_is_spoken_to_in_english() -> None:
    talk = Talk(Town(), Memory(), GRAPH)

    assert talk.apology("not_in_use", Msisdn("")).text == "This code is not in use."
