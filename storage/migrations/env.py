"""Alembic's way in. `storage.migrate` is the only caller: it hands over a connection with an open transaction."""

from alembic import context

from storage.schema import lay_triggers

connection = context.config.attributes["connection"]
context.configure(connection=connection)
context.run_migrations()
# A migration that rebuilds a table on SQLite drops its triggers with it: after every migration they are laid anew.
lay_triggers(connection)
