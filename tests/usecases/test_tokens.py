"""Tokens of programs: for somebody who is here, for something that there is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from core.errors import NotFound
from core.ids import StaffId
from core.permissions import Role
from storage.database import DatabaseUrl
from tests.world import TESTER, World, open_world
from usecases.tokens import IssueToken, RevokeTokens, issue_token, revoke_tokens


@pytest.fixture
async def world(sqlite_database: DatabaseUrl) -> AsyncIterator[World]:
    opened = open_world(sqlite_database)
    await opened.school()
    yield opened
    opened.close()
    assert opened.bugs == []


@pytest.mark.parametrize("scopes", [frozenset(), frozenset({"read", "everything"})])
async def test_a_token_for_nothing_or_for_what_there_is_not_is_not_given(world: World, scopes: frozenset[str]) -> None:
    chao = StaffId(UUID((await world.staff(Role.CASHIER, "254700800002", "Chao")).name))

    with pytest.raises(NotFound):
        await world.app.write(issue_token, IssueToken(chao, "karani_secret", "till", scopes, TESTER))


async def test_nobody_has_no_tokens(world: World) -> None:
    with pytest.raises(NotFound):
        await world.app.write(revoke_tokens, RevokeTokens(StaffId(world.ids.new()), TESTER))
