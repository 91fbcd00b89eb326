"""vi, vim, less, more and watch at a terminal.

The editor and the pagers are bashkit's. They live in a terminal of its own kind with files of its own: it is lent the
container's, and what was written goes back.
"""

from __future__ import annotations

import posixpath
import shlex
import time
from typing import TYPE_CHECKING

from runner.practice.containers.byte_streams import Nothing
from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.standard_streams import Streams
from runner.practice.containers.standard_streams import Terminal as Screen
from runner.practice.containers.terminal_keys import Keys, keys_of

if TYPE_CHECKING:
    from bashkit import FileSystem, Terminal

_BEGIN, _END = b"\x1b[?1049h", b"\x1b[?1049l"
"""Of the alternate screen: outside of it is the prompt of a shell that nobody is to see."""
_PAGED = "/tmp/standard-input"  # noqa: S108


async def edit(call: Invocation) -> int:
    """vi [FILE…]"""
    if call.terminal is None:
        await call.error(f"{call.name}: not a terminal: use kubectl exec -it\n")
        return 1
    return await _on_screen(call, call.terminal, "vi", None)


async def page(call: Invocation) -> int:
    """less [FILE…], more [FILE…]: without a terminal what cat does."""
    operands = [word for word in call.argv[1:] if not word.startswith(("-", "+"))]
    text = None
    if not operands:
        text = b""
        while (piece := await call.stdin.read()) is not None:
            text += piece
    if call.terminal is not None:
        return await _on_screen(call, call.terminal, call.name, text)
    files, code = ContainerFiles(call.container, call.cwd), 0
    for path in operands:
        try:
            await call.stdout(files.read(path))
        except OSError as error:
            await call.error(f"{call.name}: {path}: {error.strerror}\n")
            code = 1
    if text:
        await call.stdout(text)
    return code


async def _on_screen(call: Invocation, screen: Screen, program: str, text: bytes | None) -> int:
    from bashkit import Terminal

    terminal = Terminal(screen.rows, screen.columns)
    own, lent = ContainerFiles(call.container, call.cwd), terminal.fs()
    words = [program, *(word for word in call.argv[1:] if word.startswith(("-", "+")))]
    for operand in [word for word in call.argv[1:] if not word.startswith(("-", "+"))]:
        path = posixpath.normpath(posixpath.join(call.cwd, operand))
        words.append(path)
        lent.mkdir(posixpath.dirname(path), recursive=True)
        if own.exists(path) and not own.is_folder(path):
            lent.write_file(path, own.read(path))
    if text is not None:
        lent.mkdir(posixpath.dirname(_PAGED), recursive=True)
        lent.write_file(_PAGED, text)
        words.append(_PAGED)
    before = _files(lent)
    terminal.run_until_idle(1)
    terminal.take_output()
    terminal.send(f"cd {shlex.quote(call.cwd)} 2>/dev/null; clear; {shlex.join(words)}\r")
    with keys_of(screen) as keys:
        rest = await _talk(call, screen, terminal, keys)
    assert screen.discipline is not None
    await screen.discipline.typed(rest)
    try:
        for path, content in _files(lent).items():
            if before.get(path) != content and path != _PAGED:
                own.write(path, content)
    except OSError as error:
        await call.error(f"{call.name}: {error.filename or 'file'}: {error.strerror}\n")
        return 1
    return 0


async def _talk(call: Invocation, screen: Screen, terminal: Terminal, keys: Keys) -> bytes:
    """Pass keys and pictures on until the program has ended; gives the keys that nobody took."""

    def resize() -> None:
        terminal.resize(screen.rows, screen.columns)
        keys.put(b"\x0c")

    screen.resized.append(resize)
    waiting, begun = b"", False
    try:
        while True:
            terminal.run_until_idle(1)
            shown = terminal.take_output()
            if not begun and _BEGIN in shown:
                begun, shown = True, shown[shown.index(_BEGIN) :]
            over = terminal.activity()["state"] != "running"
            if begun:
                cut = shown.find(_END)
                await call.stdout(shown if cut < 0 else shown[: cut + len(_END)])
            elif over:
                lines = shown.split(b"\r\n")[1:-1]
                await call.stdout(b"".join(line + b"\r\n" for line in lines))
            if over:
                return waiting
            if not waiting:
                waiting = await keys.next() or b""
                if not waiting:
                    return b""  # hung up
            key, end, waiting = waiting.partition(b"\r")
            terminal.send(key + end)
    finally:
        screen.resized.remove(resize)


def _files(files: FileSystem, folder: str = "") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for entry in files.read_dir(folder or "/"):
        path = f"{folder}/{entry['name']}"
        kind = entry["metadata"]["file_type"]
        if kind == "directory" and path not in ("/dev", "/proc"):
            found |= _files(files, path)
        elif kind == "file":
            found[path] = files.read_file(path)
    return found


async def watch(call: Invocation) -> int:
    """watch [-n SECONDS] [-t] COMMAND…, until Ctrl-C"""
    words, seconds, titled = list(call.argv[1:]), 2.0, True
    while words and words[0].startswith("-"):
        option = words.pop(0)
        if option in ("-n", "--interval") and words:
            option += words.pop(0)
        if option.startswith(("-n", "--interval")):
            try:
                seconds = max(0.1, float(option.removeprefix("--interval").removeprefix("-n").lstrip("=")))
            except ValueError:
                await call.error(f"watch: failed to parse argument: '{option}'\n")
                return 1
        elif option in ("-t", "--no-title"):
            titled = False
    if not words:
        await call.error("Usage: watch [-n SEC] [-t] PROG ARGS\n")
        return 1
    if call.terminal is None:
        await call.error("watch: not a terminal: use kubectl exec -it\n")
        return 1
    command = " ".join(words)
    with keys_of(call.terminal) as keys:
        while True:
            shown = bytearray()

            async def show(data: bytes, shown: bytearray = shown) -> None:
                shown.extend(data)

            await call.container.exec(["sh", "-c", command], Streams(Nothing(), show, show))
            lines = shown.decode("utf-8", "replace").split("\n")
            if titled:
                name = f"Every {seconds:.1f}s: {command}"
                when = (
                    f"{call.container.pod.hostname}: {time.strftime('%a %b %e %H:%M:%S %Y', time.gmtime())}"
                )
                lines = [name + when.rjust(call.terminal.columns - len(name)), "", *lines]
            picture = [line[: call.terminal.columns] for line in lines[: call.terminal.rows - 1]]
            await call.out("\x1b[H\x1b[J" + "\r\n".join(picture))
            if await keys.ended(seconds):
                await call.out("\r\n")
                return 0


PROGRAMS: dict[str, Program] = {"vi": edit, "vim": edit, "less": page, "more": page, "watch": watch}
