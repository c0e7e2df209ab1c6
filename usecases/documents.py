"""Papers for people: what stands on a receipt, and the links that lead to whole ones.

Whoever is shown a receipt's code may have the paper with names shortened (`masked_receipt`). A paper with everything goes
to the family itself: by a link that only our messages hold and that ends by itself, by mail, or from the office's hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from core.document_links import DocumentLink, PaperKind, link_to, read_token, token_of
from core.documents import (
    FundLedger,
    FundLine,
    HowToPay,
    InvoicePaper,
    Paper,
    ReceiptPaper,
    ReceiptShare,
    Settled,
    StatementPaper,
)
from core.errors import NotFound
from core.fees import receipt_number
from core.ids import ContactId, CustomerAccountId, ItemId, OrganisationId, PaymentId
from core.ledger import fund_account
from core.limits import Rule
from core.messages import PaperName, PaperSent, StatementReady
from core.money import Money, total
from core.open_items import ItemKind
from core.organisations import COUNTRIES
from core.permissions import Action, Actor
from core.phones import Msisdn, NotAPhone
from core.preferences import USUAL, Channel
from core.receipt_codes import shown
from core.statements import MOST_LINES
from core.treasury import FundId, payment_number
from storage import (
    invoices,
    ledger,
    mail_addresses,
    organisations,
    outbox,
    payments,
    people,
    receipts,
    statements,
    treasury,
)
from storage.organisations import Organisation
from storage.outbox import MessageFacts, Out
from storage.statements import Holder
from storage.tx import Tx
from usecases.commands import SendStatement
from usecases.noting import note_of
from usecases.receipts import Genuine, check
from usecases.rights import require_for

OPENS = Rule(most=12, per_s=3_600)
"""How often one link may be opened: a family's phones, and no printing house. The link is counted and not the address,
because thousands of phones share one address of their network."""
MOST_ENTRIES = 5_000
"""Of a fund, in one workbook."""
WRONG_LINKS = Rule(most=30, per_s=3_600)
"""Links that lead nowhere, from one address."""


def masked_receipt(tx: Tx, typed: str) -> ReceiptPaper | None:
    """The receipt with this code as paper, for whoever holds the code: it says what the page says, and no more."""
    found = check(tx, typed)
    return _masked(found) if found else None


def _masked(found: Genuine) -> ReceiptPaper:
    return ReceiptPaper(
        organisation=found.organisation,
        number=found.number,
        code=found.code,
        amount=found.amount,
        value_on=found.value_on,
        status=found.status,
        moved=found.moved,
        shares=tuple(ReceiptShare(share.name, share.reference, share.amount) for share in found.shares),
        is_masked=True,
    )


def whole_receipt(tx: Tx, payment: PaymentId) -> ReceiptPaper | None:
    """A payment's receipt as the family and the office have it; None while it has none."""
    found, stored = receipts.of_payment(tx, payment), payments.load(tx, payment)
    if found is None or stored is None:
        return None
    payer = payments.open_payer(tx, stored.payer_sealed)
    return ReceiptPaper(
        organisation=found.organisation,
        number=receipt_number(found.number),
        code=shown(found.code),
        amount=found.amount,
        value_on=found.value_on,
        status=found.status,
        moved=found.moved,
        shares=_shares(receipts.parts(tx, payment)),
        is_masked=False,
        provider=stored.payment.provider,
        provider_receipt=stored.payment.receipt or "",
        payer_name=payer.name,
        payer_phone=payer.shown,
        own_language=organisations.voices(tx, [stored.payment.organisation])[stored.payment.organisation].language,
    )


def _shares(parts: list[receipts.Part]) -> tuple[ReceiptShare, ...]:
    by_account: dict[str, list[receipts.Part]] = {}
    for part in parts:
        by_account.setdefault(part.reference, []).append(part)
    return tuple(
        ReceiptShare(
            own[0].holder,
            reference,
            total([part.amount for part in own], own[0].amount.currency),
            tuple(Settled(part.invoice or "", part.amount) for part in own),
        )
        for reference, own in by_account.items()
    )


# --- invoices and statements --------------------------------------------------------------------------------------------

STATED = timedelta(days=365)
"""How far back a statement goes when nobody says."""


def invoice_paper(tx: Tx, item: ItemId) -> InvoicePaper | None:
    """One invoice as it stands now."""
    found = invoices.issued(tx, item)
    if found is None:
        return None
    voice = organisations.voices(tx, [found.organisation])[found.organisation]
    return InvoicePaper(
        organisation=voice.name,
        number=found.number,
        is_opening=found.kind == ItemKind.OPENING.value,
        term=found.term,
        name=found.holder,
        reference=found.reference,
        group=found.group,
        issued_on=found.issued_on,
        due_on=found.due_on,
        lines=found.lines,
        total=found.total,
        corrected=found.corrected,
        paid=found.paid,
        open=found.outstanding,
        pay=_how_to_pay(tx, found.organisation, found.reference),
        own_language=voice.language,
    )


def student_statement(
    tx: Tx, account: CustomerAccountId, *, since: date | None = None, until: date | None = None
) -> StatementPaper | None:
    """One account over these days: a year until today when nobody says, with what is booked for later days."""
    holder = statements.holder(tx, account)
    return _statement(tx, [holder], since, until) if holder else None


def family_statement(
    tx: Tx, contact: ContactId, *, since: date | None = None, until: date | None = None
) -> StatementPaper | None:
    """All open accounts that a guardian answers for; None when there are none."""
    return _statement(tx, statements.family(tx, contact), since, until)


def fund_ledger(tx: Tx, id_: FundId) -> FundLedger | None:
    """A fund's newest entries, with what each left in it; None for no fund."""
    fund = treasury.fund(tx, id_)
    if fund is None:
        return None
    organisation = organisations.by_id(tx, fund.organisation)
    account = fund_account(fund.organisation, fund.id, fund.balance.currency)
    kept = ledger.listed(tx, fund.organisation, limit=MOST_ENTRIES, code=account.code)
    behind = treasury.payments_behind(tx, [one.subject for one in kept])
    names = {member.id: member.name for member in organisations.staff_of(tx, fund.organisation)}
    lines, left = [], fund.balance
    for one in kept:
        amount = Money(sum(line.minor for line in one.postings if line.account == account), account.currency)
        payment, at = behind.get(one.subject), one.reconciled_at
        about = (payment_number(payment.number), payment.payee.name, payment.purpose, payment.reason) if payment else ()
        by = names[one.reconciled_by] if one.reconciled_by else ""
        on = organisation.local_day(at) if at else None
        line = FundLine(one.value_on, one.kind, amount, left, *about)
        lines.append(replace(line, reconciled_by=by, reconciled_on=on))
        left -= amount
    today = organisation.local_day(tx.now)
    return FundLedger(organisation.name, fund.name, fund.balance, today, tuple(reversed(lines)))


def guardian_called(tx: Tx, organisation: Organisation, phone: str) -> ContactId | None:
    """The guardian with this phone, written as people write it; None for nobody, and for what is no phone."""
    try:
        msisdn = Msisdn.parse(phone, country_code=COUNTRIES[organisation.country].calling_code)
    except NotAPhone:
        return None
    return statements.contact_with(tx, organisation.id, people.msisdn_index(tx, msisdn))


def _statement(tx: Tx, holders: Sequence[Holder], since: date | None, until: date | None) -> StatementPaper | None:
    if not holders:
        return None
    organisation = holders[0].organisation
    voice = organisations.voices(tx, [organisation])[organisation]
    last = until or tx.now.astimezone(ZoneInfo(voice.time_zone)).date()
    first = since or last - STATED
    most = max(1, MOST_LINES // len(holders))
    accounts = [one.shortened(most) for one in statements.statements(tx, holders, since=first, until=until)]
    owes = next((one for one in accounts if one.closing.minor > 0), accounts[0])
    return StatementPaper(
        organisation=voice.name,
        since=first,
        until=last,
        accounts=tuple(accounts),
        pay=_how_to_pay(tx, organisation, owes.reference),
        own_language=voice.language,
    )


def _how_to_pay(tx: Tx, organisation: OrganisationId, reference: str) -> HowToPay:
    account = organisations.main_account(tx, organisation)
    return HowToPay(account.shortcode if account else "", reference)


def send_statement(tx: Tx, wish: SendStatement) -> None:
    """Text a guardian the link to a statement of one child, or of all. Once an hour for the same one: a repeat, and an
    impatient thumb, send nothing new. Raises `NotFound` for a child that is not theirs."""
    own = {one.account: one for one in statements.family(tx, wish.contact) if one.organisation == wish.organisation}
    if not own or (wish.account is not None and wish.account not in own):
        raise NotFound("account", "")
    kind, subject = (PaperKind.FAMILY, wish.contact) if wish.account is None else (PaperKind.STATEMENT, wish.account)
    link = link_to(kind, subject, wish.language, now=tx.now)
    message = StatementReady(
        organisation=organisations.voices(tx, [wish.organisation])[wish.organisation].name,
        student=own[wish.account].name if wish.account is not None else "",
        link=f"{wish.opens_at}{token_for(tx, link)}",
    )
    key = f"statement:{subject.hex}:{people.msisdn_index(tx, wish.msisdn).hex()}:{link.until:%Y%m%d%H}"
    by_text = MessageFacts(
        *(message, wish.msisdn.digits), language=wish.language, channels=USUAL, paper=(kind.value, subject)
    )
    also = [(key, by_text)]
    if mail_addresses.of_contacts(tx, [wish.contact]):
        # The phone in hand asked, and gets the link; the paper itself goes where it can be read and kept.
        also.append((f"{key}:mail", msgspec.structs.replace(by_text, channels=(Channel.EMAIL,))))
    outbox.put(
        tx,
        [
            Out(wish.organisation, outbox.Kind.SMS, message.event, facts, trace=wish.trace, key=each)
            for each, facts in also
        ],
    )


@dataclass(frozen=True, slots=True)
class SendPaper:
    """The office sends a student's statement, or the newest invoice, to whoever is told first of the student."""

    organisation: OrganisationId
    account: CustomerAccountId
    paper: PaperName
    actor: Actor


def send_paper(tx: Tx, wish: SendPaper) -> None:
    """By text with a link, or by mail with the paper where the guardian is told by mail. Once an hour: an impatient button
    sends nothing new. Raises `NotFound` for another's student, and where there is no invoice."""
    require_for(tx, wish.actor, Action.SEND_PAPERS, wish.organisation, what="student", name="")
    holder = statements.holder(tx, wish.account)
    if holder is None or holder.organisation != wish.organisation:
        raise NotFound("student", "")
    kind, subject = PaperKind.STATEMENT, UUID(wish.account.hex)
    if wish.paper is PaperName.INVOICE:
        item = invoices.newest(tx, wish.account)
        if item is None:
            raise NotFound("invoice", "")
        kind, subject = PaperKind.INVOICE, item
    voice = organisations.voices(tx, [wish.organisation])[wish.organisation]
    message = PaperSent(voice.name, wish.paper, holder.name)
    facts = MessageFacts(message, accounts=(wish.account,), paper=(kind.value, subject))
    key = f"paper:{kind.value}:{subject.hex}:{tx.now:%Y%m%d%H}"
    outbox.put(tx, [Out(wish.organisation, outbox.Kind.SMS, message.event, facts, key=key)])
    note_of(tx, wish.actor, wish.organisation, "paper_sent", "student", wish.account, reason=wish.paper.value)


# --- links --------------------------------------------------------------------------------------------------------------


def new_token(tx: Tx, kind: PaperKind, subject: UUID, language: str) -> str:
    """The letters of a link that opens this paper from now on, for a week."""
    return token_for(tx, link_to(kind, subject, language, now=tx.now))


def token_for(tx: Tx, link: DocumentLink) -> str:
    """The letters of this link, with its authenticity code."""
    return token_of(link, tx.vault.mac(_signed(link)))


def _signed(link: DocumentLink) -> bytes:
    return b"document link|" + link.signed_part


def opened(tx: Tx, token: str) -> DocumentLink | None:
    """What a link leads to; None for one that is made up or has ended. It looks at no table."""
    read = read_token(token)
    if read is None:
        return None
    link, code = read
    return link if tx.vault.is_authentic(_signed(link), code) and tx.now < link.until else None


def paper_of(tx: Tx, link: DocumentLink) -> Paper | None:
    """The paper behind a link as it is now."""
    match link.kind:
        case PaperKind.RECEIPT:
            return whole_receipt(tx, PaymentId(link.subject))
        case PaperKind.INVOICE:
            return invoice_paper(tx, ItemId(link.subject))
        case PaperKind.STATEMENT:
            return student_statement(tx, CustomerAccountId(link.subject))
        case PaperKind.FAMILY:
            return family_statement(tx, ContactId(link.subject))
        case _:
            assert_never(link.kind)
