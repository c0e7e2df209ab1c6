"""What Daraja answers to a pull, in every shape that was seen."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Unavailable
from core.ids import OrganisationId, ProviderAccountId
from core.money import Currency, Money
from core.payments import Method, MoneyArrived, MoneyReturned, Witness
from core.phones import MaskedMsisdn, Msisdn
from core.ports import HttpReply, PulledPage
from providers.mpesa.parse import Received
from providers.mpesa.pulling import read_page
from providers.mpesa.times import read_pulled

SAMPLES = Path(__file__).parents[2] / "samples"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RECEIVED = Received(ProviderAccountId(UUID(int=1)), OrganisationId(UUID(int=2)), Currency.KES, "254", NOW)
ROW = {
    "transactionId": "UKK4A7PQ2X",
    "trxDate": "2026-11-20T08:15:42Z",
    "msisdn": 254708374149,
    "sender": "WANGARI",
    "transactiontype": "c2b-pay-bill-debit",
    "billreference": "ADM2231",
    "amount": "12500.00",
}


def page(body: Any, status: int = 200) -> PulledPage:
    return read_page(HttpReply(status, body if isinstance(body, bytes) else msgspec.json.encode(body)), RECEIVED)


def one(**changes: Any) -> Any:
    (row,) = page({"ResponseCode": "1000", "Response": [[{**ROW, **changes}]]}).rows
    return row


def test_the_recorded_answer_is_two_payments() -> None:
    rows = page((SAMPLES / "mpesa_pull_query_response.json").read_bytes()).rows

    first, second = (row.news for row in rows)
    assert isinstance(first, MoneyArrived)
    assert isinstance(second, MoneyArrived)
    assert (first.receipt, first.amount, first.reference) == ("UKK4A7PQ2X", Money(1_250_000, Currency.KES), "ADM2231")
    assert (first.payer, first.payer_name) == (Msisdn("254708374149"), "WANGARI")
    assert (first.witness, first.method) == (Witness.PULL, Method.PAYBILL)
    assert first.value_at == datetime(2026, 11, 20, 5, 15, 42, tzinfo=UTC)
    assert second.reference == "ADM 2240"


@pytest.mark.parametrize("response", [[[]], [], None, "[[]]"])
def test_nothing_is_an_empty_page_however_it_is_written(response: Any) -> None:
    assert page({"ResponseCode": "1001", "Response": response}).rows == ()
    assert page((SAMPLES / "mpesa_pull_query_response_empty.json").read_bytes()).rows == ()


@pytest.mark.parametrize(
    "body, status",
    [(b"<html>", 503), (b"[]", 200), ({"errorCode": "500.003.02"}, 500), ({"ResponseCode": "1000"}, 500), ({}, 200)],
)
def test_what_is_no_answer_is_not_taken_for_an_empty_page(body: Any, status: int) -> None:
    with pytest.raises(Unavailable):
        page(body, status)


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"msisdn": "2547 ***** 149"}, MaskedMsisdn("2547", "149")),
        ({"msisdn": 722000000}, Msisdn("254722000000")),
        ({"msisdn": 72200000}, None),
        ({"msisdn": None}, None),
    ],
)
def test_phones_come_whole_short_masked_or_not_at_all(changes: dict[str, Any], expected: Any) -> None:
    assert one(**changes).news.payer == expected


@pytest.mark.parametrize("amount", ["2697.0", 2697, 2697.0, " 2697 "])
def test_amounts_are_exact_however_they_are_written(amount: Any) -> None:
    assert one(amount=amount).news.amount == Money(269_700, Currency.KES)


def test_a_receipt_in_small_letters_is_the_same_receipt() -> None:
    assert one(transactionId="ukk4a7pq2x").news.receipt == "UKK4A7PQ2X"


def test_a_till_bears_no_reference() -> None:
    news = one(transactiontype="c2b-buy-goods-debit", billreference="").news

    assert (news.method, news.reference) == (Method.TILL, "")


def test_a_reversal_names_the_receipt_that_it_takes_back() -> None:
    news = one(transactionId="UKK9", transactiontype="organization-reversal", billreference="ukk4a7pq2x").news

    assert isinstance(news, MoneyReturned)
    assert (news.receipt, news.reversal_receipt, news.amount) == ("UKK4A7PQ2X", "UKK9", Money(1_250_000, Currency.KES))


@pytest.mark.parametrize(
    "changes",
    [
        {"transactiontype": "b2c-payment"},
        {"transactiontype": ""},
        {"amount": "a lot"},
        {"amount": "-5"},
        {"transactionId": "UKK0000000"},
        {"transactionId": ""},
        {"billreference": "a\x07b"},
        {"transactiontype": "reversal", "billreference": "ADM 2231"},
        {"transactiontype": "reversal", "amount": ""},
    ],
)
def test_any_other_line_is_kept_for_people_and_credits_nothing(changes: dict[str, Any]) -> None:
    row = one(**changes)

    assert row.news is None
    assert row.why
    assert b"transactionId" in row.raw


@given(st.recursive(st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5), lambda inner: st.lists(inner)
                    | st.dictionaries(st.sampled_from([*ROW, "x"]), inner), max_leaves=12))  # fmt: skip
def test_any_lines_are_read_or_kept(response: Any) -> None:
    for row in page({"ResponseCode": "1000", "Response": response}).rows:
        assert (row.news is None) == bool(row.why)


# --- times ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, receipt, expected",
    [
        ("2026-11-20T08:15:42Z", "UKK4A7PQ2X", "2026-11-20T05:15:42"),  # local time, whatever the Z says
        ("2026-11-20 08:15:42", "UKK4A7PQ2X", "2026-11-20T05:15:42"),
        ("2026-11-20T08:15:42+03:00", "UKK4A7PQ2X", "2026-11-20T05:15:42"),
        ("2026-11-19T22:30:00Z", "UKK4A7PQ2X", "2026-11-19T22:30:00"),  # the receipt is of the 20th: honest UTC
        ("2026-11-19T22:30:00Z", "UKJ4A7PQ2X", "2026-11-19T19:30:00"),
        ("2026-11-19T22:30:00Z", "NOTADATE", "2026-11-19T19:30:00"),
    ],
)
def test_a_z_is_believed_only_when_the_receipt_bears_it_out(text: str, receipt: str, expected: str) -> None:
    assert read_pulled(text, receipt=receipt, now=NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "2026-13-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00"]
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert read_pulled(text, receipt="UKK4A7PQ2X", now=NOW) is None
