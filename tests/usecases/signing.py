"""Hands for tests that sign in: somebody enrolled, and what they type."""

from __future__ import annotations

from core.ids import StaffId
from core.permissions import Role
from core.phones import Msisdn
from core.sign_in import current_code, recovery_code, secret_of
from runtime.chance import SeededRandom
from runtime.threads import InlineThreads
from storage.tx import Tx
from tests.world import TESTER, World
from usecases.passphrases import Passphrases
from usecases.sign_in import Refused, SignedIn, SignIn, known, peppered, sign_in
from usecases.staff import AddStaff, Enrol, Link, add_staff, enrol

PASSPHRASE = "nine green lorries"
CHANCE = SeededRandom(11)
PASSPHRASES = Passphrases(InlineThreads(), CHANCE)
RECOVERY = tuple(recovery_code(bytes([at]) * 10) for at in range(10))


def fresh_link() -> Link:
    return Link(CHANCE.token(32).hex(), secret_of(CHANCE.token(20)))


class Person:
    """A member of staff with an authenticator in hand."""

    def __init__(self, world: World, staff: StaffId, user_name: str, link: Link) -> None:
        self.world, self.staff, self.user_name, self.link = world, staff, user_name, link

    @property
    def code(self) -> str:
        return current_code(self.link.secret, now=self.world.clock.now())

    async def enrols(self) -> None:
        peppered_ = await self.world.app.read(_peppered, self.staff)
        hash_ = await PASSPHRASES.hashed(peppered_)
        await self.world.app.write(enrol, Enrol(self.link.token, hash_, self.code, RECOVERY, "127.0.0.1"))
        await self.world.clock.advance(30)  # the next code

    async def signs_in(
        self,
        *,
        user: str = "",
        passphrase: str = PASSPHRASE,
        code: str | None = None,
        token: str = "t",  # noqa: S107
    ) -> SignedIn | Refused:
        user = user or self.user_name
        found = await self.world.app.read(known, user, passphrase)
        fits = await PASSPHRASES.matches(found.passphrase_hash, found.peppered)
        wish = SignIn(
            typed=user,
            staff=found.staff,
            matched=found.passphrase_hash if fits else None,
            code=self.code if code is None else code,
            token=token,
            address="127.0.0.1",
            agent="test",
        )
        return await self.world.app.write(sign_in, wish)


def _peppered(tx: Tx, staff: StaffId) -> bytes:
    return peppered(tx, staff, PASSPHRASE)


async def added(
    world: World, user_name: str = "esther", role: Role = Role.CASHIER, phone: str = "254700900001"
) -> Person:
    """On the list, with an open link."""
    link = fresh_link()
    wish = AddStaff(world.organisation, f"{user_name.title()} Mutheu", role, Msisdn(phone), user_name, link, TESTER)
    return Person(world, await world.app.write(add_staff, wish), user_name, link)


async def enrolled(
    world: World, user_name: str = "esther", role: Role = Role.CASHIER, phone: str = "254700900001"
) -> Person:
    person = await added(world, user_name, role, phone)
    await person.enrols()
    return person
