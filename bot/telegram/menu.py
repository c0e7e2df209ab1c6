"""What everybody who is linked can do: the menu by role, help, language, who one is, and the end of the link."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from bot.telegram.visit import Key, Rows, Visit
from bot.telegram.words import languages
from core.callers import LANGUAGES
from core.errors import NotFound
from core.figures import day_in
from core.permissions import Action
from storage import chats, loan_products, school
from storage.chats import Facts
from usecases.chats import Unlink, unlink
from usecases.noting import note
from usecases.staff import SpeakTo, choose_language

Act = Callable[[Visit, Facts], None]

OFFERS: tuple[tuple[Action, str, str], ...] = (
    (Action.SEE_APPROVALS, "key_approvals", "approvals"),
    (Action.SEE_SUSPENSE, "key_suspense", "suspense"),
    (Action.SEE_FUNDS, "key_funds", "funds"),
    (Action.SEE_LOANS, "key_loans", "portfolio"),
    (Action.REMIND, "key_remind", "remind"),
    (Action.SEE_PAYMENTS, "key_search", "search"),
    (Action.SEE_PAYMENTS, "key_newest", "found"),
    (Action.SEE_PAYMENTS, "key_live", "live"),
)
"""What the menu offers to whom: the right, the button's word, and what it does (`bot/telegram/desk.py: ACTS`)."""


def menu(visit: Visit, _: Facts) -> None:
    first = visit.me.name.split()[0]
    visit.show(visit.word("menu", organisation=visit.room.organisation.name, name=first), menu_rows(visit))


def menu_rows(visit: Visit) -> Rows:
    keys = [Key(visit.word(word), act) for action, word, act in OFFERS if visit.may(action) and _is_done(visit, action)]
    keys += [Key(visit.word("key_language"), "languages"), Key(visit.word("key_me"), "me")]
    keys.append(Key(visit.word("key_help"), "help"))
    return [keys[at : at + 2] for at in range(0, len(keys), 2)]


def _is_done(visit: Visit, action: Action) -> bool:
    """Loans are offered where money is lent, and families are reminded where there are classes."""
    match action:
        case Action.SEE_LOANS:
            return bool(loan_products.products(visit.tx, visit.organisation))
        case Action.REMIND:
            return bool(school.classes(visit.tx, visit.organisation))
        case _:
            return True


def back(visit: Visit) -> list[Key]:
    return [Key(visit.word("key_menu"), "menu")]


def help_(visit: Visit, _: Facts) -> None:
    visit.show(visit.word("help"), [back(visit)])


def me(visit: Visit, _: Facts) -> None:
    organisation = visit.room.organisation
    since = chats.linked_since(visit.tx, visit.me.id) or visit.tx.now
    on = since.astimezone(ZoneInfo(organisation.time_zone)).date()
    text = visit.word(
        "me",
        name=visit.me.name,
        role=visit.word(f"role_{visit.me.role.value}"),
        organisation=organisation.name,
        since=day_in(on, visit.language),
    )
    visit.show(text, [[Key(visit.word("key_unlink"), "unlink")], back(visit)])


def unlink_sure(visit: Visit, _: Facts) -> None:
    yes = Key(visit.word("key_yes_unlink"), "unlink_yes", once=True)
    visit.show(visit.word("unlink_sure"), [[yes], back(visit)])


def unlink_now(visit: Visit, _: Facts) -> None:
    unlink(visit.tx, Unlink(visit.me.id, visit.actor))
    visit.show(visit.word("unlinked", name=visit.me.name.split()[0]))


def ask_language(visit: Visit, _: Facts) -> None:
    keys = [Key(name, "language", {"language": code}) for code, name in languages()]
    visit.show(visit.word("choose_language"), [keys[:2], keys[2:], back(visit)])


def set_language(visit: Visit, facts: Facts) -> None:
    if facts["language"] not in LANGUAGES:
        raise NotFound("language", facts["language"][:10])
    choose_language(visit.tx, SpeakTo(visit.me.id, facts["language"]))
    menu(visit.in_language(facts["language"]), {})


def here(visit: Visit, title: str) -> None:
    """A group in which approvals are shown from now on: whoever may decide them may choose it."""
    if not visit.room.is_group:
        visit.say(visit.word("here_only_groups"))
        return
    if chats.add_group(visit.tx, visit.organisation, visit.room.chat, title, visit.me.id):
        note(visit.tx, visit.actor, visit.organisation, "chat_group_added", "")
    visit.say(visit.word("here"))


ACTS: dict[str, Act] = {
    "menu": menu,
    "help": help_,
    "me": me,
    "unlink": unlink_sure,
    "unlink_yes": unlink_now,
    "languages": ask_language,
    "language": set_language,
}
COMMANDS: dict[str, Act] = {"menu": menu, "help": help_, "me": me, "language": ask_language, "start": menu}
