"""Passphrases, one-time codes and sessions, as the standards and a patient attacker see them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import sign_in
from core.sign_in import Code, NotAUserName, WeakPassphrase
from tests.world import START

RFC_SECRET = sign_in.secret_of(b"12345678901234567890")


@pytest.mark.parametrize(
    "seconds, code",
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert sign_in.current_code(RFC_SECRET, now=moment) == code
    assert sign_in.accepted_step(RFC_SECRET, code, now=moment, last=0) == seconds // 30


@given(st.integers(-4, 4))
def test_a_clock_may_be_off_by_one_step_and_no_more(steps: int) -> None:
    code = sign_in.current_code(RFC_SECRET, now=START + timedelta(seconds=30 * steps))

    taken = sign_in.accepted_step(RFC_SECRET, code, now=START, last=0)

    assert taken == (sign_in.step_at(START) + steps if abs(steps) <= 1 else None)


def test_no_step_is_accepted_after_itself_or_a_newer_one() -> None:
    present = sign_in.step_at(START)
    code = sign_in.current_code(RFC_SECRET, now=START)

    assert sign_in.accepted_step(RFC_SECRET, code, now=START, last=present - 1) == present
    assert sign_in.accepted_step(RFC_SECRET, code, now=START, last=present) is None
    assert sign_in.accepted_step(RFC_SECRET, code, now=START, last=present + 1) is None


@pytest.mark.parametrize(
    "typed, read",
    [
        ("123 456", Code("123456", is_recovery=False)),
        ("123-456", Code("123456", is_recovery=False)),
        (" ABCD-efgh-2345-mnop ", Code("abcdefgh2345mnop", is_recovery=True)),
        ("١٢٣٤٥٦", None),
        ("12345", None),
        ("1" * 10_000, None),
        ("abcd-efgh-1890-mnop", None),
        ("", None),
    ],
)
def test_a_code_is_read_however_it_is_spaced(typed: str, read: Code | None) -> None:
    assert sign_in.read_code(typed) == read


@given(st.binary(min_size=sign_in.RECOVERY_BYTES, max_size=sign_in.RECOVERY_BYTES))
def test_a_recovery_code_is_read_back_as_it_was_printed(token: bytes) -> None:
    code = sign_in.recovery_code(token)

    assert sign_in.read_code(code) == Code(code.replace("-", ""), is_recovery=True)


@pytest.mark.parametrize("weak", ["", "short", "aaaaaaaaaaaaaaaa", "esther mutheu", "esther123456", "x" * 201])
def test_an_easy_passphrase_is_refused(weak: str) -> None:
    with pytest.raises(WeakPassphrase):
        sign_in.passphrase(weak, "esther", "esther mutheu")


def test_a_passphrase_is_the_same_from_every_keyboard() -> None:
    assert sign_in.passphrase("cafe\u0301 by the lake ") == sign_in.passphrase("caf\u00e9 by the lake")


@pytest.mark.parametrize("text", ["", "ab", "1esther", "esther mutheu", "é" * 5, "a" * 33, "<script>", "a\nb\n"])
def test_what_is_no_user_name_is_refused(text: str) -> None:
    with pytest.raises(NotAUserName):
        sign_in.user_name(text)


def test_a_user_name_is_kept_in_small_letters() -> None:
    assert sign_in.user_name(" Esther.M ") == "esther.m"


def test_a_session_ends_when_nobody_uses_it_and_at_the_end_of_the_day_in_any_case() -> None:
    busy = START + sign_in.LONGEST - timedelta(seconds=1)

    assert sign_in.is_live(created_at=START, seen_at=START, now=START + timedelta(minutes=29))
    assert not sign_in.is_live(created_at=START, seen_at=START, now=START + sign_in.IDLE)
    assert sign_in.is_live(created_at=START, seen_at=busy, now=busy)
    assert not sign_in.is_live(created_at=START, seen_at=busy, now=START + sign_in.LONGEST)


def test_the_authenticator_is_told_who_and_where() -> None:
    uri = sign_in.authenticator_uri(RFC_SECRET, name="esther", issuer="Kivuli Hill")

    assert uri == f"otpauth://totp/Kivuli%20Hill:esther?secret={RFC_SECRET}&issuer=Kivuli%20Hill"


@pytest.mark.parametrize("typed", ["0712 345 678", "+254 712 345 678", "254712345678", "(0712) 345-678", "712345678"])
def test_all_spellings_of_a_phone_count_as_one_at_sign_in(typed: str) -> None:
    assert sign_in.whom(typed) == "712345678"


def test_all_spellings_of_a_name_count_as_one_at_sign_in() -> None:
    assert sign_in.whom(" Esther ") == sign_in.whom("ESTHER") == "esther"
    assert sign_in.whom("esther2") != sign_in.whom("esther")
    assert sign_in.whom("") == ""
