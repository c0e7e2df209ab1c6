"""Writes the first revision anew from `storage.tables`: `python -m tests.storage.first_revision`, until the first release.

What it writes is plain Alembic, with the two types of ours spelt out: a revision must mean the same for ever, whatever
becomes of `storage/types.py`. After the release, a change of the schema is a revision of its own, written by hand.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import api, produce_migrations, render_python_code
from alembic.migration import MigrationContext

import storage
from storage.tables import metadata
from storage.types import Id, Moment

FILE = Path(storage.__file__).parent / "migrations" / "versions" / "v0001_first_books.py"
HEAD = '''"""The first books: who, what is owed, the ledger, payments, what comes in and goes out.

The triggers of append-only tables are laid by `storage.schema.lay_triggers`, after this and every other revision.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.LargeBinary(16).with_variant(postgresql.UUID(), "postgresql")
MOMENT = sa.BigInteger()
"""Microseconds since 1970, UTC."""


def upgrade() -> None:
    '''


def write() -> None:
    with sa.create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        script = produce_migrations(context, metadata)
    assert script.upgrade_ops is not None
    body = render_python_code(
        script.upgrade_ops, alembic_module_prefix="op.", sqlalchemy_module_prefix="sa.", render_item=_item
    )
    FILE.write_text(
        HEAD + "\n".join(line for line in body.splitlines() if not line.lstrip().startswith("# ##")).lstrip()
    )
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", FILE], check=True)


def _item(kind: str, item: Any, _context: api.AutogenContext) -> str | Literal[False]:
    if kind == "type" and isinstance(item, Id | Moment):
        return "ID" if isinstance(item, Id) else "MOMENT"
    return False


if __name__ == "__main__":
    write()
