"""The commands of a text of bash: what is one command, however many lines it has.

Follows bash(1): QUOTING, RESERVED WORDS, Here Documents. It is no parser: what it can't tell apart it takes as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_OPENS = frozenset({"if", "for", "while", "until", "case", "select", "{", "[["})
_CLOSES = frozenset({"fi", "done", "esac", "}", "]]"})
_SEPARATES = re.compile(r"&&|\|\|?|[;&]+")
_HEREDOC = re.compile(r"<<(-?)[ \t]*(\\?)(?:'([^'\n]+)'|\"([^\"\n]+)\"|([\w.+-]+))")


@dataclass(frozen=True, slots=True)
class Logical:
    """One command and the line (from 1) on which it begins."""

    text: str
    line: int


@dataclass(slots=True)
class State:
    """How far a command is: open quotes, here-documents, blocks. Fed with line after line."""

    quote: str = ""
    heredocs: list[tuple[str, bool]] = field(default_factory=list)
    depth: int = 0
    parentheses: int = 0
    continued: bool = False
    first: bool = True
    """Whether the next word may be a reserved one."""

    @property
    def open(self) -> bool:
        """Whether the command goes on in the next line."""
        return bool(self.quote or self.heredocs or self.depth > 0 or self.continued)

    def feed(self, line: str) -> None:
        """Take the next line, without its end."""
        if self.heredocs:
            end, tabs = self.heredocs[0]
            if (line.lstrip("\t") if tabs else line) == end:
                self.heredocs.pop(0)
            return
        self.continued = False
        if not self.quote and not self.first:
            self.first = True
        _Line(line, self).read()


@dataclass(slots=True)
class _Line:
    text: str
    state: State
    at: int = 0
    word: str = ""
    plain: bool = True
    """Whether nothing of the word was quoted."""

    def read(self) -> None:
        while self.at < len(self.text):
            self._step(self.text[self.at])
        self._end_word()
        tail = self.text.rstrip()
        if not self.state.quote and not self.state.continued:
            self.state.continued = tail.endswith(("&&", "||", "|")) and not tail.startswith("#")

    def _step(self, sign: str) -> None:
        state = self.state
        if state.quote:
            if sign == "\\" and state.quote == '"':
                self.at += 1
                if self.at >= len(self.text):
                    return
            elif sign == state.quote:
                state.quote = ""
            self.at += 1
            return
        if sign == "\\":
            state.continued = self.at == len(self.text) - 1
            self.word, self.plain = self.word + "x", False
            self.at += 2
        elif sign in "'\"`":
            state.quote = sign
            self.word, self.plain = self.word + "x", False
            self.at += 1
        elif sign == "#" and not self.word:
            self.at = len(self.text)
        else:
            self._outside(sign)

    def _outside(self, sign: str) -> None:
        heredoc = _HEREDOC.match(self.text, self.at) if self.text.startswith("<<", self.at) else None
        separator = _SEPARATES.match(self.text, self.at)
        if self.text.startswith("<<<", self.at):
            self._end_word()
            self.at += 3
        elif heredoc:
            self._end_word()
            end = next(group for group in heredoc.groups()[2:] if group)
            self.state.heredocs.append((end, bool(heredoc[1])))
            self.at = heredoc.end()
        elif sign.isspace():
            self._end_word()
            self.at += 1
        elif self.text.startswith("$(", self.at) or (sign == "(" and self.state.first and not self.word):
            self._end_word()
            self.state.depth += 1
            self.state.parentheses += 1
            self.state.first = True
            self.at += 2 if sign == "$" else 1
        elif sign == ")":
            self._end_word()
            self._close_parenthesis()
            self.at += 1
        elif separator:
            self._end_word()
            self.state.first = True
            self.at = separator.end()
        else:
            self.word += sign
            self.at += 1

    def _close_parenthesis(self) -> None:
        """The end of `$(…)` or `(…)`; or of a pattern of `case`, or of a function's `name()`, which opened nothing."""
        state = self.state
        if state.parentheses:
            state.parentheses -= 1
            state.depth -= 1
        state.first = True

    def _end_word(self) -> None:
        word, plain = self.word, self.plain
        self.word, self.plain = "", True
        if not word:
            return
        state = self.state
        if plain and state.first and word in _OPENS:
            state.depth += 1
            state.first = word not in ("for", "case", "select", "[[")
        elif plain and word in _CLOSES and (state.first or word in ("]]", "}")):
            state.depth = max(0, state.depth - 1)
            state.first = False
        else:
            state.first = plain and word in ("then", "do", "else", "elif", "!", "time", "in")


def commands(text: str, first: int = 1) -> Iterator[Logical]:
    """The commands of a text, without comments and empty lines between them; `first` is the number of its first line."""
    state, kept, begun = State(), list[str](), first
    for number, line in enumerate(text.split("\n"), start=first):
        if not kept and (not line.strip() or line.lstrip().startswith("#")):
            continue
        if not kept:
            begun = number
        kept.append(line)
        state.feed(line)
        if not state.open:
            yield Logical("\n".join(kept).strip(), begun)
            state, kept = State(), []
    if kept:
        yield Logical("\n".join(kept).strip(), begun)
