"""A family chooses how one payment is divided over its children; on the phone, or at the desk (FEE-3)."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import NotFound
from core.ids import ContactId, CustomerAccountId, OrganisationId
from core.permissions import Action, Actor, ActorKind
from core.phones import Msisdn
from core.splitting import FamilyRule, Split
from storage import people, school
from storage import splits as store
from storage.tx import Tx
from usecases.commands import ChooseSplit
from usecases.fees import NotPossible
from usecases.noting import note_of
from usecases.rights import require_for


def choose_split(tx: Tx, wish: ChooseSplit) -> None:
    """A guardian chooses on a phone. Choosing it again changes nothing."""
    contact = _contact(tx, wish.organisation, wish.msisdn)
    actor = Actor(ActorKind.PERSON, wish.msisdn.masked, wish.channel)
    _choose(tx, wish.organisation, contact, FamilyRule(wish.split), actor)


@dataclass(frozen=True, slots=True)
class SetSplit:
    """Staff note what a guardian wants. `children`, by their numbers, for ORDER; with their weights for WEIGHTS."""

    organisation: OrganisationId
    guardian: Msisdn
    split: Split
    actor: Actor
    children: tuple[tuple[str, int], ...] = ()


def set_split(tx: Tx, wish: SetSplit) -> FamilyRule:
    """From the next payment on. Raises `NotFound` for who is no guardian here, or no child of theirs."""
    require_for(tx, wish.actor, Action.AGREE, wish.organisation, what="organisation", name="")
    contact = _contact(tx, wish.organisation, wish.guardian)
    needs_children = wish.split in (Split.ORDER, Split.WEIGHTS)
    if needs_children != bool(wish.children) or any(weight < 1 for _, weight in wish.children):
        raise NotPossible("children are named for an order or for weights, each weight from 1")
    mine = people.accounts_of(tx, [contact]).get(contact, [])
    named = tuple((_child(tx, wish.organisation, number, mine), weight) for number, weight in wish.children)
    if len(dict(named)) < len(named):
        raise NotPossible("each child once")
    rule = FamilyRule(wish.split, named)
    _choose(tx, wish.organisation, contact, rule, wish.actor)
    return rule


def _child(tx: Tx, organisation: OrganisationId, number: str, mine: list[CustomerAccountId]) -> CustomerAccountId:
    student = school.student_named(tx, organisation, number)
    if student is None or student.account not in mine:
        raise NotFound("student", number)
    return student.account


def _contact(tx: Tx, organisation: OrganisationId, phone: Msisdn) -> ContactId:
    for known in people.recognise(tx, [phone]).get(phone, []):
        if known.organisation == organisation:
            return known.contact
    raise NotFound("guardian", phone.masked)


def _choose(tx: Tx, organisation: OrganisationId, contact: ContactId, rule: FamilyRule, actor: Actor) -> None:
    before = store.rules_of(tx, [contact]).get(contact)
    store.choose(tx, organisation, contact, rule)
    if rule != before:
        was = before.split.value if before else None
        note_of(tx, actor, organisation, "split_chosen", "contact", contact, before=was, after=rule.split.value)
