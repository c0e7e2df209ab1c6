"""What a lender offers, each version kept; and how products and terms stand in a row."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from core.ids import OrganisationId
from core.loans.products import Product, Terms
from core.money import Currency
from storage.tables import loan_products
from storage.tx import Tx


def written(value: Product | Terms) -> str:
    return msgspec.json.encode(value, enc_hook=_plain).decode()


def _plain(value: Any) -> Any:
    assert isinstance(value, Currency)
    return value.code


def _read(text: str, kind: type[Any]) -> Any:
    return msgspec.json.decode(text, type=kind, dec_hook=lambda _, value: Currency[value])


@lru_cache(maxsize=4_096)
def terms_of(text: str) -> Terms:
    """Read once: a loan's row and its story say the same terms, and they never change."""
    terms: Terms = _read(text, Terms)
    return terms


def products(tx: Tx, organisation: OrganisationId) -> dict[UUID, Product]:
    """What is offered now: the newest version of each code, by code."""
    newest = (
        sa.select(loan_products.c.code, sa.func.max(loan_products.c.version).label("version"))
        .where(loan_products.c.organisation_id == organisation)
        .group_by(loan_products.c.code)
        .subquery()
    )
    rows = tx.connection.execute(
        sa.select(loan_products.c.id, loan_products.c.rules)
        .join(newest, (newest.c.code == loan_products.c.code) & (newest.c.version == loan_products.c.version))
        .where(loan_products.c.organisation_id == organisation)
        .order_by(loan_products.c.code)
    )
    return {row.id: _read(row.rules, Product) for row in rows}


def product_code(tx: Tx, version: UUID) -> str:
    """The code of the product that this is a version of."""
    return str(tx.connection.execute(sa.select(loan_products.c.code).where(loan_products.c.id == version)).scalar_one())


def add_product(tx: Tx, organisation: OrganisationId, product: Product) -> UUID:
    """A new version, numbered by the table; what was given under an older one keeps its own terms."""
    of_code = (loan_products.c.organisation_id == organisation) & (loan_products.c.code == product.code)
    last = tx.connection.scalar(sa.select(sa.func.max(loan_products.c.version)).where(of_code))
    id_ = tx.new_id()
    tx.connection.execute(
        sa.insert(loan_products).values(
            id=id_,
            organisation_id=organisation,
            code=product.code,
            version=(last or 0) + 1,
            rules=written(product),
            made_at=tx.now,
        )
    )
    return id_
