"""The goals of the Head Start TTA Hub, read from its own tables by named rules that can be switched one by one.

A rule either leaves goals out, or keeps goals of one scope apart, or chooses the scope. What each was made from is
named beside it: the Hub's migrations and the issues (TTAHUB-...) and pull requests (PR ...) of its public repository.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twicetold.errors import InputEmpty, InputInvalid
from twicetold.findings import Finding, Severity
from twicetold.separations import Separation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twicetold.platform.services import Database
    from twicetold.separations import When
    from twicetold.sources.table import Table

#: Every table, view and column that the queries touch: what the reader's role must be granted, and no more.
READS: Mapping[str, tuple[str, ...]] = {
    "Goals": (
        "id",
        "name",
        "status",
        "grantId",
        "goalTemplateId",
        "mapsToParentGoalId",
        "createdVia",
        "source",
        "createdAt",
        "deletedAt",
    ),
    "Grants": ("id", "number", "recipientId", "regionId", "status", "deleted"),
    "Recipients": ("id", "name"),
    "GoalTemplates": ("id", "creationMethod", "templateName", "deletedAt"),
    "GoalFieldResponses": ("goalId", "response"),
    "ActivityReports": ("id", "submissionStatus", "calculatedStatus"),
    "ActivityReportGoals": ("goalId", "activityReportId"),
    "GrantRelationshipToActive": ("grantId", "activeGrantId"),
}
#: Of these, what only the curated templates need.
_OF_TEMPLATES = (("GoalTemplates", "templateName"), ("GoalTemplates", "deletedAt"))
#: The scope of the curated templates, where a profile reads them.
TEMPLATES = "templates"
_REMEDY = "docs/ttahub.md lists what is read, the grants that the role needs, and how to switch a rule off."


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule about which goals may be proposed as duplicates of each other.

    Attributes:
        name: What it is switched by, in a profile's ``[source.rules]``.
        says: The rule in one sentence.
        source: What it was made from.
        keep: A condition of SQL; goals of which it is not true are left out. Empty where the rule leaves none out.
        separation: What keeps goals of one scope apart, if it does.
        default: Whether it is on unless a profile says otherwise.
    """

    name: str
    says: str
    source: str
    keep: str = ""
    separation: Separation | None = None
    default: bool = True


def _apart(name: str, column: str, when: When, says: str, source: str) -> Rule:
    return Rule(name, says, source, separation=Separation(name, column, when))


SAME_GRANT = "same-grant"
_INACTIVE_GRANTS = "inactive-grants"
#: All rules, in the order in which a goal that several would leave out is counted.
RULES = (
    Rule(
        SAME_GRANT,
        "Goals are compared only within one grant; switched off, within one recipient.",
        "one goal per grant is by design (PR 2086); suggestions by grant since PR 2419",
    ),
    Rule(
        "deleted-goals",
        "Deleted goals are left out.",
        "the Hub deletes softly; its own lists of candidates leave them out (fake-fei-goals.sql)",
        'g."deletedAt" IS NULL',
    ),
    Rule(
        "merged-goals",
        "Goals that were merged into another one are left out.",
        "a merge makes a new goal and points the old ones to it (PR 1782)",
        'g."mapsToParentGoalId" IS NULL',
    ),
    Rule(
        "deleted-grants",
        "Goals of deleted grants are left out.",
        "fake-fei-goals.sql",
        "gr.id IS NOT NULL AND gr.deleted IS NOT TRUE",
    ),
    Rule(
        _INACTIVE_GRANTS,
        "Goals of inactive grants are left out, unless an active grant replaces theirs.",
        "a merge makes its goal on an active grant; the Hub dropped suggestions about others",
        "gr.status = 'Active' OR active.grant_id IS NOT NULL",
    ),
    Rule(
        "unapproved-reports",
        "Goals on an activity report that is not approved yet (draft, submitted, needs action) are left out.",
        "reports in progress must not change under their authors (PR 1906, PR 1985)",
        "reports.unapproved IS NOT TRUE",
    ),
    Rule(
        "never-reported",
        "Goals that an activity report created, and that are on no approved report, are left out.",
        "the condition of the Hub's own similarity service, but with goals of unknown origin kept",
        "CAST(g.\"createdVia\" AS text) IS DISTINCT FROM 'activityReport' OR reports.approved IS TRUE",
    ),
    Rule(
        "training-report-goals",
        "Goals that a training report created, and that are on no activity report, are left out.",
        "they are invisible to users (fake-fei-goals.sql)",
        "CAST(g.\"createdVia\" AS text) IS DISTINCT FROM 'tr' OR reports.ids IS NOT NULL",
    ),
    Rule(
        "placeholder-names",
        'Names without a letter or digit, and "no goals at this time", are left out.',
        "the Hub's importer skips the same placeholders; its TRIM let line breaks and other blanks pass",
        r"g.name ~ '\w' AND g.name !~* '^\W*(no goals?|none)( identified)? at this time\W*$'",
    ),
    Rule(
        "draft-goals",
        "Goals in status Draft are left out.",
        "off, for the Hub's merge takes drafts (any other status outranks theirs), and a draft is the cheapest to mend",
        "g.status IS DISTINCT FROM 'Draft'",
        default=False,
    ),
    Rule(
        "closed-standard-goals",
        "Closed goals that use a standard text are left out.",
        "the Hub showed them to administrators only (excludedIfNotAdmin)",
        "g.status IS DISTINCT FROM 'Closed' OR standard.id IS NULL",
    ),
    _apart(
        "open-and-closed",
        "is_closed",
        "different",
        "A closed goal and one that is not are never put together: a need that comes back may be a new goal.",
        "20230330-goal-duplicate-cleanup (TTAHUB-1595), TTAHUB-1648",
    ),
    _apart(
        "standard-goals",
        "standard_template_id",
        "both",
        "Two goals that both use a standard text are never put together.",
        "the Office of Head Start wrote the standard texts to be different goals, in much the same words",
    ),
    _apart(
        "root-causes",
        "root_causes",
        "different",
        "Two goals with different root causes (the FEI goal's) are never put together.",
        "groups with several root causes were dropped; TTAHUB-2664",
    ),
    _apart(
        "same-report",
        "grant_report_ids",
        "shared",
        "Two goals of one grant on the same activity report are never put together: its authors used both.",
        "groups with such goals were dropped",
    ),
)
_WITH_REPORTS = """reports AS (
  SELECT "goalId" AS goal_id, bool_or(approved) AS approved, bool_or(NOT approved) AS unapproved,
         string_agg(CAST(report_id AS text), ',' ORDER BY report_id) AS ids,
         array_agg(report_id ORDER BY report_id) AS list
  FROM (
    SELECT DISTINCT link."goalId", report.id AS report_id,
           COALESCE(CAST(report."calculatedStatus" AS text), '') = 'approved' AS approved
    FROM "ActivityReportGoals" AS link
    JOIN "ActivityReports" AS report ON report.id = link."activityReportId"
    WHERE CAST(report."calculatedStatus" AS text) IS DISTINCT FROM 'deleted'
      AND CAST(report."submissionStatus" AS text) IS DISTINCT FROM 'deleted'
  ) AS linked
  GROUP BY "goalId"
)"""
_WITH_CAUSES = """causes AS (
  SELECT answer."goalId" AS goal_id,
         string_agg(DISTINCT btrim(cause) COLLATE "C", '; ' ORDER BY btrim(cause) COLLATE "C") AS list
  FROM "GoalFieldResponses" AS answer CROSS JOIN unnest(answer.response) AS cause
  WHERE btrim(cause) <> ''
  GROUP BY answer."goalId"
)"""
_WITH_STANDARD = """standard AS (
  SELECT id FROM "GoalTemplates" WHERE CAST("creationMethod" AS text) IN ('Curated', 'System Generated')
)"""
_WITH_ACTIVE = """active AS (
  SELECT DISTINCT replaced."grantId" AS grant_id
  FROM "GrantRelationshipToActive" AS replaced JOIN "Grants" AS heir ON heir.id = replaced."activeGrantId"
  WHERE heir.status = 'Active' AND heir.deleted IS NOT TRUE
)"""
_FROM = """FROM "Goals" AS g
LEFT JOIN "Grants" AS gr ON gr.id = g."grantId"
LEFT JOIN "Recipients" AS recipient ON recipient.id = gr."recipientId"
LEFT JOIN standard ON standard.id = g."goalTemplateId"
LEFT JOIN reports ON reports.goal_id = g.id
LEFT JOIN causes ON causes.goal_id = g.id"""
_FROM_ACTIVE = '\nLEFT JOIN active ON active.grant_id = g."grantId"'
#: What becomes of a goal; each row is one goal, however many reports, responses or replacements it has.
_COLUMNS = {
    "id": "CAST(g.id AS text)",
    "text": "g.name",
    "grant_id": 'CAST(g."grantId" AS text)',
    "grant_number": "gr.number",
    "recipient_id": 'CAST(gr."recipientId" AS text)',
    "recipient": "recipient.name",
    "region_id": 'CAST(gr."regionId" AS text)',
    "status": "g.status",
    "is_closed": "CASE WHEN g.status = 'Closed' THEN 'true' ELSE 'false' END",
    "created_at": "g.\"createdAt\" AT TIME ZONE 'UTC'",
    "created_via": 'CAST(g."createdVia" AS text)',
    "source": "CAST(g.source AS text)",
    "curated": "CASE WHEN standard.id IS NULL THEN 'false' ELSE 'true' END",
    "standard_template_id": "CAST(standard.id AS text)",
    "root_causes": "causes.list",
    "report_ids": "reports.ids",
    "grant_report_ids": (
        "(SELECT string_agg(concat(g.\"grantId\", '/', one), ',' ORDER BY one) FROM unnest(reports.list) AS one)"
    ),
}


def rules_on(switches: Mapping[str, bool]) -> tuple[Rule, ...]:
    """The rules in force: those that are on by default or switched on, without those switched off."""
    return tuple(rule for rule in RULES if switches.get(rule.name, rule.default))


def scope_column(rules: Iterable[Rule]) -> str:
    """The column within whose equal values goals are compared."""
    return "grant_id" if SAME_GRANT in {rule.name for rule in rules} else "recipient_id"


def separations_of(rules: Iterable[Rule]) -> tuple[Separation, ...]:
    """What keeps goals of one scope apart."""
    return tuple(rule.separation for rule in rules if rule.separation)


def goals_query(rules: Sequence[Rule], *, templates: bool = False) -> str:
    """The SELECT of the goals that no rule leaves out, one row each, by id; it reads only what :data:`READS` names.

    Args:
        rules: The rules in force.
        templates: Whether the curated templates come after them.
    """
    cells = ",\n  ".join(f"{cell} AS {name}" for name, cell in _COLUMNS.items())
    kept = "\n  AND ".join(["TRUE", *(f"({rule.keep}) IS TRUE" for rule in rules if rule.keep)])
    goals = f"SELECT\n  {cells}\n{_from(rules)}\nWHERE {kept}\nORDER BY g.id"
    return f"{_with(rules)}\n({goals})\nUNION ALL\n({_templates(rules)})" if templates else f"{_with(rules)}\n{goals}"


def left_out_query(rules: Sequence[Rule]) -> str:
    """The SELECT of how many goals each rule leaves out, a goal under the first rule that does; "" counts the rest."""
    cases = " ".join(f"WHEN ({rule.keep}) IS NOT TRUE THEN '{rule.name}'" for rule in rules if rule.keep)
    first = f"CASE {cases} ELSE '' END" if cases else "''"
    return (
        f"{_with(rules)}\nSELECT rule, CAST(count(goal_id) AS text) AS goals FROM (\n"
        f"SELECT g.id AS goal_id, {first} AS rule\n{_from(rules)}\nUNION ALL SELECT NULL, ''\n"
        ") AS judged GROUP BY rule ORDER BY rule"
    )


def read_goals(
    database: Database,
    rules: Sequence[Rule],
    *,
    templates: bool = False,
    limit: int | None = None,
    statement_timeout: float = 60,
    replica: bool = True,
) -> Table:
    """The goals that no rule leaves out, with a finding for each rule that left some out.

    Args:
        database: The Hub's.
        rules: The rules in force.
        templates: Whether to read the curated templates, too.
        limit: Read only so many, for a look at them.
        statement_timeout: Seconds that one statement may take.
        replica: Whether to read from a replica where there is one.

    Raises:
        InputInvalid: A table or column of the Hub is missing, or may not be read; the message names all of them.
        InputEmpty: The rules leave no goal.
        DependencyUnavailable: The database does not answer.
    """
    from twicetold.sources.postgres import read_query  # noqa: PLC0415 - the driver is slow to import

    def ask(query: str, name: str, limit: int | None = None) -> Table:
        return read_query(database, query, limit=limit, statement_timeout=statement_timeout, replica=replica, name=name)

    missing = ask(_missing_query(rules, templates=templates), "the Hub's tables").columns["missing"][0]
    if missing:
        raise InputInvalid(f"The Hub's database {database.name!r} lacks {missing}.", remedy=_REMEDY)
    counted = ask(left_out_query(rules), "the Hub's goals that were left out").columns
    counts = dict(zip(counted["rule"], map(int, counted["goals"]), strict=True))
    if not counts[""]:
        listed = ", ".join(f"{count} by {name}" for name, count in counts.items() if name) or "none"
        raise InputEmpty(f"The Hub has no goal to compare. Left out by rules: {listed}.", remedy=_REMEDY)
    table = ask(goals_query(rules, templates=templates), "the Hub's goals", limit)
    return replace(table, findings=(*table.findings, *_findings(rules, counts)))


def reader_sql(role: str) -> str:
    """The statements that let a role read exactly what the queries read, column by column."""
    reader = _quoted(role)
    grants = [
        f"GRANT SELECT ({', '.join(map(_quoted, columns))}) ON {_quoted(table)} TO {reader};"
        for table, columns in READS.items()
    ]
    return "\n".join([f"GRANT USAGE ON SCHEMA public TO {reader};", *grants])


def _findings(rules: Sequence[Rule], counts: Mapping[str, int]) -> list[Finding]:
    return [
        Finding(Severity.INFO, "left-out-by-rule", f"Goals left out by the rule {rule.name}: {count:,}.", count)
        for rule in rules
        if (count := counts.get(rule.name, 0))
    ]


def _templates(rules: Iterable[Rule]) -> str:
    """The SELECT of the curated templates as records of a scope of their own."""
    own = {"id": "concat('template-', id)", "text": '"templateName"', scope_column(rules): f"'{TEMPLATES}'"}
    own |= {"curated": "'true'", "standard_template_id": "CAST(id AS text)"}
    cells = ", ".join(own.get(name, "NULL") for name in _COLUMNS)
    return (
        f'SELECT {cells}\nFROM "GoalTemplates"\n'
        'WHERE CAST("creationMethod" AS text) = \'Curated\' AND "deletedAt" IS NULL\nORDER BY id'
    )


def _with(rules: Sequence[Rule]) -> str:
    parts = [_WITH_REPORTS, _WITH_CAUSES, _WITH_STANDARD, *([_WITH_ACTIVE] if _asks_for_heirs(rules) else [])]
    return "WITH " + ",\n".join(parts)


def _from(rules: Sequence[Rule]) -> str:
    return _FROM + (_FROM_ACTIVE if _asks_for_heirs(rules) else "")


def _asks_for_heirs(rules: Sequence[Rule]) -> bool:
    return any(rule.name == _INACTIVE_GRANTS for rule in rules)


def _missing_query(rules: Sequence[Rule], *, templates: bool) -> str:
    """A SELECT of one cell: what is missing or may not be read, in words; NULL where nothing is."""
    needed = [
        f"('{table}', '{column}')"
        for table, columns in READS.items()
        if table != "GrantRelationshipToActive" or _asks_for_heirs(rules)
        for column in columns
        if templates or (table, column) not in _OF_TEMPLATES
    ]
    return f"""WITH needed (tab, col) AS (VALUES {", ".join(needed)}),
found AS (SELECT tab, col, '"' || tab || '"' AS name, to_regclass('"' || tab || '"') AS oid FROM needed),
judged AS (
  SELECT CASE
    WHEN oid IS NULL THEN 'the table ' || name
    WHEN NOT EXISTS (
      SELECT 1 FROM pg_attribute WHERE attrelid = oid AND attname = col AND attnum > 0 AND NOT attisdropped
    ) THEN 'the column ' || name || '."' || col || '"'
    WHEN NOT has_column_privilege(oid, col, 'SELECT')
    THEN 'the right of "' || current_user || '" to read ' || name || '."' || col || '"'
  END AS problem FROM found
)
SELECT string_agg(DISTINCT problem, ', ' ORDER BY problem) AS missing FROM judged"""  # noqa: S608 - our own words


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
