"""What people want by text is done in the transaction that keeps it; what was inferred is read back first (SMS-1, SMS-2)."""

from __future__ import annotations

import itertools

import pytest
import sqlalchemy as sa

from core.ids import OrganisationId
from core.messages import Answer, Reply, TextAnswered, WishAnswered
from core.phones import Msisdn
from core.sms.reading import read
from notifications.catalogue import render
from storage.tables import customer_accounts
from storage.texts import Text
from storage.tx import Tx
from tests.rivals import rival_of
from tests.usecases.test_rollups import reverses
from tests.world import World
from usecases.messages import Claim, claim_messages
from usecases.replies.answering import reply_to
from usecases.replies.desk import Asked
from usecases.texts import TextReceived, receive_text

GUARDIAN, TWO, STRANGER = "254712345678", "254722111222", "254799000111"
_ids = itertools.count(1)


async def with_students(world: World) -> World:
    """KV10 has a guardian of its own; KV20 and KV30 share one."""
    phones = {"KV10": [GUARDIAN], "KV20": [TWO], "KV30": [TWO]}
    await world.students({"KV10": 4_000, "KV20": 1_000, "KV30": 500}, guardians=phones)
    return world


@pytest.fixture
async def school(small: World) -> World:
    return await with_students(small)


def text(world: World, phone: str, words: str, id_: str | None = None) -> TextReceived:
    kept = Text("africastalking", id_ or f"ATXid_{next(_ids)}", phone, "20880", words, "trace")
    return TextReceived((world.organisation,), Msisdn(phone), kept, "*384*70421#", "https://pay.example.org/d/")


async def says(world: World, phone: str, words: str, *, id_: str | None = None) -> str:
    """What the phone reads next, in the language of its text; "" for silence."""
    await world.app.write(receive_text, text(world, phone, words, id_))
    told = [one for one in await world.app.write(claim_messages, Claim(9)) if one.to == Msisdn(phone)]
    return " | ".join(
        render(one.message, one.language).removeprefix("Kivuli Primary School: ").replace("Kivuli Primary..: ", "")
        for one in told
    )


def asked(world: World) -> list[tuple[object, ...]]:
    """What phones are asked for: reference and shillings."""
    rows = world.rows("SELECT reference, minor FROM payments WHERE method = 'prompt' ORDER BY id")
    return [(reference, int(minor) // 100) for reference, minor in rows]


# --- transcripts --------------------------------------------------------------------------------------------------------

TRANSCRIPTS = {
    "en": [
        ("Balance please", "Student (KV10) owes KSh 4,000. To pay, text PAY KV10 and the sum."),
        ("pay 1500", "pay KSh 1,500 for Student KV10? Text YES within the hour, then your phone asks for your PIN."),
        ("yes", "your phone now asks for your PIN to pay KSh 1,500 for Student KV10."),
        ("yes", "nothing waits for your yes. Text BALANCE, PAY or HELP."),
        (
            "promise 500 KV10 tomorrow",
            "thank you. KSh 500 for Student KV10 by 22 Nov 2026. We will not remind you before.",
        ),
        ("my loan", "we give no loans. For fees, text BALANCE or PAY."),
        ("refund R000001", "nothing can be asked back by text: only what this phone paid, what is still here,"),
        ("language", "text ENGLISH, KISWAHILI, KINYARWANDA or FRANCAIS."),
        (
            "help",
            "text BALANCE, PAY number sum, RECEIPT code. STOP ends our texts, START brings them back. To see or pay fees,",
        ),
    ],
    "sw": [
        ("nadaiwa ngapi", "Student (KV10) deni KSh 4,000. Kulipa, tuma LIPA KV10 na kiasi."),
        ("lipa elfu mbili", "ulipe KSh 2,000 ya Student KV10? Tuma NDIYO ndani ya saa moja, kisha simu itakuomba PIN."),
        ("hapana", "sawa, hakuna kilichofanywa."),
        ("lipa KV10 700 tafadhali", "simu yako sasa inakuomba PIN kulipa KSh 700 ya Student KV10."),
        ("nitalipa 500 kesho", "unaahidi KSh 500 ya Student KV10 kufikia 22 Nov 2026? Tuma NDIYO."),
        ("ndiyo", "asante. KSh 500 ya Student KV10 kufikia 22 Nov 2026. Hatutakukumbusha kabla."),
        ("mkopo wangu", "hatutoi mikopo. Kwa karo, tuma SALIO au LIPA."),
    ],
    "rw": [
        ("nsigaje angahe", "Student (KV10) asigaje KSh 4,000. Kwishyura: ISHYURA KV10 n'amafaranga."),
        ("ishyura KV1O 700", "kwishyura KSh 700 ya Student KV10? Mwohereze YEGO mu isaha, telefone ibasabe PIN."),
        ("yego", "telefone yanyu irabasaba PIN yo kwishyura KSh 700 ya Student KV10."),
        ("inguzanyo", "nta nguzanyo dutanga. Ku mafaranga y'ishuri: ASIGAYE cyangwa ISHYURA."),
    ],
    "fr": [
        ("combien je dois", "Student (KV10) doit KSh 4,000. Pour payer : PAYER KV10 et la somme."),
        (
            "payer deux mille",
            "payer KSh 2,000 pour Student KV10 ? Envoyez OUI dans l'heure, puis le PIN vous sera demandé.",
        ),
        ("oui", "votre téléphone vous demande le PIN pour payer KSh 2,000 pour Student KV10."),
        ("je promets 500 vendredi", "vous promettez KSh 500 pour Student KV10 le 27 nov. 2026 ? Envoyez OUI."),
    ],
}


@pytest.mark.parametrize("language", list(TRANSCRIPTS))
async def test_a_guardian_writes_as_people_write(school: World, language: str) -> None:
    for typed, told in TRANSCRIPTS[language]:
        assert (await says(school, GUARDIAN, typed)).startswith(told), typed


# --- paying -------------------------------------------------------------------------------------------------------------


async def test_what_can_be_read_in_one_way_asks_the_phone_at_once_and_once(world: World) -> None:
    school = await with_students(world)
    first = await says(school, GUARDIAN, "PAY KV10 1500", id_="ATXid_same")
    again = await says(school, GUARDIAN, "PAY KV10 1500", id_="ATXid_same")

    assert (first[:28], again) == ("your phone now asks for your", "")
    assert asked(school) == [("KV10", 1_500)]
    assert school.rows("SELECT understood, answered FROM texts") == [("pay", True)]


@pytest.mark.parametrize(
    "typed", ["pay KV1O 1500", "pay 1500", "pay KV10 1.5k", "pay KV10", "lipa elfu moja mia tano KV10", "KV10 1500"]
)
async def test_what_was_inferred_asks_no_phone_before_the_yes(school: World, typed: str) -> None:
    assert (await says(school, GUARDIAN, typed))[:9] in ("pay KSh 1", "pay KSh 4", "ulipe KSh")
    assert asked(school) == []

    await says(school, GUARDIAN, "yes")
    await says(school, GUARDIAN, "YES")

    assert len(asked(school)) == 1


async def test_an_offer_ends_after_an_hour_and_a_newer_one_takes_its_place(world: World) -> None:
    school = await with_students(world)
    await says(school, GUARDIAN, "pay 1500")
    await school.clock.advance(3_601)
    assert (await says(school, GUARDIAN, "yes")).startswith("nothing waits")

    await says(school, GUARDIAN, "pay 1500")
    await says(school, GUARDIAN, "pay 200")
    await says(school, GUARDIAN, "yes")

    assert asked(school) == [("KV10", 200)]


async def test_of_several_children_the_one_that_is_named_is_meant(school: World) -> None:
    assert await says(school, TWO, "pay 300") == "for whom? Text the number too, as KV20."
    assert (await says(school, TWO, "pay 300 for kv30")).endswith("to pay KSh 300 for Student KV30.")
    assert await says(school, TWO, "balance") == (
        "your children owe KSh 1,500 together. For one of them text BALANCE and the number."
    )
    assert (await says(school, TWO, "balance KV30")).startswith("Student (KV30) owes KSh 500")


async def test_a_child_is_meant_by_its_name_too_and_asked_about_first(school: World) -> None:
    def named(tx: Tx, command: None) -> None:
        for reference, holder in (("KV20", "Amani Otieno"), ("KV30", "Baraka Otieno")):
            tx.connection.execute(
                sa.update(customer_accounts).where(customer_accounts.c.reference == reference).values(holder=holder)
            )

    await school.app.write(named, None)

    assert (await says(school, TWO, "pay 300 for baraka")).startswith("pay KSh 300 for Baraka KV30?")
    assert (await says(school, TWO, "pay 300 for otieno")).startswith("for whom?")
    assert asked(school) == []


async def test_what_was_missing_may_come_in_the_next_text(school: World) -> None:
    assert (await says(school, TWO, "pay 300")).startswith("for whom?")
    assert (await says(school, TWO, "kv30")).startswith("pay KSh 300 for Student KV30?")
    assert asked(school) == []
    assert (await says(school, TWO, "yes")).startswith(
        "your phone now asks for your PIN to pay KSh 300 for Student KV30"
    )

    assert (await says(school, TWO, "promise kv20")).startswith("what sum, by which day?")
    assert (await says(school, TWO, "500")).startswith("what sum, by which day?")
    assert (await says(school, TWO, "friday")).startswith("you promise KSh 500 for Student KV20 by 27 Nov 2026?")

    assert (await says(school, STRANGER, "pay kv10")).startswith("how much?")
    assert "envoyez STOP" in await says(school, STRANGER, "arretez de mecrire")
    assert (await says(school, STRANGER, "ok 70")).startswith("pay KSh 70 for")
    assert (await says(school, STRANGER, "pay kv10")).startswith("how much?")
    assert (await says(school, STRANGER, "is there school on monday")).startswith("text BALANCE")
    assert (await says(school, TWO, "kv30")).startswith("text BALANCE")
    await says(school, STRANGER, "pay kv10")
    assert (await says(school, STRANGER, "yes")).startswith("how much?")
    assert asked(school) == [("KV30", 300)]


async def test_two_phones_that_say_yes_at_once_in_two_processes_pay_once(world: World) -> None:
    with rival_of(world) as rival:
        await with_students(world)
        await says(world, GUARDIAN, "pay 1500")

        await rival.overlap(
            lambda: world.app.write(receive_text, text(world, GUARDIAN, "yes")),
            lambda: rival.world.app.write(receive_text, text(rival.world, GUARDIAN, "YES")),
        )

    assert asked(world) == [("KV10", 1_500)]
    assert world.broken_laws() == []


async def test_a_stranger_may_pay_for_a_number_and_learns_nothing_of_it(school: World) -> None:
    assert (await says(school, STRANGER, "balance")).startswith("we do not know this phone")
    assert await says(school, STRANGER, "balance KV10") != await says(school, GUARDIAN, "balance KV10")
    assert (await says(school, STRANGER, "pay 500")).startswith("we do not know this phone")
    assert await says(school, STRANGER, "pay KV10") == (
        "how much? Text PAY, the number and the sum in figures, as PAY KV10 500."
    )
    assert await says(school, STRANGER, "pay kv10 500") == "your phone now asks for your PIN to pay KSh 500 for KV10."
    assert await says(school, STRANGER, "pay NOSUCH99 500") == (
        "NOSUCH99 is no number that we know. Please look at the invoice and text it again."
    )
    for typed in ("statement", "promise 500 tomorrow"):
        assert (await says(school, STRANGER, typed)).startswith("we do not know this phone")
    assert asked(school) == [("KV10", 500)]


async def test_another_familys_account_is_no_account_but_for_paying(school: World) -> None:
    for typed in ("balance KV20", "statement KV20", "promise 500 KV20 tomorrow"):
        assert (await says(school, GUARDIAN, typed)).startswith("KV20 is no number that we know"), typed
    for typed in ("balance NO99", "statement NO99", "promise 500 NO99 tomorrow"):
        assert (await says(school, GUARDIAN, typed)).startswith("NO99 is no number that we know"), typed


async def test_sums_that_no_phone_can_be_asked_for_are_refused_in_words(school: World) -> None:
    assert (await says(school, GUARDIAN, "pay KV10 900000")).startswith("one payment may be from")
    assert (await says(school, GUARDIAN, "pay KV10 rwf 500")).startswith("how much?")
    assert (await says(school, GUARDIAN, "pay KV10 500 ama 600")).startswith("how much?")
    assert (await says(school, GUARDIAN, "pay KV1O sh 500")).startswith("pay KSh 500 for Student KV10?")
    assert (await says(school, GUARDIAN, "pay KV10 12.50")).startswith("pay KSh 4,000 for Student KV10?")
    assert asked(school) == []


async def test_who_owes_nothing_is_told_so(school: World) -> None:
    await school.arrives(school.notice("KV10", 4_000))

    for typed in ("balance", "pay", "promise friday"):
        assert (await says(school, GUARDIAN, typed)).endswith(
            "nothing is owed now. To pay ahead, text PAY, the number and the sum."
        ), typed


async def test_an_account_that_was_closed_before_the_yes_is_not_paid(school: World) -> None:
    await says(school, GUARDIAN, "pay 1500")
    await school.closes("KV10")

    assert (await says(school, GUARDIAN, "yes")).startswith("KV10 is no number")
    assert asked(school) == []


# --- promising ----------------------------------------------------------------------------------------------------------


async def test_a_promise_needs_a_sum_and_a_day_that_the_books_allow(school: World) -> None:
    assert (await says(school, GUARDIAN, "promise 500")).startswith("what sum, by which day?")
    assert (await says(school, GUARDIAN, "promise rwf 500 friday")).startswith("what sum, by which day?")
    assert (await says(school, GUARDIAN, "promise 500 KV10 31/3")).startswith("we cannot note this promise. KSh 4,000")
    assert (await says(school, GUARDIAN, "promise friday")).startswith(
        "you promise KSh 4,000 for Student KV10 by 27 Nov"
    )
    assert school.rows("SELECT count(*) FROM promises") == [(0,)]

    await says(school, GUARDIAN, "YES please")

    assert school.rows("SELECT minor FROM promises") == [(400_000,)]


@pytest.mark.parametrize("typed", ["je ne paierai pas 500 demain", "will I pay 500 KV10 tomorrow?"])
async def test_what_is_denied_or_asked_is_no_promise_before_the_yes(school: World, typed: str) -> None:
    await says(school, GUARDIAN, typed)

    assert school.rows("SELECT count(*) FROM promises") == [(0,)]


async def test_a_promise_for_a_child_that_left_meanwhile_is_not_noted(school: World) -> None:
    await says(school, GUARDIAN, "promise friday")
    await school.closes("KV10")

    assert (await says(school, GUARDIAN, "yes")).startswith("nothing waits")


# --- statements, receipts, lost money -----------------------------------------------------------------------------------


async def test_a_statement_comes_as_a_link_once_an_hour(school: World) -> None:
    first = await says(school, GUARDIAN, "statement KV10")
    again = await says(school, GUARDIAN, "statement KV10")
    family = await says(school, TWO, "taarifa")

    assert "https://pay.example.org/d/" in first
    assert again == "the link to your statement was sent this hour: it is in your messages."
    assert "https://pay.example.org/d/" in family


async def test_a_receipt_is_genuine_was_taken_back_or_is_not_ours(school: World) -> None:
    await school.arrives(school.notice("KV10", 1_500, receipt="UKL1234567"))
    ((code,),) = school.rows("SELECT code FROM receipts")
    await school.app.write(claim_messages, Claim(9))

    assert (await says(school, STRANGER, f"receipt {code}")).startswith(
        "genuine. Receipt R000001: KSh 1,500, 21 Nov 2026, "
    )
    await reverses(school, "UKL1234567")
    await school.app.write(claim_messages, Claim(9))
    assert (await says(school, STRANGER, f"receipt {code}")).startswith("receipt R000001 was ours, but its KSh 1,500")
    assert (await says(school, STRANGER, "receipt ABCDE-12345")).startswith("no receipt of ours has this code")
    assert (await says(school, STRANGER, "receipt")).startswith("text RECEIPT and the code")


async def test_where_money_is_is_told_to_whom_it_belongs(school: World) -> None:
    payer = Msisdn(GUARDIAN)
    await school.arrives(school.notice("KV10", 1_500, receipt="UKL4R7TX12", payer=payer))
    await school.app.write(claim_messages, Claim(9))

    assert await says(school, GUARDIAN, "i paid 1500 today") == "KSh 1,500 of 21 Nov 2026 was received for KV10."
    forwarded = "UKL4R7TX12 Confirmed. Ksh1,500.00 sent to KIVULI for account KV10 on 21/11/26 at 9:15 AM"
    assert await says(school, GUARDIAN, forwarded) == "KSh 1,500 of 21 Nov 2026 was received for KV10."
    assert (await says(school, STRANGER, forwarded)).startswith(("something like it was received", "KSh"))
    assert "KV10" not in await says(school, STRANGER, forwarded)
    assert await says(school, GUARDIAN, "where is my money?") == "KSh 1,500 of 21 Nov 2026 was received for KV10."
    assert (await says(school, GUARDIAN, "where is my money 77777")).startswith("we see no such payment")


async def test_a_forwarded_text_credits_nothing_and_is_asked_about(school: World) -> None:
    forged = "UKL9Z1AB77 Confirmed. Ksh4,000.00 sent to KIVULI for account KV10 on 21/11/26 at 9:15 AM"

    assert (
        await says(school, GUARDIAN, forged)
        == "we do not know UKL9Z1AB77 yet. We ask M-Pesa about it and text you what it says."
    )
    assert await school.owes("KV10") == 400_000
    assert school.rows("SELECT receipt FROM enquiries") == [("UKL9Z1AB77",)]


async def test_prompts_without_money_and_money_taken_back_are_told(school: World) -> None:
    await school.prompts(GUARDIAN, {"KV10": 700}, request_id="ws_1")
    assert (await says(school, GUARDIAN, "where is my money 700")).startswith("your phone was asked for KSh 700")
    await school.fails("ws_1")
    await school.app.write(claim_messages, Claim(9))
    assert (await says(school, GUARDIAN, "where is my money 700")).startswith("KSh 700 of 21 Nov 2026 was not paid")


# --- the rest -----------------------------------------------------------------------------------------------------------


async def test_a_language_is_chosen_by_its_name(school: World) -> None:
    assert await says(school, GUARDIAN, "lugha kiswahili") == "tutakuandikia kwa Kiswahili kuanzia sasa."
    assert (await says(school, GUARDIAN, "balance")).startswith("Student (KV10) deni")


async def test_what_is_not_understood_is_answered_and_does_nothing(school: World) -> None:
    await school.app.write(receive_text, text(school, GUARDIAN, "Is there school on Monday?"))
    (said,) = await school.app.write(claim_messages, Claim(9))
    await school.app.write(receive_text, text(school, GUARDIAN, "a loan for zebras"))
    (other,) = await school.app.write(claim_messages, Claim(9))

    assert said.message == TextAnswered("Kivuli Primary School", Answer.HELP, "*384*70421#")
    assert isinstance(other.message, TextAnswered)


async def test_a_flood_is_answered_for_a_while_and_then_does_nothing_either(school: World) -> None:
    said = [await says(school, GUARDIAN, f"PAY KV10 {100 + at}") for at in range(25)]

    assert [bool(one) for one in said] == [True] * 20 + [False] * 5
    assert len(asked(school)) == 20


async def test_of_several_organisations_behind_a_number_the_one_that_is_meant_answers(school: World) -> None:
    other = await school.other_school("mzuri")
    await other.students({"MZ77": 900}, guardians={"MZ77": [STRANGER]})
    both = (school.organisation, other.organisation)

    async def told(phone: str, words: str) -> list[str]:
        await school.app.write(receive_text, replace_organisations(text(school, phone, words), both))
        found = await school.app.write(claim_messages, Claim(9))
        return [one.message.reply.value for one in found if isinstance(one.message, WishAnswered)]

    assert await told(STRANGER, "balance") == [Reply.BALANCE.value]
    assert await told("254700000001", "pay MZ77 50") == [Reply.PAY_SENT.value]
    assert await told("254700000001", "balance") == [Reply.STRANGER.value]


async def test_of_several_organisations_behind_a_number_the_one_whose_books_have_the_code_answers(
    school: World,
) -> None:
    other = await school.other_school("mzuri")
    await other.students({"MZ77": 900}, guardians={"MZ77": [STRANGER]})
    await other.arrives(other.notice("MZ77", 400, receipt="UKL4R7TX12", payer=Msisdn(GUARDIAN)))
    ((code,),) = other.rows("SELECT code FROM receipts")
    await school.app.write(claim_messages, Claim(9))

    async def told(words: str) -> list[tuple[str, str]]:
        heard = text(school, GUARDIAN, words)
        both = (school.organisation, other.organisation)
        await school.app.write(receive_text, replace_organisations(heard, both))
        found = [one.message for one in await school.app.write(claim_messages, Claim(9))]
        return [(one.organisation, one.reply.value) for one in found if isinstance(one, WishAnswered)]

    for words in (
        "where is my money UKL4R7TX12",
        "UKL4R7TX12 Confirmed. Ksh400.00 sent to MZURI for account MZ77 on 21/11/26 at 1:40 PM",
        f"receipt {code}",
        "move UKL4R7TX12 MZ78",
    ):
        ((organisation, _),) = await told(words)
        assert organisation.startswith("Mzuri"), words
    ((organisation, _),) = await told("where is my money UKL4R7TX13")
    assert organisation.startswith("Kivuli")


async def test_a_parent_of_two_organisations_behind_a_number_answers_the_one_that_asked(school: World) -> None:
    other = await school.other_school("mzuri")
    await other.students({"MZ77": 900}, guardians={"MZ77": [TWO]})
    both = (school.organisation, other.organisation)

    async def told(words: str) -> tuple[str, str]:
        await school.app.write(receive_text, replace_organisations(text(school, TWO, words), both))
        (one,) = [one.message for one in await school.app.write(claim_messages, Claim(9))]
        assert isinstance(one, WishAnswered)
        return one.reply.value, one.reference

    assert await told("pay two hundred KV20") == ("pay_asked", "KV20")
    assert await told("pay three hundred MZ77") == ("pay_asked", "MZ77")
    assert await told("yes") == ("pay_sent", "MZ77")
    assert await told("no") == ("dropped", "")
    assert await told("yes") == ("nothing_waits", "")
    assert asked(school) == [("MZ77", 300)]

    assert await told("pay kv20 and kv30") == ("pay_how", "KV20")
    assert await told("pay mz77 and 100 or 200") == ("pay_how", "MZ77")
    assert await told("300") == ("pay_asked", "MZ77")


async def test_an_organisation_that_takes_no_payments_has_no_answer(school: World) -> None:
    nobody = OrganisationId(school.ids.new())
    asked_ = Asked(nobody, Msisdn(GUARDIAN), text(school, GUARDIAN, "balance").text, read("balance"), "balance", "")

    assert await school.app.read(reply_to, asked_) is None


def replace_organisations(news: TextReceived, both: tuple[object, ...]) -> TextReceived:
    return TextReceived(both, news.sender, news.text, news.code, news.opens_at)  # type: ignore[arg-type]


# --- what a review found ------------------------------------------------------------------------------------------------


async def test_a_yes_to_a_question_asks_it_again_and_drops_nothing(school: World) -> None:
    """The story: `for whom?` was answered by `yes`; the number that came next was then a text without a beginning."""
    which = await says(school, TWO, "pay 500")

    assert which.startswith("for whom?")
    assert await says(school, TWO, "yes") == which
    assert (await says(school, TWO, "KV20")).startswith("pay KSh 500 for Student KV20? Text YES")
    assert asked(school) == []
    await says(school, TWO, "yes")
    assert asked(school) == [("KV20", 500)]


@pytest.mark.parametrize("typed", ["pay 0 KV10", "lipa 0 KV10", "pay KV10 0.00"])
async def test_a_sum_of_nothing_is_refused_and_does_not_mean_the_whole_debt(school: World, typed: str) -> None:
    told = await says(school, GUARDIAN, typed)

    assert "KSh 4,000" not in told
    assert "KSh 1 " in told
    assert (await says(school, GUARDIAN, "yes")).startswith("nothing waits")


async def test_a_yes_to_another_sum_is_told_that_a_plain_yes_will_do(school: World) -> None:
    await says(school, GUARDIAN, "pay 2000")

    told = await says(school, GUARDIAN, "ndiyo 1000")

    assert told == "tuliuliza kuhusu kiasi kingine. Kwa KSh 2,000 KV10 tuma NDIYO."
    assert asked(school) == []
    await says(school, GUARDIAN, "ndiyo")
    assert asked(school) == [("KV10", 2_000)]
