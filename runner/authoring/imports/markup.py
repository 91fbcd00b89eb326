"""A scenario's text as a step's text, its commands, hints, solution and questions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.authoring.imports import html, quizzes
from runner.authoring.imports.pieces import Piece, Splitter
from runner.authoring.imports.placeholders import SELECTOR, Tell, replaced
from runner.authoring.imports.quizzes import Quiz
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
"""Takes a picture's address as it is written and its line; gives its name in the lab, None where it has none."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that the learner clicks on: `marks` are exec, copy, open and so on. `where` is a terminal or a host,
    "" for the first.
    """

    text: str
    line: int
    marks: frozenset[str]
    where: str = ""

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
class Page:
    """What a text holds. `hints` and `solution` are what it folds away, each with its title."""

    text: str = ""
    heading: str = ""
    actions: list[Action] = field(default_factory=list)
    solving: list[Action] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    solution: list[str] = field(default_factory=list)
    quizzes: list[Quiz] = field(default_factory=list)
    files: list[EditorFile] = field(default_factory=list)


class PageReader:
    """Reads one text. `tell` takes what can't be carried over, `command` and `prose` say what is to be written for each."""

    def __init__(
        self,
        tell: Tell,
        picture: Picture,
        picture_word: str,
        command: Callable[[str], str] = lambda text: text,
        prose: Callable[[str], str] = lambda text: text,
    ) -> None:
        self._tell, self._picture = tell, picture
        self._word, self._of_command, self._of_prose = picture_word, command, prose
        self._page = Page()

    def read(self, text: str) -> Page:
        """The page of a text."""
        page, main = self._page, list[str]()
        folded: dict[int, list[str]] = {}
        for piece in Splitter(text).split():
            said, fold = self._said(piece), piece.fold
            if fold is None:
                main.append(said)
                continue
            if id(fold) not in folded:
                kinds = {"solution": page.solution, "hint": page.hints}
                folded[id(fold)] = kinds.get(fold.kind, main)
                folded[id(fold)].append(
                    f"\n**{fold.summary}**\n" if fold.kind == "aside" and fold.summary else ""
                )
            texts = folded[id(fold)]
            if texts is main:
                main.append(said)
            else:
                texts[-1] = f"{texts[-1]}\n{said}".strip("\n")
        page.text = _EMPTY_LINES.sub("\n\n", "\n".join(main)).strip("\n")
        heading = _HEADING.search(re.sub(r"```.*?```", "", page.text, flags=re.DOTALL))
        page.heading = heading[1] if heading else ""
        page.hints = [each for each in page.hints if each.strip()]
        page.solution = [each for each in page.solution if each.strip()]
        return page

    def _said(self, piece: Piece) -> str:
        if piece.kind == "prose":
            return self._prose(piece)
        content = "\n".join(piece.lines).strip("\n")
        if piece.kind == "file":
            told = piece.attributes
            name, target = told.get("data-filename", ""), told.get("data-target", "insert")
            self._page.files.append(EditorFile(name, content, target, piece.line))
            return f"\n`{name}`:\n\n{_fenced('', content)}\n" if name else f"\n{_fenced('', content)}\n"
        if piece.marks is not None:
            content = self._act(content, piece.marks, piece.line, piece)
        return _fenced(piece.info, content)

    def _prose(self, piece: Piece) -> str:
        lines, found = quizzes.taken(piece.lines, piece.line)
        self._page.quizzes += found
        chunk, said, at = "\n".join(lines), list[str](), 0
        for offset, address in html.embedded(chunk):
            self._tell(
                piece.line + chunk.count("\n", 0, offset),
                phrase("a film or a page within the text: {address}", address=address or "?"),
                phrase("its address is left in the text; say what it shows"),
            )
        for code in _CODE.finditer(chunk):
            line = piece.line + chunk.count("\n", 0, code.start())
            before = piece.line + chunk.count("\n", 0, at)
            said.append(self._words(chunk[at : code.start()], before))
            marked = code[3] is not None
            content = self._act(code[2], code[3], line, piece) if marked else self._of_prose(code[2])
            said.append(f"{code[1]}{content}{code[1]}")
            at = code.end()
        said.append(self._words(chunk[at:], piece.line + chunk.count("\n", 0, at)))
        return "".join(said)

    def _words(self, words: str, line: int) -> str:
        """Prose without code in it."""
        words = html.markdown(words)

        def link(found: re.Match[str]) -> str:
            return self._link(found, line + words.count("\n", 0, found.start()))

        linked = _LINK.sub(link, words)
        return self._of_prose(replaced(linked, line, self._tell)[0])

    def _link(self, found: re.Match[str], line: int) -> str:
        shown, url = found[2], found[3]
        if found[1]:
            return self._pictured(shown, url, line)
        if SELECTOR in url:
            replaced(url, line, self._tell)
            return shown
        url, _ = replaced(url, line, self._tell)
        if url.startswith(("http://", "https://")):
            return f"[{shown}]({url})"
        if not url.startswith(("#", "mailto:")):
            self._tell(
                line,
                phrase("a link within the scenario: {url}", url=url),
                phrase("its words are kept; link to a page of the web, or say it in the text"),
            )
        return shown

    def _pictured(self, shown: str, url: str, line: int) -> str:
        if url.startswith(("http://", "https://")):
            self._tell(line, phrase("a picture: {picture}", picture=url), _PICTURE)
            return f"{self._word}: [{shown or url}]({url})"
        name = self._picture(url, line)
        if name is None:
            return f"{self._word}: {shown}" if shown else ""
        self._tell(line, phrase("a picture: {picture}", picture=url), _PICTURE)
        return f"{self._word}: {shown} (`{name}`)" if shown else f"{self._word}: `{name}`"

    def _act(self, content: str, marks: str, line: int, piece: Piece) -> str:
        """Note what a click on this code does; gives the code as it is to be shown."""
        known, where = set(), ""
        for word in marks.lower().split():
            terminal = _TERMINAL.fullmatch(word)
            if terminal:
                first = "1" in (terminal[1], terminal[2]) or word == "controlplane"
                where = "" if first else word.upper()
            elif word in KNOWN:
                known.add(word)
            else:
                self._tell(line, _unknown(word), None)
        content, elsewhere = replaced(content, line, self._tell)
        content = self._of_command(content) if known & EXECUTED else self._of_prose(content)
        if elsewhere and not where:
            where = "HOST2"
        if known:
            actions = (
                self._page.solving if piece.fold and piece.fold.kind == "solution" else self._page.actions
            )
            if piece.fold is None or piece.fold.kind != "hint":
                actions.append(Action(content, line, frozenset(known), where))
        return content


_PICTURE = phrase("a terminal shows its description only: see that the text says what is in it")


def only_code(text: str) -> bool:
    """Whether a text says nothing but code."""
    without = re.sub(r"^(`{3,4}).*?^\1[ \t]*$", "", text, flags=re.DOTALL | re.MULTILINE)
    return not re.search(r"\w", re.sub(r"`[^`\n]*`", "", without))


def _unknown(word: str) -> Phrase:
    return phrase("an unknown mark behind the code: {mark}", mark="{{" + word[:40] + "}}")


def _fenced(info: str, content: str) -> str:
    ticks = "```" if "```" not in content else "````"
    info = "" if info in ("plain", "text") else info
    return f"{ticks}{info}\n{content}\n{ticks}"
