"""Text of others as plain text: what clusters, lab files, rosters and commands say, where lines are printed.

A log is read by people and by programs. Two kinds of programs act on lines: whoever looks for our verdicts, and the CI
system itself. GitHub's runner takes a line for a command to itself that begins with `::` behind any white space, and one
that has `##[` anywhere (actions/runner, ActionCommand.cs: TryParseV2 trims and asks StartsWith, TryParse asks IndexOf);
CR, LF and both end a line, on the standard output and on the error output alike. Azure Pipelines (`##vso[`) and TeamCity
(`##teamcity[`) do so too.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

_SEQUENCE = re.compile(
    r"""\x1b(?:
        \[[0-?]*[ -/]*[@-~]              # CSI: colours, cursor
      | [\]PX^_].{0,4096}?(?:\x07|\x1b\\)       # OSC, DCS and other strings
      | [ -/]+[0-~]                      # charset and the like
      | [0-OQ-WYZ`-~\\]                  # two characters
    )""",
    re.VERBOSE | re.DOTALL,
)
_UNSEEN = (
    "\xad\u034f\u061c\u115f\u1160\u3164\uffa0\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e01ef"
)
_LINES_AND_DIRECTION = "\u2028\u2029\u202a-\u202e"  # other line ends, and what turns the direction of writing
_HALVES = "\ud800-\udfff"  # of characters
_PICTURES = "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_CONTROL = re.compile(
    f"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{_UNSEEN}{_LINES_AND_DIRECTION}{_HALVES}]"
    f"|(?<![{_PICTURES}])\u200d"  # a joiner joins parts of a picture
)
_PASSED_OVER = "\u200d\ufe00-\ufe0f"  # by comparisons that go by a language's rules, as .NET's
_COMMAND_AT_ITS_BEGINNING = re.compile(f"^([\\s{_PASSED_OVER}]*):(?=[{_PASSED_OVER}]*:)")
_COMMAND_ANYWHERE = re.compile(r"##(?=\w*\[)")
_ENDS = re.compile(r"\s*[\r\n\t]\s*")
_LINE_END = re.compile(r"\r\n|\r|\n")
_MARKS = "✓✗!…·▸-"
_LIKE_A_VERDICT = re.compile(rf"^(?:[{_MARKS}](?:\s|$)|\d+/\d+ |(?:not )?ok\b|\[\d+/\d+\])")


def plain(text: str) -> str:
    """`text` without control sequences, control characters and invisible characters; line ends and tabs are kept."""
    return _CONTROL.sub("", _SEQUENCE.sub("", text))


def line(text: str, before: str = "") -> str:
    """`text` as one line behind `before`, that is no command to anybody, wherever in a line it is put."""
    return before + harmless(_ENDS.sub(" ", plain(text)).strip())


def opening(text: str) -> str:
    """As `line`, for where a line of ours begins with somebody else's text: it can't be taken for a verdict."""
    message = line(text)
    return f"| {message}" if _LIKE_A_VERDICT.match(message) else message


def block(text: str, before: str = "") -> str:
    """`text` as lines that each begin with `before` and a bar, indented as they were."""
    return "\n".join(f"{before}| {harmless(each.expandtabs())}".rstrip() for each in plain(text).splitlines())


def shown_command(command: str) -> str:
    """A command as it is shown before it runs, in one line or several; in a log none of them is more than text."""
    first, *rest = (each.expandtabs().rstrip() for each in plain(command).splitlines() or [""])
    return "\n".join([f"  $ {harmless(first)}", *(f"  > {harmless(each)}" for each in rest)])


def harmless(text: str) -> str:
    """One line that a CI system never takes for a command."""
    return _COMMAND_ANYWHERE.sub("# #", _COMMAND_AT_ITS_BEGINNING.sub(r"\1: ", text))


def page(text: str) -> str:
    """Lines that were put together of safe parts, each again such that it is no command as a whole."""
    return "\n".join(harmless(each) for each in _LINE_END.split(plain(text)))


class Block(str):
    """Several lines of our own in one value of a phrase: each of them is safe already, and the line ends are meant."""

    __slots__ = ()


def value(of: str) -> str:
    """A phrase's value in a sentence that is printed."""
    return of if isinstance(of, Block) else line(of)


def word(argument: str) -> str:
    """An argument as one word of a command that is offered to be copied into a shell: nothing of it is run there.

    What could not be seen or would not survive printing is written out (`$'\\x1b'`, as bash, zsh and ksh read it).
    """
    if argument.isprintable() and line(argument) == argument and argument:
        return shlex.quote(argument)
    if not argument:
        return "''"
    return "$'" + "".join(_written_out(sign) for sign in argument) + "'"


def command(words: Iterable[str]) -> str:
    """Words as a command to be copied."""
    return " ".join(word(each) for each in words)


def _written_out(sign: str) -> str:
    if sign in "\\'":
        return f"\\{sign}"
    if sign.isprintable() and plain(sign) == sign:
        return sign
    return "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", "surrogateescape"))
