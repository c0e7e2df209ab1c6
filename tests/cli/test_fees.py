"""What a bursar types: terms, fees, grants, the run and its corrections."""

from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.world import World


@pytest.fixture
def school(desk: Desk, world_of: Any) -> Desk:
    async def founded(world: World) -> None:
        await world.school()
        await world.students({"KV10": 100, "KV20": 100}, guardians={"KV10": ["0711000001"], "KV20": ["0711000001"]})

    world_of(founded)
    desk.types(
        "fees", "term", "open", "January", "--starts", "2027-01-04", "--ends", "2027-04-09", "--due", "2027-01-18"
    )
    return desk


def sets(desk: Desk, *lines: str, student: str = "KV10") -> Any:
    return desk.types("fees", "set", "January", f"Class {student}", *lines, "--json")


def test_a_term_from_its_fees_over_the_preview_to_the_invoices_and_their_correction(school: Desk) -> None:
    sets(school, "Tuition=9500", "Lunch=1,200.50")
    sets(school, "Tuition=9500", student="KV20")
    school.types("fees", "siblings", "2=10")
    granted = school.types(
        *("fees", "grant", "KV10", "--kind", "scholarship", "--label", "Bursary", "--reason", "the board"),
        *("--percent", "12.5", "--json"),
    )

    shown = school.types("fees", "run", "January", "--preview", "--json").items
    done = school.types("fees", "run", "January", "--on", "2027-01-04", "--json").items
    again = school.types("fees", "run", "January", "--json").items

    assert [(one["student"], one["amount"]) for one in shown] == [("KV10", "9362.50"), ("KV20", "8550.00")]
    assert shown[0]["lines"] == {"Tuition": "9500.00", "Lunch": "1200.50", "Bursary": "-1338.00"}
    assert [(one["issued"], one["amount"]) for one in done] == [(2, "17912.50")]
    assert again[0]["issued"] == 0
    (run,) = school.types("fees", "runs", "January", "--json").items
    assert (run["issued"], run["expected"]) == (2, 2)

    (grant,) = granted.items
    school.types("fees", "ungrant", grant["id"], "--reason", "left the programme")
    listed = school.types("fees", "correct", "January", "--json").items
    wrong = school.types("fees", "correct", "January", "--confirm", "1")
    mended = school.types("fees", "correct", "January", "--confirm", "1338", "--quiet", "--json").items

    assert [one["difference"] for one in listed] == ["1338.00", "1338.00"]
    assert wrong.err == "It is KSh 1,338 now, not KSh 1. Look again.\n"
    assert mended[-1]["invoice"] == "corrected"
    assert school.types("fees", "correct", "January", "--confirm", "0", "--json").items[-1]["difference"] == "0.00"


def test_a_correction_downwards_is_confirmed_with_its_sign(school: Desk) -> None:
    sets(school, "Tuition=9500")
    school.types("fees", "run", "January", "--on", "2027-01-04")
    sets(school, "Tuition=9000")

    assert school.types("fees", "correct", "January", "--confirm=-500").code == 0
    assert school.types("verify").code == 0


def test_terms_and_classes_are_changed_and_retired(school: Desk) -> None:
    school.types("fees", "term", "change", "January", "--due", "2027-02-01", "--name", "New Year")
    school.types("fees", "term", "retire", "New Year")
    school.types("fees", "class", "add", "Grade 9")
    school.types("fees", "class", "change", "Grade 9", "--name", "Form 1")
    school.types("fees", "class", "retire", "Form 1")

    terms = school.types("fees", "terms", "--json").items
    classes = school.types("fees", "classes", "--json").items

    assert (terms[-1]["name"], terms[-1]["due_on"], terms[-1]["retired"]) == ("New Year", "2027-02-01", True)
    assert [(one["name"], one["students"], one["retired"]) for one in classes] == [
        ("Class KV10", 1, False),
        ("Class KV20", 1, False),
        ("Form 1", 0, True),
    ]
    assert school.types("fees", "term", "retire", "New Year", "--again", "--json").items[0]["retired"] is False


def test_old_versions_of_fees_stay_to_be_seen(school: Desk) -> None:
    sets(school, "Tuition=9500")
    sets(school, "Tuition=9000", "Trip=100")

    assert [one["version"] for one in school.types("fees", "show", "January", "--json").items] == [2]
    assert [one["version"] for one in school.types("fees", "show", "January", "--versions", "--json").items] == [1, 2]


@pytest.mark.sampled
@pytest.mark.parametrize(
    "words, said",
    [
        (("fees", "set", "January", "Class KV10", "Tuition"), "Tuition: write LABEL=AMOUNT"),
        (("fees", "set", "January", "Class KV10", "T=1.005"), "figures"),
        (("fees", "set", "Term 9", "Class KV10", "T=1"), "Not found: Term 9."),
        (("fees", "siblings", "two=10"), "CHILD=PERCENT"),
        (("fees", "siblings", "2=ten"), "figures"),
        (("fees", "siblings", "2=0.001"), "figures"),
        (("fees", "run", "Term 9"), "Not found: Term 9."),
    ],
)
def test_what_cannot_be_understood_is_refused_in_a_sentence(school: Desk, words: tuple[str, ...], said: str) -> None:
    printed = school.types(*words)

    assert printed.code == 2
    assert said in printed.err


def test_people_read_tables(school: Desk) -> None:
    sets(school, "Tuition=9500")
    school.types(
        *("fees", "grant", "KV20", "--kind", "extra", "--label", "Trip", "--reason", "r", "--amount", "500"),
        *("--term", "January"),
    )

    assert "Tuition 9500.00" in school.types("fees", "show", "January").out
    assert "KV20" in school.types("fees", "grants").out
    assert "Tuition" in school.types("fees", "run", "January", "--preview").out
    assert "yes" in school.types("fees", "term", "retire", "January").out
    assert "2027" in school.types("fees", "terms").out
    assert "nothing" in school.types("fees", "siblings", "--none").out
    assert "January" not in school.types("fees", "runs", "January").out


def test_which_school_must_be_said_where_there_are_several(school: Desk, world_of: Any) -> None:
    async def another(world: World) -> None:
        await world.school("mlima")

    world_of(another)

    assert school.types("fees", "terms").err == "Not found: --organisation.\n"
    assert len(school.types("fees", "terms", "--organisation", "kivuli", "--json").items) == 2


def test_who_owes_for_how_long_and_when_families_are_told(school: Desk) -> None:
    listed = school.types("fees", "arrears", "--json").items
    everybody = school.types("fees", "arrears", "--late", "0").out
    usual = school.types("fees", "chasing", "--json").items
    chosen = school.types("fees", "chasing", "--remind", "0", "--critical", "45", "--json").items
    wrong = school.types("fees", "chasing", "--warning", "45")

    assert [(one["student"], one["to_60"], one["owed"]) for one in listed] == [
        ("KV10", "100.00", "100.00"),
        ("KV20", "100.00", "100.00"),
        ("", "200.00", "200.00"),
    ]
    assert listed[0]["since"] == "2026-09-30"
    assert "2 in all" in everybody
    assert usual == [{"remind_days_before": 3, "warning_from_days": 30, "critical_from_days": 60}]
    assert chosen == [{"remind_days_before": 0, "warning_from_days": 30, "critical_from_days": 45}]
    assert wrong.code != 0


def test_families_of_who_is_late_are_shown_and_then_texted_once_a_day(school: Desk) -> None:
    shown = school.types("fees", "remind", "--json").items
    sent = school.types("fees", "remind", "--send", "--json").items
    again = school.types("fees", "remind", "--send", "--json").items
    nobody = school.types("fees", "remind", "--class", "No such class").out

    assert [(one["student"], one["amount"], one["fate"]) for one in shown] == [
        ("KV10", "100.00", "told"),
        ("KV20", "100.00", "told"),
    ]
    assert sent == shown
    assert [one["fate"] for one in again] == ["today", "today"]
    assert nobody == "nothing\n"


def test_a_promise_and_a_plan_are_noted_listed_and_ended(school: Desk) -> None:
    noted = school.types("fees", "promise", "KV10", "--amount", "60", "--by", "2026-12-24", "--json").items
    listed = school.types("fees", "promises", "--json").items
    owing = school.types("fees", "arrears", "--json").items
    neither = school.types("fees", "promise", "KV10")
    ended = school.types("fees", "promise", "KV10", "--withdraw", "moved away", "--json").items
    every = school.types("fees", "promises", "--all", "--json").items

    assert noted[0]["now"] == "60.00 by 2026-12-24"
    assert [(one["student"], one["amount"], one["state"]) for one in listed] == [("KV10", "60.00", "open")]
    assert owing[0]["promised"] == "60.00 by 2026-12-24"
    assert neither.code != 0
    assert ended[0]["now"] == "withdrawn"
    assert every[0]["state"] == "withdrawn"

    equal = school.types("fees", "plan", "KV10", "--count", "3", "--first", "2026-12-01", "--json").items
    school.types("fees", "plan", "KV20", "2026-12-01=40", "2026-12-15=60")
    plans = school.types("fees", "plans", "--json").items
    short = school.types("fees", "plan", "KV20", "2026-12-01=40")
    unread = school.types("fees", "plan", "KV20", "tomorrow=40")
    school.types("fees", "plan", "KV20", "--end", "agreed otherwise")

    assert [(one["due_on"], one["amount"]) for one in equal] == [
        ("2026-12-01", "34.00"),
        ("2027-01-01", "33.00"),
        ("2027-02-01", "33.00"),
    ]
    assert [one["left"] for one in plans if one["student"] == "KV20"] == ["40.00", "60.00"]
    assert short.err == "Owed are KSh 100, planned KSh 40. Dates in order, please.\n"
    assert unread.code != 0
    assert {one["student"] for one in school.types("fees", "plans", "--json").items} == {"KV10"}


def test_how_a_guardians_payment_is_divided(school: Desk) -> None:
    equal = school.types("fees", "split", "0711000001", "equal", "--json").items
    weights = school.types("fees", "split", "0711000001", "weights", "KV10=2", "KV20=1", "--json").items
    unread = school.types("fees", "split", "0711000001", "somehow")
    stranger = school.types("fees", "split", "0711000009", "equal")

    assert equal[0]["now"] == "equal"
    assert weights[0]["now"] == "weights KV10=2 KV20=1"
    assert unread.code != 0
    assert stranger.code != 0
