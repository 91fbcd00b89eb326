"""The store's objects in sqlite."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Row = tuple[str, str, str, dict[str, Any]]


class DiskLost(Exception):
    """A change could not be written; the file has the previous state."""


class Disk:
    """One row an object, and the revision; each call is one transaction that a killed process can't tear."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._db.execute("pragma journal_mode=wal")
        # In WAL mode NORMAL survives the end of the process at any point; only a power cut may lose changes.
        self._db.execute("pragma synchronous=normal")
        self._db.execute(
            "create table if not exists objects (resource text, namespace text, name text, body text,"
            " primary key (resource, namespace, name)) without rowid"
        )
        self._db.execute(
            "create table if not exists revision (id integer primary key check (id = 1), value integer)"
        )
        self._db.execute("insert or ignore into revision values (1, 0)")

    def load(self) -> tuple[int, Iterator[Row]]:
        """The revision of the last change, and every object."""
        revision = int(self._db.execute("select value from revision").fetchone()[0])
        rows = self._db.execute("select resource, namespace, name, body from objects")
        return revision, ((resource, space, name, json.loads(body)) for resource, space, name, body in rows)

    def put(self, revision: int, resource: str, namespace: str, name: str, obj: dict[str, Any]) -> None:
        body = json.dumps(obj, separators=(",", ":"), ensure_ascii=False)
        self._write(
            revision, "insert or replace into objects values (?, ?, ?, ?)", (resource, namespace, name, body)
        )

    def remove(self, revision: int, resource: str, namespace: str, name: str) -> None:
        where = "delete from objects where resource = ? and namespace = ? and name = ?"
        self._write(revision, where, (resource, namespace, name))

    def _write(self, revision: int, statement: str, values: tuple[str, ...]) -> None:
        """Raises DiskLost if it can't be written: the disk is full, or broken."""
        try:
            self._db.execute("begin")
            self._db.execute(statement, values)
            self._db.execute("update revision set value = ?", (revision,))
            self._db.execute("commit")
        except BaseException as error:
            with contextlib.suppress(sqlite3.Error):  # sqlite may have done so itself
                self._db.execute("rollback")
            if isinstance(error, sqlite3.Error):
                raise DiskLost(f"{self._path}: {error}") from error
            raise

    def close(self) -> None:
        self._db.close()
