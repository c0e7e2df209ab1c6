"""The sandbox page in a real browser: what a visitor does with finger, mouse and keyboard, and what the page then shows."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect

from core.phones import Msisdn
from runtime.chance import SystemRandom
from runtime.clock import SystemClock
from sandbox import routes
from sandbox.hours import clock_routes
from sandbox.mail import Postbox
from tests.sandbox.pretend import PretendWorld, StillHours

expect.set_options(timeout=60_000)  # a busy machine is not a failure

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SIZES = [(360, 640), (768, 1024), (1440, 900)]

WANJIKU = Msisdn("254700100000")


@pytest_asyncio.fixture(loop_scope="session")
async def world() -> AsyncIterator[PretendWorld]:
    world = PretendWorld(SystemClock(), prompt_after_s=0.05)
    yield world
    await world.background.close()


@pytest_asyncio.fixture(loop_scope="session")
async def url(world: PretendWorld) -> AsyncIterator[str]:
    app = web.Application()
    mail = Postbox(clock=SystemClock(), random=SystemRandom())
    app.add_routes(clock_routes(StillHours()))
    routes.mount(app, books=world, handsets=world, moods=world, clock=SystemClock(), mail=mail)
    async with TestServer(app) as server:
        yield str(server.make_url("/sandbox"))


class Visitor:
    """Someone with the page open. What goes wrong in the browser is kept, and asked about at the end of each test."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._hear)
        self.lcd = page.locator(".lcd-body")
        self.newest = page.locator(".story").first

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    def _hear(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.errors.append(line.text)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.click(f'[data-key="{key}"]')

    async def dial(self) -> None:
        await self.page.get_by_role("button", name="Dial *384*70421#").click()
        await expect(self.lcd).to_contain_text("Kivuli Hill")

    async def reads_the_receipt(self, says: str) -> None:
        await expect(self.lcd).to_contain_text("Message from KIVULI")
        await self.press("left")
        await expect(self.lcd).to_contain_text(says)


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(browser: Browser, url: str) -> AsyncIterator[Visitor]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    visitor = Visitor(await context.new_page())
    await visitor.page.goto(url)
    await expect(visitor.lcd).to_contain_text("Wanjiku Kamau")
    await expect(visitor.page.locator("#link")).to_have_text("Live")  # what was there before is no news
    yield visitor
    assert visitor.errors == []
    await context.close()


async def test_a_visitor_dials_chooses_a_child_pays_and_reads_the_receipt(visitor: Visitor) -> None:
    await visitor.dial()
    await visitor.press("1", "left")
    await expect(visitor.lcd).to_contain_text("Pay all")
    await visitor.press("1", "call")
    await expect(visitor.lcd).to_contain_text("Pay KSh 19,950 to KIVULI HILL SCHOOL, account KV3833?")
    await visitor.press("1", "2", "3", "4", "left")

    await visitor.reads_the_receipt("KSh 19,950.00 received for KV3833. Balance KSh 0.00.")
    await expect(visitor.newest).to_contain_text("Fees owed, KV3833")
    await expect(visitor.newest).to_contain_text("Receipt SMS on the phone")
    await expect(visitor.page.locator(".stamp")).to_have_text("Trial balance0.00in balance")
    await expect(visitor.page.locator('.card[aria-pressed="true"] .owed')).to_have_text("owes nothing")
    await expect(visitor.page.locator("#steps .done")).to_have_count(3)


async def test_the_computers_keyboard_alone_is_enough(visitor: Visitor) -> None:
    keyboard = visitor.page.keyboard
    await keyboard.type("*384*70421#")
    await expect(visitor.lcd).to_have_text("*384*70421#")
    await keyboard.press("Enter")
    await expect(visitor.lcd).to_contain_text("Kivuli Hill")
    await keyboard.type("1")
    await keyboard.press("Enter")
    await expect(visitor.lcd).to_contain_text("Another amount")
    await keyboard.type("2")
    await keyboard.press("Enter")
    await expect(visitor.lcd).to_contain_text("Amount to pay")
    await keyboard.type("5009")
    await keyboard.press("Backspace")
    await keyboard.press("Enter")
    await expect(visitor.lcd).to_contain_text("Pay KSh 500 to")
    await keyboard.type("4321")
    await keyboard.press("Enter")

    await expect(visitor.lcd).to_contain_text("Message from KIVULI")
    await keyboard.press("Enter")
    await expect(visitor.lcd).to_contain_text("KSh 500.00 received")
    await keyboard.press("Escape")
    await expect(visitor.lcd).to_contain_text("Dial *384*70421#")


async def test_paybill_from_the_m_pesa_menu(visitor: Visitor) -> None:
    await visitor.press("left", "1")
    await expect(visitor.lcd.locator("input")).to_have_value("600100")
    await visitor.press("left")
    await visitor.page.get_by_role("button", name="KV3833").click()
    await visitor.press("left")
    await visitor.press("7", "5", "0", "left")
    await expect(visitor.lcd).to_contain_text("KSh 750 to 600100, account KV3833")
    await visitor.press("1", "2", "3", "4", "left")

    await visitor.reads_the_receipt("KSh 750.00 received for KV3833")
    await expect(visitor.newest).to_contain_text("exact reference KV3833")


async def test_a_wrong_account_is_seen_in_suspense(visitor: Visitor) -> None:
    suspense = visitor.page.locator(".balance", has_text="In suspense")
    await expect(suspense).to_contain_text("3,000.00")

    await visitor.press("left", "1")
    await expect(visitor.lcd.locator("input")).to_have_value("600100")
    await visitor.press("left")
    await visitor.lcd.locator("input").fill("granny")
    await visitor.press("left", "2", "0", "0", "left")
    await visitor.press("1", "2", "3", "4", "left")

    await expect(suspense).to_contain_text("3,200.00")
    await expect(visitor.newest).to_contain_text("no account is called “granny”")


async def test_an_unknown_paybill_is_said_on_the_screen(visitor: Visitor) -> None:
    await visitor.press("left", "1")
    await visitor.lcd.locator("input").fill("999")
    await visitor.press("left", "left", "5", "left", "1", "2", "3", "4", "left")

    await expect(visitor.lcd).to_contain_text("There is no paybill '999' here.")
    visitor.errors.clear()  # the browser itself notes the 404


async def test_the_right_soft_key_takes_back_what_was_typed_before_it_cancels(visitor: Visitor) -> None:
    await visitor.dial()
    reply = visitor.page.get_by_label("Your reply")
    await visitor.press("1", "7", "right")
    await expect(reply).to_have_value("1")
    await visitor.press("right", "right")

    await expect(visitor.lcd).to_contain_text("Dial *384*70421#")


@pytest.mark.parametrize("how", ["right", "end"])
async def test_a_prompt_can_be_cancelled(visitor: Visitor, how: str) -> None:
    await visitor.dial()
    await visitor.press("1", "left")
    await expect(visitor.lcd).to_contain_text("Pay all")
    await visitor.press("1", "left")
    await expect(visitor.lcd).to_contain_text("Enter PIN")

    await visitor.press(how)

    await expect(visitor.lcd).to_contain_text("Dial *384*70421#")
    await expect(visitor.page.locator('.card[aria-pressed="true"] .owed')).to_have_text("owes KSh 19,950")


async def test_fewer_than_four_digits_pay_nothing(visitor: Visitor) -> None:
    await visitor.dial()
    await visitor.press("1", "left")
    await expect(visitor.lcd).to_contain_text("Pay all")
    await visitor.press("1", "left")
    await expect(visitor.lcd).to_contain_text("Enter PIN")

    await visitor.press("1", "2", "3", "left")

    await expect(visitor.lcd).to_contain_text("Enter PIN")
    await expect(visitor.page.get_by_role("img", name="PIN: 3 of 4 digits")).to_be_visible()


async def test_another_phone_shows_its_own_screen_and_messages(visitor: Visitor, world: PretendWorld) -> None:
    await world.text(WANJIKU, "22334", "HELLO")
    await expect(visitor.lcd).to_contain_text("Message from KIVULI")
    await expect(visitor.page.locator(".badge")).to_contain_text("1")

    await visitor.page.locator(".card", has_text="Peter Otieno").click()

    await expect(visitor.lcd).to_contain_text("Peter Otieno")
    await expect(visitor.page.locator(".badge")).to_have_count(0)


async def test_what_people_write_is_shown_as_text_never_as_markup(visitor: Visitor, world: PretendWorld) -> None:
    await world.text(WANJIKU, "22334", "<img src=x onerror=alert(1)>")

    await expect(visitor.lcd).to_contain_text("Message from KIVULI")
    await visitor.press("left")

    await expect(visitor.lcd).to_contain_text("<img src=x onerror=alert(1)>")
    assert await visitor.lcd.locator("img").count() == 0


async def test_a_long_ussd_page_is_shown_whole_on_the_smallest_phone(visitor: Visitor, world: PretendWorld) -> None:
    await visitor.page.set_viewport_size({"width": 360, "height": 640})
    phone = world.phones[WANJIKU.digits]
    phone.text, phone.open = "\n".join(["Chagua mwanafunzi wa kulipia:", *["1. Bahati Odhiambo 23,456.00"] * 4]), True
    phone.text += "\n98. Zaidi\n00. Mwanzo"
    assert len(phone.text) <= 160 + 10

    await expect(visitor.lcd).to_contain_text("00. Mwanzo")

    assert await visitor.lcd.evaluate("body => body.scrollHeight <= body.clientHeight")


async def test_moods_are_set_from_the_page(visitor: Visitor, world: PretendWorld) -> None:
    await visitor.page.get_by_role("group", name="M-Pesa").get_by_role("radio", name="Twice").check(force=True)

    await expect(visitor.page.locator(".said")).to_contain_text("Every callback arrives two times")
    assert world.moods["mpesa"] == {"doubled": 1}


async def test_a_visitor_moves_the_hour_on(visitor: Visitor) -> None:
    await expect(visitor.page.locator("#hours b")).to_have_text("Fri 20 Nov 2026, 09:15")
    await visitor.page.get_by_role("button", name="A week on").click()
    await expect(visitor.page.locator("#hours .passed")).to_contain_text(
        "It is evening and 6 days. Look into the phones"
    )


async def test_without_the_feed_the_page_asks_now_and_then(browser: Browser, url: str) -> None:
    page = await browser.new_page()
    await page.route("**/sandbox/feed*", lambda route: route.fulfill(status=503, body="{}"))

    await page.goto(url)

    await expect(page.locator("#link")).to_have_text("Asking every second or two")
    await expect(page.locator(".story")).not_to_have_count(0)


async def test_the_three_steps_stay_closed_once_closed(visitor: Visitor) -> None:
    await visitor.page.get_by_role("button", name="Hide these steps").click()
    await visitor.page.reload()
    await expect(visitor.lcd).to_contain_text("Wanjiku Kamau")

    await expect(visitor.page.locator("#steps")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width, height", SIZES)
async def test_nothing_is_cut_off_at_any_width_in_light_or_dark(
    browser: Browser, url: str, width: int, height: int, scheme: str
) -> None:
    page = await browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if scheme == "dark" else "light"
    )
    visitor = Visitor(page)

    await page.goto(url)
    await expect(visitor.lcd).to_contain_text("Wanjiku Kamau")
    await expect(page.locator(".story")).not_to_have_count(0)

    assert await page.evaluate("document.documentElement.scrollWidth") == width
    assert await page.evaluate(CUT_OFF) == []
    assert await page.evaluate(FAINT) == []
    assert await page.evaluate(NAMELESS) == []
    assert all(asked.startswith(url.removesuffix("/sandbox")) for asked in visitor.asked)
    assert visitor.errors == []


CUT_OFF = """() => [...document.querySelectorAll('.ledger *, .card *, .key, .lcd-soft, .steps li')]
  .filter((node) => !node.closest('.unseen') && node.getClientRects().length)
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== 'inline'
    && !(node instanceof SVGElement))
  .map((node) => node.outerHTML.slice(0, 120))"""

# Text against the nearest opaque background: 4.5 to 1 (WCAG 2.2, 1.4.3). Gradients count by their plainest colour.
FAINT = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      const gradient = style.backgroundImage.match(/rgb\\([^)]*\\)/g);
      if (gradient && !at.matches('.ledger')) return rgb(gradient.at(-1));
      const colour = rgb(style.backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((node) => node.checkVisibility({ opacityProperty: true }) && !node.closest('.unseen, .skip, noscript'))
    .map((node) => {
      const [one, other] = [light(rgb(getComputedStyle(node).color)), light(behind(node))];
      return [(Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05), node.outerHTML.slice(0, 100)];
    })
    .filter(([ratio]) => ratio < 4.5);
}"""

NAMELESS = """() => [...document.querySelectorAll('button, input, a')]
  .filter((node) => node.checkVisibility())
  .filter((node) => !(node.getAttribute('aria-label') ?? node.closest('label')?.textContent ?? node.textContent).trim())
  .map((node) => node.outerHTML.slice(0, 120))"""
