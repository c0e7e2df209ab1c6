"""The demo: the example school fed through the real use cases, and the simulators that its providers are."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from aiohttp import web

from core.errors import DomainError
from core.fees import FeeLine
from core.ids import OrganisationId
from core.mail import MailAddress
from core.money import Money
from core.organisations import Kind
from core.payments import Method, MoneyArrived, Witness
from core.permissions import Actor, ActorKind, Role
from core.phones import Msisdn
from core.ports import Clock, Http, Random
from core.preferences import Channel, QuietHours
from core.splitting import Split
from sandbox import office, routes
from sandbox.africastalking import AfricasTalking, Application
from sandbox.chat_routes import chat_routes
from sandbox.daraja import Daraja
from sandbox.dialogues import ServiceCode
from sandbox.hooks import hook_urls
from sandbox.ledger_view import LedgerView
from sandbox.lender import MANAGER, OFFICERS, LenderPlan, lend
from sandbox.mail import Postbox
from sandbox.moods import Moods
from sandbox.mpesa import Mpesa, ShortCode
from sandbox.phones import Phones
from sandbox.school import NAIROBI, SchoolPlan
from sandbox.telegram import Telegram
from sandbox.twilio import Twilio, TwilioAccount
from storage import chats, ledger, organisations, people
from storage.organisations import Connection, TierSetting, connections
from storage.tx import Tx
from usecases.app import App
from usecases.arrears import ListArrears, in_arrears
from usecases.collection import Arrival, record_arrivals
from usecases.fees import ClassFees, OpenTerm, open_term
from usecases.funds import FundEntry, SaveFunds, save_funds
from usecases.invoicing import RunInvoices, run_invoices
from usecases.plans import AgreePlan, agree_plan
from usecases.promises import AgreePromise, agree_promise
from usecases.pulling import RegisterPull, pull_registered
from usecases.school import Enrol, GuardianEntry, StudentEntry, enrol
from usecases.setup import ProviderAccountEntry, SetUp, StaffEntry, set_up
from usecases.splits import SetSplit, set_split
from usecases.wishes import WishChannels, wish_channels

_DEMO = Actor(ActorKind.OPERATOR, "demo", "demo")
_PASSKEY = "demo-passkey"
_OPERATOR = {"initiator": "karani", "security_credential": "demo-credential"}

Plan = SchoolPlan | LenderPlan
Spawn = Callable[[Coroutine[object, object, None]], None]


def _secret(random: Random) -> str:
    return random.token(16).hex()


async def fill(app: App, plan: SchoolPlan) -> None:
    """Bring the example school into an empty database; one that has it is left as visitors made it."""
    if await app.read(organisations.by_slug, plan.slug) is not None:
        return
    organisation = await app.write(set_up, _school(plan, app.random))
    await app.write(save_funds, SaveFunds(organisation, FUNDS, _DEMO))
    await app.write(enrol, Enrol(organisation, _students(plan), _DEMO))
    await begin_term(app, organisation, plan)
    await _is_pulled(app, organisation)
    await _opening_payments(app, plan, organisation)
    await _agree(app, plan, organisation)


async def _is_pulled(app: App, organisation: OrganisationId) -> None:
    """M-Pesa remembers what its callbacks may lose."""
    for connection in await app.read(connections):
        if connection.account.provider == "mpesa" and connection.account.organisation == organisation:
            await app.write(pull_registered, RegisterPull(connection.account.id, _DEMO))


async def fill_lender(app: App, plan: LenderPlan) -> None:
    """The example lender beside it; one that is there is left as visitors made it."""
    if await app.read(organisations.by_slug, plan.slug) is not None:
        return
    tiers = (TierSetting(1, (Role.LOAN_OFFICER, Role.MANAGER)),)
    organisation = await open_lender(app, plan, tiers=tiers, code_above=20_000)
    await _is_pulled(app, organisation)
    await lend(app, plan, organisation)


async def open_lender(app: App, plan: LenderPlan, *, tiers: tuple[TierSetting, ...], code_above: int) -> OrganisationId:
    """A lender with its officers and manager, and nothing lent. `code_above` is in whole shillings."""
    officers = [StaffEntry(name, Role.LOAN_OFFICER, Msisdn(phone)) for name, phone in OFFICERS]
    staff = (*officers, StaffEntry(MANAGER[0], Role.MANAGER, Msisdn(MANAGER[1])))
    wish = replace(_organisation(plan, app.random), staff=staff, tiers=tiers, code_above=code_above)
    return await app.write(set_up, wish)


async def begin_term(app: App, organisation: OrganisationId, plan: SchoolPlan) -> None:
    """Enter the plan's term and charge it to everybody. Safe to repeat."""
    fees = tuple(
        ClassFees(each.name, tuple(FeeLine(line.name, line.amount) for line in each.fees)) for each in plan.classes
    )
    term = plan.term
    await app.write(
        open_term, OpenTerm(organisation, term.name, term.starts_on, term.ends_on, term.due_on, fees, _DEMO)
    )
    await app.write(run_invoices, RunInvoices(organisation, term.name, term.starts_on, _DEMO))


FUNDS = (
    FundEntry("kitchen", "Kitchen", opening=60_000, most=20_000, reorder=20_000, full=60_000, branch="Main campus"),
    FundEntry("transport", "Transport", opening=40_000, most=15_000, least=2_000, reorder=12_000, full=40_000),
)
"""Petty cash that the school's office spends."""


def _organisation(plan: Plan, random: Random) -> SetUp:
    """With an account at each provider."""
    mpesa = {"consumer_key": f"{plan.slug}-key", "consumer_secret": _secret(random), "passkey": _PASSKEY, **_OPERATOR}
    texts = {"username": plan.slug, "api_key": _secret(random)}
    twilio = {"account_sid": f"AC{_secret(random)}", "auth_token": _secret(random)}
    providers = (
        ProviderAccountEntry("mpesa", plan.shortcode, "sandbox", _secret(random), mpesa),
        ProviderAccountEntry("africastalking", plan.sender, "sandbox", _secret(random), texts, {"sender": plan.sender}),
        ProviderAccountEntry("twilio", _twilio_number(plan), "sandbox", _secret(random), twilio),
        ProviderAccountEntry("telegram", bot_name(plan), "sandbox", _secret(random), _bot_token(plan, random)),
        ProviderAccountEntry(
            *("smtp", f"office@{plan.slug}.example", "sandbox", _secret(random)),
            {"username": plan.slug, "password": _secret(random)},
            {"host": f"mail.{plan.slug}.example"},
        ),
    )
    return SetUp(
        slug=plan.slug,
        name=plan.name,
        kinds=(Kind(plan.kind),),
        country=plan.country,
        language="en",
        quiet=QuietHours(account_passes=plan.texts_at_night),
        service_codes=(plan.ussd_code,),
        providers=tuple(each for each in providers if plan.has_chat or each.provider != "telegram"),
        actor=_DEMO,
    )


def _school(plan: SchoolPlan, random: Random) -> SetUp:
    return replace(
        _organisation(plan, random),
        staff=(
            StaffEntry("Esther Mutheu", Role.CASHIER, Msisdn("254700900001")),
            StaffEntry("Daniel Koech", Role.MANAGER, Msisdn("254700900002")),
            StaffEntry("Ruth Akinyi", Role.REQUESTER, Msisdn("254700900003")),
            StaffEntry("Grace Wanjala", Role.TREASURER, Msisdn("254700900004")),
            StaffEntry("Faith Chebet", Role.CFO, Msisdn("254700900005")),
            StaffEntry("Joseph Barasa", Role.MANAGER, Msisdn("254700900006")),
        ),
    )


def _twilio_number(plan: Plan) -> str:
    """Where texts come from that the first gateway did not deliver; people may answer it."""
    return f"+2547099{plan.number:0>5}"


def bot_name(plan: Plan) -> str:
    return f"{plan.slug.replace('-', '_')}_karani_bot"


def _bot_token(plan: Plan, random: Random) -> dict[str, str]:
    return {"token": f"{plan.number:0>5}:{_secret(random)}"}


def _students(plan: SchoolPlan) -> tuple[StudentEntry, ...]:
    return tuple(
        StudentEntry(
            student.number,
            student.name,
            student.class_name,
            tuple(
                GuardianEntry(
                    each.name, each.msisdn, each.language, MailAddress.parse(each.mail) if each.mail else None
                )
                for each in family.guardians
            ),
        )
        for family in plan.families
        for student in family.students
    )


async def _opening_payments(app: App, plan: SchoolPlan, organisation: OrganisationId) -> None:
    """Payments that had reached the paybill before the visitor came."""
    account = await app.read(organisations.main_account, organisation)
    assert account is not None
    for payment in plan.payments:
        notice = MoneyArrived(
            provider_account=account.id,
            organisation=organisation,
            provider=account.provider,
            witness=Witness.CONFIRMATION,
            method=Method.PAYBILL,
            receipt=payment.receipt,
            amount=payment.amount,
            exact=True,
            amount_text=payment.amount.plain(),
            reference=payment.reference,
            payer=payment.payer,
            payer_name=payment.payer_name,
            value_at=payment.paid_at,
        )
        await app.write(record_arrivals, Arrival(notice, b"{}", "demo", "", quiet=True))


async def _agree(app: App, plan: SchoolPlan, organisation: OrganisationId) -> None:
    """What families had promised and agreed on before the visitor came."""
    agreed, today = plan.agreements, app.clock.now().astimezone(NAIROBI).date()
    if agreed is None:
        return
    owing = await app.read(in_arrears, ListArrears(organisation, 0))
    owed = {one.student.number: one.owed for one in owing}
    half = Money(owed[agreed.promised].minor // 2 // 100_00 * 100_00, plan.currency)
    await app.write(agree_promise, AgreePromise(organisation, agreed.promised, half, today + timedelta(days=10), _DEMO))
    first = today + timedelta(days=14)
    await app.write(agree_plan, AgreePlan(organisation, agreed.instalments, _DEMO, count=3, first=first))
    await app.write(set_split, SetSplit(organisation, agreed.divides, Split.EQUAL, _DEMO))
    (reader, *_) = (await app.read(people.recognise, [agreed.mailed]))[agreed.mailed]
    by_mail = {"": (Channel.EMAIL, Channel.SMS)}
    await app.write(wish_channels, WishChannels(organisation, reader.contact, by_mail, _DEMO))


@dataclass(frozen=True, slots=True)
class Simulators:
    """The pretend providers of a demo, wired to our real hooks."""

    phones: Phones
    mpesa: Mpesa
    daraja: Daraja
    africastalking: AfricasTalking
    twilio: Twilio
    telegram: Telegram
    mail: Postbox

    @classmethod
    async def start(
        cls,
        app: App,
        plans: Sequence[Plan],
        *,
        public_url: str,
        clock: Clock,
        random: Random,
        http: Http,
        spawn: Spawn,
        mail: Postbox | None = None,
    ) -> Simulators:
        """Open their accounts with the credentials and addresses that our own books hold."""
        families = [family for plan in plans for family in plan.families]
        owners = {each.msisdn.digits: each.name for family in families for each in family.guardians}
        numbers = {plan.slug: plan.number for plan in plans}
        phones = Phones(clock, owners=owners)
        mpesa = Mpesa(clock=clock, random=random, http=http, spawn=spawn, phones=phones)
        mpesa.texts_payers = True
        africastalking = AfricasTalking(clock=clock, random=random, http=http, spawn=spawn, phones=phones)
        africastalking.magic = False  # every number of a demo is somebody's
        twilio = Twilio(clock=clock, random=random, http=http, spawn=spawn, phones=phones)
        telegram = Telegram(clock=clock, random=random, http=http, spawn=spawn)
        for connection in await app.read(connections):
            hooks = hook_urls(connection, public_url)
            if connection.account.provider == "mpesa":
                payee = _payee(connection, hooks)
                payee.opening = await app.read(ledger.balance, connection.account.float_account)  # as our books have it
                mpesa.add(payee)
            elif connection.account.provider == "telegram":
                telegram.add(connection.credentials["token"], connection.account.shortcode)
                for name, user in await app.read(_who_chats, connection.account.organisation):
                    telegram.name(user, name, bot=connection.account.shortcode)
                    telegram.met(user, connection.account.shortcode)
            elif connection.account.provider == "twilio":
                secrets = connection.credentials
                twilio.add(
                    TwilioAccount(
                        secrets["account_sid"],
                        secrets["auth_token"],
                        connection.account.shortcode,
                        incoming_url=hooks["twilio_sms"],
                    )
                )
            elif connection.account.provider == "africastalking":
                credentials = connection.credentials
                application = Application(
                    credentials["username"],
                    credentials["api_key"],
                    delivery_url=hooks["sms_delivery"],
                    # Unlike a real phone, a pretend one may also answer to the sender's name.
                    incoming_urls=dict.fromkeys(
                        (numbers[credentials["username"]], connection.settings["sender"]), hooks["sms"]
                    ),
                )
                africastalking.add(application=application)
                for code in connection.service_codes:
                    africastalking.add(service=ServiceCode(code, hooks["ussd"], hooks["ussd_events"]))
        phones.connect(gateways=[africastalking, twilio], wallets=[mpesa])
        daraja, postbox = Daraja(mpesa, clock=clock, random=random), mail or Postbox(clock=clock, random=random)
        return cls(phones, mpesa, daraja, africastalking, twilio, telegram, postbox)

    async def _reverse(self, request: web.Request) -> web.Response:
        """`{"receipt"}`: the provider gives a payment back by itself, and tells nobody."""
        asked = await request.json()
        try:
            back = self.mpesa.reverse(str(asked["receipt"]))
        except (DomainError, LookupError, TypeError):
            return web.json_response({"problem": "no such receipt, or given back already"}, status=404)
        return web.json_response({"reversal": back.reversal, "receipt": back.receipt})

    def mount(
        self,
        site: web.Application,
        app: App,
        plan: SchoolPlan,
        *,
        public_url: str,
        clock: Clock,
        others: Sequence[LenderPlan] = (),
    ) -> None:
        """Add the simulators, the page and the `/sandbox/…` paths to the program's own site."""
        site.add_subapp("/sandbox/daraja", self.daraja.app)
        site.add_subapp("/sandbox/africastalking", self.africastalking.app)
        site.add_subapp("/sandbox/twilio", self.twilio.app)
        site.add_subapp("/sandbox/telegram", self.telegram.app)
        moods = Moods(
            {
                "mpesa": self.mpesa,
                "africastalking": self.africastalking,
                "twilio": self.twilio,
                "telegram": self.telegram,
                "smtp": self.mail,
            }
        )
        site.add_routes(chat_routes(self.telegram, clock))
        site.router.add_post("/sandbox/providers/mpesa/reverse", self._reverse)
        site.add_routes(office.routes(app))
        books = LedgerView(app, [plan, *others], public_url)
        routes.mount(site, books=books, handsets=self.phones, moods=moods, clock=clock, mail=self.mail)


def _who_chats(tx: Tx, organisation: OrganisationId) -> list[tuple[str, int]]:
    """The staff's chats, by their first names."""
    users = chats.users_of(tx, organisation)
    staff = organisations.staff_of(tx, organisation)
    return [(member.name.split()[0], users[member.id]) for member in staff if member.id in users]


def _payee(connection: Connection, hooks: dict[str, str]) -> ShortCode:
    credentials = connection.credentials
    return ShortCode(
        number=connection.account.shortcode,
        name=connection.account.organisation_name.upper(),
        passkey=credentials["passkey"],
        consumer_key=credentials["consumer_key"],
        consumer_secret=credentials["consumer_secret"],
        external_validation=True,
        confirmation_url=hooks["c2b_confirmation"],
        validation_url=hooks["c2b_validation"],
        is_pulled=True,
    )
