"""Fills a database with a Hub of generated goals: `python benchmarks/generate_hub.py URL 100000 --scopes 4000`.

The tables are those of the tests. Each recipient has one active grant, whose goals come from generate.py; every goal is
on no, one or two approved reports of its grant. The same arguments give the same rows.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from generate import generate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TABLES = Path(__file__).parents[1] / "tests" / "ttahub" / "tables.sql"
#: Goals per report, on average.
_PER_REPORT = 3


def fill(connection: psycopg.Connection[Any], n: int, scopes: int, seed: int) -> dict[str, str]:
    """Makes the tables and n goals in them.

    Returns:
        The cluster of each goal by its id: goals of one cluster say the same.
    """
    rng = random.Random(seed)
    rows = generate(n, scopes, seed)
    recipients = {name: number for number, name in enumerate(sorted({row.recipient_id for row in rows}), start=1)}
    connection.execute(TABLES.read_text(encoding="utf-8"))
    _copy(connection, "Recipients", ("id", "name"), ((number, f"Recipient {number}") for number in recipients.values()))
    _copy(
        connection,
        "Grants",
        ("id", "number", "recipientId", "regionId", "status"),
        ((number, f"90CH{number:06}", number, number % 12 + 1, "Active") for number in recipients.values()),
    )
    _copy(
        connection,
        "Goals",
        ("id", "name", "status", "grantId", "createdVia", "createdAt"),
        (
            (number, row.goal_text, row.status, recipients[row.recipient_id], "rtr", row.created_at)
            for number, row in enumerate(rows, start=1)
        ),
    )
    _reports(connection, [recipients[row.recipient_id] for row in rows], rng)
    connection.execute('REFRESH MATERIALIZED VIEW "GrantRelationshipToActive"')
    connection.execute("ANALYZE")
    return {str(number): row.cluster_id for number, row in enumerate(rows, start=1)}


def edit(connection: psycopg.Connection[Any], count: int, seed: int) -> list[str]:
    """Gives some goals the texts of newly generated ones, as a day's work would; the ids of those goals, ascending."""
    (total,) = connection.execute('SELECT count(*) FROM "Goals"').fetchone() or (0,)
    chosen = sorted(random.Random(seed).sample(range(1, total + 1), count))
    texts = [row.goal_text for row in generate(count, 1, seed + 1)]
    with connection.cursor() as cursor:
        cursor.executemany('UPDATE "Goals" SET name = %s WHERE id = %s', list(zip(texts, chosen, strict=True)))
    return [str(number) for number in chosen]


def _reports(connection: psycopg.Connection[Any], grants: Sequence[int], rng: random.Random) -> None:
    """Approved reports of each grant, and the goals on them."""
    reports: dict[int, list[int]] = {}
    total = 0
    for number, grant in enumerate(grants):
        if number % _PER_REPORT == 0:
            total += 1
            reports.setdefault(grant, []).append(total)
    links = []
    for number, grant in enumerate(grants, start=1):
        known = reports.get(grant, [])
        links += [(report, number) for report in rng.sample(known, rng.randint(0, min(2, len(known))))]
    approved = ((number, "submitted", "approved") for number in range(1, total + 1))
    _copy(connection, "ActivityReports", ("id", "submissionStatus", "calculatedStatus"), approved)
    _copy(connection, "ActivityReportGoals", ("activityReportId", "goalId"), links)


def _copy(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("url", help="an empty PostgreSQL database")
    parser.add_argument("n", type=int, help="how many goals")
    parser.add_argument("--scopes", type=int, default=400, help="how many recipients")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with psycopg.connect(options.url.replace("+psycopg", "")) as connection:
        fill(connection, options.n, options.scopes, options.seed)


if __name__ == "__main__":
    main()
