"""A mail as bytes (RFC 5322): text and HTML beside each other, files behind them, and headers that nobody can add to.

Written by us to the last byte: equal mails are equal bytes, and an address for one-click unsubscribing (RFC 8058) stays on a
line of its own, where the library would break it into encoded words that no mail client reads.
"""

from __future__ import annotations

import hashlib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from core.mail import MailAddress
from core.ports import Mail

LONGEST_SUBJECT, LONGEST_NAME = 120, 60
_LONGEST_LINE = 998
"""Of a header, by RFC 5322."""


def mail_id(mail: Mail, sender: MailAddress) -> str:
    """The same for every attempt at one message: a mailbox that has it already shows it once."""
    return f"<{mail.name}@{sender.domain}>"


def written(mail: Mail, sender: MailAddress, *, reply_to: MailAddress | None = None) -> bytes:
    """The mail as it goes over the wire."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = _addressed(mail.sender, sender)
    letter["To"] = _addressed("", mail.to)
    letter["Subject"] = one_line(mail.subject, LONGEST_SUBJECT)
    letter["Date"] = format_datetime(mail.written_at)
    letter["Message-ID"] = mail_id(mail, sender)
    if reply_to is not None:
        letter["Reply-To"] = _addressed("", reply_to)
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(mail.text, cte="quoted-printable")
    letter.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    for file in mail.attachments:
        kind, _, subtype = file.kind.partition("/")
        letter.add_attachment(file.content, maintype=kind, subtype=subtype, filename=one_line(file.name, LONGEST_NAME))
    letter["Content-Language"] = mail.language  # last: adding a part moves such headers into it
    _bound(letter, mail.name)
    return _series(mail) + letter.as_bytes()


def one_line(text: str, most: int) -> str:
    """What may stand in a header: no line break, nothing invisible, no sign that turns the direction of writing."""
    plain = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return plain if len(plain) <= most else f"{plain[: most - 1].rstrip()}…"


def _addressed(name: str, address: MailAddress) -> Address:
    return Address(one_line(name, LONGEST_NAME), addr_spec=address.text)


def _series(mail: Mail) -> bytes:
    """How to end mails of this kind with one click. Only an address that fits a line as it is may stand there."""
    url = mail.unsubscribe
    is_plain = url.isascii() and url.isprintable() and not set(url) & set(" <>,")
    if not url or not is_plain or len(url) > _LONGEST_LINE - 30:
        return b""
    return f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode()


def _bound(letter: EmailMessage, name: str) -> None:
    """What parts are told apart by: of the mail's own name, where the library would roll dice."""
    for number, part in enumerate(letter.walk()):
        if part.is_multipart():
            part.set_boundary(f"={hashlib.blake2b(f'{name}/{number}'.encode(), digest_size=18).hexdigest()}=")
