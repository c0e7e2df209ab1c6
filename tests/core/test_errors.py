"""Refusals carry facts; doors turn them into words."""

import pytest

from core.errors import Bug, DomainError, IntentReused, KaraniError, NotFound, NotPermitted, Overloaded, Unavailable


@pytest.mark.parametrize(
    "refusal, said",
    [
        (NotPermitted("reallocate"), "not_permitted(action=reallocate)"),
        (NotFound("student", "KV9999"), "not_found(what=student, name=KV9999)"),
        (Overloaded(), "overloaded()"),
        (IntentReused("sms:77"), "intent_reused(intent=sms:77)"),
    ],
)
def test_a_refusal_says_its_code_and_its_facts(refusal: DomainError, said: str) -> None:
    assert str(refusal) == said


def test_an_outage_says_who_is_down_and_whether_something_may_have_happened() -> None:
    refused = Unavailable("mpesa", "connection refused")
    unknown = Unavailable("mpesa", "read timeout", retry_after_s=5, sent=True)

    assert str(refused) == "mpesa: connection refused"
    assert (refused.sent, unknown.sent) == (False, True)


def test_there_are_three_families_by_who_can_act() -> None:
    families = (DomainError, Unavailable, Bug)

    assert all(issubclass(family, KaraniError) for family in families)
    assert not any(issubclass(one, other) for one in families for other in families if one is not other)


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in every(DomainError)]

    assert all(codes)
    assert len(codes) == len(set(codes))


def every(family: type[DomainError]) -> list[type[DomainError]]:
    ours = [kind for kind in family.__subclasses__() if kind.__module__.startswith("core.")]
    return [*ours, *(below for kind in ours for below in every(kind))]
