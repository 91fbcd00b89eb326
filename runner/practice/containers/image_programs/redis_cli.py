"""redis-cli: one command, commands from standard input, and a prompt."""

from __future__ import annotations

import asyncio
import shlex
from urllib.parse import urlsplit

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.redis_commands import RedisError, Reply
from runner.practice.containers.image_programs.redis_server import RedisServer, RedisSession
from runner.practice.containers.image_programs.statement_reader import LineReader
from runner.practice.containers.network_messages import ConnectError

_WITH_VALUE = {
    "-h": "host",
    "-p": "port",
    "-a": "password",
    "-n": "database",
    "-u": "uri",
    "--pass": "password",
    "-r": "repeat",
    "-i": "pause",
    "--pattern": "pattern",
    "--user": "user",
    "--cacert": "cacert",
}


async def redis_cli(call: Invocation) -> int:
    options, words = _options(list(call.argv[1:]))
    if uri := options.get("uri"):
        options |= _of_uri(uri)
    if "version" in options:
        await call.out("redis-cli 7.4.1\n")
        return 0
    host, port = (
        options.get("host", "127.0.0.1"),
        int(options["port"]) if options.get("port", "").isdigit() else 6379,
    )
    pod = call.container.pod
    try:
        found = await pod.network.connect(pod, host, port, timeout=10)
    except ConnectError as error:
        why = {"unknown host": "Name or service not known", "refused": "Connection refused"}.get(
            error.failure, "Connection timed out"
        )
        await call.error(f"Could not connect to Redis at {host}:{port}: {why}\n")
        return 1
    server = found.listener.server
    if not isinstance(server, RedisServer):
        await call.error(f"Could not connect to Redis at {host}:{port}: Protocol error\n")
        return 1
    with server.connection(
        int(options["database"]) if options.get("database", "").isdigit() else 0
    ) as session:
        client = _Client(
            call,
            server,
            session,
            is_raw="raw" in options or (call.terminal is None and "no-raw" not in options),
        )
        return await _talk(client, words, options, f"{host}:{port}")


async def _talk(client: _Client, words: list[str], options: dict[str, str], server: str) -> int:
    call = client.call
    password = options.get("password", call.env.get("REDISCLI_AUTH", ""))
    if password:
        if "password" in options and "no-auth-warning" not in options:
            await call.error(
                "Warning: Using a password with '-a' or '-u' option on the command line interface may not be safe.\n"
            )
        if not await client.logged_in(password):
            await call.error("AUTH failed: WRONGPASS invalid username-password pair or user is disabled.\n")
    if "scan" in options:
        words = ["keys", options.get("pattern", "*")]
    if words:
        return await _repeated(client, [word.encode() for word in words], options)
    return await client.prompt(server)


async def _repeated(client: _Client, words: list[bytes], options: dict[str, str]) -> int:
    """-r TIMES (below 0: without end), -i SECONDS between."""
    times, pause = int(options.get("repeat", 1) or 1), float(options.get("pause", 0) or 0)
    code = 0
    while times:
        code = await client.run(words)
        times -= 1
        if times and pause:
            await asyncio.sleep(pause)
    return code


def _of_uri(text: str) -> dict[str, str]:
    """redis://user:password@host:port/database"""
    parts = urlsplit(text)
    given = {
        "host": parts.hostname or "",
        "port": str(parts.port or ""),
        "password": parts.password or "",
        "database": parts.path.strip("/"),
    }
    return {name: value for name, value in given.items() if value}


class _Client:
    def __init__(self, call: Invocation, server: RedisServer, session: RedisSession, *, is_raw: bool) -> None:
        self.call, self.server, self.session, self.is_raw = call, server, session, is_raw

    async def logged_in(self, password: str) -> bool:
        try:
            return bool(await self.server.run(self.session, [b"auth", password.encode()]) == "OK")
        except RedisError:
            return False

    async def run(self, words: list[bytes]) -> int:
        try:
            reply = await self.server.run(self.session, words)
        except RedisError as error:
            await self.call.out(f"{error}\n\n" if self.is_raw else f"(error) {error}\n")
            return 1 if self.is_raw else 0
        if isinstance(reply, bytes) and words[0].lower() == b"info":
            await self.call.stdout(reply)
        else:
            await self.call.out(raw(reply) + "\n" if self.is_raw else formatted(reply) + "\n")
        return 0

    async def prompt(self, place: str) -> int:
        reader = LineReader(self.call.stdin)
        while True:
            if self.call.terminal is not None:
                chosen = f"[{self.session.database}]" if self.session.database else ""
                await self.call.out(f"{place}{chosen}> ")
            line = await reader.line()
            if line is None or line.strip().lower() in ("quit", "exit"):
                return 0
            try:
                words = shlex.split(line)
            except ValueError:
                await self.call.out("Invalid argument(s)\n")
                continue
            if words:
                await self.run([word.encode() for word in words])


def raw(reply: Reply) -> str:
    """Where nobody is at a terminal."""
    if isinstance(reply, list):
        return "\n".join(raw(each) for each in reply)
    return (
        "" if reply is None else reply.decode("utf-8", "replace") if isinstance(reply, bytes) else str(reply)
    )


def formatted(reply: Reply, indent: str = "") -> str:
    """At a terminal."""
    if reply is None:
        return "(nil)"
    if isinstance(reply, int):
        return f"(integer) {reply}"
    if isinstance(reply, str):
        return reply
    if isinstance(reply, bytes):
        shown = (
            reply.decode("utf-8", "backslashreplace")
            .replace("\\", "\\\\")
            .replace('"', '\\"')
            .replace("\n", "\\n")
        )
        return f'"{shown}"'
    if not reply:
        return "(empty array)"
    wide = len(str(len(reply)))
    lines = []
    for number, each in enumerate(reply, 1):
        head = f"{number:>{wide}}) "
        lines.append((indent if number > 1 else "") + head + formatted(each, indent + " " * len(head)))
    return "\n".join(lines)


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    while words and words[0].startswith("-"):
        word = words.pop(0)
        if word in _WITH_VALUE:
            found[_WITH_VALUE[word]] = words.pop(0) if words else ""
        else:
            found[word.lstrip("-")] = ""
    return found, words
