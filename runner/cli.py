"""The command line: parses arguments, calls the command, returns its exit code.

Only click is imported here; a command's module is imported when it is called.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import click

NOT_JUDGED = 3
"""As runner.words has it, which takes its time to load."""

HELP = {"-h", "--help"}

COMMANDS = {
    "check": ("runner.commands.grade_command:check", "Verify one STEP of LAB on the cluster as it is."),
    "course": (
        "runner.commands.course_command:course",
        "Show the chapters of a course, and what is next.",
    ),
    "docs": ("runner.commands.docs:docs", "Show the reference of lab.yaml."),
    "doctor": (
        "runner.commands.doctor_command:doctor",
        "Check this machine, and show how to install what is missing.",
    ),
    "grade": ("runner.commands.grade_command:grade", "Verify LAB on a cluster and grade it."),
    "import": ("runner.commands.import_:import_", "Create labs from scenarios and transcripts."),
    "labs": (
        "runner.commands.labs_command:labs",
        "List the labs, and manage the sources that they come from.",
    ),
    "lint": ("runner.commands.lint_command:lint", "Find errors in labs, and suggest improvements."),
    "learn": ("runner.commands.learn:learn", "Work through LAB on the screen, step by step."),
    "new": ("runner.commands.new_command:new", "Create a new lab: a small one that works."),
    "practice": ("runner.commands.practice:practice", "Manage practice clusters."),
    "preview": (
        "runner.commands.preview_command:preview",
        "Preview LAB as a learner sees it while you write it.",
    ),
    "prove": (
        "runner.commands.prove:prove",
        "Prove that LAB's checks fail before the work and pass after it.",
    ),
    "record": (
        "runner.commands.record:record",
        "Work in a shell on a cluster, and write a lab from what you do.",
    ),
    "schema": (
        "runner.commands.labs_command:schema",
        "Print the JSON Schema of labs, glossaries, images or reports.",
    ),
    "serve": ("runner.commands.serve:serve", "Show the labs, or LAB, in a web browser."),
    "status": (
        "runner.commands.status:status",
        "Show how far you are with the labs, and the time you spent.",
    ),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and summaries, and imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        if not any(each.startswith("--language") for each in sys.argv):  # else the option itself translates
            _translate(command)
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _translate(self)
        super().format_help(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from runner.words import preferred_language, translation

        language = preferred_language()
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, translation(COMMANDS[name][1], language)) for name in self.list_commands(ctx)]
            )


def _translate(command: click.Command) -> None:
    if not HELP & set(sys.argv) and len(sys.argv) > 1:
        return
    from runner.commands.help_texts import translate
    from runner.words import preferred_language

    translate(command, preferred_language())


def _version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from runner.commands.version import version

    click.echo(f"labgate {version()}")
    context.exit()


@click.group(
    cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version."
)
@click.pass_context
def cli(context: click.Context) -> int:
    """Kubernetes and Istio labs that verify each step.

    \b
    Choose a lab on the screen:   labgate
    Try a lab without a cluster:  labgate learn istio-install --practice
    Check this machine:           labgate doctor

    Exit codes: 0 passed, 1 not passed, 2 wrong usage or an invalid lab, 3 could not be judged.
    """
    if context.invoked_subcommand is not None:
        return 0
    from runner.commands.learn import catalogue, on_a_screen

    if not on_a_screen():
        click.echo(context.get_help())
        return 2
    return catalogue()


def main(arguments: Sequence[str] | None = None) -> None:
    """The program. Never returns: it exits with the command's exit code."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(
            stream, "reconfigure"
        ):  # a character that the terminal can't show becomes "?", not a traceback
            stream.reconfigure(errors="replace")
    _known_output()
    code = NOT_JUDGED
    try:
        code = run(sys.argv[1:] if arguments is None else list(arguments))
    except SystemExit as left:  # rich does so where the reader of its output has gone
        code = left.code if isinstance(left.code, int) else code
    except OSError:
        pass  # the error output can't be written, so that there is no way to say so
    code = _ended(code)
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # Python's own end would fail again
    sys.exit(code)


def _open_what_is_closed() -> None:
    """Connect closed standard streams (`>&-`) to /dev/null: otherwise the next file opened, such as a record, would
    take their place."""
    for number, name, mode in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_WRONLY),
        (2, "stderr", os.O_WRONLY),
    ):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, mode)  # the lowest number that is free
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


class _Output(io.TextIOWrapper):
    """Standard output that remembers a failed write: the exception may be raised in, and swallowed by, any caller."""

    lost: OSError | None = None

    def write(self, text: str) -> int:
        with self._noting():
            return super().write(text)

    def flush(self) -> None:
        with self._noting():
            super().flush()

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.lost = self.lost or error
            raise


def _known_output() -> None:
    old = sys.stdout
    if isinstance(old, io.TextIOWrapper) and not isinstance(old, _Output):
        encoding, line_buffering = old.encoding, old.line_buffering
        sys.stdout = sys.__stdout__ = _Output(  # type: ignore[misc]
            old.detach(), encoding=encoding, errors="replace", line_buffering=line_buffering
        )


def _ended(code: int) -> int:
    """The exit code, once what was printed has arrived; where it did not, that is reported, and nothing counts as passed."""
    with suppress(OSError):
        sys.stdout.flush()
    lost = getattr(sys.stdout, "lost", None)
    if lost is None:
        return code
    from runner.commands import failure

    return failure.output_lost(lost)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. No exception escapes: errors are reported as messages."""
    try:
        code = cli.main(list(arguments), prog_name="labgate", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        from runner.commands import failure

        return failure.interrupted()
    except Exception as error:
        if getattr(sys.stdout, "lost", None) is not None:
            return NOT_JUDGED  # main() reports it
        from runner.commands import failure

        return failure.report(error, arguments)
    return code if isinstance(code, int) else 0
