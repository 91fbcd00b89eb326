"""Which parts of a script run in the background: what stands before an `&`, as the text of a job.

bashkit runs such a part, but keeps what it writes until it is over, and waits for it at the end of the script. So
those that can be found are taken out, and started as jobs of ours (`shell_jobs.py`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field

from runner.practice.containers.script_structure import Token, substituted, tokens, without_heredocs
from runner.practice.containers.shell_lines import has_open_heredoc

START = '__job=$(__start_job %s "$(declare -p; declare -f)" "$@" </dev/null)'
"""Starts a job with the script's variables and functions; `$!` is `__job` then."""
LAST_JOB = "${__job:-$!}"
_LAST_JOB = re.compile(r"\btrap\s+'[^']*'|'[^']*'|\"(?:\\.|[^\"\\])*\"|\\.|\$!|\$\{!\}", re.DOTALL)
_IN_QUOTES = re.compile(r"\\.|\$!|\$\{!\}", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*(\[[^]]*\])?\+?=")
_ENDS = frozenset({";", "\n", ";;", ";&", ";;&"})
_OPEN = frozenset({"if", "while", "until", "{"})
_OPEN_WITH_WORDS = frozenset({"for", "case", "select"})
_WITHIN = frozenset({"do", "then", "else", "elif", "in"})
_CLOSE = frozenset({"done", "fi", "esac", "}"})
_INPUT = frozenset({"<", "<<", "<<-", "<<<", "<&", "<>"})
_OUTPUT = frozenset({">", ">>", ">&", "&>", "&>>", ">|"})


@dataclass(frozen=True, slots=True)
class _Found:
    begins: int
    ends: int
    """The place of the `&`."""
    after: int
    """The place behind it."""
    separator: str
    """What must stand behind the command that starts it."""


@dataclass(slots=True)
class _Level:
    """A script, or a loop, group, subshell of it."""

    opened_by: str = ""
    output_elsewhere: bool = False
    """Whether what it writes is read by something of the script, as in `$(…)`."""
    begins: int | None = None
    """Where the list begins that the next `&` puts into the background."""
    found: list[_Found] = field(default_factory=list)


def with_jobs(script: str, is_whole: Callable[[str], bool]) -> str:
    """The script with its background parts as jobs, and `$!` as the last one's process; as it was where nothing is clear.

    `is_whole` says whether a text is a script that can be read.
    """
    if "$!" in script or "${!}" in script:
        script = substituted(script, _LAST_JOB, _last_job)
    if "&" not in script:
        return script
    changed = script
    for each in reversed(_Lists().read(without_heredocs(script))):
        text = script[each.begins : each.ends].strip()
        if is_whole(text) and not has_open_heredoc(text):
            changed = (
                f"{changed[: each.begins]}{START % shlex.quote(text)}{each.separator}{changed[each.after :]}"
            )
    return changed if changed != script and is_whole(changed) else script


def _last_job(found: re.Match[str]) -> str:
    text = found[0]
    if text in ("$!", "${!}"):
        return LAST_JOB
    if text.startswith(('"', "trap")):
        return _IN_QUOTES.sub(lambda part: LAST_JOB if part[0] in ("$!", "${!}") else part[0], text)
    return text


class _Lists:
    """Reads a script by its words and operators."""

    def __init__(self) -> None:
        self._levels = [_Level()]
        self._closed: list[_Found] = []
        """Of the compound command that has just been closed: a redirection or a pipe behind it takes what they write."""
        self._may_begin = True
        """Whether a command may begin with the next word."""
        self._skips = self._in_test = self._names_function = False

    def read(self, script: str) -> list[_Found]:
        """Those that are within no other one, by their places."""
        all_ = [*tokens(script)]
        for index, token in enumerate(all_):
            before = all_[index - 1] if index else None
            after = all_[index + 1] if index + 1 < len(all_) else None
            if self._in_test:
                self._in_test = token.text != "]]"
            elif token.is_operator:
                self._operator(token, before, after)
            else:
                self._word(token)
        return sorted(self._levels[0].found, key=lambda each: each.begins)

    def _operator(self, token: Token, before: Token | None, after: Token | None) -> None:
        level, text = self._levels[-1], token.text
        if text in _ENDS:
            level.begins, self._closed = None, []
            self._may_begin = True
        elif text == "&":
            if level.begins is not None:
                level.found = [each for each in level.found if each.begins < level.begins]
                level.found.append(_Found(level.begins, token.at, token.end, _separator(after)))
            level.begins, self._closed = None, []
            self._may_begin = True
        elif text in ("|", "|&", "&&", "||"):
            if text in ("|", "|&"):
                self._take_back()
            self._closed = []
            self._may_begin = True
        elif text in _OUTPUT or text in _INPUT:
            if text in _OUTPUT:
                self._take_back()
            self._skips = True
        elif text == "(":
            self._open_parenthesis(token, before, after)
        else:
            self._close("(")

    def _open_parenthesis(self, token: Token, before: Token | None, after: Token | None) -> None:
        adjacent = before is not None and before.end == token.at
        elsewhere = adjacent and before is not None and before.text[-1:] in ("$", "<", ">")
        if after is not None and after.text == ")" and not self._may_begin:
            self._names_function = True  # f() { … }
            return
        if (adjacent and before is not None and before.text == "(") or (
            after is not None and after.text == "(" and after.at == token.end
        ):
            elsewhere = True  # ((…))
        self._open("(", token.at, elsewhere)

    def _word(self, token: Token) -> None:
        level, text = self._levels[-1], token.text
        if self._skips:
            self._skips = False
        elif self._names_function:
            self._names_function, self._may_begin = False, True
            if text == "{":
                self._word(token)
        elif not self._may_begin:
            self._may_begin = (
                level.opened_by in _OPEN_WITH_WORDS and text == "in" and level.opened_by == "case"
            )
            if self._may_begin:
                level.begins = None
        elif text in _OPEN or text in _OPEN_WITH_WORDS:
            self._open(text, token.at, False)
            self._may_begin = text in _OPEN
        elif text in _WITHIN:
            level.begins = None
        elif text in _CLOSE:
            self._close(text)
        else:
            if level.begins is None:
                level.begins = token.at
            self._in_test = text == "[["
            self._names_function = text == "function"
            self._may_begin = text in ("!", "time") or bool(_ASSIGNMENT.match(text))

    def _open(self, text: str, at: int, elsewhere: bool) -> None:
        level = self._levels[-1]
        if level.begins is None:
            level.begins = at
        self._levels.append(_Level(text, elsewhere))
        self._closed, self._may_begin, self._skips = [], True, False

    def _close(self, text: str) -> None:
        """The innermost one; a `)` of a pattern of `case` closes nothing."""
        level = self._levels[-1]
        if len(self._levels) == 1 or (text == "(" and level.opened_by != "("):
            level.begins, self._may_begin = None, True
            return
        self._levels.pop()
        self._closed = [] if level.output_elsewhere else level.found
        self._levels[-1].found += self._closed
        self._may_begin = False

    def _take_back(self) -> None:
        level = self._levels[-1]
        level.found = [each for each in level.found if each not in self._closed]


def _separator(after: Token | None) -> str:
    """What to put in the place of an `&` before that."""
    if after is None or (after.is_operator and after.text in (*_ENDS, ")")):
        return ""
    return ";"
