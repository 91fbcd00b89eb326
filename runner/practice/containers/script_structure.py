"""Which commands of a script have their input from a pipe or a file in it, and not from whoever runs the script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_OPERATOR = re.compile(r"&&|\|\||\|&|;;&|;&|;;|<<<|<<-|<<|>>|<&|>&|&>>|&>|<>|>\||[|;&\n()<>]")
_SPACE = re.compile(r"(?:[ \t\r]|\\\n|(?<![^\s;])#[^\n]*)+")
_WORD = re.compile(
    r"""(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|\$\(\((?:[^()]|\([^()]*\))*\)\)|`[^`]*`|[^\s;|&()<>'"\\`])+""",
    re.DOTALL,
)
_QUOTES = re.compile(r"""'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)""", re.DOTALL)
_ENDS = frozenset({";", "\n", "&", "&&", "||", ";;", ";&", ";;&"})
_INPUT = frozenset({"<", "<<", "<<-", "<<<", "<&", "<>"})
_OUTPUT = frozenset({">", ">>", ">&", "&>", "&>>", ">|"})
_OPEN = frozenset({"while", "until", "if", "{"})
_OPEN_WITH_WORDS = frozenset({"for", "case", "select"})
_CLOSE = frozenset({"done", "fi", "esac", "}"})
_BEFORE_A_COMMAND = frozenset({"do", "then", "else", "elif", "!", "time"})
_HEREDOC = re.compile(r"(?<!<)<<(?!<)")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=")


@dataclass(slots=True)
class _Command:
    name: str
    fed: bool
    begins: int
    """Its place in the script, with the assignments before it."""
    is_first: bool = False
    """Whether the output of it goes into a pipe, and its input comes from none."""


@dataclass(slots=True)
class _Compound:
    """A loop, a group, a subshell, a substitution: what is in it, and what it is an argument of."""

    word: str
    fed: bool
    commands: list[_Command] = field(default_factory=list)
    argument_of: _Command | None = None
    begins: int | None = None
    """Where an assignment begins that it is the value of."""

    def feed(self) -> None:
        for command in self.commands:
            command.fed = True


def fed_commands(script: str) -> frozenset[str]:
    """Names of commands that never read what the script's caller gives: wherever they stand something else is their input.

    An approximation, by words and operators: what is within double quotes is not looked into, and counts as not fed.
    """
    commands = _Reader().read(script)
    return frozenset(each.name for each in commands if each.fed) - {
        each.name for each in commands if not each.fed
    }


def kept_apart(script: str, readers: frozenset[str]) -> str:
    """The script with a command that writes nothing before its pipelines, but for those that begin with a reader.

    Within a loop whose input comes from a pipe bashkit lets the second command of a pipeline read what is for the loop,
    unless the first one is a command of ours.
    """
    if _HEREDOC.search(script) or "read" not in script:
        return script
    begins = {each.begins for each in _Reader().read(script) if each.is_first and each.name not in readers}
    for at in sorted(begins, reverse=True):
        script = f"{script[:at]}__nothing | {script[at:]}"
    return script


class _Reader:
    def __init__(self) -> None:
        self._commands: list[_Command] = []
        self._open: list[_Compound] = []
        self._current: _Command | _Compound | None = None
        """What an operator behind it belongs to; None where a command may begin."""
        self._piped = self._skips = False
        self._before = ""
        self._at = 0
        self._begins: int | None = None
        """Where the assignments before a command begin."""

    def read(self, script: str) -> list[_Command]:
        for token in tokens(script):
            word, self._at = token.text, token.at
            if token.is_operator:
                self._operator(word)
            elif self._skips:
                self._skips = False
            elif self._current is None:
                self._word(word)
            if word != "\n" or self._before not in ("|", "|&"):
                self._before = word
        return self._commands

    def _operator(self, word: str) -> None:
        if word == "\n" and self._before in ("|", "|&", "\n"):
            pass  # the command goes on, or has not begun
        elif word in _ENDS:
            self._begins = None
            self._current, self._piped = None, False
        elif word in ("|", "|&"):
            if isinstance(self._current, _Command) and not self._piped:
                self._current.is_first = True
            self._current, self._piped = None, True
        elif word in _INPUT:
            if isinstance(self._current, _Command):
                self._current.fed = True
            elif self._current is not None:
                self._current.feed()
            self._skips = True
        elif word in _OUTPUT:
            self._skips = True
        elif word == "(":
            self._open_compound("(")
        else:
            self._close("(")

    def _word(self, word: str) -> None:
        if word in _OPEN or word in _OPEN_WITH_WORDS:
            self._open_compound(word)
            if word in _OPEN_WITH_WORDS:
                self._current = self._open[-1]
        elif word in _CLOSE:
            self._close(word)
        elif _ASSIGNMENT.match(word):
            self._begins = self._at if self._begins is None else self._begins
        elif word not in _BEFORE_A_COMMAND:
            begins = self._at if self._begins is None else self._begins
            command = _Command(word.rpartition("/")[2], self._piped or self._is_fed(), begins)
            self._begins = None
            self._commands.append(command)
            for each in self._open:
                each.commands.append(command)
            self._current = command

    def _is_fed(self) -> bool:
        return bool(self._open) and self._open[-1].fed

    def _open_compound(self, word: str) -> None:
        argument_of = self._current if isinstance(self._current, _Command) else None
        self._open.append(
            _Compound(word, self._piped or self._is_fed(), argument_of=argument_of, begins=self._begins)
        )
        self._begins = None
        self._current, self._piped = None, False

    def _close(self, word: str) -> None:
        """The innermost one; a `)` of a pattern of `case` closes nothing."""
        if word == "(" and (not self._open or self._open[-1].word != "("):
            self._current = None
        elif self._open:
            closed = self._open.pop()
            self._begins = closed.begins
            self._current = None if closed.begins is not None else closed.argument_of or closed


@dataclass(frozen=True, slots=True)
class Token:
    """A word, without its quotes, or an operator; a line's end is one."""

    text: str
    at: int
    end: int
    is_operator: bool


def words(script: str) -> Iterator[str]:
    """Words and operators, a quoted word as one, a line's end as an operator; nothing where a quote is open."""
    return (token.text for token in tokens(script))


def tokens(script: str) -> list[Token]:
    """The same, with their places."""
    found, at = [], 0
    while at < len(script):
        match = _SPACE.match(script, at) or _OPERATOR.match(script, at) or _WORD.match(script, at)
        if match is None:
            return []
        if match.re is _OPERATOR:
            found.append(Token(match[0], at, match.end(), True))
        elif match.re is _WORD:
            text = _QUOTES.sub(lambda part: part[1] or part[2] or part[3] or "", match[0])
            found.append(Token(text, at, match.end(), False))
        at = match.end()
    return found
