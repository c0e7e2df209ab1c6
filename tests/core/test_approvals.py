"""Nothing is approved without enough different people who may, whatever anybody does in whatever order (OUT-3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import approvals as rules
from core.approvals import (
    CHECKERS,
    NEXT,
    OPEN,
    Approval,
    ApprovalId,
    ApprovalOver,
    ApprovalPolicy,
    Content,
    ContentChanged,
    ContentHash,
    Decision,
    Mark,
    Obstacle,
    Person,
    Requirement,
    State,
    Subject,
    SubjectKind,
    Tier,
    Verdict,
    content_hash,
    default_tiers,
    one_person,
    refusal,
)
from core.errors import Bug, DomainError
from core.ids import OrganisationId, StaffId
from core.money import Currency, Money
from core.permissions import Role

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
OFFICE = OrganisationId(UUID(int=9))


def mark(text: str) -> Mark:
    return Mark(text.encode())


def staff(number: int, role: Role, *marks: str) -> Person:
    return Person(StaffId(UUID(int=number)), role, frozenset(map(mark, marks)))


RUTH = staff(1, Role.MANAGER, "phone 1", "telegram 1")
RUTH_AGAIN = staff(2, Role.CFO, "phone 2", "telegram 1")
PAID = staff(3, Role.MANAGER, "phone 3")
AMINA = staff(4, Role.TREASURER, "phone 4")
CASHIER = staff(5, Role.CASHIER, "phone 5")
PEOPLE = (RUTH, RUTH_AGAIN, PAID, AMINA, CASHIER)
BRIAN = staff(6, Role.CFO, "phone 6")
HUMAN = {RUTH.staff: "ruth", RUTH_AGAIN.staff: "ruth", PAID.staff: "paid", AMINA.staff: "amina", CASHIER.staff: "cash"}


def content(subject: int = 1, shillings: int = 500, **facts: str) -> Content:
    money = Money(shillings * 100, Currency.KES)
    return Content(OFFICE, Subject(SubjectKind.REFUND, UUID(int=subject)), money, {"payee": "254712345678", **facts})


def asked(
    of: Content | None = None,
    *,
    people: int = 1,
    by: Person | None = None,
    payee: Person | None = None,
    id_: int = 1,
    code: bool = True,
) -> Approval:
    own = by.marks if by else frozenset({mark("a customer")})
    return Approval(
        id=ApprovalId(UUID(int=id_)),
        organisation=OFFICE,
        subject=(of or content()).subject,
        content=(of or content()).hash,
        requirement=Requirement(people, CHECKERS, code),
        requester=by.staff if by else None,
        interested=own | (payee.marks if payee else frozenset()),
        requested_at=NOW,
        expires_at=NOW + timedelta(hours=72),
        own=own,
    )


def says(approval: Approval, person: Person, verdict: Verdict = Verdict.APPROVE, *, at: datetime = NOW) -> Approval:
    return rules.decided(approval, Decision(person, verdict, "", at), seen=approval.content)


# --- what is approved ---------------------------------------------------------------------------------------------------

_texts = st.text(max_size=8)
_facts = st.dictionaries(_texts, _texts, max_size=4)
_contents = st.builds(
    Content,
    organisation=st.sampled_from([OFFICE, OrganisationId(UUID(int=8))]),
    subject=st.builds(Subject, st.sampled_from(SubjectKind), st.sampled_from([UUID(int=1), UUID(int=2)])),
    amount=st.none() | st.builds(Money, st.integers(0, 300), st.sampled_from(Currency)),
    facts=_facts,
)


@given(_contents, _contents)
def test_two_contents_have_one_hash_only_when_they_are_the_same(one: Content, other: Content) -> None:
    assert (content_hash(one) == content_hash(other)) == (one == other)


@given(_facts)
def test_the_order_in_which_facts_are_told_does_not_matter(facts: dict[str, str]) -> None:
    backwards = dict(reversed(facts.items()))

    assert replace(content(), facts=facts).hash == replace(content(), facts=backwards).hash


@given(_facts, st.data())
def test_any_fact_that_changes_changes_the_hash(facts: dict[str, str], data: st.DataObject) -> None:
    before = replace(content(), facts={"payee": "254712345678", **facts})
    name = data.draw(st.sampled_from(sorted(before.facts)))

    after = replace(before, facts={**before.facts, name: before.facts[name] + "x"})

    assert after.hash != before.hash


# --- who is who ---------------------------------------------------------------------------------------------------------


def test_accounts_that_share_a_mark_are_one_person_also_through_a_third() -> None:
    accounts = [frozenset(map(mark, marks)) for marks in ({"p1", "t1"}, {"p2", "t1", "t2"}, {"p3", "t2"}, {"p4"})]

    assert one_person(accounts[0], accounts) == frozenset(map(mark, {"p1", "p2", "p3", "t1", "t2"}))
    assert one_person([mark("p4")], accounts) == {mark("p4")}
    assert one_person([mark("a stranger")], accounts) == {mark("a stranger")}


# --- how many, of which roles -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, shillings, people, roles",
    [
        (SubjectKind.REFUND, 1, 1, CHECKERS),
        (SubjectKind.REFUND, 50_000, 1, CHECKERS),
        (SubjectKind.REFUND, 50_001, 2, CHECKERS),
        (SubjectKind.PAYOUT, None, 2, CHECKERS),
        (SubjectKind.VARIANCE, 1, 1, {Role.CFO}),
        (SubjectKind.VARIANCE, None, 1, {Role.CFO}),
    ],
)
def test_the_amount_says_how_many(kind: SubjectKind, shillings: int | None, people: int, roles: set[Role]) -> None:
    policy = ApprovalPolicy(default_tiers(100))

    asked_for = policy.requires(kind, None if shillings is None else Money(shillings * 100, Currency.KES))

    assert (asked_for.people, asked_for.roles, asked_for.code) == (people, frozenset(roles), True)


def test_a_code_is_waived_up_to_the_limit_that_an_admin_set() -> None:
    policy = ApprovalPolicy(default_tiers(100), code_above=100_000)

    needs = [policy.requires(SubjectKind.REFUND, Money(minor, Currency.KES)).code for minor in (1, 100_000, 100_001)]

    assert needs == [False, False, True]
    assert policy.requires(SubjectKind.REFUND, None).code


@given(st.lists(st.integers(1, 10**9), unique=True, max_size=5), st.integers(1, 2 * 10**9))
def test_more_money_never_falls_into_a_lower_tier(limits: list[int], minor: int) -> None:
    tiers = tuple(Tier(limit, number + 1, CHECKERS) for number, limit in enumerate(sorted(limits)))
    policy = ApprovalPolicy((Tier(None, len(limits) + 1, CHECKERS), *reversed(tiers)))

    people = [policy.requires(SubjectKind.REFUND, Money(each, Currency.KES)).people for each in (minor, minor + 1)]

    assert people == sorted(people)


def test_nobody_is_no_checker_and_the_highest_amount_has_a_tier() -> None:
    with pytest.raises(Bug):
        Requirement(0, CHECKERS)
    with pytest.raises(Bug):
        Requirement(1, frozenset())
    with pytest.raises(Bug):
        ApprovalPolicy((Tier(1, 1, CHECKERS),)).requires(SubjectKind.REFUND, Money(2, Currency.KES))


# --- one by one ---------------------------------------------------------------------------------------------------------


def test_one_yes_is_enough_where_one_is_asked_for_and_then_it_is_carried_out_once() -> None:
    approved = says(asked(), AMINA)
    done = rules.executed(approved, AMINA, seen=approved.content, has_code=True, now=NOW)

    assert (approved.state, approved.yes, approved.missing) == (State.APPROVED, 1, 0)
    assert (done.state, done.executor, done.version) == (State.EXECUTED, AMINA.staff, 3)
    with pytest.raises(ApprovalOver):
        rules.executed(done, AMINA, seen=done.content, has_code=True, now=NOW)


def test_one_no_ends_it() -> None:
    refused = says(says(asked(people=2), AMINA), BRIAN, Verdict.REJECT)

    assert refused.state is State.REJECTED
    assert rules.to_decide(refused, PAID, now=NOW) is Obstacle.OVER


@pytest.mark.parametrize(
    "approval, person, obstacle",
    [
        (asked(by=RUTH), RUTH, Obstacle.OWN_REQUEST),
        (asked(by=RUTH), RUTH_AGAIN, Obstacle.OWN_REQUEST),
        (asked(payee=PAID), PAID, Obstacle.OWN_MONEY),
        (asked(), CASHIER, Obstacle.NOT_ENTITLED),
        (asked(), replace(AMINA, is_disabled=True), Obstacle.NOT_ENTITLED),
        (says(asked(people=2), RUTH), RUTH_AGAIN, Obstacle.DECIDED_BEFORE),
        (says(asked(people=2), RUTH), RUTH, Obstacle.DECIDED_BEFORE),
        (says(asked(), RUTH), AMINA, Obstacle.OVER),
        (replace(asked(), state=State.EXPIRED), AMINA, Obstacle.EXPIRED),
        (replace(asked(), expires_at=NOW), AMINA, Obstacle.EXPIRED),
        (replace(asked(), state=State.VOID), AMINA, Obstacle.CONTENT_CHANGED),
        (asked(), AMINA, None),
    ],
)
def test_why_not(approval: Approval, person: Person, obstacle: Obstacle | None) -> None:
    assert rules.to_decide(approval, person, now=NOW) is obstacle


@pytest.mark.parametrize(
    "approval, person, has_code, obstacle",
    [
        (asked(), AMINA, True, Obstacle.NOT_APPROVED),
        (says(asked(), AMINA), AMINA, False, Obstacle.CODE_MISSING),
        (says(asked(code=False), AMINA), AMINA, False, None),
        (says(asked(by=RUTH), AMINA), RUTH, True, Obstacle.OWN_REQUEST),
        (says(asked(payee=PAID), AMINA), PAID, True, Obstacle.OWN_MONEY),
        (replace(says(asked(), AMINA), expires_at=NOW), AMINA, True, Obstacle.EXPIRED),
        (replace(asked(), expires_at=NOW), AMINA, True, Obstacle.OVER),
    ],
)
def test_why_it_is_not_carried_out(
    approval: Approval, person: Person, has_code: bool, obstacle: Obstacle | None
) -> None:
    assert rules.to_execute(approval, person, now=NOW, has_code=has_code) is obstacle


@pytest.mark.parametrize(
    "approval, person, obstacle",
    [
        (asked(by=RUTH), RUTH, None),
        (asked(by=RUTH), RUTH_AGAIN, None),
        (asked(by=RUTH), AMINA, Obstacle.NOT_ENTITLED),
        (says(asked(by=RUTH), AMINA), RUTH, None),
        (says(asked(by=RUTH), AMINA, Verdict.REJECT), RUTH, Obstacle.OVER),
        (replace(asked(by=RUTH), expires_at=NOW), RUTH, Obstacle.EXPIRED),
    ],
)
def test_only_who_asked_takes_it_back(approval: Approval, person: Person, obstacle: Obstacle | None) -> None:
    assert rules.to_withdraw(approval, person, now=NOW) is obstacle


def test_what_was_shown_must_be_what_is_approved() -> None:
    other = content(payee="254700000000").hash

    with pytest.raises(ContentChanged):
        rules.decided(asked(), Decision(AMINA, Verdict.APPROVE, "", NOW), seen=other)
    with pytest.raises(ContentChanged):
        rules.executed(says(asked(), AMINA), AMINA, seen=other, has_code=True, now=NOW)


@pytest.mark.parametrize("state", State)
def test_what_is_over_never_begins_again(state: State) -> None:
    assert all(following not in OPEN or state is State.PENDING for following in NEXT[state])
    for end in (State.WITHDRAWN, State.EXPIRED, State.VOID):
        if state in OPEN:
            assert rules.ended(replace(asked(), state=state), end).state is end
        else:
            with pytest.raises(ApprovalOver):
                rules.ended(replace(asked(), state=state), end)


@pytest.mark.parametrize("obstacle", Obstacle)
def test_every_obstacle_has_words(obstacle: Obstacle) -> None:
    assert refusal(obstacle, asked(people=2), by="Amina").code


# --- all paths ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Office:
    """Two requests, whether what each asks for was changed since, and the hour."""

    one: Approval
    other: Approval
    changed: tuple[bool, bool] = (False, False)
    late: bool = False

    @property
    def now(self) -> datetime:
        return NOW + timedelta(hours=73 if self.late else 1)

    def at(self, which: int) -> Approval:
        return (self.one, self.other)[which]

    def seen(self, which: int) -> ContentHash:
        """What is there now."""
        return content(which + 1, payee="another").hash if self.changed[which] else content(which + 1).hash

    def put(self, which: int, approval: Approval) -> Office:
        return replace(self, other=approval) if which else replace(self, one=approval)


Event = Callable[[Office], Office]


def _events() -> Iterator[Event]:
    def decide(office: Office, which: int, person: Person, verdict: Verdict) -> Office:
        decision = Decision(person, verdict, "", office.now)
        return office.put(which, rules.decided(office.at(which), decision, seen=office.seen(which)))

    def execute(office: Office, which: int, person: Person, code: tuple[int, Person] | None) -> Office:
        """A code is good for one request and one person: another's, or another request's, proves nothing."""
        has_code = code == (which, person)
        after = rules.executed(office.at(which), person, seen=office.seen(which), has_code=has_code, now=office.now)
        assert has_code
        return office.put(which, after)

    def withdraw(office: Office, which: int, person: Person) -> Office:
        obstacle = rules.to_withdraw(office.at(which), person, now=office.now)
        if obstacle:
            raise refusal(obstacle, office.at(which))
        return office.put(which, rules.ended(office.at(which), State.WITHDRAWN))

    for which, person in product((0, 1), PEOPLE):
        for verdict in Verdict:
            yield lambda office, a=which, p=person, v=verdict: decide(office, a, p, v)  # type: ignore[misc]
        for code in (None, (0, person), (1, person), (which, AMINA)):
            yield lambda office, a=which, p=person, c=code: execute(office, a, p, c)  # type: ignore[misc]
        yield lambda office, a=which, p=person: withdraw(office, a, p)  # type: ignore[misc]
    for which in (0, 1):
        yield lambda office, a=which: replace(  # type: ignore[misc]
            office, changed=(office.changed[0] or not a, office.changed[1] or bool(a))
        )
        yield lambda office, a=which: office.put(a, rules.ended(office.at(a), State.VOID))  # type: ignore[misc]
    yield lambda office: replace(office, late=True)


def _is_proper(office: Office, which: int) -> bool:
    """Told once more, by who the people really are."""
    approval = office.at(which)
    makers = {"ruth"} if which == 0 else {"paid"}
    yes = [HUMAN[each.person.staff] for each in approval.decisions if each.verdict is Verdict.APPROVE]
    may = all(each.person.role in CHECKERS for each in approval.decisions)
    enough = len(set(yes)) == len(yes) >= approval.requirement.people and not makers & set(yes)
    if approval.state is State.EXECUTED:
        assert approval.executor is not None
        return enough and may and HUMAN[approval.executor] not in makers
    return (enough and may) or approval.state is not State.APPROVED


def test_no_path_of_six_events_leads_past_the_people_who_must_agree() -> None:
    begin = Office(asked(content(1), people=2, by=RUTH), asked(content(2), payee=PAID, id_=2))
    events, known, edge = list(_events()), {begin}, [begin]

    for _ in range(6):
        found = []
        for office, event in product(edge, events):
            try:
                after = event(office)
            except DomainError:
                continue
            if after not in known:
                assert _is_proper(after, 0)
                assert _is_proper(after, 1)
                known.add(after)
                found.append(after)
        edge = found

    states = {(office.one.state, office.other.state) for office in known}
    assert (State.EXECUTED, State.EXECUTED) in states  # it can be done properly, too
