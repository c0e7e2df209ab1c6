"""Twilio's dialect: what we hand over, what its answers mean, whose callbacks we believe."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dispatch import Verdict
from core.errors import Unavailable
from core.phones import Msisdn
from core.ports import HttpReply, SmsRefused, SmsTaken
from providers.reading import Unreadable
from providers.twilio.callbacks import form_of, parse_incoming, parse_status
from providers.twilio.client import TwilioAccount, TwilioSms
from providers.twilio.signature import is_signed, sign

ASHA = Msisdn.parse("0712345678")
MARK = "01a1fcb0af0070008000fcd4b8b6d8fe-2"
ACCOUNT = TwilioAccount(
    "https://twilio.test", "AC1", "secret", "+14155550100", "https://karani.test/hooks/k/twilio/status"
)


class Wire:
    """Answers as it was told to, and remembers what it was asked."""

    def __init__(self, status: int, body: bytes) -> None:
        self.reply = HttpReply(status, body)
        self.asked: list[tuple[str, Mapping[str, str], dict[str, list[str]]]] = []

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, timeout_s: float
    ) -> HttpReply:
        self.asked.append((url, headers, parse_qs((body or b"").decode())))
        return self.reply


async def said(status: int, body: bytes) -> SmsTaken | SmsRefused:
    (answer,) = await TwilioSms(ACCOUNT, http=Wire(status, body)).send("Habari", [ASHA])
    return answer


async def test_a_text_is_handed_over_with_our_name_of_the_attempt() -> None:
    wire = Wire(201, b'{"sid":"SM9","num_segments":"1","price":null,"price_unit":"USD","status":"queued"}')

    (answer,) = await TwilioSms(ACCOUNT, http=wire).send("Habari & karibu", [ASHA], marks=[MARK])

    assert answer == SmsTaken("SM9", 1, "")
    ((url, headers, form),) = wire.asked
    assert url == "https://twilio.test/2010-04-01/Accounts/AC1/Messages.json"
    assert headers["Authorization"] == "Basic QUMxOnNlY3JldA=="
    assert form == {
        "To": ["+254712345678"],
        "From": ["+14155550100"],
        "Body": ["Habari & karibu"],
        "StatusCallback": [f"https://karani.test/hooks/k/twilio/status?mark={MARK}"],
    }
    assert "secret" not in repr(ACCOUNT)


@pytest.mark.parametrize(
    "body, answer",
    [
        (b'{"sid":"SM9","num_segments":"0"}', SmsTaken("SM9", None, "")),
        (b'{"sid":"SM9","num_segments":2,"price":"-0.0150","price_unit":"USD"}', SmsTaken("SM9", 2, "USD 0.0150")),
    ],
)
async def test_what_it_costs_and_how_long_it_is_may_come_later(body: bytes, answer: SmsTaken) -> None:
    assert await said(201, body) == answer


@pytest.mark.parametrize(
    "status, code, meaning",
    [
        (400, 21211, SmsRefused("InvalidTo", "21211 No")),
        (400, 21610, SmsRefused("OptedOut", "21610 No", stopped=True)),
        (429, 20429, SmsRefused("TooManyRequests", "20429 No", temporary=True)),
        (401, 20003, SmsRefused("BadCredentials", "20003 No", halt=True)),
        (400, 99999, SmsRefused("99999", "99999 No")),
    ],
)
async def test_a_refusal_says_whose_fault_it_is(status: int, code: int, meaning: SmsRefused) -> None:
    assert await said(status, b'{"code":%d,"message":"No","status":%d}' % (code, status)) == meaning


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"code":"x"}'])
async def test_a_page_that_is_not_twilios_is_tried_again(body: bytes) -> None:
    refused = await said(403, body)

    assert isinstance(refused, SmsRefused)
    assert (refused.temporary, refused.halt) == (True, True)


@pytest.mark.parametrize("status, body", [(201, b"<html>"), (200, b"{}"), (503, b""), (302, b"")])
async def test_what_may_have_been_sent_is_unknown(status: int, body: bytes) -> None:
    with pytest.raises(Unavailable) as error:
        await said(status, body)

    assert error.value.sent


# --- callbacks ---------------------------------------------------------------------------------------------------------

DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
URL = "https://mycompany.com/myapp.php?foo=1&bar=2"


def test_the_signature_of_twilios_own_documentation_is_found() -> None:
    assert sign(URL, DOCUMENTED.items(), "12345") == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert is_signed(URL, DOCUMENTED.items(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")
    assert is_signed(URL.replace(".com/", ".com:443/"), DOCUMENTED.items(), "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "12345")


fields = st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), max_size=5)


@given(fields, st.text(min_size=1, max_size=8), fields)
def test_nothing_but_the_same_fields_the_same_address_and_the_same_token_will_do(
    said: list[tuple[str, str]], token: str, other: list[tuple[str, str]]
) -> None:
    signature = sign(URL, said, token)

    assert is_signed(URL, reversed(said), signature, token)
    assert not is_signed(URL + "x", said, signature, token)
    assert not is_signed(URL, said, signature, token + "x")
    assert not is_signed(URL, said, signature[:-2] + "x=", token)
    assert not is_signed(URL, said, sign(URL, said, ""), "")  # an account without a token believes nobody
    assert not is_signed(URL, [*said, ("new", "x")], signature, token)
    assert not is_signed(URL, said, "\udcff", token)


@pytest.mark.parametrize(
    "status, code, verdict",
    [
        ("queued", "", Verdict.ON_THE_WAY),
        ("sent", "", Verdict.ON_THE_WAY),
        ("teleported", "", Verdict.ON_THE_WAY),
        ("delivered", "", Verdict.ARRIVED),
        ("READ", "", Verdict.ARRIVED),
        ("undelivered", "30003", Verdict.FAILED),
        ("failed", "21610", Verdict.STOPPED),
    ],
)
def test_how_a_message_is_doing(status: str, code: str, verdict: Verdict) -> None:
    report = parse_status([("MessageSid", "SM1"), ("MessageStatus", status), ("ErrorCode", code), ("New", "")], MARK)

    assert (report.sid, report.verdict, report.mark) == ("SM1", verdict, (UUID(MARK[:32]), 2))


@pytest.mark.parametrize("mark", ["", "x", MARK[:-1] + "0", MARK + "0000", MARK.upper()])
def test_a_mark_that_is_not_ours_names_nothing(mark: str) -> None:
    assert parse_status([("MessageSid", "SM1"), ("MessageStatus", "sent")], mark).mark is None


@pytest.mark.parametrize(
    "sender, phone",
    [
        ("+254712345678", ASHA),
        ("whatsapp:+254712345678", None),
        ("whatsapp:US.1234", None),
        ("BANK", None),
        ("1", None),
    ],
)
def test_a_text_from_somebody(sender: str, phone: Msisdn | None) -> None:
    form = [("MessageSid", "SM1"), ("From", sender), ("To", "+14155550100"), ("Body", "c3RvcA==\x07\nasante ")]
    text = parse_incoming(form, country_code="254")

    assert (text.sender, text.sender_text, text.text) == (phone, sender, "c3RvcA== \nasante")


@pytest.mark.parametrize(
    "form",
    [
        [],
        [("MessageSid", "SM1")],
        [("From", "+254712345678")],
        [("MessageSid", "S"), ("From", "1"), ("Body", "x" * 1_601)],
    ],
)
def test_what_is_no_text_is_unreadable(form: list[tuple[str, str]]) -> None:
    with pytest.raises(Unreadable):
        parse_incoming(form, country_code="254")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_form_or_unreadable(body: bytes) -> None:
    try:
        found: Any = form_of(body)
    except Unreadable:
        return
    assert all(isinstance(name, str) and isinstance(value, str) for name, value in found)


def test_too_much_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        form_of(b"a" * 70_000)
