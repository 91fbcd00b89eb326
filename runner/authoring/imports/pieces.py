"""A scenario's text in its pieces: prose, fenced code with its marks, files for the editor; and what is folded away.

What stands between `<details>` and its `</details>` is folded, folds within folds included. Tags in fenced code are code, and
comments of HTML are nobody's text: they are taken out first, with their lines.
"""

from __future__ import annotations

import html as entities
import re
from dataclasses import dataclass, field

from runner.authoring.imports import html_to_markdown

_FENCE = re.compile(r"^([\s>]*)(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}|~{3,})\s*([^`]*)$")
_MARK = re.compile(r"\{\{([^{}]*)\}\}")
_FILE = re.compile(r"^(.*?)<pre\s+([^>]*class=[\"']?file\b[^>]*)>(.*)$", re.IGNORECASE)
_PRE = re.compile(r"^(.*?)<pre\b[^<>]*+>(.*)$", re.IGNORECASE)
_END_PRE = re.compile(r"</pre\s*>", re.IGNORECASE)
_DETAILS = re.compile(r"<(/?)(details|summary)\b[^<>]*(?:>|$)", re.IGNORECASE)
_SOLUTION = re.compile(
    r"solution|solve|answer|walkthrough|정답|풀이|해답|해결|답안|답\s*보기|모범|解答|答え|答案|l[oö]sung|soluci[oó]n|solu[cç][aã]o|r[eé]ponse",
    re.IGNORECASE,
)
_HINT = re.compile(
    r"\bhints?\b|\btips?\b|\bhelp\b|힌트|도움|팁|ヒント|提示|hinweis|indice|pista|dica", re.IGNORECASE
)
MOST_SUMMARY = 1000
"""Characters from which on what stands in a summary is what is folded."""
MOST_DEPTH = 50
"""Folds within folds; what is deeper counts as in the innermost of these."""


@dataclass(slots=True, eq=False)
class Fold:
    """A `<details>`. `summary` is what stands on it, `within` the fold around it."""

    line: int
    summary: str = ""
    within: Fold | None = None
    is_answer: bool = False
    """Whether it is no fold of the text's, but a file of its own with the answer."""

    @property
    def kind(self) -> str:
        """What it says that it is, or what is around it says: solution, hint, or aside."""
        own = self._own_kind
        return self.within.kind if own == "aside" and self.within is not None else own

    @property
    def _own_kind(self) -> str:
        if self.is_answer or _SOLUTION.search(self.summary):
            return "solution"
        return "hint" if _HINT.search(self.summary) else "aside"

    @property
    def outermost(self) -> Fold:
        """The fold that is folded in nothing."""
        return self if self.within is None else self.within.outermost

    @property
    def depth(self) -> int:
        return 0 if self.within is None else self.within.depth + 1


@dataclass(slots=True)
class Piece:
    """`kind` is prose, fence, file, or fold (where one begins); `line` the number of the first of its `lines`."""

    kind: str
    line: int
    lines: list[str] = field(default_factory=list)
    fold: Fold | None = None
    info: str = ""
    """What is written behind the opening fence: the language."""
    marks: str | None = None
    """What is in the braces behind the closing fence; None if there are none."""
    attributes: dict[str, str] = field(default_factory=dict)


class Splitter:
    """Splits one text. `dropped` has what is no text: the line of each comment, and its words."""

    def __init__(self, text: str, within: Fold | None = None) -> None:
        """`within`: a fold that all of the text is in."""
        self.pieces: list[Piece] = []
        self.dropped: list[tuple[int, str]] = []
        self._lines = text.split("\n")
        self._at = 0
        self._fold: Fold | None = within
        if within is not None:
            self.pieces.append(Piece("fold", 1, fold=within))
        self._in_summary = False

    def split(self) -> list[Piece]:
        """All pieces, in their order."""
        while self._at < len(self._lines):
            self._line(self._without_comments(self._lines[self._at]))
            self._at += 1
        return self.pieces

    @property
    def unclosed(self) -> Fold | None:
        """The outermost fold that nothing closes: what follows it counts as folded."""
        fold = self._fold.outermost if self._fold is not None else None
        return fold if fold is not None and not fold.is_answer else None

    def _line(self, line: str) -> None:
        before, rest = _after_tags(line)
        fence = _FENCE.match(rest)
        if fence and fence[3].lstrip().startswith("{{"):
            self._unopened(fence[3])
            return
        if fence or (self._in_summary and not line.strip() and self._fold and self._fold.summary):
            self._in_summary = False  # nobody closed it
        if fence:
            if before.strip():
                self._prose(before)
            self._fence(fence)
            return
        file, pre = _FILE.match(line), _PRE.match(line)
        if file:
            self._pre(file[1], file[3], "file", html_to_markdown.attributes(file[2]))
        elif pre:
            self._pre(pre[1], pre[2], "fence", {})
        else:
            self._prose(line)

    def _unopened(self, rest: str) -> None:
        """The end of a block that never began: the paragraph before it was meant."""
        mark = _MARK.match(rest.lstrip())
        last = self.pieces[-1] if self.pieces else None
        if mark is None or last is None or last.kind != "prose" or last.fold is not self._fold:
            return
        begins = len(last.lines)
        while begins and last.lines[begins - 1].strip():
            begins -= 1
        block = last.lines[begins:]
        del last.lines[begins:]
        if block:
            number = last.line + begins
            self.pieces.append(Piece("fence", number, block, self._fold, marks=mark[1]))

    def _without_comments(self, line: str) -> str:
        """The line without the comments of HTML that begin in it; their further lines are left empty."""
        searched = 0
        while (begins := line.find("<!--", searched)) >= 0:
            if line.count("`", 0, begins) % 2:  # it is shown, as code
                searched = begins + 4
                continue
            ends, at, output = line.find("-->", begins + 4), self._at, [line[begins + 4 :]]
            rest = ""
            while ends < 0 and at + 1 < len(self._lines):
                at += 1
                output.append(self._lines[at])
                ends = output[-1].find("-->")
            if ends >= 0:
                offset = begins + 4 if at == self._at else 0
                rest, output[-1] = output[-1][ends - offset + 3 :], output[-1][: ends - offset]
            words = " ".join(" ".join(output).split())
            if words:
                self.dropped.append((self._at + 1, words))
            line = line[:begins] + rest
            for number in range(self._at + 1, at + 1):
                self._lines[number] = ""
        return line

    def _fence(self, opening: re.Match[str]) -> None:
        indent, ticks, info = opening[1], opening[2], opening[3].strip()
        piece = Piece("fence", self._at + 2, fold=self._fold, info=info.split()[0] if info else "")
        end = re.compile(rf"^[\s>]*{re.escape(ticks[0])}{{{len(ticks)},}}\s*(\{{\{{[^{{}}]*\}}\}})?\s*(.*)$")
        self._at += 1
        rest = ""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            closing = end.match(line)
            if closing and (closing[1] or not closing[2].strip() or closing[2].startswith("<")):
                mark = _MARK.match(closing[1] or "")
                piece.marks = mark[1] if mark else None
                rest = closing[2]
                break
            piece.lines.append(_dedented(line, indent))
            self._at += 1
        self.pieces.append(piece)
        if rest.strip():
            self._prose(rest)

    def _pre(self, before: str, rest: str, kind: str, attributes: dict[str, str]) -> None:
        if before.strip():
            self._prose(before)
        piece = Piece(kind, self._at + 1, fold=self._fold, attributes=attributes)
        while True:
            end = _END_PRE.search(rest)
            piece.lines.append(
                entities.unescape(
                    re.sub(r"</?(?:code|blockquote)[^<>]*+>", "", rest[: end.start()] if end else rest)
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
            if line.count("`", 0, tag.start()) % 2:  # it is shown, as code
                continue
            self._words(line[at : tag.start()])
            at = tag.end()
            self._tag(tag[2].lower(), closes=bool(tag[1]))
        if at == 0 or line[at:].strip():
            self._words(line[at:])

    def _tag(self, name: str, *, closes: bool) -> None:
        if name == "summary":
            self._in_summary = not closes and self._fold is not None
            return
        self._in_summary = False
        if not closes:
            deep = self._fold is not None and self._fold.depth >= MOST_DEPTH
            within = self._fold.within if deep and self._fold else self._fold
            self._fold = Fold(self._at + 1, within=within)
            self.pieces.append(Piece("fold", self._at + 1, fold=self._fold))
        elif self._fold is not None:
            if self._fold.is_answer:
                return
            self._fold = self._fold.within

    def _words(self, words: str) -> None:
        if self._in_summary and self._fold is not None and len(self._fold.summary) < MOST_SUMMARY:
            self._fold.summary = " ".join(f"{self._fold.summary} {words}".split())
            return
        last = self.pieces[-1] if self.pieces else None
        number = self._at + 1
        follows = last is not None and last.line + len(last.lines) == number
        if last is None or last.kind != "prose" or last.fold is not self._fold or not follows:
            if not words.strip() and last is not None and last.kind == "fold":
                return
            last = Piece("prose", number, fold=self._fold)
            self.pieces.append(last)
        last.lines.append(words)


def _after_tags(line: str) -> tuple[str, str]:
    """A line that ends in a fence behind a tag: what is before the fence, and the fence; else nothing and the line."""
    ends = max((tag.end() for tag in _DETAILS.finditer(line)), default=0)
    return line[:ends], line[ends:]


def _dedented(line: str, indent: str) -> str:
    """A line of a fence without the indentation (or the > of a quotation) that its fence has."""
    at = 0
    while at < len(indent) and at < len(line) and (line[at] == indent[at] or line[at].isspace()):
        at += 1
    return line[at:]
