"""stat, du and fallocate: what files are, and how much room they take."""

from __future__ import annotations

import posixpath
import re
import time
import zlib
from collections.abc import Iterator

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.ls_command import Entry, entry, human, mode_text
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.image_tools import is_busybox

_KINDS = {"directory": "directory", "symlink": "symbolic link", "fifo": "fifo"}
_STAT = Options("c/format= printf= L/dereference t/terse f/file-system")
_DU = Options("s/summarize h/human-readable a/all c/total d/max-depth= k m b/bytes x H L S")
_FALLOCATE = Options("l/length= o/offset= n/keep-size x/posix v/verbose")
_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


async def stat(call: Invocation) -> int:
    """stat [-c FORMAT | --printf FORMAT] [-L] FILE…"""
    try:
        given, operands = _STAT.parse(list(call.argv[1:]))
    except OptionError as error:
        await call.error(f"stat: invalid option -- '{error.option.lstrip('-')}'\n")
        return 1
    options = dict(given)
    files, code = ContainerFiles(call.container, call.cwd), 0 if operands else 1
    if not operands:
        await call.error("stat: missing operand\n")
    for path in operands:
        try:
            found = entry(files, path, path, follow="dereference" in options)
        except OSError as error:
            words = (
                f"can't stat '{path}': {error.strerror}"
                if is_busybox(call)
                else (f"cannot statx '{path}': {error.strerror}")
            )
            await call.error(f"stat: {words}\n")
            code = 1
            continue
        if "format" in options:
            await call.out(_filled(call, found, options["format"]) + "\n")
        elif "printf" in options:
            text = options["printf"].replace("\\n", "\n").replace("\\t", "\t")
            await call.out(_filled(call, found, text))
        else:
            await call.out(_described(call, found))
    return code


def _values(call: Invocation, found: Entry) -> dict[str, str]:
    user, group = call.container.owner(found.path)
    uid, gid = call.container.owner(found.path, numeric=True)
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found.modified))
    moment += f".{int(found.modified % 1 * 10**9):09d} +0000"
    kind = _KINDS.get(found.kind, "regular file" if found.size else "regular empty file")
    values = {
        "n": found.name, "N": f"'{found.name}'", "s": str(found.size), "F": kind, "a": f"{found.mode:o}",
        "A": mode_text(found), "U": user, "G": group, "u": uid, "g": gid, "h": "2" if found.is_folder else "1",
        "b": str(-(-found.size // 4096) * 8), "B": "512", "o": "4096", "i": str(zlib.crc32(found.path.encode()) % 10**7),
        "d": "45", "D": "2d", "t": "0", "T": "0", "m": "/", "f": f"{_TYPE_BITS.get(found.kind, 0o100000) | found.mode:x}",
        "w": "-", "W": "0",
    }  # fmt: skip
    if found.target is not None:
        values["N"] = f"'{found.name}' -> '{found.target}'"
    return values | dict.fromkeys("xyz", moment) | dict.fromkeys("XYZ", str(int(found.modified)))


_TYPE_BITS = {"directory": 0o040000, "symlink": 0o120000, "fifo": 0o010000}


def _filled(call: Invocation, found: Entry, text: str) -> str:
    values = _values(call, found) | {"%": "%"}
    return re.sub(r"%(-?\d*)([a-zA-Z%])", lambda part: _padded(values.get(part[2], "?"), part[1]), text)


def _padded(text: str, width: str) -> str:
    if not width or width == "-":
        return text
    return text.ljust(-int(width)) if width.startswith("-") else text.rjust(int(width))


def _described(call: Invocation, found: Entry) -> str:
    named = "%N" if found.target is not None else "%n"
    shape = (
        f"  File: {named.replace('%N', found.name + ' -> ' + str(found.target))}\n"
        "  Size: %-15s\tBlocks: %-10b IO Block: %-6o %F\n"
        f"Device: {'%Dh/%dd' if is_busybox(call) else '0,%d'}\tInode: %-11i Links: %h\n"
        f"Access: ({found.mode:04o}/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\n"
        "Access: %x\nModify: %y\nChange: %z\n" + ("" if is_busybox(call) else " Birth: -\n")
    )
    return _filled(call, found, shape)


async def du(call: Invocation) -> int:
    """du [-s] [-h|-k|-m|-b] [-a] [-c] [-d DEPTH] [PATH…]: blocks of 4 KiB, as most file systems have them."""
    try:
        given, operands = _DU.parse(list(call.argv[1:]))
    except OptionError as error:
        await call.error(f"du: invalid option -- '{error.option.lstrip('-')}'\n")
        return 1
    options = dict(given)
    deepest = int(options["max-depth"]) if options.get("max-depth", "").isdigit() else 10**6
    if "summarize" in options:
        deepest = 0
    files, code, total = ContainerFiles(call.container, call.cwd), 0, 0
    for path in operands or ["."]:
        try:
            lines = list(_used(files, path, 0, apparent="bytes" in options))
        except OSError as error:
            await call.error(
                f"du: {path}: {error.strerror}\n"
                if is_busybox(call)
                else f"du: cannot access '{path}': {error.strerror}\n"
            )
            code = 1
            continue
        total += lines[-1][1]
        for depth, size, name, is_folder in lines:
            if depth <= deepest and (is_folder or depth == 0 or "all" in options):
                await call.out(f"{_amount(size, options)}\t{name}\n")
    if "total" in options:
        await call.out(f"{_amount(total, options)}\ttotal\n")
    return code


def _used(
    files: ContainerFiles, path: str, depth: int, *, apparent: bool
) -> Iterator[tuple[int, int, str, bool]]:
    """(depth, bytes, path, whether it is a folder), what is in a folder before the folder itself."""
    found = entry(files, path, path, follow=depth == 0)
    size = found.size if apparent else -(-found.size // 4096) * 4096
    if found.is_folder:
        for name in files.names(path):
            for line in _used(files, posixpath.join(path, name), depth + 1, apparent=apparent):
                size += line[1] if line[0] == depth + 1 else 0
                yield line
    yield depth, size, path, found.is_folder


def _amount(size: int, options: dict[str, str]) -> str:
    if "human-readable" in options:
        return human(size)
    unit = 1 if "bytes" in options else 1024**2 if "m" in options else 1024
    return str(-(-size // unit))


async def fallocate(call: Invocation) -> int:
    """fallocate -l SIZE FILE"""
    try:
        given, operands = _FALLOCATE.parse(list(call.argv[1:]))
    except OptionError as error:
        await call.error(f"fallocate: invalid option -- '{error.option.lstrip('-')}'\n")
        return 1
    found = re.fullmatch(r"(\d+)([kmg]?)i?b?", dict(given).get("length", "").lower())
    if found is None or not operands:
        what = "no length argument" if operands else "no filename"
        await call.error(f"fallocate: {what} specified\n")
        return 1
    files = ContainerFiles(call.container, call.cwd)
    size = int(found[1]) * _UNITS[found[2]]
    try:
        before = files.stat(operands[0])["size"] if files.exists(operands[0]) else 0
        if before == 0:
            files.write(operands[0], b"")
        while before < size:
            piece = min(size - before, 1 << 20)
            files.append(operands[0], bytes(piece))
            before += piece
    except OSError as error:
        await call.error(f"fallocate: fallocate failed: {error.strerror}\n")
        return 1
    return 0


PROGRAMS: dict[str, Program] = {"stat": stat, "du": du, "fallocate": fallocate}
