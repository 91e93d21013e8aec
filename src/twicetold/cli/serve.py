"""twicetold serve: answers over HTTP."""

from __future__ import annotations

from typing import Any

import click

from twicetold.cli.console import load_settings


@click.command("serve")
@click.option(
    "--host", metavar="NAME", help="Where to listen; without keys on this machine only, with keys everywhere."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    envvar="PORT",
    default=8080,
    show_default="$PORT or 8080",
    help="Port to listen on; 0 for a free one.",
)
@click.option("--profile", metavar="NAME", help="What requests are about that name no profile.")
@click.option(
    "--cache", metavar="SIZE", help="Memory for scopes that are asked for; a quarter of it all, at most 256M."
)
@click.option("--threads", metavar="N", help="Comparisons at a time; by default one per processor.")
@click.option("--store", metavar="URL", help="Where results are kept; by default the bound database.")
def command(*, host: str | None, port: int, profile: str | None, cache: str | None, **options: Any) -> None:
    """Stay, and answer over HTTP: what says the same as a text, which groups there are, what people decide.

    Without keys it listens on this machine only and prints a link that works once. Keys come from a bound service
    called twicetold-keys; see 'twicetold keys new'. SIGTERM ends it when what is at work is answered, within eight
    seconds, with the exit status 143. /openapi.json describes all routes.

    \b
    Examples:
      twicetold serve
      twicetold serve --profile ttahub --port 8000
    """
    settings = load_settings(options)
    from twicetold.errors import SettingInvalid
    from twicetold.platform.settings import parse_bytes
    from twicetold.service.serving import Place, stay

    size = parse_bytes(cache) if cache else None
    if cache and (not isinstance(size, int) or size <= 0):
        raise SettingInvalid(f"cache = {cache!r} is no size", remedy="Give one such as 64M.")
    place = Place(host, port, profile, size if isinstance(size, int) else None)
    announce = lambda link: click.echo(f"Open {link} in a browser on this machine; it works once.", err=True)  # noqa: E731
    raise click.exceptions.Exit(stay(settings, place, announce))
