"""nginx's configuration as a tree of directives, read from a container's files as nginx reads it, with its errors."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.image_programs.nginx_directives import ANYWHERE, BLOCKS, DIRECTIVES, ONLY_IN

MOST_BYTES, MOST_FILES = 256 * 1024, 64
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|((?:\\.|\$\{\w+\}|[^\s;{}"'])(?:\\.|\$\{\w+\}|[^\s;{])*)"""
)


class ConfigError(Exception):
    """What nginx says after [emerg]."""


@dataclass(slots=True)
class Directive:
    """`name` with its arguments; `block` is None where it ends with a semicolon."""

    name: str
    args: list[str]
    file: str
    line: int
    block: list[Directive] | None = None

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}"

    def all(self, name: str) -> Iterator[Directive]:
        return (each for each in self.block or () if each.name == name)

    def first(self, name: str) -> list[str] | None:
        """The arguments of the last directive of that name, which is the one that counts."""
        found = [each.args for each in self.all(name)]
        return found[-1] if found else None


@dataclass(slots=True)
class _Reader:
    files: ContainerFiles
    read: list[str] = field(default_factory=list)

    def file(self, path: str, context: str) -> list[Directive]:
        if len(self.read) >= MOST_FILES:
            raise ConfigError(f'too many included files, the last one is "{path}"')
        try:
            text = self.files.read(path)[:MOST_BYTES].decode("utf-8", "replace")
        except IsADirectoryError:
            raise ConfigError(f'read() "{path}" failed (21: Is a directory)') from None
        except OSError:
            raise ConfigError(f'open() "{path}" failed (2: No such file or directory)') from None
        self.read.append(path)
        tokens = list(_tokens(text, path))
        found, at = self._block(tokens, 0, path, context, top=True)
        assert at == len(tokens)
        return found

    def _block(
        self, tokens: list[tuple[str, bool, int]], at: int, path: str, context: str, *, top: bool
    ) -> tuple[list[Directive], int]:
        found: list[Directive] = []
        words: list[str] = []
        line = 0
        while at < len(tokens):
            text, is_mark, number = tokens[at]
            at += 1
            if not is_mark:
                line = line or number
                words.append(text)
            elif text == ";":
                if not words:
                    raise ConfigError(f'unexpected ";" in {path}:{number}')
                found += self._simple(Directive(words[0], words[1:], path, number), context)
                words, line = [], 0
            elif text == "{":
                if not words:
                    raise ConfigError(f'unexpected "{{" in {path}:{number}')
                made = Directive(words[0], words[1:], path, number)
                _check(made, context, is_block=True)
                made.block, at = self._block(tokens, at, path, made.name, top=False)
                found.append(made)
                words, line = [], 0
            else:
                if words:
                    raise ConfigError(f'unexpected "}}" in {path}:{number}')
                if top:
                    raise ConfigError(f'unexpected "}}" in {path}:{number}')
                return found, at
        last = tokens[-1][2] if tokens else 1
        if words:
            raise ConfigError(f'unexpected end of file, expecting ";" or "}}" in {path}:{last + 1}')
        if not top:
            raise ConfigError(f'unexpected end of file, expecting "}}" in {path}:{last + 1}')
        return found, at

    def _simple(self, made: Directive, context: str) -> list[Directive]:
        _check(made, context, is_block=False)
        if made.name != "include":
            return [made]
        path = posixpath.join("/etc/nginx", made.args[0])
        if not any(mark in path for mark in "*?["):
            return self.file(path, context)
        folder, _, pattern = path.rpartition("/")
        names = self.files.names(folder) if self.files.is_folder(folder) else []
        return [
            each
            for name in names
            if fnmatch.fnmatchcase(name, pattern)
            and not (name.startswith(".") and not pattern.startswith("."))
            for each in self.file(f"{folder}/{name}", context)
        ]


def read_config(files: ContainerFiles, path: str, more: str = "") -> tuple[Directive, list[str]]:
    """(the main block, the files that were read). `more` is what -g gives. Raises ConfigError."""
    reader = _Reader(files)
    tokens = list(_tokens(more, "command line"))
    first, _ = reader._block(tokens, 0, "command line", "main", top=True)
    block = reader.file(path, "main")
    if not any(each.name == "events" for each in block):
        raise ConfigError('no "events" section in configuration')
    return Directive("main", [], path, 0, first + block), reader.read


def _tokens(text: str, path: str) -> Iterator[tuple[str, bool, int]]:
    """(word, whether it is one of ; { }, its line)"""
    at, line = 0, 1
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ConfigError(
                f'unexpected end of file, expecting ";" or "}}" in {path}:{text.count(chr(10)) + 1}'
            )
        line += text.count("\n", at, found.end())
        at = found.end()
        double, single, mark, word = found.groups()
        if mark:
            yield mark, True, line
        elif word is not None:
            yield word, False, line
        elif double is not None or single is not None:
            yield re.sub(r"\\(.)", _unescaped, double if double is not None else single), False, line


def _unescaped(found: re.Match[str]) -> str:
    return {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}.get(found[1], found[0])


def _check(made: Directive, context: str, *, is_block: bool) -> None:
    """As nginx checks a directive: known, allowed here, and ended as it must be."""
    if context in ("types", "map", "geo", "split_clients", "match"):
        return
    if made.name not in DIRECTIVES:
        raise ConfigError(f'unknown directive "{made.name}" in {made.place}')
    if context not in ONLY_IN.get(made.name, ANYWHERE) and not (
        made.name == "server" and context in ("upstream", "stream")
    ):
        raise ConfigError(f'"{made.name}" directive is not allowed here in {made.place}')
    if is_block and made.name not in BLOCKS:
        raise ConfigError(f'directive "{made.name}" is not terminated by ";" in {made.place}')
    if not is_block and made.name in BLOCKS and not (made.name == "server" and context == "upstream"):
        raise ConfigError(f'directive "{made.name}" has no opening "{{" in {made.place}')
    least, most = DIRECTIVES[made.name]
    if not least <= len(made.args) <= most:
        raise ConfigError(f'invalid number of arguments in "{made.name}" directive in {made.place}')


def arguments(blocks: Sequence[Directive], name: str) -> list[str] | None:
    """A directive's arguments in the innermost of nested blocks that has it."""
    for block in blocks:
        found = block.first(name)
        if found is not None:
            return found
    return None
