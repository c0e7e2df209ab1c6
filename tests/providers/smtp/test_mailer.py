"""A real SMTP dialogue with a server of every temper: what left surely, surely not, or perhaps is told apart."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.mail import MailAddress
from core.ports import Mail, MailRefused, MailTaken, MailUnknown
from providers.smtp import mailer as module
from providers.smtp.mailer import Security, SmtpAccount, SmtpMailer, account_of, at_server
from runtime.clock import VirtualClock
from tests.providers.smtp.test_letter import OURS, mail
from tests.world import START

ANSWERS = list[MailTaken | MailRefused | MailUnknown]


@dataclass
class Server:
    """Says what it was told to, by command; takes everything else."""

    says: dict[str, list[str]] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    port: int = 0
    hangs: bool = False
    slams: bool = False

    def _said(self, command: str) -> str:
        said = self.says.get(command, [])
        return said.pop(0) if said else "250 OK"

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        said = self._said("MAIL")
        if said.startswith("250"):
            envelope.mail_from = address
        return said

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        said = self._said("RCPT")
        if said == "hang up":
            server.transport.abort()
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.hangs:
            await asyncio.Event().wait()
        if self.slams:
            server.transport.abort()
        said = self._said("DATA")
        if said.startswith("250"):
            self.taken += envelope.rcpt_tos
        return said


@asynccontextmanager
async def serving(server: Server, **facts: Any) -> AsyncIterator[Server]:
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(server, hostname="mail.test", loop=loop, **facts), "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


def mailer(server: Server, security: Security = Security.NONE, host: str = "127.0.0.1", **facts: Any) -> SmtpMailer:
    return SmtpMailer(SmtpAccount(host, security, OURS, port=server.port, **facts), clock=VirtualClock(START))


def mails(*names: str) -> list[Mail]:
    return [mail(to=MailAddress.parse(f"{name}@example.org"), name=name) for name in names]


def kinds(answers: ANSWERS) -> list[str]:
    words = {MailTaken: "taken", MailUnknown: "unknown"}
    return [
        words.get(type(one)) or ("later" if isinstance(one, MailRefused) and (one.temporary or one.halt) else "refused")
        for one in answers
    ]


async def test_several_mails_go_over_one_connection_each_with_its_answer() -> None:
    async with serving(Server({"RCPT": ["250 OK", "550 5.1.1 no such user", "450 4.2.0 grey"]})) as server:
        answers = await mailer(server).send(mails("a", "b", "c", "d"))

    assert kinds(answers) == ["taken", "refused", "later", "taken"]
    assert server.taken == ["a@example.org", "d@example.org"]
    assert answers[0] == MailTaken("<a@kivuli.example>", "OK")
    assert answers[1] == MailRefused("550", "5.1.1 no such user")


@pytest.mark.parametrize(
    "says, kind, halt",
    [
        ({"MAIL": ["550 5.7.1 not your address"]}, "later", True),
        ({"MAIL": ["451 4.3.0 try later"]}, "later", False),
        ({"RCPT": ["553 5.1.3 bad address"]}, "refused", False),
        ({"RCPT": ["421 4.3.2 closing"]}, "later", False),
        ({"RCPT": ["hang up"]}, "later", False),
        ({"DATA": ["552 5.3.4 too big"]}, "refused", False),
        ({"DATA": ["451 4.7.1 greylisted"]}, "later", False),
        ({"DATA": ["251 what is this"]}, "unknown", False),
    ],
)
async def test_each_refusal_means_what_it_is_about(says: dict[str, list[str]], kind: str, halt: bool) -> None:
    async with serving(Server(says)) as server:
        answers = await mailer(server).send(mails("a"))

    assert kinds(answers) == [kind]
    assert getattr(answers[0], "halt", False) is halt
    assert server.taken == []


@pytest.mark.parametrize("temper", ["hangs", "slams"])
async def test_where_the_answer_to_a_whole_mail_is_lost_nobody_knows_and_what_follows_never_left(
    temper: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ANSWER_S", 0.2)
    async with serving(Server(hangs=temper == "hangs", slams=temper == "slams")) as server:
        answers = await mailer(server).send(mails("a", "b"))

    assert kinds(answers) == ["unknown", "later"]


async def test_a_server_that_is_not_there_or_no_server_at_all_sent_surely_nothing() -> None:
    async with serving(Server()) as server:
        pass
    assert kinds(await mailer(server).send(mails("a", "b"))) == ["later", "later"]

    async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    web = await asyncio.start_server(rude, "127.0.0.1", 0)
    server.port = web.sockets[0].getsockname()[1]
    assert kinds(await mailer(server).send(mails("a"))) == ["later"]
    web.close()


async def test_a_mail_that_cannot_be_written_spoils_no_other() -> None:
    async with serving(Server()) as server:
        answers = await mailer(server).send([mail(name="<no name>"), mail(name="b")])

    assert kinds(answers) == ["refused", "taken"]


async def test_when_the_time_of_a_call_is_over_the_rest_is_put_back() -> None:
    clock = VirtualClock(START)
    server = Server()

    async def slow(*_: Any) -> str:
        await clock.advance(module.BEGUN_WITHIN_S + 1)
        return "250 OK"

    server.handle_DATA = slow  # type: ignore[method-assign, assignment]
    async with serving(server):
        account = SmtpAccount("127.0.0.1", Security.NONE, OURS, port=server.port)
        answers = await SmtpMailer(account, clock=clock).send(mails("a", "b"))

    assert kinds(answers) == ["taken", "later"]
    assert await SmtpMailer(account, clock=clock).send([]) == []


# --- safe connections ---------------------------------------------------------------------------------------------------


@pytest.fixture
def safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's certificate for `localhost`, which this process believes in."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)  # noqa: TID251 - certificates are checked by the real clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(private)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    return context


async def test_a_password_is_said_after_starttls_only_and_a_wrong_one_is_about_us(safe: ssl.SSLContext) -> None:
    said: list[tuple[bytes, bytes]] = []

    def known(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        said.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    facts = {"tls_context": safe, "authenticator": known, "auth_required": True, "require_starttls": True}
    async with serving(Server(), **facts) as server:
        good = mailer(server, Security.STARTTLS, "localhost", user="kivuli", password="right")
        bad = mailer(server, Security.STARTTLS, "localhost", user="kivuli", password="wrong")

        assert kinds(await good.send(mails("a"))) == ["taken"]
        (refused,) = await bad.send(mails("a"))

    assert isinstance(refused, MailRefused)
    assert (refused.code, refused.halt) == ("535", True)
    assert said[0] == (b"kivuli", b"right")
    assert "wrong" not in repr(bad._account)


async def test_a_server_without_starttls_or_with_a_strangers_certificate_gets_nothing(
    safe: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(Server()) as server:
        (plain,) = await mailer(server, Security.STARTTLS, "localhost").send(mails("a"))
    monkeypatch.delenv("SSL_CERT_FILE")
    async with serving(Server(), tls_context=safe) as stranger:
        (unknown,) = await mailer(stranger, Security.STARTTLS, "localhost").send(mails("a"))

    assert isinstance(plain, MailRefused)
    assert plain.halt
    assert isinstance(unknown, MailRefused)
    assert server.taken == stranger.taken == []


# --- accounts -----------------------------------------------------------------------------------------------------------


def test_an_account_is_read_from_a_set_up_file() -> None:
    account = account_of(
        "office@kivuli.example",
        {"host": "mail.kivuli.example", "port": "2587", "reply_to": "head@kivuli.example"},
        {"username": "kivuli", "password": "p"},
    )

    assert (account.host, account.port, account.security) == ("mail.kivuli.example", 2587, Security.STARTTLS)
    assert account.reply_to == MailAddress("head@kivuli.example")
    local = at_server(account, "127.0.0.1:2525")
    assert (local.host, local.port, local.security, local.user) == ("127.0.0.1", 2525, Security.NONE, "")


@pytest.mark.parametrize(
    "sender, settings, why",
    [
        ("office@kivuli.example", {}, "host"),
        ("office@kivuli.example", {"host": "h", "security": "ssl"}, "security"),
        ("office@kivuli.example", {"host": "h", "port": "x"}, "port"),
        ("office@kivuli.example", {"host": "h", "port": "70000"}, "port"),
        ("office", {"host": "h"}, "office is no address"),
        ("office@kivuli.example", {"host": "mail.kivuli.example", "security": "none"}, "TLS"),
    ],
)
def test_what_is_wrong_with_an_account_is_said(sender: str, settings: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        account_of(sender, settings, {})
