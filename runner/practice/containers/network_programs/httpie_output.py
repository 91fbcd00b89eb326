"""How HTTPie prints messages: headers in order of their names, JSON indented, colours on a terminal."""

from __future__ import annotations

import json
import re

from runner.practice.containers.network_messages import Headers, header

RESET = "\x1b[39;49;00m"
BLUE, CYAN, YELLOW, BRIGHT = "\x1b[34m", "\x1b[36m", "\x1b[33m", "\x1b[94m"
BINARY_NOTE = """+-----------------------------------------+
| NOTE: binary data not shown in terminal |
+-----------------------------------------+"""
_TOKEN = re.compile(r'("(?:\\.|[^"\\])*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)')


def head(first: str, headers: Headers, *, formatted: bool, coloured: bool) -> str:
    """The first line and the headers, with the empty line."""
    pairs = sorted(headers, key=lambda pair: pair[0]) if formatted else list(headers)
    if not coloured:
        return "\n".join([first, *(f"{name}: {value}" for name, value in pairs)]) + "\n\n"
    lines = [_first_line(first), *(f"{CYAN}{name}{RESET}: {value}" for name, value in pairs)]
    return "\n".join(lines) + "\n\n"


def _first_line(text: str) -> str:
    found = re.fullmatch(r"HTTP/(\S+) (\d+) ?(.*)", text)
    if found:
        reason = f"{CYAN}{found[3]}{RESET}" if found[3] else ""
        return f"{BLUE}HTTP{RESET}/{BLUE}{found[1]}{RESET} {BLUE}{found[2]}{RESET} {reason}"
    method, _, rest = text.partition(" ")
    target, _, version = rest.rpartition(" HTTP/")
    return f"\x1b[32m{method}{RESET} {CYAN}{target}{RESET} {BLUE}HTTP{RESET}/{BLUE}{version}{RESET}"


def body(data: bytes, headers: Headers, *, formatted: bool, coloured: bool, terminal: bool) -> bytes:
    """A body as it is shown."""
    if terminal and b"\0" in data:
        return BINARY_NOTE.encode()
    text = data.decode("utf-8", "replace")
    if not formatted or "json" not in header(headers, "Content-Type"):
        return data
    try:
        text = json.dumps(json.loads(text), indent=4, sort_keys=True, ensure_ascii=False)
    except ValueError:
        return data
    return (_coloured(text) if coloured else text).encode()


def _coloured(text: str) -> str:
    def paint(found: re.Match[str]) -> str:
        if found[1]:
            return f"{BRIGHT if found[2] else YELLOW}{found[1]}{RESET}{found[2] or ''}"
        return f"{BLUE}{found[3]}{RESET}"

    return _TOKEN.sub(paint, text)
