"""Forms that the gateway posts: every recorded shape is read, anything else is unread."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phones import Msisdn
from providers.africastalking.callbacks import (
    Delivery,
    DeliveryReport,
    OptOut,
    parse_delivery_report,
    parse_incoming,
    parse_opt_out,
)
from providers.reading import Unreadable

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def report(body: bytes) -> DeliveryReport:
    return parse_delivery_report(body, country_code="254")


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def test_a_full_report_is_read() -> None:
    body = form(
        id="ATXid_3f1",
        status="Failed",
        phoneNumber="+254712345149",
        networkCode="63902",
        failureReason="UserInBlackList",
        retryCount="0",
    )

    assert report(body) == DeliveryReport(
        "ATXid_3f1", Delivery.FAILED, "Failed", Msisdn("254712345149"), "userinblacklist", "63902"
    )


@pytest.mark.parametrize("message_id", ["ATXid_3f1", "ATUid_9", "17"])
def test_a_report_may_hold_no_more_than_id_and_status(message_id: str) -> None:
    read = report(form(id=message_id, status="Success"))

    assert (read.gateway_id, read.status, read.phone, read.failure_reason) == (message_id, Delivery.SUCCESS, None, "")
    assert read.status.arrived


def test_reports_overtake_each_other_and_the_last_word_has_the_highest_rank() -> None:
    on_the_way = [Delivery.UNKNOWN, Delivery.SENT, Delivery.SUBMITTED, Delivery.BUFFERED]
    ends = [Delivery.SUCCESS, Delivery.REJECTED, Delivery.FAILED, Delivery.ABSENT, Delivery.EXPIRED]

    assert [status.rank for status in on_the_way] == sorted({status.rank for status in on_the_way})
    assert not any(status.is_final for status in on_the_way)
    assert all(status.is_final for status in ends)
    assert {status.rank for status in ends[1:]} == {9}
    assert Delivery.SUCCESS.rank > 9  # that it arrived beats all
    assert all(status.rank < 9 for status in on_the_way)


@pytest.mark.parametrize("word", ["success", "SUCCESS", "Success"])
def test_the_case_of_a_status_does_not_matter(word: str) -> None:
    assert report(form(id="1", status=word)).status is Delivery.SUCCESS


def test_an_unknown_status_is_kept_and_is_not_the_end() -> None:
    read = report(form(id="1", status="Teleported"))

    assert (read.status, read.status_text, read.status.is_final) == (Delivery.UNKNOWN, "Teleported", False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"id=1",
        b"status=Success",
        b"id=&status=Success",
        b"id=%00&status=Success",
        b"id=1&status=%FF",
        b"id=\xff&status=Success",
        b"&".join(b"a%d=1" % n for n in range(60)) + b"&id=1&status=Success",
        b"id=1&status=Success&x=" + b"y" * 70_000,
        b"id=" + b"9" * 300 + b"&status=Success",
        b'{"id": 1, "status": "Success"}',
    ],
)
def test_what_is_no_report_is_unread(body: bytes) -> None:
    with pytest.raises(Unreadable):
        report(body)


@pytest.mark.parametrize("phone", [b"%2B254712345149", b"+254712345149", b"254712345149", b"0712345149"])
def test_a_plus_may_be_lost_on_the_way(phone: bytes) -> None:
    assert report(b"id=1&status=Sent&phoneNumber=" + phone).phone == Msisdn("254712345149")


def test_an_incoming_text_is_read() -> None:
    body = form(
        date="2026-10-06 11:20:46",
        id="ATXid_1",
        text="PAY KV2467 1500",
        to="22384",
        linkId="",
        networkCode="63902",
        **{"from": "+254712345149"},
    )

    text = parse_incoming(body, country_code="254", received_at=NOW)

    assert (text.gateway_id, text.sender, text.short_code) == ("ATXid_1", Msisdn("254712345149"), "22384")
    assert (text.text, text.link_id) == ("PAY KV2467 1500", "")
    assert text.at == datetime(2026, 10, 6, 11, 20, 46, tzinfo=UTC)


@pytest.mark.parametrize(
    "date, at",
    [
        ("2017-05-03T06:04:45Z", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        ("2017-05-03T09:04:45+03:00", datetime(2017, 5, 3, 6, 4, 45, tzinfo=UTC)),
        ("yesterday", NOW),
        ("", NOW),
        ("0001-01-01T00:00:00+14:00", NOW),
    ],
)
def test_a_date_has_two_spellings_or_is_the_time_of_receipt(date: str, at: datetime) -> None:
    body = form(date=date, id="1", text="BAL", to="22384", **{"from": "+254712345149"})

    assert parse_incoming(body, country_code="254", received_at=NOW).at == at


@pytest.mark.parametrize("name", ["MTN", "Safaricom", "CALL2DAY", "0712ABCDEF"])
def test_a_sender_with_a_name_has_no_phone(name: str) -> None:
    text = parse_incoming(form(id="1", text="Win!", to="22384", **{"from": name}), country_code="254", received_at=NOW)

    assert (text.sender, text.sender_text) == (None, name)


def test_a_text_keeps_its_lines_and_loses_its_control_characters() -> None:
    body = form(id="1", text=" PAY\nKV2467\x00\x07 é ", to="22384", **{"from": "+254712345149"})

    assert parse_incoming(body, country_code="254", received_at=NOW).text == "PAY\nKV2467   é"


def test_a_book_is_no_text_message() -> None:
    with pytest.raises(Unreadable):
        parse_incoming(form(id="1", text="A" * 1_601, **{"from": "+254712345149"}), country_code="254", received_at=NOW)


def test_an_opt_out_names_sender_and_phone() -> None:
    body = form(senderId="KIVULI", phoneNumber="+254712345149")

    assert parse_opt_out(body, country_code="254") == OptOut("KIVULI", Msisdn("254712345149"))
    with pytest.raises(Unreadable):
        parse_opt_out(form(senderId="KIVULI", phoneNumber="MTN"), country_code="254")


@given(st.binary(max_size=300))
def test_random_bytes_raise_nothing_but_unreadable(body: bytes) -> None:
    with suppress(Unreadable):
        report(body)
    with suppress(Unreadable):
        parse_incoming(body, country_code="254", received_at=NOW)
    with suppress(Unreadable):
        parse_opt_out(body, country_code="254")


@given(st.dictionaries(st.sampled_from(["id", "status", "phoneNumber", "from", "to", "text", "date"]), st.text()))
def test_random_forms_are_read_or_unread(fields: dict[str, str]) -> None:
    body = urlencode(fields, errors="surrogatepass").encode()
    with suppress(Unreadable):
        report(body)
    with suppress(Unreadable):
        read = parse_incoming(body, country_code="254", received_at=NOW)
        assert read.at.tzinfo is UTC
