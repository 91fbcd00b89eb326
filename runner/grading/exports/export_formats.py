"""The formats by their names, and writing one to a file of its own."""

from __future__ import annotations

import errno
import os
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runner.grading.exports.attempt_json import attempt_json
from runner.grading.exports.attempt_markdown import attempt_markdown
from runner.grading.exports.attempt_page import attempt_page
from runner.grading.exports.certificate import certificate, certificate_page
from runner.paths import data_folder
from runner.session.attempt_summary import AttemptSummary
from runner.words import Phrase, UserError, phrase

Render = Callable[[AttemptSummary, str, str], str]
"""The file's content, of an attempt, the learner's name ("" where it was not asked) and a language."""


class ExportProblem(UserError):
    """A file could not be written."""


@dataclass(frozen=True, slots=True)
class Export:
    """`certifies`: only of a lab that was finished, and with the learner's name."""

    title: Phrase
    kind: str
    """The part of the file's name that says what it is, with its ending."""
    render: Render
    certifies: bool = False


EXPORTS: dict[str, Export] = {
    "markdown": Export(phrase("Report, Markdown"), "report.md", attempt_markdown),
    "html": Export(phrase("Report, web page"), "report.html", attempt_page),
    "json": Export(phrase("Data, signed JSON"), "attempt.json", attempt_json),
    "svg": Export(phrase("Certificate, SVG picture"), "certificate.svg", certificate, certifies=True),
    "print": Export(
        phrase("Certificate to print, or to save as PDF (web page)"),
        "certificate.html",
        certificate_page,
        certifies=True,
    ),
}


def export(name: str, of: AttemptSummary, learner: str, language: str, folder: Path | None = None) -> Path:
    """Write it beside what is there, and give where. `folder` None: where the program was started, else the home.

    Raises ExportProblem.
    """
    chosen = EXPORTS[name]
    content = chosen.render(of, learner, language)
    folder = folder or _folder()
    try:
        return _write_new(folder, f"labgate-{_plain(of.lab.id)}-{chosen.kind}", content)
    except OSError as error:
        raise ExportProblem(
            phrase(
                "The file can't be written to {folder}: {reason}. Start Labgate in a folder of yours, or make room there.",
                folder=folder,
                reason=error.strerror or str(error),
            )
        ) from error


def _folder() -> Path:
    """The current folder, unless it can't be written or is none of the learner's; else their home."""
    try:
        here = Path.cwd()
    except OSError:  # it was deleted
        return Path.home()
    own = os.access(here, os.W_OK | os.X_OK) and not here.is_relative_to(data_folder().resolve())
    return here if own and here != Path("/") else Path.home()


def _plain(name: str) -> str:
    name = unicodedata.normalize("NFC", name)
    return re.sub(r"[^\w.-]+", "-", name)[:80].strip("-.") or "lab"


def _write_new(folder: Path, name: str, content: str, most: int = 1000) -> Path:
    """The first of name.md, name-2.md, … that is not there yet: nothing is written over, also where two write at once."""
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - no path
    for number in range(1, most):
        path = folder / (name if number == 1 else f"{stem}-{number}{ending}")
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(content)
        except FileExistsError:
            continue
        return path
    raise OSError(errno.EEXIST, os.strerror(errno.EEXIST))
