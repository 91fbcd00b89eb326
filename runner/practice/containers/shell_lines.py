"""Whether what was typed so far is a whole command, or more lines must follow."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bashkit import Bash

_OPEN = ("unexpected end of file", "unexpected EOF", "unterminated")
_GOES_ON = re.compile(r"(?<!\\)(?:\\\\)*\\$|(?:&&|\|\||\|)\s*$")
_HEREDOC = re.compile(r"(?<!<)<<(-?)\s*(['\"]?)([A-Za-z_][\w.-]*)\2")


def is_open(bash: Bash, script: str) -> bool:
    """Whether it ends within a quote, a loop, a here-document, or after a word that another command follows."""
    from bashkit import BashError

    try:
        bash.analyze(script)
    except BashError as error:
        return any(words in str(error) for words in _OPEN)
    if _GOES_ON.search(script.removesuffix("\n")):
        return True
    return _has_open_heredoc(script)


def _has_open_heredoc(script: str) -> bool:
    wanted: list[tuple[str, bool]] = []
    for line in script.split("\n"):
        if wanted:
            word, tabs = wanted[0]
            if (line.lstrip("\t") if tabs else line) == word:
                wanted.pop(0)
            continue
        wanted = [(found[3], bool(found[1])) for found in _HEREDOC.finditer(line)]
    return bool(wanted)


def has_output_elsewhere(script: str) -> bool:
    """Whether what its commands write goes to a pipe or a file, so that programs see no terminal there."""
    before = ""
    for token in _tokens(script):
        if token in ("|", "|&", "&>", "&>>") or (token in (">", ">>", ">|") and before != "2"):
            return True
        before = token
    return False


def has_input_from_elsewhere(script: str, command: str) -> bool:
    """Whether a pipe or a file is that command's input, and not the person at the terminal."""
    tokens = _tokens(script)
    after_pipes = {word.rpartition("/")[2] for pipe, word in pairwise(tokens) if pipe in ("|", "|&")}
    return command in after_pipes or any(token in ("<", "<<", "<<<") for token in tokens)


def names_after_pipes(script: str) -> frozenset[str]:
    """Words that stand only behind pipes: commands that read what comes from there."""
    before = ""
    after: set[str] = set()
    elsewhere: set[str] = set()
    for token in _tokens(script):
        (after if before in ("|", "|&") else elsewhere).add(token)
        before = token
    return frozenset(after - elsewhere)


def _tokens(script: str) -> list[str]:
    """Words and operators, quoted words as one; nothing where a quote is open."""
    lexer = shlex.shlex(script, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        return list(lexer)
    except ValueError:
        return []
