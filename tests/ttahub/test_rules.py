"""The rules of the TTA Hub: each decides the cases that are planted for it, on a real PostgreSQL."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from ttahub.hub import CASES, TOLD, checksum, plant
from twicetold.errors import InputEmpty, InputInvalid
from twicetold.platform.services import Database, Secret
from twicetold.separations import rule_of_pairs
from twicetold.sources import ttahub
from twicetold.sources.ttahub import READS, RULES, goals_query, left_out_query, read_goals, reader_sql, rules_on

DEFAULTS = {rule.name: rule.default for rule in RULES}
PLANTED = sum(len(case.goals) for case in CASES) + len(TOLD)

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule or 'together'}: {case.planted}")


@pytest.fixture(scope="module")
def judge(postgres):
    """Says which rule keeps two goals apart when some rules are switched; "" if they may be put together."""
    with postgres.connect() as connection:
        connection.execute("CREATE DATABASE hub_of_rules")
    with postgres.connect("hub_of_rules") as connection:
        plant(connection)

    @cache
    def table(switches):
        return read_goals(bound(postgres.url("hub_of_rules")), rules_on(dict(switches)))

    def judge(ids, **switches) -> str:
        chosen = {name.replace("_", "-"): is_on for name, is_on in switches.items()}
        columns = table(tuple(chosen.items())).columns
        rows = [columns["id"].index(name) for name in ids if name in columns["id"]]
        if len(rows) < 2:
            return "left out"
        if len({columns[ttahub.scope_column(rules_on(chosen))][row] for row in rows}) > 1:
            return "same-grant"
        separations = ttahub.separations_of(rules_on(chosen))
        (place,) = rule_of_pairs(columns, separations, *np.array(rows, np.int32).reshape(2, 1))
        return separations[place].name if place >= 0 else ""

    judge.table = table
    yield judge
    with postgres.connect() as connection:
        connection.execute("DROP DATABASE hub_of_rules WITH (FORCE)")


def bound(url: str) -> Database:
    return Database("hub", "a test", Secret(url))


def test_every_rule_has_a_planted_case():
    assert {case.rule for case in CASES} - {""} == set(DEFAULTS)


@each_case
def test_a_rule_that_is_on_keeps_its_case_apart(judge, case):
    how = judge(case.ids, **({case.rule: True} if case.rule else {}))
    leaves_out = any(rule.keep for rule in RULES if rule.name == case.rule)
    assert how == ("left out" if leaves_out else case.rule)


@pytest.mark.parametrize("case", [case for case in CASES if case.rule], ids=lambda case: f"{case.rule}: {case.planted}")
def test_switching_off_that_rule_alone_puts_its_case_together(judge, case):
    assert judge(case.ids, **{case.rule: False}) == ""


@each_case
def test_by_default_a_case_is_together_if_no_rule_that_is_on_is_against_it(judge, case):
    assert (judge(case.ids) == "") == case.is_together == (not DEFAULTS.get(case.rule))


def test_without_any_rule_every_goal_is_read_once_in_the_order_of_the_ids(judge):
    ids = judge.table(tuple((name, False) for name in DEFAULTS)).columns["id"]
    assert ids == sorted(set(ids), key=int)
    assert len(ids) == PLANTED


def test_what_each_rule_left_out_is_counted_and_nothing_is_lost(judge):
    table = judge.table(())
    counts = {finding.message: finding.count for finding in table.findings}
    wanted = Counter(case.rule for case in CASES for _ in case.goals if DEFAULTS.get(case.rule))
    assert counts["Goals left out by the rule deleted-grants: 2."] == wanted["deleted-grants"]
    assert counts["Goals left out by the rule inactive-grants: 4."] == wanted["inactive-grants"]
    assert sum(counts.values()) + len(table) == PLANTED


def test_the_columns_are_those_that_the_documents_name(judge):
    columns = judge.table(()).columns
    page = (Path(__file__).parents[2] / "docs" / "ttahub.md").read_text(encoding="utf-8")
    assert [name for name in columns if f"| `{name}` |" not in page] == []


def test_each_column_becomes_text_that_says_what_the_hub_says(judge):
    columns = judge.table(()).columns
    row = columns["id"].index("1501")
    assert {name: column[row] for name, column in columns.items()} == {
        "id": "1501",
        "text": "Train all classroom staff to use active supervision on the playground.",
        "grant_id": "200",
        "grant_number": "90CH00200",
        "recipient_id": "20",
        "recipient": "Recipient 20",
        "region_id": "4",
        "status": "Not Started",
        "is_closed": "false",
        "created_at": "2023-01-01 00:00:01",
        "created_via": "rtr",
        "source": "",
        "curated": "false",
        "standard_template_id": "",
        "root_causes": "",
        "report_ids": "11,12",
        "grant_report_ids": "200/11,200/12",
    }


def test_a_standard_goal_is_curated_so_that_it_is_kept(judge):
    columns = judge.table(()).columns
    curated = dict(zip(columns["id"], columns["curated"], strict=True))
    assert (curated["2400"], curated["2401"]) == ("false", "true")


def test_root_causes_are_in_one_order_and_once(judge):
    columns = judge.table(()).columns
    causes = dict(zip(columns["id"], columns["root_causes"], strict=True))
    assert causes["2500"] == causes["2501"] == "Facilities; Workforce"


@pytest.mark.parametrize(
    "name", ["\n\t", "\u00a0 ", "", " ", "--- !", "None at this time", "NO GOALS identified at this time!!"]
)
def test_a_name_that_says_nothing_is_no_goal(hub, postgres, name):
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        connection.execute('UPDATE "Goals" SET name = %s WHERE id = 3000', [name])
    from twicetold.sources.columns import choose_columns
    from twicetold.sources.input import to_records
    from twicetold.text.reading import is_placeholder

    table = read_goals(bound(hub), rules_on({}))
    columns = choose_columns(
        list(table.columns), id_column="id", text_column="text", scope_column="grant_id", source="hub"
    )
    assert "3000" not in to_records(table, columns, is_placeholder).records.ids


@pytest.mark.parametrize(
    "name", ["Meta: ningún niño sin vacunas", "目標", "No goals will be missed at this time of year", "7"]
)
def test_a_name_that_says_something_is_a_goal(hub, postgres, name):
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        connection.execute('UPDATE "Goals" SET name = %s WHERE id = 3000', [name])
    assert name in read_goals(bound(hub), rules_on({})).columns["text"]


@pytest.mark.parametrize("switches", [{}, dict.fromkeys(DEFAULTS, False)], ids=["default", "none"])
def test_a_role_with_the_documented_rights_reads_and_can_do_nothing_else(hub, postgres, switches):
    import psycopg

    database = hub.rpartition("/")[2]
    with postgres.connect(database) as connection:
        connection.execute("DROP ROLE IF EXISTS hub_reader")
        connection.execute("CREATE ROLE hub_reader LOGIN PASSWORD 'reader'")
        connection.execute(reader_sql("hub_reader"))
    url = postgres.url(database, user="hub_reader", password="reader")
    try:
        assert len(read_goals(bound(url), rules_on(switches))) > 50
        with psycopg.connect(url.replace("+psycopg", "")) as reader:
            for forbidden in (
                'SELECT context FROM "ActivityReports"',
                'DELETE FROM "Goals"',
                'SELECT * FROM "Recipients"',
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    reader.execute(forbidden)
                reader.rollback()
    finally:
        with postgres.connect(database) as connection:
            connection.execute("DROP OWNED BY hub_reader")
            connection.execute("DROP ROLE hub_reader")


@pytest.mark.parametrize("switches", [{}, {"same-grant": False}])
def test_curated_templates_are_read_where_a_profile_says_so(hub, postgres, switches):
    rules = rules_on(switches)
    goals, both = (read_goals(bound(hub), rules, templates=templates).columns for templates in (False, True))
    added = len(both["id"]) - len(goals["id"])
    assert [both[name][:-added] for name in both] == [goals[name] for name in both]
    templates = {name: both[name][-added:] for name in both}
    assert templates["id"] == [f"template-{number}" for number in templates["standard_template_id"]]
    assert set(templates[ttahub.scope_column(rules)]) == {"templates"}
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        told = connection.execute(
            'SELECT "templateName" FROM "GoalTemplates" WHERE "creationMethod" = \'Curated\' ORDER BY id'
        ).fetchall()
    assert templates["text"] == [name for (name,) in told]


def test_without_templates_nobody_needs_the_right_to_read_them(hub, postgres):
    database = hub.rpartition("/")[2]
    columns = '("templateName", "deletedAt") ON "GoalTemplates"'
    with postgres.connect(database) as connection:
        connection.execute("CREATE ROLE hub_without LOGIN PASSWORD 'reader'")
        connection.execute(reader_sql("hub_without"))
        connection.execute(f"REVOKE SELECT {columns} FROM hub_without")
    url = bound(postgres.url(database, user="hub_without", password="reader"))
    try:
        assert len(read_goals(url, rules_on({}))) > 50
        with pytest.raises(InputInvalid, match=r'"GoalTemplates"\."templateName"'):
            read_goals(url, rules_on({}), templates=True)
    finally:
        with postgres.connect(database) as connection:
            connection.execute("DROP OWNED BY hub_without")
            connection.execute("DROP ROLE hub_without")


def test_the_documents_show_the_rights_that_are_needed():
    page = (Path(__file__).parents[2] / "docs" / "ttahub.md").read_text(encoding="utf-8")
    assert reader_sql("twicetold_reader") in page


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ('DROP TABLE "GoalFieldResponses"', 'the table "GoalFieldResponses"'),
        ('ALTER TABLE "Goals" DROP "mapsToParentGoalId"', 'the column "Goals"."mapsToParentGoalId"'),
        ('DROP MATERIALIZED VIEW "GrantRelationshipToActive"', 'the table "GrantRelationshipToActive"'),
    ],
)
def test_what_the_hub_lacks_is_named(hub, postgres, change, named):
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        connection.execute(change)
    with pytest.raises(InputInvalid) as caught:
        read_goals(bound(hub), rules_on({}))
    assert f"lacks {named}." in caught.value.message


def test_all_that_a_strange_database_lacks_is_named_at_once(postgres_url):
    with pytest.raises(InputInvalid) as caught:
        read_goals(bound(postgres_url), rules_on({}))
    assert [table for table in READS if f'"{table}"' not in caught.value.message] == []


def test_a_right_that_is_missing_is_named(hub, postgres):
    database = hub.rpartition("/")[2]
    with postgres.connect(database) as connection:
        connection.execute("DROP ROLE IF EXISTS hub_nobody")
        connection.execute("CREATE ROLE hub_nobody LOGIN PASSWORD 'nobody'")
        connection.execute(reader_sql("hub_nobody"))
        connection.execute('REVOKE SELECT (name) ON "Recipients" FROM hub_nobody')
    try:
        with pytest.raises(InputInvalid, match=r'lacks the right of "hub_nobody" to read "Recipients"."name"'):
            read_goals(bound(postgres.url(database, user="hub_nobody", password="nobody")), rules_on({}))
    finally:
        with postgres.connect(database) as connection:
            connection.execute("DROP OWNED BY hub_nobody")
            connection.execute("DROP ROLE hub_nobody")


def test_without_the_view_of_replacements_the_rule_that_needs_it_can_be_switched_off(hub, postgres):
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        connection.execute('DROP MATERIALIZED VIEW "GrantRelationshipToActive"')
    assert len(read_goals(bound(hub), rules_on({"inactive-grants": False})))


def test_a_hub_whose_goals_are_all_left_out_is_told_why(hub, postgres):
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        connection.execute('UPDATE "Goals" SET "deletedAt" = \'2024-01-01\'')
    with pytest.raises(InputEmpty, match=f"{PLANTED} by deleted-goals"):
        read_goals(bound(hub), rules_on({}))


def test_a_hub_without_goals_is_empty(hub, postgres):
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        connection.execute('TRUNCATE "Goals" CASCADE')
    with pytest.raises(InputEmpty, match="Left out by rules: none"):
        read_goals(bound(hub), rules_on({}))


def test_a_look_at_ten_goals_reads_ten_and_counts_all(hub):
    table = read_goals(bound(hub), rules_on({}), limit=10)
    assert len(table) == 10
    assert sum(finding.count for finding in table.findings if finding.code == "left-out-by-rule") == 17


def test_reading_changes_nothing_in_the_hub(hub, postgres):
    with postgres.connect(hub.rpartition("/")[2]) as connection:
        before = checksum(connection)
        read_goals(bound(hub), rules_on({}))
        assert checksum(connection) == before
        connection.execute('UPDATE "Goals" SET status = NULL WHERE id = 3000')
        assert checksum(connection) != before


@pytest.mark.parametrize("query", [goals_query, left_out_query])
@pytest.mark.parametrize("rules", [RULES, ()], ids=["all", "none"])
def test_the_queries_hold_nothing_that_a_driver_or_postgresql_would_read_otherwise(query, rules):
    assert "%" not in query(rules)
    assert ":" not in query(rules)
    assert r"\b" not in query(rules)


def test_the_documents_name_every_rule_what_it_says_and_what_is_planted_for_it():
    page = (Path(__file__).parents[2] / "docs" / "ttahub.md").read_text(encoding="utf-8")
    assert [rule.name for rule in RULES if f"| `{rule.name}` | {rule.says} | " not in page] == []
    assert [
        rule.name
        for rule in RULES
        if f"| `{rule.name}` | {'on' if rule.default else 'off'} | {rule.source} |" not in page
    ] == []
    assert [
        case.planted for case in CASES if f"| {case.planted} | " not in page and f"- {case.planted}\n" not in page
    ] == []
