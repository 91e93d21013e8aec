"""A small Hub: its tables, and for every rule a case that the rule decides. All names and texts are invented.

Each case lives with a recipient of its own. Its two goals say the same, so nothing but the rule keeps them from being
proposed as duplicates.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

TABLES = Path(__file__).with_name("tables.sql")
TEXT = "Train all classroom staff to use active supervision on the playground."
#: Grant ids by what they stand for; every recipient n has the grants n * 10 + these.
GRANT, OTHER_GRANT = 0, 1
#: Templates: two standard goals, one that the Hub made itself for monitoring, one that grew out of a user's goal.
FISCAL, GOVERNANCE, MONITORING, GROWN = 1, 2, 3, 4


@dataclass
class Goal:
    """A row of Goals with what hangs on it.

    Attributes:
        reports: The reports that it is on: the status of each, by id.
        causes: Its root causes.
        columns: Other columns of its row.
    """

    id: int
    name: str | None = TEXT
    grant: int = GRANT
    reports: dict[int, str | None] = field(default_factory=dict)
    causes: list[str] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass
class Case:
    """Two goals of one recipient that say the same.

    Attributes:
        rule: The rule that keeps them from being put together; "" where none may.
        planted: What is planted, for the table in docs/ttahub.md.
        goals: The two goals.
        grants: Columns of the recipient's grants that differ from an active one, by grant.
        replaced: Whether the recipient's first grant is replaced by the second.
    """

    rule: str
    planted: str
    goals: list[Goal]
    grants: dict[int, dict[str, Any]] = field(default_factory=dict)
    replaced: bool = False

    @property
    def ids(self) -> tuple[str, str]:
        first, second = self.goals
        return str(first.id), str(second.id)

    @property
    def is_together(self) -> bool:
        """Whether the shipped profile proposes the two as duplicates."""
        return self.rule in {"", "draft-goals"}


def pair(number: int, first: dict[str, Any] | None = None, second: dict[str, Any] | None = None) -> list[Goal]:
    """Two goals; what their arguments name of a Goal is that, and anything else a column."""
    own = Goal.__dataclass_fields__
    return [
        Goal(
            number + place,
            **{name: value for name, value in given.items() if name in own},
            columns={name: value for name, value in given.items() if name not in own},
        )
        for place, given in enumerate((first or {}, second or {}))
    ]


CASES = [
    Case("same-grant", "the same goal on two grants of one recipient", pair(100, second={"grant": OTHER_GRANT})),
    Case("deleted-goals", "one of two goals is deleted", pair(200, second={"deletedAt": "2024-02-01"})),
    Case("merged-goals", "one of two goals was merged into the other", pair(300, second={"mapsToParentGoalId": 300})),
    Case("deleted-grants", "two goals of a deleted grant", pair(400), grants={GRANT: {"deleted": True}}),
    Case(
        "inactive-grants",
        "two goals of an inactive grant that nothing replaces",
        pair(500),
        grants={GRANT: {"status": "Inactive"}},
    ),
    Case(
        "inactive-grants",
        "two goals of an inactive grant whose replacement is inactive, too",
        pair(510),
        grants={GRANT: {"status": "Inactive"}, OTHER_GRANT: {"status": "Inactive"}},
        replaced=True,
    ),
    Case("unapproved-reports", "one of two goals is on a draft report", pair(600, second={"reports": {1: "draft"}})),
    Case("unapproved-reports", "one is on a submitted report", pair(610, second={"reports": {2: "submitted"}})),
    Case(
        "unapproved-reports",
        "one is on an approved report and on one that needs action",
        pair(620, second={"reports": {3: "approved", 4: "needs_action"}}),
    ),
    Case("unapproved-reports", "one is on a report without any status", pair(630, second={"reports": {5: None}})),
    Case(
        "never-reported",
        "an activity report made one, and it is on none",
        pair(700, second={"createdVia": "activityReport"}),
    ),
    Case(
        "training-report-goals",
        "a training report made one, and it is on no other",
        pair(800, second={"createdVia": "tr"}),
    ),
    Case(
        "placeholder-names",
        'two goals named "No goals identified at this time."',
        pair(900, {"name": "No goals identified at this time."}, {"name": "no goal at this time"}),
    ),
    Case(
        "draft-goals",
        "one of two goals is a draft (the rule is off by default)",
        pair(1000, second={"status": "Draft"}),
    ),
    Case(
        "closed-standard-goals",
        "two closed goals, one of which uses a standard text",
        pair(1100, {"status": "Closed"}, {"status": "Closed", "goalTemplateId": FISCAL}),
    ),
    Case("open-and-closed", "one of two goals is closed", pair(1200, second={"status": "Closed"})),
    Case(
        "standard-goals",
        "two goals that use two standard texts",
        pair(1300, {"goalTemplateId": FISCAL}, {"goalTemplateId": GOVERNANCE}),
    ),
    Case(
        "standard-goals",
        "a standard goal and one that the Hub made for monitoring",
        pair(1310, {"goalTemplateId": GOVERNANCE}, {"goalTemplateId": MONITORING}),
    ),
    Case(
        "root-causes",
        "two goals with different root causes",
        pair(
            1400,
            {"causes": ["Workforce"], "goalTemplateId": GROWN},
            {"causes": ["Facilities", "Workforce"], "goalTemplateId": GROWN},
        ),
    ),
    Case(
        "same-report",
        "two goals of one grant on one approved report",
        pair(1500, {"reports": {10: "approved", 11: "approved"}}, {"reports": {11: "approved", 12: "approved"}}),
    ),
    Case("", "one of two goals has no origin (createdVia is NULL)", pair(2000, second={"createdVia": None})),
    Case(
        "",
        "one was made by an activity report and is on three approved ones",
        pair(
            2100, second={"createdVia": "activityReport", "reports": {20: "approved", 21: "approved", 22: "approved"}}
        ),
    ),
    Case("", "one is on a draft report that was deleted", pair(2200, second={"reports": {30: "deleted"}})),
    Case(
        "",
        "two goals of an inactive grant that an active one replaces",
        pair(2300),
        grants={GRANT: {"status": "Inactive"}},
        replaced=True,
    ),
    Case("", "one uses a standard text: it is to be kept", pair(2400, second={"goalTemplateId": FISCAL})),
    Case(
        "",
        "two goals with the same root causes, in another order",
        pair(
            2500,
            {"causes": ["Workforce", "Facilities"], "goalTemplateId": GROWN},
            {"causes": [" Facilities", "Workforce", "Workforce"], "goalTemplateId": GROWN},
        ),
    ),
    Case("", "two goals with and without a root cause", pair(2600, second={"causes": ["Workforce"]})),
    Case("", "two closed goals", pair(2700, {"status": "Closed"}, {"status": "Closed"})),
    Case("", "one has a status of NULL", pair(2800, second={"status": None})),
    Case(
        "",
        "a training report made one, and it is on an approved report",
        pair(2900, second={"createdVia": "tr", "reports": {40: "approved"}}),
    ),
]
#: On one grant: goals that say the same in other words, as ids of each goal that is told more than once.
DUPLICATES = [{"3000", "3001", "3002"}, {"3010", "3011"}, {"3020", "3021"}, {"3030", "3031"}]
#: And goals that are told once, though all but one word of another goal is theirs.
SINGLES = {"3040", "3041", "3050", "3051"}
TOLD = {
    3000: "Raise daily attendance in all classrooms to 90 percent.",
    3001: "RAISE DAILY ATTENDANCE IN ALL CLASSROOMS TO 90%",
    3002: "Increase daily attendance to 90% in all classrooms.",
    3010: "Teachers will receive practice-based coaching every month.",
    3011: "Teachers will receive PBC every month",
    3020: "Strengthen family engagement in school readiness planning.",
    3021: "Improve the engagement of families in planning for school readiness.\n",
    3030: "Complete all dental exams within 90 days of enrollment.",
    3031: "  Finish every dental exam no later than 90 days after enrollment ",
    3040: "Finish 3 health screenings for every child within 45 days.",
    3041: "Finish 3 health screenings for every child within 90 days.",
    3050: "Reduce the number of injuries on the bus.",
    3051: "Reduce the number of injuries on the playground.",
}

#: All groups that a run of the shipped profile finds.
EXPECTED = sorted([*DUPLICATES, *(set(case.ids) for case in CASES if case.is_together)], key=min)


def plant(connection) -> None:
    """Makes the tables and plants all cases; the connection is psycopg's."""
    connection.execute(TABLES.read_text(encoding="utf-8"))
    standard = [
        (FISCAL, "Curated", "Fiscal"),
        (GOVERNANCE, "Curated", "Governance"),
        (MONITORING, "System Generated", "Monitoring"),
    ]
    for number, method, name in [*standard, (GROWN, "Automatic", None)]:
        _insert(
            connection,
            "GoalTemplates",
            id=number,
            hash="",
            templateName=name or "",
            creationMethod=method,
            standard=name,
        )
    told = [Goal(number, name) for number, name in TOLD.items()]
    for number, case in enumerate([*CASES, Case("", "", told)], start=1):
        _plant_case(connection, number, case)
    connection.execute('REFRESH MATERIALIZED VIEW "GrantRelationshipToActive"')


def checksum(connection) -> str:
    """Of every row of every table and view of the Hub: whoever only reads leaves it as it is."""
    listed = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') ORDER BY 1"
    )
    tables = [name for (name,) in connection.execute(listed)]
    rows = [connection.execute(f'SELECT t::text FROM "{name}" AS t ORDER BY 1').fetchall() for name in tables]
    return hashlib.sha256(repr([tables, rows]).encode()).hexdigest()


def _plant_case(connection, number: int, case: Case) -> None:
    _insert(connection, "Recipients", id=number, name=f"Recipient {number}")
    for grant in (GRANT, OTHER_GRANT):
        row = {"recipientId": number, "regionId": 4, "status": "Active", "number": f"90CH{number:04}{grant}"}
        _insert(connection, "Grants", id=number * 10 + grant, **row | case.grants.get(grant, {}))
    if case.replaced:
        link = {"replacedGrantId": number * 10 + GRANT, "replacingGrantId": number * 10 + OTHER_GRANT}
        _insert(connection, "GrantReplacements", **link)
    for goal in case.goals:
        row = {"name": goal.name, "status": "Not Started", "grantId": number * 10 + goal.grant, "createdVia": "rtr"}
        _insert(
            connection, "Goals", id=goal.id, createdAt=f"2023-01-01 00:00:{goal.id % 60:02}+00", **row | goal.columns
        )
        _hang_on(connection, goal)


def _hang_on(connection, goal: Goal) -> None:
    """What other tables say of a goal."""
    if goal.causes:
        _insert(connection, "GoalFieldResponses", goalId=goal.id, response=goal.causes)
    for report, status in goal.reports.items():
        row = {"submissionStatus": "submitted" if status == "approved" else status, "calculatedStatus": status}
        _insert(connection, "ActivityReports", id=report, **row)
        _insert(connection, "ActivityReportGoals", goalId=goal.id, activityReportId=report)


def _insert(connection, table: str, **row: Any) -> None:
    from psycopg import sql

    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, row)),
        sql.SQL(", ").join(sql.Placeholder() * len(row)),
    )
    connection.execute(statement, list(row.values()))


@pytest.fixture
def hub(postgres, postgres_url) -> str:
    """The SQLAlchemy URL of a database with the Hub's tables and all planted cases."""
    with postgres.connect(postgres_url.rpartition("/")[2]) as connection:
        plant(connection)
    return postgres_url
