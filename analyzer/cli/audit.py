"""`analyzer audit`: the web application for analysts, and the proof that its trail is whole."""

from __future__ import annotations

import json
import os
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from analyzer.cli.loading import tls_context
from analyzer.cli.logs import say
from analyzer.errors import OutputError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from analyzer.audit.guard import Proxy

SECRET = "ANALYZER_AUDIT_SECRET"


class Audits(click.Group):
    """`analyzer audit OUT` is `analyzer audit open OUT`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["open", *args]
        return super().parse_args(ctx, args)


folder_argument = click.argument("folder", metavar="OUT", type=click.Path(path_type=Path, exists=True, file_okay=False))
database_option = click.option("--database", metavar="URL", help="SQLite beside the records if not given.")


@click.group(cls=Audits)
def audit() -> None:
    """Check calls that were scored: each tag with its evidence, and a trail of who agreed and who did not.

    \b
    Example:
      analyzer score recordings/ -o out
      analyzer audit out --open
    """


@audit.command("open")
@folder_argument
@database_option
@click.option("--recordings", multiple=True, type=click.Path(path_type=Path, exists=True), help="Where the sound is.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8770, show_default=True, help="And its port.")
@click.option("--name", "names", multiple=True, help="A host name under which people reach the page.")
@click.option("--tls-cert", type=click.Path(path_type=Path), help="Certificate chain, to serve https.")
@click.option("--tls-key", type=click.Path(path_type=Path), help="Its private key.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser, as admin.")
@click.option("--proxy-header", help=f"The header in which your proxy names the person; its secret in {SECRET}.")
def open_audit(
    folder: Path,
    database: str | None,
    recordings: tuple[Path, ...],
    host: str,
    port: int,
    names: tuple[str, ...],
    tls_cert: Path | None,
    tls_key: Path | None,
    open_browser: bool,
    proxy_header: str | None,
) -> int:
    """Take the records of OUT in, and serve the audit of them."""
    from aiohttp import web

    from analyzer.audit.site import site_of
    from analyzer.loopback import is_loopback

    if open_browser and not is_loopback(host):
        raise OutputError(f"--open lets you in without a password, so it goes with a loopback address, not {host}")
    proxy = _proxy(proxy_header)
    tls = tls_context(tls_cert, tls_key)
    address = f"{'http' if tls is None else 'https'}://{host}:{port}"
    site = site_of(folder, host, database, recordings, names, proxy)
    for line in site.refused:
        say(line)
    say(f"{site.taken} new or changed records taken in")
    link = site.link(address)
    click.echo(f"audit on {address}/")
    if proxy is None:
        click.echo(f"this link lets an admin in, once, within 15 minutes:\n{link}")

    def greet(_: str) -> None:  # called once the page can be had
        if open_browser:
            webbrowser.open(link)

    try:
        web.run_app(site.app, host=host, port=port, ssl_context=tls, print=greet, access_log=None)
    except OSError as error:
        raise OutputError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --port") from error
    return 0


@audit.command("verify")
@click.argument("trail", metavar="OUT|FILE", type=click.Path(path_type=Path, exists=True))
@database_option
def verify(trail: Path, database: str | None) -> int:
    """Prove that nobody changed the trail, or a copy of it: every entry seals the one before it.

    \b
    Example:
      analyzer audit export out > trail.jsonl
      analyzer audit verify trail.jsonl
    """
    from analyzer.audit.trail import broken_at, broken_in, entries_of

    if trail.is_dir():
        broken, count, last = broken_at(_existing(trail, database))
    else:
        broken, count, last = broken_in(entries_of(trail))
    if broken is not None:
        say(f"the trail is broken at entry {broken}: it is not as it was written")
        return 1
    click.echo(f"{count} entries, whole; the last hash is {last}")
    return 0


@audit.command("person")
@folder_argument
@click.argument("name")
@click.option("--role", type=click.Choice(["analyst", "lead", "admin", "agent"]), required=True)
@click.option("--agent", default="", help="For the role agent: whose calls they see.")
@click.option("--by-proxy", is_flag=True, help="Without a password: your proxy vouches for them by this name.")
@database_option
def person(folder: Path, name: str, role: str, agent: str, by_proxy: bool, database: str | None) -> int:
    """Let somebody in whom no admin can add on the page, as the first admin behind your own proxy.

    That you did it is in the trail, under the name that the system has for you.

    \b
    Example:
      analyzer audit person out ana@example.com --role admin --by-proxy
    """
    from analyzer.audit import trail
    from analyzer.audit.people import Door

    password = "" if by_proxy else click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    engine = _database(folder, database)
    number = Door(engine).add(name, role, agent, password)
    trail.append_of_person(engine, number, trail.operator(), trail.ADDED, f"{name}, {role}")
    click.echo(f"{name} may come in as {role}")
    return 0


@audit.command("export")
@folder_argument
@database_option
def export(folder: Path, database: str | None) -> int:
    """Print the trail as JSON lines, hashes included."""
    from analyzer.audit import trail

    for entry in trail.entries(_existing(folder, database)):
        click.echo(json.dumps(entry, ensure_ascii=False))
    return 0


@audit.command("labels")
@folder_argument
@database_option
def labels(folder: Path, database: str | None) -> int:
    """Print the turns whose cues were confirmed or put right, as JSON lines for `analyzer evaluation`."""
    engine = _existing(folder, database)
    from analyzer.audit.labels import labelled

    for row in labelled(engine):
        click.echo(json.dumps(row, ensure_ascii=False))
    return 0


def _database(folder: Path, url: str | None) -> Engine:
    from analyzer.audit.site import database_of

    return database_of(folder, url)


def _existing(folder: Path, url: str | None) -> Engine:
    from analyzer.audit.site import existing_database_of

    return existing_database_of(folder, url)


def _proxy(header: str | None) -> Proxy | None:
    from analyzer.audit.guard import Proxy

    if header is None:
        return None
    secret = os.environ.get(SECRET, "")
    if len(secret) < 16:
        raise OutputError(f"--proxy-header needs a secret of 16 characters or more in {SECRET}")
    return Proxy(header, secret)
