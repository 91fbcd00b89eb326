"""The one place that turns errors into words, exit codes and a log file."""

from __future__ import annotations

import logging
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from checks.base import CannotRead
from runner.commands.common import USAGE, complain, language, tell_line
from runner.commands.version import version
from runner.labs.problems import LabErrors, Problem
from runner.paths import data_folder, tidy
from runner.words import NOT_JUDGED, Phrase, Told, phrase

INTERRUPTED = 130
KEPT = 20
"""Log files that are kept, the newest."""


def tell(error: Exception, arguments: Sequence[str]) -> int:
    """Tell a person what went wrong, and give the exit code. What was not expected goes to a log file."""
    if isinstance(error, LabErrors):
        tell_problems(error.problems)
        complain(
            phrase(
                "The lab can't be used before this is mended. Problems: {count}", count=len(error.problems)
            )
        )
        return USAGE
    message = getattr(error, "message", None)
    if isinstance(message, Phrase):
        complain(message)
        return exit_code(error)
    complain(unexpected(error, arguments))
    return NOT_JUDGED


def exit_code(error: Exception) -> int:
    """The exit code of an error that has words of its own: 3 where the cluster's side failed, else 2."""
    if isinstance(error, Told):
        return error.exit_code
    return NOT_JUDGED if isinstance(error, CannotRead) else USAGE


def unexpected(error: BaseException, arguments: Sequence[str] = ()) -> Phrase:
    """Log an error that nobody foresaw, and give the words for it."""
    log = write_log(error, arguments)
    return phrase(
        "Labgate ran into an error that it did not expect: {error}. You did nothing wrong. Details: {log}",
        error=type(error).__name__,
        log=log,
    )


def interrupted() -> int:
    """Say that Ctrl-C was taken."""
    complain(phrase("Interrupted."))
    return INTERRUPTED


def reader_gone() -> int:
    """The program that read our output has gone (`labgate labs | head`): nobody is left to tell."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def log_to_file() -> None:
    """Send warnings of libraries and of ourselves to the log file: a terminal is for the learner."""
    tidy()
    if logging.getLogger().handlers:
        return
    handler = logging.FileHandler(_log_path(), delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def write_log(error: BaseException, arguments: Sequence[str]) -> Path:
    """Write the traceback down and give the file's path."""
    path = _log_path()
    head = f"labgate {version()}, Python {platform.python_version()}, {platform.platform()}\n"
    trace = "".join(traceback.format_exception(error))
    with path.open("a", encoding="utf-8") as file:
        file.write(
            f"{datetime.now().astimezone().isoformat()}\n{head}arguments: {_without_secrets(arguments)}\n{trace}"
        )
    return path


def _without_secrets(arguments: Sequence[str]) -> list[str]:
    """The arguments, for a log: what follows --token is nobody's business."""
    told: list[str] = []
    for argument in arguments:
        if told and told[-1] == "--token":
            told.append("…")
        else:
            told.append("--token=…" if argument.startswith("--token=") else argument)
    return told


def _log_path() -> Path:
    """This run's log file, in the data folder, or where that can't be written in a temporary one."""
    try:
        folder = data_folder() / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        for old in sorted(folder.glob("*.log"))[: -KEPT + 1]:
            old.unlink(missing_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(folder)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="labgate-"))
    return folder / f"{datetime.now():%Y%m%d-%H%M%S}-{os.getpid()}.log"


def tell_problems(problems: Sequence[Problem]) -> None:
    """Every problem of a lab at once, as file:line:column: what (hint)."""
    for problem in problems:
        tell_line(problem.render(language()), aside=True)
