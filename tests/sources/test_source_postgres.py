"""Rows of a query to a real PostgreSQL."""

from __future__ import annotations

import json
import socket
import threading
import time

import psycopg
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from twicetold.errors import (
    DependencyUnavailable,
    FormatNotRecognised,
    InputEmpty,
    SettingInvalid,
    TwicetoldError,
    UsageError,
)
from twicetold.platform.services import Database, Secret
from twicetold.sources import postgres as source
from twicetold.sources.columns import choose_columns
from twicetold.sources.input import to_records
from twicetold.sources.postgres import read_query

USER, PASSWORD = "app", "apppw-canary"


@pytest.fixture
def database(postgres_url):
    return Database("hub", "the tests", Secret(postgres_url))


@pytest.fixture
def execute(postgres_url):
    """Runs SQL as the owner of the database."""

    def execute(sql, *arguments):
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as connection:
            cursor = connection.execute(sql, *arguments)
            return cursor.fetchall() if cursor.description else []

    return execute


@pytest.fixture
def value(database):
    """The text that an expression of SQL becomes."""
    return lambda sql: read_query(database, f"SELECT {sql} AS it").columns["it"][0]


@pytest.fixture
def goals(execute):
    execute("CREATE TABLE goals (id int PRIMARY KEY, name text, grant_id int)")
    execute("INSERT INTO goals VALUES (1, 'Train all staff', 7), (2, NULL, 7), (3, 'Raise attendance', NULL)")
    return "SELECT id, name, grant_id FROM goals ORDER BY id"


def message(error) -> str:
    text = str(error.value)
    assert PASSWORD not in text
    assert error.value.__cause__ is None
    return text


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_rows_become_columns_of_text_with_nothing_for_null(database, goals):
    table = read_query(database, goals, name="the goals")
    assert table.columns == {
        "id": ["1", "2", "3"],
        "name": ["Train all staff", "", "Raise attendance"],
        "grant_id": ["7", "7", ""],
    }
    assert list(table.lines) == [1, 2, 3]
    assert set(table.files) == {"the goals"}
    assert table.name == "the goals"
    assert table.findings == ()


def test_a_table_of_a_query_becomes_records(database, goals):
    table = read_query(database, goals)
    columns = choose_columns(list(table.columns), text_column="name", source=table.name)
    found = to_records(table, columns, None)
    assert found.records.ids == ["1", "3"]
    assert [(row.line, row.reason) for row in found.rejected] == [(2, "blank-text")]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("NULL::int", ""),
        ("true", "true"),
        ("1 = 2", "false"),
        ("12345678901234567890", "12345678901234567890"),
        ("1.50", "1.50"),
        ("'NaN'::numeric", ""),
        ("2.0::float8", "2"),
        ("1e20::float8", "100000000000000000000"),
        ("0.1::float4", "0.1"),
        ("'NaN'::float8", ""),
        ("'-Infinity'::float8", "-Infinity"),
        ("date '2024-02-29'", "2024-02-29"),
        ("date 'infinity'", "infinity"),
        ("date '10000-01-01'", "10000-01-01"),
        ("timestamp '2024-02-29 01:02:03.5'", "2024-02-29 01:02:03.5"),
        ("timestamptz '2024-02-29 01:02:03-05'", "2024-02-29 06:02:03+00"),
        ("interval '1 day 2 hours'", "P1DT2H"),
        ("ARRAY['a', NULL, 'b \"c\"', 'ü']", '["a", null, "b \\"c\\"", "ü"]'),
        ("ARRAY[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
        ("ARRAY[true, NULL]", "[true, null]"),
        ("ARRAY[1.5, 'NaN', 'Infinity']::float8[]", '[1.5, null, "Infinity"]'),
        ("ARRAY[date '2024-02-29']", '["2024-02-29"]'),
        ("ARRAY['{\"a\": 1}'::jsonb]", '[{"a": 1}]'),
        ("'{}'::text[]", "[]"),
        ("'{\"a\": [1, null]}'::jsonb", '{"a": [1, null]}'),
        ("'\\xff00'::bytea", "\\xff00"),
        ("int4range(1, 5)", "[1,5)"),
        ("ROW(1, 'a')", "(1,a)"),
        ("''", ""),
        ("repeat('ä', 1000000)", "ä" * 1_000_000),
    ],
)
def test_a_value_becomes_the_text_that_people_expect(value, sql, text):
    assert value(sql) == text


def test_arrays_of_the_databases_own_types_are_json_too(execute, value):
    execute("CREATE TYPE cause AS ENUM ('Workforce', 'Community, Partnership')")
    assert value("ARRAY['Community, Partnership', NULL, 'Workforce']::cause[]") == (
        '["Community, Partnership", null, "Workforce"]'
    )
    assert value("'Workforce'::cause") == "Workforce"


def test_a_time_is_one_that_the_keepers_rule_understands(value):
    from twicetold.matching.keeper import moment

    assert moment(value("timestamptz '2024-02-29 01:02:03-05'")).isoformat().startswith("2024-02-29T06:02:03")


@hypothesis_settings(max_examples=50)
@given(texts=st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_every_text_comes_as_it_is(postgres, texts):
    database = Database("hub", "the tests", Secret(postgres.url()))
    query = "SELECT * FROM unnest(%(texts)s::text[]) WITH ORDINALITY AS t (text, row) ORDER BY row"
    assert read_query(database, query, {"texts": texts}).columns["text"] == texts


def test_a_text_that_is_no_text_in_the_databases_encoding_is_named(postgres, execute):
    execute("CREATE DATABASE bytes ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    database = Database("hub", "the tests", Secret(postgres.url("bytes")))
    assert read_query(database, "SELECT 'ü' AS it").columns == {"it": ["ü"]}
    with pytest.raises(FormatNotRecognised, match="no text in the database's encoding"):
        read_query(database, r"SELECT E'\xff' AS it")
    execute("DROP DATABASE bytes WITH (FORCE)")


def test_parameters_are_values_and_never_sql(database, goals):
    query = "SELECT id FROM goals WHERE name = %(name)s OR id = ANY(%(ids)s) ORDER BY id"
    assert read_query(database, query, {"name": "'; DROP TABLE goals; --", "ids": [3]}).columns == {"id": ["3"]}


def test_a_percent_sign_is_itself_where_there_are_no_parameters(database, goals):
    assert read_query(database, "SELECT id FROM goals WHERE name LIKE 'Train%'").columns == {"id": ["1"]}


def test_the_end_of_a_query_may_be_a_semicolon_or_a_comment(database):
    assert len(read_query(database, "SELECT 1 AS id;")) == 1
    assert len(read_query(database, "SELECT 1 AS id -- the only one")) == 1


@pytest.mark.parametrize("missing", ["", " ", "-- nothing"])
def test_an_empty_query_is_refused(database, missing):
    with pytest.raises(UsageError, match="does not accept query"):
        read_query(database, missing)


def test_columns_of_one_name_are_told_apart(database):
    table = read_query(database, "SELECT 1 AS id, 2 AS id, 3")
    assert table.columns == {"id": ["1"], "id_2": ["2"], "?column?": ["3"]}
    assert table.repeated == {"id"}
    assert [finding.code for finding in table.findings] == ["header-repaired"]


def test_a_query_without_columns_is_refused(database):
    with pytest.raises(UsageError, match="selects no column"):
        read_query(database, "SELECT")


def test_no_row_is_an_error(database, goals):
    with pytest.raises(InputEmpty, match="query gives no row"):
        read_query(database, "SELECT * FROM goals WHERE id > 3")


@pytest.mark.parametrize(("limit", "count", "codes"), [(2, 2, ["rows-limited"]), (3, 3, []), (4, 3, [])])
def test_a_limit_is_told_where_it_left_rows_out(database, goals, limit, count, codes):
    table = read_query(database, goals, limit=limit)
    assert len(table) == count
    assert [finding.code for finding in table.findings] == codes


@pytest.mark.parametrize("limit", [8191, 8192, 8193, 20_000, 30_000])
def test_rows_come_in_blocks_without_loss_or_repetition(database, limit):
    table = read_query(database, "SELECT generate_series(1, 20000) AS id", limit=limit)
    assert table.columns["id"] == [str(row) for row in range(1, min(limit, 20_000) + 1)]


def test_the_fingerprint_is_that_of_the_rows_in_any_order(database, goals):
    up, down = (read_query(database, goals + order).fingerprint for order in ("", " DESC"))
    assert up == down
    assert read_query(database, "SELECT id, name FROM goals").fingerprint != up
    assert read_query(database, goals.replace("ORDER", "WHERE id < 3 ORDER")).fingerprint != up
    twice = read_query(database, "SELECT id, name, grant_id FROM goals UNION ALL SELECT * FROM goals").fingerprint
    assert twice != up


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO goals VALUES (9, 'x', 1) RETURNING id",
        "WITH new AS (INSERT INTO goals VALUES (9, 'x', 1) RETURNING id) SELECT * FROM new",
        "WITH gone AS (DELETE FROM goals RETURNING id) SELECT * FROM gone",
        "SELECT nextval('numbers')",
        "SELECT id FROM goals FOR UPDATE",
        "SELECT setval('numbers', 99)",
        "SELECT add_goal()",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT 1; COMMIT; DELETE FROM goals",
        "SELECT 1; DELETE FROM goals",
        "DROP TABLE goals",
        "SELECT * INTO copies FROM goals",
        "COMMIT",
    ],
)
def test_a_query_that_would_write_is_refused_and_writes_nothing(database, execute, goals, query):
    execute("CREATE SEQUENCE numbers")
    execute("CREATE FUNCTION add_goal() RETURNS int LANGUAGE sql AS 'INSERT INTO goals VALUES (9) RETURNING id'")
    before = execute("SELECT * FROM goals ORDER BY id")
    with pytest.raises(UsageError) as error:
        read_query(database, query)
    assert "query" in message(error)
    assert execute("SELECT * FROM goals ORDER BY id") == before
    assert execute("SELECT is_called FROM numbers") == [(False,)]
    assert execute("SELECT to_regclass('copies')") == [(None,)]


def test_the_rows_are_those_of_one_moment(database, execute, monkeypatch):
    """Another program deletes all that was not read yet, between the first block and the second."""
    execute("CREATE TABLE many AS SELECT generate_series(1, 20000) AS id")
    merge, seen = source._sum_of_digests, []

    def delete_once(rows):
        if not seen:
            execute("DELETE FROM many")
        seen.append(1)
        return merge(rows)

    monkeypatch.setattr(source, "_sum_of_digests", delete_once)
    query = "SELECT m.id, (SELECT count(*) FROM many) AS there FROM many m"
    assert len(read_query(database, query)) == 20_000
    assert len(seen) == 3
    assert execute("SELECT count(*) FROM many") == [(0,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELEC 1", 'line 1, column 1 (SyntaxError, 42601): syntax error at or near "SELEC"'),
        ("SELECT id,\n  nme\nFROM goals", 'line 2, column 3 (UndefinedColumn, 42703): column "nme" does not exist'),
        ("SELECT * FROM gaols", 'line 1, column 15 (UndefinedTable, 42P01): relation "gaols" does not exist'),
        ("SELECT lower(1, 2)", "line 1, column 8 (UndefinedFunction, 42883)"),
    ],
)
def test_wrong_sql_is_named_with_its_place(database, goals, query, said):
    with pytest.raises(UsageError) as error:
        read_query(database, query)
    assert said in message(error)


def test_wrong_sql_with_parameters_is_named_with_its_line(database, goals):
    with pytest.raises(UsageError) as error:
        read_query(database, "SELECT id FROM goals\nWHERE id = %(id)s\nAND nme = 1", {"id": 1})
    assert "line 3 (UndefinedColumn" in message(error)


@pytest.mark.parametrize(
    ("query", "parameters"),
    [
        ("SELECT %(a)s", {"b": 1}),
        ("SELECT id FROM goals WHERE name LIKE 'T%' AND id = %(id)s", {"id": 1}),
        ("SELECT %(a)s", {"a": object()}),
        ("SELECT %(a)s::text", {"a": "a\0b"}),
        ("SELECT '\0'", {}),
        ("SELECT '\ud800'", {}),
    ],
)
def test_parameters_that_cannot_be_are_a_wrong_query(database, goals, query, parameters):
    with pytest.raises(UsageError) as error:
        read_query(database, query, parameters)
    assert "query" in message(error)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT name::int FROM goals",
        "SELECT 1 / (length(name) - length(name)) FROM goals",
        "DO $$ BEGIN RAISE 'Train all staff'; END $$",
        "SELECT complain(name) FROM goals",
    ],
)
def test_an_error_quotes_no_data(database, execute, goals, query):
    execute(
        "CREATE FUNCTION complain(it text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE '%', it; RETURN 1; END $$"
    )
    with pytest.raises(UsageError) as error:
        read_query(database, query)
    assert "Train all" not in message(error).replace(query, "")


def test_a_table_that_may_not_be_read_is_named(postgres, execute, database, goals):
    execute("CREATE ROLE nobody_much LOGIN PASSWORD 'reader-canary'")  # roles are those of all databases of the server
    name = database.url.reveal().rpartition("/")[2]
    reader = Database("hub", "the tests", Secret(postgres.url(name, user="nobody_much", password="reader-canary")))
    with pytest.raises(UsageError, match=r"InsufficientPrivilege.*permission denied for table goals") as error:
        read_query(reader, goals)
    assert "reader-canary" not in str(error.value)


def test_a_query_that_takes_too_long_is_ended_by_the_server(database, execute):
    started = time.monotonic()
    with pytest.raises(DependencyUnavailable, match=r"did not answer query within 0\.2 s") as error:
        read_query(database, "SELECT 1, pg_sleep(30)", statement_timeout=0.2)
    assert "time" in message(error).splitlines()[1]
    assert time.monotonic() - started < 20
    assert execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND state = 'active'") == [(0,)]


def test_settings_of_the_session_do_not_change_how_values_are_written(database, execute, value):
    name = database.url.reveal().rpartition("/")[2]
    execute(f"ALTER DATABASE {name} SET datestyle = 'German'")
    execute(f"ALTER DATABASE {name} SET timezone = 'Asia/Tokyo'")
    execute(f"ALTER DATABASE {name} SET bytea_output = 'escape'")
    execute(f"ALTER DATABASE {name} SET extra_float_digits = -10")
    assert value("date '2024-02-29'") == "2024-02-29"
    assert value("timestamptz '2024-02-29 01:02:03+00'") == "2024-02-29 01:02:03+00"
    assert value("0.123456789012::float8") == "0.123456789012"
    assert value("'\\x41'::bytea") == "\\x41"


def test_the_server_sees_whose_connection_it_is(value):
    assert value("current_setting('application_name')") == "twicetold"
    assert value("current_setting('transaction_isolation')") == "repeatable read"
    assert value("current_setting('transaction_read_only')") == "on"


def test_a_server_that_is_not_there_is_named_without_user_or_password():
    port = closed_port()
    database = Database("hub", "the tests", Secret(f"postgresql+psycopg://anna:{PASSWORD}@127.0.0.1:{port}/goals"))
    with pytest.raises(DependencyUnavailable) as error:
        read_query(database, "SELECT 1")
    assert f"127.0.0.1:{port}/goals (hub)" in message(error)
    assert "anna" not in message(error)


@pytest.mark.parametrize(("user", "password"), [("anna", "wrong-canary"), (USER, "wrong-canary")])
def test_a_login_that_is_refused_is_named_without_user_or_password(postgres, user, password):
    database = Database("hub", "the tests", Secret(postgres.url("goals", user=user, password=password)))
    with pytest.raises(DependencyUnavailable, match="password authentication failed") as error:
        read_query(database, "SELECT 1")
    assert "wrong-canary" not in str(error.value)
    assert f'"{user}"' not in str(error.value)


def test_a_database_that_is_not_there_is_named(postgres):
    with pytest.raises(DependencyUnavailable, match='"nowhere" does not exist'):
        read_query(Database("hub", "the tests", Secret(postgres.url("nowhere"))), "SELECT 1")


def test_a_server_that_never_answers_is_given_up():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"postgresql+psycopg://anna:{PASSWORD}@127.0.0.1:{silent.getsockname()[1]}/goals?connect_timeout=2"
        with pytest.raises(DependencyUnavailable, match="timeout") as error:
            read_query(Database("hub", "the tests", Secret(address)), "SELECT 1")
    message(error)


def test_tls_is_as_the_url_says(postgres_url):
    database = Database("hub", "the tests", Secret(f"{postgres_url}?sslmode=require"))
    with pytest.raises(DependencyUnavailable, match="does not support SSL"):
        read_query(database, "SELECT 1")


def test_a_server_is_trusted_by_the_certificate_and_the_name_that_the_url_asks_for(pgbouncer, pgbouncer_url):
    def read(options, host="127.0.0.1"):
        address = f"{pgbouncer_url.replace('127.0.0.1', host)}?{options}"
        return read_query(Database("hub", "the tests", Secret(address)), "SELECT 1 AS id").columns

    assert read(f"sslmode=verify-full&sslrootcert={pgbouncer.authority}") == {"id": ["1"]}
    assert read(f"sslmode=verify-ca&sslrootcert={pgbouncer.authority}", "localhost") == {"id": ["1"]}
    with pytest.raises(DependencyUnavailable, match="does not match host name") as error:
        read(f"sslmode=verify-full&sslrootcert={pgbouncer.authority}", "localhost")
    message(error)
    with pytest.raises(DependencyUnavailable, match="certificate verify failed"):
        read("sslmode=verify-full&sslrootcert=system")


def test_an_address_that_cannot_be_is_refused_without_its_text():
    address = "postgresql+psycopg://anna:canary%zz@127.0.0.1/goals"
    with pytest.raises(SettingInvalid) as error:
        read_query(Database("hub", "the tests", Secret(address)), "SELECT 1")
    assert "canary" not in str(error.value)


def test_a_database_of_another_kind_is_refused():
    with pytest.raises(UsageError, match="is no PostgreSQL"):
        read_query(Database("store", "default", Secret("sqlite:///x.db")), "SELECT 1")


def test_a_connection_that_is_cut_is_an_error_of_the_dependency(database, execute):
    def cut():
        for _ in range(200):
            if execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'FETCH%'"
                " AND datname = current_database() AND state = 'active'"
            ):
                return
            time.sleep(0.05)

    thread = threading.Thread(target=cut)
    thread.start()
    with pytest.raises(DependencyUnavailable, match="connection is lost") as error:
        read_query(database, "SELECT 1, pg_sleep(31)")
    thread.join()
    message(error)


def test_a_server_that_dies_is_an_error_of_the_dependency(postgres, database, execute):
    def kill():
        for _ in range(200):
            if execute("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'FETCH%' AND state = 'active'"):
                break
            time.sleep(0.05)
        postgres.stop(kill=True)

    thread = threading.Thread(target=kill)
    thread.start()
    with pytest.raises(DependencyUnavailable) as error:
        read_query(database, "SELECT 1, pg_sleep(32)")
    thread.join()
    message(error)
    postgres.start()
    assert len(read_query(database, "SELECT 1")) == 1


@pytest.fixture
def with_replica(postgres, postgres_url):
    """A database whose replica is told apart by its name."""

    def with_replica(replica):
        return Database("hub", "the tests", Secret(postgres_url), Secret(replica))

    return with_replica


def test_the_replica_is_preferred_unless_it_is_not_wanted(postgres, with_replica):
    database = with_replica(postgres.url("postgres"))
    query = "SELECT current_database() AS it"
    assert read_query(database, query).columns["it"] == ["postgres"]
    assert read_query(database, query, replica=False).columns["it"] != ["postgres"]


def test_the_primary_is_read_and_it_is_told_when_the_replica_is_away(with_replica):
    database = with_replica(f"postgresql+psycopg://{USER}:{PASSWORD}@127.0.0.1:{closed_port()}/postgres")
    table = read_query(database, "SELECT current_database() AS it")
    assert table.columns["it"] != ["postgres"]
    assert [(finding.code, PASSWORD in finding.message) for finding in table.findings] == [
        ("replica-unavailable", False)
    ]


@pytest.mark.parametrize("query", ["SELEC 1", "SELECT pg_sleep(20)", "SELECT 1 WHERE false"])
def test_the_primary_is_not_asked_what_the_replica_answered(postgres, with_replica, monkeypatch, query):
    database = with_replica(postgres.url("postgres"))
    asked = []
    read = source._read
    monkeypatch.setattr(source, "_read", lambda *arguments: asked.append(1) or read(*arguments))
    with pytest.raises(TwicetoldError):
        read_query(database, query, statement_timeout=0.2)
    assert asked == [1]


def test_pgbouncer_in_transaction_mode_is_fine(pgbouncer_url, postgres_url, goals):
    behind = Database("hub", "the tests", Secret(pgbouncer_url))
    direct = Database("hub", "the tests", Secret(postgres_url))
    for _ in range(10):
        assert read_query(behind, goals, {}) == read_query(direct, goals)
    query = "SELECT id FROM goals WHERE id = %(id)s"
    assert read_query(behind, query, {"id": 3}).columns == {"id": ["3"]}
    with pytest.raises(DependencyUnavailable, match="did not answer"):
        read_query(behind, "SELECT pg_sleep(20)", statement_timeout=0.2)
    assert len(read_query(behind, "SELECT 1, pg_sleep(0.3)")) == 1


def test_pgbouncer_gives_the_next_client_a_connection_as_it_was(pgbouncer_url, goals):
    behind = Database("hub", "the tests", Secret(pgbouncer_url))
    read_query(behind, goals, statement_timeout=7)
    with psycopg.connect(pgbouncer_url.replace("+psycopg", ""), prepare_threshold=None) as connection:
        for name in ("statement_timeout", "transaction_read_only", "intervalstyle"):
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row in {("0",), ("off",), ("postgres",)}
        assert json.dumps(connection.execute("SELECT count(*) FROM pg_cursors").fetchone()) == "[0]"
