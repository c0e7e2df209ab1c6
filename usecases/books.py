"""What a batch of money news needs to know, looked up in a few queries; it advances while the batch is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.application import Ambiguous, CustomerAccount, Family, Payer, Target
from core.ids import ContactId, CustomerAccountId, OrganisationId, PaymentId, ProviderAccountId
from core.organisations import ProviderAccount
from core.payments import WAITING, MoneyArrived, Payment, Status
from core.phones import HashedMsisdn, MaskedMsisdn, Msisdn, NotAPhone, PayerPhone, hashed
from core.references import Ambiguous as SeveralMeant
from core.references import Reference, resolve
from core.splitting import BY_DEBT, FamilyRule
from storage import customer_accounts, people, splits
from storage import organisations as organisation_store
from storage import payments as payment_store
from storage.customer_accounts import Named, Standing
from storage.payments import Stored
from storage.people import Known
from storage.tx import Tx

JOINS_WITHIN = timedelta(hours=24)
"""How long after a prompt money may move, or be told, and still be taken for its answer."""
LOOKS_BACK = timedelta(days=100)
"""How old money may be and still be taken for a prompt's answer: a statement is imported within its term."""

ReceiptKey = tuple[OrganisationId, str, str]
"""(organisation, provider, receipt): what makes a coin one coin."""


@dataclass(slots=True)
class Books:
    """The part of the books that a batch touches."""

    provider_accounts: dict[ProviderAccountId, ProviderAccount]
    known: dict[ReceiptKey, Stored]
    prompts: dict[PaymentId, Stored]
    by_request: dict[tuple[ProviderAccountId, str], PaymentId]
    named: dict[tuple[OrganisationId, str], list[Named]]
    recognised: dict[PayerPhone, list[Known]]
    held_by: dict[ContactId, list[CustomerAccountId]]
    divided: dict[ContactId, FamilyRule]
    """How guardians of several children want a payment divided."""
    standings: dict[CustomerAccountId, Standing]
    accounts: dict[CustomerAccountId, CustomerAccount] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.accounts = {id_: standing.account for id_, standing in self.standings.items()}

    # --- which prompt asked for this money? ---

    def prompt_named(self, notice: MoneyArrived) -> Stored | None:
        """The prompt whose name at the provider the notice bears."""
        if notice.provider_request_id is None:
            return None
        id_ = self.by_request.get((notice.provider_account, notice.provider_request_id))
        return self.prompts[id_] if id_ else None

    def prompt_for(self, tx: Tx, notice: MoneyArrived) -> Stored | None:
        """The prompt that asked for this money: by its name, else one with the same sum, reference and phone, and of several the
        one that was on the phone when the money moved. May be one that is already paid: then this is a second coin for the same
        wish."""
        if not self.prompts:
            return None
        if (named := self.prompt_named(notice)) and named.payment.receipt is None:
            return named
        wanted = Reference.read(notice.reference).canonical
        alike = [
            stored
            for stored in self.prompts.values()
            if stored.payment.provider_account == notice.provider_account
            and _may_answer(tx, stored.payment, notice)
            and stored.payment.receipt is None
            and stored.payment.amount == notice.amount
            and stored.payment.status in _MAY_STILL_BE_PAID
            and _may_bear_its_name(stored.payment, notice, named)
            and (not wanted or Reference.read(stored.payment.reference).canonical == wanted)
            and _same_phone(tx, stored, notice.payer, certain=not wanted)
        ]
        return min(alike, key=lambda stored: _fitness(stored.payment, notice), default=named)

    def met(self, before: Stored, after: Stored) -> None:
        """The prompt is settled: nothing else in this batch may take it."""
        self.prompts[before.payment.id] = after

    # --- what does the reference mean, and who is paying? ---

    def target(self, notice: MoneyArrived) -> Target | Family | Ambiguous | None:
        """The account or item that the typed reference means; or the family, where it is a guardian's phone."""
        meant = self.named.get((notice.organisation, Reference.read(notice.reference).canonical))
        if not meant:
            return self._family(notice)
        found = resolve(notice.reference, [(named.exact, Target(named.account, named.item)) for named in meant])
        if isinstance(found, SeveralMeant):
            return Ambiguous()
        return found.candidate if found else None

    def _family(self, notice: MoneyArrived) -> Family | None:
        phone = _typed_phone(notice)
        contact = _contact_of(notice, self.recognised.get(phone, ())) if phone else None
        if contact is None:
            return None
        return Family(self._held(contact, notice), self.divided.get(contact, BY_DEBT))

    def _held(self, contact: ContactId, notice: MoneyArrived) -> tuple[CustomerAccountId, ...]:
        """A contact's accounts in the currency that arrived."""
        currency = notice.amount.currency
        return tuple(id_ for id_ in self.held_by.get(contact, ()) if self.standings[id_].currency is currency)

    def payer(self, notice: MoneyArrived) -> Payer | None:
        """Who pays, as far as the phone tells: one contact for a whole or hashed number; for a masked one only if exactly
        one contact fits its digits and bears the name that the provider sent."""
        seen = _recognised_as(notice, self.recognised)
        if seen is None:
            return None
        contact, certain = seen
        return Payer(contact, self._held(contact, notice), certain, self.divided.get(contact))

    def shown_reference(self, notice: MoneyArrived) -> str:
        """What was typed, cut to a sane length; a phone number typed as reference is shown masked (SEC-2)."""
        typed = " ".join(notice.reference.split())[:LONGEST_REFERENCE]
        phone = _typed_phone(notice)
        return phone.masked if phone else typed


LONGEST_REFERENCE = 40
_PHONE_DIGITS = 9


def _typed_phone(notice: MoneyArrived) -> Msisdn | None:
    """The phone number that was typed as reference."""
    if len(notice.reference) < _PHONE_DIGITS:
        return None
    typed = " ".join(notice.reference.split())[:LONGEST_REFERENCE]
    if sum([letter.isdigit() for letter in typed]) < _PHONE_DIGITS:
        return None
    try:
        return Msisdn.parse(typed)
    except NotAPhone:
        return None


def _contact_of(notice: MoneyArrived, known: Sequence[Known]) -> ContactId | None:
    """The one contact of this organisation who has a phone."""
    return next((one.contact for one in known if one.organisation == notice.organisation), None)


_MAY_STILL_BE_PAID = WAITING | {Status.EXPIRED}
ON_THE_PHONE = timedelta(minutes=5)
"""Longer than any phone shows a prompt: money that moved later was hardly asked for by it."""


def _fitness(prompt: Payment, notice: MoneyArrived) -> tuple[bool, bool, timedelta, PaymentId]:
    """The least fits best. Prompts of one sum and one reference may be split otherwise, and a phone shows one at a time: of
    those that it may have shown the newest was seen last. Where the clocks tell nothing, one that still waits comes before
    one that was given up."""
    on_the_phone = prompt.created_at <= notice.value_at <= prompt.created_at + ON_THE_PHONE
    apart = abs(notice.value_at - prompt.created_at)
    return not on_the_phone, prompt.status not in WAITING, apart, prompt.id


def _may_bear_its_name(prompt: Payment, notice: MoneyArrived, named: Stored | None) -> bool:
    """News that bears no name says nothing of it. A name that nobody knows is that of a prompt which has none yet. One whose
    prompt has its money already tells that this was another's: an equal prompt's, whose own is then here."""
    if notice.provider_request_id is None:
        return True
    if named is None:
        return prompt.provider_request_id is None
    return prompt.parts == named.payment.parts


def _may_answer(tx: Tx, prompt: Payment, notice: MoneyArrived) -> bool:
    """Was it asked for in the day before the money moved, or, whatever the provider's clock says, in the day before now?"""
    is_of_its_day = timedelta() <= notice.value_at - prompt.created_at <= JOINS_WITHIN
    return is_of_its_day or prompt.created_at >= tx.now - JOINS_WITHIN


def _asked_since(tx: Tx, notices: Sequence[MoneyArrived]) -> datetime:
    """The oldest prompt that any of them may answer. A time that nobody can mean does not make us read them all."""
    oldest = min([tx.now, *(notice.value_at for notice in notices)])
    return max(oldest, tx.now - LOOKS_BACK) - JOINS_WITHIN


def _recognised_as(
    notice: MoneyArrived, recognised: Mapping[PayerPhone, Sequence[Known]]
) -> tuple[ContactId, bool] | None:
    """The one contact of this organisation who may be meant, and whether that is certain."""
    if notice.payer is None:
        return None
    if not (everywhere := recognised.get(notice.payer)):
        return None
    found = [known for known in everywhere if known.organisation == notice.organisation]
    if isinstance(notice.payer, MaskedMsisdn):
        first = notice.payer_name.casefold().split()[:1]
        found = [known for known in found if first and first[0] in known.name.casefold().split()]
    contacts = {known.contact: known.certain for known in found}
    return next(iter(contacts.items())) if len(contacts) == 1 else None


def _same_phone(tx: Tx, stored: Stored, payer: PayerPhone | None, *, certain: bool) -> bool:
    """May the prompted phone be the one that paid? `certain` asks for the whole number: nothing else speaks for it."""
    if isinstance(payer, Msisdn):
        return stored.payer_index == people.msisdn_index(tx, payer)
    if certain or payer is None:
        return not certain
    asked = Msisdn(payment_store.open_payer(tx, stored.payer_sealed).msisdn)
    if isinstance(payer, HashedMsisdn):
        return hashed(asked) == payer
    return payer.may_be(asked)


def load_books(tx: Tx, notices: Sequence[MoneyArrived], *, lock: bool = True) -> Books:
    """Look up everything that these notices may touch. `lock` keeps other processes from the same accounts until commit."""
    keys = {key for notice in notices if (key := Reference.read(notice.reference).canonical)}
    asked = payment_store.by_requests(tx, [n.provider_request_id for n in notices if n.provider_request_id])
    unmet = payment_store.unmet_prompts(
        tx,
        reference_keys=keys,
        payer_indexes=[people.msisdn_index(tx, notice.payer) for notice in notices if isinstance(notice.payer, Msisdn)],
        since=_asked_since(tx, notices),
    )
    told = {notice.provider_account for notice in notices}
    prompts = {one.payment.id: one for one in (*unmet, *asked) if one.payment.provider_account in told}
    # Only what these notices can mean: the same number or digits elsewhere are neither read further nor locked.
    mine = {(notice.organisation, Reference.read(notice.reference).canonical) for notice in notices}
    named = {key: found for key, found in customer_accounts.named(tx, keys).items() if key in mine}
    families = [(notice, phone) for notice in notices if (phone := _typed_phone(notice))]
    seen_phones = [*(notice.payer for notice in notices if notice.payer), *(phone for _, phone in families)]
    recognised = people.recognise(tx, list(dict.fromkeys(seen_phones)))
    payers = [seen[0] for notice in notices if (seen := _recognised_as(notice, recognised))]
    payers += [who for notice, phone in families if (who := _contact_of(notice, recognised.get(phone, ())))]
    held_by = people.accounts_of(tx, payers)
    touched = {
        *(meant.account for found in named.values() for meant in found),
        *(account for accounts in held_by.values() for account in accounts),
        *(part.account for stored in prompts.values() for part in stored.payment.parts),
    }
    standings = customer_accounts.standings(tx, touched, lock=lock)
    # Asked once the locks are held: what another process committed while we waited for them is seen.
    known = payment_store.by_receipts(tx, [notice.receipt for notice in notices])
    return Books(
        provider_accounts=organisation_store.provider_accounts_of(tx, [n.provider_account for n in notices]),
        known={(s.payment.organisation, s.payment.provider, s.payment.receipt or ""): s for s in known},
        prompts=prompts,
        by_request={
            (stored.payment.provider_account, stored.payment.provider_request_id): stored.payment.id
            for stored in asked
            if stored.payment.provider_request_id and stored.payment.id in prompts
        },
        named=named,
        recognised=recognised,
        held_by=held_by,
        divided=splits.rules_of(tx, [contact for contact, held in held_by.items() if len(held) > 1]),
        standings=standings,
    )
