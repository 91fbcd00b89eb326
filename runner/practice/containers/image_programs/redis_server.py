"""redis-server: RESP on its port, a password, and data that are in /data/dump.rdb once they were saved."""

from __future__ import annotations

import contextlib
import json
import posixpath
import shlex
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.redis_commands import RedisData, RedisError, Reply
from runner.practice.containers.network_messages import Listener

DUMP = "dump.rdb"
SECONDS_OF_A_COMMAND = 0.00002
MOST_BUFFERED = 8 * 2**20


@dataclass(slots=True)
class RedisServer:
    """A server at work."""

    call: Invocation
    version: str
    options: dict[str, str]
    files: ContainerFiles
    data: dict[int, RedisData] = field(default_factory=dict)
    started: float = field(default_factory=time.time)
    commands: int = 0
    """How many it has been given."""
    clients: int = 0
    """Connections that are open."""

    @property
    def port(self) -> int:
        given = self.options.get("port", "6379")
        return int(given) if given.isdigit() else 6379

    @property
    def dump(self) -> str:
        return posixpath.join(self.options.get("dir", "/data"), self.options.get("dbfilename", DUMP))

    def load(self) -> int:
        """Read what was saved; gives how many keys there were."""
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            for number, values in json.loads(self.files.read_text(self.dump).partition("\n")[2]).items():
                self._database(int(number)).values = {
                    _bytes(key): _thawed(value) for key, value in values.items()
                }
        return sum(len(each.values) for each in self.data.values())

    def save(self) -> None:
        """Raises OSError."""
        plain = {
            str(number): {key.decode("latin-1"): _frozen(value) for key, value in each.values.items()}
            for number, each in self.data.items()
        }
        self.files.write(self.dump, b"REDIS0011\n" + json.dumps(plain).encode())

    async def run(self, session: RedisSession, words: list[bytes]) -> Reply:
        """Raises RedisError."""
        await self.call.container.work(SECONDS_OF_A_COMMAND)
        self.commands += 1
        name = words[0].decode("utf-8", "replace").lower()
        password = self.options.get("requirepass", "")
        if name == "auth":
            if not password:
                raise RedisError(
                    "ERR AUTH <password> called without any password configured for the default user. "
                    "Are you sure your configuration is correct?"
                )
            if words[-1].decode("utf-8", "replace") != password:
                raise RedisError("WRONGPASS invalid username-password pair or user is disabled.")
            session.is_known = True
            return "OK"
        if password and not session.is_known and name not in ("hello", "quit"):
            raise RedisError("NOAUTH Authentication required.")
        if (own := self._own(session, name, words)) is not None:
            return own
        data = self._database(session.database)
        before = data.changes
        reply = data.run(words)
        if data.changes != before:
            self.call.container.memory = sum(each.size for each in self.data.values())
            if self.options.get("appendonly") == "yes":
                with contextlib.suppress(OSError):
                    self.save()
        return reply

    def _own(self, session: RedisSession, name: str, words: list[bytes]) -> Reply | None:
        if name == "select":
            if len(words) != 2 or not words[1].isdigit() or int(words[1]) > 15:
                raise RedisError("ERR DB index is out of range")
            session.database = int(words[1])
            return "OK"
        if name == "info":
            wanted = {word.decode("utf-8", "replace").lower() for word in words[1:]} - {
                "all",
                "default",
                "everything",
            }
            return self._info(wanted).encode()
        if name == "time":
            now = time.time()
            return [str(int(now)).encode(), str(int(now % 1 * 1e6)).encode()]
        if name in ("save", "bgsave", "bgrewriteaof"):
            try:
                self.save()
            except OSError as error:
                raise RedisError(f"ERR {error.strerror}") from None
            return "OK" if name == "save" else "Background saving started"
        if name == "config" and len(words) > 2:
            key = words[2].decode("utf-8", "replace").lower()
            if words[1].lower() == b"set" and len(words) > 3:
                self.options[key] = words[3].decode("utf-8", "replace")
                return "OK"
            known = {
                "maxmemory": "0",
                "appendonly": "no",
                "dir": "/data",
                "port": str(self.port),
                "maxmemory-policy": "noeviction",
                **self.options,
            }
            return [part.encode() for pair in known.items() if key in ("*", pair[0]) for part in pair]
        if name == "shutdown":
            with contextlib.suppress(OSError):
                self.save()
            self.call.terminated.set()
            return "OK"
        if name in ("client", "command", "quit", "reset"):
            return "OK"
        return [b"master", 0, []] if name == "role" else None

    def _info(self, wanted: set[str]) -> str:
        """All sections, or those."""
        used = sum(each.size for each in self.data.values()) + 2**20
        limit = self.options.get("maxmemory", "0")
        up = int(time.time() - self.started)
        sections = {
            "Server": [
                f"redis_version:{self.version}", "redis_mode:standalone", "process_id:1", f"tcp_port:{self.port}",
                f"uptime_in_seconds:{up}", f"uptime_in_days:{up // 86400}",
            ],
            "Clients": [f"connected_clients:{self.clients}"],
            "Memory": [
                f"used_memory:{used}", f"used_memory_human:{used / 2**20:.2f}M", f"maxmemory:{limit}",
                f"maxmemory_policy:{self.options.get('maxmemory-policy', 'noeviction')}",
            ],
            "Persistence": ["loading:0", f"aof_enabled:{int(self.options.get('appendonly') == 'yes')}"],
            "Stats": [f"total_commands_processed:{self.commands}"],
            "Replication": ["role:master", "connected_slaves:0"],
            "Keyspace": [
                f"db{number}:keys={len(each.values)},expires={len(each.ends)},avg_ttl=0"
                for number, each in sorted(self.data.items())
                if each.values
            ],
        }  # fmt: skip
        shown = [
            f"# {title}\r\n" + "".join(f"{line}\r\n" for line in lines)
            for title, lines in sections.items()
            if not wanted or title.lower() in wanted
        ]
        return "\r\n".join(shown)

    def _database(self, number: int) -> RedisData:
        return self.data.setdefault(number, RedisData())

    async def stream(self, source: Source, sink: Sink) -> None:
        """A connection: RESP, or commands a line each."""
        with self.connection() as session:
            await self._answered(session, source, sink)

    @contextlib.contextmanager
    def connection(self, database: int = 0) -> Iterator[RedisSession]:
        """That of a client, as long as this is open."""
        self.clients += 1
        try:
            yield RedisSession(database)
        finally:
            self.clients -= 1

    async def _answered(self, session: RedisSession, source: Source, sink: Sink) -> None:
        left = b""
        while (piece := await source.read()) is not None and len(left) < MOST_BUFFERED:
            left += piece
            while (found := _command(left)) is not None:
                words, left = found
                if not words:
                    continue
                try:
                    reply = encoded_reply(await self.run(session, words))
                except RedisError as error:
                    reply = f"-{error}\r\n".encode()
                await sink(reply)
                if words[0].lower() == b"quit":
                    return


@dataclass(slots=True)
class RedisSession:
    """What a connection has chosen."""

    database: int = 0
    is_known: bool = False


def encoded_reply(reply: Reply) -> bytes:
    """As RESP 2 has it."""
    if reply is None:
        return b"$-1\r\n"
    if isinstance(reply, int):
        return b":%d\r\n" % reply
    if isinstance(reply, str):
        return f"+{reply}\r\n".encode()
    if isinstance(reply, bytes):
        return b"$%d\r\n%s\r\n" % (len(reply), reply)
    return b"*%d\r\n" % len(reply) + b"".join(encoded_reply(each) for each in reply)


def _command(left: bytes) -> tuple[list[bytes], bytes] | None:
    """(the first command in what came, the rest); None while it is not whole."""
    line, mark, rest = left.partition(b"\r\n" if left.startswith(b"*") else b"\n")
    if not mark:
        return None
    if not line.startswith(b"*"):
        return line.split(), rest
    words = []
    for _ in range(min(int(line[1:] or b"0"), 1024) if line[1:].isdigit() else 0):
        size, mark, rest = rest.partition(b"\r\n")
        if not mark or not size[1:].isdigit():
            return None if not mark else ([], b"")
        length = int(size[1:])
        if len(rest) < length + 2:
            return None
        words.append(rest[:length])
        rest = rest[length + 2 :]
    return words, rest


def _bytes(text: str) -> bytes:
    return text.encode("latin-1", "replace")


def _frozen(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, float):
        return value
    if isinstance(value, dict):
        return {"hash": {key.decode("latin-1"): _frozen(each) for key, each in value.items()}}
    return {"set" if isinstance(value, set) else "list": [each.decode("latin-1") for each in value]}


def _thawed(value: Any) -> Any:
    if isinstance(value, str):
        return _bytes(value)
    if isinstance(value, float):
        return value
    ((kind, content),) = value.items()
    if kind == "hash":
        return {_bytes(key): _thawed(each) for key, each in content.items()}
    found = [_bytes(each) for each in content]
    return set(found) if kind == "set" else found


def redis_server(version: str) -> Program:
    """redis-server [/path/redis.conf] [--option value …]"""

    async def run(call: Invocation) -> int:
        files = ContainerFiles(call.container, call.cwd)
        options: dict[str, str] = {}
        words = list(call.argv[1:])
        if words and words[0] in ("-v", "--version"):
            await call.out(f"Redis server v={version} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=0\n")
            return 0
        if words and not words[0].startswith("-"):
            path = words.pop(0)
            if not files.exists(path):
                await call.out(
                    f"1:C * Fatal error, can't open config file '{path}': No such file or directory\n"
                )
                return 1
            options |= _configured(files.read_text(path))
        while words:
            name = words.pop(0).removeprefix("--").lower()
            values = []
            while words and not words[0].startswith("--"):
                values.append(words.pop(0))
            options[name] = " ".join(values)
        server = RedisServer(call, version, options, files)
        return await _serve(server)

    return run


def _configured(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            words = shlex.split(line, comments=True)
            if len(words) > 1:
                found[words[0].lower()] = " ".join(words[1:])
    return found


async def _serve(server: RedisServer) -> int:
    call = server.call

    async def say(text: str) -> None:
        now = time.time()
        stamp = time.strftime("%d %b %Y %H:%M:%S", time.gmtime(now)) + f".{int(now % 1 * 1000):03d}"
        await call.out(f"1:M {stamp} * {text}\n")

    await say(f"Redis version={server.version}, bits=64, pid=1, just started")
    if (keys := server.load()) > 0:
        await say(f"DB loaded from disk: {keys} keys")
    await say(f"Running mode=standalone, port={server.port}.")
    pod = call.container.pod
    pod.listen(
        call.container, server.port, Listener(stream=server.stream, program="redis-server", server=server)
    )
    await say("Ready to accept connections tcp")
    try:
        await call.terminated.wait()
    finally:
        pod.unlisten(server.port)
    await say("Received SIGTERM scheduling shutdown...")
    if server.options.get("save", "3600 1") not in ("", '""'):
        with contextlib.suppress(OSError):
            server.save()
            await say("DB saved on disk")
    await say("Redis is now ready to exit, bye bye...")
    return 0
