"""People, numbers and secrets are covered in what providers and we say to each other; receipts, sums and times are not."""

import pytest

from storage.redaction import LONGEST_SHOWN, redacted


@pytest.mark.parametrize(
    "said, shown",
    [
        (b'{"MSISDN": "254712345678", "FirstName": "ASHA"}', '{"MSISDN":"254712***678","FirstName":"***"}'),
        (b'{"PhoneNumber": 254712345678}', '{"PhoneNumber":"254712***678"}'),
        (
            b'{"Item": [{"Name": "PhoneNumber", "Value": 254712345678}]}',
            '{"Item":[{"Name":"PhoneNumber","Value":"254712***678"}]}',
        ),
        (
            b'{"Item": [{"Name": "Amount", "Value": 1500.0}, {"Name": "Balance"}]}',
            '{"Item":[{"Name":"Amount","Value":1500.0},{"Name":"Balance"}]}',
        ),
        (b'{"Password": "c2VjcmV0", "access_token": "x"}', '{"Password":"***","access_token":"***"}'),
        (
            b'{"Timestamp": "20261120091500", "TransID": "UKK4A7PQ2X"}',
            '{"Timestamp":"20261120091500","TransID":"UKK4A7PQ2X"}',
        ),
        (
            b'{"CheckoutRequestID": "ws_CO_20112026091501334708374149"}',
            '{"CheckoutRequestID":"ws_CO_20112026091501334708***149"}',
        ),
        (
            b'{"CallBackURL": "https://pay.example.org/hooks/0123abcd/stk"}',
            '{"CallBackURL":"https://pay.example.org/hooks/***/stk"}',
        ),
        (b'{"MSISDN": "' + b"ab" * 32 + b'"}', '{"MSISDN":"abababab***"}'),
        (b"phoneNumber=%2B254712345678&text=1*2", "phoneNumber=+254712***678&text=1*2"),
        (b"call 0712345678 now", "call 0712***678 now"),
        (b"\xff 712345678", "� 712***678"),
        (b"", ""),
        (b"[" * 5_000, "[" * 5_000),
    ],
)
def test_what_people_may_see(said: bytes, shown: str) -> None:
    assert redacted(said) == shown


def test_those_who_may_see_people_still_see_no_secrets() -> None:
    said = b'{"MSISDN": "254712345678", "FirstName": "ASHA", "Password": "x", "CallBackURL": "/hooks/0123abcd/stk"}'

    assert redacted(said, clear=True) == (
        '{"MSISDN":"254712345678","FirstName":"ASHA","Password":"***","CallBackURL":"/hooks/***/stk"}'
    )


def test_a_body_that_nobody_reads_to_the_end_is_cut() -> None:
    assert len(redacted(b"x" * (LONGEST_SHOWN + 1))) < 300


def test_what_was_meant_to_be_json_and_is_broken_shows_no_name_and_no_pin() -> None:
    broken = b'{"MSISDN":"254712345678","FirstName":"ASHA WANJIRU","Pin":"4711","TransID":"UKL0000001"'

    shown, clear = redacted(broken), redacted(broken, clear=True)

    assert ("ASHA" in shown, "4711" in shown, "712345678" in shown, "UKL0000001" in shown) == (
        False,
        False,
        False,
        True,
    )
    assert ("ASHA" in clear, "4711" in clear) == (True, False)
