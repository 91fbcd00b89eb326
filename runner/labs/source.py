"""Reads YAML into nodes, within bounds: a lab file is untrusted input.

Works on the parser's events instead of PyYAML's own trees, so that neither depth nor aliases can run away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from runner.labs.lab_problems import Place, Problem, add
from runner.labs.scalars import plain_value, surprise
from runner.labs.yaml_errors import syntax_problem
from runner.labs.yaml_nodes import BROKEN, List, Mapping, Node, Scalar
from runner.words import Phrase, phrase

MOST_DEPTH = 40
MOST_NODES = 100_000
"""Values in a lab file: scalars, lists and mappings. What an alias stands for is counted as often as it is used."""
CHARACTERS = 256
"""Of a text that count as much as a value: an alias of a long one is cheap to write, too."""

UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Control characters, and those that make a line look other than it is (bidirectional overrides, BOM)."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_nodes(text: str, file: Path, problems: list[Problem], most: int = MOST_NODES) -> Node | None:
    """The file's one document; None if nothing can be made of the text, or it has more than `most` values.

    Adds what is wrong to `problems`.
    """
    unwanted = unwanted_character(text, file)
    if unwanted:
        problems.append(unwanted)
        return None
    builder = _Builder(file, problems, most)
    try:
        for event in _events(text):
            builder.take(event)
    except _Refused as refused:
        problems.append(refused.problem)
        return None
    except yaml.YAMLError as error:
        problems.append(syntax_problem(error, text, file, builder.opened))
        return None
    if builder.root is None:
        problems.append(Problem(file, 1, 1, phrase("the file is empty: it must say what the lab is")))
    return builder.root


def unwanted_character(text: str, file: Path) -> Problem | None:
    """A character that is not allowed in a lab's file."""
    found = UNWANTED.search(text.replace("\r\n", "\n"))
    if found is None:
        return None
    before = text.replace("\r\n", "\n")[: found.start()]
    line, col = before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1
    if found[0] == "\ufeff" and found.start() == 0:
        message = phrase("the file begins with a byte order mark: save it as UTF-8 without BOM")
    else:
        message = phrase(
            "a character that can't be seen ({code}) does not belong here", code=f"U+{ord(found[0]):04X}"
        )
    return Problem(file, line, col, message)


def _events(text: str) -> Iterator[Any]:
    loader = _LOADER(text)
    try:
        while loader.check_event():
            yield loader.get_event()
    finally:
        loader.dispose()


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.render())
        self.problem = problem


@dataclass(slots=True)
class _Frame:
    """A mapping or a list that is being read."""

    place: Place
    anchor: str | None
    is_mapping: bool
    entries: dict[str, tuple[Place, Node]] = field(default_factory=dict)
    items: list[Node] = field(default_factory=list)
    key: tuple[str | None, Place] | None = None  # a key that waits for its value; None: reported as a problem
    size: int = 1
    height: int = 1
    broken: bool = False


@dataclass(frozen=True, slots=True)
class _Anchored:
    node: Node
    size: int
    height: int


class _Builder:
    """Makes nodes of events."""

    def __init__(self, file: Path, problems: list[Problem], most: int) -> None:
        self.root: Node | None = None
        self._most = most
        self._file = file
        self._problems = problems
        self._frames: list[_Frame] = []
        self._anchors: dict[str, _Anchored | None] = {}  # None: not yet complete
        self._nodes = 0
        self._documents = 0

    @property
    def opened(self) -> Place | None:
        """Where the innermost list or mapping begins that is not complete."""
        return self._frames[-1].place if self._frames else None

    def take(self, event: Any) -> None:
        place = Place(event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            self._begin(event, place)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event.anchor or "", place)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, place)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._open(event, place)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    def _begin(self, event: Any, place: Place) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._refused(place, phrase("a second document begins here (---): a lab is one document"))
        if event.version or event.tags:
            self._report(place, phrase("directives (%YAML, %TAG) are not read: leave the line out"))

    def _alias(self, name: str, place: Place) -> None:
        anchored = self._anchors.get(name)
        if anchored is None:
            if name in self._anchors:
                raise self._refused(place, phrase("{alias} stands within itself", alias=f"*{name}"))
            message = phrase(
                "{alias} refers to nothing: put text that begins with * in quotes", alias=f"*{name}"
            )
            self._report(place, message)
            anchored = _Anchored(Scalar(place, BROKEN, ""), 1, 0)
        if isinstance(anchored.node, Scalar) and self._wants_key():
            self._key(anchored.node.text, place, quoted=True)
        else:
            self._add(anchored.node, anchored.size, anchored.height, place, new=anchored.size)

    def _scalar(self, event: Any, place: Place) -> None:
        text: str = event.value
        quoted = event.style not in (None, "")
        self._no_tag(event, place)
        if self._wants_key():
            self._anchor(event.anchor, Scalar(place, text, text), 1, 0)
            self._key(text, place, quoted=quoted)
            return
        value: object = text if quoted else plain_value(text)
        hidden = UNWANTED.search(text)
        meaning = None if quoted else surprise(text)
        if hidden:
            code = f"U+{ord(hidden[0]):04X}"
            self._report(place, phrase("a control character ({code}) can't be in a lab", code=code))
            value = BROKEN
        elif meaning:
            message = phrase(
                "{text} means {meaning} to YAML: put it in quotes if text is meant",
                text=text,
                meaning=meaning,
            )
            self._report(place, message)
            value = BROKEN
        node = Scalar(place, value, text)
        size = 1 + len(text) // CHARACTERS
        self._anchor(event.anchor, node, size, 0)
        self._add(node, size, 0, place, new=size)

    def _open(self, event: Any, place: Place) -> None:
        self._no_tag(event, place)
        if len(self._frames) >= MOST_DEPTH:
            raise self._refused(place, phrase("nested too deeply: at most {depth} levels", depth=MOST_DEPTH))
        if event.anchor:
            self._anchors[event.anchor] = None
        self._frames.append(_Frame(place, event.anchor, isinstance(event, yaml.MappingStartEvent)))

    def _close(self) -> None:
        frame = self._frames.pop()
        node: Node
        if frame.broken:
            node = Scalar(frame.place, BROKEN, "")
        elif frame.is_mapping:
            node = Mapping(frame.place, frame.entries)
        else:
            node = List(frame.place, tuple(frame.items))
        self._anchor(frame.anchor, node, frame.size, frame.height)
        if self._wants_key():
            self._key_of_braces(frame.place)
        else:
            self._add(node, frame.size, frame.height, frame.place)

    def _wants_key(self) -> bool:
        return bool(self._frames) and self._frames[-1].is_mapping and self._frames[-1].key is None

    def _key(self, text: str, place: Place, *, quoted: bool) -> None:
        frame = self._frames[-1]
        frame.key = (None, place)
        if UNWANTED.search(text):
            self._report(place, phrase("a control character can't be in a key"))
        elif not quoted and text == "<<":
            self._report(place, phrase("merge keys (<<) are not read: write the keys out"))
        elif not quoted and (
            surprise(text) or plain_value(text) is None or isinstance(plain_value(text), bool)
        ):
            self._report(
                place, phrase("the key {key} is not text to YAML: put it in quotes", key=text or "?")
            )
        elif text in frame.entries:
            first = frame.entries[text][0].line
            self._report(
                place, phrase("the key {key} is there twice, first in line {line}", key=text, line=first)
            )
        else:
            frame.key = (text, place)

    def _key_of_braces(self, place: Place) -> None:
        self._frames[-1].key = (None, place)
        self._frames[-1].broken = True
        message = phrase("a value that begins with {braces} must be in quotes", braces="{ or [")
        self._report(place, message)

    def _add(self, node: Node, size: int, height: int, place: Place, *, new: int = 1) -> None:
        """`size` is of all that stands in the node; `new`: what of it was not counted when it was read."""
        self._nodes += new
        if self._nodes > self._most:
            raise self._refused(place, phrase("too many values: at most {count} in a file", count=self._most))
        if len(self._frames) + height > MOST_DEPTH:
            raise self._refused(place, phrase("nested too deeply: at most {depth} levels", depth=MOST_DEPTH))
        if not self._frames:
            self.root = node
            return
        frame = self._frames[-1]
        frame.size += size
        frame.height = max(frame.height, height + 1)
        if not frame.is_mapping:
            frame.items.append(node)
        elif frame.key is not None:
            key, at_key = frame.key
            if key is not None:
                frame.entries[key] = (at_key, node)
            frame.key = None

    def _anchor(self, name: str | None, node: Node, size: int, height: int) -> None:
        if name:
            self._anchors[name] = _Anchored(node, size, height)

    def _no_tag(self, event: Any, place: Place) -> None:
        if event.tag is not None:
            message = phrase(
                "tags ({tag}) are not read: put text that begins with ! in quotes", tag=str(event.tag)
            )
            self._report(place, message)

    def _report(self, place: Place, message: Phrase) -> None:
        add(self._problems, Problem(self._file, place.line, place.col, message))

    def _refused(self, place: Place, message: Phrase) -> _Refused:
        return _Refused(Problem(self._file, place.line, place.col, message))
