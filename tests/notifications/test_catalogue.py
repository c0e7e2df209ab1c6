"""Every message, in every language, fits one text message and keeps every fact, however long the names are."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError, meta
from jinja2.exceptions import UndefinedError

from core.approvals import SubjectKind
from core.callers import LANGUAGES
from core.errors import Bug
from core.figures import day_in, money
from core.gsm7 import Encoding, is_gsm7, segments, to_gsm7
from core.messages import (
    AccessChanged,
    AccessEvent,
    Answer,
    ApprovalWaits,
    ArrearsCritical,
    ArrearsWarning,
    DailySummary,
    EnquiryAnswered,
    FundLow,
    FundPaymentEnd,
    FundPaymentTold,
    GivingStep,
    InvoiceIssued,
    LoanLate,
    LoanNews,
    LoanNewsStep,
    LoanNotSent,
    LoanReminder,
    LoanRepaid,
    LoanStep,
    LoanTold,
    Message,
    MoneyWaits,
    PaperName,
    PaperSent,
    PaymentFailed,
    PaymentHeld,
    PaymentReceived,
    PaymentReversed,
    PromiseMissed,
    ReminderBeforeDue,
    Reply,
    StatementReady,
    TextAnswered,
    WishAnswered,
)
from core.money import Currency, Money
from core.payments import FailReason
from core.payouts import FailReason as FailReasonOfPayout
from notifications import catalogue
from notifications.catalogue import MESSAGES, cut, environment, render, words
from tests.core.builders import kes

SCHOOL = "Kilimani View School"
LONGEST_NAME = "Our Lady of Perpetual Help Academy Ruiru"
LARGEST = kes(9_999_999, 50)
REFERENCE = "KV1042345678"
CODE = "7K2M9-QXAV9"
LINK = "https://payments.kilimani-view.ac.ke/d/" + 48 * "x"
DUE = date(2027, 9, 28)
RECEIVED = PaymentReceived(SCHOOL, kes(1_500), "KV1042", 0, kes(500), "R000321", CODE, "UKK4A7PQ2X")
HELD = PaymentHeld(SCHOOL, kes(1_500), "ADM2231", CODE, "UKK4A7PQ2X")
FAILED = PaymentFailed(SCHOOL, kes(1_500), "KV1042", FailReason.CANCELLED, "600984")
SUMMARY = DailySummary(SCHOOL, DUE, kes(412_500), 137, 2, 1)
REVERSED = PaymentReversed(SCHOOL, kes(1_500), "KV1042", "R000321", "UKK4A7PQ2X")
INVOICED = InvoiceIssued(SCHOOL, kes(12_500), "KV1042", kes(12_500), DUE)

USSD = "*384*70421#"
REMINDED = ReminderBeforeDue(SCHOOL, kes(12_500), "KV1042", DUE, USSD)
WARNED = ArrearsWarning(SCHOOL, kes(12_500), "KV1042", DUE, USSD)
MISSED = PromiseMissed(SCHOOL, kes(5_000), "KV1042", DUE, kes(12_500), USSD)
CRITICAL = ArrearsCritical(SCHOOL, kes(12_500), "KV1042", DUE, USSD)


def longest() -> Iterator[Message]:
    """Each message in each of its turns of phrase, with the longest names and sums we allow."""
    for balance in (LARGEST, -LARGEST, kes(0)):
        for others in (0, 1, 12):
            yield PaymentReceived(LONGEST_NAME, LARGEST, REFERENCE, others, balance, "R0000001", CODE, "UKK4A7PQ2X")
        yield from (InvoiceIssued(LONGEST_NAME, LARGEST, REFERENCE, balance, DUE, link) for link in ("", LINK))
    for typed in ("", "ADM 2231 form one ab"):
        yield PaymentHeld(LONGEST_NAME, LARGEST, typed, CODE, "UKK4A7PQ2X")
    for reference in ("", REFERENCE, "ADM 2231 form one ab"):
        yield PaymentReversed(LONGEST_NAME, LARGEST, reference, "R0000001", "UKK4A7PQ2X")
    yield from (StatementReady(LONGEST_NAME, student, LINK) for student in ("", "Wanjiku Nyambura Kamau-Ochieng"))
    yield from (PaperSent(LONGEST_NAME, paper, "Wanjiku Nyambura Kamau-Ochieng", LINK) for paper in PaperName)
    for reason in FailReason:
        for shortcode in ("", "6009845"):
            yield PaymentFailed(LONGEST_NAME, LARGEST, REFERENCE, reason, shortcode)
    for waiting, unread in ((0, 0), (99_999, 0), (0, 99_999), (99_999, 99_999)):
        yield DailySummary(LONGEST_NAME, DUE, LARGEST, 99_999, waiting, unread)
    for code in ("", "*384*70421*12#"):
        for kind in (ReminderBeforeDue, ArrearsWarning, ArrearsCritical):
            yield kind(LONGEST_NAME, LARGEST, REFERENCE, DUE, code)
        yield PromiseMissed(LONGEST_NAME, LARGEST, REFERENCE, DUE, LARGEST, code)
    for what in AccessEvent:
        yield AccessChanged(LONGEST_NAME, what, "w" * 32)
    yield from longest_answers()
    yield from longest_of_loans()
    yield from longest_of_funds()


def longest_of_loans() -> Iterator[Message]:
    """To borrowers, in each step, and to their officer."""
    for code in ("", "*384*70421*12#"):
        for step in LoanStep:
            kind = LoanReminder if step in (LoanStep.SOON, LoanStep.TODAY) else LoanLate
            yield kind(LONGEST_NAME, LARGEST, "LOAN-000123", DUE, step, "W" * 18, code)
    for balance in (LARGEST, kes(0)):
        yield LoanRepaid(LONGEST_NAME, "Wanjiku Nyambura Kamau-Ochieng", LARGEST, "LOAN-000123", balance)

    for news in LoanNewsStep:
        yield LoanNews(LONGEST_NAME, news, "Wanjiku Nyambura Kamau-Ochieng", LARGEST, "LOAN-000123", DUE)
    for told in GivingStep:
        yield LoanTold(LONGEST_NAME, told, "LOAN-000123", LARGEST, DUE, LARGEST)
    for reason in FailReasonOfPayout:
        yield LoanNotSent(LONGEST_NAME, "Wanjiku Nyambura", LARGEST, "LOAN-000123", reason.value)


def longest_of_funds() -> Iterator[Message]:
    """To the people of an office."""
    for code in ("", "*384*70421*12#"):
        yield FundLow(LONGEST_NAME, "The kitchen of the upper house", LARGEST, LARGEST, code)
        for kind in SubjectKind:
            yield ApprovalWaits(LONGEST_NAME, kind, "The kitchen of the upper house", LARGEST, code)
    payee = "Wanjiku Nyambura Kamau-Ochieng"
    yield FundPaymentTold(LONGEST_NAME, FundPaymentEnd.PAID, "TP-000123", LARGEST, payee, "UKK4A7PQ2X", None)
    for end in (FundPaymentEnd.FAILED, FundPaymentEnd.RETURNED):
        for why in (None, *FailReasonOfPayout):
            yield FundPaymentTold(LONGEST_NAME, end, "TP-000123", LARGEST, payee, "", why)


def longest_answers() -> Iterator[Message]:
    """To who texted, and to who asked about a code."""
    for count in (1, 1_000):
        for typed in ("", "ADM 2231 form one ab"):
            yield MoneyWaits(LONGEST_NAME, LARGEST, count, typed, "UKK4A7PQ2X")
    for answer in Answer:
        yield TextAnswered(LONGEST_NAME, answer, "*384*70421#")
    for reply in Reply:
        yield WishAnswered(LONGEST_NAME, reply, LARGEST, LARGEST, DUE, REFERENCE, "Wanjiku Nyambura Kamau")
    for code in ("", "*384*70421*12#"):
        for is_found in (True, False):
            yield EnquiryAnswered(LONGEST_NAME, "UKK4A7PQ2X", is_found, code)


def facts_of(message: Message) -> set[str]:
    """What the person must be able to read, to the letter."""
    if isinstance(message, StatementReady | PaperSent):
        return {message.link}
    if isinstance(message, TextAnswered):
        return {message.code} if message.answer is Answer.HELP else set()
    if isinstance(message, AccessChanged):
        return {message.user_name}
    if isinstance(message, WishAnswered):
        said = words(message.event)[message.reply.value]["en"]
        told = {"amount": money(message.amount), "balance": money(message.balance), "reference": message.reference}
        return {fact for name, fact in told.items() if f"{{{name}}}" in said}
    if isinstance(message, EnquiryAnswered):
        return {message.receipt, message.code if message.is_found else ""}
    # With a link, the paper tells the sum of the fees.
    facts = {message.link} if isinstance(message, InvoiceIssued) and message.link else {money(message.amount)}
    for name in ("reference", "receipt_number", "receipt_code", "provider_receipt", "typed", "shortcode", "code"):
        facts.add(getattr(message, name, ""))
    if isinstance(message, PaymentReceived | InvoiceIssued | PromiseMissed) and message.balance:
        facts.add(money(message.balance if message.balance.minor > 0 else -message.balance))
    if isinstance(message, DailySummary):
        facts |= {str(count) for count in (message.payments, message.waiting, message.unread) if count}
    if isinstance(message, PaymentFailed) and message.reason is FailReason.PAID_TWICE_AS_ONE:
        facts.discard(message.shortcode)
    return facts


# --- as people read them ------------------------------------------------------------------------------------------------

TOLD = {
    "en": """
        Kilimani View School: KSh 1,500 received for KV1042. Balance KSh 500. Receipt R000321 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: KSh 1,500 received and safe. Account not found yet (you wrote ADM2231). We are checking.
        Receipt 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: KSh 1,500 for KV1042: not paid, cancelled on the phone.
        To pay: paybill 600984, account KV1042.

        Kilimani View School: fees of KSh 12,500 for KV1042. Balance KSh 12,500, due 28 Sep 2027.

        Kilimani View School: KSh 1,500 for KV1042 was returned to the payer (UKK4A7PQ2X).
        Receipt R000321 no longer counts.
        """,
    "sw": """
        Kilimani View School: Tumepokea KSh 1,500 ya KV1042. Deni KSh 500. Risiti R000321 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: Tumepokea KSh 1,500, ziko salama. Akaunti haijapatikana (uliandika ADM2231). Tunatafuta.
        Risiti 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: KSh 1,500 ya KV1042: haikulipwa, ilighairiwa kwenye simu.
        Kulipa: paybill 600984, akaunti KV1042.

        Kilimani View School: karo ya KSh 12,500 ya KV1042. Deni KSh 12,500, mwisho tarehe 28 Sep 2027.

        Kilimani View School: KSh 1,500 ya KV1042 imerudishwa kwa mlipaji (UKK4A7PQ2X).
        Risiti R000321 si halali tena.
        """,
    "rw": """
        Kilimani View School: Twakiriye KSh 1,500 ya KV1042. Asigaye KSh 500. Inyemezabwishyu R000321 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: Twakiriye KSh 1,500, abitswe neza. Konti ntiraboneka (mwanditse ADM2231). Turashakisha.
        Inyemezabwishyu 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: KSh 1,500 ya KV1042: ntiyishyuwe, byahagaritswe kuri telefone.
        Kwishyura: paybill 600984, konti KV1042.

        Kilimani View School: amafaranga y'ishuri KSh 12,500 ya KV1042.
        Asigaye KSh 12,500, bitarenze ku wa 28 nze. 2027.

        Kilimani View School: KSh 1,500 ya KV1042 yasubijwe uwishyuye (UKK4A7PQ2X).
        Inyemezabwishyu R000321 ntigikora.
        """,
    "fr": """
        Kilimani View School: Recu KSh 1,500 pour KV1042. Reste à payer KSh 500. Quittance R000321 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: KSh 1,500 recu, en sécurité. Compte introuvable (vous avez écrit ADM2231).
        Nous cherchons. Quittance 7K2M9-QXAV9 (UKK4A7PQ2X).

        Kilimani View School: KSh 1,500 pour KV1042: non payé, annulé sur le téléphone.
        Pour payer: paybill 600984, compte KV1042.

        Kilimani View School: frais scolaires de KSh 12,500 pour KV1042.
        Reste à payer KSh 12,500, échéance 28 sept. 2027.

        Kilimani View School: KSh 1,500 pour KV1042 rendu au payeur (UKK4A7PQ2X).
        Quittance R000321 annulée.
        """,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_held_money_a_failed_prompt_and_an_invoice_in_each_language(language: str) -> None:
    told = [" ".join(message.split()) for message in TOLD[language].split("\n\n")]

    assert [render(message, language) for message in (RECEIVED, HELD, FAILED, INVOICED, REVERSED)] == told


@pytest.mark.parametrize(
    "language, busy, quiet",
    [
        ("en", "137 payments, KSh 412,500. 2 in suspense. 1 callbacks to look at.", "Nothing waits for you."),
        ("sw", "malipo 137, KSh 412,500. 2 hazijapata mwenyewe. Taarifa 1 za kukaguliwa.", "Hakuna kinachokusubiri."),
        ("rw", "ubwishyu 137, KSh 412,500. 2 butarabona nyirabwo. Ubutumwa 1 bwo gusuzuma.", "Nta kibategereje."),
        ("fr", "137 paiements, KSh 412,500. 2 en attente d'un compte. 1 messages à vérifier.", "Rien ne vous attend."),
    ],
)
def test_a_day_is_summed_up_for_those_who_answer_for_the_money(language: str, busy: str, quiet: str) -> None:
    assert render(SUMMARY, language).endswith(busy)
    assert render(replace(SUMMARY, waiting=0, unread=0), language).endswith(quiet)


@pytest.mark.parametrize(
    "language, said",
    [("en", "Credit KSh 500."), ("sw", "Ziada KSh 500."), ("rw", "Ayarenzeho KSh 500."), ("fr", "Crédit KSh 500.")],
)
def test_what_was_paid_beyond_the_debt_is_told_as_credit(language: str, said: str) -> None:
    text = render(replace(RECEIVED, balance=-kes(500)), language)

    assert said in text
    assert "-" not in text.replace(CODE, "")


@pytest.mark.parametrize(
    "language, said",
    [("en", "Fully paid."), ("sw", "Deni limeisha."), ("rw", "Byose byishyuwe."), ("fr", "Tout est payé.")],
)
def test_who_owes_nothing_more_is_told_so(language: str, said: str) -> None:
    assert said in render(replace(RECEIVED, balance=kes(0)), language)


@pytest.mark.parametrize(
    "language, one, all_of_them",
    [
        ("en", f"statement of Amani Kamau {LINK} (7 days)", f"statement {LINK} (7 days)"),
        ("sw", f"taarifa ya Amani Kamau {LINK} (siku 7)", f"taarifa {LINK} (siku 7)"),
        ("rw", f"raporo ya Amani Kamau {LINK} (iminsi 7)", f"raporo {LINK} (iminsi 7)"),
        ("fr", f"releve de Amani Kamau {LINK} (7 jours)", f"releve {LINK} (7 jours)"),
    ],
)
def test_a_statement_comes_as_a_link(language: str, one: str, all_of_them: str) -> None:
    assert render(StatementReady(SCHOOL, "Amani Kamau", LINK), language).endswith(one)
    assert render(StatementReady(SCHOOL, "", LINK), language) == f"{SCHOOL}: {all_of_them}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("balance", [kes(0), -kes(500)])
def test_an_invoice_that_credit_has_paid_asks_for_nothing(language: str, balance: Money) -> None:
    text = render(replace(INVOICED, balance=balance), language)

    assert "2027" not in text
    assert ("KSh 500" in text) == bool(balance)


@pytest.mark.parametrize(
    "language, one, two",
    [
        ("en", "KV1042 and 1 more.", "KV1042 and 2 more."),
        ("sw", "KV1042 na 1 zaidi.", "KV1042 na 2 zaidi."),
        ("rw", "KV1042 n'ikindi 1.", "KV1042 n'ibindi 2."),
        ("fr", "KV1042 et 1 autre.", "KV1042 et 2 autres."),
    ],
)
def test_a_payment_for_several_children_names_one_and_counts_the_others(language: str, one: str, two: str) -> None:
    assert one in render(replace(RECEIVED, others=1), language)
    assert two in render(replace(RECEIVED, others=2), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_is_told_how_to_pay_again_what_was_credited_already(language: str) -> None:
    assert "600984" not in render(replace(FAILED, reason=FailReason.PAID_TWICE_AS_ONE), language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", FailReason)
def test_every_reason_has_its_own_words(language: str, reason: FailReason) -> None:
    others = {words("payment_failed")[other.value][language] for other in FailReason if other is not reason}

    said = words("payment_failed")[reason.value][language]

    assert said in render(replace(FAILED, reason=reason), language)
    assert said not in others
    assert len(said) <= 64


def test_there_are_no_words_for_reasons_that_do_not_exist() -> None:
    assert set(words("payment_failed")) == {reason.value for reason in FailReason}
    assert set(words("approval_waits")) == {kind.value for kind in SubjectKind}
    assert set(words("fund_payment_told")) == {reason.value for reason in FailReasonOfPayout}


@pytest.mark.parametrize(
    "language, paid, failed, returned",
    [
        (
            "en",
            "TP-000012 is paid: KSh 1,500 to Juma. Receipt UKK4A7PQ2X.",
            "TP-000012 was not paid, the payee's wallet is full. KSh 1,500 for Juma is in the fund again.",
            "TP-000012 was not paid after all. KSh 1,500 for Juma is in the fund again.",
        ),
        (
            "sw",
            "TP-000012 imelipwa: KSh 1,500 kwa Juma. Risiti UKK4A7PQ2X.",
            "TP-000012 haikulipwa, pochi ya mlipwa imejaa. KSh 1,500 ya Juma imerudi hazinani.",
            "TP-000012 haikulipwa hatimaye. KSh 1,500 ya Juma imerudi hazinani.",
        ),
        (
            "rw",
            "TP-000012 yishyuwe: KSh 1,500 kuri Juma. Inyemezabwishyu UKK4A7PQ2X.",
            "TP-000012 ntiyishyuwe, konti y'uwishyurwa yuzuye. KSh 1,500 ya Juma yasubiye mu kigega.",
            "TP-000012 ntiyishyuwe burundu. KSh 1,500 ya Juma yasubiye mu kigega.",
        ),
        (
            "fr",
            "TP-000012 est payé: KSh 1,500 à Juma. Recu UKK4A7PQ2X.",
            "TP-000012 non payé, compte du bénéficiaire plein. KSh 1,500 pour Juma est revenu au fonds.",
            "TP-000012 finalement non payé. KSh 1,500 pour Juma est revenu au fonds.",
        ),
    ],
)
def test_who_asked_for_a_payment_out_of_a_fund_is_told_what_became_of_it(
    language: str, paid: str, failed: str, returned: str
) -> None:
    told = FundPaymentTold(SCHOOL, FundPaymentEnd.PAID, "TP-000012", kes(1_500), "Juma", "UKK4A7PQ2X", None)
    full = replace(told, end=FundPaymentEnd.FAILED, provider_receipt="", reason=FailReasonOfPayout.WALLET_FULL)

    assert render(told, language) == f"{SCHOOL}: {paid}"
    assert render(full, language) == f"{SCHOOL}: {failed}"
    assert render(replace(full, end=FundPaymentEnd.RETURNED), language) == f"{SCHOOL}: {returned}"


OWED = {
    "en": """
        Kilimani View School: KSh 12,500 for KV1042 is due on 28 Sep 2027. To pay, dial *384*70421#. Thank you.

        Kilimani View School: KSh 12,500 for KV1042 has been due since 28 Sep 2027.
        Please pay or agree a day with us: dial *384*70421#.

        Kilimani View School: KSh 12,500 for KV1042 is long overdue, since 28 Sep 2027.
        Please pay (*384*70421#) or come to the office.

        Kilimani View School: KSh 5,000 for KV1042, promised by 28 Sep 2027, did not come.
        Owed KSh 12,500: dial *384*70421#.
        """,
    "sw": """
        Kilimani View School: KSh 12,500 ya KV1042 inatakiwa kufikia tarehe 28 Sep 2027. Kulipa, piga *384*70421#. Asante.

        Kilimani View School: KSh 12,500 ya KV1042 haijalipwa tangu 28 Sep 2027.
        Tafadhali lipa au tupatane siku: piga *384*70421#.

        Kilimani View School: KSh 12,500 ya KV1042 imechelewa sana, tangu 28 Sep 2027.
        Tafadhali lipa (*384*70421#) au fika ofisini.

        Kilimani View School: KSh 5,000 ya KV1042, ahadi ya 28 Sep 2027, haijafika. Deni KSh 12,500: piga *384*70421#.
        """,
    "rw": """
        Kilimani View School: KSh 12,500 ya KV1042 yishyurwa bitarenze ku wa 28 nze. 2027.
        Kwishyura, kanda *384*70421#. Murakoze.

        Kilimani View School: KSh 12,500 ya KV1042 ntarishyurwa kuva ku wa 28 nze. 2027.
        Mwishyure cyangwa twumvikane umunsi: kanda *384*70421#.

        Kilimani View School: KSh 12,500 ya KV1042 yaratinze cyane, kuva ku wa 28 nze. 2027.
        Mwishyure (*384*70421#) cyangwa muze ku biro.

        Kilimani View School: KSh 5,000 ya KV1042 mwasezeranyije ku wa 28 nze. 2027 ntiyaje.
        Asigaye KSh 12,500: *384*70421#.
        """,
    "fr": """
        Kilimani View School: KSh 12,500 pour KV1042 à payer au plus tard le 28 sept. 2027. Pour payer: *384*70421#. Merci.

        Kilimani View School: KSh 12,500 pour KV1042 à payer depuis le 28 sept. 2027.
        Payez ou convenez d'un jour avec nous: *384*70421#.

        Kilimani View School: KSh 12,500 pour KV1042 en grand retard, depuis le 28 sept. 2027.
        Payez (*384*70421#) ou passez au bureau.

        Kilimani View School: KSh 5,000 pour KV1042, promis pour le 28 sept. 2027, pas recu. Reste KSh 12,500: *384*70421#.
        """,
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reminder_a_warning_the_last_word_and_a_broken_promise_in_each_language(language: str) -> None:
    told = [" ".join(message.split()) for message in OWED[language].split("\n\n")]

    assert [render(message, language) for message in (REMINDED, WARNED, CRITICAL, MISSED)] == told
    assert not any("*" in render(replace(one, code=""), language) for one in (REMINDED, WARNED, CRITICAL, MISSED))


@pytest.mark.parametrize(
    "language, said, without_code",
    [
        (
            "en",
            "payment TP-000012, KSh 1,500, waits for your yes. Dial *384*70421# or open the office pages.",
            "Open the",
        ),
        (
            "sw",
            "malipo TP-000012, KSh 1,500, inasubiri idhini yako. Piga *384*70421# au fungua kurasa za ofisi.",
            "Fungua",
        ),
        (
            "rw",
            (
                "kwishyura TP-000012, KSh 1,500, bitegereje yego yawe. "
                "Kanda *384*70421# cyangwa ufungure urubuga rw'ibiro."
            ),
            "Fungura",
        ),
        (
            "fr",
            "paiement TP-000012, KSh 1,500, attend votre accord. Composez *384*70421# ou ouvrez les pages du bureau.",
            "Ouvrez",
        ),
    ],
)
def test_who_may_decide_and_has_no_chat_is_told_what_waits_and_where_it_is_decided(
    language: str, said: str, without_code: str
) -> None:
    waits = ApprovalWaits(SCHOOL, SubjectKind.PAYOUT, "TP-000012", kes(1_500), USSD)

    assert render(waits, language) == f"{SCHOOL}: {said}"
    assert without_code in render(replace(waits, code=""), language)
    assert "KSh" not in render(replace(waits, amount=kes(0)), language)


@pytest.mark.parametrize(
    "language, said",
    [
        ("en", "Kitchen is low, KSh 1,500 left. KSh 9,000 to fill it up waits for your yes: *384*70421#."),
        ("sw", "Kitchen inapungua, imebaki KSh 1,500. KSh 9,000 za kuijaza zinasubiri idhini yako: *384*70421#."),
        ("rw", "Kitchen iragabanutse, hasigaye KSh 1,500. KSh 9,000 yo kuyuzuza itegereje yego yawe: *384*70421#."),
        ("fr", "Kitchen est bas, reste KSh 1,500. KSh 9,000 pour le remplir attend votre accord: *384*70421#."),
    ],
)
def test_a_fund_that_runs_low_is_told_to_who_may_fill_it_up(language: str, said: str) -> None:
    low = FundLow(SCHOOL, "Kitchen", kes(1_500), kes(9_000), USSD)

    assert render(low, language) == f"{SCHOOL}: {said}"
    assert render(replace(low, code=""), language).endswith(said.removesuffix(": *384*70421#.")[-8:] + ".")


# --- one segment, and nothing lost --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("message", list(longest()), ids=lambda message: message.event)
def test_the_longest_message_is_one_segment_and_keeps_every_fact(message: Message, language: str) -> None:
    text = render(message, language)

    assert (segments(text).encoding, segments(text).parts) == (Encoding.GSM7, 1)
    assert all(fact in text for fact in facts_of(message))
    assert text.startswith(LONGEST_NAME[:6])
    assert "  " not in text
    assert "\n" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "message",
    [RECEIVED, HELD, FAILED, INVOICED, SUMMARY, REMINDED, WARNED, CRITICAL, MISSED],
    ids=lambda message: message.event,
)
def test_in_ordinary_messages_no_name_is_cut(message: Message, language: str) -> None:
    assert render(message, language).startswith(f"{SCHOOL}: ")


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40)


@given(names, st.text(max_size=200), st.sampled_from(LANGUAGES))
def test_whatever_people_are_called_and_type_the_text_is_one_segment(name: str, typed: str, language: str) -> None:
    for message in (
        replace(RECEIVED, organisation=name, amount=LARGEST, balance=LARGEST, reference=REFERENCE),
        replace(HELD, organisation=name, amount=LARGEST, typed=typed),
        replace(FAILED, organisation=name, amount=LARGEST, reference=REFERENCE),
        replace(INVOICED, organisation=name, amount=LARGEST, balance=LARGEST, reference=REFERENCE),
    ):
        text = render(message, language)

        assert is_gsm7(text)
        assert segments(text).parts == 1
        assert money(LARGEST) in text


def test_a_name_is_cut_only_when_the_text_is_too_long_and_then_no_shorter_than_it_must() -> None:
    rest = len(render(replace(RECEIVED, organisation=""), "en"))
    fits = "K" * (160 - rest)

    assert render(replace(RECEIVED, organisation=fits), "en").startswith(f"{fits}: ")
    too_long = render(replace(RECEIVED, organisation=f"{fits}K"), "en")
    assert too_long.startswith(f"{fits[:-2]}..: ")
    assert len(too_long) == 160


def test_one_cent_is_still_owed() -> None:
    assert "Balance KSh 0.01." in render(replace(RECEIVED, balance=kes(0, 1)), "en")
    assert "Credit KSh 0.01." in render(replace(RECEIVED, balance=-kes(0, 1)), "en")


def test_facts_longer_than_any_we_know_make_a_longer_text_and_not_a_false_one() -> None:
    text = render(replace(RECEIVED, organisation=LONGEST_NAME, reference="X" * 120), "en")

    assert "X" * 120 in text
    assert text.startswith("Our La..: ")
    assert segments(text).parts == 2


def test_a_name_in_an_alphabet_that_phones_lack_is_said_in_theirs() -> None:
    assert render(replace(RECEIVED, organisation="École “Étoile” – Kigali"), "fr").startswith(
        'École "Étoile" - Kigali: '
    )


@given(st.text(), st.integers(2, 60))
def test_a_cut_name_keeps_its_beginning_and_its_room(name: str, room: int) -> None:
    kept = cut(name, room)

    assert segments(kept).units <= room
    if kept.endswith("..") and kept != to_gsm7(name):
        assert to_gsm7(name).startswith(kept.removesuffix(".."))
    else:
        assert kept == to_gsm7(name)


# --- amounts and days ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount, said",
    [
        (kes(1_500), "KSh 1,500"),
        (kes(1_500, 50), "KSh 1,500.50"),
        (kes(0, 5), "KSh 0.05"),
        (kes(0), "KSh 0"),
        (-kes(1_500, 50), "-KSh 1,500.50"),
        (kes(9_999_999), "KSh 9,999,999"),
        (Money(12_500, Currency.RWF), "RWF 12,500"),
        (Money(12_500, Currency.UGX), "USh 12,500"),
        (Money(12_500, Currency.TZS), "TSh 125"),
    ],
)
def test_amounts_have_cents_only_where_there_are_any(amount: Money, said: str) -> None:
    assert money(amount) == said


@pytest.mark.parametrize(
    "language, said", [("en", "1 Feb 2027"), ("sw", "1 Feb 2027"), ("rw", "1 gas. 2027"), ("fr", "1 févr. 2027")]
)
def test_a_day_is_short_and_its_month_is_a_word(language: str, said: str) -> None:
    assert day_in(date(2027, 2, 1), language) == said


# --- the catalogue itself -----------------------------------------------------------------------------------------------


def test_there_is_one_template_a_message_with_all_languages_and_no_other() -> None:
    assert {path.stem for path in MESSAGES.glob("*.j2")} == {kind.event for kind in get_args(Message)}
    assert {path.stem for path in MESSAGES.glob("*.toml")} <= {kind.event for kind in get_args(Message)}
    for kind in get_args(Message):
        assert tuple(environment().get_template(f"{kind.event}.j2").blocks) == LANGUAGES


@pytest.mark.parametrize("kind", get_args(Message), ids=lambda kind: kind.event)
def test_a_template_uses_all_the_facts_of_its_message_and_its_header_names_them(kind: type[Message]) -> None:
    source = (MESSAGES / f"{kind.event}.j2").read_text(encoding="utf-8")
    facts = {field.name for field in fields(kind)}

    header = source[: source.index("#}")]

    assert meta.find_undeclared_variables(environment().parse(source)) == facts
    assert header.startswith(f"{{# {kind.event}: ")
    assert all(re.search(rf"\b{fact}\b", header) for fact in facts)


def test_a_language_that_nobody_wrote_is_our_mistake() -> None:
    with pytest.raises(Bug):
        render(RECEIVED, "lg")


def test_all_templates_compile_when_the_catalogue_is_warmed() -> None:
    catalogue.warm()


@pytest.mark.parametrize("kind", get_args(Message), ids=lambda kind: kind.event)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_missing_field_fails_and_is_not_left_blank(kind: type[Message], language: str) -> None:
    template = environment().get_template(f"{kind.event}.j2")

    with pytest.raises(UndefinedError):
        "".join(template.blocks[language](template.new_context({"language": language, "event": kind.event})))


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ amount.__class__ }}",
        "{{ amount.__class__.__mro__[1].__subclasses__() }}",
        "{{ amount.__init__.__globals__ }}",
        "{{ amount['__class__'] }}",
        "{{ amount|attr('__class__') }}",
        "{{ amount.plain.__globals__ }}",
        "{{ amount.plain.__func__ }}",
        "{{ '{0.__class__}'.format(amount) }}",
        "{{ self.__init__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ [].append(1) }}",
        "{{ {}.update({1: 2}) }}",
        "{{ range(9) }}",
        "{{ lipsum() }}",
        "{{ cycler('a') }}",
        "{{ namespace() }}",
        "{{ dict() }}",
        "{% include '/etc/passwd' %}",
        "{% include '../catalogue.py' %}",
        "{% import 'os' as os %}",
    ],
)
def test_no_template_reaches_beyond_its_facts(hostile: str) -> None:
    with pytest.raises(TemplateError):
        environment().from_string(hostile).render(amount=kes(1_500))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_payment_that_saves_no_interest_is_not_said_to_save_all_of_it(language: str) -> None:
    """The story: nothing saved was taken for nothing known, and whoever asked about KSh 2,000 read that it saved KSh 2,000."""
    told = WishAnswered(SCHOOL, Reply.WHAT_IF, kes(2_000), kes(0), DUE, "LOAN-000006", cost=kes(0), until=DUE)

    text = render(told, language)

    assert (text.count("2,000"), text.count("KSh 0")) == (1, 1)


def test_a_process_that_sends_nothing_never_loads_the_template_language() -> None:
    heavy = ("jinja2", "babel")
    loaded = f"import sys, notifications.catalogue; print([name for name in {heavy} if name in sys.modules])"

    told = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
