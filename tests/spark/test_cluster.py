"""A cluster of two workers gives, to the byte, what one machine gives, also when it loses one of them."""

from __future__ import annotations

import re
import time
from pathlib import Path

import duckdb

import twicetold

ROOT = Path(__file__).parents[2]
FILES = ("groups.csv", "pairs.csv", "rejected.csv", "report.html", "summary.json")
PATIENCE = 300  # seconds
ODD = (
    'x1,r00000,Draft,2024-01-01," ",c\n'
    'x2,r00000,Draft,2024-01-01,"🙂 e\u0301cole, ""quoted""",c\n'
    "x2,r00000,Draft,2024-01-01,again,c\n"
    "x3\n"
)


def written(folder):
    return {name: (folder / name).read_bytes() for name in FILES}


def ended(process):
    printed = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, printed
    return printed


def test_all_files_are_those_of_one_machine(find, generated, spark_cluster, tmp_path):
    """Half of the records are in one scope, some rows cannot be used, and people have decided."""
    master, _ = spark_cluster
    file, decisions = generated(1500, skewed=True), tmp_path / "decisions.csv"
    with file.open("a", encoding="utf-8") as rows:
        rows.write(ODD)
    decisions.write_text("record_a,record_b,answer\ng0000000,g0000002,same\ng0000004,x9,different\n", encoding="utf-8")
    ended(find(file, tmp_path / "here", "--decisions", decisions))
    ended(find(file, tmp_path / "there", "--decisions", decisions, master=master))
    assert written(tmp_path / "here") == written(tmp_path / "there")
    assert (tmp_path / "there" / "rejected.csv").read_text(encoding="utf-8").count("\n") > 2


def test_a_worker_and_its_executor_are_killed_in_the_middle(find, generated, spark_cluster, tmp_path):
    master, workers = spark_cluster
    file = generated(12_000)
    before = sum(worker.finished() for worker in workers)
    process = find(file, tmp_path / "there", master=master)
    until = time.monotonic() + PATIENCE
    # Two tasks hand the records out; the third one that is finished has compared some.
    while sum(worker.finished() for worker in workers) < before + 3 or not workers[0].executors():
        assert process.poll() is None
        assert time.monotonic() < until
        time.sleep(0.05)
    workers[0].kill()
    try:
        assert process.poll() is None
        assert "Lost executor" in ended(process)
    finally:
        workers[0].start()
    ended(find(file, tmp_path / "here"))
    assert written(tmp_path / "here") == written(tmp_path / "there")


def test_a_run_on_a_cluster_publishes_what_a_run_here_does(start, generated, spark_cluster, tmp_path):
    master, _ = spark_cluster
    for name, more in (("here", ""), ("there", f'[spark]\nmaster = "{master}"')):
        source = f'[source]\nkind = "files"\nfiles = ["{generated(600)}"]'
        columns = '[records]\nid = "goal_id"\ntext = "goal_text"\nscope = "recipient_id"'
        profile = f'{source}\n{columns}\n[publish]\nout = "{name}"\nreport = false\n{more}\n'
        (tmp_path / f"{name}.toml").write_text(profile, encoding="utf-8")
        ended(start("run", "--profile", name, has_spark=bool(more)))
    for name in ("groups.csv", "pairs.csv"):
        here, there = (next((tmp_path / folder).rglob(name)).read_bytes() for folder in ("here", "there"))
        assert here == there
        assert here.count(b"\n") > 100


def test_the_job_of_the_documentation_writes_what_one_machine_finds(generated, spark_cluster, submit, tmp_path):
    master, _ = spark_cluster
    page = (ROOT / "docs" / "how-to" / "spark.md").read_text(encoding="utf-8")
    (tmp_path / "job.py").write_text(re.search(r'```py title="job.py"\n(.*?)```', page, re.DOTALL)[1], encoding="utf-8")
    file = generated(600)
    duckdb.sql(f"COPY (FROM read_csv('{file}', all_varchar=true)) TO '{tmp_path}/goals.parquet'")
    ended(submit("--master", master, tmp_path / "job.py", tmp_path / "goals.parquet", tmp_path / "results"))
    result = twicetold.find(file, id="goal_id", text="goal_text", scope="recipient_id")
    tables = {name: duckdb.sql(f"FROM '{tmp_path}/results/{name}/*.parquet'") for name in ("groups", "pairs", "scopes")}
    groups = {(row[0], row[1]) for row in tables["groups"].fetchall()}
    assert groups == {(member, group.id) for group in result.groups for member in group.members}
    assert len(tables["pairs"]) == len(result.pairs)
    assert tables["scopes"].sum("pairs_compared").fetchall() == [(result.counts["pairs_compared"],)]
