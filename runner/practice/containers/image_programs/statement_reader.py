"""Statements of SQL, one after the other, from text or from somebody at a prompt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from runner.practice.containers.byte_streams import Source
from runner.practice.containers.container_program import Invocation


class LineReader:
    """Lines of a source, without their ends."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rest = b""

    async def line(self) -> str | None:
        """The next line; None at the end."""
        while b"\n" not in self._rest:
            piece = await self._source.read()
            if piece is None:
                left, self._rest = self._rest, b""
                return left.decode("utf-8", "replace") if left else None
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")


async def secret_line(call: Invocation, reader: LineReader, prompt: str) -> str:
    """A password; a terminal does not show it."""
    await call.out(prompt)
    terminal = call.terminal
    if terminal is None or terminal.discipline is None:
        return await reader.line() or ""
    with terminal.discipline.without_echo():
        line = await reader.line()
    await call.out("\n")
    return line or ""


class Prompt(Protocol):
    async def __call__(self, continued: str) -> None:
        """Show the prompt; `continued` is what is begun: "" or the mark of what is open (' \" ` or -)."""
        ...


def split_statements(text: str, ends: tuple[str, ...] = (";",)) -> tuple[list[tuple[str, str]], str, str]:
    """([(statement, its end)], what is left, what is open in it: a quote, - or "")."""
    found: list[tuple[str, str]] = []
    begin = at = 0
    quote = ""
    while at < len(text):
        mark = text[at]
        if quote:
            if mark == "\\" and quote != "`":
                at += 1
            elif mark == quote:
                quote = ""
        elif mark in "'\"`":
            quote = mark
        elif text.startswith(("-- ", "--\n"), at) or (mark == "#" and not text[begin:at].strip()):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            text = text[:at] + text[end:]
            continue
        elif text.startswith("/*", at) and (end := text.find("*/", at)) > 0:
            at = end + 1
        else:
            ending = next((each for each in ends if text.startswith(each, at)), None)
            if ending is not None:
                found.append((text[begin:at].strip(), ending))
                at += len(ending)
                begin = at
                continue
        at += 1
    left = text[begin:]
    return found, left if left.strip() else "", quote or ("-" if left.strip() else "")


async def statements(
    reader: LineReader, prompt: Prompt, ends: tuple[str, ...], commands: tuple[str, ...]
) -> AsyncIterator[tuple[str, str]]:
    """(statement, its end) as they come. A line that starts with one of `commands` is one of its own."""
    left = ""
    mark = ""
    while True:
        await prompt(mark)
        line = await reader.line()
        if line is None:
            if left.strip():
                yield left.strip(), ""
            return
        word = line.strip().rstrip(";").lower()
        if not left and (word.split(" ")[0] in commands or word.startswith("\\")):
            yield line.strip(), ""
            continue
        found, left, mark = split_statements(f"{left}{line}\n", ends)
        for each in found:
            yield each
