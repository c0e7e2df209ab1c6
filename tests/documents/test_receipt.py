"""The receipt as paper: what it says in each language, that nothing in a name is obeyed, and that its mark leads home."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.callers import LANGUAGES
from core.documents import ReceiptPaper, named_file
from core.errors import Unavailable
from core.figures import day_in, money
from core.payments import Status
from documents import receipt
from documents.press import REMEMBERED, Press, set_paper
from documents.typesetting import picture
from documents.words import fit, words_of
from runtime.threads import InlineThreads, ThreadPool
from tests.documents.reading import PUBLIC_URL, RECEIPT, named, opened, scanned, text_of
from tests.world import kes


def printed(paper: ReceiptPaper, language: str = "en") -> str:
    return text_of(set_paper(paper, language, PUBLIC_URL))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_says_what_was_paid_for_whom_and_how_to_prove_it(language: str) -> None:
    text = printed(RECEIPT, language)

    words = words_of("receipt", language)
    told = ["Kilimani View School", "R000321", "7K2M9-QXAV9", "UKK4A7PQ2X", "WANJIKU KAMAU", "2547****678"]
    told += ["Amani Kamau (KV1042)", "Baraka Kamau (KV1043)", "INV-000012", "INV-000013", words["credit"]]
    told += [money(kes(amount)) for amount in (1_500, 900, 100, 500)] + [day_in(RECEIPT.value_on, language)]
    told += [words["title"], words["proof"], "pay.example.org/r/7K2M9-QXAV9"]
    assert [one for one in told if one not in text] == []


def test_the_mark_leads_to_the_page_that_proves_it() -> None:
    (page,) = picture(receipt.TEMPLATE, receipt.facts(RECEIPT, "en", PUBLIC_URL), dots_per_inch=150)

    assert scanned(page) == ["https://pay.example.org/r/7K2M9-QXAV9"]


@pytest.mark.parametrize("status", [Status.REVERSED, Status.REFUNDED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_receipt_that_no_longer_counts_says_so_across_the_page(language: str, status: Status) -> None:
    void = replace(RECEIPT, status=status)
    words = words_of("receipt", language)

    assert words[status.value] in printed(void, language)
    facts = receipt.facts(void, language, PUBLIC_URL)
    assert facts["stamp"] == words[f"stamp_{status.value}"]
    assert words["reversed"] not in printed(RECEIPT, language)


def test_what_was_moved_or_partly_paid_back_is_noted() -> None:
    assert "moved this money" in printed(replace(RECEIPT, moved=True))
    assert "Part of this money was paid back." in printed(replace(RECEIPT, status=Status.PARTLY_REFUNDED))


def test_money_without_an_owner_has_a_receipt_too() -> None:
    assert "For whom is not known yet" in printed(replace(RECEIPT, shares=()))


HOSTILE = [
    "#set page(width: 1pt)",
    "$ x^2 $ *bold* _it_ `raw` @label <label> = = / - +",
    '\\u{41} \\ #include "x" #sys.inputs',
    'Robert\'); DROP TABLE students;-- "quoted"',
    "]#emph[x] //comment /* comment */ ~ -- --- ...",
    "${d.qr} %s {0} {{x}}",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_printed_and_never_obeyed(name: str) -> None:
    assert fit(name).replace("\u200b", "") in printed(named(name)).replace("\u200b", "")


@pytest.mark.parametrize(
    "name",
    [
        "Amani " * 10,
        "W" * 60,
        "X" * 2_000,
        "شمس الدين أحمد",
        "ሰላም አበበ",
        "Zoë Ñandú Ngũgĩ wa Thiong’o",
        "Amani 😀🏽",
        "a" + "\u0301" * 50,
        "\u0301\u0301\u0301",
        "",
    ],
)
def test_any_name_makes_one_page_on_which_the_sum_can_be_read(name: str) -> None:
    made = set_paper(named(name), "en", PUBLIC_URL)

    assert len(opened(made).pages) == 1
    assert "KSh 1,500" in text_of(made)
    assert len(made) < 90_000


def test_a_name_cannot_turn_the_direction_of_what_follows() -> None:
    assert fit("Amani\u202e Kamau\u2066\u0000\n\tO\u00a0K") == "Amani Kamau O K"


@given(st.text(max_size=300))
def test_what_is_fit_for_paper_stays_so_and_has_no_endless_word(text: str) -> None:
    once = fit(text)

    assert len(once.replace("\u200b", "")) <= 200
    assert all(len(piece) <= 24 for word in once.split(" ") for piece in word.split("\u200b"))
    assert fit(once) == once


def test_names_of_our_languages_need_only_our_own_font() -> None:
    made = opened(set_paper(named("Ngũgĩ Zoë Ñandú Œuvre Ăă Žižek"), "fr", PUBLIC_URL))
    fonts = {str(font["/BaseFont"]).rpartition("+")[2] for font in made.pages[0]["/Resources"]["/Font"].values()}

    assert fonts == {"Inter-Regular-Identity-H", "Inter-SemiBold-Identity-H"}


def test_a_paper_is_tagged_titled_and_says_its_language() -> None:
    made = opened(set_paper(RECEIPT, "rw", PUBLIC_URL))

    assert made.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert made.trailer["/Root"]["/Lang"] == "rw"
    assert made.metadata.title == "Inyemezabwishyu R000321"
    assert made.metadata.author == "Kilimani View School"
    assert made.metadata.creation_date is None


def test_the_same_facts_are_the_same_bytes_also_in_another_process() -> None:
    code = (
        "import hashlib;from documents.press import set_paper;from tests.documents.reading import RECEIPT,PUBLIC_URL;"
        "print(hashlib.sha256(set_paper(RECEIPT,'sw',PUBLIC_URL)).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert hashlib.sha256(set_paper(RECEIPT, "sw", PUBLIC_URL)).hexdigest() == other


def test_a_masked_paper_says_that_it_is_one() -> None:
    assert "names are shortened" in printed(replace(RECEIPT, is_masked=True))


def test_a_file_is_named_harmlessly() -> None:
    assert RECEIPT.file_name == "R000321.pdf"
    assert named_file("statement", '../KV"10\r\n42') == "statement-KV-10-42.pdf"


# --- the press ----------------------------------------------------------------------------------------------------------


class Counting(InlineThreads):
    ran = 0

    async def run(self, call, *, timeout_s):  # type: ignore[no-untyped-def]
        self.ran += 1
        return await super().run(call, timeout_s=timeout_s)


async def test_a_paper_that_was_made_is_not_made_again_until_it_says_something_else() -> None:
    threads = Counting()
    press = Press(threads, public_url=PUBLIC_URL)

    first = await press.pdf(RECEIPT, "en")
    assert await press.pdf(RECEIPT, "en") == first
    assert threads.ran == 1

    assert await press.pdf(replace(RECEIPT, status=Status.REVERSED), "en") != first
    assert await press.pdf(RECEIPT, "sw") != first
    assert threads.ran == 3


async def test_the_press_remembers_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.press.set_paper", lambda paper, language, url: b"x" * (REMEMBERED // 3))
    threads = Counting()
    press = Press(threads, public_url=PUBLIC_URL)
    for student in "abcd":
        await press.pdf(named(student), "en")
    await press.pdf(named("d"), "en")
    assert threads.ran == 4
    await press.pdf(named("a"), "en")

    assert threads.ran == 5


async def test_what_does_not_fit_into_the_queue_is_refused() -> None:
    class Full(InlineThreads):
        async def run(self, call, *, timeout_s):  # type: ignore[no-untyped-def]
            raise Unavailable("paper", "too many calls wait for a thread")

    with pytest.raises(Unavailable):
        await Press(Full(), public_url=PUBLIC_URL).pdf(RECEIPT, "en")


async def test_a_flood_of_different_papers_is_mostly_refused_at_once() -> None:
    threads = ThreadPool(name="paper", workers=1, most_waiting=8)
    press = Press(threads, public_url=PUBLIC_URL)
    wishes = [press.pdf(replace(RECEIPT, number=f"R{number:06d}"), "en") for number in range(50)]

    made = await asyncio.gather(*wishes, return_exceptions=True)
    threads.close()

    assert len([one for one in made if isinstance(one, bytes)]) == 9
    assert len([one for one in made if isinstance(one, Unavailable)]) == 41
