"""Destinations of reports: each one is given once, has a place of its own, and is checked for writability before the
run."""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from runner.grading.reports.atomic_write import RefusedPlace, write_whole
from runner.words import Phrase, UserError, phrase

STDOUT = Path("-")
_NEXT = re.compile(r",\s*(?=[A-Za-z][\w-]*=)")
"""Between two reports. A file's own name may have a comma, and an equals sign, but not a word between them."""


class ReportProblem(UserError):
    """A report can't be written as asked; `path` says which, where it is one."""

    def __init__(self, message: Phrase, path: Path | None = None) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that was asked for; `path` is STDOUT where it goes to the standard output."""

    format: str
    path: Path

    @property
    def is_output(self) -> bool:
        return self.path == STDOUT


def wanted(arguments: Sequence[str], formats: Collection[str]) -> list[Wanted]:
    """The reports asked for as `junit=FILE,json=FILE`. Raises ReportProblem, also if two go to one place."""
    found: list[Wanted] = []
    for argument in (part.strip() for each in arguments for part in _NEXT.split(each)):
        name, _, file = argument.partition("=")
        if name not in formats or not file:
            raise ReportProblem(
                phrase(
                    "--report {argument}: write it as FORMAT=FILE, with one of these formats: {formats}",
                    argument=argument,
                    formats=sorted(formats),
                )
            )
        path = Path(file)
        found.append(Wanted(name, STDOUT if path != STDOUT and _is_the_output(path) else path))
    _each_its_own_place(found)
    return found


@contextmanager
def output_of(reports: Sequence[Wanted]) -> Iterator[TextIO]:
    """The standard output, for write_all. Where it is for a report it is for that alone: all else that is printed
    meanwhile, questions included, goes to the standard error."""
    output = sys.stdout
    if not any(each.is_output for each in reports):
        yield output
        return
    with redirect_stdout(sys.stderr):
        yield output


def named(reports: Sequence[Wanted]) -> list[Path]:
    """Those that are files, to be reported."""
    return [each.path for each in reports if not each.is_output]


def prepare(reports: Sequence[Wanted], others: Mapping[str, Path | None] | None = None) -> None:
    """Make sure that every file can be written, and leave no trace. Raises ReportProblem.

    `others`: files of the same run by the option that names them, which a report must not be written over.
    """
    paths = named(reports)
    for path in paths:
        for option, other in (others or {}).items():
            if other is not None and _place(path) == _place(other):
                raise ReportProblem(
                    phrase(
                        "The report {path} would be written over the file of {option}. Choose another file.",
                        path=path,
                        option=option,
                    )
                )
    for path in (*paths, *paths):  # the folder that one needs may be what another was to be
        try:
            _must_be_writable(path)
        except RefusedPlace as error:
            raise _unwritable(path, error.reason) from error
        except (OSError, RuntimeError) as error:
            raise _unwritable(path, _reason(error)) from error


def write_all(reports: Sequence[tuple[Wanted, str]], output: TextIO) -> list[ReportProblem]:
    """Write reports, each whole or not at all, and give what became of those that could not be: one costs no other."""
    problems = []
    for each, content in reports:
        try:
            write_report(each, content, output)
        except ReportProblem as problem:
            problems.append(problem)
    return problems


def write_report(report: Wanted, content: str, output: TextIO) -> None:
    """Raises ReportProblem. A report is UTF-8, whatever the terminal's encoding."""
    try:
        if not report.is_output:
            write_whole(report.path, content)
        elif hasattr(output, "buffer"):
            output.flush()
            output.buffer.write(content.encode("utf-8"))
            output.buffer.flush()
        else:
            output.write(content)
    except BrokenPipeError:
        raise
    except RefusedPlace as error:
        raise _unwritable(report.path, error.reason) from error
    except (OSError, RuntimeError) as error:
        raise _unwritable(report.path, _reason(error)) from error


def _must_be_writable(path: Path) -> None:
    if path.is_dir():
        raise IsADirectoryError(21, os.strerror(21))
    if path.exists():
        mode = path.stat().st_mode
        if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
            raise RefusedPlace(phrase("it is no file, and nothing that a report can be written to"))
        if not os.access(path, os.W_OK):
            raise PermissionError(13, os.strerror(13))
        if not stat.S_ISREG(mode):
            return
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=target.parent):
        pass


def _each_its_own_place(reports: Sequence[Wanted]) -> None:
    taken: dict[object, Wanted] = {}
    for each in reports:
        other = taken.setdefault(_place(each.path), each)
        if other is each or each.path == Path(os.devnull):
            continue
        if each.is_output:
            raise ReportProblem(
                phrase(
                    "Two reports can't go to the output: {first} and {second}. Write one of them to a file.",
                    first=other.format,
                    second=each.format,
                )
            )
        raise ReportProblem(
            phrase(
                "Two reports can't go to one file: {first} and {second}, {path}. Give each its own.",
                first=other.format,
                second=each.format,
                path=each.path,
            )
        )


def _place(path: Path) -> object:
    """The same for all the names of one place: a path's other spellings, symbolic and hard links."""
    if path == STDOUT:
        return STDOUT
    try:
        found = path.stat()
        return found.st_dev, found.st_ino
    except (OSError, RuntimeError):
        return os.path.realpath(path)


def _is_the_output(path: Path) -> bool:
    """Whether the path is the standard output by another name: /dev/stdout, or the file that it was sent to."""
    if path == Path(os.devnull):
        return False
    try:
        return os.path.samestat(path.stat(), os.fstat(sys.__stdout__.fileno() if sys.__stdout__ else 1))
    except (OSError, RuntimeError, ValueError):
        return False


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error)


def _unwritable(path: Path, reason: str | Phrase) -> ReportProblem:
    return ReportProblem(
        phrase(
            "The report {path} can't be written: {reason}. Choose another file, or free this one.",
            path=path,
            reason=reason,
        ),
        path,
    )
