"""A phone number is one number however it is spelt, and what a provider leaves of it still helps."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.phones import HashedMsisdn, MaskedMsisdn, Msisdn, NotAPhone, hashed, read_payer

ASHA = Msisdn("254712345678")


@pytest.mark.parametrize(
    "spelling",
    [
        "0712 345 678",
        "0712345678",
        "0712-345-678",
        "(0712) 345.678",
        "712345678",
        "254712345678",
        "254 712 345 678",
        "+254712345678",
        "+254 712 345 678",
        "00254712345678",
        "000254 712 345678",
        "2540712345678",
        "+2540712345678",
        " 0712345678\n",
    ],
)
def test_every_spelling_of_a_kenyan_number_is_the_same_number(spelling: str) -> None:
    assert Msisdn.parse(spelling) == ASHA


@pytest.mark.parametrize(
    "spelling, country_code, digits",
    [
        ("0788 123 456", "250", "250788123456"),
        ("250788123456", "250", "250788123456"),
        ("0772123456", "256", "256772123456"),
        ("0754 123 456", "255", "255754123456"),
        ("0110 123 456", "254", "254110123456"),
        ("256772123456", "254", "256772123456"),  # a neighbour's number, as gateways write it
        ("+12025550123", "254", "12025550123"),
        ("12025550123", "1", "12025550123"),
    ],
)
def test_other_countries_numbers_are_read_too(spelling: str, country_code: str, digits: str) -> None:
    assert Msisdn.parse(spelling, country_code=country_code).digits == digits


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "100",
        "+",
        "00",
        "071234567",
        "07123456789",
        "2547123456789",
        "0712FLOWER",
        "call 0712345678",
        "ADM0712345678",
        "0712345678 ext 5",
        "tel:0712345678;phone-context=+254",
        "٠٧١٢٣٤٥٦٧٨",
        "0712345678\x00",
        "020 2222222",  # a landline has no menu and no inbox
        "0712345678" * 5,
        "0712345678" * 10_000,
    ],
)
def test_what_is_no_mobile_number_is_refused(text: str) -> None:
    with pytest.raises(NotAPhone) as refusal:
        Msisdn.parse(text)

    assert refusal.value.text == text[:40]


@given(st.from_regex(r"[17][0-9]{8}", fullmatch=True))
def test_a_number_that_was_read_prints_and_reads_back_as_itself(national: str) -> None:
    phone = Msisdn(f"254{national}")

    assert Msisdn.parse(phone.e164) == Msisdn.parse(phone.digits) == phone


@given(st.text(max_size=50))
def test_no_text_makes_a_number_that_is_not_digits(text: str) -> None:
    try:
        phone = Msisdn.parse(text)
    except NotAPhone:
        return

    assert phone.digits.isascii()
    assert phone.digits.isdigit()


# --- what others may see ------------------------------------------------------------------------------------------------


def test_a_number_shows_itself_only_when_asked() -> None:
    assert ASHA.e164 == "+254712345678"
    assert str(ASHA) == ASHA.masked == "254712***678"
    assert repr(ASHA) == "Msisdn(254712***678)"


def test_three_digits_of_a_short_number_are_hidden_too() -> None:
    assert Msisdn("29051234").masked == "29***234"


# --- what providers leave of a number -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["254712345678", "+254712345678", "0712345678", " 254 712 345 678 "])
def test_a_provider_may_state_the_whole_number(text: str) -> None:
    assert read_payer(text) == ASHA


def test_a_payer_from_another_country_is_read_with_the_plus() -> None:
    assert read_payer("+12025550123") == Msisdn("12025550123")


@pytest.mark.parametrize("upper", [False, True])
def test_a_hashed_number_is_recognised_among_our_own(upper: bool) -> None:
    stated = hashlib.sha256(b"254712345678").hexdigest()

    read = read_payer(stated.upper() if upper else stated)

    assert read == HashedMsisdn(stated) == hashed(ASHA)


@pytest.mark.parametrize(
    "text, prefix, suffix",
    [
        ("2547 ***** 149", "2547", "149"),
        ("2547*****149", "2547", "149"),
        ("+2547****0111", "2547", "0111"),
        ("0712***678", "254712", "678"),
    ],
)
def test_a_masked_number_keeps_its_two_ends(text: str, prefix: str, suffix: str) -> None:
    assert read_payer(text) == MaskedMsisdn(prefix, suffix)


def test_a_mask_rules_numbers_out_but_proves_nobody() -> None:
    mask = MaskedMsisdn("2547", "678")

    assert mask.may_be(ASHA)
    assert mask.may_be(Msisdn("254799999678"))
    assert not mask.may_be(Msisdn("254712345679"))
    assert not mask.may_be(Msisdn("254112345678"))


@pytest.mark.parametrize("text", ["", "None", "*****", "2547********", "WANGARI", "g" * 64, "null"])
def test_an_unreadable_payer_is_nobody(text: str) -> None:
    assert read_payer(text) is None
