"""The generated Hub: as many goals as were asked for, all of which the rules read, the same ones each time."""

from __future__ import annotations

import generate_hub
from twicetold.platform.services import Database, Secret
from twicetold.sources.ttahub import read_goals, rules_on


def goals(url: str) -> dict[str, list[str]]:
    return dict(read_goals(Database("hub", "a test", Secret(url)), rules_on({})).columns)


def test_every_generated_goal_is_read_and_has_its_cluster(postgres, postgres_url):
    with postgres.connect(postgres_url.rpartition("/")[2]) as connection:
        clusters = generate_hub.fill(connection, 300, 12, 7)
    columns = goals(postgres_url)
    assert columns["id"] == list(clusters)
    assert 1 < len(set(columns["grant_id"])) <= 12
    assert 0 < sum(map(bool, columns["report_ids"])) < 300
    assert len(set(clusters.values())) < 300


def test_an_edit_changes_that_many_goals_and_no_other(postgres, postgres_url):
    with postgres.connect(postgres_url.rpartition("/")[2]) as connection:
        generate_hub.fill(connection, 200, 5, 7)
        before = goals(postgres_url)
        edited = generate_hub.edit(connection, 10, 3)
    after = goals(postgres_url)
    changed = [name for name, old, new in zip(before["id"], before["text"], after["text"], strict=True) if old != new]
    assert changed == edited
    assert {**before, "text": None} == {**after, "text": None}
