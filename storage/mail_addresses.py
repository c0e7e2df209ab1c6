"""Where people get mail: sealed, found by blind index, one address a person. A family may share one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from core.ids import ContactId, OrganisationId
from core.mail import MailAddress
from storage.fast import Lookup
from storage.tables import mail_addresses
from storage.tx import Tx
from storage.types import in_order


def mail_index(tx: Tx, address: MailAddress) -> bytes:
    """The blind index of an address: of a person's consents, and of attempts."""
    return tx.vault.index("mail", address.key)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A person's address. `waits_at_night`: they want quiet hours to hold mail, too."""

    address: MailAddress
    waits_at_night: bool = False


_OF = Lookup(
    sa.select(mail_addresses.c.contact_id, mail_addresses.c.address_sealed, mail_addresses.c.waits_at_night),
    mail_addresses.c.contact_id,
)


def of_contacts(tx: Tx, contacts: Iterable[ContactId]) -> dict[ContactId, Mailbox]:
    """The addresses of those who have one."""
    return {
        contact: Mailbox(MailAddress(tx.vault.open_text(sealed)), bool(waits))
        for contact, sealed, waits in _OF(tx, in_order(contacts))
    }


def put(tx: Tx, organisation: OrganisationId, boxes: Sequence[tuple[ContactId, Mailbox | None]]) -> None:
    """From now on these people have these addresses; None takes theirs away."""
    for contact, box in boxes:
        mine = mail_addresses.c.contact_id == contact
        if box is None:
            tx.connection.execute(sa.delete(mail_addresses).where(mine))
            continue
        values = {
            "address_index": mail_index(tx, box.address),
            "address_sealed": tx.vault.seal_text(box.address.text),
            "waits_at_night": box.waits_at_night,
        }
        changed = tx.connection.execute(sa.update(mail_addresses).where(mine).values(values))
        if not changed.rowcount:
            new = sa.insert(mail_addresses)
            tx.connection.execute(
                new.values(contact_id=contact, organisation_id=organisation, added_at=tx.now, **values)
            )
