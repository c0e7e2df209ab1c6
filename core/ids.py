"""Identifiers: UUIDs behind a name each, so that a student cannot be passed for a payment.

Numbers for people (`INV-000321`) and providers' own ids (`checkout_request_id`) are text and live beside these.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID

OrganisationId = NewType("OrganisationId", UUID)
ProviderAccountId = NewType("ProviderAccountId", UUID)
ContactId = NewType("ContactId", UUID)
StaffId = NewType("StaffId", UUID)
AccountId = NewType("AccountId", UUID)
"""A ledger account."""
CustomerAccountId = NewType("CustomerAccountId", UUID)
"""What a customer pays into: a student's fees, later a loan, an order, a subscription."""
ItemId = NewType("ItemId", UUID)
"""An open item: something that is owed, as an invoice."""
PaymentId = NewType("PaymentId", UUID)
PayoutId = NewType("PayoutId", UUID)
"""Money that we send: a transfer to a phone, or a payment that is given back."""
EntryId = NewType("EntryId", UUID)
HoldId = NewType("HoldId", UUID)
ExchangeId = NewType("ExchangeId", UUID)
MessageId = NewType("MessageId", UUID)
"""A row of the outbox: a message to a person or an instruction to a provider."""
