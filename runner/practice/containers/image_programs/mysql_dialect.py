"""MySQL's SQL in SQLite's words, and SQLite's complaints in MySQL's."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

_NAME = r"(?:`[^`]+`|[\w$]+)"
_TABLE_OPTIONS = re.compile(
    r"\)\s*(?:(?:ENGINE|AUTO_INCREMENT|(?:DEFAULT\s+)?CHARSET|(?:DEFAULT\s+)?CHARACTER\s+SET|(?:DEFAULT\s+)?COLLATE|COMMENT|ROW_FORMAT)"
    r"\s*=?\s*(?:'[^']*'|[\w.]+)[\s,]*)+$",
    re.IGNORECASE,
)
_AUTO = re.compile(
    rf"({_NAME})\s+(?:\w+)(?:\s*\(\d+\))?(?:\s+UNSIGNED)?((?:\s+(?:NOT\s+NULL|NULL|PRIMARY\s+KEY|UNIQUE))*)\s+AUTO_INCREMENT((?:\s+(?:NOT\s+NULL|PRIMARY\s+KEY|UNIQUE))*)",
    re.IGNORECASE,
)
_REPLACED = (
    (re.compile(r"\bUNSIGNED\b|\bZEROFILL\b", re.IGNORECASE), ""),
    (re.compile(r"\s+ON\s+UPDATE\s+CURRENT_TIMESTAMP(?:\(\d*\))?", re.IGNORECASE), ""),
    (re.compile(r"\s+COMMENT\s+'[^']*'", re.IGNORECASE), ""),
    (re.compile(r"\s+CHARACTER\s+SET\s+\w+|\s+COLLATE\s+\w+", re.IGNORECASE), ""),
    (re.compile(r"\bENUM\s*\([^)]*\)", re.IGNORECASE), "TEXT"),
    (re.compile(r",\s*(?:INDEX|KEY|UNIQUE\s+KEY|UNIQUE\s+INDEX)\s+" + _NAME + r"\s*\([^)]*\)", re.IGNORECASE), ""),
    (re.compile(r"^INSERT\s+IGNORE\b", re.IGNORECASE), "INSERT OR IGNORE"),
    (re.compile(r"^TRUNCATE\s+(?:TABLE\s+)?", re.IGNORECASE), "DELETE FROM "),
    (re.compile(r"^START\s+TRANSACTION.*$", re.IGNORECASE), "BEGIN"),
    (re.compile(r"\bCURRENT_TIMESTAMP\(\d*\)", re.IGNORECASE), "CURRENT_TIMESTAMP"),
    (re.compile(r"@@(?:global\.|session\.)?(\w+)", re.IGNORECASE), r"mysql_variable('\1')"),
)  # fmt: skip


class MysqlError(Exception):
    """`str()` is what the client prints after ERROR."""

    def __init__(self, number: int, state: str, message: str) -> None:
        super().__init__(message)
        self.number, self.state, self.message = number, state, message


def functions(version: str, hostname: str) -> dict[str, Callable[..., Any]]:
    """What MySQL has and SQLite has not."""
    variables = {"version": version, "hostname": hostname, "port": "3306", "datadir": "/var/lib/mysql/", "autocommit": 1,
                 "version_comment": "MySQL Community Server - GPL"}  # fmt: skip
    return {
        "version": lambda: version,
        "now": lambda *_: time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        "curdate": lambda: time.strftime("%Y-%m-%d", time.gmtime()),
        "concat": lambda *parts: None if None in parts else "".join(str(part) for part in parts)[: 2**20],
        "uuid": lambda: str(uuid.uuid4()),
        "md5": lambda value: hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest(),
        "sha1": lambda value: hashlib.sha1(str(value).encode(), usedforsecurity=False).hexdigest(),
        "if": lambda test, yes, no: yes if test else no,
        "mysql_variable": lambda name: variables.get(str(name).lower()),
        "connection_id": lambda: 8,
        "user": lambda: "root@localhost",
        "current_user": lambda: "root@%",
    }


def in_sqlite(statement: str) -> str:
    """One statement, as SQLite takes it."""
    text = statement
    if re.match(r"create\s+table", text, re.IGNORECASE):
        text = _TABLE_OPTIONS.sub(")", text)
        column = _AUTO.search(text)
        if column:
            text = (
                text[: column.start()]
                + f"{column[1]} INTEGER PRIMARY KEY AUTOINCREMENT"
                + text[column.end() :]
            )
            text = re.sub(
                rf",\s*PRIMARY\s+KEY\s*\(\s*`?{re.escape(column[1].strip('`'))}`?\s*\)",
                "",
                text,
                flags=re.IGNORECASE,
            )
    for pattern, to in _REPLACED:
        text = pattern.sub(to, text)
    found = re.match(rf"(insert\s+into\s+{_NAME})\s+set\s+(.+)$", text, re.IGNORECASE | re.DOTALL)
    if found:
        pairs = [part.partition("=") for part in re.split(r",(?=(?:[^']*'[^']*')*[^']*$)", found[2])]
        names = ", ".join(key.strip() for key, _, _ in pairs)
        text = f"{found[1]} ({names}) values ({', '.join(value.strip() for _, _, value in pairs)})"
    return re.sub(r"\bif\s*\(", '"if"(', text, flags=re.IGNORECASE) if text[:6].lower() == "select" else text


def in_words_of_mysql(error: Exception, database: str, statement: str) -> MysqlError:
    """What MySQL says where SQLite says that."""
    text = str(error)
    if found := re.match(r"no such table: (?:main\.)?(.+)", text):
        return MysqlError(1146, "42S02", f"Table '{database}.{found[1]}' doesn't exist")
    if found := re.match(r"table [`\"]?(\w+)[`\"]? already exists", text):
        return MysqlError(1050, "42S01", f"Table '{found[1]}' already exists")
    if found := re.match(r"no such column: (.+)", text):
        return MysqlError(1054, "42S22", f"Unknown column '{found[1]}' in 'field list'")
    if found := re.match(r"table (\w+) has no column named (\w+)", text):
        return MysqlError(1054, "42S22", f"Unknown column '{found[2]}' in 'field list'")
    if found := re.match(r"UNIQUE constraint failed: (\w+)\.(\w+)", text):
        return MysqlError(1062, "23000", f"Duplicate entry for key '{found[1]}.PRIMARY'")
    if found := re.match(r"NOT NULL constraint failed: \w+\.(\w+)", text):
        return MysqlError(1048, "23000", f"Column '{found[1]}' cannot be null")
    if found := re.match(r"table \w+ has (\d+) columns but (\d+) values", text):
        return MysqlError(1136, "21S01", "Column count doesn't match value count at row 1")
    if "no such function" in text:
        return MysqlError(1305, "42000", f"FUNCTION {database}.{text.rpartition(' ')[2]} does not exist")
    if "is full" in text or "too big" in text:
        return MysqlError(1114, "HY000", "The table is full")
    near = re.match(r'near "(.+?)"', text)
    at = statement.find(near[1]) if near else 0
    rest = statement[max(at, 0) :][:80]
    return MysqlError(
        1064, "42000",
        "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right "
        f"syntax to use near '{rest}' at line 1",
    )  # fmt: skip
