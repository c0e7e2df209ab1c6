"""Forwarded confirmations are read as their sheet says, and what was typed by hand is doubted (PAY-10)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import Currency, Money
from core.sms.claims import PAYS, WRONG_DAY, Claim, Kind, read_claim
from core.sms.reading import read
from core.sms.signs import Intent

SAMPLES = {
    one["id"]: one
    for one in json.loads((Path(__file__).parents[1] / "samples" / "sms" / "claims.json").read_text(encoding="utf-8"))
}


def told(claim: Claim) -> dict[str, Any]:
    """A claim in the words of the samples."""
    assert claim.amount is not None
    return {
        "kind": claim.kind.value,
        "code": claim.code or None,
        "amount": claim.amount.plain(),
        "currency": claim.amount.currency.code,
        "party": claim.party,
        "phone": claim.phone,
        "account": claim.account,
        "till": claim.account,
        "original": claim.original,
        "fee": claim.fee.plain() if claim.fee is not None else "",
        "balance": claim.balance.plain() if claim.balance is not None else "",
        "at": claim.at.isoformat(timespec="minutes") if claim.at else "",
    }


NOT_READ = {"lang", "unconfirmed", "external", "suspicious"}
"""Of the samples: what they say of themselves, and a reference of ours that is in our books under the code."""


@pytest.mark.parametrize("name", list(SAMPLES))
def test_each_sample_is_read_as_its_sheet_says(name: str) -> None:
    sample = SAMPLES[name]
    expected = {key: value for key, value in sample["expected"].items() if key not in NOT_READ}

    claim = read_claim(sample["text"])

    assert claim is not None
    assert {key: told(claim)[key] for key in expected} == expected
    assert claim.doubt == (WRONG_DAY if "suspicious" in sample["expected"] else "")
    assert read(sample["text"]).intent is Intent.CLAIM
    assert read(sample["text"]).reference == (claim.original or claim.code)


@pytest.mark.parametrize("name", list(SAMPLES))
def test_what_forwarding_adds_changes_nothing(name: str) -> None:
    said = SAMPLES[name]["text"]

    spaced = said.replace(" ", "\u00a0 ")
    noisy = f"Fwd: From MPESA\n«{spaced}» \U0001f64f see this"

    assert read_claim(noisy) == read_claim(said)


def test_only_what_pays_somebody_can_be_a_payment_to_us() -> None:
    kinds = {name: one["expected"]["kind"] for name, one in SAMPLES.items()}

    assert {kind for kind in kinds.values() if Kind(kind) not in PAYS} == {
        *("received", "reversal", "airtime", "withdraw", "failed")
    }


@pytest.mark.parametrize(
    "code, day, doubt",
    [
        ("UKK4A7PQ2X", "20/11/26", ""),
        ("UKK4A7PQ2X", "21/11/26", WRONG_DAY),
        ("UZK4A7PQ2X", "20/11/26", WRONG_DAY),
        ("UBV4A7PQ2X", "20/11/26", WRONG_DAY),
        ("4KK4A7PQ2X", "20/11/26", WRONG_DAY),
        ("UKK4A7PQ2", "20/11/26", ""),
        ("UKK4A7PQ2X", "31/11/26", ""),
    ],
)
def test_a_code_of_another_day_than_the_text_is_doubted(code: str, day: str, doubt: str) -> None:
    claim = read_claim(f"{code} Confirmed. Ksh500.00 sent to KIVULI for account KV10 on {day} at 12:15 AM New M-PESA")

    assert claim is not None
    assert claim.doubt == doubt


def test_a_fraction_of_a_currency_that_has_none_is_no_sum() -> None:
    claim = read_claim("SENT.TID 121276773406. UGX 4,000.50 to KASULE 0755000066. Fee UGX 100. Bal UGX 31,522.")

    assert claim is not None
    assert (claim.amount, claim.fee) == (None, Money(100, Currency.UGX))


def test_a_failure_may_name_no_sum() -> None:
    assert read_claim("*143*TxId:12345678901*R*Y'ello, your payment has failed") == Claim(Kind.FAILED, "12345678901")


def test_noon_and_midnight_are_told_apart() -> None:
    times = [
        read_claim(f"UKK4A7PQ2X Confirmed. Ksh5.00 sent to A BC on 20/11/26 at {at}. New")
        for at in ("12:05 AM", "12:05 PM", "1:05 PM")
    ]

    assert [one.at.strftime("%H:%M") for one in times if one and one.at] == ["00:05", "12:05", "13:05"]
    assert {one.at.utcoffset() for one in times if one and one.at} == {timedelta(hours=3)}


def test_other_texts_are_no_claims() -> None:
    for text in ("pay 500 KV10", "is it confirmed. Ksh500?", "", "You have received a parcel"):
        assert read_claim(text) is None


@given(st.sampled_from([one["text"] for one in SAMPLES.values()]), st.integers(0, 300), st.text(max_size=12))
def test_no_mutilation_is_too_strange(text: str, at: int, other: str) -> None:
    claim = read_claim(text[:at] + other + text[at + len(other) :])

    assert claim is None or claim.amount is None or claim.amount.minor >= 0
