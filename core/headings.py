"""Which column of a school's list holds what: headings as schools write them, in four languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from core.accents import without_accents


class Field(Enum):
    """What a column may hold; the values are our names of the columns."""

    NUMBER = "number"
    NAME = "name"
    CLASS = "class"
    GUARDIAN = "guardian"
    PHONE = "phone"
    MAIL = "mail"
    GUARDIAN_2 = "guardian_2"
    PHONE_2 = "phone_2"
    MAIL_2 = "mail_2"
    LANGUAGE = "language"
    BALANCE = "balance"
    """What is owed from before; negative, in brackets or marked CR where the school holds money of the family."""
    BALANCE_DATE = "balance_date"


REQUIRED = (Field.NUMBER, Field.NAME, Field.CLASS)

_WRITTEN: dict[Field, str] = {
    Field.NUMBER: "number|no|adm|adm no|admno|admission|admission no|admission number|reg no|registration number|student no"
    "|student number|student id|learner number|pupil no|upi|namba|namba ya mwanafunzi|nambari|nambari ya usajili|usajili"
    "|numero y umunyeshuri|nomero|nimero|nomero y umunyeshuri|numero|matricule|numero d eleve|no d eleve|no eleve|n eleve",
    Field.NAME: "name|names|full name|student|student name|student names|pupil|pupil name|learner|learner name|jina|majina"
    "|jina la mwanafunzi|mwanafunzi|amazina|izina|amazina y umunyeshuri|umunyeshuri|nom|noms|nom et prenom|nom de l eleve|eleve",
    Field.CLASS: "class|grade|form|stream|class name|grade level|darasa|kidato|ishuri|umwaka|icyiciro|classe|niveau",
    Field.GUARDIAN: "guardian|guardian name|guardian 1|guardian 1 name|parent|parent name|parent guardian|parent 1|mother"
    "|mzazi|jina la mzazi|mlezi|mzazi mlezi|umubyeyi|izina ry umubyeyi|amazina y umubyeyi|tuteur|parent tuteur|nom du parent"
    "|nom du tuteur|responsable",
    Field.PHONE: "phone|phone no|phone number|phone 1|mobile|mobile no|mobile number|tel|telephone|contact|contacts|cell"
    "|guardian phone|guardian 1 phone|parent phone|parent phone number|parent contact|mpesa number|simu|namba ya simu"
    "|nambari ya simu|simu ya mzazi|telefone|telefoni|numero ya telefone|telefone y umubyeyi|telephone du parent"
    "|telephone parent|numero de telephone|portable",
    Field.GUARDIAN_2: "guardian 2|guardian 2 name|second guardian|parent 2|father|parent 2 name|mzazi 2|mzazi wa pili"
    "|umubyeyi 2|umubyeyi wa kabiri|tuteur 2|parent 2 nom|second parent",
    Field.PHONE_2: "phone 2|mobile 2|guardian 2 phone|parent 2 phone|second phone|other phone|alternative phone|simu 2"
    "|simu ya pili|telefone 2|telefone ya kabiri|telephone 2|autre telephone",
    Field.MAIL: "mail|email|e mail|mail address|email address|e mail address|guardian email|guardian mail|guardian e mail"
    "|guardian 1 email|parent email|parent mail|parent e mail|parent email address|barua pepe|imeli|emeili|barua pepe ya mzazi"
    "|aderesi ya imeyili|imeyili|imeyili y umubyeyi|courriel|adresse email|adresse e mail|adresse electronique|mel"
    "|courriel du parent|email du parent",
    Field.MAIL_2: "mail 2|email 2|e mail 2|guardian 2 email|guardian 2 mail|parent 2 email|second email|barua pepe 2"
    "|imeyili 2|courriel 2|email du parent 2",
    Field.LANGUAGE: "language|lugha|ururimi|langue",
    Field.BALANCE: "balance|opening balance|balance b f|balance bf|bal|arrears|amount owed|owed|balance brought forward"
    "|salio|salio la mwanzo|deni|asigaye|umwenda|ideni|solde|solde initial|arrieres|reste a payer",
    Field.BALANCE_DATE: "balance date|opening date|date of balance|as at|as of|owed since|date|tarehe|tarehe ya salio"
    "|italiki|itariki|itariki y umwenda|date du solde|date d ouverture",
}
_FIELDS = {words: field for field, written in _WRITTEN.items() for words in written.split("|")}
SEARCHED_ROWS = 15
"""Titles and logos stand above the headings, but not more than that."""


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """Lower case, without accents and marks, words apart: `N° d'élève` and `no d eleve` meet half-way."""
    bare = without_accents(text[:200].replace("°", "o"))
    return " ".join("".join(one if one.isalnum() else " " for one in bare.casefold()).split())


def named_field(heading: str) -> Field | None:
    """What a heading says."""
    return _FIELDS.get(plain(heading))


@dataclass(frozen=True, slots=True)
class Headings:
    """Where the headings stand, and which column holds what."""

    at: int
    """The row's place in the rows that were looked through."""
    columns: dict[Field, int]
    names: dict[Field, str]
    """As the file writes them."""
    twice: tuple[str, ...]
    """Headings that say what an earlier column says."""
    ignored: tuple[str, ...]
    width: int
    """How many columns have a heading, or stand before one that has."""

    @property
    def missing(self) -> list[Field]:
        return [field for field in REQUIRED if field not in self.columns]


def find_headings(rows: Sequence[Sequence[str]]) -> Headings | None:
    """The row among the first ones that is recognised best, alone or together with a heading above it that spans several
    columns (`Guardian` over `Name` and `Phone`); None when no row has two headings that we know."""
    best: Headings | None = None
    for at, row in enumerate(rows[:SEARCHED_ROWS]):
        above = _filled(rows[at - 1]) if at else []
        found = _read(at, row, above)
        if len(found.columns) >= 2 and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


def _filled(row: Sequence[str]) -> list[str]:
    """A merged cell has its text in its first column only."""
    last, filled = "", []
    for cell in row:
        last = cell.strip() or last
        filled.append(last)
    return filled


def _read(at: int, row: Sequence[str], above: Sequence[str]) -> Headings:
    columns: dict[Field, int] = {}
    names: dict[Field, str] = {}
    twice, ignored = [], []
    for column, text in enumerate(row):
        if not text.strip():
            continue
        over = above[column] if column < len(above) else ""
        field = (named_field(f"{over} {text}") if over else None) or named_field(text)
        if field is None:
            ignored.append(text.strip())
        elif field in columns:
            twice.append(text.strip())
        else:
            columns[field], names[field] = column, text.strip()
    width = max((column + 1 for column, text in enumerate(row) if text.strip()), default=0)
    return Headings(at, columns, names, tuple(twice), tuple(ignored), width)
