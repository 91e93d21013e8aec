"""OSCAL: the component definition and the assessment results, as NIST's schema 1.2 has them.

Ids are made from what they name, so that the same results give the same documents.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from evidence.claims import Book, Claim, Control
    from evidence.results import Results

VERSION = "1.2.1"
CATALOG = (
    "https://raw.githubusercontent.com/usnistgov/oscal-content/main/nist.gov/SP800-53/rev5/json/"
    "NIST_SP-800-53_rev5_catalog.json"
)
#: For properties that NIST's names have no word for.
NAMESPACE = "urn:twicetold:evidence"
_IDS = uuid.uuid5(uuid.NAMESPACE_OID, "twicetold")


@dataclass(frozen=True)
class Tree:
    """What the evidence speaks of.

    Attributes:
        root: The repository.
        version: Of the package.
        revision: The commit, with a plus sign where files differ from it.
        moment: When the results were complete; the date of all documents.
    """

    root: Path
    version: str
    revision: str
    moment: dt.datetime


def name_of(*parts: str) -> str:
    """The id of what the parts name."""
    return str(uuid.uuid5(_IDS, "\n".join(parts)))


def component_definition(book: Book, tree: Tree) -> dict[str, Any]:
    """What the component implements, with the files and tests that show it.

    Args:
        book: What is claimed.
        tree: What it is claimed of.
    """
    used = [claim for control in book.controls for claim in control.claims]
    claims = [book.claims[name] for name in dict.fromkeys(used)]
    component = {
        "uuid": name_of("component"),
        "type": "software",
        "title": "Twicetold",
        "description": "A batch job in a container that finds records which say the same thing in different words.",
        "props": [_own("version", tree.version), _own("revision", tree.revision)],
        "control-implementations": [
            {
                "uuid": name_of("control-implementation"),
                "source": CATALOG,
                "description": "What the component does, what is left to whoever deploys it, what the platform does.",
                "implemented-requirements": [_requirement(control, book) for control in book.controls],
            }
        ],
    }
    return {
        "component-definition": {
            "uuid": name_of("component-definition", tree.revision, tree.moment.isoformat()),
            "metadata": _metadata("Component definition of Twicetold", tree),
            "components": [component],
            "back-matter": {"resources": _resources(claims, tree.root)},
        }
    }


def assessment_results(book: Book, results: Results, tree: Tree) -> dict[str, Any]:
    """What the tests and commands observed, and whether each control is satisfied as far as it is claimed.

    Args:
        book: What is claimed.
        results: How tests and commands ended.
        tree: What they were run on.
    """
    controls = [control for control in book.controls if control.claims]
    evidence = dict.fromkeys(
        each for control in controls for name in control.claims for each in _evidence(book.claims[name])
    )
    result = {
        "uuid": name_of("result", tree.revision, results.begun.isoformat()),
        "title": "Automated tests",
        "description": "Each test and command that a claim points to is an observation, each control a finding.",
        "start": results.begun.isoformat(),
        "end": results.ended.isoformat(),
        "reviewed-controls": {
            "control-selections": [{"include-controls": [{"control-id": control.name} for control in controls]}]
        },
        "observations": [_observation(each, results) for each in evidence],
        "findings": [_finding(control, book, results.outcomes) for control in controls],
    }
    plan = name_of("assessment-plan")
    how = "The plan is the list of claims in deploy/evidence/claims.toml: each names what shows it."
    return {
        "assessment-results": {
            "uuid": name_of("assessment-results", tree.revision, tree.moment.isoformat()),
            "metadata": _metadata("Assessment results of Twicetold", tree),
            "import-ap": {"href": f"#{plan}", "remarks": how},
            "results": [result],
            "back-matter": {
                "resources": [_resource(plan, "Assessment plan", "deploy/evidence/claims.toml", tree.root)]
            },
        }
    }


def state(control: Control, book: Book, outcomes: dict[str, str]) -> str:
    """Whether all that a control claims is shown: ``satisfied`` or ``not-satisfied``."""
    evidence = [each for name in control.claims for each in _evidence(book.claims[name])]
    good = evidence and all(outcomes.get(each) == "passed" for each in evidence)
    return "satisfied" if good else "not-satisfied"


def _metadata(title: str, tree: Tree) -> dict[str, Any]:
    return {
        "title": title,
        "last-modified": tree.moment.isoformat(),
        "version": tree.version,
        "oscal-version": VERSION,
        "props": [_own("revision", tree.revision)],
    }


def _own(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _requirement(control: Control, book: Book) -> dict[str, Any]:
    """One control; who does it is told by NIST's own property."""
    claims = [book.claims[name] for name in control.claims]
    parts = {
        "system-specific": " ".join(claim.says for claim in claims),
        "customer-provided": f"Left to the customer: {control.customer}" if control.customer else "",
        "inherited": f"Inherited from the platform: {control.inherited}" if control.inherited else "",
    }
    found: dict[str, Any] = {
        "uuid": name_of("requirement", control.name),
        "control-id": control.name,
        "description": "\n\n".join(filter(None, parts.values())),
        "props": [{"name": "control-origination", "value": origin} for origin, text in parts.items() if text],
        "remarks": control.title,
    }
    evidence = dict.fromkeys(each for claim in claims for each in (*claim.files, *_evidence(claim)))
    if evidence:
        found["links"] = [{"href": f"#{name_of('resource', each)}", "rel": "evidence"} for each in evidence]
    return found


def _evidence(claim: Claim) -> tuple[str, ...]:
    return *claim.tests, *claim.commands


def _resources(claims: list[Claim], root: Path) -> list[dict[str, Any]]:
    """What requirements link to: files with their digests, tests with their files, commands."""
    files = dict.fromkeys(file for claim in claims for file in claim.files)
    shown = {each: each.partition("::")[0] for claim in claims for each in _evidence(claim)}
    return [
        *(_resource(name_of("resource", file), "Implementation", file, root) for file in files),
        *(_resource(name_of("resource", each), f"Evidence: {each}", file, root) for each, file in shown.items()),
    ]


def _resource(name: str, title: str, file: str, root: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"uuid": name, "title": title}
    path = root / file
    if path.is_file():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        found["rlinks"] = [{"href": file, "hashes": [{"algorithm": "SHA-256", "value": digest}]}]
    else:
        found["description"] = file
    return found


def _observation(evidence: str, results: Results) -> dict[str, Any]:
    kind = "Test" if "::" in evidence else "Command"
    cases = f" ({results.cases[evidence]} cases)" if results.cases.get(evidence, 1) > 1 else ""
    return {
        "uuid": name_of("observation", evidence),
        "title": evidence,
        "description": f"{kind}{cases}: {results.outcomes.get(evidence, 'did not run')}.",
        "methods": ["TEST"],
        "subjects": [{"subject-uuid": name_of("component"), "type": "component"}],
        "collected": results.ended.isoformat(),
    }


def _finding(control: Control, book: Book, outcomes: dict[str, str]) -> dict[str, Any]:
    claims = [book.claims[name] for name in control.claims]
    evidence = dict.fromkeys(each for claim in claims for each in _evidence(claim))
    found: dict[str, Any] = {
        "uuid": name_of("finding", control.name),
        "title": f"{control.name}: {control.title}",
        "description": " ".join(claim.says for claim in claims),
        "target": {
            "type": "statement-id",
            "target-id": f"{control.name}_smt",
            "status": {"state": state(control, book, outcomes)},
        },
        "related-observations": [{"observation-uuid": name_of("observation", each)} for each in evidence],
    }
    if control.customer or control.inherited:
        found["remarks"] = "Of what the component does; part of the control is with the customer or the platform."
    return found
