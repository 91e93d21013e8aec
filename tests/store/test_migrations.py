"""Migrations: from nothing to the newest schema, once, also when several begin at once; never backwards."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from twicetold.decisions import Answer, Decision
from twicetold.errors import SchemaTooNew, SchemaTooOld
from twicetold.groups import Group
from twicetold.store import decisions, migrate, records, results
from twicetold.store.engine import transaction
from twicetold.store.roles import DBOS_SCHEMA
from twicetold.store.tables import SCHEMA, metadata

AT = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
UPGRADE = """
import sys
from twicetold.platform.secret import Secret
from twicetold.platform.services import Database
from twicetold.store.engine import open_engine
from twicetold.store.migrate import upgrade
upgrade(open_engine(Database("store", "the tests", Secret(sys.argv[1]), None)))
"""
NEWEST = migrate.newest_revision()
LATER = f"{int(NEWEST) + 1:04}"
#: A revision that later programs might bring: it only adds, so that those of today go on. For SQLite, SQLAlchemy takes
#: the schema out of statements of its own making, but not out of Alembic's ALTER TABLE.
ADDS = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "LATER", "NEWEST"
def upgrade():
    schema = None if op.get_bind().dialect.name == "sqlite" else "twicetold"
    op.add_column("records", sa.Column("language", sa.Text(), server_default="en", nullable=False), schema=schema)
    op.create_table("notes", sa.Column("id", sa.Integer(), primary_key=True), schema="twicetold")
""".replace("LATER", LATER).replace("NEWEST", NEWEST)
#: The same, but it no longer serves the programs of today.
BREAKS = ADDS + f"    op.execute(\"update {{about}} set oldest_code = '{LATER}'\")\n"


def tables_of(engine):
    return set(sa.inspect(engine).get_table_names(schema=None if engine.dialect.name == "sqlite" else SCHEMA))


def fill(engine):
    """Some rows of every kind that has to last."""
    with transaction(engine) as connection:
        found = [records.Record(f"g{n}", f"Goal {n}", "north", {"status": "open"}) for n in range(3)]
        records.publish_records(connection, "files", AT, found)
        results.publish_scopes(
            connection,
            "files",
            AT,
            gone=results.scopes_in_force(connection, "files"),
            fresh=[{"scope": "north", "digest": "d1", "records": 3, "groups": 1}],
            found_groups=[Group("x1", "north", ("g0", "g1"), "g0")],
            found_pairs=[],
        )
        decisions.add_decisions(connection, "files", [Decision("g0", "g2", Answer.DIFFERENT, "ann", at=AT)])


def held(engine):
    """What a program of today reads from a store."""
    with transaction(engine) as connection:
        return (
            records.read_records(connection, "files"),
            results.groups_in_force(connection, "files"),
            results.scopes_in_force(connection, "files"),
            decisions.read_decisions(connection, "files"),
        )


@pytest.fixture
def upgrade_further(tmp_path):
    """Brings a store to a revision that this program does not know."""

    def upgrade_further(engine, source: str) -> None:
        folder = tmp_path / "later"
        folder.mkdir()
        about = "about" if engine.dialect.name == "sqlite" else f"{SCHEMA}.about"
        (folder / f"{LATER}_later.py").write_text(source.replace("{about}", about))
        with transaction(engine) as connection:
            config = migrate.alembic_config(connection)
            versions = f"{config.get_main_option('script_location')}/versions"
            config.set_main_option("version_locations", f"{versions}:{folder}")
            command.upgrade(config, "head")

    return upgrade_further


def test_an_empty_database_has_no_revision_and_is_of_no_use(empty_engine):
    found = migrate.status(empty_engine)
    assert (found.current, found.serves, found.is_usable, found.is_current) == ("", "", False, False)
    with pytest.raises(SchemaTooOld, match="has no schema yet"):
        migrate.require_usable(empty_engine)


def test_an_empty_database_gets_all_tables(empty_engine):
    before = migrate.upgrade(empty_engine)
    assert before.current == ""
    assert tables_of(empty_engine) == {table.name for table in metadata.sorted_tables} | {"schema_version"}
    assert migrate.status(empty_engine).is_current
    migrate.require_usable(empty_engine)


def test_a_second_upgrade_changes_nothing(engine):
    fill(engine)
    kept = held(engine)
    assert migrate.upgrade(engine).is_current
    assert held(engine) == kept


def test_threads_that_upgrade_at_once_wait_for_each_other(empty_engine, at_once):
    outcomes = at_once(lambda _place: migrate.upgrade(empty_engine).current, 4)
    assert sorted(outcomes) == ["", *[migrate.newest_revision()] * 3]
    assert migrate.status(empty_engine).is_current


def test_processes_that_upgrade_at_once_wait_for_each_other(address, empty_engine):
    started = [subprocess.Popen([sys.executable, "-c", UPGRADE, address]) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0] * 4
    assert migrate.status(empty_engine).is_current
    with empty_engine.connect() as connection:
        assert connection.execute(sa.text(f"select count(*) from {_place(empty_engine, 'about')}")).scalar() == 1


def test_the_migrations_make_the_tables_that_the_code_knows(engine):
    is_sqlite = engine.dialect.name == "sqlite"

    def is_ours(name, kind, parents):
        return is_sqlite or kind != "schema" or name == SCHEMA

    known = sa.MetaData(naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        alone = {"schema": None, "referred_schema_fn": lambda *_: sa.schema.BLANK_SCHEMA}
        table.to_metadata(known, **(alone if is_sqlite else {}))
    with engine.connect() as connection:
        options = {
            "version_table": "schema_version",
            "version_table_schema": None if is_sqlite else SCHEMA,
            "include_schemas": not is_sqlite,
            "include_name": is_ours,
            "compare_type": True,
            "compare_server_default": not is_sqlite,
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, known) == []


def test_the_code_and_the_migrations_agree_about_constraints(engine):
    inspector = sa.inspect(engine)
    schema = None if engine.dialect.name == "sqlite" else SCHEMA
    for table in metadata.sorted_tables:
        checks = {str(each.name) for each in table.constraints if isinstance(each, sa.CheckConstraint)}
        assert {each["name"] for each in inspector.get_check_constraints(table.name, schema)} == checks
        keys = inspector.get_pk_constraint(table.name, schema)
        assert keys["constrained_columns"] == [column.name for column in table.primary_key]
        deletes = {key["options"].get("ondelete") for key in inspector.get_foreign_keys(table.name, schema)}
        assert deletes == {key.ondelete for key in table.foreign_key_constraints}


def test_data_survive_a_later_revision_and_the_program_of_today_goes_on(engine, upgrade_further):
    fill(engine)
    kept = held(engine)
    upgrade_further(engine, ADDS)
    found = migrate.status(engine)
    assert (found.current, found.serves, found.is_usable, found.is_behind) == (LATER, "0001", True, False)
    migrate.require_usable(engine)
    assert held(engine) == kept
    fill(engine)  # writes go on, too
    assert held(engine) == kept


def test_a_later_revision_that_no_longer_serves_this_program_is_refused(engine, upgrade_further):
    upgrade_further(engine, BREAKS)
    assert not migrate.status(engine).is_usable
    with pytest.raises(SchemaTooNew, match=f"stands at revision {LATER}, newer than the {NEWEST}"):
        migrate.require_usable(engine)


@pytest.mark.parametrize("later", [ADDS, BREAKS], ids=["serves", "does-not-serve"])
def test_an_upgrade_never_touches_a_newer_schema(engine, upgrade_further, later):
    upgrade_further(engine, later)
    before = tables_of(engine)
    with pytest.raises(SchemaTooNew):
        migrate.upgrade(engine)
    assert tables_of(engine) == before
    assert migrate.status(engine).current == LATER


def test_an_upgrade_that_fails_leaves_nothing_behind(empty_engine, monkeypatch):
    def fail(*_arguments):
        raise OSError("no more")

    monkeypatch.setattr(migrate, "_alembic", fail)
    with pytest.raises(OSError, match="no more"):
        migrate.upgrade(empty_engine)
    assert tables_of(empty_engine) == set()


def test_the_schemas_can_be_dropped_without_a_trace_in_the_tables_of_the_host(postgres_url, open_store):
    engine = open_store(postgres_url)

    def host():
        with engine.connect() as connection:
            names = connection.execute(
                sa.text(
                    "select table_schema, table_name from information_schema.tables"
                    " where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2"
                )
            ).all()
            rows = connection.execute(sa.text('select * from "Goals" order by id')).all()
            types = connection.execute(
                sa.text(
                    "select count(*) from pg_type t join pg_namespace n on n.oid = typnamespace where nspname='public'"
                )
            ).scalar()
        return names, hashlib.sha256(repr(rows).encode()).hexdigest(), types

    with transaction(engine) as connection:
        connection.execute(sa.text('create table "Goals" (id int primary key, name text)'))
        connection.execute(sa.text("insert into \"Goals\" select n, 'goal ' || n from generate_series(1, 500) n"))
    before = host()
    from twicetold.runs.workflow import migrate_workflows

    migrate.upgrade(engine)
    migrate_workflows(engine)
    fill(engine)
    assert host() != before
    with transaction(engine) as connection:
        connection.execute(sa.text(f"drop schema {SCHEMA}, {DBOS_SCHEMA} cascade"))
    assert host() == before
    migrate.upgrade(engine)  # and made again
    assert migrate.status(engine).is_current


def _place(engine, table):
    return table if engine.dialect.name == "sqlite" else f"{SCHEMA}.{table}"
