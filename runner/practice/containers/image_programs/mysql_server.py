"""What mysqld and mariadbd answer to SQL; their data are in /var/lib/mysql."""

from __future__ import annotations

import fnmatch
import json
import re
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakSet

from runner.practice.containers.byte_streams import Sink, Source
from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.mysql_dialect import (
    MysqlError,
    functions,
    in_sqlite,
    in_words_of_mysql,
)
from runner.practice.containers.image_programs.sql_databases import SqlDatabases, TooMuch

DATA = "/var/lib/mysql"
ACCOUNTS = f"{DATA}/accounts.json"
SOCKET = "/var/run/mysqld/mysqld.sock"
PORT = 3306
SECONDS_OF_A_STATEMENT = 0.0005
FIRST_CONNECTION = 8
"""Its number: the ones before are the server's own."""
SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")
_NAME = re.compile(r"[`\"]?([\w$-]+)[`\"]?")


@dataclass(frozen=True, slots=True)
class Result:
    """Of a statement: a table, or how many rows changed."""

    columns: Sequence[str] | None = None
    rows: Sequence[Sequence[Any]] = ()
    changed: int = 0
    message: str = ""
    """For what changes the session: Database changed."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class MysqlSession:
    """Somebody who has logged in; `number` is that of the connection."""

    user: str
    client: str
    database: str = ""
    number: int = 0


class MysqlServer:
    """The databases of a container and who may use them."""

    def __init__(self, call: Invocation, version: str) -> None:
        self.call, self.version = call, version
        self.files = ContainerFiles(call.container)
        self.databases = SqlDatabases(self.files, DATA, functions(version, call.container.pod.hostname))
        self.accounts: dict[str, str] = {}
        self.started = time.time()
        self.questions = self.connections = 0
        self._sessions: WeakSet[MysqlSession] = WeakSet()

        self._own_statements: dict[str, Callable[[MysqlSession, str, str], Result | None]] = {
            "use": self._use_statement,
            "show": self._show,
            "create": self._create,
            "drop": self._drop,
            "alter": self._alter,
            "describe": self._describe,
            "desc": self._describe,
            **dict.fromkeys(("grant", "revoke", "flush", "set", "lock", "unlock"), self._nothing),
        }

    @property
    def status(self) -> dict[str, int]:
        """What SHOW STATUS has of it."""
        tables = sum(len(self.databases.tables(name)) for name in self.databases.names)
        return {
            "Connections": self.connections,
            "Open_tables": tables,
            "Queries": self.questions,
            "Questions": self.questions,
            "Slow_queries": 0,
            "Threads_connected": len(self._sessions),
            "Threads_running": 1,
            "Uptime": int(time.time() - self.started),
        }

    def log_in(self, user: str, password: str, client: str, database: str = "") -> MysqlSession:
        """Raises MysqlError."""
        if self.accounts.get(user) != password:
            used = "YES" if password else "NO"
            raise MysqlError(
                1045, "28000", f"Access denied for user '{user}'@'{client}' (using password: {used})"
            )
        self.connections += 1
        made = MysqlSession(user, client, number=self.connections + FIRST_CONNECTION - 1)
        self._sessions.add(made)
        if database:
            self._use(made, database)
        return made

    async def run(self, session: MysqlSession, statement: str) -> Result:
        """Raises MysqlError."""
        await self.call.container.work(SECONDS_OF_A_STATEMENT)
        self.questions += 1
        word, _, rest = statement.partition(" ")
        own = self._own_statements.get(word.lower())
        if own is not None and (found := own(session, rest.strip(), statement)) is not None:
            return found
        return self._in_database(session, statement)

    def _in_database(self, session: MysqlSession, statement: str) -> Result:
        if re.search(r"\bmysql\.user\b", statement, re.IGNORECASE):
            return Result(["User", "Host"], [[user, "%"] for user in sorted(self.accounts)])
        here = f"'{session.database}'" if session.database else "NULL"
        text = re.sub(r"\b(?:database|schema)\(\)", here, statement, flags=re.IGNORECASE)
        name, text = self._qualified(session, text)
        if not name and not re.match(r"(?:select|do)\b(?!.*\bfrom\b)", text, re.IGNORECASE | re.DOTALL):
            raise MysqlError(1046, "3D000", "No database selected")
        try:
            columns, rows, changed = self.databases.run(name, in_sqlite(text))
        except sqlite3.Error as error:
            raise in_words_of_mysql(error, name, statement) from None
        except TooMuch as error:
            raise MysqlError(1114, "HY000", f"The table is full ({error})") from None
        if columns is None:
            return Result(changed=changed)
        return Result([re.sub(r"mysql_variable\('(\w+)'\)", r"@@\1", each) for each in columns], rows)

    def _qualified(self, session: MysqlSession, statement: str) -> tuple[str, str]:
        """(the database that it is about, the statement without its name)"""
        name = session.database
        for database in (*self.databases.names, *SYSTEM):
            pattern = re.compile(rf"(?<![\w'\"])`?{re.escape(database)}`?\.(?=[`\w])")
            if pattern.search(statement):
                name, statement = database, pattern.sub("", statement)
        if name in SYSTEM:
            who = f"'{session.user}'@'{session.client}'"
            raise MysqlError(1142, "42000", f"SELECT command denied to user {who} for this table")
        return name, statement

    def _use(self, session: MysqlSession, name: str) -> None:
        if name not in (*self.databases.names, *SYSTEM):
            raise MysqlError(1049, "42000", f"Unknown database '{name}'")
        session.database = name

    def _use_statement(self, session: MysqlSession, rest: str, _statement: str) -> Result:
        self._use(session, rest.strip('`" '))
        return Result(message="Database changed")

    def _nothing(self, _session: MysqlSession, _rest: str, _statement: str) -> Result:
        return Result()

    def _alter(self, _session: MysqlSession, rest: str, statement: str) -> Result | None:
        return self._account(rest, statement) if rest.lower().startswith("user") else None

    def _account(self, rest: str, statement: str) -> Result:
        found = re.match(r"user\s+(?:if\s+(?:not\s+)?exists\s+)?'?([\w.-]+)'?", rest, re.IGNORECASE)
        password = re.search(r"identified\s+(?:with\s+\S+\s+)?by\s+'([^']*)'", statement, re.IGNORECASE)
        if found:
            self.accounts[found[1]] = password[1] if password else ""
            self.save_accounts()
        return Result()

    def _create(self, _session: MysqlSession, rest: str, statement: str) -> Result | None:
        found = re.match(r"(?:database|schema)\s+(if\s+not\s+exists\s+)?(.+)", rest, re.IGNORECASE)
        if found is None:
            return self._account(rest, statement) if rest.lower().startswith("user") else None
        name = _NAME.match(found[2])
        if name is None:
            raise in_words_of_mysql(Exception(), "", statement)
        if name[1] in (*self.databases.names, *SYSTEM):
            if found[1]:
                return Result(changed=1)
            raise MysqlError(1007, "HY000", f"Can't create database '{name[1]}'; database exists")
        try:
            self.databases.create(name[1])
        except TooMuch as error:
            raise MysqlError(1006, "HY000", f"Can't create database '{name[1]}' ({error})") from None
        return Result(changed=1)

    def _drop(self, session: MysqlSession, rest: str, statement: str) -> Result | None:
        if rest.lower().startswith("user"):
            found = re.match(r"user\s+(?:if\s+exists\s+)?'?([\w.-]+)'?", rest, re.IGNORECASE)
            self.accounts.pop(found[1] if found else "", None)
            self.save_accounts()
            return Result()
        found = re.match(r"(?:database|schema)\s+(if\s+exists\s+)?[`\"]?([\w$-]+)", rest, re.IGNORECASE)
        if found is None:
            return None
        if found[2] not in self.databases.names:
            if found[1]:
                return Result()
            raise MysqlError(1008, "HY000", f"Can't drop database '{found[2]}'; database doesn't exist")
        self.databases.drop(found[2])
        if session.database == found[2]:
            session.database = ""
        return Result()

    def _show(self, session: MysqlSession, rest: str, statement: str) -> Result:
        what = rest.lower()
        like = re.search(r"like\s+'([^']*)'", rest, re.IGNORECASE)
        pattern = like[1].replace("%", "*").replace("_", "?") if like else "*"
        if what.startswith(("databases", "schemas")):
            names = [
                name
                for name in sorted({*self.databases.names, *SYSTEM})
                if fnmatch.fnmatchcase(name, pattern)
            ]
            return Result([f"Database ({like[1]})" if like else "Database"], [[name] for name in names])
        if what.startswith(("tables", "full tables")):
            inside = re.search(r"(?:from|in)\s+`?([\w$-]+)", rest, re.IGNORECASE)
            name = inside[1] if inside else session.database
            if not name:
                raise MysqlError(1046, "3D000", "No database selected")
            if name not in (*self.databases.names, *SYSTEM):
                raise MysqlError(1049, "42000", f"Unknown database '{name}'")
            tables = self.databases.tables(name) if name not in SYSTEM else []
            return Result(
                [f"Tables_in_{name}"], [[each] for each in tables if fnmatch.fnmatchcase(each, pattern)]
            )
        if what.startswith(("columns from", "fields from")):
            return self._describe(session, rest.split()[2], statement)
        if found := re.match(r"create\s+table\s+`?([\w$-]+)`?", rest, re.IGNORECASE):
            return self._show_create(session, found[1])
        facts = {"version": self.version, "hostname": self.call.container.pod.hostname, "datadir": f"{DATA}/", "port": "3306",
                 "max_connections": "151"}  # fmt: skip
        if what.startswith(("variables", "global variables", "session variables")):
            return Result(
                ["Variable_name", "Value"],
                [[key, value] for key, value in facts.items() if fnmatch.fnmatchcase(key, pattern)],
            )
        if what.startswith(("status", "global status")):
            counted = [[key, str(value)] for key, value in self.status.items()]
            pattern = pattern.lower()
            return Result(
                ["Variable_name", "Value"],
                [row for row in counted if fnmatch.fnmatchcase(row[0].lower(), pattern)],
            )
        if what.startswith(("processlist", "full processlist")):
            columns = ["Id", "User", "Host", "db", "Command", "Time", "State", "Info"]
            return Result(
                columns,
                [
                    [each.number, each.user, each.client, each.database or None, *work]
                    for each in sorted(self._sessions, key=lambda one: one.number)
                    for work in [
                        ("Query", 0, "init", statement) if each is session else ("Sleep", 0, "", None)
                    ]
                ],
            )
        if what.startswith("grants"):
            return Result(
                [f"Grants for {session.user}@%"],
                [[f"GRANT ALL PRIVILEGES ON *.* TO `{session.user}`@`%` WITH GRANT OPTION"]],
            )
        raise in_words_of_mysql(Exception(), "", rest)

    def _show_create(self, session: MysqlSession, table: str) -> Result:
        rows = self._describe(session, table, "").rows
        lines = [
            f"  `{name}` {kind}{' NOT NULL' if null == 'NO' else ''}"
            + (f" DEFAULT {default}" if default is not None else "")
            + (" AUTO_INCREMENT" if extra else "")
            for name, kind, null, _key, default, extra in rows
        ]
        keys = ",".join(f"`{row[0]}`" for row in rows if row[3])
        made = ",\n".join([*lines, *([f"  PRIMARY KEY ({keys})"] if keys else [])])
        text = f"CREATE TABLE `{table}` (\n{made}\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
        return Result(["Table", "Create Table"], [[table, text]])

    def _describe(self, session: MysqlSession, rest: str, _statement: str) -> Result:
        name, text = self._qualified(session, rest)
        table = text.split()[0].strip('`"') if text else ""
        if not name:
            raise MysqlError(1046, "3D000", "No database selected")
        found = self.databases.columns(name, table)
        if not found:
            raise MysqlError(1146, "42S02", f"Table '{name}.{table}' doesn't exist")
        rows = []
        for _, column, kind, needed, default, key in found:
            is_number = bool(key) and kind.upper() == "INTEGER"
            null = "NO" if needed or key else "YES"
            shown = "int" if kind.upper() == "INTEGER" else kind.lower() or "text"
            rows.append(
                [column, shown, null, "PRI" if key else "", default, "auto_increment" if is_number else ""]
            )
        return Result(["Field", "Type", "Null", "Key", "Default", "Extra"], rows)

    def save_accounts(self) -> None:
        self.files.write(ACCOUNTS, json.dumps(self.accounts).encode())

    async def greet(self, _source: Source, sink: Sink) -> None:
        """Bytes of the protocol's greeting, for who only looks whether it is there. Our clients do without the bytes."""
        body = (
            b"\x0a"
            + self.version.encode()
            + b"\x00"
            + b"\x08\x00\x00\x00"
            + b"practice"
            + b"\x00"
            + b"\xff\xf7\x21\x02\x00\xff\x81\x15"
            + bytes(11)
            + b"practicecluster"
        )
        await sink(len(body).to_bytes(3, "little") + b"\x00" + body)
