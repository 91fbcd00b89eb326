"""An index: a list of labs and where they are, in YAML or JSON, on this machine or on the web.

- name: mesh                              # small letters, digits, dashes
  title: A service mesh in an afternoon   # for people, may be left out
  git: https://example.org/mesh-labs.git  # or `path`, a folder beside the index, in an index on this machine
  ref: v2                                 # a branch, tag or commit, may be left out
  folder: labs/mesh                       # where in it, may be left out
"""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import urlsplit

from runner.labs.lab_files import read_text
from runner.labs.lab_problems import LabErrors, Place, Problem, nearest
from runner.labs.source import read_nodes
from runner.labs.sources.kept import NAME, SourceProblem
from runner.labs.sources.urls import checked, checked_ref
from runner.labs.yaml_nodes import List, Mapping, Scalar
from runner.words import Phrase, phrase

MOST_BYTES, MOST_ENTRIES = 1024 * 1024, 200
ANSWERED_WITHIN = 30.0
"""Seconds without a byte after which a web index is given up."""
KEYS = ("name", "title", "git", "path", "ref", "folder")


@dataclass(frozen=True, slots=True)
class Entry:
    """One lab of an index, or several in one place. Either `git` or `path` (absolute) is set."""

    name: str
    title: str = ""
    git: str = ""
    path: str = ""
    ref: str = ""
    folder: str = ""


def of_file(file: Path) -> list[Entry]:
    """The index in a file. Raises LabErrors with all that is wrong with it."""
    problems: list[Problem] = []
    text = read_text(file, file.parent, file, problems)
    if text is None:
        raise LabErrors(problems)
    return _read(text, file, file.parent)


def of_web(url: str) -> list[Entry]:
    """The index at a https address. Raises SourceProblem if it can't be had, LabErrors where it is wrong."""
    content = _fetched(url)
    name = Path(PurePosixPath(urlsplit(url).path).name)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise SourceProblem(phrase("The index is not UTF-8: {url}", url=url)) from None
    return _read(text.replace("\r\n", "\n"), name, None)


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Nobody on the way may lead elsewhere."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise SourceProblem(phrase("The index leads to an address without https: {url}", url=newurl))
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _fetched(url: str) -> bytes:
    if urlsplit(url).scheme.lower() != "https":
        raise SourceProblem(phrase("An index on the web needs https: {url}", url=url))
    if urlsplit(url).username is not None or not url.isprintable() or " " in url:
        raise SourceProblem(phrase("This is no index's address: {url}", url=url))
    opener = urllib.request.build_opener(
        _HttpsOnly, urllib.request.HTTPSHandler(context=ssl.create_default_context())
    )
    try:
        with opener.open(url, timeout=ANSWERED_WITHIN) as answer:
            content: bytes = answer.read(MOST_BYTES + 1)
    except (OSError, HTTPException, ValueError) as error:
        raise SourceProblem(
            phrase("The index can't be had: {url} ({reason})", url=url, reason=error)
        ) from error
    if len(content) > MOST_BYTES:
        raise SourceProblem(phrase("The index is too large, 1 MiB at most: {url}", url=url))
    return content


def _read(text: str, file: Path, beside: Path | None) -> list[Entry]:
    problems: list[Problem] = []
    root = read_nodes(text, file, problems)
    if root is not None and not isinstance(root, List):
        problems.append(_at(file, root.place, phrase("an index is a list, with a name for each of its labs")))
    elif root is not None and not 0 < len(root.items) <= MOST_ENTRIES:
        message = phrase("an index has 1 to {most} labs", most=MOST_ENTRIES)
        problems.append(_at(file, root.place, message))
    if problems or not isinstance(root, List):
        raise LabErrors(problems)
    found: list[Entry] = []
    for node in root.items:
        entry = _Entry(file, problems, beside).of(node)
        if entry is not None and any(each.name == entry.name for each in found):
            problems.append(
                _at(file, node.place, phrase("there are two of this name: {name}", name=entry.name))
            )
        elif entry is not None:
            found.append(entry)
    if problems:
        raise LabErrors(problems)
    return found


class _Entry:
    """One entry on its way from a node."""

    def __init__(self, file: Path, problems: list[Problem], beside: Path | None) -> None:
        self._file, self._problems, self._beside = file, problems, beside

    def of(self, node: object) -> Entry | None:
        assert isinstance(node, Mapping | List | Scalar)
        if not isinstance(node, Mapping):
            self._report(node.place, phrase("a lab of an index has keys: {keys}", keys=KEYS))
            return None
        before = len(self._problems)
        values = self._values(node)
        self._check(node, values)
        if len(self._problems) > before:
            return None
        if values.get("path"):
            assert self._beside is not None
            values["path"] = str((self._beside / values["path"]).resolve())
        return Entry(**values)

    def _values(self, node: Mapping) -> dict[str, str]:
        values = {}
        for name, (place, value) in node.entries.items():
            if name not in KEYS:
                self._report(place, phrase("unknown key: {key}", key=name), nearest(name, KEYS))
            elif not isinstance(value, Scalar) or not value.text:
                self._report(value.place, phrase("a text is wanted here"))
            else:
                values[name] = value.text
        return values

    def _check(self, node: Mapping, values: dict[str, str]) -> None:
        def wrong(key: str, message: Phrase) -> None:
            self._report(node.entries[key][1].place, message)

        if "name" not in values:
            if "name" not in node.entries:
                self._report(node.place, phrase("missing: {key}", key="name"))
        elif not NAME.fullmatch(values["name"]):
            wrong("name", phrase("a name has small letters, digits and dashes, 40 at most"))
        if ("git" in node.entries) == ("path" in node.entries):
            self._report(node.place, phrase("a lab of an index has either git or path"))
        if "path" in values and self._beside is None:
            wrong("path", phrase("an index on the web can't name folders of your machine"))
        folder = Path(values.get("folder", ""))
        if folder.is_absolute() or ".." in folder.parts:
            wrong("folder", phrase("the folder is outside of the repository"))
        checks: tuple[tuple[str, Callable[[str], str]], ...] = (("git", checked), ("ref", checked_ref))
        for key, check in checks:
            if key in values:
                try:
                    check(values[key])
                except SourceProblem as problem:
                    wrong(key, problem.message)

    def _report(self, place: Place, message: Phrase, hint: Phrase | None = None) -> None:
        self._problems.append(Problem(self._file, place.line, place.col, message, hint))


def _at(file: Path, place: Place, message: Phrase) -> Problem:
    return Problem(file, place.line, place.col, message)
