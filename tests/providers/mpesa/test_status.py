"""What Daraja tells when it is asked about one receipt, in every shape that was seen; and how it is asked."""

from __future__ import annotations

import json
from dataclasses import replace
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
from core.payments import Standing, StatusTold, Witness
from core.phones import Msisdn
from core.ports import HttpReply, StatusAsker
from providers.mpesa.client import MpesaAccount, MpesaRail
from providers.mpesa.parse import Received
from providers.mpesa.status import parse_status
from providers.reading import Unreadable
from runtime.clock import VirtualClock
from runtime.keyvalue import MemoryKeyValue
from tests.providers.mpesa.test_client import Script, error

SAMPLES = Path(__file__).parents[2] / "samples"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RECEIVED = Received(
    ProviderAccountId(UUID(int=1)), OrganisationId(UUID(int=2)), Currency.KES, "254", NOW, shortcodes=("600984",)
)
FACTS = {
    "DebitPartyName": "254708374149 - WANGARI M EXAMPLE",
    "CreditPartyName": "600984 - KIVULI SACRED SCHOOL        ",
    "TransactionStatus": "Completed",
    "FinalisedTime": 20261120081542,
    "Amount": 12500.0,
    "ReceiptNo": "UKK4A7PQ2X",
}


def sample(name: str) -> bytes:
    return (SAMPLES / f"mpesa_transaction_status_{name}.json").read_bytes()


def told(facts: Any = None, **result: Any) -> StatusTold:
    listed = [{"Key": key, "Value": value} for key, value in FACTS.items()] if facts is None else facts
    body = {"ResultType": 0, "ResultCode": 0, "ResultParameters": {"ResultParameter": listed}, **result}
    return parse_status(msgspec.json.encode({"Result": body}), RECEIVED)


def changed(**facts: Any) -> StatusTold:
    return told([{"Key": key, "Value": value} for key, value in {**FACTS, **facts}.items() if value is not None])


def test_the_recorded_answer_names_the_payer_whole() -> None:
    said = parse_status(sample("result"), RECEIVED)

    assert said.standing is Standing.COMPLETED
    assert said.arrived is not None
    assert said.arrived.payer == Msisdn("254708374149")
    assert said.arrived.payer_name == "WANGARI M EXAMPLE"
    assert said.arrived.receipt == "UKK4A7PQ2X"
    assert said.arrived.amount == Money(1_250_000, Currency.KES)
    assert said.arrived.value_at == datetime(2026, 11, 20, 5, 15, 42, tzinfo=UTC)
    assert said.arrived.witness is Witness.STATUS
    assert said.arrived.reference == ""


def test_an_unknown_receipt_is_not_found() -> None:
    assert parse_status(sample("result_not_found"), RECEIVED).standing is Standing.NOT_FOUND


@pytest.mark.parametrize("code", [0, "0"])
def test_codes_may_be_texts_and_parameters_may_stand_without_their_level(code: Any) -> None:
    listed = [{"Key": key, "Value": value} for key, value in FACTS.items()]

    assert told(ResultCode=code).arrived == told(ResultCode=code, ResultParameters=listed).arrived
    assert told(ResultCode=code).arrived is not None


def test_two_parties_under_one_key_are_payer_and_payee() -> None:
    twice = [
        {"Key": "DebitPartyName", "Value": FACTS["DebitPartyName"]},
        {"Key": "DebitPartyName", "Value": FACTS["CreditPartyName"]},
        *({"Key": key, "Value": FACTS[key]} for key in ("TransactionStatus", "Amount", "ReceiptNo")),
    ]

    arrived = told(twice).arrived
    assert arrived is not None
    assert arrived.payer == Msisdn("254708374149")
    assert arrived.value_at == NOW


def test_other_spellings_of_the_same_are_read() -> None:
    arrived = changed(
        **{"TransactionStatus": None, "Status": "completed", "Amount": None, "Transaction Amount": "12500.00"},
        FinalisedTime=None,
        FinalizedTime="20261120081542",
    ).arrived

    assert arrived == told().arrived or (arrived is not None and arrived.amount_text == "12500.00")


@pytest.mark.parametrize("state", ["Cancelled", "Declined", "Expired", "Initiated", "Pending Authorized", ""])
def test_what_is_not_completed_is_neither_money_nor_none(state: str) -> None:
    assert changed(TransactionStatus=state) in (StatusTold(Standing.UNCLEAR, state), StatusTold(Standing.UNCLEAR, "0"))


@pytest.mark.parametrize("code", ["21", 1, "2001", "SFC_IC0003"])
def test_a_code_that_is_no_success_tells_nothing_even_with_all_parameters(code: Any) -> None:
    assert told(ResultCode=code).standing is Standing.UNCLEAR


@pytest.mark.parametrize(
    "facts",
    [
        {"CreditPartyName": "600000 - ANOTHER SCHOOL"},
        {"CreditPartyName": None},
        {"Amount": "much"},
        {"DebitPartyName": "600111 - A SHOP"},
        {"ReceiptNo": "UKK0000000"},
        {"ReceiptNo": None},
        {"ReceiptNo": "UKK 4A7"},
    ],
)
def test_money_of_others_and_half_a_story_are_not_ours(facts: dict[str, Any]) -> None:
    assert changed(**facts) == StatusTold(Standing.COMPLETED, "Completed")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"Result": 3}', b'{"Result": {}}', b"[" * 10_000])
def test_what_is_no_answer_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_status(body, RECEIVED)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FACTS, "Key", "Value"]), inner),
    max_leaves=12,
)


@given(json_values, json_values)
def test_any_answer_is_read_or_refused(code: Any, parameters: Any) -> None:
    try:
        said = told(ResultCode=code, ResultParameters=parameters)
    except Unreadable:
        return
    assert said.arrived is None or said.standing is Standing.COMPLETED


# --- asking -------------------------------------------------------------------------------------------------------------

ACCOUNT = MpesaAccount(
    base_url="https://daraja.test",
    shortcode="600984",
    callback_url="https://pay.example.org/hooks/k/stk",
    consumer_key="k",
    consumer_secret="s",
    passkey="p",
    hooks_url="https://pay.example.org/hooks/k",
    initiator="kivuli_api",
    security_credential="BASE64-OF-RSA-CIPHERTEXT",
)
QUESTION = UUID(int=7)


def rail(http: Script, account: MpesaAccount = ACCOUNT) -> MpesaRail:
    clock = VirtualClock(NOW)
    return MpesaRail(account, http=http, keyvalue=MemoryKeyValue(clock), clock=clock)


async def test_a_receipt_is_asked_about_as_the_vendor_says_and_the_credential_stays_out_of_the_log() -> None:
    http = Script(HttpReply(200, b'{"ResponseCode": "0", "ConversationID": "AG_1"}'))

    taken, exchanged = await rail(http).ask_about("UKK4A7PQ2X", question=QUESTION)

    assert taken
    url, _, asked = http.asked[0]
    assert url == "https://daraja.test/mpesa/transactionstatus/v1/query"
    recorded = json.loads(sample("request"))
    assert set(asked) == set(recorded) - {"OriginalConversationID"}
    for name in ("CommandID", "TransactionID", "PartyA", "IdentifierType", "Initiator", "SecurityCredential"):
        assert asked[name] == recorded[name]
    assert asked["ResultURL"] == f"https://pay.example.org/hooks/k/result/{QUESTION.hex}"
    assert asked["QueueTimeOutURL"] == f"https://pay.example.org/hooks/k/timeout/{QUESTION.hex}"
    assert b"CIPHERTEXT" not in exchanged.request
    assert "CIPHERTEXT" not in repr(ACCOUNT)


async def test_a_refusal_is_no_answer_and_trouble_is_unavailable() -> None:
    taken, _ = await rail(Script(error("400.002.02"))).ask_about("X", question=QUESTION)
    assert not taken
    for trouble in (HttpReply(503, b"<html>"), error("500.003.02"), Unavailable("mpesa", "down", sent=True)):
        with pytest.raises(Unavailable) as raised:
            await rail(Script(trouble)).ask_about("X", question=QUESTION)
        assert not raised.value.sent


def test_without_an_operator_nobody_is_asked() -> None:
    assert rail(Script()).can_ask
    assert isinstance(rail(Script()), StatusAsker)
    assert not rail(Script(), replace(ACCOUNT, initiator="")).can_ask
