"""memcached: its text protocol, in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_messages import Listener

PORT = 11211
VERSION = "1.6.32"
MOST_BYTES = 64 * 2**20
MOST_OF_A_VALUE = 2**20
_STORES = frozenset({"set", "add", "replace", "append", "prepend"})


@dataclass(slots=True)
class Memcached:
    call: Invocation
    values: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """(flags, value) by key"""
    ends: dict[str, float] = field(default_factory=dict)

    async def stream(self, source: Source, sink: Sink) -> None:
        left = b""
        while (piece := await source.read()) is not None:
            left += piece
            while b"\r\n" in left or b"\n" in left:
                line, _, rest = left.partition(b"\n")
                words = line.decode("utf-8", "replace").split()
                if words and words[0] in _STORES and len(words) >= 5 and words[4].isdigit():
                    size = int(words[4])
                    if size > MOST_OF_A_VALUE:
                        await sink(b"SERVER_ERROR object too large for cache\r\n")
                        return
                    if len(rest) < size + 2:
                        break
                    left = rest[size + 2 :]
                    await sink(self._store(words, rest[:size]))
                    continue
                left = rest
                if words and words[0] == "quit":
                    return
                if words:
                    await sink(self._answer(words))
            if len(left) > 2 * MOST_OF_A_VALUE:
                return

    def _store(self, words: list[str], value: bytes) -> bytes:
        command, key, flags, seconds = words[:4]
        self._forget(key)
        is_there = key in self.values
        if is_there == (command == "add") and command != "set":
            return b"NOT_STORED\r\n"
        if command in ("append", "prepend"):
            before = self.values[key][1]
            value = before + value if command == "append" else value + before
        if sum(len(each) for _, each in self.values.values()) + len(value) > MOST_BYTES:
            self.values.pop(next(iter(self.values)))  # the oldest goes
        self.values[key] = (flags, value)
        if seconds.isdigit() and int(seconds):
            self.ends[key] = time.time() + int(seconds)
        return b"STORED\r\n"

    def _answer(self, words: list[str]) -> bytes:
        name, keys = words[0], words[1:]
        if name in ("get", "gets"):
            found = b""
            for key in keys:
                self._forget(key)
                if key in self.values:
                    flags, value = self.values[key]
                    found += f"VALUE {key} {flags} {len(value)}\r\n".encode() + value + b"\r\n"
            return found + b"END\r\n"
        if name == "delete" and keys:
            return b"DELETED\r\n" if self.values.pop(keys[0], None) else b"NOT_FOUND\r\n"
        if name in ("incr", "decr") and len(keys) == 2 and keys[0] in self.values:
            flags, value = self.values[keys[0]]
            if not value.isdigit() or not keys[1].isdigit():
                return b"CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"
            number = max(0, int(value) + (1 if name == "incr" else -1) * int(keys[1]))
            self.values[keys[0]] = (flags, str(number).encode())
            return f"{number}\r\n".encode()
        if name == "flush_all":
            self.values.clear()
            return b"OK\r\n"
        if name == "version":
            return f"VERSION {VERSION}\r\n".encode()
        if name == "stats":
            facts = {"pid": 1, "version": VERSION, "curr_items": len(self.values), "curr_connections": 1}
            return "".join(f"STAT {key} {value}\r\n" for key, value in facts.items()).encode() + b"END\r\n"
        return b"NOT_FOUND\r\n" if name in ("incr", "decr") else b"ERROR\r\n"

    def _forget(self, key: str) -> None:
        if self.ends.get(key, time.time() + 1) <= time.time():
            self.ends.pop(key, None)
            self.values.pop(key, None)


async def memcached(call: Invocation) -> int:
    words = list(call.argv[1:])
    port = (
        int(words[words.index("-p") + 1])
        if "-p" in words[:-1] and words[words.index("-p") + 1].isdigit()
        else PORT
    )
    pod = call.container.pod
    pod.listen(call.container, port, Listener(stream=Memcached(call).stream, program="memcached"))
    await call.terminated.wait()
    pod.unlisten(port)
    return 0
