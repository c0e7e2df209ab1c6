"""The treasury over JSON: with a token, as its bearer may, and as the document says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.permissions import Actor
from storage import tokens as token_store
from storage.database import DatabaseUrl
from tests.paying import till
from tests.usecases.spending import Office, opened_office
from tests.world import TESTER, World, open_world
from usecases.owners import OWNERS
from usecases.payouts import Claim, claim_payouts
from usecases.tokens import IssueToken, RevokeTokens, bearer, issue_token, revoke_tokens
from web.api import routes as staff_api
from web.api.document import openapi
from web.api.treasury import ENDPOINTS


@dataclass
class Programs:
    """Programs that act for each member of staff."""

    office: Office
    client: TestClient[web.Request, web.Application]

    @property
    def world(self) -> World:
        return self.office.world

    async def asks(self, who: Actor, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The answer's status and JSON (or nothing)."""
        sent = {"Authorization": f"Bearer {token_of(who)}", **headers}
        async with self.client.request(method, path, json=body, headers=sent) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw else None

    async def says(self, who: Actor, verb: str, path: str, **more: str) -> tuple[int, Any]:
        """A yes or a no of somebody who has just looked."""
        _, shown = await self.asks(who, "GET", path)
        return await self.asks(who, "POST", f"{path}/{verb}/", {"seen": shown["content"], **more})

    async def pays(self) -> str:
        """A payment that was asked for; its id."""
        status, payment = await self.asks(self.office.ruth, "POST", "/api/payments/", wish(self))
        assert status == 201, payment
        return str(payment["id"])


def wish(programs: Programs, **changes: Any) -> dict[str, Any]:
    standard = {
        "fund": str(programs.office.fund.id),
        "payee_phone": "0712 000 111",
        "payee_name": "Otieno",
        "amount": "3000",
        "purpose": "fuel",
        "reason": "the van",
    }
    return {**standard, **changes}


def token_of(who: Actor) -> str:
    return f"karani_{who.name}"


async def _programs(world: World) -> AsyncIterator[Programs]:
    async with till(world) as shop:
        office = await opened_office(world, shop)
        for who in (office.ruth, office.amina, office.carol, office.faith):
            scopes = frozenset({"read", "write"})
            wish = IssueToken(office.people[who.name].staff, token_of(who), "test", scopes, TESTER)
            await world.app.write(issue_token, wish)
        site = web.Application()
        site.add_routes(staff_api.routes(world.app, public_url="https://pay.example.org"))
        async with TestClient(TestServer(site)) as client:
            yield Programs(office, client)


@pytest.fixture
async def programs(sqlite_database: DatabaseUrl) -> AsyncIterator[Programs]:
    world = open_world(sqlite_database)
    await world.school()
    async for one in _programs(world):
        yield one
    world.close()
    assert world.bugs == []


async def test_a_payment_goes_from_the_asking_to_the_statement(programs: Programs) -> None:
    office = programs.office
    id_ = await programs.pays()
    path = f"/api/payments/{id_}"
    status, approval = await programs.says(office.amina, "approve", path)
    assert (status, approval["status"], approval["missing"]) == (200, "approved", 0)

    status, sent = await programs.asks(office.carol, "POST", f"{path}/send_otp")  # without the slash
    assert (status, "expires_at" in sent) == (200, True)
    for by, expected in (("telegram", (422, "no_chat")), ("pigeon", (400, "bad_request"))):
        status, refused = await programs.asks(office.faith, "POST", f"{path}/send_otp/", {"by": by})
        assert (status, refused.get("code")) == expected
    status, problem = await programs.asks(office.carol, "POST", f"{path}/execute/", {})
    assert (status, problem["code"]) == (422, "code_missing")
    wrong, _ = await programs.asks(office.carol, "POST", f"{path}/verify_otp/", {"code": "000000"})
    assert wrong == 422
    code = await office.code(office.carol)
    assert await programs.asks(office.carol, "POST", f"{path}/verify_otp/", {"code": code}) == (200, {"verified": True})
    headers = {"User-Agent": "till/1"}
    status, executed = await programs.asks(office.carol, "POST", f"{path}/execute/", {}, **headers)
    assert (status, executed["status"], executed["attempts"]) == (200, "executing", 1)
    await office.till.until_known()

    _, paid = await programs.asks(office.ruth, "GET", path)
    (execution,) = paid["executions"]
    assert (paid["status"], paid["payee_phone"]) == ("success", "254712***111")
    assert (execution["agent"], execution["executed_by"]) == ("till/1", execution["verified_by"])
    assert execution["outcomes"][0]["gateway_reference"] == office.till.orders[0].receipt
    again, _ = await programs.asks(office.faith, "POST", f"{path}/execute/", {})
    assert again == 409
    status, variance = await programs.asks(
        office.ruth, "POST", f"{path}/record_variance/", {"adjusted": "2800", "reason": "change"}
    )
    assert (status, variance["difference"]) == (201, "-200.00")
    code = await office.code(office.faith)
    path_of_variance = f"/api/variances/{variance['id']}"
    assert (await programs.asks(office.faith, "GET", path_of_variance))[1] == variance
    status, done = await programs.says(office.faith, "approve", path_of_variance, code=code)
    assert (status, done["status"]) == (200, "executed")
    status, ticked = await programs.asks(office.faith, "POST", f"{path}/reconcile/")
    assert (status, ticked["status"]) == (200, "reconciled")

    _, entries = await programs.asks(office.faith, "GET", f"/api/ledger/by_fund/?fund_id={office.fund.id}")
    assert [one["kind"] for one in entries["results"]] == ["variance_applied", "payout_reserved", "fund_allotted"]
    _, entry = await programs.asks(office.faith, "GET", f"/api/ledger/{entries['results'][0]['id']}/")
    assert entry == entries["results"][0]
    marks = [office.people[who.name].staff for who in (office.faith, office.amina)]
    assert [one["reconciled_by"] for one in entries["results"]] == [None, str(marks[0]), None]
    opening = f"/api/ledger/{entries['results'][2]['id']}"
    assert (await programs.asks(office.ruth, "POST", f"{opening}/reconcile/"))[0] == 403
    status, marked = await programs.asks(office.amina, "POST", f"{opening}/reconcile/")
    assert (status, marked["reconciled_by"]) == (200, str(marks[1]))
    assert (await programs.asks(office.ruth, "GET", f"{opening}/"))[1] == marked
    status, twice = await programs.asks(office.faith, "POST", f"{opening}/reconcile/")
    assert (status, twice["code"]) == (409, "already_reconciled")
    _, balance = await programs.asks(office.faith, "GET", f"/api/funds/{office.fund.id}/balance/")
    assert (balance["balance"], balance["needs_replenishment"]) == ("17200.00", False)
    assert await office.till.agrees() == []


async def test_whoever_asked_may_change_and_withdraw_and_nobody_else(programs: Programs) -> None:
    office, id_ = programs.office, await programs.pays()
    path = f"/api/payments/{id_}/"

    status, changed = await programs.asks(
        office.ruth,
        "PATCH",
        path,
        {
            "amount": "2500.00",
            "payee_name": "Otieno O",
            "payee_phone": "0712000112",
            "purpose": "tyres",
            "reason": "flat",
        },
    )
    assert (status, changed["amount"], changed["payee_phone"], changed["purpose"]) == (
        200,
        "2500.00",
        "254712***112",
        "tyres",
    )
    assert (await programs.asks(office.amina, "PATCH", path, {"amount": "1"}))[0] == 403
    assert (await programs.asks(office.amina, "DELETE", path))[0] == 403
    status, gone = await programs.asks(office.ruth, "DELETE", path)
    assert (status, gone["status"]) == (200, "withdrawn")
    assert (await programs.says(office.amina, "reject", path.rstrip("/")))[0] == 409


async def test_a_yes_is_to_what_was_shown_and_to_nothing_else(programs: Programs) -> None:
    office, id_ = programs.office, await programs.pays()
    path = f"/api/payments/{id_}"
    _, shown = await programs.asks(office.amina, "GET", path)
    change = {"amount": "9000", "payee_phone": "0799999999", "payee_name": "a cousin"}
    _, changed = await programs.asks(office.ruth, "PATCH", path, change)

    for verb in ("approve", "reject"):
        status, problem = await programs.asks(office.amina, "POST", f"{path}/{verb}/", {"seen": shown["content"]})
        assert (status, problem["code"]) == (409, "content_changed")
        status, problem = await programs.asks(office.amina, "POST", f"{path}/{verb}/", {})
        assert (status, problem["code"]) == (400, "bad_request")
        assert "seen" in problem["detail"]

    assert changed["content"] != shown["content"]
    assert (await programs.asks(office.amina, "GET", path))[1] == changed
    assert changed["status"] == "pending"
    status, approval = await programs.says(office.amina, "approve", path)
    assert (status, approval["status"]) == (200, "approved")


async def test_a_payment_for_a_later_day_is_approved_in_whatever_zone_the_day_was_told(programs: Programs) -> None:
    office = programs.office
    later = wish(programs, not_before="2027-02-01T08:00:00+03:00")
    status, payment = await programs.asks(office.ruth, "POST", "/api/payments/", later)
    path = f"/api/payments/{payment['id']}"
    assert (status, (await programs.asks(office.ruth, "GET", path))[1]["content"]) == (201, payment["content"])

    status, approval = await programs.says(office.amina, "approve", path)

    assert (status, approval["status"]) == (200, "approved")


async def test_what_was_let_go_for_a_later_day_is_called_back(programs: Programs) -> None:
    office = programs.office
    later = wish(programs, not_before="2027-02-01T08:00:00+03:00")
    _, payment = await programs.asks(office.ruth, "POST", "/api/payments/", later)
    path = f"/api/payments/{payment['id']}"
    early = await programs.asks(office.ruth, "POST", f"{path}/call_back/")
    assert (early[0], early[1]["code"]) == (409, "payment_status")
    await programs.says(office.amina, "approve", path)
    code = await office.code(office.carol)
    await programs.asks(office.carol, "POST", f"{path}/execute/", {"code": code})
    assert (await programs.asks(office.ruth, "DELETE", path))[0] == 409

    status, back = await programs.asks(office.ruth, "POST", f"{path}/call_back/")

    assert (status, back["status"], back["last_error"]) == (200, "failed", "withdrawn")
    assert back["executions"][0]["outcomes"][0]["state"] == "failed"
    (fund,) = (await programs.asks(office.ruth, "GET", "/api/funds/"))[1]
    assert fund["balance"] == "20000.00"
    assert (await programs.asks(office.faith, "POST", f"{path}/call_back/"))[0] == 409


async def test_what_may_have_left_is_not_called_back(programs: Programs) -> None:
    office, id_ = programs.office, await programs.pays()
    path = f"/api/payments/{id_}"
    await programs.says(office.amina, "approve", path)
    code = await office.code(office.carol)
    await programs.asks(office.carol, "POST", f"{path}/execute/", {"code": code})
    await office.till.hears_its_balance()
    await office.world.app.write(claim_payouts, Claim(1))

    status, problem = await programs.asks(office.faith, "POST", f"{path}/call_back/")

    assert (status, problem["code"]) == (409, "payout_too_late")


async def test_funds_ask_to_be_filled_up_and_lists_come_in_pages(programs: Programs) -> None:
    office = programs.office
    (fund,) = (await programs.asks(office.ruth, "GET", "/api/funds/"))[1]
    assert (await programs.asks(office.ruth, "GET", f"/api/funds/{fund['id']}/"))[1] == fund
    path = f"/api/funds/{fund['id']}/replenish/"
    status, one = await programs.asks(office.ruth, "POST", path, {"amount": "500"})
    assert (status, one["amount"], one["status"]) == (201, "500.00", "pending")
    assert (await programs.asks(office.ruth, "GET", f"/api/replenishments/{one['id']}/"))[1] == one
    status, ruled = await programs.says(office.faith, "reject", f"/api/replenishments/{one['id']}", reason="no")
    assert (status, ruled["status"]) == (200, "rejected")
    ids = [await programs.pays() for _ in range(3)]

    seen, before = [], ""
    while True:
        _, page = await programs.asks(office.ruth, "GET", f"/api/payments/?limit=2&status=pending{before}")
        seen += [one["id"] for one in page["results"]]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert seen == ids[::-1]
    assert (await programs.asks(office.ruth, "GET", "/api/variances/"))[1] == {"results": [], "next": None}
    assert len((await programs.asks(office.amina, "GET", "/api/ledger/?limit=1"))[1]["results"]) == 1
    assert len((await programs.asks(office.ruth, "GET", "/api/replenishments/"))[1]["results"]) == 1


async def test_who_polls_and_sees_nothing_new_is_told_so_in_a_few_bytes(programs: Programs) -> None:
    headers = {"Authorization": f"Bearer {token_of(programs.office.ruth)}"}
    async with programs.client.get("/api/funds/", headers=headers) as answer:
        tag = answer.headers["ETag"]
    async with programs.client.get("/api/funds/", headers={**headers, "If-None-Match": f'"x", {tag}'}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")


async def test_a_token_is_kept_hashed_limited_and_revocable(programs: Programs) -> None:
    office, world = programs.office, programs.world
    staff = office.people[office.ruth.name].staff
    await world.app.write(
        issue_token, IssueToken(staff, "karani_only_looks_12345", "look", frozenset({"read"}), TESTER)
    )
    headers = {"Authorization": "Bearer karani_only_looks_12345"}

    async with programs.client.get("/api/funds/", headers=headers) as answer:
        assert answer.status == 200
    async with programs.client.post("/api/payments/", headers=headers, json=wish(programs)) as answer:
        assert (answer.status, answer.content_type) == (403, "application/problem+json")
    assert b"karani_only" not in repr(world.rows("SELECT * FROM api_tokens")).encode()
    assert len(await world.app.read(token_store.of_staff, staff)) == 2
    assert await world.app.write(revoke_tokens, RevokeTokens(staff, TESTER)) == 2
    async with programs.client.get("/api/funds/", headers=headers) as answer:
        assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="karani"')
    assert await world.app.read(bearer, "nobody's", "") is None


async def test_strangers_are_told_nothing_and_soon_to_wait(programs: Programs) -> None:
    statuses = []
    for _ in range(25):
        async with programs.client.get("/api/funds/") as answer:
            statuses.append(answer.status)
    assert statuses == [401] * 20 + [429] * 5


async def test_what_cannot_be_read_or_done_is_a_problem_document(programs: Programs) -> None:
    office = programs.office
    nowhere = UUID(int=7)
    for status, method, path, body in (
        (404, "GET", f"/api/payments/{nowhere}/", None),
        (404, "GET", "/api/payments/nonsense/", None),
        (404, "GET", f"/api/funds/{nowhere}/", None),
        (404, "GET", f"/api/variances/{nowhere}/", None),
        (404, "GET", f"/api/replenishments/{nowhere}/", None),
        (404, "GET", f"/api/ledger/{nowhere}/", None),
        (400, "GET", "/api/ledger/by_fund/", None),
        (400, "GET", "/api/payments/?status=odd", None),
        (404, "GET", "/api/nothing/", None),
        (404, "POST", "/api/", {}),
        (405, "DELETE", "/api/funds/", None),
        (405, "PUT", f"/api/payments/{nowhere}", {}),
        (405, "POST", "/api/openapi.json", {}),
        (400, "GET", "/api/payments/?limit=0", None),
        (400, "GET", "/api/payments/?before=x", None),
        (400, "GET", "/api/payments/?odd=1", None),
        (400, "POST", "/api/payments/", {"fund": 3}),
        (400, "POST", "/api/payments/", wish(programs, odd=1)),
        (422, "POST", "/api/payments/", wish(programs, amount="3000.50")),
        (422, "POST", "/api/payments/", wish(programs, payee_phone="nine words")),
        (422, "POST", "/api/payments/", wish(programs, amount="900000")),
        (400, "POST", "/api/payments/", wish(programs, not_before="2027-01-01T08:00:00")),
        (400, "POST", "/api/payments/", wish(programs, not_before="0001-01-01T00:00:00+03:00")),
        (400, "POST", "/api/payments/", wish(programs, payee_name="Oti\0eno")),
        (400, "POST", "/api/payments/", wish(programs, reason="the\0van")),
        (400, "POST", "/api/payments/", wish(programs, reason="the \ud800 van")),
        (400, "POST", f"/api/payments/{nowhere}/record_variance/", {"adjusted": "1", "reason": "why\0"}),
    ):
        found, problem = await programs.asks(office.ruth, method, path, body)
        assert (found, problem["status"]) == (status, status), (method, path, problem)
        assert problem["title"]
        assert problem["code"]
        assert problem["detail"] != "Not found: ."
    no = {"seen": "0" * 64, "reason": "n\0o"}
    assert (await programs.asks(office.amina, "POST", f"/api/payments/{nowhere}/reject/", no))[0] == 400


async def test_whoever_uses_a_wrong_method_is_told_which_there_are(programs: Programs) -> None:
    async with programs.client.put(f"/api/payments/{UUID(int=7)}") as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "DELETE, GET, PATCH")
        assert answer.content_type == "application/problem+json"
    async with programs.client.get("/api/nothing") as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_headers_of_any_bytes_break_nothing(programs: Programs) -> None:
    office, id_ = programs.office, await programs.pays()
    path = f"/api/payments/{id_}"
    await programs.says(office.amina, "approve", path)
    body = json.dumps({"code": await office.code(office.carol)}).encode()

    async def sends(token: bytes) -> bytes:
        """As no client of HTTP would: its name and its token are no text."""
        reader, writer = await asyncio.open_connection(programs.client.host, programs.client.port)
        headers = b"Host: x\r\nConnection: close\r\nUser-Agent: t\xffll\r\nAuthorization: Bearer " + token
        head = f"POST {path}/execute/ HTTP/1.1\r\nContent-Length: {len(body)}\r\n".encode() + headers
        writer.write(head + b"\r\n\r\n" + body)
        answer = await reader.read()
        writer.close()
        return answer.split(b"\r\n")[0]

    assert await sends(b"\xff" * 40) == b"HTTP/1.1 401 Unauthorized"
    assert await sends(token_of(office.carol).encode()) == b"HTTP/1.1 200 OK"
    (execution,) = (await programs.asks(office.carol, "GET", path))[1]["executions"]
    assert execution["agent"] == "tll"


async def test_who_may_not_see_payments_reads_of_the_books_what_is_of_funds(programs: Programs) -> None:
    office, world = programs.office, programs.world
    await world.students({"KV10": 2_000})
    await world.arrives(world.notice("KV10", 500))
    _, page = await programs.asks(office.amina, "GET", "/api/ledger/")
    kinds = {one["kind"]: one["id"] for one in page["results"]}

    async def status(who: Actor, path: str) -> int:
        return (await programs.asks(who, "GET", path))[0]

    assert await status(office.ruth, "/api/ledger/") == 403
    assert await status(office.ruth, f"/api/ledger/{kinds['payment_received']}/") == 403
    assert await status(office.amina, f"/api/ledger/{kinds['payment_received']}/") == 200
    assert await status(office.ruth, f"/api/ledger/{kinds['fund_allotted']}/") == 200
    assert await status(office.ruth, f"/api/ledger/by_fund/?fund_id={office.fund.id}") == 200


# --- the document ------------------------------------------------------------------------------------------------------


async def test_the_document_describes_every_route_that_there_is(programs: Programs) -> None:
    async with programs.client.get("/api/openapi.json") as answer:
        document = await answer.json()

    described = {(path, method.upper()) for path, said in document["paths"].items() for method in said}
    served = {
        (route.resource.canonical, route.method) for route in programs.client.app.router.routes() if route.resource
    }
    assert described | {("/api/openapi.json", "GET")} == {
        (path, method) for path, method in served if method != "HEAD" and path.endswith(("/", ".json"))
    }
    assert {(path.rstrip("/"), method) for path, method in described} <= served
    assert document["openapi"] == "3.1.0"
    names = [said["operationId"] for methods in document["paths"].values() for said in methods.values()]
    assert len(names) == len(set(names))
    assert set(_refs(document)) <= {
        f"#/components/{kind}/{name}" for kind, found in document["components"].items() for name in found
    }


def _refs(said: Any) -> list[str]:
    if isinstance(said, dict):
        own = [said["$ref"]] if "$ref" in said else []
        return own + [ref for each in said.values() for ref in _refs(each)]
    return [ref for each in said for ref in _refs(each)] if isinstance(said, list) else []


DOCUMENT = openapi(ENDPOINTS, server="https://pay.example.org")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def _values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a schema of the document allows, and now and then anything else."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return st.one_of([_values(each) for each in schema["anyOf"]])
    if schema.get("type") == "object":
        required = schema.get("required", [])
        fields = {name: _values(each) for name, each in schema.get("properties", {}).items()}
        fitting = st.fixed_dictionaries(
            {name: fields[name] for name in required},
            optional={name: each for name, each in fields.items() if name not in required},
        )
        return fitting | ANYTHING
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z")) | ANYTHING
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda at: at.isoformat() + "Z") | ANYTHING
    return st.text(max_size=30) | ANYTHING


OPERATIONS = sorted(
    (path, method, repr(sorted(said)))
    for path, methods in DOCUMENT["paths"].items()
    for method, said in methods.items()
)


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
async def test_no_request_that_the_document_allows_or_forbids_makes_us_fail(
    programs: Programs, data: st.DataObject
) -> None:
    """Every operation with bodies made of its own schema, as every role: never a 5xx, and never a status that is not in the
    document."""
    office = programs.office
    path, method, _ = data.draw(st.sampled_from(OPERATIONS))
    said = DOCUMENT["paths"][path][method]
    known = [
        str(office.fund.id),
        *(str(UUID(bytes=row[0])) for row in programs.world.rows("SELECT id FROM fund_payments")),
    ]
    id_ = data.draw(st.sampled_from(known) | st.uuids().map(str) | st.text(min_size=1, max_size=8).filter(str.isalnum))
    query = {
        each["name"]: data.draw(st.text(max_size=10) | st.uuids().map(str))
        for each in said.get("parameters", [])
        if each["in"] == "query" and data.draw(st.booleans())
    }
    body = None
    if "requestBody" in said:
        body = data.draw(_values(said["requestBody"]["content"]["application/json"]["schema"]))
        if isinstance(body, dict) and "fund" in body and data.draw(st.booleans()):
            body["fund"] = str(office.fund.id)
    who = data.draw(st.sampled_from([office.ruth, office.amina, office.carol, office.faith]))
    headers = {"Authorization": f"Bearer {token_of(who)}"}

    async with programs.client.request(
        method, path.replace("{id}", id_), params=query, json=body, headers=headers
    ) as answer:
        assert answer.status < 500, await answer.text()
        assert str(answer.status) in said["responses"], (path, method, answer.status)


def test_each_kind_that_the_api_decides_has_its_owner() -> None:
    assert {"payout", "variance", "replenishment"} <= {kind.value for kind in OWNERS}
