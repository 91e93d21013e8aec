"""What Alembic runs: the steps of a schema, over the connection that :mod:`twicetold.store.migrate` gives it."""

from __future__ import annotations

from alembic import context

from twicetold.store.tables import SCHEMA, metadata

connection = context.config.attributes["connection"]
is_sqlite = connection.dialect.name == "sqlite"
context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table="schema_version",
    version_table_schema=None if is_sqlite else SCHEMA,
    include_schemas=not is_sqlite,
    include_name=lambda name, kind, _parents: kind != "schema" or name == SCHEMA,
    render_as_batch=is_sqlite,
)
context.run_migrations()
