"""Where reports go: each asked for once, to a place of its own, found unwritable before the run where that can be known."""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runner.grading.reports.writing import RefusedPlace, write_whole
from runner.words import Phrase, Told, phrase

STDOUT = Path("-")
_NEXT = re.compile(r",\s*(?=[A-Za-z][\w-]*=)")
"""Between two reports. A file's own name may have a comma, and an equals sign, but not a word between them."""


class ReportProblem(Told):
    """A report can't be written as asked."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that was asked for; `path` is STDOUT where it goes to the standard output."""

    format: str
    path: Path

    @property
    def is_output(self) -> bool:
        return self.path == STDOUT


def wanted(arguments: Sequence[str], formats: Collection[str]) -> list[Wanted]:
    """The reports asked for as `junit=FILE,json=FILE`. Raises ReportProblem, also where two go to one place."""
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


def to_the_output(reports: Sequence[Wanted]) -> bool:
    """Whether the standard output is for a report: then it is for that alone."""
    return any(each.is_output for each in reports)


def named(reports: Sequence[Wanted]) -> list[Path]:
    """Those that are files, to be told of."""
    return [each.path for each in reports if not each.is_output]


def prepare(reports: Sequence[Wanted], others: Mapping[str, Path | None] | None = None) -> None:
    """Make sure that every file can be written, and leave no trace. Raises ReportProblem.

    `others`: files of the same run by the option that names them, which a report must not be written over.
    """
    for each in reports:
        if each.is_output:
            continue
        for option, path in (others or {}).items():
            if path is not None and _place(each.path) == _place(path):
                raise ReportProblem(
                    phrase(
                        "The report {path} would be written over the file of {option}. Choose another file.",
                        path=each.path,
                        option=option,
                    )
                )
        try:
            _must_be_writable(each.path)
        except RefusedPlace as error:
            raise _unwritable(each.path, error.reason) from error
        except (OSError, RuntimeError) as error:
            raise _unwritable(each.path, _reason(error)) from error


def write_all(reports: Sequence[tuple[Wanted, str]]) -> list[ReportProblem]:
    """Write reports, each whole or not at all, and give what became of those that could not be: one costs no other."""
    problems = []
    for each, content in reports:
        try:
            write_report(each, content)
        except ReportProblem as problem:
            problems.append(problem)
    return problems


def write_report(report: Wanted, content: str) -> None:
    """Raises ReportProblem."""
    try:
        if report.is_output:
            sys.stdout.write(content)
            sys.stdout.flush()
        else:
            write_whole(report.path, content)
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
        )
    )
