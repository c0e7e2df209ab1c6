"""Setting an organisation up: itself, its accounts at providers, its service codes and its staff. Safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace

from core.application import DEFAULT_ORDER, Rules, Strategy, default_rules
from core.approvals import CHECKERS, ApprovalPolicy, Tier
from core.errors import NotFound
from core.ids import OrganisationId, ProviderAccountId, StaffId
from core.ledger import equity_opening, income, suspense
from core.money import Currency, Money
from core.organisations import COUNTRIES, GATEWAYS, Kind, Limits, Policy, ProviderAccount
from core.permissions import Action, Actor, Role, require
from core.phones import Msisdn
from core.preferences import NIGHT, QuietHours
from storage import audit, ledger, organisations
from storage.audit import Change
from storage.organisations import Organisation, Settings, StaffMember, TierSetting
from storage.tx import Tx
from usecases.noting import note_of
from usecases.registration import SWITCHED

SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class ProviderAccountEntry:
    """An account at a provider. `hook_key` is the unguessable part of its callback URLs, made at the edge; a known account keeps
    the one that it has. An `environment` that is None stays as it is: at first, the sandbox."""

    provider: str
    shortcode: str
    environment: str | None
    hook_key: str
    credentials: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaffEntry:
    name: str
    role: Role
    msisdn: Msisdn


@dataclass(frozen=True, slots=True)
class SetUp:
    """One organisation as its set-up file describes it. Limits are in whole shillings or francs."""

    slug: str
    name: str
    kinds: tuple[Kind, ...]
    country: str
    language: str
    service_codes: tuple[str, ...]
    providers: tuple[ProviderAccountEntry, ...]
    actor: Actor
    staff: tuple[StaffEntry, ...] = ()
    least: int = 1
    most: int = 250_000
    strategies: tuple[Strategy, ...] = DEFAULT_ORDER
    tolerance_minor: int | None = None
    """None takes the currency's default."""
    strict_references: bool = False
    quiet: QuietHours = NIGHT
    """When nobody is written to, but for security and for answers to what they just wrote."""
    tiers: tuple[TierSetting, ...] | None = None
    """Who must approve what; an empty tuple takes the default (`core.approvals.default_tiers`), None leaves it as it is."""
    code_above: int | None = None
    """Above this amount whoever pays out proves themselves with a one-time code (OUT-4); None leaves it as it is."""
    approval_hours: int | None = None


def set_up(tx: Tx, wish: SetUp) -> OrganisationId:
    """Add the organisation, or bring what is there in line with the file. Nothing that money rests on is removed, and nobody's
    right is given back: see `_add_staff`; who approves changes where the file says it, and the trail tells from what."""
    require(wish.actor, Action.SETUP)
    country = COUNTRIES[wish.country]
    known = organisations.by_slug(tx, wish.slug)
    id_ = known.id if known else OrganisationId(tx.new_id())
    unit = country.currency.unit
    default = default_rules(country.currency)
    rules = Rules(wish.strategies, default.tolerance_minor if wish.tolerance_minor is None else wish.tolerance_minor)
    if unfit := [strategy.value for strategy in rules.order if strategy not in DEFAULT_ORDER]:
        raise NotFound("strategy", unfit[0])
    policy_before = organisations.approval_policy(tx, id_) if known else None
    settings = Settings(
        least_minor=wish.least * unit,
        most_minor=wish.most * unit,
        strategies=rules.order,
        tolerance_minor=rules.tolerance_minor,
        strict_references=wish.strict_references,
        quiet_from=wish.quiet.begins,
        quiet_until=wish.quiet.ends,
        receipts_at_night=wish.quiet.account_passes,
    )
    settings = _with_approvals(settings, organisations.settings_of(tx, id_) if known else settings, wish, unit)
    organisations.add_organisation(
        tx,
        Organisation(
            id=id_,
            slug=wish.slug,
            name=wish.name,
            kinds=tuple(kind.value for kind in wish.kinds),
            country=wish.country,
            currency=country.currency,
            time_zone=country.time_zone,
            language=wish.language,
        ),
        settings,
    )
    ledger.open_accounts(
        tx,
        [
            suspense(id_, country.currency),
            equity_opening(id_, country.currency),
            income(id_, "fees", country.currency),
        ],
    )
    limits = Limits(Money(settings.least_minor, country.currency), Money(settings.most_minor, country.currency))
    policy = Policy(rules, limits, wish.strict_references)
    for entry in wish.providers:
        there = organisations.account_named(tx, id_, entry.provider, entry.shortcode, lock=True)
        environment, entered_for = _environment(tx, entry, there)
        credentials = entry.credentials if entered_for else {}
        account = ProviderAccount(
            id=there.id if there else ProviderAccountId(tx.new_id()),
            organisation=id_,
            organisation_name=wish.name,
            provider=entry.provider,
            environment=environment,
            shortcode=entry.shortcode,
            currency=country.currency,
            time_zone=country.time_zone,
            policy=policy,
        )
        organisations.save_provider_account(
            tx,
            account,
            entered_for=entered_for or environment,
            credentials=credentials,
            settings=entry.settings,
            hook_key=entry.hook_key,
        )
        if there is not None and there.environment != environment:
            note_of(
                tx,
                wish.actor,
                id_,
                "environment_set",
                "provider_account",
                there.id,
                before=there.environment,
                after=environment,
                reason=entry.shortcode,
            )
        if account.provider not in GATEWAYS:
            ledger.open_accounts(tx, [account.float_account])
    organisations.set_service_codes(tx, id_, wish.service_codes)
    _add_staff(tx, id_, wish.staff, wish.actor)
    if policy_before is not None and (now := organisations.approval_policy(tx, id_)) != policy_before:
        before, after = (spelt(policy, country.currency) for policy in (policy_before, now))
        note_of(tx, wish.actor, id_, "approvals_set", "organisation", id_, before=before, after=after)
    sequence = audit.next_sequence(tx, id_)
    audit.record(tx, [(Change(id_, "set_up", "organisation", id_, sequence, None, None, wish.slug), wish.actor)])
    return id_


def _environment(tx: Tx, entry: ProviderAccountEntry, there: ProviderAccount | None) -> tuple[str, str | None]:
    """Which of the provider's houses the account speaks to, and whose the file's credentials are: None when nobody can tell. A
    file knows nothing of what was switched by hand since: from then on only a hand switches it."""
    if there is None:
        return (entry.environment or SANDBOX,) * 2
    if was_switched_by_hand(tx, there):
        return there.environment, entry.environment
    return (entry.environment or there.environment,) * 2


def was_switched_by_hand(tx: Tx, account: ProviderAccount) -> bool:
    """Has anybody but a set-up ever chosen which of the provider's houses it speaks to?"""
    return any(row.change.action == SWITCHED for row in audit.history(tx, account.id))


def _with_approvals(settings: Settings, kept: Settings, wish: SetUp, unit: int) -> Settings:
    """With who must say yes as the file has it; what it does not say stays as it is."""
    return replace(
        settings,
        tiers=kept.tiers if wish.tiers is None else wish.tiers,
        code_above_minor=kept.code_above_minor if wish.code_above is None else wish.code_above * unit,
        approval_hours=kept.approval_hours if wish.approval_hours is None else wish.approval_hours,
    )


def _add_staff(tx: Tx, organisation: OrganisationId, staff: Sequence[StaffEntry], actor: Actor) -> None:
    """Whose phone is nobody's here and never was. A file knows nothing of roles that were taken away since, or of people who
    left: whoever is known stays as they are, and is changed by an admin."""
    known = {one.msisdn for one in organisations.staff_of(tx, organisation)}
    for one in staff:
        if one.msisdn not in known:
            known.add(one.msisdn)
            member = StaffMember(StaffId(tx.new_id()), organisation, one.name, one.role, one.msisdn)
            organisations.add_staff(tx, member)
            note_of(tx, actor, organisation, "staff_added", "staff", member.id, after=one.role.value)


def spelt(policy: ApprovalPolicy, currency: Currency) -> str:
    """Who must say yes to what, as the trail and the operator read it; sums in whole shillings or francs. `any` of those who
    decide where nothing else is said."""
    by_kind: dict[str, list[str]] = {}
    for tier in policy.tiers:
        by_kind.setdefault(tier.kind.value if tier.kind else "all", []).append(_spelt(tier, currency.unit))
    kinds = [f"{kind}: {', '.join(tiers)}" for kind, tiers in by_kind.items()]
    hours = policy.lasts // timedelta(hours=1)
    return "; ".join([*kinds, f"code above {policy.code_above // currency.unit}", f"{hours} h"])


def _spelt(tier: Tier, unit: int) -> str:
    up_to = "" if tier.up_to is None else f" up to {tier.up_to // unit}"
    of = "any" if tier.roles == CHECKERS else "/".join(sorted(role.value for role in tier.roles))
    return f"{tier.people} of {of}{up_to}"
