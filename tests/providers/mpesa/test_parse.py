"""Every recorded callback is understood as the sheet says; anything else is unread, never a crash and never a guess."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import OrganisationId, ProviderAccountId
from core.money import Currency, Money
from core.payments import FailReason, Method, MoneyArrived, PromptFailed, Witness
from core.phones import HashedMsisdn, MaskedMsisdn, Msisdn, hashed
from providers.mpesa.parse import Received, parse_confirmation, parse_prompt_result, parse_validation
from providers.mpesa.times import read_time, write_time
from providers.reading import Unreadable

SAMPLES = Path(__file__).parents[2] / "samples"
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KES = Currency.KES


def received(currency: Currency = KES) -> Received:
    return Received(ProviderAccountId(UUID(int=1)), OrganisationId(UUID(int=2)), currency, "254", NOW)


def sample(name: str) -> bytes:
    return (SAMPLES / f"mpesa_{name}.json").read_bytes()


def c2b(**changes: Any) -> bytes:
    """The recorded confirmation with some fields changed; None takes one away."""
    fields = json.loads(sample("c2b_confirmation")) | changes
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


def stk(items: str = "", *, code: str = "0", request: str = '"ws_CO_1"') -> bytes:
    """A callback written by hand, because JSON libraries would tidy its numbers."""
    metadata = f',"CallbackMetadata":{{"Item":[{items}]}}' if items else ""
    said = f'"CheckoutRequestID":{request},"ResultCode":{code},"ResultDesc":"said"{metadata}'
    return f'{{"Body":{{"stkCallback":{{{said}}}}}}}'.encode()


def item(name: str, value: str) -> str:
    return f'{{"Name":"{name}","Value":{value}}}'


PAID = [
    item("Amount", "1500.0"),
    item("MpesaReceiptNumber", '"UKK5B2MT9H"'),
    '{"Name":"Balance"}',
    item("TransactionDate", "20261120091527"),
    item("PhoneNumber", "254708374149"),
]


def arrived(news: MoneyArrived | PromptFailed) -> MoneyArrived:
    assert isinstance(news, MoneyArrived)
    return news


# --- confirmations ---------------------------------------------------------------------------------------------------


def test_a_production_confirmation_names_the_payer_by_first_name_and_masks_the_phone() -> None:
    assert parse_confirmation(sample("c2b_confirmation"), received()) == MoneyArrived(
        provider_account=ProviderAccountId(UUID(int=1)),
        organisation=OrganisationId(UUID(int=2)),
        provider="mpesa",
        witness=Witness.CONFIRMATION,
        method=Method.PAYBILL,
        receipt="UKK4A7PQ2X",
        amount=Money(12_500_00, KES),
        exact=True,
        amount_text="12500.00",
        reference="ADM2231",
        payer=MaskedMsisdn("2547", "149"),
        payer_name="WANGARI",
        value_at=datetime(2026, 11, 20, 5, 15, 42, tzinfo=UTC),
    )


def test_a_validation_says_what_the_confirmation_will_say() -> None:
    asked = parse_validation(sample("c2b_validation"), received())

    assert asked == parse_confirmation(sample("c2b_confirmation"), received())


def test_version_1_hashes_the_phone_and_blanks_around_a_reference_do_not_count() -> None:
    notice = parse_confirmation(sample("c2b_confirmation_v1_hashed_msisdn"), received())

    assert isinstance(notice.payer, HashedMsisdn)
    assert notice.reference == "adm-2231"
    phone = Msisdn("254708374149")
    assert parse_confirmation(c2b(MSISDN=hashed(phone).sha256), received()).payer == hashed(phone)


def test_the_sandbox_gives_the_whole_phone_three_names_and_a_bare_amount() -> None:
    notice = parse_confirmation(sample("c2b_confirmation_sandbox_full_name"), received())

    assert notice.payer == Msisdn("254708374149")
    assert notice.payer_name == "John Doe"
    assert (notice.amount, notice.amount_text) == (Money(10_00, KES), "10")


def test_a_till_has_no_reference() -> None:
    notice = parse_confirmation(sample("c2b_confirmation_till"), received())

    assert (notice.method, notice.reference) == (Method.TILL, "")


@pytest.mark.parametrize(
    "said, method",
    [
        ("Pay Bill", Method.PAYBILL),
        ("", Method.PAYBILL),
        (None, Method.PAYBILL),
        ("CustomerPayBillOnline", Method.PAYBILL),
        ("Buy Goods", Method.TILL),
        ("CustomerBuyGoodsOnline", Method.TILL),
    ],
)
def test_every_spelling_of_paybill_and_till_is_known(said: str | None, method: Method) -> None:
    assert parse_confirmation(c2b(TransactionType=said), received()).method is method


def test_both_notices_of_a_prompted_payment_carry_one_receipt() -> None:
    twin = parse_confirmation(sample("c2b_confirmation_stk_twin"), received())
    outcome = arrived(parse_prompt_result(sample("stk_callback_success"), received()))

    assert (twin.receipt, twin.amount, twin.value_at) == (outcome.receipt, outcome.amount, outcome.value_at)


@pytest.mark.parametrize(
    "masked, prefix, suffix",
    [("2547 ***** 149", "2547", "149"), ("2547*****149", "2547", "149"), ("2547****0111", "2547", "0111")],
)
def test_any_star_masks_a_phone(masked: str, prefix: str, suffix: str) -> None:
    assert parse_confirmation(c2b(MSISDN=masked), received()).payer == MaskedMsisdn(prefix, suffix)


def test_numbers_may_come_as_texts_and_texts_as_numbers() -> None:
    notice = parse_confirmation(
        c2b(TransAmount=12500, MSISDN=254708374149, TransTime=20261120081542, BillRefNumber=2231, BusinessShortCode=1),
        received(),
    )

    assert notice.amount == Money(12_500_00, KES)
    assert notice.payer == Msisdn("254708374149")
    assert notice.value_at == datetime(2026, 11, 20, 5, 15, 42, tzinfo=UTC)
    assert notice.reference == "2231"


@pytest.mark.parametrize(
    "written, minor",
    [("0.1", 10), ("1500.0", 1500_00), ("19.99", 19_99), ("250000", 250_000_00), ("70000.35", 70_000_35)],
)
def test_amounts_are_exact_as_number_and_as_text(written: str, minor: int) -> None:
    as_text = c2b(TransAmount="AMOUNT").replace(b"AMOUNT", written.encode())
    as_number = c2b(TransAmount="AMOUNT").replace(b'"AMOUNT"', written.encode())

    assert parse_confirmation(as_text, received()).amount == Money(minor, KES)
    assert parse_confirmation(as_number, received()).amount == Money(minor, KES)


def test_a_fraction_that_the_currency_lacks_is_kept_as_text_and_marked() -> None:
    notice = parse_confirmation(c2b(TransAmount="10.005"), received())

    assert (notice.amount, notice.exact, notice.amount_text) == (Money(10_00, KES), False, "10.005")
    in_uganda = parse_confirmation(c2b(TransAmount="1000.00"), received(Currency.UGX))
    assert (in_uganda.amount, in_uganda.exact) == (Money(1000, Currency.UGX), True)


@pytest.mark.parametrize(
    "time", ["", None, "soon", "20261320081542", "2026112008154", "00010101000000", "２０２６1120081542"]
)
def test_an_unreadable_time_is_the_time_of_receipt(time: str | None) -> None:
    assert parse_confirmation(c2b(TransTime=time), received()).value_at == NOW


@pytest.mark.parametrize("phone", ["", None, "anonymous", "254708374149254708374149254708374149"])
def test_an_unreadable_phone_is_no_phone_and_the_money_is_still_read(phone: str | None) -> None:
    notice = parse_confirmation(c2b(MSISDN=phone), received())

    assert notice.payer is None
    assert notice.amount == Money(12_500_00, KES)


def test_names_are_tidied_and_never_stop_money() -> None:
    assert parse_confirmation(c2b(FirstName=None), received()).payer_name == ""
    assert parse_confirmation(c2b(FirstName=["x"], LastName=7), received()).payer_name == ""
    assert parse_confirmation(c2b(FirstName="A\x00B\n C", LastName="D"), received()).payer_name == "A B C D"
    assert len(parse_confirmation(c2b(FirstName="N" * 9_000), received()).payer_name) == 120


@pytest.mark.parametrize(
    "changes",
    [
        {"TransAmount": "-5.00"},
        {"TransAmount": -5},
        {"TransAmount": "0"},
        {"TransAmount": "0.00"},
        {"TransAmount": "NaN"},
        {"TransAmount": "Infinity"},
        {"TransAmount": "1e400"},
        {"TransAmount": "9" * 30},
        {"TransAmount": "1,500"},
        {"TransAmount": "١٥٠٠"},
        {"TransAmount": ""},
        {"TransAmount": None},
        {"TransAmount": [1500]},
        {"TransAmount": {"minor": 1}},
        {"TransAmount": True},
        {"TransID": ""},
        {"TransID": None},
        {"TransID": "UKK0000000"},
        {"TransID": "0000000000"},
        {"TransID": "UKK4A7\x00Q2X"},
        {"TransID": "X" * 300},
        {"TransID": ["UKK4A7PQ2X"]},
        {"BillRefNumber": "ADM\x002231"},
        {"BillRefNumber": "ADM\n2231"},
        {"BillRefNumber": "A" * 101},
        {"BillRefNumber": {"a": 1}},
        {"MSISDN": [1]},
    ],
)
def test_what_is_no_money_or_cannot_be_kept_is_unread(changes: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        parse_confirmation(c2b(**changes), received())


GOOD = c2b()
HOSTILE = [
    b"",
    b"null",
    b"[]",
    b"42",
    b'"text"',
    b"{}",
    b"TransID=UKK4A7PQ2X&TransAmount=5",
    GOOD[:-1],
    GOOD[:40],
    GOOD + b"}",
    b"\xef\xbb\xbf" + GOOD,
    GOOD.replace(b"WANGARI", b"\xff\xfe"),
    GOOD.replace(b"12500.00", b"\\ud800"),
    GOOD.replace(b'"12500.00"', b"NaN"),
    GOOD.replace(b'"12500.00"', b"-Infinity"),
    GOOD.replace(b'"12500.00"', b"1e999"),
    GOOD.replace(b'"12500.00"', b"9" * 100_000),
    GOOD.replace(b'"2547 ***** 149"', b"9" * 5_000),
    b"[" * 100_000,
    b'{"TransID":' * 100_000,
    GOOD.replace(b'"WANGARI"', b"[" * 100_000 + b"]" * 100_000),
    GOOD.replace(b'"476834.00"', b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    GOOD.replace(b'"12500.00"', b"[" * 100_000 + b"]" * 100_000),
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_body_is_unread_by_every_parser(body: bytes) -> None:
    for parse in (parse_confirmation, parse_validation, parse_prompt_result):
        with pytest.raises(Unreadable):
            parse(body, received())


def test_a_phone_of_four_thousand_digits_is_merely_no_phone() -> None:
    notice = parse_confirmation(GOOD.replace(b'"2547 ***** 149"', b"9" * 4_000), received())

    assert notice.payer is None


def test_ten_megabytes_are_read_or_unread_without_harm() -> None:
    with pytest.raises(Unreadable):
        parse_confirmation(c2b(BillRefNumber="A" * 10_000_000), received())
    assert parse_confirmation(c2b(InvoiceNumber="A" * 10_000_000), received()).receipt == "UKK4A7PQ2X"


def test_the_reason_of_an_unread_body_holds_nothing_of_its_secrets() -> None:
    with pytest.raises(Unreadable) as unread:
        parse_confirmation(c2b(TransID=["0712345678 WANGARI"]), received())

    assert "WANGARI" not in str(unread.value)


# --- outcomes of prompts ---------------------------------------------------------------------------------------------


def test_a_paid_prompt_is_money_from_a_whole_phone() -> None:
    assert parse_prompt_result(sample("stk_callback_success"), received()) == MoneyArrived(
        provider_account=ProviderAccountId(UUID(int=1)),
        organisation=OrganisationId(UUID(int=2)),
        provider="mpesa",
        witness=Witness.PROMPT_RESULT,
        method=Method.PROMPT,
        receipt="UKK5B2MT9H",
        amount=Money(1_500_00, KES),
        exact=True,
        amount_text="1500.0",
        reference="",
        payer=Msisdn("254708374149"),
        payer_name="",
        value_at=datetime(2026, 11, 20, 6, 15, 27, tzinfo=UTC),
        provider_request_id="ws_CO_20112026091501334708374149",
    )


@pytest.mark.parametrize(
    "name, code, reason",
    [
        ("cancelled", "1032", FailReason.CANCELLED),
        ("duplicate_in_2_minutes", "17", FailReason.REPEATED),
        ("expired", "1019", FailReason.NOT_ANSWERED),
        ("insufficient_balance", "1", FailReason.INSUFFICIENT_FUNDS),
        ("no_such_operator", "SFC_IC0003", FailReason.OUR_FAULT),
        ("push_failed", "1025", FailReason.UNREACHABLE),
        ("unreachable", "1037", FailReason.UNREACHABLE),
        ("wrong_pin", "2001", FailReason.WRONG_PIN),
    ],
)
def test_every_recorded_failure_is_final_and_has_its_reason(name: str, code: str, reason: FailReason) -> None:
    failed = parse_prompt_result(sample(f"stk_callback_{name}"), received())

    assert isinstance(failed, PromptFailed)
    assert (failed.code, failed.reason, failed.final) == (code, reason, True)
    assert failed.provider_request_id == "ws_CO_20112026091501334708374149"


@pytest.mark.parametrize("code", ["4999", '"4999"', "7", '"R9"', "-1", "0.5", '"00"'])
def test_an_unknown_code_is_not_the_end(code: str) -> None:
    failed = parse_prompt_result(stk(code=code), received())

    assert isinstance(failed, PromptFailed)
    assert not failed.final
    assert failed.reason is FailReason.UNKNOWN


@pytest.mark.parametrize("code, reason", [('"1032"', FailReason.CANCELLED), ('" 1 "', FailReason.INSUFFICIENT_FUNDS)])
def test_codes_may_be_texts(code: str, reason: FailReason) -> None:
    failed = parse_prompt_result(stk(code=code), received())

    assert isinstance(failed, PromptFailed)
    assert failed.reason is reason


def test_a_failure_without_any_request_id_is_still_read() -> None:
    failed = parse_prompt_result(b'{"Body":{"stkCallback":{"ResultCode":1032,"ResultDesc":"x"}}}', received())

    assert isinstance(failed, PromptFailed)
    assert failed.provider_request_id == ""


def test_money_without_a_request_id_is_still_money() -> None:
    notice = arrived(parse_prompt_result(stk(",".join(PAID), request="null"), received()))

    assert notice.provider_request_id is None


@given(st.permutations(PAID), st.booleans())
def test_items_come_in_any_order_and_the_code_as_number_or_text(items: list[str], as_text: bool) -> None:
    news = parse_prompt_result(stk(",".join(items), code='"0"' if as_text else "0"), received())

    assert arrived(news).receipt == "UKK5B2MT9H"
    assert arrived(news).amount == Money(1_500_00, KES)


def test_our_reference_may_be_among_the_items() -> None:
    items = [*PAID, item("AccountReference", '" KV2467 "')]

    assert arrived(parse_prompt_result(stk(",".join(items)), received())).reference == "KV2467"


def test_numbers_that_a_writer_turned_into_fractions_or_exponents_are_read() -> None:
    items = [
        item("Amount", "1.5E3"),
        item("MpesaReceiptNumber", '"UKK5B2MT9H"'),
        item("TransactionDate", "2.0261120091527E13"),
        item("PhoneNumber", "254708374149.0"),
    ]

    notice = arrived(parse_prompt_result(stk(",".join(items)), received()))

    assert notice.amount == Money(1_500_00, KES)
    assert notice.payer == Msisdn("254708374149")
    assert notice.value_at == datetime(2026, 11, 20, 6, 15, 27, tzinfo=UTC)


@pytest.mark.parametrize(
    "items",
    [
        [],
        PAID[1:],
        PAID[:1],
        [item("Amount", "0"), *PAID[1:]],
        [item("Amount", "-1500.0"), *PAID[1:]],
        [item("Amount", "null"), *PAID[1:]],
        [item("Amount", "[1]"), *PAID[1:]],
        [item("Amount", "true"), *PAID[1:]],
        [item("Amount", "1E99"), *PAID[1:]],
        [item("Amount", "1E999999999"), *PAID[1:]],
        [PAID[0], item("MpesaReceiptNumber", '"UKK0000000"')],
        [PAID[0], item("MpesaReceiptNumber", "null")],
        ['{"Name":"Amount"}', *PAID[1:]],
    ],
)
def test_a_success_without_money_or_receipt_is_unread(items: list[str]) -> None:
    with pytest.raises(Unreadable):
        parse_prompt_result(stk(",".join(items)), received())


@pytest.mark.parametrize(
    "body",
    [
        b'{"Body":{}}',
        b'{"Body":null}',
        b'{"Body":{"stkCallback":[]}}',
        b'{"Body":{"stkCallback":{}}}',
        stk(code="null"),
    ],
)
def test_an_outcome_without_a_code_is_unread(body: bytes) -> None:
    with pytest.raises(Unreadable):
        parse_prompt_result(body, received())


@pytest.mark.parametrize("name", ["MpesaReceiptNumber", "PhoneNumber", "Amount"])
def test_half_a_surrogate_pair_is_unread_wherever_it_stands(name: str) -> None:
    items = [each for each in PAID if name not in each]

    with pytest.raises(Unreadable):
        parse_prompt_result(stk(",".join([*items, item(name, r'"\ud800"')])), received())


def test_a_lone_item_may_stand_where_a_list_is_expected() -> None:
    body = stk(PAID[0]).replace(b"[", b"").replace(b"]", b"")

    with pytest.raises(Unreadable, match="no receipt"):
        parse_prompt_result(body, received())


# --- laws ------------------------------------------------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=12,
)
_ANY = _JSON | st.sampled_from(["UKK4A7PQ2X", "12500.00", 12500, 0, "0", "20261120081542", 254708374149])


@given(st.binary(max_size=400))
def test_random_bytes_raise_nothing_but_unreadable(body: bytes) -> None:
    for parse in (parse_confirmation, parse_validation, parse_prompt_result):
        with pytest.raises(Unreadable):
            parse(body, received())


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(json.loads(GOOD), _ANY)))
def test_random_confirmations_are_money_or_unread(fields: dict[str, Any]) -> None:
    try:
        notice = parse_confirmation(json.dumps(fields).encode(), received())
    except Unreadable:
        return
    assert notice.amount.minor > 0
    assert notice.receipt.isalnum()
    assert notice.value_at.tzinfo is UTC
    assert "\x00" not in notice.reference + notice.payer_name


@given(
    st.fixed_dictionaries(
        {"ResultCode": _ANY},
        optional={
            "CheckoutRequestID": _ANY,
            "ResultDesc": _ANY,
            "CallbackMetadata": _ANY | st.fixed_dictionaries({"Item": _ANY | st.lists(_ANY, max_size=3)}),
        },
    )
)
def test_random_outcomes_are_money_a_failure_or_unread(said: dict[str, Any]) -> None:
    with contextlib.suppress(Unreadable):
        parse_prompt_result(json.dumps({"Body": {"stkCallback": said}}).encode(), received())


@given(
    minor=st.integers(min_value=1, max_value=10**12),
    reference=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20),
    receipt=st.from_regex(r"[A-Z]{3}[A-Z0-9]{6}[A-Z1-9]", fullmatch=True),
    phone=st.from_regex(r"2547[0-9]{8}", fullmatch=True),
    at=st.datetimes(datetime(2017, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001 - given its zone below
)
def test_what_is_printed_is_read_back(minor: int, reference: str, receipt: str, phone: str, at: datetime) -> None:
    amount, at = Money(minor, KES), at.replace(microsecond=0, tzinfo=UTC)

    notice = parse_confirmation(
        c2b(
            TransID=receipt,
            TransAmount=amount.plain(),
            BillRefNumber=reference,
            MSISDN=phone,
            TransTime=write_time(at),
        ),
        received(),
    )

    assert (notice.receipt, notice.amount, notice.reference) == (receipt, amount, reference)
    assert (notice.payer, notice.value_at) == (Msisdn(phone), at)


@given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal(10**9), places=2))
def test_a_number_in_a_callback_is_that_number_exactly(number: Decimal) -> None:
    items = [item("Amount", f"{number:f}"), *PAID[1:]]

    notice = arrived(parse_prompt_result(stk(",".join(items)), received()))

    assert notice.amount == Money(int(number * 100), KES)
    assert notice.exact


def test_times_are_east_african() -> None:
    assert read_time("20261120023000") == datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
    assert write_time(datetime(2026, 11, 19, 23, 30, tzinfo=UTC)) == "20261120023000"
