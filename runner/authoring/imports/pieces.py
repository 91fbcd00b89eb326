"""A scenario's text in its pieces: prose, fenced code with its marks, files for the editor; and what is folded away."""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

from runner.authoring.imports import html

_FENCE = re.compile(r"^([\s>]*)(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})\s*([^`]*)$")
_MARK = re.compile(r"\{\{([^{}]*)\}\}")
_FILE = re.compile(r"^(.*?)<pre\s+([^>]*class=[\"']?file\b[^>]*)>(.*)$", re.IGNORECASE)
_PRE = re.compile(r"^(.*?)<pre\b[^>]*>(.*)$", re.IGNORECASE)
_END_PRE = re.compile(r"</pre\s*>", re.IGNORECASE)
_DETAILS = re.compile(r"<(/?)(details|summary)\b[^>]*>", re.IGNORECASE)
_SOLUTION = re.compile(r"solution|solve|answer|정답|풀이|해답|해결|답안|답 보기", re.IGNORECASE)
_HINT = re.compile(r"hint|tip|help|힌트|도움|팁", re.IGNORECASE)


@dataclass(slots=True)
class Fold:
    """A `<details>`. `summary` is what stands on it."""

    line: int
    summary: str = ""

    @property
    def kind(self) -> str:
        """solution, hint, or aside."""
        if _SOLUTION.search(self.summary):
            return "solution"
        return "hint" if _HINT.search(self.summary) else "aside"


@dataclass(slots=True)
class Piece:
    """`kind` is prose, fence or file; `line` the number of the first of its `lines`."""

    kind: str
    line: int
    lines: list[str] = field(default_factory=list)
    fold: Fold | None = None
    info: str = ""
    """What is written behind the opening fence: the language."""
    marks: str | None = None
    """What is in the braces behind the closing fence; None where there are none."""
    attributes: dict[str, str] = field(default_factory=dict)


class Splitter:
    """Splits one text."""

    def __init__(self, text: str) -> None:
        self.pieces: list[Piece] = []
        self._lines = text.split("\n")
        self._at = 0
        self._fold: Fold | None = None
        self._in_summary = False

    def split(self) -> list[Piece]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            fence, file, pre = _FENCE.match(line), _FILE.match(line), _PRE.match(line)
            if fence:
                self._fence(fence)
            elif file:
                self._pre(file[1], file[3], "file", html.attributes(file[2]))
            elif pre:
                self._pre(pre[1], pre[2], "fence", {})
            else:
                self._prose(line)
            self._at += 1
        return self.pieces

    def _fence(self, opening: re.Match[str]) -> None:
        indent, ticks, info = opening[1], opening[2], opening[3].strip()
        piece = Piece("fence", self._at + 2, fold=self._fold, info=info.split()[0] if info else "")
        end = re.compile(rf"^[\s>]*{re.escape(ticks[0])}{{{len(ticks)},}}\s*(\{{\{{[^{{}}]*\}}\}})?\s*(.*)$")
        self._at += 1
        while self._at < len(self._lines):
            line = self._lines[self._at]
            closing = end.match(line)
            if closing and (closing[1] or not closing[2].strip()):
                mark = _MARK.match(closing[1] or "")
                piece.marks = mark[1] if mark else None
                break
            piece.lines.append(_dedented(line, indent))
            self._at += 1
        self.pieces.append(piece)

    def _pre(self, before: str, rest: str, kind: str, attributes: dict[str, str]) -> None:
        if before.strip():
            self._prose(before)
        piece = Piece(kind, self._at + 1, fold=self._fold, attributes=attributes)
        while True:
            end = _END_PRE.search(rest)
            piece.lines.append(
                entities.unescape(
                    re.sub(r"</?(?:code|blockquote)[^>]*>", "", rest[: end.start()] if end else rest)
                )
            )
            if end or self._at + 1 >= len(self._lines):
                break
            self._at += 1
            rest = self._lines[self._at]
        while piece.lines and not piece.lines[0].strip():
            piece.lines.pop(0)
            piece.line += 1
        self.pieces.append(piece)
        if end and rest[end.end() :].strip():
            self._prose(rest[end.end() :])

    def _prose(self, line: str) -> None:
        at = 0
        for tag in _DETAILS.finditer(line):
            self._words(line[at : tag.start()])
            at = tag.end()
            closes = bool(tag[1])
            if tag[2].lower() == "summary":
                self._in_summary = not closes and self._fold is not None
            else:
                self._fold, self._in_summary = (None if closes else Fold(self._at + 1)), False
        if at == 0 or line[at:].strip():
            self._words(line[at:])

    def _words(self, words: str) -> None:
        if self._in_summary and self._fold is not None:
            self._fold.summary = " ".join(f"{self._fold.summary} {words}".split())[:300]
            return
        last = self.pieces[-1] if self.pieces else None
        number = self._at + 1
        follows = last is not None and last.line + len(last.lines) == number
        if last is None or last.kind != "prose" or last.fold is not self._fold or not follows:
            last = Piece("prose", number, fold=self._fold)
            self.pieces.append(last)
        last.lines.append(words)


def _dedented(line: str, indent: str) -> str:
    """A line of a fence without the indentation (or the > of a quotation) that its fence has."""
    at = 0
    while at < len(indent) and at < len(line) and (line[at] == indent[at] or line[at].isspace()):
        at += 1
    return line[at:]
