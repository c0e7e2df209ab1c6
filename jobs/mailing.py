"""Mails out of claimed messages: put into words and a frame, handed to the organisation's server a few at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from core.mail import MailAddress
from core.messages import Message, StatementReady
from core.ports import Attachment, Mail, Mailer, MailRefused, MailTaken, MailUnknown
from core.preferences import Topic
from documents.press import Press
from notifications.mails import Frame, Words, as_html, as_text, words_of
from notifications.own_words import said_by_mail
from usecases.app import App
from usecases.documents import paper_of
from usecases.messages import Addressed

log = structlog.get_logger()

SERIES = frozenset({Topic.REMINDERS, Topic.ARREARS, Topic.NEWS})
"""What mailboxes offer to end with one click. Of a receipt only its last line says how."""


MOST_ATTACHED = 2 * 1024 * 1024
"""Bytes of a paper that is attached; a larger one is a link."""


@dataclass(frozen=True, slots=True)
class Post:
    """Mails to different people that go over one connection, each with the version of the words that it bears (see
    `outbox.Sent.template`)."""

    mailer: Mailer
    members: tuple[Addressed, ...]
    mails: tuple[Mail, ...]
    templates: tuple[int, ...]


def posts(mailer: Mailer, members: Sequence[tuple[Addressed, Mail, int]]) -> list[Post]:
    """In lots of as many as one call may bring."""
    most = mailer.most_mails
    lots = (members[start : start + most] for start in range(0, len(members), most))
    return [
        Post(mailer, tuple(one for one, _, _ in lot), tuple(mail for _, mail, _ in lot), tuple(t for _, _, t in lot))
        for lot in lots
    ]


def written(one: Addressed, *, public_url: str, now: datetime) -> tuple[Mail, int]:
    """The mail, and whose words it bears. Raises where even the standard words cannot be put together."""
    assert isinstance(one.to, MailAddress)
    words, template = _worded(one)
    stop = f"{public_url}/u/{one.stop}" if one.stop and public_url else ""
    frame = Frame(one.sender, one.language, _links(one.message, public_url), stop)
    mail = Mail(
        to=one.to,
        sender=one.sender,
        subject=words.subject,
        text=as_text(words, frame),
        html=as_html(words, frame),
        language=one.language,
        name=one.id.hex,
        written_at=now,
        unsubscribe=stop if one.message.topic in SERIES else "",
    )
    return mail, template


def _worded(one: Addressed) -> tuple[Words, int]:
    """The organisation's own words, or the standard ones: whatever is wrong with its own, the mail goes out."""
    if one.own is None:
        return words_of(one.message, one.language), 0
    try:
        return said_by_mail(one.message, one.language, one.own.source), one.own.version
    except Exception as error:
        log.warning("own_words_unusable", told=one.message.event, version=one.own.version, reason=type(error).__name__)
        return words_of(one.message, one.language), -one.own.version


def _links(message: Message, public_url: str) -> tuple[tuple[str, str], ...]:
    """What a reader may open: the page that says whether a receipt is genuine, and the paper of an invoice."""
    code, paper = getattr(message, "receipt_code", ""), getattr(message, "link", "")
    receipt = (("receipt", f"{public_url}/r/{code}"),) if code and public_url else ()
    return (*receipt, ("paper", paper)) if paper and not isinstance(message, StatementReady) else receipt


@dataclass(frozen=True, slots=True)
class Papers:
    """Makes the papers that go along with mails."""

    app: App
    press: Press

    async def along(self, post: Post) -> Post:
        """The same mails, those that tell of a paper with the paper. A paper that cannot be made now holds no mail up: the
        link is there."""
        mails = [await self._with(one, mail) for one, mail in zip(post.members, post.mails, strict=True)]
        return replace(post, mails=tuple(mails))

    async def _with(self, one: Addressed, mail: Mail) -> Mail:
        if one.paper is None:
            return mail
        try:
            paper = await self.app.read(paper_of, one.paper)
            if paper is None:
                return mail
            content = await self.press.pdf(paper, one.language)
        except Exception as error:
            log.warning("paper_not_attached", message=one.id.hex, trace=one.trace, reason=type(error).__name__)
            return mail
        if len(content) > MOST_ATTACHED:
            return mail
        return replace(mail, attachments=(Attachment(paper.file_name, "application/pdf", content),))


async def handed_over(post: Post) -> list[MailTaken | MailRefused | MailUnknown]:
    """What became of each, and a line in the log."""
    answers = await post.mailer.send(post.mails)
    first = post.members[0]
    log.info(
        "mail_sent",
        message=first.id.hex,
        count=len(post.members),
        taken=sum(isinstance(answer, MailTaken) for answer in answers),
        server=first.route.provider,
        to=str(first.to),
        trace=first.trace,
    )
    return answers
