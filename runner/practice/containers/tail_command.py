"""tail, which can also follow a file that grows."""

from __future__ import annotations

import asyncio

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.network_programs.program_input import all_input

_OPTIONS = Options("n/lines= c/bytes= f/follow F q/quiet v/verbose s/sleep-interval= retry")
INTERVAL = 0.2
"""Seconds between two looks at a file that is followed."""


async def tail(call: Invocation) -> int:
    """tail [-n N | -n +N | -N] [-c N] [-f] [FILE…]"""
    words = [f"-n{word[1:]}" if word[:1] == "-" and word[1:].isdigit() else word for word in call.argv[1:]]
    try:
        given, paths = _OPTIONS.parse(words)
    except OptionError as error:
        await call.error(f"tail: invalid option -- '{error.option.lstrip('-')}'\n")
        return 1
    options = dict(given)
    if not paths or paths == ["-"]:
        await call.stdout(_end(await all_input(call), options))
        return 0
    files, code = ContainerFiles(call.container, call.cwd), 0
    sizes: dict[str, int] = {}
    for path in paths:
        try:
            content = files.read(path)
        except OSError as error:
            gnu = f"tail: cannot open '{path}' for reading: {error.strerror}\n"
            await call.error(f"tail: can't open '{path}': {error.strerror}\n" if is_busybox(call) else gnu)
            code = 1
            continue
        if len(paths) > 1:
            await call.out(f"{chr(10) if sizes else ''}==> {path} <==\n")
        sizes[path] = len(content)
        await call.stdout(_end(content, options))
    if options.keys() & {"follow", "F"} and sizes:
        await _follow(call, files, sizes)
    return code


def _end(content: bytes, options: dict[str, str]) -> bytes:
    unit, amount = (
        ("bytes", options["bytes"]) if "bytes" in options else ("lines", options.get("lines", "10"))
    )
    from_start = amount.startswith("+")
    count = int(amount.lstrip("+-")) if amount.lstrip("+-").isdigit() else 10
    if unit == "bytes":
        return content[count - 1 :] if from_start else content[max(0, len(content) - count) :]
    lines = content.splitlines(keepends=True)
    return b"".join(lines[max(0, count - 1) :] if from_start else lines[max(0, len(lines) - count) :])


async def _follow(call: Invocation, files: ContainerFiles, sizes: dict[str, int]) -> None:
    while True:
        await asyncio.sleep(INTERVAL)
        for path, before in sizes.items():
            if not files.exists(path) or files.stat(path)["size"] == before:
                continue
            content = files.read(path)
            await call.stdout(content[before:] if len(content) > before else content)
            sizes[path] = len(content)


PROGRAMS: dict[str, Program] = {"tail": tail}
