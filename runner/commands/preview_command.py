"""`labgate preview`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from runner.commands import failure
from runner.commands.cluster_option import Choice, context_place
from runner.commands.common import Stop, language, language_option
from runner.commands.consent_prompt import ask_author
from runner.commands.grade_command import FILE, check_steps, settings_of
from runner.commands.learn import on_a_screen, show
from runner.labs import library
from runner.labs.lab_problems import LabErrors
from runner.labs.load import load
from runner.labs.model import Lab
from runner.paths import apart
from runner.session.lab_places import Place, practice_place
from runner.words import phrase


@click.command()
@click.argument("lab", default=".")
@click.option("--step", metavar="ID", default="", help="Start at this step.")
@click.option("--practice", is_flag=True, help="Use a separate practice cluster (the default).")
@click.option("--context", metavar="NAME", help="Use this context of the kubeconfig.")
@click.option(
    "--kubeconfig", type=FILE, help="Use this kubeconfig instead of $KUBECONFIG and ~/.kube/config."
)
@click.option("--set", "settings", metavar="VARIABLE=VALUE", multiple=True, help="Set a variable of the lab.")
@click.option("--yes", is_flag=True, help="Run the commands of a lab from elsewhere without asking.")
@language_option
def preview(
    lab: str,
    step: str,
    practice: bool,
    context: str | None,
    kubeconfig: Path | None,
    settings: Sequence[str],
    yes: bool,
) -> int:
    """Preview LAB as a learner sees it while you write it.

    The lab is loaded again whenever one of its files is saved. Errors are shown in place, and the last version
    without errors stays in use. All steps are unlocked, and hidden checks and lint's suggestions are shown.
    Your own progress in the lab, and its practice cluster, are not changed.
    """
    folder = library.find(lab)
    if not on_a_screen():
        raise Stop(
            phrase(
                "The preview needs a terminal. To check a lab without one: {command}",
                command=f"labgate lint {lab}",
            )
        )
    where = _where(Choice(practice, context, kubeconfig))
    _step_there(folder, step)
    ask_author(folder, yes=yes)
    from runner.tui.preview_app import PreviewApp

    failure.log_to_file()
    app = PreviewApp(folder, settings_of(settings), where, step=step, language=language())
    with apart("preview"):
        return show(app)


def _where(choice: Choice) -> Callable[[Lab], Place]:
    chosen = context_place(choice)
    return practice_place if chosen is None else lambda _: chosen


def _step_there(folder: Path, step: str) -> None:
    """Raises Stop if the lab can be read and has no such step."""
    if step:
        try:
            check_steps(load(folder), [step])
        except LabErrors:
            return
