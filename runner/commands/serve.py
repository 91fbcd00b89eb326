"""`labgate serve`."""

from __future__ import annotations

import asyncio
import itertools
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from runner.commands import failure
from runner.commands.common import Stop, language, language_option, report
from runner.words import phrase

SHORTEST_TOKEN = 16


@click.command()
@click.argument("lab", required=False)
@click.option(
    "--practice", is_flag=True, help="Use the built-in practice cluster; no cluster of your own is needed."
)
@click.option("--context", metavar="NAME", help="Use this context of the kubeconfig.")
@click.option("--kubeconfig", type=click.Path(path_type=Path, dir_okay=False), help="Use this kubeconfig.")
@click.option(
    "--fresh", is_flag=True, help="Start over: discard earlier progress and reset the practice cluster."
)
@click.option("--set", "settings", metavar="VARIABLE=VALUE", multiple=True, help="Set a variable of the lab.")
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. Any address that others can reach needs a token of your own.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on. 0 chooses a free port.",
)
@click.option(
    "--token",
    envvar="LABGATE_TOKEN",
    metavar="TOKEN",
    help=(
        "Token to use instead of a random one. Other users of this machine can see command lines: "
        "prefer LABGATE_TOKEN."
    ),
)
@click.option("--no-open", is_flag=True, help="Print the address, and don't open a browser.")
@language_option
def serve(
    lab: str | None,
    practice: bool,
    context: str | None,
    kubeconfig: Path | None,
    fresh: bool,
    settings: tuple[str, ...],
    host: str,
    port: int,
    token: str | None,
    no_open: bool,
) -> int:
    """Show the labs, or LAB, in a web browser.

    The page is a shell on this machine. Only someone with the printed address, which contains a token, can open
    it. Ctrl-C stops the server and every lab that is open in it, with exit code 0. Progress is saved.
    """
    from runner.serve import place
    from runner.serve.door import Door
    from runner.serve.program import environment
    from runner.serve.web_server import Server
    from runner.serve.web_server import serve as run

    _check_token(token, needed=None if place.is_loopback(host) else host)
    options = _options(practice, context, kubeconfig, settings)
    if lab is None and (options or fresh):
        raise Stop(
            phrase(
                "These options apply to a lab. Name the lab, for example: {command}",
                command="labgate serve istio-install",
            )
        )
    if lab is not None:
        _check_lab(lab, practice, context, kubeconfig, settings)
    failure.log_to_file(keeps=True)
    listening = place.listen(host, port)
    door = Door(place.named(host, listening), place.port_of(listening), token or "")
    server = Server(door, _commands(lab, options, fresh=fresh), environment(language()), language())
    report(phrase("Open Labgate in your browser: {url}", url=door.url))
    report(phrase("This address opens a shell on this machine: don't share it. Press Ctrl-C to stop."))
    if not no_open and _has_browser():
        webbrowser.open(door.url_for_once())
    asyncio.run(run(server, listening))
    report(phrase("Stopped. Progress is saved."))
    return 0


def _check_token(token: str | None, needed: str | None) -> None:
    """Raises Stop if a token is needed to be safe and there is none, or one that can be guessed."""
    if token is None and needed is not None:
        raise Stop(
            phrase(
                "Other people could reach Labgate at {host}, and with it a shell on this machine. "
                "First set your own token of at least {length} characters: export LABGATE_TOKEN=… "
                "The token is sent unencrypted; ssh -L 8000:127.0.0.1:8000 is safer.",
                host=needed,
                length=SHORTEST_TOKEN,
            )
        )
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise Stop(phrase("The token is too short. Use at least {length} characters.", length=SHORTEST_TOKEN))


def _check_lab(
    lab: str, practice: bool, context: str | None, kubeconfig: Path | None, settings: tuple[str, ...]
) -> None:
    """What is wrong with the lab or its place is reported here, before a browser opens."""
    from runner.commands.cluster_option import Choice, place
    from runner.commands.grade_command import lab_of

    place(Choice(practice, context, kubeconfig), lab_of(lab, settings))


def _options(
    practice: bool, context: str | None, kubeconfig: Path | None, settings: tuple[str, ...]
) -> list[str]:
    given = [f"--context={context}"] if context else []
    given += [f"--kubeconfig={kubeconfig}"] if kubeconfig else []
    return [*(["--practice"] if practice else []), *given, *(f"--set={each}" for each in settings)]


def _commands(lab: str | None, options: Sequence[str], *, fresh: bool) -> Iterator[list[str]]:
    """The program for each page. A page that is loaded again goes on where it was, so only the first is fresh."""
    program = [sys.executable, "-P", "-m", "runner"]  # -P: of no package in the folder where it is called
    if lab is None:
        return itertools.repeat(program)
    learn = [*program, "learn", *options, f"--language={language()}"]
    again = [*learn, "--", lab]
    return itertools.chain([[*learn, "--fresh", "--", lab] if fresh else again], itertools.repeat(again))


def _has_browser() -> bool:
    from runner.tui.browser import has_browser

    return has_browser()
