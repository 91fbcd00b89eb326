"""Databases of a server, each an SQLite one in memory that is written to a file of the container after every change.

What comes in is SQL of anybody's: nothing but its own data is reached, and time and size are bounded.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from runner.practice.containers.container_files import ContainerFiles

FILE = "data.sqlite"
MOST_PAGES = 2000
"""Of 4 KiB each: a file of a container has at most 10 MB."""
MOST_STEPS = 20_000
"""Thousands of SQLite's steps that a statement may take: about two seconds."""
MOST_DATABASES = 50
MOST_ROWS = 10_000

_DENIED = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
_PRAGMAS = frozenset({"table_info", "index_list", "index_info", "foreign_key_list", "page_count"})


class TooMuch(Exception):
    """A statement that takes too long, or data that are too large."""


class SqlDatabases:
    """Databases by name, below `folder`. `functions` (name -> function of any number of arguments) are added to SQL."""

    def __init__(
        self, files: ContainerFiles, folder: str, functions: Mapping[str, Callable[..., Any]]
    ) -> None:
        self._files, self._folder, self._functions = files, folder, functions
        self._open: dict[str, sqlite3.Connection] = {"": _bounded(self._made())}
        """Those with a name, and one that is in none, for what needs no tables."""
        files.make_folder(folder)
        for name in files.names(folder):
            if files.exists(f"{folder}/{name}/{FILE}"):
                made = self._made()
                made.deserialize(files.read(f"{folder}/{name}/{FILE}"))
                self._open[name] = _bounded(made)

    @property
    def names(self) -> list[str]:
        return sorted(name for name in self._open if name)

    def create(self, name: str) -> None:
        if len(self._open) > MOST_DATABASES:
            raise TooMuch(f"more than {MOST_DATABASES} databases")
        self._open[name] = _bounded(self._made())
        self._save(name)

    def drop(self, name: str) -> None:
        self._open.pop(name).close()
        with contextlib.suppress(OSError):
            self._files.remove(f"{self._folder}/{name}")

    def run(self, name: str, statement: str) -> tuple[Sequence[str] | None, list[tuple[Any, ...]], int]:
        """(columns or None, rows, how many rows changed). Raises sqlite3.Error, TooMuch."""
        database = self._open[name]
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return int(steps > MOST_STEPS)

        database.set_progress_handler(step, 1000)
        before = database.total_changes
        try:
            found = database.execute(statement)
            rows = found.fetchmany(MOST_ROWS)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise TooMuch("the statement takes too long") from None
            raise
        finally:
            database.set_progress_handler(None, 0)
        if (
            name
            and not database.in_transaction
            and (database.total_changes != before or found.description is None)
        ):
            self._save(name)
        columns = [each[0] for each in found.description] if found.description else None
        return columns, rows, max(found.rowcount, 0)

    def tables(self, name: str) -> list[str]:
        query = "select name from sqlite_master where type in ('table', 'view') and name not like 'sqlite_%' order by name"
        return [row[0] for row in self._open[name].execute(query)]

    def columns(self, name: str, table: str) -> list[tuple[Any, ...]]:
        """(cid, name, type, notnull, default, pk) each; none where there is no such table."""
        quoted = table.replace('"', '""')
        return self._open[name].execute(f'pragma table_info("{quoted}")').fetchall()

    def _made(self) -> sqlite3.Connection:
        made = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for function, call in self._functions.items():
            made.create_function(function, -1, call)
        return made

    def _save(self, name: str) -> None:
        folder = f"{self._folder}/{name}"
        self._files.make_folder(folder)
        try:
            self._files.write(f"{folder}/{FILE}", self._open[name].serialize())
        except OSError as error:
            raise TooMuch(str(error)) from None


def _bounded(made: sqlite3.Connection) -> sqlite3.Connection:
    made.execute("pragma user_version = 1")  # so that there is a page, and something to write
    made.execute(f"pragma max_page_count = {MOST_PAGES}")
    made.execute("pragma trusted_schema = off")
    made.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    made.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 4 * 2**20)
    made.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 2**20)
    made.set_authorizer(_allowed)
    return made


def _allowed(
    action: int, first: str | None, _second: str | None, _database: str | None, _trigger: str | None
) -> int:
    if action in _DENIED or (action == sqlite3.SQLITE_PRAGMA and first not in _PRAGMAS):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_FUNCTION and _second in (
        "load_extension",
        "fts3_tokenizer",
        "writefile",
        "readfile",
        "edit",
    ):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
