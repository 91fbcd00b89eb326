"""Response bodies read within limits, and their JSON, decoded safely."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from runner.words import phrase
from runner.world.limits import Budget, Limits, TooMuch, too_large

if TYPE_CHECKING:
    import aiohttp

_NOT_STRUCTURE = bytes(set(range(256)) - set(b'"[]{}'))
_STRING = re.compile(rb'"[^"]*"')
_HALF = re.compile(rb"\\[uU][dD][89a-fA-F]")
_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a whole character: left as it is
    rb"|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)


class Reply(NamedTuple):
    """A JSON document, and the memory that it takes by our estimate."""

    document: Any
    weight: int


def weight(content: bytes | bytearray) -> int:
    """An estimate, rather too high, of the bytes that JSON takes in memory: a few letters may become a large object."""
    return len(content) + 200 * content.count(b"{") + 64 * content.count(b"[") + 100 * content.count(b",")


def decoded(content: bytes, limits: Limits, server: str) -> Any:
    """Decode JSON without NaN, infinities, lone surrogates or excessive depth. Raises ValueError, TooMuch."""
    if _deeper_than(limits.depth, content):
        raise TooMuch(
            phrase(
                "The API server's response is nested deeper than the limit ({most}): {server}",
                most=limits.depth,
                server=server,
            )
        )
    if _HALF.search(content):
        content = _ESCAPE.sub(lambda found: b"\\ufffd" if found["half"] else found[0], content)
    try:
        return _JSON.decode(content.decode("utf-8-sig"))
    except RecursionError:
        problem = "nested too deeply"
    except ValueError as error:  # which has all of the JSON in it
        problem = str(error)[:200]
    raise ValueError(problem)


def _no_number(written: str) -> Any:
    raise ValueError(f"not a number in JSON: {written}")


def _number(written: str) -> float:
    value = float(written)
    return value if value - value == 0 else _no_number(written)  # 1e999 becomes infinite


_JSON = json.JSONDecoder(parse_constant=_no_number, parse_float=_number)


def _deeper_than(most: int, content: bytes) -> bool:
    """Whether lists and objects are within each other more than `most` times. Looks at nothing else of the JSON."""
    if content.count(b"{") + content.count(b"[") <= most:
        return False
    if b"\\" in content:
        content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    rest = _STRING.sub(b"", content.translate(None, _NOT_STRUCTURE))
    for _ in range(most):
        inner = rest.replace(b"{}", b"").replace(b"[]", b"")
        if len(inner) == len(rest):  # nothing is left, or it is no JSON anyway
            return False
        rest = inner
    return bool(rest)


async def whole(response: aiohttp.ClientResponse, limits: Limits, budget: Budget, server: str) -> bytes:
    """All of a body, for whoever holds `response` in the budget: to be given back there. Raises TooMuch."""
    if (response.content_length or 0) > limits.answer:
        raise too_large(server, limits.answer)
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > limits.answer:
            raise too_large(server, limits.answer)
        budget.hold(response, len(body))
    return bytes(body)


async def at_most(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The first `most` bytes of a body."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) >= most:
            break
    return bytes(body[:most])


async def documents(
    response: aiohttp.ClientResponse, heard: Callable[[], None], limits: Limits, server: str
) -> AsyncIterator[Reply]:
    """The newline-separated JSON documents of a stream, however its chunks are cut. Raises TooMuch, ValueError."""
    rest, count = bytearray(), 0
    async for chunk in response.content.iter_any():
        heard()
        searched = len(rest)  # what is there has no line's end in it: a huge object comes in many chunks
        rest += chunk
        if rest.find(b"\n", searched) < 0:
            if len(rest) > limits.event:
                raise too_large(server, limits.event)
            continue
        *lines, last = rest.split(b"\n")
        rest = bytearray(last)
        for line in lines:
            if len(line) > limits.event:
                raise too_large(server, limits.event)
            if not line.strip():
                continue
            count += 1
            if count > limits.events:
                raise TooMuch(
                    phrase(
                        "The API server sent more changes than the limit ({most}): {server}",
                        most=limits.events,
                        server=server,
                    )
                )
            yield Reply(decoded(bytes(line), limits, server), weight(line))


def clean(text: str) -> str:
    """A header value: bytes that are not UTF-8 appear as lone surrogates, which can't be encoded."""
    return text.encode("utf-8", "replace").decode("utf-8")[:2000]
