"""psql and pg_isready."""

from __future__ import annotations

import re
import shlex

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.postgres_copy import (
    copy_target,
    insert_of,
    with_inserts,
)
from runner.practice.containers.image_programs.postgres_server import (
    PORT,
    PostgresError,
    PostgresResult,
    PostgresServer,
    PostgresSession,
)
from runner.practice.containers.image_programs.statement_reader import (
    LineReader,
    secret_line,
    split_statements,
    statements,
)
from runner.practice.containers.image_programs.text_tables import psql_bare, psql_table
from runner.practice.containers.network_messages import ConnectError

_SOCKET = "/var/run/postgresql/.s.PGSQL.5432"
_WITH_VALUE = {
    "U": "username",
    "h": "host",
    "p": "port",
    "d": "dbname",
    "c": "command",
    "f": "file",
    "v": "set",
    "F": "field-separator",
}


def read_options(words: list[str]) -> tuple[dict[str, str], list[str], list[str]]:
    """(options by their long names or letters, the commands of -c, other words)"""
    found: dict[str, str] = {}
    commands: list[str] = []
    others: list[str] = []
    while words:
        word = words.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if name in _WITH_VALUE.values() and not equals and words:
                value = words.pop(0)
            found[name] = value
        elif word.startswith("-") and len(word) > 1:
            for at, letter in enumerate(word[1:], 2):
                if letter in _WITH_VALUE:
                    found[_WITH_VALUE[letter]] = word[at:] or (words.pop(0) if words else "")
                    break
                found[letter] = ""
        elif word.startswith("postgres"):
            found |= _of_url(word)
        elif re.match(r"\w+=", word):
            found |= _of_words(word)
        else:
            others.append(word)
        if "command" in found:
            commands.append(found.pop("command"))
    return found, commands, others


def _of_url(word: str) -> dict[str, str]:
    from urllib.parse import urlsplit

    parts = urlsplit(word)
    given = {"host": parts.hostname, "port": str(parts.port or ""), "username": parts.username, "password": parts.password,
             "dbname": parts.path.lstrip("/")}  # fmt: skip
    return {key: value for key, value in given.items() if value}


def _of_words(text: str) -> dict[str, str]:
    """host=… user=… dbname=…"""
    names = {"user": "username"}
    pairs = (each.partition("=") for each in shlex.split(text))
    return {names.get(name, name): value for name, _, value in pairs}


async def connected(call: Invocation, options: dict[str, str]) -> tuple[PostgresServer, bool]:
    """(the server, whether it is this container's own). Raises PostgresError with the whole message."""
    pod = call.container.pod
    host = options.get("host", call.env.get("PGHOST", ""))
    given = options.get("port", call.env.get("PGPORT", ""))
    port = int(given) if given.isdigit() else PORT
    if not host or host.startswith("/"):
        listener = pod.listener(port)
        if listener is None or not isinstance(listener.server, PostgresServer):
            raise PostgresError(
                f'connection to server on socket "{_SOCKET}" failed: No such file or directory\n'
                "\tIs the server running locally and accepting connections on that socket?"
            )
        return listener.server, True
    try:
        found = await pod.network.connect(pod, host, port, timeout=10)
    except ConnectError as error:
        if error.failure == "unknown host":
            raise PostgresError(
                f'could not translate host name "{host}" to address: Name or service not known'
            ) from None
        why = "Connection refused" if error.failure == "refused" else "Connection timed out"
        hint = "\n\tIs the server running on that host and accepting TCP/IP connections?"
        raise PostgresError(f'connection to server at "{host}", port {port} failed: {why}{hint}') from None
    if not isinstance(found.listener.server, PostgresServer):
        raise PostgresError(
            f'connection to server at "{host}", port {port} failed: server closed the connection unexpectedly'
        )
    return found.listener.server, host in ("localhost", "127.0.0.1")


async def psql(call: Invocation) -> int:
    options, commands, others = read_options(list(call.argv[1:]))
    if "version" in options or "V" in options:
        await call.out("psql (PostgreSQL) 17.2\n")
        return 0
    user = options.get(
        "username", call.env.get("PGUSER", others[1] if len(others) > 1 else call.container.user_name)
    )
    database = options.get("dbname", others[0] if others else call.env.get("PGDATABASE", user))
    reader = LineReader(call.stdin)
    try:
        server, is_own = await connected(call, options)
        password = options.get("password") or call.env.get("PGPASSWORD", "")
        if not is_own and not password and not server.trusts_all and call.terminal is not None:
            password = await secret_line(call, reader, f"Password for user {user}: ")
        try:
            session = server.log_in(user, password, database, local=is_own)
        except PostgresError as error:
            where = f'on socket "{_SOCKET}"' if is_own else f'at "{options.get("host")}", port {PORT}'
            raise PostgresError(f"connection to server {where} failed: FATAL:  {error}") from None
    except PostgresError as error:
        await call.error(f"psql: error: {error}\n")
        return 2
    client = _Psql(call, server, session, options)
    if commands or "file" in options or "l" in options or "list" in options:
        return await client.run_all(commands, options)
    return await client.prompt(reader)


class _Psql:
    def __init__(
        self, call: Invocation, server: PostgresServer, session: PostgresSession, options: dict[str, str]
    ) -> None:
        self.call, self.server, self.session, self.options = call, server, session, options

    async def run_all(self, commands: list[str], options: dict[str, str]) -> int:

        if "l" in options or "list" in options:
            commands = [*commands, "\\l"]
        if "file" in options:
            try:
                commands = [
                    *commands,
                    ContainerFiles(self.call.container, self.call.cwd).read_text(options["file"]),
                ]
            except OSError:
                await self.call.error(f"psql: error: {options['file']}: No such file or directory\n")
                return 1
        good = True
        for command in commands:
            if command.startswith("\\"):
                good = await self.backslash(command)
                continue
            found, left, _ = split_statements(with_inserts(command))
            for statement in [*(each for each, _ in found), *([left.strip()] if left else [])]:
                good = await self.run(statement)
        return 0 if good else 1

    async def prompt(self, reader: LineReader) -> int:
        if self.call.terminal is not None:
            await self.call.out(f'psql ({self.server.version})\nType "help" for help.\n\n')
        async for statement, _end in statements(reader, self._show_prompt, (";",), ("exit", "quit", "help")):
            if statement in ("exit", "quit", "\\q"):
                break
            if copied := copy_target(statement):
                await self._copy(copied, reader)
            elif statement.startswith("\\"):
                await self.backslash(statement)
            elif (
                statement != "help"
                and not await self.run(statement)
                and "ON_ERROR_STOP" in self.options.get("set", "")
            ):
                return 3
        return 0

    async def _copy(self, target: str, reader: LineReader) -> None:
        """COPY … FROM stdin: its rows are the lines until \\."""
        count = 0
        while (line := await reader.line()) not in (None, "\\."):
            await self.run(insert_of(target, str(line)), quiet=True)
            count += 1
        if not {"q", "quiet"} & self.options.keys():
            await self.call.out(f"COPY {count}\n")

    async def _show_prompt(self, continued: str) -> None:
        if self.call.terminal is not None:
            mark = {"": "=", "-": "-"}.get(continued, continued)
            await self.call.out(f"{self.session.database}{mark}# ")

    async def run(self, statement: str, *, quiet: bool = False) -> bool:
        if not statement:
            return True
        try:
            result = await self.server.run(self.session, statement)
        except PostgresError as error:
            await self.call.error(f"ERROR:  {error}\n")
            return False
        if not quiet:
            await self.show(result)
        return True

    async def show(self, result: PostgresResult, title: str = "") -> None:
        is_bare = bool({"t", "tuples-only", "A", "no-align"} & self.options.keys())
        if result.columns is None:
            if not {"q", "quiet"} & self.options.keys():
                await self.call.out(f"{result.tag}\n")
        elif is_bare:
            gap = "" if {"A", "no-align"} & self.options.keys() else " "
            text = psql_bare(result.rows, self.options.get("field-separator", f"{gap}|{gap}"))
            await self.call.out(
                "".join(f"{gap}{line}\n" for line in text.splitlines()) + ("\n" if gap else "")
            )
        else:
            await self.call.out(psql_table(result.columns, result.rows, title))

    async def backslash(self, command: str) -> bool:
        """\\l \\dt \\d \\du \\c \\conninfo"""
        name, _, rest = command.strip().rstrip(";").partition(" ")
        rest = rest.strip()
        databases = self.server.databases
        if name in ("\\l", "\\l+", "\\list"):
            names = [*databases.names, "template0", "template1"]
            rows = [
                [each, self.server.owners.get(each, "postgres"), "UTF8", "en_US.utf8", "en_US.utf8"]
                for each in sorted(names)
            ]
            await self.show(
                PostgresResult("", ["Name", "Owner", "Encoding", "Collate", "Ctype"], rows),
                "List of databases",
            )
        elif name in ("\\dt", "\\dt+") or (name in ("\\d", "\\d+") and not rest):
            tables = databases.tables(self.session.database)
            if not tables:
                await self.call.error("Did not find any relations.\n")
            else:
                rows = [["public", each, "table", self.session.user] for each in tables]
                await self.show(
                    PostgresResult("", ["Schema", "Name", "Type", "Owner"], rows), "List of relations"
                )
        elif name in ("\\d", "\\d+"):
            columns = databases.columns(self.session.database, rest)
            if not columns:
                await self.call.error(f'Did not find any relation named "{rest}".\n')
                return False
            rows = [
                [column, kind.lower(), "", "not null" if needed or key else "", default]
                for _, column, kind, needed, default, key in columns
            ]
            await self.show(
                PostgresResult("", ["Column", "Type", "Collation", "Nullable", "Default"], rows),
                f'Table "public.{rest}"',
            )
        elif name in ("\\du", "\\dg"):
            rows = [
                [each, "Superuser, Create role, Create DB" if at == 0 else ""]
                for at, each in enumerate(self.server.roles)
            ]
            await self.show(PostgresResult("", ["Role name", "Attributes"], rows), "List of roles")
        elif name in ("\\c", "\\connect"):
            if rest not in databases.names:
                await self.call.error(
                    f'connection to server failed: FATAL:  database "{rest}" does not exist\nPrevious connection kept\n'
                )
                return False
            self.session.database = rest
            await self.call.out(
                f'You are now connected to database "{rest}" as user "{self.session.user}".\n'
            )
        elif name == "\\conninfo":
            await self.call.out(
                f'You are connected to database "{self.session.database}" as user "{self.session.user}" at port "{PORT}".\n'
            )
        else:
            await self.call.error(f"invalid command {name}\nTry \\? for help.\n")
            return False
        return True


async def pg_isready(call: Invocation) -> int:
    options, _, _ = read_options(list(call.argv[1:]))
    is_quiet = bool({"q", "quiet"} & options.keys())
    where = f"{options.get('host') or '/var/run/postgresql'}:{options.get('port', PORT)}"
    try:
        await connected(call, options)
    except PostgresError:
        if not is_quiet:
            await call.out(f"{where} - no response\n")
        return 2
    if not is_quiet:
        await call.out(f"{where} - accepting connections\n")
    return 0
