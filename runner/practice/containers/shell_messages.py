"""What shells and commands say of an error, in the words of those that the image has.

bashkit words everything as bash and the GNU commands do; Debian's and Ubuntu's `sh` is dash, and the commands of busybox
and Alpine are busybox's.
"""

from __future__ import annotations

import re
from typing import Literal

from runner.practice.containers.running_container import RunningContainer

Dialect = Literal["bash", "dash", "busybox"]

_GUESS = re.compile(
    r"command not found\. Did you mean: [^\n]*\?$|command not found\. [A-Z][^\n]*$", re.MULTILINE
)
_SHELL = re.compile(r"^(?:bash|sh|ash|dash): (?:line (\d+): )?(.*)$", re.MULTILINE)

_DASH = (
    (re.compile(r"^(.*): command not found$"), r"\1: not found"),
    (re.compile(r"^cd: (.*): No such file or directory$"), r"cd: can't cd to \1"),
    (re.compile(r"^(/\S*|\./\S*): No such file or directory$"), r"\1: not found"),
    (re.compile(r"^(\S+): No such file or directory$"), r"cannot open \1: No such file"),
    (re.compile(r"^(\S+): filesystem is read-only$"), r"cannot create \1: Read-only file system"),
)
_ASH = (
    (re.compile(r"^(.*): command not found$"), r"\1: not found"),
    (re.compile(r"^cd: (.*): No such file or directory$"), r"cd: can't cd to \1: No such file or directory"),
    (re.compile(r"^(/\S*|\./\S*): No such file or directory$"), r"\1: not found"),
    (re.compile(r"^(\S+): No such file or directory$"), r"can't open \1: no such file"),
    (re.compile(r"^(\S+): filesystem is read-only$"), r"can't create \1: Read-only file system"),
)
_BUSYBOX = (
    (re.compile(r"^cat: (.+): No such file or directory$", re.MULTILINE), r"cat: can't open '\1': No such file or directory"),
    (re.compile(r"^(head|tail|wc|sort|md5sum|sha256sum|cut): (.+): No such file", re.MULTILINE), r"\1: \2: No such file"),
    (re.compile(r"^(rm): cannot remove '(.+)': ", re.MULTILINE), r"\1: can't remove '\2': "),
    (re.compile(r"^mkdir: cannot create directory '(.+)': ", re.MULTILINE), r"mkdir: can't create directory '\1': "),
    (re.compile(r"^touch: cannot touch '(.+)': ", re.MULTILINE), r"touch: \1: "),
    (re.compile(r"^cp: cannot stat '(.+)': ", re.MULTILINE), r"cp: can't stat '\1': "),
    (re.compile(r"^mv: cannot stat '(.+)': .*", re.MULTILINE), r"mv: can't rename '\1': No such file or directory"),
)  # fmt: skip
_READ_ONLY = re.compile(r"filesystem is read-only")
_CREATED = r"(?:>>?|>\|)\s*['\"]?"


class ShellMessages:
    """Rewrites what comes on a shell's standard error. `name` is what the shell was called by."""

    def __init__(self, dialect: Dialect, name: str, *, interactive: bool = False, gnu: bool = True) -> None:
        self._dialect, self._name, self._interactive, self._gnu = dialect, name, interactive, gnu
        self.script = ""
        """What runs: where a file could not be opened, it shows whether that was for writing."""

    def rewritten(self, data: bytes) -> bytes:
        text = _GUESS.sub("command not found", data.decode("utf-8", "surrogateescape"))
        text = _SHELL.sub(self._line, text)
        if not self._gnu:
            for pattern, words in _BUSYBOX:
                text = pattern.sub(words, text)
        text = _READ_ONLY.sub("Read-only file system", text)
        return text.encode("utf-8", "surrogateescape")

    def of_syntax(self, error: str) -> bytes:
        """The message for a script that cannot be read; `error` as bashkit words it."""
        found = re.match(r"parse error at line (\d+), column \d+: (.*)", error)
        line, words = (found[1], found[2]) if found else ("1", error)
        if self._dialect != "bash":
            words = words.replace(
                "syntax error: unexpected end of file", "Syntax error: end of file unexpected"
            )
            words = re.sub(
                r"syntax error near unexpected token `(.*)'", r'Syntax error: "\1" unexpected', words
            )
            words = re.sub(r"unexpected EOF.*", "Syntax error: Unterminated quoted string", words)
            if self._dialect == "busybox":
                words = words[:1].lower() + words[1:]
        return self._line_of(line, words).encode() + b"\n"

    def _line(self, found: re.Match[str]) -> str:
        line, words = found[1] or "1", found[2]
        path = words.partition(": ")[0]
        if self._dialect != "bash" and re.search(_CREATED + re.escape(path), self.script):
            missing = {
                "dash": "cannot create %s: Directory nonexistent",
                "busybox": "can't create %s: nonexistent directory",
            }
            if words.endswith("No such file or directory"):
                return self._line_of(line, missing[self._dialect] % path)
        table = {"bash": (), "dash": _DASH, "busybox": _ASH}[self._dialect]
        for pattern, replacement in table:
            if pattern.search(words):
                return self._line_of(line, pattern.sub(replacement, words))
        return self._line_of(line, words)

    def _line_of(self, line: str, words: str) -> str:
        if self._dialect == "busybox" or (self._dialect == "bash" and self._interactive):
            return f"{self._name}: {words}"
        return (
            f"{self._name}: {line}: {words}"
            if self._dialect == "dash"
            else f"{self._name}: line {line}: {words}"
        )


def dialect(container: RunningContainer, name: str) -> Dialect:
    """bash is bash everywhere; sh is busybox's, Debian's dash, or Red Hat's bash."""
    if container.image.shell == "sh":
        return "busybox"
    if name.rpartition("/")[2] == "bash" or "rhel" in container.image.os_release:
        return "bash"
    return "dash"
