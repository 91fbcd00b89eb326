"""`labgate learn` and plain `labgate`: the labs on the screen, or without one, worked through headless."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runner.commands import failure
from runner.commands.common import language, language_option, report
from runner.words import phrase

if TYPE_CHECKING:
    from runner.tui.app import LabgateApp


@click.command()
@click.argument("lab")
@click.option(
    "--practice", is_flag=True, help="Use the built-in practice cluster; no cluster of your own is needed."
)
@click.option("--context", metavar="NAME", help="Use this context of the kubeconfig.")
@click.option("--kubeconfig", type=click.Path(path_type=Path, dir_okay=False), help="Use this kubeconfig.")
@click.option(
    "--fresh", is_flag=True, help="Start over: discard earlier progress and reset the practice cluster."
)
@click.option("--set", "settings", metavar="VARIABLE=VALUE", multiple=True, help="Set a variable of the lab.")
@language_option
@click.pass_context
def learn(
    context_: click.Context,
    lab: str,
    practice: bool,
    context: str | None,
    kubeconfig: Path | None,
    fresh: bool,
    settings: tuple[str, ...],
) -> int:
    """Work through LAB on the screen, step by step.

    Without a terminal (in CI or in a pipe), the lab's commands are run and its steps verified, as
    `grade --run` does.
    """
    from runner.commands.cluster_option import Choice, place
    from runner.commands.grade_command import grade, lab_of

    if not on_a_screen():
        report(phrase("Not a terminal: running the lab without a screen."))
        return context_.invoke(  # type: ignore[no-any-return]
            grade, lab=lab, run=True, practice=practice, context=context, kubeconfig=kubeconfig, fresh=fresh,
            cleanup=False, steps=(), settings=settings, workspace=None, reports=(), yes=False,
        )  # fmt: skip
    chosen = lab_of(lab, settings)
    where = place(Choice(practice, context, kubeconfig), chosen)
    from runner.tui.app import LabgateApp

    return show(LabgateApp(chosen, where, language=language(), fresh=fresh))


def catalogue() -> int:
    """The labs on the screen."""
    from runner.tui.app import LabgateApp

    return show(LabgateApp())


def show(app: LabgateApp) -> int:
    """Run the program on the screen, and return its exit code. An error that ended it is raised: the terminal is back."""
    failure.log_to_file(keeps=True)
    code = app.run()
    if app.failure is not None:
        raise app.failure
    return 0 if code is None else code


def on_a_screen() -> bool:
    """Whether somebody sits at a terminal that can show pages, or looks at them in a browser."""
    if os.environ.get("TEXTUAL_DRIVER"):  # `labgate serve`
        return True
    return (
        sys.stdin.isatty()
        and sys.stdout.isatty()
        and os.environ.get("TERM", "") not in ("", "dumb", "unknown")
    )
