"""What the lenders of the town lend, to whom, and what their paper books already held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from core.approvals import ApprovalId, Verdict
from core.ids import OrganisationId
from core.loans.products import (
    EarlySettlement,
    Fee,
    FeeTaken,
    Given,
    LimitRule,
    Method,
    Part,
    PenaltyRule,
    Product,
)
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.ports import Random
from sandbox.demo import Simulators, open_lender
from sandbox.lender import BODA, MANAGER, OFFICERS, kes
from sandbox.school import Guardian
from simulation.office import DECIDERS, ONE_IS_ENOUGH
from simulation.people import Person, temper_of
from simulation.places import Lender
from storage import organisations
from storage.organisations import TierSetting
from usecases.app import App
from usecases.approvals import Decide
from usecases.deciding import decide
from usecases.loans.giving import GiveByHand, give_by_hand
from usecases.loans.lending import Apply, SetProduct, apply, set_product
from usecases.loans.telling import TellDue, tell_due
from usecases.pulling import RegisterPull, pull_registered

BY_CODE = 2_500
"""Above so many shillings whoever says the last yes to a loan shows a code; above `ONE_IS_ENOUGH` it takes two people."""
_KNOWN = 5
"""So many borrowers stand in the paper books; the others are new."""
CAPITAL = "CAPITAL"
"""What a lender's owner types who pays money in."""
_OWNER = Msisdn("254700900030")
_FOUNDER = Actor(ActorKind.OPERATOR, "founder", "simulation")

WEEKLY = replace(
    BODA,
    least_minor=500_00,
    terms=(2, 4),
    limit=LimitRule(first_minor=9_000_00, late_days=20),
    given=Given.PHONE,
    penalty=PenaltyRule(millionths=50_000, grace_days=1, every_days=2, most_millionths=250_000),
)
FALLING = replace(
    WEEKLY,
    code="STOCK",
    name="Stock loan",
    method=Method.DECLINING,
    terms=(1, 3),
    round_to_minor=1,
    order=(Part.INTEREST, Part.PENALTY, Part.PRINCIPAL),
    penalty=PenaltyRule(fixed_minor=40_00, grace_days=0),
    fee=Fee(fixed_minor=100_00, taken=FeeTaken.FINANCED),
)
WHOLE = replace(WEEKLY, code="FARM", name="Farm loan", early=EarlySettlement.ALL_INTEREST, fee=Fee())
PRODUCTS: tuple[Product, ...] = (WEEKLY, FALLING, WHOLE)


def borrowers_of(plan: Lender, random: Random) -> list[Person]:
    """Everybody who may borrow there, each with a temper."""
    return [Person(family.guardians[0], family, plan, temper_of(random)) for family in plan.families]


async def opened(app: App, plan: Lender) -> dict[Msisdn, str]:
    """Bring the lender into the books with what it lends; the numbers of the loans of its paper books, by phone."""
    deciders = tuple(sorted(DECIDERS, key=lambda role: role.value))
    tiers = (TierSetting(1, deciders, ONE_IS_ENOUGH), TierSetting(2, deciders))
    organisation = await open_lender(app, plan, tiers=tiers, code_above=BY_CODE)
    account = await app.read(organisations.main_account, organisation)
    assert account is not None, "it was set up with one"
    await app.write(pull_registered, RegisterPull(account.id, _FOUNDER))
    for product in PRODUCTS:  # whoever stands in the paper books came for cash
        await app.write(set_product, SetProduct(organisation, replace(product, given=Given.HAND), _FOUNDER))
    found: dict[Msisdn, str] = {}
    today = app.clock.now().astimezone(ZoneInfo(plan.time_zone)).date()
    for nth, family in enumerate(plan.families[:_KNOWN]):
        owner, on = family.guardians[0], today - timedelta(days=2 + 3 * nth)
        found[owner.msisdn] = await _taken_over(app, organisation, owner, nth, on)
    await app.write(tell_due, TellDue(organisation))
    for product in PRODUCTS:
        await app.write(set_product, SetProduct(organisation, product, _FOUNDER))
    return found


async def _taken_over(app: App, organisation: OrganisationId, owner: Guardian, nth: int, on: date) -> str:
    """A loan that was given from the cash box on that day. Nothing of it is paid yet."""
    staff = {member.name: member for member in await app.read(organisations.staff_of, organisation)}

    def acts(name: str, role: Role) -> Actor:
        return Actor(ActorKind.STAFF, staff[name].id.hex, "paper", role)

    officer, boss = acts(OFFICERS[nth % 2][0], Role.LOAN_OFFICER), acts(MANAGER[0], Role.MANAGER)
    product, asked = PRODUCTS[nth % len(PRODUCTS)], kes(700 + 400 * nth)
    wish = Apply(organisation, product.code, asked, product.terms[-1], owner.msisdn, officer, owner.name, on=on)
    applied = await app.write(apply, wish)
    await app.write(decide, Decide(ApprovalId(applied.approval), Verdict.APPROVE, boss))
    await app.write(give_by_hand, GiveByHand(organisation, applied.number, boss, on))
    return applied.number


async def put_in(pretend: Simulators, plan: Lender) -> None:
    """The lender's owner pays into its paybill what is to be lent: nobody's debt, so it waits for its owner in the books."""
    await pretend.phones.paybill(_OWNER, plan.shortcode, CAPITAL, "150000")
