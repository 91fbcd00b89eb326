"""Which commands of a script have their input from a pipe or a file in it, and not from whoever runs the script."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
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
HEREDOC = re.compile(r"(?<!<)<<(-?)\s*(['\"]?)([A-Za-z_][\w.-]*)\2")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[.*\])?\+?=")


@dataclass(slots=True)
class _Command:
    name: str
    word: str
    """The name as it is written, without quotes."""
    fed: bool
    begins: int
    """Its place in the script, with the assignments before it."""
    at: int = 0
    ends: int = 0
    """The places of its name, and behind it."""
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


def unfed_commands(script: str) -> frozenset[str]:
    """The commands, as they are written, that have whatever the script's caller gives as their input."""
    return frozenset(each.word for each in _Reader().read(script) if not each.fed)


def function_bodies(script: str) -> dict[str, str]:
    """The functions that a script defines, and what is between their braces."""
    found, bodies = tokens(without_heredocs(script)), dict[str, str]()
    for index, token in enumerate(found):
        if token.is_operator or token.text != "{":
            continue
        before = [each.text for each in found[max(0, index - 4) : index] if each.text != "\n"]
        if before[-2:] == ["(", ")"] and len(before) > 2:
            name = before[-3]
        elif before[-2:-1] == ["function"]:
            name = before[-1]
        else:
            continue
        depth = 0
        for end in found[index:]:
            depth += (end.text == "{") - (end.text == "}") if not end.is_operator else 0
            if not depth:
                bodies[name] = script[token.end : end.at]
                break
    return bodies


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


def with_no_input(script: str, names: Collection[str]) -> str:
    """The script with /dev/null as the input of these commands.

    What are functions for bashkit would wait for the end of the input before they begin, be it for nothing.
    """
    commands = _Reader().read(without_heredocs(script))
    found = [each for each in commands if each.word in names and not each.fed]
    ends = {each.ends for each in found if not script[each.ends :].lstrip(" \t").startswith("(")}
    for at in sorted(ends, reverse=True):
        script = f"{script[:at]} </dev/null{script[at:]}"
    return script


def with_scripts(script: str, scripts: Mapping[str, bool]) -> str:
    """The script with `__script` before the commands that are scripts; `scripts` says whether they may read."""
    commands = [each for each in _Reader().read(without_heredocs(script)) if each.word in scripts]
    for each in sorted(commands, key=lambda each: each.at, reverse=True):
        source = "" if scripts[each.word] else "</dev/null "
        script = f"{script[: each.at]}__script {source}{script[each.at :]}"
    return script


class _Reader:
    def __init__(self) -> None:
        self._commands: list[_Command] = []
        self._open: list[_Compound] = []
        self._current: _Command | _Compound | None = None
        """What an operator behind it belongs to; None where a command may begin."""
        self._piped = self._skips = False
        self._before = ""
        self._at = self._end = 0
        self._begins: int | None = None
        """Where the assignments before a command begin."""

    def read(self, script: str) -> list[_Command]:
        for token in tokens(script):
            word, self._at, self._end = token.text, token.at, token.end
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
            command = _Command(
                word.rpartition("/")[2], word, self._piped or self._is_fed(), begins, self._at, self._end
            )
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


def without_heredocs(script: str) -> str:
    """The same with comments for the lines of here-documents, every place as before."""
    lines, wanted = [], list[tuple[str, bool]]()
    for line in script.split("\n"):
        if wanted:
            word, tabs = wanted[0]
            if (line.lstrip("\t") if tabs else line) == word:
                wanted.pop(0)
            lines.append("#" * len(line))
            continue
        wanted = [(found[3], bool(found[1])) for found in HEREDOC.finditer(line)]
        lines.append(line)
    return "\n".join(lines)


def substituted(script: str, pattern: re.Pattern[str], by: Callable[[re.Match[str]], str]) -> str:
    """As `pattern.sub`, but the lines of here-documents stay as they are: they may be the text of a file."""
    parts, at = [], 0
    for found in pattern.finditer(without_heredocs(script)):
        parts += [script[at : found.start()], by(found)]
        at = found.end()
    return "".join([*parts, script[at:]])


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
