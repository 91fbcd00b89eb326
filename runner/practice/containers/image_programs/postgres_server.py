"""postgres: the image's rules of its environment, its roles and databases, and what it answers to SQL."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation, Program
from runner.practice.containers.image_programs.sql_databases import SqlDatabases, TooMuch
from runner.practice.containers.image_programs.statement_reader import split_statements
from runner.practice.containers.network_messages import Listener

PORT = 5432
SECONDS_OF_FIRST_START, SECONDS_OF_A_START = 2.5, 0.8
SECONDS_OF_A_STATEMENT = 0.0005
ROLES = "roles.json"
SCRIPTS = "/docker-entrypoint-initdb.d"
_NEEDS = """Error: Database is uninitialized and superuser password is not specified.
       You must specify POSTGRES_PASSWORD to a non-empty value for the
       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".

       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all
       connections without a password. This is *not* recommended.
"""
_REPLACED = (
    (
        re.compile(r"\b(?:BIG|SMALL)?SERIAL\b(?:\s+PRIMARY\s+KEY)?", re.IGNORECASE),
        "INTEGER PRIMARY KEY AUTOINCREMENT",
    ),
    (
        re.compile(
            r"\b(?:BIG)?INT(?:EGER)?\s+GENERATED\s+(?:ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY(?:\s+PRIMARY\s+KEY)?",
            re.IGNORECASE,
        ),
        "INTEGER PRIMARY KEY AUTOINCREMENT",
    ),
    (re.compile(r"\bDEFAULT\s+NOW\(\)", re.IGNORECASE), "DEFAULT CURRENT_TIMESTAMP"),
    (re.compile(r"\bTIMESTAMP\s+WITH(?:OUT)?\s+TIME\s+ZONE\b|\bTIMESTAMPTZ\b", re.IGNORECASE), "TIMESTAMP"),
    (re.compile(r"\bpublic\.(?=[\w\"])", re.IGNORECASE), ""),
    (re.compile(r"::\s*\w+(?:\(\d+\))?", re.IGNORECASE), ""),
    (re.compile(r"\bILIKE\b", re.IGNORECASE), "LIKE"),
    (re.compile(r"^TRUNCATE\s+(?:TABLE\s+)?", re.IGNORECASE), "DELETE FROM "),
)


class PostgresError(Exception):
    """What the server says after ERROR: or FATAL:."""


@dataclass(frozen=True, slots=True)
class PostgresResult:
    """A table, and the tag of what was done: INSERT 0 1."""

    tag: str
    columns: Sequence[str] | None = None
    rows: Sequence[Sequence[Any]] = ()


@dataclass(slots=True)
class PostgresSession:
    user: str
    database: str


class PostgresServer:
    """The databases of a container and their roles (passwords by name)."""

    def __init__(self, call: Invocation, version: str, folder: str) -> None:
        self.call, self.version, self.folder = call, version, folder
        self.files = ContainerFiles(call.container)
        functions = {
            "version": lambda: (
                f"PostgreSQL {version} (Debian {version}-1.pgdg120+1) on x86_64-pc-linux-gnu, 64-bit"
            ),
            "now": lambda: time.strftime("%Y-%m-%d %H:%M:%S+00", time.gmtime()),
            "concat": lambda *parts: "".join("" if part is None else str(part) for part in parts)[: 2**20],
        }
        self.databases = SqlDatabases(self.files, f"{folder}/base", functions)
        self.roles: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.trusts_all = call.env.get("POSTGRES_HOST_AUTH_METHOD") == "trust"

    def log_in(self, user: str, password: str, database: str, *, local: bool) -> PostgresSession:
        """Raises PostgresError."""
        if not (local or self.trusts_all) and (user not in self.roles or self.roles[user] != password):
            raise PostgresError(f'password authentication failed for user "{user}"')
        if user not in self.roles:
            raise PostgresError(f'role "{user}" does not exist')
        if database not in self.databases.names:
            raise PostgresError(f'database "{database}" does not exist')
        return PostgresSession(user, database)

    async def run(self, session: PostgresSession, statement: str) -> PostgresResult:
        """Raises PostgresError."""
        await self.call.container.work(SECONDS_OF_A_STATEMENT)
        words = statement.split()
        first, second = words[0].lower(), words[1].lower() if len(words) > 1 else ""
        if (own := self._own(session, statement, first, second)) is not None:
            return own
        text = statement
        for name, value in (("current_database()", session.database), ("current_user", session.user)):
            text = re.sub(re.escape(name), f"'{value}'", text, flags=re.IGNORECASE)
        for pattern, to in _REPLACED:
            text = pattern.sub(to, text)
        try:
            columns, rows, changed = self.databases.run(session.database, text)
        except sqlite3.Error as error:
            raise PostgresError(_in_words(error, statement)) from None
        except TooMuch as error:
            raise PostgresError(f"could not extend file: {error}") from None
        if columns is not None:
            return PostgresResult(f"SELECT {len(rows)}", columns, rows)
        tags = {"insert": f"INSERT 0 {changed}", "update": f"UPDATE {changed}", "delete": f"DELETE {changed}"}
        return PostgresResult(
            tags.get(
                first,
                f"{first.upper()} {second.upper()}"
                if first in ("create", "drop", "alter", "truncate")
                else first.upper(),
            )
        )

    def _own(
        self, session: PostgresSession, statement: str, first: str, second: str
    ) -> PostgresResult | None:
        named = re.match(r"\w+\s+\w+\s+(if\s+(?:not\s+)?exists\s+)?\"?([\w-]+)\"?", statement, re.IGNORECASE)
        if second == "database" and first in ("create", "drop") and named:
            self._database(session, first, named[2], only_if=bool(named[1]))
            return PostgresResult(f"{first.upper()} DATABASE")
        if second in ("user", "role") and first in ("create", "drop", "alter") and named:
            password = re.search(r"password\s+'([^']*)'", statement, re.IGNORECASE)
            if first == "drop":
                self.roles.pop(named[2], None)
            elif first == "create" and named[2] in self.roles:
                raise PostgresError(f'role "{named[2]}" already exists')
            else:
                self.roles[named[2]] = password[1] if password else self.roles.get(named[2], "")
            self.save_roles()
            return PostgresResult(f"{first.upper()} ROLE")
        if first in ("grant", "revoke", "set"):
            return PostgresResult(first.upper())
        if first == "show":
            value = {"server_version": self.version, "data_directory": self.folder, "port": str(PORT)}.get(
                second, "on"
            )
            return PostgresResult("SHOW", [second], [[value]])
        return None

    def _database(self, session: PostgresSession, first: str, name: str, *, only_if: bool) -> None:
        is_there = name in self.databases.names
        if first == "create":
            if is_there:
                raise PostgresError(f'database "{name}" already exists')
            self.databases.create(name)
            self.owners[name] = session.user
        elif is_there:
            if name == session.database:
                raise PostgresError("cannot drop the currently open database")
            self.databases.drop(name)
        elif not only_if:
            raise PostgresError(f'database "{name}" does not exist')

    def save_roles(self) -> None:
        self.files.write(f"{self.folder}/{ROLES}", json.dumps(self.roles).encode())

    async def greet(self, source: Source, sink: Sink) -> None:
        """Who speaks the protocol's bytes is told that only psql of the practice cluster's images is understood."""
        if await source.read() is not None:
            body = b"SFATAL\x00C0A000\x00Monly psql in pods of the practice cluster is understood\x00\x00"
            await sink(b"E" + (len(body) + 4).to_bytes(4, "big") + body)


def _in_words(error: Exception, statement: str) -> str:
    text = str(error)
    for pattern, words in (
        (r"no such table: (?:main\.)?(.+)", 'relation "{0}" does not exist'),
        (r"table \"?(\w+)\"? already exists", 'relation "{0}" already exists'),
        (r"no such column: (.+)", 'column "{0}" does not exist'),
        (r"table (\w+) has no column named (\w+)", 'column "{1}" of relation "{0}" does not exist'),
        (
            r"UNIQUE constraint failed: (\w+)\.(\w+)",
            'duplicate key value violates unique constraint "{0}_{1}_key"',
        ),
        (
            r"NOT NULL constraint failed: (\w+)\.(\w+)",
            'null value in column "{1}" of relation "{0}" violates not-null constraint',
        ),
        (r"no such function: (\w+)", "function {0}() does not exist"),
        (r'near "(.+?)": syntax error', 'syntax error at or near "{0}"'),
    ):
        if found := re.match(pattern, text):
            return f"{words.format(*found.groups())}\nLINE 1: {statement.splitlines()[0][:100]}"
    return text


def postgres(version: str) -> Program:
    """docker-entrypoint.sh postgres"""

    async def run(call: Invocation) -> int:
        files = ContainerFiles(call.container)
        folder = call.env.get("PGDATA", "/var/lib/postgresql/data")
        is_new = not files.exists(f"{folder}/{ROLES}")
        password = call.env.get("POSTGRES_PASSWORD", "")
        path = call.env.get("POSTGRES_PASSWORD_FILE", "")
        if path and files.exists(path):
            password = files.read_text(path).rstrip("\n")
        if is_new and not password and call.env.get("POSTGRES_HOST_AUTH_METHOD") != "trust":
            await call.error(_NEEDS)
            return 1
        files.make_folder(folder)
        server = PostgresServer(call, version, folder)
        if is_new:
            await _initialize(server, password)
        else:
            server.roles = json.loads(files.read_text(f"{folder}/{ROLES}"))
            await call.out(
                "\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n"
            )
        try:
            async with asyncio.timeout(SECONDS_OF_FIRST_START if is_new else SECONDS_OF_A_START):
                await call.terminated.wait()
            return 0
        except TimeoutError:
            return await _serve(server)

    return run


async def _initialize(server: PostgresServer, password: str) -> None:
    env, call = server.call.env, server.call
    user = env.get("POSTGRES_USER", "postgres")
    await call.out(
        'The files belonging to this database system will be owned by user "postgres".\n'
        f"fixing permissions on existing directory {server.folder} ... ok\n"
    )
    server.roles = {user: password}
    server.files.write(f"{server.folder}/PG_VERSION", server.version.partition(".")[0].encode() + b"\n")
    for name in dict.fromkeys(("postgres", env.get("POSTGRES_DB", user))):
        server.databases.create(name)
        server.owners[name] = user
    server.save_roles()
    session = PostgresSession(user, env.get("POSTGRES_DB", user))
    for script in server.files.names(SCRIPTS) if server.files.is_folder(SCRIPTS) else []:
        if script.endswith(".sql"):
            await call.out(f"/usr/local/bin/docker-entrypoint.sh: running {SCRIPTS}/{script}\n")
            found, left, _ = split_statements(server.files.read_text(f"{SCRIPTS}/{script}"))
            for statement in [*(each for each, _ in found if each), *([left.strip()] if left else [])]:
                try:
                    await call.out(f"{(await server.run(session, statement)).tag}\n")
                except PostgresError as error:
                    await call.error(f"psql:{SCRIPTS}/{script}: ERROR:  {error}\n")
    await call.out("\nPostgreSQL init process complete; ready for start up.\n\n")


async def _serve(server: PostgresServer) -> int:
    call = server.call
    pod = call.container.pod

    async def say(text: str) -> None:
        await call.error(f"{time.strftime('%Y-%m-%d %H:%M:%S.000 UTC', time.gmtime())} [1] LOG:  {text}\n")

    pod.listen(call.container, PORT, Listener(stream=server.greet, program="postgres", server=server))
    await say(f"starting PostgreSQL {server.version} on x86_64-pc-linux-gnu, 64-bit")
    await say(f'listening on IPv4 address "0.0.0.0", port {PORT}')
    await say("database system is ready to accept connections")
    try:
        await call.terminated.wait()
    finally:
        pod.unlisten(PORT)
    await say("received fast shutdown request")
    await say("database system is shut down")
    return 0
