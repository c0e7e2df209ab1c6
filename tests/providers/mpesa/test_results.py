"""Every sample of a payout's life at Daraja, read; and what we send, in the samples' shapes."""

import json
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import OrganisationId, PayoutId, ProviderAccountId
from core.money import Currency, Money
from core.payouts import (
    FailReason,
    Lost,
    Payee,
    Payout,
    Refused,
    SaidNot,
    SaidNothing,
    SaidPaid,
    StandsNot,
    StandsNowhere,
    StandsPaid,
    StandsUnclear,
    StandsUndone,
    State,
    Taken,
    Way,
)
from core.phones import Msisdn
from core.ports import HttpReply
from providers.mpesa.client import MpesaAccount
from providers.mpesa.parse import Received
from providers.mpesa.payer import Instruction, MpesaPayer, Topic
from providers.mpesa.results import parse_balance, parse_payout_result, parse_payout_status, parse_timeout, utility_of
from providers.reading import Unreadable
from runtime.clock import VirtualClock
from runtime.keyvalue import MemoryKeyValue
from tests.providers.mpesa.test_parse import sample

KES = Currency.KES
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
WANGARI = Msisdn("254708374149")
AT = Received(ProviderAccountId(UUID(int=1)), OrganisationId(UUID(int=2)), KES, "254", NOW)


def kes(shillings: int) -> Money:
    return Money(shillings * 100, KES)


def result(**changes: Any) -> bytes:
    """The sampled success, changed."""
    said = json.loads(sample("b2c_result"))
    said["Result"] |= changes
    return json.dumps(said).encode()


def status(**facts: Any) -> bytes:
    listed = [{"Key": key, "Value": value} for key, value in facts.items()]
    return json.dumps({"Result": {"ResultCode": "0", "ResultParameters": {"ResultParameter": listed}}}).encode()


def test_a_transfer_that_was_paid_names_its_receipt_sum_and_payee() -> None:
    assert parse_payout_result(sample("b2c_result"), AT) == SaidPaid(
        "UKK6C9VZ4D", kes(3_200), WANGARI, None, "AG_20261120_2010364430d9bbdaf001"
    )


def test_a_reversal_that_was_done_names_its_own_receipt_and_its_charge() -> None:
    assert parse_payout_result(sample("reversal_result"), AT) == SaidPaid(
        "UKK7D1XA8K", kes(12_500), WANGARI, kes(0), "AG_20261120_20106e9209f64bebd002"
    )


@pytest.mark.parametrize(
    "name, code, reason",
    [
        ("b2c_result_insufficient_float", "1", FailReason.FLOAT_SHORT),
        ("b2c_result_bad_credential", "2001", FailReason.OUR_FAULT),
        ("reversal_result_invalid_original", "R000002", FailReason.NOT_REVERSIBLE),
    ],
)
def test_a_failure_keeps_its_code_and_says_why_in_words_for_staff(name: str, code: str, reason: FailReason) -> None:
    said = parse_payout_result(sample(name), AT)

    assert isinstance(said, SaidNot)
    assert (said.code, said.reason) == (code, reason)


@pytest.mark.parametrize(
    "body",
    [
        sample("b2c_timeout"),
        sample("reversal_result_already_reversed"),  # by whom?
        result(TransactionID="UKK0000000", ResultParameters={}),  # a success without a receipt
    ],
)
def test_what_only_looks_like_an_end_says_nothing(body: bytes) -> None:
    assert isinstance(parse_payout_result(body, AT), SaidNothing)


def test_the_code_of_a_missing_role_is_a_failure_even_with_a_success_s_text() -> None:
    said = parse_payout_result(result(ResultCode="21"), AT)

    assert isinstance(said, SaidNot)
    assert said.reason is FailReason.OUR_FAULT


def test_a_code_that_nobody_documented_is_no_more_than_a_decline_to_confirm() -> None:
    said = parse_payout_result(result(ResultCode="77"), AT)

    assert isinstance(said, SaidNot)
    assert said.reason is FailReason.DECLINED


def test_a_time_out_says_nothing_whatever_it_holds() -> None:
    assert isinstance(parse_timeout(sample("b2c_timeout"), AT), SaidNothing)
    assert isinstance(parse_timeout(sample("b2c_result"), AT), SaidNothing)


def test_the_status_of_what_was_paid_tells_receipt_sum_payee_and_charge() -> None:
    body = status(
        DebitPartyName="600992 - KIVULI",
        CreditPartyName="254708374149 - WANGARI",
        DebitPartyCharges="Charge|KES|22.40",
        TransactionStatus="Completed",
        Amount=3200.0,
        ReceiptNo="UKK6C9VZ4D",
    )

    assert parse_payout_status(body, AT, asked=2) == StandsPaid("UKK6C9VZ4D", kes(3_200), Money(22_40, KES), WANGARI)


def test_a_status_without_charges_had_none_and_one_that_cannot_be_read_is_not_told() -> None:
    paid = {"TransactionStatus": "Completed", "Amount": 10, "ReceiptNo": "UKK6C9VZ4D"}

    free = parse_payout_status(status(**paid), AT, asked=1)
    odd = parse_payout_status(status(**paid, DebitPartyCharges="Charge|KES|n/a"), AT, asked=1)

    assert free == StandsPaid("UKK6C9VZ4D", kes(10), kes(0), None)
    assert odd == StandsPaid("UKK6C9VZ4D", kes(10), None, None)


def test_other_statuses_mean_what_they_say() -> None:
    assert parse_payout_status(sample("transaction_status_result_not_found"), AT, asked=3) == StandsNowhere(3)
    assert parse_payout_status(status(TransactionStatus="Declined"), AT, asked=1) == StandsNot("declined")
    undone = status(TransactionStatus="Reversed", ReceiptNo="UKK4A7PQ2X")
    assert parse_payout_status(undone, AT, asked=1) == StandsUndone("UKK4A7PQ2X")
    for unclear in (status(TransactionStatus="Initiated"), status(), status(TransactionStatus="Completed")):
        assert isinstance(parse_payout_status(unclear, AT, asked=1), StandsUnclear)
    real = parse_payout_status(sample("transaction_status_result"), AT, asked=1)
    assert isinstance(real, StandsPaid)
    assert (real.receipt, real.amount) == ("UKK4A7PQ2X", kes(12_500))


def test_the_balance_is_read_by_account_and_payouts_are_made_from_utility() -> None:
    holdings = parse_balance(sample("account_balance_result"), AT)

    assert utility_of(holdings) == kes(118_450)
    assert {one.name: one.available.minor for one in holdings}["Charges Paid Account"] == -13_00


def test_of_four_figures_the_available_one_is_the_second_and_some_accounts_have_fewer() -> None:
    listed = "Utility Account|KES|500.00|400.00|100.00|0.00&Working Account|KES|7.00&Odd|USD|1.00&&x|KES|y"
    body = status(AccountBalance=listed)

    holdings = parse_balance(body, AT)

    assert [(one.name, one.available) for one in holdings] == [
        ("Utility Account", kes(400)),
        ("Working Account", kes(7)),
    ]
    assert parse_balance(sample("b2c_result_bad_credential"), AT) == []
    assert utility_of([]) is None


@pytest.mark.parametrize("body", [b"", b"[]", b'{"Result": 3}', b'{"Result": {}}', b"<html>"])
def test_what_cannot_be_read_is_kept_as_unread(body: bytes) -> None:
    for parse in (
        parse_payout_result,
        parse_timeout if body != b'{"Result": {}}' else parse_payout_result,
        parse_balance,
    ):
        with pytest.raises(Unreadable):
            parse(body, AT)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["Result", "ResultCode", "ResultParameters", "ResultParameter", "Key", "Value", "TransactionID"]
                ),
                inner,
            )
        ),
    )
)
def test_any_body_is_read_or_refused_and_nothing_else(said: Any) -> None:
    body = msgspec.json.encode({"Result": said})
    for parse in (parse_payout_result, parse_timeout, parse_balance):
        with suppress(Unreadable):
            parse(body, AT)
    with suppress(Unreadable):
        parse_payout_status(body, AT, asked=1)


# --- what we send -----------------------------------------------------------------------------------------------------


PAYOUT = Payout(
    PayoutId(UUID("c0a8f2b6-5f0e-4a55-9f0d-6f3d0f1f7a21")),
    AT.organisation,
    AT.provider_account,
    "mpesa",
    Way.TRANSFER,
    "treasury",
    UUID(int=9),
    Payee(WANGARI, "Wangari"),
    kes(3_200),
    "Refund UKK4A7PQ2X part",
    "",
    State.SENDING,
    NOW,
    "trace",
)


class Line:
    """Answers the token, then what it was told; remembers what was posted."""

    def __init__(self, *answers: tuple[int, bytes]) -> None:
        self.answers = list(answers)
        self.posted: list[tuple[str, dict[str, Any]]] = []

    async def request(self, method: str, url: str, **kwargs: Any) -> HttpReply:
        if "oauth" in url:
            return HttpReply(200, sample("oauth_token_response"))
        self.posted.append((url, json.loads(kwargs["body"])))
        return HttpReply(*self.answers.pop(0))


def rail(line: Line) -> MpesaPayer:
    account = MpesaAccount(
        base_url="https://daraja.test",
        shortcode="600992",
        callback_url="https://pay.example.org/stk",
        consumer_key="k",
        consumer_secret="s",
        passkey="p",
        hooks_url="https://pay.example.org/hooks/k",
        initiator="kivuli_api",
        security_credential="BASE64-OF-RSA-CIPHERTEXT",
    )
    clock = VirtualClock(NOW)
    return MpesaPayer(account, http=line, keyvalue=MemoryKeyValue(clock), clock=clock)


def same_shape(posted: dict[str, Any], name: str) -> None:
    """The same fields, and in each the same kind of value."""
    expected = json.loads(sample(name))
    assert posted.keys() == expected.keys()
    assert {key: type(value) for key, value in posted.items()} == {k: type(v) for k, v in expected.items()}


async def test_a_transfer_is_asked_for_in_the_sample_s_shape_under_our_own_reference() -> None:
    line = Line((200, sample("b2c_response")))

    answer, exchanged = await rail(line).pay(PAYOUT)

    ((url, posted),) = line.posted
    assert url == "https://daraja.test/mpesa/b2c/v3/paymentrequest"
    same_shape(posted, "b2c_request")
    assert posted["OriginatorConversationID"] == "c0a8f2b6-5f0e-4a55-9f0d-6f3d0f1f7a21"
    assert (posted["Amount"], posted["PartyA"], posted["PartyB"]) == ("3200", "600992", "254708374149")
    assert posted["ResultURL"] == f"https://pay.example.org/hooks/k/result/p{PAYOUT.id.hex}-0"
    assert answer == Taken("AG_20261120_2010364430d9bbdaf001")
    assert b"RSA" not in exchanged.request


async def test_a_payment_is_given_back_in_the_sample_s_shape() -> None:
    line = Line((200, sample("reversal_response")))
    back = replace(PAYOUT, way=Way.GIVE_BACK, original_receipt="UKK4A7PQ2X", amount=kes(12_500))

    answer, _ = await rail(line).pay(back)

    ((url, posted),) = line.posted
    assert url.endswith("/mpesa/reversal/v1/request")
    same_shape(posted, "reversal_request")
    assert (posted["TransactionID"], posted["RecieverIdentifierType"], posted["Amount"]) == (
        "UKK4A7PQ2X",
        "11",
        "12500",
    )
    assert isinstance(answer, Taken)


async def test_questions_have_the_samples_shapes_and_say_which_one_they_are() -> None:
    line = Line(*[(200, sample("b2c_response"))] * 3)

    await rail(line).ask_payout(replace(PAYOUT, asked=4))
    await rail(line).ask_payout(replace(PAYOUT, way=Way.GIVE_BACK, original_receipt="UKK4A7PQ2X"))
    taken, _ = await rail(line).ask_float(AT.provider_account, at=NOW)

    (_, asked), (_, by_receipt), (url, balance) = line.posted
    same_shape(asked, "transaction_status_request")
    assert asked["OriginalConversationID"] == str(PAYOUT.id)
    assert asked["ResultURL"].endswith(f"/result/q{PAYOUT.id.hex}-5")
    assert (by_receipt["TransactionID"], by_receipt["OriginalConversationID"]) == ("UKK4A7PQ2X", "")
    assert url.endswith("/mpesa/accountbalance/v1/query")
    assert (balance["CommandID"], balance["IdentifierType"]) == ("AccountBalance", "4")
    assert taken


@pytest.mark.parametrize(
    "status_code, body, kind",
    [
        (500, sample("b2c_error_duplicate"), Lost),  # sent before: asked about
        (500, b'{"errorCode": "500.003.1001", "errorMessage": "Internal Server Error"}', Lost),
        (503, b"<html>Request Rejected</html>", Lost),
        (200, b"{}", Lost),
        (500, b'{"errorCode": "500.003.02", "errorMessage": "Spike Arrest"}', Refused),
        (400, b'{"errorCode": "400.002.02", "errorMessage": "Bad Request - Invalid Amount"}', Refused),
        (404, b'{"errorCode": "404.001.01", "errorMessage": "Resource not found"}', Refused),
        (200, b'{"ResponseCode": "2001", "ResponseDescription": "no"}', Refused),
    ],
)
async def test_only_what_surely_did_nothing_is_a_refusal(status_code: int, body: bytes, kind: type) -> None:
    answer, _ = await rail(Line((status_code, body))).pay(PAYOUT)

    assert isinstance(answer, kind)
    if isinstance(answer, Refused):
        assert answer.temporary == (b"Spike" in body)
        assert (answer.reason is FailReason.DECLINED) == (b"400.002" in body or (b"Spike" in body and False))


@given(st.sampled_from(Topic), st.uuids(), st.integers(0, 10**18))
def test_a_name_that_is_written_is_read_back_and_passes_safaricom(topic: Topic, id_: UUID, mark: int) -> None:
    instruction = Instruction(topic, id_, mark)

    assert Instruction.read(instruction.name) == instruction
    assert Instruction.read(id_.hex) is None
