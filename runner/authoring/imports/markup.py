"""A scenario's text as what is read at once, its code, what is folded away, and its questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.authoring.imports import html_to_markdown, katacoda_quiz
from runner.authoring.imports.code_blocks import commands_of
from runner.authoring.imports.katacoda_quiz import Quiz
from runner.authoring.imports.pieces import Fold, Piece, Splitter
from runner.authoring.imports.placeholders import SELECTOR, ReportNote, replaced
from runner.words import Phrase, phrase

_CODE = re.compile(
    r"(?<!`)(`{1,4})(?!`)((?:(?!\n\s*\n)[^`]|(?!\1)`){1,1500}?)(?<!`)\1(?!`)(?:\{\{([^{}\n]{0,100})\}\})?"
)
_LINK = re.compile(
    r"(!?)\[([^\[\]\n]{0,500})\]\(\s*<?([^)<>\s]{1,600})>?(?:\s+[\"'][^\"'\n]{0,300}[\"'])?\s*\)"
)
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_EMPTY_LINES = re.compile(r"\n{3,}")
_TERMINAL = re.compile(r"t(\d+)|host(\d+)|(controlplane|node\d+)", re.IGNORECASE)
EXECUTED = frozenset({"exec", "execute"})
KNOWN = EXECUTED | {"copy", "open", "interrupt", "ctrl-seq", "no-newline", "clipboard"}

Picture = Callable[[str, int], "str | None"]
"""Takes a picture's address as it is written and its line; returns its name in the lab, None if it has none."""


@dataclass(frozen=True, slots=True)
class Action:
    """Code of a text, and what a click on it does: `marks` are exec, copy, open and so on. `where` is a terminal or a host,
    "" for the first; `info` the language that its block names; `block`: whether it is one, and not within a sentence.
    """

    text: str
    line: int
    marks: frozenset[str]
    where: str = ""
    info: str = ""
    block: bool = False

    @property
    def executed(self) -> bool:
        return bool(self.marks & EXECUTED)


@dataclass(frozen=True, slots=True)
class EditorFile:
    """Text that a click puts into a file: `target` is replace, append, prepend or insert."""

    name: str
    content: str
    target: str
    line: int


@dataclass(slots=True)
class Part:
    """A piece of a text as it is to be shown, the code in it, and the innermost fold that it is in."""

    markdown: str
    line: int
    fold: Fold | None = None
    code: list[Action] = field(default_factory=list)
    file: EditorFile | None = None


@dataclass(slots=True)
class Page:
    """What a text holds. `actions` is its code that is not folded away, `folds` has the parts of each outermost fold."""

    text: str = ""
    heading: str = ""
    actions: list[Action] = field(default_factory=list)
    folds: list[tuple[Fold, list[Part]]] = field(default_factory=list)
    quizzes: list[Quiz] = field(default_factory=list)
    files: list[EditorFile] = field(default_factory=list)

    @property
    def executed(self) -> list[Action]:
        """What a click runs, and nothing hides."""
        return [each for each in self.actions if each.executed]


class PageReader:
    """Reads one text. `tell` takes what can't be carried over, `command` and `prose` say what is to be written for each."""

    def __init__(
        self,
        report: ReportNote,
        picture: Picture,
        picture_word: str,
        command: Callable[[str], str] = lambda text: text,
        prose: Callable[[str], str] = lambda text: text,
    ) -> None:
        self._report, self._picture = report, picture
        self._word, self._of_command, self._of_prose = picture_word, command, prose
        self._page = Page()

    def read(self, text: str, within: Fold | None = None) -> Page:
        """The page of a text; `within`: a fold that all of it is in."""
        page, main = self._page, list[str]()
        splitter = Splitter(text, within)
        folded: dict[int, list[Part]] = {}
        pieces = splitter.split()
        self._report_of_dropped(splitter)
        for piece in pieces:
            part = self._part(piece)
            if piece.fold is None:
                main.append(part.markdown)
                page.actions += part.code
                page.files += [part.file] if part.file else []
                continue
            outermost = piece.fold.outermost
            if id(outermost) not in folded:
                folded[id(outermost)] = []
                page.folds.append((outermost, folded[id(outermost)]))
            folded[id(outermost)].append(part)
        page.text = joined(main)
        heading = _HEADING.search(re.sub(r"```.*?```", "", page.text, flags=re.DOTALL))
        page.heading = heading[1] if heading else ""
        return page

    def _report_of_dropped(self, splitter: Splitter) -> None:
        for line, words in splitter.dropped:
            self._report(line, phrase("removed a comment that learners do not see: {text}", text=words), None)
        if splitter.unclosed is not None:
            what = phrase("this <details> is never closed: everything after it counts as collapsed")
            self._report(splitter.unclosed.line, what, phrase("write </details> where it ends"))

    def _part(self, piece: Piece) -> Part:
        if piece.kind == "fold":
            within = piece.fold is not None and piece.fold.within is not None
            title = self.words_of(piece.fold) if within and piece.fold else ""
            return Part(f"\n**{title}**\n" if title else "", piece.line, piece.fold)
        part = Part("", piece.line, piece.fold)
        if piece.kind == "prose":
            part.markdown = self._prose(piece, part)
            return part
        content = "\n".join(piece.lines).strip("\n")
        if piece.kind == "file":
            message = piece.attributes
            name, target = message.get("data-filename", ""), message.get("data-target", "insert")
            part.file = EditorFile(name, content, target, piece.line)
            part.markdown = (
                f"\n`{name}`:\n\n{fenced('', content)}\n" if name else f"\n{fenced('', content)}\n"
            )
            return part
        content = self._act(content, piece.marks, piece.line, part, piece.info)
        part.markdown = fenced(piece.info, content)
        return part

    def words_of(self, fold: Fold) -> str:
        """What stands on a fold, as Markdown in one line, to be put in bold."""
        return " ".join(html_to_markdown.markdown(fold.summary).replace("**", "").split())

    def _prose(self, piece: Piece, part: Part) -> str:
        lines, found = katacoda_quiz.taken(piece.lines, piece.line)
        self._page.quizzes += found
        chunk, parts, at = "\n".join(lines), list[str](), 0
        for offset, address in html_to_markdown.embedded(chunk):
            self._report(
                piece.line + chunk.count("\n", 0, offset),
                phrase("a video or an embedded page: {address}", address=address or "?"),
                phrase("its address is kept in the text; describe what it shows"),
            )
        for code in _CODE.finditer(chunk):
            line = piece.line + chunk.count("\n", 0, code.start())
            before = piece.line + chunk.count("\n", 0, at)
            parts.append(self._words(chunk[at : code.start()], before))
            content = self._act(code[2], code[3], line, part)
            parts.append(f"{code[1]}{content}{code[1]}")
            at = code.end()
        parts.append(self._words(chunk[at:], piece.line + chunk.count("\n", 0, at)))
        return "".join(parts)

    def _words(self, words: str, line: int) -> str:
        """Prose without code in it."""
        for offset, name in html_to_markdown.dropped(words):
            what = phrase("removed an HTML tag: {tag}", tag=f"<{name}>")
            self._report(line + words.count("\n", 0, offset), what, None)
        words = html_to_markdown.markdown(words)

        def link(found: re.Match[str]) -> str:
            return self._link(found, line + words.count("\n", 0, found.start()))

        linked = _LINK.sub(link, words)
        return self._of_prose(replaced(linked, line, self._report)[0])

    def _link(self, found: re.Match[str], line: int) -> str:
        shown, url = found[2], found[3]
        if found[1]:
            return self._pictured(shown, url, line)
        if SELECTOR in url:
            replaced(url, line, self._report)
            return shown
        url, _ = replaced(url, line, self._report)
        if url.startswith(("http://", "https://")):
            return f"[{shown}]({url})"
        if not url.startswith(("#", "mailto:")):
            self._report(
                line,
                phrase("a link within the scenario: {url}", url=url),
                phrase("its text is kept; link to a web page, or explain it in the text"),
            )
        return shown

    def _pictured(self, shown: str, url: str, line: int) -> str:
        if url.startswith(("http://", "https://")):
            self._report(line, phrase("a picture: {picture}", picture=url), _PICTURE)
            return f"{self._word}: [{shown or url}]({url})"
        name = self._picture(url, line)
        if name is None:
            return f"{self._word}: {shown}" if shown else ""
        self._report(line, phrase("a picture: {picture}", picture=url), _PICTURE)
        return f"{self._word}: {shown} (`{name}`)" if shown else f"{self._word}: `{name}`"

    def _act(self, content: str, marks: str | None, line: int, part: Part, info: str | None = None) -> str:
        """Note what this code is and what a click on it does; gives the code as it is to be shown.

        `info` is None for code within a sentence.
        """
        known, where = set(), ""
        for word in (marks or "").lower().split():
            terminal = _TERMINAL.fullmatch(word)
            if terminal:
                first = "1" in (terminal[1], terminal[2]) or word == "controlplane"
                where = "" if first else word.upper()
            elif word in KNOWN:
                known.add(word)
            else:
                self._report(line, _unknown(word), None)
        elsewhere = False
        if marks is not None or info is not None:
            content, elsewhere = replaced(content, line, self._report)
        runs = bool(known & EXECUTED) or (info is not None and bool(commands_of(info, content, line)))
        content = self._of_command(content) if runs else self._of_prose(content)
        where = where or ("HOST2" if elsewhere else "")
        part.code.append(Action(content, line, frozenset(known), where, info or "", info is not None))
        return content


_PICTURE = phrase("a terminal shows only its description: make sure that the text says what it contains")


def joined(parts: list[str]) -> str:
    """Pieces of Markdown, one below the other."""
    return _EMPTY_LINES.sub("\n\n", "\n".join(parts)).strip("\n")


def _unknown(word: str) -> Phrase:
    return phrase("an unknown marker after the code: {mark}", mark="{{" + word[:40] + "}}")


def fenced(info: str, content: str) -> str:
    """A block of code of Markdown."""
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`{3,}", content)), default=0))
    info = "" if info in ("plain", "text") else info
    return f"{ticks}{info}\n{content}\n{ticks}"
