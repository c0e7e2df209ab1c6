"""Kivuli Hill Primary School: the example school of the demo, some 300 children in 220 families.

It is a plan, not data in a database: the demo feeds it through the same use cases as a real school's own lists. Nothing
is drawn by chance; every choice follows from a family's place in the list, so the same moment gives the same school.
All names and numbers are invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from core.callers import LANGUAGES
from core.money import Currency, Money, total
from core.phones import Msisdn

NAIROBI = ZoneInfo("Africa/Nairobi")
KES = Currency.KES

ENGLISH, SWAHILI, KINYARWANDA, FRENCH = LANGUAGES


@dataclass(frozen=True, slots=True)
class Term:
    """A school term; its invoices are due on `due_on`."""

    name: str
    starts_on: date
    ends_on: date
    due_on: date


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One line of a class's fee structure, for one term."""

    name: str
    amount: Money


@dataclass(frozen=True, slots=True)
class SchoolClass:
    name: str
    fees: tuple[FeeLine, ...]

    @property
    def fee(self) -> Money:
        """What one child of this class is billed for the term."""
        return total([line.amount for line in self.fees], KES)


@dataclass(frozen=True, slots=True)
class Guardian:
    """One grown-up with a phone. Who answers for children of two families appears in both, as an equal value."""

    name: str
    msisdn: Msisdn
    language: str
    mail: str = ""


@dataclass(frozen=True, slots=True)
class Student:
    """`number` is what people type: KV and four digits, never 0 or 1, which people write as O and I."""

    number: str
    name: str
    class_name: str


@dataclass(frozen=True, slots=True)
class Family:
    """Every guardian here answers for every student here. The first guardian is the one who usually pays."""

    guardians: tuple[Guardian, ...]
    students: tuple[Student, ...]


@dataclass(frozen=True, slots=True)
class OpeningPayment:
    """A payment that had reached the paybill before the demo began. `reference` is spelt as the payer typed it."""

    receipt: str
    payer: Msisdn
    payer_name: str
    reference: str
    amount: Money
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Character:
    """Someone whom the sandbox page offers by name. `about` says in plain words why they are worth trying."""

    name: str
    msisdn: Msisdn
    language: str
    about: str


@dataclass(frozen=True, slots=True)
class Agreements:
    """What families had agreed on before the demo began: by student numbers, and a guardian."""

    promised: str
    instalments: str
    divides: Msisdn
    """Pays for several children in equal parts."""
    mailed: Msisdn
    """Wants mail rather than texts."""


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    slug: str
    name: str
    kind: str
    country: str
    town: str
    time_zone: str
    currency: Currency
    languages: tuple[str, ...]
    ussd_code: str
    shortcode: str
    sender: str
    """What its texts say that they come from."""
    number: str
    """Where people send theirs."""
    texts_at_night: bool
    """Whether a receipt may come in quiet hours: its reader holds the phone in hand."""
    term: Term
    classes: tuple[SchoolClass, ...]
    families: tuple[Family, ...]
    payments: tuple[OpeningPayment, ...]
    """Oldest first."""
    characters: tuple[Character, ...]
    agreements: Agreements | None
    has_chat: bool = True
    """Whether the office has a bot: without its worker, what is for the chat would wait for ever."""

    def class_of(self, student: Student) -> SchoolClass:
        return next(each for each in self.classes if each.name == student.class_name)

    def billed(self, family: Family) -> Money:
        """What the term's invoices ask of this family, before any payment."""
        return total([self.class_of(student).fee for student in family.students], KES)


def kivuli_hill(now: datetime) -> SchoolPlan:
    """The school as it stands at `now` (aware): its current term, and payments made since the term began."""
    term = term_of(now.astimezone(NAIROBI).date())
    classes = _classes()
    families = _families(classes)
    return SchoolPlan(
        slug="kivuli-hill",
        name="Kivuli Hill Primary School",
        kind="school",
        country="KE",
        town="Nairobi",
        time_zone=NAIROBI.key,
        currency=KES,
        languages=(SWAHILI, ENGLISH, FRENCH, KINYARWANDA),
        ussd_code="*384*70421#",
        shortcode="600100",
        sender="KIVULI",
        number="20880",
        texts_at_night=True,  # whoever tries the demo at night waits for their receipt
        term=term,
        classes=classes,
        families=families,
        payments=_payments(families, {each.name: each.fee for each in classes}, term, now),
        characters=_characters(families),
        agreements=Agreements(
            families[_MUGISHA].students[0].number,
            families[_INSTALMENTS].students[0].number,
            families[_OTIENO].guardians[0].msisdn,
            families[_KASONGO].guardians[0].msisdn,
        ),
    )


# --- the calendar and the fees ---------------------------------------------------------------------------------------

_TERMS = (("Term 1", (1, 6), (4, 10)), ("Term 2", (4, 27), (7, 31)), ("Term 3", (8, 24), (10, 30)))


def term_of(today: date) -> Term:
    """The term that began last: in the holidays its arrears are still what parents think of."""
    terms = [
        Term(f"{name} {year}", date(year, *start), date(year, *end), date(year, *start) + timedelta(days=18))
        for year in (today.year - 1, today.year)
        for name, start, end in _TERMS
    ]
    return [term for term in terms if term.starts_on <= today][-1]


_CLASSES = ("PP1", "PP2", "Grade 1", "Grade 2", "Grade 3", "Grade 4", "Grade 5", "Grade 6")
_RIDES_THE_BUS = 5
"""The younger classes come by the school's bus; from Grade 4 children walk."""


def _classes() -> tuple[SchoolClass, ...]:
    return tuple(
        SchoolClass(
            name,
            (
                FeeLine("Tuition", _shillings(9_500 + 750 * year)),
                FeeLine("Lunch", _shillings(4_200 if year < 2 else 4_800)),
                *([FeeLine("Transport", _shillings(5_400))] if year < _RIDES_THE_BUS else []),
                FeeLine("Activities", _shillings(850 + 50 * year)),
            ),
        )
        for year, name in enumerate(_CLASSES)
    )


def _shillings(amount: int) -> Money:
    return Money(amount * KES.unit, KES)


# --- the people ------------------------------------------------------------------------------------------------------

_FAMILIES = 220
_CHILDREN = (1, 1, 2, 1, 1, 2, 1, 1, 3, 1, 1)  # 15 children in 11 families: 300 in all
_TWO_GUARDIANS_EVERY = 3


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES = _words(
    "Kamau Otieno Mwangi Wafula Mutua Hassan Njoroge Ochieng Kiplagat Barasa Musyoka Abdi Karanja Odhiambo Cheruiyot "
    "Wekesa Kilonzo Omar Gitau Onyango Rotich Simiyu Nzomo Farah Maina Okoth Kibet Makokha Muthoka Yusuf Ndungu Ouma "
    "Langat Shikuku"
)
_FROM_THE_LAKES = _words("Habimana Mugisha Kasongo Niyonzima Ilunga Uwimana Mbuyi Ndayisaba")
"""Families from Rwanda and the Congo who live in Nairobi; they read Kinyarwanda or French."""
_READ_FRENCH = _words("Kasongo Ilunga Mbuyi")
_MOTHERS = _words(
    "Wanjiku Akinyi Mwende Nafula Chebet Amina Nyambura Atieno Syombua Nekesa Jepkosgei Halima Wairimu Adhiambo "
    "Kanini Naliaka Fatuma Njeri Awuor Mumbi Cherono Zainab Wangari Auma Ndinda Khadija"
)
_FATHERS = _words(
    "Peter Hassan Daniel Brian Musa Joseph Kevin Ali Samuel Geoffrey Ibrahim David Victor Yusuf Paul Dennis Salim John"
)
_CHILDREN_NAMES = _words(
    "Amani Neema Baraka Zawadi Imani Juma Faraja Tumaini Wema Pendo Rehema Jabali Subira Furaha Sifa Asha Bahati "
    "Upendo Nuru Malaika Rafiki Safari Hekima Tatu Zuri Shujaa Mosi Lulu Adili Kito Makena Sanaa Jamila Tendo Ayana"
)


def _families(classes: Sequence[SchoolClass]) -> tuple[Family, ...]:
    families: list[Family] = []
    enrolled = 0
    for at in range(_FAMILIES):
        surname, language = _surname(at)
        students = tuple(
            _student(enrolled + child, surname, classes[(at * 5 + child * 2) % len(classes)].name)
            for child in range(_CHILDREN[at % len(_CHILDREN)])
        )
        enrolled += len(students)
        families.append(Family(_guardians(at, surname, language), students))
    return _with_characters(families)


def _surname(at: int) -> tuple[str, str]:
    """A family's name and the language it reads."""
    if at % 9 == 4:
        name = _FROM_THE_LAKES[at // 9 % len(_FROM_THE_LAKES)]
        return name, FRENCH if name in _READ_FRENCH else KINYARWANDA
    return _SURNAMES[at * 7 % len(_SURNAMES)], ENGLISH if at % 3 == 2 else SWAHILI


def _guardians(at: int, surname: str, language: str) -> tuple[Guardian, ...]:
    mother = Guardian(f"{_MOTHERS[at * 5 % len(_MOTHERS)]} {surname}", _msisdn(2 * at), language)
    if at % _TWO_GUARDIANS_EVERY:
        return (mother,)
    return mother, Guardian(f"{_FATHERS[at * 5 % len(_FATHERS)]} {surname}", _msisdn(2 * at + 1), language)


def _student(at: int, surname: str, class_name: str) -> Student:
    first = _CHILDREN_NAMES[(at * 11 + at // len(_CHILDREN_NAMES)) % len(_CHILDREN_NAMES)]
    return Student(_student_number(at), f"{first} {surname}", class_name)


def _student_number(at: int) -> str:
    """Four digits from 2 to 9. Neighbours in the list are far apart: a slip of a finger seldom names another child."""
    scattered = (at * 1_237 + 905) % 8**4  # 1,237 is odd: no number comes twice
    return "KV" + "".join("23456789"[scattered // 8**place % 8] for place in (3, 2, 1, 0))


def _msisdn(at: int) -> Msisdn:
    """Numbers of one round block, 0700 1xx xxx, that nobody was asked for."""
    return Msisdn(f"254700{100_000 + at * 7_919 % 100_000:06d}")


# --- those whom a visitor meets by name ------------------------------------------------------------------------------

_WANJIKU, _OTIENO, _AMINA, _MUGISHA, _KASONGO = 0, 8, 3, 13, 22
_NEPHEW = 9
"""Otieno also answers for his sister's child, in the next family of the list."""
_INSTALMENTS = 16
"""A family that has paid nothing and is known by no name: it pays in instalments."""
_STRANGER = Msisdn("254700987654")


_MAILS = {"Peter Otieno": "peter.otieno@example.org", "Marie Kasongo": "marie.kasongo@example.org"}


def _with_characters(families: list[Family]) -> tuple[Family, ...]:
    """Give the families of the named people their names; the rest of the school stays as it fell."""
    named = {
        _WANJIKU: ("Kamau", SWAHILI, ["Wanjiku Kamau"]),
        _OTIENO: ("Otieno", ENGLISH, ["Peter Otieno"]),
        _AMINA: ("Hassan", SWAHILI, ["Amina Hassan", "Ali Hassan"]),
        _MUGISHA: ("Mugisha", KINYARWANDA, ["Claudine Mugisha"]),
        _KASONGO: ("Kasongo", FRENCH, ["Marie Kasongo"]),
    }
    for at, (surname, language, names) in named.items():
        guardians = tuple(
            Guardian(name, _msisdn(2 * at + nth), language, _MAILS.get(name, "")) for nth, name in enumerate(names)
        )
        students = tuple(
            Student(each.number, f"{each.name.split()[0]} {surname}", each.class_name) for each in families[at].students
        )
        families[at] = Family(guardians, students)
    uncle = families[_OTIENO].guardians[0]
    families[_NEPHEW] = Family((*families[_NEPHEW].guardians, uncle), families[_NEPHEW].students)
    return tuple(families)


def _characters(families: Sequence[Family]) -> tuple[Character, ...]:
    def who(at: int, about: str, nth: int = 0) -> Character:
        guardian = families[at].guardians[nth]
        return Character(guardian.name, guardian.msisdn, guardian.language, about)

    return (
        who(_WANJIKU, "One child. Nothing paid yet this term."),
        who(_OTIENO, "Three children and a nephew; equal parts."),
        who(_AMINA, "One child, shared with Ali."),
        who(_AMINA, "Amina's husband: the same child.", 1),
        who(_MUGISHA, "Has paid half, promised more. Kinyarwanda."),
        who(_KASONGO, "Paid too much. French, and by mail."),
        Character(
            "A stranger",
            _STRANGER,
            SWAHILI,
            "Pays by student number, sees nothing else.",
        ),
    )


# --- what was paid before today --------------------------------------------------------------------------------------

Habit = Literal["nothing", "third", "half", "all", "too much"]

_HABITS: tuple[Habit, ...] = (
    *("nothing", "half", "all", "nothing", "third", "all", "half"),
    *("nothing", "all", "third", "too much", "nothing", "half"),
)
"""How families pay, over and over down the list; the named people have habits of their own."""
_HABIT_OF: dict[int, Habit] = {
    _WANJIKU: "nothing",
    _OTIENO: "third",
    _AMINA: "nothing",
    _MUGISHA: "half",
    _KASONGO: "too much",
}
_SHARE: dict[Habit, tuple[int, int]] = {
    "nothing": (0, 1),
    "third": (1, 3),
    "half": (1, 2),
    "all": (1, 1),
    "too much": (1, 1),
}
_TOO_MUCH = _shillings(2_500)


def _payments(
    families: Sequence[Family], fees: Mapping[str, Money], term: Term, now: datetime
) -> tuple[OpeningPayment, ...]:
    payments: list[OpeningPayment] = []
    for at, family in enumerate(families):
        habit = _HABIT_OF.get(at, _HABITS[at % len(_HABITS)])
        share, of = _SHARE[habit]
        for student in family.students:
            paid = _shillings(fees[student.class_name].whole_units * share // of // 50 * 50)
            if habit == "too much" and student is family.students[0]:
                paid += _TOO_MUCH
            if paid:
                typed = _typed(student.number, at)
                payments.append(_payment(len(payments), family.guardians[0], typed, paid, term, now))
    lost = Guardian("Zablon Mworia", _msisdn(2 * _FAMILIES), SWAHILI)
    payments.append(_payment(len(payments), lost, "school fees", _shillings(3_000), term, now))  # waits in suspense
    return tuple(sorted(payments, key=lambda payment: (payment.paid_at, payment.receipt)))


def _typed(number: str, at: int) -> str:
    """The same number as different hands type it."""
    return (number, number.lower(), f"{number[:2]} {number[2:]}", number, f"{number[:2].lower()}-{number[2:]}")[at % 5]


def _payment(nth: int, payer: Guardian, reference: str, amount: Money, term: Term, now: datetime) -> OpeningPayment:
    """The `nth` payment: on some day since the term began, between half past six and eight in the evening."""
    today = now.astimezone(NAIROBI).date()
    days = min((today - term.starts_on).days, 75)
    day = term.starts_on + timedelta(days=nth * 29 % max(days, 1))
    paid_at = datetime.combine(day, time(6, 30), NAIROBI) + timedelta(minutes=nth * 367 % 810)
    return OpeningPayment(_receipt(nth), payer.msisdn, payer.name, reference, amount, min(paid_at, now).astimezone(UTC))


def _receipt(nth: int) -> str:
    """Ten capitals and digits, as M-Pesa's own."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    scattered = (nth * 40_503 + 777_001) % 32**4
    return "SKH4V7" + "".join(letters[scattered // 32**place % 32] for place in (3, 2, 1, 0))
