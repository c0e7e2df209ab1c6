"""What a lender's people do beside saying yes and no: ask at the desk for who has no phone, send again what failed, or call it off."""

from __future__ import annotations

from dataclasses import dataclass

from core.codes import NUMBERS, figures
from core.loans.states import LoanState
from sandbox.lender import kes
from simulation.lenders import PRODUCTS
from simulation.managers import Asked, Managers
from simulation.office import Clerk
from storage import loans as store
from storage.loans import Loan
from usecases.loans import giving
from usecases.loans.lending import Apply, apply


@dataclass
class Officers(Managers):
    """Everybody who works at one lender. They look at what waits as the people of a school do."""

    async def act(self) -> None:
        """Somebody goes through what could not be sent, or helps somebody at the desk; others look at what waits."""
        await (self._asks_at_desk() if self._percent(25) else self._clears_up())
        self.look_later()

    async def _asks_at_desk(self) -> None:
        self.intents += 1
        clerk, who = self._one_of(self.office.clerks), self._one_of(self.office.plan.families).guardians[0]
        product = self._one_of(PRODUCTS)
        asked = kes(5 * (1 + self.random.below(12)) * 100)
        organisation, count = self.office.organisation, self._one_of(product.terms)
        wish = Apply(organisation, product.code, asked, count, who.msisdn, clerk.actor, who.name)
        applied = await self.town.process.app.write(apply, wish)
        sent = product.offer(asked, count).sent
        self.asked[applied.number] = Asked(clerk.human, who.msisdn.digits, sent.minor)

    async def _clears_up(self) -> None:
        """What is approved and did not leave."""
        app, organisation = self.town.process.app, self.office.organisation
        for loan in await app.read(store.of_organisation, organisation, states=[LoanState.APPROVED]):
            self.intents += 1
            clerk = self._one_of(self.office.clerks)
            if self._percent(15):
                await app.write(
                    giving.call_off, giving.CallOff(organisation, loan.number, "thought better of it", clerk.actor)
                )
            elif self._percent(15):
                await app.write(giving.give_by_hand, giving.GiveByHand(organisation, loan.number, clerk.actor))
            else:
                await self._sends_again(loan, clerk)

    async def _sends_again(self, loan: Loan, clerk: Clerk) -> None:
        """With a code, twice at times."""
        app, organisation = self.town.process.app, self.office.organisation
        code = clerk.shows(self.town.wall.now()) if clerk.secret else ""
        if not code:
            drawn = figures(self.random.below(NUMBERS))
            await app.write(
                giving.send_loan_code, giving.SendLoanCode(organisation, loan.number, clerk.actor, drawn, "")
            )
            await self.town.clock.sleep(5 + self.random.below(60))
            code = self._texted(clerk, loan.number)
        for _ in range(2 if self._percent(15) else 1):
            await app.write(
                giving.send_again, giving.SendLoan(organisation, loan.number, clerk.actor, "", self._slip(clerk, code))
            )
            self._tempts_fate()
