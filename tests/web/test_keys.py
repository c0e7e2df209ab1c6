"""Who may speak at a hook, and for whose money."""

from collections.abc import AsyncIterator

import pytest
from prometheus_client import generate_latest
from structlog.testing import capture_logs

from storage.database import DatabaseUrl
from tests.web.door import ACCEPTED, ACKNOWLEDGED, FORM, KEY, Door, confirmation, hop, opened, prompted, sample
from tests.world import TESTER
from usecases.registration import ChangeHookKey, RetireHookKey, change_hook_key, retire_hook_key

OPERATIONS = ["c2b/confirmation", "c2b/validation", "stk", "ussd", "ussd/events", "sms", "sms/delivery", "sms/optout"]
SAFARICOM = "196.201.214.200"


STRANGE = ["another-key", "KEY-OF-THE-HOOK", "%00", "%2F", "hooks", "%ff%fe", "k" * 4_000, "\u0431"]


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_an_unknown_key_finds_nothing_and_is_logged_without_the_key(door: Door, operation: str) -> None:
    money = await door.money()

    with capture_logs() as logs:
        replies = [await door.post(operation, sample("c2b_confirmation"), key=key) for key in STRANGE]

    assert {reply.status for reply in replies} == {404}
    assert await door.money() == money
    assert door.outcomes() == []
    told = {
        "event": "callback_refused",
        "operation": operation,
        "address": "127.0.0.1",
        "known_key": False,
        "log_level": "warning",
    }
    assert logs == [told] * len(STRANGE)


# --- the wrong organisation's money -------------------------------------------------------------------------------------


@pytest.mark.sampled
@pytest.mark.parametrize("shortcode", ["174379", 174379, "0600984", "600984x", "\u0000", "6009840"])
async def test_money_of_another_short_code_is_not_credited_but_waits_unread(either: Door, shortcode: object) -> None:
    """Somebody registered our address for another paybill: whose money it is, a person must say."""
    money = await either.money()

    reply = await either.post("c2b/confirmation", confirmation(BusinessShortCode=shortcode))

    assert (reply.status, reply.body) == (200, ACKNOWLEDGED)
    assert await either.money() == money
    ((operation, why),) = either.unread()
    assert operation == "c2b/confirmation"
    assert "not this account's" in why


async def test_a_payment_to_another_short_code_is_cancelled_before_it_happens(door: Door) -> None:
    reply = await door.post("c2b/validation", confirmation(BusinessShortCode="174379"))

    assert (reply.status, reply.body) == (200, b'{"ResultCode":"C2B00015","ResultDesc":"Rejected"}')
    assert len(door.unread()) == 1


@pytest.mark.parametrize("shortcode", ["600984", 600984, " 600984 ", "", None])
async def test_our_own_short_code_may_be_written_in_any_way_or_be_missing(door: Door, shortcode: object) -> None:
    """Old sandbox bodies leave it out: then the key alone says whose money it is."""
    await door.post("c2b/confirmation", confirmation(BusinessShortCode=shortcode))

    assert await door.world.owes("ADM2231") == 0


@pytest.mark.parametrize("shortcode", ["600246", "600100"])
async def test_a_till_is_named_by_its_own_number_or_its_head_offices(door: Door, shortcode: str) -> None:
    await door.sets_up("duka", shortcode="600100", till="600246")

    await door.post(
        "c2b/confirmation", confirmation(BusinessShortCode=shortcode, TransactionType="Buy Goods"), key="key-of-duka"
    )

    assert len(door.payments()) == 1


async def test_one_schools_key_cannot_settle_another_schools_prompt(either: Door) -> None:
    request_id = "ws_CO_20112026091501334708374149"
    await either.world.prompts("254708374149", {"ADM2231": 1_500}, request_id=request_id)
    await either.sets_up("mlima", shortcode="600200")
    owed = await either.world.owes("ADM2231")

    for body in (prompted(), prompted(code=1032)):
        assert (await either.post("stk", body, key="key-of-mlima")).body == ACKNOWLEDGED

    ours = either.world.rows("SELECT status FROM payments WHERE minor = 150000 AND receipt IS NULL")
    assert ours == [("processing",)]
    assert await either.world.owes("ADM2231") == owed


async def test_the_same_receipt_at_two_schools_is_two_coins(either: Door) -> None:
    """Receipts are Safaricom's; that one organisation saw a receipt must not keep another's money out."""
    await either.sets_up("mlima", shortcode="600200")

    await either.post("c2b/confirmation", confirmation(BusinessShortCode="600200"), key="key-of-mlima")
    await either.post("c2b/confirmation", confirmation())

    assert len(either.payments()) == 2
    assert await either.world.owes("ADM2231") == 0


@pytest.mark.parametrize("operation", ["c2b/confirmation", "c2b/validation", "stk"])
async def test_a_key_of_the_sms_gateway_brings_no_money(door: Door, operation: str) -> None:
    await door.sets_up("kivuli", shortcode="70421", provider="africastalking", key="key-of-the-gateway")
    money = await door.money()

    for body in (sample("c2b_confirmation"), prompted(), b"A" * 100_000):
        assert (await door.post(operation, body, key="key-of-the-gateway")).status == 404
    assert await door.money() == money


async def test_a_new_set_up_is_in_force_at_once_and_old_keys_stay(door: Door) -> None:
    await door.sets_up("mlima", shortcode="600200")

    assert (await door.post("c2b/validation", sample("c2b_validation"))).body == ACCEPTED
    assert (await door.post("ussd", hop(), key="key-of-mlima")).status == 200


# --- where callbacks come from ------------------------------------------------------------------------------------------


@pytest.fixture
async def guarded(sqlite: DatabaseUrl) -> AsyncIterator[Door]:
    """A production account behind a proxy on this machine."""
    env = {"KARANI_SOURCE_ADDRESSES": "196.201.214.0/24", "KARANI_TRUSTED_PROXIES": "127.0.0.1"}
    async with opened(sqlite, **env) as door:
        await door.sets_up("kivuli", environment="production", key=KEY)
        yield door


@pytest.mark.parametrize(
    "forwarded",
    [
        None,
        "",
        "10.0.0.9",
        f"{SAFARICOM}, 10.0.0.9",
        "unknown",
        "196.201.214.200.evil",
        "196.201.214.200/24",
        "::1",
        "196.201.214.",
        "0xc4c9d6c8",
    ],
)
async def test_a_callback_from_elsewhere_finds_nothing(guarded: Door, forwarded: str | None) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}

    reply = await guarded.post("c2b/confirmation", sample("c2b_confirmation"), headers=headers)

    assert reply.status == 404
    assert guarded.outcomes() == []


@pytest.mark.parametrize("forwarded", [SAFARICOM, f"10.0.0.9, {SAFARICOM}", f"::ffff:{SAFARICOM}"])
async def test_the_last_hop_that_our_proxy_saw_is_who_calls(guarded: Door, forwarded: str) -> None:
    headers = {"X-Forwarded-For": forwarded}

    assert (await guarded.post("c2b/confirmation", sample("c2b_confirmation"), headers=headers)).body == ACKNOWLEDGED
    assert len(guarded.payments()) == 1


async def test_a_header_line_of_the_callers_own_is_not_the_proxys(guarded: Door) -> None:
    """Some proxies add a second line instead of prolonging the first, which the caller wrote."""
    reader, writer = await guarded.connect()
    body = sample("c2b_confirmation")
    head = f"POST /hooks/{KEY}/c2b/confirmation HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}X-Forwarded-For: {SAFARICOM}\r\nX-Forwarded-For: 10.0.0.9\r\n\r\n".encode() + body)

    assert b" 404 " in await reader.readline()
    writer.close()
    assert guarded.payments() == []


async def test_nobody_else_is_believed_about_where_he_comes_from(sqlite: DatabaseUrl) -> None:
    async with opened(sqlite, KARANI_SOURCE_ADDRESSES=SAFARICOM, KARANI_TRUSTED_PROXIES="10.1.1.1") as door:
        await door.sets_up("kivuli", environment="production", key=KEY)
        headers = {"X-Forwarded-For": SAFARICOM}

        assert (await door.post("c2b/confirmation", sample("c2b_confirmation"), headers=headers)).status == 404


async def test_what_a_caller_writes_never_becomes_a_label(door: Door) -> None:
    for path in ("/hooks/a-secret/made/up", "/hooks/a-secret/stk/", "/hooks/a-secret", "/hooks//stk"):
        async with door.client.post(path, data=b"", headers={"Content-Type": FORM}) as answer:
            assert answer.status == 404
    await door.post("stk", b"", key="a-secret")

    assert b"a-secret" not in generate_latest()


# --- a key that leaked --------------------------------------------------------------------------------------------------


async def test_both_keys_count_until_the_old_one_is_retired(door: Door) -> None:
    app, account = door.world.app, door.world.account.id

    async def answered() -> list[int]:
        return [
            (await door.post("c2b/validation", sample("c2b_confirmation"), key=key)).status for key in (KEY, "another")
        ]

    await app.write(change_hook_key, ChangeHookKey(account, "another", TESTER))
    await door.running.rewire()
    assert await answered() == [200, 200]

    await app.write(retire_hook_key, RetireHookKey(account, TESTER))
    await door.running.rewire()
    assert await answered() == [404, 200]
