"""A person is shown all that is held of them, and is then forgotten to the last byte, while the books stay whole (SEC-6)."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from cli import people
from cli.operator import Operator
from cli.people import ErasedLine, PersonArgs, PersonHeld
from core.errors import NotFound, NotPermitted
from core.payouts import State
from core.permissions import Actor, ActorKind, Role
from core.phones import HashedMsisdn, Msisdn, hashed
from simulation.laws import books as books_of
from storage import exchanges, texts
from storage.database import DatabaseUrl, sweep
from storage.exchanges import Exchange, Outcome
from storage.tables import metadata, outbox
from storage.texts import Text
from tests.paying import PAYEE, till
from tests.world import World, kes
from usecases.erasure import PersonInSuspense, PersonIsStaff, PersonOwes, PersonPays
from usecases.sealing import SealSome, seal
from usecases.setup import StaffEntry
from usecases.verification import verify

ASHA, BOB = "254712345678", "254733000111"
SYSTEM = Operator(Actor(ActorKind.OPERATOR, "tester", "cli"))


class Desk:
    def __init__(self, world: World) -> None:
        self.app = world.app
        self.config: Any = None
        self.press: Any = None

    async def rewire(self) -> None:
        """Nothing is wired."""


async def exported(world: World, phone: str = ASHA, **wishes: Any) -> PersonHeld:
    (found,) = [line async for line in people.export_person(Desk(world), PersonArgs(phone, **wishes), SYSTEM)]
    return found


async def erased(world: World, phone: str = ASHA, operator: Operator = SYSTEM, **wishes: Any) -> ErasedLine:
    (done,) = [line async for line in people.erase(Desk(world), PersonArgs(phone, **wishes), operator)]
    return done


async def a_life(world: World) -> None:
    """Asha pays all that she owes: by prompt, from the menu, under a hash, and under her own name; and writes an SMS."""
    await world.students({"KV10": 1_000, "KV20": 500}, guardians={"KV10": [ASHA], "KV20": [BOB]})
    asha = Msisdn.parse(ASHA)
    await world.prompts(ASHA, {"KV10": 300}, request_id="ws_CO_21112026090000712345678")
    notice = world.notice("KV10", 300, payer=asha, name="ASHA WANJIRU", request_id="ws_CO_21112026090000712345678")
    raw = b'{"PhoneNumber": 254712345678, "FirstName": "ASHA WANJIRU"}'
    await world.arrives(notice)
    await world.arrives(world.notice("KV10", 300, payer=asha, name="ASHA WANJIRU"))
    await world.arrives(world.notice("KV10", 300, payer=HashedMsisdn(hashed(asha).sha256), name="ASHA"))
    await world.arrives(world.notice("ASHA WANJIRU", 100, payer=asha, name="ASHA WANJIRU"))
    await world.arrives(world.notice("KV20", 100, payer=Msisdn.parse(BOB), name="BOB OTIENO"))

    def said(tx: Any, command: None) -> None:
        exchange = Exchange("mpesa", "in", "validation", raw, Outcome.NOTED, world.organisation, response=b"{}")
        exchanges.keep(tx, [exchange])
        texts.add(tx, world.organisation, a_text(asha), understood="balance", answered=True)

    await world.app.write(said, None)
    await world.clock.advance(60)
    await world.app.write(seal, SealSome(most=100))


def a_text(sender: Msisdn) -> Text:
    return Text("africastalking", "ATid_1", sender.digits, "22334", "BALANCE please, I am Asha", "trace")


def file_bytes(database: DatabaseUrl) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(database.path.parent.glob(database.path.name + "*")))


async def test_a_person_is_shown_all_that_is_held_of_them(world: World) -> None:
    await a_life(world)

    found = await exported(world)

    assert (found.name, found.phones) == ("Guardian 678", ["+254712345678"])
    assert [account.reference for account in found.accounts] == ["KV10"]
    assert sorted(payment.payment.amount for payment in found.payments) == ["100.00", "300.00", "300.00", "300.00"]
    assert {payment.payment.payer for payment in found.payments} >= {"254712345678"}
    assert [text.text for text in found.texts] == ["BALANCE please, I am Asha"]
    assert len(found.messages) >= 4
    assert any("ASHA WANJIRU" in said for said in found.exchanges)
    assert b"BOB" not in str(found).encode()


async def test_a_person_is_forgotten_and_the_books_stay_whole(world: World, database: DatabaseUrl) -> None:
    await a_life(world)
    before = await world.app.read(books_of, world.organisation)

    done = await erased(world)

    assert (done.person, done.phones, done.payments) == ("254712***678", 1, 4)
    assert await world.app.read(books_of, world.organisation) == before
    assert await world.app.read(verify) == []
    assert world.broken_laws() == []
    with pytest.raises(NotFound):
        await exported(world)
    assert (await exported(world, BOB)).name == "Guardian 111"
    assert world.rows("SELECT count(*) FROM changes WHERE action = 'person_erased'") == [(1,)]
    await world.arrives(world.notice("KV20", 50, payer=Msisdn.parse(ASHA)))
    assert len((await exported(world)).payments) == 1


async def test_no_trace_is_left_in_any_value_nor_in_the_files_bytes(
    world: World, database: DatabaseUrl, tmp_path: Path
) -> None:
    await a_life(world)
    index = world.vault.phone_index(ASHA)
    await erased(world)

    for table, column, value in every_value(world):
        plain = opened(world, value) if column.endswith("_sealed") else value
        told = plain if isinstance(plain, bytes) else str(plain).encode()
        for mark in (b"712345678", b"ASHA", b"Guardian 678", b"712***678", hashed(Msisdn(ASHA)).sha256.encode()):
            assert mark not in told, (table, column)
        if table != "changes":
            assert index not in told, (table, column)

    if database.is_sqlite:
        sweep(database)
        for mark in (b"712345678", b"ASHA", b"Guardian 678", b"ws_CO_21112026090000712"):
            assert mark not in file_bytes(database)
        with sqlite3.connect(database.path) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def every_value(world: World) -> Any:
    with world.reads.connect() as connection:
        for table in metadata.tables.values():
            for row in connection.execute(sa.select(table)):
                for column, value in zip(table.columns, row, strict=True):
                    if value is not None:
                        yield table.name, column.name, value


def opened(world: World, value: Any) -> bytes:
    return world.vault.open(bytes(value))


async def test_who_owes_cannot_be_forgotten(world: World) -> None:
    await world.students({"KV10": 1_000}, guardians={"KV10": [ASHA]})

    with pytest.raises(PersonOwes) as refused:
        await erased(world)

    assert (refused.value.reference, refused.value.owed.plain()) == ("KV10", "1000.00")
    assert (await exported(world)).phones == ["+254712345678"]


async def test_nor_who_is_just_paying_nor_whose_money_waits(world: World) -> None:
    await world.students({"KV10": 100}, guardians={"KV10": [ASHA]})
    await world.arrives(world.notice("KV10", 100, payer=Msisdn.parse(ASHA)))
    await world.asks(ASHA, {"KV10": 50})
    with pytest.raises(PersonPays):
        await erased(world)

    await world.arrives(world.notice("what is this", 70, payer=Msisdn.parse(BOB)))
    with pytest.raises(PersonInSuspense):
        await erased(world, BOB)


async def test_nor_who_works_here_nor_by_whoever_may_not_nor_whom_nobody_knows(world: World) -> None:
    await world.school(staff=(StaffEntry("Mary", Role.MANAGER, Msisdn.parse(ASHA)),))
    await world.students({"KV10": 0}, guardians={"KV10": [ASHA]})
    with pytest.raises(PersonIsStaff):
        await erased(world)

    cashier = Operator(Actor(ActorKind.STAFF, "tess", "cli", Role.CASHIER), world.organisation)
    with pytest.raises(NotPermitted):
        await erased(world, operator=cashier)
    with pytest.raises(NotFound):
        await erased(world, BOB)


async def test_one_phone_in_two_schools_is_two_people(world: World) -> None:
    await world.students({"KV10": 0}, guardians={"KV10": [ASHA]})
    other = await world.other_school("baraka")
    await other.students({"KV77": 0}, guardians={"KV77": [ASHA]})
    with pytest.raises(NotFound):
        await erased(world)

    await erased(world, organisation="kivuli")

    assert (await exported(world, organisation="baraka")).accounts[0].reference == "KV77"
    with pytest.raises(NotFound):
        await exported(world, organisation="kivuli")


async def test_a_payment_of_the_phones_earlier_owner_stays_theirs(world: World) -> None:
    await world.students({"KV10": 100}, guardians={"KV10": [ASHA]})
    await world.arrives(world.notice("KV10", 100, payer=Msisdn.parse(ASHA)))

    def handed_over(tx: Any, command: None) -> None:
        tx.connection.exec_driver_sql("UPDATE payments SET payer_contact_id = (SELECT id FROM organisations LIMIT 1)")

    await world.app.write(handed_over, None)
    assert (await exported(world)).payments == []
    assert (await erased(world)).payments == 0


async def test_what_waited_to_be_sent_to_them_is_not_sent(world: World) -> None:
    await a_life(world)
    await erased(world)

    query = sa.select(outbox.c.facts_sealed).where(outbox.c.state == "pending")
    waiting = [bytes(row[0]) for row in await world.app.read(lambda tx: tx.connection.execute(query).all())]
    assert all(b"712345678" not in world.vault.open(facts) for facts in waiting)
    assert ("erased",) in world.rows("SELECT last_error FROM outbox WHERE state = 'skipped'")


KNOWN = {
    "account_contacts.contact_id",
    "attempts.to_index",
    "attempts.to_sealed",
    "consents.address_index",
    "contacts.name",
    "languages.msisdn_index",
    "mail_addresses.address_index",
    "mail_addresses.contact_id",
    "mail_addresses.address_sealed",
    "notices.contact_id",
    "payments.payer_contact_id",
    "payments.payer_index",
    "payments.payer_sealed",
    "phones.contact_id",
    "phones.hash_index",
    "phones.msisdn_index",
    "phones.msisdn_sealed",
    "phones.tail_index",
    "staff.mail_index",
    "staff.mail_sealed",
    "staff.msisdn_index",
    "staff.msisdn_sealed",
    "texts.sender_index",
    "texts.sender_sealed",
}
"""Columns that name a person, each thought of in `storage/persons.py`."""


def test_no_table_names_a_person_without_the_erasure_knowing() -> None:
    whose = ("contact", "msisdn", "phone", "payer", "sender", "guardian")
    words = (*whose, "address_", "mail_", "to_index", "to_sealed", "hash_index", "tail_index")
    columns = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    naming = {f"{table}.{column}" for table, column in columns if any(word in column for word in words)}

    assert naming | {"contacts.name"} == KNOWN


async def test_who_was_paid_is_forgotten_once_the_money_is_with_them(world: World) -> None:
    async with till(world) as school:
        payout = await school.request(3_200)
        with pytest.raises(PersonPays):
            await erased(world, PAYEE.digits)
        await school.until_known()
        assert (await school.standing(payout)).state is State.PAID
        (shown,) = (await exported(world, PAYEE.digits)).paid
        assert (shown.amount, shown.currency, shown.name, shown.state) == ("3200.00", "KES", "Otieno", "paid")

        await erased(world, PAYEE.digits)

        left = await school.standing(payout)
        assert (left.payee.msisdn.digits, left.payee.name, left.amount) == ("", "", kes(3_200))
        assert await world.app.read(verify) == []
