"""A shell's script, by what it is called with: `sh -c TEXT`, `sh FILE`, or a file that is a script."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.network_programs.client_programs import CLIENTS
from runner.practice.containers.running_container import RunningContainer
from runner.practice.containers.script_structure import unfed_commands
from runner.practice.containers.shell_command_names import READERS

BIN_FOLDERS = ("", "/bin", "/usr/bin", "/sbin", "/usr/sbin")
SHELLS = frozenset({"sh", "bash", "ash", "dash"})
_SHEBANG = re.compile(rb"#!\s*(?:/usr)?/bin/(?:env\s+)?(sh|bash|ash|dash)\b[^\n]*")
_READS = (READERS | CLIENTS.keys() | {"."}) - {"select", "wget", "curl"}


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """`name` is what `$0` is; `argv` what the process table shows."""

    shell: str
    argv: tuple[str, ...]
    name: str
    text: str
    arguments: tuple[str, ...]
    options: str = ""

    @property
    def before(self) -> str:
        """Commands before the script: its options and arguments."""
        flags = [f"set -{letter}" for letter in self.options if letter in "eux"]
        return "; ".join([*flags, *([f"set -- {shlex.join(self.arguments)}"] if self.arguments else [])])

    @property
    def may_read(self) -> bool:
        """Whether it may read its input, as far as its words show."""
        return any(
            each.rpartition("/")[2] in _READS or each.rpartition("/")[0] not in BIN_FOLDERS
            for each in unfed_commands(self.text)
        )


def script_call(container: RunningContainer, argv: Sequence[str], cwd: str) -> ScriptCall | None:
    """None for a shell that reads its commands, and for a file that is no shell's script.

    Raises FileNotFoundError, PermissionError where a program is called that cannot be.
    """
    name = container.command_name(argv[0])
    if name not in SHELLS or name not in container.command_names:
        container.find_file(argv[0], cwd)
        return script_of_file(container, argv[0], argv[1:], cwd)
    options, rest = shell_options(argv[1:])
    if "c" in options:
        text, *more = rest or [""]
        return ScriptCall(name, tuple(argv), more[0] if more else argv[0], text, tuple(more[1:]), options)
    if not rest or "s" in options:
        return None
    path = rest[0] if "/" in rest[0] else f"./{rest[0]}"
    files = ContainerFiles(container, cwd)
    if not files.exists(path) or files.is_folder(path):
        return None  # bash says what is wrong
    text = files.read(path).decode("utf-8", "replace")
    return ScriptCall(name, tuple(argv), rest[0], text, tuple(rest[1:]), options)


def script_of_file(
    container: RunningContainer, path: str, arguments: Sequence[str], cwd: str
) -> ScriptCall | None:
    """None where it is none."""
    files = ContainerFiles(container, cwd)
    if not files.exists(path) or files.is_folder(path):
        return None
    content = files.read(path)
    found = _SHEBANG.match(content)
    if found is None and (content[:2] == b"#!" or b"\0" in content[:256]):
        return None
    shell = found[1].decode() if found else "sh"
    if shell not in container.command_names:
        return None
    text = content.decode("utf-8", "replace")
    return ScriptCall(shell, (shell, path, *arguments), path, text, tuple(arguments))


def shell_options(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The letters of the options before a shell's arguments, and what follows them."""
    letters, rest = "", list(arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-", "--"):
        option = rest.pop(0)
        if option == "-o" and rest:
            rest.pop(0)
        elif not option.startswith("--"):
            letters += option[1:]
        if "c" in letters:
            break
    if rest and rest[0] in ("-", "--"):
        rest.pop(0)
    return letters, rest
