"""Karani, wired: the only place that knows every class. It reads top to bottom.

open_app ──> database, vault, writer, readers, ports, rails, gateways
serve    ──> doors on one aiohttp application, workers, operator's socket
demo     ──> the same, against simulated providers, with an example school

Whoever only asks a running program something does not load it (`main.py`).
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.telegram import door as telegram_door
from bot.telegram.desk import Answering
from bot.telegram.live import LIVE_EVERY_S, Following
from bot.telegram.papers import Papers
from bot.telegram.registering import Listening, Registering
from bot.telegram.sending import Speaking
from cli.socket import answering
from config import Config, check_role
from core.errors import KaraniError
from core.ids import OrganisationId, ProviderAccountId
from core.organisations import COUNTRIES, GATEWAYS, MAIL
from core.permissions import Actor, ActorKind
from core.ports import Chat, Clock, Http, Ids, KeyValue, Mailer, Rail, SmsGateway, Threads
from dialogue.flows import GRAPH
from dialogue.program import Program
from dialogue.talk import Talk
from documents.press import Press
from jobs.enquiries import Enquiring
from jobs.expiring import Expiring
from jobs.loop import Alarm, every
from jobs.mailing import Papers as MailPapers
from jobs.paying import AskingPayouts, Paying
from jobs.prompting import Asking, Prompting
from jobs.pulling import PullingNow
from jobs.questions import Questioning
from jobs.schedule import JOBS, Scheduling
from jobs.sealing import Sealing
from jobs.sending import Sending
from providers.africastalking.sms import AfricasTalkingAccount, AfricasTalkingSms
from providers.calls import LONGEST_BODY, Hook
from providers.mpesa.client import MpesaAccount
from providers.mpesa.payer import MpesaPayer
from providers.smtp.mailer import SmtpMailer, account_of, at_server
from providers.telegram.secret import secret_token
from providers.twilio.client import TwilioAccount, TwilioSms
from runtime.chance import SystemRandom
from runtime.clock import AdvancedClock, SystemClock
from runtime.collector import calm_collector
from runtime.http import AiohttpClient
from runtime.ids import UuidV7
from runtime.keyvalue import MemoryKeyValue, RedisKeyValue
from runtime.tasks import Background
from runtime.threads import ThreadPool, start_thread
from storage.database import (
    READ_ALL_WITHIN_S,
    READ_WITHIN_S,
    READERS,
    READS_WAITING,
    DatabaseUrl,
    Reader,
    reader_engine,
    sweep,
    writer_engine,
)
from storage.memory import SealedKeyValue
from storage.organisations import Connection, connections
from storage.outbox import Kind
from storage.payouts import RING
from storage.schema import REVISION, NotMigrated, open_vault, version
from storage.vault import Keyring, Vault
from storage.writer import Writer
from usecases import restoration
from usecases.app import App
from usecases.chats import UPDATES
from usecases.passphrases import Passphrases
from ussd import africastalking as ussd_door
from web import admission, health
from web import africastalking as sms_door
from web import documents as document_pages
from web import mail_stops as mail_pages
from web import mpesa as mpesa_door
from web import receipts as receipt_pages
from web import twilio as twilio_door
from web.api import routes as staff_api
from web.hooks import Hooks, middleware
from web.staff import routes as staff_pages

log = structlog.get_logger()

SMS_READ_S = 8.0
TELEGRAM = "telegram"
REGISTER_EVERY_S = 1.0
"""How soon it is seen that a bot is to be told where we listen."""
OUTBOX_EVERY_S = 0.5
LINGERS_S = 2.0
QUESTIONS_EVERY_S = 2.0
SEAL_EVERY_S = 60.0
REFUSALS_EVERY_S = 60.0
LOOK_EVERY_S = 20.0
"""How late scheduled work may begin."""
QUESTION_LOOK_S = 10.0
"""How soon a provider is asked about a receipt."""
PULL_LOOK_S = 5.0
"""How soon an account is pulled for which somebody waits."""


@dataclass(slots=True)
class Running:
    """An opened program: what its doors and commands work with."""

    app: App
    config: Config
    clock: Clock
    ids: Ids
    http: Http
    threads: Threads
    hashing: Threads
    """Passphrases: slow on purpose, so in a pool of their own."""
    press: Press
    hooks: Hooks = field(default_factory=lambda: Hooks(()))
    rails: dict[ProviderAccountId, Rail] = field(default_factory=dict)
    gateways: dict[OrganisationId, dict[str, SmsGateway]] = field(default_factory=dict)
    bots: dict[OrganisationId, Chat] = field(default_factory=dict)
    listening: dict[OrganisationId, Listening] = field(default_factory=dict)
    """Where each bot is to be told that we listen."""
    mailers: dict[OrganisationId, dict[str, Mailer]] = field(default_factory=dict)

    async def rewire(self) -> list[Connection]:
        """Read the provider accounts and make rails, gateways and hooks of them: at start, and after a set-up."""
        found = await self.app.read(connections)
        for connection in found:
            if connection.account.provider == TELEGRAM:
                self._take_up_bot(connection)
            elif connection.account.provider == MAIL:
                self._mail(connection)
            elif connection.account.provider in GATEWAYS:
                mine = self.gateways.setdefault(connection.account.organisation, {})
                mine[connection.account.provider] = _sms_gateway(connection, self)
            else:
                self.rails[connection.account.id] = _rail(connection, self)
        self.hooks.replace([hook for connection in found for hook in _hooks(connection, self.config)])
        return found

    def _mail(self, connection: Connection) -> None:
        """An account that was entered wrongly sends nothing, and stops nothing else."""
        account = connection.account
        try:
            smtp = account_of(account.shortcode, connection.settings, connection.credentials)
        except ValueError as error:
            log.warning("mail_not_set_up", organisation=account.organisation.hex, reason=str(error))
            return
        local = self.config.smtp_server
        mailer = SmtpMailer(at_server(smtp, local) if local else smtp, clock=self.clock)
        self.mailers.setdefault(account.organisation, {})[MAIL] = mailer

    def _take_up_bot(self, connection: Connection) -> None:
        """The organisation's bot, where there is a token for it. The library is not loaded without one."""
        token, account = _bot_token(connection, self.config), connection.account
        if not token:
            return
        from providers.telegram.client import TelegramBot

        bot = TelegramBot.of(token, base_url=self.config.telegram_base_url, http=self.http)
        url = f"{self.config.public_url}/hooks/{connection.hook_key}/telegram"
        self.bots[account.organisation] = bot
        secret = secret_token(token, connection.hook_key)
        self.listening[account.organisation] = Listening(bot, account.shortcode, url, secret)


def _bot_token(connection: Connection, config: Config) -> str:
    common = config.telegram_token
    return connection.credentials.get("token") or (common.get_secret_value() if common else "")


def _rail(connection: Connection, running: Running) -> Rail:
    """M-Pesa is the first rail; another provider is another line here."""
    config, secrets = running.config, connection.credentials
    account = MpesaAccount(
        base_url=config.daraja(connection.account.environment),
        shortcode=connection.account.shortcode,
        callback_url=f"{config.public_url}/hooks/{connection.hook_key}/stk",
        consumer_key=secrets.get("consumer_key", ""),
        consumer_secret=secrets.get("consumer_secret", ""),
        passkey=secrets.get("passkey", ""),
        till=connection.settings.get("till") or None,
        country_code=COUNTRIES[connection.country].calling_code,
        hooks_url=f"{config.public_url}/hooks/{connection.hook_key}",
        initiator=secrets.get("initiator", ""),
        security_credential=secrets.get("security_credential", ""),
    )
    return MpesaPayer(account, http=running.http, keyvalue=running.app.memory, clock=running.clock)


def _sms_gateway(connection: Connection, running: Running) -> SmsGateway:
    """Another gateway is another branch here."""
    config, secrets = running.config, connection.credentials
    if connection.account.provider == "twilio":
        twilio = TwilioAccount(
            base_url=config.twilio_base_url,
            account_sid=secrets.get("account_sid", ""),
            auth_token=secrets.get("auth_token", ""),
            sender=connection.settings.get("sender") or connection.account.shortcode,
            status_url=f"{config.public_url}/hooks/{connection.hook_key}/twilio/status",
            api_key=secrets.get("api_key", ""),
            api_secret=secrets.get("api_secret", ""),
        )
        return TwilioSms(twilio, http=running.http)
    key = config.africastalking_api_key
    account = AfricasTalkingAccount(
        base_url=config.africastalking(connection.account.environment),
        username=secrets.get("username") or config.africastalking_username,
        api_key=secrets.get("api_key") or (key.get_secret_value() if key else ""),
        sender=connection.settings.get("sender") or config.africastalking_sender or None,
        read_s=SMS_READ_S,
    )
    return AfricasTalkingSms(account, threads=running.threads, clock=running.clock)


def _hooks(connection: Connection, config: Config) -> list[Hook]:
    """One a key: an old one counts until it is retired."""
    keys = [connection.hook_key, *([connection.old_hook_key] if connection.old_hook_key else [])]
    return [_hook(connection, key, config) for key in keys]


def _hook(connection: Connection, key: str, config: Config) -> Hook:
    account, secret = connection.account, ""
    if account.provider == "twilio":
        secret = connection.credentials.get("auth_token", "")
    elif account.provider == TELEGRAM and (token := _bot_token(connection, config)):
        secret = secret_token(token, key)
    is_safaricom = account.provider == "mpesa" and account.environment == "production"
    return Hook(
        key=key,
        account=account,
        country_code=COUNTRIES[connection.country].calling_code,
        service_codes=connection.service_codes,
        organisations=(account.organisation,),
        sources=tuple(str(network) for network in config.source_addresses) if is_safaricom else (),
        secret=secret,
    )


@asynccontextmanager
async def open_app(
    config: Config,
    *,
    write: bool = True,
    before_commit: Callable[[], None] = lambda: None,
    clock: Clock | None = None,
) -> AsyncIterator[Running]:
    """Everything but the doors. `write` takes the data folder's lock on SQLite (or raises `Busy`); without it nothing may be
    written. `before_commit` is for benchmarks: it runs in the writer's thread; `clock` is for a demo. Raises `NotMigrated` for a
    database of another version."""
    clock, ids, chance = clock or SystemClock(), UuidV7(), SystemRandom()
    keyring = _keyring(config, chance.token)
    database = DatabaseUrl(config.database_url)
    async with AsyncExitStack() as stack:
        if database.is_sqlite and write:
            stack.callback(os.close, take_lock(config.data_dir))
        engine = writer_engine(database)
        stack.callback(engine.dispose)
        with engine.connect() as connection:
            if (found := version(connection)) != REVISION:
                raise NotMigrated(f"the database is at {found or 'nothing'}, the program at {REVISION}: karani migrate")
            vault = open_vault(connection, keyring)
        writer = Writer(
            engine,
            vault,
            clock,
            ids,
            slot=os.getpid() % SLOTS,
            queue_limit=config.write_queue,
            batch_limit=config.write_batch,
            before_commit=before_commit,
            on_bug=_report,
        )
        join = start_thread("writer", writer.run)
        stack.callback(join)
        stack.callback(writer.stop)
        readers = ThreadPool(name="reader", workers=READERS, most_waiting=READS_WAITING)
        within_s = READ_WITHIN_S if write else READ_ALL_WITHIN_S
        reader = Reader(reader_engine(database), vault, clock, ids, readers, within_s=within_s)
        stack.push_async_callback(reader.close)
        stack.callback(readers.close)
        http = AiohttpClient()
        stack.push_async_callback(http.close)
        threads = ThreadPool(name="sms", workers=config.sms_threads)
        stack.callback(threads.close)
        hashing = ThreadPool(name="passphrases", workers=2)
        stack.callback(hashing.close)
        paper = ThreadPool(name="paper", workers=1, most_waiting=8)
        stack.callback(paper.close)
        press = Press(paper, public_url=config.public_url)
        memory = await _memory(config, clock, vault, stack)
        running = Running(
            App(reader, writer, clock, ids, chance, memory, {}, {}), config, clock, ids, http, threads, hashing, press
        )
        app = running.app
        app.rails, app.gateways, app.mailers = running.rails, running.gateways, running.mailers
        await running.rewire()
        if not write:
            calm_collector()
        yield running


SLOTS = 64
"""Processes that share a PostgreSQL fold balances into this many rows an account, so that they seldom meet."""


async def _memory(config: Config, clock: Clock, vault: Vault, stack: AsyncExitStack) -> KeyValue:
    """Sessions and tokens: in this process, or sealed in Redis when several share them."""
    if config.redis_url is None:
        return MemoryKeyValue(clock)
    shared = RedisKeyValue(config.redis_url)
    stack.push_async_callback(shared.close)
    return SealedKeyValue(shared, vault)


def take_lock(data_dir: Path) -> int:
    """One process owns a SQLite file: the lock in the data folder says which. Raises `Busy`."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise Busy("another process of Karani owns this data folder") from None
    return handle


class Busy(KaraniError):
    """The data folder is in use."""


def _report(use_case: Callable[..., Any], error: BaseException) -> None:
    log.error("use_case_failed", use_case=use_case.__name__, exc_info=error)


# --- serving -----------------------------------------------------------------------------------------------------------


def web_application(running: Running) -> web.Application:
    """All doors on one application; the middleware guards what is below /hooks/."""
    app, config = running.app, running.config
    proxies = [str(network) for network in config.trusted_proxies]
    guard = middleware(app, running.hooks, clock=running.clock, ids=running.ids, trusted_proxies=proxies)
    passphrases = Passphrases(running.hashing, app.random)
    talk = Talk(Program(app, passphrases, public_url=config.public_url), app.memory, GRAPH)
    refusals: dict[str, admission.Refusal] = {
        "ussd": partial(ussd_door.too_busy, talk),
        "c2b/validation": mpesa_door.not_judged,
    }
    gate = admission.middleware(admission.Gate(app.writer, running.clock), refusals)
    site = web.Application(middlewares=[gate, guard], client_max_size=LONGEST_BODY)
    # Paths are compared one after the other: the busiest doors come first.
    for routes in (
        ussd_door.routes(talk),
        mpesa_door.routes(app),
        sms_door.routes(app, public_url=config.public_url),
        health.routes(app),
    ):
        site.add_routes(routes)
    site.add_routes(telegram_door.routes(app))
    site.add_routes(twilio_door.routes(app, public_url=config.public_url))
    site.add_routes(receipt_pages.routes(app, trusted_proxies=proxies))
    site.add_routes(mail_pages.routes(app, trusted_proxies=proxies))
    site.add_routes(staff_pages.routes(app, passphrases, public_url=config.public_url, trusted_proxies=proxies))
    site[receipt_pages.PRESS] = running.press
    site.add_routes(staff_api.routes(app, public_url=config.public_url, trusted_proxies=proxies))
    site.add_routes(document_pages.routes(app, trusted_proxies=proxies))
    return site


def workers(running: Running) -> list[Coroutine[Any, Any, None]]:
    """The rounds that run beside the doors. The outbox is also looked at: another process may have put something there."""
    app, clock = running.app, running.clock
    prompts, messages, payouts, chats, updates = Alarm(clock), Alarm(clock), Alarm(clock), Alarm(clock), Alarm(clock)
    rung = {Kind.PROMPT.value: prompts, RING: payouts, Kind.CHAT.value: chats, UPDATES: updates}
    loop = asyncio.get_running_loop()

    def ring(queued: Mapping[str, datetime]) -> None:
        for kind, due in queued.items():
            with suppress(RuntimeError):  # the loop is closed: nobody rests any more
                loop.call_soon_threadsafe(rung.get(kind, messages).ring, due)

    app.writer.on_queued = ring
    return [
        every("prompts", clock, OUTBOX_EVERY_S, Prompting(app).round, prompts),
        every("questions", clock, QUESTIONS_EVERY_S, Asking(app).round),
        every("messages", clock, OUTBOX_EVERY_S, _sending(running).round, messages),
        every("chats", clock, OUTBOX_EVERY_S, Speaking(app, running.bots, Papers(app, running.press)).round, chats),
        every("chat_updates", clock, OUTBOX_EVERY_S, Answering(app).round, updates),
        every("chat_live", clock, LIVE_EVERY_S, Following(app).round),
        every("chat_bots", clock, REGISTER_EVERY_S, Registering(running.listening, clock).round),
        every("payouts", clock, OUTBOX_EVERY_S, Paying(app).round, payouts),
        every("payout_questions", clock, QUESTIONS_EVERY_S, AskingPayouts(app).round),
        every("seals", clock, SEAL_EVERY_S, Sealing(app).round),
        every("approvals", clock, LOOK_EVERY_S, Expiring(app).round),
        every("pulls", clock, PULL_LOOK_S, PullingNow(app).round),
        every("receipts", clock, QUESTION_LOOK_S, Questioning(app).round),
        every("enquiries", clock, QUESTION_LOOK_S, Enquiring(app).round),
        every("schedule", clock, LOOK_EVERY_S, Scheduling(app, JOBS).round),
    ]


def _doorkeeping(running: Running) -> Coroutine[Any, Any, None]:
    """Beside the doors of this process: who was turned away at them is written down."""
    refusals = running.hooks.refusals
    return every("refusals", running.clock, REFUSALS_EVERY_S, lambda: refusals.flush(running.app))


def _sending(running: Running) -> Sending:
    app, config = running.app, running.config
    papers = MailPapers(app, running.press)
    return Sending(app, calls=2 * config.sms_threads, public_url=config.public_url, papers=papers)


async def serve(config: Config, role: str = "all") -> None:
    """Run until told to stop. A restart loses nothing: what was acknowledged is on disk."""
    check_role(config, role)
    async with open_app(config) as running, AsyncExitStack() as stack:
        background = Background()
        stack.push_async_callback(background.close)
        if role != "web":
            for worker in workers(running):
                background.spawn(worker)
        if role == "worker":
            calm_collector()  # `listening` does it for the others
        else:
            background.spawn(_doorkeeping(running))
            await stack.enter_async_context(listening(web_application(running), config.host, config.port))
        await stack.enter_async_context(answering(running, config.data_dir))
        log.info("ready", role=role, host=config.host, port=config.port)
        await told_to_stop()


@asynccontextmanager
async def listening(site: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """Take requests until the block ends; those under way are finished first."""
    calm_collector()
    # What is left of a body that was refused is read on for a moment, so that the caller hears why; not for ten seconds.
    runner = web.AppRunner(site, access_log=None, keepalive_timeout=75, lingering_time=LINGERS_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        yield
    finally:
        await runner.cleanup()


async def told_to_stop() -> None:
    """Wait for SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()


# --- the demo ----------------------------------------------------------------------------------------------------------


async def demo(config: Config, *, fresh: bool = False) -> None:
    """Everything on one machine: an example school, simulated providers, the sandbox page. The code is production's."""
    from sandbox.demo import Simulators, fill, fill_lender
    from sandbox.hours import Hours, clock_routes
    from sandbox.lender import LenderPlan
    from sandbox.mail import Postbox
    from sandbox.office import LENDERS, invitation, staff_the_office
    from sandbox.school import kivuli_hill

    if fresh:
        forget(config)
    migrate(config)
    clock = demo_clock(config)
    mail = Postbox(clock=clock, random=SystemRandom())
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(mail.listening("127.0.0.1"))
        config = config.model_copy(update={"smtp_server": f"127.0.0.1:{port}"})
        running = await stack.enter_async_context(open_app(config, clock=clock))
        app = running.app
        background = Background()
        stack.push_async_callback(background.close)
        plan, lender = kivuli_hill(clock.now()), LenderPlan()
        await fill(app, plan)
        await staff_the_office(app, plan)
        await fill_lender(app, lender)
        await staff_the_office(app, lender, LENDERS)
        await running.rewire()
        simulators = await Simulators.start(
            app,
            [plan, lender],
            public_url=config.public_url,
            clock=clock,
            random=app.random,
            http=running.http,
            spawn=background.spawn,
            mail=mail,
        )
        site = web_application(running)
        site.add_routes(clock_routes(Hours(app, clock, JOBS)))
        simulators.mount(site, app, plan, public_url=config.public_url, clock=clock, others=[lender])
        for worker in [*workers(running), _doorkeeping(running)]:
            background.spawn(worker)
        await stack.enter_async_context(listening(site, config.host, config.port))
        await stack.enter_async_context(answering(running, config.data_dir))
        print(f"Karani's demo is on {config.public_url}  (Ctrl-C ends it)", flush=True)  # noqa: T201 - a visitor reads it
        print(invitation(config.public_url), flush=True)  # noqa: T201 - likewise
        await told_to_stop()


def forget(config: Config) -> None:
    """Remove a demo's database, and how far its clock was moved on; nothing else."""
    for path in config.data_dir.glob("karani.db*"):
        path.unlink()
    (config.data_dir / AHEAD).unlink(missing_ok=True)


AHEAD = "clock-ahead"


def demo_clock(config: Config) -> AdvancedClock:
    """The hour of a demo's books, which its visitors move on."""
    return AdvancedClock(config.data_dir / AHEAD)


def migrate(config: Config) -> list[str]:
    """Bring the database to this program's version; the revisions that were applied."""
    from storage.migrate import migrate as run

    token = SystemRandom().token
    return run(DatabaseUrl(config.database_url), _keyring(config, token), token)


def restore(
    config: Config, file: Path, *, moved: bool, by: str, told: Callable[[str, int], None]
) -> restoration.Restored:
    """Write a backup into the configured database, which is empty. On SQLite nothing else may run on the data folder."""
    token = SystemRandom().token
    with ExitStack() as stack:
        if config.is_sqlite:
            stack.callback(os.close, take_lock(config.data_dir))
        wish = restoration.Restore(
            url=DatabaseUrl(config.database_url),
            keyring=_keyring(config, token),
            token=token,
            now=SystemClock().now(),
            new_id=UuidV7().new,
            actor=Actor(ActorKind.OPERATOR, by, "cli"),
            jobs=[job.name for job in JOBS],
            moved=moved,
        )
        source = stack.enter_context(file.open("rb"))
        return restoration.restore(source, wish, told=lambda written: told(written.table, written.rows))


def swept(database_url: str) -> list[str]:
    """Sweep the database's files; what is left for a person to do."""
    url = DatabaseUrl(database_url)
    if not sweep(url):
        return ["Readers held on to the old state: run `karani people sweep` again in a minute."]
    if not url.is_sqlite:
        return ["PostgreSQL overwrites what was replaced in time; `VACUUM FULL` at a quiet hour does so at once."]
    return []


def _keyring(config: Config, token: Callable[[int], bytes]) -> Keyring:
    return Keyring([key.get_secret_value().encode() for key in config.secret_keys], token)
