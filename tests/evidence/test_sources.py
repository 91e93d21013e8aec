"""The sources of the evidence are true of this tree: files, tests, the boundary, the cryptography."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def edited(tree: Path, name: str, old: str, new: str) -> None:
    """Changes one of the sources in the copy."""
    path = tree / "deploy/evidence" / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refused(tree: Path) -> str:
    from evidence import claims, package

    with pytest.raises((claims.SourceWrong, package.Unshown)) as caught:
        package.before(tree)
    return str(caught.value)


def test_everything_that_is_claimed_names_what_is_there():
    from evidence import package

    book = package.before(ROOT)
    assert len(book.claims) > 30
    assert len(book.controls) > 30


def test_a_claim_without_evidence_is_refused_with_its_control(tree):
    edited(tree, "claims.toml", 'commands = ["ruff check src deploy"]', "")
    assert "control sa-11.1" in refused(tree)
    assert "claim 'static-analysis': has no evidence" in refused(tree)


def test_a_claimed_file_that_is_gone_is_named(tree):
    (tree / "deploy/sh.py").unlink()
    said = refused(tree)
    assert "control cm-7.5" in said
    assert "claim 'no-shell': deploy/sh.py is not there" in said


def test_a_claimed_test_that_was_removed_is_named(tree):
    path = tree / "tests/image/test_stand_in_shell.py"
    name = "test_what_is_no_command_for_tasks_is_refused"
    path.write_text(path.read_text(encoding="utf-8").replace(f"def {name}", "def test_another"), encoding="utf-8")
    said = refused(tree)
    assert "control cm-7.5" in said
    assert f"claim 'allow-list': tests/image/test_stand_in_shell.py::{name} is not there" in said


def test_a_claim_that_nobody_uses_is_named(tree):
    text = '[idle]\nsays = "x"\ncommands = ["true"]\n'
    (tree / "deploy/evidence/claims.toml").write_text(
        (tree / "deploy/evidence/claims.toml").read_text(encoding="utf-8") + text, encoding="utf-8"
    )
    assert "claim 'idle': no control and no page uses it" in refused(tree)


def test_a_control_that_points_to_no_claim_is_named(tree):
    edited(tree, "controls.toml", '"no-shell"', '"no-shells"')
    assert "there is no claim 'no-shells'" in refused(tree)


def test_a_control_that_says_nothing_is_named(tree):
    edited(tree, "controls.toml", 'claims = ["log-lines", "no-text-in-logs"]', "")
    assert refused(tree) == "control au-3: says neither what is claimed, nor what is left or inherited"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('["au-3"]', '["audit"]', "audit is no control"),
        ('title = "Least Functionality"', 'tilte = "Least Functionality"', "tilte, title is unknown or missing"),
        ('title = "Least Functionality"', "title = ", "controls.toml"),
    ],
)
def test_a_source_that_cannot_be_read_is_named(tree, old, new, said):
    edited(tree, "controls.toml", old, new)
    assert said in refused(tree)


def test_a_page_that_asks_for_no_claim_is_named(tree):
    edited(tree, "pages/lato-answers.md", 'proof("inventory", ', 'proof("stock", ')
    assert "page lato-answers.md: there is no claim 'stock'" in refused(tree)


def test_a_section_that_stands_on_nothing_is_named(tree):
    edited(tree, "pages/lato-answers.md", '{{ proof("no-shell", "allow-list", "read-only") }}', "Trust us.")
    assert "page lato-answers.md: section '10.9.6 Hardening' stands on no claim" in refused(tree)


def test_all_ten_sections_about_containers_are_answered():
    text = (ROOT / "deploy/evidence/pages/lato-answers.md").read_text(encoding="utf-8")
    assert re.findall(r"^## 10\.9\.(\d+) ", text, re.MULTILINE) == [str(number) for number in range(1, 11)]


def test_the_boundary_is_what_the_network_test_leaves_open():
    from evidence import boundary

    drawn = boundary.read(ROOT)
    assert boundary.opened(ROOT) == {flow.opened for flow in drawn.flows if flow.opened}
    assert len(boundary.opened(ROOT)) == 2
    assert boundary.differences(drawn, ROOT) == []


def test_a_port_more_in_the_network_test_is_a_difference(tree):
    path = tree / "tests/image/test_image_network.py"
    text = path.read_text(encoding="utf-8").replace("namespace(pgbouncer.port,", "namespace(8443, pgbouncer.port,")
    path.write_text(text, encoding="utf-8")
    assert "opens 8443, which boundary.toml does not have" in refused(tree)


def test_a_way_more_in_the_boundary_is_a_difference(tree):
    edited(tree, "boundary.toml", "only = ", "condition = ")
    assert "the flow to receiver is neither tested nor on a condition" in refused(tree)
    edited(tree, "boundary.toml", "condition = ", 'opened = "receiver.port"\ncondition = ')
    assert "receiver.port is in boundary.toml and not opened by" in refused(tree)


def test_hosts_and_ports_of_the_boundary_are_those_of_the_documents():
    from evidence import boundary

    named = {f"{flow.host}:{flow.port}" for flow in boundary.read(ROOT).flows if re.fullmatch(r"[\w.-]+", flow.host)}
    page = (ROOT / "docs/how-to/monitoring.md").read_text(encoding="utf-8")
    assert named == set(re.findall(r"OTEL_EXPORTER_OTLP_ENDPOINT https://([\w.-]+:\d+)", page))
    always = {flow.target: str(flow.port) for flow in boundary.read(ROOT).flows if flow.opened}
    page = (ROOT / "docs/operate/cloudfoundry.md").read_text(encoding="utf-8")
    assert re.findall(r"PostgreSQL \((\d+)\) and S3 \((\d+)\) and nobody else", page) == [
        (always["database"], always["bucket"])
    ]


def test_the_cryptography_that_is_named_is_the_one_that_is_called():
    from evidence import cryptography

    assert "hashlib.sha256" in cryptography.called(ROOT)
    assert cryptography.differences(ROOT) == []


def test_cryptography_that_is_not_named_is_a_difference(tree):
    edited(tree, "cryptography.toml", '"hashlib.blake2b"', '"hashlib.md5"')
    said = refused(tree)
    assert "hashlib.blake2b is called in" in said
    assert "hashlib.md5 is named and nowhere called" in said


def test_every_control_of_the_calendar_is_one_of_ours(book):
    from evidence import claims

    known = {control.name for control in book.controls}
    duties = claims.table(ROOT, "calendar")["duty"]
    assert {control for duty in duties for control in duty["controls"]} - known == set()
    assert {duty["every"] for duty in duties} >= {"run", "release", "week", "90 days", "year"}


def test_no_figure_of_the_model_is_typed_into_a_page():
    for page in ("model-card.md", "transparency-record.md"):
        text = (ROOT / "deploy/evidence/pages" / page).read_text(encoding="utf-8")
        assert re.findall(r"\d+\.\d+|\d+ ?%", text) == []
