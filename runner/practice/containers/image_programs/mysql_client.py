"""The clients mysql (mariadb) and mysqladmin: -e, statements from standard input, and a prompt."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.mysql_dialect import MysqlError
from runner.practice.containers.image_programs.mysql_server import (
    PORT,
    SOCKET,
    MysqlServer,
    MysqlSession,
    Result,
)
from runner.practice.containers.image_programs.statement_reader import (
    LineReader,
    secret_line,
    split_statements,
    statements,
)
from runner.practice.containers.image_programs.text_tables import mysql_table, mysql_tabs, mysql_vertical
from runner.practice.containers.network_messages import ConnectError

_WITH_VALUE = {"h": "host", "P": "port", "u": "user", "e": "execute", "D": "database", "S": "socket"}
_ENDS = (";", "\\G", "\\g")
_COMMANDS = ("exit", "quit", "status", "help", "use", "delimiter", "source", "clear")


@dataclass(slots=True)
class Options:
    values: dict[str, str] = field(default_factory=dict)
    words: list[str] = field(default_factory=list)
    asks_password: bool = False

    @property
    def is_password_shown(self) -> bool:
        return "password" in self.values


def options(words: list[str]) -> Options:
    """As mysql reads its command line."""
    made = Options()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            if name == "password" and not equals:
                made.asks_password = True
            elif not equals and name in _WITH_VALUE.values() and rest:
                made.values[name] = rest.pop(0)
            else:
                made.values[name] = value
        elif word.startswith("-p"):
            if word == "-p":
                made.asks_password = True
            else:
                made.values["password"] = word[2:]
        elif word.startswith("-") and word[1:2] in _WITH_VALUE:
            made.values[_WITH_VALUE[word[1]]] = word[2:] or (rest.pop(0) if rest else "")
        elif word.startswith("-"):
            made.values |= dict.fromkeys(word[1:], "")
        else:
            made.words.append(word)
    return made


async def mysql(call: Invocation) -> int:
    given = options(list(call.argv[1:]))
    name = call.argv[0].rpartition("/")[2]
    if "version" in given.values or "V" in given.values:
        await call.out(f"{name}  Ver 8.0.40 for Linux on x86_64 (MySQL Community Server - GPL)\n")
        return 0
    reader = LineReader(call.stdin)
    if given.is_password_shown and name == "mysql":
        await call.error("mysql: [Warning] Using a password on the command line interface can be insecure.\n")
    try:
        server, session = await log_in(call, given, reader)
    except MysqlError as error:
        await call.error(f"ERROR {error.number} ({error.state}): {error.message}\n")
        return 1
    client = _Client(call, given, server, session)
    if "execute" in given.values:
        found, left, _ = split_statements(given.values["execute"], _ENDS)
        for statement, end in [*found, *([(left.strip(), "")] if left else [])]:
            if not await client.run(statement, end):
                return 1
        return 0
    return await client.prompt(reader)


async def log_in(call: Invocation, given: Options, reader: LineReader) -> tuple[MysqlServer, MysqlSession]:
    """Raises MysqlError."""
    password = given.values.get("password", call.env.get("MYSQL_PWD", ""))
    if given.asks_password:
        password = await secret_line(call, reader, "Enter password: ")
    server, client = await find_server(call, given)
    database = given.values.get("database", given.words[0] if given.words else "")
    return server, server.log_in(given.values.get("user", "root"), password, client, database)


async def find_server(call: Invocation, given: Options) -> tuple[MysqlServer, str]:
    """(the server, who we are to it). Raises MysqlError."""
    pod = call.container.pod
    host = given.values.get("host", "localhost")
    number = given.values.get("port", str(PORT))
    port = int(number) if number.isdigit() else PORT
    if host == "localhost":
        listener = pod.listener(PORT)
        if listener is None or not isinstance(listener.server, MysqlServer):
            raise MysqlError(
                2002, "HY000", f"Can't connect to local MySQL server through socket '{SOCKET}' (2)"
            )
        return listener.server, "localhost"
    try:
        found = await pod.network.connect(pod, host, port, timeout=10)
    except ConnectError as error:
        if error.failure == "unknown host":
            raise MysqlError(2005, "HY000", f"Unknown MySQL server host '{host}' (-2)") from None
        code = {"refused": 111, "timed out": 110}.get(error.failure, 113)
        raise MysqlError(
            2003, "HY000", f"Can't connect to MySQL server on '{host}:{port}' ({code})"
        ) from None
    if not isinstance(found.listener.server, MysqlServer):
        raise MysqlError(
            2013,
            "HY000",
            "Lost connection to MySQL server at 'reading initial communication packet', system error: 0",
        )
    return found.listener.server, pod.config.ip


@dataclass(slots=True)
class _Client:
    call: Invocation
    given: Options
    server: MysqlServer
    session: MysqlSession

    @property
    def is_interactive(self) -> bool:
        return self.call.terminal is not None

    async def prompt(self, reader: LineReader) -> int:
        if self.is_interactive:
            await self.call.out(
                "Welcome to the MySQL monitor.  Commands end with ; or \\g.\n"
                f"Your MySQL connection id is {self.session.number}\n"
                f"Server version: {self.server.version} MySQL Community Server - GPL\n\n"
                "Type 'help;' or '\\h' for help. Type '\\c' to clear the current input statement.\n\n"
            )
        async for statement, end in statements(reader, self._show_prompt, _ENDS, _COMMANDS):
            word = statement.rstrip(";").strip().lower()
            if word in ("exit", "quit", "\\q"):
                break
            if word in ("help", "\\h", "\\?", "status", "\\s", "\\c", "clear"):
                who = f"{self.session.user}@{self.session.client}"
                await self.call.out(
                    f"Connection id: {self.session.number}\nCurrent database: {self.session.database}\nCurrent user: {who}\n"
                )
                continue
            went_well = await self.run(statement if end else statement.rstrip(";").strip(), end)
            if not went_well and not self.is_interactive and "f" not in self.given.values:
                return 1
        if self.is_interactive:
            await self.call.out("Bye\n")
        return 0

    async def _show_prompt(self, continued: str) -> None:
        if self.is_interactive:
            await self.call.out({"": "mysql> ", "-": "    -> "}.get(continued, f"    {continued}> "))

    async def run(self, statement: str, end: str) -> bool:
        """One statement; gives whether it went well."""
        if not statement:
            return True
        began = time.monotonic()
        try:
            result = await self.server.run(self.session, statement)
        except MysqlError as error:
            where = "" if self.is_interactive else " at line 1"
            await self.call.error(f"ERROR {error.number} ({error.state}){where}: {error.message}\n")
            return False
        await self.call.out(self._shown(result, end, time.monotonic() - began))
        return True

    def _shown(self, result: Result, end: str, seconds: float) -> str:
        at_prompt = self.is_interactive and "execute" not in self.given.values
        if result.columns is None:
            if not at_prompt:
                return ""
            if result.message:
                return f"{result.message}\n"
            plural = "" if result.changed == 1 else "s"
            return f"Query OK, {result.changed} row{plural} affected ({seconds:.2f} sec)\n\n"
        if not result.rows and at_prompt:
            return f"Empty set ({seconds:.2f} sec)\n\n"
        if end == "\\G" or "E" in self.given.values:
            table = mysql_vertical(result.columns, result.rows)
        elif (
            self.is_interactive or "t" in self.given.values or "table" in self.given.values
        ) and "B" not in self.given.values:
            table = mysql_table(result.columns, result.rows) if result.rows else ""
        else:
            names = not ({"N", "skip-column-names"} & self.given.values.keys())
            table = mysql_tabs(result.columns, result.rows, names=names) if result.rows else ""
        plural = "" if len(result.rows) == 1 else "s"
        return table + (f"{len(result.rows)} row{plural} in set ({seconds:.2f} sec)\n\n" if at_prompt else "")
