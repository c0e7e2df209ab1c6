"""Setting an organisation up: itself, its accounts at providers, its service codes and its staff. Safe to repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.application import DEFAULT_ORDER, Rules, Strategy, default_rules
from core.errors import NotFound
from core.ids import OrganisationId, ProviderAccountId, StaffId
from core.ledger import equity_opening, income, suspense
from core.money import Money
from core.organisations import COUNTRIES, GATEWAYS, Kind, Limits, Policy, ProviderAccount
from core.permissions import Action, Actor, Role, require
from core.phones import Msisdn
from core.preferences import NIGHT, QuietHours
from storage import audit, ledger, organisations
from storage.audit import Change
from storage.organisations import Organisation, Settings, StaffMember, TierSetting
from storage.tx import Tx


@dataclass(frozen=True, slots=True)
class ProviderAccountEntry:
    """An account at a provider. `hook_key` is the unguessable part of its callback URLs: made at the edge, kept for ever."""

    provider: str
    shortcode: str
    environment: str
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
    tiers: tuple[TierSetting, ...] = ()
    """Who must approve what; none takes the default (`core.approvals.default_tiers`)."""
    code_above: int = 0
    """Above this amount whoever pays out proves themselves with a one-time code (OUT-4)."""
    approval_hours: int = 72


def set_up(tx: Tx, wish: SetUp) -> OrganisationId:
    """Add the organisation, or bring what is there in line with the file. Nothing that money rests on is removed."""
    require(wish.actor, Action.SETUP)
    country = COUNTRIES[wish.country]
    known = organisations.by_slug(tx, wish.slug)
    id_ = known.id if known else OrganisationId(tx.new_id())
    unit = country.currency.unit
    default = default_rules(country.currency)
    rules = Rules(wish.strategies, default.tolerance_minor if wish.tolerance_minor is None else wish.tolerance_minor)
    if unfit := [strategy.value for strategy in rules.order if strategy not in DEFAULT_ORDER]:
        raise NotFound("strategy", unfit[0])
    settings = Settings(
        least_minor=wish.least * unit,
        most_minor=wish.most * unit,
        strategies=rules.order,
        tolerance_minor=rules.tolerance_minor,
        strict_references=wish.strict_references,
        quiet_from=wish.quiet.begins,
        quiet_until=wish.quiet.ends,
        receipts_at_night=wish.quiet.account_passes,
        tiers=wish.tiers,
        code_above_minor=wish.code_above * unit,
        approval_hours=wish.approval_hours,
    )
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
        account = ProviderAccount(
            id=ProviderAccountId(tx.new_id()),
            organisation=id_,
            organisation_name=wish.name,
            provider=entry.provider,
            environment=entry.environment,
            shortcode=entry.shortcode,
            currency=country.currency,
            time_zone=country.time_zone,
            policy=policy,
        )
        organisations.save_provider_account(
            tx, account, credentials=entry.credentials, settings=entry.settings, hook_key=entry.hook_key
        )
        if account.provider not in GATEWAYS:
            ledger.open_accounts(tx, [account.float_account])
    organisations.set_service_codes(tx, id_, wish.service_codes)
    _add_staff(tx, id_, wish.staff)
    sequence = audit.next_sequence(tx, id_)
    audit.record(tx, [(Change(id_, "set_up", "organisation", id_, sequence, None, None, wish.slug), wish.actor)])
    return id_


def _add_staff(tx: Tx, organisation: OrganisationId, staff: Sequence[StaffEntry]) -> None:
    """Whose phone is nobody's here and never was. A file knows nothing of roles that were taken away since, or of people who
    left: whoever is known stays as they are, and is changed by an admin."""
    known = {one.msisdn for one in organisations.staff_of(tx, organisation)}
    for one in staff:
        if one.msisdn not in known:
            known.add(one.msisdn)
            member = StaffMember(StaffId(tx.new_id()), organisation, one.name, one.role, one.msisdn)
            organisations.add_staff(tx, member)
