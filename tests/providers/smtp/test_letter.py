"""A mail on the wire: what mail clients need stands there, and nobody who has a name in it can add anything."""

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.mail import MailAddress
from core.ports import Attachment, Mail
from providers.smtp.letter import written

OURS, HERS = MailAddress("office@kivuli.example"), MailAddress("asha@example.org")
STOP = f"https://pay.a-rather-long-name-of-a-school.example.org/u/{'x' * 44}"


def mail(**facts: object) -> Mail:
    usual: dict[str, object] = {
        "to": HERS,
        "sender": "Kivuli Primary School",
        "subject": "Receipt R000321: KSh 1,500",
        "text": "Good day,\n\nWe have received KSh 1,500.\n",
        "html": "<p>Good day</p>",
        "language": "en",
        "name": "01a1fdc7e4db77d29ddb8d32e01a1f9e",
        "written_at": datetime(2026, 11, 21, 6, 0, tzinfo=UTC),
    }
    return Mail(**{**usual, **facts})  # type: ignore[arg-type]


def read(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def body(letter: EmailMessage, kind: str) -> str:
    part = letter.get_body(preferencelist=(kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def test_a_mail_has_all_that_mail_clients_ask_for() -> None:
    raw = written(mail(unsubscribe=STOP), OURS, reply_to=MailAddress("head@kivuli.example"))
    letter = read(raw)

    assert dict(letter.items()) | {"Content-Type": ""} == {
        "List-Unsubscribe": f"<{STOP}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "From": "Kivuli Primary School <office@kivuli.example>",
        "To": "asha@example.org",
        "Subject": "Receipt R000321: KSh 1,500",
        "Date": "Sat, 21 Nov 2026 06:00:00 +0000",
        "Message-ID": "<01a1fdc7e4db77d29ddb8d32e01a1f9e@kivuli.example>",
        "Reply-To": "head@kivuli.example",
        "Auto-Submitted": "auto-generated",
        "Content-Language": "en",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }
    assert f"List-Unsubscribe: <{STOP}>\r\n".encode() in raw  # on one line, as it is
    assert (body(letter, "plain"), body(letter, "html")) == (
        "Good day,\n\nWe have received KSh 1,500.\n",
        "<p>Good day</p>\n",
    )
    assert written(mail(unsubscribe=STOP), OURS) == written(mail(unsubscribe=STOP), OURS)


def test_a_file_goes_along() -> None:
    letter = read(written(mail(attachments=(Attachment("R000321.pdf", "application/pdf", b"%PDF-1.7"),)), OURS))

    (file,) = letter.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "R000321.pdf",
        "application/pdf",
        b"%PDF-1.7",
    )
    assert "1,500" in body(letter, "plain")


@pytest.mark.parametrize("url", ["https://x.example/\r\nBcc: all@example.org", "https://x.example/<>", "x" * 2_000, ""])
def test_what_is_no_address_of_ours_never_becomes_a_header(url: str) -> None:
    assert b"List-Unsubscribe" not in written(mail(unsubscribe=url), OURS).split(b"\r\n\r\n")[0]


breaking = st.text(max_size=60) | st.sampled_from(
    [
        "A\r\nBcc: all@example.org",
        "A\nSubject: other",
        "A\r\n\r\n<script>",
        "\u2028Bcc: x",
        "\u202e",
        '"q" <a@b.example>',
        "é" * 90,
    ]
)


@given(name=breaking, subject=breaking, text=breaking)
def test_no_name_and_no_subject_adds_a_header_or_a_reader(name: str, subject: str, text: str) -> None:
    plain = read(written(mail(), OURS))
    letter = read(written(mail(sender=name, subject=subject, text=text), OURS))

    assert letter.keys() == plain.keys()
    assert letter["To"] == "asha@example.org"
    assert letter["From"].addresses[0].addr_spec == "office@kivuli.example"
    assert len(letter["From"].addresses) == 1
    assert [part.get_content_type() for part in letter.walk()] == [part.get_content_type() for part in plain.walk()]


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=300))
def test_every_letter_arrives(text: str) -> None:
    assert (
        body(read(written(mail(text=f"{text}\n", subject=f"x {text}"), OURS)), "plain").splitlines()
        == f"{text}\n".splitlines()
    )
