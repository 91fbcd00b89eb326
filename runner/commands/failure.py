"""The one place that turns errors into messages, exit codes and a log file."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from checks.world_view import CannotRead
from runner.commands.common import USAGE, complain, language, report_line
from runner.commands.version import version
from runner.labs.lab_problems import LabErrors, Problem
from runner.paths import DataFolderProblem, data_folder, ensure_data_folder, tidy
from runner.words import NOT_JUDGED, Phrase, UserError, phrase

INTERRUPTED, READER_GONE = 130, 141
KEPT = 20
"""Log files that are kept, the newest."""


def report(error: Exception, arguments: Sequence[str]) -> int:
    """Tell the user what went wrong, and return the exit code. What was not expected goes to a log file."""
    if isinstance(error, LabErrors):
        report_problems(error.problems)
        complain(
            phrase("Fix these problems before you use the lab. Problems: {count}", count=len(error.problems))
        )
        return USAGE
    message = getattr(error, "message", None)
    if isinstance(message, Phrase):
        complain(message)
        return exit_code(error)
    complain(unexpected(error, arguments))
    return NOT_JUDGED


def of_machine(error: BaseException) -> Phrase | None:
    """An error of the disk or of a read-only folder, and what to do; None for other errors."""
    if not isinstance(error, OSError):
        return None
    file, reason = str(error.filename or ""), error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return phrase(
            "The disk is full: {file}: {reason}. Free some space (to see what uses it: {command}), "
            "then try again. Everything recorded so far is kept.",
            file=file or "-",
            reason=reason,
            command="df -h; df -i",
        )
    if isinstance(error, DataFolderProblem) or (error.errno in _NOT_OURS and _is_in_data_folder(file)):
        return phrase(
            "Labgate can't write to its data folder: {file}: {reason}. Make it writable, or choose "
            "another folder: {command}",
            file=file,
            reason=reason,
            command="export LABGATE_HOME=FOLDER",
        )
    if "No usable temporary directory" in reason:
        return phrase(
            "No folder for temporary files is writable. Choose one: {command}",
            command="export TMPDIR=FOLDER",
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return phrase(
            "Too many open files ({reason}). Raise the limit: {command}",
            reason=reason,
            command="ulimit -n 4096",
        )
    return None


_NOT_OURS = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EISDIR,
    errno.ELOOP,
    errno.EIO,
)


def _is_in_data_folder(file: str) -> bool:
    try:
        return bool(file) and Path(file).absolute().is_relative_to(data_folder().absolute())
    except OSError:
        return False


def exit_code(error: Exception) -> int:
    """The exit code of an error that has words of its own: 3 where the cluster's side failed, else 2."""
    if isinstance(error, UserError):
        return error.exit_code
    return NOT_JUDGED if isinstance(error, CannotRead) else USAGE


def unexpected(error: BaseException, arguments: Sequence[str] = ()) -> Phrase:
    """Log an unexpected error and return its message; errors of the machine have their own."""
    if known := of_machine(error):
        return known
    log = write_log(error, arguments)
    return phrase(
        "Unexpected error in Labgate: {error}. You did nothing wrong. Details: {log}",
        error=type(error).__name__,
        log=log,
    )


def interrupted() -> int:
    """Report that Ctrl-C was received."""
    complain(phrase("Interrupted."))
    return INTERRUPTED


def output_lost(error: OSError) -> int:
    """Say that what was printed did not arrive, where that can still be said, and return the exit code.

    The program that read our output may have gone (`labgate labs | head`): then nobody is left to tell. What was not
    done to its end has not passed: the exit code is that of a program which SIGPIPE ended.
    """
    _drop_output()
    if isinstance(error, BrokenPipeError):
        return READER_GONE
    with contextlib.suppress(OSError):
        complain(
            phrase(
                "Labgate's output could not be written: {reason}. Free some space where the output "
                "is stored, then try again.",
                reason=error.strerror or str(error),
            )
        )
    return NOT_JUDGED


def _drop_output() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def log_to_file(*, keeps: bool = False) -> None:
    """Send warnings of libraries and of ourselves to the log file: a terminal is for the learner.

    `keeps`: what is done is kept in the data folder. Raises DataFolderProblem if it then can't be written.
    """
    if keeps:
        ensure_data_folder()
    tidy()
    logging.raiseExceptions = (
        False  # a log that can't be written is no reason to print on the learner's terminal
    )
    if logging.getLogger().handlers:
        return
    handler = logging.FileHandler(_log_path(), delay=True, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


def write_log(error: BaseException, arguments: Sequence[str]) -> Path:
    """Write the traceback down and give the file's path; "-" where nothing can be written at all."""
    try:
        return _write_log(error, arguments)
    except OSError:
        return Path("-")


def _write_log(error: BaseException, arguments: Sequence[str]) -> Path:
    path = _log_path()
    head = f"labgate {version()}, Python {platform.python_version()}, {platform.platform()}\n"
    trace = "".join(traceback.format_exception(error))
    with path.open("a", encoding="utf-8") as file:
        file.write(
            f"{datetime.now().astimezone().isoformat()}\n{head}arguments: {_without_secrets(arguments)}\n{trace}"
        )
    return path


def _without_secrets(arguments: Sequence[str]) -> list[str]:
    """The arguments for a log, without the value of --token."""
    text: list[str] = []
    for argument in arguments:
        if text and text[-1] == "--token":
            text.append("…")
        else:
            text.append("--token=…" if argument.startswith("--token=") else argument)
    return text


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


def report_problems(problems: Sequence[Problem]) -> None:
    """Every problem of a lab at once, as file:line:column: what (hint)."""
    for problem in problems:
        report_line(problem.render(language()), aside=True)
