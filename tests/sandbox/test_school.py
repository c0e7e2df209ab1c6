"""The example school is whole, plausible, and the same every time."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from core.money import Money
from sandbox.school import KES, NAIROBI, Family, SchoolPlan, kivuli_hill

NOW = datetime(2026, 10, 6, 7, 14, tzinfo=UTC)

moments = st.datetimes(datetime(2024, 1, 1), datetime(2039, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def students(plan: SchoolPlan) -> list[str]:
    return [student.number for family in plan.families for student in family.students]


def paid(plan: SchoolPlan, family: Family) -> Money:
    numbers = {student.number for student in family.students}
    mine = [each.amount.minor for each in plan.payments if tidy(each.reference) in numbers]
    return Money(sum(mine), KES)


def tidy(reference: str) -> str:
    return reference.upper().replace(" ", "").replace("-", "")


def family_of(plan: SchoolPlan, name: str) -> Family:
    return next(family for family in plan.families if any(guardian.name == name for guardian in family.guardians))


def test_there_are_some_three_hundred_students_in_eight_classes() -> None:
    plan = kivuli_hill(NOW)

    assert len(students(plan)) == 300
    assert len(plan.families) == 220
    assert len(plan.classes) == 8
    sizes = [
        sum(student.class_name == each.name for family in plan.families for student in family.students)
        for each in plan.classes
    ]
    assert min(sizes) >= 30


def test_every_class_has_its_fee_lines() -> None:
    plan = kivuli_hill(NOW)

    for each in plan.classes:
        assert 3 <= len(each.fees) <= 4
        assert each.fee.minor == sum(line.amount.minor for line in each.fees)
        assert all(line.amount.is_whole and line.amount.minor > 0 for line in each.fees)


@given(moments)
def test_the_same_moment_gives_the_same_school(now: datetime) -> None:
    assert kivuli_hill(now) == kivuli_hill(now)


@given(moments)
def test_student_numbers_are_unique_and_hold_nothing_that_is_misread(now: datetime) -> None:
    numbers = students(kivuli_hill(now))

    assert len(set(numbers)) == len(numbers)
    assert all(len(number) == 6 and number.startswith("KV") for number in numbers)
    assert not set("".join(numbers)) & set("01OI")


@given(moments)
def test_one_phone_is_one_person(now: datetime) -> None:
    plan = kivuli_hill(now)
    guardians = {guardian for family in plan.families for guardian in family.guardians}

    phones = [guardian.msisdn for guardian in guardians]

    assert len(set(phones)) == len(phones)
    assert all(phone.digits.startswith("254700") and len(phone.digits) == 12 for phone in phones)


@given(moments)
def test_the_term_has_begun_and_its_invoices_fall_due_within_it(now: datetime) -> None:
    term = kivuli_hill(now).term

    assert term.starts_on <= now.astimezone(NAIROBI).date()
    assert term.starts_on < term.due_on < term.ends_on


@given(moments)
def test_payments_lie_between_the_start_of_term_and_now_and_each_has_its_own_receipt(now: datetime) -> None:
    plan = kivuli_hill(now)

    receipts = [payment.receipt for payment in plan.payments]

    assert len(set(receipts)) == len(receipts)
    assert all(len(receipt) == 10 and receipt.isalnum() and receipt.isupper() for receipt in receipts)
    assert all(payment.paid_at <= now for payment in plan.payments)
    assert list(plan.payments) == sorted(plan.payments, key=lambda payment: payment.paid_at)
    assert all(payment.amount.is_whole and payment.amount.minor > 0 for payment in plan.payments)


def test_some_have_paid_nothing_some_a_part_some_all_and_some_too_much() -> None:
    plan = kivuli_hill(NOW)

    standing = [(paid(plan, family).minor, plan.billed(family).minor) for family in plan.families]

    assert sum(got == 0 for got, _ in standing) > 30
    assert sum(0 < got < billed for got, billed in standing) > 50
    assert sum(got == billed for got, billed in standing) > 30
    assert sum(got > billed for got, billed in standing) > 5


def test_one_payment_names_no_account_and_waits_in_suspense() -> None:
    plan = kivuli_hill(NOW)
    numbers = set(students(plan))

    lost = [payment for payment in plan.payments if tidy(payment.reference) not in numbers]

    assert [payment.reference for payment in lost] == ["school fees"]
    known = {guardian.msisdn for family in plan.families for guardian in family.guardians}
    assert lost[0].payer not in known


def test_the_people_on_the_page_are_as_they_are_described() -> None:
    plan = kivuli_hill(NOW)
    by_phone = {guardian.msisdn: family for family in plan.families for guardian in family.guardians}

    wanjiku = family_of(plan, "Wanjiku Kamau")
    amina = family_of(plan, "Amina Hassan")
    mugisha = family_of(plan, "Claudine Mugisha")
    kasongo = family_of(plan, "Marie Kasongo")
    otieno = [family for family in plan.families if "Peter Otieno" in [each.name for each in family.guardians]]

    assert len(wanjiku.students) == 1
    assert paid(plan, wanjiku).minor == 0
    assert [len(family.students) for family in otieno] == [3, 1]
    assert [guardian.name for guardian in amina.guardians] == ["Amina Hassan", "Ali Hassan"]
    assert 0 < paid(plan, mugisha).minor <= plan.billed(mugisha).minor // 2
    assert paid(plan, kasongo) == plan.billed(kasongo) + Money(250_000, KES)
    assert plan.characters[-1].msisdn not in by_phone


def test_all_four_languages_are_read_here() -> None:
    plan = kivuli_hill(NOW)

    read = {guardian.language for family in plan.families for guardian in family.guardians}

    assert read == {"sw", "en", "fr", "rw"} == set(plan.languages)


def test_names_can_be_written_in_an_sms() -> None:
    plan = kivuli_hill(NOW)

    guardians = [guardian.name for family in plan.families for guardian in family.guardians]
    names = guardians + [student.name for family in plan.families for student in family.students]

    assert all(name.isascii() and len(name) <= 24 for name in names)


@given(moments)
def test_those_who_promised_and_those_who_pay_in_instalments_are_different_families_that_owe(now: datetime) -> None:
    plan = kivuli_hill(now)
    assert plan.agreements is not None
    families = [
        next(family for family in plan.families if any(student.number == number for student in family.students))
        for number in (plan.agreements.promised, plan.agreements.instalments)
    ]

    assert families[0] != families[1]
    assert all(paid(plan, family).minor < plan.billed(family).minor for family in families)
