"""Markdown as blocks: a lab's text, laid out for a terminal.

Textual's own Markdown widget makes a widget of every paragraph and cell, which takes a third of a second for a
long step, and folds a table's columns until nobody can read them. Here a page is a list of rows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from markdown_it.token import Token
from textual.content import Content
from textual.style import Style

from runner.tui.screen_text import safe
from runner.tui.widgets.anchors import Anchor, Kind, bearing
from runner.tui.widgets.fences import DIAGRAM, GROUND, Drawing, fenced, parts
from runner.tui.widgets.markdown_rules import parser
from runner.tui.widgets.rows import BLANK, EMPTY, Block, Row, Rule
from runner.tui.widgets.table import Table
from runner.tui.widgets.terms import Terms

_HEADINGS = {1: "bold $primary", 2: "bold $primary", 3: "bold"}
_INLINE = {"strong_open": "bold", "em_open": "italic", "s_open": "strike"}
NO_TERMS = Terms({})
MEASURE = 96
"""Cells of a line of prose: of a longer one the eye loses the next. Tables, output and drawings have the whole page."""
_MARKDOWN = parser()


def prose(markdown: str, commands: Collection[str] = (), terms: Terms = NO_TERMS) -> list[Block]:
    """The blocks of a text. HTML in it is text, a link is one to the web, a picture is its description.

    `commands`: those of the step, which a fenced block may repeat. `terms`: what the glossary explains, to be marked.
    """
    return _Writer(commands, terms).write(_tokens(markdown))


def inline(markdown: str) -> Content:
    """A text of one paragraph."""
    tokens = _MARKDOWN.parseInline(safe(markdown))
    return _spoken(tokens[0].children or ()) if tokens else EMPTY


def code(text: str, first: Content = EMPTY) -> list[Block]:
    """Lines of code on a ground of their own; a long one goes on below, indented."""
    margin = Content(" ")
    return [
        Row(
            Content(line), first=margin + first, rest=margin + Content(" " * (_indent(line) + 4)), fill=GROUND
        )
        for line in text.rstrip("\n").split("\n")
    ]


def _indent(line: str) -> int:
    return min(12, len(line) - len(line.lstrip()))


@lru_cache(maxsize=64)
def _tokens(markdown: str) -> list[Token]:
    return _MARKDOWN.parse(safe(markdown))


@dataclass(slots=True)
class _Prefix:
    """What stands before the lines of a list item or a quotation."""

    first: Content
    rest: Content
    used: bool = False

    def take(self) -> Content:
        taken = self.rest if self.used else self.first
        self.used = True
        return taken


@dataclass(slots=True)
class _Writer:
    commands: Collection[str] = ()
    terms: Terms = NO_TERMS
    blocks: list[Block] = field(default_factory=list)
    prefixes: list[_Prefix] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)  # of the lists we are in; None: dots
    gap: bool = False
    anchors: int = 0  # how many the page has so far

    def write(self, tokens: Sequence[Token]) -> list[Block]:
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.type == "table_open":
                end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
                self._put([_table(tokens[at:end], self._say)])
                at = end
            else:
                self._take(token, tokens[at - 1] if at else None)
            at += 1
        if tokens and tokens[-1].type == "fence":
            self.blocks.append(BLANK)  # below a command stands what can be done with it
        return self.blocks

    def _take(self, token: Token, before: Token | None) -> None:
        match token.type:
            case "inline":
                self._text(token, before)
            case "fence" | "code_block":
                self._fence(token)
            case "hr":
                self._put([Rule()])
            case "bullet_list_open" | "ordered_list_open":
                self.gap = self.gap or not self.numbers
                start = token.attrs.get("start", 1)
                self.numbers.append(int(start) if token.type == "ordered_list_open" else None)
            case "list_item_open":
                self._item()
            case "blockquote_open":
                self.gap = True
                bar = Content.styled("▎ ", "$primary 60%")
                self.prefixes.append(_Prefix(bar, bar))
            case "list_item_close" | "blockquote_close":
                self.prefixes.pop()
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()

    def _fence(self, token: Token) -> None:
        self.anchors += 1000  # more than a block has lines
        if token.info.strip().lower() == DIAGRAM:
            self._put([Drawing(token.content, self.anchors)])
            return
        self._put(fenced(parts(token.info, token.content, self.commands), self.anchors))

    def _say(self, tokens: Sequence[Token]) -> Content:
        return _spoken(tokens, self.terms)

    def _item(self) -> None:
        number = self.numbers[-1]
        if number is None:
            mark = "• " if len(self.numbers) % 2 else "◦ "
        else:
            mark = f"{number}. "
            self.numbers[-1] = number + 1
        self.prefixes.append(_Prefix(Content.styled(mark, "$primary"), Content(" " * len(mark))))

    def _text(self, token: Token, before: Token | None) -> None:
        heading = before is not None and before.type == "heading_open"
        body = _spoken(token.children or (), NO_TERMS if heading else self.terms)
        if before is not None and heading:
            body = body.stylize_before(_HEADINGS.get(int(before.tag[1:]), "bold"))
        tight = before is not None and before.hidden
        self._put([Row(body, measure=MEASURE)], gap=self.gap if tight else True)

    def _put(self, blocks: Sequence[Block], *, gap: bool = True) -> None:
        if gap and self.blocks:
            self.blocks.append(
                Row(EMPTY, EMPTY.join([prefix.rest for prefix in self.prefixes if prefix.used]))
            )
        self.gap = False
        for block in blocks:
            first = EMPTY.join([prefix.take() for prefix in self.prefixes])
            rest = EMPTY.join([prefix.rest for prefix in self.prefixes])
            self.blocks.append(_Hung(block, first, rest) if self.prefixes else block)


@dataclass(frozen=True, slots=True)
class _Hung:
    """A block behind the marks of the list or quotation it is in."""

    block: Block
    first: Content
    rest: Content

    def lines(self, width: int) -> list[Content]:
        indent = max(self.first.cell_length, self.rest.cell_length)
        if isinstance(self.block, Row) and not self.block.first and not self.block.fill:
            return Row(self.block.body, self.first, self.rest, measure=self.block.measure).lines(width)
        made = self.block.lines(max(2, width - indent))
        return [(self.rest if at else self.first) + line for at, line in enumerate(made)]


def _table(tokens: Sequence[Token], say: Callable[[Sequence[Token]], Content]) -> Block:
    rows: list[list[Content]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(say(token.children or ()))
    return Table(tuple(rows[0]), tuple(tuple(row) for row in rows[1:]))


def _spoken(tokens: Sequence[Token], terms: Terms = NO_TERMS) -> Content:
    """A paragraph's words with their styles."""
    parts: list[Content] = []
    styles: list[str | Style] = []
    opened: list[tuple[str, int]] = []  # links: the address, and where its words begin
    for token in tokens:
        kind = token.type
        if kind == "link_open":
            url = str(token.attrs["href"])
            opened.append((url, len(parts)))
            styles += ["underline $primary", bearing(Anchor(Kind.LINK, 0, url))]
        elif kind == "link_close":
            url, since = opened.pop()
            del styles[-2:]
            if url != "".join(
                part.plain for part in parts[since:]
            ):  # words may say one thing and lead elsewhere
                parts.append(Content.styled(f" ‹{url}›", "$foreground 60%"))
        elif kind in _INLINE:
            styles.append(_INLINE[kind])
        elif kind in ("strong_close", "em_close", "s_close"):
            styles.pop()
        else:
            words = _words(token)
            if token.type == "text" and not opened:
                words = terms.mark(words)
            for style in styles:
                words = words.stylize(style)
            parts.append(words)
    return EMPTY.join(parts)


def _words(token: Token) -> Content:
    match token.type:
        case "softbreak":
            return Content(" ")
        case "hardbreak":
            return Content("\n")
        case "code_inline":
            return Content.styled(token.content, "$accent")
        case "image":
            return Content.styled(f"[{token.content}]", "$foreground 60%")
    return Content(token.content)
