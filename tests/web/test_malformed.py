"""Bodies of every wrong kind: the books stay as they are, the provider hears what it understands, and what may be money waits
to be looked at."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.web.door import ACKNOWLEDGED, KEY, Door, confirmation, hop, prompted, sample

REJECTED = b'{"ResultCode":"C2B00016","ResultDesc":"Rejected"}'
MEGABYTE = 1024 * 1024

NO_JSON = {
    "nothing": b"",
    "blanks": b" \r\n ",
    "cut off": sample("c2b_confirmation")[:200],
    "cut off within a letter": '{"TransID":"UKK4A7PQ2X","FirstName":"É"}'.encode()[:-3],
    "a list": b"[]",
    "a number": b"12500",
    "null": b"null",
    "an empty object": b"{}",
    "a form": b"TransID=UKK4A7PQ2X&TransAmount=12500.00",
    "XML": b"<TransAmount>12500.00</TransAmount>",
    "invalid UTF-8": sample("c2b_confirmation").replace(b"WANGARI", b"WANG\xff\xfe"),
    "UTF-16": sample("c2b_confirmation").decode().encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf" + sample("c2b_confirmation"),
    "two bodies": sample("c2b_confirmation") * 2,
    "a hundred thousand zeros": b"\0" * 60_000,
    "nested 30,000 deep": b'{"TransID":' + b"[" * 30_000,
    "nested 30,000 deep where nobody looks": b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
}

NO_AMOUNT: list[Any] = [
    None,
    "",
    "-12500.00",
    -12500,
    "0.00",
    0,
    "NaN",
    "Infinity",
    float("nan"),
    float("inf"),
    float("-inf"),
    "1e9999",
    "9" * 40,
    10**30,
    "1" + "0" * 60_000,
    "1." + "0" * 60_000,
    "12,500.00",
    "12500.00 KES",
    "125\u000000",
    "1\u06f500",
    True,
    False,
    [12500],
    {"Amount": 12500},
]
NO_RECEIPT: list[Any] = [
    None,
    "",
    "  ",
    "UKK0000000",
    "UKK4\u0000A7PQ",
    "UKK4 A7PQ",
    "'; DROP TABLE",
    "X" * 5_000,
    [1],
    {},
    7.5,
]
NO_REFERENCE: list[Any] = ["ADM\u00002231", "ADM\ud8002231", "A" * 5_000, ["ADM2231"], {"a": 1}, True, 1.5]

NO_CONFIRMATION: dict[str, bytes] = {
    **NO_JSON,
    **{f"amount {n}": confirmation(TransAmount=amount) for n, amount in enumerate(NO_AMOUNT)},
    **{f"receipt {n}": confirmation(TransID=receipt) for n, receipt in enumerate(NO_RECEIPT)},
    **{f"reference {n}": confirmation(BillRefNumber=reference) for n, reference in enumerate(NO_REFERENCE)},
    "an amount without value": sample("c2b_confirmation").replace(b'"12500.00"', b"null"),
    "two amounts": sample("c2b_confirmation").replace(b'"MSISDN"', b'"TransAmount":"9.00","MSISDN"'),
    "two receipts": sample("c2b_confirmation").replace(b'"MSISDN"', b'"TransID":"UKK4A7PQ2Y","MSISDN"'),
    "two references": sample("c2b_confirmation").replace(b'"MSISDN"', b'"BillRefNumber":"X","MSISDN"'),
}
NO_PROMPT_RESULT: dict[str, bytes] = {
    **NO_JSON,
    **{f"amount {n}": prompted(items={"Amount": amount}) for n, amount in enumerate(NO_AMOUNT)},
    **{f"receipt {n}": prompted(items={"MpesaReceiptNumber": receipt}) for n, receipt in enumerate(NO_RECEIPT)},
    "no result code": prompted(code=None),
    "a list as code": prompted(code=[0]),
    "an empty code": prompted(code=" "),
    "paid without particulars": prompted(CallbackMetadata=None),
    "particulars that are none": prompted(CallbackMetadata={"Item": "Amount"}),
    "particulars of numbers": prompted(CallbackMetadata={"Item": [1, 2]}),
    "an id of 5,000 letters": prompted(CheckoutRequestID="w" * 5_000),
    "an id with a zero byte": prompted(CheckoutRequestID="ws\u0000CO"),
    "two codes": prompted().replace(b'"ResultCode": 0', b'"ResultCode": 1032, "ResultCode": 0'),
    "two amounts": prompted(
        CallbackMetadata={
            "Item": [
                {"Name": "Amount", "Value": 1},
                {"Name": "Amount", "Value": 1500},
                {"Name": "MpesaReceiptNumber", "Value": "UKK5B2MT9H"},
            ]
        }
    ),
}


async def test_a_confirmation_that_is_none_changes_nothing_and_waits_unread(either: Door) -> None:
    money = await either.money()
    for name, body in NO_CONFIRMATION.items():
        reply = await either.post("c2b/confirmation", body)
        assert (reply.status, reply.body) == (200, ACKNOWLEDGED), name
        assert set(either.outcomes()) == {"unread"}, name

    assert await either.money() == money
    assert len(either.unread()) == len(NO_CONFIRMATION)


async def test_the_outcome_of_a_prompt_that_is_none_changes_nothing_and_waits_unread(either: Door) -> None:
    await either.world.prompts("254708374149", {"ADM2231": 1_500}, request_id="ws_CO_20112026091501334708374149")
    money = await either.money()
    before = len(either.outcomes())
    for name, body in NO_PROMPT_RESULT.items():
        reply = await either.post("stk", body)
        assert (reply.status, reply.body) == (200, ACKNOWLEDGED), name
        assert set(either.outcomes()[before:]) == {"unread"}, name

    assert await either.money() == money
    assert len(either.unread()) == len(NO_PROMPT_RESULT)


async def test_a_validation_that_is_none_is_rejected(door: Door) -> None:
    money = await door.money()
    for name, body in NO_CONFIRMATION.items():
        reply = await door.post("c2b/validation", body)
        assert (reply.status, reply.body) == (200, REJECTED), name

    assert await door.money() == money
    assert len(door.unread()) == len(NO_CONFIRMATION)


async def test_what_is_kept_is_kept_to_the_last_byte_with_a_reason_that_holds_none_of_it(door: Door) -> None:
    from storage import exchanges

    body = sample("c2b_confirmation")[:200]
    await door.post("c2b/confirmation", body)

    (kept,) = await door.world.app.read(exchanges.unread)
    assert kept.exchange.request == body
    assert kept.exchange.detail == "not JSON"


async def test_money_is_money_whatever_its_content_type(door: Door) -> None:
    for number, kind in enumerate(("text/plain", "", "application/x-www-form-urlencoded", 'text/html; charset="')):
        reply = await door.post("c2b/confirmation", confirmation(TransID=f"UKK000000{number}A"), kind=kind or "x")
        assert reply.body == ACKNOWLEDGED

    assert len(door.payments()) == 4


async def test_odd_times_names_and_phones_do_not_keep_money_out(either: Door) -> None:
    odd: list[dict[str, Any]] = [
        {"TransTime": "00010101000000"},
        {"TransTime": "99991231235959"},
        {"TransTime": "2" * 50_000},
        {"TransTime": None},
        {"MSISDN": "2" * 50_000},
        {"MSISDN": "\u0000"},
        {"MSISDN": None},
        {"FirstName": "\u0000\u202e\ud800" + "N" * 5_000},
        {"FirstName": {"a": [1]}},
        {"TransactionType": "\u0000"},
        {"BillRefNumber": None},
        {"BillRefNumber": "%s' OR 1=1 --"},
    ]
    for number, change in enumerate(odd):
        reply = await either.post("c2b/confirmation", confirmation(TransID=f"UKK00000{number:02d}A", **change))
        assert reply.body == ACKNOWLEDGED, change

    assert len(either.payments()) + len(either.unread()) == len(odd)
    assert len(either.payments()) >= len(odd) - 2  # a lone surrogate is no JSON text


# --- too long, packed, cut --------------------------------------------------------------------------------------------


LONG = {"c2b/confirmation": (413, "Too long"), "c2b/validation": (413, "Too long"), "stk": (413, "Too long")}


async def _pieces(piece: bytes, count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield piece


@pytest.mark.parametrize("operation", LONG)
async def test_ten_megabytes_are_refused_and_their_beginning_is_kept(door: Door, operation: str) -> None:
    money = await door.money()
    start = sample("c2b_confirmation")[:-1] + b',"x":"'

    known = await door.post(operation, start + b"A" * 10 * MEGABYTE)
    chunked = await door.post(operation, _pieces(start + b"A" * MEGABYTE, 10))

    for reply in (known, chunked):
        assert (reply.status, json.loads(reply.body)["ResultDesc"]) == LONG[operation]
    assert await door.money() == money
    assert door.unread() == [(operation, "longer than 64 KiB")] * 2


async def test_a_hundred_thousand_brackets_are_too_long(door: Door) -> None:
    assert (await door.post("c2b/confirmation", b"[" * 100_000)).status == 413
    assert len(door.unread()) == 1


@pytest.mark.parametrize("operation", LONG)
@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_bomb_is_not_unpacked(door: Door, operation: str, encoding: str) -> None:
    packed = gzip.compress(b"0" * 50 * MEGABYTE) if encoding == "gzip" else zlib.compress(b"0" * 50 * MEGABYTE)
    money = await door.money()
    tracemalloc.start()
    try:
        reply = await door.post(operation, packed[: 60 * 1024], headers={"Content-Encoding": encoding})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert reply.status in (400, 413)
    assert peak < 4 * MEGABYTE
    assert await door.money() == money
    assert [told[0] for told in door.unread()] == [operation]


async def test_what_is_not_packed_as_it_says_is_kept_and_not_acknowledged(door: Door) -> None:
    reply = await door.post("c2b/confirmation", sample("c2b_confirmation"), headers={"Content-Encoding": "gzip"})

    assert reply.status == 400
    assert door.payments() == []
    assert [told[0] for told in door.unread()] == ["c2b/confirmation"]


async def test_an_honestly_packed_confirmation_is_credited(door: Door) -> None:
    packed = gzip.compress(sample("c2b_confirmation"))

    assert (await door.post("c2b/confirmation", packed, headers={"Content-Encoding": "gzip"})).body == ACKNOWLEDGED
    assert len(door.payments()) == 1


async def test_chunks_of_ten_megabytes_take_no_memory(door: Door) -> None:
    reader, writer = await door.connect()
    tracemalloc.start()
    try:
        writer.write(b"POST /hooks/%s/stk HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % KEY.encode())
        try:
            for _ in range(160):
                writer.write(b"10000\r\n" + b"A" * 65_536 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            pass
        answer = await reader.readline()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        writer.close()

    assert b" 413 " in answer
    assert peak < 4 * MEGABYTE


# --- the gateway's hooks ----------------------------------------------------------------------------------------------


NO_HOP: dict[str, bytes] = {
    "nothing": b"",
    "JSON": b'{"text":"1"}',
    "bad percent signs": b"sessionId=%&phoneNumber=%zz&serviceCode=%2&text=%",
    "invalid UTF-8": b"sessionId=%ff%fe&phoneNumber=%ff&serviceCode=%2A384%2A70421%23&text=%ff",
    "bare bytes": b"\xff\x00" * 100,
    "no phone": hop(phone=""),
    "letters as phone": hop(phone="CALL2DAY"),
    "other digits": hop(phone="+٢٥٤٧١٢٣٤٥٦٧٨"),
    "a negative phone": hop(phone="-254712345678"),
    "a huge phone": hop(phone="2" * 5_000),
    "no session": hop(session=""),
    "a huge session": hop(session="s" * 5_000),
    "a session with a zero byte": hop(session="a\0b"),
    "not our code": hop(serviceCode="*999#"),
    "zero bytes": hop("\0\0\0"),
    "control characters": hop("1*\x1b[2J\x07"),
    "a lone surrogate": hop().replace(b"text=", b"text=%ed%a0%80"),
    "only stars": hop("*" * 900),
    "too many answers": hop("*".join("1" * 400)),
    "a huge text": hop("9" * 50_000),
    "ten megabytes": b"text=" + b"9" * 10 * MEGABYTE,
    "a thousand fields": b"&".join(b"f%d=1" % n for n in range(1_000)),
    "fields said twice": hop("1") + b"&text=2&phoneNumber=%2B254700000000",
    "nested 30,000 deep": hop("[" * 30_000),
    "quotes": hop("'; DROP TABLE payments; --"),
}


async def test_a_phone_gets_a_page_whatever_the_gateway_sends(either: Door) -> None:
    money = await either.money()
    for name, body in NO_HOP.items():
        for kind in (None, "text/plain", "multipart/form-data"):
            reply = await either.post("ussd", body, kind=kind)
            assert reply.status == 200, name
            assert reply.text.startswith(("CON ", "END ")), name
            assert len(reply.text) <= 164, name

    assert await either.money() == money


@pytest.mark.parametrize(
    "operation, answer", [("ussd/events", "OK"), ("sms", "OK"), ("sms/delivery", "OK"), ("sms/optout", "OK")]
)
async def test_the_gateway_is_told_ok_whatever_it_reports(either: Door, operation: str, answer: str) -> None:
    money = await either.money()
    for name, body in {**NO_HOP, **NO_JSON}.items():
        reply = await either.post(operation, body)
        assert (reply.status, reply.text) == (200, answer), name

    assert await either.money() == money


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_hop_packed_wrongly_ends_politely(door: Door, encoding: str) -> None:
    reply = await door.post("ussd", hop(), headers={"Content-Encoding": encoding})

    assert reply.status == 200
    assert reply.text.startswith("END ")


async def test_other_methods_are_refused(door: Door) -> None:
    money = await door.money()
    for operation in (
        "c2b/confirmation",
        "c2b/validation",
        "stk",
        "ussd",
        "ussd/events",
        "sms",
        "sms/delivery",
        "sms/optout",
    ):
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"):
            async with door.client.request(
                method, f"/hooks/{KEY}/{operation}", data=sample("c2b_confirmation")
            ) as said:
                assert said.status == 405

    assert await door.money() == money
