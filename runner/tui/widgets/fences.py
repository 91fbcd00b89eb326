"""Fenced blocks of a lab's text: commands to be run, output as it was seen, drawings."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from textual.content import Content

from runner.authoring.imports.logical import commands
from runner.tui.widgets.anchors import Anchor, Kind, bearing
from runner.tui.widgets.rows import Block, Row

_SHELLS = frozenset({"sh", "bash", "shell", "zsh"})
_SESSIONS = frozenset({"console", "shell-session", "shellsession", "sh-session", "terminal"})
DIAGRAM = "diagram"
GROUND = "on $panel"
"""Behind what can be run."""
MORE = Content.styled("→", "$accent")
"""At the right end of a line that goes on."""


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of a block that belong together: a command line, or what is no command."""

    text: str
    command: bool


def parts(info: str, text: str, known: Collection[str] = ()) -> list[Part]:
    """A fenced block as commands and what stands between them. `known`: the step's commands, which need no mark.

    ```` ```sh ```` has a command on every line (or on several, as bash reads them); ```` ```console ```` has them behind
    `$`, and what they print. A block of no language is output, unless all of it is commands of the step.
    """
    text = text.rstrip("\n")
    if text.strip() in known:
        return [Part(text.strip(), command=True)]
    language = info.split(maxsplit=1)[0].lower() if info.split() else ""
    prompted = any(line.startswith("$ ") for line in text.split("\n"))
    if language in _SESSIONS or (language in _SHELLS and prompted):
        return list(_session(text))
    if language in _SHELLS or (not language and _all_known(text, known)):
        return list(_script(text))
    return list(_session(text)) if not language and text.startswith("$ ") else [Part(text, command=False)]


def _all_known(text: str, known: Collection[str]) -> bool:
    lines = {line.strip() for command in known for line in command.split("\n")}
    return bool(lines) and all(line.strip() in lines for line in text.split("\n") if line.strip())


def _script(text: str) -> Iterator[Part]:
    """Every line; comments stand alone."""
    lines, done = text.split("\n"), 0
    for command in commands(text):
        between = "\n".join(lines[done : command.line - 1])
        if between.strip():
            yield Part(between, command=False)
        yield Part(command.text, command=True)
        done = command.line - 1 + command.text.count("\n") + 1
    if rest := "\n".join(lines[done:]).strip("\n"):
        yield Part(rest, command=False)


def _session(text: str) -> Iterator[Part]:
    """A screen as one saw it: `$ command`, `> its second line`, what it printed."""
    kept: list[str] = []
    command = False
    for line in text.split("\n"):
        begins = line.startswith("$ ")
        if begins or (command and not _goes_on(kept, line)):
            if kept:
                yield Part("\n".join(kept), command)
            kept, command = [], begins
        kept.append(line[2:] if begins else line.removeprefix("> ") if command else line)
    if kept:
        yield Part("\n".join(kept), command)


def _goes_on(lines: list[str], line: str) -> bool:
    return line.startswith("> ") or lines[-1].endswith("\\")


def fenced(parts: list[Part], first: int) -> list[Block]:
    """The block's rows; its anchors are numbered from `first`."""
    made: list[Block] = []
    with_commands = any(part.command for part in parts)
    for number, part in enumerate(parts, start=first):
        if part.command:
            made += command_rows(part.text, number)
        elif part.text.strip():
            made.append(Unwrapped(part.text, number, GROUND if with_commands else "", bar=not with_commands))
    return made


def command_rows(command: str, number: int, mark: Content | None = None) -> list[Block]:
    """A command as it is typed: every line whole, folded where there is no room."""
    means = bearing(Anchor(Kind.COMMAND, number, command))
    made: list[Block] = []
    for at, line in enumerate(command.split("\n")):
        sign = Content.styled(" $ " if at == 0 else " > ", "bold $accent" if at == 0 else "$accent 60%")
        body = Content.styled(line or " ", "bold").stylize(means)
        made.append(Row(body, first=sign.stylize(means), rest=Content(" " * 5), fill=GROUND))
    return made


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """Lines that are never folded: cut at the right with →, and whole on a page of their own."""

    text: str
    number: int
    ground: str = ""
    bar: bool = True

    def lines(self, width: int) -> list[Content]:
        first = Content.styled("▏", "$foreground 35%") if self.bar else Content(" ")
        room = max(1, width - first.cell_length)
        rows = [Content.styled(line, "$foreground 80%") for line in self.text.split("\n")]
        cut = any(row.cell_length > room for row in rows)
        means = bearing(Anchor(Kind.OUTPUT, self.number, self.text))
        made = []
        for row in rows:
            line = first + (row if row.cell_length <= room else _cut(row, room))
            line = line.stylize(means) if cut else line
            if self.ground:
                line = line.pad_right(max(0, width - line.cell_length)).stylize_before(self.ground)
            made.append(line)
        return made


def _cut(row: Content, room: int) -> Content:
    left = row.truncate(max(0, room - 2))
    return left + Content(" " * (room - 1 - left.cell_length)) + MORE


@dataclass(frozen=True, slots=True)
class Drawing:
    """Drawn characters as their author placed them: never folded, cut as output is."""

    text: str
    number: int

    def lines(self, width: int) -> list[Content]:
        drawn = Unwrapped(_without_margin(self.text), self.number, bar=False)
        return [line.stylize_before("$foreground") for line in drawn.lines(width)]


def _without_margin(text: str) -> str:
    lines = text.strip("\n").split("\n")
    margin = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    return "\n".join(line[margin:] for line in lines)
