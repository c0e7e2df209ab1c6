"""The pretended Daraja is as strict as the real one, and complains in its words."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core.ports import HttpReply
from sandbox.moods import Mood
from tests.providers.mpesa.test_parse import sample
from tests.sandbox.town import ASHA, DARAJA, PAYBILL, PROGRAM, Town

PUSH = "/mpesa/stkpush/v1/processrequest"
QUERY = "/mpesa/stkpushquery/v1/query"
REGISTER = "/mpesa/c2b/v2/registerurl"
SIGNED = b64encode(f"{PAYBILL}PASSKEY20261120091500".encode()).decode()


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    await town.close()


async def token(town: Town, credentials: str = "key:secret", *, grant: str = "client_credentials") -> HttpReply:
    basic = b64encode(credentials.encode()).decode()
    return await town.http.request(
        "GET",
        f"{DARAJA}/oauth/v1/generate?grant_type={grant}",
        headers={"Authorization": f"Basic {basic}"},
        body=None,
        timeout_s=5,
    )


async def post(town: Town, path: str, body: bytes, *, bearer: str | None = None) -> tuple[int, Any]:
    if bearer is None:
        bearer = json.loads((await token(town)).body)["access_token"]
    headers = {"Authorization": f"Bearer {bearer}"}
    reply = await town.http.request("POST", DARAJA + path, headers=headers, body=body, timeout_s=5)
    return reply.status, json.loads(reply.body) if reply.body.startswith(b"{") else reply.body


def push(**changes: Any) -> bytes:
    recorded = json.loads(sample("stk_request"))
    ours = {"BusinessShortCode": PAYBILL, "PartyB": PAYBILL, "Password": SIGNED, "CallBackURL": f"{PROGRAM}/stk"}
    return json.dumps({**recorded, **ours, **changes}).encode()


async def test_a_push_in_the_recorded_form_is_taken_and_answered_in_the_recorded_form(town: Town) -> None:
    status, said = await post(town, PUSH, push())

    assert status == 200
    assert set(said) == set(json.loads(sample("stk_response")))
    assert said["ResponseCode"] == "0"
    assert said["CheckoutRequestID"].startswith("ws_CO_20112026091500")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"Amount": "0"}, "Amount"),
        ({"Amount": "10.5"}, "Amount"),
        ({"Amount": True}, "Amount"),
        ({"Amount": "9" * 5_000}, "Amount"),
        ({"TransactionType": "CustomerBuyGoodsOnline"}, "TransactionType"),
        ({"PhoneNumber": "0708374149", "PartyA": "0708374149"}, "PhoneNumber"),
        ({"PhoneNumber": "MTN", "PartyA": "MTN"}, "PhoneNumber"),
        ({"PartyA": ASHA.digits}, "PartyA"),
        ({"AccountReference": "X" * 13}, "AccountReference"),
        ({"TransactionDesc": "X" * 14}, "TransactionDesc"),
        ({"CallBackURL": "ftp://x"}, "CallBackURL"),
    ],
)
async def test_a_field_that_is_wrong_is_named(town: Town, changes: dict[str, Any], message: str) -> None:
    status, said = await post(town, PUSH, push(**changes))

    assert (status, said["errorCode"]) == (400, "400.002.02")
    assert said["errorMessage"] == f"Bad Request - Invalid {message}"


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"BusinessShortCode": "999999"}, "Merchant does not exist"),
        ({"PartyB": "999999"}, "Merchant does not exist"),
        ({"Password": "x"}, "Wrong credentials"),
        ({"Password": "*"}, "Wrong credentials"),
        ({"Timestamp": "20261120091501"}, "Wrong credentials"),
    ],
)
async def test_a_wrong_merchant_or_password_is_told_by_message_alone(
    town: Town, changes: dict[str, Any], message: str
) -> None:
    status, said = await post(town, PUSH, push(**changes))

    assert (status, said["errorCode"], said["errorMessage"]) == (500, "500.001.1001", message)


async def test_only_the_newest_token_is_valid_and_for_an_hour(town: Town) -> None:
    old = json.loads((await token(town)).body)["access_token"]
    answer = json.loads((await token(town)).body)
    assert set(answer) == set(json.loads(sample("oauth_token_response")))
    assert answer["expires_in"] == "3599"

    status, said = await post(town, PUSH, push(), bearer=old)
    assert (status, said["errorCode"]) == (404, "404.001.03")
    assert set(said) == set(json.loads(sample("gateway_error_invalid_token")))
    await town.clock.advance(3600)
    assert (await post(town, PUSH, push(), bearer=answer["access_token"]))[0] == 404


async def test_a_token_needs_the_right_words(town: Town) -> None:
    wrong_key, wrong_grant = await token(town, "key:wrong"), await token(town, grant="password")

    assert (wrong_key.status, json.loads(wrong_key.body)["errorCode"]) == (400, "400.008.01")
    assert (wrong_grant.status, json.loads(wrong_grant.body)["errorCode"]) == (400, "400.008.02")


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b"[" * 50_000])
async def test_what_is_no_json_object_is_an_invalid_payload(town: Town, body: bytes) -> None:
    status, said = await post(town, PUSH, body)

    assert (status, said["errorCode"]) == (400, "400.002.05")


async def test_a_question_needs_a_known_prompt_and_the_password(town: Town) -> None:
    _, taken = await post(town, PUSH, push())
    request = {"BusinessShortCode": PAYBILL, "Timestamp": "20261120091500", "Password": SIGNED}

    async def ask(**changes: str) -> tuple[int, Any]:
        asked = {**request, "CheckoutRequestID": taken["CheckoutRequestID"], **changes}
        return await post(town, QUERY, json.dumps(asked).encode())

    status, waiting = await ask()
    assert (status, waiting["errorMessage"]) == (500, "The transaction is being processed")
    assert set(waiting) == set(json.loads(sample("stk_query_still_processing")))
    assert (await ask(CheckoutRequestID="ws_CO_0"))[1]["errorCode"] == "400.002.02"
    assert (await ask(Password="x"))[1]["errorMessage"] == "Wrong credentials"
    await town.clock.advance(61)
    status, answer = await ask()
    assert (status, answer["ResultCode"]) == (200, "1019")
    assert set(answer) == set(json.loads(sample("stk_query_response")))


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"ShortCode": "999"}, "ShortCode"),
        ({"ResponseType": "Canceled"}, "ResponseType"),
        ({"ConfirmationURL": "https://pay.example.org/MPESA"}, "ConfirmationURL"),
        ({"ValidationURL": "nowhere"}, "ValidationURL"),
    ],
)
async def test_addresses_must_be_as_safaricom_wants_them(town: Town, changes: dict[str, str], message: str) -> None:
    recorded = json.loads(sample("c2b_register_request"))

    status, said = await post(town, REGISTER, json.dumps({**recorded, **changes}).encode())

    assert (status, said["errorMessage"]) == (400, f"Bad Request - Invalid {message}")


async def test_in_the_sandbox_addresses_can_be_overwritten_at_will(town: Town) -> None:
    recorded = json.loads(sample("c2b_register_request"))
    for path in ("/one", "/two"):
        asked = {**recorded, "ConfirmationURL": PROGRAM + path}
        status, said = await post(town, REGISTER, json.dumps(asked).encode())
        assert (status, set(said)) == (200, set(json.loads(sample("c2b_register_response"))))

    assert town.school.confirmation_url == f"{PROGRAM}/two"


async def test_the_gateway_refuses_and_falls_silent_in_its_own_way(town: Town) -> None:
    bearer = json.loads((await token(town)).body)["access_token"]

    town.daraja.mood = Mood(refused=1)
    assert (await post(town, PUSH, push(), bearer=bearer))[1]["errorCode"] == "500.003.02"
    town.daraja.mood = Mood(down=True)
    status, page = await post(town, PUSH, push(), bearer=bearer)
    assert (status, page[:6]) == (503, b"<html>")
    assert town.daraja.mood is town.mpesa.mood
    assert town.mpesa.pushes == {}
