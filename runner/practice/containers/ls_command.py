"""ls, with owners, links and times, as the GNU one and busybox's show them."""

from __future__ import annotations

import posixpath
import time
from collections.abc import Sequence
from dataclasses import dataclass

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.image_tools import is_busybox

_OPTIONS = Options(
    "a/all A/almost-all l n/numeric-uid-gid h/human-readable R/recursive 1 t S r/reverse d/directory F/classify p i/inode "
    "s/size G g o c u L k C x f q Z color= full-time"
)
_TYPES = {"directory": "d", "symlink": "l", "fifo": "p", "file": "-"}
HALF_A_YEAR = 182 * 86400


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of ls."""

    name: str
    kind: str
    size: int
    mode: int
    modified: float
    target: str | None = None
    path: str = ""
    """From the root, links in it followed but for the last part."""

    @property
    def is_folder(self) -> bool:
        return self.kind == "directory"


def entry(files: ContainerFiles, path: str, name: str, *, follow: bool = False) -> Entry:
    """Raises OSError."""
    info, target = (files.stat(path), None) if follow else files.entry(path)
    size = 4096 if info["file_type"] == "directory" else info["size"]
    at = files.resolved(path) if target is None else files.place_of_link(path)
    return Entry(name, info["file_type"], size, info["mode"], info["modified"], target, at)


def mode_text(found: Entry) -> str:
    """drwxr-xr-x"""
    letters = "".join(letter if found.mode >> (8 - at) & 1 else "-" for at, letter in enumerate("rwxrwxrwx"))
    if found.mode & 0o1000:
        letters = letters[:-1] + ("t" if letters[-1] == "x" else "T")
    return _TYPES.get(found.kind, "-") + letters


def human(size: int) -> str:
    """4.0K, as ls -h and du -h have it."""
    amount, units = float(size), iter("KMGTP")
    unit = ""
    while amount >= 1024:
        amount, unit = amount / 1024, next(units)
    return f"{amount:.1f}{unit}" if unit and amount < 10 else f"{amount:.0f}{unit}"


async def ls(call: Invocation) -> int:
    try:
        given, operands = _OPTIONS.parse(list(call.argv[1:]))
    except OptionError as error:
        shown = error.option.lstrip("-")
        await call.error(
            f"ls: unrecognized option: {shown}\n" if is_busybox(call)
            else f"ls: invalid option -- '{shown}'\nTry 'ls --help' for more information.\n"
        )  # fmt: skip
        return 1 if is_busybox(call) else 2
    options = {name for name, _ in given}
    return await _Listing(call, options).show(operands or ["."])


class _Listing:
    def __init__(self, call: Invocation, options: set[str]) -> None:
        self._call, self._options = call, options
        self._files = ContainerFiles(call.container, call.cwd)
        self._long = bool(options & {"l", "numeric-uid-gid", "g", "o", "full-time"})
        self._code = 0

    async def show(self, operands: Sequence[str]) -> int:
        alone: list[Entry] = []
        folders: list[str] = []
        for path in operands:
            try:
                found = entry(
                    self._files,
                    path,
                    path,
                    follow=not self._long or path.endswith("/") or "L" in self._options,
                )
            except OSError as error:
                await self._fail(path, error)
                continue
            if found.is_folder and "directory" not in self._options:
                folders.append(path)
            else:
                alone.append(found)
        if alone:
            await self._print(self._sorted(alone))
        for number, path in enumerate(sorted(folders)):
            await self._folder(
                path, titled=len(operands) > 1 or "recursive" in self._options, first=not number and not alone
            )
        return self._code

    async def _folder(self, path: str, *, titled: bool, first: bool) -> None:
        found = []
        try:
            names = self._files.names(path)
        except OSError as error:
            await self._fail(path, error)
            return
        if "all" in self._options:
            names = [".", "..", *names]
        for name in names:
            if name.startswith(".") and not self._options & {"all", "almost-all", "f"}:
                continue
            try:
                found.append(
                    entry(self._files, posixpath.join(path, name), name, follow="L" in self._options)
                )
            except OSError as error:
                await self._fail(posixpath.join(path, name), error)
        if titled:
            await self._call.out(f"{'' if first else chr(10)}{path}:\n")
        if self._long or "size" in self._options:
            await self._call.out(f"total {self._total(found)}\n")
        await self._print(self._sorted(found))
        if "recursive" in self._options:
            for each in self._sorted(found):
                if each.is_folder and each.name not in (".", ".."):
                    await self._folder(posixpath.join(path, each.name), titled=True, first=False)

    def _total(self, found: Sequence[Entry]) -> str:
        blocks = sum(-(-each.size // 4096) * 4 for each in found if each.kind != "symlink")
        return human(blocks * 1024) if "human-readable" in self._options else str(blocks)

    def _sorted(self, found: Sequence[Entry]) -> list[Entry]:
        if "f" in self._options:
            return list(found)
        keys = {"t": lambda each: -each.modified, "S": lambda each: -each.size}
        order = sorted(
            found, key=lambda each: each.name.lstrip(".") if each.name not in (".", "..") else each.name
        )
        for letter, key in keys.items():
            if letter in self._options:
                order.sort(key=key)
        return order[::-1] if "reverse" in self._options else order

    async def _print(self, found: Sequence[Entry]) -> None:
        shown = [each.name + self._mark(each) for each in found]
        if self._long:
            await self._call.out("".join(self._lines(found)))
        elif self._call.terminal and "1" not in self._options and shown:
            await self._call.out(_columns(shown, self._call.terminal.columns))
        else:
            await self._call.out("".join(f"{name}\n" for name in shown))

    def _mark(self, found: Entry) -> str:
        if found.is_folder and self._options & {"classify", "p"}:
            return "/"
        if "classify" in self._options:
            return "@" if found.kind == "symlink" else "*" if found.mode & 0o111 else ""
        return ""

    def _lines(self, found: Sequence[Entry]) -> list[str]:
        numeric = "numeric-uid-gid" in self._options
        rows = []
        for each in found:
            user, group = self._call.container.owner(each.path, numeric=numeric)
            size = human(each.size) if "human-readable" in self._options else str(each.size)
            links = "2" if each.is_folder else "1"
            arrow = f" -> {each.target}" if each.target is not None else ""
            owner = [user] * ("g" not in self._options) + [group] * ("o" not in self._options)
            rows.append(
                (
                    [mode_text(each), links, *owner, size],
                    f"{_when(each.modified)} {each.name}{self._mark(each)}{arrow}",
                )
            )
        if not rows:
            return []
        count = len(rows[0][0])
        widths = [max(len(cells[column]) for cells, _ in rows) for column in range(count)]
        if is_busybox(self._call):
            widths = [
                10,
                *(max(width, least) for width, least in zip(widths[1:], [5, 8, 8, 9], strict=False)),
            ]
        lines = []
        for cells, rest in rows:
            padded = [
                text.ljust(width) if column == 0 or 2 <= column < count - 1 else text.rjust(width)
                for column, (text, width) in enumerate(zip(cells, widths, strict=True))
            ]
            lines.append(f"{' '.join(padded)} {rest}\n")
        return lines

    async def _fail(self, path: str, error: OSError) -> None:
        busybox = is_busybox(self._call)
        await self._call.error(
            f"ls: {path}: {error.strerror}\n"
            if busybox
            else f"ls: cannot access '{path}': {error.strerror}\n"
        )
        self._code = 1 if busybox else 2


def _when(moment: float) -> str:
    moment = moment or time.time()
    changed = time.localtime(moment)
    recent = 0 <= time.time() - moment < HALF_A_YEAR
    return time.strftime("%b %e %H:%M" if recent else "%b %e  %Y", changed)


def _columns(names: Sequence[str], width: int) -> str:
    """As wide as the terminal, down the columns."""
    for rows in range(1, len(names) + 1):
        columns = [names[at : at + rows] for at in range(0, len(names), rows)]
        widths = [max(map(len, column)) + 2 for column in columns]
        if sum(widths) - 2 <= width or rows == len(names):
            lines = (
                "".join(
                    column[row].ljust(size)
                    for column, size in zip(columns, widths, strict=True)
                    if row < len(column)
                )
                for row in range(rows)
            )
            return "".join(f"{line.rstrip()}\n" for line in lines)
    return ""


PROGRAMS: dict[str, Program] = {"ls": ls}
