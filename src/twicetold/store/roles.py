"""Roles: the rights that runs need in a PostgreSQL database, and none besides."""

from __future__ import annotations

from twicetold.store.tables import SCHEMA

#: Where DBOS keeps its own tables on PostgreSQL; on SQLite they are in the store's file.
DBOS_SCHEMA = f"{SCHEMA}_dbos"


def writer_sql(role: str) -> str:
    """The statements that let a role run and publish: rows of the store's schemas, no tables, nothing of the host's.

    The owner of the schemas gives them after ``twicetold db upgrade``, and again after each upgrade.
    """
    writer = '"' + role.replace('"', '""') + '"'
    statements = []
    for schema in (SCHEMA, DBOS_SCHEMA):
        statements += [
            f"GRANT USAGE ON SCHEMA {schema} TO {writer};",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {writer};",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {writer};",
            f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {writer};",
        ]
    statements.append(f"REVOKE UPDATE, DELETE ON {SCHEMA}.audit FROM {writer};")
    return "\n".join(statements)
