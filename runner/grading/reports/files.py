"""Report files: named before a run, found unwritable before it, written whole after it."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from runner.words import Told, phrase

STDOUT = Path("-")


class ReportProblem(Told):
    """A report can't be written as asked."""


def wanted(arguments: Sequence[str], formats: Collection[str]) -> dict[str, Path]:
    """The files asked for as `junit=FILE,json=FILE`, by format. Raises ReportProblem."""
    files: dict[str, Path] = {}
    between = re.compile(rf",(?=(?:{'|'.join(formats)})=)")  # a file's own name may have a comma
    for argument in (part for each in arguments for part in between.split(each)):
        name, _, file = argument.partition("=")
        if name not in formats or not file:
            raise ReportProblem(
                phrase(
                    "--report {argument}: write it as FORMAT=FILE, with one of these formats: {formats}",
                    argument=argument,
                    formats=sorted(formats),
                )
            )
        files[name] = Path(file)
    return files


def named(files: Mapping[str, Path]) -> list[Path]:
    """Those that are files, to be told of."""
    return [path for path in files.values() if path != STDOUT]


def prepare(files: Mapping[str, Path]) -> None:
    """Make sure that every file can be written, and leave no trace. Raises ReportProblem."""
    for path in files.values():
        if path == STDOUT:
            continue
        try:
            if path.is_dir():
                raise IsADirectoryError(21, os.strerror(21))
            if not _special(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=path.parent):
                    pass
        except OSError as error:
            raise _unwritable(path, error) from error


def write_texts(texts: Mapping[Path, str]) -> None:
    """Write reports, each whole or not at all. Raises ReportProblem."""
    for path, content in texts.items():
        try:
            write_whole(path, content)
        except OSError as error:
            raise _unwritable(path, error) from error


def write_whole(path: Path, content: str) -> None:
    """The file is either as it was or as it should be; `-` is the standard output. Raises OSError."""
    if path == STDOUT:
        sys.stdout.write(content)
        return
    if _special(path):
        path.write_text(content, encoding="utf-8")
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)  # a report is for others to read; mkstemp's files are not
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _special(path: Path) -> bool:
    """Whether the path is a pipe or a device, which can't be replaced and needs not be."""
    return path.exists() and not path.is_file()


def _unwritable(path: Path, error: OSError) -> ReportProblem:
    return ReportProblem(
        phrase(
            "The report {path} can't be written: {reason}. Choose another file, or free this one.",
            path=path,
            reason=error.strerror or str(error),
        )
    )
