"""twicetold profile: check, list and show the profiles of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from twicetold.cli.console import counted, of_record, plain, print_findings, print_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twicetold.runs.profile import Profile
    from twicetold.sources.input import Input

#: Records that are shown.
SHOWN = 10
_WIDTH = 100
_NAME = click.argument("name", metavar="NAME")


@click.group("profile")
def command() -> None:
    """Check, list and show the profiles of runs.

    \b
    Example:
      twicetold profile check ttahub
    """


@command.command("check")
@_NAME
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def check(name: str, *, as_json: bool) -> None:
    """Read ten records as the profile NAME (or file) says, and show what each column became. Nothing is written.

    \b
    Examples:
      twicetold profile check ttahub
      twicetold profile check profiles/nightly.toml --json
    """
    from twicetold.runs.profile import load_profile
    from twicetold.runs.reading import read_source

    profile = load_profile(name)
    found = read_source(profile, limit=SHOWN)
    targets = list(_targets(profile))
    if as_json:
        print_json(_as_json(profile, found, targets))
        return
    for section in (_head(profile), _rules(profile), _columns(found), _records(found), _apart(profile, found)):
        click.echo("\n".join(section) + "\n")
    click.echo("\n".join(["Results go to", *(f"  {target}" for target in targets)]))
    print_findings(found.findings)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the list as JSON.")
def list_(*, as_json: bool) -> None:
    """List the profiles that can be named, and their files.

    \b
    Example:
      twicetold profile list
    """
    from twicetold.errors import TwicetoldError
    from twicetold.runs.profile import is_shipped, list_profiles, load_profile

    rows = []
    for name, path in list_profiles().items():
        place = "shipped" if is_shipped(path) else str(path)
        try:
            rows.append({"profile": name, "from": place, "description": load_profile(path).description, "problem": ""})
        except TwicetoldError as error:
            rows.append({"profile": name, "from": place, "description": "", "problem": error.message})
    if as_json:
        print_json(rows)
        return
    for row in rows:
        said = plain(f"cannot be used: {row['problem']}" if row["problem"] else row["description"])
        click.echo(f"{row['profile']:<16} {row['from']:<28} {said}".rstrip())


@command.command("show")
@_NAME
def show(name: str) -> None:
    """Print the profile NAME with every default filled in, as JSON, and its digest.

    \b
    Example:
      twicetold profile show files
    """
    from twicetold.runs.profile import load_profile

    profile = load_profile(name)
    print_json({"name": profile.name, "file": str(profile.path), "digest": profile.digest, **_content(profile)})


def _content(profile: Profile) -> dict[str, Any]:
    from twicetold.runs.profile import HubSource

    content: dict[str, Any] = profile.model_dump(mode="json")
    if isinstance(profile.source, HubSource):
        content["source"]["rules"] = dict(_switches(profile))
    return content


def _switches(profile: Profile) -> Iterator[tuple[str, bool]]:
    """The rules of the Hub, and whether each is on."""
    from twicetold.runs.profile import HubSource
    from twicetold.sources.ttahub import RULES

    if isinstance(profile.source, HubSource):
        on = profile.source.rules_on
        yield from ((rule.name, rule in on) for rule in RULES)


def _head(profile: Profile) -> list[str]:
    from twicetold.platform import services
    from twicetold.runs.profile import FilesSource, S3Source

    source = profile.source
    if isinstance(source, FilesSource):
        place = ", ".join(map(str, source.files))
    elif isinstance(source, S3Source):
        place = source.address
    else:
        bound = services.database(source.service)
        place = f"the service {bound.name} from {bound.origin}"
    lines = [f"Profile {profile.name} from {profile.path}", f"  digest   {profile.digest}"]
    return [*lines, f"  source   {source.kind}: {plain(place)}"]


def _rules(profile: Profile) -> list[str]:
    from twicetold.sources.ttahub import RULES

    says = {rule.name: rule.says for rule in RULES}
    lines = [f"  {'on ' if is_on else 'off'}  {name:<24} {says[name]}" for name, is_on in _switches(profile)]
    lines += [
        f"  on   {rule.name:<24} Records are kept apart by {rule.column!r}, when {rule.when}."
        for rule in profile.match.separate
    ]
    return ["Rules", *(lines or ["  none"])]


def _columns(found: Input) -> list[str]:
    became = {found.columns.id or "line number": "id", found.columns.text: "text", found.columns.scope: "scope"}
    rows = [(column, role) for column, role in became.items() if column]
    rows += [(column, "attribute") for column in found.records.attributes]
    return ["What each column became", *(f"  {plain(column):<24} {role}" for column, role in rows)]


def _records(found: Input) -> list[str]:
    lines = [f"The first {counted(len(found.records), 'record')}"]
    for record in found.records:
        scope = f" in scope {plain(record.scope)}" if record.scope else ""
        lines.append(f"  {plain(record.id)}{scope}: {plain(of_record(record.text), _WIDTH)}")
        known = [f"{name}={plain(of_record(value), 40)}" for name, value in record.attributes.items()]
        lines += [f"      {', '.join(known)}"] if known else []
    return lines


def _apart(profile: Profile, found: Input) -> list[str]:
    pairs = [f"  {a} and {b}: {rule}" for a, b, rule in _apart_pairs(profile, found)]
    return ["Pairs of these that a rule keeps apart", *(pairs or ["  none"])]


def _apart_pairs(profile: Profile, found: Input) -> Iterator[tuple[str, str, str]]:
    from twicetold.separations import separated

    records = found.records
    for scope in dict.fromkeys(records.scopes):
        rows = [row for row, other in enumerate(records.scopes) if other == scope]
        for a, b, rule in separated(records.attributes, profile.separations, rows):
            yield plain(records.ids[a]), plain(records.ids[b]), rule


def _targets(profile: Profile) -> Iterator[str]:
    """Where a run would publish; a service that is not bound is said here, before a run fails over it."""
    from twicetold.errors import TwicetoldError
    from twicetold.platform import services, settings

    publish = profile.publish
    try:
        store = services.store(settings.load())
        yield f"the store {store.place} from {store.origin}"
        if publish.s3:
            bound = services.bucket(publish.s3.service)
            yield f"the bucket {bound.place} from {bound.origin}, under {publish.s3.prefix}/{profile.name}/"
    except TwicetoldError as error:
        yield f"NOT USABLE: {error.message}"
    if publish.out:
        yield f"the folder {publish.out}"


def _as_json(profile: Profile, found: Input, targets: Sequence[str]) -> dict[str, Any]:
    columns = found.columns
    return {
        "profile": profile.name,
        "file": str(profile.path),
        "digest": profile.digest,
        "rules": dict(_switches(profile)),
        "columns": {"id": columns.id, "text": columns.text, "scope": columns.scope, "guessed": columns.guessed},
        "records": [
            {
                "id": record.id,
                "text": of_record(record.text),
                "scope": record.scope,
                "attributes": {name: of_record(value) for name, value in record.attributes.items()},
            }
            for record in found.records
        ],
        "apart": [{"record_a": a, "record_b": b, "rule": rule} for a, b, rule in _apart_pairs(profile, found)],
        "publish": list(targets),
        "findings": [
            {"severity": each.severity, "code": each.code, "message": each.message, "count": each.count}
            for each in found.findings
        ],
    }
