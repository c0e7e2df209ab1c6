"""Who may do what: the one table, as the auditor reads it."""

import itertools

import pytest

from core.errors import NotPermitted
from core.permissions import TABLE, Action, Actor, ActorKind, Role, require


def staff(role: Role | None) -> Actor:
    return Actor(ActorKind.STAFF, "wanjiku", "telegram", role)


def test_every_action_stands_in_the_table_and_somebody_may_do_it() -> None:
    assert set(TABLE) == set(Action)
    assert all(TABLE.values())


@pytest.mark.parametrize("role, action", list(itertools.product(Role, Action)))
def test_staff_may_do_what_their_role_allows_and_nothing_else(role: Role, action: Action) -> None:
    if role in TABLE[action]:
        require(staff(role), action)
        return

    with pytest.raises(NotPermitted) as refusal:
        require(staff(role), action)

    assert refusal.value.action == action.value


@pytest.mark.parametrize("action", Action)
def test_an_auditor_sees_and_changes_nothing(action: Action) -> None:
    looks = {
        Action.SEE_PAYMENTS,
        Action.EXPORT_PAYMENTS,
        Action.SEE_SUSPENSE,
        Action.SEE_SCHOOL,
        Action.SEE_TRAIL,
        Action.SEE_JOBS,
        Action.SEE_CALLBACKS,
        Action.SEE_FEES,
        Action.SEE_MESSAGES,
        Action.SEE_APPROVALS,
        Action.SEE_LOANS,
        Action.SEE_FUNDS,
    }

    assert (Role.AUDITOR in TABLE[action]) == (action in looks)


@pytest.mark.parametrize("action", Action)
def test_a_requester_touches_no_money_but_asks_for_it(action: Action) -> None:
    asks = {Action.SEE_FUNDS, Action.REQUEST_PAYMENT}

    assert (Role.REQUESTER in TABLE[action]) == (action in asks)


@pytest.mark.parametrize("action", Action)
def test_staff_without_a_role_customers_and_providers_may_do_nothing_of_the_staff(action: Action) -> None:
    for actor in (
        staff(None),
        Actor(ActorKind.PERSON, "contact", "ussd"),
        Actor(ActorKind.PERSON, "contact", "ussd", Role.ADMIN),
        Actor(ActorKind.PROVIDER, "mpesa", "hook"),
    ):
        with pytest.raises(NotPermitted):
            require(actor, action)


@pytest.mark.parametrize("action", Action)
def test_the_operator_and_the_scheduled_job_act_for_the_house(action: Action) -> None:
    require(Actor(ActorKind.OPERATOR, "root", "cli"), action)
    require(Actor(ActorKind.SYSTEM, "resolve_prompts", "job"), action)
