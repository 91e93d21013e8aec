"""POST /compute: what a client of the Hub's first service sends is answered in the shapes that it knows."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).parent / "node"
GOALS = (
    "id,text,scope,recipient_id,status,standard_template_id",
    "1,Train all teaching staff on safe sleep practices.,4,9,open,",
    "2,train ALL teaching staff on safe-sleep practices,4,9,open,",
    "3,Train all teaching staff on safe sleep practices,4,9,open,",
    "4,Repair the roof of the main building.,4,9,open,",
    "11,Train all teaching staff on safe sleep practices.,5,9,open,",
    "12,Train all teaching staff on safe sleep practices!,5,9,open,",
    "13,Buy new buses.,5,9,open,",
    "21,Train all teaching staff on safe sleep practices.,6,10,open,",
    "22,Train all teaching staff on safe sleep practices.,6,10,open,",
    "template-900,Train all teaching staff on safe sleep practices in every center.,templates,,,900",
)
KINDS = {"all": (["read", "decide", "run"], None), "narrow": (["read"], ["5"])}


def fill(service, lines=GOALS):
    (service.program.folder / "goals.csv").write_text("\n".join(lines) + "\n")
    assert service.program.run().summary["state"] == "published"


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def hub(request, start):
    """A service over goals of two recipients."""
    service = start(request.param, kinds=KINDS)
    fill(service)
    return service


def compute(service, **asked):
    reply = service.ask("POST", "/compute", asked, key=None, X_API_KEY=service.keys["all"])
    assert reply.status == 200, reply.json
    return reply.json


def ids(result):
    return [sorted(match["id"] for match in cluster["matches"]) for cluster in result["result"]]


def test_an_old_client_of_node_finds_what_it_relies_on(hub):
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node: install nodejs")
    variables = {
        "SIMILARITY_ENDPOINT": f"http://127.0.0.1:{hub.port}/compute",
        "SIMILARITY_API_KEY": hub.keys["all"],
        "NARROW_API_KEY": hub.keys["narrow"],
    }
    command = [node, "--test", "contract.test.js"]
    ended = subprocess.run(
        command, cwd=NODE, env=os.environ | variables, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "# pass 8" in ended.stdout


def test_goals_that_are_the_same_are_found_however_many_lie_between_them(start):
    """The first service compared blocks of 500 rows, each with itself only."""
    service = start("sqlite", kinds=KINDS)
    lines = [f"{100 + number},Plan {number} the garden of center {number * 7},4,9" for number in range(600)]
    lines = ["id,text,scope,recipient_id", "1,Train all staff.,4,9", *lines, "2,Train all staff,4,9"]
    fill(service, lines)
    assert [1, 2] in ids(compute(service, recipient_id=9, cluster=True))


def test_where_records_name_no_recipient_their_scope_is_the_recipient(shared):
    (first, second) = compute(shared, recipient_id="own", cluster=True)["result"]
    assert {first["id"], second["id"]} < {"o1", "o2", "o3", "o4"}
    assert {match["grantId"] for match in first["matches"]} == {None}


def test_what_people_decided_holds_at_once(service):
    fill(service)
    decided = [("1", "2", "different"), ("4", "3", "same")]
    for a, b, answer in decided:
        body = {"decisions": [{"record_a": a, "record_b": b, "answer": answer}]}
        assert service.post("/v1/decisions", body).status == 201
    pairs = [{pair["goal1"]["id"], pair["goal2"]["id"]} for pair in compute(service, recipient_id=9)["result"]]
    assert {1, 2} not in pairs
    assert {3, 4} in pairs
    assert not any({1, 2} <= set(group) for group in ids(compute(service, recipient_id=9, cluster=True)))


def test_rules_of_the_profile_keep_goals_apart(start):
    service = start("sqlite", kinds=KINDS)
    with (service.program.folder / "goals.toml").open("a") as file:
        file.write('[[match.separate]]\nname = "closed"\ncolumn = "status"\nwhen = "different"\n')
    fill(service, [line.replace("open", "closed") if line.startswith("2,") else line for line in GOALS])
    assert ids(compute(service, recipient_id=9, cluster=True)) == [[1, 3], [11, 12]]
    pairs = [{pair["goal1"]["id"], pair["goal2"]["id"]} for pair in compute(service, recipient_id=9)["result"]]
    assert {1, 3} in pairs
    assert not any(2 in pair for pair in pairs)


def test_too_many_records_to_compare_are_refused_with_a_remedy(start):
    service = start("sqlite", kinds=KINDS)
    fill(
        service, ["id,text,scope,recipient_id", *(f"{number},Plan {number},{number % 100},7" for number in range(2001))]
    )
    reply = service.ask("POST", "/compute", {"recipient_id": 7, "cluster": True})
    assert (reply.status, reply.json["code"]) == (413, "TT600")
    assert "/v1/groups" in reply.json["remedy"]
    reply = service.ask("POST", "/compute", {"recipient_id": 7, "text": "Plan 3"})
    assert reply.json["result"][0]["goal"]["id"] == 3
